#!/usr/bin/env python3
"""Fault loops: each scenario is run once to count its allocations, calls of the network and calls
of the token, then once for each that fails.

Whatever fails, a run ends in time with a documented code and one line, leaks nothing, leaves no part
of a file, closes its sessions and finalises the module, and does to the token all or nothing.

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

# pylint: disable=wrong-import-position
from harness import BUILD, SHIM, CihsmTest, Option, Result  # noqa: E402
import harness  # noqa: E402
from tenants import Sandbox  # noqa: E402
from tokens import MODULE, Token, chain_of, copy_token  # noqa: E402

PROGRAM = Path(os.environ.get("CIHSM_FAULT_PROGRAM", BUILD / "bin" / "cihsm_fault")).resolve()
TRIES = int(os.environ.get("CIHSM_FAULT_TRIES", "0"))
# The catalogue of the documentation is parsed in most runs, by thousands of allocations of one place
JSON_TRIES_MAX = 1500
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


@dataclass
class Trace:
    """What a run left behind."""

    done: Result
    counts: dict[str, int]
    files: dict[str, bytes]
    objects: int  # on the token
    calls: dict[str, int]  # of the module


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


@unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
class AllocationTest(CihsmTest):
    """Each allocation of a run fails once."""

    box: Sandbox
    kept: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "60")
        cls.addClassCleanup(cls.box.stop)

    def setUp(self) -> None:
        super().setUp()
        self.kept = copy_token(self.folder / "kept")
        harness.BINARY = PROGRAM

    # --- one run -----------------------------------------------------------------------------

    def options(self, token: Token, key: str = "", of_box: bool = False) -> list[Option]:
        """The options of a run through the shim."""
        options = self.box.options(token) if of_box else token.options(key)
        return [str(SHIM) if option == MODULE else option for option in options]

    def run_once(self, command: list[Option], token: Token, fault: str, rule: str = "") -> Trace:
        """A run in a folder of its own."""
        rules = self.write("rules", f"{rule}\n")
        place = self.folder / "run"
        shutil.rmtree(place, ignore_errors=True)  # of a run that did not end
        place.mkdir()
        report, calls = self.folder / "report", self.folder / "calls"
        report.unlink(missing_ok=True)
        calls.unlink(missing_ok=True)
        done = self.cihsm(*command, cwd=place, seconds=SECONDS, env={
            **token.env, "CIHSM_FAULT": fault, "CIHSM_FAULT_REPORT": report,
            "CIHSM_SHIM_MODULE": MODULE, "CIHSM_SHIM_RULES": rules,
            "CIHSM_SHIM_REPORT": calls})
        files = {str(path.relative_to(place)): path.read_bytes()
                 for path in place.rglob("*") if path.is_file()}
        shutil.rmtree(place)
        objects = len([*(token.folder / "tokens").glob("*/*.object")])
        return Trace(done, pairs(report), files, objects, pairs(calls))

    # --- judgements --------------------------------------------------------------------------

    def assert_tidy(self, trace: Trace, rule: str) -> None:
        """Of every run that came as far as the module."""
        if trace.calls:
            if not rule.startswith("C_CloseSession"):
                self.assertEqual(trace.calls["sessions-opened"], trace.calls["sessions-closed"])
            self.assertEqual(trace.calls["calls-after-finalize"], 0)
            self.assertEqual(trace.calls["refused-pins-repeated"], 0)

    def assert_failed(self, kind: str, trace: Trace, whole: Trace, before: int) -> None:
        """It says so in one line, and nothing is there."""
        self.assertIn(trace.done.code, CODES[kind], trace.done.err)
        text = self.message(trace.done, "")
        self.assertRegex(text, WORDS[kind])
        if kind == "call":
            self.assertEqual(trace.done.code == 1,
                             re.search("CKR_HOST_MEMORY|out of memory", text) is not None, text)
        self.assertLessEqual({*trace.files}, {*whole.files}, "a file was left")
        if trace.objects != before:
            self.assertRegex(trace.done.err, "on the token|the key was made")

    def assert_done(self, trace: Trace, whole: Trace) -> None:
        """What failed was not needed."""
        self.assertEqual(trace.done.stdout, whole.done.stdout)
        self.assertEqual({*trace.files}, {*whole.files})
        self.assertEqual(trace.objects, whole.objects)

    def places(self, kind: str, count: int) -> Iterator[int]:
        """Which faults are tried."""
        most = TRIES or (JSON_TRIES_MAX if kind == "json" else count)
        if count <= most:
            yield from range(1, count + 1)
            return
        for nth in range(most):
            yield 1 + nth * count // most

    # --- the loop ----------------------------------------------------------------------------

    def fresh(self, token: Token, anew: bool) -> int:
        """The token as it was before, and how many objects are on it."""
        if anew or not token.folder.exists():
            shutil.rmtree(token.folder, ignore_errors=True)
            copy_token(token.folder)
        return len([*(token.folder / "tokens").glob("*/*.object")])

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

    def loop(self, name: str, *command: Option, key: str = "", of_box: bool = False,
             changes_token: bool = False) -> None:
        """All the runs of one scenario."""
        token = Token(self.folder / "token")
        self.fresh(token, True)
        whole_command = [*command, *self.options(token, key, of_box), "--timeout", str(DEADLINE)]
        whole = self.run_once(whole_command, token, "")
        self.assertEqual(whole.done.code, 0, whole.done.err)
        tally = Tally({kind: whole.counts[kind] for kind in KINDS})
        begun = time.monotonic()
        for kind, fault, rule in self.faults(whole):
            before = self.fresh(token, changes_token)
            with self.subTest(scenario=name, fails=fault or rule):
                tally.tried += 1
                trace = self.run_once(whole_command, token, fault, rule)
                self.assert_tidy(trace, rule)
                if trace.done.code == 0:
                    self.assert_done(trace, whole)
                    tally.survived += 1
                else:
                    self.assert_failed(kind, trace, whole, before)
                    tally.failed += 1
        print(f"fault loop, {name}: "
              + ", ".join(f"{count} {kind}" for kind, count in tally.allocations.items())
              + f", {whole.calls['calls']} of the token; {tally.tried} faults tried, {tally.failed} told, "
              f"{tally.survived} survived, {tally.tried - tally.failed - tally.survived} lost, "
              f"{time.monotonic() - begun:.0f} s", file=sys.stderr)

    def test_cold_get(self) -> None:
        """Login, handshake, request, table."""
        self.loop("cold get", "get", "MessageProcessingLogs", "--top", "3", "--out", "logs",
                  of_box=True)

    def test_csr_create(self) -> None:
        """A signature and a file."""
        self.loop("csr create", "csr", "create", "--subject", "CN=x,O=Example", "--out", "request",
                  key="ec-p256")

    def test_key_generate(self) -> None:
        """Both halves are on the token, or none."""
        self.loop("key generate", "key", "generate", "--type", "ec:P-256", "--label", "new",
                  "--id", "0102",
                  changes_token=True)

    def test_cert_import(self) -> None:
        """All certificates are on the token, or none."""
        self.loop("cert import", "cert", "import", chain_of("ec-p256"), key="ec-p256",
                  changes_token=True)

    def test_export(self) -> None:
        """Three requests at a time, threads that write."""
        self.loop("export", "export", "MessageProcessingLogs", "--since", "2026-10-01", "--until",
                  "2026-11-02", "--slice", "4d", "--concurrency", "3", "--out", "logs", of_box=True)


if __name__ == "__main__":
    unittest.main()
