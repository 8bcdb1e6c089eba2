#!/usr/bin/env python3
"""Who the client is: service key types, chains, and what a refusal says about its cause."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Sequence

from harness import CA_SCRIPT, CihsmTest, Option, openssl, tool
from tenants import Sandbox
from tokens import (MODULE, TOKEN_URI, ca_folder, chain_of, copy_token, request_of,
                    serial_of)

LOGS = "MessageProcessingLogs"
KEY = "ec-p256"


class IdentityTest(CihsmTest):
    """Against one sandbox, with a token of its own."""

    box: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "30")
        cls.addClassCleanup(cls.box.stop)

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def options(self, service_key: Path, chain: Path | None, key: str = KEY) -> list[Option]:
        """The options of a call."""
        given: list[Option] = [] if chain is None else ["--chain", chain]
        return ["--service-key", service_key, "--ca", self.box.ca, *given,
                *self.token.options(key)]

    def first_certificate(self, chain: Path) -> Path:
        """A file with the leaf only."""
        return self.write("leaf.pem", openssl("x509", "-in", chain))

    def refused(self, words: Sequence[str], options: list[Option]) -> str:
        """A call that the tenant refuses: exit code 7."""
        return self.refuses(7, words, "get", LOGS, *options, env=self.token.env)


class ChainOnTokenTest(IdentityTest):
    """Without --chain the token's certificates are sent."""

    def import_certificate(self, pem: bytes, label: str) -> None:
        """Writes a certificate to the token."""
        der = self.write("certificate.der", openssl("x509", "-outform", "DER", stdin=pem))
        tool("pkcs11-tool", "--module", MODULE, "--token-label", "integration", "--login", "--pin",
             "env:TEST_PIN", "--write-object", der, "--type", "cert", "--label", label,
             env={**self.token.env, "TEST_PIN": self.token.pin.read_text(),
                  "PATH": "/usr/bin:/bin"})

    def test_leaf_and_intermediate_on_the_token_are_sent(self) -> None:
        """The load balancer verifies them with its root alone."""
        self.import_certificate(chain_of(KEY).read_bytes(), KEY)
        self.import_certificate((ca_folder() / "intermediate.pem").read_bytes(), "issuer")
        mark = self.box.mark()
        self.succeeds("get", LOGS, *self.options(self.box.service_key(KEY), None),
                      env=self.token.env)
        seen = self.box.seen(mark)[0]
        self.assertEqual((seen["verify"], seen["serial"]),
                         ("SUCCESS", serial_of(chain_of(KEY))))

    def test_unrelated_certificates_on_the_token_are_not_sent(self) -> None:
        """The path is built from the leaf of the service key."""
        for key in ("rsa-2048", "ec-p384", KEY):
            self.import_certificate(chain_of(key).read_bytes(), key)
        self.import_certificate((ca_folder() / "intermediate.pem").read_bytes(), "issuer")
        self.succeeds("get", LOGS, *self.options(self.box.service_key(KEY), None),
                      env=self.token.env)

    def test_the_intermediate_alone_is_enough(self) -> None:
        """The leaf stands in the service key."""
        self.import_certificate((ca_folder() / "intermediate.pem").read_bytes(), "issuer")
        self.succeeds("get", LOGS, *self.options(self.box.service_key(KEY), None),
                      env=self.token.env)

    def test_a_token_without_certificates_is_told(self) -> None:
        """A warning before the call, the cause after it."""
        done = self.cihsm("get", LOGS, *self.options(self.box.service_key(KEY), None),
                          env=self.token.env)
        self.assertEqual(done.code, 7)
        self.assertIn("cihsm: warning: the issuer CN=cihsm test Intermediate CA", done.err)
        self.message(done, ["401 from tenant", "Intermediate CA", "--chain"])


