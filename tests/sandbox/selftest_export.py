#!/usr/bin/env python3
"""Tests of what a bulk reader meets: windows of time, pages that shift, faults now and then."""

from __future__ import annotations

import contextlib
import http.client
import sys
import time
import unittest
from datetime import datetime
from typing import Any, Callable
from urllib.parse import quote, urlsplit

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from filter_expression import compiled  # noqa: E402
from logs import Logs  # noqa: E402
from selftest import (CLIENTS, ENTRIES, JSON, SET, TRUSTED, WORK, Reading, ask,  # noqa: E402
                      connect, context, once, sandbox, scenario, setUpModule)

MANY = 50_000
END = "2026-11-01T00:00:00"  # of the data


def window(first: str, last: str) -> str:
    """A half-open window, as $filter."""
    return f"LogEnd ge datetime'{first}' and LogEnd lt datetime'{last}'"


def ended(entity: Any) -> int:
    """LogEnd in milliseconds, 0 if there is none."""
    return int((entity["LogEnd"] or "/Date(0)/")[6:-2])


class Windows(Reading):
    """Filters on a time are answered from an index: the same as without."""

    def everything(self) -> list[Any]:
        """All log entries."""
        return [e for page in self.pages(SET) for e in page["results"]]

    def test_slices_add_up(self) -> None:
        total, days = self.everything(), [f"2026-10-{day:02}T00:00:00" for day in range(2, 32)]
        found: list[Any] = []
        for first, last in zip(["2026-09-01T00:00:00", *days], [*days, "2026-11-02T00:00:00"]):
            found += self.results(filter=window(first, last), orderby="LogEnd asc")
        expected = sorted((e for e in total if e["LogEnd"]), key=ended)
        self.assertEqual([e["MessageGuid"] for e in found], [e["MessageGuid"] for e in expected])

    def test_bounds_and_other_conditions(self) -> None:
        total = self.everything()
        low, high = 1792454400000, 1792886400000
        inside = [e for e in total if low <= ended(e) < high]
        text = window("2026-10-20T00:00:00", "2026-10-25T00:00:00")
        cases: dict[str, Callable[[Any], Any]] = {
            "": lambda e: True, " and Status eq 'FAILED'": lambda e: e["Status"] == "FAILED",
            " and (Status eq 'FAILED' or LogLevel eq 'TRACE')":
                lambda e: e["Status"] == "FAILED" or e["LogLevel"] == "TRACE",
            " and not (Status eq 'COMPLETED')": lambda e: e["Status"] != "COMPLETED",
            " and LogEnd gt datetime'2026-10-24T12:00:00'": lambda e: ended(e) > 1792843200000,
            " and LogEnd gt datetime'2026-10-24T12:00:00Z'": lambda e: False}
        for more, matches in cases.items():
            with self.subTest(more):
                expected = [e["MessageGuid"] for e in inside if matches(e)]
                self.assertEqual([e["MessageGuid"] for e in self.results(filter=text + more)],
                                 expected)
        either = self.get("MessageProcessingLogs/$count",
                          filter=f"({text}) or Status eq 'FAILED'").body
        self.assertEqual(int(either), len([e for e in total if e["Status"] == "FAILED"
                                           or e in inside]))

    def test_what_a_page_shows_is_what_an_entity_shows(self) -> None:
        for entity in self.results(top="30"):
            path = urlsplit(entity["__metadata"]["uri"]).path
            self.assertEqual(ask(self.connection, path, headers=JSON).json["d"], entity)


class Shifting(Reading):
    """$skiptoken counts rows: whoever pages while data change misses some (contract §10.9)."""

    box = WORK / "shifting"

    @classmethod
    def setUpClass(cls) -> None:
        sandbox("start", "--entries", ENTRIES, "--client-root", TRUSTED / "root.pem",
                directory=cls.box)
        sandbox("register", "--name", "good", "--cert", CLIENTS["good"].leaf, "--out",
                WORK / "shifting.json", directory=cls.box)
        cls.connection = connect(context(CLIENTS["good"], box=cls.box), cls.box)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.connection.close()
        sandbox("stop", directory=cls.box)

    def switch(self, *switches: str) -> None:
        """Other switches."""
        sandbox("scenario", "--reset", *switches, directory=self.box)

    def paged(self, text: str) -> list[str]:
        """The keys of all pages of a filter, in the order of LogEnd."""
        target, found = f"{SET}?$orderby=LogEnd&$filter={quote(text)}", []
        while target:
            page = ask(self.connection, target, headers=JSON).json["d"]
            found += [e["MessageGuid"] for e in page["results"]]
            parts = urlsplit(page.get("__next", ""))
            target = parts.path and f"{parts.path}?{parts.query}"
        return found

    def test_rows_move_while_pages_are_read(self) -> None:
        text = window("2026-09-01T00:00:00", END)
        later = window(END, "2036-01-01T00:00:00")
        before, after_the_end = self.paged(text), set(self.paged(later))
        self.switch("touch_while_reading=50", "touch_times=1")
        seen = self.paged(text)
        self.switch()
        after = self.paged(text)
        self.assertEqual(len(after), len(before) - 50)
        missed = set(after) - set(seen)
        self.assertGreater(len(missed), 0)
        self.assertEqual(len(seen), len(after) - len(missed) + len(set(seen) - set(after)))
        self.assertEqual(self.paged(text), after)
        self.assertEqual(set(self.paged(later)) - after_the_end, set(before) - set(after))

    def test_added_logs(self) -> None:
        text = window("2026-12-24T18:00:00", "2026-12-24T19:00:00")
        self.assertEqual(self.paged(text), [])
        for until in ("2026-12-24T18:30:00", "2026-12-24T18:00:00"):
            sandbox("add-logs", "30", "--until", until, "--within", "60", directory=self.box)
        found = self.paged(text)
        self.assertEqual(len(set(found)), 31)  # the second batch ends when the hour begins
        entity = self.get(f"MessageProcessingLogs('{found[-1]}')").json["d"]
        self.assertEqual(ended(entity), 1798137000000)
        before = time.time() * 1000
        sandbox("add-logs", "5", directory=self.box)
        late = self.results(orderby="LogEnd desc", top="5", filter="Status eq 'COMPLETED' and "
                            "LogEnd lt datetime'2026-12-01T00:00:00'")
        if before < 1796083200000:  # 1 December 2026
            self.assertTrue(all(before - 1000 <= ended(e) <= time.time() * 1000 for e in late))
        sandbox("add-logs", "0", directory=self.box, expect=2)


