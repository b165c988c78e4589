"""Pages of call records: what the ledger has, live calls as the desk has them, each with its contact and names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any

from ringcard.calls.identifiers import CallId, DeviceId, is_rehearsed
from ringcard.calls.record import CallRecord
from ringcard.contacts.cards import CardReader
from ringcard.contacts.model import Contact
from ringcard.contacts.store import ContactStore
from ringcard.desk.facts import whys_of
from ringcard.desk.pops import devices_in, outsider
from ringcard.desk.ports import LiveCall
from ringcard.desk.service import Desk
from ringcard.desk.staff import Roster
from ringcard.desk.why import PopWhy
from ringcard.ledger import CallPage, Ledger
from ringcard.ledger.codec import microseconds
from ringcard.people.model import Employee
from ringcard.web import wire
from ringcard.web.access import oversees
from ringcard.web.problems import Refusal

WRITTEN_AT_ONCE = 8
"""A page is written in steps of a millisecond: a call that rings meanwhile must not wait for somebody's list."""


class CallHistory:
    """Every call there is or was, for those who may see it."""

    def __init__(self, ledger: Ledger, desk: Desk, roster: Roster, contacts: ContactStore, cards: CardReader) -> None:
        self._ledger = ledger
        self._desk = desk
        self._roster = roster
        self._contacts = contacts
        self._cards = cards

    async def page(
        self, employee: Employee, *, device: str | None, limit: int, before: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Calls, newest start first. Raises `Refusal` for another's device or a `before` that is none of ours."""
        devices: Collection[DeviceId] | None = None if device is None else (DeviceId(device),)
        if not oversees(employee):
            if device is not None and device not in employee.devices:
                raise Refusal("not_allowed", f"Device {device} is not yours.")
            devices = employee.devices if devices is None else devices
        fresh = () if before is not None else self._fresh(devices)
        if devices is None:
            return await self._merged([lambda: self._ledger.calls(limit=limit, before=before)], fresh, limit)

        def of_device(one: DeviceId) -> Callable[[], Awaitable[CallPage]]:
            return lambda: self._ledger.calls(limit=limit, before=before, device=one)

        return await self._merged([of_device(one) for one in devices], fresh, limit)

    async def of_contact(
        self, contact: Contact, *, limit: int, before: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """The calls of a contact's numbers and those linked to it by hand, newest start first."""

        def of_number(number: str) -> Callable[[], Awaitable[CallPage]]:
            return lambda: self._ledger.calls(limit=limit, before=before, number=number)

        linked = [await self._ledger.call(CallId(call)) for call in await self._contacts.calls_of(contact.contact_id)]
        older = [
            record for record in linked if record is not None and (before is None or _place(record) < _key(before))
        ]
        numbers = [phone.number for phone in contact.phones if phone.number]
        return await self._merged([of_number(number) for number in numbers], older, limit)

    async def call(self, employee: Employee, call_id: str) -> dict[str, Any]:
        """One call. Raises `Refusal`."""
        return wire.live_call_as_json(await self._visible(employee, call_id))

    async def may_link(self, employee: Employee, call_id: str | None) -> None:
        """Whether the employee may say whose call it was. One that is not (yet) known may be anybody's.

        Raises `Refusal` for a colleague's: whoever links a call to a contact reads it there.
        """
        if call_id is None:
            return
        try:
            await self._visible(employee, call_id)
        except Refusal as refusal:
            if refusal.error_id != "no_such_call":
                raise

    async def why(self, employee: Employee, call_id: str) -> tuple[PopWhy, ...]:
        """Why the screens showed what they did: of recent calls from memory, else from the ledger. Raises `Refusal`."""
        call = await self._visible(employee, call_id)
        recent = self._desk.why(call.record.call_id)
        return recent or whys_of(call.record.call_id, await self._ledger.events_of(call.record.call_id))

    def _fresh(self, devices: Collection[DeviceId] | None) -> list[CallRecord]:
        """What the ledger may not have yet: it is behind by one group commit."""
        records = (call.record for call in self._desk.recent_calls() if not is_rehearsed(call.record.call_id))
        return [record for record in records if devices is None or set(devices) & set(devices_in(record))]

    async def _visible(self, employee: Employee, call_id: str) -> LiveCall:
        call = self._desk.recent_call(CallId(call_id))
        if call is None:
            record = await self._ledger.call(CallId(call_id))
            if record is None:
                raise Refusal("no_such_call", f"There is no call {call_id[:80]}.")
            call = await self._dressed(record)
            linked = await self._contacts.contact_of_call(call_id)
            if linked is not None:
                call = LiveCall(call.record, linked, call.employees, call.concerns)
        if not oversees(employee) and employee.employee_id not in call.concerns:
            raise Refusal("not_allowed", "This call is a colleague's.")
        return call

    async def _merged(
        self, sources: Iterable[Callable[[], Awaitable[CallPage]]], others: Iterable[CallRecord], limit: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        found = {record.call_id: record for record in others}
        more = False
        for source in sources:
            try:
                page = await source()
            except ValueError as error:
                raise Refusal("invalid_request", str(error)) from error
            more = more or page.next is not None
            found = {record.call_id: record for record in page.items} | found
        records = sorted(found.values(), key=_place, reverse=True)
        shown = records[:limit]
        following = f"{_place(shown[-1])[0]}.{shown[-1].call_id}" if shown and (more or len(records) > limit) else None
        written = []
        for place, record in enumerate(shown):
            if place % WRITTEN_AT_ONCE == 0:
                await asyncio.sleep(0)
            call = self._desk.recent_call(record.call_id) or await self._dressed(record)
            written.append(wire.live_call_as_json(call))
        return written, following

    async def _dressed(self, record: CallRecord) -> LiveCall:
        """A call that is over, with the contact that has its number now and the names of those who sit there now."""
        party = outsider(record)
        contact = None
        if party is not None and party.number is not None:
            contact = next(iter(await self._cards.with_number(party.number)), None)
        names: dict[DeviceId, str] = {}
        concerns: set[str] = set()
        for device in devices_in(record):
            for colleague in self._roster.employees_at(device):
                names.setdefault(device, colleague.name)
                concerns.add(colleague.employee_id)
        return LiveCall(record, contact, tuple(names.items()), frozenset(concerns))


def _place(record: CallRecord) -> tuple[int, str]:
    """A call's place in the list: the ledger's own order, and what its `next` is made of."""
    return microseconds(record.started_at), record.call_id


def _key(before: str) -> tuple[int, str]:
    started, _, call_id = before.partition(".")
    if not started.isascii() or not started.lstrip("-").isdigit():
        raise Refusal("invalid_request", "`before` is not the `next` of an earlier page.")
    return int(started), call_id
