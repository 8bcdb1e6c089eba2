"""Zip files of packages and integration flows (contract §5.5, §7.2)."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import datetime
from typing import Any, Iterable, Optional

Entity = dict[str, Any]

_MANIFEST = "META-INF/MANIFEST.MF"
PARAMETERS = "src/main/resources/parameters.prop"  # KEY=VALUE, a line each
BLANK = "\\ "  # in a key
PACKAGE_INDEX = "resources.cnt"  # of the zip of a package
_BY_SERVER = ("CreatedBy", "CreationDate", "ModifiedBy", "ModifiedDate", "Mode")
_LONG_AGO = (2026, 1, 1, 0, 0, 0)  # so that equal content gives equal bytes


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip with these entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content)
    return stream.getvalue()


def artifact_archive(flow: Entity) -> bytes:
    """The zip of an artifact: what was uploaded, or a small one."""
    uploaded: Optional[bytes] = flow.get("_content")
    if uploaded is not None:
        return uploaded
    manifest = (f"Manifest-Version: 1.0\r\nBundle-SymbolicName: {flow['Id']}\r\n"
                f"Bundle-Name: {flow['Name']}\r\n\r\n")
    model = f"<bpmn2:definitions id='{flow['Id']}'>Größe</bpmn2:definitions>\n"
    parameters = "".join(f"{key.replace(' ', BLANK)}={row['ParameterValue']}\n"
                         for key, row in flow.get("_parameters", {}).items())
    return zipped([
        (_MANIFEST, manifest.encode()), (PARAMETERS, parameters.encode()),
        (f"src/main/resources/scenarioflows/integrationflow/{flow['Id']}.iflw", model.encode()),
        *flow.get("_files", {}).items()])


def with_dates(archive: bytes, moment: datetime) -> bytes:
    """The same zip with the comments that java.util.Properties writes on top of its files."""
    comment = f"#\n#{moment:%a %b %d %H:%M:%S} UTC {moment:%Y}\n".encode()
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return zipped([(name, comment + opened.read(name) if name.endswith(".prop")
                        else opened.read(name)) for name in opened.namelist()])


def package_archive(package: Entity, artifacts: Iterable[tuple[str, Entity]]) -> bytes:
    """The zip of a package: an index, and the zips of its artifacts with their types."""
    found = list(artifacts)
    shown = {name: value for name, value in package.items()
             if name not in _BY_SERVER and not name.startswith("_")}
    index = {"package": shown, "artifacts": [
        {"type": kind, **{key: row[key] for key in ("Id", "Name", "Version", "Description")}}
        for kind, row in found]}
    text = base64.b64encode(json.dumps(index, ensure_ascii=False).encode())
    return zipped([(PACKAGE_INDEX, text),
                   *((f"{row['Id']}_content", artifact_archive(row)) for _, row in found)])


def symbolic_name(archive: bytes) -> Optional[str]:
    """Bundle-SymbolicName of an uploaded zip; None if there is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            text = opened.read(_MANIFEST).decode("utf-8", "replace").replace("\r\n", "\n")
    except (zipfile.BadZipFile, KeyError):
        return None
    for line in text.replace("\n ", "").splitlines():  # a blank continues a line
        name, _, value = line.partition(":")
        if name == "Bundle-SymbolicName":
            return value.partition(";")[0].strip()
    return None
