"""Small JSON files shared between the command line and the running tenant."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from pathlib import Path
from typing import Any, Callable, Generic, Optional, TypeVar

T = TypeVar("T")

SCENARIO_NAME = "scenario.json"


def write_private(path: Path, text: str) -> None:
    """Writes a file of mode 0600 completely or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write_json(path: Path, value: Any) -> None:
    """Writes indented JSON, mode 0600, completely or not at all."""
    write_private(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path, default: Any) -> Any:
    """The file's value, or the default if there is no such file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return default


class Watched(Generic[T]):
    """A value made from a JSON file, made again whenever the file was replaced."""

    def __init__(self, path: Path, make: Callable[[Any], T]) -> None:
        self._path, self._make = path, make
        self._lock = threading.Lock()
        self._seen: Optional[tuple[int, int, int]] = None
        self._value: T = make({})

    def get(self) -> T:
        """The current value; cheap when nothing changed."""
        with self._lock:
            signature = self._signature()
            if signature != self._seen:
                self._value, self._seen = self._make(read_json(self._path, {})), signature
            return self._value

    def _signature(self) -> Optional[tuple[int, int, int]]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size
