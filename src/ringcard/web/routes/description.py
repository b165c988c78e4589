"""The API's description of itself."""

from __future__ import annotations

import asyncio

import msgspec
from litestar import Litestar, MediaType, Response, get

from ringcard.web.access import OPEN
from ringcard.web.description import described
from ringcard.web.routes import AnyRequest


@get("/openapi.json", opt=OPEN, include_in_schema=False)
async def openapi_file(request: AnyRequest) -> Response[bytes]:
    """What `ringcard openapi` prints. Made once, in a thread: meanwhile phones ring."""
    state = request.app.state
    if "openapi_file" not in state:
        # Who asks meanwhile waits for the same one: two at once would write into one schema.
        state.openapi_file = asyncio.create_task(asyncio.to_thread(_made, request.app))
    return Response(await asyncio.shield(state.openapi_file), media_type=MediaType.JSON)


def _made(api: Litestar) -> bytes:
    return msgspec.json.encode(described(api))
