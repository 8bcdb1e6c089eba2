#!/usr/bin/env python3
"""Tests of packages as a whole and of the files in artifacts (contract §7.2)."""

from __future__ import annotations

import base64
import io
import sys
import unittest
import zipfile
from typing import Any

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from selftest import Answer, sandbox, setUpModule  # noqa: E402
from selftest_writes import Writing, archive  # noqa: E402

PACKAGE = "IntegrationPackages('{}')"
FLOW = "IntegrationDesigntimeArtifacts(Id='{}',Version='active')"
COPY = "CopyIntegrationPackage?Id='{}'"


def encoded(content: bytes) -> str:
    """Base64."""
    return base64.b64encode(content).decode()


class Packages(Writing):
    """Contract §7.2"""

    def ids(self, package: str, kind: str = "Integration") -> list[str]:
        """Its artifacts of a type."""
        path = f"{PACKAGE.format(package)}/{kind}DesigntimeArtifacts"
        return [row["Id"] for row in self.read(path)["results"]]

    def leaves(self, package: str) -> None:
        """A package that goes away at the end."""
        self.addCleanup(self.answers, 202, "DELETE", PACKAGE.format(package))

    def test_there_and_back(self) -> None:
        """Exported, deleted, imported: the same package with the same artifacts."""
        path = PACKAGE.format("OrderToCash")
        before = {kind: self.ids("OrderToCash", kind)
                  for kind in ("Integration", "MessageMapping", "ValueMapping",
                               "ScriptCollection")}
        package, content = self.read(path), self.answers(200, "GET", f"{path}/$value").body
        flow = self.answers(200, "GET", FLOW.format("Order_Express") + "/$value").body
        self.answers(202, "DELETE", path)
        self.answers(404, "GET", FLOW.format("Order_Express"))
        made = self.answers(201, "POST", "IntegrationPackages", {"PackageContent": encoded(content)})
        self.assertTrue(made.headers["Location"].endswith("IntegrationPackages('OrderToCash')"))
        after = self.read(path)
        self.assertEqual({name: after[name] for name in ("Name", "ShortText", "Vendor", "Mode")},
                         {name: package[name] for name in ("Name", "ShortText", "Vendor", "Mode")})
        self.assertEqual({kind: self.ids("OrderToCash", kind) for kind in before}, before)
        again = self.answers(200, "GET", FLOW.format("Order_Express") + "/$value").body
        self.assertEqual(again, flow)
        rows = self.read(FLOW.format("Order_Express") + "/Configurations")["results"]
        self.assertIn("Receiver Host", [row["ParameterKey"] for row in rows])
        self.assertEqual(self.answers(200, "GET", f"{path}/$value").body, content)

    def test_overwrite(self) -> None:
        """409 without; with it what the zip does not have goes."""
        path, body = PACKAGE.format("Treasury"), {"PackageContent": ""}
        body["PackageContent"] = encoded(self.answers(200, "GET", f"{path}/$value").body)
        self.answers(201, "POST", "IntegrationDesigntimeArtifacts", {
            "Id": "Neu", "Name": "Neu", "PackageId": "Treasury", "ArtifactContent": archive("Neu")})
        self.answers(409, "POST", "IntegrationPackages", body)
        self.answers(409, "POST", "IntegrationPackages?Overwrite=false", body)
        self.answers(400, "POST", "IntegrationPackages?Overwrite=yes", body)
        self.assertIn("Neu", self.ids("Treasury"))
        sandbox("scenario", "locked=Neu")
        self.answers(400, "POST", "IntegrationPackages?Overwrite=true", body)
        self.answers(400, "DELETE", path)
        sandbox("scenario", "locked=")
        self.answers(201, "POST", "IntegrationPackages?Overwrite=true", body)
        self.assertNotIn("Neu", self.ids("Treasury"))

    def test_bad_imports(self) -> None:
        """No base64, no zip, none of a package, artifacts of another package."""
        for content in (None, "%", encoded(b"no zip"), archive("x")):
            self.answers(400, "POST", "IntegrationPackages", {"PackageContent": content})
        path = PACKAGE.format("Plant40")
        with zipfile.ZipFile(io.BytesIO(self.answers(200, "GET", f"{path}/$value").body)) as made:
            index = base64.b64decode(made.read("resources.cnt")).replace(b"Plant40", b"Anderes")
            contents = {name: made.read(name) for name in made.namelist()}
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as changed:
            for name, content in {**contents, "resources.cnt": base64.b64encode(index)}.items():
                changed.writestr(name, content)
        self.answers(500, "POST", "IntegrationPackages",
                     {"PackageContent": encoded(stream.getvalue())})
        self.answers(404, "GET", PACKAGE.format("Anderes"))

    def test_configure_only(self) -> None:
        """Neither changed nor downloaded, nor replaced by an import."""
        path = PACKAGE.format("Standard")
        self.answers(400, "PUT", path, {"Name": "x", "ShortText": "x"})
        self.answers(400, "GET", f"{path}/$value")
        self.assertEqual(self.read(path)["Mode"], "READ_ONLY")
        files = FLOW.format("Standard_Flow") + "/Resources"
        self.answers(400, "POST", files, {"Name": "a.js", "ResourceType": "js",
                                          "ResourceContent": ""})

    def test_copies(self) -> None:
        """Of Discover: 409 if it is there, unless a mode says what to do."""
        self.answers(404, "POST", COPY.format("Treasury"))
        self.answers(201, "POST", COPY.format("Starter"))
        self.leaves("Starter")
        self.assertEqual(self.ids("Starter"), ["Starter_Flow"])
        self.answers(409, "POST", COPY.format("Starter"))
        self.answers(400, "POST", COPY.format("Starter") + "&ImportMode='OTHER'")
        self.answers(400, "POST", COPY.format("Starter") + "&ImportMode='CREATE_COPY'")
        made = self.answers(201, "POST", COPY.format("Starter")
                            + "&ImportMode='CREATE_COPY'&Suffix='2'").json["d"]
        self.leaves("Starter2")
        self.assertEqual((made["Id"], made["Name"]), ("Starter2", "Starter2"))
        self.assertEqual(self.ids("Starter2", "ScriptCollection"), ["Starter_Scripts2"])

    def test_copies_that_replace(self) -> None:
        """One keeps what Discover does not have, the other does not."""
        self.answers(201, "POST", COPY.format("Starter"))
        self.leaves("Starter")
        self.answers(201, "POST", "IntegrationDesigntimeArtifacts",
                     {"Id": "Eigen", "Name": "Eigen", "PackageId": "Starter"})
        self.answers(201, "POST", COPY.format("Starter") + "&ImportMode='OVERWRITE_MERGE'")
        self.assertEqual(set(self.ids("Starter")), {"Eigen", "Starter_Flow"})
        self.answers(201, "POST", COPY.format("Starter") + "&ImportMode='OVERWRITE'")
        self.assertEqual(self.ids("Starter"), ["Starter_Flow"])
        self.answers(201, "POST", COPY.format("Standard") + "&ImportMode='OVERWRITE'")
        found = self.read(PACKAGE.format("Standard"))
        self.assertEqual((found["Version"], found["Mode"]), ("2.2.0", "READ_ONLY"))

    def test_tags(self) -> None:
        """Those that the tenant knows; they outlive an update of the package."""
        path = PACKAGE.format("MasterData")
        self.assertEqual([row["Name"] for row in self.read(f"{path}/CustomTags")["results"]],
                         ["Author", "LoB"])
        link = f"{path}/$links/CustomTags('Author')"
        self.assertEqual(self.answers(202, "PUT", link, {"Value": "Jö"}).body, b"")
        self.assertEqual(self.read(f"{path}/CustomTags('Author')")["Value"], "Jö")
        package = self.read(path)
        self.answers(202, "PUT", path, {name: package[name] for name in ("Name", "ShortText")})
        self.assertEqual(self.read(f"{path}/CustomTags('Author')")["Value"], "Jö")
        for status, method, target, body in (
                (404, "PUT", link.replace("Author", "Other"), {"Value": "x"}),
                (404, "PUT", link.replace("MasterData", "x"), {"Value": "x"}),
                (400, "PUT", link, {}), (405, "DELETE", link, None)):
            self.answers(status, method, target, body)


