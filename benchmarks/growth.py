"""Growth curves: what more contacts and more connections cost, plotted to docs/images.

    python benchmarks/growth.py contacts --keep /tmp/bench-stores    search and look-up among 10 k, 100 k, 1 M contacts
    python benchmarks/growth.py                                      both, in a temporary folder
    python benchmarks/growth.py connections                          ring to frame with 100, 1,000, 5,000 employees

Each curve runs the benchmark of that figure (`contact_search.py`'s questions on SQLite, `ring_to_frame.py` with 50 call
starts a second and as many browsers as employees) and draws what it said, median and 99th percentile, with the limit.
`--only-plot` draws docs/images anew from the figures of the last run, which lie beside the pictures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contact_search import questions, timed
from contact_stores import some_numbers, sqlite_store
from ringcard.contacts.opening import open_cards
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.contacts.store import ContactStore
from ringcard.numbers import NumberingPlan
from ringcard.storage import open_engine

IMAGES = Path(__file__).parent.parent / "docs" / "images"
CONTACTS = (10_000, 100_000, 1_000_000)
CONNECTIONS = (100, 1_000, 5_000)
QUESTIONS = 20_000
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 400, 70, 56, 48, 24
COLOURS = ("#1f6feb", "#8250df", "#1a7f37", "#bf8700")


@dataclass(frozen=True)
class Curve:
    name: str
    points: tuple[tuple[float, float], ...]


def svg(title: str, across: str, up: str, curves: Sequence[Curve], limit: float | None) -> str:
    """A plot with logarithmic axes, readable on a light and on a dark page."""
    xs = [x for curve in curves for x, _ in curve.points]
    ys = [y for curve in curves for _, y in curve.points] + ([limit] if limit else [])
    x0, x1 = math.log10(min(xs)), math.log10(max(xs))
    y0, y1 = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)) + 1e-9)

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (math.log10(x) - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (math.log10(y) - y0) / (y1 - y0) * (HEIGHT - BOTTOM - TOP),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"',
        ' font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{title}</text>',
        f'<text x="{(WIDTH + LEFT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{across}</text>',
        f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{up}</text>',
    ]
    for power in range(y0, y1 + 1):
        _, y = place(min(xs), 10.0**power)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d0d7de"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for x in sorted(set(xs)):
        at, _ = place(x, 10.0**y0)
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#d0d7de"/>')
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:,.0f}</text>')
    if limit:
        _, y = place(min(xs), limit)
        ends = f'x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
        parts.append(f'<line {ends} stroke="#cf222e" stroke-dasharray="6 4"/>')
        parts.append(f'<text x="{LEFT + 6}" y="{y - 5:.1f}" fill="#cf222e">limit {limit:g}</text>')
    for nth, curve in enumerate(curves):
        colour = COLOURS[nth]
        dots = [place(x, y) for x, y in curve.points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for (x, y), (_, value) in zip(dots, curve.points, strict=True):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>')
            anchor = "end" if x > WIDTH - RIGHT - 20 else "middle"
            parts.append(f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="{anchor}" fill="{colour}">{value:.3g}</text>')
        parts.append(f'<text x="{LEFT + 170 * nth}" y="40" fill="{colour}">● {curve.name}</text>')
    return "\n".join([*parts, "</svg>", ""])


async def among(path: Path, count: int) -> list[float]:
    """Search p50 and p99, look-up p50 and p99, in ms."""
    url = f"sqlite:///{path}"
    engine, cards = open_engine(url), open_cards(url)
    store = ContactStore(engine, cards, NumberingPlan("RU"))

    async def ask(q: str) -> object:
        return await store.search(q=q, limit=20)

    asked = questions(count)
    await timed(ask, asked[::7])
    search = [ms for ms, _ in await timed(ask, asked)]
    await cards.close()
    await engine.dispose()
    reader = SqliteCardReader(path)
    looked: list[float] = []
    for number in some_numbers(path, QUESTIONS):
        began = time.perf_counter()
        reader.with_number_now(number)
        looked.append((time.perf_counter() - began) * 1000)
    await reader.close()
    return [
        figure
        for took in (search, looked)
        for figure in (statistics.median(took), statistics.quantiles(took, n=100)[98])
    ]


def measure_contacts(keep: Path, sizes: Sequence[int]) -> list[list[float]]:
    rows: list[list[float]] = []
    for count in sizes:
        rows.append([count, *asyncio.run(among(sqlite_store(keep, count), count))])
        print("| {:,} | {:.1f} | {:.1f} | {:.3f} | {:.3f} |".format(*rows[-1]), flush=True)
    return rows


def measure_connections(sizes: Sequence[int], seconds: float) -> list[list[float]]:
    rows: list[list[float]] = []
    with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as folder:
        for count in sizes:
            figures = Path(folder) / f"{count}.json"
            command = ["--employees", str(count), "--rates", "50", "--no-growth", "--seconds", str(seconds)]
            program = str(Path(__file__).parent / "ring_to_frame.py")
            # Beyond a limit its exit code is 1, and the figures are there all the same.
            subprocess.run([sys.executable, program, *command, "--json", str(figures)], check=False)
            if not figures.exists():
                print(f"{count:,} employees: the run failed, see above; the picture is drawn without it")
                continue
            employees, _, p50, _, p99, floor_p99, memory = json.loads(figures.read_text())
            rows.append([employees, p50, p99, floor_p99, memory])
    return rows


def plotted(what: str, rows: Sequence[Sequence[float]]) -> None:
    if len(rows) < 2:
        raise SystemExit("a curve needs two sizes at least")

    def curve(name: str, column: int) -> Curve:
        return Curve(name, tuple((row[0], row[column]) for row in rows))

    if what == "contacts":
        names: Sequence[str] = ("search, median", "search, 99 %", "look-up, median", "look-up, 99 %")
        curves = [curve(name, column) for column, name in enumerate(names, 1)]
        picture = svg("Searching and looking up, by contacts (SQLite)", "contacts", "milliseconds", curves, 50.0)
    else:
        names = ("ringcard, median", "ringcard, 99 %", "bare relay, 99 %")
        curves = [curve(name, column) for column, name in enumerate(names, 1)]
        title = "From ring to frame, by employees connected (50 call starts a second)"
        picture = svg(title, "employees connected", "milliseconds", curves, 20.0)
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / f"growth-{what}.json").write_text(json.dumps(rows) + "\n")
    (IMAGES / f"growth-{what}.svg").write_text(picture)
    print(f"docs/images/growth-{what}.svg")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", nargs="?", choices=("contacts", "connections"), help="both if it is not said")
    arguments.add_argument("--keep", type=Path, help="a folder for the stores, to be used again")
    arguments.add_argument("--sizes", type=int, nargs="+", help="instead of those of the documentation")
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--only-plot", action="store_true")
    given = arguments.parse_args()
    for what in ("contacts", "connections") if given.what is None else (given.what,):
        if given.only_plot:
            plotted(what, json.loads((IMAGES / f"growth-{what}.json").read_text()))
        elif what == "contacts":
            with tempfile.TemporaryDirectory(prefix="ringcard-bench-") as folder:
                plotted(what, measure_contacts(given.keep or Path(folder), given.sizes or CONTACTS))
        else:
            plotted(what, measure_connections(given.sizes or CONNECTIONS, given.seconds))


if __name__ == "__main__":
    main()
