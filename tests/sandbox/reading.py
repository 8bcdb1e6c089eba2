"""GET: follows the segments of a resource path (contract §4, §5)."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections import OrderedDict
from datetime import timedelta
from threading import Lock
from typing import Any, Optional

import repository
import switches
from archives import with_dates
from artifact_files import narrowed
from artifacts import dated, is_artifact
from edm import EntityType
from filter_expression import property_getter
from filter_tokens import QueryError
from functions import look, poll
from keystore_types import ENTRY as KEYSTORE_ENTRY
from keystores import store_named
from model import COMPLEX_TYPES, ENTITY_SETS, ENTITY_TYPES
from odata_query import Page, Query, cut_page, parse_query, select_entities, split_query
from paths import FORMATS, SERVICE_ROOT, Request, Segment, parse_key
from refusal import NOT_FOUND, Refused
from render import (Response, View, atom_entry, atom_feed, entity_path, json_entity, json_feed,
                    json_response, next_page_uri, property_response, text_value)
from sets_design import VALUE, as_in_samples
from store import Store
from tables import fits

_CACHED_SELECTIONS = 16
_downloads = itertools.count()
_LOGS = "MessageProcessingLogs"

Entity = dict[str, Any]
Pairs = list[tuple[str, str]]


def check_format(pairs: Pairs) -> None:
    """400 for a $format that there is not."""
    for name, value in pairs:
        if name == "$format" and value not in FORMATS:
            raise QueryError(f"Invalid value '{value}' of $format.")


class Reader:
    """Keeps filtered and sorted entities for the pages that follow, as long as nothing changes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: OrderedDict[Any, list[Entity]] = OrderedDict()
        self._lock = Lock()

    def read(self, segments: list[Segment], request: Request) -> Response:
        """The answer for a path that starts with an entity set."""
        pairs = split_query(request.query)
        check_format(pairs)
        return _Walk(self, request, pairs).run(segments)

    def selection(self, entity_type: EntityType, path: str, entities: Optional[list[Entity]],
                  query: Query, pairs: Pairs) -> list[Entity]:
        """What $filter and $orderby leave of the entities; None: of the logs."""
        key = (self.store.version, path, *(pair for pair in pairs if pair[0] in (
            "$filter", "$orderby") or not pair[0].startswith("$")))
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            if entities is None:
                entities = self.store.logs.candidates(query.bounds)
            kept = select_entities(self._narrowed(entity_type, entities, dict(pairs), query), query)
            with self._lock:
                self._kept[key] = kept
                while len(self._kept) > _CACHED_SELECTIONS:
                    self._kept.popitem(last=False)
        return kept

    def _narrowed(self, entity_type: EntityType, entities: list[Entity], own: dict[str, str],
                  query: Query) -> list[Entity]:
        """What the options of SAP's own, those without a dollar, leave (contract §4.5)."""
        name = entity_type.entity_set
        if query.header_filter is not None:
            header, value = query.header_filter
            entities = [e for e in entities if any(
                h["Name"] == header and h["Value"] == value
                for h in self.store.related(entity_type, e, "CustomHeaderProperties"))]
        if name == "DataStores" and own.get("overdueonly") == "true":
            entities = [e for e in entities if e["NumberOfOverdueMessages"]]
        if name == "DataStoreEntries" and own.get("overdueonly") == "true":
            entities = [e for e in entities if e["Status"] == "Overdue"]
        if name == "DataStoreEntries" and "messageid" in own:
            entities = [e for e in entities if e["MessageId"] == own["messageid"]]
        if entity_type.name in repository.BY_ENTRY:
            entities = [e for e in entities if e["Entry"] == own["id"]]
        return entities


