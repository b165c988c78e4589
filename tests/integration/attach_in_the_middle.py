"""A scenario told while our side comes and goes: what a program knows that was not there from the beginning.

`Interrupted` is a telephone system on which something is done whenever the people of a scenario just wait. `hear` uses
it to have one telling heard by several listeners: one that heard everything, some that came later, one whose line
broke again and again, and one that was killed again and again. What each says is held against the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from attach_likeness import unlikenesses
from attach_listener import Line, Listener, Record, settings_of

from ringcard.testing.scenarios import Ami, Expected, Phone, PhoneSystem, Scenario

STARTED_SLACK_S = 1.6
"""A snapshot tells a channel's age in whole seconds."""
SLACK_S = 0.8

HEARD_S = 0.4
"""Until what has just happened has been heard, and has turned out to be what it looked like."""
PRESSED_SLACK_S = 4.0
"""When `*2` was pressed is told only at the end of its consultation: who was killed meanwhile takes the dialling."""

ListenerFactory = Callable[..., Listener]


class Interrupted:
    """A `PhoneSystem` that does `interruption` first whenever time is to pass."""

    def __init__(self, pbx: PhoneSystem, interruption: Callable[[], Awaitable[None]]) -> None:
        self._pbx = pbx
        self._interruption = interruption

    @property
    def ami(self) -> Ami:
        return self._pbx.ami

    @property
    def technology(self) -> str:
        return self._pbx.technology

    def phone(self, name: str) -> Phone:
        return self._pbx.phone(name)

    def caller(self, number: str | None = "+74959195557", name: str | None = None, *, withheld: bool = False) -> Phone:
        return self._pbx.caller(number, name, withheld=withheld)

    def outsider(self, number: str) -> Phone:
        return self._pbx.outsider(number)

    def now(self) -> float:
        return self._pbx.now()

    async def passes(self, seconds: float) -> None:
        began_s = self.now()
        await self._pbx.passes(min(HEARD_S, seconds / 2))
        await self._interruption()
        await self._pbx.passes(max(0.0, began_s + seconds - self.now()))


@dataclass(slots=True)
class Heard:
    """What came of one telling: the truth, and the records of each listener."""

    truths: list[Expected]
    whole: list[Record]
    late: list[tuple[float, list[Record]]] = field(default_factory=list)
    """Of those that came later: when, and what."""
    broken: list[Record] = field(default_factory=list)
    killed: list[Record] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)


async def hear(
    scenario: Scenario,
    pbx: PhoneSystem,
    new_listener: ListenerFactory,
    *,
    meanwhile: Callable[[Awaitable[None]], Awaitable[None]],
    afterwards: Callable[[], Awaitable[None]],
) -> Heard:
    """Tell `scenario` with listeners that come and go at every wait in it.

    `meanwhile` runs our side's coming and going while the scenario stands still, `afterwards` lets the telephone
    system come to rest.
    """
    async with Line(pbx.ami) as line:
        whole, broken = new_listener(settings_of(pbx.ami)), new_listener(settings_of(pbx.ami, line.port))
        killed = [new_listener(settings_of(pbx.ami))]
        late: list[tuple[float, Listener]] = []
        listeners = [whole, broken, killed[0]]

        async def comes_later() -> None:
            listener = new_listener(settings_of(pbx.ami))
            late.append((pbx.now(), listener))
            listeners.append(listener)
            await listener.starts()

        async def breaks() -> None:
            await line.breaks()
            await broken.is_up(False)
            line.mends()
            await broken.is_up()

        async def is_killed() -> None:
            await killed[-1].stops()
            killed.append(new_listener(settings_of(pbx.ami), killed[-1]))
            listeners.append(killed[-1])
            await killed[-1].starts()

        async def interruption() -> None:
            await meanwhile(_all(comes_later(), breaks(), is_killed()))

        try:
            await meanwhile(_all(*(listener.starts() for listener in listeners)))
            truths = await scenario.tell(Interrupted(pbx, interruption))
            await afterwards()
            lasting = [whole, broken, killed[-1], *(listener for _, listener in late)]
            await meanwhile(_all(*(listener.settles() for listener in lasting)))
        finally:
            await _all(*(listener.stops() for listener in listeners))
    return Heard(
        truths,
        whole.records(),
        [(at_s, listener.records()) for at_s, listener in late],
        broken.records(),
        killed[-1].records(),
        [f"nobody's event: {stray}" for listener in listeners for stray in listener.strays],
    )


async def _all(*parts: Awaitable[None]) -> None:
    await asyncio.gather(*parts)


# -- holding the records against those of the one who heard everything ------------------------------------------------


def findings(heard: Heard) -> list[str]:
    """Everything that is wrong with what the interrupted listeners say."""
    found = list(heard.strays)
    for at_s, records in heard.late:
        began_s = min((truth.started_at for truth in heard.truths), default=at_s)
        when = f"come after {at_s - began_s:.1f} s: "
        found += [when + difference for difference in _from_the_middle(heard.whole, records, at_s)]
    for name, records, slack_s in (("line broken", heard.broken, SLACK_S), ("killed", heard.killed, PRESSED_SLACK_S)):
        unlike = unlikenesses(_as_heard(records), _as_heard(heard.whole), slack_s)
        found += [f"{name}: {difference}" for difference in unlike]
        found += [f"{name}: {difference}" for difference in _marks(heard, records)]
    return found


