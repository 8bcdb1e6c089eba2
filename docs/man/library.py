"""The pages of section 3: one for each public header, made from its comments."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from headers import Comment, Header, Item
from scd import Page, bold, escape, italic, sentence

WORDS = re.compile(r"(\bcihsm_\w+|\bCIHSM_\w+|@p \w+)")
WIDTH = 68


def marked(text: str) -> str:
    """The text of a comment: names of the library bold, parameters in italics."""
    if text.startswith("    "):
        return literal(text)
    parts = []
    for at, part in enumerate(WORDS.split(text)):
        word = italic(part[3:]) if part.startswith("@p ") else bold(part)
        parts.append(word if at % 2 else escape(part))
    return "".join(parts)


def literal(text: str) -> str:
    """Code in a comment."""
    body = textwrap.dedent(text).replace("\\", "\\\\")
    return f"```\n{body}\n```"


def parameters(text: str) -> list[str]:
    """The parameters of a prototype, each whole, with the comma or the bracket behind it."""
    found, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            found.append(text[start:at + 1].strip())
            start = at + 1
    return [*found, text[start:].strip()]


def prototype(item: Item) -> str:
    """A declaration in lines that fit a page; a parameter is not torn."""
    head, bracket, rest = item.code.partition(")(" if item.kind == "type" else "(")
    if len(item.code) <= WIDTH or not bracket:
        return item.code
    lines = [""]
    for parameter in parameters(rest):
        longer = f"{lines[-1]} {parameter}".strip()
        lines[-1:] = [longer] if len(longer) <= WIDTH - 4 else [lines[-1], parameter]
    return "\n    ".join([head + bracket, *(line for line in lines if line)])


def add_text(page: Page, comment: Comment) -> None:
    """The paragraphs of a comment."""
    for text in comment.text:
        shown = marked(text if text.startswith("    ") else sentence(text))
        page.block(shown) if shown.startswith("```") else page.text(shown)


def add_function(page: Page, item: Item) -> None:
    """A function: what it does, takes and returns."""
    page.heading(f"{item.name}()", 2)
    page.literal(prototype(item))
    add_text(page, item.comment)
    for name, text in item.comment.parameters:
        page.define(italic(name), marked(text))
    if item.comment.returns:
        page.text("Returns " + marked(item.comment.returns.rstrip(".")) + ".")
    for names, text in item.comment.statuses:
        page.define(bold(names) if names else "*else*", marked(text))


def add_type(page: Page, item: Item) -> None:
    """A structure, an enumeration, another type or a macro."""
    page.heading(item.name, 2)
    if item.kind in ("opaque", "type"):
        page.literal(prototype(item))
    add_text(page, item.comment)
    for member in item.members:
        page.define(bold(member.code), marked(member.comment))


def example_of(path: Path) -> str:
    """A program without its licence line."""
    return re.sub(r"^/\* SPDX.*?\n", "", path.read_text(encoding="utf-8"))


def header_page(header: Header, examples: Path, version: str) -> Page:
    """The page of a header."""
    page = Page(header.page(), "3", version)
    names = [page.name, *header.other_names()]
    page.heading("NAME")
    page.text(f"{', '.join(escape(name) for name in names)} - {escape(header.summary)}")
    page.heading("SYNOPSIS")
    page.literal(f"#include <cihsm/{header.name}.h>\n\ncc ... $(pkg-config --cflags --libs cihsm)")
    page.heading("DESCRIPTION")
    page.text(marked(sentence(header.summary)))
    for text in header.text:
        shown = marked(text if text.startswith("    ") else sentence(text))
        page.block(shown) if shown.startswith("```") else page.text(shown)
    types = [item for item in header.items if item.kind != "function"]
    if types:
        page.heading("TYPES AND CONSTANTS")
        for item in types:
            add_type(page, item)
    if header.functions():
        page.heading("FUNCTIONS")
        for item in header.functions():
            add_function(page, item)
    example = examples / f"{header.name}.c"
    if example.exists():  # a test wants it
        page.heading("EXAMPLES")
        page.literal(example_of(example))
    page.heading("SEE ALSO")
    page.text(", ".join(f"*{escape(name)}*(3)" for name in
                        ["cihsm", *(f"cihsm_{name}" for name in header.includes)]))
    return page


def list_of_headers(headers: list[Header]) -> str:
    """Each header with its page, for cihsm(3)."""
    return "\n\n".join(f"*{escape(header.page())}*(3)\n\t"
                       f"{escape(sentence(header.summary))}"
                       for header in headers if header.name != "cihsm")
