"""Cloud Foundry's V3 API, as far as service keys need it (contract §11.3)."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path
from typing import Any, Optional

import cf_lists
import service_keys
from cf_bindings import Binding, Bindings, Job, stamp
from cf_errors import CfError, cf_json, errors, unprocessable
from nginx_config import CF_API_HOST, UAA_HOSTS
from paths import Request
from render import Response

INSTANCES, BINDINGS, JOBS = "/v3/service_instances", "/v3/service_credential_bindings", "/v3/jobs"
SPACE = str(uuid.uuid5(uuid.NAMESPACE_URL, "sandbox/space"))
EPOCH = 1772323200.0  # when the instances were made
_FIELDS = {"type", "name", "relationships", "parameters", "metadata"}


def _guid(kind: str, name: str) -> str:
    """Of what only has a name in the sandbox."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"sandbox/{kind}/{name}"))


def instance_guid(name: str) -> str:
    """The guid of a service instance."""
    return _guid("service_instance", name)


class CloudFoundry:
    """Answers users whose tokens are good."""

    def __init__(self, directory: Path, url: str) -> None:
        self._directory = directory
        self._port = url.rpartition(":")[2]
        self.bindings = Bindings(directory, url)

    def answer(self, request: Request, user: Optional[dict[str, Any]],
               has_token: bool) -> Response:
        """The answer; user: whom the token stands for."""
        try:
            if request.path == "/" and request.method == "GET":
                return self._root()
            if user is None:
                raise (CfError("InvalidAuthToken", "Invalid Auth Token") if has_token
                       else CfError("NotAuthenticated", "Authentication error"))
            with self.bindings.lock:
                return self._route(request, user["role"])
        except CfError as error:
            return errors(error.status, error.document)

    def _root(self) -> Response:
        """The document that names the other hosts."""
        api, (uaa, login) = f"https://{CF_API_HOST}:{self._port}", (
            f"https://{host}:{self._port}" for host in UAA_HOSTS)
        return cf_json({"links": {
            "self": {"href": api},
            "cloud_controller_v2": None,
            "cloud_controller_v3": {"href": f"{api}/v3", "meta": {"version": "3.200.0"}},
            "login": {"href": login}, "uaa": {"href": uaa}}})

    def _route(self, request: Request, role: str) -> Response:
        kind, _, rest = request.path.removeprefix("/v3/").partition("/")
        match (request.method, f"/v3/{kind}", rest.split("/") if rest else []):
            case ("GET", "/v3/service_instances", []):
                return self._instances(request, role)
            case ("GET", "/v3/service_instances", [guid, "parameters"]):
                return self._parameters(request, guid, role)
            case ("GET", "/v3/service_credential_bindings", []):
                return self._list(request, role)
            case ("POST", "/v3/service_credential_bindings", []):
                return self._create(request, role)
            case ("GET", "/v3/service_credential_bindings", [guid]):
                return cf_json(self._shown(self._find(guid, role), request.origin))
            case ("GET", "/v3/service_credential_bindings", [guid, "details"]):
                return self._details(guid, role)
            case ("DELETE", "/v3/service_credential_bindings", [guid]):
                return self._delete(request, guid, role)
            case ("GET", "/v3/jobs", [guid]):
                return self._job(request, guid)
        raise CfError("NotFound", "Unknown request")

    # --- reading -----------------------------------------------------------------------------

    def _known(self, role: str) -> dict[str, dict[str, Any]]:
        """The service instances that the user sees."""
        found: dict[str, dict[str, Any]] = service_keys.load(self._directory)["instances"]
        return {} if role == "stranger" else found

    def _instances(self, request: Request, role: str) -> Response:
        known = self._known(role)
        return cf_lists.answer(
            request, [_instance(name, request.origin) for name in sorted(known)],
            {"names": lambda one: str(one["name"]), "guids": lambda one: str(one["guid"]),
             "space_guids": lambda _: SPACE, "type": lambda _: "managed",
             "service_plan_names": lambda one: str(known[one["name"]].get(
                 "plan", service_keys.DEFAULT_PLAN))})

    def _parameters(self, request: Request, guid: str, role: str) -> Response:
        """What an instance was made with (§2.1), if the broker tells that."""
        for name, instance in self._known(role).items():
            if instance_guid(name) == guid:
                break
        else:
            raise CfError("ResourceNotFound", "Service instance not found")
        if not request.scene.get("cf_parameters"):
            raise CfError("ServiceFetchInstanceParametersNotSupported",
                          "This service does not support fetching service instance parameters.")
        grant_types = instance.get("grant-types", service_keys.GRANT_TYPES[:1])
        return cf_json({"roles": instance["roles"], "grant-types": [*grant_types],
                        "redirect-uris": [], "token-validity": 43200})

    def _list(self, request: Request, role: str) -> Response:
        known = self._known(role)
        return cf_lists.answer(
            request, [self._shown(one, request.origin) for one in self.bindings.all()
                      if one.instance in known],
            {"names": lambda one: str(one["name"]), "guids": lambda one: str(one["guid"]),
             "service_instance_guids": lambda one: str(
                 one["relationships"]["service_instance"]["data"]["guid"]),
             "type": lambda _: "key"})

    def _find(self, guid: str, role: str) -> Binding:
        known = self._known(role)
        for one in self.bindings.all():
            if one.guid == guid and one.instance in known:
                return one
        raise CfError("ResourceNotFound", "Service credential binding not found")

    def _details(self, guid: str, role: str) -> Response:
        binding = self._find(guid, role)
        if role != "developer":
            raise CfError("ResourceNotFound", "Service credential binding not found")
        if (binding.operation, binding.state) != ("create", "succeeded"):
            what = {"create": "Creation", "delete": "Deletion"}[binding.operation]
            raise CfError("ResourceNotFound", f"{what} of service key {binding.state}")
        return cf_json({"credentials": service_keys.key_document(self._directory, guid)})

    def _job(self, request: Request, guid: str) -> Response:
        job = self.bindings.poll(guid, request.scene)
        if job is None:
            raise CfError("ResourceNotFound", "Job not found")
        return cf_json(_shown_job(job, request.origin))

    # --- writing -----------------------------------------------------------------------------

    def _create(self, request: Request, role: str) -> Response:
        name, instance, parameters = _read(request.body)
        known = {instance_guid(one): one for one in self._known(role)}
        if instance not in known:
            raise unprocessable(f"The service instance could not be found: '{instance}'")
        if role != "developer":
            raise CfError("NotAuthorized", "You are not authorized to perform the requested action")
        if len(name) > service_keys.MAX_NAME:
            raise unprocessable(f"Name is too long (maximum is {service_keys.MAX_NAME} characters)")
        for one in self.bindings.all():
            if (one.name, one.instance) == (name, known[instance]):
                if one.operation == "delete":
                    raise unprocessable(
                        "The binding name is invalid. Key binding names must be unique. The "
                        f"service instance already has a key binding with the name '{name}' that "
                        "is getting deleted or its deletion failed.")
                if one.state != "failed":
                    raise unprocessable(
                        "The binding name is invalid. Key binding names must be unique. The "
                        f"service instance already has a key binding with name '{name}'.")
                one.at = time.time()
                return self._accepted(request, self.bindings.start(one, parameters))
        made = Binding(str(uuid.uuid4()), name, known[instance], time.time())
        return self._accepted(request, self.bindings.start(made, parameters))

    def _delete(self, request: Request, guid: str, role: str) -> Response:
        binding = self._find(guid, role)
        if role != "developer":
            raise CfError("NotAuthorized", "You are not authorized to perform the requested action")
        if binding.state == "in progress":
            raise unprocessable("There is an operation in progress for the service binding.")
        return self._accepted(request, self.bindings.start(binding, None))

    @staticmethod
    def _accepted(request: Request, job: Job) -> Response:
        return Response(202, headers={"Location": f"{request.origin}{JOBS}/{job.guid}"})

    @staticmethod
    def _shown(binding: Binding, origin: str) -> dict[str, Any]:
        instance = instance_guid(binding.instance)
        return {
            "guid": binding.guid, "created_at": stamp(binding.at),
            "updated_at": stamp(binding.changed), "name": binding.name, "type": "key",
            "last_operation": {
                "type": binding.operation, "state": binding.state,
                "description": binding.description or None, "created_at": stamp(binding.at),
                "updated_at": stamp(binding.changed)} if binding.noted else None,
            "metadata": {"labels": {}, "annotations": {}},
            "relationships": {"service_instance": {"data": {"guid": instance}}},
            "links": {"self": {"href": f"{origin}{BINDINGS}/{binding.guid}"},
                      "details": {"href": f"{origin}{BINDINGS}/{binding.guid}/details"},
                      "service_instance": {"href": f"{origin}{INSTANCES}/{instance}"}}}


