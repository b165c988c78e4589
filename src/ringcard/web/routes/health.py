"""For whoever keeps the server running: alive, ready, figures."""

from __future__ import annotations

import ipaddress
from typing import Literal

import msgspec
from litestar import Response, get
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from ringcard.ledger import LedgerState
from ringcard.people.permissions import Permission
from ringcard.web.access import OPEN, address_of
from ringcard.web.problems import Refusal
from ringcard.web.routes import AnyRequest, TheGate, TheRooms


class Health(msgspec.Struct):
    status: Literal["alive"]


class Readiness(msgspec.Struct):
    """`ready` if cards can be shown and calls kept. A PBX that is down is told but does not make us unready."""

    status: Literal["ready", "not_ready"]
    ledger: str
    pbxs: dict[str, str]


@get("/healthz", opt=OPEN, operation_id="healthz", summary="The process answers")
async def healthz() -> Health:
    return Health(status="alive")


@get("/readyz", opt=OPEN, operation_id="readyz", summary="Requests can be served")
async def readyz(rooms: TheRooms) -> Response[Readiness]:
    """503 while the ledger cannot write or is closed."""
    ledger = rooms.ledger.status.state
    ready = ledger in (LedgerState.WRITING, LedgerState.BEHIND)
    pbxs = {str(link.pbx): link.status.state.value for link in rooms.desk.links()}
    return Response(
        Readiness(status="ready" if ready else "not_ready", ledger=ledger.value, pbxs=pbxs),
        status_code=200 if ready else 503,
    )


@get("/metrics", opt=OPEN, operation_id="metrics", summary="Figures for Prometheus", media_type="text/plain")
async def metrics(request: AnyRequest, rooms: TheRooms, gate: TheGate) -> Response[bytes]:
    """From this machine, or for an administrator; `metrics_open_to` opens them."""
    if not (rooms.metrics_open or _is_loopback(address_of(request))):
        session = await gate.session(request)
        if session is None or not gate.sight(session).may(Permission.SETTINGS_MANAGE):
            raise Refusal("not_allowed", "Figures are for this machine and for administrators: see metrics_open_to.")
    return Response(
        generate_latest(REGISTRY) + generate_latest(rooms.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
