"""POST, PUT, PATCH and DELETE on the writable sets (contract §6.2, §7)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, Optional

import rules
from edm import (BINARY, BOOLEAN, DATETIME, DATETIMEOFFSET, INT32, INT64, STRING, EntityType,
                 Writes)
from odata_query import split_query
from paths import SERVICE_ROOT, Request, Segment, parse_key
from refusal import NOT_FOUND, Refused
from render import (JSON_TYPE, Response, View, atom_entry, entity_path, json_entity,
                    json_response)
from rules import Change
from store import Store

Entity = dict[str, Any]


def write(store: Store, entity_type: EntityType, segments: list[Segment],
          request: Request) -> Response:
    """The answer to anything but a GET of an entity set, an entity or what is below."""
    writes = entity_type.writes
    request.needs(*(writes.roles if writes else (entity_type.role,)))
    statuses = writes.statuses if writes else {}
    with_key = segments[0].key is not None
    if request.method not in statuses or with_key == (request.method == "POST") or segments[1:]:
        if request.method == "PATCH" or "$links" in (s.name for s in segments):
            raise Refused(501, "Not implemented.")
        raise Refused(405, "Method not allowed.")
    assert writes is not None
    options = dict(split_query(request.query))
    with store.lock:
        if request.method == "POST":
            return _create(store, entity_type, writes, request, options)
        key = parse_key(entity_type, segments[0].key or "")
        before = store.find(entity_type, key)
        if before is None and request.method == "DELETE" and writes.gone != 404:
            return Response(writes.gone)
        if before is None:
            raise Refused(writes.missing if request.method == "PUT" else 404, NOT_FOUND)
        if request.method == "DELETE":
            rules.remove(store, entity_type, before, options, request.scene)
        else:
            _update(store, entity_type, before, request, options)
        store.changed()
    return Response(statuses[request.method])


def _create(store: Store, entity_type: EntityType, writes: Writes, request: Request,
            options: dict[str, str]) -> Response:
    sent, deep = body_of(entity_type, request)
    row = {**dict.fromkeys(entity_type.properties), **_kept(writes, sent)}
    change = Change(store, entity_type, options.get("user") or request.user, sent, deep, row,
                    scene=request.scene, options=options)
    rules.check(change)
    table = store.tables[entity_type.name]
    if table.find({key: row[key] for key in entity_type.keys}) and not writes.upsert:
        raise Refused(writes.taken, "An entity with this key exists already.")
    table.put(row)
    rules.created(change)
    store.changed()
    if not writes.echo:
        return Response(writes.statuses["POST"])
    return _created(store, entity_type, row, writes.statuses["POST"], request)


def _update(store: Store, entity_type: EntityType, before: Entity, request: Request,
            options: dict[str, str]) -> None:
    """PUT replaces: what is left out is reset (contract §6.2). PATCH does not."""
    writes = entity_type.writes
    assert writes is not None
    sent, deep = body_of(entity_type, request)
    stays = {*entity_type.keys, *writes.set_by_server}
    secrets = {f"_{name}" for name in writes.never_read}
    base = {name: value for name, value in before.items()
            if request.method == "PATCH" or name in stays
            or (name.startswith("_") and name not in secrets)}
    row = {**dict.fromkeys(entity_type.properties), **base,
           **{name: value for name, value in _kept(writes, sent).items()
              if name not in entity_type.keys}}
    change = Change(store, entity_type, options.get("user") or request.user, sent, deep, row,
                    before, request.scene, options)
    rules.check(change)
    table = store.tables[entity_type.name]
    table.remove(before)
    table.put(row)


def _kept(writes: Writes, sent: Entity) -> Entity:
    """What is taken over of a body: secrets under a name that no answer shows."""
    return {f"_{name}" if name in writes.never_read else name: value
            for name, value in sent.items() if name not in writes.set_by_server}


def _created(store: Store, entity_type: EntityType, row: Entity, status: int,
             request: Request) -> Response:
    root = request.origin + SERVICE_ROOT
    view = View(root, store.related)
    if request.as_json:
        answer = json_response({"d": json_entity(entity_type, row, view)}, status)
    else:
        answer = atom_entry(entity_type, row, view)
        answer.status = status
    answer.headers["Location"] = f"{root}/{entity_path(entity_type, row)}"
    return answer


def body_of(entity_type: EntityType, request: Request) -> tuple[Entity, Entity]:
    """The properties of a JSON body, and the navigation properties in it."""
    if request.content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        raise Refused(415, f"The content type must be {JSON_TYPE}.")
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refused(400, "The request body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Refused(400, "The request body is not an entity.")
    value.pop("__metadata", None)
    deep = {name: value.pop(name) for name in entity_type.navigations if name in value}
    for name in value:
        if name not in entity_type.properties:
            raise Refused(400, f"Could not find property with name: '{name}'.")
    return {name: _value(name, entity_type.properties[name], sent)
            for name, sent in value.items()}, deep


def _value(name: str, kind: str, sent: Any) -> Any:
    """A property of a JSON body in the form of contract §5.3."""
    value = None if sent is None else _converted(kind, sent)
    if sent is not None and value is None:
        raise Refused(400, f"The value of '{name}' is not an {kind}.")
    return value


def _converted(kind: str, sent: Any) -> Optional[Any]:
    """None: of the wrong type."""
    if kind == INT64:
        return int(sent) if isinstance(sent, str) and re.fullmatch(r"-?\d{1,19}", sent) else None
    if kind in (DATETIME, DATETIMEOFFSET):
        return rules.parse_date(sent) if isinstance(sent, str) else None
    if kind == BINARY:
        return sent if isinstance(sent, str) and _is_base64(sent) else None
    expected = {STRING: str, BOOLEAN: bool, INT32: int}.get(kind, dict)
    return sent if type(sent) is expected else None  # pylint: disable=unidiomatic-typecheck


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True
