#!/usr/bin/env python3
"""Tests of the small sets: queues, locks, log files, external logging, archiving (contract §7)."""

from __future__ import annotations

import gzip
import io
import sys
import unittest
import zipfile
from typing import Any

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from selftest import sandbox, setUpModule  # noqa: E402
from selftest_writes import Writing  # noqa: E402

LOGS, LOCKS = "MessageProcessingLogs", "GenericIdempotentRepositoryEntries"


def hexed(text: str) -> str:
    """A text as a key has it, in lower case."""
    return text.encode().hex()


class Queues(Writing):
    """Contract §7.4"""

    def test_the_broker_brings_its_queues_along(self) -> None:
        """With $expand; their own sets are undocumented."""
        broker = self.read("JmsBrokers('Broker1')")
        self.assertEqual((broker["QueueNumber"], broker["CapacityError"],
                          broker["IsConsumersHigh"]), ("3", "1", 0))
        states = self.read("JmsBrokers('Broker1')?$expand=QueueStates")["QueueStates"]["results"]
        self.assertEqual({row["Name"]: row["State"] for row in states},
                         {"Orders_Retry": "0", "Invoices": "2", "Payroll.Out": "1"})
        stopped = self.read("JmsBrokers('Broker1')?$expand=InactiveQueues")["InactiveQueues"]
        self.assertEqual([row["Name"] for row in stopped["results"]], ["Payroll.Out"])
        self.answers(404, "GET", "JmsBrokers('Broker2')")
        for path in ("JmsBrokers", "Queues", "QueueStates('Invoices')"):
            self.answers(501, "GET", path)


class MessageStore(Writing):
    """Contract §7.4"""

    def entry(self) -> dict[str, Any]:
        """The first entry of the message store that has attachments."""
        for log in self.read(f"{LOGS}?$top=200&$select=MessageGuid")["results"]:
            below = self.read(f"{LOGS}('{log['MessageGuid']}')/MessageStoreEntries")["results"]
            for entry in below:
                if entry["HasAttachments"]:
                    return dict(entry)
        self.fail("no entry has attachments")

    def test_attachments_and_properties(self) -> None:
        """Below the entry, and by their own keys."""
        path = f"MessageStoreEntries('{self.entry()['Id']}')"
        rows = self.read(f"{path}/Attachments")["results"]
        self.assertEqual([row["Name"] for row in rows], ["invoice.pdf", "Größe.txt"])
        own = f"MessageStoreEntryAttachments('{rows[1]['Id']}')"
        self.assertEqual(self.read(own)["ContentType"], "text/plain")
        self.assertEqual(self.answers(200, "GET", f"{own}/$value").body, "Größe\n".encode())
        below = self.read(f"{own}/Properties")["results"]
        self.assertEqual(below[0]["Value"], "<Größe.txt@sandbox>")
        self.assertEqual(self.read(f"MessageStoreEntryAttachmentProperties(AttachmentId="
                                   f"'{rows[1]['Id']}',Name='Content-ID')")["Value"],
                         below[0]["Value"])
        named = self.read(f"{path}/Properties")["results"]
        self.assertEqual([row["Name"] for row in named], ["SAP_Sender", "O'Brien's", "Empty"])
        self.assertEqual(self.read(f"MessageStoreEntryProperties(MessageId='{named[0]['MessageId']}'"
                                   ",Name='O''Brien''s')")["Value"], "<1 & 2>")
        self.answers(404, "GET", "MessageStoreEntryAttachments('x')")


