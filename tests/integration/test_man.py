#!/usr/bin/env python3
"""The manual pages: they are sound, and tell all of the commands, the library and the files."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import unittest
from functools import lru_cache
from pathlib import Path

from harness import BUILD, ROOT, CihsmTest, environment, tool

PAGES = BUILD / "man"
SOURCES = ROOT / "docs" / "man"
LIBRARY = BUILD / "lib" / "libcihsm.so"
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
# scdoc writes .P where none is needed
NOT_OURS = "skipping paragraph macro"


def pages(section: str = "?") -> list[Path]:
    """The pages without the links to them."""
    found = sorted(path for path in PAGES.glob(f"man{section}/*.gz") if not path.is_symlink())
    if not found:
        raise FileNotFoundError(f"no pages below {PAGES}: is scdoc installed?")
    return found


@lru_cache(maxsize=None)
def shown(path: Path, width: int) -> str:
    """A page as a reader sees it, without bold and underlined."""
    text = tool("mandoc", "-T", "utf8", "-O", f"width={width}", path).decode()
    return re.sub(".\b", "", text)


def page(name: str) -> str:
    """A page in long lines: "cihsm-key.1"."""
    return shown(PAGES / f"man{name[-1]}" / f"{name}.gz", 200)


class FormTest(CihsmTest):
    """Each page by the tools that read pages."""

    def test_mandoc_finds_nothing(self) -> None:
        """No warning and no error."""
        for path in pages():
            done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", path], capture_output=True,
                                  text=True, timeout=60, check=False)
            found = [line for line in done.stdout.splitlines() if NOT_OURS not in line]
            self.assertEqual(found, [], path.name)

    def test_man_warns_of_nothing(self) -> None:
        """As lintian looks at pages."""
        env = environment(self.folder, {"MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        for path in pages():
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                  timeout=60, check=False, env=env)
            self.assertEqual((done.returncode, done.stderr), (0, ""), path.name)

    def test_pages_fit_eighty_columns(self) -> None:
        """Examples too; a layout in the comment of a header may be as wide as a header, and what has
        no blank cannot be broken."""
        wide = [(path.name, line) for path in pages() for line in shown(path, 78).splitlines()
                if len(line) > (104 if path.parent.name == "man3" else 80)
                and re.search(r"\S{55}", line) is None]
        self.assertEqual(wide, [])

    def test_examples_can_be_copied(self) -> None:
        """No line goes on within a comment, and none between an option and its value."""
        continued = 0
        for path in pages():
            lines = shown(path, 78).splitlines()
            for line, after in zip(lines, lines[1:]):
                if line.endswith(" \\"):
                    self.assertNotRegex(line, r"(^|\s)# ", path.name)
                    self.assertFalse(re.search(r" --[\w-]+ \\$", line)
                                     and not after.strip().startswith("-"), f"{path.name}: {line}")
                    continued += 1
        self.assertGreater(continued, 50)

    def test_no_parameter_is_torn(self) -> None:
        """A prototype goes on behind a comma or the bracket."""
        lines = [line.strip() for path in pages("3") for line in shown(path, 200).splitlines()]
        heads = [line for line in lines if re.match(r"[\w *]+\bcihsm_\w+\($", line)]
        self.assertGreater(len(heads), 100)
        self.assertEqual([line for line in lines if re.match(r"\*+\w+[,)]", line)], [])

    def test_the_pages_that_are_named_exist(self) -> None:
        """Everywhere in the texts."""
        there = {path.name.removesuffix(".gz") for path in PAGES.glob("man?/*.gz")}
        for path in pages():
            text = shown(path, 200)
            named = {f"{name}.{number}" for name, number in
                     re.findall(r"\b(cihsm[\w-]*)\((\d)\)", text)}
            self.assertLessEqual(named, there, path.name)


class CommandTest(CihsmTest):
    """Section 1 against the help, which the program prints itself."""

    def options_of(self, *words: str) -> list[str]:
        """The options in a help, each with its argument."""
        text = self.succeeds("help", *words).out
        return re.findall(r"(?m)^  (?:-\w, |    )(--[a-z-]+(?: \S+)?)", text)

    def test_every_option_of_every_command_stands_in_its_page(self) -> None:
        """Below the command, with the name of its argument."""
        listed = self.succeeds("--help", "-v").out.partition("\nOptions for")[0]
        commands = re.findall(r"(?m)^  ([a-z][\w-]*(?: [a-z][\w-]*){0,2})(?:\n {26})?  +\S",
                              listed.partition("\nUsage:")[2])
        self.assertGreater(len(commands), 200)
        for command in commands:
            text = page(f"cihsm-{command.split()[0]}.1").partition("\nCOMMANDS\n")[2]
            own = re.split(rf"(?m)^   cihsm {command}$", text)
            self.assertEqual(len(own), 2, f"{command} has no heading of its own")
            own_text = re.split(r"(?m)^(?:   cihsm |[A-Z])", own[1])[0]
            lines = [line.strip() for line in own_text.splitlines()]
            for option in self.options_of(*command.split()):
                found = [line for line in lines if line == option or line.endswith(f", {option}")]
                self.assertEqual(len(found), 1, f"{command}: {option}")

    def test_the_options_of_every_command_stand_in_the_first_page(self) -> None:
        """cihsm(1)"""
        lines = [line.strip() for line in page("cihsm.1").splitlines()]
        found = self.options_of("options")
        self.assertGreater(len(found), 20)
        for option in found:
            self.assertTrue(any(line == option or line.endswith(f", {option}") for line in lines),
                            option)

    def test_the_first_page_tells_what_each_noun_is(self) -> None:
        """In the words of that page's NAME."""
        first = page("cihsm.1")
        for path in sorted((SOURCES / "groups").glob("*.scd")):
            what = path.read_text().partition("\n")[0].replace("\\", "")
            self.assertRegex(first, rf"(?i) cihsm-{path.stem}\(1\)\n +{re.escape(what)}\.\n")

    def test_a_note_stands_below_its_command(self) -> None:
        """As in the help of that command alone; one of all commands of a page above them."""
        rows = self.succeeds("--help", "-o", "json").json["commands"]
        noted = [row for row in rows if "note" in row]
        self.assertGreater(len(noted), 20)
        for row in noted:
            noun, name = row["name"].split()[0], row["name"]
            above, _, below = page(f"cihsm-{noun}.1").partition("\nCOMMANDS\n")
            own = re.split(rf"(?m)^   cihsm {name}$", below)[1]
            own = re.split(r"(?m)^(?:   cihsm |[A-Z])", own)[0]
            start = " ".join(row["note"].split()[:3]).replace('"', "")
            told = " ".join((above + own).split())
            self.assertIn(start[1:], told, name)

    def test_each_noun_has_a_text(self) -> None:
        """And no text is left of a noun that is gone."""
        nouns = {row["name"].split()[0] for row in
                 self.succeeds("--help", "-o", "json").json["commands"]}
        self.assertEqual({path.stem for path in (SOURCES / "groups").glob("*.scd")}, nouns)

    def test_the_tables_are_json_only_where_that_is_typed_and_no_command_is(self) -> None:
        """A setting about data changes no help."""
        plain = self.succeeds("--help").out
        self.assertEqual(self.succeeds("--help", env={"CIHSM_OUTPUT": "json"}).out, plain)
        self.assertEqual(self.succeeds("--help", "-o", "csv").out, plain)
        self.assertEqual(self.succeeds("key", "list", "--help", "-o", "json").out,
                         self.succeeds("key", "list", "--help").out)
        tables = self.succeeds("--help", "-o", "json").json
        row = next(row for row in tables["commands"] if row["name"] == "key generate")
        self.assertIn("example", row)
        self.assertFalse(row["changes_tenant"])
        self.assertIn({"name": "output", "argument": "FORMAT", "letter": "o",
                       "help": "table, json, jsonl or csv"}, tables["options"])


