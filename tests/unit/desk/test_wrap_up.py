"""After the call: notes being typed become notes of the card, and what a call came to is kept. On each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.calls.identifiers import CallId, ConversationId
from ringcard.contacts.model import ContactDraft
from ringcard.contacts.opening import open_cards
from ringcard.contacts.store import ContactStore
from ringcard.desk.conversation_memory import ConversationMemory
from ringcard.desk.wrapup.afterwards import STILL_S, WrapUps
from ringcard.desk.wrapup.notes import Notes
from ringcard.desk.wrapup.outcomes import CallOutcome, outcomes_checked, outcomes_for
from ringcard.ledger import StoreTrouble
from ringcard.ledger.errors import Trouble
from ringcard.numbers import NumberingPlan
from ringcard.people.store import EmployeeStore
from ringcard.storage import DatabaseLocked

pytestmark = pytest.mark.asyncio

CONVERSATION, CALL = ConversationId("c"), CallId("c")


class Office:
    """Anna, a card, and a call of which the test says whether it goes on."""

    def __init__(self, engine: AsyncEngine, contacts: ContactStore) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.live = True
        self.card: str | None = None
        self.trouble: Exception | None = None
        self.broken: CallId | None = None
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """What happens while it is looked up whose card it is, once."""
        self.contacts = contacts
        self.notes = Notes(ConversationMemory(engine, clock=self.clock), self.clock)
        self.wrap_ups = WrapUps(
            engine, self.notes, contacts, self.card_of, lambda employee_id: "Anna", lambda c: self.live, self.clock
        )

    def clock(self) -> datetime:
        return self.now

    async def card_of(self, call_id: CallId) -> str | None:
        if self.trouble is not None:
            raise self.trouble
        if call_id == self.broken:
            raise StoreTrouble(Trouble.LOCKED, "locked")
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return self.card

    async def texts(self) -> list[str]:
        assert self.card is not None
        return [note.text for note in (await self.contacts.get(self.card)).notes]


@pytest.fixture
async def office(store_engine: AsyncEngine, store_url: str) -> AsyncIterator[Office]:
    cards = open_cards(store_url)
    contacts = ContactStore(store_engine, cards, NumberingPlan("RU"))
    office = Office(store_engine, contacts)
    office.card = (await contacts.create(ContactDraft(name="Petrov"))).contact_id
    yield office
    await cards.close()


async def anna(engine: AsyncEngine) -> str:
    return (await EmployeeStore(engine).add("anna", "Anna")).employee_id


async def test_a_note_that_lies_still_after_its_call_goes_on_the_card(
    store_engine: AsyncEngine, office: Office
) -> None:
    employee_id = await anna(store_engine)
    await office.notes.put(CONVERSATION, CALL, employee_id, " wants Tuesday ", 0)
    office.now += timedelta(seconds=STILL_S)
    assert await office.wrap_ups.sweep() == ()
    office.live = False
    await office.notes.put(CONVERSATION, CALL, employee_id, "wants Tuesday, or Friday", 1)
    assert await office.wrap_ups.sweep() == ()
    office.now += timedelta(seconds=STILL_S)
    assert await office.wrap_ups.sweep() == (CONVERSATION,)
    assert await office.texts() == ["wants Tuesday, or Friday"]
    assert await office.wrap_ups.sweep() == ()


async def test_without_a_card_it_waits_for_one(store_engine: AsyncEngine, office: Office) -> None:
    employee_id = await anna(store_engine)
    card, office.card, office.live = office.card, None, False
    await office.notes.put(CONVERSATION, CALL, employee_id, "who is this?", 0)
    office.now += timedelta(days=2)
    assert await office.wrap_ups.sweep() == ()
    office.card = card
    assert await office.wrap_ups.sweep() == (CONVERSATION,)
    assert await office.texts() == ["who is this?"]


async def test_an_empty_one_is_forgotten(store_engine: AsyncEngine, office: Office) -> None:
    employee_id = await anna(store_engine)
    office.live = False
    await office.notes.put(CONVERSATION, CALL, employee_id, "x", 0)
    await office.notes.put(CONVERSATION, CALL, employee_id, "  ", 1)
    office.now += timedelta(seconds=STILL_S)
    assert await office.wrap_ups.sweep() == (CONVERSATION,)
    assert await office.texts() == []


async def test_a_wrap_up_is_kept_changed_and_written_down_once(store_engine: AsyncEngine, office: Office) -> None:
    employee_id = await anna(store_engine)
    await office.notes.put(CONVERSATION, CALL, employee_id, "typed", 0)
    for outcome in ("sold", "called_back"):
        await office.wrap_ups.put(
            CALL, CONVERSATION, employee_id, outcome=outcome, note=" typed and said ", order_number="1042"
        )
    (done,) = await office.wrap_ups.of(CALL)
    assert (done.outcome, done.note, done.order_number) == ("called_back", "typed and said", "1042")
    assert await office.texts() == ["typed and said"]
    assert office.notes.of(CONVERSATION) == ()


async def test_outcomes_are_a_teams_or_everybodys() -> None:
    lines = outcomes_checked([CallOutcome("sold", "Sold"), CallOutcome("fixed", "Fixed", ("Support",))])
    assert [each.outcome for each in outcomes_for(lines, {"Sales"})] == ["sold"]
    assert [each.outcome for each in outcomes_for(lines, {"Support", "Sales"})] == ["sold", "fixed"]
    for wrong in ([CallOutcome("Sold!", "Sold")], [CallOutcome("sold", " ")], [CallOutcome("a", "A")] * 2):
        with pytest.raises(ValueError, match=r"outcome"):
            outcomes_checked(wrong)


async def test_one_that_went_there_by_itself_does_not_go_again_when_the_call_is_finished(
    store_engine: AsyncEngine, office: Office
) -> None:
    employee_id = await anna(store_engine)
    office.live = False
    await office.notes.put(CONVERSATION, CALL, employee_id, "wants Tuesday", 0)
    office.now += timedelta(seconds=STILL_S)
    assert await office.wrap_ups.sweep() == (CONVERSATION,)
    await office.wrap_ups.put(CALL, CONVERSATION, employee_id, outcome="sold", note="wants Tuesday", order_number=None)
    assert await office.texts() == ["wants Tuesday"]
    assert [(each.outcome, each.note) for each in await office.wrap_ups.of(CALL)] == [("sold", "wants Tuesday")]


async def test_a_finished_call_without_a_card_has_its_note_on_the_card_that_is_made_later(
    store_engine: AsyncEngine, office: Office
) -> None:
    employee_id = await anna(store_engine)
    card, office.card, office.live = office.card, None, False
    await office.notes.put(CONVERSATION, CALL, employee_id, "who is this?", 0)
    await office.wrap_ups.put(CALL, CONVERSATION, employee_id, outcome=None, note="who is this?", order_number=None)
    assert office.notes.of(CONVERSATION) == ()
    await office.wrap_ups.sweep()
    office.card = card
    office.now += timedelta(days=1)
    await office.wrap_ups.sweep()
    office.now += timedelta(days=1)
    await office.wrap_ups.sweep()
    assert await office.texts() == ["who is this?"]


@pytest.mark.parametrize("trouble", [DatabaseLocked("locked"), StoreTrouble(Trouble.LOCKED, "locked")])
async def test_what_cannot_be_written_now_is_kept_and_goes_to_the_card_once(
    store_engine: AsyncEngine, office: Office, trouble: Exception
) -> None:
    employee_id = await anna(store_engine)
    office.live, office.trouble = False, trouble
    await office.notes.put(CONVERSATION, CALL, employee_id, "call back", 0)
    await office.wrap_ups.put(CALL, CONVERSATION, employee_id, outcome=None, note="call back", order_number=None)
    assert await office.wrap_ups.sweep() == ()
    office.trouble = None
    await office.wrap_ups.put(CALL, CONVERSATION, employee_id, outcome=None, note="call back", order_number=None)
    office.now += timedelta(days=1)
    await office.wrap_ups.sweep()
    assert await office.texts() == ["call back"]


async def test_one_draft_that_cannot_be_settled_keeps_no_other_waiting(
    store_engine: AsyncEngine, office: Office
) -> None:
    employee_id = await anna(store_engine)
    other = ConversationId("d")
    office.live, office.broken = False, CALL
    await office.notes.put(CONVERSATION, CALL, employee_id, "of the one that breaks", 0)
    await office.notes.put(other, CallId("d"), employee_id, "of the other", 0)
    office.now += timedelta(seconds=STILL_S)
    assert await office.wrap_ups.sweep() == (other,)
    assert await office.texts() == ["of the other"]


async def test_what_is_typed_while_the_note_goes_to_the_card_stays(store_engine: AsyncEngine, office: Office) -> None:
    employee_id = await anna(store_engine)
    office.live = False
    await office.notes.put(CONVERSATION, CALL, employee_id, "half", 0)
    office.now += timedelta(seconds=STILL_S)
    office.meanwhile = lambda: office.notes.put(CONVERSATION, CALL, employee_id, "half, and the rest", 1)
    await office.wrap_ups.sweep()
    assert await office.texts() == ["half"]
    assert office.notes.one(CONVERSATION, employee_id).text == "half, and the rest"
    again = Notes(ConversationMemory(store_engine, clock=office.clock), office.clock)
    await again.load()
    assert again.one(CONVERSATION, employee_id).text == "half, and the rest"