class Repository(Writing):
    """Contract §7.1, §7.2"""

    @staticmethod
    def key(source: str, entry: str, vendor: str = "SAP", component: str = "SFTP") -> str:
        """The path of an entry."""
        return (f"{LOCKS}(HexVendor='{hexed(vendor)}',HexSource='{hexed(source)}',"
                f"HexEntry='{hexed(entry)}',HexComponent='{hexed(component)}')")

    def test_a_list_wants_to_know_the_entry(self) -> None:
        """The parameter id has slashes."""
        for name in (LOCKS, "IdempotentRepositoryEntries"):
            self.answers(400, "GET", name)
            rows = self.read(f"{name}?id=Inbox/orders.csv")["results"]
            self.assertEqual([row["Source"] for row in rows],
                             ["bank@sftp.example", "shop@sftp.example"])
            self.assertEqual("Vendor" in rows[0], name == LOCKS)
            self.assertEqual(self.read(f"{name}?id=nothing")["results"], [])

    def test_keys_are_hex(self) -> None:
        """Or the answer is 500."""
        path = self.key("bank@sftp.example", "Inbox/Größe's.csv")
        self.assertEqual(self.read(path)["Entry"], "Inbox/Größe's.csv")
        for method in ("GET", "DELETE"):
            self.answers(500, method, path.replace(hexed("SAP"), "SAP"))
        self.answers(404, "GET", self.key("nobody", "x"))

    def test_a_delete_always_succeeds(self) -> None:
        """Whether or not there is something."""
        path = self.key("cd31a1c0", "0050568c7d3a1edab3f2", component="XI")
        self.answers(200, "GET", path)
        self.answers(204, "DELETE", path)
        self.answers(404, "GET", path)
        self.answers(204, "DELETE", path)
        self.answers(405, "POST", LOCKS, {})

    def test_delta_tokens(self) -> None:
        """Read and deleted once; 405 without the service plan."""
        path = ("MDIDeltaToken(Operation='READ',Entity='sap.odm.businesspartner.BusinessPartner',"
                "Version='2.1.1')")
        self.assertTrue(self.read(path)["DeltaToken"])
        sandbox("scenario", "no_mdi=1")
        self.answers(405, "GET", path)
        sandbox("scenario", "no_mdi=")
        self.answers(200, "DELETE", path)
        self.answers(404, "DELETE", path)


class CustomParameters(Writing):
    """Of OAuth2 client credentials (contract §7.3)"""

    def test_they_come_with_a_new_credential_only(self) -> None:
        """Well formed; a change takes them away, and takes none."""
        body: dict[str, Any] = {
            "Name": "Neu", "Description": "", "TokenServiceUrl": "https://a.example/t",
            "ClientId": "c", "ClientSecret": "s", "ClientAuthentication": "body", "Scope": "",
            "ScopeContentType": "json", "Resource": "", "Audience": ""}
        row = {"Key": "tenant", "Value": "Größe", "SendAsPartOf": "url"}
        path = "OAuth2ClientCredentials('Neu')"
        for bad in ({**row, "SendAsPartOf": "header"}, {**row, "More": 1}, {"Key": "x"}, "x"):
            self.answers(400, "POST", "OAuth2ClientCredentials",
                         {**body, "CustomParameters": [bad]})
        self.answers(202, "POST", "OAuth2ClientCredentials", {**body, "CustomParameters": [row]})
        shown = self.read(f"{path}?$expand=CustomParameters")["CustomParameters"]["results"]
        self.assertEqual([shown[0][name] for name in row], list(row.values()))
        self.answers(400, "PUT", path, {**body, "CustomParameters": [row]})
        self.answers(202, "PUT", path, body)
        self.assertEqual(self.read(f"{path}/CustomParameters")["results"], [])
        self.answers(202, "DELETE", path)


class BusinessDocuments(Writing):
    """Contract §7.7"""

    def test_documents(self) -> None:
        """With what is expanded; content by its own id."""
        rows = self.read("BusinessDocuments?$filter=OverallStatus eq 'FAILED'")["results"]
        self.assertEqual([row["Id"] for row in rows], ["4f0a1c2e9b7e"])
        expand = "LastErrorDetails,BusinessDocumentPayloads,SenderTechnicalAcknowledgement"
        found = self.read(f"BusinessDocuments('4f0a1c2e9b7d')?$expand={expand}")
        self.assertIsNone(found["LastErrorDetails"])
        self.assertEqual(found["SenderTechnicalAcknowledgement"]["Id"], "a90be1f2")
        payloads = found["BusinessDocumentPayloads"]["results"]
        self.assertEqual([row["Direction"] for row in payloads], ["INBOUND", "OUTBOUND"])
        for path in (f"BusinessDocumentPayloads('{payloads[0]['Id']}')/$value",
                     "TechnicalAcknowledgements('a90be1f2')/$value",
                     "FunctionalAcknowledgements('c5d6e7f8')/$value"):
            self.assertTrue(self.answers(200, "GET", path).body)
        self.answers(404, "GET", "BusinessDocuments('4f0a1c2e9b7d')/ReceiverTechnicalAcknowledgement")
        self.answers(405, "DELETE", "BusinessDocuments('4f0a1c2e9b7d')")

    def test_orphaned_interchanges(self) -> None:
        """Listed, and with their errors."""
        self.assertEqual(len(self.read("OrphanedInterchanges")["results"]), 1)
        found = self.read("OrphanedInterchanges('e8f90a1b')?$expand=ErrorDetails")
        self.assertIs(found["ErrorDetails"]["IsTransientError"], True)


