"""From a request URI to an answer: resource paths, role checks, pages (contract §4, §5, §8)."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any, Optional
from urllib.parse import unquote

from data import Store
from model import (COMPLEX_TYPES, ENTITY_SETS, ENTITY_TYPES, INT32, INT64, PAGE_SIZE, EntityType)
from odata_query import (Page, Query, QueryError, cut_page, parse_query, property_getter,
                         select_entities, split_query)
from render import (JSON_TYPE, Response, View, atom_entry, atom_feed, entity_path, json_entity,
                    json_feed, json_response, metadata_document, next_page_uri, property_response,
                    service_document, text_value)

SERVICE_ROOT = "/api/v1"
FORMATS = ("json", "atom", "xml", JSON_TYPE)
_CACHED_SELECTIONS = 16
_CACHED_ANSWERS = 64

Entity = dict[str, Any]


class Refused(Exception):
    """The request is answered with an error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Request:
    """What the answer to a GET depends on, besides the data."""

    method: str
    path: str
    query: str
    accept: str
    origin: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Segment:
    """One path segment: a name and, if there was one, the inside of its key predicate."""

    name: str
    key: Optional[str]


def wants_json(accept: str, query: str) -> bool:
    """Atom unless JSON was asked for by $format or Accept (contract §5.1)."""
    for part in query.split("&"):
        name, _, value = part.partition("=")
        form = unquote(value)
        if unquote(name) == "$format" and form in FORMATS:
            return form in ("json", JSON_TYPE)
    return "application/json" in accept.lower()


def parse_path(path: str) -> list[Segment]:
    """Segments below the service root; slash and backslash inside one are refused (§4.2)."""
    segments = []
    for raw in path[len(SERVICE_ROOT):].strip("/").split("/"):
        try:
            text = unquote(raw, errors="strict")
        except UnicodeDecodeError:
            raise Refused(400, "The URI is not UTF-8.") from None
        if "/" in text or "\\" in text:
            raise Refused(400, "Slash and backslash are not allowed in a URI segment.")
        match = re.fullmatch(r"(?P<name>\$?[A-Za-z_]\w*)(?:\((?P<key>.*)\))?", text, re.DOTALL)
        if match is None:
            raise Refused(400, "Malformed resource path.")
        segments.append(Segment(match["name"], match["key"]))
    return segments


def parse_key(entity_type: EntityType, text: str) -> dict[str, Any]:
    """A key predicate: single, named single or composite (contract §4.3)."""
    part = re.compile(r"(?:(?P<name>\w+)=)?(?:'(?P<string>(?:[^']|'')*)'|(?P<number>-?\d+L?))")
    values: dict[str, Any] = {}
    position = 0
    while True:
        match = part.match(text, position)
        if match is None:
            raise Refused(400, "Malformed key predicate.")
        name = match["name"] or (entity_type.keys[0] if len(entity_type.keys) == 1 else "")
        if name not in entity_type.keys or name in values:
            raise Refused(400, "The key predicate does not fit the entity.")
        values[name] = _key_value(entity_type.properties[name], match)
        position = match.end()
        if position == len(text):
            break
        if text[position] != ",":
            raise Refused(400, "Malformed key predicate.")
        position += 1
    if len(values) != len(entity_type.keys):
        raise Refused(400, "The key predicate is incomplete.")
    return values


def _key_value(kind: str, match: re.Match[str]) -> Any:
    numeric = kind in (INT32, INT64)
    if numeric != (match["number"] is not None):
        raise Refused(400, "A key value has the wrong type.")
    return int(match["number"].rstrip("L")) if numeric else match["string"].replace("''", "'")


NOT_FOUND = "Requested entity could not be found."  # contract §5.6


