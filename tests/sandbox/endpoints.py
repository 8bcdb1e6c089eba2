"""Where flows that run can be called (contract §7.2)."""

from __future__ import annotations

from typing import Any

Entity = dict[str, Any]


def of_running(running: list[Entity]) -> list[Entity]:
    """One for each flow that runs."""
    return [{"Id": f"{flow['Id']}$endpoint", "Name": flow["Name"], "Title": flow["Name"],
             "Version": flow["Version"], "Summary": None, "Description": None,
             "LastUpdated": flow["DeployedOn"], "Protocol": "REST", "_flow": flow["Id"]}
            for flow in running
            if flow["Type"] == "INTEGRATION_FLOW" and flow["Status"] == "STARTED"]


def entry_points(endpoint: Entity) -> list[Entity]:
    """Where it can be called."""
    return [{"Name": endpoint["Name"], "Type": "PROD", "AdditionalInformation": None,
             "Url": f"https://sandbox.it-rt.example/http/{endpoint['_flow']}"}]


def definitions(endpoint: Entity) -> list[Entity]:
    """What describes it."""
    return [{"Name": "OpenAPI",
             "Url": f"https://sandbox.it-rt.example/http/{endpoint['_flow']}?openapi"}]
