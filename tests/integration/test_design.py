#!/usr/bin/env python3
"""cihsm value-mapping, artifact guideline, custom-tag: what hangs below packages and artifacts."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any, Sequence

from harness import CihsmTest, Option, Result
from tenants import Sandbox

# pylint: disable=wrong-import-order
from model import KNOWN_ROLES

MAPPING = "Currencies"
SAP = ["--source-agency", "SAP"]
START = [("CHF", "756"), ("EUR", "978"), ("Größe's", "a/b")]


class DesignTest(CihsmTest):
    """Against a sandbox of its own, with a key of the type Certificate: no token is the point."""

    box: Sandbox
    key: Path
    reader: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "10")
        cls.addClassCleanup(cls.box.stop)
        cls.key = cls.box.register_type("all", "certificate", sorted(KNOWN_ROLES))
        cls.reader = cls.box.register_type("reader", "certificate", ["MonitoringDataRead"])

    def run_cihsm(self, *arguments: Option, key: Path | None = None, **more: Any) -> Result:
        """A call with its options."""
        return self.cihsm(*arguments, "--service-key", key or self.key, "--ca", self.box.ca,
                          **more)

    def done(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def read(self, *arguments: Option, **more: Any) -> Any:
        """What a command prints as JSON."""
        return self.done(*arguments, "-o", "json", **more).json

    def refused(self, code: int, words: str | Sequence[str], *arguments: Option,
                **more: Any) -> None:
        """A call that fails and prints nothing."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        self.message(result, words)


class ValueMappingTest(DesignTest):
    """Each class has a sandbox of its own: what is changed in a mapping stays changed."""

    def pairs(self, *options: Option) -> list[tuple[str, str]]:
        """What is mapped, sorted."""
        rows = self.read("value-mapping", "list", MAPPING, *options)
        return sorted((row["SrcValue"], row["TgtValue"]) for row in rows)

    def defaults(self, source: str) -> list[str]:
        """The default target of a value of SAP's."""
        rows = self.read("value-mapping", "list", MAPPING, *SAP)
        return [row["TgtValue"] for row in rows if row["SrcValue"] == source and row["Default"]]


class ReadTest(ValueMappingTest):
    """Schemas and what they map."""

    def test_schemas(self) -> None:
        """Both directions, or those that fit."""
        rows = self.read("value-mapping", "schemas", MAPPING)
        self.assertEqual([(row["SrcAgency"], row["SrcId"], row["TgtAgency"], row["TgtId"])
                          for row in rows], [("SAP", "Currency", "Bank", "ISO 4217"),
                                             ("Bank", "ISO 4217", "SAP", "Currency")])
        table = self.done("value-mapping", "schemas", MAPPING, "--target-id", "ISO 4217").out
        self.assertEqual([line.split() for line in table.splitlines()],
                         [["SrcAgency", "SrcId", "TgtAgency", "TgtId", "State"],
                          ["SAP", "Currency", "Bank", "ISO", "4217"]])

    def test_list(self) -> None:
        """Of one direction or both; as a table that fits, and for a spreadsheet."""
        self.assertEqual(self.pairs(*SAP), START)
        self.assertEqual(len(self.pairs()), 6)
        table = self.done("value-mapping", "list", MAPPING, *SAP).out.splitlines()
        self.assertEqual(table[0].split(), ["SrcAgency", "SrcId", "SrcValue", "TgtAgency", "TgtId",
                                            "TgtValue", "Default"])
        self.assertLessEqual(max(map(len, table)), 80)
        csv = self.done("value-mapping", "list", MAPPING, *SAP, "-o", "csv").out.splitlines()
        self.assertEqual(csv[0], "SrcAgency,SrcId,SrcValue,TgtAgency,TgtId,TgtValue,Default,Id")
        self.assertTrue(csv[1].startswith("SAP,Currency,EUR,Bank,ISO 4217,978,true,"), csv[1])

    def test_what_is_not_there_is_named(self) -> None:
        """The artifact, the schema; a role."""
        self.refused(8, 'no value mapping "Nichts"', "value-mapping", "list", "Nichts")
        self.refused(8, ["no schema", "value-mapping schemas Currencies"], "value-mapping", "list",
                     MAPPING, "--source-agency", "sap")
        self.refused(7, ["403", "WorkspacePackagesRead"], "value-mapping", "schemas", MAPPING,
                     key=self.reader)
        self.refuses(2, "is empty", "value-mapping", "list", "")

    def test_one_schema_is_meant(self) -> None:
        """Where several fit a change is refused, and they are told."""
        self.refused(2, ["2 schemas", "SAP Currency to Bank ISO 4217", "--source-agency"],
                     "value-mapping", "set", MAPPING, "a", "b")


