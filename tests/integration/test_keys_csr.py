#!/usr/bin/env python3
"""cihsm key and cihsm csr: keys that cannot leave the token, and requests for them."""

from __future__ import annotations

import stat
import unittest
from typing import Any

from harness import CihsmTest, Option, Result, environment, openssl, tool
from terminal import Terminal
from tokens import KEYS, MODULE, TOKEN_URI, copy_token, make_token

PROTECTED = {"Sensitive": "yes", "Extractable": "no", "AlwaysSensitive": "yes",
             "NeverExtractable": "yes", "GeneratedOnToken": "yes", "MaySign": "yes"}


class GenerateTest(CihsmTest):
    """key generate, key list"""

    def setUp(self) -> None:
        super().setUp()
        self.token = make_token(self.folder / "token")

    def generate(self, *arguments: Option) -> Any:
        """A key, as the command describes it."""
        return self.succeeds("key", "generate", *arguments, "-o", "json", *self.token.options(),
                             env=self.token.env).json

    def test_every_type_is_generated_to_stay_on_the_token(self) -> None:
        """What the token itself says of the key."""
        for kind in KEYS.values():
            with self.subTest(kind=kind):
                made = self.generate("--type", kind, "--label", f"key {kind}")
                self.assertEqual({name: made[name] for name in PROTECTED}, PROTECTED)
                self.assertEqual((made["Type"], made["Label"], made["Protection"]),
                                 (kind, f"key {kind}", "on token only"))
                self.assertRegex(made["Id"], r"^[0-9a-f]{32}$")
                self.assertIn("type=private", made["Uri"])

    def test_the_default_is_rsa_3072(self) -> None:
        """And an id of 16 random bytes."""
        made = self.generate("--label", "default")
        self.assertEqual(made["Type"], "rsa:3072")

    def test_an_id_can_be_given(self) -> None:
        """In hex, of either case."""
        self.assertEqual(self.generate("--label", "a", "--type", "ec:P-256", "--id", "0AbC")["Id"],
                         "0abc")

    def test_a_second_key_of_that_label_or_id_is_refused(self) -> None:
        """Exit code 9, and the token holds one key as before."""
        self.generate("--label", "one", "--type", "ec:P-256", "--id", "01")
        for arguments in (["--label", "one"], ["--label", "two", "--id", "01"]):
            self.refuses(9, "is on the token already", "key", "generate", "--type", "ec:P-256",
                         *arguments, *self.token.options(), env=self.token.env)
        self.assertEqual(len(self.listed().splitlines()), 2)

    def listed(self, *arguments: Option) -> str:
        """key list as text."""
        return self.succeeds("key", "list", *arguments, *self.token.options(),
                             env=self.token.env).out

    def test_mistakes_in_the_options(self) -> None:
        """Found before any login."""
        cases: dict[str, list[str]] = {
            "--type is rsa:2048": ["--type", "rsa:1024", "--label", "x"],
            "ec:P-384, not \"ec:secp256k1\"": ["--type", "ec:secp256k1", "--label", "x"],
            "--label is missing": ["--type", "ec:P-256"],
            "--id takes 1 to 64 bytes in hex, not \"zz\"": ["--label", "x", "--id", "zz"],
            "--id takes 1 to 64 bytes in hex, not \"123\"": ["--label", "x", "--id", "123"],
        }
        for words, arguments in cases.items():
            with self.subTest(words=words):
                self.refuses(2, words, "key", "generate", *arguments, "--module", MODULE, "--token",
                             TOKEN_URI, "--pin-source", "file:/nowhere", env=self.token.env)

    def test_an_empty_token_lists_no_key(self) -> None:
        """That is no error."""
        done = self.succeeds("key", "list", *self.token.options(), env=self.token.env)
        self.assertEqual((done.out, done.err), ("", "cihsm: no entries\n"))

    def test_the_list_can_be_narrowed(self) -> None:
        """By --key."""
        for label in ("one", "two"):
            self.generate("--label", label, "--type", "ec:P-256")
        out = self.listed("--key", "pkcs11:object=two")
        self.assertIn("two", out)
        self.assertNotIn("one", out)

    def test_the_key_really_cannot_be_read(self) -> None:
        """Asked with another program."""
        self.generate("--label", "kept", "--type", "rsa:2048")
        shown = tool("pkcs11-tool", "--module", MODULE, "--token-label", "integration", "--login",
                     "--pin", "env:TEST_PIN", "--list-objects", "--type", "privkey",
                     env={**self.token.env, "TEST_PIN": self.token.pin.read_text(),
                          "PATH": "/usr/bin:/bin"}).decode()
        self.assertIn("sensitive, always sensitive, never extractable, local", shown)


