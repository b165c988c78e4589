"""How entries and records are written, and that it never changes by accident."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from ringcard.calls import events as ev
from ringcard.calls.causes import (
    ConsultationPhase,
    DeviceKind,
    DeviceState,
    Direction,
    Disposition,
    Outcome,
    TransferKind,
)
from ringcard.calls.events import Party
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.calls.record import CallRecord, ConsultationCall, DeviceStint, Gap, Hold, Recording, Transfer
from ringcard.ledger import (
    ERASED,
    CallWithdrawn,
    CardShown,
    Entry,
    Fact,
    MasterKey,
    MemoryStore,
    StoredEntry,
    Unreadable,
)
from ringcard.ledger.codec import (
    FORMS,
    draft_entry,
    draft_record,
    microseconds,
    pack,
    restore_entry,
    unpack_body,
)
from ringcard.ledger.reading import Reading
from ringcard.ledger.store import Batch, EventRow, RecordRow
from ringcard.ledger.vault import KeyRow, Sealer

FROZEN = Path(__file__).with_name("frozen_forms.json")
AT = datetime(2026, 11, 22, 22, 14, 12, 745_123, tzinfo=UTC)
CALL = CallId("c-1")
DEVICE = DeviceId("101")
OTHER = DeviceId("102")
PBX = PbxId("office")
CALLER = Party(number="+79031234567", presented="89031234567", name="Anna Ivanova")
CALLED = Party(number="+74951234567", presented="4951234567")

ENTRIES: tuple[Entry, ...] = (
    ev.Originated(CALL, AT, ConversationId("c-0"), PBX, "1763.12", Direction.INBOUND, CALLER, CALLED),
    ev.CallInformation(CALL, AT, Direction.INTERNAL, Party(device=DEVICE, name="Boris"), None, "1763.13"),
    ev.Queued(CALL, AT, "sales"),
    ev.ServiceReached(CALL, AT),
    ev.Delivered(CALL, AT, DEVICE, transferred_by=OTHER, since_known=False),
    ev.Established(CALL, AT, None, "+79990001122"),
    ev.Held(CALL, AT, "customer"),
    ev.Retrieved(CALL, AT, "customer"),
    ev.ConnectionCleared(CALL, AT, None, Outcome.BUSY),
    ev.Transferring(CALL, AT, 0, TransferKind.BLIND, None, "+79990001122"),
    ev.Transferred(CALL, AT, 0, "102", completed=True),
    ev.Consultation(CALL, AT, 1, ConsultationPhase.CLEARED, DEVICE, "+79990001122", Outcome.NO_ANSWER),
    ev.Conferenced(CALL, AT),
    ev.RecordingStarted(CALL, AT, "in-79031234567.wav"),
    ev.RecordingStopped(CALL, AT, "in-79031234567.wav"),
    ev.GapNoted(CALL, AT, AT - timedelta(minutes=1), AT),
    ev.AnomalyNoted(CALL, AT, "Hangup of 89031234567 twice"),
    ev.Absorbed(CALL, AT, CallId("c-2")),
    ev.CallCleared(CALL, AT, None),
    ev.DeviceStateChanged(PBX, AT, DEVICE, DeviceState.DO_NOT_DISTURB, "DeviceStateChange"),
    CardShown(CALL, DEVICE, AT, {"name": "Anna Ivanova", "orders": [{"number": "7", "total": "12.50"}]}),
    Fact("employee_state", AT, "employee:7", {"state": "break"}, 2, "+79031234567"),
    CallWithdrawn(CALL, AT),
    ev.CallDataSet(CALL, AT, "account", "40817-1"),
)

RECORD = CallRecord(
    call_id=CALL,
    conversation_id=ConversationId("c-0"),
    direction=Direction.INBOUND,
    pbx_ids=("1763.12",),
    gaps=(Gap(AT, AT + timedelta(seconds=3)),),
    caller=CALLER,
    called=CALLED,
    queue="sales",
    started_at=AT,
    answered_at=AT + timedelta(seconds=5),
    ended_at=AT + timedelta(seconds=65),
    disposition=Disposition.ANSWERED,
    ended_by="caller",
    devices=(DeviceStint(DEVICE, AT, AT + timedelta(seconds=5), None, Outcome.ANSWERED, 60.25, 10.0),),
    holds=(Hold("101", AT, None),),
    transfers=(
        Transfer(TransferKind.BLIND, DEVICE, "+79990001122", AT, completed=True),
        Transfer(TransferKind.ATTENDED, DEVICE, "102", AT, completed=False),
    ),
    consultations=(ConsultationCall(DEVICE, "+79990001122", AT, None, None, AT, Outcome.NO_ANSWER),),
    conference=True,
    recordings=(Recording("in-79031234567.wav", AT, 59.5),),
    talk_s=60.25,
    hold_s=10.0,
    ring_s=5.0,
    wait_s=0.0,
    complete=False,
    anomalies=("first 89031234567", "second"),
)


def _store_of(keys: list[KeyRow]) -> MemoryStore:
    store = MemoryStore()
    store.commit(Batch(events=(), keys=keys))
    return store


def _read(store: MemoryStore, master: MasterKey, tag: str, body: bytes) -> StoredEntry:
    row = EventRow(1, None, None, 0, tag, body, None)
    return Reading(store, master).entries([row])[0]


def _record_row(body: bytes) -> RecordRow:
    return RecordRow(CALL, None, "c-0", 0, None, "inbound", None, body, (), ())


class TestForms:
    def test_every_event_has_a_form_and_no_two_share_a_tag(self) -> None:
        kinds = {*get_args(ev.CallEvent), ev.DeviceStateChanged, CardShown, Fact, CallWithdrawn}
        assert {form.kind for form in FORMS} == kinds
        assert len({form.tag for form in FORMS}) == len(FORMS)

    def test_every_form_has_an_example_here(self) -> None:
        assert [type(entry) for entry in ENTRIES] == [form.kind for form in FORMS]

    def test_nothing_personal_is_in_the_open(self) -> None:
        for entry in ENTRIES:
            opened = repr(draft_entry(entry).open)
            for secret in ("9031234567", "9990001122", "4951234567", "Anna", "Boris", "12.50"):
                assert secret not in opened, entry
        opened = repr(draft_record(RECORD).open)
        assert not any(secret in opened for secret in ("9031234567", "9990001122", "Anna"))

    def test_a_party_belongs_to_its_number_then_to_its_device_then_to_the_call(self) -> None:
        unknown = Party(presented="anonymous")
        entry = ev.CallInformation(CALL, AT, None, Party(device=DEVICE, name="Boris"), unknown)
        assert set(draft_entry(entry).personal) == {"device:101", "call:c-1"}
        assert set(draft_entry(ENTRIES[0]).personal) == {"number:+79031234567", "number:+74951234567"}

    def test_to_whom_a_phone_is_forwarded_is_that_person_s_and_a_phone_says_no_kind(self) -> None:
        entry = ev.DeviceStateChanged(PBX, AT, DEVICE, DeviceState.FORWARDED, "CF/101", AT, forwarded_to="+79990001122")
        draft = draft_entry(entry)
        assert draft.personal == {"number:+79990001122": {"forwarded_to": "+79990001122"}}
        assert draft.open.keys() == {"pbx", "at", "device", "state", "source", "since"}
        assert restore_entry(draft.tag, 1, draft.open, draft.personal.values(), b"") == entry
        trunk = ev.DeviceStateChanged(
            PBX, AT, DeviceId("trunk"), DeviceState.IDLE, "PJSIP/trunk", kind=DeviceKind.TRUNK
        )
        assert restore_entry("device_state_changed", 1, draft_entry(trunk).open, (), b"") == trunk


class TestFrozen:
    """The bytes that released versions wrote. To add a tag, add its sample; never edit one that is there."""

    @staticmethod
    def load() -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(FROZEN.read_text())
        return loaded

    def test_every_frozen_form_is_still_read(self) -> None:
        frozen = self.load()
        master = MasterKey(bytes.fromhex(frozen["master_key"]))
        keys = [KeyRow(int(k), bytes.fromhex(v["ref"]), bytes.fromhex(v["wrapped"])) for k, v in frozen["keys"].items()]
        store = _store_of(keys)
        for form, entry in zip(FORMS, ENTRIES, strict=True):
            stored = _read(store, master, form.tag, bytes.fromhex(frozen["entries"][form.tag]))
            assert stored == StoredEntry(1, entry, erased=False)
        row = _record_row(bytes.fromhex(frozen["record"]))
        assert Reading(store, master).records([row]) == [RECORD]

    def test_what_is_written_now_has_the_frozen_form(self) -> None:
        frozen = self.load()
        for form, entry in zip(FORMS, ENTRIES, strict=True):
            draft = draft_entry(entry)
            version, opened, _ = unpack_body(bytes.fromhex(frozen["entries"][form.tag]))
            assert (draft.tag, draft.version) == (form.tag, version)
            assert pack(draft.open) == pack(opened), form.tag
            assert _leaves(draft.personal) == frozen["leaves"][form.tag]
        draft = draft_record(RECORD)
        version, opened, _ = unpack_body(bytes.fromhex(frozen["record"]))
        assert (draft.version, pack(draft.open)) == (version, pack(opened))
        assert _leaves(draft.personal) == frozen["leaves"]["call_record"]


def _leaves(personal: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    return {person: sorted(leaves) for person, leaves in personal.items()}


def freeze() -> None:
    """Write the samples of new tags: `python tests/unit/ledger/test_ledger_codec.py`. Those that exist stay."""
    frozen: dict[str, Any] = {"master_key": "5a" * 32, "keys": {}, "entries": {}, "leaves": {}}
    if FROZEN.exists():
        frozen |= TestFrozen.load()
    master = MasterKey(bytes.fromhex(frozen["master_key"]))
    sealer = Sealer(master, lambda ref: None)
    for form, entry in zip(FORMS, ENTRIES, strict=True):
        if form.tag not in frozen["entries"]:
            draft = draft_entry(entry)
            frozen["entries"][form.tag] = sealer.seal(draft).body.hex()
            frozen["leaves"][form.tag] = _leaves(draft.personal)
    if "record" not in frozen:
        draft = draft_record(RECORD)
        frozen["record"] = sealer.seal(draft).body.hex()
        frozen["leaves"]["call_record"] = _leaves(draft.personal)
    for key_id, row in sealer.unsaved.items():
        frozen["keys"][str(key_id)] = {"ref": row.person_ref.hex(), "wrapped": row.wrapped.hex()}
    FROZEN.write_text(json.dumps(frozen, indent=1) + "\n")


class TestReadingWhatOthersWrote:
    def test_a_field_of_a_later_version_is_ignored(self) -> None:
        draft = draft_entry(ev.Queued(CALL, AT, "sales"))
        restored = restore_entry(draft.tag, 1, {**draft.open, "priority": 7}, (), b"")
        assert restored == ev.Queued(CALL, AT, "sales")

    def test_a_field_that_was_not_written_yet_takes_its_default(self) -> None:
        opened = {"call_id": "c-1", "at": AT, "device": "101"}
        assert restore_entry("delivered", 1, opened, (), b"") == ev.Delivered(CALL, AT, DEVICE)

    @pytest.mark.parametrize(
        ("tag", "version"), [("hologram_projected", 1), ("queued", 2)], ids=["unknown tag", "later version"]
    )
    def test_an_unknown_tag_or_version_is_kept(self, tag: str, version: int) -> None:
        body = pack([version, {"call_id": "c-1"}, []])
        assert restore_entry(tag, version, {"call_id": "c-1"}, (), body) == Unreadable(tag, body)

    def test_an_unknown_word_in_a_closed_vocabulary_is_kept(self) -> None:
        opened = {"call_id": "c-1", "at": AT, "device": "101", "outcome": "teleported"}
        assert restore_entry("connection_cleared", 1, opened, (), b"body") == Unreadable("connection_cleared", b"body")

    @pytest.mark.parametrize("body", [b"", b"\xc1", b"\x93", pack({"a": 1}), pack([1, 2, 3]), pack([1])])
    def test_bytes_that_are_no_entry_are_kept(self, body: bytes) -> None:
        stored = _read(MemoryStore(), MasterKey.generate(), "queued", body)
        assert stored.entry == Unreadable("queued", body)


class TestErased:
    def test_without_keys_only_what_is_personal_is_gone(self) -> None:
        master = MasterKey.generate()
        sealer = Sealer(master, lambda ref: None)
        nobody = MemoryStore()

        def erased(entry: Entry) -> Any:
            stored = _read(nobody, master, draft_entry(entry).tag, sealer.seal(draft_entry(entry)).body)
            assert stored.erased
            return stored.entry

        originated = erased(ENTRIES[0])
        assert (originated.caller, originated.called) == (Party(), Party())
        assert (originated.at, originated.direction, originated.pbx_id) == (AT, Direction.INBOUND, "1763.12")
        assert erased(ENTRIES[1]).caller == Party(device=DEVICE)
        assert erased(ENTRIES[5]) == ev.Established(CALL, AT, None, None)
        assert erased(ENTRIES[9]) == ev.Transferring(CALL, AT, 0, TransferKind.BLIND, None, None)
        assert erased(ENTRIES[13]) == ev.RecordingStarted(CALL, AT, ERASED)
        assert erased(ENTRIES[16]) == ev.AnomalyNoted(CALL, AT, ERASED)
        assert erased(CardShown(CALL, DEVICE, AT, {"name": "Anna"})) == CardShown(CALL, DEVICE, AT, {})
        assert erased(ENTRIES[21]) == Fact("employee_state", AT, "employee:7", {}, 2)

    def test_a_record_keeps_its_durations_and_devices(self) -> None:
        master = MasterKey.generate()
        body = Sealer(master, lambda ref: None).seal(draft_record(RECORD)).body
        (record,) = Reading(MemoryStore(), master).records([_record_row(body)])
        assert (record.caller, record.called) == (Party(), Party())
        assert record.devices == RECORD.devices
        assert [step.to for step in record.transfers] == [None, "102"]
        assert [side.to for side in record.consultations] == [None]
        assert record.recordings == (Recording(ERASED, AT, 59.5),)
        assert record.anomalies == (ERASED, ERASED)
        assert (record.talk_s, record.hold_s, record.ring_s) == (60.25, 10.0, 5.0)

    def test_an_erased_record_is_written_again_as_it_reads(self) -> None:
        master = MasterKey.generate()
        sealer = Sealer(master, lambda ref: None)
        (erased,) = Reading(MemoryStore(), master).records([_record_row(sealer.seal(draft_record(RECORD)).body)])
        assert draft_record(erased).personal == {}
        assert Reading(MemoryStore(), master).records([_record_row(sealer.seal(draft_record(erased)).body)]) == [erased]


def test_a_lone_surrogate_from_a_pbx_that_does_not_speak_utf8_does_not_stop_the_ledger() -> None:
    master = MasterKey.generate()
    sealer = Sealer(master, lambda ref: None)
    entry = ev.CallInformation(CALL, AT, caller=Party(number="+7903", name="\udcc0nna"), pbx_id="12\udcff")
    sealed = sealer.seal(draft_entry(entry))
    store = _store_of(list(sealer.unsaved.values()))
    read = _read(store, master, "call_information", sealed.body).entry
    assert read == ev.CallInformation(CALL, AT, caller=Party(number="+7903", name="?nna"), pbx_id="12?")


def test_moments_are_kept_to_the_microsecond_whatever_the_zone() -> None:
    assert microseconds(AT) == 1_795_385_652_745_123
    assert microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


if __name__ == "__main__":
    freeze()
