"""Splits a $filter into its words and literals (contract §4.4). Errors are answered 400."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


class QueryError(ValueError):
    """The request is malformed: 400."""


class ZonedLiteral:
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
  | (?P<offset>datetimeoffset'(?P<dto>[^']*)')
  | (?P<string>'(?P<str>(?:[^']|'')*)')
  | (?P<number>-?\d+(?:\.\d+)?[LlMmDdFf]?(?![\w.]))
  | (?P<name>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
  | (?P<punct>[(),])
""", re.VERBOSE)

_PLAIN_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?$")
_ZONED_DATETIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?)"
                             r"(?:Z|([+-])(\d\d):?(\d\d))$")


def parse_datetime(text: str) -> Any:
    """The inside of datetime'…'; a zone gives a literal that matches nothing."""
    if _ZONED_DATETIME.match(text):
        return ZonedLiteral()
    if not _PLAIN_DATETIME.match(text):
        raise QueryError(f"'{text}' is not a datetime")
    head, _, fraction = text.partition(".")
    pattern = "%Y-%m-%dT%H:%M:%S" if head.count(":") == 2 else "%Y-%m-%dT%H:%M"
    try:
        moment = datetime.strptime(head, pattern)
    except ValueError as error:
        raise QueryError(f"'{text}' is not a datetime") from error
    return moment.replace(microsecond=int((fraction + "000000")[:6])) if fraction else moment


def parse_datetimeoffset(text: str) -> datetime:
    """The inside of datetimeoffset'…', which has a zone; as UTC."""
    match = _ZONED_DATETIME.match(text)
    if match is None:
        raise QueryError(f"'{text}' is not a datetimeoffset")
    moment: datetime = parse_datetime(match[1])
    if match[2] is None:
        return moment
    offset = timedelta(hours=int(match[3]), minutes=int(match[4]))
    return moment - offset if match[2] == "+" else moment + offset


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
        elif match["offset"]:
            tokens.append(Token("literal", parse_datetimeoffset(match["dto"]), match[0]))
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
