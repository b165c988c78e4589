"""Our own store as a source: the first that is asked, and the one that the first frame waits for.

On SQLite it answers on the spot. On a database server it takes a millisecond of waiting: it is *near*, and a pop's
first frame is held back for it for a moment.
"""

from __future__ import annotations

from collections.abc import Sequence

from ringcard.contacts.cards import CardReader, NumberOwner
from ringcard.contacts.opening import open_cards
from ringcard.contacts.source import Capability, ContactSource, Match, SourceContext, SourceUnavailable
from ringcard.contacts.sqlite_cards import SqliteCardReader
from ringcard.storage import StorageError

FIRST_FRAME_S = 0.03
"""How long a pop waits for our own card: ten times what a healthy server takes, and less than a person notices."""


class StoredContacts:
    """The contacts of `contacts.store`, wherever they are kept. `cards` is closed with it."""

    name = "own"
    capabilities = frozenset({Capability.ORDERS, Capability.NOTES, Capability.MANAGER})
    deadline_s: float | None = None

    def __init__(self, cards: CardReader) -> None:
        self._cards = cards

    @staticmethod
    def from_context(context: SourceContext) -> ContactSource:
        """On the database of the context, which must have been migrated; its own connections."""
        cards = open_cards(context.database)
        return OwnContacts(cards) if isinstance(cards, SqliteCardReader) else NearContacts(cards)

    async def lookup(self, numbers: Sequence[str]) -> list[Match]:
        """See `ContactSource`."""
        try:
            return [match for number in numbers for match in _matches(number, await self._cards.with_number(number))]
        except StorageError as error:
            raise SourceUnavailable(str(error)) from error

    async def close(self) -> None:
        """See `ContactSource`."""
        await self._cards.close()


class NearContacts(StoredContacts):
    """On a database server: see `NearContactSource`."""

    first_frame_s = FIRST_FRAME_S


class OwnContacts(StoredContacts):
    """On SQLite: see `ImmediateContactSource`. Also the entry point: `from_context` makes what fits the database."""

    def __init__(self, cards: SqliteCardReader) -> None:
        super().__init__(cards)
        self._sqlite = cards

    def lookup_now(self, numbers: Sequence[str]) -> list[Match]:
        """See `ImmediateContactSource`."""
        try:
            return [match for number in numbers for match in _matches(number, self._sqlite.with_number_now(number))]
        except StorageError as error:
            raise SourceUnavailable(str(error)) from error


def _matches(number: str, owners: Sequence[NumberOwner]) -> list[Match]:
    return [Match(owner.contact, number, owner.quality) for owner in owners]
