"""The ledger as its users see it, over each kind of store.

Over 400 lines: the same contract for each kind of store.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import pytest

from ringcard.calls.board import Board
from ringcard.calls.causes import DeviceState
from ringcard.calls.events import CallEvent, DeviceStateChanged, Party, Queued
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.calls.record import CallRecord, Gap
from ringcard.ledger import (
    ERASED,
    CardShown,
    Entry,
    Fact,
    Ledger,
    LedgerClosed,
    LedgerOverflow,
    LedgerSettings,
    LedgerState,
    MasterKey,
    MemoryStore,
    StoredEntry,
    StoreTrouble,
    Trouble,
    Unreadable,
)
from ringcard.ledger.codec import pack
from ringcard.ledger.store import Batch, EventRow, LedgerStore, RecordFilter
from ringcard.testing.call_events import (
    ANNA,
    BORIS,
    COMPANY,
    MORNING,
    at,
    ends,
    is_absorbed,
    is_answered,
    is_forwarded_to,
    rings,
    whole_call,
)

OpenLedger = Callable[[], Awaitable[Ledger]]


async def written(ledger: Ledger, *parts: Sequence[Entry]) -> int:
    """Append each part by itself, then wait for the disk."""
    position = 0
    for part in parts:
        position = ledger.append(part)
    await ledger.flushed(position)
    return position


def folded(events: Sequence[CallEvent], call_id: str) -> CallRecord:
    """What the call model itself says."""
    board = Board()
    call = None
    for event in events:
        call = board.apply(event) or call
    assert call is not None
    assert call.call_id == call_id
    return call.record(max(event.at for event in events))


async def everything(ledger: Ledger, from_position: int = 1) -> list[StoredEntry]:
    return [stored async for stored in ledger.replay(from_position)]


class TestHistory:
    async def test_the_record_of_a_call_is_the_models_fold_of_its_events(self, ledger: Ledger) -> None:
        events = whole_call("c-1")
        await written(ledger, *([event] for event in events))
        assert await ledger.call(CallId("c-1")) == folded(events, "c-1")

    async def test_a_live_call_is_listed_as_of_its_last_event(self, ledger: Ledger) -> None:
        events = rings("c-1") + is_answered("c-1")
        await written(ledger, events)
        page = await ledger.calls()
        assert page.items == (folded(events, "c-1"),)
        assert page.items[0].ended_at is None

    async def test_an_unknown_call_is_none(self, ledger: Ledger) -> None:
        assert await ledger.call(CallId("nobody")) is None
        assert (await ledger.calls()).items == ()
        assert await ledger.events_of(CallId("nobody")) == []

    async def test_pages_join_although_calls_come_in_between(self, ledger: Ledger) -> None:
        for number in range(7):
            await written(ledger, whole_call(f"c-{number}", start=number // 2))
        seen: list[str] = []
        before = None
        while True:
            page = await ledger.calls(limit=2, before=before)
            seen += [record.call_id for record in page.items]
            await written(ledger, whole_call(f"new-{len(seen)}", start=100 + len(seen)))
            before = page.next
            if before is None:
                break
        assert seen == ["c-6", "c-5", "c-4", "c-3", "c-2", "c-1", "c-0"]

    @pytest.mark.parametrize("before", ["", "7", "x.c-1", "7.", "7,c", "9" * 30 + ".c", " 7.c", "٧.c"])
    async def test_a_place_that_we_did_not_give_is_refused(self, ledger: Ledger, before: str) -> None:
        with pytest.raises(ValueError, match="earlier page"):
            await ledger.calls(before=before)

    async def test_by_number_by_device_by_conversation(self, ledger: Ledger) -> None:
        await written(
            ledger,
            whole_call("a", number=ANNA, device="101", start=0),
            whole_call("b", number=BORIS, device="102", start=1, conversation="a"),
            rings("c", number=ANNA, device="103", start=2) + is_forwarded_to("c", BORIS, device="103", start=2),
            whole_call("d", number=None, device="101", start=3),
        )

        async def found(number: str | None = None, device: str | None = None) -> str:
            page = await ledger.calls(number=number, device=DeviceId(device) if device else None)
            return "".join(record.call_id for record in page.items)

        assert await found() == "dcba"
        assert await found(number=ANNA) == "ca"
        assert await found(number=BORIS) == "cb"
        assert await found(number=COMPANY) == "dcba"
        assert await found(number="+70000000000") == ""
        assert await found(device="101") == "da"
        assert await found(number=ANNA, device="101") == "a"
        page = await ledger.calls(conversation_id=ConversationId("a"))
        assert [record.call_id for record in page.items] == ["b", "a"]

    async def test_number_and_page_together(self, ledger: Ledger) -> None:
        await written(ledger, *(whole_call(f"c-{n}", number=ANNA if n % 2 else BORIS, start=n) for n in range(6)))
        page = await ledger.calls(number=ANNA, limit=2)
        assert [record.call_id for record in page.items] == ["c-5", "c-3"]
        page = await ledger.calls(number=ANNA, limit=2, before=page.next)
        assert [record.call_id for record in page.items] == ["c-1"]
        assert page.next is None


class TestAbsorbing:
    async def test_the_absorbed_call_has_no_record_and_leads_to_the_other(self, ledger: Ledger) -> None:
        await written(ledger, rings("ghost"), rings("real", start=1), is_absorbed("ghost", "real"))
        page = await ledger.calls()
        assert [record.call_id for record in page.items] == ["real"]
        absorbed = await ledger.call(CallId("ghost"))
        assert absorbed is not None
        assert absorbed.call_id == "real"
        assert len(await ledger.events_of(CallId("real"))) == 5
        assert (await ledger.verify()).sound

    async def test_all_in_one_batch_and_late_events_make_no_ghost(self, ledger: Ledger) -> None:
        events = [*rings("ghost"), *rings("real"), *is_absorbed("ghost", "real"), *ends("ghost"), *ends("real")]
        await written(ledger, events)
        await written(ledger, [Queued(CallId("ghost"), at(70), "late")])
        assert [record.call_id for record in (await ledger.calls()).items] == ["real"]
        assert (await ledger.verify()).sound

    async def test_after_a_restart(self, open_ledger: OpenLedger) -> None:
        first = await open_ledger()
        await written(first, rings("ghost"), rings("real", start=1))
        await first.close()
        second = await open_ledger()
        await written(second, is_absorbed("ghost", "real"), ends("real"))
        assert [record.call_id for record in (await second.calls()).items] == ["real"]
        assert await second.open_calls() == []
        assert (await second.verify()).sound


class TestStart:
    async def test_open_calls_go_on_where_they_were(self, open_ledger: OpenLedger) -> None:
        first = await open_ledger()
        await written(first, rings("c-1"), whole_call("c-0", start=-100), rings("c-2", pbx=PbxId("shop"), start=1))
        await first.close()

        second = await open_ledger()
        assert [record.call_id for record in await second.open_calls()] == ["c-1", "c-2"]
        assert [record.call_id for record in await second.open_calls(PbxId("shop"))] == ["c-2"]
        assert await second.heard_until() == at(2)
        assert await second.heard_until(PbxId("office")) == at(1)
        assert await second.heard_until(PbxId("elsewhere")) is None

        rest = is_answered("c-1") + ends("c-1")
        await written(second, rest)
        assert await second.call(CallId("c-1")) == folded(rings("c-1") + rest, "c-1")
        assert [record.call_id for record in await second.open_calls()] == ["c-2"]

    async def test_positions_go_on(self, open_ledger: OpenLedger) -> None:
        first = await open_ledger()
        assert await written(first, rings("c-1")) == 2
        await first.close()
        second = await open_ledger()
        assert second.status.durable == 2
        assert await written(second, ends("c-1")) == 4
        assert [stored.position for stored in await everything(second)] == [1, 2, 3, 4]


class TestRefusedWrites:
    async def test_a_group_that_was_refused_is_neither_folded_nor_written_twice(self) -> None:
        store, master = MemoryStore(), MasterKey.generate()
        store.trouble = Trouble.DISK_FULL
        settings = LedgerSettings(gather_s=0, retry_first_s=0.001, retry_limit_s=0.001)
        async with await Ledger.over(store, master, settings=settings) as ledger:
            position = ledger.append(rings("c-1"))
            async with asyncio.timeout(10):
                while ledger.status.state is not LedgerState.FAILING:
                    await asyncio.sleep(0)
            store.trouble = None
            await ledger.flushed(position)
            assert await ledger.call(CallId("c-1")) == folded(rings("c-1"), "c-1")
            assert [stored.entry for stored in await everything(ledger)] == rings("c-1")

    async def test_a_call_that_lost_events_to_a_full_queue_is_not_complete(self) -> None:
        store = MemoryStore()
        store.trouble = Trouble.DISK_FULL
        settings = LedgerSettings(queue_limit=5, gather_s=0, retry_first_s=0.001, retry_limit_s=0.001)
        async with await Ledger.over(store, MasterKey.generate(), settings=settings) as ledger:
            ledger.append([*rings("c-1"), *rings("c-2")])
            with pytest.raises(LedgerOverflow):
                ledger.append(is_answered("c-1"))
            store.trouble = None
            await ledger.flushed(4)
            await written(ledger, ends("c-1"), ends("c-2"))
            lossy, whole = await ledger.call(CallId("c-1")), await ledger.call(CallId("c-2"))
            assert lossy is not None
            assert whole is not None
            assert (lossy.complete, lossy.gaps) == (False, (Gap(at(5), at(65)),))
            assert (whole.complete, whole.gaps) == (True, ())
            assert ledger.status.refused == 2

    async def test_a_commit_that_succeeded_but_reported_an_error_is_not_repeated(self) -> None:
        class Lying(MemoryStore):
            def commit(self, batch: Batch) -> None:
                super().commit(batch)
                if self.commits == 1:
                    raise StoreTrouble(Trouble.UNWRITABLE, "written all the same")

        async with await Ledger.over(Lying(), MasterKey.generate()) as ledger:
            await written(ledger, rings("c-1"))
            await written(ledger, ends("c-1"))
            assert [stored.entry for stored in await everything(ledger)] == rings("c-1") + ends("c-1")
            assert (await ledger.verify()).sound


class TestReplay:
    async def test_every_entry_in_order_from_any_position(self, ledger: Ledger) -> None:
        entries: list[Entry] = [
            *rings("c-1"),
            DeviceStateChanged(PbxId("office"), at(1), DeviceId("101"), DeviceState.RINGING, "DeviceStateChange"),
            *ends("c-1"),
        ]
        await written(ledger, entries)
        assert await everything(ledger) == [StoredEntry(n, entry) for n, entry in enumerate(entries, start=1)]
        assert [stored.position for stored in await everything(ledger, 4)] == [4, 5]

    async def test_over_several_pages(self, ledger: Ledger) -> None:
        await written(ledger, *(whole_call(f"c-{number}") for number in range(420)))
        assert [stored.position for stored in await everything(ledger)] == list(range(1, 2521))

    async def test_an_entry_of_a_later_version_is_kept_and_reported(self) -> None:
        store, master = MemoryStore(), MasterKey.generate()
        body = pack([1, {"call_id": "c-1", "hologram": 7}, []])
        store.commit(Batch(events=[EventRow(1, "c-1", None, 0, "hologram_projected", body, None)]))
        async with await Ledger.over(store, master) as ledger:
            await written(ledger, whole_call("c-1"))
            assert (await everything(ledger))[0] == StoredEntry(1, Unreadable("hologram_projected", body))
            assert await ledger.call(CallId("c-1")) == folded(whole_call("c-1"), "c-1")
            found = await ledger.verify()
            assert found.unreadable == {"hologram_projected": 1}
            assert found.sound


class TestFacts:
    async def test_a_card_as_it_was_shown(self, ledger: Ledger) -> None:
        card = CardShown(CallId("c-1"), DeviceId("101"), at(1), {"name": "Anna", "orders": [{"total": "7.50"}]})
        await written(ledger, rings("c-1"))
        await ledger.flushed(ledger.append_card(card))
        assert (await ledger.events_of(CallId("c-1")))[-1].entry == card
        assert await ledger.heard_until() == at(1)

    async def test_a_fact_of_any_kind(self, ledger: Ledger) -> None:
        await ledger.flushed(ledger.append_fact("employee_state", at(0), "employee:7", {"state": "break"}, version=3))
        assert (await everything(ledger))[0].entry == Fact("employee_state", at(0), "employee:7", {"state": "break"}, 3)

    async def test_what_is_not_plain_is_refused_at_once(self, ledger: Ledger) -> None:
        with pytest.raises(TypeError):
            ledger.append_fact("k", at(0), "s", {"x": object()})
        with pytest.raises(TypeError):
            ledger.append_card(CardShown(CallId("c"), DeviceId("101"), at(0), {"x": object()}))
        assert await everything(ledger) == []

    async def test_an_event_without_a_form_does_not_hold_up_the_others(self, ledger: Ledger) -> None:
        class Teleported(Queued):
            """What a later model may report."""

        await written(ledger, [Teleported(CallId("c-0"), at(0), "q")], rings("c-1"))
        entries = [stored.entry for stored in await everything(ledger)]
        assert entries == [Fact("entry_not_writable", at(0), "Teleported"), *rings("c-1")]

    async def test_one_that_cannot_be_written_does_not_hold_up_the_others(self, ledger: Ledger) -> None:
        await written(ledger, [Fact("k", at(0), "s", {"x": 1 << 80})], rings("c-1"))
        entries = [stored.entry for stored in await everything(ledger)]
        assert entries == [Fact("entry_not_writable", at(0), "Fact"), *rings("c-1")]


class TestErasing:
    async def test_personal_fields_are_gone_and_the_rest_stays(self, ledger: Ledger) -> None:
        events = [*rings("c-1"), *is_answered("c-1"), *is_forwarded_to("c-1", BORIS), *ends("c-1")]
        await written(ledger, events)
        ledger.append_card(CardShown(CallId("c-1"), DeviceId("101"), at(1), {"name": "Anna"}))
        before = folded(events, "c-1")
        erasure = await ledger.erase(ANNA)
        assert (erasure.calls, erasure.keys) == (1, 2)

        after = await ledger.call(CallId("c-1"))
        assert after is not None
        assert after.caller == Party()
        assert after.called == before.called
        assert [recording.file for recording in after.recordings] == [ERASED]
        assert [step.to for step in after.transfers] == [BORIS]
        assert (after.devices, after.talk_s, after.disposition) == (before.devices, before.talk_s, before.disposition)
        stored = await ledger.events_of(CallId("c-1"))
        assert ANNA not in repr(stored)
        assert "Anna" not in repr(stored)
        assert stored[0].erased
        assert isinstance(stored[-1].entry, CardShown)
        assert stored[-1].entry.facts == {}
        assert (await ledger.calls(number=ANNA)).items == ()
        assert len((await ledger.calls(number=BORIS)).items) == 1
        assert (await ledger.verify()).sound

    async def test_others_are_not_touched(self, ledger: Ledger) -> None:
        await written(ledger, whole_call("c-1", number=ANNA), whole_call("c-2", number=BORIS))
        await ledger.erase(ANNA)
        assert await ledger.call(CallId("c-2")) == folded(whole_call("c-2", number=BORIS), "c-2")

    async def test_the_target_of_a_transfer_can_be_erased(self, ledger: Ledger) -> None:
        await written(ledger, rings("c-1") + is_answered("c-1") + is_forwarded_to("c-1", BORIS) + ends("c-1"))
        await ledger.erase(BORIS)
        after = await ledger.call(CallId("c-1"))
        assert after is not None
        assert [step.to for step in after.transfers] == [None]
        assert [side.to for side in after.consultations] == [None]
        assert after.caller.number == ANNA

    async def test_a_later_call_of_the_same_number_is_new(self, ledger: Ledger) -> None:
        await written(ledger, whole_call("c-1"))
        await ledger.erase(ANNA)
        await written(ledger, whole_call("c-2", start=100))
        assert [record.call_id for record in (await ledger.calls(number=ANNA)).items] == ["c-2"]
        old = await ledger.call(CallId("c-1"))
        assert old is not None
        assert old.caller == Party()

    async def test_in_mid_call_what_was_said_before_does_not_come_back(self, ledger: Ledger) -> None:
        await written(ledger, rings("c-1"))
        await ledger.erase(ANNA)
        await written(ledger, ends("c-1"))
        after = await ledger.call(CallId("c-1"))
        assert after is not None
        assert after.caller == Party()
        assert after.ended_at == at(65)
        assert (await ledger.verify()).sound

    async def test_twice_and_for_a_stranger_is_no_error(self, ledger: Ledger) -> None:
        await written(ledger, whole_call("c-1"))
        await ledger.erase(ANNA)
        assert (await ledger.erase(ANNA)).calls == 0
        assert (await ledger.erase("+70000000000")).keys == 0

    async def test_rebuilding_does_not_bring_it_back(self, ledger: Ledger) -> None:
        await written(ledger, whole_call("c-1"), whole_call("c-2", number=BORIS, start=1))
        await ledger.erase(ANNA)
        assert await ledger.rebuild() == 2
        assert (await ledger.verify()).sound
        assert (await ledger.calls(number=ANNA)).items == ()
        assert len((await ledger.calls(number=BORIS)).items) == 1


class TestCare:
    async def test_rebuilding_gives_the_same_records(self, ledger: Ledger) -> None:
        await written(ledger, whole_call("a"), rings("b"), rings("c"), is_absorbed("b", "c"))
        before = await ledger.calls()
        assert await ledger.rebuild() == 2
        assert await ledger.calls() == before
        await written(ledger, ends("c"))
        assert (await ledger.verify()).sound

    async def test_verify_finds_a_wrong_a_missing_and_a_lone_record_and_rebuild_mends_them(
        self, new_store: Callable[[], LedgerStore]
    ) -> None:
        master = MasterKey.generate()
        store = new_store()
        ledger = await Ledger.over(store, master)
        await written(ledger, whole_call("a"), whole_call("b", number=BORIS), whole_call("c"))
        rows = {row.call_id: row for row in store.records(RecordFilter(), 9)}
        swapped = [
            dataclasses.replace(rows["a"], started_us=1),
            dataclasses.replace(rows["c"], call_id="lone"),
        ]
        store.replace_projection(iter(swapped), {})
        found = await ledger.verify()
        assert not found.sound
        assert {difference.call_id for difference in found.differences} == {"a", "b", "c", "lone"}
        await ledger.rebuild()
        assert (await ledger.verify()).sound
        await ledger.close()

    async def test_a_hole_in_the_positions_is_found(self) -> None:
        store = MemoryStore()
        body = pack([1, {"call_id": "c-1", "at": MORNING, "queue": "q"}, []])
        store.commit(Batch(events=[EventRow(n, "c-1", None, 0, "queued", body, None) for n in (1, 2, 4)]))
        async with await Ledger.over(store, MasterKey.generate()) as ledger:
            found = await ledger.verify()
        assert found.missing == (3,)
        assert not found.sound

    async def test_a_model_that_raises_loses_no_event(self) -> None:
        class Stumbling(Board):
            def apply(self, event: CallEvent) -> None:
                raise RuntimeError("a bug of the model")

        store, master = MemoryStore(), MasterKey.generate()
        async with await Ledger.over(store, master, new_fold=Stumbling) as ledger:
            await written(ledger, whole_call("c-1"))
            assert await ledger.call(CallId("c-1")) is None
        async with await Ledger.over(store, master) as mended:
            assert await mended.rebuild() == 1
            assert await mended.call(CallId("c-1")) == folded(whole_call("c-1"), "c-1")


class TestUse:
    async def test_a_moment_without_a_zone_is_refused(self, ledger: Ledger) -> None:
        naive = datetime(2026, 1, 1)  # noqa: DTZ001
        with pytest.raises(ValueError, match="time zone"):
            ledger.append([Queued(CallId("c"), naive, "q")])
        assert ledger.status.queued == 0

    async def test_after_close_it_says_so(self, ledger: Ledger) -> None:
        await ledger.close()
        await ledger.close()
        with pytest.raises(LedgerClosed):
            ledger.append(rings("c-1"))
        with pytest.raises(LedgerClosed):
            await ledger.calls()

    async def test_a_cancelled_read_leaves_the_ledger_usable(self, ledger: Ledger) -> None:
        await written(ledger, whole_call("c-1"))
        reading = asyncio.ensure_future(ledger.calls())
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert len((await ledger.calls()).items) == 1

    async def test_more_families_than_memory_holds(self, monkeypatch: pytest.MonkeyPatch, ledger: Ledger) -> None:
        monkeypatch.setattr("ringcard.ledger.projection._FAMILIES_IN_MEMORY", 3)
        names = [f"c-{number}" for number in range(10)]
        for name in names:
            await written(ledger, rings(name))
        for name in names:
            await written(ledger, is_answered(name) + ends(name))
        assert await ledger.open_calls() == []
        assert (await ledger.verify()).sound

    async def test_settings_bound_the_queue(self) -> None:
        settings = LedgerSettings(queue_limit=5)
        async with await Ledger.over(MemoryStore(), MasterKey.generate(), settings=settings) as ledger:
            assert ledger.status.queue_limit == 5
