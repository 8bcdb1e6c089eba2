"""Pages of message processing logs as a tenant sends them, written once for nginx to serve.

Entry number i ended i seconds after BEGIN. Two chains of pages hold the same entries:

    all-<k>.json       the whole set, each page with a link to the next
    s-<time>.json      the same as an export asks for it: the page of a slice that begins at
                       <time>; the last one of a slice has no link
    one.json           the first entry alone
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Optional

BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
PAGE = 1000  # entries; contract §5.4
PAGES_A_SLICE = 4
# A page of a slice begins with the last second of the one before, as it was asked for.
STEP = PAGE - 1
SLICE_SECONDS = STEP * (PAGES_A_SLICE - 1) + PAGE
SET = "MessageProcessingLogs"
NAVIGATIONS = ("CustomHeaderProperties", "MessageStoreEntries", "ErrorInformation",
               "AdapterAttributes", "Attachments", "Runs")


@dataclass(frozen=True)
class Pages:
    """Where the pages are and how many entries they hold."""

    folder: Path
    root: str  # "https://localhost:PORT/api/v1"
    entries: int

    @property
    def bytes(self) -> int:
        """Size of one chain."""
        return sum(path.stat().st_size for path in self.folder.glob("all-*.json"))

    def urls(self) -> list[str]:
        """Every page of the whole set."""
        return [f"{self.root}/{SET}?$skiptoken=all-{k}" for k in range(_pages(self.entries))]

    def entries_from(self, url: str) -> int:
        """How many entries follow when reading begins with that page."""
        return self.entries - self.urls().index(url) * PAGE


def _pages(entries: int) -> int:
    return -(-entries // PAGE)


def whole_slices(entries: int) -> int:
    """The next number that fills its last slice."""
    return -(-entries // SLICE_SECONDS) * SLICE_SECONDS


def _guid(number: int) -> str:
    return f"AGAS1{number:08x}bench0123456789Ab"


def _entry(number: int, root: str) -> str:
    """One entry of about 1.9 KB, with all that a tenant sends (contract §5.2)."""
    end = BEGIN + timedelta(seconds=number)
    milliseconds = int(end.timestamp() * 1000)
    uri = f"{root}/{SET}('{_guid(number)}')"
    name = f"com.example.orders.flow_{number % 40:02d}"
    entry = {
        "__metadata": {"id": uri, "uri": uri, "type": "com.sap.hci.api.MessageProcessingLog"},
        "MessageGuid": _guid(number),
        "CorrelationId": _guid(number * 7 % 999983),
        "ApplicationMessageId": f"order-{number:010d}",
        "ApplicationMessageType": None,
        "LogStart": f"/Date({milliseconds - 1250})/",
        "LogEnd": f"/Date({milliseconds})/",
        "Sender": "ERP_\u00dcBERSEE", "Receiver": "WAREHOUSE",
        "IntegrationFlowName": name,
        "Status": "COMPLETED" if number % 17 else "FAILED",
        "LogLevel": "INFO",
        "CustomStatus": "COMPLETED" if number % 17 else "FAILED",
        "ArchivingStatus": "NOT_RELEVANT",
        "ArchivingSenderChannelMessages": False, "ArchivingReceiverChannelMessages": False,
        "ArchivingLogAttachments": False, "ArchivingPersistedMessages": False,
        "IntegrationArtifact": {
            "__metadata": {"type": "com.sap.hci.api.IntegrationArtifact"},
            "Id": name, "Name": f"Orders to the \"{number % 40:02d}\" warehouse",
            "Type": "INTEGRATION_FLOW", "PackageId": "ComExampleOrders",
            "PackageName": "Orders of the example company"},
        **{name: {"__deferred": {"uri": f"{uri}/{name}"}} for name in NAVIGATIONS},
    }
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def _stamp(number: int) -> str:
    return (BEGIN + timedelta(seconds=number)).strftime("%Y%m%dT%H%M%S")


def _write(path: Path, entries: str, following: Optional[str], root: str) -> None:
    link = f',"__next":"{root}/{SET}?$skiptoken={following}"' if following else ""
    path.write_text(f'{{"d":{{"results":[{entries}]{link}}}}}', encoding="utf-8")


def _text(start: int, entries: int, root: str) -> str:
    """The entries of one page."""
    return ",".join(_entry(number, root) for number in range(start, min(start + PAGE, entries)))


def make(folder: Path, root: str, entries: int) -> Pages:
    """Writes the pages; @p entries is a multiple of a slice."""
    if entries % SLICE_SECONDS:
        raise ValueError(f"the number of entries must be a multiple of {SLICE_SECONDS}")
    count = _pages(entries)
    for page in range(count):
        _write(folder / f"all-{page}.json", _text(page * PAGE, entries, root),
               f"all-{page + 1}" if page + 1 < count else None, root)
    for first in range(0, entries, SLICE_SECONDS):
        for page in range(PAGES_A_SLICE):
            start, ends = first + page * STEP, page + 1 == PAGES_A_SLICE
            _write(folder / f"s-{_stamp(start)}.json", _text(start, entries, root),
                   None if ends else f"s-{_stamp(start + STEP)}", root)
    _write(folder / "one.json", _entry(0, root), None, root)
    return Pages(folder, root, entries)
