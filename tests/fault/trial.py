"""One fault after another: a scenario is run once to count its allocations, calls of the network
and calls of the token, then once for each that fails, and each run is judged.

    CIHSM_FAULT_PROGRAM  the program that tests/fault/allocation.c is linked into
    CIHSM_FAULT_TRIES    of each kind of fault, spread evenly; 0 or nothing: every one
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
import unittest
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable, Iterator

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

# pylint: disable=wrong-import-position
from harness import BUILD, SHIM, CihsmTest, Option, Result  # noqa: E402
import harness  # noqa: E402
from remote import Nothing, Remote, State  # noqa: E402
from tokens import MODULE, Token, copy_token  # noqa: E402

PROGRAM = Path(os.environ.get("CIHSM_FAULT_PROGRAM", BUILD / "bin" / "cihsm_fault")).resolve()
TRIES = int(os.environ.get("CIHSM_FAULT_TRIES", "0"))
# The catalogue of the documentation is parsed in most runs, by thousands of allocations of one
# place: half of the tries are spread over all, the other half are the last ones.
JSON_TRIES_MAX = 400
SECONDS = 60
DEADLINE = 10  # of a request
KINDS = ("own", "json", "curl", "send", "recv", "connect")
# OpenSSL does not tell why our provider could not sign: a handshake fails, a request is not signed.
# libcurl does not tell in each case that memory was the reason.
# Nor does it always go on with a request: then the deadline ends it.
CODES = {"own": (1, 5, 6), "json": (1,), "curl": (1, 6, 12), "call": (1, 4, 5),
         "send": (6,), "recv": (6,), "connect": (6,)}
WORDS = {"own": "out of memory|nothing was sent", "json": "out of memory", "curl": ".",
         "call": "CKR_|token", "send": "connection|TLS", "recv": "connection|TLS",
         "connect": "connection"}
# What a call of the token answers
CALL_CODES = ("CKR_DEVICE_REMOVED", "CKR_SESSION_HANDLE_INVALID", "CKR_GENERAL_ERROR",
              "CKR_USER_NOT_LOGGED_IN", "CKR_HOST_MEMORY")
CALL_CODES_MORE = {"C_Login": ("CKR_PIN_INCORRECT", "CKR_PIN_LOCKED", "CKR_USER_ALREADY_LOGGED_IN")}

Whole = Callable[[bytes, bytes], bool]  # what a run left, what a run without a fault left


def same(content: bytes, whole: bytes) -> bool:
    """Of files that are the same in each run."""
    return content == whole


@dataclass
class Scenario:
    """A command, and what it works with."""

    name: str
    command: list[Option]
    token: Token | None = None
    changes_token: bool = False
    remote: Remote = field(default_factory=Nothing)  # what it changes
    whole: Whole = same  # judges a file that a run left
    unjudged: str = r"(?!)"  # files that tell a run where to go on
    notes: str = r"(?!)"  # lines beside the one that tells the failure
    varying: str = r"(?!)"  # what differs in its output from run to run
    goes_on: bool = False  # the same command again ends what a failure left


@dataclass
class Trace:
    """What a run left behind."""

    done: Result
    counts: dict[str, int]
    files: dict[str, bytes]
    objects: int  # on the token
    calls: dict[str, int]  # of the module
    remote: State


@dataclass
class Tally:
    """Of one scenario."""

    allocations: dict[str, int] = field(default_factory=dict)
    tried: int = 0
    failed: int = 0  # told by the exit code
    survived: int = 0  # done all the same


def pairs(path: Path) -> dict[str, int]:
    """Lines of a name and a number."""
    if not path.exists():
        return {}
    return {name: int(value) for name, value in
            (line.split() for line in path.read_text().splitlines())}


def objects_of(token: Token | None) -> int:
    """How many objects are on a token."""
    return 0 if token is None else len([*(token.folder / "tokens").glob("*/*.object")])


@unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
class TrialTest(CihsmTest):
    """Each allocation and each call of a run fails once."""

    def setUp(self) -> None:
        super().setUp()
        harness.BINARY = PROGRAM
        self.place = self.folder / "run"

    # --- one run -----------------------------------------------------------------------------

    def start_anew(self, of: Scenario, before: State) -> None:
        """Everything is as it was before the first run."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.rmtree(self.folder / ".local", ignore_errors=True)  # what a token said to its PIN
        self.place.mkdir()
        if of.token is not None and (of.changes_token or not of.token.folder.exists()):
            shutil.rmtree(of.token.folder, ignore_errors=True)
            copy_token(of.token.folder)
        if of.remote.state() != before:
            of.remote.put_back()

    def run_once(self, of: Scenario, fault: str = "", rule: str = "") -> Trace:
        """A run in the folder of all runs."""
        rules = self.write("rules", f"{rule}\n")
        report, calls = self.folder / "report", self.folder / "calls"
        report.unlink(missing_ok=True)
        calls.unlink(missing_ok=True)
        done = self.cihsm(*of.command, "--timeout", str(DEADLINE), cwd=self.place,
                          seconds=SECONDS, env={
            **(of.token.env if of.token is not None else {}),
            "CIHSM_FAULT": fault, "CIHSM_FAULT_REPORT": report,
            "CIHSM_SHIM_MODULE": MODULE, "CIHSM_SHIM_RULES": rules, "CIHSM_SHIM_REPORT": calls})
        files = {str(path.relative_to(self.place)): path.read_bytes()
                 for path in self.place.rglob("*") if path.is_file()}
        return Trace(done, pairs(report), files, objects_of(of.token), pairs(calls),
                     of.remote.state())

    # --- judgements --------------------------------------------------------------------------

    def assert_tidy(self, trace: Trace, rule: str) -> None:
        """Of every run that came as far as the module."""
        if trace.calls:
            if not rule.startswith("C_CloseSession"):
                self.assertEqual(trace.calls["sessions-opened"], trace.calls["sessions-closed"])
            self.assertEqual(trace.calls["calls-after-finalize"], 0)
            self.assertEqual(trace.calls["refused-pins-repeated"], 0)

    def assert_whole(self, of: Scenario, trace: Trace, whole: Trace) -> None:
        """No part of a file is there."""
        for name, content in trace.files.items():
            if not re.search(of.unjudged, name):
                self.assertIn(name, whole.files, "a file was left")
                self.assertTrue(of.whole(content, whole.files[name]), f"{name}: {content!r}")

    def assert_told(self, of: Scenario, kind: str, trace: Trace) -> None:
        """A documented code and one line with the reason."""
        self.assertIn(trace.done.code, CODES[kind], trace.done.err)
        lines = [line for line in trace.done.stderr.splitlines(True)
                 if not re.match(of.notes.encode(), line)]
        text = self.message(replace(trace.done, stderr=b"".join(lines)), "")
        self.assertRegex(text, WORDS[kind])
        if kind == "call":
            self.assertEqual(trace.done.code == 1,
                             re.search("CKR_HOST_MEMORY|out of memory", text) is not None, text)

    def assert_nothing_done(self, of: Scenario, trace: Trace, whole: Trace, before: Trace) -> None:
        """Or all of it, and the message tells."""
        if trace.objects != before.objects:
            self.assertRegex(trace.done.err, "on the token|the key was made")
        if trace.remote != before.remote:
            self.assertEqual(trace.remote, whole.remote, "a part was done")
            self.assertRegex(trace.done.err, of.remote.told)

    def assert_done(self, of: Scenario, trace: Trace, whole: Trace) -> None:
        """All of it."""
        self.assertEqual({*trace.files}, {*whole.files})
        self.assert_whole(of, trace, whole)
        self.assertEqual(trace.objects, whole.objects)
        self.assertEqual(trace.remote, whole.remote)

    def assert_goes_on(self, of: Scenario, whole: Trace) -> None:
        """Where a run failed the next one succeeds."""
        again = self.run_once(of)
        self.assertEqual(again.done.code, 0, again.done.err)
        self.assert_done(of, again, whole)

    # --- the loop ----------------------------------------------------------------------------

    def places(self, kind: str, count: int) -> Iterator[int]:
        """Which faults are tried."""
        most = TRIES or (JSON_TRIES_MAX if kind == "json" else count)
        if count <= most:
            yield from range(1, count + 1)
            return
        last = most // 2 if kind == "json" else 0
        for nth in range(most - last):
            yield 1 + nth * (count - last) // (most - last)
        yield from range(count - last + 1, count + 1)

    def faults(self, whole: Trace) -> Iterator[tuple[str, str, str]]:
        """Kind, allocation, rule of the shim."""
        for kind in KINDS:
            for at in self.places(kind, whole.counts[kind]):
                yield kind, f"{kind}:{at}", ""
        rules = [f"{call} #{nth} -> {code}" for call, count in whole.calls.items()
                 if call.startswith("C_") for nth in range(1, count + 1)
                 for code in (*CALL_CODES, *CALL_CODES_MORE.get(call, ()))]
        for at in self.places("call", len(rules)):
            yield "call", "", rules[at - 1]

    def try_one(self, of: Scenario, fault: tuple[str, str, str], before: Trace,
                whole: Trace) -> bool:
        """A run with a fault; whether it was survived."""
        kind, allocation, rule = fault
        trace = self.run_once(of, allocation, rule)
        self.assert_tidy(trace, rule)
        if trace.done.code == 0:
            self.assertEqual(*(re.sub(of.varying, "", each.done.out) for each in (trace, whole)))
            self.assert_done(of, trace, whole)
            return True
        self.assert_told(of, kind, trace)
        self.assert_whole(of, trace, whole)
        self.assert_nothing_done(of, trace, whole, before)
        if of.goes_on and (trace.files or trace.remote != before.remote):
            self.assert_goes_on(of, whole)
        return False

    def loop(self, of: Scenario) -> None:
        """All the runs of one scenario."""
        before = Trace(Result([], 0, b"", b""), {}, {}, 0, {}, of.remote.state())
        self.start_anew(of, before.remote)
        before.objects = objects_of(of.token)
        whole = self.run_once(of)
        self.assertEqual(whole.done.code, 0, whole.done.err)
        tally = Tally({kind: whole.counts[kind] for kind in KINDS})
        begun = time.monotonic()
        for fault in self.faults(whole):
            self.start_anew(of, before.remote)
            with self.subTest(scenario=of.name, fails=fault[1] or fault[2]):
                tally.tried += 1
                if self.try_one(of, fault, before, whole):
                    tally.survived += 1
                else:
                    tally.failed += 1
        of.remote.put_back()
        print(f"fault loop, {of.name}: "
              + ", ".join(f"{count} {kind}" for kind, count in tally.allocations.items())
              + f" ({whole.counts['left-alone']} left alone)"
              f", {whole.calls.get('calls', 0)} of the token; {tally.tried} faults tried, "
              f"{tally.failed} told, {tally.survived} survived, "
              f"{tally.tried - tally.failed - tally.survived} lost, "
              f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
