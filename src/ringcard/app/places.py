"""The table of places: made once in a process of its own, kept beside the store, mapped into memory.

A server is ready before the table is: until then a pop says no place.
"""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import os
import sys
import tempfile
from pathlib import Path

import structlog

from ringcard.numbers.places import PlaceTable, packed_places, table_version

log = structlog.get_logger(__name__)


async def places(folder: Path, language: str) -> PlaceTable | None:
    """The table of `language`, out of `folder` or made there; None, and logged, if it cannot be made."""
    path = folder / f"places-{language}-{table_version()}.bin"
    table = _opened(path)
    if table is not None:
        return table
    made = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, language, str(path), stderr=asyncio.subprocess.PIPE
    )
    try:
        _, errors = await made.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            made.kill()
        await made.wait()
        raise
    table = _opened(path)
    if table is None:
        problem = errors.decode(errors="replace").strip().rpartition("\n")[2]
        log.warning("app.no_places", action="no_places", language=language, problem=problem)
    return table


def _opened(path: Path) -> PlaceTable | None:
    try:
        with path.open("rb") as file:
            return PlaceTable(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
    except (OSError, ValueError):
        return None


def make(language: str, path: Path) -> None:
    """Write the table, whole or not at all; tables of other versions go."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"No such folder: {path.parent}")
    os.nice(10)  # calls come first
    packed = packed_places(language)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(packed)
    Path(file.name).replace(path)
    for other in path.parent.glob(f"places-{language}-*.bin"):
        if other != path:
            other.unlink()


if __name__ == "__main__":
    make(sys.argv[1], Path(sys.argv[2]))