class Service:
    """Answers requests of known callers from a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._selections: OrderedDict[Any, list[Entity]] = OrderedDict()
        self._answers: OrderedDict[Any, Response] = OrderedDict()
        self._lock = Lock()

    def answer(self, request: Request) -> Response:
        """The answer; raises Refused. Data never changes, so answers to equal GETs are kept."""
        key = (request.path, request.query, request.origin, request.roles,
               wants_json(request.accept, request.query))
        if request.method != "GET":
            return self._make_answer(request)
        with self._lock:
            kept = self._answers.get(key)
        if kept is None:
            kept = self._make_answer(request)
            self._keep(self._answers, key, kept, _CACHED_ANSWERS)
        return Response(kept.status, kept.body, kept.content_type, dict(kept.headers))

    def _keep(self, cache: OrderedDict[Any, Any], key: Any, value: Any, limit: int) -> None:
        with self._lock:
            cache[key] = value
            while len(cache) > limit:
                cache.popitem(last=False)

    def _make_answer(self, request: Request) -> Response:
        if request.path.rstrip("/") != SERVICE_ROOT and not request.path.startswith(
                SERVICE_ROOT + "/"):
            raise Refused(404, "Not found.")
        segments = [] if request.path.rstrip("/") == SERVICE_ROOT else parse_path(request.path)
        if segments and segments[0].name != "$metadata":
            self._check_first(segments[0], request)
        _check_method(request.method)
        try:
            return self._read(segments, request)
        except QueryError as error:
            raise Refused(400, str(error)) from None

    @staticmethod
    def _check_first(segment: Segment, request: Request) -> None:
        entity_type = ENTITY_SETS.get(segment.name)
        if entity_type is None:
            raise Refused(404, f"Could not find an entity set or function import for "
                               f"'{segment.name}'.")
        if entity_type.role not in request.roles:
            raise Refused(403, "Role missing.")

    def _read(self, segments: list[Segment], request: Request) -> Response:
        as_json = wants_json(request.accept, request.query)
        pairs = split_query(request.query)
        _check_format(pairs)
        root = request.origin + SERVICE_ROOT
        if not segments:
            return service_document(root, as_json)
        if segments[0].name == "$metadata":
            return metadata_document()
        return _Walk(self, self._store, request, pairs, root, as_json).run(segments)

    def selection(self, key: Any, entities: list[Entity], query: Query) -> list[Entity]:
        """Filtered and sorted entities, kept for the pages that follow."""
        with self._lock:
            kept = self._selections.get(key)
        if kept is None:
            if query.header_filter is not None:
                entities = [e for e in entities if self._has_header(e, *query.header_filter)]
            kept = select_entities(entities, query)
            self._keep(self._selections, key, kept, _CACHED_SELECTIONS)
        return kept

    def _has_header(self, entity: Entity, name: str, value: str) -> bool:
        return any(h["Name"] == name and h["Value"] == value
                   for h in self._store.related(entity, "CustomHeaderProperties"))


def _check_method(method: str) -> None:
    """Read-only sets: PATCH 501, everything else 405 (contract §6.2)."""
    if method == "PATCH":
        raise Refused(501, "Not implemented.")
    if method != "GET":
        raise Refused(405, "Method not allowed.")


def _check_format(pairs: list[tuple[str, str]]) -> None:
    for name, value in pairs:
        if name == "$format" and value not in FORMATS:
            raise Refused(400, f"Invalid value '{value}' of $format.")


class _Walk:
    """Follows the segments of one resource path."""

    def __init__(self, service: Service, store: Store, request: Request,
                 pairs: list[tuple[str, str]], root: str, as_json: bool) -> None:
        self._service, self._store, self._request = service, store, request
        self._pairs, self._root, self._json = pairs, root, as_json

    def run(self, segments: list[Segment]) -> Response:
        """The answer for a path that starts with an entity set."""
        first, rest = segments[0], segments[1:]
        entity_type = ENTITY_SETS[first.name]
        if first.key is None:
            if not entity_type.listable:
                raise Refused(501, f"Reading all {first.name} is not implemented.")
            return self._collection(entity_type, self._store.logs, first.name, rest)
        entity = self._store.find(entity_type.name, parse_key(entity_type, first.key))
        if entity is None:
            raise Refused(404, NOT_FOUND)
        return self._entity(entity_type, entity, rest)

    def _view(self, query: Query) -> View:
        return View(self._root, self._store.related, query.select, tuple(query.expand))

    def _collection(self, entity_type: EntityType, entities: list[Entity], path: str,
                    rest: list[Segment]) -> Response:
        query = parse_query(self._pairs, entity_type)
        chosen = self._service.selection(self._selection_key(path), entities, query)
        if [s.name for s in rest] == ["$count"]:
            return Response(200, str(len(chosen)).encode(), "text/plain;charset=utf-8")
        if rest:
            raise Refused(404, f"Could not find '{rest[0].name}'.")
        page = cut_page(chosen, query, PAGE_SIZE)
        next_uri = self._next_uri(path, page)
        count = page.total if query.inlinecount else None
        if self._json:
            return json_feed(entity_type, page.entities, self._view(query), count, next_uri)
        return atom_feed(entity_type, page.entities, self._view(query), path, count, next_uri)

    def _selection_key(self, path: str) -> tuple[str, ...]:
        relevant = ("$filter", "$orderby", "filterCustomHeaderProperties")
        return (path, *(f"{n}={v}" for n, v in self._pairs if n in relevant))

    def _next_uri(self, path: str, page: Page) -> Optional[str]:
        if page.next_token is None:
            return None
        return next_page_uri(f"{self._root}/{path}", self._pairs, page.next_token)

    def _entity(self, entity_type: EntityType, entity: Entity, rest: list[Segment]) -> Response:
        if not rest:
            query = parse_query(self._pairs, entity_type)
            if self._json:
                return json_response({"d": json_entity(entity_type, entity, self._view(query))})
            return atom_entry(entity_type, entity, self._view(query))
        name = rest[0].name
        if name == "$value" and entity_type.media and len(rest) == 1:
            return self._content(entity_type, entity)
        if name == "$links":
            raise Refused(501, "Not implemented.")
        if name in entity_type.navigations:
            return self._navigation(entity_type, entity, rest)
        return self._property(entity_type, entity, rest)

    def _content(self, entity_type: EntityType, entity: Entity) -> Response:
        if entity_type.content_role not in self._request.roles:
            raise Refused(403, "Role missing.")
        content_type, body = self._store.content(entity_type.name, entity)
        return Response(200, body, content_type)

    def _navigation(self, entity_type: EntityType, entity: Entity,
                    rest: list[Segment]) -> Response:
        navigation = entity_type.navigations[rest[0].name]
        target = ENTITY_TYPES[navigation.target]
        found = self._store.related(entity, rest[0].name)
        if navigation.collection and rest[0].key is None:
            path = f"{entity_path(entity_type, entity)}/{rest[0].name}"
            return self._collection(target, found, path, rest[1:])
        if rest[0].key is not None:
            key = parse_key(target, rest[0].key)
            found = [e for e in found if all(e[n] == v for n, v in key.items())]
        if not found:
            raise Refused(404, NOT_FOUND)
        return self._entity(target, found[0], rest[1:])

    def _property(self, entity_type: EntityType, entity: Entity,
                  rest: list[Segment]) -> Response:
        as_value = rest[-1].name == "$value"
        names = [s.name for s in (rest[:-1] if as_value else rest)]
        if not names or any(s.key is not None for s in rest):
            raise Refused(404, f"Could not find '{rest[0].name}'.")
        try:
            getter, kind = property_getter(entity_type, "/".join(names))
        except QueryError as error:
            raise Refused(404, str(error)) from None
        value = getter(entity)
        if not as_value:
            return property_response(names[-1], kind, value, self._json)
        if value is None or kind in COMPLEX_TYPES:
            raise Refused(404, NOT_FOUND)
        return Response(200, text_value(kind, value).encode(), "text/plain;charset=utf-8")
