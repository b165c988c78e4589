"""Somebody who watches the phones during a scenario and writes down what really happened, with the time.

The witness never looks at what the telephone system reports: that is what its account is held against.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from ringcard.testing.scenarios import ami
from ringcard.testing.scenarios.expected import (
    ConsultationTruth,
    DeviceTruth,
    Expected,
    HoldTruth,
    TransferTruth,
)
from ringcard.testing.scenarios.vocabulary import Phone, PhoneSystem


class Witness:
    """Watches one call, from the moment at which it has left the phone that makes it.

    Every method notes that something happened *now*.
    """

    def __init__(
        self, pbx: PhoneSystem, direction: str, caller: str | None, called: str, *, queue: str | None = None
    ) -> None:
        self._pbx = pbx
        self._talking_since: dict[str, float] = {}
        self._held_since: dict[str, float] = {}
        self._without_outcome: set[str] = set()
        self.truth = Expected(direction, caller, called, queue, started_at=pbx.now())

    def rang(self, *phones: Phone) -> None:
        """These began to ring for this call."""
        for phone in phones:
            device = self._device(phone.name, self._pbx.now())
            if device.talk_s == 0:
                self._without_outcome.add(phone.name)

    def answered(self, phone: Phone) -> None:
        """A device of the company picked the call up, or came to talk in it by a transfer, a pickup or a conference."""
        now = self._pbx.now()
        self._device(phone.name, None).outcome = "answered"
        self._without_outcome.discard(phone.name)
        self._talking_since[phone.name] = now
        if self.truth.answered_at is None:
            self.truth.answered_at = now

    def far_party_answered(self, phone: Phone | None = None) -> None:
        """The outsider picked up; the calling device's talk begins, if there is one."""
        if phone is not None:
            self.answered(phone)
        elif self.truth.answered_at is None:
            self.truth.answered_at = self._pbx.now()

    def left(self, phone: Phone) -> None:
        """A device that talked is out of the call."""
        since = self._talking_since.pop(phone.name)
        self._device(phone.name, None).talk_s += self._pbx.now() - since

    def refused(self, phone: Phone, outcome: str) -> None:
        """A device got the call and did not take it: `rejected`, `busy`, `forwarded`, `no_answer`."""
        self._device(phone.name, None).outcome = outcome
        self._without_outcome.discard(phone.name)

    def picked_up_without_customer(self, phone: Phone) -> None:
        """A click-to-dial's own phone answered, and there was nobody to talk to in the end."""
        self._device(phone.name, None).outcome = "answered"
        self._without_outcome.discard(phone.name)

    def held(self, by: Phone | str) -> None:
        """Somebody pressed hold; `customer` for the outsider."""
        self._held_since[_name(by)] = self._pbx.now()

    def retrieved(self, by: Phone | str) -> None:
        """The hold is over."""
        self.truth.holds.append(HoldTruth(_name(by), self._pbx.now() - self._held_since.pop(_name(by))))

    def transfer(self, kind: str, by: Phone | None, to: Phone | str | None, *, completed: bool = True) -> None:
        """The call was handed on, or was meant to be."""
        target = None if to is None else _name(to)
        self.truth.transfers.append(TransferTruth(kind, by.name if by else None, target, completed))

    def consultation(self, by: Phone, to: Phone | str, *, answered: bool) -> None:
        """There was a side call."""
        self.truth.consultations.append(ConsultationTruth(by.name, _name(to), answered))

    def conferenced(self) -> None:
        """Three or more talk together."""
        self.truth.conference = True

    def ended(self, by: Phone | str | None, disposition: str | None = None) -> Expected:
        """The call is over: every talk and hold ends, every phone that only rang has missed it.

        `disposition` may be left out for an answered call.
        """
        now = self._pbx.now()
        for device, since in self._talking_since.items():
            self._device(device, None).talk_s += now - since
        for party, since in self._held_since.items():
            self.truth.holds.append(HoldTruth(party, now - since))
        self._talking_since.clear()
        self._held_since.clear()
        ended_by = None if by is None else _name(by)
        self.truth.ended_by, self.truth.ended_at = ended_by, now
        self.truth.disposition = disposition or "answered"
        for row in self.truth.devices:
            if row.device in self._without_outcome:
                row.outcome = self._outcome_of_only_rung(ended_by)
        return self.truth

    def _outcome_of_only_rung(self, ended_by: str | None) -> str:
        if self.truth.answered_at is not None:
            return "answered_elsewhere"
        return "no_answer" if ended_by == "system" else "cancelled"

    def _device(self, name: str, ringing_at: float | None) -> DeviceTruth:
        """The row of a device, made when it is first heard of. The first ringing counts."""
        for device in self.truth.devices:
            if device.device == name:
                return device
        device = DeviceTruth(name, ringing_at, "", 0.0)
        self.truth.devices.append(device)
        return device


