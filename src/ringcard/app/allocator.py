"""How the C library keeps the memory that Python gives back to it: glibc only, elsewhere nothing happens.

glibc keeps what was freed in up to eight arenas a core, each with holes of its own. Two are enough for a process whose
threads take turns. Its thresholds stay what they are: with large texts on pages of their own the same calls had twice
as many page faults and took a quarter more of the processor.

Source: mallopt(3), malloc_trim(3).
"""

from __future__ import annotations

import ctypes
import os
from typing import Final

_ARENA_MAX: Final = -8

ARENAS: Final = 2
"""One for the event loop's thread, one for all others."""


def settle_for_little() -> bool:
    """Set the allocator up, before there are threads; whether it was. Whoever set it up by environment is obeyed."""
    if any(name.startswith("MALLOC_") or name == "GLIBC_TUNABLES" for name in os.environ):
        return False
    tuned = getattr(ctypes.CDLL(None), "mallopt", None)
    if tuned is None:
        return False
    return bool(tuned(_ARENA_MAX, ARENAS) == 1)


def give_back() -> bool:
    """Give pages that nothing is on back to the system; whether there were any. It takes some milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim is not None and trim(0) == 1
