#!/usr/bin/env python3
"""Tests of value mappings, design guidelines and custom tags (contract §7.2)."""

from __future__ import annotations

import base64
import json
import sys
import unittest
from typing import Any, Optional
from urllib.parse import quote

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from selftest import sandbox, setUpModule  # noqa: E402
from selftest_writes import Writing, archive  # noqa: E402

MAPPING = "ValueMappingDesigntimeArtifacts(Id='Currencies',Version='active')"
KEY = {"SrcAgency": "SAP", "SrcId": "Currency", "TgtAgency": "Bank", "TgtId": "ISO 4217"}
FLOW = "IntegrationDesigntimeArtifacts(Id='Order_Express',Version='active')"
RUN = "ExecuteIntegrationDesigntimeArtifactsGuidelines?Id='Order_Express'&Version='active'"
RESULTS = f"{FLOW}/DesignGuidelineExecutionResults"
TAGS = "CustomTagConfigurations('CustomTags')/$value"


def below(key: dict[str, str], name: str = "ValMaps") -> str:
    """The path of what a schema has."""
    predicate = ",".join(f"{part}='{value}'" for part, value in key.items())
    return f"{MAPPING}/ValMapSchema({predicate})/{name}"


class Mappings(Writing):
    """Each test has a direction of its own."""

    def tearDown(self) -> None:
        sandbox("scenario", "--reset", "csrf=off")

    def call(self, status: int, name: str, key: dict[str, str], more: str = "",
             **values: Optional[str]) -> None:
        """A function import."""
        given: dict[str, Any] = {"Id": "Currencies", "Version": "active", **key, **values}
        query = "&".join(f"{part}='" + quote(value.replace("'", "''"), safe="") + "'"
                         for part, value in given.items() if value is not None)
        self.answers(status, "POST", f"{name}?{query}{more}")

    def pairs(self, key: dict[str, str], name: str = "ValMaps") -> list[tuple[str, str]]:
        """What a schema maps."""
        return [(row["Value"]["SrcValue"], row["Value"]["TgtValue"])
                for row in self.read(below(key, name))["results"]]

    def test_life(self) -> None:
        """Schemas in both directions; added, made the default, deleted as a whole."""
        back = {"SrcAgency": "Bank", "SrcId": "ISO 4217", "TgtAgency": "SAP", "TgtId": "Currency"}
        rows = self.read(f"{MAPPING}/ValMapSchema")["results"]
        self.assertEqual([{name: row[name] for name in KEY} for row in rows], [KEY, back])
        self.assertEqual(rows[0]["State"], "")
        start = [("EUR", "978"), ("CHF", "756"), ("Größe's", "a/b")]
        self.assertEqual((self.pairs(KEY), self.pairs(KEY, "DefaultValMaps")), (start, start))
        yes = "&IsConfigured=true"
        self.call(202, "UpsertValMaps", KEY, yes, SrcValue="USD", TgtValue="840")
        self.assertEqual(self.read(f"{MAPPING}/ValMapSchema")["results"][0]["State"], "Configured")
        self.call(202, "UpsertValMaps", KEY, yes, SrcValue="USD", TgtValue="841")
        added = [*start, ("USD", "840"), ("USD", "841")]
        self.assertEqual(self.pairs(KEY), added)
        self.assertEqual(self.pairs(KEY, "DefaultValMaps"), added[:-1])
        chosen = below(KEY) + "?$filter=Value/SrcValue eq 'USD' and Value/TgtValue eq '841'"
        found = self.read(chosen)["results"]
        self.call(202, "UpdateDefaultValMap", KEY, yes, ValMapId=found[0]["Id"])
        self.assertIn(("USD", "841"), self.pairs(KEY, "DefaultValMaps"))
        self.assertNotIn(("USD", "840"), self.pairs(KEY, "DefaultValMaps"))
        self.call(202, "UpsertValMaps", KEY, yes, ValMapId=found[0]["Id"], SrcValue="USD",
                  TgtValue="842")
        self.assertEqual(self.pairs(KEY)[-1], ("USD", "842"))
        only = self.read(f"{MAPPING}/ValMapSchema?$filter=State eq 'Configured'")["results"]
        self.assertEqual(only[0]["SrcAgency"], "SAP")
        self.assertEqual(self.read(MAPPING)["Version"], "Active")
        single = self.read(below(KEY) + "?$filter=Value/SrcValue eq 'EUR'")["results"]
        self.call(400, "UpdateDefaultValMap", KEY, yes, ValMapId=single[0]["Id"])
        self.call(400, "UpsertValMaps", KEY, "&IsConfigured=false", SrcValue="x", TgtValue="y")
        self.call(202, "DeleteValMaps", KEY)
        self.answers(404, "GET", below(KEY))
        self.call(404, "DeleteValMaps", KEY)

    def test_values_in_arrays(self) -> None:
        """As in SAP's samples."""
        sandbox("scenario", "csrf=off", "value_in_array=1")
        key = {"SrcAgency": "Bank", "SrcId": "ISO 4217", "TgtAgency": "SAP", "TgtId": "Currency"}
        rows = self.read(below(key))["results"]
        self.assertEqual({len(row["Value"]) for row in rows}, {1})

    def test_as_one_tenant_had_it(self) -> None:
        """The first change drops what was there, an equal source becomes the default, deletion
        does nothing."""
        back = {"SrcAgency": "Bank", "SrcId": "ISO 4217", "TgtAgency": "SAP", "TgtId": "Currency"}
        sandbox("scenario", "csrf=off", "value_maps_observed=1")
        for target in ("GBP", "gbp"):
            self.call(202, "UpsertValMaps", back, "&IsConfigured=true", SrcValue="826",
                      TgtValue=target)
        self.assertEqual(self.pairs(back), [("826", "GBP"), ("826", "gbp")])
        self.assertEqual(self.pairs(back, "DefaultValMaps"), [("826", "gbp")])
        self.call(202, "DeleteValMaps", back)
        self.assertEqual(len(self.pairs(back)), 2)

    def test_what_is_refused(self) -> None:
        """Schemas that are not there, parameters in another form."""
        body = {"Id": "Leer", "Name": "Leer", "PackageId": "Treasury",
                "ArtifactContent": archive("Leer")}
        self.answers(201, "POST", "ValueMappingDesigntimeArtifacts", body)
        path = "ValueMappingDesigntimeArtifacts(Id='Leer',Version='active')"
        self.addCleanup(self.answers, 200, "DELETE", path)
        self.assertEqual(self.read(f"{path}/ValMapSchema")["results"], [])
        yes, other = "&IsConfigured=true", {**KEY, "TgtId": "ISO"}
        self.call(404, "UpsertValMaps", other, yes, SrcValue="a", TgtValue="b")
        self.call(400, "UpsertValMaps", KEY, "&IsConfigured='true'", SrcValue="a", TgtValue="b")
        self.call(400, "UpsertValMaps", KEY, yes, SrcValue="a")
        self.call(404, "UpdateDefaultValMap", KEY, yes, ValMapId="x")
        self.answers(400, "GET", f"{MAPPING}/ValMapSchema?$filter=SrcAgency eq 'SAP'")
        self.answers(501, "GET", "ValMapSchema")


