#!/usr/bin/env python3
"""Each kind of bad answer to each command that reads or writes: one table."""

from __future__ import annotations

import json
import subprocess
import unittest
from dataclasses import dataclass
from typing import Sequence

from harness import BINARY, CihsmTest, Option, Result, environment
from tenants import Answer, CannedTenant
from tokens import Token, copy_token

ONE = b'{"d":{"Id":"1"}}'
LIST = b'{"d":{"results":[{"Id":"1"}]}}'
PAGE = b"<!DOCTYPE html><html><head><title>Log on</title></head></html>"
OUT = "out.file"
SECONDS = 60

LISTS: dict[str, list[Option]] = {
    "get": ["get", "Things"],
    "get --raw": ["get", "Things", "--raw"],
    "get --all": ["get", "Things", "--all"],
    "get --all --out": ["get", "Things", "--all", "-o", "csv", "--out", OUT],
    "get one": ["get", "Things('1')", "-o", "json"],
    "get --out": ["get", "Things('1')", "-o", "table", "--out", OUT],
}
COUNT: dict[str, list[Option]] = {"count": ["count", "Things"]}
VALUES: dict[str, list[Option]] = {
    "value": ["value", "Things('1')"],
    "value --out": ["value", "Things('1')", "--out", OUT],
}
WRITES: dict[str, list[Option]] = {
    "create": ["create", "Things", "--set", "A=b"],
    "create --show": ["create", "Things", "--set", "A=b", "--show"],
    "update": ["update", "Things('1')", "--set", "A=b", "--yes"],
    "delete": ["delete", "Things('1')", "--yes"],
    "call": ["call", "DoIt", "--method", "POST"],
}
DONE = ["the tenant did it (200), do not repeat it"]


@dataclass
class Row:
    """A fault, and for each kind of command its exit code and words; None: it is none there."""

    name: str
    answer: Answer
    lists: tuple[int, Sequence[str]] | None
    count: tuple[int, Sequence[str]] | None = (11, ["$count", "is no number", "try again"])
    values: tuple[int, Sequence[str]] | None = None  # bytes are what they are
    writes: tuple[int, Sequence[str]] | None = None


def broken(name: str, body: bytes, words: str) -> Row:
    """JSON that is none."""
    return Row(name, Answer(body), (11, ["broken", words, "operator of the tenant"]),
               writes=(11, [*DONE, words, "operator of the tenant"]))


LOGIN = ["HTML page", "perhaps a login page", "url of the service key"]
CUT = ["was lost before the answer was complete"]
ROWS = [
    broken("truncated", ONE[:-5], "not JSON"),
    broken("trailing text", ONE + b" more", "text after"),
    broken("a second document", ONE + ONE, "text after"),
    broken("10,000 levels", b'{"d":' * 10_000 + b"1" + b"}" * 10_000, "more than 64 levels"),
    broken("a repeated name", b'{"d":{"Id":"1","Id":"2"}}', '"Id" is repeated'),
    broken("UTF-16", ONE.decode().encode("utf-16"), "UTF-8"),
    broken("Latin-1", '{"d":{"Id":"ü"}}'.encode("latin-1"), "UTF-8"),
    broken("a zero byte", b'{"d":{"Id":"a\0b"}}', "not JSON"),
    Row("empty", Answer(b""), (11, ["(0 bytes)", "broken", "try again"])),
    Row("a string without end", Answer(b'{"d":{"Id":"' + b"x" * (64 << 20)),
        (11, ["larger than 67108864 bytes", "ask for less"]), None,
        writes=(11, ["larger than", "look what was done"])),
    Row("an HTML page", Answer(PAGE, content_type="text/html"), (11, LOGIN), (11, LOGIN),
        (11, LOGIN), (11, [*DONE, *LOGIN])),
    Row("an HTML page that says it is JSON", Answer(PAGE), (11, LOGIN), (11, LOGIN), None,
        (11, [*DONE, *LOGIN])),
    Row("no content", Answer(status=204, content_type=""), (11, ["204 from tenant", "no content"]),
        (11, ["204 from tenant", "no content"]), (11, ["204 from tenant", "no content"])),
    Row("a redirect", Answer(status=302, headers={"Location": "/login"}),
        (11, ["302", "redirected", "url of the service key"]),
        (11, ["302", "redirected"]), (11, ["302", "redirected"]), (11, ["302", "redirected"])),
    Row("cut off", Answer(ONE[:-5], promised_bytes=100), (6, [*CUT, "try again"]), (6, CUT),
        (6, CUT), (6, [*CUT, "unknown", "look what was done"])),
]


