#!/usr/bin/env python3
"""Logging in by OAuth: tokens by client certificate and by client secret (contract section 3)."""

from __future__ import annotations

import json
import re
import socket
import unittest
from contextlib import closing
from pathlib import Path
from typing import Any

from harness import CA_SCRIPT, RETRIES, SHIM, CihsmTest, Option, Result, tool
from tenants import Sandbox
from tokens import KEYS, MODULE, Token, chain_of, copy_token, serial_of

LOGS = "MessageProcessingLogs"
COUNT = f"{LOGS}/$count"
ENTRIES = "2500"  # three pages
KEY = "ec-p256"
LOGIN_HOST = "sandbox.authentication.localhost"
CERT_HOST = "sandbox.authentication.cert.localhost"
TOKEN_REQUEST = "POST /oauth/token "
# What the sandbox issues: nothing else in any output is so long without a blank or a slash.
TOKEN_FORM = re.compile(r"[A-Za-z0-9_-]{64}")


class OAuthTest(CihsmTest):
    """A sandbox with a service key of each type."""

    box: Sandbox
    token: Token
    secret_key: Path
    software_key: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", ENTRIES)
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")
        cls.secret_key = cls.box.register_type("secret", "secret")
        cls.software_key = cls.box.register_type("software", "certificate")
        cls.box.service_key(KEY)

    def judged(self, done: Result) -> Result:
        """No secret and no token is ever shown; nothing is left on disk."""
        super().judged(done)
        shown = (done.stdout + done.stderr).decode(errors="replace")
        self.assertNotIn(self.secret(), shown)
        if LOGS in done.arguments or COUNT in done.arguments:
            self.assertIsNone(TOKEN_FORM.search(done.stderr.decode(errors="replace")))
        return done

    def secret(self) -> str:
        """The client secret."""
        return str(json.loads(self.secret_key.read_text())["oauth"]["clientsecret"])

    def options(self, kind: str) -> list[Option]:
        """The options of a call with a key of a type."""
        if kind == "external":
            return self.box.options(self.token, KEY)
        path = self.secret_key if kind == "secret" else self.software_key
        return ["--service-key", path, "--ca", self.box.ca]

    def get(self, kind: str, *arguments: Option) -> Result:
        """A call that works."""
        return self.succeeds("get", *arguments, *self.options(kind), env=self.token.env)

    def changed(self, path: Path, **fields: Any) -> Path:
        """A copy of a service key with other fields; None leaves one out."""
        document = json.loads(path.read_text())["oauth"] | fields
        return self.write("changed.json", json.dumps(
            {"oauth": {name: value for name, value in document.items() if value is not None}}))

    def with_key(self, path: Path) -> list[Option]:
        """The options of the token's key with another service key file."""
        options = self.box.options(self.token, KEY)
        options[options.index("--service-key") + 1] = path
        return options

    def fails(self, code: int, words: list[str], kind: str, *arguments: Option) -> str:
        """A call that fails with nothing on standard output."""
        return self.refuses(code, words, "get", COUNT, *arguments, *self.options(kind),
                            env=self.token.env)


