#!/usr/bin/env python3
"""Fault loops: each scenario is run once to count its allocations, calls of the network and calls
of the token, then once for each that fails (trial.py).

Whatever fails, a run ends in time with a documented code and one line, leaks nothing, leaves no part
of a file, closes its sessions and finalises the module, and does to the token and to servers all or
nothing: a failure that left something there tells, and the same command again goes on.
"""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

# pylint: disable=wrong-import-position
from harness import SHIM, Option  # noqa: E402
from platforms import Platform  # noqa: E402
from remote import Certificates, Keys, Strings  # noqa: E402
from tenants import Sandbox  # noqa: E402
from tokens import MODULE, Token, chain_of  # noqa: E402
from trial import Scenario, TrialTest  # noqa: E402

KEY = "ec-p256"
ROLES = ("MonitoringDataRead", "WorkspacePackagesRead",
         "AuthGroup_TenantPartnerDirectoryConfigurator")
PARTNER = "Faults"


def is_pem(content: bytes, whole: bytes) -> bool:
    """As many objects, the last one with its end; signatures differ from run to run."""
    return (content.count(b"-----BEGIN ") == whole.count(b"-----BEGIN ")
            and content.rstrip().endswith(b"-----"))


class LoopTest(TrialTest):
    """One sandbox for all scenarios."""

    box: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "60")
        cls.addClassCleanup(cls.box.stop)
        cls.box.register(KEY, chain_of(KEY), [*ROLES])

    def setUp(self) -> None:
        super().setUp()
        self.token = Token(self.folder / "token")

    def of_token(self, key: str = "") -> list[Option]:
        """The options of a run on a token alone, through the shim."""
        return self.through_shim(self.token.options(key))

    def of_tenant(self) -> list[Option]:
        """The options of a run against the tenant, through the shim."""
        return self.through_shim(self.box.options(self.token))

    @staticmethod
    def through_shim(options: list[Option]) -> list[Option]:
        """The shim in the place of the module."""
        return [str(SHIM) if option == MODULE else option for option in options]


class TokenLoopTest(LoopTest):
    """What is done on a token."""

    def test_csr_create(self) -> None:
        """A signature and a file."""
        self.loop(Scenario("csr create", ["csr", "create", "--subject", "CN=x,O=Example", "--out",
                                          "request", *self.of_token(KEY)],
                           self.token, whole=is_pem))

    def test_key_generate(self) -> None:
        """Both halves are on the token, or none."""
        self.loop(Scenario("key generate", ["key", "generate", "--type", "ec:P-256", "--label",
                                            "new", "--id", "0102", *self.of_token()],
                           self.token, changes_token=True))

    def test_cert_import(self) -> None:
        """All certificates are on the token, or none."""
        self.loop(Scenario("cert import", ["cert", "import", chain_of(KEY), *self.of_token(KEY)],
                           self.token, changes_token=True))


class ReadLoopTest(LoopTest):
    """What is read of the tenant."""

    def test_cold_get(self) -> None:
        """Login, handshake, request, table."""
        self.loop(Scenario("cold get", ["get", "MessageProcessingLogs", "--top", "3", "--out",
                                        "logs", *self.of_tenant()], self.token))

    def test_export(self) -> None:
        """Three requests at a time, threads that write."""
        self.loop(Scenario("export", ["export", "MessageProcessingLogs", "--since", "2026-10-01",
                                      "--until", "2026-11-02", "--slice", "4d", "--concurrency",
                                      "3", "--out", "logs", *self.of_tenant()],
                           self.token, unjudged="logs"))

    def test_snapshot(self) -> None:
        """Three zips at a time, each unpacked into a folder of its own."""
        self.loop(Scenario("snapshot", ["snapshot", "--out", "tenant", "--package", "OrderToCash",
                                        "--concurrency", "3", "--pace", "0", *self.of_tenant()],
                           self.token, unjudged=r"/\.cihsm-snapshot/", goes_on=True))


class WriteLoopTest(LoopTest):
    """What is done on servers."""

    def test_csr_enroll(self) -> None:
        """A request, an order, a chain in a file and on the token."""
        binding = Platform(self.box).binding()
        self.loop(Scenario("csr enroll", ["csr", "enroll", "--destination-binding", binding,
                                          "--name", "faults.pem", "--cn", "faults", "--ca",
                                          self.box.ca, "--out", "chain.pem", *self.of_token(KEY)],
                           self.token, changes_token=True, goes_on=True, whole=is_pem,
                           notes=r"cihsm: 2 certificates written to chain\.pem",
                           varying=r"(?m)^(serialNumber|notAfter).*",
                           remote=Certificates(self.box, binding)))

    def test_service_key_create(self) -> None:
        """An order, a job, a file."""
        platform = Platform(self.box)
        instance = platform.instance("faults", ["MonitoringDataRead"])
        with self.box.scenario("token_expires_in=86400"):  # longer than the loop
            token = platform.token()
        with self.box.scenario("cf_job_polls=0", "cf_job_seconds=0"):
            self.loop(Scenario("service-key create", [
                "service-key", "create", "--cf-api", platform.cf_api, "--ca", self.box.ca,
                "--cf-token-source", f"file:{token}", "--instance", instance, "--cert",
                chain_of("ec-p384"), "--name", "faults", "--out", "service-key.json"],
                varying=r"(?m)^(guid|created) .*", goes_on=True, remote=Keys(self.box, token, "faults"),
                whole=lambda content, _: "oauth" in json.loads(content)))

    def test_batch(self) -> None:
        """One change set."""
        lines = [json.dumps({"method": "POST", "path": "StringParameters", "changeset": 1,
                             "body": {"Pid": PARTNER, "Id": name, "Value": name}})
                 for name in ("a", "b", "c")]
        operations = self.write("operations", "\n".join(lines))
        self.loop(Scenario("batch", ["batch", operations, *self.of_tenant()], self.token,
                           remote=self.strings()))

    def test_partner_apply(self) -> None:
        """A plan, its change set, and another look."""
        index = self.folder / "partners" / PARTNER / "partner.json"
        index.parent.mkdir(parents=True)
        index.write_text(json.dumps({"format": 1, "partner": PARTNER}), encoding="utf-8")
        for name in ("a", "b", "c"):
            path = index.parent / "StringParameters" / f"{name}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{name}\n", encoding="utf-8")
        self.loop(Scenario("partner apply", ["partner", "apply", self.folder / "partners", "--yes",
                                             *self.of_tenant()],
                           self.token, remote=self.strings(), goes_on=True,
                           notes=rf"cihsm: ({PARTNER}: 3 done|changes done before: 3;)"))

    def strings(self) -> Strings:
        """The string parameters of the partner of these tests."""
        return Strings(self.box, ROLES[2], PARTNER)


if __name__ == "__main__":
    unittest.main()
