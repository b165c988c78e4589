"""The first run: the first administrator, looking at a PBX, and a call that is only a try."""

from __future__ import annotations

import ipaddress
from typing import Any, Literal

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromQuery, JSONBody

from ringcard.people.model import PeopleError
from ringcard.people.permissions import Permission
from ringcard.people.signin import TooManyAttempts
from ringcard.web import shapes
from ringcard.web.access import OPEN, address_of, needs
from ringcard.web.first_run import Progress, Stage
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import AnyRequest, TheGate, TheRooms, TheSession
from ringcard.web.routes.session import entered
from ringcard.web.shapes import Shape

MANAGE = needs(Permission.SETTINGS_MANAGE)
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


class SetupState(Shape):
    """Where a new installation stands. Without an administrator: `new`."""

    stage: Literal["new", "open", "later", "done"]
    step: str
    done: list[str]
    skipped: list[str]
    code_needed: bool
    """Of `new`: this browser is not on the server's own machine, and needs the code that the server printed."""


class SetupProgress(Shape, kw_only=True, forbid_unknown_fields=True):
    stage: Literal["open", "later", "done"]
    step: str
    done: list[str] = msgspec.field(default_factory=list)
    skipped: list[str] = msgspec.field(default_factory=list)


class FirstAdministrator(Shape, kw_only=True, forbid_unknown_fields=True):
    login: str
    name: str
    password: str
    language: Literal["ru", "en"] | None = None
    code: str | None = None


class PbxToExamine(Shape, kw_only=True, forbid_unknown_fields=True):
    """Settings as for `addPbx`. With the `name` of one of ours, a secret that is left out is the one that is kept."""

    type: str = "asterisk"
    settings: dict[str, Any]
    name: str | None = None


class PbxCheck(Shape):
    """One check, in the order of what depends on what. `name` and `reason` are stable."""

    name: str
    verdict: Literal["fine", "mind", "wrong", "unknown"]
    reason: str
    text: str
    took_ms: float
    facts: dict[str, Any]


class PbxExamination(Shape):
    checks: list[PbxCheck]


class ConfigurationLine(Shape):
    text: str
    why: str


class PbxAccount(Shape):
    """What to write into manager.conf. The secret is new, and kept nowhere yet."""

    user: str
    secret: str
    our_address: str
    general: list[ConfigurationLine]
    lines: list[ConfigurationLine]


class PeopleAtDevices(Shape, kw_only=True, forbid_unknown_fields=True):
    """Who sits where: my own device, and the names of those at others."""

    mine: str | None = None
    others: dict[str, str] = msgspec.field(default_factory=dict)


class PeopleAdded(Shape):
    added: int


class RehearsedCall(Shape):
    call_id: str


@get("/setup", opt=OPEN, operation_id="getSetup", summary="Whether this installation is set up")
async def get_setup(request: AnyRequest, rooms: TheRooms, gate: TheGate) -> SetupState:
    """To whoever is not signed in it tells only whether there is an administrator."""
    progress = await rooms.first_run.progress()
    if progress.stage is Stage.NEW:
        return _state(progress, code_needed=not at_this_machine(request, rooms))
    if await gate.session(request) is None:
        progress = Progress(Stage.DONE)
    return _state(progress, code_needed=False)


@put("/setup", opt=MANAGE, operation_id="rememberSetup", summary="Keep where the wizard stands")
async def remember_setup(data: JSONBody[SetupProgress], rooms: TheRooms) -> SetupState:
    progress = Progress(Stage(data.stage), data.step, data.done, data.skipped)
    return _state(await rooms.first_run.remember(progress), code_needed=False)


@post(
    "/setup/administrator",
    status_code=200,
    opt=OPEN,
    operation_id="createAdministrator",
    summary="Become the first administrator, signed in",
)
async def create_administrator(
    data: JSONBody[FirstAdministrator], request: AnyRequest, rooms: TheRooms
) -> Response[shapes.Me]:
    """Once only: of two who try, one becomes it and the other is told that there is one."""
    address = address_of(request)
    try:
        await rooms.first_run.administrator(
            data.login,
            data.name,
            data.password,
            data.language,
            code=data.code,
            trusted=at_this_machine(request, rooms),
            address=address,
        )
        signed_in = await rooms.sign_in.sign_in(data.login, data.password, address)
    except TooManyAttempts as error:
        retry = {"Retry-After": str(error.retry_after_s)}
        raise Refusal("too_many_attempts", f"Try again in {error.retry_after_s} seconds.", headers=retry) from error
    except PeopleError as error:
        raise Refusal("employee_invalid", str(error)) from error
    return entered(signed_in, request)


@post(
    "/setup/examination",
    status_code=200,
    opt=MANAGE,
    operation_id="examinePbx",
    summary="Look at a PBX: what it is, and what we may do and hear there",
)
async def examine_pbx(data: JSONBody[PbxToExamine], rooms: TheRooms) -> PbxExamination:
    """Takes as long as the PBX does, at most half a minute. Changes nothing, here or there."""
    found = rooms.first_run.examine(data.type, data.settings, data.name)
    return PbxExamination(checks=[msgspec.convert(check, PbxCheck, from_attributes=True) async for check in found])


@get("/setup/account", opt=MANAGE, operation_id="proposeAccount", summary="Lines for manager.conf, with a new secret")
async def propose_account(host: FromQuery[str], rooms: TheRooms) -> PbxAccount:
    return msgspec.convert(await rooms.first_run.account(host), PbxAccount, from_attributes=True)


@post(
    "/setup/people",
    status_code=200,
    opt=needs(Permission.PEOPLE_MANAGE),
    operation_id="seatPeople",
    summary="Make an employee of each phone",
)
async def seat_people(data: JSONBody[PeopleAtDevices], rooms: TheRooms, session: TheSession) -> PeopleAdded:
    """Their login is the phone's number; they can sign in once they are given a password."""
    try:
        added = await rooms.first_run.people(data.mine, data.others, session.employee)
    except PeopleError as error:
        raise Refusal("employee_invalid", str(error)) from error
    return PeopleAdded(added=added)


@post(
    "/setup/rehearsal", opt=MANAGE, operation_id="rehearseCall", summary="Ring my own screen with a call that is none"
)
async def rehearse_call(rooms: TheRooms, session: TheSession) -> RehearsedCall:
    """It goes the way of every call to the screen, and into no record."""
    return RehearsedCall(call_id=rooms.first_run.rehearse(session.employee))


@delete("/setup/rehearsal", opt=MANAGE, operation_id="endRehearsal", summary="Hang that call up")
async def end_rehearsal(rooms: TheRooms, session: TheSession) -> None:
    rooms.first_run.end_rehearsal(session.employee)


def at_this_machine(request: AnyRequest, rooms: Rooms) -> bool:
    """Whether the browser runs where the server does, so that whoever sits there may well administer it.

    Not through a proxy: it makes everybody come from here. And not by a name of ours that somebody else's page could
    point at this machine (DNS rebinding): the address must be written as one of this machine.
    """
    if rooms.public_origins or any(name in request.headers for name in FORWARDED):
        return False
    host = request.headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    try:
        is_loopback = ipaddress.ip_address(address_of(request)).is_loopback
    except ValueError:
        return False
    return is_loopback and name in _LOCAL_NAMES


def _state(progress: Progress, *, code_needed: bool) -> SetupState:
    return SetupState(
        stage=progress.stage.value,
        step=progress.step,
        done=list(progress.done),
        skipped=list(progress.skipped),
        code_needed=code_needed,
    )
