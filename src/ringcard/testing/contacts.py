"""The proof that a contact source keeps its promises: subclass `ContactSourceContract` in your tests.

    class TestAcme(ContactSourceContract):
        known_number = "+74959195557"
        known_name = "Anna"
        unknown_number = "+74950000000"

        async def open_source(self, folder): ...
        async def open_broken_source(self, folder): ...

Needs pytest and no plugin of it. How to write a source: docs/howto/write-a-contact-source.md.
"""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest

from ringcard.contacts.lookup import ContactLookup
from ringcard.contacts.model import contact_as_json
from ringcard.contacts.source import (
    AnswerStatus,
    Capability,
    ContactSource,
    ImmediateContactSource,
    SourceUnavailable,
)

Outcome = TypeVar("Outcome")

MANY = 50


class ContactSourceContract(ABC):
    """What holds for every source, asked of one that knows `known_number` and does not know `unknown_number`."""

    known_number: ClassVar[str]
    known_name: ClassVar[str]
    unknown_number: ClassVar[str]

    @abstractmethod
    async def open_source(self, folder: Path) -> ContactSource:
        """A source that works. `folder` is empty and this test's own."""

    @abstractmethod
    async def open_broken_source(self, folder: Path) -> ContactSource:
        """A source whose system is gone, or refuses it."""

    def _asked(self, folder: Path, ask: Callable[[ContactSource], Awaitable[Outcome]]) -> Outcome:
        async def run() -> Outcome:
            source = await self.open_source(folder)
            try:
                return await ask(source)
            finally:
                await source.close()

        return asyncio.run(run())

    def test_it_says_what_it_is(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            assert re.fullmatch(r"[a-z][a-z0-9_-]*", source.name), "a name is lower case, digits, - and _"
            assert isinstance(source.capabilities, frozenset)
            assert source.capabilities <= set(Capability)
            assert source.deadline_s is None or 0 < source.deadline_s <= 10

        self._asked(tmp_path, ask)

    def test_it_can_be_made_from_a_context(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            assert callable(getattr(type(source), "from_context", None)), "the entry point needs from_context"

        self._asked(tmp_path, ask)

    def test_a_known_number_gives_its_contact(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            matches = await source.lookup([self.known_number])
            assert [match.matched for match in matches] == [self.known_number] * len(matches)
            assert matches[0].contact.name == self.known_name

        self._asked(tmp_path, ask)

    def test_what_it_finds_can_be_shown(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            for match in await source.lookup([self.known_number]):
                written = contact_as_json(match.contact)
                assert written["contact_id"]
                assert written["created_at"].endswith("Z")

        self._asked(tmp_path, ask)

    def test_an_unknown_number_gives_nothing(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            assert list(await source.lookup([self.unknown_number])) == []

        self._asked(tmp_path, ask)

    def test_of_several_numbers_it_tells_which_one_matched(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            matches = await source.lookup([self.unknown_number, self.known_number])
            assert {match.matched for match in matches} == {self.known_number}

        self._asked(tmp_path, ask)

    def test_no_numbers_give_nothing(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            assert list(await source.lookup([])) == []

        self._asked(tmp_path, ask)

    def test_many_questions_at_once_get_each_its_own_answer(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            numbers = [self.known_number, self.unknown_number] * MANY
            answers = await asyncio.gather(*(source.lookup([number]) for number in numbers))
            assert [bool(answer) for answer in answers] == [True, False] * MANY

        self._asked(tmp_path, ask)

    def test_a_question_given_up_does_no_harm_to_the_next(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            questions = [asyncio.create_task(self._look_up(source)) for _ in range(MANY)]
            await asyncio.sleep(0)
            for question in questions:
                question.cancel()
            await asyncio.gather(*questions, return_exceptions=True)
            assert await source.lookup([self.known_number])

        self._asked(tmp_path, ask)

    def test_what_it_answers_on_the_spot_is_what_it_answers(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            answered = list(await source.lookup([self.known_number]))
            if isinstance(source, ImmediateContactSource):
                assert list(source.lookup_now([self.known_number])) == answered

        self._asked(tmp_path, ask)

    def test_it_answers_within_its_deadline(self, tmp_path: Path) -> None:
        async def ask(source: ContactSource) -> None:
            result = await ContactLookup([source]).look_up([self.known_number])
            assert [answer.status for answer in result.answers] == [AnswerStatus.FOUND]

        self._asked(tmp_path, ask)

    def test_when_its_system_is_gone_it_says_so(self, tmp_path: Path) -> None:
        async def run() -> None:
            source = await self.open_broken_source(tmp_path)
            try:
                with pytest.raises(SourceUnavailable) as refusal:
                    await source.lookup([self.known_number])
                assert len(str(refusal.value)) > 10, "say what is wrong and what to do"
            finally:
                await source.close()

        asyncio.run(run())

    async def _look_up(self, source: ContactSource) -> None:
        await source.lookup([self.known_number])
