"""Log files, gzip, and the ZIPs of them (contract §7.6); their roles in Cloud Foundry are unknown."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import datetime, timedelta
from typing import Any, Iterator

from edm import DATETIMEOFFSET, INT64, NO_ROLE, STRING, EntityType
from refusal import Refused

Entity = dict[str, Any]

FILE, ARCHIVE = "LogFile", "LogFileArchive"
_TYPES = ("http", "trace")

ENTITY_TYPES = (
    EntityType(
        name=FILE, entity_set="LogFiles", keys=("Name", "Application"),
        properties={"Name": STRING, "Application": STRING, "LastModified": DATETIMEOFFSET,
                    "ContentType": STRING, "LogFileType": STRING, "NodeScope": STRING,
                    "Size": INT64},
        media=True, listable=True, in_service_document=True, role=NO_ROLE, content_role=NO_ROLE),
    EntityType(
        name=ARCHIVE, entity_set="LogFileArchives", keys=("Scope", "LogFileType", "NodeScope"),
        properties={"Scope": STRING, "LogFileType": STRING, "NodeScope": STRING,
                    "ContentType": STRING},
        media=True, listable=True, in_service_document=True, role=NO_ROLE, content_role=NO_ROLE),
)


def files(now: datetime) -> Iterator[Entity]:
    """Two of each type, a day apart."""
    for kind, name in (("http", "http_access_04766fd"), ("trace", "ljs_trace_cb4d1d0")):
        for day in (1, 0):
            changed = now - timedelta(days=day)
            content = gzip.compress(f"{kind} log, Größe {day}\n".encode(), mtime=0)
            yield {"Name": f"{name}_{changed:%Y-%m-%d}.log", "Application": "sandbox",
                   "LastModified": changed, "ContentType": "application/gzip",
                   "LogFileType": kind, "NodeScope": "worker", "Size": len(content),
                   "_content": content}


def archives() -> Iterator[Entity]:
    """Of each type all files, and the latest one."""
    for kind in _TYPES:
        for scope in ("all", "latest"):
            yield {"Scope": scope, "LogFileType": kind, "NodeScope": "worker",
                   "ContentType": "application/zip"}


def archive(entity: Entity, rows: list[Entity], after: str | None) -> bytes:
    """The ZIP of an entity; ModifiedAfter leaves out what is older."""
    found = [row for row in rows if row["LogFileType"] == entity["LogFileType"]]
    if entity["Scope"] == "latest":
        found = sorted(found, key=lambda row: str(row["LastModified"]))[-1:]
    if after is not None:
        try:
            limit = datetime.strptime(after, "%Y-%m-%dT%H:%M:%SZ")
        except ValueError:
            raise Refused(400, "ModifiedAfter is not yyyy-MM-dd'T'HH:mm:ss'Z'.") from None
        found = [row for row in found if row["LastModified"] > limit]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for row in found:
            made.writestr(row["Name"] + ".gz", row["_content"])
    return stream.getvalue()