class KeyTypeTest(IdentityTest):
    """The three types of service keys."""

    def call(self, path: Path) -> list[Option]:
        """A call that names nothing but the service key and the server's root."""
        return ["get", f"{LOGS}/$count", "--service-key", path, "--ca", self.box.ca]

    def test_certificate_key_works_and_warns_once(self) -> None:
        """No module, no token, no PIN; but a private key in a file."""
        path = self.box.register_type("software", "certificate")
        mark = self.box.mark()
        done = self.succeeds(*self.call(path))
        self.assertEqual(done.out, "30")
        self.assertEqual(done.err.count("\n"), 1)
        self.assertIn(f"cihsm: warning: the private key of service key {path} stands in that file, "
                      "not on a token", done.err)
        self.assertEqual(self.box.seen(mark)[0]["verify"], "SUCCESS")

    def test_certificate_key_is_shown_without_its_private_key(self) -> None:
        """Not one line of it."""
        path = self.box.register_type("shown", "certificate")
        secret = json.loads(path.read_text())["oauth"]["key"].splitlines()[1:-1]
        for output in ("table", "json"):
            out = self.succeeds("service-key", "show", path, "-o", output).out
            self.assertNotIn("PRIVATE KEY", out)
            for line in secret:
                self.assertNotIn(line, out)

    def test_secret_key_logs_in_by_oauth(self) -> None:
        """And its secret is not shown; test_oauth.py has the rest."""
        path = self.box.register_type("secret", "secret")
        secret = json.loads(path.read_text())["oauth"]["clientsecret"]
        done = self.succeeds(*self.call(path), "-vvv")
        self.assertEqual(done.out, "30")
        self.assertNotIn(secret, done.err)
        self.assertNotIn(secret, self.succeeds("service-key", "show", path).out)

    def test_forms_of_the_document_that_people_have(self) -> None:
        """Flat, nested, with BOM, CRLF, literal \\n, on one line."""
        fields = json.loads(self.box.service_key(KEY).read_text())["oauth"]
        pem = fields["certificate"]
        forms = {
            "flat": json.dumps(fields),
            "nested": json.dumps({"credentials": {"oauth": fields}}),
            "bom": "\ufeff" + json.dumps({"oauth": fields}),
            "crlf": json.dumps({"oauth": fields}, indent=1).replace("\n", "\r\n"),
            "pem-crlf": json.dumps({"oauth": {**fields, "certificate": pem.replace("\n", "\r\n")}}),
            "literal": json.dumps({"oauth": {**fields, "certificate": pem.replace("\n", "\\n")}}),
            "one-line": json.dumps({"oauth": {**fields, "certificate": pem.replace("\n", "")}}),
            "with-path": json.dumps({"oauth": {**fields, "url": fields["url"] + "/api/v1/"}}),
        }
        for name, text in forms.items():
            with self.subTest(form=name):
                path = self.write(f"{name}.json", text)
                self.succeeds("get", f"{LOGS}/$count", *self.options(path, chain_of(KEY)),
                              env=self.token.env)

    def test_params_are_what_the_cockpit_wants(self) -> None:
        """One line of JSON with the leaf only, from a chain; no token is needed."""
        out = self.succeeds("service-key", "params", "--cert", chain_of(KEY)).out
        params = json.loads(out)
        self.assertEqual(out.count("\n"), 1)
        self.assertEqual(params["X.509"].count("BEGIN CERTIFICATE"), 1)
        leaf = openssl("x509", "-in", chain_of(KEY), "-outform", "DER")
        self.assertEqual(openssl("x509", "-outform", "DER", stdin=params["X.509"].encode()), leaf)
        self.refuses(2, "--cert is missing", "service-key", "params")


