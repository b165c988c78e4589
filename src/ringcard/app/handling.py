"""The part of the desk that handles calls, put together: requests, hand-overs, notes being typed, call data."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.app.administration import Administration
from ringcard.app.config import Dialling, WrapUp
from ringcard.app.links import Links
from ringcard.bus import InProcessBus
from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.contacts.store import ContactStore
from ringcard.desk.control.service import Handling
from ringcard.desk.conversation_data import ConversationData
from ringcard.desk.conversation_memory import ConversationMemory
from ringcard.desk.handover.service import Handovers
from ringcard.desk.owners import Owners
from ringcard.desk.pops import outsider
from ringcard.desk.ports import Cannot
from ringcard.desk.service import Desk
from ringcard.desk.staff import Roster
from ringcard.desk.wrapup.afterwards import WrapUps
from ringcard.desk.wrapup.notes import Notes
from ringcard.ledger import Ledger
from ringcard.pbx.connector import Hindrance, Service
from ringcard.web.feed import Feed

OF_OTHERS = (Service.DIRECTED_PICKUP_CALL, Service.SINGLE_STEP_CONFERENCE_CALL)
"""What is asked of a call that is not one's own, and so stands on no pop of one's own."""
_OF_THE_CALL = frozenset({Hindrance.NOT_IN_CALL, Hindrance.WRONG_STATE, Hindrance.NO_TRANSFER_OPTION})


def cannot_of(links: Links, pbx: PbxId) -> Cannot:
    """Of these, what the PBX cannot do now, whatever the call."""
    connector = links.connectors.get(pbx)
    if connector is None:
        return ()
    asked = ((service, connector.hindrance(service, None, DeviceId(""))) for service in OF_OTHERS)
    return tuple((service, why) for service, why in asked if why is not None and why not in _OF_THE_CALL)


async def handling_of(
    engine: AsyncEngine, roster: Roster, desk: Desk, links: Links, feed: Feed, bus: InProcessBus[PbxEvent]
) -> Handling:
    """What is asked of calls, and what travels with them, as it was when we stopped. Raises `StorageError`."""
    memory = ConversationMemory(engine)
    notes, data = Notes(memory, _now), ConversationData(memory, _now)
    handovers = Handovers(memory, roster, desk.conversation_of, partial(notes.at, roster), _now)
    for room in (notes, data, handovers):
        await room.load()
    handling = Handling(
        desk=desk,
        memory=memory,
        handovers=handovers,
        notes=notes,
        data=data,
        connectors=lambda: links.connectors,
        publish=bus.publish,
        clock=_now,
        steady_s=time.monotonic,
    )
    handovers.screens = handling.screens = feed
    desk.dress_with(handling.dress)
    return handling


def wrap_ups_of(
    engine: AsyncEngine,
    handling: Handling,
    contacts: ContactStore,
    owners: Owners,
    roster: Roster,
    desk: Desk,
    ledger: Ledger,
) -> WrapUps:
    """What is done after a call."""

    async def card_of(call_id: CallId) -> str | None:
        """The card that the call was linked to by hand, else whose number it is."""
        linked = await contacts.contact_of_call(call_id)
        if linked is not None:
            return linked.contact_id
        live = desk.recent_call(call_id)
        record = live.record if live is not None else await ledger.call(call_id)
        party = None if record is None else outsider(record)
        if party is None or party.number is None:
            return None
        contact = await owners.contact_of(party.number)
        return None if contact is None else contact.contact_id

    def name_of(employee_id: str) -> str | None:
        employee = roster.get(employee_id)
        return None if employee is None else employee.name

    def live(conversation_id: ConversationId) -> bool:
        return any(call.record.conversation_id == conversation_id for call in desk.live_calls())

    return WrapUps(engine, handling.notes, contacts, card_of, name_of, live, _now)


def hear_both(bus: InProcessBus[PbxEvent], handling: Handling, desk: Desk) -> None:
    """The desk between what handling has to know before it and what it tells after it."""
    bus.subscribe("handling", handling.hear)
    bus.subscribe("desk", desk.hear)
    bus.subscribe("handling_told", handling.tell)


def dialling_changes(administration: Administration) -> None:
    """A change of [dialling] or [wrap_up] counts from the next call on: they are asked for each time."""

    async def changed(settings: Dialling) -> None:
        pass

    async def outcomes_changed(settings: WrapUp) -> None:
        pass

    administration.on_change("dialling", changed, check=Dialling.rules)
    administration.on_change("wrap_up", outcomes_changed, check=WrapUp.specs)


def _now() -> datetime:
    return datetime.now(UTC)
