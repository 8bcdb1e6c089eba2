#!/usr/bin/env python3
"""NSS softokn, a token unlike SoftHSM: init string, answers of its own, the same way to a call."""

from __future__ import annotations

import glob
import shutil
import unittest
from pathlib import Path
from typing import Any

from harness import CA_SCRIPT, CANARY_PIN, CihsmTest, Option, Result, environment, openssl, tool
from tenants import Sandbox
from tokens import ca_folder, serial_of

TOKEN_URI = "pkcs11:token=NSS%20Certificate%20DB"
MODULES = [path for pattern in ("/usr/lib/*/libsoftokn3.so", "/usr/lib/*/nss/libsoftokn3.so",
                                "/usr/lib64/libsoftokn3.so") for path in glob.glob(pattern)]
KINDS = {"nss-rsa": "rsa:2048", "nss-p256": "ec:P-256", "nss-p384": "ec:P-384"}
PATH = "MessageProcessingLogs/$count"


@unittest.skipIf(not MODULES or shutil.which("certutil") is None,
                 "needs libnss3 and libnss3-tools")
class NssTest(CihsmTest):
    """A database of its own for each test."""

    def setUp(self) -> None:
        super().setUp()
        self.database = self.folder / "nss"
        self.database.mkdir()
        self.pin = self.write("pin", CANARY_PIN)
        tool("certutil", "-N", "-d", f"sql:{self.database}", "-f", self.pin,
             env=environment(self.folder))

    @property
    def init(self) -> str:
        """What C_Initialize wants in pReserved."""
        return (f"configdir='sql:{self.database}' certPrefix='' keyPrefix='' secmod='secmod.db' "
                "flags=")

    def options(self, key: str = "") -> list[Option]:
        """The options that select the token, and a key on it."""
        chosen = ["--key", f"pkcs11:object={key}"] if key else []
        return ["--module", MODULES[0], "--module-init", self.init, "--token", TOKEN_URI,
                "--pin-source", f"file:{self.pin}", *chosen]

    def generate(self, label: str, kind: str, *arguments: Option) -> Result:
        """A key."""
        return self.succeeds("key", "generate", "--type", kind, "--label", label, *arguments, "-o",
                             "json", *self.options())

    def listed(self) -> list[Any]:
        """What is said of the keys."""
        return self.succeeds("key", "list", "-o", "json", *self.options()).json

    def issue(self, key: str) -> Path:
        """The chain for a CSR that the key signed."""
        request, chain = self.folder / f"{key}.csr", self.folder / f"{key}.pem"
        self.succeeds("csr", "create", "--subject", f"CN={key},O=Example,C=DE", "--out", request,
                      *self.options(key))
        openssl("req", "-in", request, "-verify", "-noout")
        tool("certtool", "--crq-info", "--infile", request)
        tool(CA_SCRIPT, "issue", ca_folder(), request, chain)
        return chain

    def test_key_csr_chain_and_handshake(self) -> None:
        """The whole way, for each type of key and both versions of TLS."""
        chains = {}
        for label, kind in KINDS.items():
            self.generate(label, kind)
            chains[label] = self.issue(label)
        for tls in ("1.2", "1.3"):
            box = Sandbox("--tls", tls, "--entries", "2")
            self.addCleanup(box.stop)
            for label, chain in chains.items():
                with self.subTest(key=label, tls=tls):
                    mark = box.mark()
                    done = self.succeeds("get", PATH, "--service-key", box.register(label, chain),
                                         "--chain", chain, "--ca", box.ca, *self.options(label))
                    self.assertEqual(done.out.strip(), "2")
                    seen = box.seen(mark)[0]
                    self.assertEqual((seen["verify"], seen["serial"], seen["protocol"]),
                                     ("SUCCESS", serial_of(chain), f"TLSv{tls}"))

    def test_what_nss_does_not_tell_is_unknown(self) -> None:
        """Never taken for a no; that it does not call its keys local is said."""
        done = self.generate("told", "ec:P-256")
        self.assertIn("does not say that it generated this key", done.err)
        key = self.listed()[0]
        self.assertEqual({name: key[name] for name in
                          ("Protection", "PinForEachSignature", "GeneratedBy", "Type")},
                         {"Protection": "on token only", "PinForEachSignature": "unknown",
                          "GeneratedBy": "unknown", "Type": "ec:P-256"})

    def test_evidence_tells_unknown_as_null(self) -> None:
        """And holds."""
        self.generate("shown", "rsa:2048")
        path = self.folder / "evidence.json"
        self.succeeds("key", "evidence", "--out", path, *self.options("shown"))
        found = self.succeeds("key", "evidence", "--verify", path, "-o", "json").json
        self.assertEqual(found["WordOfTheToken"]["CKA_ALWAYS_AUTHENTICATE"], "unknown")
        self.assertEqual(found["WordOfTheToken"]["CKA_EXTRACTABLE"], "no")

    def test_strict_attributes_that_nss_refuses_are_named_until_it_works(self) -> None:
        """An RSA key: one that keys of a session show, one that only a key on the token shows."""
        run = ["key", "generate", "--type", "rsa:2048", "--label", "strict", "--strict",
               *self.options()]
        self.refuses(5, ["refuses CKA_ENCRYPT", "--leave-out encrypt"], *run)
        self.refuses(5, ["refuses CKA_COPYABLE", "--leave-out copyable,encrypt"], *run,
                     "--leave-out", "encrypt")
        self.assertEqual(self.listed(), [])
        self.succeeds(*run, "--leave-out", "copyable,encrypt")
        self.assertEqual([key["Label"] for key in self.listed()], ["strict"])

    def test_delete(self) -> None:
        """Both halves."""
        self.generate("doomed", "ec:P-256")
        done = self.succeeds("key", "delete", "--yes", "-o", "json", *self.options("doomed"))
        self.assertEqual((done.json["PrivateKeys"], done.json["PublicKeys"]), (1, 1))
        self.assertEqual(self.listed(), [])

    def test_a_profile_keeps_the_init_string(self) -> None:
        """With its quotes and blanks."""
        config = self.folder / "config"
        self.succeeds("profile", "create", "nss", "--config", config, *self.options())
        self.generate("kept", "ec:P-256")
        done = self.succeeds("key", "list", "--config", config, "--profile", "nss")
        self.assertIn("kept", done.out)

    def test_without_init_string_it_says_what_is_missing(self) -> None:
        """NSS answers ARGUMENTS_BAD."""
        arguments: tuple[Option, ...] = ("key", "list", "--module", MODULES[0], "--token", TOKEN_URI)
        if self.cihsm(*arguments).code == 0:
            self.skipTest("this NSS, of Debian 13 or later, does without")
        self.refuses(5, ["cannot initialise", "CKR_ARGUMENTS_BAD", "init string"], *arguments)

    def test_a_wrong_pin(self) -> None:
        """Exit code 4, one login."""
        wrong = self.write("wrong", "wrong-for-nss")
        options = [f"file:{wrong}" if part == f"file:{self.pin}" else part
                   for part in self.options()]
        done = self.cihsm("key", "list", "-vvv", *options)
        self.assertEqual((done.code, done.count("C_Login")), (4, 1), done.err)


if __name__ == "__main__":
    unittest.main()
