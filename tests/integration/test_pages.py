#!/usr/bin/env python3
"""cihsm get over many pages: limits, pages by the client, and answers that break on the way."""

from __future__ import annotations

import json
import unittest
from typing import Any, Sequence

from harness import CihsmTest, Option, Result
from tenants import Answer, CannedTenant, Sandbox
from tokens import Token, copy_token

LOGS = "MessageProcessingLogs"
ENTRIES = 2500  # of the sandbox
ENTRY = '{"__metadata":{"uri":"u"},"Id":"%d","Text":"]},{\\"\u00fc"}'


class PagesTest(CihsmTest):
    """Against one sandbox."""

    box: Sandbox
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")

    def call(self, *arguments: Option) -> Result:
        """A call that may fail."""
        return self.cihsm("get", LOGS, *arguments, *self.box.options(self.token),
                          env=self.token.env)

    def get(self, *arguments: Option) -> list[str]:
        """The keys that a call gives."""
        done = self.call(*arguments)
        self.assertEqual((done.code, done.err), (0, ""))
        return [entry["MessageGuid"] for entry in done.jsonl]

    def asked(self, requests: int, *arguments: Option) -> tuple[int, list[str]]:
        """How many entries a call gives, and the queries of so many requests for them."""
        mark = self.box.mark()
        count = len(self.get(*arguments))
        targets = [line["request"].split(" ")[1] for line in self.box.seen(mark, requests)]
        return count, [target.partition("?")[2] for target in targets]

    def refused(self, words: Sequence[str], *arguments: Option) -> None:
        """A call that is a mistake; nothing is sent."""
        mark = self.box.mark()
        done = self.call(*arguments)
        self.assertEqual((done.code, done.out), (2, ""))
        self.message(done, words)
        self.assertEqual(self.box.seen(mark, 0), [])


class LimitTest(PagesTest):
    """--limit"""

    def test_a_limit_within_a_page_is_told_to_the_server(self) -> None:
        """So that it does not make more."""
        self.assertEqual(self.asked(1, "--limit", "7"), (7, ["$top=7"]))
        self.assertEqual(self.asked(1, "--limit", "7", "--top", "3"), (3, ["$top=3"]))

    def test_a_limit_over_pages_ends_the_transfer(self) -> None:
        """The third page is not asked for."""
        count, queries = self.asked(2, "--limit", "1500")
        self.assertEqual((count, len(queries)), (1500, 2))
        self.assertEqual(len(self.get("--limit", str(ENTRIES + 1))), ENTRIES)

    def test_a_limit_ends_pages_that_never_end(self) -> None:
        """The server's links go on for ever."""
        with self.box.scenario("next_endless=1"):
            self.assertEqual(len(self.get("--limit", "3500")), 3500)

    def test_a_limit_is_a_number_from_one_on(self) -> None:
        """Zero entries are no use."""
        self.refused(["--limit"], "--limit", "0")
        self.refused(["--raw", "--top"], "--limit", "5", "--raw")


class PageSizeTest(PagesTest):
    """--page-size"""

    def test_it_gives_the_same_entries(self) -> None:
        """None twice, none left out, however small the pages."""
        every = self.get("--all", "--orderby", "LogStart")
        self.assertEqual(len(set(every)), ENTRIES)
        self.assertEqual(self.get("--page-size", "400", "--orderby", "LogStart"), every)
        self.assertEqual(self.get("--page-size", "300", "--skip", "1000", "--limit", "500",
                                  "--orderby", "LogStart"), every[1000:1500])

    def test_each_page_is_asked_for_until_one_is_empty(self) -> None:
        """By $top and $skip, the other options on every page."""
        count, queries = self.asked(4, "--page-size", "1000", "--select", "MessageGuid")
        self.assertEqual(count, ENTRIES)
        self.assertEqual(queries, [f"$select=MessageGuid&$top=1000&$skip={skip}"
                                   for skip in (0, 1000, 2000, 2500)])

    def test_it_excludes_top(self) -> None:
        """Which it needs itself."""
        self.refused(["--page-size", "--limit"], "--page-size", "10", "--top", "5")


