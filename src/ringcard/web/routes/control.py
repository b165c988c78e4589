"""Handling a call that goes on: services asked of the PBX, what became of them, and a device's forwarding."""

from __future__ import annotations

import re

from litestar import get, post, put
from litestar.params import FromPath, JSONBody

from ringcard.calls.causes import DeviceState
from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.calls.record import CallRecord
from ringcard.desk.control.dialling import reckon
from ringcard.desk.control.errors import TargetInvalid
from ringcard.desk.control.wanted import Wanted
from ringcard.pbx.connector import ForwardingKind, ListenMode, Service
from ringcard.people.model import Employee
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.web import control_shapes, masking, wire
from ringcard.web.access import needs
from ringcard.web.control_wire import request_as_json
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import TheActor, TheHistory, TheRooms, TheSession, TheSight
from ringcard.web.routes.dialling import IdempotencyKey, device_to_ring, must_be_dialled

MAKE = needs(Permission.CALLS_MAKE)
VOICEMAIL = "voicemail"

_DIGITS = re.compile(r"[0-9*#A-Da-d]{1,40}")
_NEEDS_TARGET = frozenset({Service.CONSULTATION_CALL, Service.SINGLE_STEP_TRANSFER_CALL, Service.DEFLECT_CALL})
_COMES_IN = frozenset({Service.DIRECTED_PICKUP_CALL, Service.SINGLE_STEP_CONFERENCE_CALL})


@post(
    "/calls/{call_id:str}/services",
    opt=MAKE,
    status_code=202,
    operation_id="askService",
    summary="Ask for a service of a call: hold, transfer, conference, …",
)
async def ask_service(
    call_id: FromPath[str],
    data: JSONBody[control_shapes.AskService],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
    sight: TheSight,
    actor: TheActor,
    idempotency_key: IdempotencyKey = None,
) -> control_shapes.ServiceRequest:
    """Accepted by the PBX, which is not done: the outcome follows on the live channel and at the request's address.

    Of one's own device in the call, but for DirectedPickupCall (what rings at a phone of one's teams, or is a call that
    one may see) and SingleStepConferenceCall (needs calls.monitor, and is in the audit trail).
    """
    service = Service(data.service)
    if service is Service.MAKE_CALL:
        raise Refusal("invalid_request", "Calls are made at POST /calls.")
    if service is not Service.DIRECTED_PICKUP_CALL:
        await history.visible(sight, call_id)
    record = rooms.handling.record(CallId(call_id))
    if service is Service.SINGLE_STEP_CONFERENCE_CALL and not sight.may(Permission.CALLS_MONITOR):
        raise Refusal("not_allowed", f"This needs the permission {Permission.CALLS_MONITOR}: ask your administrator.")
    if service is Service.GENERATE_DIGITS and not _DIGITS.fullmatch(data.digits or ""):
        raise Refusal("invalid_request", "`digits` are 1 to 40 of 0-9, *, # and A-D.")
    wanted = Wanted(
        service,
        None if data.device is None else DeviceId(data.device),
        _target(rooms, session.employee, record, service, data.to),
        data.digits,
        ListenMode(data.mode),
    )

    if service is Service.DIRECTED_PICKUP_CALL:
        _must_pick_up(rooms, sight, record, DeviceId(wanted.to or ""))

    async def ask() -> control_shapes.ServiceRequest:
        asked = await rooms.handling.ask(session.employee, CallId(call_id), wanted)
        return shown(sight, request_as_json(asked))

    if service is Service.SINGLE_STEP_CONFERENCE_CALL:
        await rooms.audit.note(
            "call.monitored",
            by=actor,
            kind="call",
            key=call_id,
            name=wanted.to or "",
            after={"mode": data.mode, "device": wanted.to or ""},
        )
    owner = session.employee.employee_id
    return await rooms.handling.once.answer(owner, idempotency_key, ("ask", call_id, data), ask)