def _instance(name: str, origin: str) -> dict[str, Any]:
    guid = instance_guid(name)
    return {"guid": guid, "created_at": stamp(EPOCH), "updated_at": stamp(EPOCH), "name": name,
            "tags": [], "type": "managed", "maintenance_info": {}, "upgrade_available": False,
            "dashboard_url": None,
            "last_operation": {"type": "create", "state": "succeeded", "description": "",
                               "updated_at": stamp(EPOCH), "created_at": stamp(EPOCH)},
            "relationships": {"space": {"data": {"guid": SPACE}}},
            "metadata": {"labels": {}, "annotations": {}},
            "links": {"self": {"href": f"{origin}{INSTANCES}/{guid}"},
                      "service_credential_bindings": {
                          "href": f"{origin}{BINDINGS}?service_instance_guids={guid}"}}}


def _shown_job(job: Job, origin: str) -> dict[str, Any]:
    operation = "delete" if job.parameters is None else "create"
    shown: dict[str, Any] = {
        "guid": job.guid, "created_at": stamp(job.at), "updated_at": stamp(job.changed),
        "operation": f"service_keys.{operation}", "state": job.state, "errors": job.errors,
        "warnings": [], "links": {"self": {"href": f"{origin}{JOBS}/{job.guid}"}}}
    if not (operation == "delete" and job.state == "COMPLETE"):
        shown["links"]["service_credential_binding"] = {
            "href": f"{origin}{BINDINGS}/{job.binding.guid}"}
    return shown


