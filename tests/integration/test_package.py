#!/usr/bin/env python3
"""cihsm package: packages as entities, as zips, copied from Discover; their tags."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any, Sequence

from harness import CihsmTest, Option, Result
from tenants import Sandbox
from zips import MANIFEST, link_entry, manifest_of, zipped

# pylint: disable=wrong-import-order
from model import KNOWN_ROLES

NEW = ["--name", "Neu & Größe", "--short-text", "kurz"]
BY_SERVER = {"CreatedBy", "CreationDate", "ModifiedBy", "ModifiedDate"}


class PackageTest(CihsmTest):
    """Against one sandbox, with a caller who may do everything."""

    box: Sandbox
    key: Option

    def run_cihsm(self, *arguments: Option, **more: Any) -> Result:
        """A call with its options."""
        return self.cihsm(*arguments, "--service-key", self.key, "--ca", self.box.ca, **more)

    def done(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def refused(self, code: int, words: str | Sequence[str], *arguments: Option,
                **more: Any) -> None:
        """A call that fails and prints nothing."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        self.message(result, words)

    def read(self, *arguments: Option) -> Any:
        """What a command prints as JSON."""
        return self.done(*arguments, "-o", "json").json

    def create(self, name: str, *more: str) -> dict[str, Any]:
        """A package, taken away at the end; what it is then."""
        self.done("package", "create", name, *NEW, *more)
        self.addCleanup(self.done, "package", "delete", name, "--yes")
        return self.show(name)

    def show(self, name: str) -> dict[str, Any]:
        """Its properties but those that the tenant makes."""
        found = self.read("package", "show", name)
        return {name: value for name, value in found.items() if name not in BY_SERVER}


def setUpModule() -> None:  # pylint: disable=invalid-name
    """The sandbox of all tests here: each takes away what it made."""
    box = Sandbox("--entries", "10")
    unittest.addModuleCleanup(box.stop)
    PackageTest.box = box
    PackageTest.key = box.register_type("packages", "certificate", sorted(KNOWN_ROLES))


class EntityTest(PackageTest):
    """list, show, create, update, delete"""

    def test_list(self) -> None:
        """What a person wants of all packages, and all in JSON."""
        table = self.done("package", "list").out.splitlines()
        self.assertEqual(table[0].split()[:4], ["Id", "Name", "Version", "Mode"])
        self.assertTrue(all(len(line) <= 80 for line in table), table)
        found = {row["Id"]: row["Mode"] for row in self.read("package", "list")}
        self.assertEqual((found["OrderToCash"], found["Standard"]), ("EDIT_ALLOWED", "READ_ONLY"))

    def test_life(self) -> None:
        """What is not named in an update stays; Mode is never sent."""
        born = self.create("Neu", "--vendor", "O'Brien", "--package-version", "1.0.1",
                           "--keywords", "a, b")
        self.assertEqual((born["Name"], born["Vendor"], born["Version"], born["Mode"]),
                         ("Neu & Größe", "O'Brien", "1.0.1", "EDIT_ALLOWED"))
        done = self.done("package", "update", "Neu", "--short-text", "länger", "--yes")
        self.assertIn('cihsm: updated package "Neu"\n', done.err)
        self.assertEqual(self.show("Neu"), {**born, "ShortText": "länger"})
        body = json.loads(self.done("package", "update", "Neu", "--name", "x", "--dry-run")
                          .out.partition("\n\n")[2])
        self.assertNotIn("Mode", body)
        self.assertFalse(BY_SERVER & body.keys())

    def test_why_there_is_no_new_one(self) -> None:
        """What exists, whatever its mode; what the tenant wants to be told."""
        for name in ("Treasury", "Standard"):
            self.refused(9, ["409 from tenant", "exists already"], "package", "create", name, *NEW)
        self.refused(1, ["400 from tenant", "'ShortText' is mandatory"], "package", "create", "Neu",
                     "--name", "x", "--short-text", "")

    def test_mistakes_are_told_before_a_request(self) -> None:
        """Nothing is sent."""
        mark = self.box.mark()
        for words, arguments in (
                ("--short-text is missing", ["create", "x", "--name", "x"]),
                ("--name is missing", ["create", "x", "--short-text", "x"]),
                ("argument ID is empty", ["create", "", *NEW]),
                ("slash inside a key", ["create", "a/b", *NEW]),
                ("slash inside a key", ["show", "a/b"]),
                ("backslash inside a key", ["delete", "a\\b", "--yes"]),
                ("nothing to change", ["update", "x"]),
                ("is empty", ["download", ""]),
                ("slash inside a key", ["download", "a/b"]),
                ("is empty", ["artifacts", ""]),
                ("slash inside a key", ["artifacts", "a/b"]),
                ("slash inside a key", ["tag", "list", "a/b"]),
                ("slash inside a key", ["tag", "set", "a", "b/c", "d"]),
                ("repeat with --yes", ["delete", "x"])):
            with self.subTest(arguments=arguments):
                self.refused(2, words, "package", *arguments)
        self.assertEqual(self.box.mark(), mark)

    def test_what_is_not_there(self) -> None:
        """It is named, whatever was wanted of it."""
        for verb in (["show"], ["update", "--name", "x", "--yes"], ["delete", "--yes"],
                     ["artifacts"], ["download"]):
            with self.subTest(verb=verb):
                self.refused(8, ['package "Nichts"', "404 from tenant"], "package", verb[0],
                             "Nichts", *verb[1:])

    def test_artifacts(self) -> None:
        """Of all types."""
        table = self.done("package", "artifacts", "OrderToCash").out.splitlines()
        self.assertEqual(table[0].split(), ["Type", "Id", "Version", "Name"])
        self.assertEqual({row["Type"] for row in self.read("package", "artifacts", "OrderToCash")},
                         {"flow", "message-mapping", "value-mapping", "script-collection"})


