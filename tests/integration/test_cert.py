#!/usr/bin/env python3
"""cert: import what CAs deliver, list, export, check, expiry; other programs as witnesses."""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path
from typing import Any

from harness import CA_SCRIPT, SHIM, CihsmTest, Option, openssl, tool
from tenants import Sandbox, write_service_key
from tokens import (CANARY_PIN, MODULE, TOKEN_URI, ca_folder, chain_of, copy_token,
                    request_of, serial_of)

KEY = "ec-p256"
BUNDLES = ("leaf first", "leaf last", "with root", "doubled", "PKCS#7 PEM", "PKCS#7 DER",
           "PKCS#7 as CERTIFICATE")
CA_EXTENSIONS = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
LEAF_EXTENSIONS = ("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                   "extendedKeyUsage=clientAuth\n")
MEGABYTE = 1 << 20


def certificates(chain: Path) -> list[str]:
    """The PEM blocks of a file."""
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n",
                      chain.read_text(), re.DOTALL)


class CertTest(CihsmTest):
    """With a copy of the master token, which holds keys and no certificates."""

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def options(self, key: str = "") -> list[Option]:
        """Selects the token, and a key on it."""
        return self.token.options(key)

    def issue(self, key: str = KEY, *options: str) -> Path:
        """Another chain for a key."""
        chain = self.folder / f"{key}.issued.pem"
        tool(CA_SCRIPT, "issue", ca_folder(), request_of(key), chain, *options)
        return chain

    def bundle(self, form: str, key: str = KEY) -> Path:
        """The chain of a key as CAs deliver it."""
        leaf, intermediate = certificates(chain_of(key))
        root = (ca_folder() / "root.pem").read_text()
        texts = {"leaf first": leaf + intermediate, "leaf last": root + intermediate + leaf,
                 "with root": intermediate + leaf + root, "doubled": (leaf + intermediate) * 2}
        if form in texts:
            return self.write("bundle.pem", texts[form])
        source = self.write("source.pem", texts["leaf last"])
        as_der = ["-outform", "DER"] if form == "PKCS#7 DER" else []
        bundle = openssl("crl2pkcs7", "-nocrl", "-certfile", source, *as_der)
        return self.write("bundle.p7b", bundle.replace(b" PKCS7-", b" CERTIFICATE-")
                          if "as CERTIFICATE" in form else bundle)

    def do_import(self, path: Path, *options: Option) -> Any:
        """A successful import; its report."""
        return self.succeeds("cert", "import", path, "-o", "json", *options, *self.options(),
                             env=self.token.env).json

    def refuses_import(self, code: int, words: str | list[str], path: Path,
                       *options: Option) -> str:
        """A refused import, after which nothing is on the token."""
        message = self.refuses(code, words, "cert", "import", path, *options, *self.options(),
                               env=self.token.env)
        self.assertEqual(self.on_token(), [])
        return message

    def on_token(self) -> list[Any]:
        """What "cert list" shows."""
        return list(self.succeeds("cert", "list", "-o", "json", *self.options(),
                                  env=self.token.env).json)

    def pkcs11_tool(self, *arguments: Option) -> str:
        """OpenSC's tool on the same token, logged in."""
        return tool("pkcs11-tool", "--module", MODULE, "--token-label", "integration", "--login",
                    "--pin", CANARY_PIN, *arguments,
                    env={"PATH": "/usr/bin:/bin", **self.token.env}).decode()


