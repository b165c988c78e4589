"""Handing a call over with the card, and what travels with a conversation: the note being typed, and its data."""

from __future__ import annotations

from litestar import get, post, put
from litestar.params import FromPath, JSONBody

from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.desk.control.dialling import reckon
from ringcard.desk.control.errors import TargetInvalid
from ringcard.desk.handover.packet import Receiver
from ringcard.people.model import Employee
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.web import control_shapes, masking, wire
from ringcard.web.access import needs
from ringcard.web.control_wire import data_as_json, draft_as_json, handover_as_json
from ringcard.web.history import CallHistory
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import TheHistory, TheRooms, TheSession, TheSight
from ringcard.web.routes.control import device_of, queue_unknown
from ringcard.web.routes.dialling import IdempotencyKey, must_be_dialled

MAKE = needs(Permission.CALLS_MAKE)


@post(
    "/calls/{call_id:str}/handover",
    opt=MAKE,
    status_code=202,
    operation_id="handOver",
    summary="Hand a call over together with the card and a note",
)
async def hand_over(
    call_id: FromPath[str],
    data: JSONBody[control_shapes.NewHandover],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
    sight: TheSight,
    idempotency_key: IdempotencyKey = None,
) -> control_shapes.Handover:
    """The note is kept first, then the PBX is asked: the receiver has it on screen while it rings.

    `blind` at once, `ask_first` by asking the receiver while the customer waits. What rings is sent on unanswered.
    """
    await history.visible(sight, call_id)
    receiver, to = _receiver(rooms, session.employee, data.to)

    async def hand() -> control_shapes.Handover:
        handover = await rooms.handling.hand_over(
            session.employee,
            CallId(call_id),
            receiver,
            to,
            asks=data.how == "ask_first",
            note=data.note,
            reason=data.reason,
        )
        value = masking.for_sight(sight, masking.handover, handover_as_json(handover))
        return wire.shape(value, control_shapes.Handover)

    owner = session.employee.employee_id
    return await rooms.handling.once.answer(owner, idempotency_key, ("hand over", call_id, data), hand)


@get(
    "/handover/places",
    opt=MAKE,
    operation_id="handoverPlaces",
    summary="Where a call can go besides people",
)
async def handover_places(rooms: TheRooms) -> control_shapes.HandoverPlaces:
    """What the settings say how to dial; the desk greys the rest, with the reason."""
    rules = rooms.dial_rules()
    known = {state.queue for state in rooms.queues.all()} | set(rules.queues)
    return control_shapes.HandoverPlaces(
        sorted(queue for queue in known if rules.queue_at(queue) is not None), bool(rules.voicemail)
    )


@post(
    "/calls/{call_id:str}/handover/{handover_id:str}/read",
    opt=MAKE,
    status_code=204,
    operation_id="handoverRead",
    summary="Say that one has read what came with a call",
)
async def handover_read(
    call_id: FromPath[str], handover_id: FromPath[str], rooms: TheRooms, session: TheSession
) -> None:
    """By the receiver. A browser that confirms its pop as shown says the same."""
    rooms.handling.read(handover_id, CallId(call_id), session.employee.employee_id)


@get(
    "/calls/{call_id:str}/note",
    opt=MAKE,
    operation_id="getNoteDraft",
    summary="The note that one is typing about a call",
)
async def get_note(
    call_id: FromPath[str], rooms: TheRooms, history: TheHistory, session: TheSession, sight: TheSight
) -> control_shapes.NoteDraft:
    """Of the conversation: it goes on over transfers and returns."""
    record = (await history.visible(sight, call_id)).record
    draft = rooms.handling.notes.one(record.conversation_id, session.employee.employee_id)
    return wire.shape(draft_as_json(draft), control_shapes.NoteDraft)


