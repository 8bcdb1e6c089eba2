#!/usr/bin/env python3
"""cihsm message: lists, counts, one message, its attachments and steps, tail, failures."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import unittest
from collections import Counter
from typing import Any
from urllib.parse import unquote_plus

from harness import BINARY, CihsmTest, Option, Result, environment
from tenants import Sandbox
from tokens import Token, chain_of, copy_token

READER = ["MonitoringDataRead"]
ROLES = [*READER, "MessagePayloadsRead", "MessageProcessingLocksRead"]
STATUSES = ("COMPLETED", "PROCESSING", "RETRY", "ESCALATED", "FAILED", "CANCELLED", "DISCARDED",
            "ABANDONED")
SECONDS = 30.0


class MessageTest(CihsmTest):
    """Against one sandbox with 2,500 log entries."""

    box: Sandbox
    token: Token
    logs: list[Any]

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")
        cls.box.register("ec-p256", chain_of("ec-p256"), ROLES)
        cls.box.register("ec-p384", chain_of("ec-p384"), READER)
        cls.logs = []

    def done(self, *arguments: Option, key: str = "ec-p256") -> Result:
        """A run of the group that ends well."""
        return self.succeeds("message", *arguments, *self.box.options(self.token, key),
                             env=self.token.env)

    def fails(self, code: int, words: str | list[str], *arguments: Option,
              key: str = "ec-p256") -> str:
        """A run of the group that ends with this code and one line that says the words."""
        return self.refuses(code, words, "message", *arguments,
                            *self.box.options(self.token, key), env=self.token.env)

    def all_logs(self) -> list[Any]:
        """All entries, as the generic command reads them."""
        if not self.logs:
            self.logs.extend(self.succeeds(
                "get", "MessageProcessingLogs", "--all", "-o", "jsonl",
                *self.box.options(self.token), env=self.token.env).jsonl)
        return self.logs

    def one(self, status: str) -> Any:
        """Some entry with a status."""
        return next(log for log in self.all_logs() if log["Status"] == status)

    def guids(self, *arguments: Option) -> set[str]:
        """The ids that a list gives."""
        return {log["MessageGuid"] for log in self.done("list", "--all", "-o", "jsonl",
                                                           *arguments).jsonl}

    def targets(self) -> list[str]:
        """What the tenant was asked for so far, decoded."""
        lines = (self.box.folder / "tenant.log").read_text(encoding="utf-8").splitlines()
        return [unquote_plus(json.loads(line)["target"]) for line in lines]


class ListTest(MessageTest):
    """message list"""

    def test_the_latest_come_first(self) -> None:
        """Fifty of them, and that there are more is said."""
        done = self.done("list", "-o", "json")
        ends = [log["LogEnd"] for log in done.json]
        self.assertEqual(len(ends), 50)
        self.assertEqual(ends, sorted(ends, reverse=True))
        self.assertEqual(ends[0], max(log["LogEnd"] or "" for log in self.all_logs()))
        self.assertIn("there are more than these 50", done.err)
        self.assertIn("$top=51", self.targets()[-1])

    def test_the_table_has_what_the_next_command_needs(self) -> None:
        """The id is whole at 80 columns."""
        lines = self.done("list", "--limit", "3").out.splitlines()
        self.assertRegex(lines[0], r"^LogEnd +Status +MessageGuid +")
        self.assertEqual(len(lines), 4)
        known = {log["MessageGuid"] for log in self.all_logs()}
        self.assertLessEqual({line.split()[2] for line in lines[1:]}, known)

    def test_a_limit_beyond_a_page(self) -> None:
        """Pages are followed."""
        self.assertEqual(len(self.done("list", "--limit", "1100", "-o", "jsonl").jsonl), 1100)
        done = self.done("list", "--all", "-o", "jsonl")
        self.assertEqual(len(done.jsonl), 2500)
        self.assertEqual(done.err, "")

    def test_each_condition(self) -> None:
        """Compared with a choice among all entries."""
        conditions: list[tuple[list[str], Any]] = [
            (["--status", "failed"], lambda e: e["Status"] == "FAILED"),
            (["--status", "RETRY", "--status", "FAILED"],
             lambda e: e["Status"] in ("RETRY", "FAILED")),
            (["--flow", "Order_Express"],
             lambda e: e["IntegrationArtifact"]["Id"] == "Order_Express"),
            (["--package", "Treasury"],
             lambda e: e["IntegrationArtifact"]["PackageId"] == "Treasury"),
            (["--receiver", "O'Brien Archive"], lambda e: e["Receiver"] == "O'Brien Archive"),
            (["--sender", "MDG", "--status", "FAILED"],
             lambda e: e["Sender"] == "MDG" and e["Status"] == "FAILED"),
        ]
        for options, holds in conditions:
            wanted = {log["MessageGuid"] for log in self.all_logs() if holds(log)}
            self.assertTrue(wanted, options)
            self.assertEqual(self.guids(*options), wanted, options)

    def test_ids(self) -> None:
        """Of a message, of a correlation, of an application."""
        log = next(log for log in self.all_logs() if log["ApplicationMessageId"])
        for option, name in (("--id", "MessageGuid"), ("--correlation-id", "CorrelationId"),
                             ("--application-id", "ApplicationMessageId")):
            self.assertIn(log["MessageGuid"], self.guids(option, log[name]))

    def test_ids_with_other_conditions_bring_a_warning(self) -> None:
        """As SAP advises against it."""
        done = self.done("list", "--id", "x", "--status", "FAILED")
        self.assertIn("SAP advises against other conditions", done.err)
        self.assertIn("no entries", done.err)

    def test_a_custom_header(self) -> None:
        """With a quote in it; and only one."""
        found = self.guids("--custom-header", "Customer's Reference=O'Neil & Sons")
        self.assertTrue(found)
        shown = self.done("show", min(found), "-o", "json").json
        self.assertIn("O'Neil & Sons", [h["Value"] for h in shown["CustomHeaderProperties"]])
        self.refuses(2, "one custom header at a time", "message", "list", "--custom-header",
                     "a=b", "--custom-header", "c=d")
        self.refuses(2, "--custom-header NAME=VALUE", "message", "list", "--custom-header", "=d")

    def test_a_time(self) -> None:
        """Half-open, about LogEnd."""
        ends = sorted(log["LogEnd"] for log in self.all_logs() if log["LogEnd"])
        found = self.done("list", "--all", "-o", "jsonl", "--since", ends[100], "--until",
                             ends[110]).jsonl
        self.assertEqual(sorted(log["LogEnd"] for log in found), ends[100:110])

    def test_fields(self) -> None:
        """Only these."""
        found = self.done("list", "--limit", "1", "-o", "json", "--fields",
                             "Status,IntegrationArtifact.Id").json
        self.assertEqual(list(found[0]), ["Status", "IntegrationArtifact.Id"])

    def test_mistakes_are_told_before_a_login(self) -> None:
        """Without a service key."""
        self.refuses(2, "did you mean FAILED", "message", "list", "--status", "FAILD")
        self.refuses(2, "--all or --limit", "message", "list", "--all", "--limit", "3")
        self.refuses(2, "--limit takes a whole number", "message", "list", "--limit", "0")
        self.refuses(2, "--last", "message", "list", "--last", "soon")
        self.refuses(2, ["needs a verb", "attachment,", "tail"], "message")
        self.refuses(2, "\"cihsm message attachment\" has no verb \"x\": get", "message",
                     "attachment", "x")

    def test_a_missing_role_is_named(self) -> None:
        """MonitoringDataRead."""
        with self.box.scenario("role_missing=1"):
            self.fails(7, "MonitoringDataRead", "list")


class CountTest(MessageTest):
    """message count"""

    def test_by_status(self) -> None:
        """All eight, by $count."""
        wanted = Counter(log["Status"] for log in self.all_logs())
        found = self.done("count", "-o", "json").json
        self.assertEqual([row["Status"] for row in found], list(STATUSES))
        self.assertEqual({row["Status"]: row["Count"] for row in found},
                         {status: wanted[status] for status in STATUSES})
        self.assertEqual(sum("/$count" in target for target in self.targets()[-8:]), 8)

    def test_by_status_with_conditions(self) -> None:
        """Only the statuses that are asked for."""
        wanted = sum(log["Status"] == "FAILED" and log["Sender"] == "MDG"
                     for log in self.all_logs())
        found = self.done("count", "--sender", "MDG", "--status", "failed", "-o", "json").json
        self.assertEqual(found, [{"Status": "FAILED", "Count": wanted}])

    def test_by_flow(self) -> None:
        """The biggest first."""
        wanted = Counter(log["IntegrationArtifact"]["Id"] for log in self.all_logs()
                         if log["LogEnd"])
        found = self.done("count", "--by", "flow", "--last", "52w", "-o", "json").json
        self.assertEqual({row["Flow"]: row["Count"] for row in found}, wanted)
        counts = [row["Count"] for row in found]
        self.assertEqual(counts, sorted(counts, reverse=True))

    def test_by_flow_has_a_window(self) -> None:
        """Of a day, and it is said."""
        done = self.done("count", "--by", "flow", "-o", "json")
        self.assertIn("of the last 24 hours", done.err)
        self.assertIn("LogEnd ge datetime'", self.targets()[-1])
        self.refuses(2, "--by is status or flow", "message", "count", "--by", "sender")


class ShowTest(MessageTest):
    """message show, error"""

    def test_all_of_a_message_in_one_object(self) -> None:
        """As the single requests give it."""
        log = self.one("FAILED")
        guid = log["MessageGuid"]
        path = f"MessageProcessingLogs('{guid}')"
        found = self.done("show", guid, "-o", "json").json
        self.assertEqual({name: found[name] for name in log}, log)
        for name in ("AdapterAttributes", "CustomHeaderProperties", "Attachments"):
            self.assertEqual(found[name], self.succeeds(
                "get", f"{path}/{name}", "-o", "json", *self.box.options(self.token),
                env=self.token.env).json)
        text = self.succeeds("value", f"{path}/ErrorInformation",
                             *self.box.options(self.token), env=self.token.env).out
        self.assertEqual(found["ErrorInformation"]["Text"], text)
        self.assertEqual(self.done("error", guid).out.strip(), text.strip())
        self.assertEqual(self.done("error", guid, "-o", "json").json,
                         found["ErrorInformation"])

    def test_a_person_sees_tables(self) -> None:
        """Under headings, where there is something."""
        guid = min(self.guids("--custom-header", "Region=EMEA"))
        shown = self.done("show", guid).out
        self.assertRegex(shown, rf"(?m)^MessageGuid +{guid}$")
        self.assertRegex(shown, r"(?m)^Custom headers\nName +Value\n(.+\n)*Region +EMEA$")

    def test_discarded_messages_are_not_asked_for_an_error(self) -> None:
        """SAP warns against it."""
        guid = self.one("DISCARDED")["MessageGuid"]
        before = len(self.targets())
        self.done("show", guid)
        self.fails(8, ["is DISCARDED", "no error text"], "error", guid)
        self.assertFalse([t for t in self.targets()[before:] if "ErrorInformation" in t])

    def test_no_error_where_there_could_be_one(self) -> None:
        """The tenant says 404 to it, of a message that is there."""
        guid = self.one("CANCELLED")["MessageGuid"]
        self.assertNotIn("ErrorInformation", self.done("show", guid, "-o", "json").json)
        self.fails(8, "is CANCELLED and has no error text", "error", guid)

    def test_the_message_is_missing(self) -> None:
        """Each command says that it is the message."""
        for verb in ("show", "error", "attachments", "payload", "steps"):
            self.fails(8, ["the tenant has no message \"AGnone'\"", "404"], verb, "AGnone'")

    def test_an_id_that_cannot_be_sent(self) -> None:
        """Told before a login."""
        self.refuses(2, "slash", "message", "show", "a/b")
        self.refuses(2, "missing argument", "message", "show")


class ContentTest(MessageTest):
    """message attachments, attachment get, payload, steps, id-map"""

    def with_some(self, verb: str) -> list[Any]:
        """What the command lists for the first message that has any."""
        for log in self.all_logs()[:100]:
            found: list[Any] = self.done(verb, log["MessageGuid"], "-o", "json").json
            if found:
                return found
        self.fail(f"no message has {verb}")

    def test_attachments(self) -> None:
        """Listed, and one downloaded."""
        one = self.with_some("attachments")[0]
        done = self.done("attachment", "get", one["Id"])
        self.assertEqual(len(done.stdout), int(one["PayloadSize"]))
        self.assertIn(one["MessageGuid"], done.out)
        self.done("attachment", "get", one["Id"], "--out", "kept.xml")
        self.assertEqual((self.folder / "kept.xml").read_bytes(), done.stdout)

    def test_the_message_store(self) -> None:
        """Listed, and a payload downloaded."""
        one = self.with_some("payload")[0]
        self.assertEqual(self.done("payload", "get", one["Id"]).out,
                         f"<stored>{one['MessageGuid']}</stored>\n")

    def test_content_needs_its_role(self) -> None:
        """Which is named."""
        one = self.with_some("attachments")[0]
        self.fails(7, "MessagePayloadsRead", "attachment", "get", one["Id"], key="ec-p384")
        stored = self.with_some("payload")[0]
        self.fails(7, "MessagePayloadsRead", "payload", "get", stored["Id"], key="ec-p384")

    def test_content_that_is_not_there(self) -> None:
        """It is told what is missing, and no file is left."""
        self.fails(8, "the tenant has no attachment \"x\"", "attachment", "get", "x", "--out", "f")
        self.fails(8, "no message store entry \"x\"", "payload", "get", "x")
        self.assertFalse((self.folder / "f").exists())

    def test_steps(self) -> None:
        """Of two runs, in order, with what failed."""
        guid = self.one("RETRY")["MessageGuid"]
        runs = self.done("steps", guid, "-o", "json").json
        self.assertEqual(len(runs), 2)
        for run in runs:
            starts = [step["StepStart"] for step in run["RunSteps"]]
            self.assertEqual(starts, sorted(starts))
            self.assertEqual(run["RunSteps"][-1]["Status"], "FAILED")
            self.assertTrue(all(step["DurationMs"] > 0 for step in run["RunSteps"]))
        lines = self.done("steps", guid).out.splitlines()
        self.assertRegex(lines[0], "^Run +StepStart +DurationMs +Status +Activity")
        self.assertEqual(len(lines) - 1, sum(len(run["RunSteps"]) for run in runs))
        self.assertEqual(len(self.done("steps", guid, "-o", "jsonl").jsonl), len(lines) - 1)

    def test_a_run_that_goes_on_has_no_duration(self) -> None:
        """Nor an end."""
        run = self.done("steps", self.one("PROCESSING")["MessageGuid"], "-o", "json").json[0]
        self.assertIsNone(run["RunStop"])
        self.assertIsNone(run["DurationMs"])

    def test_the_id_mapper_in_both_directions(self) -> None:
        """One id as source and as target."""
        found = self.done("id-map", "0050568c-7d3a-1eda-b3f2", "-o", "json").json
        self.assertEqual([row["To"] for row in found], ["ID-SANDBOX-0001", "ID-SANDBOX-0002"])
        self.assertRegex(found[0]["ExpirationTime"], r"^\d{4}-\d\d-\d\dT")
        found = self.done("id-map", "ID-SANDBOX-0002", "-o", "json").json
        self.assertEqual([row["From"] for row in found],
                         ["0050568c-7d3a-1eda-b3f2", "0050568c-7d3a-1eda-c4e1"])
        self.assertEqual(self.done("id-map", "Bestellung O'Brien", "-o", "json").json[0]["To"],
                         "ID-SANDBOX-0003")
        self.fails(8, "no id mapped from or to \"x\"", "id-map", "x")
        self.fails(7, "MessageProcessingLocksRead", "id-map", "x", key="ec-p384")


class FailuresTest(MessageTest):
    """message failures"""

    def test_all_failures_are_in_a_group(self) -> None:
        """By flow; the texts of one flow that differ are groups of their own."""
        wanted = Counter(log["IntegrationArtifact"]["Id"] for log in self.all_logs()
                         if log["Status"] == "FAILED")
        found = self.done("failures", "--last", "52w", "--texts", "100", "-o", "json").json
        counted: Counter[str] = Counter()
        for row in found:
            counted[row["Flow"]] += row["Count"]
            self.assertEqual(len(row["Messages"]), row["Count"])
        self.assertEqual(counted, wanted)
        self.assertEqual(len({(row["Flow"], row["Error"]) for row in found}), len(found))
        some = found[0]
        self.assertEqual(self.done("error", some["Messages"][0]).out.strip().split(" ")[0],
                         some["Error"].split(" ")[0])

    def test_what_was_not_read_is_said(self) -> None:
        """At most N texts of each flow are asked for, those of the latest."""
        before = len(self.targets())
        done = self.done("failures", "--last", "52w", "--texts", "2", "-o", "json")
        asked = [t for t in self.targets()[before:] if "ErrorInformation/$value" in t]
        flows = {row["Flow"] for row in done.json}
        self.assertEqual(len(asked), 2 * len(flows))
        unread = sum(row["Count"] for row in done.json if row["Error"] is None)
        self.assertIn(f"of {unread} older failures the error texts were not read", done.err)

    def test_the_table_leaves_out_packages_of_java(self) -> None:
        """What went wrong comes after them."""
        shown = self.done("failures", "--last", "52w").out
        self.assertRegex(shown, r"(?m)^Count +Flow +Error")
        self.assertIn(" SocketTimeoutException: Read", shown)
        self.assertNotIn("java.net.SocketTimeoutException", shown)


class TailTest(MessageTest):
    """message tail"""

    def tail(self, *arguments: Option) -> "subprocess.Popen[bytes]":
        """A run that goes on; its lines are read from a file."""
        command = [BINARY, "message", "tail", "--interval", "1s", "-o", "jsonl", *arguments,
                   *self.box.options(self.token)]
        self.printed, self.said = self.folder / "printed", self.folder / "said"
        with self.printed.open("wb") as out, self.said.open("wb") as err:
            child = subprocess.Popen(  # pylint: disable=consider-using-with
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env=environment(self.folder, self.token.env), start_new_session=True)
        self.addCleanup(self.end, child)
        return child

    @staticmethod
    def end(child: "subprocess.Popen[bytes]") -> None:
        """Ends a run that a test left."""
        if child.poll() is None:
            child.terminate()
        child.wait(SECONDS)

    def wait_for(self, child: "subprocess.Popen[bytes]", count: int) -> list[Any]:
        """Waits until so many messages were printed."""
        deadline = time.monotonic() + SECONDS
        while self.printed.read_text().count("\n") < count:
            self.assertIsNone(child.poll(), self.said.read_text())
            self.assertLess(time.monotonic(), deadline, self.printed.read_text())
            time.sleep(0.05)
        return [json.loads(line) for line in self.printed.read_text().splitlines()]

    def wait_for_asks(self, count: int) -> None:
        """Waits until the tenant was asked so many times more."""
        before, deadline = len(self.targets()), time.monotonic() + SECONDS
        while len(self.targets()) < before + count:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def stop(self, child: "subprocess.Popen[bytes]") -> None:
        """Ctrl-C: ends quietly with 130."""
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(SECONDS), 130, self.said.read_text())

    def test_each_message_once(self) -> None:
        """The latest first of all, then those that end; each poll sees the last ones again."""
        child = self.tail("--lines", "3")
        first = self.wait_for(child, 3)
        self.assertEqual([log["LogEnd"] for log in first], sorted(log["LogEnd"] for log in first))
        self.wait_for_asks(1)
        self.box.add_logs(5)
        self.wait_for(child, 8)
        self.wait_for_asks(2)
        self.box.add_logs(2)
        self.wait_for(child, 10)
        self.wait_for_asks(2)
        self.stop(child)
        found = [json.loads(line)["MessageGuid"]
                 for line in self.printed.read_text().splitlines()]
        self.assertEqual(len(found), 10)
        self.assertEqual(len(set(found)), 10)
        self.assertEqual(self.said.read_text(), "")

    def test_conditions_hold(self) -> None:
        """Only failures are shown."""
        child = self.tail("--status", "FAILED", "--lines", "1")
        self.wait_for(child, 1)
        self.wait_for_asks(1)
        self.box.add_logs(2)
        self.box.add_logs(1, status="FAILED")
        found = self.wait_for(child, 2)
        self.stop(child)
        self.assertEqual([log["Status"] for log in found], ["FAILED", "FAILED"])

    def test_a_failure_that_passes_is_told_once(self) -> None:
        """And the tail goes on."""
        child = self.tail("--lines", "1")
        self.wait_for(child, 1)
        self.wait_for_asks(1)
        with self.box.scenario("error_status=503"):
            self.wait_for_asks(3)
        self.box.add_logs(2)
        self.wait_for(child, 3)
        self.stop(child)
        said = self.said.read_text()
        self.assertEqual(said.count("asking again"), 1, said)
        self.assertIn("503", said)

    def test_a_failure_that_stays_ends_it(self) -> None:
        """With its exit code."""
        child = self.tail("--lines", "1")
        self.wait_for(child, 1)
        with self.box.scenario("role_missing=1"):
            self.assertEqual(child.wait(SECONDS), 7)
        self.assertIn("MonitoringDataRead", self.said.read_text())

    def test_since_then(self) -> None:
        """What ended before is shown at the beginning, the oldest first."""
        self.box.add_logs(3, within_s=60)
        ends = sorted(log["LogEnd"] for log in self.done(
            "list", "--last", "2d", "--all", "-o", "jsonl").jsonl)
        self.assertGreaterEqual(len(ends), 3)
        child = self.tail("--since", ends[0])
        found = self.wait_for(child, len(ends))
        self.stop(child)
        self.assertEqual([log["LogEnd"] for log in found], ends)

    def test_what_never_ends_cannot_be_waited_for(self) -> None:
        """Nor a beginning that is too long."""
        self.refuses(2, "message list --status PROCESSING", "message", "tail", "--status",
                     "processing")
        self.refuses(2, "--lines takes at most 1000", "message", "tail", "--lines", "1001")
        self.refuses(2, "--interval", "message", "tail", "--interval", "often")


if __name__ == "__main__":
    unittest.main()