class ImportTest(CertTest):
    """Storing a chain beside its key."""

    def test_every_form_of_a_bundle_stores_the_same(self) -> None:
        """Leaf under the key's id, the intermediate under its subject key identifier, no root."""
        for form in BUNDLES:
            with self.subTest(form=form):
                self.token = copy_token(self.folder / form.replace(" ", "-").replace("#", ""))
                report = self.do_import(self.bundle(form))
                self.assertEqual([row["added"] for row in report["stored"]], [True, True])
                self.assertIn(f"object={KEY}", report["key"])
                rows = {row["label"]: row for row in self.on_token()}
                self.assertEqual(set(rows), {KEY, "cihsm test Intermediate CA"})
                self.assertEqual(rows[KEY]["key"], report["key"])
                self.assertIsNone(rows["cihsm test Intermediate CA"]["key"])
                self.assertEqual(int(rows[KEY]["serialNumber"], 16),
                                 int(serial_of(chain_of(KEY)), 16))
                text = openssl("x509", "-in", ca_folder() / "intermediate.pem", "-noout", "-ext",
                               "subjectKeyIdentifier").decode().splitlines()[-1]
                self.assertEqual(rows["cihsm test Intermediate CA"]["id"],
                                 text.strip().replace(":", "").lower())

    def test_a_der_leaf_finds_its_intermediate_on_the_token(self) -> None:
        """It came with the certificate of another key."""
        der = self.write("leaf.der", openssl("x509", "-in", chain_of(KEY), "-outform", "DER"))
        self.refuses_import(13, ["nothing was stored", "is not in the chain", "add the"], der)
        self.do_import(chain_of("rsa-2048"))
        report = self.do_import(der)
        self.assertEqual([row["added"] for row in report["stored"]], [True, False])
        self.assertEqual(len(self.on_token()), 3)

    def test_a_second_import_changes_nothing(self) -> None:
        """Identical certificates are left alone."""
        self.do_import(chain_of(KEY))
        before = self.on_token()
        again = self.do_import(self.bundle("PKCS#7 DER"), "--key", f"pkcs11:object={KEY}")
        self.assertEqual([row["added"] for row in again["stored"]], [False, False])
        self.assertEqual(self.on_token(), before)

    def test_a_person_sees_what_was_stored(self) -> None:
        """As lines; the error line and warnings are on standard error."""
        chain = self.issue(KEY, "--days", "20")
        done = self.succeeds("cert", "import", chain, *self.options(), env=self.token.env)
        for part in ("subject ", f"CN={KEY},O=Example,C=DE", "stored ", "id "):
            self.assertIn(part, done.out)
        self.assertIn("cihsm: warning: the leaf", done.err)
        self.assertRegex(done.err, "expires in (19|20) days")

    def test_every_key_type_gets_its_certificate(self) -> None:
        """One after the other on one token."""
        for key in ("rsa-2048", "rsa-3072", "ec-p256", "ec-p384"):
            report = self.do_import(chain_of(key))
            self.assertIn(f"object={key};", report["key"])
        self.assertEqual(len(self.on_token()), 5)

    def test_a_renewed_certificate_stands_beside_the_old_one(self) -> None:
        """Export takes the one that is valid longest."""
        self.do_import(chain_of(KEY))
        renewed = self.issue(KEY, "--days", "200")
        self.do_import(renewed)
        self.assertEqual(len(self.on_token()), 3)
        done = self.succeeds("cert", "export", *self.options(KEY), env=self.token.env)
        self.assertEqual(done.out, "".join(certificates(renewed)))

    def test_a_key_without_public_object_proves_itself_by_a_signature(self) -> None:
        """SoftHSM does not tell the point of a private EC key."""
        identity = self.succeeds("key", "list", "-o", "json", *self.options(KEY),
                                 env=self.token.env).json[0]["Id"]
        self.pkcs11_tool("--delete-object", "--type", "pubkey", "--id", identity)
        self.refuses_import(3, "belongs to", chain_of("ec-p384"), "--key", f"pkcs11:object={KEY}")
        self.assertIn(f"object={KEY}", self.do_import(chain_of(KEY))["key"])

    def test_out_writes_a_chain_file_and_stores_nothing(self) -> None:
        """Leaf first, no root."""
        path = self.folder / "chain.pem"
        report = self.do_import(self.bundle("leaf last"), "--out", path)
        self.assertEqual(certificates(path), certificates(chain_of(KEY)))
        self.assertEqual(report["stored"], [])
        self.assertEqual(self.on_token(), [])

    def test_other_certificates_of_the_file_are_left_out(self) -> None:
        """A second leaf is not ours."""
        both = self.write("both.pem", "".join(certificates(chain_of("rsa-2048"))
                                              + certificates(chain_of(KEY))))
        report = self.do_import(both, "--key", f"pkcs11:object={KEY}")
        self.assertEqual(len(self.on_token()), 2)
        self.assertIn("unused-certificates", [row["code"] for row in report["findings"]])
        self.refuses(5, ["fits several keys", "choose one with --key"], "cert", "import", both,
                     *self.options(), env=self.token.env)


