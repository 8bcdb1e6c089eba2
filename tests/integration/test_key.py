#!/usr/bin/env python3
"""The key commands of an administrator: strict, list, delete, evidence; keys of other programs."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
import subprocess
import unittest
from pathlib import Path
from typing import Any, Callable

from harness import SHIM, CihsmTest, Option, Result, environment, openssl, tool
from terminal import Terminal
from tokens import KEYS, MODULE, TOKEN_URI, Token, chain_of, copy_token, make_token


class TokenTest(CihsmTest):
    """An empty token, and other programs that use it."""

    token: Token

    def setUp(self) -> None:
        super().setUp()
        self.token = make_token(self.folder / "token")

    def run_on(self, *arguments: Option, **more: Any) -> Result:
        """A run on the token that succeeds."""
        return self.succeeds(*arguments, *self.token.options(), env=self.token.env, **more)

    def generate(self, label: str, *arguments: Option) -> Any:
        """A P-256 key."""
        return self.run_on("key", "generate", "--type", "ec:P-256", "--label", label, *arguments,
                           "-o", "json").json

    def listed(self, *arguments: Option) -> list[Any]:
        """What the keys are said to be."""
        return self.run_on("key", "list", "-o", "json", *arguments).json

    def outside(self, *command: Option, stdin: bytes = b"") -> bytes:
        """Another program with the token's PIN in TEST_PIN and GNUTLS_PIN."""
        pin = self.token.pin.read_text()
        env = {**environment(self.folder, self.token.env), "TEST_PIN": pin, "GNUTLS_PIN": pin}
        return tool(*command, stdin=stdin, env=env)

    def pkcs11_tool(self, *arguments: Option, stdin: bytes = b"") -> bytes:
        """OpenSC's tool, logged in."""
        return self.outside("pkcs11-tool", "--module", MODULE, "--token-label", "integration",
                            "--login", "--pin", "env:TEST_PIN", *arguments, stdin=stdin)

    def shimmed(self, rules: str) -> tuple[list[Option], dict[str, str]]:
        """Options and environment of a run through the shim."""
        env = {**self.token.env, "CIHSM_SHIM_MODULE": str(MODULE),
               "CIHSM_SHIM_RULES": str(self.write("rules", rules + "\n")),
               "CIHSM_SHIM_REPORT": str(self.folder / "report")}
        return ["--module", str(SHIM), "--token", TOKEN_URI, "--pin-source",
                f"file:{self.token.pin}"], env


class StrictTest(TokenTest):
    """key generate --strict"""

    def test_soft_hsm_takes_all_strict_attributes(self) -> None:
        """And another program sees that the key can only sign."""
        self.generate("strict", "--strict")
        self.generate("usual")
        shown = self.pkcs11_tool("--list-objects", "--type", "privkey").decode()
        usage = [line.strip() for line in shown.splitlines() if line.strip().startswith("Usage:")]
        self.assertIn("Usage:      sign", usage)

    @unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
    def test_a_refused_attribute_is_named_and_can_be_left_out(self) -> None:
        """As the message says; nothing is left of the tries."""
        options, env = self.shimmed(
            "C_GenerateKeyPair attribute CKA_COPYABLE -> CKR_TEMPLATE_INCONSISTENT\n"
            "C_GenerateKeyPair attribute CKA_ENCRYPT -> CKR_GENERAL_ERROR")
        wanted = ["key", "generate", "--type", "ec:P-256", "--label", "x", "--strict"]
        self.refuses(5, ["refuses CKA_COPYABLE and CKA_ENCRYPT", "--leave-out copyable,encrypt"],
                     *wanted, *options, env=env)
        self.assertEqual(self.listed(), [])
        self.succeeds(*wanted, "--leave-out", "copyable,encrypt", *options, env=env)
        self.assertEqual([key["Label"] for key in self.listed()], ["x"])

    def test_mistakes_are_found_before_a_login(self) -> None:
        """No PIN is read."""
        for words, arguments in {
                "\"sign\" is none of the strict attributes": ["--strict", "--leave-out", "sign"],
                "ask for these too (--strict)": ["--leave-out", "copyable"]}.items():
            self.refuses(2, words, "key", "generate", "--label", "x", *arguments, "--module",
                         MODULE, "--token", TOKEN_URI, "--pin-source", "file:/nowhere",
                         env=self.token.env)


