#!/usr/bin/env python3
"""A token that comes and goes under a process that runs on, and one that does not answer."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import tempfile
import time
import unittest
from pathlib import Path

from harness import RETRIES, ROOT, SHIM, Option, environment, tool
from steady import EMPTY_LIST, LONG_SECONDS, Signing, SteadyClient, SteadyTest
from token_link import Link
from tokens import CA_SCRIPT, MODULE, TOKEN_URI, Token, ca_folder, chain_of, copy_token

NETWORK_HSM = ROOT / "hsm-setup" / "network-hsm.sh"
THREADS = 8


class RecoveryTest(SteadyTest):
    """On a copy of the master token."""

    def start_on(self, token: Token, threads: int = 1) -> SteadyClient:
        """A running program that got one answer."""
        return self.start_steady(Signing(chain_of("ec-p256"), MODULE,
                                         (f"{TOKEN_URI};object=ec-p256",), f"file:{token.pin}",
                                         token.env), threads)


class TokenAwayTest(RecoveryTest):
    """SoftHSM's files are moved away and back."""

    def test_the_first_request_after_the_token_is_back_succeeds(self) -> None:
        """One client, and several that share the module."""
        for threads in (1, THREADS):
            with self.subTest(threads=threads):
                token = copy_token(self.folder / f"token-{threads}")
                client = self.start_on(token, threads)
                for _ in range(2):
                    (token.folder / "tokens").rename(token.folder / "away")
                    (token.folder / "tokens").mkdir()
                    self.assertEqual(client.round(), [5] * threads, client.told)
                    (token.folder / "tokens").rmdir()
                    (token.folder / "away").rename(token.folder / "tokens")
                    self.assertEqual(client.round(), [0] * threads, client.told)
                self.assertIn("lost pkcs11:", client.told)
                self.assertEqual(client.end(), 0, client.told)


class ReplacedKeyTest(RecoveryTest):
    """Another process puts another key under the same id and label."""

    def test_no_handshake_is_tried_with_another_key(self) -> None:
        """The first signature after the key was looked up again is verified before it is used."""
        for threads in (1, THREADS):
            with self.subTest(threads=threads):
                token = copy_token(self.folder / f"token-{threads}")
                client = self.start_on(token, threads)
                [key] = [row for row in self.succeeds("key", "list", *token.options(), "-o", "json",
                                                      env=token.env).json
                         if row["Label"] == "ec-p256"]
                self.succeeds("key", "delete", "--yes", *token.options("ec-p256"), env=token.env)
                self.succeeds("key", "generate", "--type", "ec:P-256", "--label", "ec-p256",
                              "--id", key["Id"], *token.options(), env=token.env)
                asked = len(self.tenant.methods())
                for _ in range(2):
                    self.assertEqual(client.round(), [5] * threads, client.told)
                self.assertEqual(len(self.tenant.methods()), asked)
                self.assertIn("another key has taken the place of the certificate's", client.told)
                self.assertEqual(client.end(), 0, client.told)