class Guidelines(Writing):
    """Runs and skips."""

    def test_run_and_skip(self) -> None:
        """The latest run only; a skip outlives it, and is done and undone once."""
        empty = self.read(RESULTS)["results"]
        self.assertEqual([(row["ExecutionId"], row["ExecutionStatus"]) for row in empty],
                         [("", "NOT_EXECUTED")])
        first = self.answered(RUN)
        self.assertEqual(self.read(RESULTS)["results"][0]["ExecutionId"], first)
        latest = self.answered(RUN)
        self.answers(404, "GET", f"{RESULTS}('{first}')")
        found = self.read(f"{RESULTS}('{latest}')?$expand=DesignGuidelines")
        rows = {row["GuidelineId"]: row for row in found["DesignGuidelines"]["results"]}
        self.assertEqual(rows["ERROR_SUBPROCESS"]["Compliance"], "Non-Compliant")
        report = self.answers(200, "GET", f"{RESULTS}('{latest}')/$value?type=xls")
        self.assertTrue(report.body.startswith(b"\xd0\xcf\x11\xe0"))
        link = f"{FLOW}/$links/DesignGuidelineExecutionResults('{latest}')"
        for status, name, skipped, reason in (
                (400, "ERROR_SUBPROCESS", True, ""), (400, "CAMEL_CLASSES_USAGE", True, "x"),
                (400, "NONE", True, "x"), (400, "ERROR_SUBPROCESS", False, None),
                (200, "ERROR_SUBPROCESS", True, "Größe"), (400, "ERROR_SUBPROCESS", True, "x")):
            self.answers(status, "PUT", link, self.body(name, skipped, reason))
        self.answers(400, "PUT", link.replace(latest, first),
                     self.body("ERROR_SUBPROCESS", False, None))
        latest = self.answered(RUN)
        found = self.read(f"{RESULTS}('{latest}')/DesignGuidelines")["results"]
        self.assertEqual([(row["SkipReason"], row["SkippedBy"], row["Compliance"])
                          for row in found if row["IsGuidelineSkipped"]],
                         [("Größe", "second", "Non-Compliant")])
        link = f"{FLOW}/$links/DesignGuidelineExecutionResults('{latest}')"
        sandbox("scenario", "csrf=off", "guideline_property=GuidelineId")
        self.answers(400, "PUT", link, self.body("ERROR_SUBPROCESS", False, None))
        self.answers(200, "PUT", link, self.body("ERROR_SUBPROCESS", False, None, "GuidelineId"))
        sandbox("scenario", "--reset", "csrf=off")

    def test_what_cannot_run(self) -> None:
        """No such flow, no such version."""
        self.answers(500, "POST", RUN.replace("Order_Express", "Nichts"))
        self.answers(404, "POST", RUN.replace("active", "9.9.9"))
        self.answers(501, "GET", "DesignGuidelines")

    def answered(self, path: str) -> str:
        """The bare text of an answer."""
        return self.send("POST", path).body.decode()

    @staticmethod
    def body(name: str, skipped: bool, reason: Optional[str],
             spelling: str = "GudelineId") -> dict[str, Any]:
        """What is sent to skip or revert."""
        return {spelling: name, "IsGuidelineSkipped": skipped,
                **({} if reason is None else {"SkipReason": reason})}


