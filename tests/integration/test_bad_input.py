#!/usr/bin/env python3
"""Bad input that is found before any network: module, token, key, service key, certificates.

Each case shows the exit code and the one line that a person gets.
"""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any, Sequence

from harness import CA_SCRIPT, CihsmTest, Option, tool
from tenants import CannedTenant, write_service_key
from tokens import (LABEL, MODULE, TOKEN_URI, ca_folder, chain_of, copy_token, make_token,
                    request_of)

KEY = "ec-p256"
Words = str | Sequence[str]


class BadInputTest(CihsmTest):
    """A call with good settings, of which one is replaced. Nothing listens at its URL."""

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")
        self.service_key = write_service_key(self.folder / "key.json", "https://localhost:9",
                                             chain_of(KEY))

    def options(self, **replaced: Option | None) -> list[Option]:
        """The options of a call; a name with None leaves the option out."""
        values: dict[str, Option | None] = {
            "service_key": self.service_key, "chain": chain_of(KEY), "module": MODULE,
            "token": TOKEN_URI, "key": f"pkcs11:object={KEY}",
            "pin_source": f"file:{self.token.pin}", **replaced}
        return [part for name, value in values.items() if value is not None
                for part in (f"--{name.replace('_', '-')}", value)]

    def declines(self, code: int, words: Words, **replaced: Option | None) -> str:
        """A call that fails with one of its settings replaced."""
        return self.refuses(code, words, "get", "MessageProcessingLogs", *self.options(**replaced),
                            env=self.token.env)


class ModuleTest(BadInputTest):
    """--module"""

    def test_no_such_file(self) -> None:
        """A path, and a name that the dynamic linker looks for."""
        self.declines(3, ["no PKCS#11 module at /nowhere/p11.so", "--module"],
                      module="/nowhere/p11.so")
        self.declines(3, ["no PKCS#11 module nowhere.so", "whole path"], module="nowhere.so")

    def test_no_module_at_all(self) -> None:
        """For a command that needs a token, and for a service key that needs one."""
        self.refuses(3, ["no PKCS#11 module is given", "--module PATH"], "key", "list")
        self.declines(3, ["External Certificate", "--module"], module=None)

    def test_files_that_are_no_shared_library(self) -> None:
        """Text, nothing, a folder."""
        for content in ("no library\n" * 99, ""):
            path = self.write("text.so", content)
            self.declines(3, [f"{path} is not a shared library", "vendor's .so"], module=path)
        self.declines(3, ["cannot load the PKCS#11 module", "Is a directory"], module=self.folder)

    def test_wrong_architecture(self) -> None:
        """Another processor, and 32 bits."""
        elf = bytearray(MODULE.read_bytes())
        for place, value in ((18, 0x02), (4, 0x01)):  # e_machine: SPARC; class: 32 bits
            changed = bytearray(elf)
            changed[place] = value
            path = self.write("foreign.so", bytes(changed))
            self.declines(3, [f"{path} was built for another kind of machine", "install"],
                          module=path)

    def test_a_module_that_was_cut_off(self) -> None:
        """The dynamic linker dies of such a file."""
        elf = MODULE.read_bytes()
        for length in (5000, 20000, len(elf) - 1):
            path = self.write("cut.so", elf[:length])
            self.declines(3, [f"{path} is not complete", "install"], module=path)

    def test_a_library_that_is_no_pkcs11_module(self) -> None:
        """The mathematics library is on every machine."""
        self.declines(3, ["no PKCS#11 module", "C_GetFunctionList"], module="libm.so.6")

    def test_a_module_whose_configuration_is_missing(self) -> None:
        """SoftHSM does not start without its file."""
        self.refuses(5, ["cannot initialise the PKCS#11 module", "; "], "get", "X",
                     *self.options(), env={"SOFTHSM2_CONF": "/nowhere/softhsm2.conf"})


class TokenTest(BadInputTest):
    """--token"""

    def test_no_such_token(self) -> None:
        """The message shows what there is."""
        self.declines(5, ["no such token; the module offers pkcs11:", f"token={LABEL}"],
                      token="pkcs11:token=other")

    def test_no_token_at_all(self) -> None:
        """An empty SoftHSM."""
        (self.folder / "none").mkdir()
        conf = self.write("none.conf", f"directories.tokendir = {self.folder / 'none'}\n")
        self.refuses(5, "shows no initialised token", "key", "list", *self.token.options(),
                     env={"SOFTHSM2_CONF": conf})

    def test_two_tokens_of_that_label(self) -> None:
        """Both are listed with their serial numbers, which tell them apart."""
        make_token(self.folder / "second")
        for found in (self.folder / "second" / "tokens").iterdir():
            found.rename(self.token.folder / "tokens" / found.name)
        text = self.declines(5, ["2 tokens match", "unquoted ';'", "choose one"])
        self.assertEqual(text.count("serial="), 2)

    def test_uris_that_are_not_well_formed(self) -> None:
        """Each with the attribute's name."""
        cases: dict[str, Words] = {
            "pkcs11:token=a;token=b": "attribute 'token' stands twice",
            "pkcs11:tokn=a": "unknown attribute 'tokn'",
            "pkcs11:token=a;colour=red": "unknown attribute 'colour'",
            "pkcs11:token=a;module-path=x": ["module-path", "--module"],
            "pkcs11:token=%zz": "bad percent-encoding",
            "token=a": ["malformed PKCS#11 URI", "pkcs11:token=LABEL"],
            "pkcs11:token=a?pin-source=file:x": ["pin-source", "--pin-source"],
        }
        for uri, words in cases.items():
            with self.subTest(uri=uri):
                self.declines(2, words, token=uri)
                self.declines(2, words, key=uri)


