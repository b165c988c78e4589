"""What an employee does from the screen, through the product's own connector: the services of call control.

The scenarios that use it say what the people at the phones then hear and see; that is what the record is held against.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from ringcard.calls.board import Board
from ringcard.calls.events import DeviceStateChanged, PbxEvent
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.calls.queues import QueueStateChanged
from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.settings import AsteriskSettings, Timing
from ringcard.pbx.connector import ForwardingKind, LinkState, LinkStatus, ListenMode
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem

PATIENCE_S = 10.0
LOOK_EVERY_S = 0.02


class Screen:
    """Everybody's screen at once; each word is pressed by the one who is named first."""

    def __init__(self, pbx: PhoneSystem, settings: AsteriskSettings) -> None:
        self.board = Board()
        self._came = asyncio.Event()
        self._is_up = False
        self.connector = AsteriskConnector(settings, on_status=self._report, clock=pbx.now)

    def take(self, events: Sequence[PbxEvent]) -> None:
        for event in events:
            if not isinstance(event, DeviceStateChanged | QueueStateChanged):
                self.board.apply(event)
        self._came.set()

    def _report(self, status: LinkStatus) -> None:
        self._is_up = status.state is LinkState.UP
        self._came.set()

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until it is so. Raises `TimeoutError` that says what it waited for."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise TimeoutError(f"the screen waited for {what}") from None

    async def is_up(self) -> None:
        await self.until(lambda: self._is_up, "the link")

    async def call_of(self, phone: Phone) -> CallId:
        """The call that a phone is in, the latest if there are several; waited for until it shows."""
        await self.until(lambda: bool(self._calls_of(phone)), f"a call of {phone.name}")
        return self._calls_of(phone)[-1]

    async def call_with(self, number: str | None) -> CallId:
        """The call with the customer of this number (E.164), the latest if there are several; waited for."""

        def calls() -> list[CallId]:
            records = ((call_id, call.record(datetime.now(UTC))) for call_id, call in self.board.calls.items())
            return [found for found, record in records if number in (record.caller.number, record.called.number)]

        await self.until(lambda: bool(calls()), f"a call with {number}")
        return calls()[-1]

    def _calls_of(self, phone: Phone) -> list[CallId]:
        now = datetime.now(UTC)
        return [
            call_id
            for call_id, call in self.board.calls.items()
            if any(row.device == phone.name and row.left_at is None for row in call.record(now).devices)
        ]

    async def has_learnt(self, phone: Phone) -> None:
        """Wait until it is known that the phone lets itself be told, which it says when it answers."""
        for _ in range(round(PATIENCE_S / LOOK_EVERY_S)):
            if self.connector.takes(DeviceId(phone.name)):
                return
            await asyncio.sleep(LOOK_EVERY_S)
        raise TimeoutError(f"{phone.name} does not say what it takes")

    async def holds(self, phone: Phone) -> None:
        await self.connector.hold_call(await self.call_of(phone), DeviceId(phone.name))

    async def retrieves(self, phone: Phone) -> None:
        await self.connector.retrieve_call(await self.call_of(phone), DeviceId(phone.name))

    async def consults(self, phone: Phone, to: str) -> None:
        await self.connector.consultation_call(await self.call_of(phone), DeviceId(phone.name), to)

    async def alternates(self, phone: Phone) -> None:
        await self.connector.alternate_call(await self.call_of(phone), DeviceId(phone.name))

    async def reconnects(self, phone: Phone) -> None:
        await self.connector.reconnect_call(await self.call_of(phone), DeviceId(phone.name))

    async def transfers(self, phone: Phone) -> None:
        await self.connector.transfer_call(await self.call_of(phone), DeviceId(phone.name))

    async def joins_all(self, phone: Phone) -> None:
        await self.connector.conference_call(await self.call_of(phone), DeviceId(phone.name))

    async def hands_to(self, phone: Phone, to: str) -> None:
        await self.connector.single_step_transfer_call(await self.call_of(phone), DeviceId(phone.name), to)

    async def deflects(self, phone: Phone, to: str) -> None:
        await self.connector.deflect_call(await self.call_of(phone), DeviceId(phone.name), to)

    async def presses(self, phone: Phone, digits: str) -> None:
        await self.connector.generate_digits(await self.call_of(phone), DeviceId(phone.name), digits)

    async def answers(self, phone: Phone) -> None:
        await self.connector.answer_call(await self.call_of(phone), DeviceId(phone.name))

    async def hangs_up(self, phone: Phone) -> None:
        await self.connector.clear_connection(await self.call_of(phone), DeviceId(phone.name))

    async def parks(self, phone: Phone) -> str:
        return await self.connector.park_call(await self.call_of(phone), DeviceId(phone.name))

    async def dials(self, phone: Phone, number: str, *, auto_answer: bool = False) -> CallId:
        return await self.connector.make_call(DeviceId(phone.name), number, auto_answer=auto_answer)

    async def picks_up(self, phone: Phone, ringing: Phone) -> None:
        call = await self.call_of(ringing)
        await self.connector.directed_pickup_call(call, DeviceId(ringing.name), DeviceId(phone.name))

    async def picks_up_in_group(self, phone: Phone) -> None:
        await self.connector.group_pickup_call(DeviceId(phone.name))

    async def silences(self, phone: Phone, silent: bool = True) -> None:
        await self.connector.set_do_not_disturb(DeviceId(phone.name), silent)

    async def forwards(self, phone: Phone, kind: ForwardingKind, to: str | None) -> None:
        await self.connector.set_forwarding(DeviceId(phone.name), kind, to)

    async def listens(self, phone: Phone, to: Phone, mode: ListenMode) -> None:
        call = await self.call_of(to)
        await self.connector.single_step_conference_call(call, DeviceId(to.name), DeviceId(phone.name), mode)


@asynccontextmanager
async def screen(pbx: PhoneSystem) -> AsyncIterator[Screen]:
    """A connector at work, and up; stopped at the end."""
    opened = Screen(
        pbx,
        AsteriskSettings(
            pbx="screen",
            host=pbx.ami.host,
            port=pbx.ami.port,
            user=pbx.ami.user,
            secret=pbx.ami.secret,
            devices="101-110",
            context="internal",
            ring_timeout_s=8.0,
            hold_s=6.0,
            transfer_ring_s=6.0,
            probe_events=False,
            timing=Timing(booted_s=2.0),
        ),
    )
    task = asyncio.create_task(opened.connector.run(opened.take))
    try:
        await opened.is_up()
        yield opened
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
