"""What adapters remember: the idempotent repository and MDI delta tokens (contract §7.1, §7.2).

The roles of these sets are not documented, so none is asked for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Iterator

from edm import INT64, NO_ROLE, STRING, EntityType, Writes, epoch_ms

Entity = dict[str, Any]

GENERIC, DEPRECATED, TOKEN = (
    "GenericIdempotentRepositoryEntry", "IdempotentRepositoryEntry", "MDIDeltaToken")
NOT_IN_PLAN = "API is not available as part of your SAP Integration Suite service plan."
BY_ENTRY = frozenset({GENERIC, DEPRECATED})  # whose list wants to know the entry

_TOLD = {"Source": STRING, "Entry": STRING, "Component": STRING}
_TIMES = {"CreationTime": INT64, "ExpirationTime": INT64}
# A DELETE succeeds whether or not there is something to delete
_DELETE = Writes({"DELETE": 204}, (NO_ROLE,), gone=204)
# source, entry, vendor, component
_ENTRIES = (("bank@sftp.example", "Inbox/orders.csv", "SAP", "SFTP"),
            ("bank@sftp.example", "Inbox/Größe's.csv", "SAP", "SFTP"),
            ("shop@sftp.example", "Inbox/orders.csv", "SAP", "SFTP"),
            ("cd31a1c0", "0050568c7d3a1edab3f2", "SAP", "XI"))

ENTITY_TYPES = (
    EntityType(
        name=GENERIC, entity_set="GenericIdempotentRepositoryEntries",
        keys=("HexVendor", "HexSource", "HexEntry", "HexComponent"),
        properties={"HexVendor": STRING, "HexSource": STRING, "HexEntry": STRING,
                    "HexComponent": STRING, **_TOLD, "Vendor": STRING, **_TIMES},
        listable=True, role=NO_ROLE, bad_hex=500, writes=_DELETE),
    EntityType(
        name=DEPRECATED, entity_set="IdempotentRepositoryEntries", keys=("HexSource", "HexEntry"),
        properties={"HexSource": STRING, "HexEntry": STRING, **_TOLD, **_TIMES},
        listable=True, role=NO_ROLE, bad_hex=500, writes=_DELETE),
    EntityType(
        name=TOKEN, entity_set="MDIDeltaToken", keys=("Operation", "Entity", "Version"),
        properties={"Operation": STRING, "Entity": STRING, "Version": STRING,
                    "DeltaToken": STRING, "LastUpdateTimestamp": STRING},
        role=NO_ROLE, writes=Writes({"DELETE": 200}, (NO_ROLE,))),
)


def entries(now: datetime) -> Iterator[Entity]:
    """What both sets of the idempotent repository have at the start."""
    created = epoch_ms(now) // 1000
    for values in _ENTRIES:
        row = dict(zip(("Source", "Entry", "Vendor", "Component"), values))
        yield {**row, **{f"Hex{name}": text.encode().hex().upper() for name, text in row.items()},
               "CreationTime": created, "ExpirationTime": created + 90 * 86400}


def deprecated(now: datetime) -> Iterator[Entity]:
    """The same without vendors."""
    for row in entries(now):
        yield {name: value for name, value in row.items()
               if name not in ("Vendor", "HexVendor", "HexComponent")}


def tokens() -> Iterator[Entity]:
    """Of one entity type."""
    yield {"Operation": "READ", "Entity": "sap.odm.businesspartner.BusinessPartner",
           "Version": "2.1.1", "DeltaToken": "H2311959211u3uAu5u2.1.1u1u7u1u0u79",
           "LastUpdateTimestamp": "2026-01-13 04:37:52:550 UTC"}
