"""Entries and call records as plain fields, with what is personal set apart.

Here: which tag an entry has on disk, which of its fields are personal and whose they are, and the way back. Not
here: encryption (`vault`), storage (`store`).

On disk an entry is its tag and a MessagePack array `[version, fields, seals]`. `fields` holds what is open, without
nulls; each seal is `[key_id, ciphertext]` and hides `{path: value}` of one person, a path being `caller.number`.

The rules of change, held by the frozen samples of tests/unit/ledger:

- a tag belongs to a meaning, not to a class: renaming a class changes nothing here;
- a new field needs a default; a reader ignores fields it does not know;
- an incompatible change counts `version` up, and then older forms have to be read too;
- a tag or a version that is not known is kept and handed out as `Unreadable`, never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any, cast, get_args, get_type_hints

import msgspec

from ringcard.calls import events as ev
from ringcard.calls.events import Party
from ringcard.calls.identifiers import CallId
from ringcard.calls.record import CallRecord
from ringcard.ledger.entries import ERASED, CallWithdrawn, CardShown, Entry, Fact, Unreadable

PARTY_LEAVES = ("number", "presented", "name")
"""What of a party is personal; its `device` is the company's."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Form:
    """How one kind of entry is written: its tag for ever, its version, and what in it is personal.

    `parties` are `Party` fields; `numbers` hold a device's name or an outsider's E.164 number; `texts` are free
    text of the PBX that may contain a number (a recording's file name does in FreePBX); `wholes` belong to
    somebody as a whole. `replaced` says what a required field reads as when it is erased. `added` are fields, with
    their defaults, that came after the form was frozen: written only if they say something else.
    """

    tag: str
    kind: type[Any]
    version: int = 1
    parties: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    wholes: tuple[str, ...] = ()
    replaced: Mapping[str, Any] = field(default_factory=dict)
    added: Mapping[str, Any] = field(default_factory=dict)


FORMS = (
    Form("originated", ev.Originated, parties=("caller", "called")),
    Form("call_information", ev.CallInformation, parties=("caller", "called")),
    Form("queued", ev.Queued),
    Form("service_reached", ev.ServiceReached),
    Form("delivered", ev.Delivered),
    Form("established", ev.Established, numbers=("number",)),
    Form("held", ev.Held),
    Form("retrieved", ev.Retrieved),
    Form("connection_cleared", ev.ConnectionCleared),
    Form("transferring", ev.Transferring, numbers=("to",)),
    Form("transferred", ev.Transferred, numbers=("to",), added={"withdrawn": False}),
    Form("consultation", ev.Consultation, numbers=("to",), added={"since_known": True}),
    Form("conferenced", ev.Conferenced),
    Form("recording_started", ev.RecordingStarted, texts=("file",), replaced={"file": ERASED}),
    Form("recording_stopped", ev.RecordingStopped, texts=("file",), replaced={"file": ERASED}),
    Form("gap_noted", ev.GapNoted, added={"answer_unknown": False}),
    Form("anomaly_noted", ev.AnomalyNoted, texts=("what",), replaced={"what": ERASED}),
    Form("absorbed", ev.Absorbed),
    Form("call_cleared", ev.CallCleared),
    Form("device_state_changed", ev.DeviceStateChanged, numbers=("forwarded_to",), added={"kind": "phone"}),
    Form("card_shown", CardShown, wholes=("facts",), replaced={"facts": {}}),
    Form("fact", Fact, wholes=("body", "person"), replaced={"body": {}}),
    Form("call_withdrawn", CallWithdrawn),
    Form("call_data_set", ev.CallDataSet, texts=("value",), replaced={"value": ERASED}),
)

_BY_KIND = {form.kind: form for form in FORMS}
_BY_TAG = {form.tag: form for form in FORMS}


def _nullable(kind: type[Any]) -> tuple[str, ...]:
    """The fields of `kind` that may be None; they are not written then."""
    hints = get_type_hints(kind)
    return tuple(each.name for each in fields(kind) if NoneType in get_args(hints[each.name]))


_NULLABLE = {form.tag: _nullable(form.kind) for form in FORMS}


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry or a record taken apart: `open` fields, and `personal` values by person and path."""

    tag: str
    version: int
    call_id: str | None
    open: dict[str, Any]
    personal: dict[str, dict[str, Any]]
    customer: str | None
    """The first person of it who is neither a device nor the call itself."""


def of_number(number: str) -> str:
    """The person behind an E.164 number."""
    return f"number:{number}"


def of_call(call_id: str) -> str:
    """The unknown person of one call: what is personal in it and has no number."""
    return f"call:{call_id}"


def is_person(person: str) -> bool:
    """Whether it is somebody with a number, and not a device or a call's unknown."""
    return person.startswith("number:")


