"""Who makes a request, where it comes from, and what that allows.

Every route of the API says whom it lets in: `needs(Permission.X)`, `SELF` (anybody signed in, about themselves) or
`OPEN`. One that says nothing lets nobody in, and a test walks them all. A browser signs in by a cookie, and what
changes something needs the CSRF token too; a program sends `Authorization: Bearer rc_…`. A page of another site gets in
if the administrator named its origin (`server.allowed_origins`) and it has a token; a browser's extension is a program,
and needs a token only. For neither do cookies count.
A token in the address is refused: addresses end up in logs and histories. Whose calls, cards and numbers are seen is
the `Sight` that goes to whatever reads them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from litestar.connection import ASGIConnection

from ringcard.desk.staff import Roster
from ringcard.people.attempts import AttemptLimiter
from ringcard.people.audit import Actor
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.people.signin import (
    ATTEMPTS_PER_ADDRESS,
    ATTEMPTS_WINDOW_S,
    Session,
    SignIn,
    network_of,
    session_id_of,
)
from ringcard.people.tokens import TokenStore
from ringcard.web.feed import Viewer
from ringcard.web.problems import Refusal
from ringcard.web.roll import Roll
from ringcard.web.visitors import Visitors, signs_in_by_word

if TYPE_CHECKING:
    from litestar.handlers.base import BaseRouteHandler

SESSION_COOKIE = "ringcard_session"
CSRF_COOKIE = "ringcard_csrf"
CSRF_HEADER = "x-csrf-token"

OPEN: dict[str, Any] = {"open": True}
"""Options of a route that needs nobody signed in."""

SELF: dict[str, Any] = {"self": True}
"""Options of a route that everybody signed in may use, because it is only about themselves."""


def needs(permission: Permission, *, every_card: bool = False) -> dict[str, Any]:
    """Options of a route that only those with this permission may use: `@get(…, opt=needs(Permission.X))`.

    With `every_card` they must see everybody's cards, too.
    """
    return {"needs": permission, "every_card": every_card}


def declared(opt: Mapping[str, Any]) -> bool:
    """Whether a route's options say whom it lets in, in exactly one way."""
    return sum(name in opt for name in ("open", "self", "needs")) == 1


_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Connection = ASGIConnection[Any, Any, Any, Any]


def viewer(session: Session, sight: Sight, address: str) -> Viewer:
    """As the live channel knows who is signed in."""
    return Viewer(
        session.employee.employee_id,
        session.session_id,
        address,
        session.employee.devices,
        sight,
        session.token_id,
        session.scopes,
    )


def viewer_now(before: Viewer, roster: Roster) -> Viewer | None:
    """Whoever looks, as they are now; None if they may not any more."""
    employee = roster.get(before.employee_id)
    if employee is None or employee.disabled:
        return None
    return replace(before, devices=employee.devices, sight=roster.sight_of(employee, before.scopes))


def address_of(connection: Connection) -> str:
    """Where the request comes from; behind a trusted proxy, what the proxy says."""
    return connection.client.host if connection.client else ""


