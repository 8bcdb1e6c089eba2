#!/usr/bin/env python3
"""The systemd units of docs/examples: systemd takes them, and what they start works."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Optional

from harness import BINARY, CANARY_PIN, ROOT, CihsmTest, Result, environment, tool
from tenants import Sandbox
from tokens import MODULE, TOKEN_URI, Token, chain_of, copy_token

UNITS = ROOT / "docs" / "examples" / "systemd"
KEY = "ec-p256"
SECONDS = 100
INSTALLED = "/usr/bin/cihsm"


def settings(unit: str) -> list[tuple[str, str]]:
    """The names and values of a unit file, in their order."""
    text = (UNITS / unit).read_text(encoding="utf-8")
    return re.findall(r"(?m)^(\w+)=(.*)$", text)


class SystemdTest(CihsmTest):
    """What systemd does for a service is done here: specifiers, credentials, state folder."""

    box: Sandbox
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "200")
        cls.addClassCleanup(cls.box.stop)
        cls.box.register(KEY, chain_of(KEY), ["MonitoringDataRead"])
        cls.token = copy_token(cls.box.folder / "token")
        tool(BINARY, "cert", "import", chain_of(KEY), *cls.token.options(KEY),
             env=environment(cls.box.folder, cls.token.env))

    def setUp(self) -> None:
        super().setUp()
        self.state = self.folder / "state"
        self.credentials = self.folder / "credentials"
        for folder in (self.state, self.credentials):
            folder.mkdir(mode=0o700)
        self.config = self.folder / "config"
        for profile in ("prod", "monitoring"):
            self.succeeds("profile", "create", profile, "--config", self.config,
                          "--service-key", self.box.service_key(KEY), "--chain", chain_of(KEY),
                          "--module", MODULE, "--token", TOKEN_URI, "--ca", self.box.ca,
                          "--key", f"pkcs11:object={KEY}",
                          "--module-env", f"SOFTHSM2_CONF={self.token.conf}")

    def start(self, unit: str, pin: str = CANARY_PIN, until: Optional[Path] = None) -> Result:
        """Runs what a unit runs, as the instance "prod"; stops it when a file is there."""
        given = dict(settings(unit))
        self.assertTrue(given["LoadCredential"].startswith("pin:/etc/cihsm/"))
        (self.credentials / "pin").unlink(missing_ok=True)  # a new one at each start
        (self.credentials / "pin").write_text(pin, encoding="utf-8")
        specifiers = {"%i": "prod", "%S": str(self.state), "%%": "%"}

        def expanded(text: str) -> str:
            return re.sub("%.", lambda match: specifiers[match[0]], text)
        for name in expanded(given["StateDirectory"]).split():
            (self.state / name).mkdir(parents=True, exist_ok=True)
        command = [word.replace("$$", "$").replace(INSTALLED, str(BINARY))
                   for word in shlex.split(expanded(given["ExecStart"]))]
        name, _, value = expanded(given["Environment"]).partition("=")
        env = environment(self.folder, {name: value, "CREDENTIALS_DIRECTORY": self.credentials,
                                        "CIHSM_CONFIG": self.config})
        del env["HOME"]  # a user of systemd's has none
        with subprocess.Popen(command, env=env, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            end = time.monotonic() + SECONDS
            while until is not None and not until.exists() and time.monotonic() < end:
                time.sleep(0.1)
            if until is not None:
                process.terminate()
            out, err = process.communicate(timeout=SECONDS)
        return self.judged(Result(command, process.returncode, out, err))

    def test_certificates_that_last(self) -> None:
        """Exit code 0."""
        done = self.start("cihsm-cert-expiry.service")
        self.assertEqual(done.code, 0, done.err)
        self.assertIn("CN=", done.out)

    def test_a_refused_pin_is_not_offered_at_the_next_start(self) -> None:
        """Though systemd makes the credential anew: that is remembered in the state folder."""
        own = copy_token(self.folder / "own")
        self.config.write_text(re.sub("(?m)(SOFTHSM2_CONF *= *).*$", rf"\g<1>{own.conf}",
                                      self.config.read_text()))
        first, second = (self.start("cihsm-cert-expiry.service", pin="wrong-1234")
                         for _ in range(2))
        self.assertEqual((first.code, second.code), (4, 4))
        self.assertIn("forget-refusal", second.err)
        self.assertTrue((self.state / "cihsm" / "refusals").exists())

    def test_the_export_of_yesterday(self) -> None:
        """Complete, in a folder of its day."""
        done = self.start("cihsm-export@.service")
        self.assertEqual(done.code, 0, done.err)
        today = datetime.now(timezone.utc).date()
        day = str(today - timedelta(days=1))
        folders = list((self.state / "cihsm" / "export" / "prod").iterdir())
        self.assertEqual([folder.name for folder in folders], [day])
        manifest = json.loads((folders[0] / "manifest.json").read_text())
        self.assertEqual((manifest["since"], manifest["until"]),
                         (f"{day}T00:00:00", f"{today}T00:00:00"))

    def test_the_export_that_follows(self) -> None:
        """Ends by SIGTERM with a code that the unit calls success."""
        unit = "cihsm-export-follow@.service"
        checkpoint = self.state / "cihsm" / "export" / "prod" / "checkpoint.jsonl"
        done = self.start(unit, until=checkpoint)
        self.assertTrue(checkpoint.exists(), done.err)
        self.assertEqual(str(done.code), dict(settings(unit))["SuccessExitStatus"], done.err)

    def test_no_secret_is_in_a_unit_and_all_are_hardened(self) -> None:
        """The PIN comes by a credential."""
        services = sorted(path.name for path in UNITS.glob("*.service"))
        self.assertEqual(len(services), 3)
        for unit in services:
            with self.subTest(unit=unit):
                given = dict(settings(unit))
                self.assertIn("--pin-source cred:pin", given["ExecStart"])
                for name, value in (("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"),
                                    ("LimitCORE", "0"), ("CapabilityBoundingSet", "")):
                    self.assertEqual(given.get(name), value, name)

    @unittest.skipIf(shutil.which("systemd-analyze") is None, "systemd is not installed")
    def test_systemd_takes_them(self) -> None:
        """Without a word, once the program is there."""
        for path in UNITS.iterdir():
            name = path.name.replace("@.", "@prod.")
            text = path.read_text(encoding="utf-8").replace(INSTALLED, str(BINARY))
            self.write(name, re.sub("(?m)^Documentation=.*\n", "", text))
        names: list[str] = sorted(str(Path(self.folder, path.name.replace("@.", "@prod.")))
                                  for path in UNITS.iterdir())
        self.assertEqual(len(names), 5)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], text=True,
                              capture_output=True, timeout=SECONDS, check=False)
        ours = [line for line in done.stderr.splitlines() if "cihsm" in line]
        self.assertEqual((done.returncode, ours), (0, []), done.stderr)


if __name__ == "__main__":
    unittest.main()
