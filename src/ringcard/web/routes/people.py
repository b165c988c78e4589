"""Employees for whoever manages them, passwords, and signing in at a device."""

from __future__ import annotations

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody

from ringcard.people.audit import Actor
from ringcard.people.model import DeviceTaken, Employee, employee_in_full
from ringcard.people.passwords import check_new_password
from ringcard.people.permissions import Permission, Reach, Rights
from ringcard.people.seats import How
from ringcard.people.sight import Sight
from ringcard.people.signin import SignInRefused, TooManyAttempts
from ringcard.web import people_shapes as people
from ringcard.web import shapes, wire
from ringcard.web.access import SELF, address_of, needs
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import AnyRequest, TheActor, TheRooms, TheSession, TheSight
from ringcard.web.routes.session import entered

MANAGE = needs(Permission.PEOPLE_MANAGE)


@get("/staff", opt=MANAGE, operation_id="listStaff", summary="Everybody, also who does not work here any more")
async def list_staff(rooms: TheRooms) -> people.StaffList:
    items = [employee_in_full(each) for each in await rooms.people.everybody()]
    return wire.shape({"items": items}, people.StaffList)


@get("/employees/{employee_id:str}", opt=MANAGE, operation_id="getEmployee", summary="One employee, in full")
async def get_employee(employee_id: FromPath[str], rooms: TheRooms) -> people.Staff:
    return _full(await rooms.people.get(employee_id))


@post("/employees", opt=MANAGE, operation_id="createEmployee", summary="Add an employee")
async def create_employee(
    data: JSONBody[people.NewEmployee], rooms: TheRooms, sight: TheSight, actor: TheActor
) -> people.Staff:
    must_be_mine_to_give(sight, await rooms.roles.get(data.role))
    password_hash = None
    if data.password is not None:
        check_new_password(data.password, data.login)
        password_hash = await rooms.passwords.hashed(data.password)
    made = await rooms.people.add(
        data.login,
        data.name,
        data.role,
        devices=data.devices,
        language=data.language,
        password_hash=password_hash,
        sign_in_code=data.sign_in_code,
        skills=data.skills,
    )
    await _changed(rooms, actor, "employee.added", made, after=employee_in_full(made))
    return _full(made)


@put("/employees/{employee_id:str}", opt=MANAGE, operation_id="changeEmployee", summary="Change an employee")
async def change_employee(
    employee_id: FromPath[str],
    data: JSONBody[people.EmployeeChange],
    rooms: TheRooms,
    sight: TheSight,
    actor: TheActor,
) -> people.Staff:
    """Counts at once: open screens show what may be seen now, a disabled employee is signed out."""
    held = await rooms.people.get(employee_id)
    must_be_mine_to_give(sight, held.rights)
    must_be_mine_to_give(sight, await rooms.roles.get(data.role))
    changed = await rooms.people.change(
        employee_id,
        data.version,
        name=data.name,
        role=data.role,
        devices=data.devices,
        language=data.language,
        sign_in_code=data.sign_in_code,
        skills=data.skills,
        disabled=data.disabled,
    )
    before, after = employee_in_full(held), employee_in_full(changed)
    await _changed(rooms, actor, "employee.changed", changed, before=before, after=after)
    return _full(changed)


@put(
    "/employees/{employee_id:str}/password",
    status_code=204,
    opt=MANAGE,
    operation_id="resetPassword",
    summary="Give an employee a new password",
)
async def reset_password(
    employee_id: FromPath[str], data: JSONBody[people.NewPassword], rooms: TheRooms, sight: TheSight, actor: TheActor
) -> None:
    """Ends their sessions."""
    employee = await rooms.people.get(employee_id)
    must_be_mine_to_give(sight, employee.rights)
    check_new_password(data.password, employee.login)
    await rooms.people.set_password_hash(employee_id, await rooms.passwords.hashed(data.password))
    rooms.feed.end_sessions_of(employee_id)
    await _changed(rooms, actor, "employee.password_reset", employee)


