#!/usr/bin/env python3
"""Makes the manual pages: the tables of the program, the comments of the public headers and the
guides of the tokens, put into the texts of this folder.

    make.py --cihsm PROGRAM --scdoc PROGRAM --source ROOT --out FOLDER

Below FOLDER come man1, man3, man5 and man7 with a compressed page each. SOURCE_DATE_EPOCH is the
date of the pages, if it is set (scdoc).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterable

sys.dont_write_bytecode = True

from commands import command_pages, groups_of, list_of_options, list_of_pages  # noqa: E402
from headers import read_headers  # noqa: E402
from library import example_of, header_page, list_of_headers  # noqa: E402
from markdown import section, to_scd  # noqa: E402

HERE = Path(__file__).resolve().parent
PART = re.compile(r"(?m)^@(\w+)(?: (.*))?@$")


class Maker:
    """All that the pages are made of."""

    def __init__(self, source: Path, program: Path, scdoc: Path, out: Path) -> None:
        done = subprocess.run([program, "--help", "-o", "json"], stdout=subprocess.PIPE, check=True)
        self.source = source
        self.scdoc = scdoc
        self.out = out
        self.tables = json.loads(done.stdout)
        self.headers = read_headers(source / "include" / "cihsm")

    def part(self, found: re.Match[str]) -> str:
        """What a line "@name@" or "@name argument@" of a text stands for."""
        name, argument = found[1], found[2]
        if name == "options":
            return list_of_options(self.tables["options"])
        if name == "pages":
            return list_of_pages(groups_of(self.tables["commands"]), HERE / "groups")
        if name == "headers":
            return list_of_headers(self.headers)
        if name == "example":
            return "```\n" + example_of(self.source / argument).replace("\\", "\\\\") + "```"
        if name == "tokens":
            return self.tokens()
        path, _, title = argument.partition(" ")
        return to_scd(section((self.source / path).read_text(encoding="utf-8"), title))

    def tokens(self) -> str:
        """The guides of the token models, one below the other."""
        parts = []
        for path in sorted((self.source / "hsm-setup").glob("*.md")):
            title, _, text = path.read_text(encoding="utf-8").partition("\n")
            if path.name != "README.md":
                parts += [f"## {title.lstrip('# ')}", to_scd(text)]
        return "\n\n".join(parts)

    def write(self, name: str, section_number: str, text: str,
              others: Iterable[str] = ()) -> None:
        """A page in its folder, as man reads it, and under the other names that it tells of."""
        folder = self.out / f"man{section_number}"
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run([self.scdoc], input=text.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            number = re.search(r"(\d+)", done.stderr.decode())
            line = text.splitlines()[int(number[1]) - 1] if number else ""
            sys.exit(f"{name}({section_number}): {done.stderr.decode().strip()}: {line}")
        path = folder / f"{name}.{section_number}.gz"
        path.write_bytes(gzip.compress(done.stdout, mtime=0))
        for other in others:
            (folder / f"{other}.{section_number}.gz").symlink_to(path.name)

    def make(self) -> None:
        """All pages."""
        version = self.tables["version"]
        others = {header.page(): header.other_names() for header in self.headers}
        for page in command_pages(self.tables, HERE):
            self.write(page.name, page.section, page.source())
        for header in self.headers:
            if header.page() != "cihsm":
                page = header_page(header, HERE / "examples", version)
                self.write(page.name, page.section, page.source(), others[page.name])
        for path in sorted(HERE.glob("*.scd")):
            name, _, number = path.stem.rpartition(".")
            text = PART.sub(self.part, path.read_text(encoding="utf-8"))
            self.write(name, number, f'{name}({number}) "cihsm {version}" "cihsm manual"\n\n{text}',
                       others[name] if number == "3" else [])


def main() -> None:
    """By the command line."""
    options = argparse.ArgumentParser(description="makes the manual pages")
    for name in ("cihsm", "scdoc", "source", "out"):
        options.add_argument(f"--{name}", type=Path, required=True)
    given = options.parse_args()
    shutil.rmtree(given.out, ignore_errors=True)
    Maker(given.source.resolve(), given.cihsm.resolve(), given.scdoc, given.out).make()


if __name__ == "__main__":
    main()
