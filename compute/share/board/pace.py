"""How often something may happen: so many at once, then one after each interval.

This is the generic cell rate algorithm (ITU-T I.371), a token bucket kept as one number: the time at which the
bucket would be full again.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

_MOST_KEYS = 20_000
_ROUNDING_S = 1e-3
"""Times since 1970 are exact to a quarter of a microsecond, and a burst adds up many."""


@dataclass(frozen=True)
class Pace:
    """`burst` at once, then one every `interval_s` seconds."""

    burst: int
    interval_s: float

    def wait_s(self, full_at_s: float, now_s: float) -> float:
        """Seconds until one more may happen; 0 = now."""
        wait = full_at_s - now_s - (self.burst - 1) * self.interval_s
        return wait if wait > _ROUNDING_S else 0.0

    def after(self, full_at_s: float, now_s: float) -> float:
        """When the bucket will be full again, once one more has happened."""
        return max(full_at_s, now_s) + self.interval_s


class Paces:
    """One bucket for each key, in memory. Keys are hashed under a key of this process: no address is kept."""

    def __init__(self, pace: Pace, clock: Callable[[], float]) -> None:
        self._pace = pace
        self._clock = clock
        self._secret = secrets.token_bytes(16)
        self._full_at_s: dict[bytes, float] = {}
        self._mutex = threading.Lock()

    def take(self, key: str) -> float:
        """0 if it may happen now, and then it has; else the seconds to wait."""
        place = self._place(key)
        with self._mutex:
            now = self._clock()
            full_at = self._full_at_s.get(place, 0.0)
            if wait := self._pace.wait_s(full_at, now):
                return wait
            if len(self._full_at_s) >= _MOST_KEYS:
                self._forget(now)
            self._full_at_s[place] = self._pace.after(full_at, now)
            return 0.0

    def give_back(self, key: str) -> None:
        """It did not count after all."""
        place = self._place(key)
        with self._mutex:
            if place in self._full_at_s:
                self._full_at_s[place] -= self._pace.interval_s

    def _forget(self, now: float) -> None:
        """Full buckets say nothing; if all say something, the oldest half is let go."""
        left = {place: full_at for place, full_at in self._full_at_s.items() if full_at > now}
        if len(left) >= _MOST_KEYS:
            left = dict(list(left.items())[_MOST_KEYS // 2 :])
        self._full_at_s = left

    def _place(self, key: str) -> bytes:
        return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=self._secret, digest_size=16).digest()