class RefusalTest(IdentityTest):
    """401 and 403 with their likely cause."""

    def issued(self, ca: Path, *options: str) -> Path:
        """A chain for the key from this CA."""
        path = self.folder / "issued.pem"
        tool(CA_SCRIPT, "issue", ca, request_of(KEY), path, *options)
        return path

    def test_a_missing_intermediate_is_named(self) -> None:
        """The load balancer drops such a certificate without a word."""
        leaf = self.first_certificate(chain_of(KEY))
        mark = self.box.mark()
        done = self.cihsm("get", LOGS, *self.options(self.box.service_key(KEY), leaf),
                          env=self.token.env)
        self.assertEqual((done.code, done.out), (7, ""))
        self.message(done, ["401 from tenant", "only the leaf was sent",
                            "CN=cihsm test Intermediate CA", "add every intermediate to --chain"])
        self.assertIn("warning: the issuer CN=cihsm test Intermediate CA", done.err)
        self.assertNotEqual(self.box.seen(mark)[0]["verify"], "SUCCESS")

    def test_a_root_that_the_load_balancer_does_not_know_is_named(self) -> None:
        """With the list of those it named."""
        tool(CA_SCRIPT, "init", self.folder / "ca", "--name", "Foreign")
        chain = self.issued(self.folder / "ca")
        path = self.box.register("foreign", chain)
        text = self.refused(["401 from tenant", "CN=Foreign Root CA", "cihsm test Root CA"],
                            self.options(path, chain))
        self.assertIn("SAP Note 2801396", text)

    def test_a_certificate_in_no_service_key(self) -> None:
        """Accepted by the load balancer, unknown to the tenant; whatever the body looks like."""
        chain = self.issued(ca_folder())
        path = self.box.register("gone", chain)
        self.box.unregister("gone")
        for form in ("json", "xml", "html", "empty"):
            with self.subTest(form=form), self.box.scenario(f"body_401={form}"):
                text = self.refused(["401 from tenant", f"CN={KEY}", "is in no service key"],
                                    self.options(path, chain))
                self.assertNotIn("<", text)

    def test_without_names_of_issuers_the_message_stays_sensible(self) -> None:
        """The load balancer need not say which roots it knows."""
        box = Sandbox("--entries", "5", "--no-ca-names")
        self.addCleanup(box.stop)
        leaf = self.first_certificate(chain_of(KEY))
        options = self.options(box.service_key(KEY), leaf)
        options[options.index("--ca") + 1] = box.ca
        text = self.refused(["401 from tenant", "CN=cihsm test Intermediate CA",
                             "is in no service key, or"], options)
        self.assertNotIn("()", text)
        self.succeeds("get", LOGS, *box.options(self.token), env=self.token.env)

    def test_a_missing_role_is_named(self) -> None:
        """403, with the role that the resource asks for."""
        self.box.service_key(KEY)
        with self.box.scenario("role_missing=1"):
            self.refused(["403 from tenant", "lacks a role", "MonitoringDataRead", "an hour"],
                         self.options(self.box.service_key(KEY), chain_of(KEY)))

    def test_a_role_for_the_content_is_another_one(self) -> None:
        """Reading a payload asks for more than reading the log."""
        options = self.options(self.box.service_key(KEY), chain_of(KEY))
        done = self.succeeds("get", LOGS, "--all", "--expand", "Attachments", "-o", "json",
                             *options, env=self.token.env)
        found = [part["Id"] for entry in done.json for part in entry["Attachments"]]
        path = f"MessageProcessingLogAttachments('{found[0]}')/$value"
        self.refuses(7, ["403 from tenant", "MessagePayloadsRead"], "get", path, *options,
                     env=self.token.env)

    def test_strict_load_balancers_refuse_at_the_handshake(self) -> None:
        """A required certificate that cannot be verified: still a sentence."""
        box = Sandbox("--entries", "5", "--require-client-cert")
        self.addCleanup(box.stop)
        self.succeeds("get", LOGS, *box.options(self.token), env=self.token.env)
        leaf = self.first_certificate(chain_of(KEY))
        options = self.options(box.service_key(KEY), leaf)
        options[options.index("--ca") + 1] = box.ca
        done = self.cihsm("get", LOGS, *options, env=self.token.env)
        self.assertIn(done.code, (1, 6), done.err)
        self.message(done, "certificate")


class TokenUriTest(IdentityTest):
    """Ways to name the token and its key."""

    def works(self, *selection: str) -> None:
        """A call with the key chosen so."""
        self.succeeds("get", f"{LOGS}/$count", "--service-key", self.box.service_key(KEY), "--ca",
                      self.box.ca, "--chain", chain_of(KEY), "--module", MODULE, "--pin-source",
                      f"file:{self.token.pin}", *selection, env=self.token.env)

    def test_every_way_to_select_the_key(self) -> None:
        """One URI, two URIs, by id, by serial number, the only token."""
        listed = self.succeeds("key", "list", "-o", "json", *self.token.options(KEY),
                               env=self.token.env).json
        self.assertEqual(len(listed), 1)
        uri = listed[0]["Uri"]
        key_id = "".join(f"%{listed[0]['Id'][i:i + 2]}" for i in range(0, 32, 2))
        self.works("--token", f"{TOKEN_URI};object={KEY}")
        self.works("--token", TOKEN_URI, "--key", uri)
        self.works("--key", uri)
        self.works("--key", f"pkcs11:id={key_id}")
        serial = uri.partition("serial=")[2].partition(";")[0]
        self.works("--token", f"pkcs11:serial={serial}", "--key", f"pkcs11:object={KEY}")


if __name__ == "__main__":
    unittest.main()
