"""Runs a command and says what it took."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

SAMPLE_MS = 20


@dataclass(frozen=True)
class Taken:
    """What one run took."""

    seconds: float  # from start to end
    cpu_seconds: float  # of the command and its children
    memory_mib: float  # most that was resident in the process itself


def _high_water_mib(pid: int) -> float:
    """The kernel's own record; ru_maxrss would count what Python had before the exec."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _watch(pid: int) -> float:
    """Waits for the end; the most memory that was seen."""
    most = 0.0
    handle = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        while not poll.poll(SAMPLE_MS):
            most = max(most, _high_water_mib(pid))
    finally:
        os.close(handle)
    return most


def run(command: Sequence[str | Path], env: Mapping[str, str], out: Path) -> Taken:
    """Runs to the end with standard output in a file; raises if the command fails."""
    with out.open("wb") as stream, (out.parent / "stderr").open("w+b") as said:
        begin = time.perf_counter()
        with subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                              stdout=stream, stderr=said, env=dict(env)) as process:
            memory = _watch(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            raise RuntimeError(f"{command[0]}: exit {process.returncode}: {said.read().decode()}")
    return Taken(seconds, usage.ru_utime + usage.ru_stime, memory)
