"""Signing in and out."""

from __future__ import annotations

from typing import Any

from litestar import Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody

from ringcard.people.audit import Actor
from ringcard.people.model import me_as_json
from ringcard.people.signin import Session, SignedIn, SignInRefused, TooManyAttempts
from ringcard.web import shapes, wire
from ringcard.web.access import CSRF_COOKIE, OPEN, SELF, SESSION_COOKIE, address_of
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import AnyRequest, TheActor, TheGate, TheRooms, TheSession, TheSight


@post("/session", status_code=200, opt=OPEN, operation_id="signIn", summary="Sign in")
async def sign_in(
    data: JSONBody[shapes.SignIn], request: AnyRequest, rooms: TheRooms, gate: TheGate
) -> Response[shapes.Me]:
    """Opens a session, sets its two cookies, and ends the session that this browser had before."""
    before = await gate.session(request)
    try:
        signed_in = await rooms.sign_in.sign_in(data.login, data.password, address_of(request))
    except SignInRefused as error:
        who = Actor(name=data.login.strip()[:64], address=address_of(request))
        await rooms.audit.note("session.refused", by=who, kind="session")
        raise Refusal("sign_in_refused", "The login or the password is wrong.") from error
    except TooManyAttempts as error:
        raise Refusal(
            "too_many_attempts",
            f"Try again in {error.retry_after_s} seconds.",
            headers={"Retry-After": str(error.retry_after_s)},
        ) from error
    if before is not None:
        # The browser forgets its cookie now: nobody could sign that session out any more.
        await _end(rooms, request.cookies.get(SESSION_COOKIE, ""), before)
    employee = signed_in.employee
    who = Actor(employee.employee_id, employee.name, address_of(request))
    await rooms.audit.note("session.opened", by=who, kind="session")
    return entered(signed_in, request)


def entered(signed_in: SignedIn, request: AnyRequest) -> Response[shapes.Me]:
    """Who is signed in now, with the two cookies of the session."""
    me = wire.shape(me_as_json(signed_in.employee, signed_in.csrf_token), shapes.Me)
    secure = request.url.scheme == "https"
    return Response(
        me,
        cookies=[
            _cookie(SESSION_COOKIE, signed_in.token, secure=secure, httponly=True),
            _cookie(CSRF_COOKIE, signed_in.csrf_token, secure=secure, httponly=False),
        ],
    )


@get("/session", opt=SELF, operation_id="whoAmI", summary="Who is signed in")
async def who_am_i(session: TheSession, sight: TheSight) -> shapes.Me:
    return wire.shape(me_as_json(session.employee, session.csrf_token, sight.permissions), shapes.Me)


@get("/visitors", opt=SELF, operation_id="listVisitors", summary="Which other sites' pages may use the API")
async def list_visitors(rooms: TheRooms) -> shapes.Visitors:
    """Those of `server.allowed_origins`."""
    return shapes.Visitors(allowed_origins=list(rooms.allowed_origins))


@delete("/session", opt=SELF, operation_id="signOut", summary="Sign out")
async def sign_out(request: AnyRequest, rooms: TheRooms, session: TheSession, actor: TheActor) -> Response[None]:
    """Ends the session and closes its live channels."""
    await _end(rooms, request.cookies[SESSION_COOKIE], session)
    await rooms.audit.note("session.closed", by=actor, kind="session")
    gone: dict[str, Any] = {"max_age": 0, "expires": 0}
    return Response(
        None,
        status_code=204,
        cookies=[Cookie(SESSION_COOKIE, value="", path="/", **gone), Cookie(CSRF_COOKIE, value="", path="/", **gone)],
    )


async def _end(rooms: Rooms, token: str, session: Session) -> None:
    await rooms.sign_in.sign_out(token)
    rooms.feed.end_session(session.session_id)


def _cookie(name: str, value: str, *, secure: bool, httponly: bool) -> Cookie:
    # No expiry: the browser forgets it when it closes, the server when it was not used for long.
    return Cookie(name, value=value, path="/", secure=secure, httponly=httponly, samesite="lax")
