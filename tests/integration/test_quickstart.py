#!/usr/bin/env python3
"""hsm-setup/quickstart.sh: works, works again, keeps its promises, cleans up."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import keyscan
from harness import ROOT, new_folder, openssl
from test_guides import blocks_of, stable

SCRIPT = ROOT / "hsm-setup" / "quickstart.sh"
SECONDS = 500


def run(*command: str, work: Path, cwd: Path = ROOT, **more: str) -> str:
    """Runs a command in the checkout's folder; its output, or an error with it."""
    names = ("PATH", "HOME", "LANG")
    env = {name: os.environ[name] for name in names if name in os.environ}
    done = subprocess.run(command, env=env | {"CIHSM_QUICKSTART_DIR": str(work)} | more, cwd=cwd,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.returncode}\n{done.stdout.decode()}\n"
                           f"{done.stderr.decode()}")
    return done.stdout.decode() + done.stderr.decode()


def runs(pid: int) -> bool:
    """Whether a process lives; one that nobody has waited for yet does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


class QuickstartTest(unittest.TestCase):
    """Run twice into one folder, then looked at."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = new_folder("quickstart")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.work = folder / "build" / "work"
        cls.addClassCleanup(run, str(SCRIPT), "stop", work=cls.work)
        cls.first = run(str(SCRIPT), work=cls.work)
        cls.chain = (cls.work / "client-chain.pem").read_bytes()
        cls.second = run(str(SCRIPT), work=cls.work)

    def test_it_shows_five_log_entries(self) -> None:
        """The last step is a call."""
        for output in (self.first, self.second):
            self.assertEqual(len(re.findall(r"(?m)^AG[\w-]{26}  ", output)), 5)

    def test_the_readme_shows_its_last_screen(self) -> None:
        """As it is printed now, but for what differs from run to run."""
        section = (ROOT / "README.md").read_text().partition("## Five minutes")[2]
        shown = section.partition("\n```\n== ")[2].partition("\n```\n")[0]
        table, _, note = shown.partition("\ncihsm: ")  # on stderr, which comes behind it here
        printed = self.first.rpartition("\n== cihsm get")[2].partition("\nReady.")[0]
        self.assertEqual(stable(f"cihsm get{printed}"), stable(table))
        self.assertIn(f"cihsm: {note}\n", self.first)

    def test_an_install_from_the_sources(self) -> None:
        """What the guide shows for another prefix, then what the library's page builds with it."""
        home = new_folder("install")
        self.addCleanup(shutil.rmtree, home)
        guide = (ROOT / "docs" / "guides" / "install.md").read_text()
        [block] = blocks_of(guide.partition("\n## Somewhere else\n")[2].partition("\n## ")[0])
        said = run("bash", "-ec", block.commands, work=self.work, HOME=str(home))
        self.assertRegex(said, r"(?m)^cihsm \d+\.\d+\.\d+$")
        for name in ("build", "docs"):
            (home / name).symlink_to(ROOT / name)
        block = blocks_of((ROOT / "docs" / "library.md").read_text())[0]
        run("bash", "-ec", block.commands, work=self.work, cwd=home, HOME=str(home))
        self.assertIn("usage", run("bash", "-c", "./failed_messages 2>&1 || true", work=self.work,
                                   cwd=home))

    def test_a_second_run_keeps_what_is_there(self) -> None:
        """Key and certificate stay the same."""
        self.assertIn("the key is there already", self.second)
        self.assertEqual((self.work / "client-chain.pem").read_bytes(), self.chain)

    def test_the_printed_commands_work_as_printed(self) -> None:
        """In a shell that knows nothing of SoftHSM's configuration."""
        commands = re.findall(r"(?m)^  (\S*cihsm .*)$", self.second.partition("Ready.")[2])
        self.assertEqual(len(commands), 3)
        said = [run("bash", "-c", command, work=self.work) for command in commands]
        self.assertEqual(said[0].count("FAILED"), 3)
        self.assertIn("on token only", said[1])
        self.assertIn("External Certificate", said[2])

    def test_the_load_balancer_verified_the_certificate(self) -> None:
        """Its log says so, for the certificate that was issued here."""
        serial = openssl("x509", "-in", self.work / "client-chain.pem", "-noout",
                         "-serial").decode().strip().partition("=")[2]
        log = (self.work / "sandbox" / "lb-access.log").read_text().splitlines()
        seen = {(line["verify"], line["serial"]) for line in map(json.loads, log)}
        self.assertEqual(seen, {("SUCCESS", serial)})

    def test_no_pin_is_shown(self) -> None:
        """Neither of the user nor of the security officer."""
        for name in ("pin", "so-pin"):
            path = self.work / "token" / name
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            self.assertNotIn(path.read_text().strip(), self.first + self.second)

    def test_only_its_own_folder_is_private(self) -> None:
        """The folders above it, as build/ in the sources, stay open to other users."""
        usual = self.work.parent.parent / "usual"
        usual.mkdir()
        self.assertEqual(self.work.parent.stat().st_mode, usual.stat().st_mode)
        self.assertEqual(self.work.stat().st_mode & 0o777, 0o700)

    def test_no_file_holds_the_private_key(self) -> None:
        """The client certificate's key exists on the token only."""
        public = keyscan.public_of_certificate(self.work / "client-chain.pem")
        self.assertEqual(keyscan.find(self.work, public), [])

    def test_stop_ends_what_was_started(self) -> None:
        """By process id; a start brings it back, on the same port."""
        processes = json.loads((self.work / "sandbox" / "sandbox.json").read_text())["processes"]
        self.assertTrue(all(runs(process["pid"]) for process in processes.values()))
        self.assertIn("sandbox stopped", run(str(SCRIPT), "stop", work=self.work))
        self.assertEqual([name for name, process in processes.items() if runs(process["pid"])], [])
        self.assertIn("not running", run(str(SCRIPT), "stop", work=self.work))
        again = run(str(SCRIPT), work=self.work)
        self.assertIn("Ready.", again)


