"""What hangs below a log entry: runs, attachments, headers, errors (contract §7.1, §7.4).

It is made when it is asked for, from a random source of its own, so a start with many entries
stays fast. Identifiers carry the index of their log entry and can be looked up directly.
"""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from typing import Any, Callable, Optional

import message_store
from logs import Logs

Entity = dict[str, Any]

_WITH_ERROR = frozenset({"FAILED", "RETRY", "ESCALATED"})  # none for DISCARDED (contract §7.1)

_ERRORS = (
    "com.sap.it.rt.adapter.http.api.exception.HttpResponseException: An internal server error "
    "occured: The HTTP request failed with status code 503 for URL https://{host}/receive?a=1&b=2.",
    "javax.script.ScriptException: java.lang.NullPointerException: Cannot invoke method text() "
    "on null object@ line 42 in script1.groovy, cause: java.lang.NullPointerException",
    "java.net.SocketTimeoutException: Read timed out while waiting for \"{host}\" (60000 ms)",
    "com.sap.xi.mapping.camel.XiMappingException: Target element <Währung> is missing for "
    "partner 'Müller & Söhne'",
)

_STEPS = ("Start", "Content Modifier", "Groovy Script", "Message Mapping", "Request Reply", "End")


def _child_uuid(rng: random.Random, index: int, ordinal: int) -> str:
    """A UUID-like text whose last group tells the log entry (8 digits) and the child (4)."""
    head = uuid.UUID(int=rng.getrandbits(128), version=4)
    return f"{str(head)[:23]}-{index:08x}{ordinal:04x}"


def _parent_index(child_id: str) -> Optional[int]:
    """Reverses _child_uuid; None if the text does not look like one."""
    tail = child_id.rsplit("-", 1)[-1]
    try:
        return int(tail[:8], 16) if len(tail) == 12 else None
    except ValueError:
        return None


