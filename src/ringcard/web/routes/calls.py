"""Calls: the history, live ones included, why a screen showed what it did, and making one."""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from ringcard.calls.causes import DeviceState
from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.connector import Connector, LinkDown, LinkState
from ringcard.people.model import Employee
from ringcard.people.permissions import Permission
from ringcard.web import shapes, wire
from ringcard.web.access import needs
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import Before, Limit, TheHistory, TheRooms, TheSession

Device = Annotated[str | None, QueryParameter(max_length=80, description="Only calls that this device took part in.")]


@get(
    "/calls",
    opt=needs(Permission.CALLS_READ),
    operation_id="listCalls",
    summary="Calls, newest start first, live ones included",
)
async def list_calls(
    history: TheHistory, session: TheSession, limit: Limit = 50, before: Before = None, device: Device = None
) -> shapes.CallPage:
    """An employee sees the calls of the own devices, supervisors and administrators all."""
    items, following = await history.page(session.employee, device=device, limit=limit, before=before)
    return wire.shape({"items": items, "next": following}, shapes.CallPage)


@get("/calls/{call_id:str}", opt=needs(Permission.CALLS_READ), operation_id="getCall", summary="One call")
async def get_call(call_id: FromPath[str], history: TheHistory, session: TheSession) -> shapes.CallRecord:
    return wire.shape(await history.call(session.employee, call_id), shapes.CallRecord)


@get(
    "/calls/{call_id:str}/why",
    opt=needs(Permission.CALLS_READ),
    operation_id="getWhy",
    summary="What each screen showed, from where, how fast",
)
async def get_why(call_id: FromPath[str], history: TheHistory, session: TheSession) -> shapes.Why:
    pops = [wire.pop_why_as_json(why) for why in await history.why(session.employee, call_id)]
    return wire.shape({"call_id": call_id, "pops": pops}, shapes.Why)


@post(
    "/calls",
    opt=needs(Permission.CALLS_MAKE),
    status_code=202,
    operation_id="makeCall",
    summary="Ring one's own device, then dial a number",
)
async def make_call(data: JSONBody[shapes.MakeCall], rooms: TheRooms, session: TheSession) -> shapes.CallStarted:
    """Accepted; what becomes of it follows on the live channel."""
    device = _device_to_ring(rooms, session.employee, data.device)
    plan = rooms.contacts.plan
    number = plan.parse(data.number) or plan.dial(data.number).dialled
    if number is None:
        raise Refusal("number_invalid", f"{data.number!r} is no number that can be dialled.")
    call_id = await _connector_of(rooms, device).make_call(device, number)
    return shapes.CallStarted(call_id=call_id)


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
