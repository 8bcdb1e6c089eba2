#!/usr/bin/env python3
"""Tests of artifacts: types, packages that cannot be changed, parameters, endpoints (§7.2)."""

from __future__ import annotations

import io
import sys
import unittest
import zipfile
from typing import Any

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from selftest import Answer, sandbox, setUpModule  # noqa: E402
from selftest_writes import Writing, archive  # noqa: E402

CONFIGURATIONS = "IntegrationDesigntimeArtifacts(Id='Order_Express',Version='active')"


class Artifacts(Writing):
    """Contract §7.2"""

    def created(self, kind: str) -> str:
        """An artifact that goes away again; its path."""
        body = {"Id": "Neu", "Name": "Neu", "PackageId": "Treasury",
                "ArtifactContent": archive("Neu")}
        path = f"{kind}DesigntimeArtifacts(Id='Neu',Version='active')"
        self.answers(201, "POST", f"{kind}DesigntimeArtifacts", body)
        self.addCleanup(self.answers, 200, "DELETE", path)
        return path

    def test_each_type_has_its_verbs(self) -> None:
        """Value mappings take no PUT; two types have a list of their own."""
        for kind, put, listed in (("Integration", 200, 501), ("MessageMapping", 200, 200),
                                  ("ValueMapping", 405, 200), ("ScriptCollection", 200, 501)):
            with self.subTest(kind=kind):
                path = self.created(kind)
                self.answers(put, "PUT", path, {"Name": "Anders"})
                self.answers(listed, "GET", f"{kind}DesigntimeArtifacts")
                below = self.read(f"IntegrationPackages('Treasury')/{kind}DesigntimeArtifacts")
                self.assertIn("Neu", [row["Id"] for row in below["results"]])
                self.answers(200, "POST", f"{kind}DesigntimeArtifactSaveAsVersion?Id='Neu'"
                                          "&SaveAsVersion='2.0.0'")
                self.assertEqual(self.read(path)["Version"], "2.0.0")
                self.answers(202, "POST", f"Deploy{kind}DesigntimeArtifact?Id='Neu'"
                                          "&Version='active'")

    def test_dates_in_lists(self) -> None:
        """Told only by the switch; a change moves ModifiedAt, even twice in a moment."""
        path = self.created("Integration")
        below = "IntegrationPackages('Treasury')/IntegrationDesigntimeArtifacts"
        self.assertNotIn("ModifiedAt", self.read(below)["results"][0])
        sandbox("scenario", "artifact_dates=1")
        self.addCleanup(sandbox, "scenario", "artifact_dates=")
        seen = []
        for _ in range(2):
            rows = {row["Id"]: row for row in self.read(below)["results"]}
            seen.append(int(rows["Neu"]["ModifiedAt"]))
            self.answers(200, "PUT", path, {"Name": "Anders"})
        self.assertLess(seen[0], seen[1])
        self.assertEqual(rows["Payment_Factory"]["ModifiedAt"], "1767225600000")

    def test_dates_in_zips(self) -> None:
        """Each download has another date in its property files, and nothing else new."""
        value = f"{CONFIGURATIONS}/$value"
        plain = self.answers(200, "GET", value).body
        self.assertEqual(self.answers(200, "GET", value).body, plain)
        sandbox("scenario", "property_dates=1")
        self.addCleanup(sandbox, "scenario", "property_dates=")
        texts = {self.parameters(self.answers(200, "GET", value).body) for _ in range(2)}
        self.assertEqual(len(texts), 2)
        for text in texts:
            head, date, rest = text.split(b"\n", 2)
            self.assertEqual((head, rest), (b"#", self.parameters(plain)))
            self.assertRegex(date, rb"^#\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}$")

    @staticmethod
    def parameters(content: bytes) -> bytes:
        """The parameters in a zip."""
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            return opened.read("src/main/resources/parameters.prop")

    def test_adapters(self) -> None:
        """Created, deployed, deleted; never read."""
        body = {"PackageId": "Treasury", "ArtifactContent": archive("x")}
        made = self.answers(201, "POST", "IntegrationAdapterDesigntimeArtifacts", body).json["d"]
        path = f"IntegrationAdapterDesigntimeArtifacts(Id='{made['Id']}')"
        self.answers(501, "GET", path)
        self.answers(202, "POST", f"DeployIntegrationAdapterDesigntimeArtifact?Id='{made['Id']}'")
        self.answers(200, "DELETE", path)

    def test_what_cannot_be_changed(self) -> None:
        """Packages in configure-only mode, and what somebody has locked."""
        path = "IntegrationDesigntimeArtifacts(Id='Standard_Flow',Version='active')"
        for method, target, body in (
                ("PUT", path, {"Name": "x"}), ("DELETE", path, None),
                ("GET", f"{path}/$value", None),
                ("GET", "IntegrationPackages('Standard')/$value", None),
                ("POST", "IntegrationDesigntimeArtifacts",
                 {"Id": "x", "Name": "x", "PackageId": "Standard"})):
            self.answers(400, method, target, body)
        self.answers(200, "GET", path)
        path = self.created("Integration")
        sandbox("scenario", "locked=Neu")
        self.answers(400, "DELETE", path)
        self.answers(400, "PUT", path, {"Name": "x"})
        sandbox("scenario", "locked=")

    def test_configurations(self) -> None:
        """Read below the flow, written through $links; in a package of any mode."""
        path = f"{CONFIGURATIONS}/$links/Configurations('Receiver Host')"
        body: dict[str, Any] = {"ParameterValue": "a", "DataType": "xsd:string"}
        self.assertEqual(self.answers(202, "PUT", path, body).body, b"")
        rows = self.read(f"{CONFIGURATIONS}/Configurations")["results"]
        self.assertEqual([row["ParameterValue"] for row in rows], ["a", "60", "Größe"])
        count = self.answers(200, "GET", f"{CONFIGURATIONS}/Configurations/$count")
        self.assertEqual(count.body, b"3")
        self.answers(202, "PUT", path, {**body, "ParameterValue": "erp.example"})
        for status, sent, target in (
                (400, {**body, "DataType": "xsd:integer"}, path), (400, {"DataType": "x"}, path),
                (404, body, path.replace("Host", "Hosts")), (400, b"{", path),
                (400, {"ParameterValue": "x", "DataType": "xsd:integer"},
                 path.replace("Receiver Host", "Timeout"))):
            self.answers(status, "PUT", target, sent)
        self.answers(405, "DELETE", path)
        standard = path.replace("Order_Express", "Standard_Flow")
        self.answers(202, "PUT", standard, {**body, "ParameterValue": "erp.example"})

    def test_endpoints(self) -> None:
        """One for each flow that runs."""
        found = self.read("ServiceEndpoints?$expand=EntryPoints,ApiDefinitions")["results"]
        self.assertNotIn("Invoice to Peppol", [row["Name"] for row in found])
        self.assertEqual(len(found[0]["EntryPoints"]["results"]), 1)
        self.assertEqual(len(found[0]["ApiDefinitions"]["results"]), 1)
        count = self.answers(200, "GET", "ServiceEndpoints/$count")
        self.assertEqual(count.body.decode(), str(len(found)))
        self.answers(501, "GET", "ServiceEndpoints('x')")

    def test_ends_of_a_deployment(self) -> None:
        """Before the start, at it, elsewhere."""
        self.created("Integration")
        runtime = "IntegrationRuntimeArtifacts('Neu')"
        for switch, status, running in (
                ("deploy_fails=start", "SUCCESS", ["ERROR"]),
                ("deploy_fails=license", "FAIL_ON_LICENSE_ERROR", ["ERROR"]),
                ("start_polls=2", "SUCCESS", ["STARTING", "STARTING", "STARTED"])):
            sandbox("scenario", "--reset", "csrf=off", "deploy_polls=0", switch)
            self.assertEqual(self.polled(self.deployed()), status)
            self.assertEqual([self.read(runtime)["Status"] for _ in running], running)
        self.answers(202, "DELETE", runtime)
        sandbox("scenario", "--reset", "csrf=off", "deploy_polls=0", "deploy_elsewhere=1")
        self.assertEqual(self.polled(self.deployed()), "SUCCESS")
        self.answers(404, "GET", runtime)
        sandbox("scenario", "--reset", "csrf=off")

    def deployed(self) -> Answer:
        """The answer to a deployment."""
        return self.answers(202, "POST",
                            "DeployIntegrationDesigntimeArtifact?Id='Neu'&Version='active'")

    def polled(self, deployed: Answer) -> str:
        """What its task says."""
        task = deployed.body.decode()
        status: str = self.read(f"BuildAndDeployStatus(TaskId='{task}')")["Status"]
        return status


if __name__ == "__main__":
    unittest.main()