class BadAnswerTest(CihsmTest):
    """A tenant that says what the sandbox would not."""

    canned: CannedTenant
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.canned = CannedTenant()
        cls.addClassCleanup(cls.canned.stop)
        cls.token = copy_token(cls.canned.folder / "token")

    def options(self) -> list[Option]:
        """Those of every call."""
        return [*self.canned.options(self.token), "--retry-time", "0"]

    def run_one(self, arguments: Sequence[Option], answer: Answer) -> Result:
        """A call whose request is answered so; what else a write asks for is answered well."""
        if arguments[0] in ("create", "update", "delete", "call"):
            self.canned.says(Answer(ONE), POST=answer, PUT=answer, DELETE=answer)
        else:
            self.canned.says(answer)
        return self.cihsm(*arguments, *self.options(), env=self.token.env)

    def fails(self, arguments: Sequence[Option], answer: Answer,
              wanted: tuple[int, Sequence[str]], goes_out: bytes = b"") -> None:
        """It has that exit code and says why, and writes nothing anywhere but what goes out as it
        comes."""
        done = self.run_one(arguments, answer)
        code, words = wanted
        self.assertEqual(done.code, code, done.err)
        self.assertTrue(goes_out.startswith(done.stdout), done.stdout)
        text = json.loads(done.err)["error"]["message"] if done.err.startswith("{") else done.err
        for part in words:
            self.assertIn(part, text)
        if not done.err.startswith("{"):
            self.message(done, words)
        self.assertEqual([path.name for path in self.folder.iterdir() if path.is_file()], [])

    def fails_all(self, row: Row, commands: dict[str, list[Option]],
                  wanted: tuple[int, Sequence[str]] | None, goes_out: bytes = b"") -> None:
        """All commands of a kind."""
        for name, arguments in commands.items() if wanted is not None else ():
            with self.subTest(fault=row.name, command=name):
                assert wanted is not None
                self.fails(arguments, row.answer, wanted, goes_out)

    def test_lists_and_entities(self) -> None:
        """cihsm get."""
        for row in ROWS:
            self.fails_all(row, LISTS, row.lists)

    def test_counts(self) -> None:
        """cihsm count."""
        for row in ROWS:
            self.fails_all(row, COUNT, row.count)

    def test_values(self) -> None:
        """cihsm value."""
        for row in ROWS:
            goes_out = row.answer.body if row.answer.promised_bytes > 0 else b""
            self.fails_all(row, VALUES, row.values, goes_out)

    def test_writes(self) -> None:
        """cihsm create, update, delete and call: each tells whether it was done."""
        for row in ROWS:
            self.fails_all(row, WRITES, row.writes)

    def test_a_type_that_holds_no_entries(self) -> None:
        """It is shown as it came, but is no page and no other format."""
        for answer in (Answer(b"<feed/>", content_type="application/atom+xml"),
                       Answer(LIST, content_type="application/octet-stream"), Answer(b"[1]"),
                       Answer(b"7")):
            for arguments in (["get", "Things", "--all"], ["get", "Things", "--limit", "5"],
                              ["get", "Things", "--limit", "5", "-o", "csv", "--out", OUT],
                              ["get", "Things", "-o", "jsonl"], ["get", "Things", "-o", "csv"]):
                with self.subTest(answer=answer.body, arguments=arguments):
                    self.fails(arguments, answer, (11, ["holds no entries", "--raw"]))
            self.assertEqual(self.run_one(["get", "Things"], answer).stdout, answer.body)
            self.assertEqual(self.run_one(["get", "Things", "--raw"], answer).stdout, answer.body)
        self.fails(["get", "Things", "-o", "json"], Answer(b"<feed/>", content_type="text/xml"),
                   (11, ["holds no entries"]))
        self.assertEqual(self.run_one(["get", "Things", "-o", "json"], Answer(b"[1]")).json, [1])

    def test_links_to_a_next_page(self) -> None:
        """Another host, plain http, itself, no text: what came before stays."""
        port = self.canned.port
        for link, words in ((f"https://127.0.0.1:{port}/api/v1/Things?t=1", "leads out"),
                            (f"http://localhost:{port}/api/v1/Things?t=1", "cannot be followed"),
                            ("Things", "repeats"), (7, "__next")):
            body = json.dumps({"d": {"results": [{"Id": "1"}], "__next": link}})
            for arguments in (["--all"], ["--limit", "5000"], ["--all", "-o", "csv", "--out", OUT]):
                with self.subTest(link=link, arguments=arguments):
                    done = self.run_one(["get", "Things", *arguments], Answer(body.encode()))
                    self.assertEqual(done.code, 11, done.err)
                    self.message(done, words)
                    self.assertFalse((self.folder / OUT).exists())

    def test_a_full_disk(self) -> None:
        """Whatever is printed."""
        for name, arguments in (LISTS | VALUES | COUNT | WRITES).items():
            if OUT in arguments:
                continue
            body = b"1" if arguments[0] == "count" else ONE
            with self.subTest(command=name), open("/dev/full", "wb") as full:
                self.canned.says(Answer(body))
                done = subprocess.run(
                    [str(BINARY), *map(str, [*arguments, *self.options()])], stdout=full,
                    stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False,
                    timeout=SECONDS, env=environment(self.folder, self.token.env))
                self.judged_run(arguments, done.returncode, [done.stderr])
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("cannot write to standard output: No space left",
                              done.stderr.decode())


if __name__ == "__main__":
    unittest.main()
