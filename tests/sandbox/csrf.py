"""CSRF tokens for writes (contract §6.1): a token is fetched by GET and belongs to a session.

Modes: `always`, every write needs one; `session`, the default, only writes of callers that log
on with a certificate, since public clients send plain writes with bearer tokens; `off`, none.
"""

from __future__ import annotations

import hmac
import threading
from collections import OrderedDict
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Callable, Mapping, Optional

from issued import new_secret

MODES = ("always", "session", "off")
DEFAULT = "session"
HEADER = "X-CSRF-Token"
COOKIE = "JSESSIONID"
READING = ("GET", "HEAD", "OPTIONS")
_MAX_SESSIONS = 1000


@dataclass
class Session:
    """Whose it is, and its token."""

    key_name: str
    token: str
    writes: int = 0


def _cookie(headers: Mapping[str, str]) -> str:
    jar: SimpleCookie[str] = SimpleCookie()
    try:
        jar.load(headers.get("Cookie") or "")
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


class Guard:
    """Gives tokens and asks for them."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def applies(mode: str, headers: Mapping[str, str]) -> bool:
        """Whether the writes of this caller need a token."""
        return mode == "always" or (mode == "session" and headers.get("Authorization") is None)

    def allows(self, key_name: str, headers: Mapping[str, str], max_writes: Optional[int],
               forgets: Callable[[], bool]) -> bool:
        """Whether a write shows the token of its session; counts it. The session may be lost."""
        shown = (headers.get(HEADER) or "").encode()
        with self._lock:
            session = self._session(key_name, headers)
            if session is None or not hmac.compare_digest(session.token.encode(), shown):
                return False
            session.writes += 1
            if forgets() or (max_writes is not None and session.writes > max_writes):
                del self._sessions[_cookie(headers)]
                return False
        return True

    def fetched(self, key_name: str, headers: Mapping[str, str],
                rotates: bool) -> dict[str, str]:
        """The headers of an answer to `X-CSRF-Token: Fetch`; none to other requests."""
        if (headers.get(HEADER) or "").lower() != "fetch":
            return {}
        with self._lock:
            session = self._session(key_name, headers)
            if session is not None:
                if rotates:
                    session.token = new_secret()
                return {HEADER: session.token}
            name, session = new_secret(), Session(key_name, new_secret())
            self._sessions[name] = session
            while len(self._sessions) > _MAX_SESSIONS:
                self._sessions.popitem(last=False)
        return {HEADER: session.token, "Set-Cookie": f"{COOKIE}={name}; Path=/; Secure; HttpOnly"}

    def _session(self, key_name: str, headers: Mapping[str, Any]) -> Optional[Session]:
        """The session of the cookie, if it is this caller's."""
        session = self._sessions.get(_cookie(headers))
        return session if session is not None and session.key_name == key_name else None