class WayTest(OAuthTest):
    """Which key logs in how, and what the hosts see of it."""

    def test_every_type_of_key_in_every_way_it_can(self) -> None:
        """The default first."""
        for kind, ways in {"external": ("certificate", "oauth-certificate"),
                           "software": ("certificate", "oauth-certificate"),
                           "secret": ("oauth-secret", "oauth-secret")}.items():
            for way in ("", *ways):
                chosen = ["--auth", way] if way else []
                mark = self.box.mark()
                with self.subTest(kind=kind, way=way):
                    self.assertEqual(self.get(kind, COUNT, *chosen).out, ENTRIES)
                    self.seen_as(way or ways[0], mark)

    def seen_as(self, way: str, mark: int) -> None:
        """What the load balancer logged: a certificate at one host only, or at none."""
        count = 1 if way == "certificate" else 2
        seen = [(line["host"], line["verify"], line["status"])
                for line in self.box.seen(mark, count)]
        api = ("localhost", "SUCCESS" if way == "certificate" else "NONE", 200)
        before = {"certificate": [], "oauth-certificate": [(CERT_HOST, "SUCCESS", 200)],
                  "oauth-secret": [(LOGIN_HOST, "NONE", 200)]}[way]
        self.assertEqual(seen, [*before, api])

    def test_every_key_of_a_token_gets_a_token(self) -> None:
        """RSA and EC; one signature, whose record names the host it was made for."""
        for key in KEYS:
            with self.subTest(key=key):
                done = self.succeeds("get", COUNT, "-vvv", "--auth", "oauth-certificate",
                                     *self.box.options(self.token, key), env=self.token.env)
                self.assertEqual(done.out, ENTRIES)
                self.assertEqual(done.count("C_Sign"), 1)
                records = [line for line in done.err.splitlines() if "signature time=" in line]
                self.assertEqual(len(records), 1)
                self.assertIn(f"for={CERT_HOST}:{self.box.info['port']} ", records[0])

    def test_the_certificate_shown_is_that_of_the_key(self) -> None:
        """By its serial number."""
        mark = self.box.mark()
        self.get("external", COUNT, "--auth", "oauth-certificate")
        self.assertEqual(self.box.seen(mark, 2)[0]["serial"], serial_of(chain_of(KEY)))

    def test_a_secret_key_needs_neither_module_nor_pin(self) -> None:
        """A module that does not exist is not looked at."""
        self.assertEqual(self.get("secret", COUNT, "--module", "/none.so").out, ENTRIES)

    def test_one_token_serves_all_pages(self) -> None:
        """And one connection to the token host."""
        mark = self.box.mark()
        self.assertEqual(len(self.get("secret", LOGS, "--all", "--select", "MessageGuid").jsonl),
                         int(ENTRIES))
        seen = self.box.seen(mark, 4)
        self.assertEqual(len([line for line in seen if TOKEN_REQUEST in line["request"]]), 1)

    def test_the_way_comes_from_environment_and_profile_too(self) -> None:
        """Named like the option."""
        self.refuses(3, ["oauth-secret"], "get", COUNT, *self.options("secret"),
                     env={"CIHSM_AUTH": "certificate"})
        config = self.folder / "config"
        self.succeeds("profile", "create", "p", "--config", config, "--service-key",
                      self.software_key, "--ca", self.box.ca, "--auth", "oauth-certificate")
        mark = self.box.mark()
        self.succeeds("get", COUNT, "--config", config, "--profile", "p")
        self.seen_as("oauth-certificate", mark)

    def test_a_way_that_does_not_fit_the_key(self) -> None:
        """Before the token is touched: no module is there."""
        for kind, way, words in (
                ("external", "oauth-secret", ["External Certificate", "oauth-certificate"]),
                ("software", "oauth-secret", ["Certificate", "oauth-certificate"]),
                ("secret", "certificate", ["ClientId/Secret", "--auth oauth-secret"]),
                ("secret", "oauth-certificate", ["ClientId/Secret", "--auth oauth-secret"])):
            with self.subTest(kind=kind, way=way):
                self.fails(3, words, kind, "--auth", way, "--module", "/none.so")

    def test_a_way_that_does_not_exist(self) -> None:
        """The three are named."""
        self.fails(2, ["certificate, oauth-certificate or oauth-secret", '"basic"'], "secret",
                   "--auth", "basic")

    def test_fields_that_oauth_needs(self) -> None:
        """Told before the token is touched; direct mutual TLS does without them."""
        for field in ("clientid", "tokenurl"):
            path = self.changed(self.box.service_key(KEY), **{field: None})
            with self.subTest(field=field):
                self.refuses(3, [f"no field {field}", "--auth certificate"], "get", COUNT,
                             "--auth", "oauth-certificate", *self.with_key(path),
                             "--module", "/none.so", env=self.token.env)
                self.succeeds("get", COUNT, *self.with_key(path), env=self.token.env)


class DiscoveryTest(OAuthTest):
    """A token host without .cert. in its name says where certificates are taken."""

    def plain(self) -> list[Option]:
        """The options of a key whose tokenurl is the host for secrets."""
        url = json.loads(self.secret_key.read_text())["oauth"]["tokenurl"]
        path = self.changed(self.box.service_key(KEY), tokenurl=url)
        return ["--auth", "oauth-certificate", *self.with_key(path)]

    def test_the_host_for_certificates_is_discovered(self) -> None:
        """Without showing the certificate to the other one."""
        mark = self.box.mark()
        self.succeeds("get", COUNT, *self.plain(), env=self.token.env)
        self.assertEqual([(line["host"], line["verify"]) for line in self.box.seen(mark, 3)],
                         [(LOGIN_HOST, "NONE"), (CERT_HOST, "SUCCESS"), ("localhost", "NONE")])

    def test_a_host_that_names_none(self) -> None:
        """Nothing is guessed."""
        with self.box.scenario("no_mtls_alias=1"):
            self.refuses(11, ["mtls_endpoint_aliases", LOGIN_HOST, "--auth certificate"], "get",
                         COUNT, *self.plain(), env=self.token.env)


