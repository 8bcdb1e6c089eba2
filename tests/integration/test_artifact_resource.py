#!/usr/bin/env python3
"""cihsm artifact resource: the files in an artifact, one by one."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any, Sequence

from harness import CihsmTest, Option, Result
from tenants import Sandbox
from zips import MANIFEST, manifest_of

# pylint: disable=wrong-import-order
from model import KNOWN_ROLES

FLOW = "Invoice_Peppol"
SCRIPTS = ["--type", "script-collection"]


class FileTest(CihsmTest):
    """Against one sandbox, with a caller who may do everything."""

    box: Sandbox
    key: Option

    def run_cihsm(self, *arguments: Option, **more: Any) -> Result:
        """A call below "artifact resource" with its options."""
        return self.cihsm("artifact", *arguments, "--service-key", self.key, "--ca", self.box.ca,
                          **more)

    def done(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds."""
        result = self.run_cihsm("resource", *arguments, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def refused(self, code: int, words: str | Sequence[str], *arguments: Option) -> None:
        """A call that fails and prints nothing."""
        result = self.run_cihsm("resource", *arguments)
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        self.message(result, words)

    def files(self, artifact: str, *more: str) -> set[tuple[str, str, Any]]:
        """Name, type, and what refers to it."""
        rows = self.done("list", artifact, *more, "-o", "json").json
        return {(row["Name"], row["ResourceType"], row["ReferencedResourceType"]) for row in rows}

    def create(self, name: str) -> None:
        """A flow without files, taken away at the end."""
        folder = self.folder / name
        (folder / "META-INF").mkdir(parents=True)
        (folder / MANIFEST).write_bytes(manifest_of(name))
        made = self.run_cihsm("create", folder, "--package", "Treasury", "--id", name)
        self.assertEqual(made.code, 0, made.err)
        self.addCleanup(self.run_cihsm, "delete", name, "--yes")


def setUpModule() -> None:  # pylint: disable=invalid-name
    """The sandbox of all tests here: each takes away what it made."""
    box = Sandbox("--entries", "10")
    unittest.addModuleCleanup(box.stop)
    FileTest.box = box
    FileTest.key = box.register_type("files", "certificate", sorted(KNOWN_ROLES))


class ReadTest(FileTest):
    """list, get"""

    def test_list(self) -> None:
        """A row a file."""
        table = self.done("list", FLOW).out.splitlines()
        self.assertEqual(table[0].split(), ["Name", "ResourceType", "ReferencedResourceType",
                                            "ResourceSize"])
        self.assertEqual(self.files(FLOW), {
            ("invoice.xsd", "xsd", None), ("invoice.xsd", "xsd", "wsdl"),
            ("peppol.wsdl", "wsdl", None), ("log.groovy", "groovy", None)})
        self.assertEqual(self.files("Common_Scripts", *SCRIPTS), set())
        self.assertEqual(self.files("Order_Mapping", "--type", "message-mapping"), set())

    def test_get(self) -> None:
        """Its bytes, to a pipe, a file, a folder."""
        self.assertEqual(self.done("get", FLOW, "log.groovy").out, "println 'Größe'\n")
        self.assertIn("of-wsdl", self.done("get", FLOW, "invoice.xsd", "--referenced-type",
                                           "wsdl").out)
        target = self.folder / "invoice"
        self.done("get", FLOW, "invoice.xsd", "--out", target)
        self.assertNotIn(b"of-wsdl", target.read_bytes())
        done = self.done("get", FLOW, "invoice.xsd", "--out", f"{self.folder}/")
        self.assertEqual(done.out, f"{self.folder}/invoice.xsd\n")

    def test_what_is_not_there(self) -> None:
        """The flow, the file, the file of this type."""
        self.refused(8, 'no integration flow "Nichts"', "list", "Nichts")
        self.refused(8, 'no integration flow "Nichts"', "get", "Nichts", "a.xsd")
        self.refused(8, ['no resource "a.xsd"', "artifact resource list"], "get", FLOW, "a.xsd")
        self.refused(8, 'no resource "log.groovy"', "get", FLOW, "log.groovy", "--resource-type",
                     "js")

    def test_mistakes_are_told_before_a_request(self) -> None:
        """Types, names, artifacts that have no files."""
        mark = self.box.mark()
        path = self.write("a.xsd", "<a/>")
        for code, words, arguments in (
                (2, "so name the type: there are edmx", ["get", FLOW, "a.json"]),
                (2, 'no type of resources "json"', ["get", FLOW, "a", "--resource-type", "json"]),
                (2, "name of the resource is empty", ["get", FLOW, ""]),
                (2, "slash inside a key", ["get", FLOW, "xsd/a.xsd"]),
                (2, "slash inside a key", ["add", FLOW, path, "--name", "xsd/a.xsd"]),
                (2, "the id of the artifact is empty", ["list", ""]),
                (2, "type value-mapping have no resources", ["list", "x", "--type",
                                                             "value-mapping"]),
                (2, "type adapter have no resources", ["get", "x", "a.js", "--type", "adapter"]),
                (2, "no way to write one resource of a message mapping",
                 ["add", "x", path, "--type", "message-mapping"]),
                (3, "cannot open", ["add", FLOW, self.folder / "missing.xsd"]),
                (2, "repeat with --yes", ["update", FLOW, path]),
                (2, "repeat with --yes", ["delete", FLOW, "a.xsd"])):
            with self.subTest(arguments=arguments):
                self.refused(code, words, *arguments)
        self.assertEqual(self.box.mark(), mark)


class WriteTest(FileTest):
    """add, update, delete"""

    def test_life(self) -> None:
        """Of a file with bytes of every kind; the zip of the flow has it."""
        self.create("Files")
        content = bytes(range(256)) * 300
        path = self.write("tools.jar", content)
        made = self.done("add", "Files", path, "-o", "json").json
        self.assertEqual((made["Name"], made["ResourceType"]), ("tools.jar", "jar"))
        self.assertEqual(self.done("get", "Files", "tools.jar").stdout, content)
        done = self.done("update", "Files", self.write("other", b"new"), "--name", "tools.jar",
                         "--yes")
        self.assertIn('updated resource "tools.jar" of "Files"\n', done.err)
        unpacked = self.folder / "unpacked"
        self.assertEqual(self.run_cihsm("download", "Files", "--unpack", unpacked).code, 0)
        self.assertEqual([found.read_bytes() for found in unpacked.rglob("tools.jar")], [b"new"])
        done = self.done("delete", "Files", "tools.jar", "--yes")
        self.assertIn('deleted resource "tools.jar" of "Files"\n', done.err)
        self.assertEqual(self.files("Files"), set())
        self.refused(8, 'no resource "tools.jar"', "delete", "Files", "tools.jar", "--yes")
        self.refused(8, 'no resource "tools.jar"', "update", "Files", path, "--yes")

    def test_a_schema_of_a_wsdl(self) -> None:
        """Two of a name, each changed for itself."""
        self.create("Files")
        path, wsdl = self.write("a.xsd", "<a/>"), ["--referenced-type", "wsdl"]
        self.done("add", "Files", path)
        self.done("add", "Files", path, *wsdl)
        self.assertEqual(self.files("Files"), {("a.xsd", "xsd", None), ("a.xsd", "xsd", "wsdl")})
        self.done("update", "Files", self.write("a.xsd", "<b/>"), *wsdl, "--yes")
        self.assertEqual(self.done("get", "Files", "a.xsd").out, "<a/>")
        self.assertEqual(self.done("get", "Files", "a.xsd", *wsdl).out, "<b/>")
        self.done("delete", "Files", "a.xsd", *wsdl, "--yes")
        self.assertEqual(self.files("Files"), {("a.xsd", "xsd", None)})

    def test_types(self) -> None:
        """By the end of the name, or as told."""
        self.create("Files")
        for name, kind in (("a.groovy", "groovy"), ("b.JS", "js"), ("c.mmap", "mmap"),
                           ("d.opmap", "opmap"), ("e.wsdl", "wsdl"), ("f.edmx", "edmx"),
                           ("g.xslt", "xslt")):
            self.done("add", "Files", self.write(name, "x"))
            self.assertIn((name, kind, None), self.files("Files"))
        self.refused(2, "name the type", "add", "Files", self.write("h", "x"))
        empty = self.write("i.xsd", "")
        self.done("add", "Files", empty)
        self.assertEqual(self.done("get", "Files", "i.xsd").out, "")

    def test_script_collections(self) -> None:
        """Have theirs, too."""
        self.done("add", "Common_Scripts", self.write("a.groovy", "x"), *SCRIPTS)
        self.assertEqual(self.files("Common_Scripts", *SCRIPTS), {("a.groovy", "groovy", None)})
        self.done("delete", "Common_Scripts", "a.groovy", *SCRIPTS, "--yes")

    def test_what_cannot_be_changed(self) -> None:
        """Configure-only packages, locked flows, what is there already."""
        path = self.write("a.js", "x")
        self.refused(1, "can only be configured (READ_ONLY)", "add", "Standard_Flow", path)
        with self.box.scenario(f"locked={FLOW}"):
            self.refused(1, ["is locked by another user", "IntegrationDesigntimeLocks"], "add",
                         FLOW, path)
        self.refused(1, ["400 from tenant", "exists already"], "add", FLOW,
                     self.write("log.groovy", "x"))

    def test_dry_run(self) -> None:
        """The requests without the bytes."""
        path = self.write("a.xsd", "<a/>")
        for verb, line in (
                ("add", "POST {}/Resources"),
                ("update", "PUT {}/$links/Resources(Name='a.xsd',ResourceType='xsd')"
                           "?ReferencedResourceType=wsdl")):
            out = self.done(verb, "Files", path, "--referenced-type", "wsdl", "--dry-run").out
            flow = f"{self.box.url}/api/v1/IntegrationDesigntimeArtifacts(Id='Files',Version='active')"
            head, _, body = out.partition("\n\n")
            self.assertEqual(head.splitlines()[0], line.format(flow))
            self.assertEqual(json.loads(body)["ResourceContent"], "(base64 of a file of 4 bytes)")

    def test_a_missing_role_is_named(self) -> None:
        """Of the write."""
        key = self.box.register_type("reader", "certificate", ["WorkspacePackagesRead"])
        path: Path = self.write("a.js", "x")
        done = self.cihsm("artifact", "resource", "add", FLOW, path, "--service-key", key, "--ca",
                          self.box.ca)
        self.assertEqual(done.code, 7, done.err)
        self.message(done, ["403", "WorkspacePackagesEdit"])


if __name__ == "__main__":
    unittest.main()
