#!/usr/bin/env python3
"""The comments of the public headers are the contract: each function has one of its own that names
every parameter and what the function returns; each type, member, value and macro is explained; each
header says at its top what threads may do, and names the source of its rules. What holds for all of
them stands in include/cihsm/error.h.

    api.py SOURCE
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "man"))

from headers import Header, read_header  # noqa: E402  pylint: disable=wrong-import-position

# told once for all functions and structures (cihsm/error.h)
UNTOLD = {"err", "user"}
UNTOLD_MEMBER = re.compile(r"^void \*user$|^size_t \w+_count$")
FUNCTION = re.compile(r"^CIHSM_API\b(?P<head>[^;(]*?)\b(?P<name>cihsm_\w+)\s*"
                      r"\((?P<parameters>[^;]*?)\)[^;)]*;", re.M | re.S)
# with so many parameters a getter, or what ends an object, is told by its sentence
SPEAKS_FOR_ITSELF = 2


class Function(NamedTuple):
    """One prototype and the comment right above it."""

    name: str
    parameters: list[str]
    is_fallible: bool
    comment: str


def functions_of(text: str) -> Iterator[Function]:
    """The functions that a header declares."""
    for found in FUNCTION.finditer(text):
        above = text[:found.start()].rstrip()
        comment = above[above.rfind("/**"):] if above.endswith("*/") else ""
        names = re.findall(r"(\w+)\s*(?:\[\w*\])?\s*(?:,|$)", found["parameters"])
        yield Function(found["name"], [name for name in names if name != "void"],
                       "cihsm_status" in found["head"], comment)


def faults_of(function: Function, statuses: set[str]) -> Iterator[str]:
    """What the comment of a function lacks."""
    if not function.comment:
        yield "has no comment of its own"
        return
    told = set(re.findall(r"@(?:p|param)\s+(\w+)", function.comment))
    wanted = [name for name in function.parameters if name not in UNTOLD]
    if len(wanted) > SPEAKS_FOR_ITSELF or function.is_fallible:
        for name in wanted:
            if name not in told and f"*{name}" not in function.comment:
                yield f"does not tell its parameter {name}"
    for name in told - set(function.parameters):
        yield f"tells a parameter {name} that it has not"
    if function.is_fallible and not re.search(r"@(retval|return)\b", function.comment):
        yield "does not tell what it returns"
    for name in set(re.findall(r"CIHSM_E_\w+", function.comment)) - statuses:
        yield f"names {name}, which is no status"


def faults_of_header(header: Header, text: str) -> Iterator[str]:
    """What a header lacks besides its functions."""
    top = " ".join([header.summary, *header.text])
    if not re.search(r"\bthreads?\b(?!-local|'s)", top, re.IGNORECASE):
        yield "does not say at its top what threads may do"
    if "Source:" not in text:
        yield "names no source of its rules"
    for item in header.items:
        if not item.comment.text and item.kind != "function":
            yield f"does not explain {item.name}"
        for member in item.members:
            if not member.comment and not UNTOLD_MEMBER.match(member.code):
                yield f"does not explain {member.code} of {item.name}"


def main() -> int:
    """Prints a line for each fault."""
    headers = Path(sys.argv[1]) / "include" / "cihsm"
    statuses = set(re.findall(r"\bCIHSM_E_\w+", (headers / "error.h").read_text()))
    functions = 0
    faults = 0
    for header in sorted(headers.glob("*.h")):
        text = header.read_text(encoding="utf-8")
        for fault in faults_of_header(read_header(header), text):
            print(f"{header.name}: {fault}")
            faults += 1
        for function in functions_of(text):
            functions += 1
            for fault in faults_of(function, statuses):
                print(f"{header.name}: {function.name} {fault}")
                faults += 1
    if functions == 0:
        print("no function was found")
    return 1 if faults or not functions else 0


if __name__ == "__main__":
    sys.exit(main())