class BrokenPageTest(PagesTest):
    """A fault in the middle of a later page."""

    def test_what_came_before_stays(self) -> None:
        """Whole lines only, then the cause and its exit code."""
        for fault, code, words in (("truncate_body=200000", 6, "lost"),
                                   ("bad_json=1", 11, "broken behind entry")):
            with self.subTest(fault=fault), self.box.scenario(fault, "error_path=$skiptoken"):
                done = self.call("--all", "--retry-time", "0")
                self.assertEqual(done.code, code, done.err)
                self.assertIn(words, done.err)
                self.assertGreaterEqual(len(done.jsonl), 1000)
                self.assertLess(len(done.jsonl), 2000)


class CannedTest(CihsmTest):
    """Answers that the sandbox is too honest to give, to get --all."""

    server: CannedTenant
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = CannedTenant()
        cls.addClassCleanup(cls.server.stop)
        cls.token = copy_token(cls.server.folder / "token")

    def answered(self, body: bytes, **more: Any) -> Result:
        """A call that is answered so."""
        self.server.says(Answer(body, **more))
        return self.cihsm("get", "Things", "--all", *self.server.options(self.token),
                          "--retry-time", "0", env=self.token.env)

    def breaks(self, code: int, words: str | Sequence[str], body: str | bytes,
               **more: Any) -> None:
        """A list whose first entry is fine and whose rest is this."""
        rest = body.encode() if isinstance(body, str) else body
        start = b'{"d":{"results":[' + (ENTRY % 1).encode()
        done = self.answered(start + rest, **more)
        self.assertEqual(done.code, code, done.err)
        self.message(done, words)
        self.assertEqual([entry["Id"] for entry in done.jsonl], ["1"])

    def test_many_entries(self) -> None:
        """More than arrive at once, with quotes and brackets in their texts."""
        body = '{"d":{"__count":"9","results":[' + " ,\n".join(
            ENTRY % i for i in range(20000)) + "]}}"
        done = self.answered(body.encode())
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(done.jsonl, [{"Id": str(i), "Text": ']},{"\u00fc'} for i in range(20000)])

    def test_a_list_that_is_broken(self) -> None:
        """Truncated, trailing, repeated, too deep, in another encoding."""
        self.breaks(11, "the answer ends there", ',{"Id":"2')
        self.breaks(11, ["broken", "text after"], "]}} more")
        self.breaks(11, ["broken", "comma"], ",]}}")
        self.breaks(11, 'JSON name "A" is repeated', ',{"A":1,"A":2}]}}')
        self.breaks(11, "second list", '],"results":[]}}')
        self.breaks(11, "repeated", '],"__next":"a","__next":"b"}}')
        self.breaks(11, "more than 64 levels", "," + "[" * 10000 + "]" * 10000 + "]}}")
        self.breaks(11, "UTF-8", b',{"Id":"\xff\xfe"}]}}')
        self.breaks(6, ["was lost before the answer was complete", "try again"], ",", promised_bytes=100)

    def test_links_that_are_not_followed(self) -> None:
        """Another host, itself, plain http."""
        port = self.server.port
        for link, words in ((f"https://127.0.0.1:{port}/api/v1/Things?t=1", "leads out"),
                            ("Things", "repeats"),
                            (f"http://localhost:{port}/api/v1/Things?t=1", "cannot be followed")):
            self.breaks(11, words, f'],"__next":{json.dumps(link)}}}}}')

    def test_answers_that_are_no_list(self) -> None:
        """A login page under any name, no content, UTF-16."""
        page = b"<!DOCTYPE html><html><head><title>Log on</title></head></html>"
        listed = ('{"d":{"results":[' + ENTRY % 1 + "]}}").encode("utf-16")
        for body, more, words in ((page, {}, "HTML"),
                                  (page, {"content_type": "text/html"}, "HTML"),
                                  (b"", {}, "broken"),
                                  (listed, {}, "broken"),
                                  (b"", {"status": 204, "content_type": ""}, "204 from tenant")):
            done = self.answered(body, **more)
            self.assertEqual((done.code, done.out), (11, ""), done.err)
            self.message(done, words)


if __name__ == "__main__":
    unittest.main()