class LibraryTest(CihsmTest):
    """Section 3 against the library."""

    def test_the_names_are_what_the_library_exports(self) -> None:
        """Each in one NAME line, as whatis reads it; with a page of its name."""
        named: list[str] = []
        for path in pages("3"):
            lines = tool("lexgrog", path).decode().splitlines()
            names = [line.partition(': "')[2].partition(" - ")[0] for line in lines]
            self.assertEqual(names[0], path.name.removesuffix(".3.gz"))
            named += names[1:]
        symbols = re.findall(r" [TDBR] (cihsm_\w+)", tool("nm", "-D", "--defined-only",
                                                          LIBRARY).decode())
        titles = {path.name.removesuffix(".3.gz") for path in pages("3")}
        self.assertCountEqual(named, set(symbols) - titles)
        self.assertLessEqual(set(symbols) - set(named), set(self.functions_of_titles()))
        for name in symbols:
            self.assertTrue((PAGES / "man3" / f"{name}.3.gz").exists(), name)

    def functions_of_titles(self) -> list[str]:
        """Functions whose name is that of a page."""
        return [path.name.removesuffix(".3.gz") for path in pages("3")
                if f"{path.name.removesuffix('.3.gz')}()" in shown(path, 200)]

    def test_every_function_is_explained(self) -> None:
        """Words stand below its prototype."""
        for path in pages("3"):
            text = shown(path, 200).partition("\nFUNCTIONS\n")[2].partition("\nEXAMPLES\n")[0]
            for part in re.split(r"(?m)^   (?=cihsm_\w+\(\)$)", text)[1:]:
                words = part.partition(");\n")[2].strip()
                self.assertGreater(len(words), 10, part)

    def test_every_header_has_an_example_that_compiles(self) -> None:
        """In C99 without a warning, linked with the library; programs print what they say."""
        headers = {path.stem for path in (ROOT / "include" / "cihsm").glob("*.h")}
        examples = sorted((SOURCES / "examples").glob("*.c"))
        self.assertEqual({path.stem for path in examples}, headers)
        ran = 0
        for path in examples:
            text = path.read_text()
            self.assertIn(f"#include <cihsm/{path.stem}.h>", text)
            is_program = "int main(" in text
            built = self.folder / path.stem
            tool("cc", *STRICT, *([] if is_program else ["-shared", "-fPIC"]), "-o", built, path,
                 "-I", ROOT / "include", LIBRARY, "-Wl,--no-undefined",
                 f"-Wl,-rpath,{LIBRARY.parent}")
            if "/* Prints:" in text:
                done = subprocess.run([built], cwd=self.folder, capture_output=True, text=True,
                                      timeout=60, check=True)
                wanted = text.partition("/* Prints:\n")[2].partition(" */")[0]
                self.assertEqual(done.stdout.splitlines(),
                                 [line.removeprefix(" * ") for line in wanted.splitlines()],
                                 path.name)
                ran += 1
        self.assertGreater(ran, 12)