class LogFiles(Writing):
    """Contract §7.6"""

    def test_files(self) -> None:
        """Filtered, and read as gzip."""
        rows = self.read("LogFiles?$filter=LogFileType eq 'http'&$orderby=LastModified desc")
        first = rows["results"][0]
        self.assertEqual((len(rows["results"]), first["NodeScope"]), (2, "worker"))
        path = f"LogFiles(Name='{first['Name']}',Application='sandbox')"
        self.assertEqual(self.read(path), first)
        body = self.answers(200, "GET", f"{path}/$value").body
        self.assertEqual(gzip.decompress(body).decode(), "http log, Größe 0\n")
        self.assertEqual(len(body), int(first["Size"]))

    def test_archives(self) -> None:
        """All files, the latest one, those that changed since."""
        self.assertEqual(len(self.read("LogFileArchives")["results"]), 4)
        for scope, query, count in (("all", "", 2), ("latest", "", 1),
                                    ("all", "?ModifiedAfter=2100-01-01T00:00:00Z", 0)):
            path = f"LogFileArchives(Scope='{scope}',LogFileType='trace',NodeScope='worker')"
            body = self.answers(200, "GET", f"{path}/$value{query}").body
            with zipfile.ZipFile(io.BytesIO(body)) as found:
                self.assertEqual(len(found.namelist()), count)
        self.answers(400, "GET", f"{path}/$value?ModifiedAfter=yesterday")
        self.answers(404, "GET", path.replace("'all'", "'some'"))


class Switches(Writing):
    """Contract §5.2, §7.1"""

    def called(self, status: int, call: str) -> Any:
        """The JSON that a call is answered with, or None."""
        answer = self.send("POST", call)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json if answer.body else None

    def test_external_logging(self) -> None:
        """Switched on and off, with an event each; the level is not quoted."""
        state = "ExternalLoggingActivationStatus('any')"
        self.assertIs(self.read(state)["Active"], False)
        for call in ("activateExternalLogging?defaultLogLevel='INFO'",
                     "activateExternalLogging?defaultLogLevel=ALL"):
            self.called(400, call)
        done = self.called(200, "activateExternalLogging?defaultLogLevel=INFO")
        self.assertEqual(done["d"]["results"],
                         [{"": "ExternalLogging successfully enabled for tenant sandbox"}])
        self.assertIs(self.read("ExternalLoggingActivationStatus('other')")["Active"], True)
        self.called(200, "deactivateExternalLogging")
        self.assertIs(self.read(state)["Active"], False)
        events = self.read("ExternalLoggingEvents")["results"]
        self.assertEqual([row["EventType"] for row in events], ["activated", "deactivated"])

    def test_archiving(self) -> None:
        """Of messages and of business documents, each by itself."""
        for prefix, active in (("", [True, False]), ("B2B", [True, True])):
            self.called(200, f"activate{prefix}ArchivingConfiguration")
            self.assertEqual([self.read(f"{name}ArchivingConfigurations('x')")["Active"]
                              for name in ("", "B2B")], active)
        runs = self.read("ArchivingKeyPerformanceIndicators?$filter=RunStatus eq 'FAILED'")
        self.assertEqual([row["RunFailedPhase"] for row in runs["results"]], ["EXECUTION"])
        self.answers(200, "GET", "B2BArchivingKeyPerformanceIndicators")

    def test_when_it_is_not_done(self) -> None:
        """A report with 500, or 200 and no word; nothing is switched."""
        self.called(200, "deactivateExternalLogging")
        sandbox("scenario", "switching=fails")
        report = self.called(500, "activateExternalLogging?defaultLogLevel=INFO")
        self.assertEqual((report["result"], report["infos"][1]["result"]), ("ERROR", "ERROR"))
        sandbox("scenario", "switching=silent")
        self.assertIsNone(self.called(200, "activateExternalLogging?defaultLogLevel=INFO"))
        sandbox("scenario", "switching=", "state_in_words=1")
        state = self.read("ExternalLoggingActivationStatus('any')")["results"]
        self.assertEqual(state, [
            {"": "External logging configured has value: false on tenant sandbox"}])
        sandbox("scenario", "state_in_words=")


if __name__ == "__main__":
    unittest.main()
