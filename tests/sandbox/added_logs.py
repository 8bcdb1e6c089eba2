"""Log entries that are added while the tenant runs: ordered by the command line, by a file."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from statefile import Watched, read_json, write_json

if TYPE_CHECKING:
    from store import Store  # of the tenant only: the command line has no need of it

FILE_NAME = "added-logs.json"


def order(directory: Path, count: int, until: Optional[datetime] = None,
          within_s: float = 1, status: str = "COMPLETED") -> datetime:
    """Orders entries that ended in the seconds up to a moment (UTC, default now); returns it."""
    moment = until or datetime.now(timezone.utc).replace(tzinfo=None)
    batches: list[Any] = read_json(directory / FILE_NAME, {"batches": []})["batches"]
    batches.append({"count": count, "until": moment.isoformat(), "within_s": within_s,
                    "status": status})
    write_json(directory / FILE_NAME, {"batches": batches})
    return moment


class AddedLogs:
    """Carries out the orders. After a restart of the tenant all of them, with the same result."""

    def __init__(self, directory: Path, store: Store) -> None:
        self._store = store
        self._orders: Watched[list[Any]] = Watched(
            directory / FILE_NAME, lambda value: list(value.get("batches", [])))
        self._done = 0
        self._lock = threading.Lock()

    def take_in(self) -> None:
        """Adds what was ordered since; cheap when nothing was."""
        with self._lock:
            for number, batch in enumerate(self._orders.get()[self._done:], self._done):
                with self._store.lock:
                    self._store.logs.add(batch["count"], f"added/{number}",
                                         datetime.fromisoformat(batch["until"]),
                                         batch["within_s"], batch["status"])
                    self._store.changed()
                self._done = number + 1
