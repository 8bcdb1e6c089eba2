"""Zips for the tests: good ones, and such as no honest program makes."""

from __future__ import annotations

import io
import warnings
import zipfile
from typing import Sequence

MANIFEST = "META-INF/MANIFEST.MF"


def zipped(entries: Sequence[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    """A zip with these entries."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        warnings.simplefilter("ignore")  # of names that come twice
        for name, content in entries:
            made.writestr(name, content)
    return stream.getvalue()


def manifest_of(name: str) -> bytes:
    """As Eclipse writes it: a continued line and a directive."""
    line = f"Bundle-SymbolicName: {name}; singleton:=true"
    return f"Manifest-Version: 1.0\r\n{line[:24]}\r\n {line[24:]}\r\n\r\n".encode()


def link_entry(name: str, mode: int = 0o120777) -> zipfile.ZipInfo:
    """The head of an entry that is a symbolic link, or by its mode something else."""
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, mode << 16
    return entry
