#!/usr/bin/env python3
"""cihsm service-key renew: a profile goes from its certificate to the next one, in steps."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import unittest
from pathlib import Path
from typing import Any

from harness import BINARY, CA_SCRIPT, CihsmTest, Option, Result, environment, openssl, tool
from platforms import Platform
from tenants import Sandbox
from tokens import MODULE, TOKEN_URI, Token, ca_folder, chain_of, copy_token

# pylint: disable=wrong-import-order
import service_keys

KEY = "ec-p256"
ROLES = ["MonitoringDataRead"]
LOGS = "MessageProcessingLogs"
STEPS = ["key", "request", "certificate", "import", "service-key", "test", "switch", "retire"]
# What is told at the end of a step.
MARKS = {"request": "CSR written", "certificate": "issued by", "import": "stored beside",
         "service-key": "made, written to", "test": "new identity succeeded"}
END_SECONDS = 120.0


class RenewTest(CihsmTest):
    """A profile with a key on a token, and the platform around its tenant."""

    box: Sandbox
    platform: Platform
    binding: Path
    cf_token: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "5")
        cls.addClassCleanup(cls.box.stop)
        cls.platform = Platform(cls.box)
        cls.binding = cls.platform.binding()
        cls.cf_token = cls.platform.token()

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.remove_keys)
        self.token: Token = copy_token(self.folder / "token")
        self.instance = self.platform.instance(f"cpi-{self._testMethodName[5:]}", ROLES)
        self.service_key = self.registered("key.json", chain_of(KEY))
        self.chain = self.folder / "chain.pem"
        shutil.copy(chain_of(KEY), self.chain)
        self.config = self.write("config", self.profile())
        self.state = self.folder / "renewal-prod.json"

    def remove_keys(self) -> None:
        """Frees the certificates for the next test."""
        for key in service_keys.load(self.box.folder)["keys"]:
            service_keys.remove(self.box.folder, key["guid"])

    def registered(self, name: str, chain: Path) -> Path:
        """The file of a service key that somebody made by hand."""
        pem = openssl("x509", "-in", chain).decode()
        wish = service_keys.Wish(name=name.partition(".")[0], pem=pem, instance=self.instance,
                                 roles=ROLES)
        path = self.folder / name
        service_keys.write_document(path, service_keys.register(self.box.folder, self.box.url,
                                                                wish))
        return path

    def profile(self) -> str:
        """The profile, with relative paths."""
        return (f"# ours\n[prod]\nservice-key = key.json\nchain = chain.pem ; sent\n"
                f"module = {MODULE}\ntoken = {TOKEN_URI}\nkey = pkcs11:object={KEY}\n"
                f"pin-source = file:{self.token.pin}\nca = {self.box.ca}\n"
                "\n[other]\nchain = chain.pem\n")

    @property
    def platform_options(self) -> list[Option]:
        """Where certificates and service keys come from."""
        return ["--destination-binding", self.binding, "--cf-api", self.platform.cf_api,
                "--cf-token-source", f"file:{self.cf_token}"]

    def arguments(self, *more: Option) -> list[Option]:
        """A renewal without any service of the platform."""
        return ["service-key", "renew", "--config", self.config, "--profile", "prod", *more]

    def whole(self, *more: Option) -> list[Option]:
        """A renewal that can go to its end."""
        return self.arguments(*self.platform_options, *more)

    def renew(self, *more: Option) -> dict[str, Any]:
        """A renewal with all services; what it printed."""
        done = self.succeeds(*self.whole("-o", "json", *more), env=self.token.env)
        printed: dict[str, Any] = done.json
        return printed

    def stops(self, code: int, words: str, *arguments: Option) -> str:
        """A renewal that fails so; all it told."""
        done = self.cihsm(*arguments, env=self.token.env)
        self.assertEqual(done.code, code, done.err)
        self.assertIn(words, done.err)
        return done.err

    def count(self, *options: Option) -> Result:
        """A call of the tenant."""
        return self.cihsm("count", LOGS, *options, env=self.token.env)

    def by_profile(self) -> Result:
        """With what the profile says."""
        return self.count("--config", self.config, "--profile", "prod")

    def by_old(self) -> Result:
        """With the identity of before."""
        return self.count("--service-key", self.service_key, "--chain", self.chain, "--ca",
                          self.box.ca, *self.token.options(KEY))

    def assert_works(self, done: Result) -> None:
        """The call succeeded."""
        self.assertEqual((done.code, done.out), (0, "5\n"), done.err)

    def assert_untouched(self) -> None:
        """The profile is what it was, and works."""
        self.assertEqual(self.config.read_text(encoding="utf-8"), self.profile())
        self.assert_works(self.by_profile())

    def assert_switched(self, printed: dict[str, Any]) -> None:
        """The profile has the new identity, which works, and so does the old one."""
        self.assertEqual(printed["state"], "switched")
        old, new = self.profile().splitlines(), self.config.read_text().splitlines()
        changed = [line for line in new if line not in old]
        self.assertEqual(changed[:2], [f"service-key = {printed['serviceKey']}",
                                       f"chain = {printed['chain']}"])
        self.assertEqual(len(new), len(old))
        self.assertEqual(Path(printed["serviceKey"]).stat().st_mode & 0o777, 0o600)
        self.assert_works(self.by_profile())
        self.assert_works(self.by_old())

    def next_step(self) -> str:
        """The step that comes next, by the state."""
        return str(json.loads(self.state.read_text(encoding="utf-8"))["next"])


class WayTest(RenewTest):
    """From begin to end."""

    def test_the_whole_way(self) -> None:
        """Then the old service key is deleted, on demand and confirmed."""
        printed = self.renew("--for", LOGS)
        self.assert_switched(printed)
        self.assertEqual(openssl("x509", "-in", printed["chain"], "-noout", "-pubkey"),
                         openssl("x509", "-in", self.chain, "-noout", "-pubkey"))
        self.assertIn("--retire", printed["todo"])
        self.assertEqual(self.state.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.renew()["state"], "switched")  # no second one is begun
        self.assertEqual(len(self.platform.keys(self.instance)), 2)
        self.stops(2, "--yes", *self.whole("--retire"))
        self.assertEqual(len(self.platform.keys(self.instance)), 2)
        self.assertEqual(self.renew("--retire", "--yes")["state"], "done")
        self.assertEqual(len(self.platform.keys(self.instance)), 1)
        self.assertFalse(self.state.exists())
        self.assert_works(self.by_profile())
        self.assertEqual(self.by_old().code, 7)

    def test_a_new_key_is_generated_on_the_token(self) -> None:
        """And named in the profile."""
        printed = self.renew("--new-key", "ec:P-256")
        self.assert_switched(printed)
        self.assertIn(f"key = {printed['key']}", self.config.read_text(encoding="utf-8"))
        self.assertNotEqual(openssl("x509", "-in", printed["chain"], "-noout", "-pubkey"),
                            openssl("x509", "-in", self.chain, "-noout", "-pubkey"))

    def test_a_second_renewal_is_begun_on_demand(self) -> None:
        """With names of its own."""
        first = self.renew()
        second = self.renew("--restart")
        self.assertNotEqual(first["serviceKey"], second["serviceKey"])
        self.assertRegex(Path(second["serviceKey"]).name, r"^key-\d{8}T\d{6}\.json$")
        self.assertEqual(second["oldServiceKey"], first["serviceKey"])
        self.assert_works(self.by_profile())

    def test_a_profile_without_chain_stays_without(self) -> None:
        """The chain is on the token then."""
        self.succeeds("cert", "import", self.chain, *self.token.options(KEY), env=self.token.env)
        self.config.write_text(self.profile().replace("chain = chain.pem ; sent\n", ""))
        printed = self.renew()
        self.assertEqual(printed["state"], "switched")
        prod = self.config.read_text(encoding="utf-8").partition("[other]")[0]
        self.assertNotIn("chain =", prod)
        self.assert_works(self.by_profile())

    def test_a_ca_and_the_cockpit_do_what_no_service_does(self) -> None:
        """It stops twice, and tells what to do."""
        first = self.succeeds(*self.arguments("-o", "json"), env=self.token.env).json
        self.assertEqual(first["state"], "waiting")
        self.assertIn("--signed", first["todo"])
        self.assertIn(first["csr"], first["todo"])
        again = self.succeeds(*self.arguments("-o", "json"), env=self.token.env).json
        self.assertEqual(again["csr"], first["csr"])
        delivered = self.folder / "delivered.pem"
        tool(CA_SCRIPT, "issue", ca_folder(), first["csr"], delivered)
        second = self.succeeds(*self.arguments("--signed", delivered, "-o", "json"),
                               env=self.token.env).json
        self.assertEqual(second["state"], "waiting")
        self.assertIn(second["serviceKey"], second["todo"])
        self.assert_untouched()
        self.registered(Path(second["serviceKey"]).name, Path(second["chain"]))
        self.assert_switched(self.succeeds(*self.arguments("-o", "json"),
                                           env=self.token.env).json)
        self.assertIn(f"CN={KEY}",  # of the present one, whatever the CA's own name for it
                      openssl("req", "-in", first["csr"], "-noout", "-subject").decode()
                      .replace(" ", ""))


class StopTest(RenewTest):
    """Ended at each step; run again it goes on, and the old identity works all the time."""

    def stopped_after(self, step: str) -> None:
        """SIGTERM as soon as the step tells that it is done."""
        command = [str(part) for part in (BINARY, *self.whole())]
        with subprocess.Popen(command, env=environment(self.folder, self.token.env), text=True,
                              stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
            assert child.stderr is not None
            said = ""
            for line in child.stderr:
                said += line
                if MARKS[step] in line:
                    child.send_signal(signal.SIGTERM)
                    break
            rest = child.stderr.read()
            code = child.wait(END_SECONDS)
        self.judged_run(command, code, [(said + rest).encode()])
        self.assertEqual(code, 128 + signal.SIGTERM, rest)

    def test_a_stop_after_each_step(self) -> None:
        """One way with a stop after each."""
        for step in MARKS:
            with self.subTest(step=step):
                self.stopped_after(step)
                self.assertIn(self.next_step(), STEPS[STEPS.index(step):])
                self.assert_works(self.by_old())
                self.assert_works(self.by_profile())
        self.assert_switched(self.renew())
        self.assertEqual(len(self.platform.keys(self.instance)), 2)  # none was made twice

    def test_a_stop_before_the_state_was_written(self) -> None:
        """What a step made is found by the names in the state."""
        self.renew()
        switched = json.loads(self.state.read_text(encoding="utf-8"))
        for step in reversed(STEPS[1:-1]):
            with self.subTest(step=step):
                self.write("config", self.profile())
                self.state.write_text(json.dumps(switched | {"next": step}))
                self.assert_switched(self.renew())
        self.assertEqual(len(self.platform.keys(self.instance)), 2)

    def test_a_key_that_was_made_is_found_again(self) -> None:
        """By its id, which stands in the state before it is made."""
        self.renew("--new-key", "ec:P-256")
        state = json.loads(self.state.read_text(encoding="utf-8"))
        made = state.pop("key")
        self.write("config", self.profile())
        self.state.write_text(json.dumps(state | {"next": "key"}))
        self.assertEqual(self.renew()["key"], made)

    def test_an_id_that_was_cut_names_no_key(self) -> None:
        """Half a byte is none, and nothing behind it is read."""
        self.renew("--new-key", "ec:P-256")
        state = json.loads(self.state.read_text(encoding="utf-8"))
        del state["key"]
        self.write("config", self.profile())
        for key_id in (state["keyId"][:-1], "abc", "zz", ""):
            with self.subTest(key_id=key_id):
                self.state.write_text(json.dumps(state | {"next": "key", "keyId": key_id}))
                self.refuses(3, "names no id for the new key", *self.whole(), env=self.token.env)

    def test_what_was_deleted_already_is_no_failure(self) -> None:
        """A stop between the deletion and its note."""
        self.renew()
        old = next(key for key in self.platform.keys(self.instance) if key["name"] == "key")
        service_keys.remove(self.box.folder, old["guid"])
        self.assertEqual(self.renew("--retire", "--yes")["state"], "done")


class FailureTest(RenewTest):
    """Each step fails once: the profile is untouched, and after the repair it goes on."""

    def fails_then_goes_on(self, step: str, code: int, words: str, *arguments: Option) -> None:
        """The failing run was made with these arguments."""
        told = self.stops(code, words, *arguments)
        self.assertIn(f"step {step} of the renewal", told)
        self.assertEqual(self.next_step(), step)
        self.assert_untouched()

    def test_the_token(self) -> None:
        """A PIN that is not there, before the CSR."""
        pin = self.token.pin.read_text(encoding="utf-8")
        self.token.pin.unlink()
        told = self.stops(4, "step request of the renewal", *self.whole())
        self.assertIn("repeat the command", told)
        self.write("token/pin", pin)
        self.assert_switched(self.renew())

    def test_the_destination_service(self) -> None:
        """A binding that was removed, a service that is down, a certificate that is none."""
        gone = self.platform.binding("gone")
        self.platform.unbind("gone")
        arguments = self.whole()
        arguments[arguments.index(self.binding)] = gone
        self.fails_then_goes_on("certificate", 7, "401", *arguments)
        with self.box.scenario("enrol_gives=no_eku"):
            self.fails_then_goes_on("certificate", 13, "extended key usage", *self.whole())
        self.assertIn("--restart", self.stops(13, "extended key usage", *self.whole()))
        self.assert_switched(self.renew("--restart"))

    def test_cloud_foundry(self) -> None:
        """A bad token, a user without the role, a job that fails."""
        bad = self.write("bad", "bearer nonsense\n")
        arguments = self.whole()
        arguments[arguments.index(f"file:{self.cf_token}")] = f"file:{bad}"
        self.fails_then_goes_on("service-key", 7, "401", *arguments)
        with self.box.scenario("cf_job=fails"):
            self.stops(1, "step service-key of the renewal", *self.whole())
        self.assert_untouched()
        self.assert_switched(self.renew())

    def test_an_identity_that_does_not_work_yet(self) -> None:
        """The doctor's layer is told; the profile keeps the old one."""
        self.succeeds(*self.arguments("--destination-binding", self.binding), env=self.token.env)
        with self.box.scenario("error_status=503", "error_path=/api/v1"):
            self.stops(13, "does not work yet", *self.whole("--wait", "1s"))
        self.assertEqual(self.next_step(), "test")
        self.assert_untouched()
        self.assert_switched(self.renew())

    def test_a_service_key_for_another_certificate(self) -> None:
        """The file that somebody saved is not for the new certificate."""
        first = self.succeeds(*self.arguments("--destination-binding", self.binding, "-o", "json"),
                              env=self.token.env).json
        shutil.copy(self.service_key, first["serviceKey"])
        self.fails_then_goes_on("service-key", 13, "remove that file", *self.whole())
        Path(first["serviceKey"]).unlink()
        self.assert_switched(self.renew())

    def test_a_delivery_for_another_key(self) -> None:
        """What the CA delivered does not fit."""
        self.fails_then_goes_on("certificate", 3, "certificate",
                                *self.arguments("--signed", chain_of("ec-p384")))


