"""What switches external logging and archiving (contract §5.2, §7.1).

The answers are the examples of SAP's API description.
"""

from __future__ import annotations

from typing import Any, Callable

from edm import EntityType, epoch_ms
from paths import Request
from render import Response, json_response
from sets_switches import STATES, TENANT
from store import Store

Entity = dict[str, Any]
Call = Callable[[Store, dict[str, str], Request], Response]


def words(text: str) -> Response:
    """A text as the API description's examples have it: a member without a name."""
    return json_response({"d": {"results": [{"": f"{text} tenant {TENANT}"}]}})


def state_in_words(entity_type: EntityType, state: Entity) -> Response:
    """The same of a state."""
    return words(f"{STATES[entity_type.name]} configured has value: "
                 f"{str(state['Active']).lower()} on")


def _turn(type_name: str, active: bool, text: str) -> Call:
    def turn(store: Store, _arguments: dict[str, str], request: Request) -> Response:
        how = request.scene.get("switching")
        if how == "fails":
            return _failed()
        if how == "silent":
            return Response(200)
        store.tables[type_name].put({"Id": TENANT, "Active": active})
        if type_name == "ExternalLoggingActivationStatus":
            _note_event(store, active)
        return words(text)
    return turn


def _note_event(store: Store, active: bool) -> None:
    now = epoch_ms(store.now())
    told = "activated" if active else "deactivated"
    store.tables["ExternalLoggingEvent"].put({
        "Timestamp": now, "EventType": told, "EventObject": TENANT, "HasError": False,
        "StatusText": f"External logging was {told}", "StatusChangedAtMillis": now})


def _failed() -> Response:
    """500 with a report that is no OData (contract §5.2)."""
    steps = (("Read Tenant Information", "SUCCESS", ""),
             ("Validating Connection Settings", "ERROR", "Größe of CompressData is invalid"))
    return json_response({
        "result": "ERROR", "message": "Invalid configuration of the destination",
        "infos": [{"description": step, "result": result, "dataSent": "", "dataReceived": text}
                  for step, result, text in steps]}, 500)


CALLS: dict[str, Call] = {
    "activateExternalLogging": _turn("ExternalLoggingActivationStatus", True,
                                     "ExternalLogging successfully enabled for"),
    "deactivateExternalLogging": _turn("ExternalLoggingActivationStatus", False,
                                       "External logging successfully disabled for"),
    **{f"activate{prefix}ArchivingConfiguration": _turn(
        f"{prefix}ArchivingConfiguration", True, "Archiving successfully enabled for")
       for prefix in ("", "B2B")}}