class KeyTest(BadInputTest):
    """--key"""

    def test_no_such_key(self) -> None:
        """The message lists what the token holds."""
        text = self.declines(5, ["no such key on the token; it holds pkcs11:", f"object={KEY}"],
                             key="pkcs11:object=other")
        self.assertEqual(text.count("object="), 4)

    def test_several_keys(self) -> None:
        """With the hint about the shell, which cuts at an unquoted semicolon."""
        text = self.declines(5, ["several keys match", "unquoted ';'", "choose one"], key=None)
        self.assertEqual(text.count("object="), 4)

    def test_no_key_on_the_token(self) -> None:
        """The next step is to make one."""
        empty = make_token(self.folder / "empty")
        self.refuses(5, ["holds no private key", "cihsm key generate"], "get", "X",
                     *self.options(), env=empty.env)

    def test_a_key_uri_for_another_token(self) -> None:
        """--key narrows --token."""
        self.declines(5, "the key URI names another token",
                      key=f"pkcs11:token=other;object={KEY}")

    def test_a_key_that_does_not_belong_to_the_certificate(self) -> None:
        """Of another type, another size and another value; found at the first signature."""
        self.succeeds("key", "generate", "--type", "ec:P-256", "--label", "twin",
                      *self.token.options(), env=self.token.env)
        server = CannedTenant()
        self.addCleanup(server.stop)
        for key in ("rsa-2048", "ec-p384", "twin"):
            with self.subTest(key=key):
                options = server.options(self.token)
                options[options.index("--key") + 1] = f"pkcs11:object={key}"
                text = self.refuses(3, "certificate", "get", "X", *options, env=self.token.env)
                self.assertIn("issued for this key", text)


class ServiceKeyTest(BadInputTest):
    """--service-key"""

    def with_content(self, content: str | bytes, words: Words) -> None:
        """A service key file with this content."""
        path = self.write("given.json", content)
        for arguments in (["get", "X", *self.options(service_key=path)],
                          ["service-key", "show", path]):
            self.refuses(3, [*([words] if isinstance(words, str) else words), str(path)],
                         *arguments, env=self.token.env)

    def document(self, **changed: Any) -> str:
        """The good document with changed fields; None removes one."""
        fields = json.loads(self.service_key.read_text())["oauth"] | changed
        return json.dumps({"oauth": {k: v for k, v in fields.items() if v is not None}})

    def test_missing_or_not_a_file(self) -> None:
        """Neither is it given."""
        self.declines(3, ["cannot open service key", "No such file"],
                      service_key=self.folder / "none.json")
        self.declines(3, ["cannot read service key", "Is a directory"], service_key=self.folder)
        self.declines(3, ["no service key is given", "--service-key"], service_key=None)

    def test_empty(self) -> None:
        """No byte, or blanks only."""
        self.with_content("", ["is empty", "copy the service key"])
        self.with_content(" \n\t", "is empty")

    def test_not_json(self) -> None:
        """Each with its place and its likely reason."""
        good = self.document()
        self.with_content("Getting key dev for instance cpi...\n\n" + good,
                          ["not JSON", "remove everything before the first"])
        self.with_content(good[:-40], ["not JSON", "cut off", "byte"])
        self.with_content(good + "x", "text after the JSON document")
        self.with_content(good.encode("utf-16"), ["UTF-16", "save it as UTF-8"])
        self.with_content(chain_of(KEY).read_text(), "this is a PEM file")

    def test_wrong_type(self) -> None:
        """JSON, but no service key; a field that is no text."""
        self.with_content("[]", "is an array")
        self.with_content('"key"', "is a string")
        self.with_content(self.document(url=7), ["field url", "a number"])
        self.with_content(self.document(certificate=["x"]), ["field certificate", "an array"])
        self.with_content('{"a":1,"a":2}', 'JSON name "a" is repeated')

    def test_another_kind_of_document(self) -> None:
        """Parameters of a key, a key of another service, a key without the URL."""
        self.with_content('{"X.509": "x", "key-type": "EXTERNAL"}', "parameters that create a key")
        self.with_content('{"clientId":"x","tokenUrl":"https://a","url":"https://a"}',
                          "API Management")
        self.with_content("{}", ["no field url", "Process Integration Runtime"])

    def test_without_certificate(self) -> None:
        """And so without any credential."""
        self.with_content(self.document(certificate=None), "no field certificate")

    def test_damaged_certificate(self) -> None:
        """Cut off, changed, or no PEM at all."""
        pem = json.loads(self.service_key.read_text())["oauth"]["certificate"]
        self.with_content(self.document(certificate=pem[:300]), ["PEM block 1", "cut off"])
        self.with_content(self.document(certificate=pem.replace("MII", "AAA", 1)),
                          ["PEM block 1", "damaged"])
        self.with_content(self.document(certificate="none"), "holds no certificate")

    def test_a_url_without_tls(self) -> None:
        """http:// is refused before any connection."""
        for url in ("http://localhost:9", "ftp://localhost", "localhost", "https://"):
            with self.subTest(url=url):
                self.with_content(self.document(url=url), "field url")


