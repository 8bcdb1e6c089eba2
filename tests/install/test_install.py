#!/usr/bin/env python3
"""What `cmake --install` installs is complete, may be moved, and serves programs in C and C++."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Iterator, Mapping, Optional

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from papers import DOC, papers  # noqa: E402  pylint: disable=wrong-import-position

CONSUMER = Path(__file__).resolve().parent / "consumer"
BUILD = Path(os.environ.get("CIHSM_BUILD_DIR", ROOT / "build" / "dev")).resolve()
VERSION = os.environ.get("CIHSM_VERSION", "0.1.0")
LIBDIR = os.environ.get("CIHSM_LIBDIR", "lib")
MINOR = VERSION.rpartition(".")[0]
SECONDS = 200
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
COMPILERS = {"consumer.c": ["cc", "-std=c99"], "consumer.cpp": ["c++", "-std=c++17"]}
PLACE = re.compile(r"(?<![\w/.-])(?:docs|hsm-setup)/[\w./-]+")
SAYS = re.compile(rf'version {re.escape(VERSION)}\nId = a "b"\n3: [^\n]*nowhere\.json[^\n]*\n')


def run(*command: str | Path, cwd: Optional[Path] = None,
        more: Optional[Mapping[str, str | Path]] = None) -> subprocess.CompletedProcess[str]:
    """Runs a command with its output kept."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env |= {"LANG": "C.UTF-8"} | {name: str(value) for name, value in (more or {}).items()}
    return subprocess.run([str(word) for word in command], cwd=cwd, env=env, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                          check=False)


