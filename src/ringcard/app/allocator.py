"""How the C library keeps the memory that Python gives back to it: glibc only, elsewhere nothing happens.

A server of a big office makes and forgets thousands of texts of a quarter of a megabyte (every browser's snapshot), in
several threads. glibc keeps what was freed, in up to eight arenas a core, and the more the larger the largest
text was. What is said here keeps it to two arenas, and gives large texts pages of their own, which go back at once.

Source: mallopt(3), malloc_trim(3).
"""

from __future__ import annotations

import ctypes
import os
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8

ARENAS: Final = 2
"""One for the event loop's thread, one for all others."""

LARGE_BYTES: Final = 131_072
"""glibc's own first value, which it raises with every large text that is freed, up to 32 MB, unless it is set."""

KEPT_BYTES: Final = 1_048_576
"""So much stays at the heap's end: at glibc's own 128 kB it would go and come again all the time."""


def settle_for_little() -> bool:
    """Set the allocator up, before there are threads; whether it was. Whoever set it up by environment is obeyed."""
    if any(name.startswith("MALLOC_") or name == "GLIBC_TUNABLES" for name in os.environ):
        return False
    tuned = getattr(ctypes.CDLL(None), "mallopt", None)
    if tuned is None:
        return False
    settings = ((_ARENA_MAX, ARENAS), (_MMAP_THRESHOLD, LARGE_BYTES), (_TRIM_THRESHOLD, KEPT_BYTES))
    return bool(sum(tuned(name, value) for name, value in settings) == len(settings))  # each says 1, or 0 if it cannot


def give_back() -> bool:
    """Give pages that nothing is on back to the system; whether there were any. It takes some milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim is not None and trim(0) == 1
