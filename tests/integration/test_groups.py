#!/usr/bin/env python3
"""Queues, locks, log files, external logging, archiving, MDI delta tokens, the message store."""

from __future__ import annotations

import gzip
import unittest
import zipfile
from typing import Any, Sequence

from harness import CihsmTest, Option, Result
from tenants import Sandbox

# pylint: disable=wrong-import-order
from model import KNOWN_ROLES

LOCK = ["bank@sftp.example", "Inbox/Größe's.csv"]
OF_ADAPTER = ["--vendor", "SAP", "--component", "SFTP"]
TOKEN = ["READ", "sap.odm.businesspartner.BusinessPartner", "2.1.1"]


class GroupTest(CihsmTest):
    """Against one sandbox, with a key of type Certificate and every role."""

    box: Sandbox
    all_roles: list[Option]
    reader: list[Option]

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "300")
        cls.addClassCleanup(cls.box.stop)
        cls.all_roles = cls.options("all", sorted(KNOWN_ROLES))
        cls.reader = cls.options("reader", ["MonitoringDataRead"])

    @classmethod
    def options(cls, name: str, roles: Sequence[str]) -> list[Option]:
        """The options of a caller with these roles."""
        return ["--service-key", cls.box.register_type(name, "certificate", roles),
                "--ca", cls.box.ca]

    def done(self, *arguments: Option) -> Result:
        """A call that succeeds."""
        return self.succeeds(*arguments, *self.all_roles)

    def read(self, *arguments: Option) -> Any:
        """What a command prints as JSON."""
        return self.done(*arguments, "-o", "json").json

    def refused(self, code: int, words: str | Sequence[str], *arguments: Option) -> None:
        """A call that fails with one message, and prints nothing."""
        result = self.cihsm(*arguments, *self.all_roles)
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, result.err)

    def targets(self, mark: int, count: int) -> list[str]:
        """What was asked for since a mark."""
        return [line["request"].split()[1] for line in self.box.seen(mark, count)]


class QueueTest(GroupTest):
    """Message queues, which are read with their broker."""

    def test_queues(self) -> None:
        """By one documented request each time."""
        mark = self.box.mark()
        self.assertEqual(self.read("queue", "list"), [
            {"Name": "Orders_Retry", "State": "0"}, {"Name": "Invoices", "State": "2"},
            {"Name": "Payroll.Out", "State": "1"}])
        self.assertEqual(self.read("queue", "show", "Invoices"), {"Name": "Invoices", "State": "2"})
        stopped = self.read("queue", "list", "--type", "inactive")
        self.assertEqual([row["Name"] for row in stopped], ["Payroll.Out"])
        self.assertEqual(self.read("queue", "show", "Payroll.Out", "--type", "inactive"),
                         stopped[0])
        self.assertEqual(self.targets(mark, 4),
                         [f"/api/v1/JmsBrokers('Broker1')?$expand={name}" for name in (
                             "QueueStates", "QueueStates", "InactiveQueues", "InactiveQueues")])

    def test_formats(self) -> None:
        """As of other lists."""
        self.assertEqual(self.done("queue", "list").out.splitlines()[:2],
                         ["Name          State", "Orders_Retry  0"])
        self.assertEqual(self.done("queue", "list", "-o", "csv").out.splitlines()[:2],
                         ["Name,State", "Orders_Retry,0"])
        self.assertEqual(self.done("queue", "list", "--fields", "Name", "-o", "jsonl").jsonl[0],
                         {"Name": "Orders_Retry"})

    def test_what_there_is_not(self) -> None:
        """It is named; an active queue is not among the inactive ones."""
        self.refused(8, ["message queue \"Nope\"", "QueueStates"], "queue", "show", "Nope")
        self.refused(8, "InactiveQueues", "queue", "show", "Invoices", "--type", "inactive")
        self.refused(2, "argument QUEUE is empty", "queue", "show", "")

    def test_status(self) -> None:
        """The resources of the broker."""
        found = self.read("queue", "status")
        self.assertEqual((found["Key"], found["QueueNumber"], found["MaxCapacity"]),
                         ("Broker1", "3", "9751756800"))

    def test_help_tells_what_is_undocumented(self) -> None:
        """In the help of the group once, and of each command."""
        for words in (["queue"], ["queue", "list"], ["queue", "status"]):
            out = self.succeeds(*words, "--help").out
            self.assertEqual(out.count("Queues, JmsMessages"), 1, words)

    def test_a_missing_role_is_named(self) -> None:
        """Of each group where it is documented."""
        for role, arguments in (
                ("DataStoresAndQueuesRead", ["queue", "list"]),
                ("ExternalLoggingActivationRead", ["external-logging", "status"]),
                ("ExternalLoggingActivate", ["external-logging", "deactivate", "--yes"]),
                ("DataArchivingRead", ["archiving", "kpi", "list"]),
                ("DataArchivingActivate", ["archiving", "activate", "--yes"])):
            with self.subTest(arguments=arguments):
                result = self.cihsm(*arguments, *self.reader)
                self.assertEqual((result.code, result.out), (7, ""), result.err)
                self.assertIn(role, result.err)