def output(*command: str | Path, cwd: Optional[Path] = None,
           more: Optional[Mapping[str, str | Path]] = None) -> str:
    """What a command prints that must succeed."""
    done = run(*command, cwd=cwd, more=more)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class InstallTest(unittest.TestCase):
    """One staged install, moved before it is looked at."""

    folder: Path
    tree: Path
    log: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="install-", dir=BUILD))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        first = cls.folder / "first"
        cls.log = output("cmake", "--install", BUILD, "--prefix", first)
        cls.tree = cls.folder / "a b"  # nothing of it may know where it was
        first.rename(cls.tree)
        cls.lib = cls.tree / LIBDIR

    def pkg_config(self, *options: str) -> list[str]:
        """The words of pkg-config, which escapes blanks."""
        text = output("pkg-config", *options, "cihsm",
                      more={"PKG_CONFIG_PATH": self.lib / "pkgconfig"})
        return [word.replace("\\", "") for word in re.split(r"(?<!\\)\s+", text.strip())]

    def test_what_is_installed(self) -> None:
        """Programs, headers, the names of the library, what finds them; nothing else of ours."""
        names = {str(path.relative_to(self.tree)) for path in self.tree.rglob("*")
                 if path.is_symlink() or not path.is_dir()}
        headers = {f"include/cihsm/{path.name}"
                   for path in (ROOT / "include" / "cihsm").glob("*.h")}
        self.assertGreater(len(headers), 30)
        library = f"{LIBDIR}/libcihsm.so"
        wanted = headers | {"bin/cihsm", library, f"{library}.0", f"{library}.{VERSION}",
                            f"{LIBDIR}/pkgconfig/cihsm.pc", "share/doc/cihsm/LICENSE",
                            "share/doc/cihsm/NOTICE"}
        wanted = wanted.union(*papers().values())
        self.assertEqual(wanted - names, set())
        self.assertEqual({name for name in names if name.startswith("include/")}, headers)
        known = ("bin/", "include/", f"{LIBDIR}/libcihsm.so", f"{LIBDIR}/pkgconfig/",
                 f"{LIBDIR}/cmake/cihsm/", "share/doc/cihsm/", "share/man/",
                 "share/bash-completion/", "share/zsh/", "share/fish/")
        self.assertEqual([name for name in names if not name.startswith(known)], [])

    def test_man_finds_the_pages(self) -> None:
        """By the name of the program, of a command, of a function and of a format."""
        for name, heading in (("cihsm", "CIHSM(1)"), ("cihsm-csr", "CIHSM-CSR(1)"),
                              ("cihsm_client_get", "cihsm_client(3)"),
                              ("cihsm-config", "cihsm-config(5)")):
            said = output("man", "-M", self.tree / "share" / "man", "-E", "UTF-8", name,
                          more={"MANPAGER": "cat", "MANWIDTH": "80"})
            self.assertTrue(said.lower().startswith(heading.lower()), said[:80])

    def readable(self) -> Iterator[tuple[Path, str]]:
        """The texts among the installed files, and that which packages have beside them."""
        yield self.tree / DOC / "changelog", (ROOT / "docs" / "CHANGELOG.md").read_text()
        for path in sorted(self.tree.rglob("*")):
            if path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                data = gzip.decompress(data) if path.suffix == ".gz" else data
                if b"\0" not in data:
                    yield path, data.decode()

    def test_no_file_names_a_document_that_is_not_installed(self) -> None:
        """Neither by a link nor by the place that it has in the sources, docs/... or hsm-setup/...,
        which is the one below the documents. The contract names files of SAP's repositories."""
        documents = self.tree / DOC
        seen = 0
        for path, text in self.readable():
            for link in re.findall(r"\]\(([^)#:]+)\)", text) if path.suffix == ".md" else []:
                self.assertTrue((path.parent / link).exists(), f"{path}: {link}")
                seen += 1
            if path.name == "sap-contract.md":
                continue
            if "share/man" in str(path):
                self.assertNotRegex(text, r"(?<![\w/-])[\w-]+\.md", path)
            for name in PLACE.findall(re.sub(r"\\&?", "", text)):
                name = name.rstrip(".")
                self.assertTrue((documents / name).exists() or (documents / "examples" / name).exists()
                                or any(documents.glob(f"{name}-*.md")), f"{path}: {name}")
                seen += 1
        self.assertGreater(seen, 100)

    def test_the_names_of_the_library(self) -> None:
        """SONAME with the number of the interface, links beside the file."""
        head = output("readelf", "-d", self.lib / "libcihsm.so")
        self.assertIn("soname: [libcihsm.so.0]", head)
        self.assertNotRegex(head, "RPATH|RUNPATH")
        links = [os.readlink(self.lib / name) for name in ("libcihsm.so", "libcihsm.so.0")]
        self.assertEqual(links, ["libcihsm.so.0", f"libcihsm.so.{VERSION}"])

    def test_the_program_finds_its_library(self) -> None:
        """Beside it, wherever the tree is."""
        self.assertIn(str(self.lib.resolve()), os.path.realpath(
            re.findall(r"libcihsm\.so\.0 => (.+) \(", output("ldd", self.tree / "bin" / "cihsm"))[0]))
        self.assertIn(VERSION, output(self.tree / "bin" / "cihsm", "--version"))

    def test_modes(self) -> None:
        """Everybody reads files, nobody but the owner writes them, whatever the umask was."""
        for path in self.tree.rglob("*"):
            if path.is_file() and not path.is_symlink():
                is_run = path.parent.name == "bin" or path.read_bytes()[:2] == b"#!"
                mode = path.stat().st_mode & 0o777
                self.assertIn(mode, (0o755,) if is_run else (0o644, 0o755), path)

    def test_nothing_knows_where_it_was_built(self) -> None:
        """No file holds the path of the source, of the build, or of the first install."""
        for path in self.tree.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                for place in (ROOT, BUILD, self.folder / "first"):
                    self.assertNotIn(str(place).encode(), data, path)

    def test_destdir(self) -> None:
        """Stages the tree below a folder, as those who make packages do."""
        below = self.folder / "destdir"
        output("cmake", "--install", BUILD, "--prefix", "/opt/x", more={"DESTDIR": below})
        there = {path.relative_to(below / "opt/x") for path in below.rglob("*")
                 if not path.is_dir()}
        self.assertEqual(there, {path.relative_to(self.tree) for path in self.tree.rglob("*")
                                 if not path.is_dir()})

    def test_programs_by_cmake(self) -> None:
        """find_package(cihsm) and cihsm::cihsm, in C99 and in C++17."""
        for program, compiler in (("consumer_c", "C"), ("consumer_cxx", "CXX")):
            with self.subTest(compiler=compiler):
                build = self.configured(MINOR)
                output("cmake", "--build", build, "--target", program)
                self.assertRegex(output(build / program), SAYS)

    def configured(self, version: str) -> Path:
        """The consumer's build folder, for a version that it asks for."""
        build = self.folder / f"build-{version}"
        done = run("cmake", "-S", CONSUMER, "-B", build, "-G", "Ninja",
                   f"-DCMAKE_PREFIX_PATH={self.tree}", f"-DWANTED_VERSION={version}")
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return build

    def test_the_guide(self) -> None:
        """What it shows for programs with the library, with this tree in the place of /usr."""
        place = self.folder / "guide"
        place.mkdir()
        guide = (ROOT / "docs" / "guides" / "install.md").read_text()
        section = guide.partition("\n## Programs with the library\n")[2].partition("\n## ")[0]
        [block] = re.findall(r"(?ms)^```sh\n(.*?)^```$", section)
        link = self.folder / "usr"  # pkg-config's answer is split at blanks here
        link.symlink_to(self.tree)
        said = output("bash", "-ec", block.replace("/usr/", f"{link}/"), cwd=place,
                      more={"PKG_CONFIG_PATH": link / LIBDIR / "pkgconfig",
                            "LD_LIBRARY_PATH": self.lib})
        self.assertIn("usage", said)

    def test_the_quickstart(self) -> None:
        """With the installed program, in the folder where one stands; nothing is written beside it."""
        place = self.folder / "place"
        place.mkdir()
        script = self.tree / "share/doc/cihsm/examples/hsm-setup/quickstart.sh"
        before = sorted(self.tree.rglob("*"))
        self.addCleanup(output, script, "stop", cwd=place)
        said = output(script, cwd=place)
        self.assertEqual(len(re.findall(r"(?m)^AG[\w-]{26}  ", said)), 5)
        self.assertEqual([path.name for path in place.iterdir()], ["cihsm-quickstart"])
        self.assertEqual(sorted(self.tree.rglob("*")), before)
        commands = re.findall(r"(?m)^  (\S.*/bin/cihsm .*)$", said.partition("Ready.")[2])
        self.assertEqual(len(commands), 3)
        self.assertEqual(output("bash", "-c", commands[0], cwd=place).count("FAILED"), 3)

    def test_the_steps_of_the_readme(self) -> None:
        """From a key on the token to the first call, with the installed program."""
        output(sys.executable, ROOT / "tests/integration/test_guides.py", "ReadmeTest",
               more={"CIHSM_BINARY": self.tree / "bin" / "cihsm", "CIHSM_BUILD_DIR": BUILD})

    def test_versions_by_cmake(self) -> None:
        """Before 1.0 another minor version is another interface."""
        for version in ("0.0", "99.0", f"{MINOR}.999"):
            with self.subTest(version=version), self.assertRaisesRegex(
                    RuntimeError, r"compatible\s+with requested version"):
                self.configured(version)

    def test_programs_by_pkg_config(self) -> None:
        """Compiler and pkg-config, in C99 and in C++17."""
        for source, compiler in COMPILERS.items():
            with self.subTest(source=source):
                program = self.folder / f"by-pkg-config-{source}"
                output(*compiler, *STRICT, CONSUMER / source, "-o", program,
                       *self.pkg_config("--cflags", "--libs"))
                self.assertRegex(output(program, more={"LD_LIBRARY_PATH": self.lib}), SAYS)

    def test_pkg_config(self) -> None:
        """The version; and nothing but our library, since it is a shared one only."""
        self.assertEqual(self.pkg_config("--modversion"), [VERSION])
        libs = self.pkg_config("--libs")
        self.assertEqual(libs[1:], ["-lcihsm"])
        self.assertEqual(self.pkg_config("--static", "--libs"), libs)
        self.assertEqual(self.pkg_config("--print-requires", "--print-requires-private"), [""])


if __name__ == "__main__":
    unittest.main()