class KeyScanTest(unittest.TestCase):
    """The search itself finds what it should find."""

    def setUp(self) -> None:
        self.folder = new_folder("keyscan")
        self.addCleanup(shutil.rmtree, self.folder)
        self.key = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.public = openssl("pkey", "-pubout", "-outform", "DER", stdin=self.key)

    def check(self, name: str, data: bytes, hits: int) -> None:
        """A file with this content is found so often."""
        path = self.folder / name
        path.write_bytes(data)
        self.assertEqual(len(keyscan.find(self.folder, self.public)), hits, name)
        path.unlink()

    def test_every_form_of_the_key_is_found(self) -> None:
        """PEM, PEM in JSON, DER, PKCS#12, JWK."""
        der = openssl("pkey", "-outform", "DER", stdin=self.key)
        (self.folder / "key").write_bytes(self.key)
        certificate = openssl("req", "-new", "-x509", "-key", self.folder / "key", "-subj", "/CN=x")
        (self.folder / "key").unlink()
        self.check("pem", self.key, 1)
        self.check("json", json.dumps({"key": self.key.decode()}).encode(), 1)
        self.check("der", der, 1)
        self.check("sec1", openssl("ec", "-outform", "DER", stdin=self.key), 1)
        self.check("p12", openssl("pkcs12", "-export", "-passout", "pass:",
                                  stdin=self.key + certificate), 1)
        self.check("p12-with-password", openssl("pkcs12", "-export", "-passout", "pass:x",
                                                stdin=self.key + certificate), 1)
        self.check("encrypted", openssl("pkey", "-aes128", "-passout", "pass:x",
                                        stdin=self.key), 1)
        x = base64.urlsafe_b64encode(self.public[-64:-32]).rstrip(b"=").decode()
        jwk = {"keys": [{"kty": "EC", "crv": "P-256", "x": x, "d": "AAAA"}]}
        self.check("jwk", json.dumps(jwk).encode(), 1)

    def test_other_keys_and_certificates_are_no_hit(self) -> None:
        """The folder of the quickstart is full of keys of its CAs."""
        other = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.check("other", other, 0)
        self.check("public", self.public, 0)
        self.check("der", openssl("pkey", "-outform", "DER", stdin=other), 0)


if __name__ == "__main__":
    unittest.main()
