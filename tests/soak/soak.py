#!/usr/bin/env python3
"""The soak: a program on the library runs on for long, while its token and its network fail.

    soak.py --minutes N | --cycles N   a cycle is each fault once; with --calm: some seconds

Prints a table, one JSON document with all figures, and what is wrong; ends with 1 if anything is.
The first cycle warms up. Of the others, the most that was seen in the last third may exceed the most
of the first third by the allowance of ALLOWANCES, no more.

    CIHSM_SOAK_PROGRAM  soak.c
    CIHSM_SOAK_LEAK     makes it leak (soak.c)
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator, Optional, Sequence

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

# pylint: disable=wrong-import-position
from faults import NETWORK_FAULTS, TOKEN_FAULTS, Fault, Scene  # noqa: E402
from harness import BUILD, CANARY_PIN, SHIM, environment, found_in, new_folder  # noqa: E402
from judge import Cycle, verdict  # noqa: E402
from relay import Relay  # noqa: E402
from tenants import Sandbox  # noqa: E402
from tokens import MODULE, TOKEN_URI, chain_of, copy_token  # noqa: E402

PROGRAM = Path(os.environ.get("CIHSM_SOAK_PROGRAM", BUILD / "bin" / "soak")).resolve()
KEY = "ec-p256"
LONG_SECONDS = 60.0
REPORT_ENDS = "refused-pins-repeated"  # the last line of a whole report


@dataclass(frozen=True)
class Pace:
    """How long faults and the calm after them take, in seconds."""

    fault: tuple[float, float]
    calm: tuple[float, float]


CYCLES_LEAST = 3  # one to warm up, and two to compare
CALM_SECONDS = 6.0
QUICK = Pace((0.5, 0.5), (0.7, 0.7))
SLOW = Pace((1.0, 3.0), (1.5, 3.0))


class Program:
    """soak.c, and what it is told and tells."""

    def __init__(self, command: Sequence[object], env: dict[str, str], errors: Path) -> None:
        self.errors = errors
        with errors.open("wb") as stream:
            self.process = subprocess.Popen([str(part) for part in command], env=env, text=True,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=stream)

    def begin(self, kind: str, name: str) -> dict[str, Any]:
        """Begins a phase; what was counted in the one before."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{kind} {name}\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def end(self) -> Optional[dict[str, Any]]:
        """Ends it in order; what was counted last."""
        if self.process.returncode is not None:
            return None
        out, _ = self.process.communicate(timeout=LONG_SECONDS)
        return dict(json.loads(out)) if out else None