class MistakeTest(RenewTest):
    """Told before anything is done."""

    def test_mistakes(self) -> None:
        """With exit code 2 or 3, and no state left."""
        for code, words, arguments in (
                (2, "--profile NAME", ["service-key", "renew", "--config", self.config]),
                (2, "leave out --chain", self.arguments("--chain", self.chain)),
                (2, "not both", self.whole("--signed", self.chain)),
                (2, "--retire is for afterwards", self.whole("--retire")),
                (2, "--new-key", self.arguments("--new-key", "dsa:1024")),
                (2, "--wait", self.arguments("--wait", "soon")),
                (2, "cf-token-source", self.arguments("--cf-api", self.platform.cf_api)),
                (3, "no service-key", ["service-key", "renew", "--config", self.config,
                                       "--profile", "other"])):
            with self.subTest(words=words):
                self.refuses(code, words, *arguments, env=self.token.env)
                self.assertFalse(self.state.exists())

    def test_only_keys_on_tokens_are_renewed(self) -> None:
        """The other types have their secret in the file."""
        self.box.register_type("secret", "secret")
        shutil.copy(self.box.folder / "secret.json", self.service_key)
        self.refuses(3, ["ClientId/Secret", "External Certificate"], *self.arguments())

    def test_a_protected_profile_wants_its_name(self) -> None:
        """As for every write."""
        self.config.write_text(self.profile().replace("[prod]\n", "[prod]\nprotected = yes\n"))
        self.refuses(2, "--confirm-profile prod", *self.whole(), env=self.token.env)

    def test_a_state_that_is_none(self) -> None:
        """--restart forgets it."""
        self.state.write_text("{}")
        self.refuses(3, "--restart", *self.whole(), env=self.token.env)
        self.assert_switched(self.renew("--restart"))

    def test_two_runs_at_once(self) -> None:
        """The second one ends before it reads what the first one is about to change."""
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        self.refuses(12, ["another run renews a profile", "repeat the command"], *self.whole(),
                     env=self.token.env)
        self.succeeds(*self.whole("--dry-run"), env=self.token.env)
        self.assertFalse(self.state.exists())
        fcntl.flock(folder, fcntl.LOCK_UN)
        self.assert_switched(self.renew())

    def test_a_dry_run_shows_the_steps(self) -> None:
        """And does none of them."""
        done = self.succeeds(*self.whole("--dry-run", "-o", "json"), env=self.token.env)
        self.assertEqual([row["step"] for row in done.json], STEPS)
        self.assertEqual({row["state"] for row in done.json}, {"to do"})
        self.assertFalse(self.state.exists())
        self.succeeds(*self.arguments(), env=self.token.env)
        shown = self.succeeds(*self.arguments("--dry-run"), env=self.token.env).out
        self.assertEqual(re.findall(r"^(\S+) +done", shown, re.MULTILINE), STEPS[:2])


if __name__ == "__main__":
    unittest.main()
