#!/usr/bin/env python3
"""cihsm metadata: what a tenant says about itself, kept for the next time and for the shell."""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path
from typing import Any

from harness import CihsmTest, Option, Result
from tenants import Answer, CannedTenant, Sandbox
from tokens import Token, copy_token

LOGS = "MessageProcessingLogs"
AGE = re.compile(r"cihsm: metadata of (less than a minute|\d+ minutes?) ago; "
                 r"--refresh fetches anew\n")
EDMX = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">
<edmx:DataServices><Schema Namespace="com.x" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
<EntityType Name="Thing"><Key><PropertyRef Name="Id"/></Key>
<Property Name="Id" Type="Edm.String" Nullable="false" MaxLength="40"/>
<Property Name="Born" Type="Edm.DateTimeOffset"/><Property Name="Text" Type="Edm.String"/>
</EntityType>
<EntityContainer Name="C"><EntitySet Name="Things" EntityType="com.x.Thing"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>
"""


class MetadataTest(CihsmTest):
    """Against one sandbox; the cache is in the folder of each test."""

    box: Sandbox
    token: Token
    options: list[Option]

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")
        cls.options = cls.box.options(cls.token)

    def metadata(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds."""
        return self.succeeds("metadata", *arguments, *self.options, env=self.token.env, **more)

    def offline(self, *arguments: Option) -> Result:
        """A call that succeeds without a token and without the tenant."""
        return self.succeeds("metadata", *arguments, "--service-key",
                             self.box.service_key("ec-p256"))

    def kept(self) -> Path:
        """The one file that is kept."""
        files = [*(self.folder / ".cache" / "cihsm").iterdir()]
        self.assertEqual(len(files), 1, files)
        return files[0]

    def test_lists_sets_members_and_functions(self) -> None:
        """What the tenant declares, and whether it is documented."""
        sets = {row["Set"]: row for row in self.metadata("-o", "json").json}
        self.assertEqual(sets["DataStores"]["Keys"], "DataStoreName, IntegrationFlow, Type")
        self.assertIn("Attachments", sets[LOGS]["Navigations"])
        self.assertTrue(sets[LOGS]["Documented"])
        self.assertTrue(sets["MessageProcessingLogAttachments"]["Media"])

        members = {row["Name"]: row for row in self.metadata(LOGS, "-o", "json").json}
        self.assertEqual(members["MessageGuid"], {
            "Name": "MessageGuid", "Kind": "key", "Type": "Edm.String", "Nullable": False})
        self.assertEqual(members["LogEnd"]["Type"], "Edm.DateTime")
        self.assertEqual(members["IntegrationArtifact.Id"]["Type"], "Edm.String")
        self.assertEqual(members["Attachments"], {
            "Name": "Attachments", "Kind": "navigation", "Type": "MessageProcessingLogAttachment",
            "Multiplicity": "*", "Set": "MessageProcessingLogAttachments"})

        functions = {row["Function"]: row
                     for row in self.metadata("--functions", "-o", "json").json}
        deploy = functions["DeployIntegrationDesigntimeArtifact"]
        self.assertEqual(deploy["Method"], "POST")
        self.assertEqual(deploy["Parameters"], "Id Edm.String, Version Edm.String")

    def test_every_format(self) -> None:
        """Table, CSV and JSON Lines are those of every list."""
        table = self.metadata(LOGS).out.splitlines()
        self.assertRegex(table[0], r"^Name +Kind +Type")
        self.assertRegex(table[1], r"^MessageGuid +key +Edm\.String")
        csv = self.metadata("-o", "csv").out.splitlines()
        self.assertEqual(csv[0], "Set,Keys,Properties,Media,Documented,Navigations")
        lines = self.metadata("-o", "jsonl").out.splitlines()
        self.assertIn(LOGS, {json.loads(line)["Set"] for line in lines})

    def test_is_asked_for_once(self) -> None:
        """The second time it comes from the cache: no token, no PIN, no request."""
        first = self.metadata("-o", "json")
        self.assertEqual(first.err, "")
        self.assertEqual(self.kept().stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.kept().parent.stat().st_mode & 0o777, 0o700)

        mark = self.box.mark()
        again = self.offline("-o", "json")
        self.assertEqual(again.out, first.out)
        self.assertRegex(again.err, AGE)
        self.offline(LOGS)
        self.offline("--functions")
        self.assertEqual(self.box.seen(mark, 0), [])

        fresh = self.metadata("--refresh", "-o", "json")
        self.assertEqual(fresh.out, first.out)
        self.assertEqual(fresh.err, "")
        asked = [line["request"] for line in self.box.seen(mark)]
        self.assertEqual(len(asked), 1, asked)
        self.assertIn("metadata", asked[0])

    def test_nothing_secret_is_kept(self) -> None:
        """The root, the time, and what is declared."""
        self.metadata()
        document = json.loads(self.kept().read_text(encoding="utf-8"))
        self.assertEqual(set(document),
                         {"format", "root", "fetchedAt", "sets", "types", "functions"})
        self.assertEqual(document["root"], f"{self.box.url}/api/v1/")
        self.assertRegex(document["fetchedAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_the_age_is_told(self) -> None:
        """In the largest unit; a moment that is to come is told as it is."""
        self.metadata()
        path = self.kept()
        document = json.loads(path.read_text(encoding="utf-8"))
        for moment, words in (("2020-01-01T00:00:00Z", r"metadata of \d{4} days ago; --refresh"),
                              ("2999-01-01T00:00:00Z", r"metadata of 2999-01-01T00:00:00Z;")):
            document["fetchedAt"] = moment
            path.write_text(json.dumps(document), encoding="utf-8")
            self.assertRegex(self.offline().err, words)

    def test_a_damaged_cache_is_fetched_again(self) -> None:
        """Cut off, of another tenant, of another version, a folder without rights."""
        self.metadata()
        path = self.kept()
        good = path.read_text(encoding="utf-8")
        other = good.replace(self.box.url, "https://other.example.com")
        for text in (good[:len(good) // 2], "", other, good.replace('"format": 1', '"format": 0')):
            path.write_text(text, encoding="utf-8")
            mark = self.box.mark()
            self.assertEqual(self.metadata().err.count("--refresh"), 0)
            self.assertEqual(len(self.box.seen(mark)), 1)
            self.assertRegex(self.offline().err, AGE)

    def test_a_cache_that_cannot_be_written(self) -> None:
        """A warning: the answer is there all the same."""
        self.write("cache", "a file where the folder should be")
        env = {**self.token.env, "XDG_CACHE_HOME": str(self.folder / "cache")}
        done = self.succeeds("metadata", "-o", "jsonl", *self.options, env=env)
        self.assertIn(LOGS, done.out)
        self.assertIn("warning: the metadata is not kept: cannot make the folder", done.err)

    def test_the_cache_folder(self) -> None:
        """$XDG_CACHE_HOME comes before ~/.cache; a relative one counts as none."""
        place = self.folder / "elsewhere"
        env = {**self.token.env, "XDG_CACHE_HOME": str(place)}
        self.succeeds("metadata", *self.options, env=env)
        self.assertEqual(len([*(place / "cihsm").iterdir()]), 1)
        self.assertFalse((self.folder / ".cache").exists())
        self.succeeds("metadata", *self.options, env={**env, "XDG_CACHE_HOME": "elsewhere"})
        self.kept()

    def test_raw_is_the_document(self) -> None:
        """As the tenant sends it; it is neither kept nor taken from what is kept."""
        raw = self.metadata("--raw")
        self.assertTrue(raw.out.startswith("<?xml"))
        self.assertIn('<EntitySet Name="MessageProcessingLogs"', raw.out)
        self.assertFalse((self.folder / ".cache").exists())

    def test_completion_needs_nothing(self) -> None:
        """Plain names: of the documentation, or of the metadata once it is kept."""
        bare = self.succeeds("metadata", "--complete", "sets").out.splitlines()
        self.assertIn(LOGS, bare)
        self.assertIn("AuditLogs", bare)
        self.metadata()
        kept = self.offline("--complete", "sets").out.splitlines()
        self.assertIn(LOGS, kept)
        self.assertLess(len(kept), len(bare))
        properties = self.offline("--complete", "properties", LOGS).out.splitlines()
        self.assertIn("IntegrationArtifact.Id", properties)
        self.assertNotIn("Attachments", properties)
        navigations = self.offline("--complete", "navigations", LOGS).out.splitlines()
        self.assertIn("Attachments", navigations)
        self.assertNotIn("LogEnd", navigations)
        functions = self.offline("--complete", "functions").out.splitlines()
        self.assertIn("DeployIntegrationDesigntimeArtifact", functions)
        steps = self.offline("--complete", "properties", f"{LOGS}('x')/Runs").out.splitlines()
        self.assertIn("RunStart", steps)

    def test_words_that_can_follow(self) -> None:
        """Of commands, their options, and options whose values are known."""
        def words(line: str) -> list[str]:
            told = self.succeeds("metadata", "--complete", "words", line).out.splitlines()
            return [word.partition("\t")[0] for word in told]
        first = words("")
        self.assertEqual(len(first), len(set(first)))
        self.assertLessEqual({"get", "artifact", "profile", "value-mapping"}, set(first))
        self.assertEqual(words("artifact guideline"),
                         ["list", "run", "show", "report", "skip", "revert"])
        options = words("artifact guideline skip Orders")
        self.assertLessEqual({"--reason", "--profile"}, set(options))
        self.assertNotIn("list", options)
        self.assertEqual(words("access-policy reference create Payroll --attribute"),
                         ["Name", "ID"])
        self.assertEqual(words("artifact deploy Orders --wait"), [])
        self.assertEqual(words("no such command"), [])

    def test_completion_is_never_noisy(self) -> None:
        """An unknown set, a missing service key, a damaged cache: no word, exit code 0."""
        for arguments in (["properties", "NoSuchSet"], ["properties"], ["navigations", "x/y"]):
            done = self.offline("--complete", *arguments)
            self.assertEqual((done.out, done.err), ("", ""))
        missing = self.succeeds("metadata", "--complete", "sets", "--service-key", "none.json")
        self.assertIn(LOGS, missing.out)
        self.assertEqual(missing.err, "")
        self.metadata()
        self.kept().write_text("{", encoding="utf-8")
        done = self.offline("--complete", "sets")
        self.assertIn(LOGS, done.out)
        self.assertEqual(done.err, "")

    def test_what_is_documented(self) -> None:
        """No service key is needed, and the table tells what the tenant lacks."""
        documented = self.succeeds("metadata", "--documented", "-o", "json").json
        self.assertTrue(all(row["Documented"] for row in documented))
        mine = self.metadata("-o", "json").json
        missing = {row["Set"] for row in documented} - {row["Set"] for row in mine}
        self.assertGreater(len(missing), 1)
        self.assertIn(f"{len(missing)} documented entity sets are not in the metadata",
                      self.offline().err)
        key = self.succeeds("metadata", "--documented", LOGS, "-o", "json").json[0]
        self.assertEqual(key, {"Name": "MessageGuid", "Kind": "key", "Type": "Edm.String"})

    def test_mistakes(self) -> None:
        """They are told before a login."""
        self.refuses(2, "only one of", "metadata", "--functions", "--raw")
        self.refuses(2, "leave out the entity set", "metadata", LOGS, "--raw")
        self.refuses(2, "asks no tenant", "metadata", "--documented", "--refresh")
        self.refuses(2, "--complete takes words, sets", "metadata", "--complete", "commands")
        self.refuses(2, "output is table", "metadata", "-o", "xml")
        self.refuses(8, ["\"MessageProcessingLg\"", f"did you mean {LOGS}"], "metadata",
                     "--documented", "MessageProcessingLg")
        self.refuses(3, "service-key", "metadata")


class OddTenantTest(CihsmTest):
    """Against a tenant that says what the sandbox does not."""

    tenant: CannedTenant
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.tenant = CannedTenant()
        cls.addClassCleanup(cls.tenant.stop)
        cls.token = copy_token(cls.tenant.folder / "token")

    def run_ok(self, *arguments: Option) -> Result:
        """A call that succeeds."""
        return self.succeeds(*arguments, *self.tenant.options(self.token), env=self.token.env)

    def test_dates_that_only_the_tenant_knows(self) -> None:
        """The kept metadata tells their type; without it only the common form is a date."""
        entry = {"Id": "1", "Born": "/Date(1611846759032+0060)/", "Text": "/Date(1)/"}
        things = Answer(json.dumps({"d": {"results": [entry]}}).encode())
        self.tenant.says(things)
        before = self.run_ok("get", "Things", "-o", "json").json
        self.assertEqual(before, [{**entry, "Text": "1970-01-01T00:00:00.001Z"}])

        self.tenant.says(Answer(EDMX.encode(), content_type="application/xml"))
        row = self.run_ok("metadata", "Things", "-o", "json").json[0]
        self.assertEqual(row, {"Name": "Id", "Kind": "key", "Type": "Edm.String",
                               "Nullable": False, "MaxLength": 40})
        self.tenant.says(things)
        after = self.run_ok("get", "Things", "-o", "json").json
        self.assertEqual(after, [{**entry, "Born": "2021-01-28T15:12:39.032Z"}])

    def test_what_is_no_metadata(self) -> None:
        """A clear error; nothing is kept, and what was kept stays."""
        options = self.tenant.options(self.token)
        self.tenant.says(Answer(EDMX.encode(), content_type="application/xml"))
        self.run_ok("metadata")
        kept = next((self.folder / ".cache" / "cihsm").iterdir())
        good = kept.read_bytes()
        doctype = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
        answers = (
            (Answer(b"<html>log on</html>", content_type="text/html"), "HTML page"),
            (Answer(b'{"d":{}}'), "the metadata cannot be read: line 1: not well-formed"),
            (Answer(EDMX[:500].encode(), content_type="application/xml"), "line 8: unclosed token"),
            (Answer(doctype.encode(), content_type="application/xml"), "it has a DOCTYPE"),
            (Answer(b"<a>" * 10000, content_type="application/xml"), "begins with the element"),
            (Answer(b"", content_type="application/xml"), "the metadata is empty"),
            (Answer(b"", status=204, content_type=""), "204 from tenant"),
        )
        for answer, words in answers:
            self.tenant.says(answer)
            self.refuses(11, words, "metadata", "--refresh", *options, env=self.token.env)
            self.assertEqual(kept.read_bytes(), good)


if __name__ == "__main__":
    unittest.main()
