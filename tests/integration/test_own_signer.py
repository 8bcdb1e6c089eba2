#!/usr/bin/env python3
"""A C program that signs by its own function (own_signer.c) calls the API through libcihsm."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from pathlib import Path

from harness import CA_SCRIPT, BUILD, CihsmTest, Option, environment, openssl, tool
from tenants import Sandbox
from tokens import ca_folder

PROGRAM = Path(os.environ.get("CIHSM_OWN_SIGNER", BUILD / "bin" / "own_signer"))

if not PROGRAM.exists():
    sys.exit(f"{PROGRAM} does not exist: build it, or set CIHSM_OWN_SIGNER")


class OwnSignerTest(CihsmTest):
    """Keys are PEM files here: what stands in for another HSM."""

    box: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "20")
        cls.addClassCleanup(cls.box.stop)

    def make_key(self, name: str, *algorithm: str) -> Path:
        """A key and its issued chain NAME.pem."""
        key, request = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        openssl("genpkey", *algorithm, "-out", key)
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request)
        tool(CA_SCRIPT, "issue", ca_folder(), request, self.folder / f"{name}.pem")
        return key

    def run_program(self, key: Path, name: str, service_key: Path,
                    path: str = "MessageProcessingLogs/$count") -> subprocess.CompletedProcess[str]:
        """Runs it to the end."""
        command: list[Option] = [PROGRAM, key, self.folder / f"{name}.pem", service_key,
                                 self.box.ca, path]
        return subprocess.run([str(part) for part in command], env=environment(self.folder),
                              capture_output=True, text=True, timeout=60, check=False)

    def test_rsa_and_ec_keys_sign_by_the_callers_function(self) -> None:
        """One signature, one release, the answer."""
        kinds = {"rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
                 "ec": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")}
        for name, algorithm in kinds.items():
            with self.subTest(key=name):
                key = self.make_key(name, *algorithm)
                service_key = self.box.register(f"own-{name}", self.folder / f"{name}.pem")
                done = self.run_program(key, name, service_key)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout, "20")
                self.assertIn("signatures 1 releases 1\n", done.stderr)

    def test_a_key_of_another_certificate_is_caught_at_its_first_signature(self) -> None:
        """Nothing reaches the tenant, and the signer is released."""
        self.make_key("right", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        wrong = self.make_key("wrong", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        service_key = self.box.register("own-right", self.folder / "right.pem")
        mark = self.box.mark()
        done = self.run_program(wrong, "right", service_key)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("signatures 1 releases 1\n", done.stderr)
        self.assertIn("does not belong to the certificate", done.stderr)
        self.assertFalse([line for line in self.box.seen(mark, 0) if line["status"] == 200])

    def test_the_signer_is_released_when_nothing_could_be_opened(self) -> None:
        """It is taken over in every case."""
        key = self.make_key("early", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        done = self.run_program(key, "early", self.folder / "missing.json")
        self.assertEqual(done.returncode, 3)
        self.assertIn("signatures 0 releases 1\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