class _Walk:
    """Follows the segments of one resource path."""

    def __init__(self, reader: Reader, request: Request, pairs: Pairs) -> None:
        self._reader, self._store, self._request = reader, reader.store, request
        self._pairs, self._root = pairs, request.origin + SERVICE_ROOT
        self._above = ""  # the path to what the entity in hand hangs below

    def run(self, segments: list[Segment]) -> Response:
        """The answer for a path that starts with an entity set."""
        first, rest = segments[0], segments[1:]
        entity_type = ENTITY_SETS[first.name]
        if first.key is None:
            if not entity_type.listable:
                raise Refused(501, f"Reading all {first.name} is not implemented.")
            found = None if first.name == _LOGS else self._all(entity_type)
            return self._collection(entity_type, found, first.name, rest)
        if not entity_type.addressable:
            raise Refused(501, f"Reading one of {first.name} is not implemented.")
        if entity_type.name == repository.TOKEN and self._request.scene.get("no_mdi"):
            raise Refused(405, repository.NOT_IN_PLAN)
        entity = self._find(entity_type, parse_key(entity_type, first.key))
        if entity is None:
            raise Refused(404, NOT_FOUND)
        if entity_type.name == "BuildAndDeployStatus":
            entity = poll(self._store, entity)
        if entity_type.name == "IntegrationRuntimeArtifact":
            entity = look(self._store, entity)
        return self._entity(entity_type, entity, rest)

    def _all(self, entity_type: EntityType) -> list[Entity]:
        """All entities of a set; of entries those of the keystore that is asked for."""
        if entity_type.name == KEYSTORE_ENTRY:
            return self._store.keystores.entries(store_named(dict(self._pairs)))
        return self._store.all(entity_type)

    def _find(self, entity_type: EntityType, key: dict[str, Any]) -> Optional[Entity]:
        if entity_type.name == KEYSTORE_ENTRY:
            store = store_named(dict(self._pairs))
            return self._store.keystores.find(key["Hexalias"], store)
        return self._store.find(entity_type, key)

    def _query(self, entity_type: EntityType) -> Query:
        refused = [name for name, _ in self._pairs if name in entity_type.refused_options]
        if refused:
            raise Refused(501, f"{refused[0]} is not implemented for {entity_type.entity_set}.")
        return parse_query(self._pairs, entity_type)

    def _view(self, query: Query) -> View:
        return View(self._root, self._store.related, query.select, tuple(query.expand))

    def _collection(self, entity_type: EntityType, entities: Optional[list[Entity]], path: str,
                    rest: list[Segment]) -> Response:
        query = self._query(entity_type)
        self._needs_option(entity_type)
        chosen = self._reader.selection(entity_type, path, entities, query, self._pairs)
        if [s.name for s in rest] == ["$count"]:
            return Response(200, str(len(chosen)).encode(), "text/plain;charset=utf-8")
        if rest:
            raise Refused(404, f"Could not find '{rest[0].name}'.")
        scene = self._request.scene
        if scene.get("artifact_dates") and is_artifact(entity_type.name):
            entity_type, chosen = dated(entity_type, chosen)
        page = cut_page(chosen, query, entity_type.page_size, bool(scene.get("next_endless")))
        next_uri = self._next_uri(path, page)
        count = page.total if query.inlinecount else None
        if self._request.as_json:
            answer = json_feed(entity_type, page.entities, self._view(query), count, next_uri)
        else:
            answer = atom_feed(entity_type, page.entities, self._view(query), path, count,
                               next_uri)
        if entity_type.properties.get("Value") == VALUE.name and scene.get("value_in_array"):
            answer.body = as_in_samples(answer.body)
        if path == _LOGS and scene.get("touch_while_reading"):
            self._touch(chosen)
        return answer

    def _needs_option(self, entity_type: EntityType) -> None:
        """Some sets want to know of what or whom entries are meant (§4.5, §7.1)."""
        if entity_type.name in repository.BY_ENTRY and "id" not in dict(self._pairs):
            raise Refused(400, "The query parameter id is mandatory.")
        if entity_type.name == "UserCredentialParameter":
            if "Pid eq '" not in dict(self._pairs).get("$filter", ""):
                raise Refused(500, "The filter Pid eq '...' is mandatory.")

    def _touch(self, chosen: list[Entity]) -> None:
        """Some entries of this selection end once more, so the rows of later pages move up."""
        scene, store = self._request.scene, self._store
        if scene.get("touch_times") is not None and not scene.take("touch_times"):
            return
        with store.lock:
            count = min(scene.get("touch_while_reading"), len(chosen))
            store.logs.end_now(random.Random(store.version).sample(chosen, count), store.now())
            store.changed()

    def _next_uri(self, path: str, page: Page) -> Optional[str]:
        if page.next_token is None:
            return None
        return next_page_uri(f"{self._root}/{path}", self._pairs, page.next_token)

    def _entity(self, entity_type: EntityType, entity: Entity, rest: list[Segment]) -> Response:
        if not rest and entity_type.ignores_key and self._request.scene.get("state_in_words"):
            return switches.state_in_words(entity_type, entity)
        if not rest:
            query = self._query(entity_type)
            entity = self._with_hash(entity)
            if self._request.as_json:
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

    def _with_hash(self, entity: Entity) -> Entity:
        """returnHashedPassword of UserCredentialParameters (contract §7.5)."""
        if dict(self._pairs).get("returnHashedPassword") != "SHA256" or "_Password" not in entity:
            return entity
        digest = hashlib.sha256((entity["_Password"] or "").encode()).hexdigest()
        return {**entity, "Password": f"SHA256.{digest}"}

    def _content(self, entity_type: EntityType, entity: Entity) -> Response:
        self._request.needs(entity_type.content_role)
        scene = self._request.scene
        if entity_type.name == "RuntimeArtifactErrorInformation" and scene.take(
                "error_details_late"):
            return Response(204)  # not ready yet (contract §5.5)
        content_type, body, file_name = self._store.content(
            entity_type, entity, dict(self._pairs))
        if scene.get("property_dates") and is_artifact(entity_type.name):
            body = with_dates(body, self._store.now() + timedelta(seconds=next(_downloads)))
        named = f'attachment; filename="{file_name}"' if file_name else None
        said = scene.get("disposition", named)
        headers = {"Content-Disposition": said} if said else {}
        return Response(200, body, content_type, headers)

    def _navigation(self, entity_type: EntityType, entity: Entity,
                    rest: list[Segment]) -> Response:
        navigation = entity_type.navigations[rest[0].name]
        target = ENTITY_TYPES[navigation.target]
        found = self._store.related(entity_type, entity, rest[0].name)
        if navigation.collection and rest[0].key is None:
            path = f"{self._above}{entity_path(entity_type, entity)}/{rest[0].name}"
            return self._collection(target, found, path, rest[1:])
        if rest[0].key is not None:
            key = parse_key(target, rest[0].key)
            found = [e for e in found if fits(e, key)]
        if target.name == "Resource":
            found = narrowed(found, dict(self._pairs).get("ReferencedResourceType"))
        if not found:
            raise Refused(404, NOT_FOUND)
        self._above += f"{entity_path(entity_type, entity)}/"
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
            return property_response(names[-1], kind, value, self._request.as_json)
        if value is None or kind in COMPLEX_TYPES:
            raise Refused(404, NOT_FOUND)
        return Response(200, text_value(kind, value).encode(), "text/plain;charset=utf-8")
