#!/usr/bin/env python3
"""csr create --generate and --like, and csr check: with openssl and certtool as judges."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any, Sequence

from harness import CihsmTest, Option, Result, openssl, tool
from tokens import (CA_SCRIPT, KEYS, MODULE, TOKEN_URI, ca_folder, chain_of, copy_token,
                    make_token)

SUBJECT = "CN=Müller & Söhne,O=Größe,C=DE"
SANS = ("DNS:a.example.com", "IP:192.0.2.1", "IP:2001:db8::1", "email:a@example.com",
        "URI:https://example.com/x")


def subject_der(*arguments: Option) -> bytes:
    """The bytes of a subject as openssl prints them in hex."""
    return openssl(*arguments, "-noout", "-subject", "-nameopt", "dump_all,dump_der,use_quote")


class CsrTest(CihsmTest):
    """What all of them need."""

    def check(self, *files: Option, **more: Any) -> Any:
        """What csr check says of files, as JSON; none of them is wrong."""
        return self.succeeds("csr", "check", *files, "-o", "json", **more).json

    def assert_accepted(self, path: Path) -> None:
        """By two programs that share no code with ours."""
        self.assertIn("verify OK", tool("sh", "-c", 'openssl req -verify -noout -in "$1" 2>&1',
                                        "sh", path).decode())
        self.assertIn("Self signature: verified",
                      tool("certtool", "--crq-info", "--infile", path).decode())


class GenerateTest(CsrTest):
    """csr create --generate"""

    def setUp(self) -> None:
        super().setUp()
        self.token = make_token(self.folder / "token")

    def create(self, *arguments: Option) -> Result:
        """A key and its CSR."""
        return self.succeeds("csr", "create", *arguments, *self.token.options(), env=self.token.env)

    def labels(self) -> list[str]:
        """Of the keys on the token."""
        listed = self.succeeds("key", "list", "-o", "json", *self.token.options(),
                               env=self.token.env).json
        return sorted(row["Label"] for row in listed)

    def test_a_key_of_every_type_and_its_request_in_one_command(self) -> None:
        """Accepted by openssl and GnuTLS, with UTF-8 and every kind of name."""
        names = [part for name in SANS for part in ("--san", name)]
        for label, kind in KEYS.items():
            for extra in ([[], ["--pss"]] if label == "rsa-2048" else [[]]):
                with self.subTest(kind=kind, extra=extra):
                    path = self.folder / f"{label}{''.join(extra)}.csr"
                    done = self.create("--generate", kind, "--label", path.stem, "--digest",
                                       "sha384", "--subject", SUBJECT, *names, *extra,
                                       "--out", path)
                    self.assertIn(f'key "{path.stem}" generated', done.err)
                    self.assert_accepted(path)
                    shown = self.check(path)[0]
                    self.assertEqual(shown["subject"], SUBJECT)
                    self.assertEqual(shown["san"], list(SANS))
                    self.assertEqual(shown["extendedKeyUsage"], ["clientAuth"])
                    self.assertEqual(shown["keyUsage"], ["digitalSignature"])
                    self.assertEqual(shown["findings"], [])
        self.assertEqual(self.labels(), sorted([*KEYS, "rsa-2048--pss"]))

    def test_an_id_can_be_given_and_der_written(self) -> None:
        """The key can be used afterwards by that id."""
        path = self.folder / "a.der"
        self.create("--generate", "ec:P-256", "--label", "a", "--id", "0a0B", "--subject", "CN=a",
                    "--der", "--out", path)
        self.assertEqual(self.check(path)[0]["subject"], "CN=a")
        again = self.succeeds("csr", "create", "--subject", "CN=b", *self.token.options(),
                              "--key", "pkcs11:id=%0a%0b", env=self.token.env)
        self.assertEqual(self.check("-", stdin=again.stdout)[0]["publicKeySha256"],
                         self.check(path)[0]["publicKeySha256"])

    def test_a_key_whose_request_failed_stays_and_the_message_says_how_to_go_on(self) -> None:
        """And what it says works."""
        said = self.refuses(1, ["/nowhere/a.csr", 'the key "kept" was generated and stays',
                                "instead of --generate"],
                            "csr", "create", "--generate", "ec:P-256", "--label", "kept", "--id",
                            "c0ffee", "--subject", "CN=a", "--out", "/nowhere/a.csr",
                            *self.token.options(), env=self.token.env)
        uri = said.partition('--key "')[2].partition('"')[0]
        self.assertEqual(uri, "pkcs11:id=%C0%FF%EE")
        self.succeeds("csr", "create", "--key", uri, "--subject", "CN=a", *self.token.options(),
                      env=self.token.env)

    def test_a_label_that_exists_makes_neither_key_nor_request(self) -> None:
        """Exit code 9."""
        self.create("--generate", "ec:P-256", "--label", "one", "--subject", "CN=a")
        self.refuses(9, "is on the token already", "csr", "create", "--generate", "ec:P-256",
                     "--label", "one", "--subject", "CN=a", *self.token.options(),
                     env=self.token.env)
        self.assertEqual(self.labels(), ["one"])

    def test_mistakes_are_found_before_a_key_is_made(self) -> None:
        """Before a PIN is asked for, too: the PIN file does not exist."""
        subject = ["--subject", "CN=a"]
        new = ["--generate", "ec:P-256", "--label", "x"]
        cases: list[tuple[str, Sequence[Option]]] = [
            ('--generate is rsa:2048, rsa:3072, rsa:4096, ec:P-256 or ec:P-384, not "dsa:1024"',
             ["--generate", "dsa:1024", "--label", "x", *subject]),
            ('not "rsa"', ["--generate", "rsa", "--label", "x", *subject]),
            ("--label is missing", ["--generate", "ec:P-256", *subject]),
            ("--id takes 1 to 64 bytes in hex", [*new, "--id", "0x1", *subject]),
            ("use one of them", [*new, "--key", "pkcs11:object=x", *subject]),
            ("--label and --id are for --generate", ["--label", "x", *subject]),
            ("--label and --id are for --generate", ["--id", "01", *subject]),
            ("--pss is for RSA keys only", [*new, "--pss", *subject]),
            ("--subject is missing", new),
            ("the value of C must be two capital letters", [*new, "--subject", "CN=a,C=Germany"]),
            ("the value of CN breaks the limits of X.520", [*new, "--subject", "CN=" + "a" * 65]),
            ("the value of O breaks the limits of X.520", [*new, "--subject", "O=" + "ö" * 65]),
            ("is not TYPE=VALUE", [*new, "--subject", "CN=a,b"]),
            ("unknown attribute type", [*new, "--subject", "XX=a"]),
            ("the value of CN is empty", [*new, "--subject", "CN="]),
            ("unknown extended key usage", [*new, *subject, "--eku", "clientauth"]),
            ("unknown key usage", [*new, *subject, "--key-usage", "sign"]),
            ("must start with DNS:", [*new, *subject, "--san", "a.example.com"]),
            ("--digest is sha256, sha384 or sha512", [*new, *subject, "--digest", "md5"]),
        ]
        for words, arguments in cases:
            with self.subTest(words=words):
                self.refuses(2, words, "csr", "create", *arguments, "--module", MODULE, "--token",
                             TOKEN_URI, "--pin-source", "file:/nowhere", env=self.token.env)
        self.assertEqual(self.labels(), [])

    def test_a_uri_with_a_pin_is_refused_and_not_repeated(self) -> None:
        """RFC 7512 knows pin-value; a command line must not."""
        said = self.refuses(2, "pin-value", "csr", "create", "--subject", "CN=a", "--module",
                            MODULE, "--token", f"{TOKEN_URI}?pin-value=9876543", "--pin-source",
                            f"file:{self.token.pin}", env=self.token.env)
        self.assertNotIn("9876543", said)


class LikeTest(CsrTest):
    """csr create --like"""

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def create(self, *arguments: Option, key: str = "ec-p256") -> Path:
        """A CSR in a file."""
        path = self.folder / f"{len(list(self.folder.glob('*.csr')))}.csr"
        self.succeeds("csr", "create", *arguments, "--out", path, *self.token.options(key),
                      env=self.token.env)
        return path

    def issue(self, request: Path, *options: Option) -> Path:
        """A chain for it."""
        chain = request.with_suffix(".pem")
        tool(CA_SCRIPT, "issue", ca_folder(), request, chain, *options)
        return chain

    def test_a_renewal_keeps_subject_names_and_usages(self) -> None:
        """With the same key and with another one; the subject has the same bytes."""
        old = self.issue(self.create("--subject", "/C=DE/O=Größe/CN=Müller", "--key-usage",
                                     "digitalSignature"), "--san", "DNS:a.example,IP:192.0.2.1")
        for key in ("ec-p256", "rsa-2048"):
            with self.subTest(key=key):
                renewal = self.create("--like", old, key=key)
                self.assert_accepted(renewal)
                shown = self.check(renewal)[0]
                self.assertEqual(shown["san"], ["DNS:a.example", "IP:192.0.2.1"])
                self.assertEqual(shown["extendedKeyUsage"], ["clientAuth"])
                self.assertEqual(subject_der("req", "-in", renewal),
                                 subject_der("x509", "-in", old))

    def test_options_come_before_the_certificate(self) -> None:
        """One by one; --san "" drops the names."""
        old = self.issue(self.create("--subject", "CN=old,O=Kept"), "--san", "DNS:old.example")
        cases: list[tuple[Sequence[Option], str, Any]] = [
            ([], "subject", "CN=old,O=Kept"),
            (["--subject", "CN=new"], "subject", "CN=new"),
            ([], "san", ["DNS:old.example"]),
            (["--san", "DNS:new.example"], "san", ["DNS:new.example"]),
            (["--san", ""], "san", []),
            (["--eku", "clientAuth,serverAuth"], "extendedKeyUsage", ["clientAuth", "serverAuth"]),
            (["--key-usage", ""], "keyUsage", []),
        ]
        for arguments, name, wanted in cases:
            with self.subTest(arguments=arguments):
                renewal = self.create("--like", old, *arguments)
                self.assertEqual(self.check(renewal)[0][name], wanted)

    def test_a_renewal_with_a_new_key_in_one_command(self) -> None:
        """The usual one: --generate and --like together."""
        path = self.folder / "new.csr"
        done = self.succeeds("csr", "create", "--generate", "ec:P-384", "--label", "new", "--like",
                             chain_of("ec-p256"), "--out", path, *self.token.options(),
                             env=self.token.env)
        self.assertNotIn("warning", done.err)
        shown = self.check(path)[0]
        self.assertEqual((shown["subject"], shown["publicKey"]),
                         ("CN=ec-p256,O=Example,C=DE", "EC P-384"))

    def test_a_certificate_without_client_auth_is_copied_with_a_warning(self) -> None:
        """What public CAs issue since 2026."""
        old = self.issue(self.create("--subject", "CN=a"), "--eku", "serverAuth")
        done = self.succeeds("csr", "create", "--like", old, *self.token.options("ec-p256"),
                             env=self.token.env)
        self.assertIn("warning: the CSR does not ask for clientAuth", done.err)
        self.assertEqual(self.check("-", stdin=done.stdout)[0]["extendedKeyUsage"], ["serverAuth"])

    def test_what_cannot_be_renewed_is_refused_before_any_login(self) -> None:
        """Exit code 3."""
        cases = {"/nowhere/a.pem": "cannot open", self.write("text", "hello"): "no certificate",
                 self.create("--subject", "CN=a"): "certificate request"}
        for path, words in cases.items():
            with self.subTest(words=words):
                self.refuses(3, words, "csr", "create", "--like", path, "--module", MODULE,
                             "--token", TOKEN_URI, "--pin-source", "file:/nowhere",
                             env=self.token.env)


class CheckTest(CsrTest):
    """csr check, on what other programs made"""

    def foreign(self, name: str, *arguments: Option) -> Path:
        """A CSR of the openssl command."""
        path = self.folder / name
        openssl("req", "-new", "-nodes", "-config", "/dev/null", "-subj", "/CN=foreign",
                "-keyout", self.folder / "key.pem", "-out", path, *arguments)
        return path

    def test_a_foreign_request_is_shown_and_verified(self) -> None:
        """For people, with what it lacks on standard error."""
        done = self.succeeds("csr", "check", self.foreign("a.csr", "-newkey", "rsa:2048"))
        self.assertRegex(done.out, r"(?m)^subject +CN=foreign$")
        self.assertRegex(done.out, r"(?m)^publicKey +RSA 2048$")
        self.assertRegex(done.out, r"(?m)^san +none$")
        self.assertRegex(done.out, r"(?m)^verified +yes$")
        self.assertRegex(done.err,
                         r"^cihsm: warning: .*a\.csr: the CSR does not ask for clientAuth")

    def test_der_gnutls_and_standard_input_are_read(self) -> None:
        """DER of openssl, PEM of certtool (which says NEW CERTIFICATE REQUEST)."""
        der = self.foreign("a.der", "-newkey", "rsa:2048", "-outform", "DER")
        template = self.write("template", 'cn = "gnu"\ntls_www_client\nsigning_key\n')
        key = self.folder / "gnu.pem"
        tool("certtool", "--generate-privkey", "--key-type=ecdsa", "--curve=secp256r1", "--outfile",
             key)
        gnu = self.folder / "gnu.csr"
        tool("certtool", "--generate-request", "--load-privkey", key, "--template", template,
             "--outfile", gnu)
        shown = self.check(der, "-", stdin=gnu.read_bytes())
        self.assertEqual([item["source"] for item in shown], [str(der), "standard input"])
        self.assertEqual([item["subject"] for item in shown], ["CN=foreign", "CN=gnu"])
        self.assertEqual(shown[1]["findings"], [])
        lines = self.succeeds("csr", "check", der, gnu, "-o", "jsonl").jsonl
        self.assertEqual([item["verified"] for item in lines], [True, True])

    def test_a_very_long_list_of_names_is_cut_with_a_word(self) -> None:
        """JSON has all of them."""
        names = ",".join(f"DNS:host-{number}.{'a' * 40}.example.com" for number in range(200))
        path = self.foreign("a.csr", "-newkey", "rsa:2048", "-addext", f"subjectAltName={names}")
        self.assertIn("(more: -o json shows all)", self.succeeds("csr", "check", path).out)
        self.assertEqual(len(self.check(path)[0]["san"]), 200)

    def test_weak_keys_and_hashes_are_warned_of(self) -> None:
        """That is no failure: the CA decides."""
        weak = self.foreign("a.csr", "-newkey", "rsa:1024", "-sha1", "-addext",
                            "extendedKeyUsage=clientAuth", "-addext", "keyUsage=keyEncipherment")
        found = [item["code"] for item in self.check(weak)[0]["findings"]]
        self.assertEqual(found, ["weak-key", "weak-hash", "no-digital-signature"])

    def test_a_signature_that_does_not_verify_ends_with_13(self) -> None:
        """The request is shown all the same, and the good one beside it too."""
        good = self.foreign("good.der", "-newkey", "rsa:2048", "-outform", "DER")
        bad = self.write("bad.der", good.read_bytes().replace(b"foreign", b"changed"))
        done = self.cihsm("csr", "check", good, bad)
        self.assertEqual(done.code, 13)
        self.message(done, ["1 of 2 signatures does not verify", "bad.der", "make it again"])
        self.assertRegex(done.out, r"(?s)CN=foreign.*verified +yes.*CN=changed.*verified +NO\n$")
        done = self.cihsm("csr", "check", bad, "-o", "json")
        self.assertEqual((done.code, done.json[0]["verified"]), (13, False))
        self.assertEqual(done.json[0]["findings"][0]["level"], "error")

    def test_what_is_no_request_is_refused_with_what_it_is(self) -> None:
        """Exit code 3, nothing on standard output, also if a good one is among them."""
        good = self.foreign("good.csr", "-newkey", "rsa:2048")
        cases = {
            chain_of("ec-p256"): "already issued",
            self.folder / "key.pem": "only a private key",
            self.folder / "missing.csr": "cannot open",
            self.write("cut.csr", good.read_bytes()[:300]): "has no END line",
            self.write("two.csr", good.read_bytes() * 2): "more than one CSR",
            self.write("empty.csr", ""): "holds no CSR",
            self.write("big.csr", "x" * (1024 * 1024 + 1)): "larger than",
        }
        for path, words in cases.items():
            with self.subTest(words=words):
                self.refuses(3, words, "csr", "check", good, path)
        self.refuses(3, "standard input", "csr", "check", "-")
        self.refuses(2, "FILE", "csr", "check")


if __name__ == "__main__":
    unittest.main()
