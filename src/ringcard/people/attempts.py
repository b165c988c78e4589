"""How often somebody may try to sign in. Pure: the time is handed in."""

from __future__ import annotations

import math
from collections import OrderedDict, deque

MOST_KEYS = 50_000


class AttemptLimiter:
    """At most `most` attempts of one key in any `window_s` seconds; keeps at most `MOST_KEYS` keys, the latest.

    An attempt counts when it begins, so that many at once cannot slip through, and is forgiven when it succeeds.
    """

    def __init__(self, most: int, window_s: float) -> None:
        self._most = most
        self._window_s = window_s
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()

    def retry_after_s(self, key: str, now_s: float) -> int:
        """Whole seconds until this key may try again; 0 if it may now."""
        attempts = self._attempts.get(key)
        if attempts is None:
            return 0
        while attempts and attempts[0] <= now_s - self._window_s:
            attempts.popleft()
        if len(attempts) < self._most:
            return 0
        return max(1, math.ceil(attempts[0] + self._window_s - now_s))

    def note(self, key: str, now_s: float) -> None:
        """An attempt begins."""
        self._attempts.setdefault(key, deque(maxlen=self._most)).append(now_s)
        self._attempts.move_to_end(key)
        while len(self._attempts) > MOST_KEYS:
            self._attempts.popitem(last=False)

    def forgive(self, key: str) -> None:
        """The attempt succeeded: what went before no longer counts."""
        self._attempts.pop(key, None)

    def take_back(self, key: str) -> None:
        """The last attempt succeeded, and says nothing of those before it, which others made."""
        attempts = self._attempts.get(key)
        if attempts:
            attempts.pop()