class FileTest(CihsmTest):
    """Sections 5 and 7 against what they are about."""

    def test_every_setting_of_a_profile_is_told(self) -> None:
        """And nothing that is none."""
        code = (ROOT / "src" / "client" / "config.c").read_text()
        keys = re.findall(r'^    \{"([a-z-]+)", (?:true|false)\},$', code, re.MULTILINE)
        self.assertGreater(len(keys), 12)
        text = page("cihsm-config.5").partition("\nSETTINGS\n")[2].partition("\nEXAMPLES\n")[0]
        lines = re.findall(r"(?m)^     (?: *)([a-z][a-z, -]*) = ", text)
        told = [name for line in lines for name in line.split(", ")]
        self.assertCountEqual(told, keys)

    def test_the_example_of_the_configuration_is_one(self) -> None:
        """cihsm reads it."""
        text = page("cihsm-config.5").partition("\nEXAMPLES\n")[2].partition("\nSEE ALSO\n")[0]
        lines = [line.strip() for line in text.splitlines()]
        config = self.write("config", "\n".join(lines))
        rows = self.succeeds("profile", "list", "--config", config, "-o", "json").json
        self.assertEqual(len(rows), 2)

    def test_every_exit_code_is_told(self) -> None:
        """Those of the library, and the two of the program."""
        header = (ROOT / "include" / "cihsm" / "error.h").read_text()
        listed = header.partition("command line for a status:")[2].partition("*/")[0]
        codes = [*re.findall(r"\b(\d+) [a-zP]", listed), "141", "128+n"]
        self.assertEqual(len(codes), 16)
        text = page("cihsm-output.5").partition("\nEXIT STATUS\n")[2].partition("\nSEE ALSO\n")[0]
        self.assertEqual(re.findall(r"(?m)^ +(\d+(?:\+n)?)$", text), codes)

    def test_every_token_model_is_told(self) -> None:
        """Each guide of hsm-setup."""
        text = page("cihsm-tokens.7")
        for path in sorted((ROOT / "hsm-setup").glob("*.md")):
            title = path.read_text().partition("\n")[0].removeprefix("# ")
            if path.name != "README.md":
                self.assertIn(f"\n   {title}\n", text)


class BuildTest(CihsmTest):
    """How the pages are made."""

    def test_the_same_pages_come_out_again(self) -> None:
        """Byte by byte, with the date of SOURCE_DATE_EPOCH."""
        made = []
        for name in ("one", "two"):
            env = dict(os.environ) | {"SOURCE_DATE_EPOCH": "1750000000"}
            tool("python3", SOURCES / "make.py", "--cihsm", BUILD / "bin" / "cihsm",
                 "--scdoc", "scdoc", "--source", ROOT, "--out", self.folder / name, env=env)
            made.append({path.relative_to(self.folder / name): path.read_bytes()
                         for path in sorted((self.folder / name).rglob("*.gz"))})
        self.assertEqual(made[0], made[1])
        page_1 = gzip.decompress((self.folder / "one" / "man1" / "cihsm.1.gz").read_bytes())
        self.assertIn(b'"2025-06-15"', page_1)


if __name__ == "__main__":
    unittest.main()
