"""Reads the public headers: what they declare, and the comments that are its contract."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FUNCTION = re.compile(r"\bCIHSM_API\b")
NAME_OF_FUNCTION = re.compile(r"\b(cihsm_\w+)\s*\(")
NOT_SHOWN = re.compile(r"\b(CIHSM_API|CIHSM_NODISCARD)\b\s*|\bCIHSM_PRINTF\([^)]*\)\s*")


@dataclass
class Comment:
    """A comment of the form that Doxygen reads, in its parts."""

    text: list[str] = field(default_factory=list)  # paragraphs
    parameters: list[tuple[str, str]] = field(default_factory=list)
    returns: str = ""
    statuses: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Member:
    """A member of a structure, or a value of an enumeration."""

    code: str
    comment: str


@dataclass
class Item:
    """Something that a header declares."""

    kind: str  # function, struct, enum, opaque, type, macro
    name: str
    code: str
    comment: Comment
    members: list[Member] = field(default_factory=list)


@dataclass
class Header:
    """A public header."""

    name: str  # "token_admin"
    summary: str  # the line after its name
    text: list[str]  # the rest of its first comment
    items: list[Item]
    includes: list[str]  # other headers: "token"

    def functions(self) -> list[Item]:
        """What the library exports of it."""
        return [item for item in self.items if item.kind == "function"]

    def page(self) -> str:
        """Its manual page: cihsm_client of client.h; cihsm of the header that includes all."""
        return "cihsm" if self.name == "cihsm" else f"cihsm_{self.name}"

    def other_names(self) -> list[str]:
        """The functions, if none has the name of the page."""
        return [item.name for item in self.functions() if item.name != self.page()]


def plain(comment: str) -> str:
    """The text of a comment without its frame."""
    inner = re.sub(r"^/\*\*?<?|\*/$", "", comment)
    return "\n".join(re.sub(r"^\s*\*( |$)", "", line).rstrip() for line in inner.splitlines())


def paragraphs(text: str) -> list[str]:
    """Texts that a blank line separates; an indented one keeps its lines."""
    found = []
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        is_code = all(line.startswith("    ") for line in part.splitlines())
        found.append(part if is_code else " ".join(part.split()))
    return [part for part in found if part.strip()]


def parse_comment(comment: str) -> Comment:
    """The parts of a comment."""
    found = Comment()
    pieces = re.split(r"(?:^|(?<=\s))@(param|retval|returns?)\s+", plain(comment))
    found.text = paragraphs(pieces[0])
    for kind, piece in zip(pieces[1::2], pieces[2::2]):
        body, _, after = piece.partition("\n\n")
        found.text += paragraphs(after)
        if kind == "param":
            name, _, rest = " ".join(body.split()).partition(" ")
            found.parameters.append((name, rest))
        elif kind == "retval":
            matched = re.match(r"((?:CIHSM_\w+,?\s*)+|else|others|otherwise)(.*)", body.strip(), re.DOTALL)
            names, rest = (matched[1], matched[2]) if matched else ("", body)
            found.statuses.append((" ".join(names.split()), " ".join(rest.split())))
        else:
            found.returns = " ".join(body.split())
    return found


def end_of_declaration(text: str, at: int) -> int:
    """Where the semicolon outside of braces and comments is."""
    depth = 0
    while at < len(text):
        comment = COMMENT.match(text, at)
        if comment:
            at = comment.end()
            continue
        depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(text[at], 0)
        if text[at] == ";" and depth == 0:
            return at + 1
        at += 1
    raise ValueError("a declaration has no end")


def in_one_line(comment: Comment) -> str:
    """A comment of a member, which has no lists of its own."""
    parts = comment.text + [f"{name}: {text}." for name, text in comment.parameters]
    return " ".join(" ".join(parts).split())


def members_of(body: str, separator: str) -> list[Member]:
    """What stands in the braces of a structure (;) or an enumeration (,)."""
    found: list[Member] = []
    code, before, at = "", "", 0
    while at < len(body):
        comment = COMMENT.match(body, at)
        if comment:
            words = in_one_line(parse_comment(comment[0]))
            if comment[0].startswith("/**<") and found and not code.strip():
                found[-1].comment = words
            elif comment[0].startswith("/**<"):
                before = words  # of the last value, which no comma ends
            elif comment[0].startswith("/**"):
                before = words
            at = comment.end()
            continue
        depth = code.count("(") - code.count(")")
        if body[at] == separator and depth == 0:
            found.append(Member(" ".join(code.split()), before))
            code, before = "", ""
        else:
            code += body[at]
        at += 1
    if code.strip():
        found.append(Member(" ".join(code.split()), before))
    return found


def make_item(code: str, comment: Comment) -> Item:
    """What a declaration declares."""
    bare = COMMENT.sub("", code)
    if FUNCTION.search(bare):
        name = NAME_OF_FUNCTION.search(bare)
        if name is None:
            raise ValueError(f"no name in: {bare}")
        shown = " ".join(NOT_SHOWN.sub("", bare).split())
        return Item("function", name[1], shown, comment)
    braces = re.match(r"\s*typedef\s+(struct|enum)\s+\w+\s*\{(.*)\}\s*(\w+)\s*;", code, re.DOTALL)
    if braces:
        separator = ";" if braces[1] == "struct" else ","
        return Item(braces[1], braces[3], f"{braces[1]} {braces[3]}", comment,
                    members_of(braces[2], separator))
    opaque = re.match(r"\s*typedef\s+struct\s+(\w+)\s+\1\s*;", bare)
    if opaque:
        return Item("opaque", opaque[1], " ".join(bare.split()), comment)
    name = re.search(r"\(\*(\w+)\)|(\w+)\s*;", bare)
    return Item("type", (name[1] or name[2]) if name else "", " ".join(bare.split()), comment)


def read_macro(text: str, at: int) -> tuple[str, str, int]:
    """Name with parameters and trailing comment of a #define, and where it ends."""
    end = at
    while True:
        end = text.find("\n", end)
        if text[end - 1] != "\\":
            break
        end += 1
    line = text[at:end]
    name = re.match(r"#\s*define\s+(\w+(?:\([^)]*\))?)", line)
    comment = text.find("/**<", at, end)
    if comment >= 0:
        end = text.index("*/", comment) + 2
    return (name[1] if name else ""), (text[comment:end] if comment >= 0 else ""), end


