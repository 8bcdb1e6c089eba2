"""Answers on the wire: JSON, Atom, service document, EDMX and errors (contract §5)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Callable, Optional
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape, quoteattr

from model import (COMPLEX_TYPES, DATETIME, ENTITY_SETS, ENTITY_TYPES, INT32, INT64, NAMESPACE,
                   EntityType)

Entity = dict[str, Any]
Related = Callable[[Entity, str], list[Entity]]

JSON_TYPE = "application/json"
FEED_TYPE = "application/atom+xml;type=feed;charset=utf-8"
ENTRY_TYPE = "application/atom+xml;type=entry;charset=utf-8"
XML_TYPE = "application/xml;charset=utf-8"

_XML_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_NS_D = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_NS_M = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_NS_SCHEME = "http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"
_NS_RELATED = "http://schemas.microsoft.com/ado/2007/08/dataservices/related/"
_FEED_NAMESPACES = (f'xmlns="http://www.w3.org/2005/Atom" xmlns:m="{_NS_M}" xmlns:d="{_NS_D}"')

ERROR_FORMS = ("json", "xml", "html", "empty", "sandbox")


@dataclass
class Response:
    """A complete answer, before it is written to the connection."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def json_response(value: Any, status: int = 200) -> Response:
    """UTF-8 JSON without spaces."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(status, text.encode(), JSON_TYPE, {"DataServiceVersion": "2.0"})


def xml_response(text: str, content_type: str = XML_TYPE) -> Response:
    """UTF-8 XML with its declaration."""
    return Response(200, (_XML_HEAD + text).encode(), content_type, {"DataServiceVersion": "2.0"})


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of a zone-less UTC time."""
    return (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1)


def json_value(kind: str, value: Any) -> Any:
    """A property value in JSON: Int64 as string, DateTime as /Date(ms)/ (contract §5.3)."""
    if value is None:
        return None
    if kind == INT64:
        return str(value)
    if kind == DATETIME:
        return f"/Date({epoch_ms(value)})/"
    if kind in COMPLEX_TYPES:
        members = COMPLEX_TYPES[kind].properties.items()
        return {"__metadata": {"type": f"{NAMESPACE}.{kind}"},
                **{name: json_value(inner, value[name]) for name, inner in members}}
    return value


def text_value(kind: str, value: Any) -> str:
    """A property value in XML and in $value: DateTime without zone (contract §5.3)."""
    if kind == DATETIME:
        return str(value.isoformat(timespec="milliseconds"))
    if kind == "Edm.Boolean":
        return "true" if value else "false"
    return str(value)


def xml_text(text: str) -> str:
    """Escaped character data; control characters XML cannot carry are replaced."""
    return escape("".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in text))


def _key_literal(kind: str, value: Any) -> str:
    if kind == INT32:
        return str(value)
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
                     for item in view.related(entity, name)]
            one = found[0] if found else None
            shown[name] = {"results": found} if navigation.collection else one
        elif view.shows(name):
            shown[name] = {"__deferred": {"uri": f"{uri}/{name}"}}
    return shown


def media_type(entity: Entity) -> str:
    """The content type a media entity declares."""
    return str(entity.get("ContentType") or entity.get("Type") or "application/xml")


def json_feed(entity_type: EntityType, entities: list[Entity], view: View,
              count: Optional[int], next_uri: Optional[str]) -> Response:
    """d.results with __count (a string) and __next."""
    body: dict[str, Any] = {"results": [json_entity(entity_type, e, view) for e in entities]}
    if count is not None:
        body["__count"] = str(count)
    if next_uri is not None:
        body["__next"] = next_uri
    return json_response({"d": body})


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
    target, found = ENTITY_TYPES[navigation.target], view.related(entity, name)
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
    return xml_response(_xml_property(name, kind, value, f' xmlns:d="{_NS_D}" xmlns:m="{_NS_M}"'))


