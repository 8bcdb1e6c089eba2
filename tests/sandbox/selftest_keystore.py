#!/usr/bin/env python3
"""Tests of the keystore: contract §7.3."""

from __future__ import annotations

import base64
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
import keystore_x509 as x509  # noqa: E402
from certificates import run  # noqa: E402
from keystore_pki import Pki  # noqa: E402
from keystores import SAP_KEY, hex_of, pack  # noqa: E402
from selftest import CLIENTS, JSON, Answer, register, sandbox, setUpModule  # noqa: E402
from selftest_writes import EVERY_ROLE, Writing  # noqa: E402

NAME = {"CommonName": "c", "Country": "DE"}
VERIFIED = "fingerprintVerified=true&returnKeystoreEntries=false"
PIPED = "application/pkcs7-mime"


def entry(alias: str, rest: str = "", name: str = "KeystoreEntries") -> str:
    """The path of an entry, or below."""
    return f"{name}('{hex_of(alias)}'){rest}"


def base64_of(data: bytes) -> str:
    """As it stands in JSON."""
    return base64.b64encode(data).decode()


class Keystore(Writing):
    """Contract §7.3"""

    pki: Pki

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.pki = Pki(Path(folder.name))

    def put(self, status: int, path: str, body: bytes, kind: str = "application/pkix-cert"
            ) -> Answer:
        """A PUT of bytes that must be answered so."""
        answer = self.send("PUT", path, body, {**JSON, "Content-Type": kind})
        self.assertEqual(answer.status, status, answer.body[:300])
        return answer

    def gone(self, alias: str) -> None:
        """Deletes an entry at the end."""
        self.addCleanup(self.answers, 204, "DELETE", entry(alias))

    def aliases(self, query: str = "") -> set[str]:
        """All aliases of a keystore."""
        return {row["Alias"] for row in self.read(f"KeystoreEntries{query}")["results"]}

    def test_certificates(self) -> None:
        """Untrusted issuers, update, forms, sizes, reserved aliases."""
        path = entry("new", "/$value", "CertificateResources")
        root = self.pki.root.encode()
        refused = self.put(409, path, root).json["d"]
        self.assertEqual((refused["Validity"], refused["SubjectDN"]), ("notTrusted", "CN=root"))
        self.assertNotIn("new", self.aliases())
        self.put(204, f"{path}?{VERIFIED}", root)
        self.gone("new")
        self.assertEqual(self.answers(200, "GET", entry("new", "/Certificate/$value")).body, root)
        self.put(400, f"{path}?{VERIFIED}", root)
        self.put(204, f"{path}?{VERIFIED}&update=true", root)
        # what the root issued is trusted now
        found = self.put(200, entry("middle", "/$value?returnKeystoreEntries=true",
                                    "CertificateResources"), self.pki.middle.encode()).json["d"]
        self.gone("middle")
        self.assertIn("middle", {row["Alias"] for row in found["results"]})
        self.put(400, entry("none", f"/$value?{VERIFIED}&update=true", "CertificateResources"), root)
        der = base64.b64decode("".join(self.pki.root.splitlines()[1:-1]))
        for form in (der, base64.b64encode(der)):
            self.put(204, f"{path}?{VERIFIED}&update=true", form)
        self.put(415, path, b"x")
        self.put(415, path, root, "text/plain")
        self.put(413, path, root + b"\n" * 10240)
        for alias in ("sap_x", "hcicertificate", "hcicertificate1", "hcimsgcertificate"):
            self.put(403, entry(alias, "/$value", "CertificateResources"), root)
        for method, target in (("GET", path), ("DELETE", path.removesuffix("/$value"))):
            self.assertIn(self.send(method, target).status, (405, 501))

    def test_facts_are_those_of_the_certificate(self) -> None:
        """Real ones."""
        row = self.read(entry("id_rsa"))
        self.assertEqual((row["KeyType"], row["KeySize"], row["Type"]), ("RSA", 2048, "Key Pair"))
        pem = self.answers(200, "GET", entry("id_rsa", "/Certificate/$value")).body
        shown = run("openssl", "x509", "-noout", "-fingerprint", "-sha256", stdin=pem).decode()
        self.assertIn(row["FingerprintSha256"], shown)
        csr = self.answers(200, "GET", entry("id_rsa", "/SigningRequest/$value")).body
        self.assertIn(b"CN=id_rsa", run("openssl", "req", "-noout", "-subject", "-nameopt",
                                        "RFC2253", "-verify", stdin=csr))
        line = self.answers(200, "GET", entry("id_rsa", "/Sshkey/$value")).body.decode()
        self.assertRegex(line, r"^ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ\S+\n$")
        self.answers(400, "GET", entry("O'Brien & Co", "/Sshkey/$value"))
        self.answers(404, "GET", entry("O'Brien & Co", "/SigningRequest/$value"))

    def test_key_pairs_are_made(self) -> None:
        """RSA and EC; what is missing or there already."""
        path = "KeyPairGenerationRequests"
        body = {"Hexalias": "00", "Alias": "made", "KeyType": "EC", "KeySize": 256, **NAME}
        for status, changed in (
                (403, {"Alias": "sap_x"}), (400, {"Alias": "id_rsa"}), (400, {"CommonName": ""}),
                (400, {"Country": "DEU"}), (400, {"KeyType": "DES"}), (400, {"KeySize": None}),
                (400, {"KeyAlgorithmParameter": "secp256r1"}),
                (400, {"SignatureAlgorithm": "MD5/RSA"})):
            with self.subTest(changed=changed):
                self.answers(status, "POST", path, {**body, **changed})
        self.answers(204, "POST", path, body)
        self.gone("made")
        self.assertEqual(self.read(entry("made"))["KeyType"], "EC")
        many = self.send("POST", f"{path}?returnKeystoreEntries=true",
                         {**body, "Alias": "curve", "KeySize": None,
                          "KeyAlgorithmParameter": "secp384r1",
                          "SignatureAlgorithm": "SHA-512/ECDSA"})
        self.assertEqual(many.status, 200)
        self.gone("curve")
        rows = {row["Alias"]: row for row in many.json["d"]["results"]}
        self.assertEqual(rows["curve"]["EllipticCurve"], "secp384r1")

    def test_chains(self) -> None:
        """For the key pair that they belong to only."""
        leaf, middle, root = self.pki.leaf, self.pki.middle, self.pki.root
        path = entry("pair", f"/$value?{VERIFIED}", "CertificateChainResources")
        whole = x509.chain_file([leaf, middle, root])
        self.put(404, path, whole, PIPED)
        resource = base64_of(self.pki.pkcs12("geheim", middle))
        body = {"Hexalias": "00", "Alias": "pair", "Password": "geheim", "Resource": resource}
        pairs = f"KeyPairResources?{VERIFIED}"
        self.answers(400, "POST", pairs, {**body, "Password": "falsch"})
        self.answers(415, "POST", pairs, {**body, "Resource": base64_of(b"no")})
        self.answers(413, "POST", pairs, {**body, "Resource": base64_of(b"x" * 30072)})
        self.answers(403, "POST", pairs, {**body, "Alias": "sap_x"})
        self.answers(400, "POST", f"{pairs}&update=true", body)
        self.answers(409, "POST", "KeyPairResources", body)
        self.answers(204, "POST", pairs, body)
        self.gone("pair")
        self.answers(400, "POST", pairs, body)
        self.answers(204, "POST", f"{pairs}&update=true", body)
        self.put(409, path.partition("?")[0], whole, PIPED)
        self.put(204, path, whole, PIPED)
        rows = self.read(entry("pair", "/ChainCertificates"))["results"]
        self.assertEqual([(row["Index"], row["SubjectDN"]) for row in rows],
                         [(0, "CN=leaf"), (1, "CN=middle"), (2, "CN=root")])
        back = self.answers(200, "GET", entry("pair", "/ChainResource/$value")).body
        self.assertEqual(len(x509.chain_from(back)), 3)
        for status, chain in ((400, [middle, root]), (400, [leaf, root])):
            self.put(status, path, x509.chain_file(chain), PIPED)
        self.put(415, path, b"x", PIPED)
        self.put(415, path, whole, "application/pkix-cert")
        self.put(413, path, b"x" * 30073, PIPED)
        other = entry("O'Brien & Co", f"/$value?{VERIFIED}", "CertificateChainResources")
        self.put(400, other, whole, PIPED)

    def test_private_keys(self) -> None:
        """RSA in PKCS#1, SSH keys by their algorithm; 423 is of RSA keys."""
        key = x509.new_key("RSA", 2048, None) or ""
        pkcs1 = run("openssl", "rsa", "-traditional", stdin=key.encode())
        body = {"Hexalias": "00", "Alias": "rsa", "RSAFile": base64_of(pkcs1), **NAME}
        self.answers(400, "POST", "RSAKeyGenerationRequests",
                     {**body, "RSAFile": base64_of(key.encode())})
        sandbox("scenario", "keystore_locked=1")
        self.answers(423, "POST", "RSAKeyGenerationRequests", body)
        self.answers(204, "POST", "RSAKeyGenerationRequests", body)
        sandbox("scenario", "keystore_locked=")
        self.gone("rsa")
        ssh = {"Alias": "any", "SSHFile": self.pki.keys["leaf"], **NAME}
        self.answers(403, "POST", "SSHKeyGenerationRequests", {**ssh, "Alias": "sap_x"})
        self.answers(400, "POST", "SSHKeyGenerationRequests", {**ssh, "SSHFile": "x"})
        made = self.send("POST", "SSHKeyGenerationRequests", ssh)
        self.assertEqual((made.status, made.json), (200, {"d": {"Alias": "id_ec"}}))
        self.gone("id_ec")
        self.answers(400, "POST", "SSHKeyGenerationRequests", ssh)
        made = self.send("POST", "SSHKeyGenerationRequests?update=true", ssh)
        self.assertEqual(made.status, 200)

    def test_rename_and_delete(self) -> None:
        """The body of a PUT has one property that is null."""
        self.answers(204, "POST", "KeyPairGenerationRequests",
                     {"Alias": "a;b\\", "KeyType": "EC", "KeySize": 256, **NAME})
        path = entry("a;b\\", "?renameAlias=c")
        for body in ({}, {"Status": "x"}, {"Status": None, "Owner": None}):
            self.answers(400, "PUT", path, body)
        for status, to in ((403, "sap_c"), (400, "id_rsa"), (400, "")):
            self.answers(status, "PUT", entry("a;b\\", f"?renameAlias={to}"), {"Status": None})
        self.answers(404, "PUT", entry("none", "?renameAlias=c"), {"Status": None})
        self.answers(204, "PUT", path, {"Status": None})
        self.answers(404, "GET", entry("a;b\\"))
        self.answers(204, "PUT", entry("c", "?renameAlias=a;b%5C"), {"Status": None})
        store = "KeystoreResources('system')?returnKeystoreEntries=false"
        self.answers(403, "PUT", f"{store}&deleteEntries=true", {"Aliases": f"c;{SAP_KEY}"})
        self.answers(204, "PUT", f"{store}&deleteEntries=true", {"Aliases": "none;a\\;b\\\\"})
        self.answers(404, "DELETE", entry("a;b\\"))
        self.answers(403, "DELETE", entry(SAP_KEY))
        self.answers(400, "PUT", store, {"Aliases": "x"})

    def test_locked(self) -> None:
        """503, as often as wanted."""
        sandbox("scenario", "keystore_locked=2")
        for status in (503, 503, 404):
            self.answers(status, "DELETE", entry("none"))
        sandbox("scenario", "keystore_locked=")

    def test_the_whole(self) -> None:
        """Import with its options, export, backup and back."""
        first = self.aliases()
        self.answers(404, "PUT", "KeystoreResources('system')?retrieveBackup=backup_admin_system",
                     {"Aliases": None})
        made = self.send("POST", "KeystoreResources", {"Name": "backup_admin_system"})
        own = first - {SAP_KEY}
        self.assertEqual({row["Alias"] for row in made.json["d"]["results"]}, own)
        self.assertEqual(self.aliases("?keystoreName=backup_admin_system"), own)
        body = {"Name": "system", "Password": "p", "Resource": base64_of(pack(
            {"id_rsa": self.pki.leaf, "sap_x": self.pki.leaf, "root": self.pki.root}, "p"))}
        self.answers(400, "POST", "KeystoreResources", {**body, "Password": "q"})
        self.answers(415, "POST", "KeystoreResources", {**body, "Resource": base64_of(b"jks")})
        self.answers(400, "POST", "KeystoreResources", {**body, "Name": "other"})
        self.answers(400, "POST", "KeystoreResources?returnKeystoreEntries=false", body)
        for option, expected in (
                ("merge", {"id_rsa": "notImported", "sap_x": "notImported", "root": "new"}),
                ("overwrite", {"id_rsa": "changed", "sap_x": "notImported", "root": "unchanged"}),
                ("replace", {"id_rsa": "unchanged", "sap_x": "notImported", "root": "unchanged",
                             "O'Brien & Co": "removed"})):
            answer = self.send("POST", f"KeystoreResources?importOption={option}", body)
            self.assertEqual(answer.status, 200)
            status = {row["Alias"]: row["Status"].partition(":")[0]
                      for row in answer.json["d"]["results"]}
            self.assertLessEqual(expected.items(), status.items())
        self.assertEqual(self.aliases(), {SAP_KEY, "id_rsa", "root"})
        found = self.read("KeystoreResources('system')")
        self.assertTrue(base64.b64decode(found["Resource"]).startswith(b"\xce\xce\xce\xce"))
        self.answers(400, "GET", "KeystoreResources('KeyRenewal')")
        answer = self.send("PUT", "KeystoreResources('system')?retrieveBackup=backup_admin_system"
                                  "&importOption=replace", {"Aliases": None})
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.aliases(), first)
        size = self.answers(200, "GET", "Keystores('system')/Size/$value").body
        self.assertEqual(size.decode(), str(len(first)))

    def test_keys_of_sap(self) -> None:
        """A new one is activated, the former one restored."""
        self.assertEqual(self.aliases("?keystoreName=KeyRenewal"), {SAP_KEY})
        self.answers(400, "GET", "KeystoreEntries?keystoreName=other")
        before = self.read(entry(SAP_KEY))["FingerprintSha256"]
        activate = entry(SAP_KEY, "?keystoreName=KeyRenewal&activate=true")
        self.answers(204, "DELETE", activate)
        self.assertNotEqual(self.read(entry(SAP_KEY))["FingerprintSha256"], before)
        self.answers(404, "DELETE", activate)
        former = self.read("HistoryKeystoreEntries")["results"][-1]
        self.assertEqual((former["Alias"], former["OriginalAlias"], former["FingerprintSha256"]),
                         (f"[2]_{SAP_KEY}", SAP_KEY, before))
        path = entry(former["Alias"], "?copy=true", "HistoryKeystoreEntries")
        null: dict[str, Any] = {"Status": None}
        self.answers(404, "PUT", entry("none", "?copy=true", "HistoryKeystoreEntries"), null)
        self.answers(400, "PUT", f"{path}&destinationAlias=other", null)
        self.answers(400, "PUT", path, {})
        self.answers(204, "PUT", path, null)
        self.answers(400, "PUT", path, null)
        self.answers(204, "DELETE", activate)
        self.assertEqual(self.read(entry(SAP_KEY))["FingerprintSha256"], before)

    def test_roles(self) -> None:
        """One to write, another to export."""
        kept = [role for role in EVERY_ROLE if "SecurityMaterial" not in role]
        register("second", "--cert", CLIENTS["second"].leaf, *kept)
        self.addCleanup(register, "second", "--cert", CLIENTS["second"].leaf, *EVERY_ROLE)
        self.assertEqual(self.send("DELETE", entry("none")).status, 403)
        self.assertEqual(self.send("GET", "KeystoreResources('system')").status, 403)
        self.assertEqual(self.send("GET", "KeystoreEntries").status, 200)


if __name__ == "__main__":
    unittest.main()
