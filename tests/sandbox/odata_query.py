"""OData V2 query options: parsing and evaluation (contract §4.3 to §4.5, §5.4).

A $filter becomes a Python function from entity to value. Errors are QueryError, answered 400.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Callable, Optional
from urllib.parse import unquote_plus

from model import COMPLEX_TYPES, DATETIME, EntityType

Entity = dict[str, Any]
Getter = Callable[[Entity], Any]

KNOWN_OPTIONS = frozenset({"$filter", "$select", "$expand", "$orderby", "$top", "$skip",
                           "$inlinecount", "$format", "$skiptoken"})
MAX_FILTER_DEPTH = 50


class QueryError(ValueError):
    """The request is malformed: 400."""


class _ZonedLiteral:
    """A datetime literal with a zone: compares false with everything (contract §4.4)."""


@dataclass(frozen=True)
class Token:
    """One lexical element of a $filter expression."""

    kind: str
    value: Any
    text: str


_TOKEN = re.compile(r"""
    (?P<space>\s+)
  | (?P<datetime>datetime'(?P<dt>[^']*)')
  | (?P<string>'(?P<str>(?:[^']|'')*)')
  | (?P<number>-?\d+(?:\.\d+)?[LlMmDdFf]?(?![\w.]))
  | (?P<name>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
  | (?P<punct>[(),])
""", re.VERBOSE)

_PLAIN_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?$")
_ZONED_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:?\d\d)$")


def parse_datetime(text: str) -> Any:
    """The inside of datetime'…'; a zone gives a literal that matches nothing."""
    if _ZONED_DATETIME.match(text):
        return _ZonedLiteral()
    if not _PLAIN_DATETIME.match(text):
        raise QueryError(f"'{text}' is not a datetime")
    head, _, fraction = text.partition(".")
    pattern = "%Y-%m-%dT%H:%M:%S" if head.count(":") == 2 else "%Y-%m-%dT%H:%M"
    try:
        moment = datetime.strptime(head, pattern)
    except ValueError as error:
        raise QueryError(f"'{text}' is not a datetime") from error
    return moment.replace(microsecond=int((fraction + "000000")[:6])) if fraction else moment


def _number(text: str) -> Any:
    digits = text.rstrip("LlMmDdFf")
    return float(digits) if "." in digits else int(digits)


def tokenize(text: str) -> list[Token]:
    """Splits a filter expression; unknown characters are a QueryError."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryError(f"invalid character at position {position} of the expression")
        position = match.end()
        if match["datetime"]:
            tokens.append(Token("literal", parse_datetime(match["dt"]), match[0]))
        elif match["string"] is not None:
            tokens.append(Token("literal", match["str"].replace("''", "'"), match[0]))
        elif match["number"]:
            tokens.append(Token("literal", _number(match[0]), match[0]))
        elif match["name"]:
            tokens.append(_name_token(match[0]))
        elif not match["space"]:
            tokens.append(Token(match[0], None, match[0]))
    return tokens


def _name_token(text: str) -> Token:
    constants = {"true": True, "false": False, "null": None}
    if text in constants:
        return Token("literal", constants[text], text)
    return Token("name", text, text)


@dataclass(frozen=True)
class Operand:
    """A compiled sub-expression; kind is the Edm type of a property, or 'bool' or 'literal'."""

    get: Getter
    kind: str
    name: str = ""
    value: Any = None


def property_getter(entity_type: EntityType, path: str) -> tuple[Getter, str]:
    """Reads a property, or one inside a complex property; QueryError if there is none."""
    head, _, tail = path.partition("/")
    kind = entity_type.properties.get(head)
    if kind is None:
        raise QueryError(f"Could not find property with name: '{head}'.")
    if not tail:
        return (lambda entity: entity[head]), kind
    inner = COMPLEX_TYPES[kind].properties.get(tail) if kind in COMPLEX_TYPES else None
    if inner is None:
        raise QueryError(f"Could not find property with name: '{tail}'.")
    return (lambda entity: entity[head][tail]), inner


class FilterParser:
    """Recursive descent over: or < and < not < comparison < primary."""

    _COMPARE: dict[str, Callable[[Any, Any], bool]] = {
        "eq": lambda a, b: bool(a == b), "ne": lambda a, b: bool(a != b),
        "gt": lambda a, b: bool(a > b), "ge": lambda a, b: bool(a >= b),
        "lt": lambda a, b: bool(a < b), "le": lambda a, b: bool(a <= b)}
    _FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
        "substringof": lambda needle, text: needle in text,
        "startswith": lambda text, start: text.startswith(start),
        "endswith": lambda text, end: text.endswith(end)}

    def __init__(self, text: str, entity_type: EntityType) -> None:
        self._tokens = tokenize(text)
        self._position = 0
        self._depth = 0
        self._type = entity_type

    def parse(self) -> Getter:
        """The whole expression as a predicate."""
        operand = self._or()
        if self._position != len(self._tokens):
            raise QueryError(f"unexpected '{self._tokens[self._position].text}' in $filter")
        if operand.kind not in ("bool", "Edm.Boolean"):
            raise QueryError("$filter must be a boolean expression")
        return operand.get

    def _peek(self) -> Optional[Token]:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _next(self) -> Token:
        token = self._peek()
        if token is None:
            raise QueryError("$filter ends too early")
        self._position += 1
        return token

    def _take_word(self, *words: str) -> Optional[str]:
        token = self._peek()
        if token is not None and token.kind == "name" and token.value in words:
            self._position += 1
            return str(token.value)
        return None

    def _expect(self, punct: str) -> None:
        if self._next().kind != punct:
            raise QueryError(f"'{punct}' expected in $filter")

    def _or(self) -> Operand:
        left = self._and()
        while self._take_word("or"):
            left = self._logical(left, self._and(), any)
        return left

    def _and(self) -> Operand:
        left = self._not()
        while self._take_word("and"):
            left = self._logical(left, self._not(), all)
        return left

    @staticmethod
    def _logical(left: Operand, right: Operand, join: Callable[[Any], bool]) -> Operand:
        for side in (left, right):
            if side.kind not in ("bool", "Edm.Boolean"):
                raise QueryError("and/or need boolean expressions")
        pair = (left.get, right.get)
        return Operand(lambda entity: join(get(entity) for get in pair), "bool")

    def _not(self) -> Operand:
        if not self._take_word("not"):
            return self._comparison()
        self._enter()
        inner = self._not()
        self._depth -= 1
        if inner.kind not in ("bool", "Edm.Boolean"):
            raise QueryError("not needs a boolean expression")
        return Operand(lambda entity: not inner.get(entity), "bool")

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_FILTER_DEPTH:
            raise QueryError("$filter is nested too deeply")

    def _comparison(self) -> Operand:
        left = self._primary()
        word = self._take_word(*self._COMPARE)
        if word is None:
            return left
        return self._compare(word, left, self._primary())

    def _compare(self, word: str, left: Operand, right: Operand) -> Operand:
        for side, other in ((left, right), (right, left)):
            if side.name in self._type.id_like and word != "eq":
                raise QueryError(f"only eq is supported for {side.name}")
            if other.kind == "literal":
                _check_literal(side.kind, other.value)
        compare, left_get, right_get = self._COMPARE[word], left.get, right.get

        def evaluate(entity: Entity) -> bool:
            a, b = left_get(entity), right_get(entity)
            if isinstance(a, _ZonedLiteral) or isinstance(b, _ZonedLiteral):
                return False
            if (a is None or b is None) and word not in ("eq", "ne"):
                return False
            return compare(a, b)
        return Operand(evaluate, "bool")

    def _primary(self) -> Operand:
        token = self._next()
        if token.kind == "(":
            self._enter()
            inner = self._or()
            self._depth -= 1
            self._expect(")")
            return inner
        if token.kind == "literal":
            return Operand(lambda entity: token.value, "literal", value=token.value)
        if token.kind != "name":
            raise QueryError(f"unexpected '{token.text}' in $filter")
        following = self._peek()
        if following is not None and following.kind == "(":
            return self._function(token.value)
        return self._property(token.value)

    def _property(self, path: str) -> Operand:
        # The deprecated IntegrationFlowName is mapped to the artifact id (contract §7.1).
        if path == "IntegrationFlowName" and "IntegrationArtifact" in self._type.properties:
            path = "IntegrationArtifact/Id"
        getter, kind = property_getter(self._type, path)
        return Operand(getter, kind, path)

    def _function(self, name: str) -> Operand:
        if name not in self._FUNCTIONS:
            raise QueryError(f"function '{name}' is not supported")
        function = self._FUNCTIONS[name]
        self._expect("(")
        first = self._primary()
        self._expect(",")
        second = self._primary()
        self._expect(")")
        for side in (first, second):
            if side.name in self._type.id_like:
                raise QueryError(f"only eq is supported for {side.name}")
            if side.kind not in ("Edm.String", "literal"):
                raise QueryError(f"{name} needs strings")
            if side.kind == "literal" and not isinstance(side.value, str):
                raise QueryError(f"{name} needs strings")

        def evaluate(entity: Entity) -> bool:
            a, b = first.get(entity), second.get(entity)
            return a is not None and b is not None and function(a, b)
        return Operand(evaluate, "bool")


def _check_literal(kind: str, value: Any) -> None:
    """Refuses to compare a property with a literal of another type."""
    if value is None or kind == "literal":
        return
    allowed: dict[str, tuple[type, ...]] = {
        "Edm.String": (str,), DATETIME: (datetime, _ZonedLiteral), "Edm.Int64": (int,),
        "Edm.Int32": (int,), "Edm.Boolean": (bool,), "bool": (bool,)}
    if not isinstance(value, allowed.get(kind, ())) or (
            isinstance(value, bool) and kind not in ("Edm.Boolean", "bool")):
        raise QueryError(f"incompatible types: {kind} and the literal given")


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
            query.filter = FilterParser(text, entity_type).parse()
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


def cut_page(chosen: list[Entity], query: Query, page_size: int) -> Page:
    """$skip and $top choose a window, $skiptoken counts inside it (contract §5.4)."""
    end = len(chosen) if query.top is None else min(len(chosen), query.skip + query.top)
    first = query.skip + query.skiptoken
    last = min(end, first + page_size)
    more = query.skiptoken + page_size if last < end and first < end else None
    return Page(chosen[first:last], len(chosen), more)
