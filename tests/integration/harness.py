"""Runs the cihsm binary for the tests and judges what every run owes its user.

Every test file can be run alone: `python3 tests/integration/test_get.py`. From the environment:

    CIHSM_BINARY     the program (default: build/dev/bin/cihsm of this checkout)
    CIHSM_BUILD_DIR  the build folder; scratch files go below it
    CIHSM_SHIM       the PKCS#11 shim module; tests that need it are skipped without
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterable, Mapping, Optional, Sequence

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parents[1] / "sandbox"))

from certificates import NO_ROOTS  # noqa: E402 pylint: disable=wrong-import-position
from issued import MARK  # noqa: E402 pylint: disable=wrong-import-position

# A shell lets what it starts in the background ignore it, and programs inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CIHSM_BUILD_DIR", ROOT / "build" / "dev")).resolve()
BINARY = Path(os.environ.get("CIHSM_BINARY", BUILD / "bin" / "cihsm")).resolve()
SHIM = Path(os.environ["CIHSM_SHIM"]).resolve() if os.environ.get("CIHSM_SHIM") else None
SLOW_NAMES = Path(os.environ.get("CIHSM_SLOW_NAMES_LIBRARY", BUILD / "lib" / "libslow_names.so"))
SCRATCH = BUILD / "integration"
CA_SCRIPT = ROOT / "tests" / "sandbox" / "ca.sh"

if not BINARY.exists():
    sys.exit(f"{BINARY} does not exist: build it, or set CIHSM_BINARY")

RUN_SECONDS = 60
# In the environment of a run: it may send requests again, as for a person who sets nothing.
RETRIES = {"CIHSM_RETRY_TIME": ""}
# In every token of these tests. Searched in all output: nothing else can look like it.
CANARY_PIN = "Canary-PIN-5f1e77"

# Service keys, bindings and access tokens that the tests made: a secret stands in them.
OF_THE_TEST = ("key.json", "changed.json", "service-key.json", "binding.json", "cf-token",
               "cf-password")

Option = str | Path


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    arguments: list[str]
    code: int
    stdout: bytes
    stderr: bytes

    @property
    def out(self) -> str:
        """Standard output as text."""
        return self.stdout.decode()

    @property
    def err(self) -> str:
        """Standard error as text."""
        return self.stderr.decode()

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.stdout)

    @property
    def jsonl(self) -> list[Any]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def calls(self) -> list[str]:
        """The PKCS#11 calls of a run with -vvv, in their order."""
        return re.findall(r"^cihsm: trace token: (C_\w+) ", self.err, re.MULTILINE)

    def count(self, function: str) -> int:
        """How often a PKCS#11 function was called, by -vvv."""
        return self.calls.count(function)


