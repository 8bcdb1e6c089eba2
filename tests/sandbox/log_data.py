"""Seeded log entries (contract §7.1): the same seed gives the same bytes."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from edm import epoch_ms

Entity = dict[str, Any]

_DAYS = 30  # monitoring data is kept for 30 days (contract §9)
_GUID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

# artifact id, name, package id, package name, sender, receiver, message type
FLOWS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("Replicate_Employee_Central", "Replicate Employee Central", "HRReplication",
     "HR Replication", "SuccessFactors", "S4HANA_Cloud", "EmployeeMasterData"),
    ("Employee_Photo_Sync", "Employee's Photo Sync", "HRReplication", "HR Replication",
     "SuccessFactors", "O'Brien Archive", "Photo"),
    ("Kuendigungen_Lohn", "Übertragung Kündigungen – Lohn", "Personalwesen_DE",
     "Personalwesen für Deutschland", "SuccessFactors", "Lohnbüro Köln", "Kündigung"),
    ("Order_Express", 'Order "Express" Sync', "OrderToCash", "Order to Cash", "Shopify",
     "S4HANA_Cloud", "SalesOrderCreate"),
    ("Orders_EMEA_APJ", "Orders <EMEA> & APJ", "OrderToCash", "Order to Cash", "Ariba",
     "S4HANA_OnPrem", "ORDERS05"),
    ("Invoice_Peppol", "Invoice to Peppol", "eInvoicing", "Document & Reporting Compliance",
     "S4HANA_Cloud", "Peppol_AP", "Invoice"),
    ("Nihon_Seikyusho", "請求書の送信", "eInvoicing", "Document & Reporting Compliance",
     "S4HANA_Cloud", "株式会社サンプル", "請求書"),
    ("Bank_Statement_MT940", "Bank Statement MT940", "Treasury", "Treasury", "SFTP_Bank",
     "S4HANA_OnPrem", "FINSTA01"),
    ("Payment_Factory", "Payment Factory pain.001", "Treasury", "Treasury", "S4HANA_OnPrem",
     "Banque Générale", "pain.001.001.09"),
    ("Material_Master_Fanout", "Material Master Fan-out", "MasterData", "Master Data",
     "MDG", "PLM", "MATMAS05"),
    ("Business_Partner_Sync", "Business Partner Sync", "MasterData", "Master Data",
     "S4HANA_Cloud", "Salesforce", "BusinessPartnerBulk"),
    ("IoT_Telemetry_Batch", "IoT Telemetry Batch", "Plant40", "Plant 4.0", "MQTT_Gateway",
     "DataLake", ""),
)

STATUSES = ("COMPLETED", "FAILED", "RETRY", "PROCESSING", "ESCALATED", "DISCARDED", "CANCELLED",
            "ABANDONED")
_STATUS_WEIGHTS = (8400, 900, 250, 150, 120, 80, 60, 40)


def _message_guid(rng: random.Random) -> str:
    return "AG" + "".join(rng.choices(_GUID_LETTERS, k=26))


def make_logs(entries: int, seed: int, now: datetime) -> list[Entity]:
    """Log entries in an order that is stable but sorted by nothing (contract §10.9)."""
    rng = random.Random(seed)
    span_ms = _DAYS * 86_400_000
    starts = [now - timedelta(milliseconds=rng.randrange(span_ms)) for _ in range(entries)]
    statuses = rng.choices(STATUSES, _STATUS_WEIGHTS, k=entries)
    seen: set[str] = set()
    return [_make_log(rng, start, status, now, seen) for start, status in zip(starts, statuses)]


def late_logs(entries: int, seed: str, until: datetime, within_s: float, status: str,
              seen: set[str]) -> list[Entity]:
    """Log entries that ended one after the other in the seconds up to a moment."""
    rng = random.Random(seed)
    step = timedelta(seconds=within_s / entries)
    made = []
    for number in range(entries):
        end = until - (entries - 1 - number) * step
        end = end.replace(microsecond=end.microsecond // 1000 * 1000)
        log = _make_log(rng, end - timedelta(seconds=1), status, end, seen)
        made.append({**log, "LogEnd": end, "LastChangeTime": epoch_ms(end)})
    return made


def _make_log(rng: random.Random, start: datetime, status: str, now: datetime,
              seen: set[str]) -> Entity:
    guid = _message_guid(rng)
    while guid in seen:
        guid = _message_guid(rng)
    seen.add(guid)
    artifact_id, name, package_id, package, sender, receiver, message_type = rng.choice(FLOWS)
    end = None
    if status != "PROCESSING":
        end = min(start + timedelta(milliseconds=int(rng.lognormvariate(7, 1.4)) + 3), now)
    archived = rng.random() < 0.1
    return {
        "MessageGuid": guid,
        "CorrelationId": guid if rng.random() < 0.8 else _message_guid(rng),
        "ApplicationMessageId": rng.choice((None, "", f"{rng.getrandbits(64):016X}")),
        "ApplicationMessageType": message_type or None,
        "LogStart": start, "LogEnd": end,
        "Sender": sender if rng.random() < 0.9 else "",
        "Receiver": receiver if rng.random() < 0.9 else None,
        "IntegrationFlowName": name, "Status": status,
        "AlternateWebLink": "https://localhost/shell/monitoring/Messages/"
                            f"%7B%22identifier%22%3A%22{guid}%22%7D",
        "IntegrationArtifact": {"Id": artifact_id, "Name": name, "Type": "INTEGRATION_FLOW",
                                "PackageId": package_id, "PackageName": package},
        "LogLevel": rng.choices(("INFO", "NONE", "ERROR", "DEBUG", "TRACE"), (90, 2, 4, 2, 2))[0],
        "CustomStatus": rng.choices((status, "Order geprüft", "Partner's approval"),
                                    (90, 5, 5))[0],
        "ArchivingStatus": "ARCHIVED" if archived else "NOT_RELEVANT",
        "ArchivingSenderChannelMessages": archived, "ArchivingReceiverChannelMessages": archived,
        "ArchivingLogAttachments": archived, "ArchivingPersistedMessages": False,
        "TransactionId": f"{rng.getrandbits(128):032x}",
        "PreviousComponentName": "", "LocalComponentName": "CPI_sandbox",
        "OriginComponentName": "CPI_sandbox", "PredecessorMessageGuid": None,
        # above 2^53 now and then, so that readers which turn Int64 into double are found out
        "LastChangeTime": 9007199254740993 + rng.randrange(10**6) if rng.random() < 0.02
                          else epoch_ms(end or start),
    }
