"""`python -m lab.wander SERIES FIRST-LAST`: stories by lot, told on labs of their own, and their records held to them.

`--kind` says of what: one customer's call, a call between colleagues, a conference, two customers at one desk; without
it each seed is told of every kind.

For each seed whose record is not true, `--to FOLDER` gets the trace and what really happened, as `lab.record` writes
them: a new test. A story that cannot be told (a phone did not ring) is named apart, with what was drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.recorder import SETTLE_S, Recording, write_expected
from lab.rehearsal import LABS_AT_ONCE, rehearse
from lab.system import Lab
from ringcard.calls.identifiers import PbxId
from ringcard.calls.record import record_as_json
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.replay import play, read, records
from ringcard.pbx.asterisk.translate import Translator
from ringcard.testing.scenarios import differences_of_all
from ringcard.testing.scenarios.wandering import KINDS, wander

DEVICES = "101-110"


async def _tell(lab: Lab, kind: str, seed: int, to: Path) -> list[str]:
    """Everything in which the record of one story is not true; its trace is in `to` then."""
    drawn: list[str] = []
    try:
        async with Recording(lab.ami) as recording:
            truths = await wander(lab, seed, drawn, kind)
            await lab.is_quiet()
            await asyncio.sleep(SETTLE_S)
    except Exception as error:
        raise RuntimeError(f"{type(error).__name__}: {error} ({', '.join(drawn)})") from error
    folder = to / f"{kind}-{seed}"
    with TemporaryDirectory() as kept:
        recording.stream.write(Path(kept))
        found = differences_of_all(truths, _records(Path(kept)))
    if found:
        folder.mkdir(parents=True, exist_ok=True)
        recording.stream.write(folder)
        write_expected(folder, ", ".join(drawn), [f"by lot, {kind}, seed {seed}"], truths, ["ami.raw"])
    return [*drawn, *found] if found else []


def _records(folder: Path) -> list[dict[str, object]]:
    ours = parse_devices(DEVICES)
    translator = Translator(PbxId("lab"), DeviceNames(ours), NumberingPlan("RU", None, ours))
    events = play(translator, [list(read(folder / "ami.raw"))])
    return [json.loads(json.dumps(record_as_json(record))) for record in records(events)]


async def _tell_all(labs: Sequence[Lab], names: Sequence[str], to: Path) -> int:
    """How many stories have records that are not true; each is named as its kind and seed."""
    false = 0

    async def told(lab: Lab, name: str) -> None:
        nonlocal false
        kind, _, seed = name.rpartition("-")
        try:
            found = await _tell(lab, kind, int(seed), to)
        except Exception as error:
            print(f"{name}: could not be told: {error}", flush=True)
            raise
        if found:
            false += 1
            print(f"{name}: NOT TRUE: {'; '.join(found)}", flush=True)

    await rehearse(labs, names, told)
    return false


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("series", choices=["22", "16"])
    parser.add_argument("seeds", metavar="FIRST-LAST")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--kind", choices=list(KINDS), action="append", help="may be given several times")
    parser.add_argument("--labs", type=int, default=LABS_AT_ONCE, help="how many run side by side")
    arguments = parser.parse_args()
    first, _, last = arguments.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    names = [f"{kind}-{seed}" for seed in seeds for kind in arguments.kind or KINDS]
    with contextlib.ExitStack() as running:
        labs = [running.enter_context(Lab(arguments.series)) for _ in range(min(arguments.labs, len(names)))]
        false = asyncio.run(_tell_all(labs, names, arguments.to))
    print(f"{len(names)} stories, {false} with a record that is not true")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())