def whose(party: Party, call_id: str) -> str:
    """The person of a party: its number's, else its device's, else the call's own unknown."""
    return _whose(party.number, party.device, call_id)


def _whose(number: str | None, device: str | None, call_id: str) -> str:
    if number:
        return of_number(number)
    if device:
        return f"device:{device}"
    return of_call(call_id)


def is_number(text: str | None) -> bool:
    """Whether `to` of a transfer is an outsider's number and not a device."""
    return text is not None and text.startswith("+")


def persons_in(entry: Entry) -> Iterator[str]:
    """Whose keys sealing `entry` will probably need; cheap, and may miss some."""
    form = _BY_KIND.get(type(entry))
    call_id = getattr(entry, "call_id", None)
    if form is None or call_id is None:
        return
    for name in form.parties:
        party = getattr(entry, name)
        if party is not None:
            yield whose(party, call_id)
    for name in form.numbers:
        value = getattr(entry, name)
        if is_number(value):
            yield of_number(value)
    if form.texts:
        yield of_call(call_id)


class _Personal:
    """Collects what is set apart, by person."""

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        self.by_person: dict[str, dict[str, Any]] = {}

    def put(self, person: str, path: str, value: Any) -> None:
        self.by_person.setdefault(person, {})[path] = value

    def take_party(self, holder: dict[str, Any], name: str) -> None:
        party = holder.get(name)
        if party is None:
            return
        person = _whose(party["number"], party["device"], self.call_id)
        for leaf in PARTY_LEAVES:
            value = party.pop(leaf)
            if value is not None:
                self.put(person, f"{name}.{leaf}", value)
        if party["device"] is None:
            del party["device"]

    def take_number(self, holder: dict[str, Any], name: str, path: str) -> None:
        if is_number(holder.get(name)):
            number = holder.pop(name)
            self.put(of_number(number), path, number)

    def customer(self) -> str | None:
        return next((person for person in self.by_person if is_person(person)), None)


def draft_entry(entry: Entry, customer: str | None = None) -> Draft:
    """Take `entry` apart. `customer` is whose card it is, for a `CardShown`.

    Raises `TypeError` for what has no form or holds values that are not plain.
    """
    form = _BY_KIND.get(type(entry))
    if form is None:
        raise TypeError(f"{type(entry).__name__} has no form in the ledger")
    plain: dict[str, Any] = msgspec.to_builtins(entry, builtin_types=(datetime,))
    call_id = plain.get("call_id")
    personal = _Personal(call_id or "")
    for name in form.parties:
        personal.take_party(plain, name)
    for name in form.numbers:
        # `Established.number` is a number by definition, even if it does not begin with a plus.
        if name == "number" and plain[name] is not None:
            number = plain.pop(name)
            personal.put(of_number(number), name, number)
        else:
            personal.take_number(plain, name, name)
    for name in form.texts:
        personal.put(of_call(personal.call_id), name, plain.pop(name))
    if isinstance(entry, CardShown):
        personal.put(customer or of_call(personal.call_id), "facts", plain.pop("facts"))
    elif isinstance(entry, Fact) and entry.person:
        for name in form.wholes:
            personal.put(of_number(entry.person), name, plain.pop(name))
    for name, default in form.added.items():
        if plain[name] == default:
            del plain[name]
    opened = {name: value for name, value in plain.items() if value is not None}
    return Draft(form.tag, form.version, call_id, opened, personal.by_person, personal.customer())


RECORD_TAG = "call_record"
_RECORD_VERSION = 1


