#!/usr/bin/env python3
"""The judgement of a soak finds what it is there for: figures that are made up, and real leaks."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

# pylint: disable=wrong-import-position
from faults import NETWORK_FAULTS, TOKEN_FAULTS  # noqa: E402
from judge import ALLOWANCES, DEADLINE_MS, Cycle, verdict  # noqa: E402

SOAK = Path(__file__).with_name("soak.py")
SECONDS = 240
BY_LEAK = {"memory": ("heap_kib", "rss_kib"), "descriptors": ("descriptors",),
           "threads": ("threads",), "sessions": ("sessions",)}
REFUSED = {"statuses": {"CIHSM_E_PIN": 4}}


def phase(**changed: Any) -> dict[str, Any]:
    """What the program tells of a phase."""
    told = {"phase": "device-error", "failed_in_calm": 0, "unclear": 0, "longest_ms": 9,
            "statuses": {"CIHSM_OK": 5}, "carried": {}}
    return {**told, **{name: 100 for name in ALLOWANCES if name != "sessions"}, **changed}


def ledger(**changed: int) -> dict[str, int]:
    """What the shim tells."""
    names = {name.replace("_", "-"): count for name, count in changed.items()}
    return {"sessions-opened": 9, "sessions-closed": 5, "sessions-dropped": 4,
            "refused-pins-repeated": 0, "calls-after-finalize": 0, **names}


def cycles(count: int, **changed: Any) -> list[Cycle]:
    """Some of them; the last phase of the last one as changed."""
    made = []
    for at in range(count):
        cycle = Cycle()
        cycle.calm(phase(**(changed if at == count - 1 else {})))
        cycle.ledger(ledger())
        made.append(cycle)
    return made


class JudgeTest(unittest.TestCase):
    """By figures."""

    def wrong(self, made: list[Cycle], of_pin: dict[str, Any] | None = None,
              counts: dict[str, int] | None = None) -> list[str]:
        """What is found."""
        found: list[str] = verdict(made, of_pin or REFUSED, counts or ledger())["wrong"]
        return found

    def test_a_good_run(self) -> None:
        """Nothing."""
        self.assertEqual(self.wrong(cycles(7)), [])

    def test_growth(self) -> None:
        """Up to the allowance; one more is too much."""
        for name, allowance in ALLOWANCES.items():
            if name == "sessions":
                continue
            self.assertEqual(self.wrong(cycles(7, **{name: 100 + allowance})), [])
            found = self.wrong(cycles(7, **{name: 101 + allowance}))
            self.assertEqual(len(found), 1)
            self.assertIn(f"{name} grew from 100 to {101 + allowance}", found[0])
        made = cycles(7)
        made[-1].ledger(ledger(sessions_opened=10 + ALLOWANCES["sessions"]))
        self.assertIn("sessions grew from 0 to 5", self.wrong(made)[0])

    def test_what_is_needed_at_first_is_no_growth(self) -> None:
        """The warm-up does not count, and less at the end is well."""
        made = cycles(7)
        made[0].calm(phase(rss_kib=10**6))
        made[1].calm(phase(rss_kib=10**5))
        self.assertEqual(self.wrong(made), [])

    def test_requests(self) -> None:
        """After a fault; late; without a word."""
        self.assertIn("2 requests failed after device-error had passed",
                      self.wrong(cycles(4, failed_in_calm=2)))
        self.assertIn("1 failures without a word by device-error", self.wrong(cycles(4, unclear=1)))
        late = DEADLINE_MS + 1
        self.assertIn(f"a request took {late} ms by device-error",
                      self.wrong(cycles(4, longest_ms=late)))

    def test_outcomes_that_a_fault_does_not_have(self) -> None:
        """Each fault has those of its own; of two at a time either."""
        pair = (TOKEN_FAULTS[0], NETWORK_FAULTS[0])
        for statuses, found in (({"CIHSM_E_TOKEN": 1, "CIHSM_E_SERVER": 1}, 0),
                                ({"CIHSM_E_INTERNAL": 1}, 1)):
            made = cycles(4)
            made[2].fault(phase(statuses=statuses), pair)
            self.assertEqual(len(self.wrong(made)), found)

    def test_the_end(self) -> None:
        """The PIN, and what the token saw."""
        self.assertIn("was not told", self.wrong(cycles(4), {"statuses": {"CIHSM_OK": 3}})[0])
        for count, words in (("refused_pins_repeated", "offered again, 1 times"),
                             ("calls_after_finalize", "1 calls after C_Finalize"),
                             ("sessions_opened", "sessions were open at the end")):
            counts = ledger(**{count: 10 if count == "sessions_opened" else 1})
            self.assertIn(words, self.wrong(cycles(4), counts=counts)[0])


class LeakTest(unittest.TestCase):
    """By a program that leaks."""

    def test_each_leak_is_found(self) -> None:
        """All of them at the same time, each in a program of its own."""
        running = {what: subprocess.Popen(  # pylint: disable=consider-using-with
            [sys.executable, SOAK, "--cycles", "3", "--calm"], text=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env={**os.environ, "CIHSM_SOAK_LEAK": what})
            for what in BY_LEAK}
        for what, child in running.items():
            _, told = child.communicate(timeout=SECONDS)
            with self.subTest(leak=what):
                self.assertEqual(child.returncode, 1)
                for name in BY_LEAK[what]:
                    self.assertRegex(told, rf"wrong: {name} grew from \d+ to \d+, more than to \d+")


if __name__ == "__main__":
    unittest.main()
