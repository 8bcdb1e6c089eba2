#!/usr/bin/env python3
"""cihsm service-key check: what is wrong with a service key, said before the tenant is asked."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any, Optional

from harness import CANARY_PIN, CihsmTest, Option, Result, openssl
from tokens import MODULE, TOKEN_URI, ca_folder, chain_of, copy_token, serial_of

URL = "https://tenant.it-cpi001.cfapps.eu10.hana.ondemand.com"
TOKEN_URL = "https://tenant.authentication.cert.eu10.hana.ondemand.com/oauth/token"


def document(label: str = "ec-p256", **changed: Any) -> dict[str, Any]:
    """An External Certificate key for a key of the master token; None leaves a field out."""
    fields: dict[str, Any] = {
        "clientid": "sb-check!b1|it!b1", "url": URL, "tokenurl": TOKEN_URL,
        "certificate": openssl("x509", "-in", chain_of(label)).decode()} | changed
    return {"oauth": {name: value for name, value in fields.items() if value is not None}}


class CheckTest(CihsmTest):
    """Without a token"""

    def check(self, content: dict[str, Any], *arguments: Option) -> Result:
        """One run with JSON on stdout."""
        path = self.write("key.json", json.dumps(content))
        return self.cihsm("service-key", "check", path, "-o", "json", *arguments)

    def finds(self, code: Optional[str], content: dict[str, Any], *arguments: Option,
              level: str = "error") -> dict[str, Any]:
        """A finding of this code, and the exit code that goes with its level."""
        done = self.check(content, *arguments)
        report = done.json
        bad = [found["code"] for found in report["findings"] if found["level"] == level]
        self.assertEqual(bad, [] if code is None else [code], done.out)
        self.assertEqual(done.code, 13 if report["errors"] else 0)
        self.assertEqual(report["errors"], 1 if code and level == "error" else 0)
        return report

    def test_a_good_key_with_its_chain(self) -> None:
        """Nothing but hints; stderr stays empty."""
        report = self.finds(None, document(), "--chain", chain_of("ec-p256"))
        self.assertEqual((report["type"], report["warnings"]), ("External Certificate", 0))
        self.assertEqual(len(report["chain"]), 2)
        self.assertEqual(self.check(document()).err, "")

    def test_a_chain_of_another_key(self) -> None:
        """Both are named."""
        self.finds("service-key-differs", document(), "--chain", chain_of("rsa-2048"))
        self.finds("issuer-missing", document(), "--chain",
                   self.write("leaf.pem", openssl("x509", "-in", chain_of("ec-p256"))))
        self.finds("chain-unusable", document(), "--chain", ca_folder() / "intermediate.pem")

    def test_roots_of_the_load_balancer(self) -> None:
        """Given, they are compared."""
        chain = ["--chain", chain_of("ec-p256"), "--lb-roots"]
        self.finds(None, document(), *chain, ca_folder() / "root.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=Other", "-keyout", self.folder / "o.key", "-out",
                self.folder / "o.pem")
        self.finds("issuer-missing", document(), *chain, self.folder / "o.pem")

    def test_the_chain_of_the_profile(self) -> None:
        """And its service key; its module is not even loaded."""
        key = self.write("key.json", json.dumps(document()))
        config = self.folder / "config"
        self.succeeds("profile", "create", "p", "--config", config, "--service-key", key,
                      "--chain", chain_of("rsa-2048"), "--module", "/nonexistent/module.so")
        self.assertEqual(self.cihsm("service-key", "check", "--config", config, "--profile",
                                    "p").code, 13)

    def test_details_of_the_certificate(self) -> None:
        """Compared as names, numbers and times, not as text."""
        good = {"subjectdn": "C=DE, O=Example, CN=ec-p256",
                "serialnumber": "0x00" + serial_of(chain_of("ec-p256"))}
        self.finds(None, document(certificatedetails=good))
        for field, value in {"subjectdn": "CN=x", "issuerdn": "CN=x", "serialnumber": "0x1",
                             "validuntil": "2023-06-24T12:56:52.000Z"}.items():
            with self.subTest(field=field):
                self.finds("details-differ", document(certificatedetails={field: value}))

    def test_the_fields(self) -> None:
        """What cannot work is an error, what may not a warning."""
        chain = chain_of("ec-p256").read_text()
        cases: list[tuple[str, str, dict[str, Any]]] = [
            ("error", "field-missing", {"url": None}),
            ("error", "url-malformed", {"url": "http://tenant"}),
            ("error", "url-malformed", {"tokenurl": "tenant"}),
            ("error", "field-malformed", {"clientid": 7}),
            ("error", "type-unclear", {"certificate": None}),
            ("error", "certificate-unusable", {"certificate": "-----BEGIN"}),
            ("error", "certificate-unusable", {"certificate": chain}),
            ("warn", "field-missing", {"tokenurl": None}),
            ("warn", "url-runtime-host", {"url": URL.replace(".cfapps", "-rt.cfapps")}),
            ("warn", "url-has-path", {"url": URL + "/itspaces"}),
            ("warn", "token-path", {"tokenurl": TOKEN_URL.removesuffix("/token")}),
            ("info", "chain-not-checked", {}),
        ]
        for level, code, changed in cases:
            with self.subTest(code=code, changed=list(changed)):
                self.finds(code, document(**changed), level=level)

    def test_other_types(self) -> None:
        """The secrets are not shown."""
        secret = document(certificate=None, clientsecret="canary-secret",
                          tokenurl=TOKEN_URL.replace(".cert", ""))
        done = self.check(secret)
        self.assertEqual((done.code, done.json["type"]), (0, "ClientId/Secret"), done.out)
        self.assertNotIn("canary-secret", done.out + done.err)
        self.finds("token-host-cert", document(certificate=None, clientsecret="s"), level="warn")
        key = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256").decode()
        self.finds("certificate-unusable", document(key=key))

    def test_a_table_for_people(self) -> None:
        """Sentence and action of each finding; one line on stderr."""
        path = self.write("key.json", json.dumps(document(url=None)))
        done = self.cihsm("service-key", "check", path)
        self.assertEqual(done.code, 13)
        self.assertIn("the field url is missing (field-missing)", done.out)
        self.assertIn("-> copy the service key again", done.out)
        self.assertRegex(done.out, r"result +NOT OK\n")
        self.message(done, ["1 error found in service key", "the field url is missing"])
        good = self.write("good.json", json.dumps(document()))
        self.assertRegex(self.succeeds("service-key", "check", good).out, r"result +ok\n")

    def test_what_is_no_service_key(self) -> None:
        """Is no finding: exit code 3."""
        for content, words in {"": "is empty", "[]": "not a service key",
                               '{"clientId":"x"}': "API Management",
                               '{"X.509":"x"}': "the parameters that create a key"}.items():
            with self.subTest(content=content):
                self.refuses(3, words, "service-key", "check", self.write("k.json", content))
        self.refuses(3, "nowhere.json", "service-key", "check", Path("nowhere.json"))
        good = self.write("good.json", json.dumps(document()))
        self.refuses(3, "chain", "service-key", "check", good, "--chain", "nowhere.pem")
        self.refuses(2, "no service key is given", "service-key", "check")
        self.refuses(2, "--days", "service-key", "check", good, "--days", "x")

    def test_a_secret_that_others_may_read(self) -> None:
        """Only a warning."""
        path = self.write("key.json", json.dumps(document(
            certificate=None, clientsecret="s", tokenurl=TOKEN_URL.replace(".cert", ""))), 0o644)
        done = self.succeeds("service-key", "check", path, "-o", "json")
        self.assertEqual([one["code"] for one in done.json["findings"]], ["secret-readable"])


class TokenTest(CihsmTest):
    """With the key on the token"""

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")
        self.path = self.write("key.json", json.dumps(document()))

    def check(self, *arguments: Option) -> Result:
        """One run."""
        return self.cihsm("service-key", "check", self.path, *arguments, env=self.token.env)

    def test_the_key_of_the_certificate(self) -> None:
        """--key asks for it, and so does --token-key."""
        self.assertEqual(self.check(*self.token.options("ec-p256")).code, 0)
        done = self.check(*self.token.options("ec-p384"))
        self.assertEqual(done.code, 13)
        self.message(done, ["the certificate in the service key is not that of the key", "ec-p384"])
        everything = self.check("--token-key", *self.token.options())
        self.assertEqual(everything.code, 5)  # several keys: which one is meant?
        self.assertIn("several", everything.err)

    def test_the_token_is_not_touched_unasked(self) -> None:
        """Nor for a file that is wrong anyway."""
        unasked = self.check("-vvv", *self.token.options())
        self.assertEqual((unasked.code, unasked.calls), (0, []))
        wrong = self.cihsm("service-key", "check", "nowhere.json", "-vvv", "--token-key",
                           *self.token.options("ec-p256"), env=self.token.env)
        self.assertEqual((wrong.code, wrong.calls), (3, []))

    def test_a_wrong_pin(self) -> None:
        """Exit code 4, no report."""
        bad = self.write("bad-pin", CANARY_PIN + "x")
        self.refuses(4, "PIN", "service-key", "check", self.path, "--token-key", "--module", MODULE,
                     "--token", TOKEN_URI, "--pin-source", f"file:{bad}", env=self.token.env)
        self.refuses(3, "no PKCS#11 module", "service-key", "check", self.path, "--token-key")


if __name__ == "__main__":
    unittest.main()
