"""The two documents about the service: its list of sets, and $metadata (contract §4.1)."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from edm import NAMESPACE, EntityType
from model import COMPLEX_TYPES, ENTITY_SETS, ENTITY_TYPES, FUNCTION_IMPORTS
from render import NS_M, Response, json_response, xml_response


def service_document(root: str, as_json: bool) -> Response:
    """The list of some of the sets (contract §4.1): Atom service XML, or EntitySets in JSON."""
    names = [name for name, kind in ENTITY_SETS.items() if kind.in_service_document]
    if as_json:
        return json_response({"d": {"EntitySets": names}})
    collections = "".join(f'<collection href="{name}"><atom:title>{name}</atom:title></collection>'
                          for name in names)
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


def _edmx_functions() -> str:
    return "".join(
        f'<FunctionImport Name="{function.name}" m:HttpMethod="{function.method}">' + "".join(
            f'<Parameter Name="{name.rstrip("?")}" Type="Edm.String" Mode="In"/>'
            for name in function.parameters) + "</FunctionImport>"
        for function in FUNCTION_IMPORTS.values())


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
        f'xmlns:m="{NS_M}"><edmx:DataServices m:DataServiceVersion="2.0">'
        f'<Schema Namespace="{NAMESPACE}" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
        + "".join(_edmx_entity(e) for e in ENTITY_TYPES.values()) + complex_types + associations
        + '<EntityContainer Name="EntityContainer" m:IsDefaultEntityContainer="true">'
        f"{entity_sets}{association_sets}{_edmx_functions()}</EntityContainer></Schema>"
        "</edmx:DataServices></edmx:Edmx>")