def parse_items(text: str) -> list[Item]:
    """All that stands between a header's guards."""
    items: list[Item] = []
    comment, at = "", 0
    while at < len(text):
        found = COMMENT.match(text, at)
        if text[at].isspace():
            at += 1
        elif found:
            if found[0].startswith("/**<"):
                items[-1].comment = parse_comment(found[0])
            else:
                comment = found[0] if found[0].startswith("/**") else ""
            at = found.end()
        elif text[at] == "#":
            name, behind, at = read_macro(text, at)
            if name and not name.endswith(("_H", "_DECLS")):
                items.append(Item("macro", name, f"#define {name}",
                                  parse_comment(behind or comment)))
            comment = ""
        elif re.match(r"CIHSM_(BEGIN|END)_DECLS", text[at:]):
            at = text.index("\n", at)
        else:
            end = end_of_declaration(text, at)
            items.append(make_item(text[at:end], parse_comment(comment)))
            comment, at = "", end
    return items


def read_header(path: Path) -> Header:
    """A header with all that it declares."""
    text = path.read_text(encoding="utf-8")
    first = re.search(r"/\*\n \* cihsm/\w+\.h - (.*?)\*/", text, re.DOTALL)
    if first is None:
        raise ValueError(f"{path} does not begin with what it is")
    about = paragraphs(plain("/*\n * " + first[1] + "*/"))
    summary, _, more = about[0].partition(". ")
    body = text[first.end():]
    includes = re.findall(r'#include "cihsm/(\w+)\.h"', body)
    return Header(path.stem, summary.rstrip("."), ([more] if more else []) + about[1:],
                  parse_items(body),
                  [name for name in includes if name != "api"])


def read_headers(folder: Path) -> list[Header]:
    """All public headers by name."""
    return [read_header(path) for path in sorted(folder.glob("*.h"))]