class CustomTags(Writing):
    """One document."""

    def test_document(self) -> None:
        """Created, not created twice, replaced."""
        owner = {"customTagsConfiguration": [{"tagName": "Owner", "isMandatory": True}]}
        self.answers(404, "GET", TAGS)
        self.answers(201, "POST", "CustomTagConfigurations", self.sent(owner))
        self.assertEqual(self.answers(200, "GET", TAGS).json, owner)
        again = self.answers(409, "POST", "CustomTagConfigurations", self.sent(owner))
        self.assertIn("Overwrite=true", again.json["error"]["message"]["value"])
        owner["customTagsConfiguration"][0]["permittedValues"] = ["Größe"]
        self.answers(201, "POST", "CustomTagConfigurations?Overwrite=true", self.sent(owner))
        self.assertEqual(self.answers(200, "GET", TAGS).json, owner)
        for content in ("", "no base64", "bm8ganNvbg==", "W10="):
            self.answers(400, "POST", "CustomTagConfigurations?Overwrite=true",
                         {"CustomTagsConfigurationContent": content})

    @staticmethod
    def sent(document: Any) -> dict[str, str]:
        """The body that carries a document."""
        text = base64.b64encode(json.dumps(document).encode()).decode()
        return {"CustomTagsConfigurationContent": text}


if __name__ == "__main__":
    unittest.main()
