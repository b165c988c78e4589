"""`python -m lab.record SERIES [SCENARIO…]`: run scenarios on labs of their own and write their traces.

Without names: all of them on 22, the main ones on 16. They go to tests/traces/asterisk/SERIES/SCENARIO, or where
`--to FOLDER` says.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lab.gaps import GAP_STORIES, record_gap
from lab.recorder import record
from lab.rehearsal import LABS_AT_ONCE, rehearse
from lab.system import Lab
from ringcard.testing.scenarios import ON_ASTERISK_ONLY, SCENARIOS

TRACES = Path(__file__).resolve().parent.parent / "tests" / "traces" / "asterisk"


async def _record_all(labs: Sequence[Lab], names: list[str], to: Path) -> list[str]:
    """The names of those that failed."""

    async def play(lab: Lab, name: str) -> Path:
        began = time.monotonic()
        folder = await (record_gap if name in GAP_STORIES else record)(lab, name, to)
        size_kb = sum(raw.stat().st_size for raw in folder.glob("*.raw")) // 1024
        print(f"{name}: {time.monotonic() - began:.1f} s, {size_kb} kB", flush=True)
        return folder

    outcomes = await rehearse(labs, names, play)
    failed = {name: error for name, error in outcomes.items() if isinstance(error, Exception)}
    for name, error in failed.items():
        print(f"{name}: {type(error).__name__}: {error}", flush=True)
    return list(failed)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("series", choices=["22", "16"])
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--to", type=Path, metavar="FOLDER")
    parser.add_argument("--labs", type=int, default=LABS_AT_ONCE, help="how many run side by side")
    arguments = parser.parse_args()
    names = arguments.scenarios or [
        *(scenario.name for scenario in SCENARIOS.values() if arguments.series == "22" or scenario.main),
        *(ON_ASTERISK_ONLY if arguments.series == "22" else ()),
        *GAP_STORIES,
    ]
    if unknown := [name for name in names if name not in {*SCENARIOS, *ON_ASTERISK_ONLY, *GAP_STORIES}]:
        parser.error(f"no such scenario: {', '.join(unknown)}")
    began = time.monotonic()
    with contextlib.ExitStack() as running:
        labs = [running.enter_context(Lab(arguments.series)) for _ in range(min(arguments.labs, len(names)))]
        failed = asyncio.run(_record_all(labs, names, arguments.to or TRACES / arguments.series))
    print(f"{len(names) - len(failed)} of {len(names)} scenarios in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
