#!/usr/bin/env python3
"""HA clones: one key pair on two tokens, tried in order when a token fails."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

from harness import CA_SCRIPT, CANARY_PIN, SHIM, CihsmTest, Option, Result, openssl, tool
from steady import Signing, SteadyTest
from tenants import Sandbox
from tokens import MODULE, ca_folder

PATH = "MessageProcessingLogs/$count"
GONE = "pkcs11:token=gone;object=clone"
FIRST = "pkcs11:token=ha-a;object=clone"
SECOND = "pkcs11:token=ha-b;object=clone"
OTHER = "pkcs11:token=ha-b;object=stranger"
SO_PIN = "87654321"


class TwoTokens(CihsmTest):
    """A key on two tokens."""

    def setUp(self) -> None:
        super().setUp()
        conf = self.write("softhsm2.conf", f"directories.tokendir = {self.folder / 'tokens'}\n"
                                           "objectstore.backend = file\n")
        self.env = {"SOFTHSM2_CONF": str(conf)}
        (self.folder / "tokens").mkdir()
        self.pin = self.write("pin", CANARY_PIN)
        self.init_token("ha-a", CANARY_PIN)
        self.init_token("ha-b", CANARY_PIN)
        key = self.new_key("clone")
        self.import_key("ha-a", CANARY_PIN, key, "clone")
        self.import_key("ha-b", CANARY_PIN, key, "clone")
        self.chain = self.issue(key)

    def softhsm(self, *arguments: Option) -> None:
        """softhsm2-util takes PINs as arguments; they are those of a test."""
        tool("softhsm2-util", *arguments, env={"PATH": "/usr/bin:/bin", **self.env})

    def init_token(self, label: str, pin: str) -> None:
        """One more token."""
        self.softhsm("--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", SO_PIN)

    def new_key(self, name: str) -> Path:
        """A key in a file, as the tools of HSM makers copy it between clones."""
        path = self.folder / f"{name}.key"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
        return path

    def import_key(self, token: str, pin: str, key: Path, label: str) -> None:
        """The key onto a token."""
        self.softhsm("--import", key, "--token", token, "--label", label, "--id",
                     "01" if label == "clone" else "02", "--pin", pin)

    def issue(self, key: Path) -> Path:
        """The chain of the clones' certificate."""
        request, chain = self.folder / "clone.csr", self.folder / "clone.pem"
        openssl("req", "-new", "-key", key, "-subj", "/C=DE/O=Example/CN=clone", "-out", request)
        tool(CA_SCRIPT, "issue", ca_folder(), request, chain)
        return chain