@put(
    "/calls/{call_id:str}/note",
    opt=MAKE,
    operation_id="putNoteDraft",
    summary="Save the note as it is typed",
)
async def put_note(
    call_id: FromPath[str],
    data: JSONBody[control_shapes.TypedNote],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
    sight: TheSight,
) -> control_shapes.NoteDraft:
    """Kept when this is answered. When the call is over it becomes a note of the card."""
    record = (await history.visible(sight, call_id)).record
    draft = await rooms.handling.type_note(
        record.call_id, record.conversation_id, session.employee.employee_id, data.text, data.version
    )
    return wire.shape(draft_as_json(draft), control_shapes.NoteDraft)


@get(
    "/conversations/{conversation_id:str}/data",
    opt=needs(Permission.CALLS_READ),
    operation_id="getCallData",
    summary="What programs and the dialplan say of a conversation",
)
async def get_call_data(
    conversation_id: FromPath[str], rooms: TheRooms, history: TheHistory, sight: TheSight
) -> control_shapes.CallData:
    await _must_see(history, rooms, sight, conversation_id)
    return _data(sight, await _held(rooms, conversation_id))


@put(
    "/conversations/{conversation_id:str}/data",
    opt=MAKE,
    operation_id="putCallData",
    summary="Set and remove keys of a conversation's data",
)
async def put_call_data(
    conversation_id: FromPath[str],
    data: JSONBody[control_shapes.CallDataChange],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
    sight: TheSight,
) -> control_shapes.CallData:
    """At most 64 keys, 4 kB a value, 16 kB in all. `version` is the one that was read."""
    await _must_see(history, rooms, sight, conversation_id)
    changed = await rooms.handling.change_data(
        ConversationId(conversation_id), data.put, data.remove, by=session.employee.name, version=data.version
    )
    return _data(sight, data_as_json(changed))


async def _must_see(history: CallHistory, rooms: Rooms, sight: Sight, conversation_id: str) -> None:
    """Raises `Refusal` unless one may see a call of it: one that goes on, or the first, which it is named after."""
    for call in rooms.desk.recent_calls():
        if call.record.conversation_id == conversation_id and sight.sees_call(call.concerns):
            return
    await history.visible(sight, conversation_id)


async def _held(rooms: Rooms, conversation_id: str) -> dict[str, object]:
    return data_as_json(await rooms.handling.data.of(ConversationId(conversation_id)))


def _data(sight: Sight, value: dict[str, object]) -> control_shapes.CallData:
    return wire.shape(masking.for_sight(sight, masking.data, value), control_shapes.CallData)


def _receiver(rooms: Rooms, employee: Employee, to: control_shapes.HandoverTo) -> tuple[Receiver, str]:
    """Who gets it, and what the PBX is given to reach them. Raises `Refusal`, `TargetInvalid`."""
    if sum(given is not None for given in (to.employee_id, to.device, to.queue, to.number)) != 1:
        raise Refusal("invalid_request", "Say one of `employee_id`, `device`, `queue` and `number`.")
    if to.queue is not None:
        extension = rooms.dial_rules().queue_at(to.queue)
        if extension is None:
            raise queue_unknown(to.queue)
        return Receiver(name=to.queue, queue=to.queue), extension
    if to.number is not None:
        reckoned = reckon(to.number, rooms.contacts.plan)
        if reckoned.to is None:
            raise TargetInvalid(f"{to.number[:80]!r} is no number that can be dialled.", "no_number")
        if not rooms.roster.employees_at(DeviceId(reckoned.to)):
            must_be_dialled(rooms, employee, to.number)
            return Receiver(name=reckoned.to, number=reckoned.number), reckoned.to
        device = DeviceId(reckoned.to)
    elif to.employee_id is not None:
        device = device_of(rooms, to.employee_id)
        colleague = rooms.roster.get(to.employee_id)
        return Receiver(to.employee_id, colleague.name if colleague else "", device), device
    else:
        device = DeviceId(to.device or "")
    there = next(iter(rooms.roster.employees_at(device)), None)
    if there is None and device not in {view.device for view in rooms.desk.devices()}:
        raise TargetInvalid(f"There is no device {device[:80]}.", "no_such_device")
    return Receiver(there.employee_id if there else None, there.name if there else device, device), device
