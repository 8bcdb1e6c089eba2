"""Answers on the wire: JSON, Atom and errors (contract §5)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Callable, Optional
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape, quoteattr

from edm import DATETIME, DATETIMEOFFSET, INT32, INT64, NAMESPACE, EntityType, epoch_ms
from entity_text import entity_text
from model import COMPLEX_TYPES, ENTITY_TYPES

Entity = dict[str, Any]
Related = Callable[[EntityType, Entity, str], list[Entity]]

JSON_TYPE = "application/json"
FEED_TYPE = "application/atom+xml;type=feed;charset=utf-8"
ENTRY_TYPE = "application/atom+xml;type=entry;charset=utf-8"
XML_TYPE = "application/xml;charset=utf-8"

_XML_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_NS_D = "http://schemas.microsoft.com/ado/2007/08/dataservices"
NS_M = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_NS_SCHEME = "http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"
_NS_RELATED = "http://schemas.microsoft.com/ado/2007/08/dataservices/related/"
_FEED_NAMESPACES = (f'xmlns="http://www.w3.org/2005/Atom" xmlns:m="{NS_M}" xmlns:d="{_NS_D}"')

ERROR_FORMS = ("json", "xml", "html", "empty", "sandbox")


@dataclass
class Response:
    """A complete answer, before it is written to the connection."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def json_response(value: Any, status: int = 200) -> Response:
    """UTF-8 JSON without spaces."""
    return Response(status, _ENCODER.encode(value).encode(), JSON_TYPE,
                    {"DataServiceVersion": "2.0"})


def xml_response(text: str, content_type: str = XML_TYPE) -> Response:
    """UTF-8 XML with its declaration."""
    return Response(200, (_XML_HEAD + text).encode(), content_type, {"DataServiceVersion": "2.0"})


def json_value(kind: str, value: Any) -> Any:
    """A property value in JSON: Int64 as string, DateTime as /Date(ms)/ (contract §5.3)."""
    if value is None:
        return None
    if kind == INT64:
        return str(value)
    if kind == DATETIME:
        return f"/Date({epoch_ms(value)})/"
    if kind == DATETIMEOFFSET:
        return f"/Date({epoch_ms(value)}+0000)/"
    if kind in COMPLEX_TYPES:
        members = COMPLEX_TYPES[kind].properties.items()
        return {"__metadata": {"type": f"{NAMESPACE}.{kind}"},
                **{name: json_value(inner, value[name]) for name, inner in members}}
    return value


def text_value(kind: str, value: Any) -> str:
    """A property value in XML and in $value: DateTimeOffset ends in Z (contract §5.3)."""
    if kind == DATETIME:
        return str(value.isoformat(timespec="milliseconds"))
    if kind == DATETIMEOFFSET:
        return str(value.isoformat(timespec="milliseconds")) + "Z"
    if kind == "Edm.Boolean":
        return "true" if value else "false"
    return str(value)


def xml_text(text: str) -> str:
    """Escaped character data; control characters XML cannot carry are replaced."""
    return escape("".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in text))


def _key_literal(kind: str, value: Any) -> str:
    if kind == INT32:
        return str(value)
    if kind == INT64:
        return f"{value}L"
    doubled = str(value).replace("'", "''")
    return f"'{quote(doubled, safe='')}'"


def entity_path(entity_type: EntityType, entity: Entity) -> str:
    """Set name and key predicate, special characters percent-encoded (contract §4.2)."""
    literals = {key: _key_literal(entity_type.properties[key], entity[key])
                for key in entity_type.keys}
    if len(literals) == 1:
        predicate = next(iter(literals.values()))
    else:
        predicate = ",".join(f"{key}={literal}" for key, literal in literals.items())
    return f"{entity_type.entity_set}({predicate})"


@dataclass(frozen=True)
class View:
    """What one answer shows of each entity: service root, $select and $expand."""

    root: str
    related: Related
    select: Optional[list[str]] = None
    expand: tuple[str, ...] = ()

    def shows(self, name: str) -> bool:
        """Whether $select lets this property or navigation through."""
        return self.select is None or "*" in self.select or name in self.select

    def inner(self) -> View:
        """The view of an expanded entity: everything, nothing expanded further."""
        return View(self.root, self.related)


