"""The live channel's address."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from litestar import WebSocket, websocket
from litestar.params import QueryParameter

from ringcard.people.sight import Sight
from ringcard.people.signin import Session
from ringcard.storage import StorageError
from ringcard.web.access import OPEN, address_of, must_not_show_token
from ringcard.web.feed import CLOSE_NOT_SIGNED_IN, CLOSE_TOKEN_IN_URL, CLOSE_TRY_LATER
from ringcard.web.problems import Refusal
from ringcard.web.routes import TheChannel, TheGate
from ringcard.web.visitors import SIGN_IN, signs_in_by_word


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
    handshake. Whoever offers the sub-protocol `SIGN_IN` says a token in the first frame, and no cookie counts.
    """
    by_word = signs_in_by_word(socket.scope)
    token: str | None = None

    async def who(*, again: bool = False) -> tuple[Session, Sight] | None:
        try:
            if not by_word:
                session = await gate.session_of_screen(socket, again=again)
            else:
                session = None if token is None else await gate.by_token(token, address_of(socket))
        except Refusal:
            return None  # a token that opens nothing (any more)
        return None if session is None else (session, gate.sight(session))

    await socket.accept(subprotocols=SIGN_IN if by_word else None)
    try:
        must_not_show_token(socket)
    except Refusal:
        await socket.close(CLOSE_TOKEN_IN_URL, "send the token in the Authorization header, and revoke this one")
        return
    if by_word:
        token = await channel.word(socket)
    try:
        found = await who()
    except StorageError:
        await socket.close(CLOSE_TRY_LATER, "the database cannot be used now: come again")
        return
    if found is None:
        await socket.close(CLOSE_NOT_SIGNED_IN, "not signed in")
        return
    number = int(since) if since and since.isascii() and since.isdigit() and len(since) < 19 else None
    await channel.serve(socket, *found, partial(who, again=True), address_of(socket), number, epoch)