@lru_cache(maxsize=None)
def forms(secret: str) -> list[bytes]:
    """A secret as it is, in hex of both cases, and in base64 wherever it stands in what is encoded."""
    raw = secret.encode()
    found = [raw, raw.hex().encode(), raw.hex().upper().encode()]
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw)
        found.append(encoded[-(-shift * 8 // 6):(shift + len(raw)) * 8 // 6])
    return found


def found_in(data: bytes, secrets: Iterable[str]) -> Optional[str]:
    """The secret that stands in there in one of its forms, if one does."""
    return next((one for one in secrets if any(form in data for form in forms(one))), None)


def environment(home: Path, more: Optional[Mapping[str, Option]] = None) -> dict[str, str]:
    """What a run sees: nothing of the caller's but what programs need to work."""
    kept = ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
    names = {name: os.environ[name] for name in kept if name in os.environ}
    names |= {"HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home), "no_proxy": "*"}
    names |= {"CIHSM_RETRY_TIME": "0"}  # what a run shows is the tenant's first answer
    names |= {name: str(value) for name, value in (more or {}).items()}
    if more is not None and RETRIES.items() <= more.items():
        del names["CIHSM_RETRY_TIME"]
    return names


def openssl(*arguments: Option, stdin: bytes = b"") -> bytes:
    """The openssl command's standard output."""
    return tool("openssl", *arguments, stdin=stdin, env=os.environ | NO_ROOTS)


def tool(*command: Option, stdin: bytes = b"", env: Optional[Mapping[str, str]] = None) -> bytes:
    """Runs another program; raises with what it said if it fails."""
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True,
                          timeout=RUN_SECONDS, check=False, env=env)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} {command[1]}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def new_folder(prefix: str) -> Path:
    """A fresh folder below the build folder."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{prefix}.", dir=SCRATCH))


def slow_names(folder: Path, seconds: int) -> dict[str, str]:
    """What lets a run wait so long for its name server; the file "looking" is made before."""
    options = f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"
    return {"LD_PRELOAD": str(SLOW_NAMES), "CIHSM_SLOW_NAMES": str(seconds),
            "CIHSM_SLOW_NAMES_FILE": str(folder / "looking"), "ASAN_OPTIONS": options}


class CihsmTest(unittest.TestCase):
    """A test with a folder of its own and the judgements that hold for every run."""

    maxDiff = None
    canaries: tuple[str, ...] = (CANARY_PIN,)  # shown by no run

    def setUp(self) -> None:
        self.folder = new_folder(self._testMethodName[:40])
        self.written: set[Path] = set()  # by the test itself
        self.addCleanup(shutil.rmtree, self.folder)

    def tearDown(self) -> None:
        """What the program left holds no secret: partial and temporary files, caches, profiles."""
        wanted = (*self.canaries, MARK)
        for path in sorted(self.folder.rglob("*")):
            if path.name in OF_THE_TEST or path in self.written or not path.is_file():
                continue
            content = path.read_bytes()
            if content.strip().decode(errors="replace") not in wanted:  # a PIN file is just that
                self.assertIsNone(found_in(content, wanted), f"a secret was left in {path}")

    # --- runs --------------------------------------------------------------------------------

    def cihsm(self, *arguments: Option, env: Optional[Mapping[str, Option]] = None,
              stdin: bytes = b"", pass_fds: Sequence[int] = (), cwd: Optional[Path] = None,
              seconds: float = RUN_SECONDS) -> Result:
        """One run without a terminal."""
        command = [str(BINARY), *(str(argument) for argument in arguments)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, pass_fds=pass_fds, cwd=cwd or self.folder,
                              env=environment(self.folder, env), start_new_session=True) as child:
            try:
                out, err = child.communicate(stdin, timeout=seconds)
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGTERM)  # a token in use must not be left half-written
                raise
        return self.judged(Result(command[1:], child.returncode, out, err))

    def succeeds(self, *arguments: Option, **more: Any) -> Result:
        """A run that ends with exit code 0."""
        done = self.cihsm(*arguments, **more)
        self.assertEqual(done.code, 0, done.err)
        return done

    def refuses(self, code: int, words: str | Sequence[str], *arguments: Option,
                **more: Any) -> str:
        """A run that ends with this exit code and one line that says all the words.

        Returns that line. Standard output stays empty: nothing half-done reaches a pipe.
        """
        done = self.cihsm(*arguments, **more)
        self.assertEqual(done.code, code, f"{done.arguments}\n{done.err}")
        self.assertEqual(done.out, "")
        return self.message(done, words)

    def message(self, done: Result, words: str | Sequence[str]) -> str:
        """The error line of a run, checked for its form and its words."""
        lines = [line for line in done.err.splitlines()
                 if not re.match(r"cihsm: (warning: |(info|debug|trace) \w+: )", line)]
        self.assertEqual(len(lines), 1, f"not one error line:\n{done.err}")
        self.assertTrue(lines[0].startswith("cihsm: "), lines[0])
        text = lines[0].removeprefix("cihsm: ")
        for part in [words] if isinstance(words, str) else words:
            self.assertIn(part, text)
        self.assertFalse(text.endswith((".", " ")), f"ends with a full stop or a blank: {text}")
        self.assertNotRegex(text, r"^[A-Z][a-z]+ ", f"starts with a capital: {text}")
        self.assertGreaterEqual(len(re.findall(r"\b[a-z]{2,}\b", text)), 3, f"no sentence: {text}")
        return text

    def judged(self, done: Result) -> Result:
        """What holds for every run: no secret shown, no crash, nothing found by a sanitizer."""
        shown = found_in(done.stdout + done.stderr, (*self.canaries, MARK))
        self.assertIsNone(shown, f"a secret was shown: {done.arguments}")
        self.assertGreaterEqual(done.code, 0, f"ended by signal {-done.code}: {done.arguments}")
        for mark in (b"Sanitizer", b"runtime error:", b"Assertion"):
            self.assertNotIn(mark, done.stderr, done.stderr.decode(errors="replace"))
        return done

    def judged_run(self, arguments: Sequence[object], code: int, said: Iterable[bytes]) -> Result:
        """The same for a run that a test started itself; a killed one is judged by its words."""
        return self.judged(Result([str(one) for one in arguments],
                                  0 if code == -signal.SIGKILL else code, b"", b"\n".join(said)))

    # --- files -------------------------------------------------------------------------------

    def write(self, name: str, content: str | bytes, mode: int = 0o600) -> Path:
        """A file in the folder of this test."""
        path = self.folder / name
        self.written.add(path)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return path
