"""Presence: what everybody does now, what one chooses oneself, and the queues."""

from __future__ import annotations

from litestar import get, post, put
from litestar.params import FromPath, JSONBody

from ringcard.desk.presence.states import AgentState, Source
from ringcard.people.model import Employee
from ringcard.people.permissions import Permission
from ringcard.web import presence_shapes as shapes
from ringcard.web import wire
from ringcard.web.access import needs
from ringcard.web.presence_wire import presence_as_json, queue_for, sees_presence, told_as_json
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import TheActor, TheRooms, TheSession, TheSight


@get("/presence", opt=needs(Permission.PEOPLE_READ), operation_id="listPresence", summary="What everybody does now")
async def list_presence(rooms: TheRooms, sight: TheSight) -> shapes.PresenceList:
    items = [presence_as_json(each) for each in rooms.presences.all() if sees_presence(sight, each.employee_id)]
    return wire.shape({"items": items}, shapes.PresenceList)


@put("/presence", opt=needs(Permission.CALLS_MAKE), operation_id="setPresence", summary="I am ready, or not and why")
async def set_presence(data: JSONBody[shapes.SetPresence], rooms: TheRooms, session: TheSession) -> shapes.PresenceTold:
    """It counts at once, while one talks from the end of the call on.

    `queues` says what became of telling the PBX's queues: `later` if it cannot be reached now; the state is kept, and
    told when it is back.
    """
    return await _put(rooms, session.employee, data, Source.EMPLOYEE)


@post(
    "/presence/extend",
    opt=needs(Permission.CALLS_MAKE),
    status_code=200,
    operation_id="extendAfterCall",
    summary="After-call work takes longer",
)
async def extend_after_call(
    data: JSONBody[shapes.ExtendAfterCall], rooms: TheRooms, session: TheSession
) -> shapes.Presence:
    """By `seconds`; it ends an hour from now at the latest."""
    return wire.shape(presence_as_json(rooms.presences.extend(session.employee, data.seconds)), shapes.Presence)


@get(
    "/presence/reasons",
    opt=needs(Permission.CALLS_MAKE),
    operation_id="listReasons",
    summary="Why somebody in my teams may be not ready",
)
async def list_reasons(rooms: TheRooms, session: TheSession) -> shapes.ReasonList:
    return wire.shape({"items": list(rooms.presences.reasons_for(session.employee))}, shapes.ReasonList)


@put(
    "/employees/{employee_id:str}/presence",
    opt=needs(Permission.PRESENCE_MANAGE),
    operation_id="setPresenceOf",
    summary="A colleague is ready, or not and why",
)
async def set_presence_of(
    employee_id: FromPath[str],
    data: JSONBody[shapes.SetPresence],
    rooms: TheRooms,
    sight: TheSight,
    actor: TheActor,
) -> shapes.PresenceTold:
    """Of those whose calls one's role shows; in the audit trail."""
    employee = rooms.roster.get(employee_id)
    if employee is None or employee.disabled or not sight.sees_call((employee_id,)):
        raise Refusal("no_such_employee", "There is no such colleague, or they are not in your teams.")
    before = rooms.presences.of(employee_id)
    answer = await _put(rooms, employee, data, Source.SUPERVISOR)
    await rooms.audit.note(
        "employee.presence_set",
        by=actor,
        kind="employee",
        key=employee_id,
        name=employee.name,
        before=None if before is None else {"state": before.state.value, "reason": before.reason},
        after={"state": data.state, "reason": data.reason},
    )
    return answer


@get("/queues", opt=needs(Permission.PEOPLE_READ), operation_id="listQueues", summary="The queues, and who waits")
async def list_queues(rooms: TheRooms, sight: TheSight) -> shapes.QueueList:
    return wire.shape({"items": [queue_for(sight, each) for each in rooms.queue_board.all()]}, shapes.QueueList)


async def _put(rooms: Rooms, employee: Employee, data: shapes.SetPresence, source: Source) -> shapes.PresenceTold:
    if not employee.devices:
        raise Refusal(
            "no_device", f"{employee.name} has no phone now: sign in at one, or ask the administrator for one."
        )
    view, told = await rooms.presences.put(employee, AgentState(data.state), data.reason, source)
    return wire.shape(told_as_json(view, told), shapes.PresenceTold)
