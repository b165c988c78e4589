"""A company's day: calls that begin by themselves, at a demo's pace or as a load.

- `Day` plays people: known and unknown callers to every number, calls inside and out; the first calls to one phone
  come when they were promised, so that whoever looks at that phone sees something happen.
- `Load` starts plain calls at a rate and keeps at most so many of them alive: only what a benchmark needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from ringcard.pbx.simulator.channels import Channel, ChannelState
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.people import Habits, People, customers_of, national
from ringcard.pbx.simulator.switch import Observer

KNOWN_SHARE = 0.8
"""Of the callers, who is in the contact store."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a day is to be like. Times are virtual seconds."""

    every_s: tuple[float, float] = (4.0, 14.0)
    """From one call's beginning to the next one's."""
    first_calls_to: str | None = "101"
    """The phone that is promised the first calls."""
    first_calls_at_s: tuple[float, ...] = (3.0, 24.0, 44.0)
    """The first of them is a customer's to the phone itself, the second a stranger's, the third comes by the queue."""
    first_calls_answer_s: float = 6.0
    first_calls_talk_s: float = 9.0
    calls: int | None = None
    """How many calls begin at all; None: as long as the day lasts."""


class Day:
    """Begins calls until it is told to stop."""

    def __init__(self, pbx: Pbx, schedule: Schedule | None = None, habits: Habits | None = None) -> None:
        self.pbx = pbx
        self.schedule = schedule or Schedule()
        self.people = People(pbx, habits)
        self.begun = 0
        self._stopped = False
        self._chance = pbx.switch.random

    def begin(self) -> None:
        """Arrange the first calls and the stream of the others."""
        schedule, timeline = self.schedule, self.pbx.timeline
        if schedule.first_calls_to is not None:
            known = customers_of(self.pbx.company)
            for index, at_s in enumerate(schedule.first_calls_at_s):
                strange = self.pbx.company.unknown_callers if index == 1 else ()
                number, name = (strange[0], None) if strange else known[index % len(known)]
                did = self._first_did(index, schedule.first_calls_to)
                timeline.after(at_s, partial(self._first_call, number, name, did))
        timeline.after(self._pause_s(), self._next)

    def stop(self) -> None:
        """No more calls begin; those that live go on to their ends."""
        self._stopped = True

    def _pause_s(self) -> float:
        return self._chance.uniform(*self.schedule.every_s)

    def _counts(self) -> bool:
        limit = self.schedule.calls
        if self._stopped or (limit is not None and self.begun >= limit):
            return False
        self.begun += 1
        return True

    def _first_did(self, index: int, device: str) -> str:
        """What the first calls dial: one of them is distributed by a queue or group that this phone belongs to."""
        company = self.pbx.company
        if index == 2 and device in company.queue_members:
            return company.queue_did
        if index == 2 and device in company.ring_group:
            return company.ring_group_did
        return company.direct_did(device)

    def _first_call(self, number: str, name: str | None, did: str) -> None:
        device, schedule = self.schedule.first_calls_to, self.schedule
        if device is None or not self._counts():
            return
        endpoint = self.pbx.switch.endpoints[device]
        for channel in list(endpoint.channels):  # whoever is on that phone makes room
            self.pbx.switch.party_hangs_up(channel)
        if did == self.pbx.company.direct_did(device):
            self.people.answers_at[device] = schedule.first_calls_answer_s
        else:  # a colleague is quicker; only if nobody else is free it is answered here
            for colleague in (*self.pbx.company.queue_members, *self.pbx.company.ring_group):
                self.people.answers_at[colleague] = schedule.first_calls_answer_s
            self.people.answers_at[device] = 2 * schedule.first_calls_answer_s
        called = self.people.calls_in(number, name, did, patience_s=120.0)
        if called is not None:
            talk_s = schedule.first_calls_answer_s + schedule.first_calls_talk_s
            self.pbx.timeline.after(talk_s, lambda: self._ends(called))

    def _ends(self, channel: Channel) -> None:
        if not channel.gone:
            self.pbx.switch.party_hangs_up(channel)

    def _next(self) -> None:
        if not self._counts():
            return
        company, roll = self.pbx.company, self._chance.random()
        known = customers_of(company)
        stranger = bool(company.unknown_callers) and self._chance.random() > KNOWN_SHARE
        number, name = (self._chance.choice(company.unknown_callers), None) if stranger else self._chance.choice(known)
        device = self._chance.choice(company.employees).device
        reserved = self._is_promised(device)
        if roll < 0.4 and not reserved:
            self.people.calls_in(number, name, company.direct_did(device))
        elif roll < 0.55:
            self.people.calls_in(number, name, company.queue_did)
        elif roll < 0.65:
            self.people.calls_in(number, name, company.ring_group_did)
        elif roll < 0.72:
            self.people.calls_in(number, name, company.ivr_did)
        elif roll < 0.76 and not reserved:
            self.people.calls_in(number, name, company.voicemail_prefix + device)
        elif roll < 0.80 and not reserved:
            self.people.calls_in(number, name, company.recorded_prefix + device)
        elif roll < 0.92 and not reserved:
            self.people.dials_out(device, national(number))
        elif not reserved:
            colleague = self._chance.choice(company.employees).device
            if colleague != device and not self._is_promised(colleague):
                self.people.dials_out(device, colleague)
        self.pbx.timeline.after(self._pause_s(), self._next)

    def _is_promised(self, device: str) -> bool:
        """The phone that was promised the first calls is left alone until they came."""
        schedule = self.schedule
        passed_s = self.pbx.timeline.now_s - self.pbx.switch.started_s
        return device == schedule.first_calls_to and passed_s < max(schedule.first_calls_at_s, default=0.0) + 5.0