def _as_heard(records: Sequence[Record]) -> list[Record]:
    return [{**record, "complete": True, "gaps": []} for record in records]


def _marks(heard: Heard, records: Sequence[Record]) -> Iterator[str]:
    """A gap is marked in the calls that lasted then, and in no other."""
    for record in records:
        lived = [at_s for at_s, _ in heard.late if _epoch(record["started_at"]) < at_s < _epoch(record["ended_at"])]
        if (not record["complete"], bool(record["gaps"])) != (bool(lived), bool(lived)):
            yield f"complete is {record['complete']}, gaps are {record['gaps']}, {len(lived)} really"


def _from_the_middle(whole: Sequence[Record], records: Sequence[Record], at_s: float) -> Iterator[str]:
    left = list(records)
    for number, real in enumerate(whole, 1):
        if _epoch(real["ended_at"]) <= at_s:
            continue
        same = [r for r in left if r["caller"]["number"] == real["caller"]["number"]] or left
        seen = min(same, key=lambda r: abs(_epoch(r["started_at"]) - _epoch(real["started_at"])), default=None)
        if seen is None:
            yield f"c{number}: there is no record of it"
            continue
        left.remove(seen)
        if _epoch(real["started_at"]) > at_s:
            told = (f"c{number}: {difference}" for difference in unlikenesses([seen], [real]))
        else:
            told = (f"c{number}: {difference}" for difference in _seen(real, seen, at_s))
        yield from told
    for ghost in left:
        yield f"a record of no call: {ghost['direction']} {ghost['caller']} to {ghost['called']}"


def _seen(real: Record, seen: Record, at_s: float) -> Iterator[str]:
    """A call that was there already: what a snapshot tells of it, and what came afterwards."""
    if seen["complete"] or not seen["gaps"]:
        yield "complete, though its beginning was not heard"
    if abs(_epoch(seen["started_at"]) - _epoch(real["started_at"])) > STARTED_SLACK_S:
        yield f"started_at is {seen['started_at']}, really {real['started_at']}"
    yield from _moment("ended_at", seen, real, at_s)
    yield from _devices_seen(real, seen, at_s)
    for key, moment, words in (
        ("transfers", "at", ("kind", "by", "to")),
        ("consultations", "started_at", ("by", "to")),
        ("holds", "from", ("by",)),
    ):
        afterwards = [[row[word] for word in words] for row in real[key] if _epoch(row[moment]) > at_s]
        told = [[row[word] for word in words] for row in seen[key]]
        ever = [[row[word] for word in words] for row in real[key]]
        if any(row not in told for row in afterwards) or any(row not in ever for row in told):
            yield f"{key} are {told}, really {ever}, {len(afterwards)} of them afterwards"
    if any(_epoch(transfer["at"]) <= at_s for transfer in real["transfers"]):
        return  # a channel tells where it was sent last, not who had it before
    for key in ("direction", "disposition", "ended_by", "queue", "conference"):
        if seen[key] != real[key] and not (key in ("queue", "conference") and seen[key] in (None, False)):
            yield f"{key} is {seen[key]!r}, really {real[key]!r}"
    # Not what was dialled: a menu or a program may have sent it on, and a channel tells only where it is now.
    if any(seen["caller"][part] != real["caller"][part] for part in ("number", "device")):
        yield f"caller is {seen['caller']!r}, really {real['caller']!r}"
    yield from _moment("answered_at", seen, real, at_s)


def _devices_seen(real: Record, seen: Record, at_s: float) -> Iterator[str]:
    """Each stint that lasted then, or came later, is told with its outcome and its end."""
    left = list(seen["devices"])
    for row in real["devices"]:
        if _epoch(row["left_at"] or real["ended_at"]) <= at_s:
            continue
        mine = next((told for told in left if told["device"] == row["device"]), None)
        if mine is not None:
            left.remove(mine)
            if mine["outcome"] != row["outcome"]:
                yield f"device {row['device']} is {mine['outcome']!r}, really {row['outcome']!r}"
            else:
                yield from (f"device {row['device']}: {x}" for x in _moment("left_at", mine, row, at_s))
        elif real["direction"] != "internal" or row["device"] != real["caller"]["device"]:
            yield f"device {row['device']} is missing, really {row['outcome']}"
    for device in {row["device"] for row in left} - {row["device"] for row in real["devices"]}:
        yield f"device {device} had no part in it"


def _moment(key: str, seen: Mapping[str, Any], real: Mapping[str, Any], at_s: float) -> Iterator[str]:
    """What happened afterwards is known, what happened before is not: null, never guessed."""
    if real[key] is None or _epoch(real[key]) <= at_s:
        if seen[key] is not None:
            yield f"{key} is {seen[key]}, and cannot be known"
    elif seen[key] is None or abs(_epoch(seen[key]) - _epoch(real[key])) > SLACK_S:
        yield f"{key} is {seen[key]}, really {real[key]}"


def _epoch(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
