"""Our own store as a source: the first that is asked, and the one that the first frame waits for.

On SQLite it answers on the spot. On a database server it takes a millisecond of waiting: it is *near*, and a pop's
first frame is held back for it for a moment.
"""

from __future__ import annotations

from collections.abc import Sequence

from ringcard.contacts.cards import CardReader
from ringcard.contacts.model import Contact
from ringcard.contacts.opening import open_cards
from ringcard.contacts.source import Capability, ContactSource, Match, SourceContext, SourceUnavailable
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.numbers import MatchQuality, NumberingPlan
from ringcard.storage import StorageError

FIRST_FRAME_S = 0.03
"""How long a pop waits for our own card: ten times what a healthy server takes, and less than a person notices."""


class StoredContacts:
    """The contacts of `contacts.store`, wherever they are kept. `cards` is closed with it.

    Whoever has the very number is the answer. Only if nobody has, those are asked for whose phone was written without
    its country or its town, and who may be meant: the quality of such a match says so.
    """

    name = "own"
    capabilities = frozenset({Capability.ORDERS, Capability.NOTES, Capability.MANAGER})
    deadline_s: float | None = None

    def __init__(self, cards: CardReader, plan: NumberingPlan) -> None:
        self._cards = cards
        self._plan = plan

    @staticmethod
    def from_context(context: SourceContext) -> ContactSource:
        """On the database of the context, which must have been migrated; its own connections."""
        cards = open_cards(context.database)
        if isinstance(cards, SqliteCardReader):
            return OwnContacts(cards, context.plan)
        return NearContacts(cards, context.plan)

    async def lookup(self, numbers: Sequence[str]) -> list[Match]:
        """See `ContactSource`."""
        try:
            found = [Match(contact, number) for number in numbers for contact in await self._cards.with_number(number)]
            return found or [
                match for number in numbers for match in self._maybe(number, await self._cards.resembling(number))
            ]
        except StorageError as error:
            raise SourceUnavailable(str(error)) from error

    async def close(self) -> None:
        """See `ContactSource`."""
        await self._cards.close()

    def _maybe(self, number: str, contacts: Sequence[Contact]) -> list[Match]:
        """The contacts one of whose phones may stand for the number, the best first."""
        matches: list[Match] = []
        for contact in contacts:
            held = (self._plan.match(number, phone.presented) for phone in contact.phones if phone.number is None)
            qualities = sorted(filter(None, held), key=list(MatchQuality).index)
            if qualities:
                matches.append(Match(contact, number, qualities[0]))
        return sorted(matches, key=lambda match: list(MatchQuality).index(match.quality))


class NearContacts(StoredContacts):
    """On a database server: see `NearContactSource`."""

    first_frame_s = FIRST_FRAME_S


class OwnContacts(StoredContacts):
    """On SQLite: see `ImmediateContactSource`. Also the entry point: `from_context` makes what fits the database."""

    def __init__(self, cards: SqliteCardReader, plan: NumberingPlan) -> None:
        super().__init__(cards, plan)
        self._sqlite = cards

    def lookup_now(self, numbers: Sequence[str]) -> list[Match]:
        """See `ImmediateContactSource`."""
        try:
            found = [Match(contact, number) for number in numbers for contact in self._sqlite.with_number_now(number)]
            return found or [
                match for number in numbers for match in self._maybe(number, self._sqlite.resembling_now(number))
            ]
        except StorageError as error:
            raise SourceUnavailable(str(error)) from error
