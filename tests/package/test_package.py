#!/usr/bin/env python3
"""The Debian packages: the same bytes wherever they are built, and what is in them."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Optional

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from papers import papers  # noqa: E402  pylint: disable=wrong-import-position

BUILD = Path(os.environ.get("CIHSM_BUILD_DIR", ROOT / "build" / "dev")).resolve()
VERSION = os.environ.get("CIHSM_VERSION", "0.1.0")
DEBIAN = ROOT / "packaging" / "debian"
PACKAGES = ("libcihsm0", "libcihsm-dev", "cihsm")
LIBRARIES = ("libarchive13", "libc6", "libcjson1", "libcurl4", "libexpat1", "libinih1",
             "libp11-3", "libp11-kit0", "libssl3")
SECONDS = 900


def output(*command: str | Path, cwd: Optional[Path] = None, umask: int = -1,
           **more: str) -> str:
    """What a command prints that must succeed."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=env | more, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                          check=False, umask=umask)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def sources(folder: Path, umask: int) -> None:
    """A copy of the sources, as somebody with this umask would have them."""
    ignored = shutil.ignore_patterns("build", "out", ".git", "__pycache__")
    shutil.copytree(ROOT, folder, ignore=ignored)
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~umask)


def make(folder: Path, umask: int, **more: str) -> Path:
    """The packages, built from a copy of the sources; the folder that they are in."""
    output(folder / "packaging" / "build.sh", umask=umask, **more)
    return folder / "build" / "package"


