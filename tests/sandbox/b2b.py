"""Business documents of B2B scenarios (contract §7.7); their roles are not documented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Iterator

from edm import BOOLEAN, DATETIME, INT32, NO_ROLE, STRING, EntityType, Navigation

Entity = dict[str, Any]

DOCUMENT, PAYLOAD, INTERCHANGE = (
    "BusinessDocument", "BusinessDocumentPayload", "OrphanedInterchange")
TECHNICAL, FUNCTIONAL = "TechnicalAcknowledgement", "FunctionalAcknowledgement"
MEDIA = frozenset({PAYLOAD, TECHNICAL, FUNCTIONAL})
_SIDES = ("Sender", "Receiver")
_OF_SIDE = ("MessageType", "GroupControlNumber", "DocumentStandard", "InterchangeControlNumber",
            "MessageNumber", "TradingPartnerName", "SystemId", "AdapterType",
            "CommunicationPartnerName")
_AGREED = tuple(f"Agreed{side}Identifer{what}At{other}Side" for side in _SIDES
                for what in ("", "Qualifier") for other in _SIDES)
_TEXTS = ("TransactionDocumentType", "ProcessingStatus", "ReceiverFunctionalAckStatus",
          "ReceiverTechnicalAckStatus", "OverallStatus", "AgreementTypeName",
          "TransactionTypeName", "ArchivingStatus", "InterchangeName", "InterchangeDirection",
          "TransactionActivityType")
_TIMES = ("StartedAt", "EndedAt", "DocumentCreationTime", "TechnicalAckDueTime",
          "FunctionalAckDueTime")
_KINDS = ("PayloadContainerContentType", "PayloadContentType")

ENTITY_TYPES = (
    EntityType(
        name=DOCUMENT, entity_set="BusinessDocuments", keys=("Id",),
        properties={"Id": STRING,
                    **{f"{side}{name}": STRING for side in _SIDES for name in _OF_SIDE},
                    **dict.fromkeys((*_AGREED, *_TEXTS), STRING), **dict.fromkeys(_TIMES, DATETIME),
                    **dict.fromkeys(("Bulk", "ResendAllowed", "RetryAllowed"), BOOLEAN)},
        navigations={"BusinessDocumentPayloads": Navigation(PAYLOAD, True),
                     "LastErrorDetails": Navigation("ErrorDetail", False),
                     **{f"{side}{kind}": Navigation(kind, False)
                        for side in _SIDES for kind in (TECHNICAL, FUNCTIONAL)}},
        listable=True, role=NO_ROLE),
    EntityType(
        name=PAYLOAD, entity_set="BusinessDocumentPayloads", keys=("Id",),
        properties={"Id": STRING, "ProcessingState": STRING, "Direction": STRING,
                    "PayloadId": STRING, **dict.fromkeys(_KINDS, STRING),
                    "ArchivingRelevant": BOOLEAN},
        media=True, role=NO_ROLE, content_role=NO_ROLE),
    EntityType(
        name=TECHNICAL, entity_set="TechnicalAcknowledgements", keys=("Id",),
        properties={"Id": STRING, "Type": STRING, "Direction": STRING, "PayloadId": STRING,
                    "Status": STRING, **dict.fromkeys(_KINDS, STRING)},
        media=True, role=NO_ROLE, content_role=NO_ROLE),
    EntityType(
        name=FUNCTIONAL, entity_set="FunctionalAcknowledgements", keys=("Id",),
        properties={"Id": STRING, "PayloadId": STRING, **dict.fromkeys(_KINDS, STRING),
                    "DocumentId": STRING, "MessageType": STRING, "DocumentStandard": STRING,
                    "Direction": STRING, "Status": STRING, "TransmissionStatus": STRING,
                    "TransmissionErrorInformation": STRING, "TransmissionHttpCode": INT32},
        media=True, role=NO_ROLE, content_role=NO_ROLE),
    EntityType(
        name=INTERCHANGE, entity_set="OrphanedInterchanges", keys=("Id",),
        properties={"Id": STRING, "AdapterType": STRING, "Date": DATETIME},
        navigations={"ErrorDetails": Navigation("ErrorDetail", False)},
        listable=True, role=NO_ROLE),
    EntityType(
        name="ErrorDetail", entity_set="ErrorDetails", keys=("Id",),
        properties={"Id": STRING, "ErrorInformation": STRING, "ErrorCategory": STRING,
                    "IsTransientError": BOOLEAN}, addressable=False, role=NO_ROLE),
)


def tables(now: datetime) -> dict[str, Iterator[Entity]]:
    """Three documents, one of them failed; an interchange of none."""
    return {DOCUMENT: _documents(now), PAYLOAD: _payloads(), TECHNICAL: _technical(),
            FUNCTIONAL: _functional(), INTERCHANGE: iter([
                {"Id": "e8f90a1b", "AdapterType": "AS2", "Date": now}])}


def _documents(now: datetime) -> Iterator[Entity]:
    for number, (name, status, sender) in enumerate((
            ("4f0a1c2e9b7d", "COMPLETED", "Acme GmbH"), ("4f0a1c2e9b7e", "FAILED", "Acme GmbH"),
            ("4f0a1c2e9b7f", "COMPLETED", "O'Brien & Söhne"))):
        made = now - timedelta(hours=number)
        yield {"Id": name, "OverallStatus": status, "ProcessingStatus": status,
               "SenderTradingPartnerName": sender, "ReceiverTradingPartnerName": "Sandbox SE",
               "SenderDocumentStandard": "UN-EDIFACT", "SenderMessageType": "ORDERS",
               "TransactionTypeName": "Order", "DocumentCreationTime": made, "StartedAt": made,
               "EndedAt": made + timedelta(seconds=2), "Bulk": False, "ResendAllowed": True,
               "RetryAllowed": status == "FAILED"}


def _payloads() -> Iterator[Entity]:
    for name, direction in (("7c31d0aa", "INBOUND"), ("7c31d0ab", "OUTBOUND")):
        yield {"Id": name, "ProcessingState": "PROCESSED", "Direction": direction,
               "PayloadId": name, "PayloadContentType": "application/edifact",
               "ArchivingRelevant": True, "_document": "4f0a1c2e9b7d",
               "_content": f"UNA:+.? 'UNB+{direction}+Größe'".encode()}


def _technical() -> Iterator[Entity]:
    yield {"Id": "a90be1f2", "Type": "MDN", "Direction": "OUTBOUND", "Status": "SENT",
           "PayloadContentType": "text/plain", "_document": "4f0a1c2e9b7d", "_side": "Sender",
           "_content": b"processed\n"}


def _functional() -> Iterator[Entity]:
    yield {"Id": "c5d6e7f8", "MessageType": "CONTRL", "Direction": "OUTBOUND", "Status": "SENT",
           "PayloadContentType": "application/edifact", "TransmissionHttpCode": 200,
           "_document": "4f0a1c2e9b7d", "_side": "Sender", "_content": b"UNH+1+CONTRL'"}


def below(document: Entity, rows: list[Entity], side: str = "") -> list[Entity]:
    """Those of the rows that are of a document, and of a side of it."""
    return [row for row in rows
            if row["_document"] == document["Id"] and row.get("_side", "") == side]


def last_error(document: Entity) -> list[Entity]:
    """LastErrorDetails: of a document that failed."""
    return [] if document["OverallStatus"] != "FAILED" else [{
        "Id": f"error-{document['Id']}", "ErrorInformation": "Größe fehlt",
        "ErrorCategory": "MESSAGE_VALIDATION", "IsTransientError": False}]


def error_of_interchange(interchange: Entity) -> list[Entity]:
    """ErrorDetails: why there is no document."""
    return [{"Id": f"error-{interchange['Id']}", "ErrorInformation": "unknown sender",
             "ErrorCategory": "MESSAGE_DECRYPTION", "IsTransientError": True}]
