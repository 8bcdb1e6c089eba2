#!/usr/bin/env python3
"""Service keys by the Cloud Foundry API: a stop after each step, what fails in between, and what
the next run makes of it (contract §11.3)."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import unittest
from pathlib import Path

from harness import BINARY, Option, environment
from test_service_key_api import KEY, ApiTest
from tokens import chain_of, copy_token

WAIT_SECONDS = 60.0


class FaultTest(ApiTest):
    """One failure each; the next run goes on where it was."""

    def create(self, *more: Option, out: str = "new.json") -> list[Option]:
        """The command line that makes the key of these tests."""
        return ["service-key", "create", *self.options(), "--cert", chain_of(KEY), "--name", "key",
                "--out", out, *more]

    def settled(self) -> None:
        """Ends the jobs that are under way."""
        with self.box.scenario("cf_job_seconds=0"):
            self.assertNotIn("in progress", [row["state"] for row in self.rows()])

    def goes_on(self, is_new: bool) -> None:
        """The next run has the key and its file; is_new: it has to make it."""
        self.settled()
        with self.box.scenario("cf_job_polls=0"):
            done = self.succeeds(*self.create())
        self.assertEqual("was there already" in done.err, not is_new, done.err)
        self.assertEqual(self.names(), ["key"])
        self.assertIn("oauth", json.loads((self.folder / "new.json").read_text(encoding="utf-8")))

    def no_file(self) -> None:
        """Nothing was written, whole or in part."""
        self.assertEqual([*self.folder.glob("*.json*")], [])


class StopTest(FaultTest):
    """Ended by a signal, or by what never comes back."""

    def ended_in_job(self, arguments: list[Option], requests: int) -> int:
        """SIGTERM when so many requests were seen: it waits for its job by then."""
        mark = self.box.mark()
        with subprocess.Popen([str(part) for part in (BINARY, *arguments)],
                              env=environment(self.folder), stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, cwd=self.folder) as child:
            assert child.stderr is not None
            end = time.monotonic() + WAIT_SECONDS
            while len(self.box.seen(mark, 0)) < requests and time.monotonic() < end:
                time.sleep(0.05)
            child.send_signal(signal.SIGTERM)
            self.err = child.stderr.read().decode()
            code = child.wait(WAIT_SECONDS)
        self.judged_run(arguments, code, [self.err.encode()])
        return code

    def test_stopped_while_the_key_is_made(self) -> None:
        """It says so; the next run fetches what was made meanwhile."""
        with self.box.scenario("cf_job=never"):
            code = self.ended_in_job(self.create(), 5)
        self.assertEqual(code, 128 + signal.SIGTERM, self.err)
        self.assertIn("still being created", self.err)
        self.no_file()
        self.goes_on(False)

    def test_stopped_while_the_key_is_deleted(self) -> None:
        """The deletion goes on without it."""
        self.created("--name", "key")
        with self.box.scenario("cf_job=never"):
            code = self.ended_in_job(["service-key", "delete", "key", *self.options(), "--yes"], 5)
        self.assertEqual(code, 128 + signal.SIGTERM, self.err)
        self.settled()
        self.assertEqual(self.names(), [])

    def test_the_answer_to_the_order_is_lost(self) -> None:
        """The key is made all the same, and not twice."""
        with self.box.scenario("no_answer=1", "error_method=POST", "error_path=/v3/"):
            self.refuses(10, "502", *self.create())
        self.no_file()
        self.goes_on(False)

    def test_the_answer_to_a_deletion_is_lost(self) -> None:
        """The key is gone all the same; the next run says that there is none."""
        self.created("--name", "key")
        delete: list[Option] = ["service-key", "delete", "key", *self.options(), "--yes"]
        with self.box.scenario("no_answer=1", "error_method=DELETE"):
            self.refuses(10, "502", *delete)
        self.settled()
        self.refuses(8, "no service key \"key\"", *delete)


class StepTest(FaultTest):
    """Each request of a creation fails once."""

    def test_each_step_that_is_refused(self) -> None:
        """Exit code, status and what is there by then; the next run has the key, made once."""
        steps = (("service_instances", "GET", ""), ("service_credential_bindings?", "GET", ""),
                 ("service_credential_bindings", "POST", ""),
                 ("/v3/jobs/", "GET", "\"key\" was being created: Cloud Foundry goes on"),
                 ("/details", "GET", "\"key\" was made: run the command again"))
        for path, method, made in steps:
            for status, code in ((500, 10), (429, 12)):
                with self.subTest(path=path, status=status):
                    with self.box.scenario(f"error_status={status}", f"error_path={path}",
                                           f"error_method={method}", "cf_job_polls=0"):
                        line = self.refuses(code, [f"{status} from Cloud Foundry", made],
                                            *self.create())
                    self.assertEqual(made == "", "was made" not in line and "goes on" not in line)
                    self.no_file()
                    self.goes_on(made == "")
                    (self.folder / "new.json").unlink()
                    self.remove_keys()

    def test_bodies_that_are_no_json(self) -> None:
        """Of a router, of a proxy; or JSON that ends early."""
        for path in ("service_instances", "/v3/jobs/", "/details"):
            for switches, code, words in (
                    (["error_status=502", "error_body=html"], 10, "502 from Cloud Foundry"),
                    (["error_status=503", "error_body=empty"], 10, "503 from Cloud Foundry"),
                    (["bad_json=1"], 11, "no JSON object")):
                with self.subTest(path=path, switches=switches):
                    with self.box.scenario(*switches, f"error_path={path}", "cf_job_polls=0"):
                        text = self.refuses(code, words, *self.create())
                    self.assertNotIn("<html", text)
                    self.no_file()
                    self.settled()
                    self.remove_keys()
        self.goes_on(True)

    def test_answers_that_end_early(self) -> None:
        """The details are asked for again, the file is written when they are whole."""
        with self.box.scenario("truncate_body=60", "error_path=/details"):
            self.assertIn(self.cihsm(*self.create()).code, {6, 10, 11})
        self.no_file()
        self.goes_on(False)

    def test_a_token_that_ends_at_each_step(self) -> None:
        """Exit code 7 and the advice; with a fresh one the next run has the key."""
        for uses in range(1, 6):
            with self.subTest(uses=uses):
                with self.box.scenario(f"token_uses={uses}"):
                    self.refuses(7, ["401", "cf oauth-token"], *self.create())
                self.no_file()
                self.token = self.platform.token()
                self.goes_on(uses < 3)  # instances, keys, the order
                (self.folder / "new.json").unlink()
                self.remove_keys()
                self.token = self.platform.token()

    def test_a_service_that_is_busy_for_a_moment(self) -> None:
        """Reading is repeated after the time that it wants."""
        with self.box.scenario("error_status=503", "error_times=1", "retry_after=1",
                               "error_path=/details"):
            self.succeeds(*self.create("--retry-time", "30"))

    def test_a_token_server_that_fails(self) -> None:
        """Its status and its words."""
        password = self.platform.password()
        login: list[Option] = ["service-key", "list", "--cf-api", self.platform.cf_api, "--ca",
                               self.box.ca, "--cf-user", "dev@example.com", "--cf-password-source",
                               f"file:{password}"]
        for switches, code, words in ((["oauth_status=503", "oauth_error=Down"], 10, "503"),
                                      (["oauth_status=429", "oauth_error=Slow"], 12, "429"),
                                      (["oauth_html=1"], 11, "no JSON object")):
            with self.subTest(switches=switches), self.box.scenario(*switches):
                self.refuses(code, words, *login)
        self.succeeds(*login)

    def test_links_that_lead_astray(self) -> None:
        """The token goes to no other host, and a list without an end is none."""
        with self.box.scenario("cf_host=evil.example:443", "cf_per_page=1"):
            self.platform.instance("one-more")
            self.refuses(11, ["another host", "evil.example"], "service-key", "list",
                         *self.options(instance=None))
        with self.box.scenario("cf_host=evil.example:443", "error_path=never"):
            self.refuses(11, ["another host", "evil.example"], *self.create())
        self.goes_on(False)
        with self.box.scenario("cf_next_loop=1"):
            self.refuses(11, "does not end", "service-key", "list", *self.options())


class RealTest(FaultTest):
    """What the keys are good for."""

    def call(self, key: str | Path) -> list[Option]:
        """A call with a service key and the key on a token."""
        token = copy_token(self.folder / "token") if not (self.folder / "token").exists() else None
        self.env = token.env if token is not None else self.env
        options = token.options(KEY) if token is not None else self.token_options
        self.token_options = options
        return ["count", "MessageProcessingLogs", "--service-key", key, "--chain", chain_of(KEY),
                "--ca", self.box.ca, *options]

    def test_a_key_works_until_it_is_deleted(self) -> None:
        """The tenant takes the certificate, and no longer."""
        self.created("--name", "key")
        call = self.call("new.json")
        self.assertEqual(self.succeeds(*call, env=self.env).out, "2500\n")
        self.succeeds("service-key", "delete", "key", *self.options(), "--yes")
        self.refuses(7, "401", *call, env=self.env)
        self.succeeds(*self.create("--yes"))
        self.succeeds(*call, env=self.env)

    def test_doctor_waits_for_a_new_key(self) -> None:
        """Until the caches have it."""
        with self.box.scenario("key_delay=3600"):
            self.created("--name", "key")
            call = self.call("new.json")
            self.refuses(7, "401", *call, env=self.env)
        with self.box.scenario("key_delay=5"):
            self.succeeds("doctor", "--wait", "60s", *call[2:], env=self.env)
            self.succeeds(*call, env=self.env)

    def test_an_auditor_sees_keys_without_their_validity(self) -> None:
        """Details are for those who may read secrets."""
        self.created("--name", "key")
        auditor = self.platform.token("audit@example.com", "auditor")
        rows = self.succeeds("service-key", "list", *self.options(auditor), "-o", "json").json
        self.assertEqual([(row["name"], row["validUntil"]) for row in rows], [("key", None)])
        self.refuses(8, "404", "service-key", "download", "key", *self.options(auditor), "--out",
                     "other.json")
        self.refuses(7, ["403", "Space Developer"], "service-key", "delete", "key",
                     *self.options(auditor), "--yes")
        self.assertEqual(self.names(), ["key"])

    def test_a_private_key_is_not_shown(self) -> None:
        """Keys of type Certificate hold one; a file that takes it is its owner's."""
        document = self.box.register_type("generated", "certificate").read_text(encoding="utf-8")
        inside = json.loads(document)["oauth"]["key"].splitlines()[1]
        for more in (["-o", "json"], [], ["-vvv"]):
            done = self.succeeds("service-key", "list", *self.options(instance="generated"), *more)
            self.assertIn("generated", done.out)
            self.assertNotIn(inside, done.out + done.err)
        done = self.succeeds("service-key", "download", "generated",
                             *self.options(instance="generated"), "--out", "own.json", "-vvv")
        self.assertNotIn(inside, done.out + done.err)
        self.assertEqual((self.folder / "own.json").stat().st_mode & 0o777, 0o600)

    def test_instances_as_people_name_them(self) -> None:
        """A comma, an ampersand, an umlaut, a name that looks like a GUID to nobody."""
        for name in ("Größe, a & b", "100%+", "it's/mine?"):
            with self.subTest(name=name):
                self.platform.instance(name)
                self.succeeds("service-key", "create", *self.options(instance=name), "--cert",
                              chain_of(KEY), "--out", "odd.json", "--yes", "--name", name[:8])
                done = self.succeeds("service-key", "delete", name[:8],
                                     *self.options(instance=name), "--yes")
                self.assertIn("deleted", done.err)

    def test_an_instance_that_takes_no_keys(self) -> None:
        """What to do is told where the broker tells the parameters."""
        self.platform.instance("old", grant_type="client_x509")
        create: list[Option] = ["service-key", "create", *self.options(instance="old"), "--cert",
                                chain_of(KEY), "--out", "new.json"]
        with self.box.scenario("cf_parameters=1"):
            self.refuses(1, ["client_x509", "client_credentials"], *create)
        self.no_file()

    def test_no_secret_at_the_highest_level(self) -> None:
        """Neither token nor password."""
        password = self.platform.password()
        done = self.succeeds(*self.create("-vvv"))
        self.assertNotIn(self.canary, done.err)
        self.assertNotIn("CanarySandbox", done.out + done.err)
        done = self.succeeds("service-key", "list", "--cf-api", self.platform.cf_api, "--ca",
                             self.box.ca, "--cf-user", "dev@example.com", "--cf-password-source",
                             f"file:{password}", "-vvv")
        self.assertNotIn("CanarySandbox", done.out + done.err)


if __name__ == "__main__":
    unittest.main()