class CertificateTest(BadInputTest):
    """--chain, and the certificate in the service key"""

    def issued(self, *options: str) -> Path:
        """A chain for the key, issued with other properties."""
        path = self.folder / "issued.pem"
        tool(CA_SCRIPT, "issue", ca_folder(), request_of(KEY), path, *options)
        return path

    def test_files_that_are_no_chain(self) -> None:
        """Missing, without PEM, truncated, CA certificates only."""
        self.declines(3, ["cannot open chain", "No such file"], chain=self.folder / "none.pem")
        self.declines(3, ["holds no certificate", "BEGIN CERTIFICATE"],
                      chain=self.write("text.pem", "nothing"))
        self.declines(3, ["cut off", "no END line"],
                      chain=self.write("cut.pem", chain_of(KEY).read_text()[:300]))
        self.declines(3, "there is no leaf certificate", chain=ca_folder() / "root.pem")

    def test_der_is_recognised(self) -> None:
        """With the command that converts it."""
        der = tool("openssl", "x509", "-in", chain_of(KEY), "-outform", "DER")
        self.declines(3, ["DER", "openssl x509"], chain=self.write("leaf.der", der))

    def test_a_leaf_that_is_not_the_service_keys(self) -> None:
        """Both are named, with their serial numbers."""
        text = self.declines(3, ["is not the certificate of service key", "CN=rsa-2048", "CN=ec"],
                             chain=chain_of("rsa-2048"))
        self.assertEqual(text.count("serial"), 2)

    def test_expired(self) -> None:
        """With the date and what to do."""
        chain = self.issued("--expired")
        path = write_service_key(self.folder / "expired.json", "https://localhost:9", chain)
        self.declines(3, [f"the leaf CN={KEY}", "expired on 2025-02-01", "get a new certificate"],
                      chain=chain, service_key=path)

    def test_without_client_auth_is_a_warning(self) -> None:
        """SAP may take it or not: the server's answer decides."""
        chain = self.issued("--eku", "serverAuth")
        path = write_service_key(self.folder / "server.json", "https://localhost:9", chain)
        done = self.cihsm("get", "X", *self.options(chain=chain, service_key=path),
                          env=self.token.env)
        self.assertEqual(done.code, 6, done.err)
        self.assertRegex(done.err, "cihsm: warning: .*no clientAuth.*ask the CA")
        self.message(done, "no connection to localhost:9")

    def test_files_of_ca_certificates(self) -> None:
        """--ca: missing, or without a certificate."""
        self.declines(3, ["CA certificates", "No such file"], ca="/nowhere/ca.pem")
        self.declines(3, ["CA certificates", "holds no certificate in PEM form"],
                      ca=self.write("ca.pem", "nothing"))


class NothingIsHalfWrittenTest(BadInputTest):
    """A command that fails leaves no file behind."""

    def test_csr_out_is_written_complete_or_not_at_all(self) -> None:
        """Whatever goes wrong."""
        out = self.folder / "request.csr"
        kept = {path.name for path in self.folder.iterdir()} | {".local"}  # the guard of PINs
        subject = ["--subject", "CN=x", "--out", out]
        good = ["--key", f"pkcs11:object={KEY}", *self.token.options()]
        cases: list[tuple[int, Words, list[Option]]] = [
            (5, "no such key", ["--key", "pkcs11:object=none", *self.token.options(), *subject]),
            (2, "subject", [*good, "--subject", "CN", "--out", out]),
            (2, "--digest", [*good, *subject, "--digest", "md5"]),
            (3, "no PKCS#11 module", [*good, *subject, "--module", "/nowhere.so"]),
            (1, ["cannot write", "No such file or directory"],
             [*good, "--subject", "CN=x", "--out", self.folder / "none" / "x.csr"]),
        ]
        for code, words, arguments in cases:
            with self.subTest(words=words):
                self.refuses(code, words, "csr", "create", *arguments, env=self.token.env)
                self.assertLessEqual({path.name for path in self.folder.iterdir()}, kept)

    def test_an_existing_file_survives_a_failure(self) -> None:
        """The old content stays, complete."""
        out = self.write("request.csr", "old")
        self.refuses(5, "no such key", "csr", "create", "--subject", "CN=x", "--out", out,
                     "--key", "pkcs11:object=none", *self.token.options(), env=self.token.env)
        self.assertEqual(out.read_text(), "old")


if __name__ == "__main__":
    unittest.main()