class Gate:
    """Lets requests in or refuses them: the guard of every route of the API."""

    def __init__(
        self,
        sign_in: SignIn,
        tokens: TokenStore,
        roster: Roster,
        public_origins: Iterable[str] = (),
        visitors: Visitors | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sign_in = sign_in
        self._tokens = tokens
        self._roster = roster
        self._public_origins = frozenset(origin.rstrip("/").lower() for origin in public_origins)
        self._visitors = visitors or Visitors()
        self._timer = timer
        self._wrong_tokens = AttemptLimiter(ATTEMPTS_PER_ADDRESS, ATTEMPTS_WINDOW_S)
        self._coming = Roll(sign_in.still, together_s=0.01)
        self._staying = Roll(sign_in.still, together_s=1.0)

    def __deepcopy__(self, memo: object) -> Gate:
        # Litestar copies routers with their guards; what this one holds (a database) has no copy.
        return self

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Raises `Refusal`: `foreign_origin`, `token_in_url`, `unsupported_media_type`, `not_signed_in`,
        `token_refused`, `too_many_attempts`, `csrf_mismatch`, `not_allowed`.
        """
        visiting = self.check_origin(connection)
        if handler.opt.get("open"):
            if visiting and connection.scope.get("method", "GET") not in _SAFE:
                raise Refusal("foreign_origin", "Signing in with a password is for our own pages: use a token.")
            # The live channel looks for a token in its address by itself: it can say so only once it is accepted.
            if "method" in connection.scope:
                must_not_show_token(connection)
                _must_be_json(connection, handler)
            return
        must_not_show_token(connection)
        _must_be_json(connection, handler)
        session = await self.session(connection)
        if session is None:
            raise Refusal("not_signed_in", "Sign in first.")
        method = connection.scope.get("method", "GET")
        if (
            session.token_id is None
            and method not in _SAFE
            and not session.csrf_matches(connection.headers.get(CSRF_HEADER))
        ):
            raise Refusal("csrf_mismatch", f"Send the cookie {CSRF_COOKIE} in the header X-CSRF-Token.")
        sight = self.sight(session)
        admit(sight, handler)
        if session.token_id is not None and handler.opt.get("self") and method not in _SAFE:
            raise Refusal("not_allowed", "This is for people who signed in, not for tokens.")
        connection.state["session"] = session
        connection.state["sight"] = sight

    def sight(self, session: Session) -> Sight:
        """What whoever is signed in sees and may do, with the teams as they are now."""
        return self._roster.sight_of(session.employee, session.scopes)

    def check_origin(self, connection: Connection) -> bool:
        """The `Origin` header, if one was sent, must be our own, or a visitor's who brings a token: whether it is one.

        Browsers send it with every WebSocket handshake and every request that changes something, so a foreign page
        cannot use the cookies of somebody who is signed in here. Programs send none and have no cookies of others.

        Source: RFC 6454 §7, RFC 6455 §10.2.
        """
        origin = connection.headers.get("origin")
        if origin is None or origin.lower() in self._public_origins:
            return False
        scheme, _, host = origin.lower().partition("://")
        if scheme in ("http", "https") and host and host == connection.headers.get("host", "").lower():
            return False
        if not self._visitors.welcome(origin):
            raise Refusal("foreign_origin", "The request comes from a page of another site.")
        if _bearer(connection) is None and not signs_in_by_word(connection.scope):
            raise Refusal("foreign_origin", "A page of another site, or an extension, has to send a token.")
        return True

    async def session(self, connection: Connection) -> Session | None:
        """Who is signed in; None if nobody is. A token that is presented is what counts.

        Raises `Refusal` (`token_refused`, `too_many_attempts`) for a token that opens nothing.
        """
        secret = _bearer(connection)
        if secret is not None:
            return await self.by_token(secret, address_of(connection))
        cookie = connection.cookies.get(SESSION_COOKIE)
        return None if not cookie else await self._sign_in.session(cookie)

    async def session_of_screen(self, connection: Connection, *, again: bool) -> Session | None:
        """The same, for a live channel: thousands ask together, those that stay (`again`) within a second or two.

        Who they are and what they may is as the roster knows it, which follows every change by itself.
        """
        cookie = connection.cookies.get(SESSION_COOKIE)
        if _bearer(connection) is not None or not cookie:
            return await self.session(connection)
        held = await (self._staying if again else self._coming).call(cookie)
        if held is None:
            return None
        employee = self._roster.get(held[0])
        if employee is None:
            return await self.session(connection)  # somebody whom another process has added a moment ago
        return None if employee.disabled else Session(employee, held[1], session_id_of(cookie))

    async def by_token(self, secret: str, address: str) -> Session:
        """Whose token it is. Raises `Refusal` as `session` does; guesses are counted by `address`."""
        network, now_s = network_of(address), self._timer()
        wait_s = self._wrong_tokens.retry_after_s(network, now_s)
        if wait_s:
            raise Refusal(
                "too_many_attempts",
                f"Too many tokens from your address were wrong: try again in {wait_s} seconds.",
                headers={"Retry-After": str(wait_s)},
            )
        holder = await self._tokens.holder(secret)
        if holder is None:
            self._wrong_tokens.note(network, now_s)
            raise Refusal(
                "token_refused",
                "This token opens nothing: it was revoked, has expired, or never was one.",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        return Session(holder.employee, "", f"token:{holder.token_id}", holder.token_id, holder.scopes)


def admit(sight: Sight, handler: BaseRouteHandler) -> None:
    """Raises `Refusal` (`not_allowed`) unless the route is for whoever sees this."""
    if not declared(handler.opt):
        raise Refusal("not_allowed", "Nobody may use this address: it does not say whom it is for.")
    permission: Permission | None = handler.opt.get("needs")
    if permission is not None and not sight.may(permission):
        raise Refusal("not_allowed", f"This needs the permission {permission}: ask your administrator.")
    if handler.opt.get("every_card") and sight.cards is not None:
        raise Refusal("not_allowed", "This reads and changes everybody's cards: your role shows only some of them.")


def _bearer(connection: Connection) -> str | None:
    """The token of the header `Authorization`, if there is one."""
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def session_of(connection: Connection) -> Session:
    """Who is signed in, once the gate let the request in."""
    session: Session = connection.state["session"]
    return session


def sight_of_request(connection: Connection) -> Sight:
    """What they see, once the gate let the request in."""
    sight: Sight = connection.state["sight"]
    return sight


def actor_of(connection: Connection) -> Actor:
    """Who it is, for the audit trail."""
    session = session_of(connection)
    employee = session.employee
    return Actor(employee.employee_id, employee.name, address_of(connection), session.token_id)


def must_see_numbers(sight: Sight) -> None:
    """Raises `Refusal` unless numbers are shown: a file of them cannot be masked and still be of use."""
    if sight.numbers_masked:
        raise Refusal("not_allowed", "Your role does not see numbers, and a file would be full of them.")


_TOKEN_PARAMETERS = frozenset({"token", "access_token", "api_token", "api_key", "apikey"})


def must_not_show_token(connection: Connection) -> None:
    """Raises `Refusal` (`token_in_url`) if the address carries a token, a right one or not.

    Source: RFC 6750 §2.3 (SHOULD NOT), RFC 9700 §4.3.2 (MUST NOT).
    """
    for name, value in connection.query_params.multi_items():
        if name.lower() in _TOKEN_PARAMETERS or str(value).startswith("rc_"):
            raise Refusal(
                "token_in_url",
                "Send the token in the header Authorization: Bearer …, and revoke this one: addresses are written"
                " down in logs and histories.",
            )


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