@get(
    "/calls/{call_id:str}/services/{request_id:str}",
    opt=MAKE,
    operation_id="getServiceRequest",
    summary="What became of a service that one asked for",
)
async def get_request(
    call_id: FromPath[str], request_id: FromPath[str], rooms: TheRooms, session: TheSession, sight: TheSight
) -> control_shapes.ServiceRequest:
    found = rooms.handling.request(session.employee.employee_id, CallId(call_id), request_id)
    return shown(sight, request_as_json(found))


@post(
    "/devices/{device:str}/pick-up",
    opt=MAKE,
    status_code=202,
    operation_id="pickUpAtDevice",
    summary="Answer on one's own phone what rings at a colleague's",
)
async def pick_up(
    device: FromPath[str],
    data: JSONBody[control_shapes.PickUp],
    rooms: TheRooms,
    session: TheSession,
    sight: TheSight,
    idempotency_key: IdempotencyKey = None,
) -> control_shapes.ServiceRequest:
    """DirectedPickupCall without knowing the call: one sees that a colleague's phone rings, not who calls.

    Of whoever sits there in one of one's teams (of everybody, where the company has no teams), and of calls that one
    may see. The caller is shown once the call has come to one's own phone.
    """
    own = None if data.device is None else DeviceId(data.device)

    async def ask() -> control_shapes.ServiceRequest:
        record = rooms.handling.ringing_at(DeviceId(device))
        _must_pick_up(rooms, sight, record, DeviceId(device))
        wanted = Wanted(Service.DIRECTED_PICKUP_CALL, own, device)
        return shown(sight, request_as_json(await rooms.handling.ask(session.employee, record.call_id, wanted)))

    owner = session.employee.employee_id
    return await rooms.handling.once.answer(owner, idempotency_key, ("pick up", device, data), ask)


@put(
    "/devices/{device:str}/forwarding",
    opt=MAKE,
    status_code=204,
    operation_id="setForwarding",
    summary="Send a device's calls elsewhere, or end that",
)
async def set_forwarding(
    device: FromPath[str],
    data: JSONBody[control_shapes.Forwarding],
    rooms: TheRooms,
    session: TheSession,
    sight: TheSight,
) -> None:
    """One's own device; anybody's with people.manage."""
    own = _must_be_own(session.employee, sight, device)
    to = None
    if data.to is not None:
        if data.to == own:
            raise TargetInvalid("A phone cannot be forwarded to itself.", "to_itself")
        to = _number_or_device(rooms, session.employee, data.to)
        if own in rooms.desk.forwarded_from(DeviceId(to)):
            raise TargetInvalid(
                f"What comes to {to[:80]} is forwarded to {own}: calls would go in circles. End that first."
            )
    await rooms.handling.connector_of(own).set_forwarding(own, ForwardingKind(data.kind), to)


@put(
    "/devices/{device:str}/do-not-disturb",
    opt=MAKE,
    status_code=204,
    operation_id="setDoNotDisturb",
    summary="Let a device ring no more, or ring again",
)
async def set_do_not_disturb(
    device: FromPath[str],
    data: JSONBody[control_shapes.DoNotDisturb],
    rooms: TheRooms,
    session: TheSession,
    sight: TheSight,
) -> None:
    """One's own device; anybody's with people.manage."""
    own = _must_be_own(session.employee, sight, device)
    await rooms.handling.connector_of(own).set_do_not_disturb(own, data.on)


def shown(sight: Sight, value: dict[str, object]) -> control_shapes.ServiceRequest:
    """As whoever asks may see it."""
    return wire.shape(masking.for_sight(sight, masking.request, value), control_shapes.ServiceRequest)