def json_entity(entity_type: EntityType, entity: Entity, view: View) -> dict[str, Any]:
    """One entity with __metadata and __deferred or expanded navigations (contract §5.2)."""
    uri = f"{view.root}/{entity_path(entity_type, entity)}"
    metadata: dict[str, str] = {"id": uri, "uri": uri, "type": f"{NAMESPACE}.{entity_type.name}"}
    if entity_type.media:
        metadata["content_type"] = media_type(entity)
        metadata["media_src"] = f"{uri}/$value"
        metadata["edit_media"] = f"{uri}/$value"
    shown: dict[str, Any] = {"__metadata": metadata}
    for name, kind in entity_type.properties.items():
        if view.shows(name):
            shown[name] = json_value(kind, entity[name])
    for name, navigation in entity_type.navigations.items():
        if name in view.expand:
            target = ENTITY_TYPES[navigation.target]
            found = [json_entity(target, item, view.inner())
                     for item in view.related(entity_type, entity, name)]
            one = found[0] if found else None
            shown[name] = {"results": found} if navigation.collection else one
        elif view.shows(name):
            shown[name] = {"__deferred": {"uri": f"{uri}/{name}"}}
    return shown


def media_type(entity: Entity) -> str:
    """The content type a media entity declares."""
    return str(entity.get("ContentType") or entity.get("Type") or "application/xml")


def _entity_bytes(entity_type: EntityType, entity: Entity, view: View) -> bytes:
    """The JSON of an entity. What shows it whole is kept with it, since pages of it come often."""
    if view.select is not None or view.expand or entity_type.media:
        return _ENCODER.encode(json_entity(entity_type, entity, view)).encode()
    kept: Optional[tuple[str, bytes]] = entity.get("_json")
    if kept is None or kept[0] != view.root:
        uri = f"{view.root}/{entity_path(entity_type, entity)}"
        kept = view.root, entity_text(entity_type, entity, uri).encode()
        entity["_json"] = kept
    return kept[1]


def json_feed(entity_type: EntityType, entities: list[Entity], view: View,
              count: Optional[int], next_uri: Optional[str]) -> Response:
    """d.results with __count (a string) and __next."""
    body = b'{"d":{"results":[' + b",".join(
        [_entity_bytes(entity_type, e, view) for e in entities]) + b"]"
    if count is not None:
        body += f',"__count":"{count}"'.encode()
    if next_uri is not None:
        body += f',"__next":{_ENCODER.encode(next_uri)}'.encode()
    return Response(200, body + b"}}", JSON_TYPE, {"DataServiceVersion": "2.0"})


def _xml_property(name: str, kind: str, value: Any, extra: str = "") -> str:
    if value is None:
        return f'<d:{name}{extra} m:null="true"/>'
    if kind in COMPLEX_TYPES:
        members = COMPLEX_TYPES[kind].properties.items()
        inner = "".join(_xml_property(n, k, value[n]) for n, k in members)
        return f'<d:{name}{extra} m:type="{NAMESPACE}.{kind}">{inner}</d:{name}>'
    return f"<d:{name}{extra}>{xml_text(text_value(kind, value))}</d:{name}>"


def _atom_link(entity_type: EntityType, entity: Entity, name: str, view: View) -> str:
    navigation = entity_type.navigations[name]
    kind = "feed" if navigation.collection else "entry"
    href = f"{entity_path(entity_type, entity)}/{name}"
    head = (f'<link href={quoteattr(href)} rel="{_NS_RELATED}{name}" '
            f'type="application/atom+xml;type={kind}" title="{name}"')
    if name not in view.expand:
        return head + "/>"
    target, found = ENTITY_TYPES[navigation.target], view.related(entity_type, entity, name)
    if navigation.collection:
        inner = _atom_feed(target, found, view.inner(), href, None, None, "")
    else:
        inner = "".join(_atom_entry(target, item, view.inner(), "") for item in found)
    return f"{head}><m:inline>{inner}</m:inline></link>"


