#!/usr/bin/env python3
"""cihsm package: packages as entities, as zips, copied from Discover; their tags."""

from __future__ import annotations

import json
import unittest
from typing import Any, Sequence

from harness import CihsmTest, Option, Result
from tenants import Sandbox

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
        self.refused(9, ["409 from tenant", "exists already"], "package", "create", "Neu", *NEW)

    def test_mistakes_are_told_before_a_request(self) -> None:
        """Nothing is sent."""
        mark = self.box.mark()
        for words, arguments in (
                ("--short-text is missing", ["create", "x", "--name", "x"]),
                ("--name is missing", ["create", "x", "--short-text", "x"]),
                ("argument ID is empty", ["create", "", *NEW]),
                ("slash inside a key", ["create", "a/b", *NEW]),
                ("slash inside a key", ["show", "a\\b".replace("\\", "/")]),
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


if __name__ == "__main__":
    unittest.main()
