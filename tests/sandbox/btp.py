"""The platform around the tenant: Cloud Foundry with its token server, the Destination service
(contract §11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import cf_errors
import destinations
from cloud_foundry import CloudFoundry
from faults import spoil, try_again
from identity import DESTINATION, LB_FRONT, Registry
from paths import Request
from refusal import Refused
from render import Response, error_response
from scenario import Scenario
from token_server import TokenServer
from uaa import Uaa

FRONTS = ("destination", "cf", "uaa")


class Platform:
    """Answers at the hosts of the platform."""

    def __init__(self, directory: Path, url: str, tokens: TokenServer) -> None:
        self._tokens, self._uaa = tokens, Uaa(directory)
        self._cloud_foundry = CloudFoundry(directory, url)
        self._destinations = destinations.Destinations(directory)

    def settle(self, active: Scenario) -> None:
        """Ends what has taken long enough."""
        self._cloud_foundry.bindings.settle(active)

    def answer(self, request: Request, target: str, headers: Any,
               registry: Registry) -> tuple[Response, Optional[int], str]:
        """The answer, after how many body bytes to hang up, and who asked."""
        front, active = headers[LB_FRONT], request.scene
        if front == "uaa":
            response, who = self._uaa.answer(request, headers)
            return response, None, who
        due = active.fault_due(target, request.method)
        ask = self._ask_destinations if front == "destination" else self._ask_cloud_foundry
        struck = active.get("error_status") if due else None
        response, who = ask(request, headers.get("Authorization"), registry, struck)
        if struck is not None:
            form = active.get("error_body")
            if form:
                response = error_response(struck, "Error", "Simulated fault.", form)
            try_again(response, active)
        return response, spoil(response, active) if due else None, who

    def _ask_cloud_foundry(self, request: Request, authorization: Optional[str],
                           _registry: Registry, struck: Optional[int]) -> tuple[Response, str]:
        user = self._uaa.user(authorization or "", request.scene)
        who = "" if user is None else str(user["name"])
        if struck is not None:
            return cf_errors.fault(struck), who
        return self._cloud_foundry.answer(request, user, authorization is not None), who

    def _ask_destinations(self, request: Request, authorization: Optional[str],
                          registry: Registry, struck: Optional[int]) -> tuple[Response, str]:
        form = request.scene.get("body_401")
        caller = self._tokens.caller(authorization or "", registry, request.scene)
        if caller is None or caller.service != DESTINATION:
            return destinations.failure(401, "Unauthorized", form), ""
        if struck is not None:
            return destinations.failure(struck, "Simulated fault.", None), caller.key_name
        try:
            return self._destinations.answer(request), caller.key_name
        except Refused as refused:
            return destinations.failure(refused.status, refused.message, None), caller.key_name
