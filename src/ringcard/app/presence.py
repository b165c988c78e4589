"""Presence, put together: employees' states over what the PBXs report, and the queues as they are shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.app.administration import Administration
from ringcard.app.config import Config, Presence
from ringcard.app.links import Links
from ringcard.bus import InProcessBus
from ringcard.calls.events import PbxEvent
from ringcard.calls.identifiers import PbxId
from ringcard.calls.queues import QueueStates
from ringcard.desk.presence.journal import LedgerStates
from ringcard.desk.presence.memory import PresenceMemory
from ringcard.desk.presence.queues import QueueBoard
from ringcard.desk.presence.rules import PresenceRules
from ringcard.desk.presence.service import Presences
from ringcard.desk.service import Desk
from ringcard.desk.staff import Roster
from ringcard.ledger import Ledger
from ringcard.people.model import Employee
from ringcard.people.teams import TeamStore
from ringcard.web.feed import Feed

LOOK_EVERY_S = 0.5

log = structlog.get_logger(__name__)


class PresenceParts:
    """Presence and the queues, heard and told together."""

    def __init__(self, desk: Desk, roster: Roster, presences: Presences, queues: QueueBoard, teams: TeamStore) -> None:
        self._roster = roster
        self._known: tuple[Sequence[Employee], Mapping[str, str]] | None = None
        self._desk = desk
        self.presences = presences
        self.queues = queues
        self._teams = teams

    async def staff_changed(self) -> None:
        """Employees, devices or teams may be others. Raises `StorageError`.

        It is asked every few seconds, and looking at everybody takes a moment in which no phone rings on a screen.
        """
        now = self._roster.employees(), await self._teams.names()
        if self._known is not None and now[0] is self._known[0] and now[1] == self._known[1]:
            return
        self._known, names = now, now[1]
        self.presences.staff_changed(names)
        self.queues.staff_changed()

    def listen(self, bus: InProcessBus[PbxEvent], feed: Feed) -> None:
        """Hear the PBXs after the desk, and tell the screens."""
        bus.subscribe("presence", self.presences.hear)
        bus.subscribe("queue_board", self.queues.hear)
        self.presences.screens = self.queues.screens = feed
        feed.present = self.presences

    def forget_pbx(self, pbx: PbxId) -> None:
        """The PBX is no longer ours, for the desk neither."""
        self._desk.forget_pbx(pbx)
        self.presences.forget_pbx(pbx)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.presences.run())
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                self.queues.look()


async def presence_of(
    engine: AsyncEngine,
    roster: Roster,
    desk: Desk,
    links: Links,
    ledger: Ledger,
    queues: QueueStates,
    rules: Callable[[], PresenceRules],
) -> PresenceParts:
    """As it was when we stopped. Raises `StorageError`."""
    presences = Presences(
        staff=roster,
        memory=PresenceMemory(engine),
        journal=LedgerStates(ledger, _now),
        connectors=lambda: links.connectors,
        record_of=desk.record,
        rules=rules,
        clock=_now,
    )
    await presences.load()
    parts = PresenceParts(desk, roster, presences, QueueBoard(queues, roster, desk.recent_call), TeamStore(engine))
    await parts.staff_changed()
    return parts


def rules_of(config: Config) -> Callable[[], PresenceRules]:
    """As they are now. They are asked for with every event of a call, and made anew only when a setting changed."""
    made: tuple[Presence, str, PresenceRules] | None = None

    def rules() -> PresenceRules:
        nonlocal made
        now, language = config.presence, config.company.language
        if made is None or made[0] is not now or made[1] != language:
            made = now, language, now.rules(language)
        return made[2]

    return rules


def presence_changes(administration: Administration) -> None:
    """A change of [presence] counts from the next event on: it is asked for each time."""

    async def changed(settings: Presence) -> None:
        pass

    administration.on_change("presence", changed, check=Presence.rules)


def _now() -> datetime:
    return datetime.now(UTC)
