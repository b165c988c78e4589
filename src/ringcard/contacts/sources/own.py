"""Our own store as a source: the first that is asked, and the only one that answers at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from ringcard.contacts.cards import CardReader
from ringcard.contacts.source import Capability, Match, SourceContext, SourceUnavailable
from ringcard.storage import StorageError


class OwnContacts:
    """The contacts of `contacts.store`."""

    name = "own"
    capabilities = frozenset({Capability.ORDERS, Capability.NOTES, Capability.MANAGER})
    deadline_s = None

    def __init__(self, cards: CardReader) -> None:
        self._cards = cards

    @classmethod
    def from_context(cls, context: SourceContext) -> Self:
        """On the database of the context, which must have been migrated; its own connection."""
        return cls(CardReader(context.database))

    def lookup_now(self, numbers: Sequence[str]) -> list[Match]:
        """See `ImmediateContactSource`."""
        try:
            return [Match(contact, number) for number in numbers for contact in self._cards.card_for_number(number)]
        except StorageError as error:
            raise SourceUnavailable(str(error)) from error

    async def lookup(self, numbers: Sequence[str]) -> list[Match]:
        """See `ContactSource`."""
        return self.lookup_now(numbers)

    async def close(self) -> None:
        """See `ContactSource`."""
        self._cards.close()
