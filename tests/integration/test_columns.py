#!/usr/bin/env python3
"""CSV, --fields, --out and the progress line: what leaves the program, and where to."""

from __future__ import annotations

import csv
import io
import json
import resource
import signal
import stat
import subprocess
import unittest
from pathlib import Path
from typing import Any

from harness import BINARY, CihsmTest, Option, Result, environment
from tenants import Answer, CannedTenant, Sandbox
from terminal import Terminal
from tokens import Token, copy_token

LOGS = "MessageProcessingLogs"
WAIT_SECONDS = 30.0


def flat(entry: dict[str, Any], above: str = "") -> dict[str, str]:
    """The cells of an entry as CSV shows them."""
    cells: dict[str, str] = {}
    for name, value in entry.items():
        if isinstance(value, dict) and value:
            cells |= flat(value, f"{above}{name}.")
        elif isinstance(value, str):
            cells[above + name] = value
        elif value is None:
            cells[above + name] = ""
        else:
            cells[above + name] = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return cells


def rows_of(text: str) -> list[dict[str, str]]:
    """CSV as a reader of RFC 4180 sees it."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


class LogTest(CihsmTest):
    """Against one sandbox."""

    box: Sandbox
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "1200")
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")

    def get(self, *arguments: Option) -> Result:
        """A `get` that succeeds."""
        return self.succeeds("get", *arguments, *self.box.options(self.token), env=self.token.env)

    def test_csv_holds_what_json_holds(self) -> None:
        """All pages, every cell."""
        rows = rows_of(self.get(LOGS, "--all", "-o", "csv").out)
        entries = self.get(LOGS, "--all", "-o", "json").json
        self.assertEqual(len(rows), 1200)
        for row, entry in zip(rows, entries, strict=True):
            cells = flat(entry)
            self.assertEqual({name: row[name] for name in cells if cells[name]},
                             {name: text for name, text in cells.items() if text})
            self.assertEqual([text for name, text in row.items() if name not in cells and text],
                             [])

    def test_csv_columns_are_in_the_documented_order(self) -> None:
        """Whatever the order of the answer; complex properties as dotted columns."""
        heading = self.get(LOGS, "--top", "3", "-o", "csv").out.split("\r\n")[0].split(",")
        self.assertEqual(heading[:3], ["MessageGuid", "CorrelationId", "ApplicationMessageId"])
        self.assertEqual(heading[-1], "LastChangeTime")
        at = heading.index("AlternateWebLink") + 1
        self.assertTrue(heading[at].startswith("IntegrationArtifact."), heading)
        self.assertNotIn("IntegrationArtifact", heading)

    def test_csv_columns_follow_select(self) -> None:
        """Its order, not the catalogue's."""
        out = self.get(LOGS, "--select", "Status,MessageGuid", "--top", "1", "-o", "csv").out
        self.assertEqual(out.split("\r\n")[0], "Status,MessageGuid")

    def test_csv_of_no_entries_is_its_heading(self) -> None:
        """So that a program that reads it finds the columns."""
        done = self.get(LOGS, "--filter", "Status eq 'NONE'", "-o", "csv", "--fields",
                        "LogEnd,Status")
        self.assertEqual((done.out, done.err), ("LogEnd,Status\r\n", ""))
        out = self.get(LOGS, "--filter", "Status eq 'NONE'", "-o", "csv").out
        self.assertTrue(out.startswith("MessageGuid,CorrelationId,"), out)
        self.assertEqual(out.count("\r\n"), 1)

    def test_fields_are_printed_in_their_order(self) -> None:
        """The same names in every format."""
        entry = self.get(LOGS, "--top", "1", "-o", "json").json[0]
        want = {"Status": entry["Status"], "IntegrationArtifact.Id":
                entry["IntegrationArtifact"]["Id"], "LogEnd": entry["LogEnd"]}
        fields = ["--fields", "Status, IntegrationArtifact/Id,LogEnd", "--top", "1"]
        self.assertEqual(list(self.get(LOGS, *fields, "-o", "json").json[0].items()),
                         list(want.items()))
        self.assertEqual(self.get(LOGS, *fields, "-o", "jsonl").jsonl, [want])
        self.assertEqual(rows_of(self.get(LOGS, *fields, "-o", "csv").out), [want])
        table = self.get(LOGS, *fields).out.splitlines()
        self.assertEqual(table[0].split(), list(want))
        self.assertEqual(table[1].split(), list(want.values()))

    def test_fields_choose_from_one_entity(self) -> None:
        """As from a list."""
        guid = self.get(LOGS, "--top", "1", "-o", "json").json[0]["MessageGuid"]
        one = f"{LOGS}('{guid}')"
        self.assertEqual(self.get(one, "--fields", "MessageGuid", "-o", "json").json,
                         {"MessageGuid": guid})
        self.assertEqual(self.get(one, "--fields", "MessageGuid", "-o", "csv").out,
                         f"MessageGuid\r\n{guid}\r\n")
        self.assertEqual(self.get(one, "--fields", "MessageGuid").out.split(),
                         ["MessageGuid", guid])

    def test_a_field_that_is_not_there_is_told(self) -> None:
        """With the nearest name; it is null, not missing."""
        done = self.get(LOGS, "--fields", "Statsu", "--top", "2", "-o", "jsonl")
        self.assertEqual(done.jsonl, [{"Statsu": None}] * 2)
        self.assertIn("did you mean Status", done.err)
        self.assertIn('no entry has "Statsu"', done.err)

    def test_an_empty_name_is_refused_before_anything_is_sent(self) -> None:
        """A comma too many."""
        self.refuses(2, "commas between them", "get", LOGS, "--fields", "Id,,Status",
                     *self.box.options(self.token), env=self.token.env)

    def test_out_writes_the_whole_file(self) -> None:
        """The same bytes, for the owner only, nothing on standard output."""
        path = self.folder / "logs.jsonl"
        done = self.get(LOGS, "--all", "--out", path)
        self.assertEqual(done.out, "")
        self.assertEqual(path.read_text(), self.get(LOGS, "--all").out)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual([*self.folder.glob("logs*")], [path])

    def test_out_leaves_the_old_file_when_the_call_fails(self) -> None:
        """Complete or not at all."""
        path = self.folder / "old"
        path.write_text("old")
        self.refuses(8, "404", "get", f"{LOGS}('none')", "--out", path,
                     *self.box.options(self.token), env=self.token.env)
        self.assertEqual(path.read_text(), "old")
        self.assertEqual([*self.folder.glob("old*")], [path])

    def test_out_on_a_disk_that_fills_up_leaves_no_file(self) -> None:
        """A limit on the size of files stands in for the disk."""
        path = self.folder / "logs.jsonl"
        command = [str(BINARY), "get", LOGS, "--all", "--out", str(path),
                   *map(str, self.box.options(self.token))]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
            env=environment(self.folder, self.token.env), restore_signals=False,  # no SIGXFSZ
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)))
        self.judged_run(command, done.returncode, [done.stdout, done.stderr])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(f"cannot write to {path}: File too large", done.stderr.decode())
        self.assertEqual([*self.folder.glob("logs*")], [])

    def test_out_that_cannot_be_is_told_first(self) -> None:
        """Before a login: no PIN source is needed for this."""
        self.refuses(1, ["cannot write none/x", "No such file"], "get", LOGS, "--out", "none/x")
        self.refuses(1, ["/dev/full", "no regular file"], "get", LOGS, "--out", "/dev/full")
        self.assertTrue(Path("/dev/full").is_char_device())

    def test_out_keeps_the_report_of_a_check(self) -> None:
        """A check that fails has still said all."""
        path = self.folder / "report.json"
        done = self.cihsm("role", "list", "-o", "json", "--out", path)
        self.assertEqual((done.code, done.out), (0, ""))
        self.assertTrue(json.loads(path.read_text()))

    def test_every_format_ends_quietly_at_a_closed_pipe(self) -> None:
        """And at once, in the middle of the transfer."""
        for output in ("table", "csv", "json", "jsonl"):
            command = [str(BINARY), "get", LOGS, "--all", "-o", output,
                       *map(str, self.box.options(self.token))]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL, start_new_session=True,
                                  env=environment(self.folder, self.token.env)) as child:
                assert child.stdout is not None and child.stderr is not None
                first = child.stdout.readline()
                child.stdout.close()
                said = child.stderr.read()
                code = child.wait(60)
            self.judged_run(command, code, [first, said])
            self.assertEqual((output, code, said), (output, 141, b""))

    def test_a_full_disk_is_an_error_in_every_format(self) -> None:
        """Exit code 1 and the reason."""
        for output in ("table", "csv", "json", "jsonl"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [str(BINARY), "get", LOGS, "-o", output,
                     *map(str, self.box.options(self.token))], stdout=full,
                    stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False, timeout=60,
                    env=environment(self.folder, self.token.env))
            self.judged_run(["get", LOGS, output], done.returncode, [done.stderr])
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"cannot write to standard output: No space left", done.stderr)


