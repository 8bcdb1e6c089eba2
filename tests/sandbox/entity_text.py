"""The JSON of whole entities, written without detours: pages of a thousand come often.

What it writes is what render.json_entity says, a self test compares them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Callable

from edm import BOOLEAN, DATETIME, DATETIMEOFFSET, INT32, INT64, NAMESPACE, EntityType, epoch_ms
from model import COMPLEX_TYPES, ENTITY_TYPES

Entity = dict[str, Any]
Writer = Callable[[Any], str]

quoted = json.JSONEncoder(ensure_ascii=False).encode

_WRITERS: dict[str, Writer] = {
    BOOLEAN: lambda value: "true" if value else "false", INT32: str,
    INT64: lambda value: f'"{value}"', DATETIME: lambda value: f'"/Date({epoch_ms(value)})/"',
    DATETIMEOFFSET: lambda value: f'"/Date({epoch_ms(value)}+0000)/"'}


def _writer(kind: str) -> Writer:
    write = _complex(kind) if kind in COMPLEX_TYPES else _WRITERS.get(kind, quoted)
    return lambda value: "null" if value is None else write(value)


def _complex(kind: str) -> Writer:
    members = [(f',"{name}":', name, _writer(inner))
               for name, inner in COMPLEX_TYPES[kind].properties.items()]
    head = f'{{"__metadata":{{"type":"{NAMESPACE}.{kind}"}}'
    return lambda value: head + "".join(
        [label + write(value[name]) for label, name, write in members]) + "}"


@lru_cache(None)
def _members(type_name: str) -> list[tuple[str, str, Writer]]:
    return [(f',"{name}":', name, _writer(kind))
            for name, kind in ENTITY_TYPES[type_name].properties.items()]


def entity_text(entity_type: EntityType, entity: Entity, uri: str) -> str:
    """An entity that is not media, with all its properties and nothing expanded."""
    own = quoted(uri)
    return (f'{{"__metadata":{{"id":{own},"uri":{own},"type":"{NAMESPACE}.{entity_type.name}"}}'
            + "".join([label + write(entity[name])
                       for label, name, write in _members(entity_type.name)])
            + "".join([f',"{name}":{{"__deferred":{{"uri":{own[:-1]}/{name}"}}}}'
                       for name in entity_type.navigations]) + "}")
