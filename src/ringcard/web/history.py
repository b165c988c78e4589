"""Pages of call records: what the ledger has, live calls as the desk has them, each with its contact and names."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence, Set
from dataclasses import replace
from typing import Any

from ringcard.calls.identifiers import CallId, DeviceId, is_rehearsed
from ringcard.calls.record import CallRecord
from ringcard.contacts.model import Contact
from ringcard.contacts.store import ContactStore
from ringcard.desk.facts import whys_of
from ringcard.desk.owners import Owners
from ringcard.desk.pops import devices_in, outsider
from ringcard.desk.ports import LiveCall
from ringcard.desk.service import Desk
from ringcard.desk.staff import Roster
from ringcard.desk.why import PopWhy
from ringcard.ledger import CallPage, Ledger
from ringcard.ledger.codec import microseconds
from ringcard.people.seats import Seat, Seats
from ringcard.people.sight import Sight
from ringcard.web import wire
from ringcard.web.problems import Refusal

WRITTEN_AT_ONCE = 8
"""A page is written in steps of a millisecond: a call that rings meanwhile must not wait for somebody's list."""

READ_AT_MOST = 20
"""How many pages of one device are read for one page of somebody who sat there only sometimes."""

Source = Callable[[str | None], Awaitable[CallPage]]
"""A page of calls before a place."""


