"""What there is: settings, channels, bridges, queues, devices, parked calls."""

from __future__ import annotations

from datetime import UTC, datetime

from ringcard.pbx.simulator import listings
from ringcard.pbx.simulator.request import ActionError, Reply, Request
from ringcard.pbx.simulator.session import ManagerSession
from ringcard.pbx.simulator.wire import bridge_snapshot, headers

VERSION = "22.10.1"


def core_settings(session: ManagerSession, request: Request, reply: Reply) -> None:
    settings = headers(
        AMIversion="11.0.0", AsteriskVersion=VERSION, SystemName="", CoreMaxCalls=0, CoreMaxLoadAvg="0.000000",
        CoreRunUser="asterisk", CoreRunGroup="asterisk", CoreMaxFilehandles=0, CoreRealTimeEnabled="No",
        CoreCDRenabled="Yes", CoreHTTPenabled="No",
    )  # fmt: skip
    session.succeeds(request, reply, settings)


def core_status(session: ManagerSession, request: Request, reply: Reply) -> None:
    started = moment(session.pbx.switch.started_s)
    counts = headers(
        CoreStartupDate=started[0], CoreStartupTime=started[1], CoreReloadDate=started[0],
        CoreReloadTime=started[1], CoreCurrentCalls=len(session.pbx.switch.channels),
        CoreProcessedCalls=session.pbx.switch.counters.processed_calls,
    )  # fmt: skip
    session.succeeds(request, reply, counts)


def core_show_channels(session: ManagerSession, request: Request, reply: Reply) -> None:
    session.lists(
        request, reply, "Channels will follow", listings.channels(session.pbx), "CoreShowChannelsComplete"
    )  # fmt: skip


def status(session: ManagerSession, request: Request, reply: Reply) -> None:
    wanted = request.get("channel") or None
    if wanted is not None:
        session.channel(request)
    items = list(listings.status(session.pbx, wanted, request.get("variables", "")))
    more = headers(Items=len(items))
    session.lists(request, reply, "Channel status will follow", items, "StatusComplete", more, identity_last=True)


def bridge_list(session: ManagerSession, request: Request, reply: Reply) -> None:
    items = listings.bridges(session.pbx, request.get("bridgetype") or None)
    session.lists(request, reply, "Bridge listing will follow", items, "BridgeListComplete")


def bridge_info(session: ManagerSession, request: Request, reply: Reply) -> None:
    bridge = session.pbx.switch.bridges.get(request.get("bridgeuniqueid"))
    if not request.get("bridgeuniqueid"):
        raise ActionError("BridgeUniqueid must be provided")
    if bridge is None:
        raise ActionError("Specified BridgeUniqueid not found")
    items = listings.bridge_members(bridge)
    message, more = "Bridge channel listing will follow", bridge_snapshot(bridge)
    session.lists(request, reply, message, items, "BridgeInfoComplete", more)


def queue_status(session: ManagerSession, request: Request, reply: Reply) -> None:
    items = listings.queues(session.pbx, request.get("queue") or None, request.get("member") or None)
    session.lists(
        request, reply, "Queue status will follow", items, "QueueStatusComplete", identity_last=True
    )  # fmt: skip


def device_state_list(session: ManagerSession, request: Request, reply: Reply) -> None:
    items = listings.device_states(session.pbx)
    session.lists(request, reply, "Device State Changes will follow", items, "DeviceStateListComplete")


def extension_state_list(session: ManagerSession, request: Request, reply: Reply) -> None:
    items = listings.extension_states(session.pbx)
    session.lists(request, reply, "Extension Statuses will follow", items, "ExtensionStateListComplete")


def show_endpoints(session: ManagerSession, request: Request, reply: Reply) -> None:
    message = "A listing of Endpoints follows, presented as EndpointList events"
    session.lists(request, reply, message, listings.endpoints(session.pbx), "EndpointListComplete")


def show_contacts(session: ManagerSession, request: Request, reply: Reply) -> None:
    message = "A listing of Contacts follows, presented as ContactList events"
    session.lists(request, reply, message, listings.contacts(session.pbx), "ContactListComplete")


def parking_lots(session: ManagerSession, request: Request, reply: Reply) -> None:
    items = listings.parking_lots(session.pbx)
    session.lists(request, reply, "Parking lots will follow", items, "ParkinglotsComplete")


def parked_calls(session: ManagerSession, request: Request, reply: Reply) -> None:
    items = list(listings.parked_calls(session.pbx))
    more = headers(Total=len(items))
    session.lists(request, reply, "Parked calls will follow", items, "ParkedCallsComplete", more)


def moment(at_s: float) -> tuple[str, str]:
    """Date and time as CoreStatus writes them."""
    at = datetime.fromtimestamp(at_s, UTC)
    return at.strftime("%Y-%m-%d"), at.strftime("%H:%M:%S")
