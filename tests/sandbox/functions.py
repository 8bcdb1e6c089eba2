"""Function imports: deployment, versions, copies of packages (contract §6.3, §7.2)."""

from __future__ import annotations

import re
import uuid
from typing import Any, Callable, Optional

from edm import FunctionImport
from model import ENTITY_TYPES
from odata_query import split_query
from paths import SERVICE_ROOT, Request
from refusal import NOT_FOUND, Refused
from render import Response, View, entity_path, json_entity, json_response
from store import Store

Entity = dict[str, Any]
Arguments = dict[str, str]

IMPORT_MODES = ("CREATE_COPY", "OVERWRITE", "OVERWRITE_MERGE")
POLLS = 2  # of BuildAndDeployStatus until it says something else than DEPLOYING


def call(store: Store, function: FunctionImport, request: Request) -> Response:
    """The answer to a call."""
    request.needs(function.role)
    if request.method != function.method:
        raise Refused(405, "Method not allowed.")
    arguments = _arguments(function, request)
    with store.lock:
        answer = _CALLS[function.name](store, arguments, request)
        store.changed()
    return answer


def _arguments(function: FunctionImport, request: Request) -> Arguments:
    """The parameters, which are quoted literals of OData; anything else is 400."""
    given = dict(split_query(request.query))
    arguments = {}
    for parameter in function.parameters:
        name, optional = parameter.rstrip("?"), parameter.endswith("?")
        if name not in given:
            if optional:
                continue
            raise Refused(400, f"Parameter '{name}' is missing.")
        match = re.fullmatch(r"'((?:[^']|'')*)'", given[name])
        if match is None:
            raise Refused(400, f"Parameter '{name}' is not a string literal in quotes.")
        arguments[name] = match[1].replace("''", "'")
    return arguments


def _flow(store: Store, arguments: Arguments) -> Entity:
    version = arguments.get("Version", "active")
    flow = store.tables["IntegrationDesigntimeArtifact"].find(
        {"Id": arguments["Id"], "Version": version})
    if flow is None:
        raise Refused(404, NOT_FOUND)
    return flow


def _deploy(store: Store, arguments: Arguments, request: Request) -> Response:
    """202 with the id of a task as bare text; the flow runs when the task has ended (§6.3)."""
    flow = _flow(store, arguments)
    task = str(uuid.uuid4())
    store.tables["BuildAndDeployStatus"].put({
        "TaskId": task, "Status": "DEPLOYING", "_flow": flow, "_user": request.user,
        "_polls": request.scene.get("deploy_polls", POLLS),
        "_fails": bool(request.scene.get("deploy_fails"))})
    return Response(202, task.encode(), "text/plain;charset=utf-8")


def poll(store: Store, task: Entity) -> Entity:
    """The task as a GET finds it, which brings it one step on."""
    with store.lock:
        if task["Status"] != "DEPLOYING":
            return task
        if task["_polls"] > 0:
            store.tables["BuildAndDeployStatus"].put({**task, "_polls": task["_polls"] - 1})
            return task
        ended = {**task, "Status": "FAIL" if task["_fails"] else "SUCCESS"}
        store.tables["BuildAndDeployStatus"].put(ended)
        flow = task["_flow"]
        store.tables["IntegrationRuntimeArtifact"].put({
            "Id": flow["Id"], "Version": flow["Version"], "Name": flow["Name"],
            "Type": "INTEGRATION_FLOW", "DeployedBy": task["_user"], "DeployedOn": store.now(),
            "Status": "ERROR" if task["_fails"] else "STARTED"})
        store.changed()
        return ended


def _save_as_version(store: Store, arguments: Arguments, request: Request) -> Response:
    """200 with an empty body (contract §7.2)."""
    del request
    if not re.fullmatch(r"\d+(\.\d+){0,2}", arguments["SaveAsVersion"]):
        raise Refused(400, "SaveAsVersion is not a version.")
    flow = _flow(store, arguments)
    table = store.tables["IntegrationDesigntimeArtifact"]
    table.remove(flow)
    table.put({**flow, "Version": arguments["SaveAsVersion"]})
    return Response(200)


def _copy_package(store: Store, arguments: Arguments, request: Request) -> Response:
    """201 with the package that was made or replaced; 409 if it is there already."""
    packages = store.tables["IntegrationPackage"]
    source: Optional[Entity] = packages.find({"Id": arguments["Id"]})
    if source is None:
        raise Refused(404, NOT_FOUND)
    mode = arguments.get("ImportMode")
    if mode is not None and mode not in IMPORT_MODES:
        raise Refused(400, f"ImportMode is none of {', '.join(IMPORT_MODES)}.")
    if mode == "CREATE_COPY" and not arguments.get("Suffix"):
        raise Refused(400, "CREATE_COPY needs a Suffix.")
    suffix = arguments["Suffix"] if mode == "CREATE_COPY" else ""
    copied = {**source, "Id": source["Id"] + suffix, "Name": source["Name"] + suffix,
              "CreatedBy": request.user}
    if packages.find({"Id": copied["Id"]}) and mode not in ("OVERWRITE", "OVERWRITE_MERGE"):
        raise Refused(409, "A package with this Id exists already.")
    packages.put(copied)
    return _package_answer(store, copied, request)


def _package_answer(store: Store, package: Entity, request: Request) -> Response:
    root, kind = request.origin + SERVICE_ROOT, ENTITY_TYPES["IntegrationPackage"]
    answer = json_response({"d": json_entity(kind, package, View(root, store.related))}, 201)
    answer.headers["Location"] = f"{root}/{entity_path(kind, package)}"
    return answer


_CALLS: dict[str, Callable[[Store, Arguments, Request], Response]] = {
    "DeployIntegrationDesigntimeArtifact": _deploy,
    "IntegrationDesigntimeArtifactSaveAsVersion": _save_as_version,
    "CopyIntegrationPackage": _copy_package}
