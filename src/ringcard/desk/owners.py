"""Whose number it is by our own store and what employees said, for what is not a ringing phone: lists and letters."""

from __future__ import annotations

from ringcard.contacts.cards import CardReader
from ringcard.contacts.model import Contact
from ringcard.desk.matching import settled
from ringcard.desk.pop import Candidate, Findings
from ringcard.desk.ports import Choices
from ringcard.numbers import MatchQuality

OWN = "own"
"""What our own store is called among the sources."""


class Owners:
    """Every method raises `StorageError` if the database fails."""

    def __init__(self, cards: CardReader, choices: Choices) -> None:
        self._cards = cards
        self._choices = choices

    async def of(self, number: str) -> Findings:
        """The cards with this number (E.164), and which of them it is."""
        chosen = self._choices.chosen(number)
        candidates = [Candidate(contact, OWN) for contact in await self._cards.with_number(number)]
        if chosen not in {each.contact.contact_id for each in candidates} and (chosen is not None or not candidates):
            # Nobody is linked by a likeness alone, but somebody may have said that this is the one.
            alike = await self._cards.resembling(number)
            candidates += [Candidate(contact, OWN, MatchQuality.SUFFIX) for contact in alike]
        return settled(Findings(candidates=tuple(candidates), matched_number=number), chosen=chosen)

    async def contact_of(self, number: str) -> Contact | None:
        return (await self.of(number)).contact