def _must_pick_up(rooms: Rooms, sight: Sight, record: CallRecord, device: DeviceId) -> None:
    call = rooms.desk.recent_call(record.call_id)
    sitting = {each.employee_id for each in rooms.roster.employees_at(device)}
    if not sight.picks_up_for(sitting) and not (call is not None and sight.sees_call(call.concerns)):
        raise Refusal(
            "not_allowed",
            f"Device {device[:80]} is in none of your teams: only its own team picks up what rings there.",
        )


def _must_be_own(employee: Employee, sight: Sight, device: str) -> DeviceId:
    if device not in employee.devices and not sight.may(Permission.PEOPLE_MANAGE):
        raise Refusal("not_allowed", f"Device {device[:80]} is not yours.")
    return DeviceId(device)


def _target(rooms: Rooms, employee: Employee, record: CallRecord, service: Service, to: str | None) -> str | None:
    """Whom the service is about, as the PBX takes it. Raises `TargetInvalid`."""
    if service in _COMES_IN:
        if to is not None:
            return to
        here = [stint.device for stint in record.devices if stint.left_at is None]
        ringing = [stint.device for stint in record.devices if stint.left_at is None and stint.outcome is None]
        found = ringing if service is Service.DIRECTED_PICKUP_CALL else here
        if not found:
            raise TargetInvalid("Nobody's phone is in this call: it is over, or somebody else was faster.", "too_late")
        return found[0]
    if service not in _NEEDS_TARGET:
        return None
    if to is None:
        raise TargetInvalid("Say in `to` whom to call: a device or a number.")
    if to == VOICEMAIL:
        return _mailbox(rooms, employee, record)
    return _number_or_device(rooms, employee, to)


def _mailbox(rooms: Rooms, employee: Employee, record: CallRecord) -> str:
    own = next((stint.device for stint in record.devices if stint.device in employee.devices), None)
    mailbox = None if own is None else rooms.dial_rules().mailbox(own)
    if mailbox is None:
        raise TargetInvalid(
            "There are no mailboxes: your administrator says in [dialling] voicemail how to dial one.", "no_mailboxes"
        )
    return mailbox


def _number_or_device(rooms: Rooms, employee: Employee, to: str) -> str:
    """As the PBX takes it. Raises `TargetInvalid`, and `DialRefused` for a number that is not dialled here."""
    if rooms.roster.employees_at(DeviceId(to)) or to in {view.device for view in rooms.desk.devices()}:
        return to
    queue = rooms.dial_rules().queues.get(to)
    if queue is not None:
        return queue
    reckoned = reckon(to, rooms.contacts.plan)
    if reckoned.to is None and any(state.queue == to for state in rooms.queues.all()):
        raise queue_unknown(to)
    if reckoned.to is None:
        raise TargetInvalid(
            f"{to[:80]!r} is neither a device nor a number: choose a colleague or type a number.", "no_number"
        )
    return must_be_dialled(rooms, employee, to).to or to


def queue_unknown(queue: str) -> TargetInvalid:
    return TargetInvalid(f"[dialling] queues does not say how the queue {queue[:80]} is dialled.", "queue_unknown")


def device_of(rooms: Rooms, employee_id: str) -> DeviceId:
    """Where a colleague is reached: the first of their devices that can ring, rather an idle one. Raises `Refusal`."""
    employee = rooms.roster.get(employee_id)
    if employee is None or employee.disabled:
        raise Refusal("no_such_employee", "There is no such colleague.")
    states = {view.device: view.state for view in rooms.desk.devices()}
    own = sorted(
        employee.devices,
        key=lambda device: (
            states.get(device) is DeviceState.UNREACHABLE,
            states.get(device, DeviceState.IDLE) is not DeviceState.IDLE,
        ),
    )
    if not own:
        raise TargetInvalid(f"{employee.name} has no phone now: choose somebody else, or a number.", "no_phone_there")
    return own[0]


__all__ = [
    "ask_service",
    "device_of",
    "device_to_ring",
    "get_request",
    "pick_up",
    "queue_unknown",
    "set_do_not_disturb",
    "set_forwarding",
    "shown",
]
