"""Phones that a scenario can hold in its hand: `ringcard.testing.scenarios.Phone` on top of `lab.phone_process`."""

from __future__ import annotations

import asyncio
import itertools

from lab.asterisk import LabError
from lab.phone_process import Line, PhoneState, SoftphoneProcess

DIGIT_S = 0.22
"""PJSIP's RFC 4733 digit: 160 ms of tone, 50 ms of pause."""
LEAVES_S, LEAVES_TICKS = 0.3, 15
"""How soon a person puts it down. A busy chan_sip that has BYE a tenth of a second after its NOTIFY may hang all up."""
_CALLS = itertools.count(1)


class SoftPhone:
    """One phone.

    `key` is under what its state is kept, `line` the identity it calls from; with a `uri` it calls as that instead.
    """

    def __init__(
        self,
        process: SoftphoneProcess,
        name: str,
        *,
        key: str,
        line: str,
        uri: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.process = process
        self._name = name
        self._key = key
        self._line = line
        self._uri = uri
        self._headers = headers or {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def state(self) -> PhoneState:
        return self.process.state(self._key)

    @property
    def caller_seen(self) -> str:
        """The From of the call that rings or is up, as the phone would show it."""
        return self.state.live[-1].caller

    async def dials(self, number: str) -> None:
        line = Line(f"o{next(_CALLS)}", incoming=False)
        self.process.track(self._key, line)
        self.process.command(
            "dial", line=self._line, call=line.call, number=number, headers=self._headers, uri=self._uri
        )

    async def rings(self) -> None:
        await self.process.until(f"{self.name} rings", lambda: self._ringing() is not None)

    async def answers(self) -> None:
        line = await self._ringing_soon()
        self.process.command("answer", call=line.call, code=200)
        await self.process.until(f"{self.name} answers", lambda: line.state != "ringing")
        self._make_current(line)

    async def rejects(self, *, busy: bool = False, code: int = 603) -> None:
        line = await self._ringing_soon()
        self.process.command("answer", call=line.call, code=486 if busy else code)
        await self.process.until(f"{self.name} rejects", lambda: line.state == "over")

    async def refuses_calls(self, refuses: bool = True) -> None:
        self.process.command("refuse", phone=self._key, on=refuses)

    async def obeys(self, obeys: bool = True) -> None:
        self.process.command("obey_notify", phone=self._key, on=obeys)

    async def picks_up(self) -> None:
        await self.process.until(f"{self.name} picks up", lambda: any(line.state == "up" for line in self.state.live))

    async def has_held(self, held: bool = True) -> None:
        await self.process.until(f"{self.name} holds: {held}", lambda: any(x.held for x in self.state.live) is held)

    async def forwards_to(self, number: str) -> None:
        line = await self._ringing_soon()
        self.process.command("answer", call=line.call, code=302, contact=number)
        await self.process.until(f"{self.name} forwards", lambda: line.state == "over")

    async def talks(self) -> None:
        """Wait until the other side is heard.

        That a call is up is not enough: Asterisk says so before it joins the two, and refuses until then to transfer
        (a NOTIFY with 400); beside other work that takes milliseconds. Only the joined are passed each other's audio.
        """
        line = self._current()
        await self.process.until(
            f"{self.name} talks",
            lambda: (line.state == "up" and line.media == "active" and line.heard) or line.state == "over",
        )
        if line.state == "over":
            raise LabError(f"{self.name} does not talk: the call ended with {line.code}")

    async def hangs_up(self) -> None:
        line = self._current()
        self.process.command("hang_up", call=line.call)
        await self.process.until(f"{self.name} hangs up", lambda: line.state == "over")

    async def holds(self) -> None:
        line = self._current()
        self.process.command("hold", call=line.call)
        await self.process.until(f"{self.name} holds", lambda: line.held)

    async def retrieves(self) -> None:
        line = self._held()
        self.process.command("retrieve", call=line.call)
        await self.process.until(f"{self.name} retrieves", lambda: not line.held)
        self._make_current(line)

    async def transfers_to(self, number: str) -> None:
        line = self._current()
        line.transferring = True
        self.process.command("refer", call=line.call, number=number)
        await self._leaves(line)

    async def completes_transfer(self) -> None:
        held, other = self._held(), self._current()
        held.transferring = True
        self.process.command("refer_replaces", call=held.call, other=other.call)
        await self._leaves(held, other)

    async def presses(self, digits: str) -> None:
        self.process.command("press", call=self._current().call, digits=digits)
        await asyncio.sleep(DIGIT_S * len(digits))

    async def hears(self, digits: str) -> None:
        """Wait until these keys, pressed by the other side, have arrived at the end of all that did."""
        await self.process.until(f"{self.name} hears {digits}", lambda: self.state.digits.endswith(digits))

    async def is_idle(self) -> None:
        await self.process.until(f"{self.name} is idle", lambda: not self.state.live)

    async def _leaves(self, *lines: Line) -> None:
        """What a person does after a REFER: when the phone is told how it went, or was hung up, put it down.

        If the target was busy, the phone still shows the call for which Asterisk has no channel any more.
        """
        first = lines[0]
        await self.process.until(
            f"{self.name} is told about the transfer", lambda: not first.transferring or first.state == "over"
        )
        for _ in range(LEAVES_TICKS):
            if all(line.state == "over" for line in lines):
                return
            await asyncio.sleep(LEAVES_S / LEAVES_TICKS)
        for line in lines:
            if line.state != "over":
                self.process.command("hang_up", call=line.call)
        await self.process.until(f"{self.name} leaves", lambda: all(line.state == "over" for line in lines))

    def _ringing(self) -> Line | None:
        return next((line for line in self.state.live if line.state == "ringing"), None)

    async def _ringing_soon(self) -> Line:
        """What rings. Asterisk tells that it dials before the phone hears of it: who goes by a screen may be early."""
        await self.rings()
        line = self._ringing()
        if line is None:
            raise LabError(f"{self.name} rang, and does no more")
        return line

    def _current(self) -> Line:
        live = [line for line in self.state.live if line.state != "ringing"]
        if not live:
            raise LabError(f"{self.name} has no call")
        return live[-1]

    def _held(self) -> Line:
        line = next((line for line in self.state.live if line.held), None)
        if line is None:
            raise LabError(f"{self.name} has no held call")
        return line

    def _make_current(self, line: Line) -> None:
        if line in self.state.lines:
            self.state.lines.remove(line)
            self.state.lines.append(line)
