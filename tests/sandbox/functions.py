"""Function imports: deployment, versions, copies of packages, and those of others (contract §6.3,
§7.2)."""

from __future__ import annotations

import re
import uuid
from typing import Any, Callable

import guidelines
import switches
import value_maps
from artifacts import check_changeable
from edm import FunctionImport
from odata_query import split_query
from packages import copy_package
from paths import Request
from refusal import NOT_FOUND, Refused
from render import Response
from sets_artifacts import ADAPTER, TYPE_NAMES
from store import Store

Entity = dict[str, Any]
Arguments = dict[str, str]
Call = Callable[[Store, Arguments, Request], Response]

POLLS = 2  # of BuildAndDeployStatus until it says something else than DEPLOYING
# How a task ends (contract §6.3), by the switch deploy_fails
_TASK_ENDS = {"build": "FAIL", "start": "SUCCESS", "license": "FAIL_ON_LICENSE_ERROR"}


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
    """The parameters: quoted literals of OData, or true and false; anything else is 400."""
    given = dict(split_query(request.query))
    arguments = {}
    for parameter in function.parameters:
        name, optional = parameter.rstrip("?"), parameter.endswith("?")
        if name not in given:
            if optional:
                continue
            raise Refused(400, f"Parameter '{name}' is missing.")
        if name in function.bare:
            if given[name] not in function.bare[name]:
                raise Refused(400, f"{name} is none of {', '.join(function.bare[name])}.")
            arguments[name] = given[name]
            continue
        match = re.fullmatch(r"'((?:[^']|'')*)'", given[name])
        if match is None:
            raise Refused(400, f"Parameter '{name}' is not a string literal in quotes.")
        arguments[name] = match[1].replace("''", "'")
    return arguments


def _artifact(store: Store, type_name: str, arguments: Arguments) -> Entity:
    key = {"Id": arguments["Id"], "Version": arguments.get("Version", "active")}
    if type_name == ADAPTER:
        del key["Version"]
    artifact = store.tables[type_name].find(key)
    if artifact is None:
        raise Refused(404, NOT_FOUND)
    return artifact


def _deploy(type_name: str) -> Call:
    """202 with the id of a task as bare text; the artifact runs when it has ended (§6.3)."""
    def deploy(store: Store, arguments: Arguments, request: Request) -> Response:
        task = str(uuid.uuid4())
        kind = TYPE_NAMES.get(type_name)
        store.tables["BuildAndDeployStatus"].put({
            "TaskId": task, "Status": "DEPLOYING", "_user": request.user,
            "_artifact": _artifact(store, type_name, arguments),
            "_type": kind.runtime_type if kind else "INTEGRATION_ADAPTER",
            "_polls": request.scene.get("deploy_polls", POLLS),
            "_fails": request.scene.get("deploy_fails"),
            "_starts": request.scene.get("start_polls", 0),
            "_absent": bool(request.scene.get("deploy_elsewhere"))})
        return Response(202, task.encode(), "text/plain;charset=utf-8")
    return deploy


def poll(store: Store, task: Entity) -> Entity:
    """The task as a GET finds it, which brings it one step on."""
    with store.lock:
        if task["Status"] != "DEPLOYING":
            return task
        if task["_polls"] > 0:
            store.tables["BuildAndDeployStatus"].put({**task, "_polls": task["_polls"] - 1})
            return task
        ended = {**task, "Status": _TASK_ENDS.get(task["_fails"], "SUCCESS")}
        store.tables["BuildAndDeployStatus"].put(ended)
        if not task["_absent"]:
            _start(store, task)
        store.changed()
        return ended


def _start(store: Store, task: Entity) -> None:
    artifact = task["_artifact"]
    status = "ERROR" if task["_fails"] else "STARTING" if task["_starts"] else "STARTED"
    store.tables["IntegrationRuntimeArtifact"].put({
        "Id": artifact["Id"], "Version": artifact["Version"], "Name": artifact["Name"],
        "Type": task["_type"], "DeployedBy": task["_user"], "DeployedOn": store.now(),
        "Status": status, "_starts": task["_starts"]})


def look(store: Store, running: Entity) -> Entity:
    """A runtime artifact as a GET finds it, which brings its start one step on."""
    with store.lock:
        left = running.get("_starts", 0)
        if running["Status"] != "STARTING" or not left:
            return running
        status = "STARTING" if left > 1 else "STARTED"
        store.tables["IntegrationRuntimeArtifact"].put(
            {**running, "_starts": left - 1, "Status": status})
        store.changed()
        return running


def _save_as_version(type_name: str) -> Call:
    """200 with an empty body (contract §7.2)."""
    def save(store: Store, arguments: Arguments, request: Request) -> Response:
        if not re.fullmatch(r"\d+(\.\d+){0,2}", arguments["SaveAsVersion"]):
            raise Refused(400, "SaveAsVersion is not a version.")
        artifact = _artifact(store, type_name, arguments)
        check_changeable(store, artifact, request.scene.get("locked"))
        table = store.tables[type_name]
        table.remove(artifact)
        table.put({**artifact, "Version": arguments["SaveAsVersion"]})
        return Response(200)
    return save


_CALLS: dict[str, Call] = {
    **{f"Deploy{name}": _deploy(name) for name in (*TYPE_NAMES, ADAPTER)},
    **{f"{name}SaveAsVersion": _save_as_version(name) for name in TYPE_NAMES},
    "CopyIntegrationPackage": copy_package, **value_maps.CALLS, **guidelines.CALLS,
    **switches.CALLS}
