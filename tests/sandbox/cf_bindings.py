"""Service keys as Cloud Foundry has them: what is being made and removed, by jobs that take a
while (contract §11.3), and the broker that does it (§2.2)."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

import service_keys
from cf_errors import CfError
from scenario import Scenario

POLLS, SECONDS = 2, 2
# key-type: what the sandbox calls it; without one the key is a client secret
_KEY_TYPES = {"certificate_external": "external", "certificate": "certificate", None: "secret"}


def stamp(moment: float) -> str:
    """A time as the API writes it."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Binding:
    """A service key, ready or not."""

    guid: str
    name: str
    instance: str  # its name
    at: float
    operation: str = "create"
    state: str = "succeeded"
    description: str = ""
    changed: float = 0
    noted: bool = True  # old keys have no last operation

    def turn(self, operation: str, state: str, description: str = "") -> None:
        """Notes its last operation."""
        self.operation, self.state, self.description = operation, state, description
        self.noted = True
        self.changed = time.time()


@dataclass
class Job:
    """What is done to a binding."""

    binding: Binding
    parameters: Optional[dict[str, Any]]  # None: to delete it
    guid: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: float = field(default_factory=time.time)
    changed: float = field(default_factory=time.time)
    polls: int = 0
    state: str = "PROCESSING"
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("COMPLETE", "FAILED")

    def due(self, active: Scenario) -> bool:
        """Whether it ends now: after some polls, or by itself after a while."""
        return active.get("cf_job") != "never" and (
            self.polls > active.get("cf_job_polls", POLLS)
            or time.time() - self.at >= active.get("cf_job_seconds", SECONDS))


class Bindings:
    """All service keys, and the jobs."""

    def __init__(self, directory: Path, url: str) -> None:
        self._directory, self._url = directory, url
        self._unready: dict[str, Binding] = {}  # made here, not (or no longer) a key of the tenant
        self._jobs: dict[str, Job] = {}
        self.lock = threading.RLock()

    def all(self) -> list[Binding]:
        """Oldest first."""
        ready = [Binding(key["guid"], key["name"], key["instance"], key["at"], changed=key["at"],
                         noted=key["by_api"])
                 for key in service_keys.load(self._directory)["keys"]
                 if key["guid"] not in self._unready]
        return sorted([*ready, *self._unready.values()], key=lambda one: one.at)

    def start(self, binding: Binding, parameters: Optional[dict[str, Any]]) -> Job:
        """A job that creates the key, or without parameters deletes it."""
        binding.turn("delete" if parameters is None else "create", "in progress")
        self._unready[binding.guid] = binding
        job = Job(binding, parameters)
        self._jobs[job.guid] = job
        return job

    def poll(self, guid: str, active: Scenario) -> Optional[Job]:
        """The job of that guid, after one more look at it."""
        job = self._jobs.get(guid)
        if job is not None and not job.ended:
            job.polls += 1
            self.settle(active)
            if not job.ended and job.polls > 1:
                job.state = "POLLING"  # what follows the first call of the broker
        return job

    def settle(self, active: Scenario) -> None:
        """Ends the jobs that are due."""
        if all(job.ended for job in tuple(self._jobs.values())):
            return
        with self.lock:
            for job in self._jobs.values():
                if not job.ended and job.due(active):
                    self._end(job, active)

    def _end(self, job: Job, active: Scenario) -> None:
        binding = job.binding
        try:
            if active.get("cf_job") == "fails":
                raise service_keys.RegistrationError("simulated failure")
            if job.parameters is None:
                service_keys.remove(self._directory, binding.guid)
            else:
                self._create(binding, job.parameters)
            job.state = "COMPLETE"
            self._unready.pop(binding.guid, None)
        except service_keys.RegistrationError as error:
            verb = "unbind" if job.parameters is None else "bind"
            job.state = "FAILED"
            failed = CfError("UnableToPerform",
                             f"{verb} could not be completed: Service broker error: {error}")
            job.errors = [failed.document]
            binding.turn(binding.operation, "failed", f"Service broker error: {error}")
        job.changed = time.time()

    def _create(self, binding: Binding, parameters: dict[str, Any]) -> None:
        """What the broker does; raises RegistrationError."""
        instance = service_keys.load(self._directory)["instances"].get(binding.instance, {})
        if "client_x509" in instance.get("grant-types", []):
            raise service_keys.RegistrationError(
                "the instance has the deprecated grant type client_x509, it cannot get new keys")
        key_type = parameters.get("key-type")
        if key_type not in _KEY_TYPES:
            raise service_keys.RegistrationError(f"unknown key-type '{key_type}'")
        pem = parameters.get("X.509")
        if key_type == "certificate_external" and not isinstance(pem, str):
            raise service_keys.RegistrationError("X.509 is missing")
        service_keys.add(self._directory, self._url, service_keys.Wish(
            name=binding.name, instance=binding.instance, key_type=_KEY_TYPES[key_type],
            pem=pem if key_type == "certificate_external" else None,
            validity=parameters.get("validity", 365),
            key_length=parameters.get("key-length", 2048)), binding.guid)
