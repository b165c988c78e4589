"""The scenario vocabulary on the simulator: the same words as the lab's (`ringcard.testing.scenarios.vocabulary`).

Time is virtual: what waits lets it pass, in small steps, and gives whoever listens on a socket a turn after each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ringcard.pbx.simulator.channels import Channel, ChannelState, Endpoint
from ringcard.pbx.simulator.pbx import Pbx

PATIENCE_S = 30.0
STEP_S = 0.01


@dataclass(frozen=True, slots=True)
class ManagerAddress:
    """Where the manager interface is heard."""

    host: str = "127.0.0.1"
    port: int = 0
    user: str = "ringcard"
    secret: str = "ringcard"  # noqa: S105 - a simulated PBX on the loopback interface


class SimulatedPhone:
    """A desk phone, a caller or somebody outside who is called."""

    def __init__(
        self,
        system: SimulatedPhoneSystem,
        name: str,
        endpoint: Endpoint,
        *,
        caller: tuple[str, str] | None = None,
        outside: Endpoint | None = None,
    ) -> None:
        self._system = system
        self._pbx = system.pbx
        self._name = name
        self._endpoint = endpoint
        self._caller = caller
        self._outside = outside
        self._calls: list[Channel] = []

    @property
    def name(self) -> str:
        return self._name

    def channels(self) -> list[Channel]:
        """The live calls here, oldest first."""
        if self._outside is not None:
            return [c for c in self._endpoint.channels if c.outgoing and c.dialled == self._name]
        if self._caller is not None:
            return [channel for channel in self._calls if not channel.gone]
        return list(self._endpoint.channels)

    def _current(self) -> Channel:
        live = [channel for channel in self._calls if not channel.gone]
        if not live:
            live = [channel for channel in self.channels() if channel.state is ChannelState.UP]
        if not live:
            raise RuntimeError(f"{self._name} has no call")
        return live[-1]

    def _held(self) -> Channel:
        """The call that waits: not the current one, if another one is held too."""
        held = [channel for channel in self.channels() if channel.holding]
        if not held:
            raise RuntimeError(f"{self._name} holds no call")
        current = self._current()
        return next((channel for channel in held if channel is not current), current)

    def _ringing(self) -> Channel | None:
        return next((c for c in self.channels() if c.outgoing and c.state is ChannelState.RINGING), None)

    def _take(self, channel: Channel) -> None:
        if channel in self._calls:
            self._calls.remove(channel)
        self._calls.append(channel)

    async def dials(self, number: str) -> None:
        channel = self._pbx.dialplan.call_from(self._endpoint, number, self._caller)
        if channel is not None:
            self._take(channel)
        await self._system.passes(0)

    async def rings(self) -> None:
        await self._system.until(lambda: self._ringing() is not None, f"{self._name} to ring")

    async def answers(self) -> None:
        channel = self._ringing()
        if channel is None:
            raise RuntimeError(f"{self._name} does not ring")
        self._take(channel)
        self._pbx.answer(channel)
        await self._system.passes(0)

    async def rejects(self, *, busy: bool = False) -> None:
        channel = self._ringing()
        if channel is None:
            raise RuntimeError(f"{self._name} does not ring")
        self._pbx.reject(channel, busy=busy)
        await self._system.passes(0)

    async def refuses_calls(self, refuses: bool = True) -> None:
        (self._outside or self._endpoint).busy = refuses

    async def obeys(self, obeys: bool = True) -> None:
        self._endpoint.obeys = obeys

    async def picks_up(self) -> None:
        def up() -> bool:
            return any(channel.state is ChannelState.UP for channel in self.channels())

        await self._system.until(up, f"{self._name} to pick up")
        for channel in self.channels():
            self._take(channel)

    async def has_held(self, held: bool = True) -> None:
        def so() -> bool:
            return any(channel.holding for channel in self.channels()) is held

        await self._system.until(so, f"{self._name} to hold: {held}")

    async def forwards_to(self, number: str) -> None:
        channel = self._ringing()
        if channel is None:
            raise RuntimeError(f"{self._name} does not ring")
        self._pbx.dialplan.redirect(channel, number)
        await self._system.passes(0)

    async def talks(self) -> None:
        def talking() -> bool:
            live = [channel for channel in self._calls if not channel.gone]
            return bool(live) and live[-1].state is ChannelState.UP

        await self._system.until(talking, f"{self._name} to talk")

    async def hangs_up(self) -> None:
        self._pbx.switch.party_hangs_up(self._current())
        await self._system.passes(0)

    async def holds(self) -> None:
        self._pbx.transfers.hold(self._current())
        await self._system.passes(0)

    async def retrieves(self) -> None:
        held = self._held()
        self._take(held)
        self._pbx.transfers.retrieve(held)
        await self._system.passes(0)

    async def transfers_to(self, number: str) -> None:
        channel = self._current()
        self._pbx.transfers.blind(channel, number)
        await self._system.passes(0)
        # Who parks a call hears its slot announced before the phone is told that it is done.
        await self._system.until(lambda: channel.gone, f"{self._name} to be out of the call that it transferred")

    async def completes_transfer(self) -> None:
        held = self._held()
        self._pbx.transfers.attended(held, self._current())
        await self._system.passes(0)

    async def presses(self, digits: str) -> None:
        await self._system.passes(self._pbx.transfers.press(self._current(), digits))

    async def is_idle(self) -> None:
        await self._system.until(lambda: not self.channels(), f"{self._name} to be idle")

    async def unregisters(self) -> None:
        self._pbx.set_registered(self._endpoint, False)
        await self._system.passes(0)

    async def registers(self) -> None:
        self._pbx.set_registered(self._endpoint, True)
        await self._system.passes(0)

    async def loses_power(self) -> None:
        self._pbx.set_registered(self._endpoint, False, contact="Unreachable")
        await self._system.passes(0)


class SimulatedPhoneSystem:
    """The lab's company on the simulator."""

    technology = "PJSIP"

    def __init__(self, pbx: Pbx, ami: ManagerAddress | None = None) -> None:
        self.pbx = pbx
        self.ami = ami or ManagerAddress()
        self._phones: dict[str, SimulatedPhone] = {}

    def phone(self, name: str) -> SimulatedPhone:
        """The desk phone of that name."""
        if name not in self._phones:
            self._phones[name] = SimulatedPhone(self, name, self.pbx.switch.endpoints[name])
        return self._phones[name]

    def caller(
        self, number: str | None = "+74959195557", name: str | None = None, *, withheld: bool = False
    ) -> SimulatedPhone:
        """Somebody outside who calls in. A manager sees a withheld number all the same."""
        who = ("anonymous", "Anonymous") if number is None else (number, name or "")
        return SimulatedPhone(self, number or "anonymous", self.pbx.switch.endpoints["trunk"], caller=who)

    def outsider(self, number: str) -> SimulatedPhone:
        """Who is reached when the company dials `number`."""
        if number not in self._phones:
            outside = self.pbx.dialplan.outsiders[number] = Endpoint(number, "", context="outside")
            trunk = self.pbx.switch.endpoints["trunk"]
            self._phones[number] = SimulatedPhone(self, number, trunk, outside=outside)
        return self._phones[number]

    async def passes(self, seconds: float) -> None:
        """Virtual time; listeners on sockets get their turns."""
        until_s = self.pbx.timeline.now_s + seconds
        while self.pbx.timeline.now_s + 0.5 < until_s:
            self.pbx.timeline.advance_to(self.pbx.timeline.now_s + 0.5)
            await asyncio.sleep(0)
        self.pbx.timeline.advance_to(until_s)
        for _ in range(3):
            await asyncio.sleep(0)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Let time pass until it is so; raises TimeoutError if that takes longer than anybody would wait."""
        until_s = self.pbx.timeline.now_s + PATIENCE_S
        while not condition():
            if self.pbx.timeline.now_s > until_s:
                raise TimeoutError(f"waited for {what}")
            await self.passes(STEP_S)

    def now(self) -> float:
        """The virtual clock."""
        return self.pbx.timeline.now_s