class UndocumentedRoleTest(GroupTest):
    """A 403 where the role is not documented says so."""

    def test_it_is_said(self) -> None:
        """Of reading and of changing."""
        for path, access, arguments in (
                ("LogFiles", "", ["log-file", "list"]),
                ("GenericIdempotentRepositoryEntries", "", ["lock", "list", "--id", "x"]),
                ("BusinessDocuments", "", ["b2b", "document", "list"]),
                ("MDIDeltaToken", "writing ", ["mdi-delta-token", "delete", *TOKEN, "--yes"])):
            with self.box.scenario("error_status=403", f"error_path={path}"):
                self.refused(7, f"a role for {access}{path}, and which one is not documented",
                             *arguments)


class LockTest(GroupTest):
    """The idempotent repository, whose keys are hex, and MDI delta tokens."""

    def test_a_lock(self) -> None:
        """Found by its entry, shown, deleted; a deletion says what is true afterwards."""
        noun, key = ["lock"], [*LOCK, *OF_ADAPTER]
        rows = self.read(*noun, "list", "--id", LOCK[1])
        self.assertEqual([(row["Source"], row["Entry"], row["Vendor"]) for row in rows],
                         [(*LOCK, "SAP")])
        self.assertEqual(self.read(*noun, "show", *key), rows[0])
        self.assertEqual(self.read(*noun, "list", "--id", "Inbox/nothing & more"), [])
        self.refused(2, ["--yes", "once more"], *noun, "delete", *key)
        for _ in range(2):
            done = self.done(*noun, "delete", *key, "--yes")
            self.assertEqual(done.out, "")
            self.assertIn(f"cihsm: there is now no lock \"{LOCK[0]}\" \"{LOCK[1]}\"\n", done.err)
            self.refused(8, "404", *noun, "show", *key)

    def test_the_deprecated_set(self) -> None:
        """Has shorter keys."""
        kind = ["--type", "deprecated"]
        rows = self.read("lock", "list", "--id", LOCK[1], *kind)
        self.assertEqual([row["Component"] for row in rows], ["SFTP"])
        self.assertEqual(self.read("lock", "show", *LOCK, *kind), rows[0])
        self.refused(2, "--vendor is for --type generic", "lock", "show", *LOCK, *OF_ADAPTER,
                     *kind)
        self.done("lock", "delete", *LOCK, *kind, "--yes")
        self.assertEqual(self.read("lock", "list", "--id", LOCK[1], *kind), [])

    def test_mistakes_are_told_before_a_login(self) -> None:
        """Half a key would delete nothing and be told as done."""
        mark = self.box.mark()
        for words, arguments in (
                ("--id is missing", ["lock", "list"]),
                ("--vendor is missing", ["lock", "delete", *LOCK, "--yes"]),
                ("--component is missing", ["lock", "show", *LOCK, "--vendor", "SAP"]),
                ("argument ENTRY is empty", ["lock", "show", "x", "", *OF_ADAPTER]),
                ("--application is missing", ["log-file", "show", "x"]),
                ("http|trace", ["log-file", "list", "--log-type", "audit"]),
                ("all|latest", ["log-file", "archive", "get", "some", "http"]),
                ("--level is missing", ["external-logging", "activate", "--yes"]),
                ("NONE|INFO|ERROR", ["external-logging", "activate", "--level", "DEBUG"]),
                ("message (if not given), b2b", ["archiving", "status", "--type", "x"]),
                ("message (if not given), b2b", ["archiving", "activate", "--type", ""])):
            with self.subTest(arguments=arguments):
                self.refused(2, words, *arguments)
        self.assertEqual(self.box.mark(), mark)

    def test_delta_tokens(self) -> None:
        """There is no list to be pointed to."""
        self.assertEqual(self.read("mdi-delta-token", "show", *TOKEN)["Version"], "2.1.1")
        with self.box.scenario("no_mdi=1"):
            self.refused(1, ["405", "not available as part of your"], "mdi-delta-token", "show",
                         *TOKEN)
        self.refused(2, "reads everything again", "mdi-delta-token", "delete", *TOKEN)
        self.done("mdi-delta-token", "delete", *TOKEN, "--yes")
        result = self.cihsm("mdi-delta-token", "show", *TOKEN, *self.all_roles)
        self.assertEqual(result.code, 8)
        self.assertNotIn("mdi-delta-token list", result.err)