class ZipTest(PackageTest):
    """download, upload"""

    def artifacts(self, name: str) -> set[str]:
        """The ids of all its artifacts."""
        return {row["Id"] for row in self.read("package", "artifacts", name)}

    def download(self, name: str) -> Path:
        """The zip of a package."""
        path = self.folder / f"{name}.zip"
        self.done("package", "download", name, "--out", path)
        return path

    def draft(self, package: str) -> None:
        """A flow that was changed since its last version, taken away at the end."""
        folder = self.folder / "Draft"
        (folder / "META-INF").mkdir(parents=True)
        (folder / MANIFEST).write_bytes(manifest_of("Draft"))
        self.done("artifact", "create", folder, "--package", package, "--id", "Draft")
        self.addCleanup(self.run_cihsm, "artifact", "delete", "Draft", "--yes")
        self.done("artifact", "update", "Draft", folder, "--yes")

    def test_there_and_back(self) -> None:
        """Downloaded, deleted, uploaded: as it was; overwritten, and what was added is gone."""
        before, path = self.show("OrderToCash"), self.download("OrderToCash")
        ids = self.artifacts("OrderToCash")
        self.done("package", "delete", "OrderToCash", "--yes")
        made = self.read("package", "upload", path)
        self.assertEqual((made["Id"], made["Mode"]), ("OrderToCash", "EDIT_ALLOWED"))
        self.assertEqual((self.show("OrderToCash"), self.artifacts("OrderToCash")), (before, ids))
        self.refused(9, ["409 from tenant", "--overwrite replaces it"], "package", "upload", path)
        self.draft("OrderToCash")
        self.refused(2, "repeat with --yes", "package", "upload", path, "--overwrite")
        self.done("package", "upload", path, "--overwrite", "--yes")
        self.assertEqual(self.artifacts("OrderToCash"), ids)

    def test_downloads(self) -> None:
        """As a file by the tenant's name, or as a folder; not onto what is there."""
        done = self.done("package", "download", "Treasury", "--out", f"{self.folder}/")
        self.assertEqual(done.out, f"{self.folder}/Treasury.zip\n")
        target = self.folder / "unpacked"
        done = self.done("package", "download", "Treasury", "--unpack", target)
        self.assertEqual(done.out, f"{target}\n")
        self.assertEqual({path.name for path in target.iterdir()}, {
            "resources.cnt", "Bank_Statement_MT940_content", "Payment_Factory_content"})
        self.refused(3, "is not empty", "package", "download", "Treasury", "--unpack", target)
        self.refused(2, "cannot go together", "package", "download", "Treasury", "--unpack", "x",
                     "--out", "y")

    def test_why_there_is_no_download(self) -> None:
        """Drafts are named; a configure-only package has none."""
        self.draft("Treasury")
        self.refused(10, ["500 from tenant", "drafts", "it has Draft:", "save-as-version"],
                     "package", "download", "Treasury", "--out", self.folder / "t.zip")
        self.assertFalse((self.folder / "t.zip").exists())
        self.refused(1, ["400 from tenant", "can only be configured (READ_ONLY)"], "package",
                     "download", "Standard", "--unpack", self.folder / "s")

    def test_what_cannot_be_changed(self) -> None:
        """A configure-only package, and one with a locked artifact in it."""
        self.refused(1, "can only be configured (READ_ONLY)", "package", "update", "Standard",
                     "--name", "x", "--yes")
        with self.box.scenario("locked=Payment_Factory"):
            self.refused(1, ["is locked by another user", "IntegrationDesigntimeLocks"], "package",
                         "delete", "Treasury", "--yes")

    def test_bad_files_are_refused_before_a_request(self) -> None:
        """No zip, the zip of an artifact, one with a link, with a way out, damaged."""
        mark = self.box.mark()
        index = ("resources.cnt", b"x")
        good = zipped([index, ("a_content", b"text " * 2000)])
        for name, words, content in (
                ("text", "no zip", b"no zip at all"), ("nothing", "no zip", b""),
                ("artifact", "content of an artifact", zipped([(MANIFEST, manifest_of("x"))])),
                ("other", "there is no resources.cnt", zipped([("a", b"x")])),
                ("link", "link or device", zipped([index, (link_entry("l"), b"/tmp")])),
                ("out", "entry", zipped([index, ("../evil", b"x")])),
                ("root", "entry", zipped([index, ("/tmp/evil", b"x")])),
                ("bomb", "grows to more than", zipped([index, ("zeros", bytes(40 << 20))])),
                ("cut", "damaged", good[:len(good) // 2])):
            with self.subTest(name=name):
                self.refused(3, words, "package", "upload", self.write(name, content))
        self.refused(3, "cannot read", "package", "upload", self.folder / "missing")
        self.refused(3, "is a folder", "package", "upload", self.folder)
        self.assertEqual(self.box.mark(), mark)
        self.refused(1, "400 from tenant", "package", "upload",
                     self.write("other", zipped([("a", b"x")])), "--unchecked")

    def test_dry_run(self) -> None:
        """The request without the zip."""
        path = self.write("p.zip", zipped([("resources.cnt", b"x")]))
        out = self.done("package", "upload", path, "--overwrite", "--dry-run").out
        head, _, body = out.partition("\n\n")
        self.assertIn("/IntegrationPackages?Overwrite=true\n", head)
        self.assertRegex(json.loads(body)["PackageContent"],
                         r"^\(base64 of a zip of \d+ bytes\)$")

    def test_a_protected_profile(self) -> None:
        """Its name is repeated for every write."""
        config = self.write("config", "[live]\nprotected = yes\n")
        path = self.write("p.zip", zipped([("resources.cnt", b"x")]))
        mark = self.box.mark()
        for arguments in (["upload", path], ["copy", "Starter"], ["delete", "Treasury"],
                          ["tag", "set", "Treasury", "LoB", "x"]):
            self.refused(2, "is protected", "package", *arguments, "--yes", "--config", config,
                         "--profile", "live")
        self.assertEqual(self.box.mark(), mark)


class CopyTest(PackageTest):
    """copy"""

    def copy(self, *arguments: str) -> dict[str, Any]:
        """A copy that succeeds: the package that was made."""
        made: dict[str, Any] = self.read("package", "copy", *arguments)
        return made

    def test_copies(self) -> None:
        """Into the workspace; what is there already is told, and what to do then."""
        self.assertEqual(self.copy("Starter")["Id"], "Starter")
        self.addCleanup(self.done, "package", "delete", "Starter", "--yes")
        self.refused(9, ["409 from tenant", "--mode OVERWRITE", "--suffix"], "package", "copy",
                     "Starter")
        self.assertEqual(self.copy("Starter", "--mode", "CREATE_COPY", "--suffix", ".2")["Id"],
                         "Starter.2")
        self.done("package", "delete", "Starter.2", "--yes")
        self.refused(2, "repeat with --yes", "package", "copy", "Starter", "--mode", "OVERWRITE")
        for mode in ("OVERWRITE", "OVERWRITE_MERGE"):
            self.copy("Starter", "--mode", mode, "--yes")

    def test_refused(self) -> None:
        """Modes that there are not; what Discover does not have."""
        self.refused(2, "CREATE_COPY, OVERWRITE or OVERWRITE_MERGE", "package", "copy", "Starter",
                     "--mode", "merge")
        self.refused(2, "CREATE_COPY only", "package", "copy", "Starter", "--suffix", "x")
        self.refused(2, "is empty", "package", "copy", "")
        self.refused(8, ["404 from tenant", 'Discover has no package "Treasury"'], "package",
                     "copy", "Treasury")

    def test_roles(self) -> None:
        """That of a copy is another one than that of the workspace."""
        key = self.box.register_type("reader", "certificate", ["WorkspacePackagesRead"])
        for role, arguments in (("CatalogPackagesCopy", ["copy", "Starter"]),
                                ("WorkspacePackagesEdit", ["delete", "Treasury", "--yes"]),
                                ("WorkspacePackagesEdit", ["tag", "set", "Treasury", "LoB", "x"])):
            done = self.cihsm("package", *arguments, "--service-key", key, "--ca", self.box.ca)
            self.assertEqual(done.code, 7, done.err)
            self.message(done, ["403", role])


class TagTest(PackageTest):
    """tag list, set"""

    def test_tags(self) -> None:
        """What is set is listed."""
        self.done("package", "tag", "set", "Treasury", "Author", "Jö & O'Brien")
        table = self.done("package", "tag", "list", "Treasury").out
        self.assertEqual([line.split(None, 1) for line in table.splitlines()],
                         [["Name", "Value"], ["Author", "Jö & O'Brien"], ["LoB"]])
        self.done("package", "tag", "set", "Treasury", "Author", "")
        self.assertEqual(self.read("package", "tag", "list", "Treasury")[0]["Value"], "")

    def test_what_is_not_there(self) -> None:
        """The package, or the tag."""
        self.refused(8, 'there is no package "Nichts"', "package", "tag", "list", "Nichts")
        self.refused(8, 'there is no package "Nichts"', "package", "tag", "set", "Nichts",
                     "Author", "x")
        self.refused(8, ["404 from tenant", 'no tag "Other"'], "package", "tag", "set", "Treasury",
                     "Other", "x")


if __name__ == "__main__":
    unittest.main()