class CloneTest(TwoTokens):
    """Against one sandbox."""

    box: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "3")
        cls.addClassCleanup(cls.box.stop)

    def setUp(self) -> None:
        super().setUp()
        self.import_key("ha-b", CANARY_PIN, self.new_key("stranger"), "stranger")
        self.service_key = self.box.register("clone", self.chain)
        self.addCleanup(self.box.unregister, "clone")

    def options(self, *keys: str, module: Option = MODULE) -> list[Option]:
        """A call with these keys."""
        chosen = [part for key in keys for part in ("--key", key)]
        return ["get", PATH, "--service-key", self.service_key, "--chain", self.chain, "--ca",
                self.box.ca, "--module", module, "--pin-source", f"file:{self.pin}", *chosen]

    def get(self, *keys: str) -> Result:
        """A call that works."""
        done = self.succeeds(*self.options(*keys), "-v", env=self.env)
        self.assertEqual(done.out.strip(), "3")
        return done

    def shimmed(self, rules: str) -> dict[str, str]:
        """The environment of a run through the shim."""
        return {**self.env, "CIHSM_SHIM_MODULE": str(MODULE),
                "CIHSM_SHIM_RULES": str(self.write("rules", rules + "\n")),
                "CIHSM_SHIM_REPORT": str(self.folder / "report")}

    def report(self) -> dict[str, int]:
        """What the shim counted."""
        lines = (self.folder / "report").read_text().splitlines()
        return {name: int(value) for name, value in (line.split() for line in lines)}

    def test_the_first_usable_key_signs(self) -> None:
        """And the log says which."""
        done = self.get(FIRST, SECOND)
        self.assertIn("using key 1 of 2, pkcs11:", done.err)
        self.assertNotIn("warning", done.err)
        done = self.get(GONE, SECOND)
        self.assertIn(f"warning: key 1 of 2 ({GONE}) cannot be used: no such token", done.err)
        self.assertIn("using key 2 of 2", done.err)
        self.assertRegex(done.err, r"signature .*key=\S*token=ha-b\S* .*result=ok")

    def test_a_key_that_is_not_on_its_token_is_passed_over(self) -> None:
        """It may not have been copied yet."""
        done = self.get("pkcs11:token=ha-a;object=missing", SECOND)
        self.assertIn("cannot be used: no such key on the token", done.err)

    def test_if_all_fail_it_says_why_each(self) -> None:
        """Exit code 5."""
        done = self.cihsm(*self.options(GONE, "pkcs11:token=ha-b;object=missing"), env=self.env)
        self.assertEqual((done.code, done.out), (5, ""))
        last = done.err.splitlines()[-1]
        for part in ("none of the 2 keys can be used", f"1 ({GONE}): no such token",
                     "2 (pkcs11:token=ha-b;object=missing): no such key"):
            self.assertIn(part, last)

    def test_a_refused_pin_ends_it(self) -> None:
        """The PIN is not tried on the next token."""
        self.init_token("ha-c", "another-pin")
        done = self.cihsm(*self.options("pkcs11:token=ha-c;object=clone", SECOND), "-vvv",
                          env=self.env)
        self.assertEqual(done.code, 4, done.err)
        self.assertIn("token ha-c refused the PIN", done.err)
        self.assertEqual(done.count("C_Login"), 1)

    def test_keys_without_a_token_take_that_of_the_option(self) -> None:
        """Two keys on one token."""
        done = self.succeeds(*self.options("pkcs11:object=missing", "pkcs11:object=clone"),
                             "--token", "pkcs11:token=ha-b", "-v", env=self.env)
        self.assertIn("using key 2 of 2", done.err)

    def test_a_profile_keeps_several_keys(self) -> None:
        """In their order; --key replaces them all."""
        config = self.folder / "config"
        self.succeeds("profile", "create", "ha", "--config", config, "--service-key",
                      self.service_key, "--chain", self.chain, "--ca", self.box.ca, "--module",
                      MODULE, "--pin-source", f"file:{self.pin}", "--key", GONE, "--key", SECOND)
        self.assertEqual([line for line in config.read_text().splitlines() if "key = pkcs" in line],
                         [f"key = {GONE}", f"key = {SECOND}"])
        shown = self.succeeds("profile", "show", "ha", "--config", config, "-o", "json").json
        self.assertEqual(shown["key"], [GONE, SECOND])
        run = ["get", PATH, "--config", config, "--profile", "ha"]
        self.assertIn("using key 2 of 2", self.succeeds(*run, "-v", env=self.env).err)
        self.assertNotIn("warning", self.succeeds(*run, "--key", FIRST, env=self.env).err)
        self.refuses(2, "several are set: choose with --key", "key", "evidence", "--config", config,
                     "--profile", "ha", env=self.env)

    def test_other_lines_of_a_profile_still_stand_once(self) -> None:
        """Only key may be repeated."""
        config = self.write("config", f"[ha]\nkey = {FIRST}\nkey = {SECOND}\nchain = a\nchain = b\n")
        self.refuses(3, ["line 5", "\"chain\" is set twice"], "get", PATH, "--config", config,
                     "--profile", "ha")

    @unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
    def test_a_token_that_fails_at_the_signature_is_replaced_in_the_handshake(self) -> None:
        """The request does not notice; a key that takes over shows that it is the same one."""
        mark = self.box.mark()
        env = self.shimmed("C_Sign #1 -> CKR_DEVICE_MEMORY")
        done = self.succeeds(*self.options(FIRST, SECOND, module=str(SHIM)), "-v", env=env)
        self.assertIn(f"warning: key 1 of 2 ({FIRST}) cannot be used: cannot sign", done.err)
        self.assertRegex(done.err, r"signature .*token=ha-a\S* .*result=CIHSM_E_TOKEN")
        self.assertRegex(done.err, r"signature .*token=ha-b\S* .*result=ok")
        self.assertEqual(len(self.box.seen(mark)), 1)
        counted = self.report()
        self.assertEqual(counted["C_Sign"], 3)
        self.assertEqual(counted["sessions-opened"], counted["sessions-closed"])
        self.assertEqual(counted["refused-pins-repeated"], 0)

    @unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
    def test_another_key_never_signs_for_the_certificate(self) -> None:
        """A clone that is none is told."""
        env = self.shimmed("C_Sign #1 -> CKR_DEVICE_MEMORY")
        done = self.cihsm(*self.options(FIRST, OTHER, module=str(SHIM)), env=env)
        self.assertEqual(done.code, 5, done.err)
        self.assertIn("it is another key than that of the certificate", done.err.splitlines()[-1])

    @unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
    def test_a_pin_refused_during_the_change_ends_it(self) -> None:
        """Later signatures of the run do not try a third token."""
        env = self.shimmed("C_Sign #1 -> CKR_DEVICE_MEMORY\nC_Login #2 -> CKR_PIN_LOCKED")
        done = self.cihsm(*self.options(FIRST, SECOND, "pkcs11:token=ha-a;id=%01",
                                        module=str(SHIM)), env=env)
        self.assertEqual(done.code, 4, done.err)
        self.assertEqual(self.report()["C_Login"], 2)

    def test_json_says_it_too(self) -> None:
        """For scripts."""
        done = self.cihsm(*self.options(GONE, GONE), "-o", "json", env=self.env)
        error = json.loads(done.err.splitlines()[-1])["error"]
        self.assertEqual((error["status"], error["exit_code"]), ("CIHSM_E_TOKEN", 5))


