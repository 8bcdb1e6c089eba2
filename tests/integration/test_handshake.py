#!/usr/bin/env python3
"""TLS handshakes signed on the token: protocol versions, key types, and what they cost."""

from __future__ import annotations

import re
import unittest

from harness import CihsmTest
from tenants import Sandbox
from tokens import KEYS, Token, chain_of, copy_token, serial_of

PATH = "MessageProcessingLogs"
CALLS_WITHOUT_SLOTS = 12


class HandshakeTest(CihsmTest):
    """Against one sandbox that speaks one version."""

    def check(self, box: Sandbox, token: Token, key: str, protocol: str) -> None:
        """One call; the load balancer saw this certificate, verified, with this protocol."""
        mark = box.mark()
        done = self.succeeds("get", PATH, "--top", "1", "-o", "json", *box.options(token, key),
                             env=token.env)
        self.assertEqual(len(done.json), 1)
        seen = box.seen(mark)
        self.assertEqual(len(seen), 1)
        wanted = {"verify": "SUCCESS", "serial": serial_of(chain_of(key)), "protocol": protocol,
                  "status": 200}
        self.assertEqual({name: seen[0][name] for name in wanted}, wanted)

    def check_all(self, tls: str) -> None:
        """Each key type with this version."""
        box = Sandbox("--tls", tls, "--entries", "20")
        self.addCleanup(box.stop)
        token = copy_token(self.folder / "token")
        for key in KEYS:
            with self.subTest(key=key):
                self.check(box, token, key, f"TLSv{tls}")

    def test_tls_1_2_works_with_every_key_type(self) -> None:
        """RSA and EC keys of each size."""
        self.check_all("1.2")

    def test_tls_1_3_works_with_every_key_type(self) -> None:
        """RSA keys sign with PSS here."""
        self.check_all("1.3")


class SignatureTest(CihsmTest):
    """What the token has to do for a call."""

    box: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def get(self, *arguments: str, key: str = "ec-p256") -> list[str]:
        """Calls of one run, in order."""
        done = self.succeeds("get", PATH, "-vvv", *arguments, *self.box.options(self.token, key),
                             env=self.token.env)
        self.assertTrue(done.calls, "no call was traced")
        return done.calls

    def check_cold(self, calls: list[str]) -> None:
        """12 calls and one per listed slot, teardown included."""
        slots = calls.count("C_GetTokenInfo")
        self.assertGreaterEqual(slots, 1)
        self.assertLessEqual(len(calls), CALLS_WITHOUT_SLOTS + slots, calls)
        self.assertEqual(calls.count("C_Login"), 1)
        self.assertEqual(calls.count("C_Sign"), 1)
        self.assertEqual(calls[-1], "C_Finalize")

    def test_timing_tells_where_the_time_went(self) -> None:
        """Each phase of a cold call, on standard error; nothing without the option."""
        options = self.box.options(self.token, "ec-p256")
        done = self.succeeds("get", PATH, "--top", "1", "--timing", *options, env=self.token.env)
        phases = re.findall(r"^cihsm: time: (\S+)(?: all)? +[\d.]+ ms", done.err, re.MULTILINE)
        self.assertEqual(phases, ["module", "login", "find", "sign", "token", "connect", "TLS",
                                  "HTTP", "in"])
        self.assertRegex(done.err, r"time: sign +[\d.]+ ms, 2 calls\n")
        quiet = self.succeeds("get", PATH, "--top", "1", *options, env=self.token.env)
        self.assertNotIn("time:", quiet.err)

    def test_a_token_that_refuses_raw_rsa_serves_tls_1_3(self) -> None:
        """PSS padding is the token's work, never ours."""
        self.token.configure("slots.mechanisms = -,CKM_RSA_X_509")
        for key in ("rsa-2048", "rsa-3072"):
            mark = self.box.mark()
            self.assertIn("C_Sign", self.get("--top", "1", key=key))
            seen = self.box.seen(mark)[0]
            self.assertEqual((seen["protocol"], seen["verify"]), ("TLSv1.3", "SUCCESS"))

    def test_one_cold_call_costs_fourteen_token_calls_at_most(self) -> None:
        """SoftHSM lists its token and a spare slot."""
        calls = self.get("--top", "1")
        self.assertEqual(calls.count("C_GetTokenInfo"), 2)
        self.check_cold(calls)

    def test_more_keys_on_the_token_cost_no_more_calls(self) -> None:
        """Nothing is read but the one key that is asked for."""
        before = self.get("--top", "1")
        for number in range(20):
            self.succeeds("key", "generate", "--type", "ec:P-256", "--label", f"more-{number}",
                          *self.token.options(), env=self.token.env)
        self.assertEqual(self.get("--top", "1"), before)

    def test_three_pages_cost_one_signature(self) -> None:
        """They come over one connection."""
        mark = self.box.mark()
        calls = self.get("--all")
        self.check_cold(calls)
        seen = self.box.seen(mark, 3)
        self.assertEqual(len(seen), 3)
        self.assertEqual(len({line["connection"] for line in seen}), 1)

    def test_no_file_for_session_keys_is_made(self) -> None:
        """Not even an empty one."""
        path = self.folder / "session-keys"
        self.succeeds("get", PATH, "--top", "1", *self.box.options(self.token),
                      env={**self.token.env, "SSLKEYLOGFILE": path})
        self.assertFalse(path.exists())

    def test_each_signature_is_recorded(self) -> None:
        """Time, key, certificate, host and result: the evidence of what a key did."""
        done = self.succeeds("get", PATH, "--top", "1", "-v", *self.box.options(self.token),
                             env=self.token.env)
        records = [line for line in done.err.splitlines() if "info token: signature " in line]
        self.assertEqual(len(records), 1, done.err)
        serial = serial_of(chain_of("ec-p256")).lower()
        for part in ("time=20", "key=pkcs11:", "token=integration;object=ec-p256",
                     f"certificate={serial} ", f"for=localhost:{self.box.info['port']} ",
                     "scheme=ecdsa-sha256 ", "result=ok"):
            self.assertIn(part, records[0])


if __name__ == "__main__":
    unittest.main()
