"""The live channel's address."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import WebSocket, websocket
from litestar.params import QueryParameter

from ringcard.people.sight import Sight
from ringcard.people.signin import Session
from ringcard.web.access import OPEN, address_of, must_not_show_token
from ringcard.web.feed import CLOSE_NOT_SIGNED_IN, CLOSE_TOKEN_IN_URL
from ringcard.web.problems import Refusal
from ringcard.web.routes import TheChannel, TheGate


@websocket("/live", opt=OPEN)
async def live(
    socket: WebSocket[Any, Any, Any],
    channel: TheChannel,
    gate: TheGate,
    since: Annotated[str | None, QueryParameter()] = None,
    epoch: Annotated[str | None, QueryParameter()] = None,
) -> None:
    """Snapshot, then numbered events, of what the role allows: everybody sees the pops of the own devices.

    Whoever is not signed in is told by a close code, which a script can read: it cannot read the status of a refused
    handshake.
    """

    async def who() -> tuple[Session, Sight] | None:
        try:
            session = await gate.session(socket)
        except Refusal:
            return None  # a token that opens nothing (any more)
        return None if session is None else (session, gate.sight(session))

    await socket.accept()
    try:
        must_not_show_token(socket)
    except Refusal:
        await socket.close(CLOSE_TOKEN_IN_URL, "send the token in the Authorization header, and revoke this one")
        return
    found = await who()
    if found is None:
        await socket.close(CLOSE_NOT_SIGNED_IN, "not signed in")
        return
    number = int(since) if since and since.isascii() and since.isdigit() and len(since) < 19 else None
    await channel.serve(socket, *found, who, address_of(socket), number, epoch)
