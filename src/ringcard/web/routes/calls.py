"""Calls: the history, live ones included, why a screen showed what it did, and making one."""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from ringcard.calls.causes import DeviceState
from ringcard.calls.identifiers import DeviceId
from ringcard.desk.pops import outsider
from ringcard.pbx.connector import Connector, LinkDown, LinkState
from ringcard.people.model import Employee
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.web import masking, shapes, wire
from ringcard.web.access import needs
from ringcard.web.history import CallHistory
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import Before, Limit, TheHistory, TheRooms, TheSession, TheSight

Device = Annotated[str | None, QueryParameter(max_length=80, description="Only calls that this device took part in.")]


@get(
    "/calls",
    opt=needs(Permission.CALLS_READ),
    operation_id="listCalls",
    summary="Calls, newest start first, live ones included",
)
async def list_calls(
    history: TheHistory, sight: TheSight, limit: Limit = 50, before: Before = None, device: Device = None
) -> shapes.CallPage:
    """Those of the employees whose calls one's role shows: the own, the teams', or all."""
    items, following = await history.page(sight, device=device, limit=limit, before=before)
    items = [masking.for_sight(sight, masking.call, item) for item in items]
    return wire.shape({"items": items, "next": following}, shapes.CallPage)


@get("/calls/{call_id:str}", opt=needs(Permission.CALLS_READ), operation_id="getCall", summary="One call")
async def get_call(call_id: FromPath[str], history: TheHistory, sight: TheSight) -> shapes.CallRecord:
    return wire.shape(masking.for_sight(sight, masking.call, await history.call(sight, call_id)), shapes.CallRecord)


@get(
    "/calls/{call_id:str}/why",
    opt=needs(Permission.CALLS_READ),
    operation_id="getWhy",
    summary="What each screen showed, from where, how fast",
)
async def get_why(call_id: FromPath[str], history: TheHistory, sight: TheSight) -> shapes.Why:
    pops = [
        masking.for_sight(sight, masking.why, wire.pop_why_as_json(why)) for why in await history.why(sight, call_id)
    ]
    return wire.shape({"call_id": call_id, "pops": pops}, shapes.Why)


@post(
    "/calls",
    opt=needs(Permission.CALLS_MAKE),
    status_code=202,
    operation_id="makeCall",
    summary="Ring one's own device, then dial a number",
)
async def make_call(
    data: JSONBody[shapes.MakeCall], rooms: TheRooms, history: TheHistory, session: TheSession, sight: TheSight
) -> shapes.CallStarted:
    """Accepted; what becomes of it follows on the live channel.

    Either `number` is dialled, or whoever was outside in the call `call_id`, or the phone at place `phone` of the card
    `contact_id`: somebody who does not see numbers calls back by these.
    """
    device = _device_to_ring(rooms, session.employee, data.device)
    wanted = await _number_of(data, history, rooms, sight)
    plan = rooms.contacts.plan
    number = plan.parse(wanted) or plan.dial(wanted).dialled
    if number is None:
        shown = "This" if sight.numbers_masked else repr(wanted)
        raise Refusal("number_invalid", f"{shown} is no number that can be dialled.")
    call_id = await _connector_of(rooms, device).make_call(device, number)
    return shapes.CallStarted(call_id=call_id)


async def _number_of(data: shapes.MakeCall, history: CallHistory, rooms: Rooms, sight: Sight) -> str:
    """What is to be dialled. Raises `Refusal` if it is not said in exactly one way, or is not theirs to see."""
    if sum(given is not None for given in (data.number, data.call_id, data.contact_id)) != 1:
        raise Refusal("invalid_request", "Say one of `number`, `call_id` and `contact_id`.")
    if data.number is not None:
        return data.number
    if data.call_id is not None:
        party = outsider((await history.visible(sight, data.call_id)).record)
        if party is None or (party.number or party.presented) is None:
            raise Refusal("number_invalid", "Nobody outside was in this call, or their number is withheld.")
        return party.number or party.presented or ""
    contact = await history.card(sight, data.contact_id or "")
    if not 0 <= data.phone < len(contact.phones):
        raise Refusal("number_invalid", "The card has no phone at this place.")
    phone = contact.phones[data.phone]
    return phone.number or phone.presented


def _device_to_ring(rooms: Rooms, employee: Employee, wanted: str | None) -> DeviceId:
    """The device asked for, else the first of the employee's own that can ring."""
    if wanted is not None:
        if wanted not in employee.devices:
            raise Refusal("not_allowed", f"Device {wanted} is not yours.")
        return DeviceId(wanted)
    gone = {view.device for view in rooms.desk.devices() if view.state is DeviceState.UNREACHABLE}
    own = sorted(employee.devices, key=lambda device: device in gone)
    if not own:
        raise Refusal("no_device", "You have no device: ask your administrator to give you one.")
    return own[0]


def _connector_of(rooms: Rooms, device: DeviceId) -> Connector:
    """The PBX that has told of the device, else the first that is there."""
    connectors = rooms.connectors()
    for view in rooms.desk.devices():
        if view.device == device and view.pbx in connectors:
            return connectors[view.pbx]
    up = [connector for connector in connectors.values() if connector.status.state is LinkState.UP]
    if not up:
        raise LinkDown("There is no connection to a PBX now; the call was not made.")
    return up[0]