class Load(Observer):
    """Plain answered calls: so many begin each second, at most `live` of them at a time."""

    def __init__(
        self,
        pbx: Pbx,
        rate: float,
        *,
        live: int = 1000,
        ring_s: float = 0.5,
        talk_s: float = 2.0,
        calls: int | None = None,
    ) -> None:
        self.pbx = pbx
        self.rate = rate
        self.live = live
        self.calls = calls
        self.begun = 0
        self.skipped = 0
        self._ring_s = ring_s
        self._talk_s = talk_s
        self._callers: set[Channel] = set()
        self._trunk = pbx.switch.endpoints["trunk"]
        self._devices = sorted(pbx.company.devices)
        self._stopped = False
        pbx.switch.observers.append(self)

    def begin(self) -> None:
        """The first call begins now."""
        self._next()

    def stop(self) -> None:
        """No more calls begin."""
        self._stopped = True

    def _next(self) -> None:
        if self._stopped or (self.calls is not None and self.begun >= self.calls):
            return
        if len(self._callers) < self.live:
            number = f"+7495{self.begun % 10_000_000:07}"
            device = self._devices[self.begun % len(self._devices)]
            self.begun += 1
            channel = self.pbx.dialplan.call_from(self._trunk, self.pbx.company.direct_did(device), (number, ""))
            if channel is not None:
                self._callers.add(channel)
        else:
            self.skipped += 1
        self.pbx.timeline.after(1.0 / self.rate, self._next)

    def state_changed(self, channel: Channel) -> None:
        """A phone rings: it is answered in time; a caller was answered: hangs up in time."""
        if channel.state is ChannelState.RINGING:
            self.pbx.timeline.after(self._ring_s, lambda: self._answers(channel))
        elif channel.state is ChannelState.UP and channel in self._callers:
            self.pbx.timeline.after(self._talk_s, lambda: self.pbx.switch.party_hangs_up(channel))

    def _answers(self, channel: Channel) -> None:
        self.pbx.answer(channel)

    def ended(self, channel: Channel) -> None:
        """One less alive."""
        self._callers.discard(channel)
