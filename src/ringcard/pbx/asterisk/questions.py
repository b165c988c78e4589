"""The questions whose answers together say what is so on the PBX now, in the order in which the translator expects
them.

Source: documentation/core-en_US.xml of 22.10; which are there and which class allows them was seen on 22.10 and
16.28.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ringcard.pbx.asterisk.messages import STATUS_VARIABLES
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.asterisk.terminals import FAMILIES, tree_question
from ringcard.pbx.asterisk.wire import Wire

_LISTS_BEFORE = ("Status", "CoreShowChannels", "BridgeList")
"""`Status` says of each channel what the list does not, so it has to come before the list is complete."""
_ALSO = {"Status": {"Variables": STATUS_VARIABLES}}
_LISTS_AFTER = ("QueueStatus", "PJSIPShowContacts", "SIPpeers", "ExtensionStateList", "DeviceStateList", "ParkedCalls")
"""`DeviceStateList` decides about a device, so what else is known of it comes before."""
BRIDGES_AT_ONCE = 32
"""How many bridges we ask for before we have read the answers: a thousand conversations need not cost a thousand
round trips."""


@dataclass(slots=True)
class Snapshot:
    """What came of the questions."""

    refused: dict[str, str] = field(default_factory=dict)
    """Actions that the PBX refused, with its words. `PJSIPShowContacts` of an idle PBX is one: "No Contacts
    found"."""
    queues: list[Message] = field(default_factory=list)
    """The answer to `QueueStatus`."""
    status: Message | None = None
    """The answer to `CoreStatus`."""


async def take_snapshot(
    wire: Wire,
    allowed: frozenset[str],
    *,
    action_s: float,
    list_s: float,
    asked: Callable[[str], None] = lambda _: None,
) -> Snapshot:
    """Ask it all, one list after the other; each must be complete within `list_s`. The answers reach whoever hears
    the wire.

    What the account may not ask, and what belongs to a module that is not loaded, is left out. `asked` is told each
    action's name before it is sent. Raises `LinkLost` if an answer does not come.
    """
    snapshot = Snapshot()

    async def ask_list(name: str) -> list[Message]:
        if name not in allowed:
            return []
        asked(name)
        items = await wire.ask_list(name, _ALSO.get(name), within_s=list_s)
        if items[0].is_response and not items[0].succeeded:
            snapshot.refused[name] = items[0].get("Message").strip()
            return []
        return items

    if "CoreStatus" in allowed:
        asked("CoreStatus")
        snapshot.status = await wire.ask("CoreStatus", within_s=action_s)
    for name in _LISTS_BEFORE:
        items = await ask_list(name)
    await _ask_for_bridges(
        wire, [item.get("BridgeUniqueid") for item in items if item.name == "BridgeListItem"], list_s
    )
    if "DBGetTree" in allowed:
        asked("DBGetTree")
        await read_database(wire, list_s=list_s)
    for name in _LISTS_AFTER:
        items = await ask_list(name)
        if name == "QueueStatus":
            snapshot.queues = items
    return snapshot


async def read_database(wire: Wire, *, list_s: float) -> None:
    """Who wants no calls, and who wants them elsewhere: the AstDB tells nobody when it changes (`terminals`)."""
    for family in FAMILIES:
        await wire.ask_list(
            "DBGetTree", {"Family": family}, within_s=list_s, action_id=tree_question(wire.next_id(), family)
        )


async def _ask_for_bridges(wire: Wire, bridges: list[str], list_s: float) -> None:
    for start in range(0, len(bridges), BRIDGES_AT_ONCE):
        # Sent in one go; a manager answers in order, so waiting for the last is waiting for all.
        some = bridges[start : start + BRIDGES_AT_ONCE]
        for bridge in some[:-1]:
            wire.send("BridgeInfo", {"BridgeUniqueid": bridge})
        await wire.ask_list("BridgeInfo", {"BridgeUniqueid": some[-1]}, within_s=list_s)
