"""Message queues as their broker tells them (contract §7.4); the sets below it are undocumented."""

from __future__ import annotations

from typing import Any, Iterator

from edm import INT32, INT64, STRING, EntityType, Navigation

Entity = dict[str, Any]

_ROLE = "DataStoresAndQueuesRead"
# name, State (0 OK, 1 warning, 2 critical), whether it is stopped
_QUEUES = (("Orders_Retry", 0, False), ("Invoices", 2, False), ("Payroll.Out", 1, True))
_HIGH = ("IsTransactedSessionsHigh", "IsConsumersHigh", "IsProducersHigh", "IsQueuesHigh",
         "IsMessageSpoolHigh")

ENTITY_TYPES = (
    EntityType(
        name="JmsBroker", entity_set="JmsBrokers", keys=("Key",),
        properties={"Key": STRING, "Capacity": INT64, "MaxCapacity": INT64, "CapacityOk": INT64,
                    "CapacityWarning": INT64, "CapacityError": INT64, "QueueNumber": INT64,
                    "MaxQueueNumber": INT64, **dict.fromkeys(_HIGH, INT32)},
        navigations={"QueueStates": Navigation("QueueState", True),
                     "InactiveQueues": Navigation("Queue", True)},
        role=_ROLE),
    EntityType(
        name="QueueState", entity_set="QueueStates", keys=("Name",),
        properties={"Name": STRING, "State": INT64}, addressable=False, role=_ROLE),
    EntityType(
        name="Queue", entity_set="Queues", keys=("Name",),
        properties={"Name": STRING, "Active": INT64, "Exclusive": INT64, "FillGrade": INT64,
                    "NumbOfMsgs": INT64, "Size": INT64, "State": INT64, "Type": INT64},
        addressable=False, role=_ROLE),
)


def rows() -> Iterator[Entity]:
    """The one broker of a tenant."""
    by_state = [sum(queue[1] == state for queue in _QUEUES) for state in (0, 1, 2)]
    yield {"Key": "Broker1", "Capacity": 794616135, "MaxCapacity": 9751756800,
           "CapacityOk": by_state[0], "CapacityWarning": by_state[1],
           "CapacityError": by_state[2], "QueueNumber": len(_QUEUES), "MaxQueueNumber": 30,
           **dict.fromkeys(_HIGH, 0)}


def states(_broker: Entity) -> list[Entity]:
    """QueueStates: of each queue."""
    return [{"Name": name, "State": state} for name, state, _ in _QUEUES]


def inactive(_broker: Entity) -> list[Entity]:
    """InactiveQueues: those that are stopped."""
    return [{"Name": name, "Active": 0, "Exclusive": 1, "FillGrade": 12, "NumbOfMsgs": 3,
             "Size": 4096, "State": state, "Type": 0}
            for name, state, stopped in _QUEUES if stopped]
