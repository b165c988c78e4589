"""Dialling from the screen: whom a typed text would call, and calling."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get, post
from litestar.params import HeaderParameter, JSONBody, QueryParameter

from ringcard.calls.causes import DeviceState, Direction, Disposition
from ringcard.calls.identifiers import ConversationId, DeviceId
from ringcard.contacts.model import Contact
from ringcard.desk.control.dialling import (
    DialKind,
    DialWarning,
    Reckoned,
    allowed,
    caller_id,
    reckon,
    refuse,
    warnings_of,
)
from ringcard.desk.control.errors import DialRefused
from ringcard.desk.pops import outsider
from ringcard.numbers.masks import hidden, hidden_in
from ringcard.people.model import Employee
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.web import control_shapes, masking, shapes, wire
from ringcard.web.access import needs
from ringcard.web.history import CallHistory
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import TheHistory, TheRooms, TheSession, TheSight

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        required=False,
        description="1 to 128 visible ASCII characters; the same key within 10 minutes does the same thing once.",
    ),
]
MOST_CANDIDATES = 8
FEWEST_TYPED = 2
YES = frozenset({"yes", "true", "1", "да"})


@post(
    "/calls",
    opt=needs(Permission.CALLS_MAKE),
    status_code=202,
    operation_id="makeCall",
    summary="Ring one's own device, then dial a number",
)
async def make_call(
    data: JSONBody[shapes.MakeCall],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
    sight: TheSight,
    idempotency_key: IdempotencyKey = None,
) -> shapes.CallStarted:
    """Accepted; what becomes of it follows on the live channel.

    Either `number` is dialled, or whoever was outside in the call `call_id`, or the phone at place `phone` of the card
    `contact_id`, or the missed caller `missed_id`: somebody who does not see numbers calls back by these.
    """
    employee = session.employee
    preferred = rooms.preferences.of(employee.employee_id).auto_answer
    picks_up = preferred if data.auto_answer is None else data.auto_answer

    async def dial() -> shapes.CallStarted:
        wanted, joins = await _number_of(data, history, rooms, sight)
        reckoned = reckon(wanted, rooms.contacts.plan)
        if reckoned.kind is DialKind.EMERGENCY:
            device = device_to_ring(rooms, employee, data.device)
            made = await rooms.handling.make_call(
                employee, device, reckoned.to or wanted, urgent=True, auto_answer=picks_up
            )
            return shapes.CallStarted(call_id=made.call_id, request_id=made.request_id)
        refuse(reckoned, warnings_for(rooms, employee, reckoned, None), masked=sight.numbers_masked)
        shown = caller_id(data.caller_id, rooms.dial_rules())
        device = device_to_ring(rooms, employee, data.device)
        to = reckoned.to or wanted
        made = await rooms.handling.make_call(
            employee, device, to, caller_id=shown, joins=joins, auto_answer=picks_up, data=data.data
        )
        return shapes.CallStarted(call_id=made.call_id, request_id=made.request_id)

    return await rooms.handling.once.answer(employee.employee_id, idempotency_key, ("dial", data), dial)


@get(
    "/dial",
    opt=needs(Permission.CALLS_MAKE),
    operation_id="previewDialling",
    summary="Whom a name or number would call, through which device",
)
async def preview_dialling(
    q: Annotated[str, QueryParameter(max_length=200, description="A name, or a number in any format.")],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
    sight: TheSight,
    device: Annotated[str | None, QueryParameter(max_length=80)] = None,
) -> control_shapes.DialPreview:
    """Nothing is dialled. `candidates` are people of that name or with those digits; `warnings` speak against it."""
    employee, rules = session.employee, rooms.dial_rules()
    reckoned = reckon(q.strip(), rooms.contacts.plan)
    contact = None if reckoned.number is None else await rooms.owners.contact_of(reckoned.number)
    # Whoever asks not to be called is not called by those either who do not see the card.
    warnings = warnings_for(rooms, employee, reckoned, contact)
    if contact is not None and not (sight.may(Permission.CONTACTS_READ) and await history.may_see_card(sight, contact)):
        contact = None
    problem = None
    try:
        refuse(reckoned, warnings, masked=sight.numbers_masked)
    except DialRefused as error:
        problem = str(error)
    colleague = _colleague(rooms, reckoned)
    place = rooms.asking.place(reckoned.number) if rooms.asking.place and reckoned.number else None
    states = {view.device: view.state for view in rooms.desk.devices()}
    value: dict[str, Any] = {
        "query": q,
        "number": None if sight.numbers_masked else reckoned.number,
        "dialled": None if sight.numbers_masked and reckoned.number else reckoned.dialled,
        "kind": reckoned.kind.value,
        "place": place,
        "contact": None
        if contact is None
        else masking.for_sight(
            sight,
            masking.texts,
            {"contact_id": contact.contact_id, "name": contact.name, "organisation": contact.organisation},
        ),
        "colleague": colleague,
        "device": _device_or_none(rooms, employee, device),
        "devices": [{"device": own, "state": states.get(own, DeviceState.UNKNOWN).value} for own in employee.devices],
        "caller_ids": list(rules.caller_ids),
        "candidates": await _candidates(rooms, sight, q.strip()),
        "warnings": [
            {"code": each.code.value, "local_time": None if each.local_time is None else each.local_time.isoformat()}
            for each in warnings
        ],
        "allowed": allowed(reckoned, warnings),
        "problem": problem,
    }
    return wire.shape(value, control_shapes.DialPreview)


def warnings_for(
    rooms: Rooms, employee: Employee, reckoned: Reckoned, contact: Contact | None
) -> tuple[DialWarning, ...]:
    """What speaks against it, for this employee."""
    rules = rooms.dial_rules()
    zone_of = rooms.asking.time_zone
    zone = zone_of(reckoned.number) if zone_of and reckoned.number else None
    marked = contact is not None and contact.custom.get(rules.do_not_call_field, "").strip().lower() in YES
    return warnings_of(reckoned, rules, own_devices=employee.devices, do_not_call=marked, now=rooms.now(), zone=zone)


def must_be_dialled(rooms: Rooms, employee: Employee, to: str) -> Reckoned:
    """A number that is transferred or forwarded to: what may not be dialled may not be reached so either.

    Raises `DialRefused`.
    """
    reckoned = reckon(to, rooms.contacts.plan)
    if reckoned.kind is not DialKind.EMERGENCY:
        refuse(reckoned, warnings_for(rooms, employee, reckoned, None))
    return reckoned


def _colleague(rooms: Rooms, reckoned: Reckoned) -> dict[str, Any] | None:
    """Who would be called inside, also by the number of their mobile twin."""
    twin = rooms.dial_rules().twin_of(reckoned.number)
    inside = twin if twin is not None else reckoned.to if reckoned.kind is DialKind.INTERNAL else None
    if inside is None:
        return None
    for found in rooms.roster.employees_at(DeviceId(inside)):
        return {"employee_id": found.employee_id, "name": found.name, "device": found.device}
    return None


async def _candidates(rooms: Rooms, sight: Sight, q: str) -> list[dict[str, Any]]:
    """Colleagues first, then cards: of each the first phone, and further ones by their place on the card."""
    if len(q) < FEWEST_TYPED:
        return []
    found: list[dict[str, Any]] = []
    folded = q.casefold()
    for employee in rooms.roster.employees():
        named = any(word.startswith(folded) for word in employee.name.casefold().split())
        if employee.devices and (named or employee.name.casefold().startswith(folded) or q in employee.devices):
            found.append(
                {
                    "name": employee.name,
                    "number": employee.devices[0],
                    "kind": "colleague",
                    "employee_id": employee.employee_id,
                }
            )
    if sight.may(Permission.CONTACTS_READ) and not (sight.numbers_masked and any(map(str.isdigit, q))):
        page = await rooms.contacts.search(q=q, limit=MOST_CANDIDATES, managers=sight.cards)
        for contact in page.items:
            for place, phone in enumerate(contact.phones[:3]):
                number = phone.number or phone.presented
                found.append(
                    {
                        "name": hidden_in(contact.name) if sight.numbers_masked else contact.name,
                        "number": hidden(number) if sight.numbers_masked else number,
                        "kind": "contact",
                        "contact_id": contact.contact_id,
                        "phone": place,
                    }
                )
    return found[:MOST_CANDIDATES]


async def _number_of(
    data: shapes.MakeCall, history: CallHistory, rooms: Rooms, sight: Sight
) -> tuple[str, ConversationId | None]:
    """What is to be dialled, and which conversation goes on by it: that of a call that nobody answered.

    Raises `Refusal` if it is not said in exactly one way, or is not theirs to see.
    """
    if data.missed_id is not None and data.number is None and data.call_id is None and data.contact_id is None:
        view = rooms.afterwards.view(data.missed_id)
        if view is None or not sight.sees_call(view.concerns):
            raise Refusal("not_found", "There is no such missed caller.")
        live = rooms.desk.recent_call(view.caller.last_call)
        record = live.record if live is not None else await rooms.ledger.call(view.caller.last_call)
        return view.caller.number, None if record is None else record.conversation_id
    if sum(given is not None for given in (data.number, data.call_id, data.contact_id)) != 1:
        raise Refusal("invalid_request", "Say one of `number`, `call_id`, `contact_id` and `missed_id`.")
    if data.number is not None:
        return data.number, None
    if data.call_id is not None:
        record = (await history.visible(sight, data.call_id)).record
        party = outsider(record)
        if party is None or (party.number or party.presented) is None:
            raise Refusal("number_invalid", "Nobody outside was in this call, or their number is withheld.")
        missed = record.direction is Direction.INBOUND and record.disposition is not Disposition.ANSWERED
        return party.number or party.presented or "", record.conversation_id if missed else None
    contact = await history.card(sight, data.contact_id or "")
    if not 0 <= data.phone < len(contact.phones):
        raise Refusal("number_invalid", "The card has no phone at this place.")
    phone = contact.phones[data.phone]
    return phone.number or phone.presented, None


def device_to_ring(rooms: Rooms, employee: Employee, wanted: str | None) -> DeviceId:
    """The device asked for, else the first of the employee's own that can ring. Raises `Refusal`."""
    if wanted is not None:
        if wanted not in employee.devices:
            raise Refusal("not_allowed", f"Device {wanted} is not yours.")
        return DeviceId(wanted)
    gone = {view.device for view in rooms.desk.devices() if view.state is DeviceState.UNREACHABLE}
    own = sorted(employee.devices, key=lambda device: device in gone)
    if not own:
        raise Refusal("no_device", "You have no device: ask your administrator to give you one.")
    return own[0]


def _device_or_none(rooms: Rooms, employee: Employee, wanted: str | None) -> DeviceId | None:
    try:
        return device_to_ring(rooms, employee, wanted)
    except Refusal:
        return None