class InteropTest(CertTest):
    """Other programs read what was stored, and a call works with it."""

    def test_pkcs11_tool_reads_the_certificates(self) -> None:
        """Byte for byte."""
        self.do_import(chain_of(KEY))
        for row in self.on_token():
            der = self.folder / "read.der"
            self.pkcs11_tool("--read-object", "--type", "cert", "--id", row["id"], "-o", der)
            self.assertEqual(openssl("x509", "-inform", "DER", "-in", der, "-noout",
                                     "-fingerprint", "-sha256").decode().strip()
                             .partition("=")[2].replace(":", "").lower(), row["sha256"])

    def test_p11tool_exports_each_certificate_by_our_uri(self) -> None:
        """GnuTLS reads names and bytes as we do."""
        self.do_import(chain_of(KEY))
        leaf, intermediate = certificates(chain_of(KEY))
        for row in self.on_token():
            shown = tool("p11tool", "--provider", MODULE, "--export", row["uri"],
                         env={"PATH": "/usr/bin:/bin", **self.token.env}).decode()
            self.assertEqual(shown.strip(), (leaf if row["key"] else intermediate).strip())

    def test_a_call_needs_no_chain_file_any_more(self) -> None:
        """The chain comes from the token."""
        box = Sandbox("--entries", "5")
        self.addCleanup(box.stop)
        arguments = ["get", "MessageProcessingLogs", "--top", "1", "-o", "json", "--service-key",
                     box.service_key(KEY), "--ca", box.ca, *self.options(KEY)]
        self.do_import(self.bundle("PKCS#7 PEM"))
        mark = box.mark()
        self.assertEqual(len(self.succeeds(*arguments, env=self.token.env).json), 1)
        self.assertEqual(box.seen(mark)[0]["verify"], "SUCCESS")


