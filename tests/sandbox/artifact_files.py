"""The files in artifacts, which are entries of their zips (contract §7.2)."""

from __future__ import annotations

import io
import zipfile
from typing import Any, Optional

from archives import artifact_archive

Entity = dict[str, Any]

_ROOT = "src/main/resources/"
FOLDERS = {"edmx": "edmx", "groovy": "script", "jar": "lib", "js": "script", "mmap": "mapping",
            "opmap": "mapping", "wsdl": "wsdl", "xsd": "xsd", "xslt": "mapping"}


def entries_of(artifact: Entity) -> dict[str, bytes]:
    """All entries of the zip of an artifact."""
    with zipfile.ZipFile(io.BytesIO(artifact_archive(artifact))) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def place_of(name: str, kind: str, referenced: Optional[str]) -> str:
    """Where a file is: an XSD that belongs to a WSDL is beside it."""
    ending = "" if name.lower().endswith(f".{kind}") else f".{kind}"
    return f"{_ROOT}{FOLDERS[referenced or kind]}/{name}{ending}"


def files_of(artifact: Entity) -> list[Entity]:
    """The files of an artifact."""
    found = []
    for path, content in entries_of(artifact).items():
        folder, _, name = path.removeprefix(_ROOT).rpartition("/")
        kind = name.rpartition(".")[2].lower()
        referenced = "wsdl" if (folder, kind) == ("wsdl", "xsd") else None
        if path.startswith(_ROOT) and FOLDERS.get(referenced or kind) == folder:
            found.append({"Name": name, "ResourceType": kind,
                          "ReferencedResourceType": referenced, "ResourceContent": None,
                          "ResourceSize": len(content), "ResourceSizeUnit": "B",
                          "_content": content, "_package": artifact["PackageId"]})
    return found


def narrowed(found: list[Entity], referenced: Optional[str]) -> list[Entity]:
    """Those that the option ReferencedResourceType leaves."""
    return [row for row in found if row["ReferencedResourceType"] == referenced]