class SteadyCloneTest(TwoTokens, SteadyTest):
    """A program that runs on, while tokens go and come back."""

    def token_of(self, label: str) -> Path:
        """The folder of a token: the only one with this label."""
        [found] = [path.parent for path in (self.folder / "tokens").rglob("token.object")
                   if label.encode() in path.read_bytes()]
        return found

    def test_no_moment_without_a_token_is_the_end(self) -> None:
        """Whatever is back is used: the one, the other, or both."""
        for threads in (1, 8):
            with self.subTest(threads=threads):
                away = {label: self.folder / f"{label}-{threads}" for label in ("ha-a", "ha-b")}
                home = {label: self.token_of(label) for label in away}
                client = self.start_steady(Signing(self.chain, MODULE, (FIRST, SECOND),
                                                   f"file:{self.pin}", self.env), threads)
                for back in (["ha-a"], ["ha-b"], ["ha-a", "ha-b"], ["ha-b"]):
                    for label in away:
                        if home[label].exists():
                            home[label].rename(away[label])
                    for _ in range(2):
                        self.assertEqual(client.round(), [5] * threads, client.told)
                    for label in back:
                        away[label].rename(home[label])
                    for _ in range(2):
                        self.assertEqual(client.round(), [0] * threads, client.told)
                away["ha-a"].rename(home["ha-a"])
                self.assertIn("none of the 2 keys can be used: 1 (", client.told)
                self.assertEqual(client.end(), 0, client.told)

    def test_each_token_takes_over_from_the_other(self) -> None:
        """As often as one goes while the other is there."""
        client = self.start_steady(Signing(self.chain, MODULE, (FIRST, SECOND),
                                           f"file:{self.pin}", self.env), 4)
        for label in ("ha-a", "ha-b") * 2:
            home, away = self.token_of(label), self.folder / "away"
            home.rename(away)
            self.assertEqual(client.round(), [0] * 4, client.told)
            away.rename(home)
        self.assertEqual(client.end(), 0, client.told)


if __name__ == "__main__":
    unittest.main()
