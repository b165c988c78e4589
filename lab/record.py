"""`python -m lab.record SERIES [SCENARIO…]`: run scenarios on a lab of its own and write their traces.

Without names: all of them on 22, the main ones on 16. They go to tests/traces/asterisk/SERIES/SCENARIO, or where
`--to FOLDER` says.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from lab.gaps import GAP_STORIES, record_gap
from lab.recorder import record
from lab.system import Lab
from ringcard.testing.scenarios import SCENARIOS

TRACES = Path(__file__).resolve().parent.parent / "tests" / "traces" / "asterisk"


async def _record_all(lab: Lab, names: list[str], to: Path) -> list[str]:
    failed = []
    for name in names:
        began = time.monotonic()
        try:
            folder = await (record_gap if name in GAP_STORIES else record)(lab, name, to)
        except Exception as error:
            failed.append(name)
            print(f"{name}: {type(error).__name__}: {error}", flush=True)
        else:
            size_kb = sum(raw.stat().st_size for raw in folder.glob("*.raw")) // 1024
            print(f"{name}: {time.monotonic() - began:.1f} s, {size_kb} kB", flush=True)
    return failed


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("series", choices=["22", "16"])
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--to", type=Path)
    arguments = parser.parse_args()
    names = arguments.scenarios or [
        *(scenario.name for scenario in SCENARIOS.values() if arguments.series == "22" or scenario.main),
        *GAP_STORIES,
    ]
    if unknown := [name for name in names if name not in SCENARIOS and name not in GAP_STORIES]:
        parser.error(f"no such scenario: {', '.join(unknown)}")
    began = time.monotonic()
    with Lab(arguments.series) as lab:
        failed = asyncio.run(_record_all(lab, names, arguments.to or TRACES / arguments.series))
        if failed:
            print(lab.asterisk.log.read_text(errors="replace")[-4000:])
    print(f"{len(names) - len(failed)} of {len(names)} scenarios in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