class Children:
    """Everything below the log entries of one tenant."""

    def __init__(self, logs: Logs, seed: int) -> None:
        self._seed, self._logs = seed, logs
        self._makers: dict[str, Callable[[int, random.Random], list[Entity]]] = {
            "CustomHeaderProperties": self._custom_headers,
            "AdapterAttributes": self._adapter_attributes,
            "ErrorInformation": self._error_information,
            "Attachments": self._attachments,
            "MessageStoreEntries": self._store_entries,
            "Runs": self._runs,
        }
        self._finders: dict[str, tuple[str, Callable[[Entity], list[Entity]]]] = {
            "MessageProcessingLogAdapterAttribute": ("Id", self._children("AdapterAttributes")),
            "MessageProcessingLogCustomHeaderProperty":
                ("Id", self._children("CustomHeaderProperties")),
            "MessageProcessingLogAttachment": ("Id", self._children("Attachments")),
            "MessageStoreEntry": ("Id", self._children("MessageStoreEntries")),
            "MessageStoreEntryAttachment": ("Id", self._store_attachments),
            "MessageStoreEntryProperty": ("MessageId", lambda log: [
                row for entry in self.related(log, "MessageStoreEntries")
                for row in message_store.properties(entry)]),
            "MessageStoreEntryAttachmentProperty": ("AttachmentId", lambda log: [
                row for attachment in self._store_attachments(log)
                for row in message_store.attachment_properties(attachment)]),
            "MessageProcessingLogRun": ("Id", self._children("Runs")),
            "MessageProcessingLogRunStep": ("RunId", self._all_steps),
        }

    def find(self, type_name: str, key: dict[str, Any]) -> Optional[Entity]:
        """The entity of this type with this key, or None."""
        if type_name == "MessageProcessingLogErrorInformation":
            log = self._logs.find(key["MessageGuid"])
            found = self.related(log, "ErrorInformation") if log else []
            return found[0] if found else None
        key_name, candidates = self._finders[type_name]
        index = _parent_index(key[key_name])
        if index is None or index >= len(self._logs.rows):
            return None
        for entity in candidates(self._logs.rows[index]):
            if all(entity[name] == value for name, value in key.items()):
                return entity
        return None

    def related(self, entity: Entity, navigation: str) -> list[Entity]:
        """The entities behind a navigation property; a single one is a list of at most one."""
        if navigation == "RunSteps":
            return self._run_steps(entity)
        if navigation in ("MessageProcessingLog", "Log"):
            return [self._logs.rows[_parent_index(entity["Id"]) or 0]]
        index = self._logs.ordinals[entity["MessageGuid"]]
        rng = random.Random(f"{self._seed}/{index}/{navigation}")
        return self._makers[navigation](index, rng)

    @staticmethod
    def content(type_name: str, entity: Entity) -> tuple[str, bytes]:
        """Content type and bytes of a media entity's $value (contract §5.5)."""
        if type_name == "MessageProcessingLogErrorInformation":
            return "text/plain;charset=utf-8", entity["_text"].encode()
        return entity.get("ContentType") or "application/xml", entity["_content"]

    def _children(self, navigation: str) -> Callable[[Entity], list[Entity]]:
        return lambda log: self.related(log, navigation)

    def _store_attachments(self, log: Entity) -> list[Entity]:
        return message_store.attachments_of(self.related(log, "MessageStoreEntries"))

    def _all_steps(self, log: Entity) -> list[Entity]:
        return [step for run in self.related(log, "Runs") for step in self._run_steps(run)]

    def _custom_headers(self, index: int, rng: random.Random) -> list[Entity]:
        names = ("SAP_OrderNumber", "Region", "Größe", "Customer's Reference")
        values = (f"45{rng.randrange(10**8):08d}", rng.choice(("EMEA", "APJ", "AMER")),
                  rng.choice(("klein", "groß")), rng.choice(("O'Neil & Sons", "<none>", "")))
        count = rng.choice((0, 1, 2, 4))
        return [{"Id": _child_uuid(rng, index, i), "Name": names[i], "Value": values[i]}
                for i in range(count)]

    def _adapter_attributes(self, index: int, rng: random.Random) -> list[Entity]:
        names = ("SAP_MplCorrelationId", "Receiver URL", "FileName")
        log = self._logs.rows[index]
        values = (log["CorrelationId"],
                  f"https://{log['IntegrationArtifact']['Id'].lower()}.example/in?x=1",
                  f"batch_{rng.randrange(10**6):06d}.xml")
        adapters = ("HTTP", "SFTP", "IDoc")
        return [{"Id": _child_uuid(rng, index, i), "AdapterId": rng.choice(adapters),
                 "AdapterMessageId": f"{rng.getrandbits(64):016x}", "Name": names[i],
                 "Value": values[i]} for i in range(rng.randrange(4))]

    def _error_information(self, index: int, rng: random.Random) -> list[Entity]:
        log = self._logs.rows[index]
        if log["Status"] not in _WITH_ERROR:
            return []
        host = f"{log['IntegrationArtifact']['Id'].lower()}.example"
        text = rng.choice(_ERRORS).format(host=host)
        return [{"MessageGuid": log["MessageGuid"], "Type": "text/plain",
                 "LastErrorModelStepId": f"CallActivity_{rng.randrange(1, 60)}", "_text": text}]

    def _attachments(self, index: int, rng: random.Random) -> list[Entity]:
        log, made = self._logs.rows[index], []
        for ordinal in range(rng.choices((0, 1, 2), (80, 15, 5))[0]):
            content = ("<?xml version='1.0' encoding='UTF-8'?>\n"
                       f"<payload log='{log['MessageGuid']}' part='{ordinal}'>"
                       f"Größe {rng.randrange(10**6)}</payload>\n").encode()
            made.append({
                "Id": f"sap-it-res:msg:c0ffee42:{_child_uuid(rng, index, ordinal)}",
                "MessageGuid": log["MessageGuid"], "TimeStamp": log["LogStart"],
                "Name": rng.choice(("Payload before mapping", "Request", "Rückmeldung & Log")),
                "ContentType": "application/xml", "PayloadSize": len(content), "_content": content})
        return made

    def _store_entries(self, index: int, rng: random.Random) -> list[Entity]:
        log = self._logs.rows[index]
        return [{"Id": f"sap-it-res:msg:c0ffee42:{_child_uuid(rng, index, 0x100 + ordinal)}",
                 "MessageGuid": log["MessageGuid"], "MessageStoreId": "MessageStore_1",
                 "TimeStamp": log["LogStart"],
                 "HasAttachments": message_store.has_attachments(index),
                 "_content": f"<stored>{log['MessageGuid']}</stored>\n".encode()}
                for ordinal in range(rng.choices((0, 1), (90, 10))[0])]

    def _runs(self, index: int, rng: random.Random) -> list[Entity]:
        log = self._logs.rows[index]
        count = 2 if log["Status"] in ("RETRY", "ESCALATED") else 1
        return [{"Id": _child_uuid(rng, index, ordinal), "RunStart": log["LogStart"],
                 "RunStop": log["LogEnd"], "LogLevel": log["LogLevel"],
                 "OverallState": log["Status"], "ProcessId": f"{rng.getrandbits(160):040x}"}
                for ordinal in range(count)]

    def _run_steps(self, run: Entity) -> list[Entity]:
        rng = random.Random(f"{self._seed}/{run['Id']}")
        failed, made, clock = run["OverallState"] in _WITH_ERROR, [], run["RunStart"]
        steps = _STEPS[:rng.randrange(3, len(_STEPS))] if failed else _STEPS
        for number, activity in enumerate(steps):
            stop = clock + timedelta(milliseconds=rng.randrange(1, 400))
            broke = failed and number == len(steps) - 1
            made.append({
                "RunId": run["Id"], "ChildCount": number, "StepStart": clock, "StepStop": stop,
                "StepId": f"Step_{number}", "ModelStepId": f"CallActivity_{number}",
                "BranchId": None, "Status": "FAILED" if broke else "COMPLETED",
                "Error": "see ErrorInformation" if broke else None, "Activity": activity})
            clock = stop
        return made


