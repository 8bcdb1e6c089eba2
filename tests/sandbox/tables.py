"""Rows that can be written, in memory for the life of the tenant's process."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional

from edm import EntityType

Entity = dict[str, Any]
Key = tuple[Any, ...]


def fits(entity: Entity, key: Mapping[str, Any]) -> bool:
    """Whether the key leads to this entity; Version 'active' means the current one (§4.3)."""
    return all(entity[name] == value or (name == "Version" and str(value).lower() == "active")
               for name, value in key.items())


class Table:
    """The rows of one entity type. A row is replaced, never changed."""

    def __init__(self, entity_type: EntityType, rows: Iterable[Entity] = ()) -> None:
        self.entity_type = entity_type
        self._rows: dict[Key, Entity] = {}
        for row in rows:
            self.put({**dict.fromkeys(entity_type.properties), **row})

    def all(self) -> list[Entity]:
        """All rows, oldest first."""
        return list(self._rows.values())

    def find(self, key: Mapping[str, Any]) -> Optional[Entity]:
        """The row with this key, or None."""
        if "Version" not in key:
            return self._rows.get(tuple(key[name] for name in self.entity_type.keys))
        return next((row for row in self.all() if fits(row, key)), None)

    def put(self, row: Entity) -> None:
        """Adds a row, or replaces the one with the same key."""
        row.pop("_json", None)  # what render.py keeps of an older one
        self._rows[self._key(row)] = row

    def remove(self, row: Entity) -> None:
        """Takes a row out."""
        del self._rows[self._key(row)]

    def next_id(self) -> int:
        """An Id that no row has had yet."""
        return max((row["Id"] for row in self.all()), default=1900) + 1

    def snapshot(self) -> dict[Key, Entity]:
        """What restore() takes."""
        return dict(self._rows)

    def restore(self, rows: dict[Key, Entity]) -> None:
        """Everything as it was."""
        self._rows = rows

    def _key(self, row: Entity) -> Key:
        return tuple(row[name] for name in self.entity_type.keys)
