"""429 by token buckets, with the figures of contract §9: per tenant and per service key.

Whether SAP counts the user limit per certificate is unknown (contract §10.8).
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from typing import Callable, Optional


@dataclass(frozen=True)
class Limit:
    """Requests a second to the entity sets whose names match."""

    sets: str
    tenant: int
    user: int


# Contract §9; sets by their names in §7. "each" there: one bucket for each set.
LIMITS = (
    Limit("NumberRanges", 10, 5),
    Limit(r"IntegrationPackages|\w*DesigntimeArtifacts?|\w*ValMaps?|ValMapSchema|Configurations|"
          r"Resources|CustomTag\w*|BuildAndDeployStatus", 15, 10),
    Limit(r"Keystore\w*|Certificate\w*|\w*GenerationRequests|UserCredentials|SecureParameters|"
          r"OAuth2\w*|AccessPolic\w*|ArtifactReferences|Pgp\w*", 12, 10),
    Limit(r"MessageProcessingLog\w*", 1000, 100),
    Limit("IntegrationRuntimeArtifacts", 120, 50),
    Limit("AlternativePartners", 50, 25),
    Limit("AuthorizedUsers", 50, 25),
    Limit("BinaryParameters", 50, 25),
    Limit("Partners", 50, 25),
    Limit("StringParameters", 50, 25),
)


def limit_of(path: str) -> Optional[Limit]:
    """The limit of a path below the service root, if its set has one."""
    name = re.split(r"[(/?]", path.partition("/api/v1/")[2], maxsplit=1)[0]
    return next((limit for limit in LIMITS if re.fullmatch(limit.sets, name)), None)


@dataclass
class _Bucket:
    tokens: float
    filled: float


class Limiter:
    """The buckets of one tenant. Each holds what comes in a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._clock = clock
        self._lock = threading.Lock()

    def allows(self, path: str, key_name: str, percent: int) -> bool:
        """Takes a token from both buckets, of this percentage of their size; False: 429."""
        limit = limit_of(path)
        if limit is None:
            return True
        with self._lock:
            tenant = self._filled((limit.sets, ""), limit.tenant * percent / 100)
            user = self._filled((limit.sets, key_name), limit.user * percent / 100)
            if min(tenant.tokens, user.tokens) < 1:
                return False
            tenant.tokens -= 1
            user.tokens -= 1
        return True

    def _filled(self, name: tuple[str, str], per_second: float) -> _Bucket:
        now, room = self._clock(), max(1.0, per_second)
        bucket = self._buckets.setdefault(name, _Bucket(room, now))
        bucket.tokens = min(room, bucket.tokens + (now - bucket.filled) * per_second)
        bucket.filled = now
        return bucket