class CannedTest(CihsmTest):
    """Answers that the sandbox would not give."""

    server: CannedTenant
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = CannedTenant()
        cls.addClassCleanup(cls.server.stop)
        cls.token = copy_token(cls.server.folder / "token")

    def says(self, entries: list[dict[str, Any]], pause_seconds: float = 0.0) -> None:
        """Sets the answer."""
        body = json.dumps({"d": {"results": entries}}).encode()
        self.server.says(Answer(body, pause_seconds=pause_seconds))

    def get(self, *arguments: Option, **env: str) -> Result:
        """A call that succeeds."""
        return self.succeeds("get", "Things", *arguments, *self.server.options(self.token),
                             env={**self.token.env, **env})

    def terminal(self, *arguments: Option, **more: Any) -> Terminal:
        """A call at a terminal."""
        return Terminal("get", "Things", *arguments, *self.server.options(self.token),
                        env=environment(self.folder, self.token.env), cwd=self.folder, **more)

    def test_csv_survives_every_character(self) -> None:
        """Read back by another implementation."""
        entries: list[dict[str, Any]] = [
            {"A": 'say "hi"', "B": "a,b", "C": "one\ntwo\r\nthree"},
            {"A": " blanks ", "B": "=1+1", "C": "Grüße, 請求書"},
            {"A": "9223372036854775807", "B": "", "C": None},
            {"A": [1, {"x": 'q"'}], "B": {"D": True}, "C": 1.5},
        ]
        self.says(entries)
        done = self.get("-o", "csv", "--fields", "A,B,C")
        rows = rows_of(done.out)
        self.assertEqual(done.err, "")
        for row, entry in zip(rows, entries[:3], strict=False):
            self.assertEqual(row, flat(entry))
        self.assertEqual({name: json.loads(text) for name, text in rows[3].items()}, entries[3])
        self.assertNotIn("\n", done.out.replace("\r\n", "").replace("one\ntwo", ""))

    def test_members_without_a_column_are_counted(self) -> None:
        """The first entries make the heading, nothing is lost without a word."""
        self.says([{"Id": str(i)} for i in range(150)] + [{"Id": "x", "New": "y"}])
        done = self.get("-o", "csv")
        self.assertEqual(len(rows_of(done.out)), 151)
        self.assertIn("1 of 151 entries have members without a column", done.err)
        self.assertIn("--fields", done.err)
        self.assertEqual(rows_of(self.get("-o", "csv", "--fields", "Id,New").out)[150],
                         {"Id": "x", "New": "y"})

    def test_errors_are_words_where_the_output_is_csv(self) -> None:
        """JSON errors are for JSON."""
        self.server.says(Answer(b"{}", 500))
        done = self.cihsm("get", "Things", "-o", "csv", *self.server.options(self.token),
                          env=self.token.env)
        self.assertEqual(done.code, 10)
        self.assertTrue(done.err.startswith("cihsm: "), done.err)

    def test_csv_at_a_terminal_cannot_move_the_cursor(self) -> None:
        """Into a pipe every byte stays."""
        self.says([{"A": "a\x1b[31mred\x9b2Jx\u202e"}])
        with self.terminal("-o", "csv") as terminal:
            shown = terminal.finish().out
        self.assertEqual(shown.replace("\r\r\n", "\n").replace("\r\n", "\n"),
                         "A\na?[31mred?2Jx?\n")
        self.assertEqual(rows_of(self.get("-o", "csv").out), [{"A": "a\x1b[31mred\x9b2Jx\u202e"}])

    def test_a_long_list_in_a_table_keeps_its_columns(self) -> None:
        """Later entries are cut to the widths of the first, with a mark."""
        self.says([{"Id": f"{i:04}", "Status": "OK", "Text": "x" * 300} for i in range(120)] +
                  [{"Id": "long" * 9, "Status": "PROCESSING", "Text": "end"}])
        for columns in (80, 40):
            with self.terminal(columns=columns) as terminal:
                lines = terminal.finish().out.splitlines()
            self.assertEqual(len(lines), 122)
            self.assertLessEqual(max(map(len, lines)), columns)
            self.assertRegex(lines[-1], r"^lon…  PROCE…  end$")

    def test_progress_is_shown_and_erased(self) -> None:
        """After two seconds, on standard error, when that is a terminal."""
        self.says([{"Id": str(i)} for i in range(3000)], pause_seconds=3.5)
        with open(self.folder / "out", "wb") as out:
            with self.terminal("--all", stdout=out.fileno()) as terminal:
                terminal.read_until(b" entries, ")
                done = terminal.finish()
        self.assertEqual(done.code, 0)
        lines = done.out.split("\r")
        self.assertEqual(lines[-1], "\x1b[K", lines)
        self.assertTrue(all(len(line) < 80 for line in lines))
        self.assertRegex(lines[0], r"^[\d,]+ entries, \d+ kB, [\d,]+/s$")
        self.assertEqual(len((self.folder / "out").read_bytes().splitlines()), 3000)

    def test_no_progress_without_a_terminal_or_need(self) -> None:
        """A log file gets no line that moves."""
        self.says([{"Id": "1"}], pause_seconds=2.6)
        self.assertEqual(self.get("--all").err, "")
        self.says([{"Id": "1"}])
        with open(self.folder / "out", "wb") as out:
            with self.terminal("--all", stdout=out.fileno()) as terminal:
                self.assertEqual(terminal.finish().out, "")

    def test_a_note_comes_on_a_line_of_its_own(self) -> None:
        """The progress line is erased before it."""
        self.says([{"Id": str(i)} for i in range(10)], pause_seconds=2.6)
        with open(self.folder / "out", "wb") as out:
            with self.terminal("--all", "--fields", "None", "-v",
                               stdout=out.fileno()) as terminal:
                done = terminal.finish()
        self.assertIn("\r\x1b[Kcihsm: ", done.out)
        self.assertNotRegex(done.out, r"/scihsm: ")

    def test_a_signal_leaves_no_file(self) -> None:
        """Not the temporary one either."""
        self.says([{"Id": "1"}], pause_seconds=60.0)
        path = self.folder / "out.jsonl"
        command = [str(BINARY), "get", "Things", "--all", "--out", str(path),
                   *map(str, self.server.options(self.token))]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment(self.folder, self.token.env)) as child:
            self.server.wait_until_asked()  # a kill within C_Login would ruin SoftHSM's file
            self.assertEqual(len([*self.folder.glob("out.jsonl.*")]), 1)
            child.send_signal(signal.SIGTERM)
            said = child.communicate(timeout=WAIT_SECONDS)
        self.judged_run(command, child.returncode, said)
        self.assertEqual(child.returncode, 128 + signal.SIGTERM)
        self.assertEqual([*self.folder.glob("out*")], [])


if __name__ == "__main__":
    unittest.main()
