"""Writing the files in artifacts one by one (contract §7.2)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, Callable

from archives import zipped
from artifact_files import FOLDERS, entries_of, files_of, place_of
from artifacts import check_changeable, touch
from edm import EntityType
from model import ENTITY_TYPES
from odata_query import split_query
from paths import SERVICE_ROOT, Request, Segment, parse_key
from refusal import NOT_FOUND, Refused
from render import JSON_TYPE, Response, View, json_entity, json_response
from sets_artifacts import TYPE_NAMES
from store import Store

Entity = dict[str, Any]

_EDIT = "WorkspacePackagesEdit"
_NAME = re.compile(r"[^/\\\x00-\x1f]+")


# --- writes ------------------------------------------------------------------------------------

def is_file_write(segments: list[Segment], request: Request) -> bool:
    """POST to an artifact's Resources, or PUT and DELETE of one in its $links."""
    names = [segment.name for segment in segments]
    if names[0].removesuffix("s") not in TYPE_NAMES or segments[0].key is None:
        return False
    if request.method == "POST":
        return names[1:] == ["Resources"] and segments[1].key is None
    return names[1:] == ["$links", "Resources"] and segments[2].key is not None


def write_file(store: Store, entity_type: EntityType, segments: list[Segment],
               request: Request) -> Response:
    """201 with the entity, 202 or 200 with nothing; the artifact is a draft then."""
    request.needs(_EDIT)
    if not TYPE_NAMES[entity_type.name].takes_files:
        raise Refused(405, "Method not allowed.")
    write = _WRITES.get(request.method)
    if write is None:
        raise Refused(405, "Method not allowed.")
    with store.lock:
        table = store.tables[entity_type.name]
        artifact = table.find(parse_key(entity_type, segments[0].key or ""))
        if artifact is None:
            raise Refused(404, NOT_FOUND)
        check_changeable(store, artifact, request.scene.get("locked"))
        files = entries_of(artifact)
        answer = write(artifact, files, segments, request)
        table.remove(artifact)
        artifact = {**artifact, "Version": "Active", "_content": zipped(files.items())}
        touch(store, artifact, request.user)
        table.put(artifact)
        store.changed()
    return answer


def _sent(request: Request) -> Entity:
    if request.content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        raise Refused(415, f"The content type must be {JSON_TYPE}.")
    try:
        body = json.loads(request.body)
        content = base64.b64decode(body["ResourceContent"], validate=True)
    except (ValueError, RecursionError, KeyError, TypeError, binascii.Error):
        raise Refused(400, "ResourceContent is no base64.") from None
    return {**body, "_content": content}


def _add(artifact: Entity, files: dict[str, bytes], _: list[Segment],
         request: Request) -> Response:
    body = _sent(request)
    name, kind = body.get("Name"), body.get("ResourceType")
    referenced = body.get("ReferencedResourceType")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or kind not in FOLDERS:
        raise Refused(400, "Name and ResourceType are mandatory.")
    if referenced is not None and (kind, referenced) != ("xsd", "wsdl"):
        raise Refused(400, "ReferencedResourceType is not known for this ResourceType.")
    place = place_of(name, kind, referenced)
    if place in files:
        raise Refused(400, "A resource with this name exists already.")
    files[place] = body["_content"]
    made = next(row for row in files_of({**artifact, "_content": zipped(files.items())})
                if place_of(row["Name"], row["ResourceType"],
                          row["ReferencedResourceType"]) == place)
    view = View(request.origin + SERVICE_ROOT, lambda *_: [])
    return json_response({"d": json_entity(ENTITY_TYPES["Resource"], made, view)}, 201)


def _named(files: dict[str, bytes], segments: list[Segment], request: Request) -> str:
    """The path in the zip of the file that a key names."""
    key = parse_key(ENTITY_TYPES["Resource"], segments[2].key or "")
    referenced = dict(split_query(request.query)).get("ReferencedResourceType")
    if key["ResourceType"] not in FOLDERS or referenced not in (None, "wsdl"):
        raise Refused(404, NOT_FOUND)
    place = place_of(key["Name"], key["ResourceType"], referenced)
    if place not in files:
        raise Refused(404, NOT_FOUND)
    return place


def _replace(_: Entity, files: dict[str, bytes], segments: list[Segment],
             request: Request) -> Response:
    files[_named(files, segments, request)] = _sent(request)["_content"]
    return Response(202)


def _remove(_: Entity, files: dict[str, bytes], segments: list[Segment],
            request: Request) -> Response:
    del files[_named(files, segments, request)]
    return Response(200)


_WRITES: dict[str, Callable[[Entity, dict[str, bytes], list[Segment], Request], Response]] = {
    "POST": _add, "PUT": _replace, "DELETE": _remove}
