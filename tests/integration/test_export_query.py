#!/usr/bin/env python3
"""cihsm export: the same options and the same entries as get, and what a terminal is told."""

from __future__ import annotations

import csv
import io
import json
import shutil
import unittest
from pathlib import Path
from typing import Optional

from harness import CihsmTest, Option, Result, environment, tool
from tenants import SANDBOX, Answer, CannedTenant, Sandbox
from terminal import Terminal
from tokens import Token, copy_token

LOGS = "MessageProcessingLogs"
ROLES = ("MonitoringDataRead", "DataStoresAndQueuesRead", "DataStorePayloadsRead",
         "AccessPoliciesRead", "WorkspacePackagesRead",
         "AuthGroup_TenantPartnerDirectoryConfigurator")
METADATA = b"""<?xml version="1.0"?>
<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">
<edmx:DataServices><Schema Namespace="x" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
<EntityType Name="Thing"><Key><PropertyRef Name="Id"/></Key>
<Property Name="Id" Type="Edm.String"/><Property Name="Born" Type="Edm.DateTimeOffset"/>
<Property Name="Text" Type="Edm.String"/></EntityType>
<EntityContainer Name="c"><EntitySet Name="Things" EntityType="x.Thing"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


class SandboxTest(CihsmTest):
    """Against one sandbox, with all roles that reading needs."""

    box: Sandbox
    key: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "2500")
        cls.addClassCleanup(cls.box.stop)
        cls.key = cls.box.register_type("export", "secret")
        more: list[str] = [word for role in ROLES for word in ("--role", role)]
        tool(SANDBOX, "roles", "--dir", cls.box.folder, "--instance", "export", *more)

    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "out"

    def options(self) -> list[Option]:
        """What every call needs."""
        return ["--service-key", self.key, "--ca", self.box.ca]

    def get(self, entity_set: str, *more: Option) -> str:
        """What get prints."""
        return self.succeeds("get", entity_set, "--all", *more, *self.options()).out

    def export(self, entity_set: str, *more: Option) -> Result:
        """Into a folder that stays."""
        return self.succeeds("export", entity_set, "--out", self.out, *more, *self.options())

    def lines(self, suffix: str, entity_set: str) -> list[str]:
        """All lines of the files, in order of the files."""
        files = sorted(self.out.glob(f"{entity_set}*.{suffix}"))
        self.assertTrue(files)
        return [line for path in files
                for line in path.read_bytes().decode().splitlines(keepends=True)]


class SameTest(SandboxTest):
    """What get and export print of an entry is the same, byte for byte."""

    def assert_same(self, entity_set: str, window: list[Option],
                    query: Optional[list[Option]] = None) -> None:
        """As JSON Lines and as CSV; get is asked for the same window."""
        for suffix in ("jsonl", "csv"):
            with self.subTest(entity_set=entity_set, suffix=suffix):
                shutil.rmtree(self.out, ignore_errors=True)
                got = self.get(entity_set, *(query or window), "-o", suffix)
                self.export(entity_set, *window, "-o", suffix)
                wanted, found = got.splitlines(keepends=True), self.lines(suffix, entity_set)
                if suffix == "csv":
                    heading = wanted[0]
                    self.assertEqual(found[0], heading)
                    found = [line for line in found if line != heading]
                    wanted = wanted[1:]
                self.assertGreater(len(wanted), 0)
                self.assertEqual(sorted(found), sorted(wanted))

    def test_sets_with_a_time(self) -> None:
        """With dates, numbers as text, parts below, letters of all kinds."""
        window: list[Option] = ["--since", "2026-10-01", "--until", "2026-11-02"]
        self.assert_same(LOGS, window)
        self.assert_same(LOGS, [*window, "--expand", "AdapterAttributes"])
        self.assert_same("StringParameters", [*window, "--time-property", "CreatedTime"])

    def test_sets_without_a_time(self) -> None:
        """In the order that the tenant gives."""
        for entity_set in ("DataStores", "AccessPolicies", "Variables", "IntegrationPackages",
                           "UserCredentials"):
            self.assert_same(entity_set, [])
            self.assertEqual("".join(self.lines("csv", entity_set)),
                             self.get(entity_set, "-o", "csv"))

    def test_a_selection(self) -> None:
        """Columns as they were named."""
        select: list[Option] = ["--select", "LogEnd,Status,MessageGuid"]
        self.assert_same(LOGS, ["--since", "2026-10-01", "--until", "2026-11-02", *select])


class QueryTest(SandboxTest):
    """Options of get that say which entries."""

    def uris(self, mark: int) -> list[str]:
        """What was asked for, besides a token."""
        found = [line["request"].split(" ")[1] for line in self.box.seen(mark, 2)]
        return [uri for uri in found if uri.startswith("/api/v1/")]

    def test_the_last_days(self) -> None:
        """As --since alone; a restart is told the same and keeps its window."""
        self.export(LOGS, "--last", "60d")
        (self.out / "manifest.json").unlink()
        self.assertIn("were still to come", self.export(LOGS, "--last", "60d").err)
        self.assertIn("is complete already", self.export(LOGS, "--since", "60d").err)
        command: list[Option] = ["export", LOGS, "--out", self.out, *self.options()]
        self.refuses(2, ["whose since is 60d, not 3d"], *command, "--last", "3d")
        self.refuses(2, ["--last", "--since"], *command, "--last", "3d", "--since", "3d")
        self.refuses(2, "--last", *command, "--last", "2026-10-01")
        self.refuses(2, ["whose until is now, not 2h"], *command, "--since", "60d", "--until", "2h")

    def test_own_options_are_sent_and_belong_to_the_export(self) -> None:
        """With each question, encoded; another one is another export."""
        mark = self.box.mark()
        own: list[Option] = ["--query", "overdueonly=true", "--query", "note=a b&c"]
        self.export("DataStores", *own)
        uris = self.uris(mark)
        self.assertTrue(uris)
        for uri in uris:
            self.assertTrue(uri.endswith("/DataStores?overdueonly=true&note=a%20b%26c"), uri)
        self.assertIn("is complete already", self.export("DataStores", *own).err)
        command: list[Option] = ["export", "DataStores", "--out", self.out, *self.options()]
        self.refuses(2, ["whose query is overdueonly=true&note=a%20b%26c, not none"], *command)
        self.refuses(2, ["whose query is", "not overdueonly=false"], *command,
                     "--query", "overdueonly=false")
        self.refuses(2, "NAME=VALUE", *command, "--query", "x")
        self.refuses(2, ["whose unchecked is none, not set"], *command, *own, "--unchecked")

    def test_unchecked_sends_what_is_documented_to_be_refused(self) -> None:
        """So that a tenant may say itself what it thinks of it."""
        command: list[Option] = ["export", "DataStores", "--out", self.out, "--filter",
                                 "Type eq 'x'", *self.options()]
        mark = self.box.mark()
        self.refuses(2, ["DataStores", "$filter"], *command)
        self.assertEqual(self.box.seen(mark, 0), [])
        self.refuses(1, "501", *command, "--unchecked")
        self.assertIn("$filter=Type%20eq%20%27x%27", self.uris(mark)[-1].replace("%24", "$"))

    def test_own_options_go_with_windows_and_counts(self) -> None:
        """Behind those of OData."""
        mark = self.box.mark()
        self.export(LOGS, "--since", "2026-10-05", "--until", "2026-10-06", "--query", "x=1")
        uris = [uri for uri in self.uris(mark) if LOGS in uri]
        self.assertTrue(uris)
        self.assertTrue(all(uri.endswith("&x=1") for uri in uris), uris)


class FolderTest(SandboxTest):
    """What cannot be the folder of an export, before anybody logs in."""

    def test_what_is_no_folder(self) -> None:
        """A file, a pipe as checkpoint, a checkpoint of somebody else."""
        command: list[Option] = ["export", LOGS, "--since", "2026-10-05", "--until", "2026-10-06",
                                 "--out", self.out, *self.options()]
        mark = self.box.mark()
        self.out.write_text("precious")
        self.refuses(1, ["out", "Not a directory"], *command)
        self.out.unlink()
        self.out.mkdir()
        checkpoint = self.out / "checkpoint.jsonl"
        checkpoint.write_text("precious")
        self.refuses(3, ["none of an export", "another folder"], *command)
        self.assertEqual(checkpoint.read_text(), "precious")
        checkpoint.unlink()
        checkpoint.symlink_to(self.folder / "elsewhere")
        self.refuses(1, "checkpoint", *command)
        self.assertFalse((self.folder / "elsewhere").exists())
        self.refuses(1, "/proc", "export", LOGS, "--since", "2026-10-05", "--until", "2026-10-06",
                     "--out", "/proc/self", *self.options())
        self.assertEqual(self.box.seen(mark, 0), [])

    def test_a_link_to_a_folder_is_one(self) -> None:
        """All files go where it leads."""
        there = self.folder / "there"
        there.mkdir()
        self.out.symlink_to(there)
        self.export(LOGS, "--since", "2026-10-05", "--until", "2026-10-06")
        self.assertTrue((there / "manifest.json").exists())
        self.assertTrue(self.out.is_symlink())

    def test_a_set_named_as_the_checkpoint(self) -> None:
        """Its file would take the place of the checkpoint."""
        self.refuses(2, "no entity set", "export", "checkpoint", "--out", self.out,
                     *self.options())


class TerminalTest(SandboxTest):
    """A line that moves, on a terminal only."""

    def test_progress_tells_slices_and_entries(self) -> None:
        """And is gone before the last words."""
        command: list[Option] = ["export", LOGS, "--since", "2026-10-01", "--until", "2026-11-02",
                                 "--out", self.out, "--slice", "1d", "--concurrency", "1"]
        with self.box.scenario("delay_ms=120"):
            with Terminal(*command, *self.options(), env=environment(self.folder),
                          cwd=self.folder, columns=100) as terminal:
                terminal.read_until(b" slices, ")
                done = terminal.finish()
        self.assertEqual(done.code, 0)
        moving, last = done.out.rsplit("\r\x1b[K", 1)
        self.assertRegex(moving, r"(^|\[K)\d+/32 slices, [\d,]+ entries, \d+ kB, [\d,]+/s")
        self.assertRegex(last, r"^cihsm: [\d]+ entries in \d+ files are in ")


class TypeTest(CihsmTest):
    """Types that only the tenant's own metadata tells."""

    server: CannedTenant
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = CannedTenant()
        cls.addClassCleanup(cls.server.stop)
        cls.token = copy_token(cls.server.folder / "token")

    def run_ok(self, *arguments: Option) -> str:
        """What a call prints."""
        return self.succeeds(*arguments, *self.server.options(self.token),
                             env={**self.token.env, "HOME": str(self.folder)}).out

    def test_kept_metadata_tells_dates(self) -> None:
        """As get does: a text that looks like a date stays one."""
        entry = {"Id": "1", "Born": "/Date(1611846759032+0060)/", "Text": "/Date(1)/"}
        self.server.says(Answer(METADATA, content_type="application/xml"))
        self.run_ok("metadata", "--refresh")
        self.server.says(Answer(json.dumps({"d": {"results": [entry]}}).encode()))
        got = self.run_ok("get", "Things", "--all", "-o", "jsonl")
        self.run_ok("export", "Things", "--out", self.folder / "out")
        self.assertEqual((self.folder / "out" / "Things.jsonl").read_text(), got)
        self.assertEqual(json.loads(got), {"Id": "1", "Born": "2021-01-28T15:12:39.032Z",
                                           "Text": "/Date(1)/"})
        self.run_ok("export", "Things", "--out", self.folder / "csv", "-o", "csv")
        rows = csv.DictReader(io.StringIO((self.folder / "csv" / "Things.csv").read_text()))
        self.assertEqual([row["Text"] for row in rows], ["/Date(1)/"])


if __name__ == "__main__":
    unittest.main()
