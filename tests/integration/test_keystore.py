#!/usr/bin/env python3
"""cihsm keystore: certificates, chains, keys, and the keystore as a whole."""

from __future__ import annotations

import base64
import json
import re
import shutil
import unittest
from pathlib import Path
from typing import Any, Sequence

from harness import CA_SCRIPT, CihsmTest, Option, Result, new_folder, openssl, tool
from tenants import Answer, CannedTenant, Sandbox

# pylint: disable=wrong-import-order
import keystore_x509 as x509
from keystore_pki import Pki
from keystores import SAP_KEY, pack
from model import KNOWN_ROLES

SECRET = "s3cret-of-the-keystore"
NAME = ["--common-name", "c", "--country", "DE"]
PASSWORD = ["--password-source", "env:PASSWORD"]


class KeystoreTest(CihsmTest):
    """Against one sandbox, with a caller who may do everything, logged on without a token."""

    box: Sandbox
    pki: Pki
    caller: Path
    canaries = (SECRET,)

    def options(self) -> list[Option]:
        """Who calls."""
        return ["--service-key", self.caller, "--ca", self.box.ca]

    def run_cihsm(self, *arguments: Option, **more: Any) -> Result:
        """A call; the password is in the environment."""
        return self.cihsm(*arguments, *self.options(), env={"PASSWORD": SECRET}, **more)

    def done(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds."""
        result = self.run_cihsm("keystore", *arguments, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def refused(self, code: int, words: str | Sequence[str], *arguments: Option) -> str:
        """A call that fails and prints nothing; its line."""
        result = self.run_cihsm("keystore", *arguments)
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        return self.message(result, words)

    def notes(self, result: Result) -> str:
        """What was said besides warnings."""
        return "".join(line for line in result.err.splitlines(keepends=True)
                       if not line.startswith("cihsm: warning: "))

    def read(self, *arguments: Option) -> Any:
        """What a command prints as JSON."""
        return self.done(*arguments, "-o", "json").json

    def aliases(self, *arguments: Option) -> set[str]:
        """All aliases."""
        return {row["Alias"] for row in self.read("list", *arguments)}

    def gone(self, *aliases: str) -> None:
        """Takes entries away at the end."""
        self.addCleanup(self.done, "delete", *aliases, "--yes")

    def file(self, name: str) -> Path:
        """A certificate of the PKI."""
        return self.pki.folder / f"{name}.pem"

    def sha256(self, name: str) -> str:
        """Its fingerprint, with colons."""
        shown = openssl("x509", "-noout", "-fingerprint", "-sha256", "-in", self.file(name))
        return shown.decode().strip().partition("=")[2]

    def trust(self, name: str) -> None:
        """Puts a certificate into the keystore for this test."""
        self.done("certificate", "import", f"trusted {name}", self.file(name), "--fingerprint",
                  self.sha256(name))
        self.gone(f"trusted {name}")

    def pair(self, alias: str) -> None:
        """Puts a key pair, whose certificate is the leaf alone, into the keystore."""
        path = self.write("pair.p12", self.pki.pkcs12(SECRET))
        self.done("key-pair", "import", alias, path, *PASSWORD, "--fingerprint",
                  self.sha256("leaf"))
        self.gone(alias)


def setUpModule() -> None:  # pylint: disable=invalid-name
    """The sandbox of all tests here: each takes away what it made."""
    box = Sandbox("--entries", "10")
    unittest.addModuleCleanup(box.stop)
    folder = new_folder("keystore-pki")
    unittest.addModuleCleanup(shutil.rmtree, folder)
    KeystoreTest.box, KeystoreTest.pki = box, Pki(folder)
    KeystoreTest.caller = box.register_type("caller", "certificate", sorted(KNOWN_ROLES))


class CertificateTest(KeystoreTest):
    """certificate import"""

    def test_an_untrusted_one_needs_its_fingerprint(self) -> None:
        """The 409 tells what was sent; only the same fingerprint vouches for it."""
        call = ["certificate", "import", "partner/größe", self.file("root")]
        plain = self.sha256("root").replace(":", "").lower()
        self.refused(9, ["409", "CN=root", "issuer CN=root", f"SHA-256 {plain}",
                         f"--fingerprint {plain}"], *call)
        self.refused(13, ["nothing was sent", "CN=root", plain], *call, "--fingerprint",
                     self.sha256("middle"))
        self.refused(2, "no SHA-256", *call, "--fingerprint", "abc")
        self.refused(2, "no SHA-256", *call, "--fingerprint", plain + "0")
        self.assertNotIn("partner/größe", self.aliases())
        done = self.done(*call, "--fingerprint", self.sha256("root"), "-o", "json")
        self.gone("partner/größe")
        self.assertEqual(self.notes(done), 'cihsm: imported certificate "partner/größe"\n')
        self.assertEqual((done.json["Alias"], done.json["FingerprintSha256"]),
                         ("partner/größe", self.sha256("root")))
        self.assertRegex(done.json["ValidNotAfter"], r"^\d{4}-\d\d-\d\dT[\d:]+Z$")
        back = self.done("certificate", "get", "partner/größe").out
        self.assertEqual(back, self.pki.root)

    def test_only_a_compared_fingerprint_is_sent_as_verified(self) -> None:
        """As the dry run shows."""
        call = ["certificate", "import", "x", self.file("root"), "--dry-run"]
        self.assertIn("fingerprintVerified=false", self.done(*call).out)
        shown = self.done(*call, "--fingerprint", self.sha256("root"), "--update").out
        self.assertIn("fingerprintVerified=true", shown)
        self.assertIn("update=true", shown)
        self.assertIn("Content-Type: application/pkix-cert\n", shown)
        self.assertIn(self.pki.root, shown)

    def test_trusted_issuers(self) -> None:
        """Need no fingerprint; DER is read too."""
        self.trust("root")
        der = self.write("m.cer", openssl("x509", "-in", self.file("middle"), "-outform", "DER"))
        self.done("certificate", "import", "m", der)
        self.gone("m")

    def test_update(self) -> None:
        """Of what is there, and only that."""
        self.trust("root")
        call = ["certificate", "import", "m", self.file("middle")]
        self.refused(8, ["no entry \"m\"", "leave out --update"], *call, "--update", "--yes")
        self.done(*call)
        self.gone("m")
        self.refused(9, ["an entry \"m\" already", "--update"], *call)
        self.refused(2, ["replaced", "--yes"], *call, "--update")
        self.done(*call, "--update", "--yes")

    def test_files_that_are_none(self) -> None:
        """Told before anything is sent."""
        mark = self.box.mark()
        two = self.write("two.pem", self.pki.leaf + self.pki.middle)
        large = self.folder / "large.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=large", "-addext", "nsComment=" + "x" * 9000, "-out", large,
                "-keyout", self.folder / "key")
        for words, path in (("2 certificates", two), ("no certificate", self.write("x", "x")),
                            ("is empty", self.write("e", "")), ("takes 10240", large),
                            ("nowhere", self.folder / "nowhere"),
                            ("PKCS#12", self.write("p", self.pki.pkcs12("x")))):
            with self.subTest(words=words):
                self.refused(3, words, "certificate", "import", "x", path)
        self.assertEqual(self.box.mark(), mark)

    def test_an_expired_one_is_warned_of(self) -> None:
        """And imported, as the tenant wishes."""
        request = self.write("old.csr", openssl(
            "req", "-new", "-key", self.pki.folder / "leaf.key", "-subj", "/CN=old"))
        old = self.folder / "old.pem"
        tool(CA_SCRIPT, "init", self.folder / "ca")
        tool(CA_SCRIPT, "issue", self.folder / "ca", request, old, "--expired", "--leaf-only")
        result = self.done("certificate", "import", "x", old, "--dry-run")
        self.assertRegex(result.err, r"^cihsm: warning: .*CN=old.* expired")

    def test_aliases(self) -> None:
        """Empty, too long, SAP's: refused with the reason, before anything is sent."""
        mark = self.box.mark()
        for alias in ("sap_x", "hcicertificate", "hcicertificate1", "hcimsgcertificate"):
            for call in (["certificate", "import", alias, self.file("root")],
                         ["chain", "import", alias, self.file("root")],
                         ["key-pair", "import", alias, self.file("root"), *PASSWORD],
                         ["key-pair", "create", alias, *NAME],
                         ["ssh-key", "import", alias, self.file("root"), *NAME],
                         ["rsa-key", "import", alias, self.file("root"), *NAME],
                         ["rename", alias, "x"], ["rename", "x", alias],
                         ["delete", alias], ["delete", "x", alias]):
                with self.subTest(call=call):
                    self.refused(2, [f'"{alias}" is reserved for SAP', "sap_"], *call)
        self.refused(2, "is empty", "delete", "")
        self.refused(2, "251 characters", "rename", "x", "ü" * 251)
        self.assertEqual(self.box.mark(), mark)


class ChainTest(KeystoreTest):
    """chain"""

    def test_import(self) -> None:
        """In any order; it is sent in the right one."""
        self.pair("pair")
        mixed = self.write("mixed.pem", self.pki.root + self.pki.leaf + self.pki.middle)
        top = self.sha256("root").replace(":", "").lower()
        call = ["chain", "import", "pair", mixed, "--yes"]
        self.refused(2, ["replaced", "--yes"], *call[:-1])
        self.refused(9, ["409", "CN=root", top], *call)
        self.refused(13, "nothing was sent", *call, "--fingerprint", self.sha256("leaf"))
        done = self.done(*call, "--fingerprint", top, "-o", "json")
        self.assertEqual(done.json["Type"], "Key Pair")
        rows = self.read("chain", "list", "pair")
        self.assertEqual([row["SubjectDN"] for row in rows], ["CN=leaf", "CN=middle", "CN=root"])
        table = self.done("chain", "list", "pair").out.splitlines()
        self.assertEqual(table[0].split()[:2], ["Index", "SubjectDN"])
        target = self.folder / "chain.p7b"
        self.done("chain", "get", "pair", "--out", target)
        self.assertEqual(len(x509.chain_from(target.read_bytes())), 3)
        self.done("chain", "import", "pair", target, "--yes", "--fingerprint", top)

    def test_what_is_sent(self) -> None:
        """PKCS#7, told and not shown."""
        shown = self.done("chain", "import", "x", self.file("leaf"), "--dry-run").out
        self.assertIn("Content-Type: application/pkcs7-mime\n", shown)
        self.assertRegex(shown, r"\n\(PKCS#7 with 1 certificates, \d+ bytes\)\n$")

    def test_chains_of_others(self) -> None:
        """Each reason is told."""
        self.trust("root")
        self.pair("pair")
        self.refused(8, "no entry \"none\"", "chain", "import", "none", self.file("leaf"), "--yes")
        self.refused(1, ["\"trusted root\" is no key pair", "certificate import"], "chain",
                     "import", "trusted root", self.file("leaf"), "--yes")
        self.refused(1, ["belong to the key of \"pair\"", "csr get"], "chain", "import", "pair",
                     self.file("middle"), "--yes")
        foreign = self.write("foreign.pem", self.pki.leaf + self.pki.root)
        self.refused(3, "do not belong to the chain", "chain", "import", "pair", foreign)
        self.refused(8, "\"none\"", "chain", "list", "none")
        self.refused(8, ["\"none\"", "cihsm keystore list"], "chain", "get", "none")


class KeyPairTest(KeystoreTest):
    """key-pair, csr, rsa-key, ssh-key"""

    def test_a_new_one(self) -> None:
        """RSA and EC, with its request."""
        made = self.done("key-pair", "create", "new", "--size", "2048", *NAME, "--organization",
                         "Größe & Co", "--not-after", "2031-01-01", "-o", "json")
        self.gone("new")
        self.assertEqual((made.json["KeyType"], made.json["KeySize"], made.json["Type"]),
                         ("RSA", 2048, "Key Pair"))
        self.assertIn("O=Größe & Co", made.json["SubjectDN"])
        self.assertTrue(made.json["ValidNotAfter"].startswith(("2030-12-31", "2031-01-01")))
        csr = self.write("new.csr", self.done("csr", "get", "new").stdout)
        self.assertIn(b"CN=c", openssl("req", "-noout", "-verify", "-subject", "-nameopt",
                                       "RFC2253", "-in", csr))
        made = self.done("key-pair", "create", "curve", "--type", "EC", "--curve", "secp384r1",
                         *NAME, "-o", "json")
        self.gone("curve")
        self.assertEqual(made.json["EllipticCurve"], "secp384r1")
        self.refused(9, "an entry \"new\" already: choose another", "key-pair", "create", "new",
                     "--size", "2048", *NAME)
        self.refused(1, ["400", "check type, size"], "key-pair", "create", "x", "--type", "EC",
                     "--curve", "none", *NAME)

    def test_help_says_whose_key_it_is(self) -> None:
        """Nobody takes it for the key on the token."""
        out = self.succeeds("keystore", "key-pair", "create", "--help").out
        self.assertIn("SAP makes this key in software", out)
        self.assertIn("cihsm key generate", out)

    def test_what_is_sent(self) -> None:
        """The documented properties, the documented defaults."""
        for more, expected in (
                ([], {"KeyType": "RSA", "KeySize": 4096, "SignatureAlgorithm": "SHA-512/RSA"}),
                (["--type", "DSA", "--size", "2048"],
                 {"KeyType": "DSA", "KeySize": 2048, "SignatureAlgorithm": "SHA-256/DSA"}),
                (["--type", "EC", "--size", "256", "--not-before", "2030-01-01", "--not-after",
                  "2031-01-01", "--email", "a@b.c", "--signature-algorithm", "SHA256/ECDSA",
                  "--organization-unit", "U", "--locality", "L", "--state", "S"],
                 {"KeyType": "EC", "KeySize": 256, "SignatureAlgorithm": "SHA256/ECDSA",
                  "Email": "a@b.c", "OrganizationUnit": "U", "Locality": "L", "State": "S",
                  "ValidNotBefore": "/Date(1893456000000)/",
                  "ValidNotAfter": "/Date(1924992000000)/"})):
            shown = self.done("key-pair", "create", "a", *NAME, *more, "--dry-run").out
            self.assertEqual(json.loads(shown.partition("\n\n")[2]), {
                "Hexalias": "61", "Alias": "a", "CommonName": "c", "Country": "DE", **expected})

    def test_mistakes(self) -> None:
        """Told before a login."""
        mark = self.box.mark()
        for words, call in (
                ("--common-name is missing", ["--country", "DE"]),
                ("--country is missing", ["--common-name", "c"]),
                ("two letters", ["--common-name", "c", "--country", "DEU"]),
                ("RSA, DSA or EC", [*NAME, "--type", "ED25519"]),
                ("either a curve", [*NAME, "--type", "EC"]),
                ("either a curve", [*NAME, "--type", "EC", "--curve", "x", "--size", "256"]),
                ("112 to 571", [*NAME, "--type", "EC", "--size", "600"]),
                ("a curve is for", [*NAME, "--curve", "secp256r1"]),
                ("the size is missing", [*NAME, "--type", "DSA"]),
                ("none of RSA keys", [*NAME, "--signature-algorithm", "SHA-256/ECDSA"]),
                ("none of RSA keys", [*NAME, "--signature-algorithm", "/RSA"]),
                ("before it begins", [*NAME, "--not-before", "2030-01-01", "--not-after",
                                      "2029-01-01"]),
                ("whole number", [*NAME, "--size", "0"]),
                ("--confirm-profile names", [*NAME, "--confirm-profile", "x"])):
            with self.subTest(words=words):
                self.refused(2, words, "key-pair", "create", "x", *call)
        self.assertEqual(self.box.mark(), mark)

    def test_pkcs12(self) -> None:
        """With its chain; the password is neither shown nor needed for a dry run."""
        path = self.write("p.p12", self.pki.pkcs12(SECRET, self.pki.middle))
        call = ["key-pair", "import", "pair", path]
        self.refused(2, "--password-source is missing", *call)
        call += PASSWORD
        top = self.sha256("middle")
        self.refused(9, ["CN=middle", "issuer CN=root", "--fingerprint"], *call)
        self.refused(13, "nothing was sent", *call, "--fingerprint", self.sha256("leaf"))
        self.refused(8, "leave out --update", *call, "--fingerprint", top, "--update", "--yes")
        done = self.done(*call, "--fingerprint", top, "-o", "json")
        self.gone("pair")
        self.assertEqual((done.json["Type"], done.json["SubjectDN"]), ("Key Pair", "CN=leaf"))
        self.assertEqual(len(self.read("chain", "list", "pair")), 2)
        self.refused(9, ["an entry \"pair\" already", "--update"], *call, "--fingerprint", top)
        self.done(*call, "--fingerprint", top, "--update", "--yes")
        shown = self.done("key-pair", "import", "pair", path, "--password-source", "env:NOWHERE",
                          "--dry-run").out
        self.assertEqual(json.loads(shown.partition("\n\n")[2]), {
            "Hexalias": "70616972", "Alias": "pair", "Password": "(secret)",
            "Resource": f"(base64 of PKCS#12 of {path.stat().st_size} bytes)"})

    def test_pkcs12_that_is_none(self) -> None:
        """Each reason, before anything is sent."""
        mark = self.box.mark()
        alone = self.write("alone.p12", openssl(
            "pkcs12", "-export", "-nokeys", "-in", self.file("leaf"), "-passout",
            f"pass:{SECRET}"))
        many = self.write("many.p12", self.pki.pkcs12(SECRET, *self.padding(30)))
        for words, path in (("no PKCS#12", self.file("leaf")), ("cannot", self.folder / "none"),
                            ("no PKCS#12", self.write("empty", "")),
                            ("does not open", self.write("other.p12", self.pki.pkcs12("other"))),
                            ("no private key", alone), ("takes 30072", many)):
            with self.subTest(words=words):
                self.refused(3, words, "key-pair", "import", "x", path, *PASSWORD)
        self.assertEqual(self.box.mark(), mark)
        self.refused(3, "NOWHERE", "key-pair", "import", "x", many, "--password-source",
                     "env:NOWHERE")

    def padding(self, count: int) -> list[str]:
        """So many certificates that are all different."""
        return [openssl("x509", "-req", "-signkey", self.pki.folder / "root.key", "-set_serial",
                        str(100 + number), "-extfile", self.write(
                            "ext", "nsComment=" + "x" * 400),
                        stdin=openssl("req", "-new", "-key", self.pki.folder / "root.key", "-subj",
                                      f"/CN={number}")).decode() for number in range(count)]

    def test_private_keys_without_a_certificate(self) -> None:
        """RSA in PKCS#1; SSH keys, whose alias the tenant chooses."""
        pkcs8 = self.write("k8.pem", x509.new_key("RSA", 2048, None) or "")
        pkcs1 = self.write("k1.pem", openssl("rsa", "-traditional", "-in", pkcs8))
        locked = self.write("kx.pem", openssl("rsa", "-traditional", "-in", pkcs8, "-aes256",
                                              "-passout", f"pass:{SECRET}"))
        self.refused(3, ["PKCS#1", "-traditional"], "rsa-key", "import", "rsa", pkcs8, *NAME)
        self.refused(3, ["is encrypted", "key-pair import"], "rsa-key", "import", "rsa", locked,
                     *NAME)
        long = self.write("long.pem", pkcs1.read_bytes() + b"\n" * 10000)
        self.refused(3, "10000", "rsa-key", "import", "rsa", long, *NAME)
        made = self.done("rsa-key", "import", "rsa", pkcs1, *NAME, "-o", "json")
        self.gone("rsa")
        self.assertEqual(made.json["SignatureAlgorithm"], "sha512WithRSAEncryption")
        self.refused(9, "an entry \"rsa\" already", "rsa-key", "import", "rsa", pkcs1, *NAME)
        self.assertTrue(self.done("ssh-key", "get", "rsa").out.startswith("ssh-rsa AAAA"))
        ssh = self.write("ssh.pem", openssl("ec", "-in", self.pki.folder / "leaf.key", "-aes256",
                                            "-passout", f"pass:{SECRET}"))
        self.refused(1, "passphrase", "ssh-key", "import", "any", ssh, *NAME)
        made = self.done("ssh-key", "import", "any", ssh, *NAME, *PASSWORD)
        self.gone("id_ec")
        self.assertRegex(made.out, r"^Alias +id_ec\n$")
        self.refused(1, "--update", "ssh-key", "import", "any", ssh, *NAME, *PASSWORD)
        self.done("ssh-key", "import", "any", ssh, *NAME, *PASSWORD, "--update", "--yes")
        self.refused(1, "RSA and DSA", "ssh-key", "get", "id_ec")
        self.refused(3, "no SSH private key", "ssh-key", "import", "x", self.file("leaf"), *NAME)
        for noun, path, name in (("rsa", pkcs1, "RSAFile"), ("ssh", ssh, "SSHFile")):
            shown = self.done(f"{noun}-key", "import", "x", path, *NAME, "--dry-run").out
            self.assertRegex(json.loads(shown.partition("\n\n")[2])[name],
                             r"^\(private key of \d+ bytes\)$")

    def test_a_private_key_is_no_argument(self) -> None:
        """Of the command that sends any body."""
        done = self.run_cihsm("create", "SSHKeyGenerationRequests", "--set", "SSHFile=x")
        self.assertEqual(done.code, 2)
        self.message(done, "SSHFile")


class EntryTest(KeystoreTest):
    """rename, delete, size, keys of SAP"""

    def test_rename(self) -> None:
        """The body has one property that is null."""
        self.trust("root")
        shown = self.done("rename", "a", "b & c/ü", "--dry-run").out
        self.assertIn("/KeystoreEntries('61')?renameAlias=b%20%26%20c%2F%C3%BC&", shown)
        self.assertTrue(shown.endswith("\n\n{\"Status\":null}\n"))
        self.refused(8, "no entry \"none\"", "rename", "none", "x", "--yes")
        self.refused(9, "an entry \"id_rsa\" already", "rename", "trusted root", "id_rsa", "--yes")
        self.refused(2, ["another alias", "--yes"], "rename", "trusted root", "x")
        done = self.done("rename", "trusted root", "b & c/ü", "--yes")
        self.assertEqual((done.out, self.notes(done)),
                         ("", 'cihsm: renamed keystore entry "trusted root"\n'))
        self.done("rename", "b & c/ü", "trusted root", "--yes")

    def test_delete(self) -> None:
        """One, or several by one request, with the signs that mean something."""
        names = ["a;b", "c\\", "d\\;e", ";"]
        for name in names:
            self.done("certificate", "import", name, self.file("root"), "--fingerprint",
                      self.sha256("root"))
        self.refused(2, ["keystore entry \"a;b\"", "lost for good", "--yes"], "delete", "a;b")
        self.refused(8, "no entry \"none\"", "delete", "none", "--yes")
        self.refused(8, ["nothing was sent", "\"none\""], "delete", *names, "none", "--yes")
        self.assertLessEqual(set(names), self.aliases())
        shown = self.done("delete", *names, "--dry-run").out
        self.assertIn("PUT ", shown)
        self.assertIn("/KeystoreResources('system')?deleteEntries=true&", shown)
        self.assertEqual(json.loads(shown.partition("\n\n")[2]),
                         {"Aliases": r"a\;b;c\\;d\\\;e;\;"})
        done = self.done("delete", *names, "--yes")
        self.assertEqual(self.notes(done), 'cihsm: deleted 4 keystore entries ("a;b" ... ";")\n')
        self.assertFalse(set(names) & self.aliases())

    def test_size(self) -> None:
        """The number of entries."""
        self.assertEqual(self.done("size").out, f"{len(self.aliases())}\n")
        self.assertEqual(self.done("size", "--store", "KeyRenewal").out,
                         f"{len(self.aliases('--store', 'KeyRenewal'))}\n")
        self.refused(2, "--store is", "size", "--store", "backup_admin_system")
        self.refused(2, "--store is", "list", "--store", "other")

    def test_keys_of_sap(self) -> None:
        """Activated, found in the history, and brought back."""
        before = self.read("show", SAP_KEY)["FingerprintSha256"]
        self.refused(2, ["takes the place", "--yes"], "renewal", "activate", SAP_KEY)
        self.refused(8, ["KeyRenewal has no entry \"none\"", "--store"], "renewal", "activate",
                     "none", "--yes")
        self.done("renewal", "activate", SAP_KEY, "--yes")
        self.assertNotEqual(self.read("show", SAP_KEY)["FingerprintSha256"], before)
        former = next(row for row in self.read("history", "list")
                      if row["FingerprintSha256"] == before)
        self.assertRegex(former["ActiveUntil"], r"^\d{4}-\d\d-\d\dT")
        table = self.done("history", "list").out.splitlines()
        self.assertTrue(all(len(line) <= 80 for line in table), table)
        self.assertRegex(table[1], r"^\[1\]_\S+ +\S+T\d\d:\d\d:\d\d(\.\d+)?Z +\w+ +\d+ *$")
        self.assertEqual(self.read("history", "show", former["Alias"])["OriginalAlias"], SAP_KEY)
        self.refused(8, "\"none\"", "history", "show", "none")
        restore = ["history", "restore", former["Alias"]]
        self.refused(2, "none of SAP's", *restore, "--as", "mine")
        self.refused(8, ["history has no entry", "history list"], "history", "restore", "none")
        done = self.done(*restore)
        self.assertIn(f'copied to KeyRenewal: entry of the history "{former["Alias"]}"', done.err)
        self.refused(9, ["KeyRenewal has an entry", "--as"], *restore)
        self.done(*restore, "--as", "sap_other")
        self.assertEqual(self.aliases("--store", "KeyRenewal"), {SAP_KEY, "sap_other"})
        self.done("renewal", "activate", SAP_KEY, "--yes")
        self.assertEqual(self.read("show", SAP_KEY)["FingerprintSha256"], before)


class WholeTest(KeystoreTest):
    """import, export, backup, restore"""

    def test_backup_and_restore(self) -> None:
        """Between them anything can happen."""
        self.refused(8, ["there is no backup", "cihsm keystore backup"], "restore", "--yes")
        self.refused(2, ["one backup", "--yes"], "backup")
        done = self.done("backup", "--yes")
        self.assertEqual((done.out, self.notes(done)), ("", "cihsm: backed up the keystore\n"))
        own = self.aliases() - {SAP_KEY}
        self.assertEqual(self.aliases("--store", "backup_admin_system"), own)
        self.done("delete", "id_rsa", "--yes")
        self.refused(2, ["same alias", "--yes"], "restore")
        rows = {row["Alias"]: row["Status"] for row in self.done(
            "restore", "--yes", "-o", "json").json}
        self.assertEqual(rows["id_rsa"], "new")
        self.trust("root")
        rows = {row["Alias"]: row["Status"] for row in self.done(
            "restore", "--option", "replace", "--yes", "-o", "json").json}
        self.assertEqual(rows["trusted root"], "removed")
        self.assertEqual(self.aliases(), own | {SAP_KEY})
        self.done("certificate", "import", "trusted root", self.file("root"), "--fingerprint",
                  self.sha256("root"))  # for the cleanup

    def test_import(self) -> None:
        """Each entry's fate is told; not all of them is no success."""
        path = self.write("all.jks", pack({"new": self.pki.root, "id_rsa": self.pki.leaf}, SECRET))
        self.refused(2, "--password-source is missing", "import", path)
        self.refused(2, "merge, overwrite or replace", "import", path, *PASSWORD, "--option", "x")
        self.refused(3, "no keystore of the type", "import", self.file("root"), *PASSWORD)
        large = self.write("large.jks", b"\xfe\xed\xfe\xed" + b"x" * (2 << 20))
        self.refused(3, "large.jks", "import", large, *PASSWORD)
        result = self.run_cihsm("keystore", "import", path, *PASSWORD, "-o", "json")
        self.gone("new")
        self.assertEqual(result.code, 13, result.err)
        rows = {row["Alias"]: row["Status"] for row in result.json}
        self.assertEqual(rows["new"], "new")
        self.assertTrue(rows["id_rsa"].startswith("notImported: "))
        self.assertIn("1 entry was not imported", result.err)
        again = self.write("one.jks", pack({"new": self.pki.root}, SECRET))
        self.refused(2, ["same alias", "--yes"], "import", again, *PASSWORD, "--option",
                     "overwrite")
        table = self.done("import", again, *PASSWORD, "--option", "overwrite", "--yes").out
        self.assertRegex(table, r"(?m)^Alias +Type +Status")
        self.assertRegex(table, r"(?m)^new +Certificate +unchanged")
        other = self.write("other.jks", pack({"new": self.pki.root}, "other"))
        self.refused(1, ["400", "is the password right"], "import", other, *PASSWORD)
        shown = self.done("import", path, "--password-source", "env:NOWHERE", "--dry-run").out
        self.assertIn("importOption=merge", shown)
        self.assertEqual(json.loads(shown.partition("\n\n")[2]), {
            "Name": "system", "Password": "(secret)",
            "Resource": f"(base64 of a keystore of {path.stat().st_size} bytes)"})

    def test_export(self) -> None:
        """To a file, or into a folder; no private key is in it."""
        target = self.folder / "all.jceks"
        self.done("export", "--out", target)
        self.assertTrue(target.read_bytes().startswith(b"\xce\xce\xce\xce"))
        self.assertNotIn(b"PRIVATE KEY", target.read_bytes())
        self.assertEqual(target.stat().st_mode & 0o777, 0o600)
        (self.folder / "into").mkdir()
        self.done("export", "--out", f"{self.folder / 'into'}/")
        self.assertEqual((self.folder / "into" / "keystore.jceks").read_bytes(),
                         target.read_bytes())
        self.refused(2, "--store is", "export", "--store", "KeyRenewal")


class StatusTest(KeystoreTest):
    """What the tenant answers to any of them."""

    def test_locked(self) -> None:
        """503, of RSA keys 423: later it may work, and waiting is enough."""
        pkcs1 = self.write("k.pem", openssl("rsa", "-traditional",
                                            stdin=(x509.new_key("RSA", 2048, None) or "").encode()))
        with self.box.scenario("keystore_locked=1000"):
            self.refused(12, ["503", "another user has locked", "--retry-time"], "delete", "x",
                         "--yes")
            self.refused(12, ["423", "another user has locked"], "rsa-key", "import", "x", pkcs1,
                         *NAME)
        with self.box.scenario("keystore_locked=1"):
            self.refused(8, "no entry", "rename", "x", "y", "--yes", "--retry-time", "60")

    def test_sizes_and_forms_that_only_the_tenant_judges(self) -> None:
        """413, 415: in words."""
        p12 = self.write("p.p12", self.pki.pkcs12(SECRET))
        jks = self.write("p.jks", pack({}, SECRET))
        for status, words, call in (
                (413, ["6 MB", "the key pair"], ["key-pair", "create", "x", *NAME]),
                (413, ["6 MB", "the file"], ["certificate", "import", "x", self.file("root")]),
                (415, "X.509", ["certificate", "import", "x", self.file("root")]),
                (415, "PKCS#7", ["chain", "import", "x", self.file("root"), "--yes"]),
                (415, "PKCS#12", ["key-pair", "import", "x", p12, *PASSWORD]),
                (415, "JKS", ["import", jks, *PASSWORD])):
            with self.subTest(status=status, call=call), self.box.scenario(
                    f"error_status={status}", "error_path=Resources" if call[1] != "create"
                    else "error_path=Requests"):
                self.refused(1, [str(status), *([words] if isinstance(words, str) else words)],
                             *call)

    def test_a_missing_role_is_named(self) -> None:
        """To write, and to export."""
        reader = self.box.register_type("reader", "certificate", ["MonitoringDataRead"])
        for role, call in (("SecurityMaterialEdit", ["delete", "x", "--yes"]),
                           ("SecurityMaterialEdit", ["certificate", "import", "x",
                                                     self.file("root")]),
                           ("SecurityMaterialDownload", ["export"])):
            done = self.cihsm("keystore", *call, "--service-key", reader, "--ca", self.box.ca)
            self.assertEqual(done.code, 7)
            self.message(done, ["403", role])

    def test_a_protected_profile(self) -> None:
        """Is to be named before a password is asked for."""
        config = self.write("config", "[live]\nprotected = yes\n")
        mark = self.box.mark()
        for call in (["delete", "x"], ["backup"],
                     ["import", self.write("x", pack({}, "x")), "--password-source", "env:NOWHERE"],
                     ["key-pair", "import", "x", "y", "--password-source", "env:NOWHERE"]):
            self.refused(2, "is protected", *call, "--yes", "--config", config, "--profile", "live")
        self.assertEqual(self.box.mark(), mark)

    def test_other_answers(self) -> None:
        """An export without content, a size that is none, an import answered by nothing."""
        canned = CannedTenant(asks_certificate=False)
        self.addCleanup(canned.stop)
        document = json.loads(self.caller.read_text())
        document["oauth"]["url"] = f"https://localhost:{canned.port}"
        path = self.write("canned.json", json.dumps(document))
        where = ["--service-key", path, "--ca", canned.ca]
        for code, body, call in ((11, b'{"d":{"Name":"system"}}', ["export"]),
                                 (11, b'{"d":{"Resource":"!"}}', ["export"]),
                                 (11, b"many", ["size"])):
            canned.says(Answer(body, content_type="text/plain" if call == ["size"]
                               else "application/json"))
            self.assertEqual(self.cihsm("keystore", *call, *where).code, code)
        canned.says(Answer(b'{"d":{"results":[{"Name":"system","Resource":"'
                           + base64.b64encode(b"ok") + b'"}]}}'))
        self.assertEqual(self.cihsm("keystore", "export", *where).stdout, b"ok")
        canned.says(Answer(status=204, content_type=""))
        done = self.cihsm("keystore", "certificate", "import", "x", self.file("root"), *where)
        self.assertEqual((done.code, done.out), (0, ""))
        self.assertRegex(done.err, re.escape('cihsm: imported certificate "x"'))


if __name__ == "__main__":
    unittest.main()
