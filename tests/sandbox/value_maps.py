"""Changes of the content of value mappings (contract §7.2)."""

from __future__ import annotations

from typing import Any, Callable, Optional

from artifacts import check_changeable
from paths import Request
from refusal import NOT_FOUND, Refused
from render import Response
from sets_design import AGENCIES, VALUE_MAPPING, mapping, schemas_of
from store import Store

Entity = dict[str, Any]
Arguments = dict[str, str]


def _change(change: Callable[[Entity, Arguments, bool], Optional[Entity]]) -> Callable[
        [Store, Arguments, Request], Response]:
    """A function import that replaces a schema; it leaves a draft. 202 with an empty body."""
    def run(store: Store, arguments: Arguments, request: Request) -> Response:
        table = store.tables[VALUE_MAPPING]
        artifact = table.find({"Id": arguments["Id"], "Version": arguments["Version"]})
        schemas = schemas_of(artifact) if artifact else []
        at = next((n for n, schema in enumerate(schemas)
                   if all(schema[name] == arguments[name] for name in AGENCIES)), None)
        if artifact is None or at is None:
            raise Refused(404, NOT_FOUND)
        check_changeable(store, artifact, request.scene.get("locked"))
        observed = bool(request.scene.get("value_maps_observed"))
        made = change(schemas[at], arguments, observed)
        # without what render.py keeps of the one before
        schemas[at:at + 1] = [{k: v for k, v in made.items() if k != "_json"}] if made else []
        table.remove(artifact)
        table.put({**artifact, "Version": "Active", "_schemas": schemas})
        return Response(202)
    return run


def _configured(schema: Entity, arguments: Arguments) -> str:
    """The State after a call: what is configured once stays so."""
    if schema["State"] and arguments["IsConfigured"] != "true":
        raise Refused(400, "IsConfigured must be true for a configured schema.")
    return "Configured" if arguments["IsConfigured"] == "true" else ""


def _upsert(schema: Entity, arguments: Arguments, observed: bool) -> Entity:
    state = _configured(schema, arguments)
    mappings = [] if observed and state and not schema["State"] else list(schema["_maps"])
    source, target = arguments["SrcValue"], arguments["TgtValue"]
    if not source or not target:
        raise Refused(400, "SrcValue and TgtValue must not be empty.")
    changed = next((m for m in mappings if m["Id"] == arguments.get("ValMapId")), None)
    if changed is not None:
        mappings[mappings.index(changed)] = {
            **mapping(source, target, changed["_default"]), "Id": changed["Id"]}
        return {**schema, "State": state, "_maps": mappings}
    if "ValMapId" in arguments:
        raise Refused(404, NOT_FOUND)
    same = [m for m in mappings if m["Value"]["SrcValue"] == source]
    if observed:
        mappings = [{**m, "_default": m["_default"] and m not in same} for m in mappings]
    elif any(m["Value"]["TgtValue"] == target for m in same):
        return {**schema, "State": state, "_maps": mappings}
    mappings.append(mapping(source, target, observed or not same))
    return {**schema, "State": state, "_maps": mappings}


def _set_default(schema: Entity, arguments: Arguments, observed: bool) -> Entity:
    del observed
    state = _configured(schema, arguments)
    chosen = next((m for m in schema["_maps"] if m["Id"] == arguments["ValMapId"]), None)
    if chosen is None:
        raise Refused(404, NOT_FOUND)
    source = chosen["Value"]["SrcValue"]
    same = [m["Id"] for m in schema["_maps"] if m["Value"]["SrcValue"] == source]
    if len(same) < 2:
        raise Refused(400, "Not enough target instances to create default.")
    return {**schema, "State": state, "_maps": [
        {**m, "_default": m["Id"] == chosen["Id"]} if m["Id"] in same else m
        for m in schema["_maps"]]}


def _delete(schema: Entity, arguments: Arguments, observed: bool) -> Optional[Entity]:
    del arguments
    return schema if observed else None


CALLS = {"UpsertValMaps": _change(_upsert), "UpdateDefaultValMap": _change(_set_default),
         "DeleteValMaps": _change(_delete)}
