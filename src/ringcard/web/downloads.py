"""Answers that are files, made while they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from litestar.response import Stream


def csv_file(pieces: Iterator[bytes], name: str) -> Stream:
    """A CSV to be kept as `name`. `pieces` may wait for a disk: each is asked for in a thread."""

    async def sent() -> AsyncIterator[bytes]:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece

    return Stream(
        sent(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