class LogFileTest(GroupTest):
    """Log files and the ZIPs of them."""

    def test_files(self) -> None:
        """Of one type; their bytes come as they are."""
        rows = self.read("log-file", "list", "--log-type", "http", "--node", "worker")
        self.assertEqual({row["LogFileType"] for row in rows}, {"http"})
        key = [rows[0]["Name"], "--application", rows[0]["Application"]]
        self.assertEqual(self.read("log-file", "show", *key), rows[0])
        target = self.folder / "log.gz"
        self.done("log-file", "get", *key, "--out", target)
        self.assertEqual(gzip.decompress(target.read_bytes()).decode(), "http log, Größe 1\n")
        self.assertEqual(self.read("log-file", "list", "--application", "other"), [])
        self.refused(8, "log file \"x\"", "log-file", "get", "x", "--application", "sandbox")

    def test_archives(self) -> None:
        """All files, the latest, those that changed since."""
        self.assertEqual(len(self.read("log-file", "archive", "list")), 4)
        target = self.folder / "logs.zip"
        cases: list[tuple[str, list[str], int]] = [
            ("all", [], 2), ("latest", [], 1),
            ("all", ["--modified-after", "2100-01-01T00:00:00Z"], 0)]
        for scope, more, count in cases:
            mark = self.box.mark()
            self.done("log-file", "archive", "get", scope, "trace", *more, "--out", target)
            with zipfile.ZipFile(target) as found:
                self.assertEqual(len(found.namelist()), count)
            self.assertIn("NodeScope", self.targets(mark, 1)[0])
        self.refused(1, ["400", "ModifiedAfter"], "log-file", "archive", "get", "all", "http",
                     "--modified-after", "yesterday")
        self.refused(8, "ZIP of log files", "log-file", "archive", "get", "all", "http", "--node",
                     "other")

    def test_help_says_what_is_not_known(self) -> None:
        """Of Cloud Foundry."""
        for words in (["log-file"], ["log-file", "get"], ["log-file", "archive", "list"]):
            self.assertIn("Cloud Foundry", self.succeeds(*words, "--help").out)


