"""Calls: the history, live ones included, why a screen showed what it did."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import FromPath, QueryParameter

from ringcard.people.permissions import Permission
from ringcard.web import masking, shapes, wire
from ringcard.web.access import needs
from ringcard.web.routes import Before, Limit, TheHistory, TheSight

Device = Annotated[str | None, QueryParameter(max_length=80, description="Only calls that this device took part in.")]


@get(
    "/calls",
    opt=needs(Permission.CALLS_READ),
    operation_id="listCalls",
    summary="Calls, newest start first, live ones included",
)
async def list_calls(
    history: TheHistory, sight: TheSight, limit: Limit = 50, before: Before = None, device: Device = None
) -> shapes.CallPage:
    """Those of the employees whose calls one's role shows: the own, the teams', or all."""
    items, following = await history.page(sight, device=device, limit=limit, before=before)
    items = [masking.for_sight(sight, masking.call, item) for item in items]
    return wire.shape({"items": items, "next": following}, shapes.CallPage)


@get("/calls/{call_id:str}", opt=needs(Permission.CALLS_READ), operation_id="getCall", summary="One call")
async def get_call(call_id: FromPath[str], history: TheHistory, sight: TheSight) -> shapes.CallRecord:
    return wire.shape(masking.for_sight(sight, masking.call, await history.call(sight, call_id)), shapes.CallRecord)


@get(
    "/calls/{call_id:str}/why",
    opt=needs(Permission.CALLS_READ),
    operation_id="getWhy",
    summary="What each screen showed, from where, how fast",
)
async def get_why(call_id: FromPath[str], history: TheHistory, sight: TheSight) -> shapes.Why:
    pops = [
        masking.for_sight(sight, masking.why, wire.pop_why_as_json(why)) for why in await history.why(sight, call_id)
    ]
    return wire.shape({"call_id": call_id, "pops": pops}, shapes.Why)
