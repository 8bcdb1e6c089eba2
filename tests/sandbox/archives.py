"""Zip files of packages and integration flows (contract §5.5, §7.2)."""

from __future__ import annotations

import io
import zipfile
from typing import Any, Iterable, Optional

Entity = dict[str, Any]

_MANIFEST = "META-INF/MANIFEST.MF"
PARAMETERS = "src/main/resources/parameters.prop"  # KEY=VALUE, a line each
BLANK = "\\ "  # in a key
_LONG_AGO = (2026, 1, 1, 0, 0, 0)  # so that equal content gives equal bytes


def _zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
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
    return _zipped([
        (_MANIFEST, manifest.encode()), (PARAMETERS, parameters.encode()),
        (f"src/main/resources/scenarioflows/integrationflow/{flow['Id']}.iflw", model.encode())])


def package_archive(artifacts: Iterable[Entity]) -> bytes:
    """The zip of a package: the zips of its artifacts."""
    return _zipped((f"{one['Id']}_content", artifact_archive(one)) for one in artifacts)


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
