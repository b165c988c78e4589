"""The search finds what was written, however somebody types it, and does not find what was deleted."""

import asyncio
import string
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from ringcard.contacts.model import ContactDraft, Email, Order, Phone
from ringcard.contacts.opening import open_cards
from ringcard.contacts.search import typed
from ringcard.contacts.search_keys import begins, keys_of, keys_of_text, words_of
from ringcard.contacts.store import ContactStore
from ringcard.contacts.tables import contacts
from ringcard.numbers import NumberingPlan
from ringcard.storage import open_engine, writing

CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
PASSPORT = dict(
    zip(
        CYRILLIC,
        "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e iu ia".replace("_", "").split(" "),
        strict=True,
    )
)
names = st.text(CYRILLIC, min_size=2, max_size=12).filter(lambda name: name[0] not in "ъь").map(str.capitalize)
latin_names = st.text(string.ascii_lowercase, min_size=2, max_size=12).map(str.capitalize)
numbers = st.integers(9_000_000_000, 9_999_999_999).map(lambda digits: f"+7{digits}")


def in_passport(text: str) -> str:
    return "".join(PASSPORT.get(letter, letter) for letter in text.lower())


@given(names)
@example("Счастливцев")
@example("Кхмер")
@example("Ыюпх")
def test_the_beginning_of_a_cyrillic_word_is_found_typed_in_either_alphabet(name: str) -> None:
    for length in range(1, len(name) + 1):
        part = name[:length]
        assert begins(words_of(part)[0], words_of(name)[0])
        latin = words_of(in_passport(part))
        if latin:
            assert begins(latin[0], words_of(name)[0]), (latin, keys_of(words_of(name)[0]))


@given(st.text(max_size=40))
def test_a_word_begins_with_each_of_its_beginnings_in_any_script(text: str) -> None:
    for word in words_of(text):
        if not keys_of(word[:1]):
            continue  # a hard or soft sign, or a mark, with which no word begins
        for length in range(1, len(word) + 1):
            assert begins(word[:length], word)


@given(st.text(st.characters() | st.sampled_from("@.'`aiеё "), max_size=40))
@example("o'neil+a@mail.example")
@example("a@b@c")
def test_the_keys_of_a_text_are_those_of_its_words(text: str) -> None:
    assert keys_of_text(text) == [key for word in words_of(text) for key in keys_of(word)]


@given(st.text(max_size=60))
def test_anything_can_be_typed(text: str) -> None:
    for term in typed(text).terms:
        assert all(word.isalnum() for word in term.words)
        assert all(part.isascii() and part.isdigit() and len(part) >= 3 for part in term.spellings)


@pytest.fixture(params=["sqlite", "postgresql"])
def ask(request: pytest.FixtureRequest) -> Iterator["Asking"]:
    url: str = request.getfixturevalue(
        {"sqlite": "sqlite_store_url", "postgresql": "postgres_store_url"}[request.param]
    )
    asking = Asking(url)
    yield asking
    asking.close()


class Asking:
    """A store in an event loop of its own, as hypothesis calls tests without one."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self.engine = open_engine(url)
        self.cards = open_cards(url)
        self.store = ContactStore(self.engine, self.cards, NumberingPlan("RU"))

    def write(self, draft: ContactDraft) -> str:
        return self._runner.run(self.store.create(draft)).contact_id

    def found(self, q: str) -> list[str]:
        return [str(contact.contact_id) for contact in self._runner.run(self.store.search(q=q, limit=200)).items]

    def forget(self, contact_id: str) -> None:
        async def work() -> None:
            async with writing(self.engine) as connection:
                await connection.execute(delete(contacts).where(contacts.c.contact_id == contact_id))

        self._runner.run(work())

    def close(self) -> None:
        async def work() -> None:
            await self.cards.close()
            await self.engine.dispose()

        self._runner.run(work())
        self._runner.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=names, other=latin_names, number=numbers, order=st.integers(1_000, 10**7), data=st.data())
def test_what_is_written_is_found_and_what_is_deleted_is_not(
    ask: Asking, name: str, other: str, number: str, order: int, data: st.DataObject
) -> None:
    draft = ContactDraft(
        f"{name} {other}",
        phones=(Phone(None, number),),
        emails=(Email(f"{other.lower()}@post.example"),),
        orders=(Order(f"ЗК-{order:08d}"),),
    )
    contact_id = ask.write(draft)
    start = data.draw(st.integers(0, 8), label="start of the part of the number")
    part = number[1 + start : 1 + start + data.draw(st.integers(4, 11), label="its length")]
    assume(len(part) >= 4)
    length = data.draw(st.integers(1, len(name)), label="letters of the name")
    asked = [name[:length], other[:length], f"{other} {name[:length]}", part, f"{name} {part}", str(order)]
    if typed(in_passport(name[:length])).terms:
        asked.append(in_passport(name[:length]))
    missed = [q for q in asked if contact_id not in ask.found(q)]
    ask.forget(contact_id)
    left = [q for q in asked if contact_id in ask.found(q)]
    assert (missed, left) == ([], [])
