#!/usr/bin/env python3
"""cihsm role and service-instance: what the BTP administrator looks up. No token, no network."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any

from harness import ROOT, CihsmTest

SOURCES = ROOT / "src" / "integration"


class RoleListTest(CihsmTest):
    """role list"""

    def test_every_documented_role_is_listed(self) -> None:
        """Those of the data, each with its tasks; those that nobody documents are not."""
        tasks: list[dict[str, Any]] = json.loads((SOURCES / "roles.json").read_text())["tasks"]
        wanted = {(task["task"], role) for task in tasks if "evidence" not in task
                  for role in task["roles"]}
        rows = self.succeeds("role", "list", "-o", "json").json
        self.assertEqual({(row["Task"], row["Role"]) for row in rows}, wanted)
        self.assertEqual({row["Evidence"] for row in rows}, {"documented"})

    def test_every_task_is_in_the_contract(self) -> None:
        """No role that docs/sap-contract.md does not have."""
        contract = (ROOT / "docs" / "sap-contract.md").read_text(encoding="utf-8")
        section = contract.partition("\n## 8 ")[2].partition("\n## 9 ")[0]
        for row in self.succeeds("role", "list", "-o", "jsonl").jsonl:
            self.assertIn(f"`{row['Role']}`", section)

    def test_the_table_shows_the_task_whole(self) -> None:
        """80 columns are enough."""
        out = self.succeeds("role", "list").out
        self.assertIn("view certificate-to-user mappings  MonitoringDataRead\n", out)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)


class RoleForTest(CihsmTest):
    """role for"""

    def roles(self, *arguments: str) -> list[tuple[str, str, str]]:
        """Role, access, evidence of each row."""
        rows = self.succeeds("role", "for", *arguments, "-o", "json").json
        return [(row["Role"], row["Access"], row["Evidence"]) for row in rows]

    def test_a_navigation_path(self) -> None:
        """The set at its end counts."""
        wanted = [("MonitoringDataRead", "read", "documented"),
                  ("MessagePayloadsRead", "read", "documented")]
        self.assertEqual(self.roles("MessageProcessingLogs/Attachments"), wanted)
        self.assertEqual(self.roles("MessageProcessingLogs('a')/Attachments"), wanted)

    def test_writing(self) -> None:
        """As well as reading; a function import always changes something."""
        self.assertEqual(self.roles("NumberRanges"), [("MonitoringDataRead", "read", "documented")])
        self.assertEqual(self.roles("NumberRanges", "--write"), [
            ("MonitoringDataRead", "read", "documented"),
            ("MonitoringArtifactsDeploy", "write", "documented")])
        self.assertEqual(self.roles("CopyIntegrationPackage"),
                         [("CatalogPackagesCopy", "write", "documented")])

    def test_the_words_of_a_task_need_no_quotes(self) -> None:
        """Nor their order."""
        wanted = [("WorkspaceArtifactLocksDelete", "write", "documented")]
        self.assertEqual(self.roles("delete design-time locks"), wanted)
        self.assertEqual(self.roles("design-time", "locks", "delete"), wanted)

    def test_what_is_not_documented_is_said(self) -> None:
        """In words, beside the table."""
        cases = {"EntryPoints": "EntryPoints, read: role not documented",
                 "ServiceEndpoints": "a public client found this role sufficient",
                 "JmsQueues": "role of a similar task",
                 "CertificateUserMappings": "neo only"}
        for resource, words in cases.items():
            with self.subTest(resource=resource):
                self.assertIn(words, self.succeeds("role", "for", resource).err)
        self.assertEqual(self.roles("EntryPoints"), [(None, "read", "unknown")])

    def test_every_resource_of_the_catalogue_has_an_answer(self) -> None:
        """The roles of the catalogue and no others; where it has none, none."""
        for resource in json.loads((SOURCES / "catalogue.json").read_text()):
            name = resource.get("entity_set") or resource["function_import"]
            roles = resource["roles"]
            seen = roles.get("observed", {})
            known = {role for access in ("read", "write")
                     for role in (roles[access] or seen.get(access) or [None])}
            with self.subTest(name=name):
                found = {role for role, _, _ in self.roles(name, "--write")}
                self.assertLessEqual(found, known)
                self.assertTrue(found)

    def test_an_unknown_name(self) -> None:
        """Exit code 8, with the nearest names."""
        self.refuses(8, "did you mean MessageProcessingLogs", "role", "for", "MessageProcesingLogs")
        self.refuses(8, ["no navigation \"Foo\"", "Attachments"], "role", "for",
                     "MessageProcessingLogs/Foo")
        self.refuses(8, "cihsm role list", "role", "for", "xyzzy")

    def test_mistakes(self) -> None:
        """Exit code 2."""
        self.refuses(2, "role for", "role", "for")
        self.refuses(2, "characters", "role", "for", "x" * 600)
        self.refuses(2, "output is", "role", "for", "Queues", "-o", "xml")


class InstanceTest(CihsmTest):
    """service-instance params"""

    def test_least_roles(self) -> None:
        """One line of JSON on stdout, nothing on stderr."""
        done = self.succeeds("service-instance", "params", "--for", "MessageProcessingLogs",
                             "DataStores", "--for", "IntegrationPackages")
        self.assertEqual(done.err, "")
        self.assertEqual(len(done.out.splitlines()), 1)
        self.assertEqual(done.json, {
            "roles": ["MonitoringDataRead", "WorkspacePackagesRead", "DataStoresAndQueuesRead"],
            "grant-types": ["client_credentials"], "redirect-uris": []})

    def test_write_and_validity(self) -> None:
        """Both are in the JSON."""
        made = self.succeeds("service-instance", "params", "--for", "NumberRanges", "--write",
                             "--token-validity", "43200").json
        self.assertEqual(made["roles"], ["MonitoringDataRead", "MonitoringArtifactsDeploy"])
        self.assertEqual(made["token-validity"], 43200)

    def test_what_is_not_documented_warns(self) -> None:
        """The rest is made all the same; with nothing left it is exit code 8."""
        done = self.succeeds("service-instance", "params", "--for", "MessageProcessingLogs",
                             "EntryPoints")
        self.assertIn("warning: EntryPoints, read: role not documented, so none was added", done.err)
        self.assertEqual(done.json["roles"], ["MonitoringDataRead"])
        self.refuses(8, "no role is documented for EntryPoints", "service-instance", "params",
                     "--for", "EntryPoints")

    def test_an_old_instance_is_converted(self) -> None:
        """client_x509 goes, the rest stays."""
        path = self.write("old.json", json.dumps({
            "roles": ["MonitoringDataRead"], "grant-types": ["client_x509"], "extra": {"a": 1}}))
        done = self.succeeds("service-instance", "params", "--from", path)
        self.assertIn("warning: the grant type client_x509 is deprecated", done.err)
        self.assertEqual(done.json, {
            "roles": ["MonitoringDataRead"], "grant-types": ["client_credentials"],
            "extra": {"a": 1}, "redirect-uris": []})

    def test_mistakes(self) -> None:
        """Each with what to do."""
        self.refuses(2, "--for RESOURCE", "service-instance", "params")
        self.refuses(2, "3600 to 86400", "service-instance", "params", "--for", "Queues",
                     "--token-validity", "86401")
        self.refuses(2, "3600", "service-instance", "params", "--for", "Queues",
                     "--token-validity", "12h")
        self.refuses(8, "nothing is known of \"Nothing\"", "service-instance", "params", "--for",
                     "Nothing")
        self.refuses(3, "nowhere.json", "service-instance", "params", "--from",
                     Path("nowhere.json"))
        self.refuses(3, "parameters of a service key", "service-instance", "params", "--from",
                     self.write("key.json", '{"key-type":"certificate_external"}'))


if __name__ == "__main__":
    unittest.main()