class ChangeTest(ValueMappingTest):
    """As SAP documents it."""

    def test_life(self) -> None:
        """Added, made the default, deleted as a whole; the first change is asked for."""
        self.refused(2, ["3 mappings that came with the artifact", "--yes"], "value-mapping",
                     "set", MAPPING, "USD", "840", *SAP)
        self.assertEqual(self.pairs(*SAP), START)
        done = self.done("value-mapping", "set", MAPPING, "USD", "840", *SAP, "--yes")
        self.assertEqual(done.out, "")
        self.assertIn('set Currencies: SAP Currency to Bank ISO 4217, "USD" to "840"\n', done.err)
        done = self.done("value-mapping", "set", MAPPING, "USD", "a/b?&'ü=\\", *SAP)
        self.assertIn('"USD" has 2 targets now, the default is "840"', done.err)
        self.assertEqual(self.pairs(*SAP), [*START, ("USD", "840"), ("USD", "a/b?&'ü=\\")])
        self.done("value-mapping", "default", MAPPING, "USD", "a/b?&'ü=\\", *SAP)
        self.assertEqual(self.defaults("USD"), ["a/b?&'ü=\\"])
        self.refused(1, "Not enough target instances", "value-mapping", "default", MAPPING, "EUR",
                     "978", *SAP)
        self.refused(8, '"EUR" to "979" is not there', "value-mapping", "default", MAPPING, "EUR",
                     "979", *SAP)
        self.refused(1, "IsConfigured must be true", "value-mapping", "set", MAPPING, "x", "y",
                     *SAP, "--unconfigured")
        self.refused(2, "with all its 5 mappings", "value-mapping", "delete", MAPPING, *SAP)
        self.done("value-mapping", "delete", MAPPING, *SAP, "--yes")
        self.assertEqual(len(self.read("value-mapping", "schemas", MAPPING)), 1)

    def test_dry_run(self) -> None:
        """The request, with the texts in quotes and the truth value without."""
        bank = ["--source-agency", "Bank"]
        mark = self.box.mark()
        shown = self.done("value-mapping", "set", MAPPING, "O'Brien", "x", *bank, "--dry-run").out
        self.assertIn("POST ", shown)
        self.assertIn("SrcValue='O''Brien'", shown.replace("%27", "'"))
        self.assertIn("IsConfigured=true", shown)
        shown = self.done("value-mapping", "set", MAPPING, "O'Brien", "x", *bank, "--dry-run",
                          "--unconfigured").out
        self.assertIn("IsConfigured=false", shown)
        self.assertNotIn("POST", {line["request"].split()[0] for line in self.box.seen(mark)})

    def test_what_is_refused(self) -> None:
        """No empty value, no guess which schema is meant; a lock, a missing role."""
        self.refuses(2, "no empty value", "value-mapping", "set", MAPPING, "", "x")
        reader = self.box.register_type("design", "certificate", ["WorkspacePackagesRead"])
        self.refused(7, ["403", "WorkspacePackagesConfigure"], "value-mapping", "set", MAPPING,
                     "a", "b", "--source-agency", "Bank", "--yes", key=reader)
        with self.box.scenario("locked=Currencies"):
            self.refused(1, "locked", "value-mapping", "set", MAPPING, "a", "b",
                         "--source-agency", "Bank", "--yes")


class ObservedTest(ValueMappingTest):
    """As one tenant was seen to do it."""

    def test_what_is_lost_is_told(self) -> None:
        """Dropped values, a new default, a deletion that is none: exit code 13."""
        with self.box.scenario("value_maps_observed=1"):
            result = self.run_cihsm("value-mapping", "set", MAPPING, "USD", "840", *SAP, "--yes",
                                    "-o", "json")
            self.assertEqual(result.code, 13, result.err)
            self.assertIn("3 of the 3 mappings that were there are gone", result.err)
            self.assertEqual([row["SrcValue"] for row in result.json], ["USD"])
            done = self.done("value-mapping", "set", MAPPING, "USD", "841", *SAP)
            self.assertIn('has 2 targets now, the default is "841"', done.err)
            self.refused(13, "the schema is there with 2 mappings", "value-mapping", "delete",
                         MAPPING, *SAP, "--yes")


if __name__ == "__main__":
    unittest.main()