def _read(body: bytes) -> tuple[str, str, dict[str, Any]]:
    """Name, guid of the instance, parameters of a key to create."""
    try:
        wish = json.loads(body)
    except ValueError:
        wish = None
    if not isinstance(wish, dict):
        raise CfError("MessageParseError", "Request invalid due to parse error: invalid request "
                                           "body")
    unknown = sorted(set(wish) - _FIELDS)
    if unknown:
        raise unprocessable("Unknown field(s): '" + "', '".join(unknown) + "'")
    if wish.get("type") != "key":
        raise unprocessable("Type must be 'app' or 'key'")
    related = wish.get("relationships")
    if not isinstance(related, dict) or not related:
        raise unprocessable("Relationships 'relationships' must include one or more valid "
                            "relationships")
    try:
        instance = related["service_instance"]["data"]["guid"]
    except (KeyError, TypeError):
        raise unprocessable("Relationships Service instance can't be blank") from None
    parameters = wish.get("parameters", {})
    if not isinstance(parameters, dict):
        raise unprocessable("Parameters must be an object")
    name = wish.get("name")
    if not isinstance(name, str):
        raise unprocessable("Name must be a string, Name can't be blank")
    if not name.strip():
        raise unprocessable("Name can't be blank")
    return name, str(instance), parameters
