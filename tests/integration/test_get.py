#!/usr/bin/env python3
"""cihsm get: formats, query options, pages, paths."""

from __future__ import annotations

import csv
import io
import json
import re
import unittest
from typing import Any
from urllib.parse import unquote

from harness import CihsmTest, Option, Result
from tenants import Answer, CannedTenant, Sandbox
from tokens import Token, copy_token

LOGS = "MessageProcessingLogs"
ISO = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$"
ABOVE_DOUBLE = 9007199254740993  # what a reader with doubles gets wrong


class GetTest(CihsmTest):
    """Against one sandbox with 2,500 entries."""

    box: Sandbox
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")

    def get(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds."""
        return self.succeeds("get", *arguments, *self.box.options(self.token),
                             env=self.token.env, **more)

    def entries(self, *arguments: Option) -> Any:
        """The JSON document of a call."""
        return self.get(*arguments, "-o", "json").json

    def first_with(self, condition: str, *arguments: Option) -> Any:
        """The first log entry with a property."""
        found = self.entries(LOGS, "--filter", condition, "--top", "1", *arguments)
        self.assertEqual(len(found), 1)
        return found[0]


class FormatTest(GetTest):
    """table, json, jsonl, raw."""

    def test_a_table_has_a_heading_and_a_row_an_entry(self) -> None:
        """Without a terminal it is 80 columns wide."""
        lines = self.get(LOGS, "--top", "3").out.splitlines()
        self.assertEqual(len(lines), 4)
        self.assertTrue(lines[0].startswith("MessageGuid"), lines[0])
        for line in lines[1:]:
            self.assertRegex(line, r"^AG[\w-]{26}  ")
        self.assertLessEqual(max(len(line) for line in lines), 80)

    def test_json_is_one_document(self) -> None:
        """A list for a set, an object for an entity, an empty list for nothing."""
        found = self.entries(LOGS, "--top", "2")
        self.assertEqual(len(found), 2)
        guid = found[0]["MessageGuid"]
        self.assertEqual(self.entries(f"{LOGS}('{guid}')"), found[0])
        self.assertEqual(self.get(LOGS, "--filter", "Status eq 'NONE'", "-o", "json").out, "[]\n")

    def test_jsonl_is_one_line_an_entry(self) -> None:
        """And nothing at all for no entry."""
        done = self.get(LOGS, "--top", "3", "-o", "jsonl")
        self.assertEqual(len(done.jsonl), 3)
        self.assertEqual(done.jsonl, self.entries(LOGS, "--top", "3"))
        self.assertEqual(self.get(LOGS, "--filter", "Status eq 'NONE'", "-o", "jsonl").out, "")

    def test_raw_is_what_the_server_sent(self) -> None:
        """Byte for byte, with __metadata and /Date(n)/."""
        done = self.get(LOGS, "--top", "1", "--raw")
        entry = done.json["d"]["results"][0]
        self.assertIn("__metadata", entry)
        self.assertRegex(entry["LogStart"], r"^/Date\(\d+\)/$")
        self.assertFalse(done.stdout.endswith(b"\n"))

    def test_no_protocol_members_are_left_in_json(self) -> None:
        """Neither __metadata nor __deferred at any depth."""
        out = self.get(LOGS, "--top", "5", "--expand", "Attachments", "-o", "json").out
        self.assertNotRegex(out, "__metadata|__deferred|__next|__count")

    def test_dates_are_iso_8601(self) -> None:
        """In JSON and in the table."""
        entry = self.first_with("Status eq 'COMPLETED'")
        self.assertRegex(entry["LogStart"], ISO)
        self.assertRegex(entry["LogEnd"], ISO)
        row = self.get(LOGS, "--filter", f"MessageGuid eq '{entry['MessageGuid']}'", "--select",
                       "LogEnd").out.splitlines()[1]
        self.assertEqual(row, entry["LogEnd"])

    def test_int64_keeps_its_digits(self) -> None:
        """A string in JSON, the digits in the table, above 2^53 too."""
        rows = self.get(LOGS, "--all", "--select", "MessageGuid,LastChangeTime").jsonl
        self.assertTrue(all(re.fullmatch(r"\d+", row["LastChangeTime"]) for row in rows))
        large = [row for row in rows if int(row["LastChangeTime"]) > ABOVE_DOUBLE]
        odd = next(row for row in large if int(row["LastChangeTime"]) % 2 == 1)
        table = self.get(LOGS, "--filter", f"MessageGuid eq '{odd['MessageGuid']}'", "--select",
                         "LastChangeTime").out
        self.assertEqual(table.split(), ["LastChangeTime", odd["LastChangeTime"]])

    def test_an_empty_result_is_said_on_stderr(self) -> None:
        """The table has nothing to show then, not even a heading."""
        done = self.get(LOGS, "--filter", "Status eq 'NONE'")
        self.assertEqual((done.out, done.err), ("", "cihsm: no entries\n"))

    def test_an_entity_is_shown_as_lines_of_name_and_value(self) -> None:
        """Nested members with dotted names."""
        entry = self.entries(LOGS, "--top", "1")[0]
        lines = self.get(f"{LOGS}('{entry['MessageGuid']}')").out.splitlines()
        self.assertIn(entry["MessageGuid"], lines[0])
        artifact = entry["IntegrationArtifact"]["Id"]
        self.assertTrue(any(re.fullmatch(rf"IntegrationArtifact\.Id +{artifact}", line)
                            for line in lines), lines)


class QueryTest(GetTest):
    """The query options reach the server as they were meant."""

    def test_filter(self) -> None:
        """Blanks and quotes included."""
        found = self.entries(LOGS, "--filter", "Status eq 'FAILED'", "--top", "5")
        self.assertEqual({entry["Status"] for entry in found}, {"FAILED"})

    def test_a_filter_may_hold_quotes_signs_and_other_alphabets(self) -> None:
        """Encoded once, decoded to the same."""
        for name in ("Employee's Photo Sync", 'Order "Express" Sync', "Orders <EMEA> & APJ",
                     "Übertragung Kündigungen – Lohn", "請求書の送信"):
            with self.subTest(name=name):
                quoted = name.replace("'", "''")
                entry = self.first_with(f"IntegrationArtifact/Name eq '{quoted}'")
                self.assertEqual(entry["IntegrationArtifact"]["Name"], name)

    def test_select(self) -> None:
        """Also chooses the columns of the table and their order."""
        self.assertEqual(sorted(self.entries(LOGS, "--top", "1", "--select", "Status,LogEnd")[0]),
                         ["LogEnd", "Status"])
        heading = self.get(LOGS, "--top", "1", "--select", "Status,LogEnd").out.splitlines()[0]
        self.assertEqual(heading.split(), ["Status", "LogEnd"])

    def test_orderby_top_and_skip(self) -> None:
        """The second page of a list in order."""
        ten = self.entries(LOGS, "--orderby", "LogStart desc", "--top", "10")
        starts = [entry["LogStart"] for entry in ten]
        self.assertEqual(starts, sorted(starts, reverse=True))
        rest = self.entries(LOGS, "--orderby", "LogStart desc", "--top", "5", "--skip", "5")
        self.assertEqual(rest, ten[5:])

    def test_expand(self) -> None:
        """An expanded collection becomes a list, an expanded entity an object."""
        entry = self.first_with("Status eq 'FAILED'", "--expand",
                                "CustomHeaderProperties,ErrorInformation")
        self.assertIsInstance(entry["CustomHeaderProperties"], list)
        self.assertEqual(entry["ErrorInformation"]["MessageGuid"], entry["MessageGuid"])

    def test_top_zero_is_allowed(self) -> None:
        """It is no error and no entry."""
        self.assertEqual(self.entries(LOGS, "--top", "0"), [])


class PageTest(GetTest):
    """The server gives 1,000 entries at once."""

    def test_the_first_page_says_that_there_is_more(self) -> None:
        """One line on stderr that names --all."""
        done = self.get(LOGS, "-o", "jsonl")
        self.assertEqual(len(done.jsonl), 1000)
        self.assertEqual(self.message(done, "--all").count("1000"), 1)

    def test_all_follows_every_page_as_json_lines_into_a_pipe(self) -> None:
        """2,500 different entries, nothing to say on stderr."""
        done = self.get(LOGS, "--all")
        guids = {entry["MessageGuid"] for entry in done.jsonl}
        self.assertEqual((len(guids), len(done.jsonl), done.err), (2500, 2500, ""))

    def test_all_as_json_is_still_one_document(self) -> None:
        """A list over all pages."""
        self.assertEqual(len(self.get(LOGS, "--all", "-o", "json").json), 2500)

    def test_all_as_table_has_one_heading(self) -> None:
        """And a row for each entry."""
        lines = self.get(LOGS, "--all", "-o", "table").out.splitlines()
        self.assertEqual(len(lines), 2501)
        self.assertEqual(sum(line.startswith("MessageGuid") for line in lines), 1)

    def test_all_with_filter_and_select_keeps_them_on_every_page(self) -> None:
        """The link to the next page carries them."""
        rows = self.get(LOGS, "--all", "--filter", "Status eq 'COMPLETED'", "--select",
                        "MessageGuid,Status").jsonl
        self.assertGreater(len(rows), 1000)
        self.assertEqual({tuple(sorted(row)) for row in rows}, {("MessageGuid", "Status")})
        self.assertEqual({row["Status"] for row in rows}, {"COMPLETED"})


class PathTest(GetTest):
    """What PATH may be."""

    def test_the_root_prints_the_set_names(self) -> None:
        """One a line."""
        self.assertIn(LOGS, self.get("/").out.split())
        self.assertEqual(self.get("").out, self.get("/").out)

    def test_count(self) -> None:
        """A number, with a filter too."""
        self.assertEqual(self.get(f"{LOGS}/$count").out.strip(), "2500")
        failed = self.get(f"{LOGS}/$count", "--filter", "Status eq 'FAILED'").out
        self.assertTrue(0 < int(failed) < 2500, failed)

    def test_metadata_is_xml_as_it_came(self) -> None:
        """The schema names the set."""
        out = self.get("$metadata").out
        self.assertTrue(out.startswith("<?xml"), out[:40])
        self.assertIn(f'EntitySet Name="{LOGS}"', out)

    def test_value_of_a_property_and_of_a_medium(self) -> None:
        """Text and bytes, unchanged."""
        entry = self.first_with("Status eq 'FAILED'")
        path = f"{LOGS}('{entry['MessageGuid']}')"
        self.assertEqual(self.get(f"{path}/Status/$value").out, "FAILED")
        self.assertIn("Exception", self.get(f"{path}/ErrorInformation/$value").out)

    def test_navigation_to_many_and_to_one(self) -> None:
        """A list, an entity, and an entity of the list by its key."""
        entry = self.first_with("Status eq 'FAILED'")
        path = f"{LOGS}('{entry['MessageGuid']}')"
        runs = self.entries(f"{path}/Runs")
        self.assertEqual(len(runs), 1)
        self.assertRegex(runs[0]["RunStart"], ISO)
        run_id = runs[0]["Id"]
        self.assertEqual(self.entries(f"MessageProcessingLogRuns('{run_id}')")["Id"], run_id)
        steps = self.entries(f"MessageProcessingLogRuns('{run_id}')/RunSteps")
        self.assertEqual({step["RunId"] for step in steps}, {run_id})
        key = f"RunId='{run_id}',ChildCount={steps[0]['ChildCount']}"
        self.assertEqual(self.entries(f"MessageProcessingLogRunSteps({key})"), steps[0])

    def test_a_property_is_printed(self) -> None:
        """With its name."""
        entry = self.entries(LOGS, "--top", "1")[0]
        found = self.entries(f"{LOGS}('{entry['MessageGuid']}')/Status")
        self.assertEqual(found, {"Status": entry["Status"]})

    def test_keys_are_encoded(self) -> None:
        """Colons, apostrophes and other alphabets arrive as they were typed."""
        for key in ("it''s", "größe", "請求書", "a b+c&d=e%41#f", "sap-it-res:msg:1"):
            with self.subTest(key=key):
                self.refuses(8, "404", "get", f"{LOGS}('{key}')", *self.box.options(self.token),
                             env=self.token.env)
                target = self.last_target()
                self.assertEqual(target, f"/api/v1/{LOGS}('{key}')")

    def last_target(self) -> str:
        """Path of the last request, decoded, as the tenant got it."""
        lines = (self.box.folder / "tenant.log").read_text(encoding="utf-8").splitlines()
        return unquote(json.loads(lines[-1])["target"])

    def test_an_absolute_url_of_the_same_origin_is_taken_as_encoded(self) -> None:
        """For links that were copied from an answer."""
        url = f"{self.box.url}/api/v1/{LOGS}?$filter=Status%20eq%20'FAILED'&$top=2"
        self.assertEqual([entry["Status"] for entry in self.entries(url)], ["FAILED"] * 2)

    def test_an_absolute_url_elsewhere_is_refused_before_any_request(self) -> None:
        """The certificate is shown to no other host, nor below another path."""
        mark = self.box.mark()
        for url in ("https://example.com/api/v1/X", f"{self.box.url}/other/X",
                    f"{self.box.url.replace('localhost', '127.0.0.1')}/api/v1/X",
                    f"{self.box.url}/api/v1/../other"):
            with self.subTest(url=url):
                self.refuses(2, "is not below the service root", "get", url,
                             *self.box.options(self.token), env=self.token.env)
        self.assertEqual(self.box.seen(mark, 0), [])

    def test_paths_that_cannot_be_sent_are_refused(self) -> None:
        """Each with the place and what to do."""
        cases = {
            f"{LOGS}?$top=1": ["\"?\"", "--filter"],
            f"{LOGS}('a/b')": ["slash inside a key", "hex"],
            f"{LOGS}('it's')": ["quote inside a key is written twice"],
            f"{LOGS}('a'": ["not closed"],
            "Message\u200bProcessingLogs": ["invisible character", "web page"],
            "../x": ["below the service root"],
        }
        for path, words in cases.items():
            with self.subTest(path=path):
                self.refuses(2, words, "get", path, *self.box.options(self.token),
                             env=self.token.env)


class TypeTest(CihsmTest):
    """Values of all types in all formats: what a reader with doubles or a clock could get wrong."""

    sent = {
        "__metadata": {"type": "com.sap.hci.api.MessageProcessingLog"},
        "MessageGuid": "/Date(5)/", "LogStart": "/Date(1611846759032)/",
        "LogEnd": "2021-01-28T15:12:39", "Size": str(ABOVE_DOUBLE), "Number": ABOVE_DOUBLE,
        "Zone": "/Date(1611846759000+0060)/", "Other": "/Date(-1)/", "Text": "/Date(0)/ o'clock",
        "Content": "AAEC/w==", "Nothing": None, "Runs": {"__deferred": {"uri": "u"}}}
    wanted = {
        "MessageGuid": "/Date(5)/", "LogStart": "2021-01-28T15:12:39.032Z",
        "LogEnd": "2021-01-28T15:12:39Z", "Size": str(ABOVE_DOUBLE), "Number": str(ABOVE_DOUBLE),
        "Zone": "/Date(1611846759000+0060)/", "Other": "1969-12-31T23:59:59.999Z",
        "Text": "/Date(0)/ o'clock", "Content": "AAEC/w==", "Nothing": None}

    def test_formats(self) -> None:
        """A text stays a text, a date becomes UTC by its type, digits stay digits."""
        canned = CannedTenant()
        self.addCleanup(canned.stop)
        token = copy_token(canned.folder / "token")
        canned.says(Answer(json.dumps({"d": {"results": [self.sent]}}).encode()))
        said = {}
        for name, more in (("json", []), ("jsonl", []), ("jsonl --all", ["--all"]), ("csv", []),
                           ("table", [])):
            done = self.succeeds("get", LOGS, "-o", name.split()[0], *more,
                                 *canned.options(token), env={**token.env, "COLUMNS": "400"})
            said[name] = done.out
        self.assertEqual(json.loads(said["json"]), [self.wanted])
        for name in ("jsonl", "jsonl --all"):
            self.assertEqual(json.loads(said[name]), self.wanted)
        row = next(csv.DictReader(io.StringIO(said["csv"])))
        self.assertEqual({name: row[name] for name in self.wanted}, self.wanted | {"Nothing": ""})
        shown = re.split("  +", said["table"].splitlines()[1])
        self.assertEqual(sorted(shown), sorted(text for text in self.wanted.values() if text))


if __name__ == "__main__":
    unittest.main()
