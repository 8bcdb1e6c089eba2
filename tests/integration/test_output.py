#!/usr/bin/env python3
"""Output: at a terminal, into a pipe that closes, and text that could move the cursor."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
import unittest
from typing import Any

from harness import BINARY, CihsmTest, Option, Result, environment
from tenants import Answer, CannedTenant, Sandbox
from terminal import Terminal
from tokens import Token, copy_token

LOGS = "MessageProcessingLogs"
COLUMNS = 80
EVIL = "a\x1b[31mred\x07\x9b2J\u202eback\u200bzero\x7f"
# a control character or an invisible one that changes direction or hides text
FORBIDDEN = {chr(c) for c in (*range(0x20), *range(0x7f, 0xa0))} - {"\n", "\r"}


def columns_of(line: str) -> int:
    """Columns that a line takes on a screen."""
    wide = {"W": 2, "F": 2}
    return sum(0 if unicodedata.combining(c) else wide.get(unicodedata.east_asian_width(c), 1)
               for c in line)


class TerminalTest(CihsmTest):
    """Against one sandbox."""

    box: Sandbox
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "1200")
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")

    def shown(self, *arguments: Option, columns: int = COLUMNS, **env: str) -> Result:
        """What a terminal shows of standard output; standard error apart."""
        more = {**self.token.env, **env}
        with Terminal("get", *arguments, *self.box.options(self.token), columns=columns,
                      env=environment(self.folder, more), cwd=self.folder,
                      stderr=subprocess.PIPE) as terminal:
            done = self.judged(terminal.finish())
        self.assertEqual(done.code, 0, done.err)
        return done

    def test_no_line_of_a_table_is_wider_than_the_terminal(self) -> None:
        """Names in Japanese take two columns a character."""
        cut = 0
        for columns in (80, 120, 41):
            lines = self.shown(LOGS, "--top", "200", columns=columns).out.splitlines()
            self.assertEqual(len(lines), 201)
            self.assertLessEqual(max(map(columns_of, lines)), columns)
            cut += sum("…" in line for line in lines)
        self.assertGreater(cut, 0)

    def test_no_date_is_cut(self) -> None:
        """Its column is left out instead, at any width."""
        query = (LOGS, "--top", "20", "--select", "MessageGuid,LogEnd,Status")
        for columns in (40, 45, 52, 80):
            done = self.shown(*query, columns=columns)
            self.assertNotIn("…", done.out)
            self.assertEqual("LogEnd" in done.out, columns == 80, done.out)

    def test_columns_that_do_not_fit_are_announced(self) -> None:
        """With two ways to see them."""
        note = self.message(self.shown(LOGS, "--top", "2"), ["more columns do not fit", "-o json"])
        self.assertIn("--select", note)

    def test_columns_stay_in_line_for_wide_characters(self) -> None:
        """Each second column starts at the same place."""
        out = self.shown(LOGS, "--top", "100", "--select", "IntegrationFlowName,Status").out
        lines = out.splitlines()
        start = columns_of(lines[0][:lines[0].index("Status")])
        self.assertEqual({columns_of(line[:line.rindex(" ") + 1]) for line in lines[1:]}, {start})
        self.assertIn("請求書の送信", out)

    def test_all_at_a_terminal_is_a_table(self) -> None:
        """Not JSON Lines, which are for pipes."""
        lines = self.shown(LOGS, "--all").out.splitlines()
        self.assertEqual(len(lines), 1201)
        self.assertTrue(lines[0].startswith("MessageGuid"))

    def test_headings_and_failed_states_have_a_colour(self) -> None:
        """At a terminal that can; the words and their places stay the same."""
        query = (LOGS, "--top", "200", "--select", "Status,MessageGuid")
        plain = self.shown(*query).out
        self.assertNotIn("\x1b", plain)
        colored = self.shown(*query, TERM="xterm").out
        self.assertTrue(colored.startswith("\x1b[1mStatus\x1b[0m "), colored[:80])
        self.assertIn("\x1b[31mFAILED\x1b[0m ", colored)
        self.assertIn("\nCOMPLETED ", colored)
        self.assertEqual(re.sub("\x1b\\[[0-9]+m", "", colored), plain)

    def test_who_wants_no_colours_gets_none(self) -> None:
        """NO_COLOR, a dumb terminal, --color never; --color always is stronger than all."""
        query = (LOGS, "--top", "1", "--select", "Status")
        for more, env in (([], {"TERM": "dumb"}), ([], {"TERM": "xterm", "NO_COLOR": "1"}),
                          (["--color", "never"], {"TERM": "xterm"}),
                          ([], {"TERM": "xterm", "CIHSM_COLOR": "never"})):
            with self.subTest(more=more, env=env):
                self.assertNotIn("\x1b", self.shown(*query, *more, **env).out)
        loud = self.shown(*query, "--color", "always", NO_COLOR="1")
        self.assertIn("\x1b[1mStatus\x1b[0m", loud.out)
        empty = self.shown(*query, TERM="xterm", NO_COLOR="")
        self.assertIn("\x1b[1m", empty.out)

    def test_long_sentences_end_their_lines_between_words(self) -> None:
        """At a terminal, below where they began; elsewhere each row is one line."""
        options = self.box.options(self.token)
        long = self.succeeds("doctor", *options, env=self.token.env).out
        with Terminal("doctor", *options, env=environment(self.folder, self.token.env),
                      cwd=self.folder, stderr=subprocess.PIPE) as terminal:
            lines = self.judged(terminal.finish()).out.splitlines()
        column = lines[0].index("what")
        for line in lines:
            if len(line[column:].split()) > 1:  # a URI is a word that cannot be broken
                self.assertLessEqual(columns_of(line), COLUMNS)
        self.assertTrue(any(line[:column].isspace() for line in lines))
        self.assertEqual(self.words(lines, column), self.words(long.splitlines(), column))

    def words(self, lines: list[str], column: int) -> list[str]:
        """What stands from a column on; how long it took is not compared."""
        return [re.sub(r"^[0-9.]+$", "N", word) for line in lines for word in line[column:].split()]

    def test_the_mark_of_an_error_has_a_colour(self) -> None:
        """That of a note has none; a pipe gets none."""
        arguments = ("cert", "check", "nothing.pem")
        with Terminal(*arguments, env=environment(self.folder, {"TERM": "xterm"}),
                      cwd=self.folder) as terminal:
            done = self.judged(terminal.finish())
        self.assertIn("\x1b[31mcihsm:\x1b[0m ", done.out)
        self.assertNotIn("\x1b", self.refuses(3, "nothing.pem", *arguments,
                                              env={"TERM": "xterm"}))
        self.refuses(2, "color is auto, always or never, not \"red\"",
                     *arguments, "--color", "red")

    def test_a_count_ends_its_line_at_a_terminal(self) -> None:
        """And only there."""
        self.assertEqual(self.shown(f"{LOGS}/$count").out, "1200\r\n")

    def test_works_without_a_locale(self) -> None:
        """Widths and characters do not depend on LANG."""
        plain = self.shown(LOGS, "--top", "50", LANG="", LC_ALL="C")
        self.assertEqual(plain.out, self.shown(LOGS, "--top", "50").out)

    def test_a_closed_pipe_ends_it_silently(self) -> None:
        """`cihsm get … | head -1` exits 141 and says nothing."""
        command = [str(BINARY), "get", LOGS, "--all",
                   *map(str, self.box.options(self.token))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, start_new_session=True,
                              env=environment(self.folder, self.token.env)) as child:
            assert child.stdout is not None and child.stderr is not None
            first = child.stdout.readline()
            child.stdout.close()
            said = child.stderr.read()
            code = child.wait(60)
        self.assertIn("MessageGuid", json.loads(first))
        self.assertEqual((code, said), (141, b""))

    def test_a_full_disk_is_an_error(self) -> None:
        """What could not be written is never success."""
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [str(BINARY), "get", LOGS, *map(str, self.box.options(self.token))], stdout=full,
                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False, timeout=60,
                env=environment(self.folder, self.token.env))
        result = Result(["get"], done.returncode, b"", done.stderr)
        self.assertEqual(done.returncode, 1)
        self.message(result, "cannot write to standard output: No space left")

    def test_errors_are_json_where_the_output_is(self) -> None:
        """With status, exit code and the HTTP status."""
        done = self.cihsm("get", f"{LOGS}('none')", "-o", "json", *self.box.options(self.token),
                          env=self.token.env)
        self.assertEqual((done.code, done.out), (8, ""))
        error = json.loads(done.err)["error"]
        self.assertEqual((error["exit_code"], error["http_status"], error["status"]),
                         (8, 404, "CIHSM_E_NOT_FOUND"))
        self.assertIn("404", error["message"])


class ControlCharacterTest(CihsmTest):
    """Text of a server that wants to play with the terminal."""

    server: CannedTenant
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = CannedTenant()
        cls.addClassCleanup(cls.server.stop)
        cls.token = copy_token(cls.server.folder / "token")

    def get(self, body: Any, *arguments: Option, status: int = 200) -> Result:
        """A call that is answered with this JSON."""
        self.server.says(Answer(json.dumps(body).encode(), status))
        return self.cihsm("get", "Things", *arguments, *self.server.options(self.token),
                          env=self.token.env)

    def check(self, text: str) -> None:
        """Nothing in it can do harm."""
        self.assertFalse(FORBIDDEN & set(text), repr(text))
        self.assertNotIn("\u202e", text)

    def test_a_table_shows_no_control_character(self) -> None:
        """Values and column names alike."""
        done = self.get({"d": {"results": [{"Id": EVIL, f"N{EVIL}": "1"}]}})
        self.assertEqual(done.code, 0, done.err)
        self.check(done.out)
        self.assertIn("red", done.out)
        self.assertEqual(len(done.out.splitlines()), 2)

    def test_a_line_feed_in_a_cell_makes_no_second_row(self) -> None:
        """Each entry is one line."""
        done = self.get({"d": {"results": [{"Id": "a\nb\r\nc", "Name": "n"}]}})
        self.assertEqual(len(done.out.splitlines()), 2, done.out)

    def test_an_entity_shows_no_control_character(self) -> None:
        """Line feeds are kept there, below the name."""
        done = self.get({"d": {"Id": EVIL, "Text": f"one\n{EVIL}"}})
        self.assertEqual(done.code, 0, done.err)
        self.check(done.out)

    def test_texts_of_many_lines_and_any_length(self) -> None:
        """Tabs and line ends of Windows are no unknown characters; none is cut in two."""
        text = "a" * 255 + "ü" * 300
        done = self.get({"d": {"Trace": "at\r\n\tb", "Text": text, "None": None}})
        self.assertEqual([line.rstrip() for line in done.out.splitlines()],
                         ["Trace  at", "        b", f"Text   {text}", "None"])

    def test_names_of_nested_lists_are_shown_whole(self) -> None:
        """The values of all lines begin in the same column."""
        done = self.get({"d": {"Id": "1", "Attributes": {"results": [{"LongName": {"Of": "2"}}]}}})
        self.assertEqual(done.out, "Id                      1\n"
                                   "Attributes.LongName.Of  2\n")

    def test_json_escapes_control_characters(self) -> None:
        """It reads back to the same text."""
        for output in ("json", "jsonl"):
            done = self.get({"d": {"results": [{"Id": EVIL}]}}, "-o", output)
            self.assertEqual(done.code, 0, done.err)
            self.assertFalse(FORBIDDEN & set(done.out), repr(done.out))
            found = done.json[0] if output == "json" else done.jsonl[0]
            self.assertEqual(found, {"Id": EVIL})

    def test_an_error_message_shows_no_control_character(self) -> None:
        """What the server says is quoted on one line."""
        body = {"error": {"code": "x", "message": {"lang": "en", "value": f"no\n{EVIL}"}}}
        done = self.get(body, status=400)
        self.assertEqual(done.code, 1)
        self.check(self.message(done, ["400", "red"]))

    def test_the_log_shows_no_control_character(self) -> None:
        """Not even with -vvv."""
        body = {"error": {"message": {"value": EVIL}}}
        self.check(self.get(body, "-vvv", status=500).err)


if __name__ == "__main__":
    unittest.main()
