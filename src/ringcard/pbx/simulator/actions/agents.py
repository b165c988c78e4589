"""Who is in the queue, and who rests."""

from __future__ import annotations

from ringcard.pbx.simulator.request import ActionError, Reply, Request
from ringcard.pbx.simulator.session import ManagerSession
from ringcard.pbx.simulator.wire import headers


def queue_add(session: ManagerSession, request: Request, reply: Reply) -> None:
    interface = _queue_interface(session, request)
    penalty = request.get("penalty", "0")
    added = session.pbx.dialplan.queue.add(
        interface, request.get("membername"), int(penalty) if penalty.isdigit() else 0
    )
    if not added:
        raise ActionError("Unable to add interface: Already there")
    if request.get("paused").lower() in ("1", "yes", "true"):
        session.pbx.dialplan.queue.pause(interface, True, request.get("reason"))
    session.succeeds(request, reply, headers(Message="Added interface to queue"))


def queue_remove(session: ManagerSession, request: Request, reply: Reply) -> None:
    if not session.pbx.dialplan.queue.remove(_queue_interface(session, request)):
        raise ActionError("Unable to remove interface: Not there")
    session.succeeds(request, reply, headers(Message="Removed interface from queue"))


def queue_pause(session: ManagerSession, request: Request, reply: Reply) -> None:
    if not request.get("interface") or not request.get("paused"):
        raise ActionError("Need 'Interface' and 'Paused' parameters.")
    paused = request.get("paused").lower() in ("1", "yes", "true", "on")
    if not session.pbx.dialplan.queue.pause(request.get("interface"), paused, request.get("reason")):
        raise ActionError("Interface not found")
    words = "Interface paused successfully" if paused else "Interface unpaused successfully"
    session.succeeds(request, reply, headers(Message=words))


def _queue_interface(session: ManagerSession, request: Request) -> str:
    queue, interface = request.get("queue"), request.get("interface")
    if not queue:
        raise ActionError("'Queue' not specified.")
    if not interface:
        raise ActionError("'Interface' not specified.")
    if queue != session.pbx.dialplan.queue.name:
        raise ActionError("Unable to add interface to queue: No such queue")
    return interface
