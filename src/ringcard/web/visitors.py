"""Pages of other sites and browser extensions that use the API: who is welcome, and what browsers are told (CORS).

A page's origin is welcome if the administrator named it in `server.allowed_origins`; none is by default. An extension
is a program that its user installed, whose origin no page can have. Neither gets in by a cookie: `access.Gate` wants a
token of both, in the header `Authorization`, or on the live channel as the first frame after the sub-protocol `SIGN_IN`
was offered. So what a browser keeps of somebody who is signed in here is of no use to another site.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

SIGN_IN = "ringcard.sign-in"
"""The WebSocket sub-protocol of a client whose first frame is `{type: "sign_in", token}`."""

EXTENSIONS = ("chrome-extension://", "moz-extension://")
"""How the origins of extensions begin, in Chromium and in Firefox (where every installation has another)."""

PREFLIGHT_HOLDS_S = 600


def is_extension(origin: str) -> bool:
    """Whether a browser's extension asks: pages cannot say so of themselves."""
    return origin.lower().startswith(EXTENSIONS)


_TAKEN_HEADERS = b"authorization, content-type, idempotency-key"
_TAKEN_METHODS = b"GET, POST, PUT, DELETE"
_SHOWN_HEADERS = b"retry-after, content-disposition"


class Visitors:
    """Who may come from elsewhere."""

    def __init__(self, allowed_origins: Iterable[str] = ()) -> None:
        self._pages = frozenset(origin.lower() for origin in allowed_origins)

    def page(self, origin: str) -> bool:
        """Whether pages of this origin may use the API."""
        return origin.lower() in self._pages

    def welcome(self, origin: str) -> bool:
        """Whether it may come in with a token: a page, or an extension."""
        return self.page(origin) or is_extension(origin)


class Visits:
    """Tells browsers which pages may read the API's answers, and answers when they ask beforehand.

    Extensions are not named: their browser lets them read what its user granted them, whatever we say.

    Source: Fetch §3.3 (CORS protocol). Credentials are never allowed.
    """

    def __init__(self, app: ASGIApp, visitors: Visitors) -> None:
        self._app = app
        self._visitors = visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"")
        if not self._visitors.page(origin.decode("latin-1")):
            await self._app(scope, receive, send)
            return
        told = [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _SHOWN_HEADERS),
            (b"vary", b"origin"),
        ]
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            told += [
                (b"access-control-allow-methods", _TAKEN_METHODS),
                (b"access-control-allow-headers", _TAKEN_HEADERS),
                (b"access-control-max-age", str(PREFLIGHT_HOLDS_S).encode()),
            ]
            await send({"type": "http.response.start", "status": 204, "headers": told})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *told]
            await send(message)

        await self._app(scope, receive, sending)


def signs_in_by_word(scope: Mapping[str, Any]) -> bool:
    """Whether this is a WebSocket whose client offers to sign in by its first frame."""
    return SIGN_IN in scope.get("subprotocols", ())
