"""A ledger on a disk that becomes full, and has room again. Prints what was seen as JSON.

    unshare --mount python fill_the_disk.py EMPTY_DIRECTORY

Mounts a small tmpfs over the directory: in a mount namespace of its own, so nothing is left behind.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from itertools import count, islice
from pathlib import Path

from append_for_ever import story

from ringcard.ledger import Ledger, LedgerSettings, LedgerState

SIZE_KIB = 8 * 1024
ROOM_KIB = 450
"""What is left at first: enough to begin, gone within a second."""


async def main(directory: Path) -> None:
    """Fill it, wait for the trouble, append more, make room, and look at what is there."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_KIB}k,mode=700", "tmpfs", str(directory)], check=True)
    ballast = directory / "ballast"
    ballast.write_bytes(bytes((SIZE_KIB - ROOM_KIB) * 1024))
    ledger = await Ledger.open(
        directory / "ledger.sqlite3", settings=LedgerSettings(retry_first_s=0.005, retry_limit_s=0.02)
    )
    events = story()
    appended = 0
    for _ in count():
        appended = ledger.append(list(islice(events, 40)))
        await asyncio.sleep(0.002)
        if ledger.status.state is LedgerState.FAILING:
            break
        if appended > 100_000:
            raise SystemExit("the disk never became full")
    stuck_at = ledger.status.durable
    appended = ledger.append(list(islice(events, 400)))
    await asyncio.sleep(0.2)
    during = ledger.status
    still_readable = (await ledger.heard_until()) is not None
    ballast.unlink()
    await asyncio.wait_for(ledger.flushed(appended), 20)
    after = ledger.status
    verification = await ledger.verify()
    stored = [each.entry async for each in ledger.replay()]
    await ledger.close()
    seen = {
        "appended": appended,
        "stuck_at": stuck_at,
        "during": {
            "state": during.state,
            "trouble": during.trouble,
            "problem": during.problem,
            "durable": during.durable,
            "queued": during.queued,
        },
        "still_readable": still_readable,
        "after": {"state": after.state, "problem": after.problem, "queued": after.queued, "refused": after.refused},
        "stored_in_order": stored == list(islice(story(), appended)),
        "sound": verification.sound,
    }
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
