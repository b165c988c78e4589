"""The part of the desk that handles calls, put together: requests, hand-overs, notes being typed, call data."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.app.administration import Administration
from ringcard.app.config import Dialling
from ringcard.app.links import Links
from ringcard.bus import InProcessBus
from ringcard.calls.events import PbxEvent
from ringcard.desk.control.service import Handling
from ringcard.desk.conversation_data import ConversationData
from ringcard.desk.conversation_memory import ConversationMemory
from ringcard.desk.handover.service import Handovers
from ringcard.desk.service import Desk
from ringcard.desk.staff import Roster
from ringcard.desk.wrapup.notes import Notes
from ringcard.web.feed import Feed


async def handling_of(engine: AsyncEngine, roster: Roster, desk: Desk, links: Links, feed: Feed) -> Handling:
    """What is asked of calls, and what travels with them, as it was when we stopped. Raises `StorageError`."""
    memory = ConversationMemory(engine)
    notes, data = Notes(memory, _now), ConversationData(memory, _now)
    handovers = Handovers(memory, roster, desk.conversation_of, partial(notes.at, roster), _now)
    for room in (notes, data, handovers):
        await room.load()
    handling = Handling(
        desk=desk,
        handovers=handovers,
        notes=notes,
        data=data,
        connectors=lambda: links.connectors,
        clock=_now,
        steady_s=time.monotonic,
    )
    handovers.screens = handling.screens = feed
    desk.dress_with(handling.dress)
    return handling


def hear_both(bus: InProcessBus[PbxEvent], handling: Handling, desk: Desk) -> None:
    """The desk between what handling has to know before it and what it tells after it."""
    bus.subscribe("handling", handling.hear)
    bus.subscribe("desk", desk.hear)
    bus.subscribe("handling_told", handling.tell)


def dialling_changes(administration: Administration) -> None:
    """A change of [dialling] counts from the next call on: the rules are asked for each time."""

    async def changed(settings: Dialling) -> None:
        pass

    administration.on_change("dialling", changed, check=Dialling.rules)


def _now() -> datetime:
    return datetime.now(UTC)
