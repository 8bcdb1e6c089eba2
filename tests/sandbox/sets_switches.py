"""External logging and archiving: on or off for a whole tenant (contract §7.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Iterator

from edm import BOOLEAN, DATETIME, INT32, INT64, NO_ROLE, STRING, EntityType, FunctionImport

Entity = dict[str, Any]

STATES = {"ExternalLoggingActivationStatus": "External logging",
          "ArchivingConfiguration": "Archiving", "B2BArchivingConfiguration": "Archiving"}
TENANT = "sandbox"
LEVELS = ("NONE", "INFO", "ERROR")
_READ, _WRITE = "ExternalLoggingActivationRead", "ExternalLoggingActivate"
_ARCHIVE = {"": ("DataArchivingRead", "DataArchivingActivate"), "B2B": (NO_ROLE, NO_ROLE)}
_COUNTED = {"": "Mpl", "B2B": "Document"}


def _runs(prefix: str) -> EntityType:
    one = _COUNTED[prefix]
    return EntityType(
        name=f"{prefix}ArchivingKeyPerformanceIndicators",
        entity_set=f"{prefix}ArchivingKeyPerformanceIndicators", keys=("RunStart",),
        properties={"RunStart": DATETIME, "RunDurationInMinutes": INT32,
                    "DataCollectionDurationInMinutes": INT32,
                    "DataCompressionDurationInMinutes": INT32,
                    "DataUploadDurationInMinutes": INT32, f"{one}sToBeArchived": INT32,
                    f"{one}sArchived": INT32, f"{one}sArchivingFailed": INT32,
                    f"{one}sArchivedUntilDate": DATETIME,
                    f"DateOfOldest{one}ToBeArchivedAfterRun": DATETIME,
                    "DataUploadedInMb": INT32, "RunStatus": STRING, "RunFailedPhase": STRING},
        listable=True, addressable=False, in_service_document=not prefix,
        role=_ARCHIVE[prefix][0])


def _state(name: str, entity_set: str, role: str) -> EntityType:
    return EntityType(name=name, entity_set=entity_set, keys=("Id",), ignores_key=True,
                      properties={"Id": STRING, "Active": BOOLEAN}, role=role)


ENTITY_TYPES = (
    _state("ExternalLoggingActivationStatus", "ExternalLoggingActivationStatus", _READ),
    EntityType(
        name="ExternalLoggingEvent", entity_set="ExternalLoggingEvents", keys=("Timestamp",),
        properties={"Timestamp": INT64, "EventType": STRING, "EventObject": STRING,
                    "HasError": BOOLEAN, "StatusText": STRING, "StatusChangedAtMillis": INT64},
        listable=True, addressable=False, in_service_document=True, role=_READ),
    _state("ArchivingConfiguration", "ArchivingConfigurations", _ARCHIVE[""][0]),
    _runs(""),
    _state("B2BArchivingConfiguration", "B2BArchivingConfigurations", _ARCHIVE["B2B"][0]),
    _runs("B2B"),
)

FUNCTION_IMPORTS = (
    FunctionImport("activateExternalLogging", ("defaultLogLevel?",), _WRITE,
                   bare={"defaultLogLevel": LEVELS}),
    FunctionImport("deactivateExternalLogging", (), _WRITE),
    *(FunctionImport(f"activate{prefix}ArchivingConfiguration", (), _ARCHIVE[prefix][1])
      for prefix in _ARCHIVE),
)


def tables(now: datetime) -> dict[str, Iterator[Entity]]:
    """Everything is off; one archiving run went wrong and one went well."""
    return {**{name: iter([{"Id": TENANT, "Active": False}]) for name in STATES},
            "ExternalLoggingEvent": iter(()),
            **{f"{prefix}ArchivingKeyPerformanceIndicators": _seed_runs(now, _COUNTED[prefix])
               for prefix in _ARCHIVE}}


def _seed_runs(now: datetime, one: str) -> Iterator[Entity]:
    for day, status, phase, done in ((2, "FAILED", "EXECUTION", 1200), (1, "COMPLETED", None,
                                                                       4999)):
        start = now - timedelta(days=day)
        yield {"RunStart": start, "RunDurationInMinutes": 11,
               "DataCollectionDurationInMinutes": 7, "DataCompressionDurationInMinutes": 0,
               "DataUploadDurationInMinutes": 2, f"{one}sToBeArchived": 5000,
               f"{one}sArchived": done, f"{one}sArchivingFailed": 1,
               f"{one}sArchivedUntilDate": start, "DataUploadedInMb": 130, "RunStatus": status,
               "RunFailedPhase": phase}
