#!/usr/bin/env python3
"""hsm-setup/network-hsm.sh: a token behind a socket, and everything through it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import ROOT, CihsmTest, Option, environment, tool
from tenants import Sandbox
from tokens import CA_SCRIPT, ca_folder

SCRIPT = ROOT / "hsm-setup" / "network-hsm.sh"
LABEL = "network-hsm"


class NetworkHsmTest(CihsmTest):
    """One server a test; its folder has a short path, because a socket's path may not be long."""

    def setUp(self) -> None:
        super().setUp()
        self.place = Path(tempfile.mkdtemp(prefix="cihsm."))
        self.addCleanup(shutil.rmtree, self.place)
        self.addCleanup(self.script, "stop")
        self.settings = self.read(self.script("start"))

    def script(self, command: str, *arguments: Option) -> str:
        """Runs the script; its standard output."""
        return tool(SCRIPT, command, "--dir", self.place, *arguments,
                    env=environment(self.place)).decode()

    def status(self) -> tuple[int, str]:
        """Exit code and output of network-hsm.sh status."""
        done = subprocess.run([str(SCRIPT), "status", "--dir", str(self.place)], check=False,
                              capture_output=True, env=environment(self.place), timeout=60)
        return done.returncode, done.stdout.decode()

    @staticmethod
    def read(printed: str) -> dict[str, str]:
        """The printed lines, as a profile has them."""
        pairs = (line.partition(" = ") for line in printed.splitlines())
        return {name: value for name, _, value in pairs}

    def options(self, key: str = "") -> list[Option]:
        """The options of a run, from what the script printed."""
        made: list[Option] = [part for name in ("module", "token", "pin-source")
                              for part in (f"--{name}", self.settings[name])]
        return [*made, "--key", f"pkcs11:object={key}"] if key else made

    @property
    def env(self) -> dict[str, str]:
        """The environment of a run, from what the script printed."""
        name = "P11_KIT_SERVER_ADDRESS"
        return {name: self.settings[f"module-env.{name}"]}

    def certified_key(self, label: str) -> Path:
        """A key made through the socket, its CSR, and the chain for it."""
        request, chain = self.folder / f"{label}.csr", self.folder / f"{label}.pem"
        self.succeeds("key", "generate", "--type", "ec:P-256", "--label", label, *self.options(),
                      env=self.env)
        self.succeeds("csr", "create", "--subject", f"CN={label},O=Example,C=DE", "--out", request,
                      *self.options(label), env=self.env)
        tool(CA_SCRIPT, "issue", ca_folder(), request, chain)
        return chain

    def test_key_request_and_call_through_the_socket(self) -> None:
        """Nothing but the socket connects the program with the token."""
        chain = self.certified_key("remote")
        box = Sandbox()
        self.addCleanup(box.stop)
        key = box.register("remote", chain)
        done = self.succeeds("get", "MessageProcessingLogs", "--top", "2", "-o", "json",
                             "--service-key", key, "--chain", chain, "--ca", box.ca,
                             *self.options("remote"), env=self.env)
        self.assertEqual(len(done.json), 2)

    def test_the_printed_lines_make_a_profile(self) -> None:
        """module-env is set before the module is loaded."""
        self.certified_key("remote")
        lines = "".join(f"{name} = {value}\n" for name, value in self.settings.items())
        config = self.write("config", f"[net]\n{lines}")
        done = self.succeeds("key", "list", "--config", config, "--profile", "net", "-o", "json")
        self.assertEqual([row["Label"] for row in done.json], ["remote"])

    def test_a_lost_server_is_said_and_a_new_one_has_the_same_keys(self) -> None:
        """Exit code 5; start is done again, and again without harm."""
        self.certified_key("remote")
        self.assertEqual(self.status()[0], 0)
        self.script("stop")
        self.assertEqual(self.status(), (1, "it does not run\n"))
        self.refuses(5, "token", "key", "list", *self.options(), env=self.env)
        for _ in range(2):
            self.assertEqual(self.read(self.script("start")), self.settings)
        done = self.succeeds("key", "list", *self.options(), "-o", "json", env=self.env)
        self.assertEqual([row["Label"] for row in done.json], ["remote"])

    def test_it_ends_only_what_it_started(self) -> None:
        """A pid file that names another process is not believed."""
        pid_file = self.place / "server.pid"
        own = pid_file.read_text()
        with subprocess.Popen(["sleep", "60"]) as other:
            pid_file.write_text(f"{other.pid}\n")
            self.assertEqual(self.status()[0], 1)
            pid_file.write_text(own)
            self.assertEqual(self.status()[0], 0)
            self.assertIsNone(other.poll())
            other.terminate()


if __name__ == "__main__":
    unittest.main()