@put("/session/password", opt=SELF, operation_id="changePassword", summary="Change one's own password")
async def change_password(
    data: JSONBody[people.OwnPassword],
    request: AnyRequest,
    rooms: TheRooms,
    session: TheSession,
    actor: TheActor,
) -> Response[shapes.Me]:
    """Ends every session of one's own but this one, which goes on with new cookies."""
    employee, address = session.employee, address_of(request)
    try:
        await rooms.sign_in.prove(employee.login, data.old, address)
    except SignInRefused as error:
        raise Refusal("sign_in_refused", "The old password is wrong.") from error
    except TooManyAttempts as error:
        retry = {"Retry-After": str(error.retry_after_s)}
        raise Refusal("too_many_attempts", f"Try again in {error.retry_after_s} seconds.", headers=retry) from error
    check_new_password(data.new, employee.login)
    await rooms.people.set_password_hash(employee.employee_id, await rooms.passwords.hashed(data.new))
    rooms.feed.end_sessions_of(employee.employee_id)
    await rooms.audit.note(
        "employee.password_changed", by=actor, kind="employee", key=employee.employee_id, name=employee.name
    )
    return entered(await rooms.sign_in.sign_in(employee.login, data.new, address), request)


@post("/devices/{device:str}/sign-in", opt=SELF, operation_id="signInAtDevice", summary="Answer at this device")
async def sign_in_at_device(
    device: FromPath[str],
    data: JSONBody[people.SignInAtDevice],
    rooms: TheRooms,
    session: TheSession,
    sight: TheSight,
    actor: TheActor,
) -> shapes.EmployeeList:
    """Whoever was signed in there is not any more; calls before stay with whom they were."""
    whom = session.employee.employee_id if data.employee_id is None else data.employee_id
    if whom != session.employee.employee_id and not sight.may(Permission.PEOPLE_MANAGE):
        raise Refusal("not_allowed", "Only who manages people signs others in.")
    before = await rooms.seats.sign_in(whom, device, How.WEB, rooms.now())
    await _seated(rooms, actor, "device.signed_in", device, before, whom)
    return _at(rooms, device)


@delete(
    "/devices/{device:str}/sign-in",
    status_code=200,
    opt=SELF,
    operation_id="signOutAtDevice",
    summary="Answer at this device no more",
)
async def sign_out_at_device(
    device: FromPath[str], rooms: TheRooms, session: TheSession, sight: TheSight, actor: TheActor
) -> shapes.EmployeeList:
    signed_in = {str(each.device): each.employee_id for each in await rooms.seats.signed_in()}.get(device)
    if signed_in not in (None, session.employee.employee_id) and not sight.may(Permission.PEOPLE_MANAGE):
        raise DeviceTaken(f"somebody else is signed in at device {device[:80]}")
    before = await rooms.seats.sign_out(device, rooms.now())
    if before is not None:
        await _seated(rooms, actor, "device.signed_out", device, before, None)
    return _at(rooms, device)


def must_be_mine_to_give(sight: Sight, rights: Rights) -> None:
    """Raises `Refusal` if the role allows more than whoever gives it has: nobody raises themselves by another."""
    beyond = rights.permissions - sight.permissions
    if beyond:
        raise Refusal("not_allowed", f"You cannot give or change what you do not have: {', '.join(sorted(beyond))}.")
    sees_more = (
        (rights.calls is Reach.ALL and sight.calls is not None)
        or (rights.cards is Reach.ALL and sight.cards is not None)
        or (sight.numbers_masked and not rights.numbers_masked)
    )
    if sees_more:
        raise Refusal("not_allowed", "You cannot give or change what sees more than you do.")


def _full(employee: Employee) -> people.Staff:
    return wire.shape(employee_in_full(employee), people.Staff)


def _at(rooms: Rooms, device: str) -> shapes.EmployeeList:
    """Who answers there now."""
    there = [each for each in rooms.roster.employees() if device.strip() in each.devices]
    return shapes.EmployeeList(
        items=[
            shapes.Employee(
                employee_id=each.employee_id, name=each.name, role=each.role, devices=list(map(str, each.devices))
            )
            for each in there
        ]
    )


async def _changed(
    rooms: Rooms,
    actor: Actor,
    action: str,
    employee: Employee,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    await rooms.staff_changed()
    await rooms.audit.note(
        action, by=actor, kind="employee", key=employee.employee_id, name=employee.name, before=before, after=after
    )


async def _seated(rooms: Rooms, actor: Actor, action: str, device: str, before: str | None, after: str | None) -> None:
    await rooms.staff_changed()
    was, becomes = {"employee_id": before}, {"employee_id": after}
    await rooms.audit.note(action, by=actor, kind="device", key=device.strip(), before=was, after=becomes)
