#!/usr/bin/env python3
"""Keys, query options, time windows and cihsm count, against the sandbox."""

from __future__ import annotations

import json
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from harness import CihsmTest, Option, Result
from tenants import Sandbox
from tokens import Token, chain_of, copy_token

LOGS = "MessageProcessingLogs"
ARTIFACTS = "IntegrationDesigntimeArtifacts"
ROLES = ["MonitoringDataRead", "DataStorePayloadsRead", "DataStoresAndQueuesRead",
         "AccessPoliciesRead", "AuthGroup_TenantPartnerDirectoryConfigurator"]


class QueryTest(CihsmTest):
    """Against one sandbox with 2,500 log entries."""

    box: Sandbox
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")
        cls.box.register("ec-p256", chain_of("ec-p256"), ROLES)

    def run_ok(self, verb: str, *arguments: Option) -> Result:
        """A call that succeeds."""
        return self.succeeds(verb, *arguments, *self.box.options(self.token), env=self.token.env)

    def entries(self, *arguments: Option) -> Any:
        """The JSON document of a get."""
        return self.run_ok("get", *arguments, "-o", "json").json

    def count(self, *arguments: Option) -> int:
        """What cihsm count prints."""
        return int(self.run_ok("count", *arguments).out)

    def refused_early(self, words: str | list[str], *arguments: Option) -> None:
        """Exit code 2, without a service key or a token: nothing is opened for it."""
        self.refuses(2, words, *arguments)

    def targets(self) -> list[str]:
        """What the tenant was asked for so far, encoded as it came."""
        lines = (self.box.folder / "tenant.log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["target"] for line in lines]

    def asked(self, *arguments: Option) -> str:
        """The target of the one request of a get, whatever its answer."""
        before = len(self.targets())
        self.cihsm("get", *arguments, *self.box.options(self.token), env=self.token.env)
        after = self.targets()
        self.assertEqual(len(after), before + 1)
        return after[-1]


class KeyTest(QueryTest):
    """How keys are written, and what is sent."""

    def test_a_number_gets_the_suffix_of_its_type(self) -> None:
        """Typed with and without it; beyond what a double holds."""
        for typed in ("9007199254740993", "9007199254740993L", "'9007199254740993'"):
            found = self.entries(f"AccessPolicies({typed})")
            self.assertEqual(found["RoleName"], "Treasury")

    def test_a_text_needs_no_quotes(self) -> None:
        """Nor does a quote inside it need doubling then, unless it stands in quotes."""
        for typed in ("SFTP_Bank", "'SFTP_Bank'", "Name=SFTP_Bank", "Name='SFTP_Bank'"):
            self.assertEqual(self.entries(f"UserCredentials({typed})")["User"], "bank")
        found = self.entries("UserCredentials('Köln''s archive')")
        self.assertEqual(found["User"], "O'Brien")

    def test_a_hex_key_is_made_from_the_named_plain_value(self) -> None:
        """With a slash, which the server refuses even when encoded."""
        found = self.entries("KeystoreEntries(Alias='partner/müller')")
        self.assertEqual(found["Alias"], "partner/müller")
        self.assertEqual(self.entries(f"KeystoreEntries('{found['Hexalias']}')"), found)
        self.assertEqual(self.entries(f"KeystoreEntries({found['Hexalias'].lower()})"), found)
        found = self.entries("KeystoreEntries(Alias='O''Brien & Co')")
        self.assertEqual(found["Alias"], "O'Brien & Co")
        found = self.entries("AlternativePartners(Agency='SAP SE',Scheme='SenderInterface',"
                             "Id='Bestellung/Größe')")
        self.assertEqual(found["Pid"], "Shopify")

    def test_keys_that_cannot_be_are_refused_before_a_login(self) -> None:
        """Each with how it is written."""
        cases: dict[str, str | list[str]] = {
            "KeystoreEntries('partner/müller')": ["is no hex", "KeystoreEntries(Alias='…')"],
            f"{ARTIFACTS}('X')": f"{ARTIFACTS}(Id='…',Version='…')",
            "AccessPolicies(Payroll)": "the key Id of AccessPolicies: \"Payroll\" is no Edm.Int64",
            "UserCredentials('a/b')": ["slash inside a key", "KeystoreEntries(Alias='a/b')"],
            "UserCredentials('a\tb')": "control character",
        }
        for path, words in cases.items():
            with self.subTest(path=path):
                self.refused_early(words, "get", path)

    def test_unchecked_sends_a_path_as_it_is(self) -> None:
        """The server answers for itself."""
        self.assertEqual(self.asked("AccessPolicies(1901)", "--unchecked"),
                         "/api/v1/AccessPolicies(1901)")
        self.assertEqual(self.asked("AccessPolicies(1901)"), "/api/v1/AccessPolicies(1901L)")

    def test_urllib_reads_what_was_typed(self) -> None:
        """Path and query, decoded by a reader that is not ours."""
        for text in ("a b", "100%", "%41%2F%2B", "a+b&c=d#e;f,g?h", "O''Brien", "größe€🔑", "請求書",
                     "\"<>[]{}|^`~!*()@:$", "..", "."):
            with self.subTest(text=text):
                path = f"{LOGS}('{text}')"
                target = urlsplit(self.asked(path, "--filter", f"Sender eq '{text}'", "--query",
                                             f"user={text}"))
                self.assertEqual(unquote(target.path), f"/api/v1/{path}")
                self.assertEqual(parse_qsl(target.query), [("$filter", f"Sender eq '{text}'"),
                                                           ("user", text)])
                self.assertTrue(target.query.isascii() and " " not in target.query)


class OptionTest(QueryTest):
    """Query options of OData and of the tenant."""

    def test_a_filter_finds_what_it_names(self) -> None:
        """Quotes, umlauts, signs that mean something in a URL."""
        for receiver in ("O'Brien Archive", "Lohnbüro Köln", "株式会社サンプル", "Banque Générale"):
            with self.subTest(receiver=receiver):
                quoted = receiver.replace("'", "''")
                found = self.entries(LOGS, "--filter", f"Receiver eq '{quoted}'", "--top", "3")
                self.assertEqual([entry["Receiver"] for entry in found], [receiver] * 3)

    def test_plus_and_percent_stay_themselves(self) -> None:
        """They name nothing here, and match nothing else."""
        for text in ("S4HANA+Cloud", "S4HANA%5FCloud", "S4HANA_Cloud&$top=1"):
            self.assertEqual(self.count(LOGS, "--filter", f"Receiver eq '{text}'"), 0)

    def test_inlinecount_is_told_beside_the_entries(self) -> None:
        """They stay what a reader expects."""
        done = self.run_ok("get", LOGS, "--inlinecount", "--top", "2", "-o", "json")
        self.assertEqual(len(done.json), 2)
        self.assertEqual(done.err, "cihsm: 2500 entries in all\n")

    def test_format_is_for_raw(self) -> None:
        """Atom as the server writes it; json changes nothing."""
        done = self.run_ok("get", LOGS, "--top", "1", "--format", "json", "-o", "json")
        self.assertEqual(len(done.json), 1)
        self.assertEqual(parse_qsl(urlsplit(self.targets()[-1]).query)[-1], ("$format", "json"))
        self.refused_early("give --raw with it", "get", LOGS, "--format", "atom")
        done = self.run_ok("get", LOGS, "--top", "1", "--format", "atom", "--raw")
        self.assertTrue(done.out.startswith("<?xml"), done.out[:40])
        self.assertIn("<feed", done.out)

    def test_options_of_the_tenant(self) -> None:
        """As they are documented, without a dollar sign."""
        found = self.run_ok("get", LOGS, "--all", "--query",
                            "filterCustomHeaderProperties='Größe' eq 'groß'", "--expand",
                            "CustomHeaderProperties", "--filter", "Status eq 'FAILED'").jsonl
        self.assertGreater(len(found), 0)
        for entry in found:
            pairs = [(one["Name"], one["Value"]) for one in entry["CustomHeaderProperties"]]
            self.assertIn(("Größe", "groß"), pairs)

    def test_options_that_cannot_be_are_refused_before_a_login(self) -> None:
        """And the way to write them is said."""
        self.refused_early("--query NAME=VALUE", "get", LOGS, "--query", "user")
        self.refused_early("give it as --filter", "get", LOGS, "--query", "$filter=x")
        self.refused_early("given twice", "get", LOGS, "--query", "user=a", "--query", "user=b")
        self.refused_early("write UTC without Z", "get", LOGS, "--filter",
                           "LogEnd gt datetime'2026-03-01T00:00:00Z'")


class CapabilityTest(QueryTest):
    """What sets are documented to refuse."""

    def test_a_refused_option_is_told_before_a_login(self) -> None:
        """With the reason and what to do."""
        cases: list[tuple[str, list[Option], str]] = [
            ("DataStores", ["--filter", "Type eq ''"], "DataStores takes no $filter"),
            ("Variables", ["--last", "2h"], "so no time window"),
            ("SecureParameters", ["--filter", "Name eq 'x'"], "read all entries and choose"),
            ("UserCredentialParameters", [], "--filter \"Pid eq 'PARTNER'\""),
            ("AccessPolicies", ["--filter", "Id gt 5L"], "compares by eq only"),
            ("AlternativePartners", ["--filter", "Hexid eq '61'"], "finds nothing"),
            ("MessageProcessingLogCustomHeaderProperties", ["--orderby", "Name"], "Name,Value"),
            (ARTIFACTS, [], f"read IntegrationPackages('ID')/{ARTIFACTS}"),
        ]
        for path, options, words in cases:
            with self.subTest(path=path):
                self.refused_early([words, "--unchecked"], "get", path, *options)
        self.refused_early("takes no $skip", "get", "Variables", "--page-size", "10")
        self.refused_early("takes no $filter", "count", "DataStores", "--filter", "Type eq ''")

    def test_top_and_select_are_done_here_and_said(self) -> None:
        """Where the set refuses them."""
        every = self.entries("Variables")
        self.assertGreater(len(every), 1)
        for name in ("Variables", "SecureParameters", "DataStores"):
            done = self.run_ok("get", name, "--top", "1", "-o", "jsonl")
            self.assertEqual(len(done.jsonl), 1)
            self.assertEqual(done.err, f"cihsm: warning: the set {name} takes no $top: applied to "
                                       "the answer instead\n")
        done = self.run_ok("get", "Variables", "--select", "VariableName", "--top", "2", "-o",
                           "json")
        self.assertEqual(done.json, [{"VariableName": entry["VariableName"]}
                                     for entry in every[:2]])
        self.assertIn("takes no $top and no $select", done.err)
        self.assertEqual(self.targets()[-1], "/api/v1/Variables")

    def test_unchecked_leaves_it_to_the_server(self) -> None:
        """Which refuses it here."""
        self.refuses(1, "501", "get", "Variables", "--top", "1", "--unchecked",
                     *self.box.options(self.token), env=self.token.env)
        self.assertIn("$top=1", self.targets()[-1])

    def test_ids_among_other_conditions_are_advised_against(self) -> None:
        """But sent: it works."""
        guid = self.entries(LOGS, "--top", "1")[0]["MessageGuid"]
        done = self.run_ok("get", LOGS, "--filter", f"MessageGuid eq '{guid}'", "--since",
                           "2020-01-01", "-o", "jsonl")
        self.assertEqual([entry["MessageGuid"] for entry in done.jsonl], [guid])
        self.assertIn("SAP advises against other conditions", done.err)
        done = self.run_ok("get", LOGS, "--filter", f"MessageGuid eq '{guid}'", "-o", "jsonl")
        self.assertEqual(done.err, "")


class WindowTest(QueryTest):
    """--since, --until, --last."""

    def times(self, name: str) -> list[str]:
        """A property of all entries that have it, in order."""
        rows = self.run_ok("get", LOGS, "--all", "--select", name).jsonl
        return sorted(row[name] for row in rows if row[name] is not None)

    def test_a_window_is_half_open(self) -> None:
        """From its start on, up to before its end, to the millisecond."""
        ends = self.times("LogEnd")
        since, until = ends[500], ends[1500]
        inside = [end for end in ends if since <= end < until]
        window = ("--since", since, "--until", until)
        self.assertEqual(self.count(LOGS, *window), len(inside))
        rows = self.run_ok("get", LOGS, "--all", "--select", "LogEnd", *window).jsonl
        self.assertEqual(sorted(row["LogEnd"] for row in rows), inside)

    def test_a_window_joins_a_filter_of_alternatives(self) -> None:
        """The filter stands in parentheses."""
        ends = self.times("LogEnd")
        statuses = "Status eq 'FAILED' or Status eq 'RETRY'"
        parts = [self.count(LOGS, "--filter", statuses, *window)
                 for window in (("--until", ends[1000]), ("--since", ends[1000]))]
        self.assertTrue(all(parts), parts)
        without_end = self.count(LOGS, "--filter", f"({statuses}) and LogEnd eq null")
        self.assertEqual(sum(parts) + without_end, self.count(LOGS, "--filter", statuses))

    def test_another_property(self) -> None:
        """LogStart instead of LogEnd."""
        starts = self.times("LogStart")
        found = self.count(LOGS, "--until", starts[700], "--time-property", "LogStart")
        self.assertEqual(found, sum(start < starts[700] for start in starts))

    def test_relative_times_count_from_now(self) -> None:
        """--last 2h is --since 2h."""
        for option, hours in (("--last", 2), ("--since", 2), ("--last", 36)):
            before = datetime.now(timezone.utc) - timedelta(hours=hours)
            target = unquote(self.asked(LOGS, option, f"{hours}h", "--top", "1"))
            after = datetime.now(timezone.utc) - timedelta(hours=hours)
            self.assertRegex(target, r"LogEnd ge datetime'[\d:T.-]+'&")
            sent = datetime.fromisoformat(target.split("'")[1]).replace(tzinfo=timezone.utc)
            slack = timedelta(milliseconds=1)
            self.assertTrue(before - slack <= sent <= after, target)

    def test_a_zone_is_converted_and_not_sent(self) -> None:
        """The server knows UTC only."""
        target = unquote(self.asked(LOGS, "--since", "2026-03-01T14:30+01:00", "--until",
                                    "2026-03-01 14:30:00.250Z"))
        self.assertTrue(target.endswith("LogEnd ge datetime'2026-03-01T13:30:00' and LogEnd lt "
                                        "datetime'2026-03-01T14:30:00.250'"), target)

    def test_times_that_cannot_be_are_refused_before_a_login(self) -> None:
        """Each with the option and what it takes."""
        cases: list[tuple[list[Option], str | list[str]]] = [
            (["--since", "yesterday"], ["--since: \"yesterday\" is no time", "30m"]),
            (["--until", "2026-02-30"], "--until: \"2026-02-30\" is no time"),
            (["--last", "now"], "--last: \"now\" is no span of time"),
            (["--last", "2h", "--since", "3h"], "leave out --since and --until"),
            (["--since", "now", "--until", "2h"], "the time window is empty"),
            (["--time-property", "LogEnd"], "--time-property needs a time"),
            (["--last", "2h", "--time-property", "Status"], "Edm.String"),
        ]
        for options, words in cases:
            with self.subTest(options=options):
                self.refused_early(words, "get", LOGS, *options)
        self.refused_early("name one with --time-property", "get", "UserCredentials", "--last",
                           "2h")


class CountTest(QueryTest):
    """cihsm count."""

    def test_counts_sets_and_navigations(self) -> None:
        """An integer and a line end, also where the path has its $count."""
        self.assertEqual(self.run_ok("count", LOGS).out, "2500\n")
        self.assertEqual(self.count(f"/{LOGS}/"), 2500)
        self.assertEqual(self.count(f"{LOGS}/$count"), 2500)
        guid = self.entries(LOGS, "--top", "1")[0]["MessageGuid"]
        self.assertEqual(self.count(f"{LOGS}('{guid}')/Runs"), 1)

    def test_a_filter_counts_what_get_prints(self) -> None:
        """The same conditions, the same number."""
        failed = ("--filter", "Status eq 'FAILED'")
        self.assertEqual(self.count(LOGS, *failed),
                         len(self.run_ok("get", LOGS, "--all", *failed).jsonl))

    def test_what_cannot_be_counted_is_refused(self) -> None:
        """No number is made up."""
        self.refused_early("give the path of an entity set", "count", "/")
        self.refused_early("cannot be counted", "count", f"{self.box.url}/api/v1/{LOGS}")
        self.refused_early("--top is no option", "count", LOGS, "--top", "1")
        self.refuses(8, "404", "count", "Nothing", *self.box.options(self.token),
                     env=self.token.env)


if __name__ == "__main__":
    unittest.main()