class RefusalTest(CertTest):
    """What is no chain of a key here; nothing reaches the token."""

    def test_the_chain_of_another_key_is_refused(self) -> None:
        """By name of the key, and for the whole token."""
        self.refuses_import(3, ["CN=rsa-2048", f"belongs to key pkcs11:object={KEY}", "--key"],
                            chain_of("rsa-2048"), "--key", f"pkcs11:object={KEY}")
        tool("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stranger",
             "-config", "/dev/null", "-keyout", self.folder / "k", "-out", self.folder / "s.csr")
        chain = self.folder / "stranger.pem"
        tool(CA_SCRIPT, "issue", ca_folder(), self.folder / "s.csr", chain)
        self.refuses_import(3, ["CN=stranger", "belongs to a key on pkcs11:", "CSR"], chain)

    def test_errors_of_the_lint_stop_an_import(self) -> None:
        """One error is said in full, with what to do."""
        for options, words in ((("--expired",), "expired on 2025-02-01"),
                               (("--eku", "serverAuth"), "no clientAuth"),
                               (("--leaf-only",), "is not in the chain")):
            with self.subTest(options=options):
                self.refuses_import(13, ["nothing was stored: ", words, ": "],
                                    self.issue(KEY, *options))
        roots = self.issue_root("Stranger")
        self.refuses_import(13, ["neither in the chain nor among", "use a CA on the list"],
                            chain_of(KEY), "--lb-roots", roots)

    def issue_root(self, name: str) -> Path:
        """A root of another CA."""
        tool(CA_SCRIPT, "init", self.folder / name, "--name", name)
        return self.folder / name / "root.pem"

    def test_findings_of_a_refused_import_are_there_for_a_script(self) -> None:
        """On standard output; the error on standard error."""
        done = self.cihsm("cert", "import", self.issue(KEY, "--eku", "none"), "-o", "json",
                          *self.options(), env=self.token.env)
        self.assertEqual(done.code, 13)
        codes = {row["code"]: row["level"] for row in done.json["findings"]}
        self.assertEqual(codes["no-client-auth"], "error")
        self.assertEqual(json.loads(done.err)["error"]["exit_code"], 13)

    def test_a_chain_with_a_loop_is_refused(self) -> None:
        """Two CAs that issued each other."""
        folder = self.folder
        (folder / "ca.ext").write_text(CA_EXTENSIONS)
        (folder / "leaf.ext").write_text(LEAF_EXTENSIONS)
        for name in "ab":
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-subj", f"/CN=loop {name}", "-keyout", folder / f"{name}.key",
                    "-out", folder / f"{name}.pem")
            openssl("req", "-new", "-key", folder / f"{name}.key", "-subj", f"/CN=loop {name}",
                    "-out", folder / f"{name}.csr")
        pool = b""
        for csr, issuer, extensions in (("a.csr", "b", "ca.ext"), ("b.csr", "a", "ca.ext"),
                                        (request_of(KEY), "a", "leaf.ext")):
            pool += openssl("x509", "-req", "-in", folder / csr, "-CA", folder / f"{issuer}.pem",
                            "-CAkey", folder / f"{issuer}.key", "-days", "60", "-extfile",
                            folder / extensions)
        path = self.write("loop.pem", pool)
        self.refuses_import(13, ["in a circle", "no root is reached"], path)
        done = self.cihsm("cert", "check", path)
        self.assertEqual(done.code, 13)
        self.assertIn("chain-loop", done.out)

    def test_two_certificates_of_one_key_are_refused(self) -> None:
        """Which one is meant cannot be told."""
        both = self.write("both.pem", "".join(certificates(chain_of(KEY))
                                              + certificates(self.issue(KEY))))
        self.refuses_import(3, ["two certificates of the same key", "keep the newer one"], both)

    def test_a_private_key_in_the_file_is_an_error(self) -> None:
        """It has no place beside a certificate of a token's key."""
        key = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        both = self.write("both.pem", key + chain_of(KEY).read_bytes())
        self.refuses_import(13, ["a private key stands beside", "take it out of the file"], both)
        self.refuses_import(3, "only a private key", self.write("key.pem", key))

    def test_files_that_hold_no_certificate_are_named(self) -> None:
        """Before a PIN is asked for."""
        der = self.bundle("PKCS#7 DER").read_bytes()
        text = self.bundle("PKCS#7 PEM").read_text()
        rows = (("empty", b"", "is empty"),
                ("text", b"no certificate", "holds no certificate"),
                ("csr", request_of(KEY).read_bytes(), "certificate request"),
                ("csr.der", openssl("req", "-in", request_of(KEY), "-outform", "DER"),
                 "certificate request"),
                ("cut.p7b", der[:len(der) // 2], "is cut off"),
                ("cut.pem", text[:len(text) // 2].encode(), "cut off"),
                ("big.pem", chain_of(KEY).read_bytes() * (10 * MEGABYTE // 1000),
                 "larger than 1048576 bytes"))
        for name, content, words in rows:
            with self.subTest(name=name):
                path = self.write(name, content)
                for arguments in (["cert", "import", path, "--module", MODULE],
                                  ["cert", "check", path], ["cert", "expiry", path]):
                    self.refuses(3, words, *arguments, env=self.token.env)
        self.refuses(3, "cannot open", "cert", "import", "missing.pem", "--module", MODULE)

    def test_a_key_that_is_not_there_is_said(self) -> None:
        """With what there is instead."""
        self.refuses_import(5, ["no such key on the token", "rsa-2048"], chain_of(KEY), "--key",
                            "pkcs11:object=nothing")


@unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
class FaultTest(CertTest):
    """Tokens that refuse to store, or go away in the middle."""

    def shimmed(self, rules: str, code: int, words: list[str]) -> str:
        """An import through the shim that fails."""
        env = {**self.token.env, "CIHSM_SHIM_MODULE": str(MODULE),
               "CIHSM_SHIM_RULES": str(self.write("rules", rules))}
        return self.refuses(code, words, "cert", "import", chain_of(KEY), "--module", str(SHIM),
                            "--token", TOKEN_URI, "--pin-source", f"file:{self.token.pin}",
                            env=env)

    def test_a_full_token_keeps_nothing(self) -> None:
        """Whichever of the two does not fit any more."""
        for nth in (1, 2):
            self.shimmed(f"C_CreateObject #{nth} -> CKR_DEVICE_MEMORY\n", 5,
                         ["cannot store certificate", "nothing of the import stays"])
            self.assertEqual(self.on_token(), [])

    def test_what_was_stored_in_spite_of_a_failure_is_taken_back(self) -> None:
        """The token says that it failed, and has it all the same."""
        for nth in (1, 2):
            self.shimmed(f"C_CreateObject #{nth} -> after CKR_DEVICE_ERROR\n", 5,
                         ["cannot store certificate", "but it is on the token",
                          "nothing of the import stays"])
            self.assertEqual(self.on_token(), [])

    def test_a_write_protected_token_is_said(self) -> None:
        """Before anything is tried."""
        self.shimmed("C_GetTokenInfo -> flags +WRITE_PROTECTED\n", 5,
                     ["write-protected", "nothing of the import stays"])
        self.assertEqual(self.on_token(), [])

    def test_a_token_pulled_in_the_middle_leaves_what_is_said(self) -> None:
        """And a second import completes it."""
        self.shimmed("C_CreateObject #2 -> CKR_DEVICE_REMOVED\n"
                     "C_DestroyObject -> CKR_DEVICE_REMOVED\n", 5,
                     ["of the import these may be on the token: \"cihsm test Intermediate CA\"",
                      "run it again"])
        self.assertEqual([row["label"] for row in self.on_token()], ["cihsm test Intermediate CA"])
        report = self.do_import(chain_of(KEY))
        self.assertEqual([row["added"] for row in report["stored"]], [True, False])


class ExportTest(CertTest):
    """The chain of a leaf on the token."""

    def setUp(self) -> None:
        super().setUp()
        for key in (KEY, "rsa-2048"):
            self.do_import(chain_of(key))

    def test_a_chain_is_selected_by_key_or_certificate(self) -> None:
        """In the order of TLS, as PEM; to a file or to standard output."""
        wanted = "".join(certificates(chain_of(KEY)))
        path = self.folder / "chain.pem"
        for options in (["--key", f"pkcs11:object={KEY}"], ["--cert", f"pkcs11:object={KEY}"],
                        ["--cert", f"pkcs11:object={KEY};type=cert"]):
            done = self.succeeds("cert", "export", *options, *self.options(), env=self.token.env)
            self.assertEqual(done.out, wanted)
            self.succeeds("cert", "export", *options, "--out", path, *self.options(),
                          env=self.token.env)
            self.assertEqual(path.read_text(), wanted)

    def test_what_selects_none_or_several_is_refused(self) -> None:
        """With what to do."""
        rows = ((5, ["several leaf certificates", "--key or --cert"], []),
                (5, ["no such certificate", "type=cert"], ["--cert", "pkcs11:object=nothing"]),
                (5, ["holds no certificate of", "cert import"], ["--key", "pkcs11:object=ec-p384"]),
                (5, "no such key", ["--key", "pkcs11:object=nothing"]),
                (2, "either --cert or --key",
                 ["--cert", "pkcs11:object=x", "--key", "pkcs11:object=x"]),
                (2, "neither id nor object", ["--cert", "pkcs11:token=integration"]),
                (2, "type other than cert", ["--cert", "pkcs11:object=x;type=private"]))
        for code, words, options in rows:
            with self.subTest(options=options):
                self.refuses(code, words, "cert", "export", *options, *self.options(),
                             env=self.token.env)


class CheckTest(CertTest):
    """The lint, in files and on the token."""

    def test_files_need_no_module_and_no_pin(self) -> None:
        """A good chain has hints only."""
        done = self.succeeds("cert", "check", chain_of(KEY), chain_of("rsa-2048"), "-o", "json")
        self.assertEqual([row["errors"] for row in done.json], [0, 0])
        self.assertEqual({finding["level"] for row in done.json for finding in row["findings"]},
                         {"info"})
        shown = self.succeeds("cert", "check", chain_of(KEY)).out
        self.assertIn("root-unchecked", shown)
        self.assertRegex(shown, r"(?m)^result +ok$")

    def test_an_error_ends_with_13_after_the_report(self) -> None:
        """Sentence, code and action are all there."""
        done = self.cihsm("cert", "check", chain_of(KEY), self.issue(KEY, "--eku", "serverAuth"))
        self.assertEqual(done.code, 13)
        self.assertIn("(no-client-auth)\n", done.out)
        self.assertIn("-> ask the CA for a certificate with the extended key usage", done.out)
        self.message(done, ["1 error found", "no clientAuth"])

    def test_warnings_do_not_fail(self) -> None:
        """An end within --days is one."""
        for days, warnings in (("80", 0), ("100", 1)):
            done = self.succeeds("cert", "check", chain_of(KEY), "--days", days, "-o", "json")
            self.assertEqual(done.json[0]["warnings"], warnings)

    def test_the_roots_of_the_load_balancer_are_compared(self) -> None:
        """The list is the user's file; a profile can name it."""
        good = ca_folder() / "root.pem"
        self.assertNotIn("root-unchecked", self.succeeds(
            "cert", "check", chain_of(KEY), "--lb-roots", good).out)
        bad = self.write("bad.pem", openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Other", "-keyout",
            self.folder / "other.key"))
        whole = self.bundle("with root")
        done = self.cihsm("cert", "check", whole, "--lb-roots", bad)
        self.assertEqual(done.code, 13)
        self.assertIn("root-not-listed", done.out)
        config = self.write("config", f"profile = p\n[p]\nlb-roots = {bad.name}\n")
        self.assertEqual(self.cihsm("cert", "check", whole, "--config", config).code, 13)
        self.refuses(3, "list of roots", "cert", "check", whole, "--lb-roots", "missing")

    def test_the_leaf_is_compared_with_a_service_key(self) -> None:
        """The one it is for, and another."""
        ours = write_service_key(self.folder / "ours.json", "https://x.test", chain_of(KEY))
        other = write_service_key(self.folder / "o.json", "https://x.test", chain_of("rsa-2048"))
        self.succeeds("cert", "check", chain_of(KEY), "--service-key", ours)
        done = self.cihsm("cert", "check", chain_of(KEY), "--service-key", other)
        self.assertEqual(done.code, 13)
        self.assertIn("service-key-differs", done.out)

    def test_two_leaves_are_refused(self) -> None:
        """Nobody says which one is meant."""
        both = self.write("both.pem", chain_of(KEY).read_text() + chain_of("rsa-2048").read_text())
        self.refuses(3, ["both.pem: there are several leaf certificates", "CN=rsa-2048"], "cert",
                     "check", both)

    def test_the_chain_on_a_token_is_checked(self) -> None:
        """By key; without a file."""
        self.do_import(chain_of(KEY))
        done = self.succeeds("cert", "check", "-o", "json", "--lb-roots", ca_folder() / "root.pem",
                             *self.options(KEY), env=self.token.env)
        self.assertEqual(done.json[0]["leaf"]["subject"], f"CN={KEY},O=Example,C=DE")
        self.refuses(2, "nothing to check", "cert", "check")


if __name__ == "__main__":
    unittest.main()