class ListTest(TokenTest):
    """key list: certificates, and what is wrong"""

    def store(self, chain: Path, key_id: str) -> None:
        """A certificate on the token by another program."""
        der = self.write("leaf.der", openssl("x509", "-in", chain, "-outform", "DER"))
        self.pkcs11_tool("--write-object", der, "--type", "cert", "--id", key_id)

    def test_a_certificate_matches_by_id_and_public_key(self) -> None:
        """Each way is told apart."""
        self.token = copy_token(self.folder / "copy")
        own, other = (self.listed("--key", f"pkcs11:object={name}")[0] for name in
                      ("ec-p256", "ec-p384"))
        self.store(chain_of("ec-p256"), own["Id"])
        self.store(chain_of("ec-p256"), other["Id"])
        own, other = (self.listed("--key", f"pkcs11:object={name}")[0] for name in
                      ("ec-p256", "ec-p384"))
        self.assertEqual(sorted(row["MatchesBy"] for row in own["Certificates"]),
                         ["id and public key", "public key"])
        self.assertEqual(own["Certificates"][0]["Subject"], "CN=ec-p256,O=Example,C=DE")
        self.assertEqual((own["Certificate"], own["Wrong"]), ("CN=ec-p256,O=Example,C=DE", ""))
        self.assertEqual([row["MatchesBy"] for row in other["Certificates"]],
                         ["id, but of another key"])
        self.assertEqual(other["Certificate"], "")
        self.assertEqual(other["Wrong"], "no certificate on the token; a certificate of its id "
                                         "belongs to another key")

    def test_what_is_wrong_is_said_in_words(self) -> None:
        """Keys that another program made badly."""
        for label, key_id, more in (("twin", "01", []), ("twin", "01", []),
                                    ("open", "02", ["--extractable"]),
                                    ("bare", "03", ["--extractable"])):
            self.pkcs11_tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", label,
                             "--id", key_id, *more)
        keys = {key["Label"]: key for key in self.listed()}
        self.assertIn("another key has its id; another key has its label", keys["twin"]["Wrong"])
        self.assertIn("can leave the token", keys["open"]["Wrong"])
        self.assertEqual(keys["open"]["Protection"], "EXTRACTABLE")
        self.assertIn("no certificate on the token", keys["bare"]["Wrong"])
        table = self.run_on("key", "list").out
        self.assertIn("another key has", table)

    def test_duplicates_are_told_also_when_one_key_is_asked_for(self) -> None:
        """The whole token is looked at."""
        for label in ("one", "two"):
            self.pkcs11_tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", label,
                             "--id", "07")
        rows = self.listed("--key", "pkcs11:object=one")
        self.assertEqual(len(rows), 1)
        self.assertIn("another key has its id", rows[0]["Wrong"])


class DeleteTest(TokenTest):
    """key delete"""

    def test_both_halves_go_and_certificates_stay(self) -> None:
        """It says what it did."""
        self.token = copy_token(self.folder / "copy")
        key_id = self.listed("--key", "pkcs11:object=ec-p256")[0]["Id"]
        der = self.write("leaf.der", openssl("x509", "-in", chain_of("ec-p256"), "-outform", "DER"))
        self.pkcs11_tool("--write-object", der, "--type", "cert", "--id", key_id)
        done = self.run_on("key", "delete", "--key", "pkcs11:object=ec-p256", "--yes", "-o", "json")
        self.assertEqual(done.json, {"Deleted": "pkcs11:object=ec-p256", "PrivateKeys": 1,
                                     "PublicKeys": 1, "CertificatesLeft": 1})
        self.assertIn("stay on the token", done.err)
        self.assertEqual(sorted(key["Label"] for key in self.listed()),
                         sorted(set(KEYS) - {"ec-p256"}))
        objects = self.pkcs11_tool("--list-objects").decode()
        self.assertEqual(len(re.findall(rf"ID: +{key_id}", objects)), 1, objects)  # of the certificate

    def test_without_terminal_and_yes_nothing_is_done(self) -> None:
        """Not even a login."""
        self.generate("kept")
        self.refuses(2, ["pkcs11:object=kept", "--yes"], "key", "delete", "--key",
                     "pkcs11:object=kept", "--module", MODULE, "--token", TOKEN_URI,
                     "--pin-source", "file:/nowhere", env=self.token.env)
        self.assertEqual(len(self.listed()), 1)

    def test_a_person_is_asked(self) -> None:
        """Only yes deletes."""
        self.generate("asked")
        command = ["key", "delete", "--key", "pkcs11:object=asked", *self.token.options()]
        for answer, left in (("no\n", 1), ("yes\n", 0)):
            with Terminal(*command, env=environment(self.folder, self.token.env),
                          cwd=self.folder) as run:
                run.read_until(b"Delete it?")
                run.type(answer)
                run.finish()
            self.assertEqual(len(self.listed()), left)

    def test_only_a_key_that_is_named_once_is_deleted(self) -> None:
        """Never that of a profile, never one of several."""
        for label in ("a", "b"):
            self.pkcs11_tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", label,
                             "--id", "09")
        config = self.write("config", "[p]\nkey = pkcs11:object=a\n")
        run = ["key", "delete", "--yes", "--config", config, "--profile", "p",
               *self.token.options()]
        self.refuses(2, "say which key is to be deleted", *run, env=self.token.env)
        self.refuses(2, "say which key is to be deleted", *run, "--key", "pkcs11:object=a", "--key",
                     "pkcs11:object=b", env=self.token.env)
        self.refuses(2, "needs an id or an object", *run, "--key", TOKEN_URI, env=self.token.env)
        self.refuses(5, ["several keys match", "object=a", "object=b"], *run, "--key",
                     "pkcs11:id=%09", env=self.token.env)
        self.refuses(5, "no such key", *run, "--key", "pkcs11:object=c", env=self.token.env)
        self.assertEqual(len(self.listed()), 2)


