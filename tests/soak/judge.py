"""What is right and wrong of a soak, by the figures of its cycles."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Sequence

from faults import Fault

WARM_UP_CYCLES = 1
# What the most of the last third may exceed the most of the first third by. Not nothing: what is in
# use at the moment of a sample differs, and resident memory is given back in pages.
ALLOWANCES = {"rss_kib": 4096, "heap_kib": 512, "descriptors": 8, "threads": 4, "sessions": 4}
# A request may take its own time, that of repeats, and two calls of the token (soak.c); the rest is
# for a machine that is busy.
DEADLINE_MS = 4000 + 3000 + 2 * 3000 + 5000
OK = "CIHSM_OK"
PIN = "CIHSM_E_PIN"


@dataclass
class Cycle:
    """What was counted while each fault happened once."""

    most: Counter[str] = field(default_factory=Counter)
    calm_statuses: Counter[str] = field(default_factory=Counter)
    fault_statuses: Counter[str] = field(default_factory=Counter)
    by_fault: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    longest_ms: int = 0

    def calm(self, told: dict[str, Any]) -> None:
        """A phase in which nothing happened. Requests of before may have failed in it."""
        self._take(told)
        self.calm_statuses += Counter(told["statuses"])
        if told["failed_in_calm"]:
            self.wrong.append(f"{told['failed_in_calm']} requests failed after {told['phase']} had "
                              f"passed")

    def fault(self, told: dict[str, Any], faults: Sequence[Fault]) -> None:
        """A phase in which these faults happened."""
        self._take(told)
        self.fault_statuses += Counter(told["statuses"])
        for fault in faults:
            self.by_fault.setdefault(fault.name, Counter()).update(told["statuses"])
        allowed = {OK, *(status for fault in faults for status in fault.fails)}
        for status in told["statuses"].keys() - allowed:
            self.wrong.append(f"{status} by {told['phase']}")

    def ledger(self, counts: dict[str, int]) -> None:
        """What the token saw, in the calm."""
        self.most["sessions"] = max(self.most["sessions"], sessions(counts))

    def _take(self, told: dict[str, Any]) -> None:
        self.fault_statuses += Counter(told["carried"])  # they began while another fault happened
        for name in ALLOWANCES.keys() - {"sessions"}:
            self.most[name] = max(self.most[name], told[name])
        self.longest_ms = max(self.longest_ms, told["longest_ms"])
        if told["unclear"]:
            self.wrong.append(f"{told['unclear']} failures without a word by {told['phase']}")
        if told["longest_ms"] > DEADLINE_MS:
            self.wrong.append(f"a request took {told['longest_ms']} ms by {told['phase']}")


def sessions(counts: dict[str, int]) -> int:
    """How many are open."""
    return counts["sessions-opened"] - counts["sessions-closed"] - counts["sessions-dropped"]


def thirds(cycles: Sequence[Cycle]) -> tuple[Sequence[Cycle], Sequence[Cycle]]:
    """The first and the last third after the warm-up."""
    warm = cycles[WARM_UP_CYCLES:]
    count = max(1, len(warm) // 3)
    return warm[:count], warm[-count:]


def growth(cycles: Sequence[Cycle]) -> dict[str, dict[str, int]]:
    """Of each figure the most in the first and in the last third, and what would be too much."""
    first, last = thirds(cycles)
    made = {}
    for name, allowance in ALLOWANCES.items():
        before = max(cycle.most[name] for cycle in first)
        made[name] = {"warm_up": cycles[0].most[name], "first_third": before,
                      "last_third": max(cycle.most[name] for cycle in last),
                      "limit": before + allowance}
    return made


def judge_end(of_pin: dict[str, Any], counts: dict[str, int]) -> list[str]:
    """The last phase, in which the PIN was refused, and what the token saw in all."""
    wrong = []
    if of_pin["statuses"].get(PIN, 0) == 0:
        wrong.append(f"a refused PIN was not told: {of_pin['statuses']}")
    if counts["refused-pins-repeated"]:
        wrong.append(f"a refused PIN was offered again, {counts['refused-pins-repeated']} times")
    if counts["calls-after-finalize"]:
        wrong.append(f"{counts['calls-after-finalize']} calls after C_Finalize")
    if sessions(counts):
        wrong.append(f"{sessions(counts)} sessions were open at the end")
    return wrong


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total += counter
    return total


def _rows(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _table(grown: dict[str, dict[str, int]], made: dict[str, Any]) -> str:
    statuses = [*dict.fromkeys([*made["in_calm"], *made["in_faults"]])]
    outcomes = _rows(["outcome", "while faults happened", "in the calm after them"],
                     ([status, made["in_faults"].get(status, 0), made["in_calm"].get(status, 0)]
                      for status in statuses))
    most = _rows(["most of", "warm-up", "first third", "last third", "limit"],
                 ([name, *values.values()] for name, values in grown.items()))
    return f"{outcomes}\n\n{most}\n"


def verdict(cycles: Sequence[Cycle], of_pin: dict[str, Any],
            counts: dict[str, int]) -> dict[str, Any]:
    """All figures; "wrong" is empty if all is well."""
    take: Callable[[str], Counter[str]] = lambda name: _sum(getattr(c, name) for c in cycles)
    grown = growth(cycles)
    wrong = [line for cycle in cycles for line in cycle.wrong]
    wrong += [f"{name} grew from {of['first_third']} to {of['last_third']}, more than to "
              f"{of['limit']}" for name, of in grown.items() if of["last_third"] > of["limit"]]
    in_calm, in_faults = take("calm_statuses"), take("fault_statuses")
    made: dict[str, Any] = {
        "cycles": len(cycles), "requests": (in_calm + in_faults).total(),
        "faults": sum(len(cycle.by_fault) for cycle in cycles),
        "signatures": counts.get("C_Sign", 0), "logins": counts.get("C_Login", 0),
        "initialisations": counts.get("C_Initialize", 0),
        "in_faults": dict(in_faults), "in_calm": dict(in_calm),
        "longest_ms": max(cycle.longest_ms for cycle in cycles), "growth": grown,
        "wrong": wrong + judge_end(of_pin, counts)}
    made["table"] = _table(grown, made)
    return made
