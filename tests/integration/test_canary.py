#!/usr/bin/env python3
"""The search for secrets finds them, and runs that use all of them show and leave none.

Each test searches its outputs and files, and each sandbox its logs in the end (harness, tenants).
"""

from __future__ import annotations

import base64
import json
import unittest
from pathlib import Path

from harness import CANARY_PIN, MARK, CihsmTest, Option, found_in
from tenants import Sandbox
from tokens import chain_of, copy_token

LOUD: list[Option] = ["-vvv", "--timing", "-o", "json"]
KEY = "ec-p256"
LOGS = "MessageProcessingLogs"
ROLE = "AuthGroup_TenantPartnerDirectoryConfigurator"
BODY: list[Option] = ["--set", "Pid=P", "--set", "Id=I", "--set", "Value=v"]


class SearchTest(CihsmTest):
    """It would fail."""

    def test_each_form_is_found(self) -> None:
        """Raw, hex in both cases, base64 wherever the secret stands in it."""
        raw = CANARY_PIN.encode()
        hidden = [raw, raw.hex().encode(), raw.hex().upper().encode()]
        hidden += [base64.b64encode(b"x" * before + raw + b"y" * after)
                   for before in range(6) for after in range(4)]
        for data in hidden:
            self.assertEqual(found_in(b"before " + data + b" after", [CANARY_PIN]), CANARY_PIN, data)
        self.assertIsNone(found_in(b"Canary-PIN-5f1e78", [CANARY_PIN]))

    def test_a_file_that_is_left_is_found(self) -> None:
        """A partial file with a PIN in it; the test's own are left alone."""
        self.write("own", f"x {CANARY_PIN}")
        super().tearDown()
        left = self.folder / ".part"
        left.write_text(f"x {CANARY_PIN}")
        with self.assertRaises(AssertionError):
            super().tearDown()
        left.unlink()


class CanaryTest(CihsmTest):
    """Runs that use every secret there is."""

    box: Sandbox
    secret_key: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.secret_key = cls.box.register_type("canary", "secret", ["MonitoringDataRead", ROLE])

    def runs(self, *options: Option, env: dict[str, str]) -> None:
        """What works and what does not; all that is said is searched by the harness."""
        self.succeeds("get", LOGS, "--top", "1", "--out", "logs", *options, *LOUD, env=env)
        with self.box.scenario("csrf=always"):
            self.succeeds("create", "StringParameters", *BODY, *options, *LOUD, env=env)
            self.succeeds("delete", "StringParameters(Pid='P',Id='I')", "--yes", *options, *LOUD,
                          env=env)
        for switch in ("error_status=401", "error_status=403", "error_status=500"):
            with self.box.scenario(switch, "error_body=json"):
                done = self.cihsm("get", LOGS, *options, *LOUD, env=env)
                self.assertIn(done.code, (7, 10))
                self.assertIn("message", json.loads(done.err.splitlines()[-1])["error"])

    def test_client_secret_bearer_token_csrf_token_and_cookie(self) -> None:
        """They are marked, so none of them can hide."""
        self.assertIn(MARK, self.secret_key.read_text())
        self.runs("--service-key", self.secret_key, "--ca", self.box.ca, env={})

    def test_pin(self) -> None:
        """Of the token whose key logs in."""
        token = copy_token(self.folder / "token")
        self.box.register(KEY, chain_of(KEY), ["MonitoringDataRead", ROLE])
        self.runs(*self.box.options(token), env=token.env)


if __name__ == "__main__":
    unittest.main()
