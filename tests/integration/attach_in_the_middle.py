"""A scenario told while our side comes and goes: what a program knows that was not there from the beginning.

`Interrupted` is a telephone system on which something is done whenever the people of a scenario just wait. `hear` uses
it to have one telling heard by several listeners: one that heard everything, some that came later, one whose line
broke again and again, and one that was killed again and again. What each says is held against the first in
`attach_knowledge`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from attach_listener import Line, Listener, Record, settings_of

from ringcard.testing.scenarios import Ami, Expected, Phone, PhoneSystem, Scenario

HEARD_S = 0.4
"""Until what has just happened has been heard, and has turned out to be what it looked like."""
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
        await self._pbx.passes(min(HEARD_S, seconds * 0.65))
        await self._interruption()
        await self._pbx.passes(max(0.0, began_s + seconds - self.now()))


@dataclass(slots=True)
class Heard:
    """What came of one telling: the truth, and the records of each listener."""

    truths: list[Expected]
    whole: list[Record]
    late: list[tuple[float, list[Record]]] = field(default_factory=list)
    """Of those that came later: when, and what."""
    here_s: list[float] = field(default_factory=list)
    """When each of them had taken stock."""
    broken: list[Record] = field(default_factory=list)
    killed: list[Record] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    technology: str = "PJSIP"


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
        here_s: list[float] = []
        listeners = [whole, broken, killed[0]]

        async def comes_later() -> None:
            listener = new_listener(settings_of(pbx.ami))
            late.append((pbx.now(), listener))
            listeners.append(listener)
            await listener.starts()
            here_s.append(pbx.now())

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
        here_s,
        broken.records(),
        killed[-1].records(),
        [f"nobody's event: {stray}" for listener in listeners for stray in listener.strays],
        pbx.technology,
    )


async def _all(*parts: Awaitable[None]) -> None:
    await asyncio.gather(*parts)
