"""What is asked for: requests, resource paths and key predicates (contract §4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Optional
from urllib.parse import unquote

from edm import INT32, INT64, NO_ROLE, EntityType
from refusal import Refused
from render import JSON_TYPE
from scenario import Scenario

SERVICE_ROOT = "/api/v1"
FORMATS = ("json", "atom", "xml", JSON_TYPE)


@dataclass(frozen=True)
class Request:
    """Everything that the answer depends on, besides the data."""

    method: str
    path: str
    query: str
    accept: str
    origin: str
    roles: frozenset[str]
    user: str = ""
    content_type: str = ""
    body: bytes = b""
    scene: Scenario = field(default_factory=lambda: Scenario({}))

    @property
    def as_json(self) -> bool:
        """Whether the answer is JSON."""
        return wants_json(self.accept, self.query)

    def needs(self, *roles: str) -> None:
        """403 unless the caller has one of the roles."""
        if NO_ROLE not in roles and not self.roles.intersection(roles):
            raise Refused(403, "Role missing.")


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
    if path.rstrip("/") == SERVICE_ROOT:
        return []
    if not path.startswith(SERVICE_ROOT + "/"):
        raise Refused(404, "Not found.")
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
        values[name] = _key_value(entity_type, name, match)
        position = match.end()
        if position == len(text):
            break
        if text[position] != ",":
            raise Refused(400, "Malformed key predicate.")
        position += 1
    if len(values) != len(entity_type.keys):
        raise Refused(400, "The key predicate is incomplete.")
    return values


def _key_value(entity_type: EntityType, name: str, match: re.Match[str]) -> Any:
    numeric = entity_type.properties[name] in (INT32, INT64)
    if numeric != (match["number"] is not None):
        raise Refused(400, "A key value has the wrong type.")
    if numeric:
        return int(match["number"].rstrip("L"))
    text = match["string"].replace("''", "'")
    if entity_type.bad_hex != 404 and not re.fullmatch("([0-9A-Fa-f]{2})*", text):
        raise Refused(entity_type.bad_hex, "Problem during reading an entry: no hex.")
    return text.upper() if entity_type.hex_keys else text  # hex in either case (contract §4.2)