class PackageTest(unittest.TestCase):
    """Two builds; the first is looked into."""

    made: list[Path]

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(tempfile.mkdtemp(prefix="package-", dir=BUILD))
        cls.addClassCleanup(shutil.rmtree, folder)
        places = ((folder / "one", 0o022), (folder / "another place", 0o077))
        for place, umask in places:
            sources(place, umask)
        cls.made = [make(*places[0], TZ="UTC", LANG="C.UTF-8"),
                    make(*places[1], TZ="Asia/Tokyo", LANG="C")]
        cls.tree = folder / "tree"
        for name in PACKAGES:
            output("dpkg-deb", "--extract", cls.deb(name), cls.tree)

    @classmethod
    def deb(cls, name: str, which: int = 0) -> Path:
        """A package's file."""
        [path] = cls.made[which].glob(f"{name}_{VERSION}-*.deb")
        return path

    def field(self, package: str, name: str) -> str:
        """A field of a package's control file."""
        return output("dpkg-deb", "--field", self.deb(package), name).strip()

    def members(self, package: str, part: str) -> set[str]:
        """The names in its control or data part."""
        option = {"control": "--ctrl-tarfile", "data": "--fsys-tarfile"}[part]
        with subprocess.Popen(["dpkg-deb", option, self.deb(package)],
                              stdout=subprocess.PIPE) as deb:
            names = subprocess.run(["tar", "-t"], stdin=deb.stdout, capture_output=True,
                                   text=True, timeout=SECONDS, check=True).stdout
        return {name.removeprefix("./") for name in names.splitlines()
                if not name.endswith("/")}

    def test_two_builds_have_the_same_bytes(self) -> None:
        """In another folder, with another umask, time zone and language, and later."""
        for pattern in ("lib/libcihsm.so.*.*", "bin/cihsm", "*.deb"):
            files = [sorted(made.glob(pattern)) for made in self.made]
            self.assertEqual(*[[path.name for path in found] for found in files])
            self.assertEqual(len(files[0]), 3 if pattern == "*.deb" else 1)
            for one, other in zip(*files):
                with self.subTest(file=one.name):
                    self.assertEqual(*[hashlib.sha256(path.read_bytes()).hexdigest()
                                       for path in (one, other)])

    def test_who_depends_on_whom(self) -> None:
        """On the libraries that are linked; on our own in this very version."""
        for package in PACKAGES:
            depends = self.field(package, "Depends").split(", ")
            names = [entry.split(" ")[0].removesuffix("t64") for entry in depends]
            ours = [entry for entry in depends if entry.startswith("libcihsm0")]
            with self.subTest(package=package):
                if package == "libcihsm0":
                    self.assertEqual(sorted(names), sorted(LIBRARIES))
                    continue
                self.assertEqual(ours, [f"libcihsm0 (= {self.field('libcihsm0', 'Version')})"])
                self.assertEqual(set(names), {"libcihsm0"} | (
                    {"libc6"} if package == "cihsm" else set()))

    def test_control(self) -> None:
        """A synopsis, a description; a trigger for ldconfig and no script of ours."""
        for package in PACKAGES:
            with self.subTest(package=package):
                synopsis, *text = self.field(package, "Description").splitlines()
                self.assertLess(len(synopsis), 80)
                self.assertGreater(len(text), 4)
                self.assertEqual(self.members(package, "control"), {"control", "md5sums"} | (
                    {"shlibs", "triggers"} if package == "libcihsm0" else set()))
        self.assertEqual(output("dpkg-deb", "--info", self.deb("libcihsm0"), "triggers"),
                         "activate-noawait ldconfig\n")

    def test_papers(self) -> None:
        """Copyright and changelogs, in each package."""
        log = (DEBIAN / "changelog").read_text()
        for package in PACKAGES:
            with self.subTest(package=package):
                papers = self.tree / "usr/share/doc" / package
                self.assertEqual((papers / "copyright").read_bytes(),
                                 (DEBIAN / "copyright").read_bytes())
                self.assertEqual(gzip.decompress(
                    (papers / "changelog.Debian.gz").read_bytes()).decode(), log)
                self.assertEqual(gzip.decompress((papers / "changelog.gz").read_bytes()),
                                 (ROOT / "docs" / "CHANGELOG.md").read_bytes())
        self.assertTrue(log.startswith(f"cihsm ({self.field('cihsm', 'Version')}) "))

    def test_the_copyright_is_that_of_the_repository(self) -> None:
        """The licence, its holder, and what NOTICE says besides."""
        text = " ".join((DEBIAN / "copyright").read_text().split())
        notice = [" ".join(part.split()) for part in (ROOT / "NOTICE").read_text().split("\n\n")]
        self.assertIn("Apache License Version 2.0", " ".join(
            (ROOT / "LICENSE").read_text().split()))
        self.assertIn("License: Apache-2.0", text)
        self.assertIn("Apache License, Version 2.0", notice[1])
        holder = notice[0].partition("Copyright ")[2]
        self.assertIn(f"Copyright: {holder}", text)
        self.assertIn(notice[2], text)

    def test_programs_are_stripped(self) -> None:
        """And look for libraries where the system has them."""
        library = self.tree / "usr/lib" / output("gcc", "-print-multiarch").strip()
        for path in (self.tree / "usr/bin/cihsm", library / "libcihsm.so.0"):
            with self.subTest(path=path.name):
                self.assertNotIn(".symtab", output("readelf", "-SW", path))
                self.assertNotRegex(output("readelf", "-dW", path), "RPATH|RUNPATH")
                self.assertIn("BIND_NOW", output("readelf", "-dW", path))
        self.assertIn(VERSION, output(self.tree / "usr/bin/cihsm", "--version",
                                      LD_LIBRARY_PATH=str(library)))

    def test_no_file_is_in_two_packages(self) -> None:
        """Nor outside of /usr."""
        found = [self.members(package, "data") for package in PACKAGES]
        self.assertEqual(len(set().union(*found)), sum(map(len, found)))
        self.assertEqual([name for name in set().union(*found)
                          if not name.startswith("usr/")], [])

    def test_pages_completions_and_documents(self) -> None:
        """In the package of what they tell about."""
        for component, package in (("program", "cihsm"), ("development", "libcihsm-dev")):
            with self.subTest(package=package):
                wanted = {f"usr/{name}" for name in papers()[component]}
                self.assertEqual(wanted - self.members(package, "data"), set())

    def test_man_pages_are_compressed(self) -> None:
        """All of them."""
        pages = [name for package in PACKAGES for name in self.members(package, "data")
                 if "/share/man/" in name]
        self.assertEqual([name for name in pages if not re.search(r"\.[1-9]\.gz$", name)], [])

    @unittest.skipIf(shutil.which("lintian") is None, "lintian is not installed")
    def test_lintian_finds_no_error(self) -> None:
        """And only warnings that are for packages of Debian itself."""
        said = output("lintian", "--allow-root", *map(self.deb, PACKAGES))
        told = [line for line in said.splitlines() if re.match("[EW]: ", line)]
        known = ("initial-upload-closes-no-bugs",)
        self.assertEqual([line for line in told if not any(tag in line for tag in known)], [])


if __name__ == "__main__":
    unittest.main()
