"""The caller's name for a phone's display: what fits on one line, and only where it is settled who it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ringcard.contacts.model import Contact
from ringcard.desk.matching import settled
from ringcard.desk.pop import Choice, Findings
from ringcard.desk.ports import Choices, Lookup
from ringcard.numbers import MatchQuality


class CallerNames:
    """Whose number it is, in a few words. `parse` gives the E.164 number of what the PBX presents."""

    def __init__(self, parse: Callable[[str], str | None], lookup: Lookup, choices: Choices) -> None:
        self._parse = parse
        self._lookup = lookup
        self._choices = choices

    async def name_of(self, presented: str) -> str | None:
        """The first name that a source has, our own before the others. Whoever asks gives it a deadline."""
        number = self._parse(presented)
        if number is None:
            return None
        first = self._lookup.at_once(number)
        name = self._name(number, first.findings)
        if name is not None or first.rest is None:
            return name
        named: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def tell(more: Findings) -> None:
            heard = self._name(number, more)
            if heard is not None and not named.done():
                named.set_result(heard)

        asking = asyncio.create_task(first.rest(tell))
        try:
            await asyncio.wait((asking, named), return_when=asyncio.FIRST_COMPLETED)
        finally:
            asking.cancel()
        return named.result() if named.done() else None

    def _name(self, number: str, findings: Findings) -> str | None:
        findings = settled(findings, chosen=self._choices.chosen(number))
        if findings.contact is not None:
            return words_of(findings.contact)
        if findings.choice is not Choice.OPEN:
            return None
        exact = [each.contact for each in findings.candidates if each.quality is MatchQuality.EXACT]
        organisations = {each.organisation for each in exact}
        return organisations.pop() if len(organisations) == 1 else None


def words_of(contact: Contact) -> str:
    """`Maria Petrova, Romashka`."""
    return f"{contact.name}, {contact.organisation}" if contact.organisation else contact.name
