#!/usr/bin/env python3
"""The programs of docs/examples and what docs/library.md says of the library."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path
from typing import Any, Sequence

from harness import BUILD, ROOT, CihsmTest, Option, Result, environment, tool
from tenants import Sandbox
from tokens import MODULE, TOKEN_URI, Token, chain_of, copy_token

# pylint: disable=wrong-import-order
from model import KNOWN_ROLES

EXAMPLES = ROOT / "docs" / "examples"
PAGE = ROOT / "docs" / "library.md"
KEY = "ec-p256"
READER = "ec-p384"  # may read message logs and nothing else
IS_SANITIZED = os.environ.get("CIHSM_SANITIZE", "") != ""
VALGRIND = None if IS_SANITIZED else shutil.which("valgrind")
MEMCHECK = ["--quiet", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite"]
SECONDS = 100  # valgrind takes its time
ENTRIES = 2200  # of the sandbox: three pages
EVER = "520w"
LINE = re.compile(r"(\S{28})  (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)  (.+)")


class ExampleTest(CihsmTest):
    """Against one sandbox."""

    box: Sandbox
    token: Token

    def settings(self, key: str, **changes: Option | None) -> dict[str, str]:
        """The environment of a program; None takes a name out of it."""
        names: dict[str, Option | None] = {
            "CIHSM_SERVICE_KEY": self.box.service_key(key), "CIHSM_CHAIN": chain_of(key),
            "CIHSM_CA": self.box.ca, "CIHSM_MODULE": MODULE, "CIHSM_TOKEN": TOKEN_URI,
            "CIHSM_KEY": f"pkcs11:object={key}", "CIHSM_PIN_SOURCE": f"file:{self.token.pin}",
            **self.token.env, **changes}
        return environment(self.folder, {n: v for n, v in names.items() if v is not None})

    def run_program(self, program: Sequence[Option], *arguments: Option, key: str = KEY,
                    **changes: Option | None) -> Result:
        """Runs a program to its end."""
        command = [str(part) for part in (*program, *arguments)]
        done = subprocess.run(command, env=self.settings(key, **changes), cwd=self.folder,
                              capture_output=True, timeout=SECONDS, check=False)
        return self.judged(Result(command, done.returncode, done.stdout, done.stderr))

    def example(self, name: str, *arguments: Option, **more: Any) -> Result:
        """Runs an example."""
        return self.run_program([BUILD / "bin" / name], *arguments, **more)

    def prints(self, name: str, *arguments: Option) -> str:
        """What an example prints that succeeds."""
        done = self.example(name, *arguments)
        self.assertEqual((done.code, done.err), (0, ""))
        return done.out

    def fails(self, code: int, words: str, name: str, *arguments: Option, **more: Any) -> None:
        """An example that ends with this exit code and one line on stderr."""
        done = self.example(name, *arguments, **more)
        self.assertEqual((done.code, done.out), (code, ""), done.err)
        self.assertRegex(done.err, rf"\A{name}: [^\n]+\n\Z")
        self.assertIn(words, done.err)

    def methods(self, mark: int, count: int) -> list[str]:
        """The methods of the requests since a mark, of which there are so many."""
        return [line["request"].split()[0] for line in self.box.seen(mark, count)]


def setUpModule() -> None:  # pylint: disable=invalid-name
    """The sandbox of all tests here."""
    box = Sandbox("--entries", str(ENTRIES))
    unittest.addModuleCleanup(box.stop)
    box.register(KEY, chain_of(KEY), sorted(KNOWN_ROLES))
    box.register(READER, chain_of(READER), ["MonitoringDataRead"])
    ExampleTest.box, ExampleTest.token = box, copy_token(box.folder / "token")


class FailedMessagesTest(ExampleTest):
    """docs/examples/failed_messages.c"""

    def test_it_prints_the_newest_failed_messages(self) -> None:
        """As the command line finds them."""
        found = self.succeeds(
            "get", "MessageProcessingLogs", "--filter", "Status eq 'FAILED'", "--last", EVER,
            "--orderby", "LogEnd desc", "--top", "5", "-o", "json",
            *self.box.options(self.token, KEY), env=self.token.env).json
        lines = [LINE.fullmatch(line)
                 for line in self.prints("failed_messages", EVER, "5").splitlines()]
        self.assertEqual([line and line.groups() for line in lines],
                         [(entry["MessageGuid"], entry["LogEnd"],
                           entry["IntegrationArtifact"]["Name"]) for entry in found])
        self.assertEqual(len(found), 5)

    def test_it_reads_all_pages_and_stops_where_it_wants(self) -> None:
        """The third page is asked for only when it is needed."""
        for count, requests, lines in (("1", 1, 1), ("1500", 2, 1500), ("9999", 3, ENTRIES)):
            with self.subTest(count=count):
                mark = self.box.mark()
                out = self.prints("failed_messages", EVER, count, "Status ne 'NOSUCH'")
                # a message that is still being processed has no LogEnd and is in no window
                self.assertLessEqual(len(out.splitlines()), lines)
                self.assertGreater(len(out.splitlines()), lines * 0.9)
                self.assertEqual(len(self.methods(mark, requests)), requests)

    def test_nothing_found_is_no_failure(self) -> None:
        """And prints nothing."""
        self.assertEqual(self.prints("failed_messages", EVER, "5", "Status eq 'NOSUCH'"), "")

    def test_mistakes_in_the_query(self) -> None:
        """Those that the library knows are not sent; the tenant judges the others."""
        mark = self.box.mark()
        self.fails(2, "has a zone", "failed_messages", EVER, "5",
                   "LogEnd gt datetime'2026-03-01T00:00:00Z'")
        self.fails(2, "tomorrow", "failed_messages", "tomorrow", "5")
        self.assertEqual(self.methods(mark, 0), [])
        self.fails(1, "400 from tenant", "failed_messages", EVER, "5", "Nonsense eq 1")
        for arguments in ("", "24h", "24h 0", "24h x", "24h 5 a b"):
            done = self.example("failed_messages", *arguments.split())
            self.assertEqual((done.code, done.err),
                             (2, "usage: failed_messages SPAN COUNT [FILTER]\n"))

    def test_what_is_missing_is_told(self) -> None:
        """With the exit code of its kind, and before any request."""
        mark = self.box.mark()
        nowhere = self.folder / "nowhere"
        cases: tuple[tuple[int, str, dict[str, Option | None]], ...] = (
            (3, "nowhere", {"CIHSM_SERVICE_KEY": nowhere}),
            (3, "service key", {"CIHSM_SERVICE_KEY": None}),
            (3, "nowhere", {"CIHSM_CHAIN": nowhere}),
            (3, "nowhere", {"CIHSM_CA": nowhere}),
            (3, "nowhere", {"CIHSM_MODULE": nowhere}),
            (3, "module", {"CIHSM_MODULE": None}),
            (5, "no such token", {"CIHSM_TOKEN": "pkcs11:token=nowhere"}),
            (4, "No such file", {"CIHSM_PIN_SOURCE": f"file:{nowhere}"}),
            (4, "no source of it is set", {"CIHSM_PIN_SOURCE": None}))
        for code, words, changes in cases:
            with self.subTest(changes=changes):
                self.fails(code, words, "failed_messages", EVER, "5", **changes)
        self.assertEqual(self.methods(mark, 0), [])

    def test_output_that_cannot_be_written(self) -> None:
        """Is a failure."""
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BUILD / "bin" / "failed_messages", EVER, "5"], stdout=full,
                                  stderr=subprocess.PIPE, env=self.settings(KEY), timeout=SECONDS,
                                  check=False)
        self.assertEqual((done.returncode, done.stderr),
                         (1, b"failed_messages: cannot write the output\n"))


class SetParameterTest(ExampleTest):
    """docs/examples/set_parameter.c"""

    def test_it_creates_and_then_updates(self) -> None:
        """And prints what the tenant has."""
        path = "StringParameters(Pid='ACME-1',Id='a~b@c')"
        for value, methods in (("Größe 'x'", ["GET", "GET", "POST", "GET"]),
                               ("changed", ["GET", "GET", "PUT", "GET"])):
            mark = self.box.mark()
            self.assertEqual(self.prints("set_parameter", "ACME-1", "a~b@c", value),
                             f"{path} = {value}\n")
            self.assertEqual(self.methods(mark, 4), methods)

    def test_a_name_cannot_lead_elsewhere(self) -> None:
        """Its quote is part of it; the tenant does not take one."""
        mark = self.box.mark()
        self.fails(10, "500 from tenant", "set_parameter", "A',Id='b", "c", "x")
        targets = [line["request"].split()[1] for line in self.box.seen(mark, 3)]
        self.assertIn("(Pid='A'',Id", re.sub("%27", "'", re.sub("%2C", ",", re.sub(
            "%3D", "=", targets[0]))))

    def test_failures(self) -> None:
        """Each with the exit code of its kind."""
        self.fails(7, "403", "set_parameter", "P", "I", "x", key=READER)
        self.fails(2, "too long", "set_parameter", "P" * 1000, "I", "x")
        done = self.example("set_parameter", "P", "I")
        self.assertEqual((done.code, done.err), (2, "usage: set_parameter PID ID VALUE\n"))


@unittest.skipIf(VALGRIND is None, "valgrind is not installed, or a sanitizer is at work")
class MemoryTest(ExampleTest):
    """Under valgrind: no error, nothing lost."""

    def checked(self, code: int, name: str, *arguments: Option) -> str:
        """What an example says that ends with this code."""
        done = self.run_program([str(VALGRIND), *MEMCHECK, BUILD / "bin" / name], *arguments)
        self.assertEqual(done.code, code, done.err)
        self.assertNotRegex(done.err, r"(?m)^==\d+==")
        return done.out + done.err

    def test_a_stream_that_is_left_early(self) -> None:
        """In the middle of the second page."""
        out = self.checked(0, "failed_messages", EVER, "1010", "Status ne 'NOSUCH'")
        self.assertEqual(len(out.splitlines()), 1010)

    def test_a_write(self) -> None:
        """From the first login to the last byte."""
        out = self.checked(0, "set_parameter", "ACME-2", "memory", "x")
        self.assertEqual(out, "StringParameters(Pid='ACME-2',Id='memory') = x\n")

    def test_a_failure(self) -> None:
        """What was opened before is closed."""
        self.assertIn("400 from", self.checked(1, "failed_messages", EVER, "5", "Nonsense eq 1"))


class PageTest(ExampleTest):
    """docs/library.md"""

    def blocks(self, language: str) -> list[str]:
        """Its code blocks of a language."""
        return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"),
                          re.MULTILINE | re.DOTALL)

    def test_its_c_is_cut_from_the_examples(self) -> None:
        """Every block stands in one of them."""
        sources = [path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.c")]
        blocks = self.blocks("c")
        self.assertTrue(blocks)
        for block in blocks:
            self.assertTrue(any(block in source for source in sources), block)

    def test_it_names_every_header_and_no_other(self) -> None:
        """Of those that cihsm.h has, which is all of them."""
        everything = (ROOT / "include" / "cihsm" / "cihsm.h").read_text(encoding="utf-8")
        there = {"cihsm.h", *re.findall(r'^#include "cihsm/(\w+\.h)"', everything, re.MULTILINE)}
        named = set(re.findall(r"`([a-z_]+\.h)`", PAGE.read_text(encoding="utf-8")))
        self.assertEqual(named, there)

    def test_its_links_lead_somewhere(self) -> None:
        """Below docs/."""
        links = re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text(encoding="utf-8"))
        self.assertGreaterEqual(len(links), 2)
        self.assertEqual([link for link in links if not (PAGE.parent / link).exists()], [])

    @unittest.skipIf(IS_SANITIZED, "a sanitizer wants its own flags")
    def test_its_commands_build_a_program_that_runs(self) -> None:
        """Against the installed library."""
        (self.folder / "build").mkdir()
        (self.folder / "build" / "release").symlink_to(BUILD)
        (self.folder / "docs").symlink_to(ROOT / "docs")
        commands = self.blocks("sh")[0]
        subprocess.run(["bash", "-euc", commands], cwd=self.folder, check=True, timeout=SECONDS,
                       env=environment(self.folder), stdout=subprocess.DEVNULL)
        program = self.folder / "failed_messages"
        self.assertIn(str(self.folder), tool("ldd", program).decode())
        shutil.rmtree(self.folder / "cihsm" / "share")  # the sandbox in it marks what it makes
        done = self.run_program([program], EVER, "2")
        self.assertEqual((done.code, len(done.out.splitlines())), (0, 2), done.err)

    def test_the_examples_are_short(self) -> None:
        """So that they are read."""
        for path in EXAMPLES.glob("*.c"):
            self.assertLessEqual(len(path.read_text(encoding="utf-8").splitlines()), 120, path)


if __name__ == "__main__":
    unittest.main()
