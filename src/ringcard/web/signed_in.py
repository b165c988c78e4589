"""Who makes a request, and where the request comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection

from ringcard.calls.identifiers import DeviceId
from ringcard.web.feed import Viewer

SESSION_COOKIE = "ringcard_session"
CSRF_COOKIE = "ringcard_csrf"
CSRF_HEADER = "x-csrf-token"

Connection = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The employee behind a request. `session` names the session in logs and whys, and signs nobody in."""

    employee_id: str
    login: str
    name: str
    role: str
    devices: tuple[DeviceId, ...]
    language: str | None
    csrf_token: str
    session: str

    @property
    def oversees(self) -> bool:
        """Supervisors and administrators see every call of the company."""
        return self.role in ("supervisor", "admin")

    def viewer(self, address: str) -> Viewer:
        """As the live channel knows them."""
        return Viewer(self.employee_id, self.session, address, self.devices, self.oversees)

    def me(self) -> dict[str, Any]:
        """`Me` of the contract."""
        return {
            "employee_id": self.employee_id,
            "login": self.login,
            "name": self.name,
            "role": self.role,
            "devices": list(self.devices),
            "language": self.language,
            "csrf_token": self.csrf_token,
        }


class Sessions(Protocol):
    """Whose session a cookie is."""

    async def signed_in(self, token: str) -> SignedIn | None:
        """None if there is no such session, or it is over."""


def address_of(connection: Connection) -> str:
    """Where the request comes from; behind a trusted proxy, what the proxy says."""
    return connection.client.host if connection.client else ""


def is_ours(connection: Connection, public_origins: frozenset[str]) -> bool:
    """Whether the `Origin` header, if one was sent, is this server's own address or a configured one.

    Browsers send it with every WebSocket handshake and every request that changes something, so a foreign page cannot
    use the cookies of somebody who is signed in here. Programs send none and have no foreign cookies to misuse.

    Source: RFC 6454 §7, RFC 6455 §10.2.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    if origin in public_origins:
        return True
    parts = urlsplit(origin)
    host = connection.headers.get("host", "")
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def cookie(connection: Connection, name: str) -> str | None:
    """One cookie of the request."""
    cookies: Mapping[str, str] = connection.cookies
    return cookies.get(name)
