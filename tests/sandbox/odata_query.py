"""OData V2 query options: parsing and evaluation (contract §4.3 to §4.5, §5.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Optional
from urllib.parse import unquote_plus

from edm import EntityType
from filter_expression import Bounds, Entity, Getter, compiled, property_getter
from filter_tokens import QueryError

KNOWN_OPTIONS = frozenset({"$filter", "$select", "$expand", "$orderby", "$top", "$skip",
                           "$inlinecount", "$format", "$skiptoken"})


def parse_header_filter(text: str) -> tuple[str, str]:
    """filterCustomHeaderProperties='name' eq 'value' (contract §4.5)."""
    match = re.fullmatch(r"\s*'((?:[^']|'')*)'\s+eq\s+'((?:[^']|'')*)'\s*", text)
    if match is None:
        raise QueryError("filterCustomHeaderProperties needs 'name' eq 'value'")
    return match[1].replace("''", "'"), match[2].replace("''", "'")


@dataclass
class Query:
    """The query options of one request, checked against an entity type."""

    raw: list[tuple[str, str]] = field(default_factory=list)
    filter: Optional[Getter] = None
    bounds: Bounds = field(default_factory=dict)  # of the filter
    select: Optional[list[str]] = None
    expand: list[str] = field(default_factory=list)
    orderby: list[tuple[Getter, bool]] = field(default_factory=list)
    top: Optional[int] = None
    skip: int = 0
    skiptoken: int = 0
    inlinecount: bool = False
    header_filter: Optional[tuple[str, str]] = None


def split_query(query: str) -> list[tuple[str, str]]:
    """Decoded name/value pairs; '+' counts as a space, as SAP's own tools send it (§4.2)."""
    pairs: list[tuple[str, str]] = []
    for part in query.split("&") if query else []:
        name, _, value = part.partition("=")
        try:
            pairs.append((unquote_plus(name, errors="strict"),
                          unquote_plus(value, errors="strict")))
        except UnicodeDecodeError as error:
            raise QueryError("the query is not UTF-8") from error
    names = [name for name, _ in pairs if name.startswith("$")]
    for name in names:
        if name not in KNOWN_OPTIONS:
            raise QueryError(f"Invalid system query option '{name}'.")
        if names.count(name) > 1:
            raise QueryError(f"Duplicate system query option '{name}'.")
    return pairs


def _natural(name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,10}", text):
        raise QueryError(f"Invalid value '{text}' of {name}.")
    return int(text)


def _parse_orderby(text: str, entity_type: EntityType) -> list[tuple[Getter, bool]]:
    keys: list[tuple[str, bool]] = []
    for part in text.split(","):
        words = part.split()
        if len(words) not in (1, 2) or (len(words) == 2 and words[1] not in ("asc", "desc")):
            raise QueryError(f"Invalid $orderby '{part.strip()}'.")
        keys.append((words[0], len(words) == 2 and words[1] == "desc"))
    # contract §4.5: this set sorts by Name,Value or Name desc,Value desc only
    if entity_type.name == "MessageProcessingLogCustomHeaderProperty":
        if [name for name, _ in keys] != ["Name", "Value"] or keys[0][1] != keys[1][1]:
            raise QueryError("$orderby supports only Name,Value or Name desc,Value desc")
    return [(property_getter(entity_type, name)[0], descending) for name, descending in keys]


def _parse_names(option: str, text: str, allowed: list[str]) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in allowed:
            raise QueryError(f"'{name}' is not allowed in {option}.")
    return names


def parse_query(pairs: list[tuple[str, str]], entity_type: EntityType) -> Query:
    """Checks and compiles all options for this type."""
    query = Query(raw=pairs)
    properties, navigations = list(entity_type.properties), list(entity_type.navigations)
    for name, text in pairs:
        if name == "$filter":
            condition = compiled(text, entity_type.name)
            query.filter, query.bounds = condition.get, condition.bounds
        elif name == "$orderby":
            query.orderby = _parse_orderby(text, entity_type)
        elif name == "$select":
            query.select = _parse_names("$select", text, [*properties, *navigations, "*"])
        elif name == "$expand":
            query.expand = _parse_names("$expand", text, navigations)
        elif name in ("$top", "$skip", "$skiptoken"):
            setattr(query, name[1:], _natural(name, text))
        elif name == "$inlinecount":
            if text not in ("allpages", "none"):
                raise QueryError(f"Invalid value '{text}' of $inlinecount.")
            query.inlinecount = text == "allpages"
        elif name == "filterCustomHeaderProperties":
            query.header_filter = parse_header_filter(text)
    return query


def select_entities(entities: list[Entity], query: Query) -> list[Entity]:
    """Applies $filter and $orderby; null sorts before every value."""
    matches = query.filter
    chosen = entities if matches is None else [e for e in entities if matches(e)]
    for getter, descending in reversed(query.orderby):
        def sort_key(entity: Entity, get: Getter = getter) -> tuple[bool, Any]:
            value = get(entity)
            if isinstance(value, dict):
                raise QueryError("$orderby needs a simple property")
            return (value is not None, value if value is not None else 0)
        chosen = sorted(chosen, key=sort_key, reverse=descending)
    return chosen


@dataclass(frozen=True)
class Page:
    """One server page; next_token is the $skiptoken of the following one."""

    entities: list[Entity]
    total: int
    next_token: Optional[int]


def cut_page(chosen: list[Entity], query: Query, page_size: int, endless: bool) -> Page:
    """$skip and $top choose a window, $skiptoken counts inside it (contract §5.4).

    Endless is a fault: the first page again and again, under tokens that go on.
    """
    if endless:
        return Page(chosen[:page_size], len(chosen), query.skiptoken + page_size)
    end = len(chosen) if query.top is None else min(len(chosen), query.skip + query.top)
    first = query.skip + query.skiptoken
    last = min(end, first + page_size)
    more = query.skiptoken + page_size if last < end and first < end else None
    return Page(chosen[first:last], len(chosen), more)
