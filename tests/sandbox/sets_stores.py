"""Data stores and variables: sets that refuse every query option (contract §4.5, §7.4)."""

from __future__ import annotations

from edm import ALL_OPTIONS, DATETIME, INT64, STRING, EntityType, Navigation, Writes

_DELETE = Writes({"DELETE": 202}, ("DataStoresAndQueuesDelete",))
_STORE_KEYS = {"DataStoreName": STRING, "IntegrationFlow": STRING, "Type": STRING}

ENTITY_TYPES = (
    EntityType(
        name="DataStore", entity_set="DataStores", keys=tuple(_STORE_KEYS),
        properties={**_STORE_KEYS, "Visibility": STRING, "NumberOfMessages": INT64,
                    "NumberOfOverdueMessages": INT64},
        navigations={"Entries": Navigation("DataStoreEntry", True)},
        listable=True, role="DataStoresAndQueuesRead", refused_options=ALL_OPTIONS,
        writes=_DELETE),
    EntityType(
        name="DataStoreEntry", entity_set="DataStoreEntries", keys=("Id", *_STORE_KEYS),
        properties={"Id": STRING, **_STORE_KEYS, "Status": STRING, "MessageId": STRING,
                    "DueAt": DATETIME, "CreatedAt": DATETIME, "RetainUntil": DATETIME},
        media=True, listable=True, role="DataStoresAndQueuesRead",
        content_role="DataStorePayloadsRead", refused_options=ALL_OPTIONS, writes=_DELETE),
    EntityType(
        name="Variable", entity_set="Variables", keys=("VariableName", "IntegrationFlow"),
        properties={"VariableName": STRING, "IntegrationFlow": STRING, "Visibility": STRING,
                    "UpdatedAt": DATETIME, "RetainUntil": DATETIME},
        media=True, listable=True, role="DataStorePayloadsRead",
        content_role="DataStorePayloadsRead", refused_options=ALL_OPTIONS, writes=_DELETE),
)
