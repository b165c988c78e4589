"""What every store promises, asked of each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ringcard.ledger.store import Batch, EventRow, LedgerStore, Place, RecordFilter, RecordRow
from ringcard.ledger.vault import KeyRow


@pytest.fixture
def store(new_store: Callable[[], LedgerStore]) -> Iterator[LedgerStore]:
    opened = new_store()
    yield opened
    opened.close()


def event(position: int, call_id: str | None = "a", pbx: str | None = "office", at_us: int = 0) -> EventRow:
    return EventRow(position, call_id, pbx, at_us, "queued", b"body", None)


def record(
    call_id: str,
    started_us: int = 0,
    *,
    ended_us: int | None = None,
    devices: tuple[str, ...] = (),
    persons: tuple[int, ...] = (),
    conversation_id: str = "k",
    pbx: str | None = "office",
) -> RecordRow:
    return RecordRow(call_id, pbx, conversation_id, started_us, ended_us, "inbound", None, b"body", devices, persons)


class TestEvents:
    def test_an_empty_store_is_at_position_zero(self, store: LedgerStore) -> None:
        assert store.last_position() == 0
        assert store.events(0, 10) == []
        assert store.heard_until(None) is None
        assert store.fingerprint() is None

    def test_they_come_back_in_order_and_by_page(self, store: LedgerStore) -> None:
        rows = [event(position) for position in range(1, 6)]
        store.commit(Batch(events=rows[:3]))
        store.commit(Batch(events=rows[3:]))
        assert store.last_position() == 5
        assert store.events(0, 2) == rows[:2]
        assert store.events(2, 10) == rows[2:]

    def test_those_of_some_calls(self, store: LedgerStore) -> None:
        rows = [event(1, "a"), event(2, "b"), event(3, None), event(4, "a"), event(5, "c")]
        store.commit(Batch(events=rows))
        assert store.events_of(["c", "a"]) == [rows[0], rows[3], rows[4]]
        assert store.events_of([]) == []
        assert store.call_ids("", 10) == ["a", "b", "c"]
        assert store.call_ids("a", 1) == ["b"]

    def test_the_latest_that_was_heard_of_each_pbx(self, store: LedgerStore) -> None:
        store.commit(Batch(events=[event(1, at_us=50), event(2, at_us=40), event(3, pbx="shop", at_us=70)]))
        store.commit(Batch(events=[event(4, at_us=45), event(5, pbx=None, at_us=90)]))
        assert store.heard_until("office") == 50
        assert store.heard_until("shop") == 70
        assert store.heard_until(None) == 70
        assert store.heard_until("elsewhere") is None


class TestFamilies:
    def test_a_call_alone(self, store: LedgerStore) -> None:
        assert store.family("a") == ("a",)

    def test_absorbed_over_several_steps(self, store: LedgerStore) -> None:
        store.commit(Batch(events=(), absorbed=[("a", "b"), ("b", "c"), ("d", "c")]))
        for member in ("a", "b", "c", "d"):
            root, *others = store.family(member)
            assert root == "c"
            assert sorted(others) == ["a", "b", "d"]

    def test_two_absorbed_into_each_other_end(self, store: LedgerStore) -> None:
        store.commit(Batch(events=(), absorbed=[("a", "b"), ("b", "a")]))
        assert sorted(store.family("a")) == ["a", "b"]


class TestRecords:
    def test_a_later_row_replaces_the_earlier_with_its_links(self, store: LedgerStore) -> None:
        store.commit(Batch(events=(), records=[record("a", 1, devices=("101", "102"), persons=(7,))]))
        later = record("a", 1, ended_us=9, devices=("103",), persons=(8, 9))
        store.commit(Batch(events=(), records=[later]))
        assert store.record("a") == later
        assert store.records(RecordFilter(device="101"), 9) == []
        assert store.records(RecordFilter(person=7), 9) == []
        assert store.records(RecordFilter(person=8), 9) == [later]

    def test_gone_is_gone(self, store: LedgerStore) -> None:
        store.commit(Batch(events=(), records=[record("a", devices=("101",), persons=(7,))]))
        store.commit(Batch(events=(), gone=["a"]))
        assert store.record("a") is None
        assert store.records(RecordFilter(device="101"), 9) == []
        assert store.records(RecordFilter(person=7), 9) == []

    def test_newest_first_and_pages_that_join(self, store: LedgerStore) -> None:
        rows = [record(call_id, started_us) for call_id, started_us in (("d", 1), ("a", 2), ("c", 2), ("b", 3))]
        store.commit(Batch(events=(), records=rows))
        assert [row.call_id for row in store.records(RecordFilter(), 9)] == ["b", "c", "a", "d"]
        assert [row.call_id for row in store.records(RecordFilter(before=Place(2, "c")), 1)] == ["a"]
        assert [row.call_id for row in store.records(RecordFilter(before=Place(2, "a")), 9)] == ["d"]

    def test_filters_are_joined_by_and(self, store: LedgerStore) -> None:
        rows = [
            record("a", 1, devices=("101",), persons=(7,), ended_us=5),
            record("b", 2, devices=("101",), persons=(8,), conversation_id="other"),
            record("c", 3, devices=("102",), persons=(7,), pbx="shop"),
        ]
        store.commit(Batch(events=(), records=rows))

        def found(wanted: RecordFilter) -> list[str]:
            return [row.call_id for row in store.records(wanted, 9)]

        assert found(RecordFilter(device="101")) == ["b", "a"]
        assert found(RecordFilter(person=7)) == ["c", "a"]
        assert found(RecordFilter(device="101", person=7)) == ["a"]
        assert found(RecordFilter(conversation_id="other")) == ["b"]
        assert found(RecordFilter(open_only=True)) == ["c", "b"]
        assert found(RecordFilter(open_only=True, pbx="shop")) == ["c"]
        assert found(RecordFilter(person=7, before=Place(3, "c"))) == ["a"]

    def test_the_projection_can_be_replaced_whole(self, store: LedgerStore) -> None:
        store.commit(Batch(events=[event(1)], records=[record("a", devices=("101",))]))
        row = record("b", 5, devices=("102",))
        key = KeyRow(1, b"r", b"w")
        store.replace_projection(iter([row]), {1: key})
        assert store.records(RecordFilter(), 9) == [row]
        assert store.events(0, 9) == [event(1)]
        assert store.key_of(b"r") == key


class TestKeys:
    def test_they_are_found_by_person_and_by_id_until_erased(self, store: LedgerStore) -> None:
        rows = [KeyRow(2**63 - 1, b"ref-1", b"wrapped-1"), KeyRow(5, b"ref-2", b"wrapped-2")]
        store.commit(Batch(events=(), keys=rows))
        assert store.key_of(b"ref-1") == rows[0]
        assert store.keys([5, 6, 2**63 - 1]) == {5: b"wrapped-2", 2**63 - 1: b"wrapped-1"}
        store.erase_keys([5, 6])
        assert store.key_of(b"ref-2") is None
        assert store.keys([5]) == {}
        assert store.key_of(b"ref-1") == rows[0]

    def test_an_erased_key_leads_to_no_call(self, store: LedgerStore) -> None:
        keys = [KeyRow(5, b"ref-1", b"w"), KeyRow(6, b"ref-2", b"w")]
        store.commit(Batch(events=(), keys=keys, records=[record("a", persons=(5, 6))]))
        store.erase_keys([5])
        assert store.records(RecordFilter(person=5), 9) == []
        assert store.records(RecordFilter(person=6), 9) == [record("a", persons=(6,))]

    def test_the_fingerprint_is_kept(self, store: LedgerStore) -> None:
        store.set_fingerprint(b"f")
        assert store.fingerprint() == b"f"


def test_a_reader_sees_what_was_committed_and_one_moment_in_a_snapshot(store: LedgerStore) -> None:
    reader = store.reader()
    assert reader.last_position() == 0
    store.commit(Batch(events=[event(1)]))
    assert reader.last_position() == 1
    with reader.snapshot():
        assert reader.events(0, 9) == [event(1)]
        assert reader.check() == []
    if reader is not store:
        reader.close()