class SwitchTest(GroupTest):
    """External logging and archiving."""

    def test_external_logging(self) -> None:
        """On and off, in the tenant's words, with events."""
        logging = ["external-logging"]
        self.assertIs(self.read(*logging, "status")["Active"], False)
        self.refused(2, ["CloudIntegration_MonitoringDataConsumer", "--yes"], *logging, "activate",
                     "--level", "INFO")
        mark = self.box.mark()
        done = self.done(*logging, "activate", "--level", "INFO", "--yes")
        self.assertEqual(done.out, "ExternalLogging successfully enabled for tenant sandbox\n")
        self.assertIn("cihsm: activated external logging\n", done.err)
        self.assertEqual(self.targets(mark, 2)[1],
                         "/api/v1/activateExternalLogging?defaultLogLevel=INFO")
        self.assertIs(self.read(*logging, "status")["Active"], True)
        self.refused(2, "--yes", *logging, "deactivate")
        self.done(*logging, "deactivate", "--yes")
        self.assertIs(self.read(*logging, "status")["Active"], False)
        self.assertEqual([row["StatusText"] for row in self.read(*logging, "event", "list")],
                         ["External logging was activated", "External logging was deactivated"])

    def test_archiving(self) -> None:
        """Of messages and of business documents, each by itself."""
        kinds: list[list[str]] = [[], ["--type", "b2b"]]
        for kind in kinds:
            self.assertIs(self.read("archiving", "status", *kind)["Active"], False)
            self.refused(2, "no call is documented that switches it off", "archiving", "activate",
                         *kind)
            self.done("archiving", "activate", *kind, "--yes")
            self.assertIs(self.read("archiving", "status", *kind)["Active"], True)
        runs = self.read("archiving", "kpi", "list")
        self.assertEqual([row["RunFailedPhase"] for row in runs], ["EXECUTION", None])
        self.assertIn("DocumentsArchived", self.read("archiving", "kpi", "list", "--type",
                                                     "b2b")[0])
        self.assertIn("RunStatus", self.done("archiving", "kpi", "list").out)

    def test_what_would_be_sent(self) -> None:
        """--dry-run sends nothing, and asks for nothing."""
        mark = self.box.mark()
        done = self.done("external-logging", "activate", "--level", "NONE", "--dry-run")
        self.assertRegex(done.out, r"\APOST \S+/activateExternalLogging\?defaultLogLevel=NONE\n")
        self.assertEqual(self.box.mark(), mark)

    def test_it_is_not_done_unless_the_tenant_says_so(self) -> None:
        """The step that failed is told; an answer without a word is no success."""
        activate = ["external-logging", "activate", "--level", "INFO", "--yes"]
        with self.box.scenario("switching=fails"):
            self.refused(10, ["500", "Invalid configuration of the destination",
                              "(Validating Connection Settings: Größe of CompressData is invalid)"],
                         *activate)
        with self.box.scenario("switching=silent"):
            self.refused(11, ["without a word", "external-logging status"], *activate)
        self.assertIs(self.read("external-logging", "status")["Active"], False)

    def test_states_in_words(self) -> None:
        """As the examples of the API description have them."""
        words = "External logging configured has value: false on tenant sandbox"
        with self.box.scenario("state_in_words=1"):
            self.assertEqual(self.done("external-logging", "status").out, f"{words}\n")
            self.assertEqual(self.read("external-logging", "status"), [{"": words}])

    def test_a_protected_profile(self) -> None:
        """It is to be named."""
        config = self.write("config", "[live]\nprotected = yes\n")
        for arguments in (["archiving", "activate"], ["external-logging", "deactivate"]):
            self.refused(2, "is protected", *arguments, "--yes", "--config", config, "--profile",
                         "live")


