"""What artifacts have beside their rows: parameters, and what keeps them (contract §7.2)."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any, Optional

from archives import BLANK, PARAMETERS
from edm import STRING, EntityType, epoch_ms
from paths import Request, Segment, parse_key
from refusal import NOT_FOUND, Refused
from render import JSON_TYPE, Response
from sets_artifacts import ADAPTER, TYPE_NAMES
from store import Store

Entity = dict[str, Any]

_ROLE = "WorkspacePackagesConfigure"


def is_artifact(type_name: str) -> bool:
    """Whether the rows of this entity type are artifacts."""
    return type_name in TYPE_NAMES or type_name == ADAPTER


def parameters_in(archive: bytes, before: Optional[Entity]) -> dict[str, Entity]:
    """The externalised parameters that an uploaded flow brings; known ones keep their types."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            lines = opened.read(PARAMETERS).decode("utf-8", "replace").splitlines()
    except (zipfile.BadZipFile, KeyError):
        return {}
    known = (before or {}).get("_parameters", {})
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {key: parameter(key, value, known.get(key, {}).get("DataType", "xsd:string"))
            for key, value in ((key.replace(BLANK, " "), value) for key, _, value in pairs)}


def parameter(key: str, value: str, data_type: str) -> Entity:
    """A row of Configurations."""
    return {"ParameterKey": key, "ParameterValue": value, "DataType": data_type,
            "Description": None}


def check_changeable(store: Store, artifact: Entity, locked: Optional[str]) -> None:
    """400 where a package can only be configured, or somebody has the artifact in the editor."""
    package = store.tables["IntegrationPackage"].find({"Id": artifact["PackageId"]})
    if package is not None and package["Mode"] == "READ_ONLY":
        raise Refused(400, "The package is in configure-only mode.")
    check_lock(artifact, locked)


def check_lock(artifact: Entity, locked: Optional[str]) -> None:
    """400 where somebody has the artifact in the editor."""
    if locked == artifact["Id"]:
        raise Refused(400, f"The artifact {locked} is locked by another user.")


# --- dates -------------------------------------------------------------------------------------

_DATES = ("CreatedBy", "CreatedAt", "ModifiedBy", "ModifiedAt")


def touch(store: Store, artifact: Entity, user: str) -> None:
    """Notes who changed an artifact just now, never twice at the same time."""
    before = artifact.get("_dates", {})
    now = max(epoch_ms(store.now()), int(before.get("ModifiedAt", "0")) + 1)
    artifact["_dates"] = {"CreatedBy": user, "CreatedAt": str(now), **before,
                          "ModifiedBy": user, "ModifiedAt": str(now)}


def dated(entity_type: EntityType, found: list[Entity]) -> tuple[EntityType, list[Entity]]:
    """What a list of artifacts is where it tells dates (switch artifact_dates)."""
    seed = dict(zip(_DATES, ("seed", "1767225600000") * 2))
    return (replace(entity_type, properties={**entity_type.properties,
                                             **dict.fromkeys(_DATES, STRING)}),
            [{**one, **one.get("_dates", seed)} for one in found])


# --- parameters --------------------------------------------------------------------------------

def is_parameter(segments: list[Segment]) -> bool:
    """Whether a path leads to .../$links/Configurations('key')."""
    return [s.name for s in segments[1:]] == ["$links", "Configurations"]


def configure(store: Store, segments: list[Segment], request: Request) -> Response:
    """PUT of a parameter's value: 202 with an empty body."""
    request.needs(_ROLE)
    if request.method != "PUT":
        raise Refused(405, "Method not allowed.")
    flows = store.tables["IntegrationDesigntimeArtifact"]
    with store.lock:
        flow = flows.find(parse_key(flows.entity_type, segments[0].key or ""))
        key = _parameter_key(segments[2])
        parameters = flow.get("_parameters", {}) if flow else {}
        if flow is None or key not in parameters:
            raise Refused(404, NOT_FOUND)
        before = parameters[key]
        changed = parameter(key, _sent_value(request, before["DataType"]), before["DataType"])
        flow = {**flow, "_parameters": {**parameters, key: changed}}
        touch(store, flow, request.user)
        flows.put(flow)
        store.changed()
    return Response(202)


def _parameter_key(segment: Segment) -> str:
    text = segment.key or ""
    if len(text) < 2 or text[0] != "'" or text[-1] != "'":
        raise Refused(400, "Malformed key predicate.")
    return text[1:-1].replace("''", "'")


def _sent_value(request: Request, data_type: str) -> str:
    if request.content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        raise Refused(415, f"The content type must be {JSON_TYPE}.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refused(400, "The request body is not valid JSON.") from None
    if not isinstance(body, dict) or not isinstance(body.get("ParameterValue"), str):
        raise Refused(400, "ParameterValue is mandatory.")
    if body.get("DataType") != data_type:
        raise Refused(400, "DataType is not that of the parameter.")
    value: str = body["ParameterValue"]
    if data_type == "xsd:integer" and not value.lstrip("-").isdigit():
        raise Refused(400, "ParameterValue is no integer.")
    return value