class RequestTest(CihsmTest):
    """csr create"""

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def create(self, *arguments: Option, key: str = "ec-p256") -> Result:
        """A CSR."""
        return self.succeeds("csr", "create", *arguments, *self.token.options(key),
                             env=self.token.env)

    def text(self, *arguments: Option, key: str = "ec-p256") -> str:
        """What OpenSSL reads in it; its signature is verified."""
        pem = self.create("--subject", "CN=x", *arguments, key=key).stdout
        return openssl("req", "-noout", "-verify", "-text", stdin=pem).decode()

    def test_every_type_of_key_signs_a_valid_request(self) -> None:
        """ECDSA and PKCS#1 v1.5, with every digest."""
        wanted = {"rsa-2048": "sha{}WithRSAEncryption", "rsa-3072": "sha{}WithRSAEncryption",
                  "ec-p256": "ecdsa-with-SHA{}", "ec-p384": "ecdsa-with-SHA{}"}
        for key, name in wanted.items():
            for digest in ("256", "384", "512"):
                with self.subTest(key=key, digest=digest):
                    shown = self.text("--digest", f"sha{digest}", key=key)
                    self.assertIn(f"Signature Algorithm: {name.format(digest)}", shown)

    def test_pss(self) -> None:
        """For CAs that ask for it."""
        shown = self.text("--pss", key="rsa-2048")
        self.assertIn("Signature Algorithm: rsassaPss", shown)
        self.refuses(2, ["PSS", "RSA"], "csr", "create", "--subject", "CN=x", "--pss",
                     *self.token.options("ec-p256"), env=self.token.env)

    def test_the_subject_in_both_forms_gives_the_same_name(self) -> None:
        """RFC 4514 lists the last part first."""
        names = []
        for subject in ("CN=cpi,OU=A\\, B,O=Größe,C=DE", "/C=DE/O=Größe/OU=A, B/CN=cpi"):
            pem = self.create("--subject", subject).stdout
            names.append(openssl("req", "-noout", "-subject", "-nameopt", "RFC2253,utf8,-esc_msb",
                                 stdin=pem).decode().strip())
        self.assertEqual(names, ["subject=CN=cpi,OU=A\\, B,O=Größe,C=DE"] * 2)

    def test_extensions(self) -> None:
        """clientAuth and digitalSignature by default; names as asked for."""
        shown = self.text("--san", "DNS:a.example", "--san", "IP:192.0.2.1", "--san",
                          "email:a@b.example", "--san", "URI:https://c.example/x")
        for part in ("TLS Web Client Authentication", "Digital Signature", "DNS:a.example",
                     "IP Address:192.0.2.1", "email:a@b.example", "URI:https://c.example/x"):
            self.assertIn(part, shown)
        plain = self.text("--eku", "", "--key-usage", "")
        self.assertNotIn("Authentication", plain)
        self.assertNotIn("Digital Signature", plain)

    def test_what_was_made_is_said_on_stderr(self) -> None:
        """The subject, the key, the verified signature, the next step."""
        done = self.create("--subject", "CN=cpi,C=DE")
        self.assertTrue(done.out.startswith("-----BEGIN CERTIFICATE REQUEST-----"))
        lines = done.err.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertIn("CN=cpi,C=DE", lines[0])
        self.assertIn("signature verified", lines[0])
        self.assertTrue(lines[1].startswith("cihsm: next: "))

    def test_out_writes_a_file(self) -> None:
        """Readable by all: a CSR is no secret."""
        path = self.folder / "request.csr"
        done = self.create("--subject", "CN=x", "--out", path)
        self.assertEqual(done.out, "")
        self.assertIn(f"written to {path}", done.err)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o644)
        openssl("req", "-in", path, "-noout", "-verify")

    def test_der(self) -> None:
        """Into a pipe or a file, not to a terminal."""
        der = self.create("--subject", "CN=x", "--der").stdout
        openssl("req", "-inform", "DER", "-noout", "-verify", stdin=der)
        with Terminal("csr", "create", "--subject", "CN=x", "--der",
                      *self.token.options("ec-p256"), cwd=self.folder,
                      env=environment(self.folder, self.token.env)) as terminal:
            done = terminal.finish()
        self.assertEqual(done.code, 2)
        self.assertIn("DER is no text for a terminal: use --out FILE", done.out)

    def test_mistakes(self) -> None:
        """Each with what to write instead."""
        cases: dict[str, tuple[int, list[str]]] = {
            "--subject is missing": (2, []),
            "part 1 \"CN\" is not TYPE=VALUE": (2, ["--subject", "CN"]),
            "--digest is sha256": (2, ["--subject", "CN=x", "--digest", "md5"]),
            "DNS": (2, ["--subject", "CN=x", "--san", "a.example"]),
            "IP": (2, ["--subject", "CN=x", "--san", "IP:300.1.1.1"]),
            "unknown extended key usage": (2, ["--subject", "CN=x", "--eku", "clientauth,nothing"]),
        }
        for words, (code, arguments) in cases.items():
            with self.subTest(words=words):
                self.refuses(code, words, "csr", "create", *arguments,
                             *self.token.options("ec-p256"), env=self.token.env)

    def test_the_request_holds_the_public_half_of_the_key(self) -> None:
        """The same for each request of one key, another for another key."""
        keys = {key: openssl("req", "-noout", "-pubkey",
                             stdin=self.create("--subject", "CN=x", key=key).stdout)
                for key in KEYS}
        again = openssl("req", "-noout", "-pubkey",
                        stdin=self.create("--subject", "CN=y", key="ec-p384").stdout)
        self.assertEqual(again, keys["ec-p384"])
        self.assertEqual(len(set(keys.values())), len(KEYS))


if __name__ == "__main__":
    unittest.main()
