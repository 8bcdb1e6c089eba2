"""What hangs below an entry of the message store: attachments and properties (contract §7.4)."""

from __future__ import annotations

from typing import Any, Iterable

Entity = dict[str, Any]

_ORDINALS = 4  # last digits of an id: entries count up from 0100, attachments from 0200


def has_attachments(index: int) -> bool:
    """Whether the entries of this log have attachments: those of every other log do."""
    return index % 2 == 0


def properties(entry: Entity) -> list[Entity]:
    """The properties of an entry."""
    return [{"MessageId": entry["Id"], "Name": name, "Value": value}
            for name, value in (("SAP_Sender", "Köln"), ("O'Brien's", "<1 & 2>"), ("Empty", ""))]


def attachments(entry: Entity) -> list[Entity]:
    """The attachments of an entry."""
    if not entry["HasAttachments"]:
        return []
    head, own = entry["Id"][:-_ORDINALS], int(entry["Id"][-_ORDINALS:], 16)
    rows = (("invoice.pdf", "application/pdf", b"%PDF-1.4\n\x00\xff\n"),
            ("Größe.txt", "text/plain", "Größe\n".encode()))
    return [{"Id": f"{head}{own + 0x100 + number:04x}", "Name": name, "ContentType": kind,
             "_content": content} for number, (name, kind, content) in enumerate(rows)]


def attachment_properties(attachment: Entity) -> list[Entity]:
    """The properties of an attachment."""
    return [{"AttachmentId": attachment["Id"], "Name": "Content-ID",
             "Value": f"<{attachment['Name']}@sandbox>"}]


def attachments_of(entries: Iterable[Entity]) -> list[Entity]:
    """The attachments of several entries."""
    return [attachment for entry in entries for attachment in attachments(entry)]
