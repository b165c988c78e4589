"""Appends one endless story to a ledger and says what is durable, until it is killed.

    python append_for_ever.py LEDGER            a file
    python append_for_ever.py URL KEY           a PostgreSQL database and the file of the master key

Each line of output is a position that `flushed` returned for. The story is a function of the position alone, so
whoever reads the ledger knows what must be there.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from ringcard.calls.events import CallEvent
from ringcard.ledger import Ledger
from ringcard.testing.call_events import BORIS, ends, is_absorbed, is_answered, is_forwarded_to, rings

CALLS_AT_ONCE = 4


def one_call(number: int) -> list[CallEvent]:
    """Some are handed on, some are absorbed by the one before, some never end."""
    name, device, start = f"call-{number:06d}", str(101 + number % 7), float(number)
    events = rings(name, number=f"+7495{number % 97:07d}", device=device, start=start)
    if number % 11 == 10:
        return events + is_absorbed(name, f"call-{number - 1:06d}", start=start + 2)
    events += is_answered(name, device=device, start=start)
    if number % 3 == 0:
        events += is_forwarded_to(name, BORIS, device=device, start=start)
    return events if number % 13 == 12 else events + ends(name, device=device, start=start)


def story() -> Iterator[CallEvent]:
    """Every event there will ever be, several calls interleaved."""
    for first in count(0, CALLS_AT_ONCE):
        calls = [one_call(first + index) for index in range(CALLS_AT_ONCE)]
        for step in range(max(map(len, calls))):
            yield from (events[step] for events in calls if step < len(events))


async def main(where: str, key: str | None = None) -> None:
    """Go on with the story where the ledger ends."""
    ledger = await (Ledger.on_server(where, key_path=Path(key)) if key else Ledger.open(Path(where)))
    events = islice(story(), ledger.status.durable, None)

    async def report(position: int) -> None:
        await ledger.flushed(position)
        sys.stdout.write(f"{position}\n")
        sys.stdout.flush()

    async with asyncio.TaskGroup() as tasks:
        while True:
            for size in (1, 2, 1, 3, 20):
                tasks.create_task(report(ledger.append(list(islice(events, size)))))
            # Let the disk keep up, so that the queue stays short and the kill falls into many different moments.
            await asyncio.sleep(0.001)
            if ledger.status.queued > 2_000:
                await ledger.flushed(ledger.status.durable + 1_000)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
