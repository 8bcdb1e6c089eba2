"""The program of steady_client.c, which runs on while things happen to its tokens."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from harness import BUILD, ROOT, CihsmTest, Option, Result, environment
from tenants import Answer, CannedTenant, write_service_key

PROGRAM = Path(os.environ.get("CIHSM_STEADY_CLIENT", BUILD / "bin" / "steady_client"))
EMPTY_LIST = Answer(b'{"d":{"results":[]}}', headers={"Connection": "close"})
LONG_SECONDS = 60.0
LEAKS_OF_MODULES = {
    "LSAN_OPTIONS": f"suppressions={ROOT / 'tests' / 'lsan.supp'}:print_suppressions=0"}

if not PROGRAM.exists():
    sys.exit(f"{PROGRAM} does not exist: build it, or set CIHSM_STEADY_CLIENT")


@dataclass(frozen=True)
class Signing:
    """What signs: one key, or the same one on several tokens."""

    chain: Path
    module: Option
    keys: tuple[str, ...]
    pin_source: str
    env: dict[str, str]
    timeout_s: int = 30


class SteadyClient:
    """The program, and what it is told and tells."""

    def __init__(self, options: list[Option], env: dict[str, str], errors: Path) -> None:
        self.errors = errors
        with errors.open("wb") as stream:
            self.process = subprocess.Popen([str(part) for part in (PROGRAM, *options)], env=env,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=stream, text=True)

    def begin(self) -> None:
        """Begins a request of each thread."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def codes(self) -> list[int]:
        """The exit codes of the requests that were begun."""
        assert self.process.stdout is not None
        return [int(code) for code in self.process.stdout.readline().split()]

    def round(self) -> list[int]:
        """One request of each thread; their exit codes."""
        self.begin()
        return self.codes()

    def end(self) -> int:
        """The exit code after the end of its input."""
        if self.process.returncode is None:
            self.process.communicate(timeout=LONG_SECONDS)
        return self.process.returncode

    @property
    def told(self) -> str:
        """Its messages so far."""
        return self.errors.read_text(errors="replace")


class SteadyTest(CihsmTest):
    """Each request is a new connection without a session ticket, so each asks for a signature."""

    tenant: CannedTenant

    @classmethod
    def setUpClass(cls) -> None:
        cls.tenant = CannedTenant(resumes=False)
        cls.addClassCleanup(cls.tenant.stop)
        cls.tenant.says(EMPTY_LIST)

    def start_steady(self, signing: Signing, threads: int = 1) -> SteadyClient:
        """A running program that got one answer."""
        service_key = write_service_key(self.folder / "key.json",
                                        f"https://localhost:{self.tenant.port}", signing.chain)
        made = SteadyClient([service_key, signing.chain, self.tenant.ca, signing.module,
                             signing.pin_source, str(signing.timeout_s), str(threads),
                             *signing.keys],
                            environment(self.folder, {**signing.env, **LEAKS_OF_MODULES}),
                            self.folder / "errors")
        self.addCleanup(self.end_steady, made)
        self.assertEqual(made.round(), [0] * threads, made.told)
        return made

    def end_steady(self, client: SteadyClient) -> None:
        """Its end, with all that it said in between."""
        code = client.end()
        self.judged(Result([], code, b"", client.errors.read_bytes()))
