#!/usr/bin/env python3
"""Requests that are sent again: which, how often, for how long; and the pace of many requests."""

from __future__ import annotations

import socket
import time
import unittest
from contextlib import closing

from harness import CihsmTest, Option, Result
from tenants import Sandbox, write_service_key
from tokens import Token, chain_of, copy_token

LOGS = "MessageProcessingLogs"
KEYSTORE = "KeystoreEntries"
KEY = "ec-p256"


class RetryTest(CihsmTest):
    """Against one sandbox, with faults that pass."""

    box: Sandbox
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")
        cls.box.service_key(KEY)

    def get(self, *arguments: Option) -> Result:
        """A call that may fail."""
        return self.cihsm("get", *arguments, *self.box.options(self.token), env=self.token.env)

    def warnings(self, done: Result) -> list[str]:
        """The lines about another attempt."""
        return [line for line in done.err.splitlines() if ": attempt " in line]

    def statuses(self, mark: int, count: int) -> list[int]:
        """What the load balancer answered since."""
        return [int(line["status"]) for line in self.box.seen(mark, count)]

    def test_a_fault_that_passes_is_not_seen(self) -> None:
        """503 twice, then the answer; the connection and its one signature are kept."""
        mark = self.box.mark()
        with self.box.scenario("error_status=503", "error_times=2", "retry_after=1"):
            begun = time.monotonic()
            done = self.get(LOGS, "--top", "1", "-o", "json", "--retry-time", "10", "--timing",
                            "-vvv")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(len(done.json), 1)
        self.assertGreaterEqual(time.monotonic() - begun, 2.0)
        self.assertEqual(self.statuses(mark, 3), [503, 503, 200])
        lines = self.warnings(done)
        self.assertEqual(len(lines), 2, done.err)
        self.assertIn(f"warning: attempt 1 of GET /api/v1/{LOGS}", lines[0])
        self.assertIn("status 503; again in 1000 ms", lines[0])
        self.assertRegex(done.err, r"time: wait +2\d\d\d\.\d+ ms, 2 pauses")
        self.assertEqual(done.count("C_Sign"), 1)

    def test_a_wait_that_is_too_long_fails_at_once(self) -> None:
        """And says what was asked and what was allowed."""
        mark = self.box.mark()
        with self.box.scenario("error_status=429", "retry_after=300"):
            done = self.get(LOGS, "--retry-time", "20")
        self.assertEqual(done.code, 12)
        self.message(done, ["429 from tenant", "the tenant asks to wait 300 s, more than "
                            "--retry-time 20"])
        self.assertEqual(self.statuses(mark, 1), [429])

    def test_the_end_tells_the_number_of_attempts(self) -> None:
        """A 500 without words is asked for three times."""
        mark = self.box.mark()
        with self.box.scenario("error_status=500", "error_body=html", "retry_after=1"):
            done = self.get(LOGS, "--retry-time", "10")
        self.assertEqual(done.code, 10)
        self.message(done, ["500 from tenant", "given up after 3 attempts in 2 s"])
        self.assertEqual(self.statuses(mark, 3), [500, 500, 500])

    def test_what_is_final_is_asked_for_once(self) -> None:
        """The request's own fault, a refusal, a setting of 0."""
        cases: tuple[tuple[int, list[str], list[str]], ...] = (
            (10, ["error_status=500", "error_body=json"], []),
            (7, ["error_status=403"], []),
            (7, ["error_status=401"], []),
            (1, ["error_status=400"], []),
            (10, ["error_status=503", "retry_after=1"], ["--retry-time", "0"]))
        for code, switches, options in cases:
            with self.subTest(switches=switches), self.box.scenario(*switches):
                mark = self.box.mark()
                done = self.get(LOGS, *(options or ["--retry-time", "10"]))
                self.assertEqual(done.code, code, done.err)
                self.assertEqual(self.warnings(done), [])
                self.assertEqual(len(self.statuses(mark, 1)), 1)

    def test_an_answer_that_is_cut_is_asked_for_again(self) -> None:
        """Nothing of the first one is printed."""
        with self.box.scenario("truncate_body=2", "error_times=1"):
            done = self.get(f"{LOGS}/$count", "--retry-time", "5")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(done.out.strip(), "2500")
        self.assertIn("the connection was lost; again in", self.warnings(done)[0])

    def test_a_page_that_fails_for_a_moment(self) -> None:
        """Entries are read as they arrive; none is lost and none comes twice."""
        with self.box.scenario("error_status=503", "error_path=$skiptoken", "error_times=1",
                               "retry_after=1"):
            done = self.get(LOGS, "--all", "-o", "jsonl", "--retry-time", "5")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(len(self.warnings(done)), 1, done.err)
        self.assertEqual(len({entry["MessageGuid"] for entry in done.jsonl}), 2500)
        self.assertEqual(len(done.jsonl), 2500)

    def test_a_host_that_is_down(self) -> None:
        """The budget ends it; the message is the connection's, with the attempts."""
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
            path = write_service_key(self.folder / "down.json",
                                     f"https://localhost:{taken.getsockname()[1]}", chain_of(KEY))
            options = self.box.options(self.token)
            options[options.index("--service-key") + 1] = path
            done = self.cihsm("get", LOGS, "--retry-time", "1", *options, env=self.token.env)
        self.assertEqual(done.code, 6, done.err)
        self.message(done, "no connection to localhost")
        self.assertTrue(all("no connection; again in" in line for line in self.warnings(done)))

    def test_settings_out_of_range(self) -> None:
        """From the option and from the environment."""
        self.refuses(2, "retry-time takes a whole number from 0 to 86400", "get", LOGS,
                     "--retry-time", "-1", *self.box.options(self.token), env=self.token.env)
        self.refuses(2, "pace takes a whole number from 0 to 1000", "get", LOGS,
                     *self.box.options(self.token), env={**self.token.env, "CIHSM_PACE": "x"})

    def test_many_requests_stay_below_the_limit(self) -> None:
        """Ten a second at this tenant; eight with --pace 8, as the limit is 100 by the book."""
        many = [LOGS, "--all", "--page-size", "1", "--limit", "16", "-o", "jsonl"]
        with self.box.scenario("rate_limits=10"):
            begun = time.monotonic()
            done = self.get(*many, "--pace", "8", "-v")
            self.assertEqual(done.code, 0, done.err)
            self.assertEqual(len(done.jsonl), 16)
            self.assertGreaterEqual(time.monotonic() - begun, 14 / 8)
            self.assertIn("keeps the calls below the tenant's rate limit", done.err)
        with self.box.scenario("rate_limits=10"):
            self.assertEqual(self.get(*many, "--pace", "0").code, 12)


if __name__ == "__main__":
    unittest.main()
