"""Who makes a request, where it comes from, and what that allows.

Every route of the API says whom it lets in: `needs(Permission.X)`, `SELF` (anybody signed in, about themselves) or
`OPEN`. One that says nothing lets nobody in, and a test walks them all. What changes something needs the CSRF token
too. Who sees what: an employee the own calls and every contact with its calls, as the card shows them;
supervisors and administrators every call and the state of the PBXs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from litestar.connection import ASGIConnection

from ringcard.people.model import Employee, Role
from ringcard.people.permissions import Permission, allowed
from ringcard.people.signin import Session, SignIn
from ringcard.web.feed import Viewer
from ringcard.web.problems import Refusal

if TYPE_CHECKING:
    from litestar.handlers.base import BaseRouteHandler

SESSION_COOKIE = "ringcard_session"
CSRF_COOKIE = "ringcard_csrf"
CSRF_HEADER = "x-csrf-token"

OPEN: dict[str, Any] = {"open": True}
"""Options of a route that needs nobody signed in."""

SELF: dict[str, Any] = {"self": True}
"""Options of a route that everybody signed in may use, because it is only about themselves."""


def needs(permission: Permission) -> dict[str, Any]:
    """Options of a route that only those with this permission may use: `@get(…, opt=needs(Permission.X))`."""
    return {"needs": permission}


def declared(opt: Mapping[str, Any]) -> bool:
    """Whether a route's options say whom it lets in, in exactly one way."""
    return sum(name in opt for name in ("open", "self", "needs")) == 1


_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Connection = ASGIConnection[Any, Any, Any, Any]


def oversees(employee: Employee) -> bool:
    """Supervisors and administrators see every call of the company."""
    return employee.role in (Role.SUPERVISOR, Role.ADMIN)


def viewer(session: Session, address: str) -> Viewer:
    """As the live channel knows who is signed in."""
    employee = session.employee
    return Viewer(employee.employee_id, session.session_id, address, employee.devices, oversees(employee))


def address_of(connection: Connection) -> str:
    """Where the request comes from; behind a trusted proxy, what the proxy says."""
    return connection.client.host if connection.client else ""


class Gate:
    """Lets requests in or refuses them: the guard of every route of the API."""

    def __init__(self, sign_in: SignIn, public_origins: Iterable[str] = ()) -> None:
        self._sign_in = sign_in
        self._public_origins = frozenset(origin.rstrip("/").lower() for origin in public_origins)

    def __deepcopy__(self, memo: object) -> Gate:
        # Litestar copies routers with their guards; what this one holds (a database) has no copy.
        return self

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Raises `Refusal`: `foreign_origin`, `unsupported_media_type`, `not_signed_in`, `csrf_mismatch`,
        `not_allowed`.
        """
        self.check_origin(connection)
        _must_be_json(connection, handler)
        if handler.opt.get("open"):
            return
        session = await self.session(connection)
        if session is None:
            raise Refusal("not_signed_in", "Sign in first.")
        method = connection.scope.get("method", "GET")
        if method not in _SAFE and not session.csrf_matches(connection.headers.get(CSRF_HEADER)):
            raise Refusal("csrf_mismatch", f"Send the cookie {CSRF_COOKIE} in the header X-CSRF-Token.")
        admit(session, handler)
        connection.state["session"] = session

    def check_origin(self, connection: Connection) -> None:
        """The `Origin` header, if one was sent, must be this server's own address or a configured one.

        Browsers send it with every WebSocket handshake and every request that changes something, so a foreign page
        cannot use the cookies of somebody who is signed in here. Programs send none and have no cookies of others.

        Source: RFC 6454 §7, RFC 6455 §10.2.
        """
        origin = connection.headers.get("origin")
        if origin is None or origin.lower() in self._public_origins:
            return
        scheme, _, host = origin.lower().partition("://")
        if scheme in ("http", "https") and host and host == connection.headers.get("host", "").lower():
            return
        raise Refusal("foreign_origin", "The request comes from a page of another site.")

    async def session(self, connection: Connection) -> Session | None:
        """Who is signed in; None if nobody is."""
        token = connection.cookies.get(SESSION_COOKIE)
        return None if not token else await self._sign_in.session(token)


def admit(session: Session, handler: BaseRouteHandler) -> None:
    """Raises `Refusal` (`not_allowed`) unless the route is for whoever is signed in."""
    if not declared(handler.opt):
        raise Refusal("not_allowed", "Nobody may use this address: it does not say whom it is for.")
    permission: Permission | None = handler.opt.get("needs")
    if permission is not None and not allowed(session.employee, permission):
        raise Refusal("not_allowed", f"This needs the permission {permission}: ask your administrator.")


def session_of(connection: Connection) -> Session:
    """Who is signed in, once the gate let the request in."""
    session: Session = connection.state["session"]
    return session


def _must_be_json(connection: Connection, handler: BaseRouteHandler) -> None:
    """A body, if there is one, must say that it is JSON, or the other type that the route `takes`. Raises `Refusal`.

    A page of another site can make a browser send `text/plain` or a form without asking us first, but not JSON.

    Source: Fetch §2.2.2 (CORS-safelisted request-headers), RFC 9112 §6 (whether there is a body).
    """
    headers = connection.headers
    if "transfer-encoding" not in headers and headers.get("content-length", "0") == "0":
        return
    wanted = handler.opt.get("takes", "application/json")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != wanted:
        raise Refusal("unsupported_media_type", f"Send Content-Type: {wanted}.")
