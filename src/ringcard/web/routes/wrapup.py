"""After the call: what it came to, and who returns a missed one."""

from __future__ import annotations

from litestar import get, put
from litestar.params import FromPath, JSONBody

from ringcard.calls.identifiers import CallId
from ringcard.calls.record import moment
from ringcard.desk.wrapup.outcomes import CallOutcome, outcomes_for
from ringcard.people.model import Employee
from ringcard.people.permissions import Permission
from ringcard.web import control_shapes, masking, shapes, wire
from ringcard.web.access import needs
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import TheHistory, TheRooms, TheSession, TheSight


@get(
    "/outcomes",
    opt=needs(Permission.CALLS_MAKE),
    operation_id="listOutcomes",
    summary="What a call can have come to, in my teams",
)
async def list_outcomes(rooms: TheRooms, session: TheSession) -> control_shapes.CallOutcomes:
    found = await _outcomes(rooms, session.employee)
    return wire.shape(
        {"items": [{"outcome": each.outcome, "label": each.label} for each in found]}, control_shapes.CallOutcomes
    )


@put(
    "/calls/{call_id:str}/wrap-up",
    opt=needs(Permission.CALLS_MAKE),
    status_code=204,
    operation_id="wrapUp",
    summary="Write what a call came to",
)
async def wrap_up(
    call_id: FromPath[str],
    data: JSONBody[control_shapes.WrapUp],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
    sight: TheSight,
) -> None:
    """The note goes to the caller's card; what was being typed is settled. Saved again, it is changed."""
    call = await history.visible(sight, call_id)
    if session.employee.employee_id not in call.concerns:
        raise Refusal("not_allowed", "This was a colleague's call: its outcome is theirs to say.")
    if data.outcome is not None:
        known = {each.outcome for each in await _outcomes(rooms, session.employee)}
        if data.outcome not in known:
            raise Refusal("invalid_request", "There is no such outcome in your teams: see GET /outcomes.")
    record = call.record
    await rooms.wrap_ups.put(
        record.call_id,
        record.conversation_id,
        session.employee.employee_id,
        outcome=data.outcome,
        note=data.note,
        order_number=(data.order_number or "").strip() or None,
    )
    rooms.desk.refresh(record.conversation_id)


@get(
    "/calls/{call_id:str}/wrap-up",
    opt=needs(Permission.CALLS_READ),
    operation_id="listWrapUps",
    summary="What a call came to, by who wrote it",
)
async def list_wrap_ups(
    call_id: FromPath[str], rooms: TheRooms, history: TheHistory, sight: TheSight
) -> control_shapes.WrapUpList:
    await history.visible(sight, call_id)
    labels = {each.outcome: each.label for each in rooms.outcomes()}
    items = []
    for each in await rooms.wrap_ups.of(CallId(call_id)):
        employee = rooms.roster.get(each.employee_id)
        value = {
            "employee_id": each.employee_id,
            "employee": None if employee is None else employee.name,
            "outcome": each.outcome,
            "label": None if each.outcome is None else labels.get(each.outcome),
            "note": each.note,
            "order_number": each.order_number,
            "at": moment(each.at),
        }
        shown = masking.for_sight(sight, masking.note, value)
        items.append(shown | {"order_number": each.order_number})
    return wire.shape({"items": items}, control_shapes.WrapUpList)


@put(
    "/missed/{missed_id:str}/assignee",
    opt=needs(Permission.CALLS_READ),
    operation_id="assignMissed",
    summary="Say who returns a missed call",
)
async def assign_missed(
    missed_id: FromPath[str],
    data: JSONBody[control_shapes.Assignee],
    rooms: TheRooms,
    sight: TheSight,
) -> shapes.MissedCaller:
    """Oneself, or a colleague: from then on it is in their list too. null: whoever comes first."""
    view = rooms.afterwards.view(missed_id)
    if view is None or not sight.sees_call(view.concerns):
        raise Refusal("not_found", "There is no such missed caller.")
    if data.employee_id is not None:
        employee = rooms.roster.get(data.employee_id)
        if employee is None or employee.disabled:
            raise Refusal("no_such_employee", "There is no such colleague.")
    assigned = rooms.afterwards.assign(missed_id, data.employee_id)
    if assigned is None:
        raise Refusal("not_found", "There is no such missed caller.")
    return wire.shape(masking.for_sight(sight, masking.missed, wire.missed_as_json(assigned)), shapes.MissedCaller)


async def _outcomes(rooms: Rooms, employee: Employee) -> tuple[CallOutcome, ...]:
    mine = {*employee.teams, *employee.leads}
    names = {team.name for team in await rooms.teams.all() if team.team_id in mine} if mine else set()
    return outcomes_for(rooms.outcomes(), names)