def draft_record(record: CallRecord, also: Iterable[str] = ()) -> Draft:
    """Take a call record apart, as `draft_entry` does an event.

    `also` are numbers that took part though the record does not name them: it is found, and erased, by them too.
    """
    plain: dict[str, Any] = msgspec.to_builtins(record, builtin_types=(datetime,))
    plain["anomalies"] = list(plain["anomalies"])
    personal = _Personal(record.call_id)
    personal.take_party(plain, "caller")
    personal.take_party(plain, "called")
    for name in ("transfers", "consultations"):
        for index, step in enumerate(plain[name]):
            personal.take_number(step, "to", f"{name}.{index}.to")
            # Came after the form was frozen: written only if it says something.
            if step.get("waits_since", "") is None:
                del step["waits_since"]
    unknown = of_call(record.call_id)
    # A record folded again after an erasure has nothing left to hide there.
    for index, recording in enumerate(plain["recordings"]):
        if recording["file"] != ERASED:
            personal.put(unknown, f"recordings.{index}.file", recording.pop("file"))
    for index, anomaly in enumerate(plain["anomalies"]):
        if anomaly != ERASED:
            personal.put(unknown, f"anomalies.{index}", anomaly)
            plain["anomalies"][index] = None
    for number in also:
        personal.by_person.setdefault(of_number(number), {})
    return Draft(RECORD_TAG, _RECORD_VERSION, record.call_id, plain, personal.by_person, personal.customer())


def restore_record(opened: dict[str, Any], personal: Iterable[Mapping[str, Any]]) -> CallRecord:
    """Put a record together again; what is not in `personal` reads as None or `ERASED`."""
    for leaves in personal:
        for path, value in leaves.items():
            _put(opened, path, value)
    for recording in opened["recordings"]:
        recording.setdefault("file", ERASED)
    for step in (*opened["transfers"], *opened["consultations"]):
        step.setdefault("to", None)
    opened["anomalies"] = [ERASED if anomaly is None else anomaly for anomaly in opened["anomalies"]]
    return msgspec.convert(opened, CallRecord)


def restore_entry(
    tag: str, version: int, opened: dict[str, Any], personal: Iterable[Mapping[str, Any]], body: bytes
) -> Entry | Unreadable:
    """Put an entry together again. A tag, version or value of a later ringcard gives `Unreadable`."""
    form = _BY_TAG.get(tag)
    if form is None or version > form.version:
        return Unreadable(tag, body)
    for leaves in personal:
        for path, value in leaves.items():
            _put(opened, path, value)
    whole = {**dict.fromkeys(_NULLABLE[tag]), **form.replaced, **opened}
    try:
        return cast("Entry", msgspec.convert(whole, form.kind))
    except msgspec.ValidationError:
        return Unreadable(tag, body)


def _put(holder: Any, path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        holder = holder[int(step)] if isinstance(holder, list) else holder.setdefault(step, {})
    if isinstance(holder, list):
        holder[int(last)] = value
    else:
        holder[last] = value


def clean(draft: Draft) -> Draft:
    """The same without lone surrogates, which no UTF-8 can carry: each becomes `?`.

    A PBX's bytes that are not UTF-8 may reach us as surrogate escapes; they must not stop the ledger.
    """
    scrub = _scrubbed
    return Draft(
        draft.tag, draft.version, scrub(draft.call_id), scrub(draft.open), scrub(draft.personal), scrub(draft.customer)
    )


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_scrubbed(key): _scrubbed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(each) for each in value]
    return value


Seal = tuple[int, bytes]
"""A key's id, and what is hidden under it."""

pack: Callable[[Any], bytes] = msgspec.msgpack.Encoder().encode
unpack: Callable[[bytes], Any] = msgspec.msgpack.Decoder().decode


def pack_body(draft: Draft, seals: Iterable[Seal]) -> bytes:
    """What is stored: `[version, fields, seals]`."""
    return pack([draft.version, draft.open, list(seals)])


def unpack_body(body: bytes) -> tuple[int, dict[str, Any], list[Seal]]:
    """The reverse of `pack_body`. Raises `ValueError` on anything else."""
    parts = unpack(body)
    if not isinstance(parts, list) or len(parts) < 3 or not isinstance(parts[1], dict):
        raise ValueError("not a ledger body")
    return parts[0], parts[1], [(seal[0], seal[1]) for seal in parts[2]]


def microseconds(at: datetime) -> int:
    """A moment as it is stored: µs since 1970 in UTC. `at` is aware."""
    return (at - _EPOCH) // _MICROSECOND


def at_microseconds(stored: int) -> datetime:
    """The reverse of `microseconds`."""
    return _EPOCH + timedelta(microseconds=stored)


def call_of(entry: Entry | Unreadable) -> CallId | None:
    """The call an entry belongs to, if it belongs to one."""
    if isinstance(entry, ev.DeviceStateChanged | Fact | Unreadable):
        return None
    return entry.call_id