class NetworkTokenTest(SteadyTest):
    """p11-kit server: a token at the other end of a link."""

    def setUp(self) -> None:
        super().setUp()
        self.place = Path(tempfile.mkdtemp(prefix="cihsm."))
        self.addCleanup(shutil.rmtree, self.place)
        self.settings = dict(line.split(" = ", 1) for line in self.server("start").splitlines())
        self.addCleanup(self.server, "stop")
        self.link = Link(self.place / "front", self.place / "socket")
        self.addCleanup(self.link.stop)
        self.env = {"P11_KIT_SERVER_ADDRESS": f"unix:path={self.place / 'front'}"}
        self.chain = self.certified_key()

    def server(self, command: str) -> str:
        """Runs network-hsm.sh."""
        return tool(NETWORK_HSM, command, "--dir", self.place, env=environment(self.place)).decode()

    def certified_key(self) -> Path:
        """A key on the token, and the chain for it."""
        options: list[Option] = [part for name in ("module", "token", "pin-source")
                                 for part in (f"--{name}", self.settings[name])]
        request, chain = self.folder / "far.csr", self.folder / "far.pem"
        self.succeeds("key", "generate", "--type", "ec:P-256", "--label", "far", *options,
                      env=self.env)
        self.succeeds("csr", "create", "--subject", "CN=far", "--out", request, "--key",
                      "pkcs11:object=far", *options, env=self.env)
        tool(CA_SCRIPT, "issue", ca_folder(), request, chain)
        return chain

    def start_far(self, threads: int, timeout_s: int = 30) -> SteadyClient:
        """A running program over the link."""
        key = f"{self.settings['token']};object=far"
        return self.start_steady(Signing(self.chain, self.settings["module"], (key,),
                                         self.settings["pin-source"], self.env, timeout_s), threads)

    def test_a_link_that_is_cut(self) -> None:
        """Every thread fails clearly, and succeeds when the link is back."""
        client = self.start_far(THREADS)
        self.link.cut()
        self.assertEqual(client.round(), [5] * THREADS, client.told)
        self.link.mend()
        self.assertEqual(client.round(), [0] * THREADS, client.told)
        self.assertEqual(client.end(), 0, client.told)

    def wait_until_called(self, client: SteadyClient, before: int) -> None:
        """Until a call of a round that was begun has come to the link."""
        end = time.monotonic() + LONG_SECONDS
        while self.link.chunks == before:
            self.assertLess(time.monotonic(), end, f"no call came\n{client.told}")
            time.sleep(0.001)

    def test_a_link_that_is_cut_with_calls_inside(self) -> None:
        """They are held by the link by then, and get no answer; the way back is the usual one."""
        client = self.start_far(THREADS)
        for _ in range(3):
            self.link.stall()
            before = self.link.chunks
            client.begin()
            self.wait_until_called(client, before)
            self.link.cut()
            self.link.flow()
            self.assertEqual(client.codes(), [5] * THREADS, client.told)
            self.link.mend()
            self.assertEqual(client.round(), [0] * THREADS, client.told)
        self.assertEqual(client.end(), 0, client.told)

    def test_a_link_that_is_cut_and_mended_under_load(self) -> None:
        """At any moment of a round: each request succeeds or says that the token failed."""
        client = self.start_far(THREADS)
        chance = random.Random(20261122)
        for _ in range(20):
            before = self.link.chunks
            client.begin()
            self.wait_until_called(client, before)
            time.sleep(chance.random() / 20)  # any moment is as good as another
            self.link.cut()
            self.link.mend()
            self.assertLessEqual(set(client.codes()), {0, 5}, client.told)
        self.assertEqual(client.round(), [0] * THREADS, client.told)
        self.assertEqual(client.end(), 0, client.told)

    def signal_server(self, number: signal.Signals) -> None:
        """To the server and what it started for each connection."""
        pid = (self.place / "server.pid").read_text().strip()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *children):
            os.kill(int(each), number)

    def test_a_server_that_is_stopped_and_goes_on(self) -> None:
        """SIGSTOP and SIGCONT: exit code 12 in time while it stands, then all is well again."""
        client = self.start_far(THREADS, timeout_s=3)
        self.signal_server(signal.SIGSTOP)
        try:
            for _ in range(2):
                self.assertEqual(client.round(), [12] * THREADS, client.told)
        finally:
            self.signal_server(signal.SIGCONT)
        self.wait_until_well(client)
        self.assertEqual(client.end(), 0, client.told)

    def wait_until_well(self, client: SteadyClient) -> None:
        """Calls that were left have to return first."""
        end = time.monotonic() + LONG_SECONDS
        codes = client.round()
        while codes != [0] * THREADS and time.monotonic() < end:
            self.assertLessEqual(set(codes), {0, 12}, client.told)
            codes = client.round()
        self.assertEqual(codes, [0] * THREADS, client.told)

    def test_a_link_that_was_cut_between_two_requests(self) -> None:
        """Nobody notices."""
        client = self.start_far(THREADS)
        for _ in range(2):
            self.link.cut()
            self.link.mend()
            self.assertEqual(client.round(), [0] * THREADS, client.told)
        self.assertEqual(client.end(), 0, client.told)

    def test_a_server_that_is_restarted(self) -> None:
        """The token is the same, all handles are others."""
        client = self.start_far(2)
        self.server("stop")
        self.link.cut()
        self.link.mend()
        self.assertEqual(client.round(), [5, 5], client.told)
        self.server("start")
        self.assertEqual(client.round(), [0, 0], client.told)
        self.assertEqual(client.end(), 0, client.told)

    def test_a_link_that_stalls(self) -> None:
        """No hang: exit code 12 within the time, then at once, then all is well again."""
        client = self.start_far(THREADS, timeout_s=3)
        self.link.stall()
        start = time.monotonic()
        self.assertEqual(client.round(), [12] * THREADS, client.told)
        self.assertLess(time.monotonic() - start, LONG_SECONDS)
        self.assertIn("token not answering", client.told)
        self.assertEqual(client.round(), [12] * THREADS, client.told)
        self.assertIn("that had to be left, since 20", client.told)
        self.link.flow()
        self.wait_until_well(client)
        self.assertEqual(client.end(), 0, client.told)

    def test_a_program_ends_although_the_link_stalls(self) -> None:
        """Nothing is finalised then."""
        client = self.start_far(1, timeout_s=2)
        self.link.stall()
        self.assertEqual(client.round(), [12], client.told)
        self.assertEqual(client.end(), 0, client.told)


@unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
class TokenTimeoutTest(SteadyTest):
    """cihsm --token-timeout, over a shim that is in no hurry."""

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def env(self, rules: str) -> dict[str, str]:
        """The environment of a run through the shim."""
        return {**self.token.env, **RETRIES, "CIHSM_SHIM_MODULE": str(MODULE),
                "CIHSM_SHIM_RULES": str(self.write("rules", rules + "\n"))}

    def options(self) -> list[Option]:
        """Those of a call, with the shim as the module."""
        options = self.tenant.options(self.token)
        options[options.index("--module") + 1] = str(SHIM)
        return options

    def test_a_signature_that_does_not_come_ends_with_12(self) -> None:
        """In time, with one sentence, and no second try, which the network would get."""
        for rules in ("C_Sign -> delay 600000", "C_Login -> delay 600000",
                      "C_Initialize -> delay 600000", "C_FindObjects -> delay 600000"):
            with self.subTest(rules=rules):
                start = time.monotonic()
                text = self.refuses(12, "token not answering", "get", "IntegrationPackages",
                                    "--token-timeout", "2", *self.options(), env=self.env(rules))
                self.assertLess(time.monotonic() - start, LONG_SECONDS)
                self.assertIn("--token-timeout", text)
                self.assertNotIn("attempt", text)

    def test_a_token_that_fails_in_the_handshake_is_asked_in_one_attempt(self) -> None:
        """Gone, or a PIN that is refused now: the network has no part in it."""
        cases = (("C_Sign -> CKR_TOKEN_NOT_PRESENT\nC_OpenSession #2 -> CKR_TOKEN_NOT_PRESENT", 5,
                  "CKR_TOKEN_NOT_PRESENT"),
                 ("C_Sign #1 -> CKR_CRYPTOKI_NOT_INITIALIZED\nC_Login #2 -> CKR_PIN_INCORRECT", 4,
                  "refused the PIN"))
        for rules, code, words in cases:
            self.tenant.says(EMPTY_LIST)
            with self.subTest(words):
                text = self.refuses(code, words, "get", "IntegrationPackages", *self.options(),
                                    env=self.env(rules))
                self.assertNotIn("attempt", text)
                self.assertEqual(self.tenant.methods(), [])
                self.succeeds("token", "forget-refusal", env=self.token.env)

    def test_it_is_said_in_json_too(self) -> None:
        """For scripts; and the setting may come from the environment."""
        env = {**self.env("C_Sign -> delay 600000"), "CIHSM_TOKEN_TIMEOUT": "2"}
        done = self.cihsm("get", "IntegrationPackages", "-o", "json", *self.options(), env=env)
        error = json.loads(done.err)["error"]
        self.assertEqual((done.code, error["status"], error["exit_code"]),
                         (12, "CIHSM_E_TIMEOUT", 12))

    def test_a_slow_token_is_waited_for(self) -> None:
        """As long as it is told."""
        self.succeeds("get", "IntegrationPackages", "--token-timeout", "30", *self.options(),
                      env=self.env("C_Sign -> delay 1500"))

    def test_a_hiccup_is_a_warning(self) -> None:
        """The request succeeds."""
        done = self.succeeds("get", "IntegrationPackages", *self.options(),
                             env=self.env("C_Sign #1 -> CKR_DEVICE_ERROR"))
        self.assertRegex(done.err, r"warning: CKR_DEVICE_ERROR from pkcs11:\S*; trying again with a "
                                   r"new session\n")

    def test_the_timeout_is_a_number_of_seconds(self) -> None:
        """A usage error."""
        self.refuses(2, "token-timeout takes a whole number", "get", "IntegrationPackages",
                     "--token-timeout", "soon", *self.options(), env=self.env(""))


if __name__ == "__main__":
    unittest.main()
