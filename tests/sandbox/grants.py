"""Opaque tokens in memory: who holds them, until when, and how often they were used."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Generic, Optional, TypeVar

from issued import new_secret
from scenario import Scenario

T = TypeVar("T")


@dataclass
class _Grant(Generic[T]):
    """What a token stands for."""

    holder: T
    ends: float  # time.monotonic()
    uses: int = 0
    invalid: bool = False


class Grants(Generic[T]):
    """The tokens that one server issued. The switches token_uses and tokens_invalid end them."""

    def __init__(self, length: int = 0) -> None:
        self._grants: dict[str, _Grant[T]] = {}
        self._lock = threading.Lock()
        self._length = length

    def issue(self, holder: T, lifetime_s: int) -> str:
        """A new token, of at least the length that was asked for."""
        token = new_secret() + secrets.token_urlsafe(12)[:13]
        token += secrets.token_urlsafe(max(self._length - len(token), 0))
        with self._lock:
            self._grants[token] = _Grant(holder, time.monotonic() + lifetime_s)
        return token

    def holder(self, authorization: str, active: Scenario) -> Optional[T]:
        """Whom the bearer token of this header stands for, or None; counts its use."""
        scheme, _, token = authorization.partition(" ")
        with self._lock:
            grant = self._grants.get(token)
            if scheme.lower() != "bearer" or grant is None:
                return None
            grant.uses += 1
            if active.get("tokens_invalid") and active.take("tokens_invalid"):
                grant.invalid = True
            uses = active.get("token_uses")
            if grant.invalid or time.monotonic() > grant.ends or (uses and grant.uses > uses):
                return None
            return grant.holder

    def redeem(self, token: str) -> Optional[T]:
        """Whom a token stands for that is good for one use."""
        with self._lock:
            grant = self._grants.pop(token, None)
        return None if grant is None or time.monotonic() > grant.ends else grant.holder
