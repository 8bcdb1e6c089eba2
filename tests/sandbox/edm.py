"""What the simulated tenant says of its entity types, sets and function imports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Mapping, Optional

NO_ROLE = ""  # it is not documented, so none is asked for
NAMESPACE = "com.sap.hci.api"
PAGE_SIZE = 1000  # contract §5.4

STRING, BOOLEAN, INT32, INT64, DATETIME, DATETIMEOFFSET, BINARY = (
    "Edm.String", "Edm.Boolean", "Edm.Int32", "Edm.Int64", "Edm.DateTime", "Edm.DateTimeOffset",
    "Edm.Binary")

# What data stores, their entries and variables refuse (contract §4.5)
ALL_OPTIONS = frozenset({"$filter", "$inlinecount", "$orderby", "$skip", "$top", "$expand",
                         "$select"})


@dataclass(frozen=True)
class Navigation:
    """A navigation property: its target type and whether it leads to many."""

    target: str
    collection: bool


@dataclass(frozen=True)
class ComplexType:
    """A complex type with its properties in order."""

    name: str
    properties: dict[str, str]


@dataclass(frozen=True)
class Filtering:
    """Where $filter of a set can less than OData V2 (contract §4.5)."""

    operators: frozenset[str] = frozenset(
        {"and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le"})
    nesting: bool = True
    refused: frozenset[str] = frozenset()  # properties that cannot be filtered on
    only_eq: frozenset[str] = frozenset()  # Id-like properties
    empty: frozenset[str] = frozenset()  # a filter on these finds nothing


@dataclass(frozen=True)
class Writes:
    """The verbs of a set with the status of their success (contract §7)."""

    statuses: dict[str, int]
    roles: tuple[str, ...]  # any of them (contract §8)
    echo: bool = False  # POST answers with the entity and its Location
    taken: int = 409  # POST of a key that exists
    missing: int = 404  # PUT of a key that does not
    gone: int = 404  # DELETE of one
    upsert: bool = False
    set_by_server: frozenset[str] = frozenset()
    never_read: frozenset[str] = frozenset()  # null in every answer


@dataclass(frozen=True)
class EntityType:
    """An entity type together with its one entity set and the roles it asks for (contract §8)."""

    name: str
    entity_set: str
    keys: tuple[str, ...]
    properties: dict[str, str]
    navigations: dict[str, Navigation] = field(default_factory=dict)
    media: bool = False
    listable: bool = False
    addressable: bool = True
    ignores_key: bool = False  # there is one, whatever the key says
    bad_hex: int = 404  # a hex key that is no hex
    in_service_document: bool = False  # only some sets are (contract §4.1)
    role: str = "MonitoringDataRead"
    content_role: str = "MonitoringDataRead"
    page_size: int = PAGE_SIZE
    filtering: Filtering = Filtering()
    refused_options: frozenset[str] = frozenset()  # answered 501
    writes: Optional[Writes] = None

    @property
    def hex_keys(self) -> bool:
        """Whether the key is hex of UTF-8 (contract §4.2)."""
        return self.keys[0].startswith("Hex")


@dataclass(frozen=True)
class FunctionImport:
    """A function import: its string parameters; those with a question mark may be missing."""

    name: str
    parameters: tuple[str, ...]
    role: str
    method: str = "POST"
    # parameters that stand without quotes, and what they may say
    bare: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of a zone-less UTC time."""
    return (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1)