class EvidenceTest(CihsmTest):
    """key evidence"""

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def make(self, key: str, *arguments: Option) -> Path:
        """Evidence about a key of the master token."""
        path = self.folder / f"{key}.evidence.json"
        self.succeeds("key", "evidence", *arguments, "--out", path, *self.token.options(key),
                      env=self.token.env)
        return path

    def verify(self, path: Path, *arguments: Option) -> Any:
        """The check, without module, token, PIN or configuration."""
        return self.succeeds("key", "evidence", "--verify", path, *arguments, "-o", "json").json

    def test_evidence_of_every_key_type_holds(self) -> None:
        """It says what the token said, and what that is worth."""
        for key, kind in KEYS.items():
            with self.subTest(key=key):
                path = self.make(key)
                shown = json.loads(path.read_text())
                attributes = shown["key"]["attributes"]
                self.assertEqual({name: attributes[f"CKA_{name}"] for name in
                                  ("SENSITIVE", "ALWAYS_SENSITIVE", "EXTRACTABLE",
                                   "NEVER_EXTRACTABLE", "LOCAL")},
                                 {"SENSITIVE": True, "ALWAYS_SENSITIVE": True, "EXTRACTABLE": False,
                                  "NEVER_EXTRACTABLE": True, "LOCAL": True})
                self.assertEqual(shown["key"]["type"], kind)
                self.assertRegex(shown["key"]["keyGenMechanism"], "^CKM_.*_KEY_PAIR_GEN$")
                self.assertEqual(shown["token"]["label"], "integration")
                found = self.verify(path)
                self.assertEqual((found["Signature"], found["Type"], found["Key"]),
                                 ("verified", kind, shown["key"]["uri"]))

    def test_openssl_alone_verifies_it(self) -> None:
        """The signed bytes are what the header of the library says, and the key is the chain's."""
        for key, more in (("rsa-3072", []), ("rsa-2048", ["--pss"]), ("ec-p384", [])):
            with self.subTest(key=key):
                shown = json.loads(self.make(key, *more).read_text())
                pem = self.write("public.pem", shown["publicKey"]["pem"])
                signature = self.write("signature", base64.b64decode(shown.pop("signature")))
                signed = self.write("signed", json.dumps(shown, separators=(",", ":"),
                                                         ensure_ascii=False))
                pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
                said = openssl("dgst", "-sha256", "-verify", pem, *(pss if more else []),
                               "-signature", signature, signed)
                self.assertEqual(said, b"Verified OK\n")
                der = openssl("pkey", "-pubin", "-in", pem, "-outform", "DER")
                self.assertEqual(shown["publicKey"]["sha256"], hashlib.sha256(der).hexdigest())
                self.assertEqual(openssl("x509", "-in", chain_of(key), "-noout", "-pubkey"),
                                 pem.read_bytes())

    def test_attached_files_are_bound(self) -> None:
        """By name and content; what is not given is not checked, and that is said."""
        one = self.write("attestation.bin", b"\x00vendor")
        two = self.write("grüße.txt", "hello")
        path = self.make("ec-p256", "--attach", one, "--attach", two)
        listed = json.loads(path.read_text())["attachments"]
        self.assertEqual(listed[0], {"name": "attestation.bin", "bytes": "7",
                                     "sha256": hashlib.sha256(b"\x00vendor").hexdigest()})
        found = self.verify(path, "--attach", one)
        self.assertEqual(found["Attachments"]["attestation.bin"], "the file that was attached")
        self.assertIn("not checked", found["Attachments"]["grüße.txt"])
        other = self.write("other", "x")
        self.refuses(13, "attachments has no file named other", "key", "evidence", "--verify", path,
                     "--attach", other)
        one.write_bytes(b"changed")
        self.refuses(13, ["attachments", "attestation.bin is not the file"], "key", "evidence",
                     "--verify", path, "--attach", one)

    def test_whatever_is_changed_the_member_is_named(self) -> None:
        """Exit code 13."""
        good = json.loads(self.make("ec-p256").read_text())
        foreign = json.loads(self.make("ec-p384").read_text())

        def change(*path: str, to: Any) -> Callable[[Any], None]:
            def apply(document: Any) -> None:
                for name in path[:-1]:
                    document = document[name]
                document[path[-1]] = to
            return apply

        cases: dict[str, Callable[[Any], None]] = {
            "format is not": change("format", to="cihsm-key-evidence-2"),
            "publicKey.pem is no public key": change("publicKey", "pem", to="none"),
            "publicKey.pem is missing": change("publicKey", to={}),
            "publicKey.sha256 is not that of publicKey.pem":
                change("publicKey", "sha256", to="00" * 32),
            "key.type is not that of publicKey.pem": change("key", "type", to="rsa:3072"),
            "signatureAlgorithm is none": change("signatureAlgorithm", to="RSASSA-PSS-SHA256"),
            "signature is missing": change("signature", to=None),
            "signature is missing or no base64": change("signature", to="*"),
            "signature does not verify": change("signature", to=foreign["signature"]),
        }
        changes = [("key", "attributes", "CKA_EXTRACTABLE"), ("key", "label"), ("made",),
                   ("token", "serial"), ("statement", "notProven"), ("attachments",)]
        for words, apply in cases.items():
            self.check_refused(good, words, apply)
        for path in changes:
            self.check_refused(good, "signature does not verify", change(*path, to="changed"))
        self.check_refused(good, "signature does not verify", lambda d: d.update(added=1))
        self.check_refused(good, "signature does not verify",
                           lambda d: d.update(made=d.pop("made")))

    def check_refused(self, good: Any, words: str, apply: Callable[[Any], None]) -> None:
        """One changed copy."""
        changed = copy.deepcopy(good)
        apply(changed)
        path = self.write("changed.json", json.dumps(changed))
        with self.subTest(words=words):
            self.refuses(13, ["the evidence does not hold", words], "key", "evidence", "--verify",
                         path)

    def test_layout_does_not_matter(self) -> None:
        """Only members and their order are signed."""
        path = self.make("ec-p256")
        compact = self.write("compact.json", json.dumps(json.loads(path.read_text())))
        self.verify(compact)

    def test_mistakes(self) -> None:
        """Each before a PIN is asked for."""
        nowhere = ["--module", MODULE, "--token", TOKEN_URI, "--pin-source", "file:/nowhere"]
        self.write("same", "1")
        (self.folder / "sub").mkdir()
        (self.folder / "sub" / "same").write_text("2")
        cases: list[tuple[int, str, list[Option]]] = [
            (3, "no-such-file", ["--attach", "no-such-file", *nowhere]),
            (2, "two attached files are named same",
             ["--attach", "same", "--attach", "sub/same", *nowhere]),
            (2, "several are set: choose with --key",
             ["--key", "pkcs11:object=a", "--key", "pkcs11:object=b", *nowhere]),
            (2, "--verify goes with --attach only", ["--verify", "same", "--out", "x"]),
            (13, "is no evidence", ["--verify", "same"]),
            (3, "no-such-file", ["--verify", "no-such-file"]),
        ]
        for code, words, arguments in cases:
            with self.subTest(words=words):
                if words == "is no evidence":
                    self.write("same", "{")
                self.refuses(code, words, "key", "evidence", *arguments, env=self.token.env)
        self.refuses(2, "PSS is for RSA keys only", "key", "evidence", "--pss",
                     *self.token.options("ec-p256"), env=self.token.env)

    def test_the_signature_is_recorded(self) -> None:
        """Like every other one."""
        done = self.succeeds("key", "evidence", "-v", *self.token.options("ec-p256"),
                             env=self.token.env)
        self.assertIn("for=evidence scheme=ecdsa-sha256 result=ok", done.err)
        self.assertEqual(done.json["format"], "cihsm-key-evidence-1")


