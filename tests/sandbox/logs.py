"""The log entries of one tenant: found by key, and by the times of a window."""

from __future__ import annotations

import bisect
import threading
from datetime import datetime, timedelta
from typing import Any, Iterable, Mapping, Optional

from edm import epoch_ms
from log_data import late_logs, make_logs

Entity = dict[str, Any]
# A property's lowest and highest value, both included; None: no bound.
Bounds = Mapping[str, tuple[Optional[datetime], Optional[datetime]]]

_INDEXED = ("LogEnd", "LogStart")


class Logs:
    """Rows are replaced, never changed, so whoever read one has it as it was."""

    def __init__(self, entries: int, seed: int, now: datetime) -> None:
        self.rows: list[Entity] = make_logs(entries, seed, now)
        self.ordinals = {row["MessageGuid"]: i for i, row in enumerate(self.rows)}
        self._lock = threading.Lock()
        self._by_time: dict[str, list[tuple[datetime, int]]] = {
            name: sorted((row[name], i) for i, row in enumerate(self.rows)
                         if row[name] is not None) for name in _INDEXED}

    def find(self, guid: str) -> Optional[Entity]:
        """The entry with this key, or None."""
        ordinal = self.ordinals.get(guid)
        return None if ordinal is None else self.rows[ordinal]

    def candidates(self, bounds: Bounds) -> list[Entity]:
        """In the usual order, all that can lie within the bounds; others may be among them."""
        with self._lock:
            for name in _INDEXED:
                if name in bounds:
                    return [self.rows[i] for i in sorted(self._window(name, *bounds[name]))]
            return list(self.rows)

    def _window(self, name: str, low: Optional[datetime],
                high: Optional[datetime]) -> Iterable[int]:
        times = self._by_time[name]
        first = 0 if low is None else bisect.bisect_left(times, (low, -1))
        last = len(times) if high is None else bisect.bisect_right(times, (high, len(self.rows)))
        return (ordinal for _, ordinal in times[first:last])

    def end_now(self, entries: Iterable[Entity], now: datetime) -> None:
        """These entries end once more, as messages do that are tried again."""
        for entry in entries:
            with self._lock:
                ordinal = self.ordinals[entry["MessageGuid"]]
                self._replace(ordinal, {**self.rows[ordinal], "LogEnd": now,
                                        "LastChangeTime": epoch_ms(now)})

    def add(self, count: int, seed: str, until: datetime, within_s: float,
            status: str) -> None:
        """New entries that ended in the seconds up to a moment."""
        made = late_logs(count, seed, until, within_s, status, set(self.ordinals))
        with self._lock:
            for log in made:
                ordinal = len(self.rows)
                self.rows.append(log)
                self.ordinals[log["MessageGuid"]] = ordinal
                for name, times in self._by_time.items():
                    bisect.insort(times, (log[name], ordinal))

    def _replace(self, ordinal: int, new: Entity) -> None:
        new.pop("_json", None)  # what render.py keeps of the old one
        for name, times in self._by_time.items():
            old = self.rows[ordinal][name]
            if old == new[name]:
                continue
            if old is not None:
                times.pop(bisect.bisect_left(times, (old, ordinal)))
            bisect.insort(times, (new[name], ordinal))
        self.rows[ordinal] = new


def in_milliseconds(moment: datetime) -> datetime:
    """The moment as Edm.DateTime in JSON can tell it."""
    return moment - timedelta(microseconds=moment.microsecond % 1000)
