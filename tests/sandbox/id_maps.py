"""The id mapper: which ids became which (contract §7.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Optional

Entity = dict[str, Any]

# source, target, mapper: one source with two targets, one target with two sources
MAPPINGS = (
    ("0050568c-7d3a-1eda-b3f2", "ID-SANDBOX-0001", "IdempotentReceiver"),
    ("0050568c-7d3a-1eda-b3f2", "ID-SANDBOX-0002", "XIReceiver"),
    ("0050568c-7d3a-1eda-c4e1", "ID-SANDBOX-0002", "XIReceiver"),
    ("Bestellung O'Brien", "ID-SANDBOX-0003", "AS2"),
)
TYPES = frozenset({"IdMapFromId", "IdMapToId", "IdMapFromId2"})


class IdMaps:
    """All mappings of a tenant; nothing is written here."""

    def __init__(self, now: datetime) -> None:
        self._expires = now + timedelta(days=90)

    def find(self, type_name: str, key: dict[str, Any]) -> Optional[Entity]:
        """The first entity of this type with this key, or None."""
        if type_name == "IdMapToId":
            found = [self._target(m) for m in MAPPINGS if m[1] == key["ToId"]]
        else:
            make = {"IdMapFromId": self._source, "IdMapFromId2": self._source2}[type_name]
            found = [make(m) for m in MAPPINGS if m[0] == key["FromId"]]
        return found[0] if found else None

    def targets(self, source: Entity) -> list[Entity]:
        """IdMapFromIds(…)/ToIds"""
        return [self._target(m) for m in MAPPINGS if m[0] == source["FromId"]]

    def sources(self, target: Entity) -> list[Entity]:
        """IdMapToIds(…)/FromId2s"""
        return [self._source2(m) for m in MAPPINGS if m[1] == target["ToId"]]

    def source(self, target: Entity) -> list[Entity]:
        """IdMapToIds(…)/FromId"""
        return [{"FromId": target["FromId_"]}]

    def target(self, source: Entity) -> list[Entity]:
        """IdMapFromId2s(…)/ToId"""
        return [self._target(m) for m in MAPPINGS
                if m[:2] == (source["FromId"], source["ToId2"])]

    @staticmethod
    def _source(mapping: tuple[str, str, str]) -> Entity:
        return {"FromId": mapping[0]}

    def _source2(self, mapping: tuple[str, str, str]) -> Entity:
        return {"FromId": mapping[0], "ToId2": mapping[1], "Mapper": mapping[2],
                "ExpirationTime": self._expires}

    def _target(self, mapping: tuple[str, str, str]) -> Entity:
        return {"ToId": mapping[1], "FromId_": mapping[0], "Mapper": mapping[2],
                "ExpirationTime": self._expires}