class Files(Writing):
    """Resources of artifacts, contract §7.2"""

    def setUp(self) -> None:
        body = {"Id": "Neu", "Name": "Neu", "PackageId": "Treasury",
                "ArtifactContent": archive("Neu")}
        self.answers(201, "POST", "IntegrationDesigntimeArtifacts", body)
        self.addCleanup(self.answers, 200, "DELETE", FLOW.format("Neu"))

    def names(self, flow: str) -> list[tuple[str, Any]]:
        """The files of a flow."""
        return [(row["Name"], row["ReferencedResourceType"])
                for row in self.read(f"{FLOW.format(flow)}/Resources")["results"]]

    def test_reading(self) -> None:
        """The list, one, its content; an XSD of a WSDL is another one."""
        path = FLOW.format("Invoice_Peppol") + "/Resources"
        self.assertEqual(set(self.names("Invoice_Peppol")), {
            ("invoice.xsd", None), ("log.groovy", None), ("peppol.wsdl", None),
            ("invoice.xsd", "wsdl")})
        self.assertEqual(self.answers(200, "GET", f"{path}/$count").body, b"4")
        one = f"{path}(Name='invoice.xsd',ResourceType='xsd')"
        self.assertEqual(self.read(one)["ResourceSize"],
                         str(len(self.answers(200, "GET", f"{one}/$value").body)))
        content = self.answers(200, "GET", f"{one}/$value?ReferencedResourceType=wsdl").body
        self.assertIn(b"of-wsdl", content)
        self.answers(404, "GET", f"{path}(Name='log.groovy',ResourceType='js')")
        self.answers(404, "GET", f"{path}(Name='log.groovy',ResourceType='groovy')/$value"
                                 "?ReferencedResourceType=wsdl")
        rows = self.read(f"{path}?$filter=ResourceType eq 'groovy'&$orderby=Name")["results"]
        self.assertEqual([row["Name"] for row in rows], ["log.groovy"])

    def test_writing(self) -> None:
        """Added, replaced, deleted; the zip has it, and the flow is a draft."""
        path, link = (f"{FLOW.format('Neu')}/{part}" for part in ("Resources", "$links/Resources"))
        body = {"Name": "a.xsd", "ResourceType": "xsd", "ResourceContent": encoded(b"<a/>")}
        made = self.answers(201, "POST", path, body).json["d"]
        self.assertEqual((made["Name"], made["ResourceContent"]), ("a.xsd", None))
        self.answers(400, "POST", path, body)
        self.answers(201, "POST", path, {**body, "ReferencedResourceType": "wsdl"})
        self.assertEqual(self.names("Neu"), [("a.xsd", None), ("a.xsd", "wsdl")])
        self.assertEqual(self.read(FLOW.format("Neu"))["Version"], "Active")
        one = "(Name='a.xsd',ResourceType='xsd')"
        self.answers(202, "PUT", link + one, {"ResourceContent": encoded(b"<b/>")})
        self.assertEqual(self.answers(200, "GET", f"{path}{one}/$value").body, b"<b/>")
        content = self.answers(200, "GET", FLOW.format("Neu") + "/$value").body
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            self.assertEqual(opened.read("src/main/resources/xsd/a.xsd"), b"<b/>")
        self.answers(200, "DELETE", f"{link}{one}?ReferencedResourceType=wsdl")
        self.answers(200, "DELETE", link + one)
        self.assertEqual(self.names("Neu"), [])

    def test_what_is_refused(self) -> None:
        """Bodies, names, what is not there, what is locked."""
        path, link = (f"{FLOW.format('Neu')}/{part}" for part in ("Resources", "$links/Resources"))
        body: dict[str, Any] = {"Name": "a.js", "ResourceType": "js", "ResourceContent": ""}
        for changes in ({"Name": "a/b.js"}, {"Name": ""}, {"ResourceType": "json"},
                        {"ResourceContent": "%"}, {"ReferencedResourceType": "wsdl"}):
            self.answers(400, "POST", path, {**body, **changes})
        one = "(Name='a.js',ResourceType='js')"
        self.answers(404, "PUT", link + one, {"ResourceContent": ""})
        self.answers(404, "DELETE", link + one)
        self.answers(404, "POST", path.replace("Neu", "Nichts"), body)
        sandbox("scenario", "locked=Neu")
        self.answers(400, "POST", path, body)
        sandbox("scenario", "locked=")
        mapping = "MessageMappingDesigntimeArtifacts(Id='Order_Mapping',Version='active')"
        self.assertEqual(self.read(f"{mapping}/Resources")["results"], [])
        self.answers(405, "POST", f"{mapping}/Resources", body)
        self.answers(404, "GET", "ValueMappingDesigntimeArtifacts(Id='Currencies',"
                                 "Version='active')/Resources")

    def test_script_collections(self) -> None:
        """Have theirs, too."""
        path = "ScriptCollectionDesigntimeArtifacts(Id='Common_Scripts',Version='active')"
        self.answers(201, "POST", f"{path}/Resources", {
            "Name": "a.groovy", "ResourceType": "groovy", "ResourceContent": encoded(b"x")})
        self.answers(200, "DELETE",
                     f"{path}/$links/Resources(Name='a.groovy',ResourceType='groovy')")
        self.answers(200, "POST", "ScriptCollectionDesigntimeArtifactSaveAsVersion"
                                  "?Id='Common_Scripts'&SaveAsVersion='1.0.0'")


if __name__ == "__main__":
    unittest.main()
