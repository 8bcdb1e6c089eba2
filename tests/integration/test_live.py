#!/usr/bin/env python3
"""tests/live/observe.py, against the sandbox in the place of a real tenant."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unittest
from dataclasses import dataclass

from harness import BINARY, CANARY_PIN, ROOT, CihsmTest, environment
from tenants import Sandbox, service_keys
from tokens import Token, copy_token

OBSERVE = ROOT / "tests" / "live" / "observe.py"
SKIPPED = 77


@dataclass
class Run:
    """How observe.py ended."""

    code: int
    out: str
    err: str


class LiveTest(CihsmTest):
    """A profile as a person has it."""

    box: Sandbox
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")

    def setUp(self) -> None:
        super().setUp()
        self.succeeds("profile", "create", "live", *self.box.options(self.token),
                      env=self.token.env)

    def observe(self, profile: str = "live") -> Run:
        """One run; what must never be in the report is looked for."""
        env = environment(self.folder, {**self.token.env, "CIHSM_BINARY": BINARY,
                                        "CIHSM_LIVE_PROFILE": profile})
        done = subprocess.run([sys.executable, str(OBSERVE)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False, env=env)
        for private in ("localhost", "sb-", "CN=", "cihsm test", str(self.folder), CANARY_PIN):
            self.assertNotIn(private, done.stdout)
        self.assertNotRegex(done.stdout, r"\bAG[\w-]{20,}|[0-9a-f]{16,}")
        self.assertNotIn(CANARY_PIN, done.stderr)
        return Run(done.returncode, done.stdout, done.stderr)

    def row(self, run: Run, question: str) -> str:
        """What was seen."""
        found = re.search(rf"^\| \S+ \| {re.escape(question)} \| (.*) \|$", run.out, re.MULTILINE)
        assert found is not None, f"{question}: {run.out}"
        return found[1]

    def requests(self) -> list[dict[str, object]]:
        """What the tenant has logged."""
        lines = (self.box.folder / "tenant.log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def test_the_report_says_what_the_sandbox_is_known_to_do(self) -> None:
        """All of it read-only."""
        before = len(self.requests())
        run = self.observe()
        self.assertEqual((run.code, run.err), (0, ""))
        for question, seen in (
                ("`get MessageProcessingLogs --top 1`", "status 200"),
                ("the server asked for a certificate in the first handshake", "yes"),
                ("its list of CAs", "names the issuer of the chain"),
                ("scheme of the handshake's signature", "ecdsa-sha256"),
                ("service key: its fields lie in", "oauth"),
                ("service key: certificatedetails present", "yes"),
                ("service key: tokenurl names the host for certificates", "yes"),
                ("entries in the first page of `$top=1001`", "1000"),
                ("that page names a next one", "yes"),
                ("order without `$orderby`", "not by LogEnd"),
                ("an etag in `__metadata`", "no"), ("a port in absolute URIs", "yes"),
                ("`get LogFiles --top 1`", "status 200")):
            self.assertEqual(self.row(run, question), seen, question)
        self.assertRegex(self.row(run, "Runs of a log entry"), r"^status 200, [12] entries$")
        made = self.requests()[before:]
        self.assertEqual({request["method"] for request in made}, {"GET"})
        self.assertEqual(len(made), 6)

    def test_a_load_balancer_with_other_ca_names(self) -> None:
        """The report tells them apart."""
        for names, seen in (("none", "empty"), ("other", "names other issuers")):
            with self.box.scenario(f"ca_names={names}"):
                self.assertEqual(self.row(self.observe(), "its list of CAs"), seen)

    def test_a_missing_role_is_an_observation(self) -> None:
        """403 does not end the report."""
        service_keys.set_roles(self.box.folder, "ec-p256", ["QueuesRetry"])
        run = self.observe()
        service_keys.set_roles(self.box.folder, "ec-p256", ["MonitoringDataRead"])
        self.assertEqual(run.code, 0, run.err)
        for question, seen in (("`get MessageProcessingLogs --top 1`", "status 403"),
                               ("`$top=1001`", "status 403"),
                               ("its list of CAs", "names the issuer of the chain"),
                               ("Runs of a log entry", "no log entry to try")):
            self.assertEqual(self.row(run, question), seen)

    def test_after_a_first_call_that_fails_nothing_is_tried(self) -> None:
        """One request, or one login, and no more."""
        with self.box.scenario("certificate=unknown"):
            before = len(self.requests())
            run = self.observe()
            self.assertEqual((run.code, run.out, len(self.requests())), (1, "", before + 1))
            self.assertIn("nothing else was tried: cihsm: 401", run.err)

    def test_without_a_profile_nothing_is_done(self) -> None:
        """CI has none."""
        run = self.observe("")
        self.assertEqual((run.code, run.out), (SKIPPED, ""))
        self.assertIn("CIHSM_LIVE_PROFILE", run.err)


if __name__ == "__main__":
    unittest.main()
