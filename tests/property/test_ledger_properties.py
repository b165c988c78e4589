"""What holds of the ledger for every entry, every order and every cut."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

import psycopg
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ringcard.calls import events as ev
from ringcard.calls.board import Board
from ringcard.calls.call import Call
from ringcard.calls.causes import Direction
from ringcard.calls.events import CallEvent, Party
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.calls.record import CallRecord
from ringcard.ledger import CardShown, Fact, Ledger, LedgerSettings, MasterKey, MemoryStore, Unreadable
from ringcard.ledger.codec import FORMS, draft_entry
from ringcard.ledger.postgres import PostgresStore
from ringcard.ledger.reading import Reading
from ringcard.ledger.store import Batch, EventRow, LedgerStore
from ringcard.ledger.vault import Sealer
from ringcard.storage import libpq_url
from ringcard.testing.call_events import at

MASTER = MasterKey.generate()
FEW_NUMBERS = ("+79031234567", "+79990001122", "+74951234567", None)

moments = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001  hypothesis wants it so and adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(st.text(), plain, max_size=4)
for name in (CallId, ConversationId, DeviceId, PbxId):
    st.register_type_strategy(name, st.text())

entries = st.one_of(
    *(
        st.builds(
            kind,
            **{
                field.name: moments if field.type == "datetime" else st.integers(0, 2**31)
                for field in dataclasses.fields(kind)
                if field.type in ("datetime", "int")
            },
        )
        for kind in (*get_args(CallEvent), ev.DeviceStateChanged)
    ),
    st.builds(CardShown, call_id=st.text(), device=st.text(), at=moments, facts=bodies),
    st.builds(Fact, kind=st.text(), at=moments, subject=st.text(), body=bodies, version=st.integers(0, 99)),
)


@given(entries)
@settings(max_examples=600)
def test_every_entry_comes_back_as_it_went_in(entry: Any) -> None:
    sealer = Sealer(MASTER, lambda ref: None)
    draft = draft_entry(entry)
    row = EventRow(1, None, None, 0, draft.tag, sealer.seal(draft).body, None)
    store = MemoryStore()
    store.commit(Batch(events=(), keys=tuple(sealer.unsaved.values())))
    (stored,) = Reading(store, MASTER).entries([row])
    assert stored.entry == entry
    assert not stored.erased


@given(entries)
@settings(max_examples=300)
def test_no_number_name_or_text_of_the_pbx_is_in_the_open(entry: Any) -> None:
    opened = draft_entry(entry).open
    for name in ("caller", "called"):
        assert set(opened.get(name, {})) <= {"device"}
    assert not {"number", "file", "what", "facts"} & set(opened)
    assert not str(opened.get("to", "")).startswith("+")


@given(st.sampled_from([form.tag for form in FORMS]), st.binary(max_size=80))
@settings(max_examples=300)
def test_no_bytes_make_reading_fail(tag: str, body: bytes) -> None:
    (stored,) = Reading(MemoryStore(), MASTER).entries([EventRow(1, None, None, 0, tag, body, None)])
    assert isinstance(stored.entry, Unreadable) or stored.entry is not None


# -- the projection -----------------------------------------------------------------------------------------------

few_calls = st.sampled_from([CallId("a"), CallId("b"), CallId("c")])
few_devices = st.sampled_from([DeviceId("101"), DeviceId("102")])
few_parties = st.builds(Party, number=st.sampled_from(FEW_NUMBERS), name=st.sampled_from(["Anna", None]))
seconds = st.integers(0, 100).map(at)
call_events = st.one_of(
    *(
        st.builds(kind, **{
            field.name: {
                "call_id": few_calls,
                "into": few_calls,
                "at": seconds,
                "since": seconds,
                "until": seconds,
                "device": few_devices,
                "by": few_devices,
                "caller": few_parties,
                "called": few_parties,
                "transfer": st.integers(0, 1),
                "consultation": st.integers(0, 1),
                "to": st.sampled_from([None, "102", "+79990001122"]),
                "number": st.sampled_from(FEW_NUMBERS),
                "pbx": st.just(PbxId("office")),
            }[field.name]
            for field in dataclasses.fields(kind)
            if field.name in (
                "call_id", "into", "at", "since", "until", "device", "by", "caller", "called", "transfer",
                "consultation", "to", "number", "pbx",
            )
        })
        for kind in (*[ev.Originated] * 6, *get_args(CallEvent))
    )
)  # fmt: skip


def model(events: Sequence[CallEvent]) -> dict[CallId, CallRecord]:
    """What the call model says of `events`, without the ledger: only calls that nothing absorbed."""
    board = Board()
    calls: dict[CallId, Call] = {}
    last: dict[CallId, datetime] = {}
    for event in events:
        last[event.call_id] = max(event.at, last.get(event.call_id, event.at))
        call = board.apply(event)
        if call is not None:
            calls[event.call_id] = call
    return {call_id: call.record(last[call_id]) for call_id, call in calls.items()}


Steps = list[tuple[CallEvent, bool, str]]

ODDLY_NAMED: Steps = [
    (
        ev.Originated(
            CallId("a"),
            at(0),
            ConversationId("a\0b"),
            PbxId("office"),
            "1.1",
            Direction.INTERNAL,
            Party(number="101"),
            Party(number="102"),
        ),
        True,
        "restart",
    )
]
"""PostgreSQL keeps no NUL in a text."""
some_steps = st.lists(st.tuples(call_events, st.booleans(), st.sampled_from(["", "", "", "", "restart"])), max_size=25)


@given(some_steps)
@settings(max_examples=150, deadline=None)
def test_any_order_cut_anywhere_gives_the_models_records(steps: Steps) -> None:
    """Events in any order, in groups cut anywhere, restarted anywhere: the same records, and none too many."""
    store = MemoryStore()
    holds_in(lambda: store, steps)


@example(ODDLY_NAMED)
@given(some_steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_on_postgresql(postgres_store_url: str, steps: Steps) -> None:
    """On a database that is emptied each time: a new one would take longer than all the rest."""
    with psycopg.connect(libpq_url(postgres_store_url)) as connection:
        connection.execute(
            "TRUNCATE ledger.events, ledger.heard, ledger.absorbed, ledger.call_records, ledger.call_devices,"
            " ledger.call_persons, ledger.person_keys"
        )
    holds_in(lambda: PostgresStore(postgres_store_url), steps)


def holds_in(open_store: Callable[[], LedgerStore], steps: Steps) -> None:
    """Whatever the store."""

    async def run() -> None:
        opened = LedgerSettings(gather_s=0)
        ledger = await Ledger.over(open_store(), MASTER, settings=opened)
        position = 0
        for event, flush, restart in steps:
            position = ledger.append([event])
            if flush:
                await ledger.flushed(position)
            if restart:
                await ledger.close()
                ledger = await Ledger.over(open_store(), MASTER, settings=opened)
        await ledger.flushed(position)
        assert (await ledger.verify()).sound
        events = [event for event, _, _ in steps]
        stored = [each.entry async for each in ledger.replay()]
        assert stored == events
        expected = model(events)
        involved = {e.call_id for e in events if isinstance(e, ev.Absorbed)}
        involved |= {e.into for e in events if isinstance(e, ev.Absorbed)}
        listed = {record.call_id: record for record in (await ledger.calls(limit=100)).items}
        for call_id in expected.keys() - involved:
            assert listed[call_id] == expected[call_id]
        assert listed.keys() <= expected.keys()
        assert {r.call_id for r in await ledger.open_calls()} == {i for i, r in listed.items() if r.ended_at is None}
        before = listed
        await ledger.rebuild()
        assert {record.call_id: record for record in (await ledger.calls(limit=100)).items} == before
        await ledger.close()

    asyncio.run(run())