class RenewalTest(OAuthTest):
    """Tokens that do not last."""

    def all_pages(self, kind: str, *arguments: Option) -> int:
        """All entries, over three pages; returns how many tokens it took."""
        mark = self.box.mark()
        done = self.get(kind, LOGS, "--all", "--select", "MessageGuid", *arguments)
        self.assertEqual(len({entry["MessageGuid"] for entry in done.jsonl}), int(ENTRIES))
        seen = self.box.seen(mark, 4)
        return len([line for line in seen if TOKEN_REQUEST in line["request"]])

    def test_a_token_made_invalid_early_is_replaced(self) -> None:
        """By one 401 each; the page is asked for again."""
        for kind, way in (("secret", "oauth-secret"), ("external", "oauth-certificate")):
            with self.subTest(kind=kind), self.box.scenario("token_uses=1"):
                self.assertEqual(self.all_pages(kind, "--auth", way), 3)

    def test_a_token_is_renewed_before_it_expires(self) -> None:
        """No request is refused for it."""
        with self.box.scenario("token_expires_in=2", "delay_ms=1900"):
            mark = self.box.mark()
            self.assertGreaterEqual(self.all_pages("secret"), 3)
            self.assertNotIn(401, [line["status"] for line in self.box.seen(mark, 4)])

    def test_one_refused_token_is_nothing_to_talk_about(self) -> None:
        """The first token never works."""
        with self.box.scenario("tokens_invalid=1"):
            self.assertEqual(self.get("secret", COUNT).err, "")

    def test_a_second_refusal_ends_it(self) -> None:
        """Two tokens, two requests, then the likely cause."""
        with self.box.scenario("tokens_invalid=9"):
            mark = self.box.mark()
            self.fails(7, ["401 from tenant", "a token just issued by", LOGIN_HOST,
                           "same subaccount"], "secret")
            self.assertEqual([line["status"] for line in self.box.seen(mark, 4)],
                             [200, 401, 200, 401])

    def test_a_missing_role_is_told_as_with_a_certificate(self) -> None:
        """403 is no reason for a new token."""
        with self.box.scenario("role_missing=1"):
            mark = self.box.mark()
            self.fails(7, ["403 from tenant", "MonitoringDataRead"], "secret")
            self.assertEqual(len(self.box.seen(mark, 2)), 2)