class OtherProgramsTest(TokenTest):
    """Keys made by others are used here, keys made here by others"""

    def request(self, key: str) -> None:
        """A CSR for it, verified by two other programs."""
        path = self.folder / "request.pem"
        self.run_on("csr", "create", "--key", key, "--subject", "CN=other", "--out", path)
        self.assertIn(b"verify OK", openssl_merged("req", "-in", path, "-verify", "-noout"))
        self.assertIn("CN=other", tool("certtool", "--crq-info", "--infile", path).decode())

    def test_keys_made_by_pkcs11_tool_are_used(self) -> None:
        """RSA and EC."""
        for number, kind in enumerate(("rsa:2048", "EC:prime256v1", "EC:secp384r1")):
            self.pkcs11_tool("--keypairgen", "--key-type", kind, "--label", f"opensc-{number}",
                             "--id", f"a{number}")
            self.request(f"pkcs11:object=opensc-{number}")

    def test_keys_made_by_p11tool_are_used(self) -> None:
        """GnuTLS's program chooses its own attributes."""
        for kind, more in (("rsa", ["--bits", "2048"]), ("ecdsa", ["--curve", "secp256r1"])):
            self.outside("p11tool", "--provider", MODULE, "--batch", "--login",
                         f"--generate-privkey={kind}", *more, "--label", f"gnutls-{kind}",
                         "--outfile", self.folder / "public.pem", TOKEN_URI)
            self.request(f"pkcs11:object=gnutls-{kind}")

    def test_our_keys_are_used_by_pkcs11_tool(self) -> None:
        """openssl verifies what it signed."""
        message = self.write("message", b"a message")
        signature = self.folder / "signature"
        cases = {"rsa:2048": ["--mechanism", "SHA256-RSA-PKCS"],
                 "ec:P-256": ["--mechanism", "ECDSA-SHA256", "--signature-format", "openssl"]}
        for number, (kind, how) in enumerate(cases.items()):
            key_id = f"b{number}"
            self.run_on("key", "generate", "--type", kind, "--label", f"ours-{number}", "--id",
                        key_id)
            source = message
            if kind.startswith("ec"):  # SoftHSM 2.6.1 does not hash for ECDSA
                how[1] = "ECDSA"
                source = self.write("digest", hashlib.sha256(message.read_bytes()).digest())
            self.pkcs11_tool("--sign", "--id", key_id, *how, "--input-file", source,
                             "--output-file", signature)
            evidence = self.run_on("key", "evidence", "--key", f"pkcs11:object=ours-{number}").json
            pem = self.write("public.pem", evidence["publicKey"]["pem"])
            self.assertEqual(openssl("dgst", "-sha256", "-verify", pem, "-signature", signature,
                                     message), b"Verified OK\n")

    def test_a_key_that_wants_its_pin_each_time_gets_it(self) -> None:
        """Made by pkcs11-tool; one login for the token, one for the signature."""
        self.pkcs11_tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "always", "--id",
                         "0a", "--always-auth")
        self.assertEqual(self.listed()[0]["PinForEachSignature"], "yes")
        done = self.run_on("csr", "create", "--key", "pkcs11:object=always", "--subject", "CN=x",
                           "-vvv")
        self.assertEqual(done.count("C_Login"), 2)

    @unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
    def test_a_pin_typed_at_the_reader_needs_no_pin_source(self) -> None:
        """Nothing is asked at the terminal."""
        self.generate("pad")
        options, env = self.shimmed("C_GetTokenInfo -> flags +PROTECTED_AUTHENTICATION_PATH\n"
                                    f"C_Login -> pin {self.token.pin.read_text().strip()}")
        done = self.succeeds("key", "list", *options[:4], env=env)
        self.assertIn("enter the PIN of token integration at its reader", done.err)
        self.assertIn("pad", done.out)


def openssl_merged(*arguments: Option) -> bytes:
    """The openssl command's output, standard error included; raises if it fails."""
    return subprocess.run(["openssl", *(str(part) for part in arguments)], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60).stdout


if __name__ == "__main__":
    unittest.main()