def _name(who: Phone | str) -> str:
    return who if isinstance(who, str) else who.name


async def inbound(
    pbx: PhoneSystem, caller: Phone, number: str, *, queue: str | None = None, as_seen: str | None = ""
) -> Witness:
    """`caller` dials the company; watch that call. `as_seen`: what the company may know of the number, if not all."""
    await caller.dials(number)
    return Witness(pbx, "inbound", caller.name if as_seen == "" else as_seen, number, queue=queue)


async def internal(pbx: PhoneSystem, phone: Phone, number: str) -> Witness:
    """`phone` dials a colleague; watch that call."""
    await phone.dials(number)
    return Witness(pbx, "internal", phone.name, number)


async def outbound(pbx: PhoneSystem, phone: Phone, number: str) -> Witness:
    """`phone` dials somebody outside; watch that call."""
    await phone.dials(number)
    return Witness(pbx, "outbound", phone.name, number)


async def talking(pbx: PhoneSystem, caller: Phone, phone: Phone, number: str | None = None) -> Witness:
    """`caller` has dialled the direct number of `phone`, it rang for 1 s, and they have talked for 1.5 s."""
    witness = await inbound(pbx, caller, number or f"4951110{phone.name}")
    await phone.rings()
    witness.rang(phone)
    await pbx.passes(1.0)
    await picks_up(witness, phone)
    await caller.talks()
    await pbx.passes(1.5)
    return witness


async def picks_up(witness: Witness, phone: Phone) -> None:
    """`phone`, which rings for this call, answers."""
    await phone.answers()
    witness.answered(phone)
    await phone.talks()


async def customer_leaves(witness: Witness, pbx: PhoneSystem, caller: Phone) -> Expected:
    """The caller hangs up, the others stay; they may do so too once the telephone system has seen the caller go.

    A phone is told that it has hung up before all else knows: of two who do so at once Asterisk may see the second
    first, and what we would write down is not what was. Nothing of its answer is written down.
    """
    await caller.hangs_up()
    truth = witness.ended("caller")
    await ami.has_left(pbx, "trunk")
    return truth


async def customer_hangs_up(witness: Witness, caller: Phone, *others: Phone) -> Expected:
    """The caller ends the call, and with it everybody's part."""
    await caller.hangs_up()
    truth = witness.ended("caller")
    for phone in others:
        await phone.is_idle()
    return truth


async def either(*happenings: Coroutine[Any, Any, None]) -> None:
    """Wait until one of them is so; the others are given up."""
    tasks = [asyncio.ensure_future(happening) for happening in happenings]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def obeying(*phones: Phone) -> AsyncIterator[None]:
    """While this lasts these phones let themselves be told to talk and to hold."""
    for phone in phones:
        await phone.obeys()
    try:
        yield
    finally:
        for phone in phones:
            await phone.obeys(False)


@asynccontextmanager
async def refusing(*phones: Phone) -> AsyncIterator[None]:
    """While this lasts these phones answer every call with 486."""
    for phone in phones:
        await phone.refuses_calls()
    try:
        yield
    finally:
        for phone in phones:
            await phone.refuses_calls(False)
