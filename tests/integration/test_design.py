#!/usr/bin/env python3
"""cihsm value-mapping, artifact guideline, custom-tag: what hangs below packages and artifacts."""

from __future__ import annotations

import json
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

    def test_values_in_arrays(self) -> None:
        """A complex property as SAP's samples show it."""
        with self.box.scenario("value_in_array=1"):
            self.assertEqual(self.pairs(*SAP), START)

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


FLOW = "Order_Express"


class GuidelineTest(DesignTest):
    """SAP's own check of a flow, and what is skipped of it."""

    def test_life(self) -> None:
        """Never run, run, shown, skipped, run again, reverted."""
        self.refused(8, ["never ran", "guideline run Order_Express"], "artifact", "guideline",
                     "show", FLOW)
        self.assertEqual(self.read("artifact", "guideline", "list", FLOW), [])
        result = self.run_cihsm("artifact", "guideline", "run", FLOW, "-o", "json")
        self.assertEqual(result.code, 13, result.err)
        self.assertIn("breaks 2 design guidelines", result.err)
        self.assertEqual([row["GuidelineId"] for row in result.json],
                         ["ERROR_SUBPROCESS", "CAMEL_CLASSES_USAGE"])
        everything = self.read("artifact", "guideline", "show", FLOW, "--all")
        self.assertEqual(len(everything), 4)
        table = self.done("artifact", "guideline", "list", FLOW).out.splitlines()
        self.assertRegex(table[1], r"^20\d\d-\d\d-\d\dT[\d:.]+Z +FAIL +[0-9a-f]{32}$")
        for spelling in ("GudelineId", "GuidelineId"):
            with self.subTest(spelling=spelling), self.box.scenario(
                    f"guideline_property={spelling}"):
                self.skip_and_revert()

    def skip_and_revert(self) -> None:
        """The tenant takes one spelling of a property: both are tried."""
        done = self.done("artifact", "guideline", "skip", FLOW, "ERROR_SUBPROCESS", "--reason",
                         "Größe 'x'")
        self.assertIn(f"skipped ERROR_SUBPROCESS of {FLOW}", done.err)
        self.refused(1, "already skipped", "artifact", "guideline", "skip", FLOW,
                     "ERROR_SUBPROCESS", "--reason", "again")
        result = self.run_cihsm("artifact", "guideline", "run", FLOW)
        self.assertEqual(result.code, 13, result.err)
        self.assertIn("1 of 4 guidelines broken, 1 skipped", result.err)
        rows = self.read("artifact", "guideline", "show", FLOW)
        self.assertEqual([row["SkipReason"] for row in rows if row["IsGuidelineSkipped"]],
                         ["Größe 'x'"])
        self.refused(1, "essential", "artifact", "guideline", "skip", FLOW, "CAMEL_CLASSES_USAGE",
                     "--reason", "x")
        self.done("artifact", "guideline", "revert", FLOW, "ERROR_SUBPROCESS")
        self.refused(1, "not skipped", "artifact", "guideline", "revert", FLOW,
                     "ERROR_SUBPROCESS")

    def test_report(self) -> None:
        """A spreadsheet, of a named run too."""
        flow = "Invoice_Peppol"
        self.assertEqual(self.run_cihsm("artifact", "guideline", "run", flow).code, 13)
        path = self.folder / "report.xls"
        self.done("artifact", "guideline", "report", flow, "--out", path)
        self.assertTrue(path.read_bytes().startswith(b"\xd0\xcf\x11\xe0"))
        run = self.read("artifact", "guideline", "list", flow)[0]["ExecutionId"]
        self.done("artifact", "guideline", "report", flow, "--execution", run, "--out", path)
        self.refused(8, "404", "artifact", "guideline", "show", flow, "--execution", "other")

    def test_what_is_refused(self) -> None:
        """No flow, no reason, no role; a dry run sends nothing."""
        self.refused(8, 'no integration flow "Nichts"', "artifact", "guideline", "run", "Nichts")
        self.refused(8, 'no integration flow "Nichts"', "artifact", "guideline", "show", "Nichts")
        self.refuses(2, "--reason is missing", "artifact", "guideline", "skip", FLOW, "X")
        self.refuses(2, "--execution is", "artifact", "guideline", "show", FLOW, "--execution", "")
        self.refused(7, "403", "artifact", "guideline", "run", FLOW, key=self.reader)
        shown = self.done("artifact", "guideline", "run", FLOW, "--dry-run").out
        self.assertIn("ExecuteIntegrationDesigntimeArtifactsGuidelines?Id=", shown)


class CustomTagTest(DesignTest):
    """One document of the tenant."""

    def test_life(self) -> None:
        """None, set, shown, changed; what would go away is asked for."""
        self.refused(8, ["no custom tags", "custom-tag set"], "custom-tag", "show")
        owner = {"tagName": "Owner", "isMandatory": True}
        first = self.write("tags.json", json.dumps({"customTagsConfiguration": [
            owner, {"tagName": "Größe", "isMandatory": False, "permittedValues": ["S", "M"]}]}))
        self.assertIn("set the custom tags", self.done("custom-tag", "set", first).err)
        table = self.done("custom-tag", "show").out.splitlines()
        self.assertEqual([line.split() for line in table],
                         [["tagName", "isMandatory", "permittedValues"],
                          ["Owner", "true"], ["Größe", "false", "S,", "M"]])
        shown = self.write("shown.json", self.done("custom-tag", "show", "-o", "json").stdout)
        self.done("custom-tag", "set", shown, "--yes")
        self.assertEqual(len(self.read("custom-tag", "show")), 2)
        second = self.write("less.json", json.dumps([owner]))
        self.refused(2, ["replace the 2", '1 of them go away ("Größe")', "--yes"], "custom-tag",
                     "set", second)
        shown_request = self.done("custom-tag", "set", second, "--dry-run").out
        self.assertIn("CustomTagConfigurations?Overwrite=true", shown_request)
        self.done("custom-tag", "set", second, "--yes")
        self.assertEqual(self.read("custom-tag", "show"), [owner])

    def test_what_is_refused(self) -> None:
        """Documents that are none; a missing role."""
        for content, words in (
                ("{", "JSON"), ("{}", "no configuration"), ('{"a":[]}', "no configuration"),
                ('[{"isMandatory":true}]', "tag 1: tagName"), ("[1]", "tag 1: tagName"),
                ('[{"tagName":"x"}]', "tag 1: isMandatory"),
                ('[{"tagName":"x","isMandatory":1}]', "tag 1: isMandatory"),
                ('[{"tagName":"x","isMandatory":true},{"tagName":"x","isMandatory":true}]',
                 "tag 2: its name is that of another"),
                ('[{"tagName":"x","isMandatory":true,"permittedValues":"a"}]', "list of texts"),
                ('[{"tagName":"x","isMandatory":true,"values":["a"]}]', "more than tagName")):
            with self.subTest(content):
                self.refuses(3, words, "custom-tag", "set", self.write("bad.json", content))
        self.refuses(3, "cannot open", "custom-tag", "set", self.folder / "none.json")
        good = self.write("good.json", '[{"tagName":"x","isMandatory":true}]')
        key = self.box.register_type("tags", "certificate", ["WorkspacePackagesRead"])
        self.refused(7, ["403", "WebToolingSettingsProductProfiles.savetenantconfiguration"],
                     "custom-tag", "set", good, "--yes", key=key)


if __name__ == "__main__":
    unittest.main()
