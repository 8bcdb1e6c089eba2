"""What happens to the program while it runs: to its token, to the tenant, and to connections."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

# pylint: disable=wrong-import-position
from relay import Fate, Relay  # noqa: E402
from tenants import Sandbox  # noqa: E402
from tokens import Token  # noqa: E402

TOKEN = ("CIHSM_E_TOKEN",)
NO_ANSWER = ("CIHSM_E_TIMEOUT",)
NETWORK = ("CIHSM_E_NETWORK",)
DELAY_SECONDS = 4  # longer than the program waits for its token (soak.c)


@dataclass(frozen=True)
class Fault:
    """One thing, and what it may end in besides success."""

    name: str
    fails: tuple[str, ...]
    rules: tuple[str, ...] = ()  # of the shim
    away: bool = False  # the token's files are moved
    switches: tuple[str, ...] = ()  # of the sandbox
    fate: Fate = field(default_factory=Fate)  # of new connections
    cuts: bool = False  # those that stand
    lasts_seconds: int = 0  # after it was switched off


def token_fault(name: str, *rules: str, fails: tuple[str, ...] = TOKEN, lasts: int = 0) -> Fault:
    """Calls that fail or take long."""
    return Fault(name, fails, rules, lasts_seconds=lasts)


TOKEN_FAULTS = (
    token_fault("sessions-lost", "C_SignInit -> CKR_SESSION_HANDLE_INVALID"),
    token_fault("session-lost-now-and-then", *(f"C_SignInit #{n} -> CKR_SESSION_CLOSED"
                                               for n in range(1, 60, 4))),
    token_fault("login-lost-now-and-then", *(f"C_SignInit #{n} -> CKR_USER_NOT_LOGGED_IN"
                                             for n in range(1, 60, 4))),
    token_fault("device-error", "C_Sign -> CKR_DEVICE_ERROR"),
    token_fault("device-removed", "C_Sign -> CKR_DEVICE_REMOVED"),
    token_fault("module-does-not-start", "C_SignInit -> CKR_DEVICE_REMOVED",
                "C_Initialize -> CKR_DEVICE_ERROR"),
    token_fault("no-session", "C_OpenSession -> CKR_SESSION_COUNT",
                "C_SignInit -> CKR_SESSION_HANDLE_INVALID"),
    token_fault("signature-does-not-return", f"C_Sign -> delay {DELAY_SECONDS * 1000}",
                fails=NO_ANSWER, lasts=DELAY_SECONDS),
    token_fault("session-does-not-open", f"C_OpenSession -> delay {DELAY_SECONDS * 1000}",
                fails=NO_ANSWER, lasts=DELAY_SECONDS),
    Fault("token-away", TOKEN, away=True),
)
NETWORK_FAULTS = (
    Fault("busy-503", ("CIHSM_E_SERVER",), switches=("error_status=503",)),
    Fault("rate-limit-429", ("CIHSM_E_BUSY",), switches=("error_status=429", "retry_after=1")),
    Fault("answer-cut", NETWORK + ("CIHSM_E_PROTOCOL",), switches=("truncate_body=3",)),
    Fault("reset-in-handshake", NETWORK, fate=Fate("reset", 500)),
    Fault("closed-in-handshake", NETWORK, fate=Fate("close", 500)),
    Fault("silence", NO_ANSWER + NETWORK, fate=Fate("silence", 500)),
    Fault("reset-in-answer", NETWORK, fate=Fate("reset", 6000)),
    Fault("all-connections-reset", NETWORK, cuts=True),
)


@dataclass
class Scene:
    """Where faults happen."""

    box: Sandbox
    token: Token
    relay: Relay
    rules: Path

    def set_rules(self, *lines: str) -> None:
        """Another file in the place of the old one: the shim reads it at its next call."""
        other = self.rules.with_suffix(".new")
        other.write_text("\n".join([*lines, ""]))
        other.replace(self.rules)

    def _move_token(self, gone: bool) -> None:
        tokens, away = self.token.folder / "tokens", self.token.folder / "away"
        if gone:
            tokens.rename(away)
            tokens.mkdir()
        else:
            tokens.rmdir()
            away.rename(tokens)

    @contextmanager
    def happens(self, *faults: Fault) -> Iterator[None]:
        """These faults at the same time; at the end they have passed."""
        with self.box.scenario(*(switch for fault in faults for switch in fault.switches)):
            for fault in faults:
                self._begin(fault)
            try:
                yield
            finally:
                for fault in faults:
                    self._end(fault)
        time.sleep(max(fault.lasts_seconds for fault in faults))

    def _begin(self, fault: Fault) -> None:
        if fault.rules:
            self.set_rules(*fault.rules)
        if fault.away:
            self._move_token(True)
        if fault.fate.then:
            self.relay.decides(last=fault.fate)
        if fault.cuts:
            self.relay.cut()

    def _end(self, fault: Fault) -> None:
        if fault.rules:
            self.set_rules()
        if fault.away:
            self._move_token(False)
        if fault.fate.then:
            self.relay.decides()
            self.relay.cut()
