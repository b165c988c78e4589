"""The live channel's address."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import WebSocket, websocket
from litestar.params import QueryParameter

from ringcard.web.access import OPEN, address_of
from ringcard.web.feed import CLOSE_NOT_SIGNED_IN
from ringcard.web.routes import TheChannel, TheGate


@websocket("/live", opt=OPEN)
async def live(
    socket: WebSocket[Any, Any, Any],
    channel: TheChannel,
    gate: TheGate,
    since: Annotated[str | None, QueryParameter()] = None,
    epoch: Annotated[str | None, QueryParameter()] = None,
) -> None:
    """Snapshot, then numbered events. Whoever is not signed in is told by a close code, which a script can read: it
    cannot read the status of a refused handshake."""
    session = await gate.session(socket)
    await socket.accept()
    if session is None:
        await socket.close(CLOSE_NOT_SIGNED_IN, "not signed in")
        return
    number = int(since) if since and since.isascii() and since.isdigit() and len(since) < 19 else None
    await channel.serve(socket, session, lambda: gate.session(socket), address_of(socket), number, epoch)
