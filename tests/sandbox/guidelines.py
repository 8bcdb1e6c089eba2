"""Runs of the design guidelines of flows, and what is skipped of them (contract §7.2)."""

from __future__ import annotations

import json
import uuid
from typing import Any

from edm import epoch_ms
from paths import Request, Segment, parse_key
from refusal import NOT_FOUND, Refused
from render import JSON_TYPE, Response
from sets_design import EDIT, ESSENTIAL, FLOW, RESULTS, RULES, SPELLINGS
from store import Store

Entity = dict[str, Any]
Arguments = dict[str, str]


def execute(store: Store, arguments: Arguments, request: Request) -> Response:
    """200 with the id of the execution as bare text."""
    del request
    table = store.tables[FLOW]
    flow = table.find({"Id": arguments["Id"], "Version": "active"})
    if flow is None:
        raise Refused(500, f"Unable to get Data: Request: {arguments['Id']} IFlow")
    if arguments["Version"].lower() not in ("active", flow["Version"].lower()):
        raise Refused(404, NOT_FOUND)
    execution = {"ExecutionId": uuid.uuid4().hex, "ArtifactVersion": flow["Version"],
                 "ExecutionStatus": "FAIL", "ExecutionTime": str(epoch_ms(store.now()))}
    table.put({**flow, "_execution": execution})
    return Response(200, execution["ExecutionId"].encode(), "text/plain;charset=utf-8")


def is_skip(segments: list[Segment]) -> bool:
    """Whether a path leads to .../$links/DesignGuidelineExecutionResults('id')."""
    return [s.name for s in segments[1:]] == ["$links", RESULTS]


def skip(store: Store, segments: list[Segment], request: Request) -> Response:
    """PUT that skips a guideline of a flow, or takes that back; it outlives the execution."""
    request.needs(EDIT)
    if request.method != "PUT":
        raise Refused(405, "Method not allowed.")
    table = store.tables[FLOW]
    with store.lock:
        flow = table.find(parse_key(table.entity_type, segments[0].key or ""))
        if flow is None:
            raise Refused(404, NOT_FOUND)
        execution = (flow.get("_execution") or {}).get("ExecutionId")
        if segments[2].key != f"'{execution}'":
            raise Refused(400, "The execution ID is invalid.")
        table.put({**flow, "_skips": _skips(flow.get("_skips", {}), request)})
        store.changed()
    return Response(200)


def _skips(before: Entity, request: Request) -> Entity:
    """What is skipped after a request."""
    body = _sent(request)
    name, reason = body["id"], body.get("SkipReason") or ""
    if name not in (rule[0] for rule in RULES):
        raise Refused(400, "There is no design guideline available with the given ID.")
    after = {other: said for other, said in before.items() if other != name}
    if not body["IsGuidelineSkipped"]:
        if name not in before:
            raise Refused(400, "You cannot revert a design guideline that is not skipped.")
        return after
    if not reason:
        raise Refused(400, "SkipReason must not be empty.")
    if name in ESSENTIAL:
        raise Refused(400, "The essential design guidelines cannot be skipped for the artifact.")
    if name in before:
        raise Refused(400, "The design guideline is already skipped for the artifact.")
    return {**after, name: (reason, request.user)}


def _sent(request: Request) -> Entity:
    if request.content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        raise Refused(415, f"The content type must be {JSON_TYPE}.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refused(400, "The request body is not valid JSON.") from None
    spelling = request.scene.get("guideline_property", SPELLINGS[0])
    if not isinstance(body, dict):
        raise Refused(400, "The request body is not an object.")
    for name in body:
        if name not in (spelling, "IsGuidelineSkipped", "SkipReason"):
            raise Refused(400, f"Illegal argument for method call with message '{name}'")
    if not isinstance(body.get("IsGuidelineSkipped"), bool) or not body.get(spelling):
        raise Refused(400, f"{spelling} and IsGuidelineSkipped are mandatory.")
    return {**body, "id": body[spelling]}


CALLS = {"ExecuteIntegrationDesigntimeArtifactsGuidelines": execute}