class Faults(Reading):
    """Faults that come now and then, and pages that do not end."""

    def test_every_third_request_fails(self) -> None:
        with scenario("error_status=503", "retry_after=1", "error_every=3", "error_times=2"):
            seen = [self.get("MessageProcessingLogs/$count") for _ in range(9)]
        self.assertEqual([a.status for a in seen], [200, 200, 503, 200, 200, 503, 200, 200, 200])
        self.assertEqual(seen[2].headers["Retry-After"], "1")

    def test_every_second_page_is_cut(self) -> None:
        with scenario("truncate_body=5000", "error_every=2"):
            self.assertEqual(once(CLIENTS["good"], SET, headers=JSON).status, 200)
            with self.assertRaises(http.client.IncompleteRead):
                once(CLIENTS["good"], SET, headers=JSON)

    def test_pages_without_end(self) -> None:
        with scenario("next_endless=1"):
            for token in (0, 1000, 5000):
                page = self.get("MessageProcessingLogs", skiptoken=str(token)).json["d"]
                self.assertEqual(len(page["results"]), 1000)
                self.assertTrue(page["__next"].endswith(f"$skiptoken={token + 1000}"))

    def test_next_over_plain_http(self) -> None:
        with scenario("next_scheme=http"):
            page = self.get("MessageProcessingLogs").json["d"]
            self.assertTrue(page["__next"].startswith("http://localhost:"))

    def test_names_of_downloads(self) -> None:
        log = self.results(filter="Status eq 'FAILED'", top="1")[0]
        target = f"MessageProcessingLogs('{log['MessageGuid']}')/ErrorInformation/$value"
        self.assertIsNone(self.get(target).headers["Content-Disposition"])
        for said in ('attachment; filename="../../evil"', 'attachment; filename="/etc/passwd"',
                     'attachment; filename=""', "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe.zip",
                     "attachment; filename=Größe.zip"):
            with self.subTest(said), scenario(f"disposition={said}"):
                header = self.get(target).headers["Content-Disposition"]
                self.assertEqual(header.encode("latin-1").decode(), said)


class Many(unittest.TestCase):
    """As many entries as an export is tried with."""

    def test_a_window_looks_at_its_own_entries_only(self) -> None:
        logs = Logs(5000, 1, datetime(2026, 11, 1))
        low, high = datetime(2026, 10, 20), datetime(2026, 10, 21)
        inside = [e for e in logs.rows if e["LogEnd"] and low <= e["LogEnd"] <= high]
        self.assertGreater(len(inside), 50)
        bounds = compiled(window("2026-10-20T00:00:00", "2026-10-21T00:00:00")
                          + " and Status eq 'FAILED'", "MessageProcessingLog").bounds
        self.assertEqual(logs.candidates(bounds), inside)
        logs.end_now(inside[:20], datetime(2026, 10, 20, 12))
        self.assertEqual(len(logs.candidates(bounds)), len(inside))
        logs.end_now(inside[20:30], datetime(2026, 11, 2))
        self.assertEqual(len(logs.candidates(bounds)), len(inside) - 10)

    def test_fifty_thousand(self) -> None:
        box = WORK / "many"
        sandbox("start", "--entries", MANY, "--client-root", TRUSTED / "root.pem", directory=box)
        self.addCleanup(sandbox, "stop", directory=box)
        sandbox("register", "--name", "good", "--cert", CLIENTS["good"].leaf, "--out",
                WORK / "many.json", directory=box)
        with contextlib.closing(connect(context(CLIENTS["good"], box=box), box)) as connection:
            self.assertEqual(ask(connection, SET + "/$count").body, str(MANY).encode())
            text = quote(window("2026-10-05T00:00:00", "2026-10-05T12:00:00"))
            answer = ask(connection, f"{SET}?$orderby=LogEnd&$filter={text}", headers=JSON)
        times = [ended(entity) for entity in answer.json["d"]["results"]]
        self.assertGreater(len(times), 700)
        self.assertEqual(times, sorted(times))


if __name__ == "__main__":
    unittest.main(verbosity=1)
