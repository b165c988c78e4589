"""The API's description of itself."""

from __future__ import annotations

import msgspec
from litestar import MediaType, Response, get

from ringcard.web import frames
from ringcard.web.access import OPEN
from ringcard.web.routes import AnyRequest


@get("/openapi.json", opt=OPEN, include_in_schema=False)
async def openapi_file(request: AnyRequest) -> Response[bytes]:
    """What `ringcard openapi` prints. Made once: it takes 20 ms in which no phone is seen to ring."""
    state = request.app.state
    if "openapi_file" not in state:
        state.openapi_file = msgspec.json.encode(frames.document(request.app.openapi_schema))
    return Response(state.openapi_file, media_type=MediaType.JSON)