class BusinessDocumentTest(GroupTest):
    """B2B scenarios."""

    document = "4f0a1c2e9b7d"

    def test_documents(self) -> None:
        """Chosen by status and partners, shown with what hangs below."""
        noun = ["b2b", "document"]
        self.assertEqual(len(self.read(*noun, "list")), 3)
        cases: list[tuple[list[str], list[str]]] = [
            (["--status", "FAILED"], ["4f0a1c2e9b7e"]),
            (["--sender", "O'Brien & Söhne"], ["4f0a1c2e9b7f"]),
            (["--sender", "Acme GmbH", "--status", "COMPLETED"], [self.document]),
            (["--receiver", "nobody"], [])]
        for conditions, wanted in cases:
            with self.subTest(conditions=conditions):
                self.assertEqual([row["Id"] for row in self.read(*noun, "list", *conditions)],
                                 wanted)
        shown = self.read(*noun, "show", self.document)
        self.assertEqual(shown["SenderFunctionalAcknowledgement"]["Id"], "c5d6e7f8")
        self.assertIsNone(shown["LastErrorDetails"])
        failed = self.read(*noun, "show", "4f0a1c2e9b7e")
        self.assertEqual(failed["LastErrorDetails"]["ErrorInformation"], "Größe fehlt")
        self.assertRegex(shown["DocumentCreationTime"], r"^20\d\d-.*Z$")
        self.refused(8, "business document \"x\"", *noun, "show", "x")

    def test_content(self) -> None:
        """Payloads by their document, acknowledgements of both types."""
        rows = self.read("b2b", "payload", "list", self.document)
        self.assertEqual([row["Id"] for row in rows], ["7c31d0aa", "7c31d0ab"])
        self.assertEqual(self.done("b2b", "payload", "get", "7c31d0ab").out,
                         "UNA:+.? 'UNB+OUTBOUND+Größe'")
        self.assertEqual(self.done("b2b", "acknowledgement", "get", "a90be1f2").out, "processed\n")
        functional = ["c5d6e7f8", "--type", "functional"]
        self.assertEqual(self.read("b2b", "acknowledgement", "show", *functional)["MessageType"],
                         "CONTRL")
        self.assertEqual(self.done("b2b", "acknowledgement", "get", *functional).out,
                         "UNH+1+CONTRL'")
        self.refused(8, "404", "b2b", "acknowledgement", "show", "c5d6e7f8")
        self.refused(8, "404", "b2b", "payload", "list", "x")

    def test_orphaned_interchanges(self) -> None:
        """Shown with their error."""
        rows = self.read("b2b", "interchange", "list", "--adapter", "AS2")
        self.assertEqual([row["Id"] for row in rows], ["e8f90a1b"])
        self.assertEqual(self.read("b2b", "interchange", "list", "--adapter", "SFTP"), [])
        shown = self.read("b2b", "interchange", "show", "e8f90a1b")
        self.assertEqual(shown["ErrorDetails"]["ErrorInformation"], "unknown sender")


class MessageStoreTest(GroupTest):
    """Attachments and properties of what flows put into the message store."""

    def entry(self) -> str:
        """The id of an entry that has attachments."""
        for log in self.read("get", "MessageProcessingLogs", "--expand", "MessageStoreEntries",
                             "--all"):
            for row in log["MessageStoreEntries"]:
                if row["HasAttachments"]:
                    self.assertIn(row, self.read("message", "payload", log["MessageGuid"]))
                    return str(row["Id"])
        self.fail("no message has an entry with attachments")

    def test_attachments_and_properties(self) -> None:
        """Listed by the entry, read by their own ids."""
        entry = self.entry()
        rows = self.read("message-store", "attachment", "list", entry)
        self.assertEqual([row["Name"] for row in rows], ["invoice.pdf", "Größe.txt"])
        noun, own = ["message-store", "attachment"], rows[1]["Id"]
        self.assertEqual(self.read(*noun, "show", own)["ContentType"], "text/plain")
        self.assertEqual(self.done(*noun, "get", own).out, "Größe\n")
        target = self.folder / "a.pdf"
        self.done(*noun, "get", rows[0]["Id"], "--out", target)
        self.assertEqual(target.read_bytes(), b"%PDF-1.4\n\x00\xff\n")
        named = self.read("message-store", "property", "list", entry)
        self.assertEqual({row["Name"]: row["Value"] for row in named},
                         {"SAP_Sender": "Köln", "O'Brien's": "<1 & 2>", "Empty": ""})
        below = self.read("message-store", "property", "list", own, "--type", "attachment")
        self.assertEqual(below[0]["Value"], "<Größe.txt@sandbox>")
        self.assertEqual(self.cihsm(*noun, "get", own, *self.reader).code, 7)

    def test_what_there_is_not(self) -> None:
        """404 of the entry or of the attachment."""
        for arguments in (["attachment", "list", "x"], ["attachment", "get", "x"],
                          ["property", "list", "x"],
                          ["property", "list", "x", "--type", "attachment"]):
            self.refused(8, "404", "message-store", *arguments)


if __name__ == "__main__":
    unittest.main()