@dataclass
class Soak:
    """One run."""

    scene: Scene
    program: Program
    report: Path
    pace: Pace
    chance: random.Random
    is_calm: bool
    began: float = field(default_factory=time.monotonic)
    cycles: list[Cycle] = field(default_factory=list)

    def ledger(self, fresh: bool) -> dict[str, int]:
        """The shim's counts, written anew since this call began if they are to be fresh."""
        if fresh:
            self.report.unlink(missing_ok=True)
            self.scene.set_rules()
        end = time.monotonic() + LONG_SECONDS
        while time.monotonic() < end:
            text = self.report.read_text() if self.report.exists() else ""
            if REPORT_ENDS in text:
                return {name: int(value) for name, value in map(str.split, text.splitlines())}
            time.sleep(0.02)
        raise TimeoutError("the shim's report did not come: no call of the token is made")

    def pairs(self) -> Iterator[tuple[Fault, ...]]:
        """Each fault once, one of the token and one of the network at the same time."""
        of_token, of_network = [*TOKEN_FAULTS], [*NETWORK_FAULTS]
        self.chance.shuffle(of_token)
        self.chance.shuffle(of_network)
        for at, fault in enumerate(of_token):
            yield (fault, *of_network[at:at + 1])

    def step(self, cycle: Cycle, faults: tuple[Fault, ...]) -> None:
        """Some faults, and the calm after them."""
        name = "+".join(fault.name for fault in faults)
        cycle.calm(self.program.begin("fault", name))
        with self.scene.happens(*faults):
            time.sleep(self.chance.uniform(*self.pace.fault))
        cycle.fault(self.program.begin("calm", name), faults)
        time.sleep(self.chance.uniform(*self.pace.calm))
        cycle.ledger(self.ledger(fresh=True))

    def run_cycle(self) -> None:
        """Each fault once, or none."""
        cycle = Cycle()
        if self.is_calm:
            time.sleep(CALM_SECONDS)
            cycle.calm(self.program.begin("calm", "calm"))
            cycle.ledger(self.ledger(fresh=True))
        else:
            for faults in self.pairs():
                self.step(cycle, faults)
        self.cycles.append(cycle)

    def refuse_pin(self) -> dict[str, Any]:
        """At the end: the login is lost, and the PIN is refused from then on."""
        self.program.begin("fault", "pin-refused")
        self.scene.set_rules("C_SignInit #1 -> CKR_CRYPTOKI_NOT_INITIALIZED",
                             "C_Login -> CKR_PIN_INCORRECT")
        time.sleep(max(self.pace.calm))
        return self.program.begin("fault", "end")

    def result(self, of_pin: dict[str, Any]) -> dict[str, Any]:
        """All figures, and what is wrong."""
        self.program.end()
        made = verdict(self.cycles, of_pin, self.ledger(fresh=False))
        made["seconds"] = round(time.monotonic() - self.began)
        if self.program.process.returncode != 0:
            made["wrong"].append(f"the program ended with {self.program.process.returncode}")
        return made


def prepare(opened: ExitStack, folder: Path, given: argparse.Namespace) -> Soak:
    """Tenant, token, relay and the running program."""
    box = Sandbox("--no-resumption", "--connection-requests", "3")
    opened.callback(box.stop)
    relay = Relay(int(box.info["port"]))
    opened.callback(relay.stop)
    scene = Scene(box, copy_token(folder / "token"), relay, folder / "rules")
    scene.set_rules()
    service_key = folder / "key.json"
    service_key.write_text(box.service_key(KEY).read_text().replace(
        f":{box.info['port']}", f":{relay.port}"))
    env = environment(folder, {
        **scene.token.env, "CIHSM_SHIM_MODULE": MODULE, "CIHSM_SHIM_RULES": scene.rules,
        "CIHSM_SHIM_REPORT": folder / "report", "CIHSM_SHIM_LIVE": "1",
        "CIHSM_SOAK_LEAK": os.environ.get("CIHSM_SOAK_LEAK", "")})
    command = (PROGRAM, service_key, chain_of(KEY), box.ca, SHIM, f"{TOKEN_URI};object={KEY}",
               f"file:{scene.token.pin}")
    program = Program(command, env, folder / "errors")
    opened.callback(program.end)
    return Soak(scene, program, folder / "report", SLOW if given.minutes else QUICK,
                random.Random(given.seed), given.calm)


def soak(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Runs it."""
    with ExitStack() as opened:
        run = prepare(opened, folder, given)
        end = run.began + given.minutes * 60
        while len(run.cycles) < max(CYCLES_LEAST, given.cycles) or time.monotonic() < end:
            run.run_cycle()
        made = run.result(run.refuse_pin())
    if found_in((folder / "errors").read_bytes(), (CANARY_PIN,)):
        made["wrong"].append("the PIN was shown")
    return made


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="lets the library run on while things fail")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, default=0.0)
    length.add_argument("--cycles", type=int, default=0)
    parser.add_argument("--calm", action="store_true", help="without faults")
    parser.add_argument("--seed", type=int, default=1, help="order of the faults")
    given = parser.parse_args()
    folder = new_folder("soak")
    try:
        made = soak(folder, given)
        if made["wrong"]:
            print((folder / "errors").read_text(errors="replace")[-20000:], file=sys.stderr)
    finally:
        shutil.rmtree(folder)
    print(made.pop("table"))
    print(json.dumps(made, indent=2))
    for line in made["wrong"]:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if made["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