class CallHistory:
    """Every call there is or was, for those who may see it."""

    def __init__(
        self,
        ledger: Ledger,
        desk: Desk,
        roster: Roster,
        seats: Seats,
        contacts: ContactStore,
        owners: Owners,
    ) -> None:
        self._ledger = ledger
        self._desk = desk
        self._roster = roster
        self._seats = seats
        self._contacts = contacts
        self._owners = owners

    async def page(
        self, sight: Sight, *, device: str | None, limit: int, before: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Calls that the sight shows, newest start first. Raises `Refusal` for a device at which none of
        those sat whose calls are seen, or a `before` that is none of ours.
        """
        seats: Seated | None = None
        devices: Collection[DeviceId] | None = None if device is None else (DeviceId(device),)
        if sight.calls is not None:
            seats = Seated(await self._seats.of(sight.calls))
            if device is not None and device not in seats.devices:
                raise Refusal("not_allowed", f"Device {device} is not yours.")
            devices = seats.devices if devices is None else devices
        fresh = () if before is not None else self._fresh(devices)
        if devices is None:

            def of_all(at: str | None) -> Awaitable[CallPage]:
                return self._ledger.calls(limit=limit, before=at)

            return await self._merged(sight, [of_all], fresh, limit, before)

        def of_device(one: DeviceId) -> Source:
            return lambda at: self._ledger.calls(limit=limit, before=at, device=one)

        return await self._merged(sight, [of_device(one) for one in devices], fresh, limit, before, seats)

    async def of_contact(
        self, sight: Sight, contact: Contact, *, limit: int, before: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """The calls of a contact's numbers and those linked to it by hand that the sight shows, newest start first."""

        def of_number(number: str) -> Source:
            return lambda at: self._ledger.calls(limit=limit, before=at, number=number)

        linked = [await self._ledger.call(CallId(call)) for call in await self._contacts.calls_of(contact.contact_id)]
        older = [
            record for record in linked if record is not None and (before is None or _place(record) < _key(before))
        ]
        seats = None if sight.calls is None else Seated(await self._seats.of(sight.calls))
        numbers = [phone.number for phone in contact.phones if phone.number]
        return await self._merged(sight, [of_number(number) for number in numbers], older, limit, before, seats)

    async def call(self, sight: Sight, call_id: str) -> dict[str, Any]:
        """One call. Raises `Refusal`."""
        return wire.live_call_as_json(await self.visible(sight, call_id))

    async def may_link(self, sight: Sight, call_id: str | None) -> None:
        """Whether the employee may say whose call it was. One that is not (yet) known may be anybody's.

        Raises `Refusal` for one that the sight does not show: whoever links a call to a contact reads it there.
        """
        if call_id is None:
            return
        try:
            await self.visible(sight, call_id)
        except Refusal as refusal:
            if refusal.error_id != "no_such_call":
                raise

    async def card(self, sight: Sight, contact_id: str) -> Contact:
        """The card. Raises `NoSuchContact`, or `Refusal` if the sight does not show it.

        One that is not shown is told as not allowed, not as missing: an id of 26 hex digits is not guessed.
        """
        contact = await self._contacts.get(contact_id)
        if not await self.may_see_card(sight, contact):
            raise Refusal("not_allowed", "This card is a colleague's.")
        return contact

    async def may_see_card(self, sight: Sight, contact: Contact) -> bool:
        """Whether the sight shows this card: by its manager, or because a call of it is or was one's own.

        Whoever gets a call sees that caller's card, now and later.
        """
        looked_after = (contact.manager, *contact.deputies)
        managers = [each.employee_id for each in looked_after if each is not None and each.employee_id]
        if sight.sees_card(managers):
            return True
        own = replace(sight, calls=frozenset({sight.employee_id}))
        if any(
            own.sees_call(call.concerns) and call.contact is not None and call.contact.contact_id == contact.contact_id
            for call in self._desk.recent_calls()
        ):
            return True
        items, _ = await self.of_contact(own, contact, limit=1, before=None)
        return bool(items)

    async def number_of(self, sight: Sight, call_id: str) -> str | None:
        """The outsider's number of a call that is seen. Raises `Refusal`."""
        party = outsider((await self.visible(sight, call_id)).record)
        return None if party is None or party.device is not None else party.number

    async def why(self, sight: Sight, call_id: str) -> tuple[PopWhy, ...]:
        """Why the screens showed what they did: of recent calls from memory, else from the ledger. Raises `Refusal`."""
        call = await self.visible(sight, call_id)
        recent = self._desk.why(call.record.call_id)
        return recent or whys_of(call.record.call_id, await self._ledger.events_of(call.record.call_id))

    def _fresh(self, devices: Collection[DeviceId] | None) -> list[CallRecord]:
        """What the ledger may not have yet: it is behind by one group commit."""
        records = (call.record for call in self._desk.recent_calls() if not is_rehearsed(call.record.call_id))
        return [record for record in records if devices is None or set(devices) & set(devices_in(record))]

    async def visible(self, sight: Sight, call_id: str) -> LiveCall:
        """The call. Raises `Refusal` if there is none, or the sight does not show it."""
        call = self._desk.recent_call(CallId(call_id))
        if call is None:
            record = await self._ledger.call(CallId(call_id))
            if record is None:
                raise Refusal("no_such_call", f"There is no call {call_id[:80]}.")
            call = (await self._dressed([record]))[0]
            linked = await self._contacts.contact_of_call(call_id)
            if linked is not None:
                call = LiveCall(call.record, linked, call.employees, call.concerns)
        if not sight.sees_call(call.concerns):
            raise Refusal("not_allowed", "This call is a colleague's.")
        return call

    async def _merged(
        self,
        sight: Sight,
        sources: Iterable[Source],
        others: Iterable[CallRecord],
        limit: int,
        before: str | None,
        seats: Seated | None = None,
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Merge the sources, newest first. With `seats`, only calls at which one of them sat: each source is read on
        until it has given enough of those, or `READ_AT_MOST` pages."""
        found = {record.call_id: record for record in others if seats is None or seats.had(record)}
        more = False
        reached: tuple[int, str] | None = None
        for source in sources:
            at, taken = before, 0
            for _ in range(READ_AT_MOST):
                try:
                    page = await source(at)
                except ValueError as error:
                    raise Refusal("invalid_request", str(error)) from error
                fitting = [record for record in page.items if seats is None or seats.had(record)]
                found = {record.call_id: record for record in fitting} | found
                taken += len(fitting)
                at = page.next
                if at is None or taken >= limit:
                    break
            if at is not None:
                more = True
                # Beyond this place the source may have more: nothing below it may be shown before that is read.
                reached = _key(at) if reached is None else max(reached, _key(at))
        records = sorted(found.values(), key=_place, reverse=True)
        if reached is not None:
            records = [record for record in records if _place(record) >= reached]
        shown = records[:limit]
        following = None
        if len(records) > limit:
            following = _word(_place(shown[-1]))
        elif more and reached is not None:
            following = _word(reached)
        recent = {record.call_id: self._desk.recent_call(record.call_id) for record in shown}
        over = await self._dressed([record for record in shown if recent[record.call_id] is None])
        older = {call.record.call_id: call for call in over}
        written = []
        for place, record in enumerate(shown):
            if place % WRITTEN_AT_ONCE == 0:
                await asyncio.sleep(0)
            call = recent[record.call_id] or older[record.call_id]
            if sight.sees_call(call.concerns):
                written.append(wire.live_call_as_json(call))
        return written, following

    async def _dressed(self, records: Sequence[CallRecord]) -> list[LiveCall]:
        """Calls that are over, with the contact that has the number now and the names of those who sat there then."""
        if not records:
            return []
        devices = {device for record in records for device in devices_in(record)}
        starts = [record.started_at for record in records]
        seats = await self._seats.between(devices, min(starts), max(starts))
        names = {employee.employee_id: employee.name for employee in self._roster.everybody()}
        dressed = []
        for record in records:
            party = outsider(record)
            contact = None
            if party is not None and party.number is not None:
                contact = await self._owners.contact_of(party.number)
            there: dict[DeviceId, str] = {}
            concerns: set[str] = set()
            for device in devices_in(record):
                for seat in seats.get(device, ()):
                    if seat.at(record.started_at):
                        concerns.add(seat.employee_id)
                        if seat.employee_id in names:
                            there.setdefault(device, names[seat.employee_id])
            dressed.append(LiveCall(record, contact, tuple(there.items()), frozenset(concerns)))
        return dressed


class Seated:
    """Some employees' seats: whether one of them sat at a call."""

    def __init__(self, seats: Iterable[Seat]) -> None:
        self._at: dict[DeviceId, list[Seat]] = defaultdict(list)
        for seat in seats:
            self._at[seat.device].append(seat)

    @property
    def devices(self) -> Set[DeviceId]:
        return self._at.keys()

    def had(self, record: CallRecord) -> bool:
        """Whether one of them sat at one of its devices when it began."""
        return any(seat.at(record.started_at) for device in devices_in(record) for seat in self._at.get(device, ()))


def _place(record: CallRecord) -> tuple[int, str]:
    """A call's place in the list: the ledger's own order, and what its `next` is made of."""
    return microseconds(record.started_at), record.call_id


def _word(place: tuple[int, str]) -> str:
    return f"{place[0]}.{place[1]}"


def _key(before: str) -> tuple[int, str]:
    started, _, call_id = before.partition(".")
    if not started.isascii() or not started.lstrip("-").isdigit():
        raise Refusal("invalid_request", "`before` is not the `next` of an earlier page.")
    return int(started), call_id