def _atom_entry(entity_type: EntityType, entity: Entity, view: View, namespaces: str) -> str:
    path = entity_path(entity_type, entity)
    properties = "<m:properties>" + "".join(
        _xml_property(name, kind, entity[name])
        for name, kind in entity_type.properties.items() if view.shows(name)) + "</m:properties>"
    links = "".join(_atom_link(entity_type, entity, name, view)
                    for name in entity_type.navigations if view.shows(name) or name in view.expand)
    if entity_type.media:
        source = quoteattr(f"{path}/$value")
        content = (f'<link href={source} rel="edit-media"/><content '
                   f"type={quoteattr(media_type(entity))} src={source}/>{properties}")
    else:
        content = f'<content type="application/xml">{properties}</content>'
    return (f"<entry{namespaces}><id>{xml_text(view.root + '/' + path)}</id>"
            f'<title type="text">{entity_type.entity_set}</title>'
            "<updated>2026-01-01T00:00:00Z</updated>"
            f'<category term="{NAMESPACE}.{entity_type.name}" scheme="{_NS_SCHEME}"/>'
            f'<link href={quoteattr(path)} rel="edit" title="{entity_type.name}"/>'
            f"{links}{content}</entry>")


def _atom_feed(entity_type: EntityType, entities: list[Entity], view: View, href: str,
               count: Optional[int], next_uri: Optional[str], namespaces: str) -> str:
    total = f"<m:count>{count}</m:count>" if count is not None else ""
    following = f'<link href={quoteattr(next_uri)} rel="next"/>' if next_uri else ""
    entries = "".join(_atom_entry(entity_type, e, view, "") for e in entities)
    return (f"<feed{namespaces}><id>{xml_text(view.root + '/' + href)}</id>"
            f'<title type="text">{entity_type.entity_set}</title>'
            "<updated>2026-01-01T00:00:00Z</updated>"
            f'<link href={quoteattr(href)} rel="self" title="{entity_type.entity_set}"/>'
            f"{total}{entries}{following}</feed>")


def atom_feed(entity_type: EntityType, entities: list[Entity], view: View, href: str,
              count: Optional[int], next_uri: Optional[str]) -> Response:
    """A whole Atom feed; the next page is link rel="next" (contract §5.4)."""
    head = f" {_FEED_NAMESPACES} xml:base={quoteattr(view.root + '/')}"
    return xml_response(_atom_feed(entity_type, entities, view, href, count, next_uri, head),
                        FEED_TYPE)


def atom_entry(entity_type: EntityType, entity: Entity, view: View) -> Response:
    """One entity as an Atom entry."""
    head = f" {_FEED_NAMESPACES} xml:base={quoteattr(view.root + '/')}"
    return xml_response(_atom_entry(entity_type, entity, view, head), ENTRY_TYPE)


def property_response(name: str, kind: str, value: Any, as_json: bool) -> Response:
    """A single property addressed by its path."""
    if as_json:
        return json_response({"d": {name: json_value(kind, value)}})
    return xml_response(_xml_property(name, kind, value, f' xmlns:d="{_NS_D}" xmlns:m="{NS_M}"'))


def error_response(status: int, code: str, message: str, form: str) -> Response:
    """An error in one of the forms seen in public (contract §5.6)."""
    if form == "empty":
        return Response(status)
    if form == "html":
        body = (f"<html><head><title>{status} {escape(code)}</title></head>"
                f"<body><h1>{escape(code)}</h1><p>{escape(message)}</p></body></html>\n")
        return Response(status, body.encode(), "text/html;charset=utf-8")
    if form == "xml":
        body = (f'{_XML_HEAD}<error xmlns="{NS_M}"><code>{xml_text(code)}</code>'
                f'<message xml:lang="en">{xml_text(message)}</message></error>')
        return Response(status, body.encode(), XML_TYPE)
    if form == "sandbox":
        return json_response({"code": code, "message": message}, status)
    return json_response(
        {"error": {"code": code, "message": {"lang": "en", "value": message}}}, status)


def next_page_uri(base: str, pairs: list[tuple[str, str]], token: int) -> str:
    """The request's own URI with another $skiptoken; other options are kept (contract §5.4)."""
    kept = [(name, value) for name, value in pairs if name != "$skiptoken"]
    query = urlencode([*kept, ("$skiptoken", str(token))], quote_via=quote, safe="$'(),/:")
    return f"{base}?{query}"
