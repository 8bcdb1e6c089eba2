"""$filter of OData V2 as the tenant has it (contract §4.4, §4.5).

An expression becomes a Python function from entity to value, and the times it asks for, so that a
window of many entries is found by index. Errors are QueryError, answered 400.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Callable, Optional

from edm import DATETIME, DATETIMEOFFSET, EntityType
from filter_tokens import QueryError, Token, ZonedLiteral, tokenize
from model import COMPLEX_TYPES, ENTITY_TYPES

Entity = dict[str, Any]
Getter = Callable[[Entity], Any]
# Lowest and highest value that a property can have where the expression holds
Bounds = dict[str, tuple[Optional[datetime], Optional[datetime]]]

MAX_FILTER_DEPTH = 50
_CACHED_FILTERS = 256


@dataclass(frozen=True)
class Operand:
    """A compiled sub-expression; kind is the Edm type of a property, or 'bool' or 'literal'."""

    get: Getter
    kind: str
    name: str = ""
    value: Any = None
    bounds: Bounds = field(default_factory=dict)


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

    _COMPARE: dict[str, Callable[[Any, Any], Any]] = {
        "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge,
        "lt": operator.lt, "le": operator.le}
    _FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
        "substringof": lambda needle, text: needle in text,
        "startswith": lambda text, start: text.startswith(start),
        "endswith": lambda text, end: text.endswith(end)}

    def __init__(self, text: str, entity_type: EntityType) -> None:
        self._tokens = tokenize(text)
        self._position = 0
        self._depth = 0
        self._type = entity_type

    def parse(self) -> Operand:
        """The whole expression as a predicate."""
        operand = self._or()
        if self._position != len(self._tokens):
            raise QueryError(f"unexpected '{self._tokens[self._position].text}' in $filter")
        if operand.kind not in ("bool", "Edm.Boolean"):
            raise QueryError("$filter must be a boolean expression")
        return operand

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
            word = str(token.value)
            if word not in self._type.filtering.operators:
                raise QueryError(f"{word} is not supported for {self._type.entity_set}")
            return word
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
            right = self._not()
            both = _intersection(left.bounds, right.bounds)
            left = replace(self._logical(left, right, all), bounds=both)
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
            if side.name in self._type.filtering.only_eq and word != "eq":
                raise QueryError(f"only eq is supported for {side.name}")
            if side.name in self._type.filtering.empty:
                return Operand(lambda entity: False, "bool")
            if other.kind == "literal":
                _check_literal(side.kind, other.value)
        evaluate = _comparison(word, self._COMPARE[word], left, right)
        return Operand(evaluate, "bool", bounds=_comparison_bounds(word, left, right))

    def _primary(self) -> Operand:
        token = self._next()
        if token.kind == "(":
            if not self._type.filtering.nesting:
                raise QueryError(f"parentheses are not supported for {self._type.entity_set}")
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
        if path in self._type.filtering.refused:
            raise QueryError(f"{path} cannot be used in $filter")
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
            if side.name in self._type.filtering.only_eq:
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
        "Edm.String": (str,), DATETIME: (datetime, ZonedLiteral), DATETIMEOFFSET: (datetime,),
        "Edm.Int64": (int,),
        "Edm.Int32": (int,), "Edm.Boolean": (bool,), "bool": (bool,)}
    if not isinstance(value, allowed.get(kind, ())) or (
            isinstance(value, bool) and kind not in ("Edm.Boolean", "bool")):
        raise QueryError(f"incompatible types: {kind} and the literal given")


def _comparison(word: str, compare: Callable[[Any, Any], Any], left: Operand,
                right: Operand) -> Getter:
    """Null is only equal or not equal; a literal with a zone compares false."""
    left_get, right_get, value = left.get, right.get, right.value
    if isinstance(value, ZonedLiteral) or isinstance(left.value, ZonedLiteral):
        return lambda entity: False
    if word in ("eq", "ne"):
        return lambda entity: compare(left_get(entity), right_get(entity))

    def ordered(entity: Entity) -> bool:
        a, b = left_get(entity), right_get(entity)
        return a is not None and b is not None and bool(compare(a, b))
    return ordered


def _comparison_bounds(word: str, left: Operand, right: Operand) -> Bounds:
    """What `property op time` says of the property; nothing for other comparisons."""
    if not left.name or not isinstance(right.value, datetime):
        return {}
    if word in ("gt", "ge"):
        return {left.name: (right.value, None)}
    if word in ("lt", "le"):
        return {left.name: (None, right.value)}
    return {left.name: (right.value, right.value)} if word == "eq" else {}


def _intersection(left: Bounds, right: Bounds) -> Bounds:
    """What holds if both do."""
    both = dict(left)
    for name, (low, high) in right.items():
        known_low, known_high = both.get(name, (None, None))
        lows = [value for value in (low, known_low) if value is not None]
        highs = [value for value in (high, known_high) if value is not None]
        both[name] = (max(lows, default=None), min(highs, default=None))
    return both


@lru_cache(_CACHED_FILTERS)
def compiled(text: str, type_name: str) -> Operand:
    """A parsed $filter for an entity type."""
    return FilterParser(text, ENTITY_TYPES[type_name]).parse()
