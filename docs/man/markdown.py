"""The guides of the repository, which are Markdown, as parts of a manual page."""

from __future__ import annotations

import re

from scd import bold, escape, fold_script, line_start

INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)]+)\)")


def inline(text: str) -> str:
    """Code and strong words are bold, a link is its words and the file, as it is called from the
    top of the sources and of the installed documents."""
    parts, at = [], 0
    for found in INLINE.finditer(text):
        parts.append(escape(text[at:found.start()]))
        target = f" ({escape(found[4].removeprefix('../'))})" if found[4] else ""
        parts.append(escape(found[3]) + target if found[3] else bold(found[1] or found[2]))
        at = found.end()
    return "".join(parts) + escape(text[at:])


def table_row(line: str) -> str:
    """A row "| what | text |" as a term and its text."""
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if len(cells) < 2 or not cells[0] or set(cells[0]) <= {"-", ":"}:
        return ""
    return f"{line_start(inline(cells[0]))}\n\t{line_start(inline(cells[1]))}"


def block(text: str) -> str:
    """A paragraph, a list or a table."""
    lines = text.splitlines()
    if lines[0].startswith("#"):
        return "*" + escape(lines[0].lstrip("# ")) + "*"
    if lines[0].startswith("|"):
        return "\n\n".join(row for row in map(table_row, lines) if row)
    if lines[0].startswith("* "):
        items = re.split(r"(?m)^\* ", text)[1:]
        return "\n".join("- " + inline(" ".join(item.split())) for item in items)
    return line_start(inline(" ".join(text.split())))


def to_scd(text: str) -> str:
    """A page without its title."""
    parts = []
    for at, part in enumerate(re.split(r"(?ms)^```\w*\n(.*?)^```$", text)):
        if at % 2:
            parts.append("```\n" + fold_script(part.rstrip("\n")).replace("\\", "\\\\") + "\n```")
        else:
            parts += [block(piece) for piece in re.split(r"\n\s*\n", part.strip("\n"))
                      if piece.strip() and not piece.startswith("<!--")]
    return "\n\n".join(parts)


def section(text: str, title: str) -> str:
    """What stands below a heading, down to the next of its level."""
    found = re.search(rf"(?ms)^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text)
    if found is None:
        raise ValueError(f"no section {title}")
    return found[1]