class RefusalTest(OAuthTest):
    """The token server says no, or says nothing of use."""

    def test_a_wrong_secret(self) -> None:
        """The wrong one is not shown either."""
        wrong = "wr0ng$canary+value="
        path = self.changed(self.secret_key, clientsecret=wrong)
        for more in ([], ["-vvv"], ["-o", "json"]):
            done = self.cihsm("get", COUNT, "--service-key", path, "--ca", self.box.ca, *more)
            self.assertEqual(done.code, 7, done.err)
            self.assertIn("Bad credentials", done.err)
            self.assertIn("copy the service key again", done.err)
            self.assertNotIn("canary", done.out + done.err)

    def test_a_certificate_that_is_not_the_clients(self) -> None:
        """The client id of another key."""
        path = self.changed(self.box.service_key(KEY), clientid=json.loads(
            self.software_key.read_text())["oauth"]["clientid"])
        self.refuses(7, ["401 from token server", "Client authentication failed", "--chain",
                         "own list"], "get", COUNT, "--auth", "oauth-certificate",
                     *self.with_key(path), env=self.token.env)

    def test_a_client_that_is_gone(self) -> None:
        """The service key was deleted."""
        path = self.box.register_type("gone", "secret")
        self.box.unregister("gone")
        self.refuses(7, ["Client with requested ID does not exist", "make a new service key"],
                     "get", COUNT, "--service-key", path, "--ca", self.box.ca)

    def test_each_status_of_the_token_server_has_its_exit_code(self) -> None:
        """In every shape of body."""
        cases = {400: 1, 401: 7, 403: 7, 404: 3, 429: 12, 302: 11, 500: 10, 503: 10}
        for status, code in cases.items():
            for form in ("json", "html", "empty"):
                with self.subTest(status=status, form=form), self.box.scenario(
                        f"oauth_status={status}", f"oauth_body={form}"):
                    text = self.fails(code, [f"{status} from token server https://{LOGIN_HOST}"],
                                      "secret")
                    self.assertNotIn("<", text)

    def test_the_reason_is_escaped(self) -> None:
        """It is the server's, not ours."""
        with self.box.scenario("oauth_error=no\u009b2Jway"):
            self.assertNotIn("\u009b", self.fails(7, ["no", "way"], "secret"))

    def test_a_page_instead_of_a_token(self) -> None:
        """200, but no JSON."""
        with self.box.scenario("oauth_html=1"):
            self.fails(11, ["token server", "no JSON object", "token URL"], "secret")

    def test_a_token_host_that_cannot_be_reached(self) -> None:
        """It is said that it was about the token."""
        with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
            port = reserved.getsockname()[1]
        path = self.changed(self.secret_key, tokenurl=f"https://{LOGIN_HOST}:{port}/oauth/token")
        mark = self.box.mark()
        self.refuses(6, ["no OAuth token: no connection to", f"{LOGIN_HOST}:{port}"], "get", COUNT,
                     "--service-key", path, "--ca", self.box.ca)
        self.assertEqual(self.box.seen(mark, 0), [])

    def test_a_token_host_that_is_not_trusted(self) -> None:
        """The secret is not sent to whoever answers."""
        mark = self.box.mark()
        self.refuses(6, ["no OAuth token: ", "is not trusted", "--ca"], "get", COUNT,
                     "--service-key", self.secret_key)
        self.assertEqual([line for line in self.box.seen(mark, 0) if line["status"] == 200], [])

    @unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
    def test_a_failed_signature_is_told_as_what_it_is(self) -> None:
        """Not as a failed handshake with the token host; in one attempt."""
        options = self.box.options(self.token, KEY)
        options[options.index("--module") + 1] = str(SHIM)
        for action, code, words in (("CKR_DEVICE_MEMORY", 5, "CKR_DEVICE_MEMORY"),
                                    ("delay 600000", 12, "token not answering")):
            with self.subTest(action):
                env = {**self.token.env, **RETRIES, "CIHSM_SHIM_MODULE": str(MODULE),
                       "CIHSM_SHIM_RULES": str(self.write("rules", f"C_Sign -> {action}\n"))}
                text = self.refuses(code, ["no OAuth token: ", words], "get", COUNT, "--auth",
                                    "oauth-certificate", "--token-timeout", "2", *options, env=env)
                self.assertNotIn("handshake", text)
                self.assertNotIn("attempt", text)

    def test_a_ca_that_only_the_api_host_accepts(self) -> None:
        """Direct mutual TLS works, the token server drops the certificate (contract 3.4)."""
        tool(CA_SCRIPT, "init", self.folder / "ca", "--name", "Other")
        box = Sandbox("--entries", "10", "--token-root", str(self.folder / "ca" / "root.pem"))
        self.addCleanup(box.stop)
        options = box.options(self.token, KEY)
        self.succeeds("get", COUNT, *options, env=self.token.env)
        self.refuses(7, ["401 from token server", "chain ends at issuer", "cihsm test Root CA",
                         "Sandbox SAP Cloud Root CA", "--auth certificate"], "get", COUNT,
                     "--auth", "oauth-certificate", *options, env=self.token.env)


class SecrecyTest(OAuthTest):
    """The secret and the tokens: judged() looks for them in every output of this file."""

    def test_nothing_is_written_to_disk(self) -> None:
        """No cache of tokens, no cookie file."""
        before = sorted(self.folder.rglob("*"))
        self.get("secret", COUNT, "-vvv")
        self.get("software", COUNT, "--auth", "oauth-certificate", "-vvv")
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def test_a_key_file_that_others_may_read_is_told(self) -> None:
        """It holds a client secret."""
        path = self.write("open.json", self.secret_key.read_text(), mode=0o644)
        done = self.succeeds("get", COUNT, "--service-key", path, "--ca", self.box.ca)
        self.assertIn("holds a client secret", done.err)
        self.assertIn("chmod 600", done.err)

    def test_the_log_tells_of_the_token_without_it(self) -> None:
        """Whence, how, how long."""
        done = self.get("secret", COUNT, "-v")
        self.assertIn(f"OAuth token by client secret from https://{LOGIN_HOST}", done.err)
        self.assertIn("for 43200 s", done.err)


if __name__ == "__main__":
    unittest.main()
