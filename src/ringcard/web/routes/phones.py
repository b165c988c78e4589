"""One's own phones: where one answers, where one could sign in, and the code that is dialled for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from litestar import get, put
from litestar.params import JSONBody
from msgspec import Meta

from ringcard.calls.identifiers import DeviceId
from ringcard.calls.record import moment
from ringcard.pbx.connector import Hindrance, LinkDown, Service
from ringcard.people.audit import Actor
from ringcard.people.model import Employee
from ringcard.people.seats import SignedInAt
from ringcard.web.access import SELF
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import TheActor, TheRooms, TheSession
from ringcard.web.shapes import EmployeeReference, Moment, Shape


class OwnPhone(Shape):
    """A phone that is mine, or where I am signed in, or could be."""

    device: str
    mine: bool
    """It is mine: alone, or with others in shifts."""
    shared_with: list[str]
    """The names of those whose it is, too."""
    answers_here: bool
    """Calls to it are on my screen now."""
    signed_in: EmployeeReference | None
    """Who signed in at it; null while nobody did."""
    since: Moment | None
    how: Annotated[str, Meta(extra_json_schema={"enum": ["web", "code"]})] | None
    do_not_disturb_hindrance: str | None
    """Why this phone cannot be told not to ring, as in `controls` of a pop; null if it can."""
    forwarding_hindrance: str | None
    """The same of its forwarding."""


class OwnPhones(Shape):
    sign_in_code: str | None
    items: list[OwnPhone]


class OwnCode(Shape, forbid_unknown_fields=True):
    """Null: no code any more."""

    code: Annotated[str, Meta(max_length=16)] | None


@get("/session/phones", opt=SELF, operation_id="listOwnPhones", summary="Where I answer, and where I could")
async def list_own_phones(rooms: TheRooms, session: TheSession) -> OwnPhones:
    """Mine first, then those where I am signed in, then those that are nobody's own."""
    return await _phones(rooms, session.employee)


@put("/session/sign-in-code", opt=SELF, operation_id="setOwnCode", summary="Choose one's own code to dial at a phone")
async def set_own_code(data: JSONBody[OwnCode], rooms: TheRooms, session: TheSession, actor: TheActor) -> OwnPhones:
    """A code that somebody else has is refused; so that nobody finds codes out by trying, only so many are taken."""
    employee = session.employee
    wait_s = rooms.own_codes.retry_after_s(employee.employee_id, rooms.timer())
    if wait_s:
        retry = {"Retry-After": str(wait_s)}
        raise Refusal("too_many_attempts", f"Try again in {wait_s} seconds.", headers=retry)
    rooms.own_codes.note(employee.employee_id, rooms.timer())
    changed = await rooms.people.set_sign_in_code(employee.employee_id, data.code)
    await _told(rooms, actor, changed, employee.sign_in_code)
    return await _phones(rooms, changed)


async def _told(rooms: Rooms, actor: Actor, employee: Employee, before: str | None) -> None:
    await rooms.staff_changed()
    await rooms.audit.note(
        "employee.code_changed",
        by=actor,
        kind="employee",
        key=employee.employee_id,
        name=employee.name,
        before={"has_code": before is not None},
        after={"has_code": employee.sign_in_code is not None},
    )


async def _phones(rooms: Rooms, me: Employee) -> OwnPhones:
    everybody = [each for each in await rooms.people.everybody() if not each.disabled]
    signed_in = {str(each.device): each for each in await rooms.seats.signed_in()}
    owners: dict[str, list[Employee]] = {}
    for each in everybody:
        for device in each.assigned:
            owners.setdefault(str(device), []).append(each)
    names = {each.employee_id: each.name for each in everybody}
    known = {str(each.device) for each in rooms.desk.devices()} | owners.keys() | signed_in.keys()
    mine = [device for device in known if _theirs(owners.get(device, ()), me)]
    here = [device for device in known if device not in mine and _is(signed_in.get(device), me)]
    # At one other's own phone nobody can sign in, so it is not offered.
    free = [device for device in known if device not in {*mine, *here} and len(owners.get(device, ())) != 1]
    return OwnPhones(
        sign_in_code=me.sign_in_code,
        items=[
            _phone(rooms, device, me, owners.get(device, ()), signed_in.get(device), names)
            for group in (mine, here, free)
            for device in sorted(group)
        ],
    )


def _theirs(owners: Sequence[Employee], me: Employee) -> bool:
    return any(each.employee_id == me.employee_id for each in owners)


def _is(signed_in: SignedInAt | None, me: Employee) -> bool:
    return signed_in is not None and signed_in.employee_id == me.employee_id


def _hindrance(rooms: Rooms, device: str, service: Service) -> str | None:
    try:
        hindrance = rooms.handling.connector_of(DeviceId(device)).hindrance(service, None, DeviceId(device))
    except LinkDown:
        hindrance = Hindrance.LINK_DOWN
    return None if hindrance is None else hindrance.value


def _phone(
    rooms: Rooms,
    device: str,
    me: Employee,
    owners: Sequence[Employee],
    signed_in: SignedInAt | None,
    names: Mapping[str, str],
) -> OwnPhone:
    who = None
    if signed_in is not None:
        who = EmployeeReference(employee_id=signed_in.employee_id, name=names.get(signed_in.employee_id, ""))
    return OwnPhone(
        device=device,
        mine=_theirs(owners, me),
        shared_with=sorted(each.name for each in owners if each.employee_id != me.employee_id),
        answers_here=_is(signed_in, me) or (signed_in is None and _theirs(owners, me)),
        signed_in=who,
        since=None if signed_in is None else moment(signed_in.since),
        how=None if signed_in is None else signed_in.how.value,
        do_not_disturb_hindrance=_hindrance(rooms, device, Service.SET_DO_NOT_DISTURB),
        forwarding_hindrance=_hindrance(rooms, device, Service.SET_FORWARDING),
    )
