"""Whose number it is, as the settings say: numbering plan, contact sources and places, made and replaced."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ringcard import numbers
from ringcard.app.config import Config
from ringcard.app.places import places
from ringcard.contacts.lookup import ContactLookup
from ringcard.contacts.source import SourceContext
from ringcard.contacts.sources import load_sources
from ringcard.contacts.store import ContactStore
from ringcard.desk.asking import ContactsLookup
from ringcard.web.rooms import PluginProblem


class Answering:
    """The look-up that counts now, behind the `asking` that the desk holds. Close it."""

    def __init__(self, config: Config, database_url: str, contacts: ContactStore) -> None:
        self._config = config
        self._database_url = database_url
        self._contacts = contacts
        self.problems: tuple[PluginProblem, ...] = ()
        self._loading: asyncio.Task[None] | None = None
        self._lookup = self._made()
        self.asking = ContactsLookup(self._lookup)

    async def prepare(self) -> None:
        """Begin to load the places and time zones of numbers; nobody waits for them."""
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        self.asking.place = None
        self._loading = asyncio.create_task(self._load_places(), name="places")

    async def _load_places(self) -> None:
        await asyncio.to_thread(numbers.zones_ready)
        self.asking.time_zone = numbers.time_zone
        if not self._config.company.number_places:
            return
        table = await places(Path(self._config.store.directory), self._config.company.language)
        self.asking.place = None if table is None else table.place

    async def replace(self) -> None:
        """The settings changed: whoever asks from now on is answered by the new ones."""
        self._contacts.use_plan(self._config.company.plan())
        before, self._lookup = self._lookup, self._made()
        self.asking.use(self._lookup)
        await before.close()
        await self.prepare()

    async def close(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        await self._lookup.close()

    def _made(self) -> ContactLookup:
        config = self._config
        sources = load_sources(
            config.contacts.sources,
            lambda name: SourceContext(self._contacts.plan, self._database_url, config.contacts.settings.get(name, {})),
        )
        self.problems = tuple(PluginProblem("contacts", each.source, each.problem) for each in sources.problems)
        return ContactLookup(sources.sources, problems=sources.problems, deadline_s=config.contacts.deadline_s)
