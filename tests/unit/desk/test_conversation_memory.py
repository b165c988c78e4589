"""What travels with a conversation, on each database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.desk.call_data import CallData, CallDataChanged, CallDataInvalid, CallDataTooLarge
from ringcard.desk.control.errors import NoteChangedMeanwhile, NoteTooLong
from ringcard.desk.control.requests import Reason
from ringcard.desk.conversation_data import ConversationData
from ringcard.desk.conversation_memory import ConversationMemory
from ringcard.desk.handover.packet import Handover, HandoverKind, HandoverOutcome, Receiver, Sender
from ringcard.desk.wrapup.notes import Notes
from ringcard.people.store import EmployeeStore

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONVERSATION, CALL = ConversationId("c"), CallId("c")


def clock() -> datetime:
    return NOW


async def anna(engine: AsyncEngine) -> str:
    return (await EmployeeStore(engine).add("anna", "Anna", devices=["101"])).employee_id


def packet(employee_id: str, name: str = "h1", at: datetime = NOW) -> Handover:
    return Handover(
        name, CALL, CONVERSATION, HandoverKind.BLIND, Sender(employee_id, "Анна", DeviceId("101")),
        Receiver(None, "sales", None, "sales", "+74959195557"), "про счёт №5\nи ещё 😀", "billing", at,
    )  # fmt: skip


async def test_a_packet_comes_back_as_it_was_and_as_it_changed(store_engine: AsyncEngine) -> None:
    memory = ConversationMemory(store_engine, clock=clock)
    first = packet(await anna(store_engine))
    second = replace(first, handover_id="h2", at=NOW + timedelta(seconds=5))
    await memory.keep_handovers([second, first])
    done = replace(
        first, outcome=HandoverOutcome.RETURNED, outcome_at=NOW, why=Reason.BUSY, read_at=NOW,
        receiver=Receiver(None, "Boris", DeviceId("102"), None),
    )  # fmt: skip
    await memory.keep_handovers([done])
    assert await memory.handovers_of(CONVERSATION) == [done, second]
    assert await memory.handovers_since(NOW + timedelta(seconds=1)) == [second]


async def test_a_packet_outlives_its_sender(store_engine: AsyncEngine) -> None:
    memory = ConversationMemory(store_engine, clock=clock)
    await memory.keep_handovers([replace(packet(""), sender=Sender(None, "101", DeviceId("101")))])
    (kept,) = await memory.handovers_of(CONVERSATION)
    assert kept.sender == Sender(None, "101", DeviceId("101"))


async def test_a_note_being_typed_survives_a_restart(store_engine: AsyncEngine) -> None:
    employee_id = await anna(store_engine)
    notes = Notes(ConversationMemory(store_engine, clock=clock), clock)
    await notes.put(CONVERSATION, CALL, employee_id, "half", 0)
    await notes.put(CONVERSATION, CALL, employee_id, "half a sentence", 1)
    assert (await notes.put(CONVERSATION, CALL, employee_id, "half a sentence", 0)).version == 2
    with pytest.raises(NoteChangedMeanwhile):
        await notes.put(CONVERSATION, CALL, employee_id, "another tab", 1)
    with pytest.raises(NoteTooLong):
        await notes.put(CONVERSATION, CALL, employee_id, "x" * 20_001, 2)
    again = Notes(ConversationMemory(store_engine, clock=clock), clock)
    await again.load()
    assert again.one(CONVERSATION, employee_id).text == "half a sentence"
    await again.drop(CONVERSATION, employee_id, again.one(CONVERSATION, employee_id).version)
    assert await ConversationMemory(store_engine).drafts() == []
    assert again.of(CONVERSATION) == ()


async def test_call_data_is_versioned_and_kept(store_engine: AsyncEngine) -> None:
    data = ConversationData(ConversationMemory(store_engine, clock=clock), clock)
    first = await data.change(CONVERSATION, {"account": "12-34", "lang": "ru"}, (), by="IVR", version=0)
    assert first.version == 1
    assert await data.change(CONVERSATION, {"lang": "ru"}, (), by="IVR", version=1) == first
    with pytest.raises(CallDataChanged):
        await data.change(CONVERSATION, {"a": "b"}, (), by="Anna", version=0)
    assert data.set_by_pbx(CONVERSATION, "queue.rank", "3", NOW)
    assert not data.set_by_pbx(CONVERSATION, "Bad Key", "3", NOW)
    await data.unwritten.flush()
    again = ConversationData(ConversationMemory(store_engine, clock=clock), clock)
    await again.load()
    held = again.at_once(CONVERSATION)
    assert (held.version, [key for key, _ in held.items]) == (2, ["account", "lang", "queue.rank"])
    assert held == data.at_once(CONVERSATION) == await again.of(CONVERSATION)


async def test_two_conversations_that_turn_out_to_be_one_have_both_data(store_engine: AsyncEngine) -> None:
    data = ConversationData(ConversationMemory(store_engine, clock=clock), clock)
    other = ConversationId("d")
    await data.change(CONVERSATION, {"a": "old", "b": "old"}, (), by="x", version=None)
    await data.change(other, {"a": "new", "c": "new"}, (), by="x", version=None)
    data.joined(other, CONVERSATION)
    assert {key: item.value for key, item in data.at_once(CONVERSATION).items} == {"a": "old", "b": "old", "c": "new"}


async def test_the_limits_of_call_data_hold_whole() -> None:
    data = CallData().change({f"k{n}": "x" * 100 for n in range(64)}, by="x", at=NOW)
    with pytest.raises(CallDataTooLarge):
        data.change({"one_more": "x"}, by="x", at=NOW)
    assert len(data.change({"one_more": "x"}, ["k0"], by="x", at=NOW).items) == 64
    with pytest.raises(CallDataTooLarge):
        CallData().change({"k": "ж" * 2_049}, by="x", at=NOW)
    with pytest.raises(CallDataInvalid):
        data.change({}, ["Not A Key"], by="x", at=NOW)