def service_document(root: str, as_json: bool) -> Response:
    """The list of sets (contract §4.1): Atom service XML, or EntitySets in JSON."""
    if as_json:
        return json_response({"d": {"EntitySets": list(ENTITY_SETS)}})
    collections = "".join(f'<collection href="{name}"><atom:title>{name}</atom:title></collection>'
                          for name in ENTITY_SETS)
    return xml_response(
        f'<service xml:base={quoteattr(root + "/")} xmlns="http://www.w3.org/2007/app" '
        'xmlns:atom="http://www.w3.org/2005/Atom"><workspace><atom:title>Default</atom:title>'
        f"{collections}</workspace></service>", "application/atomsvc+xml;charset=utf-8")


def _edmx_type(kind: str) -> str:
    return f"{NAMESPACE}.{kind}" if kind in COMPLEX_TYPES else kind


def _edmx_properties(properties: dict[str, str], keys: tuple[str, ...] = ()) -> str:
    required = ' Nullable="false"'
    return "".join(
        f'<Property Name="{name}" Type="{_edmx_type(kind)}"{required if name in keys else ""}/>'
        for name, kind in properties.items())


def _edmx_entity(entity: EntityType) -> str:
    keys = "".join(f'<PropertyRef Name="{key}"/>' for key in entity.keys)
    stream = ' m:HasStream="true"' if entity.media else ""
    navigations = "".join(
        f'<NavigationProperty Name="{name}" Relationship="{NAMESPACE}.{entity.name}_{name}" '
        f'FromRole="From_{name}" ToRole="To_{name}"/>' for name in entity.navigations)
    return (f'<EntityType Name="{entity.name}"{stream}><Key>{keys}</Key>'
            f"{_edmx_properties(entity.properties, entity.keys)}{navigations}</EntityType>")


def _edmx_associations() -> tuple[str, str]:
    associations, sets = "", ""
    for entity in ENTITY_TYPES.values():
        for name, navigation in entity.navigations.items():
            many = "*" if navigation.collection else "0..1"
            full, target = f"{entity.name}_{name}", ENTITY_TYPES[navigation.target]
            associations += (
                f'<Association Name="{full}">'
                f'<End Type="{NAMESPACE}.{entity.name}" Multiplicity="1" Role="From_{name}"/>'
                f'<End Type="{NAMESPACE}.{target.name}" Multiplicity="{many}" Role="To_{name}"/>'
                "</Association>")
            sets += (
                f'<AssociationSet Name="{full}" Association="{NAMESPACE}.{full}">'
                f'<End EntitySet="{entity.entity_set}" Role="From_{name}"/>'
                f'<End EntitySet="{target.entity_set}" Role="To_{name}"/></AssociationSet>')
    return associations, sets


def metadata_document() -> Response:
    """EDMX V2 of what the sandbox serves (contract §4.1)."""
    associations, association_sets = _edmx_associations()
    complex_types = "".join(
        f'<ComplexType Name="{c.name}">{_edmx_properties(c.properties)}</ComplexType>'
        for c in COMPLEX_TYPES.values())
    entity_sets = "".join(f'<EntitySet Name="{name}" EntityType="{NAMESPACE}.{e.name}"/>'
                          for name, e in ENTITY_SETS.items())
    return xml_response(
        '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" '
        f'xmlns:m="{_NS_M}"><edmx:DataServices m:DataServiceVersion="2.0">'
        f'<Schema Namespace="{NAMESPACE}" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
        + "".join(_edmx_entity(e) for e in ENTITY_TYPES.values()) + complex_types + associations
        + '<EntityContainer Name="EntityContainer" m:IsDefaultEntityContainer="true">'
        f"{entity_sets}{association_sets}</EntityContainer></Schema>"
        "</edmx:DataServices></edmx:Edmx>")


def error_response(status: int, code: str, message: str, form: str) -> Response:
    """An error in one of the forms seen in public (contract §5.6)."""
    if form == "empty":
        return Response(status)
    if form == "html":
        body = (f"<html><head><title>{status} {escape(code)}</title></head>"
                f"<body><h1>{escape(code)}</h1><p>{escape(message)}</p></body></html>\n")
        return Response(status, body.encode(), "text/html;charset=utf-8")
    if form == "xml":
        body = (f'{_XML_HEAD}<error xmlns="{_NS_M}"><code>{xml_text(code)}</code>'
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
