"""What an install holds beside programs, library and headers, as names below the prefix, told from the
sources: manual pages, completions, documents. The keys are the components of cmake/Install.cmake."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOC = "share/doc/cihsm"
FOR_THE_SOURCES = {"CHANGELOG", "CONTRIBUTING", "architecture", "testing"}
FOR_PROGRAMMERS = {"library", "performance", "sap-contract"}
COMPLETIONS = {"share/bash-completion/completions/cihsm", "share/zsh/site-functions/_cihsm",
               "share/zsh/vendor-completions/_cihsm", "share/fish/vendor_completions.d/cihsm.fish"}


def stems(pattern: str) -> set[str]:
    """The names of files of the sources without what follows the last point."""
    found = {path.stem for path in ROOT.glob(pattern)}
    if not found:
        raise FileNotFoundError(pattern)
    return found


def pages_of_the_program() -> set[str]:
    """cihsm(1), one for each noun, those of files and tokens."""
    nouns = {f"man1/cihsm-{name}.1" for name in stems("docs/man/groups/*.scd")}
    others = {f"man{name[-1]}/{name}" for name in stems("docs/man/*.[157].scd")}
    return {f"share/man/{name}.gz" for name in nouns | others}


def pages_of_the_library() -> set[str]:
    """cihsm(3), one for each header. Those of the functions are links to them."""
    names = {f"cihsm_{name}" for name in stems("include/cihsm/*.h") - {"cihsm"}} | {"cihsm"}
    return {f"share/man/man3/{name}.3.gz" for name in names}


def papers() -> dict[str, set[str]]:
    """All of it by component."""
    documents = stems("docs/*.md") - FOR_THE_SOURCES
    assert FOR_PROGRAMMERS < documents
    return {
        "program": pages_of_the_program() | COMPLETIONS
                   | {f"{DOC}/docs/{name}.md" for name in documents - FOR_PROGRAMMERS}
                   | {f"{DOC}/docs/guides/{name}.md" for name in stems("docs/guides/*.md")}
                   | {f"{DOC}/hsm-setup/{name}.md" for name in stems("hsm-setup/*.md")},
        "development": pages_of_the_library() | {f"{DOC}/docs/examples"}
                       | {f"{DOC}/docs/{name}.md" for name in FOR_PROGRAMMERS}
                       | {f"{DOC}/docs/adr/{name}.md" for name in stems("docs/adr/*.md")},
    }
