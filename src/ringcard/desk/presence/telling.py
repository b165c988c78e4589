"""Telling the PBXs' queues what employees do: paused with the reason, ready again, member of a queue or not.

For each device there is one wish, of everybody who sits there. It is told when it changes because of something that
happened here, and never because of what a queue reported. What cannot be told because the PBX is away is owed, and told
when it is back.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import structlog

from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.desk.presence.members import UNPAUSED, Members, Pause, Place
from ringcard.desk.presence.memory import Added
from ringcard.desk.presence.rules import AFTER_CALL_REASON, OFFLINE_REASON
from ringcard.desk.presence.views import Clock
from ringcard.pbx.connector import AgentRequest, Connector, Hindrance, LinkDown, PbxError, Service, WrongState

log = structlog.get_logger(__name__)

OUR_REASONS = frozenset({AFTER_CALL_REASON, OFFLINE_REASON})
Key = tuple[PbxId, DeviceId]


class Outcome(StrEnum):
    """What became of telling the queues. The values are stable."""

    NOTHING = "nothing"
    """There was nothing to be told: the phone is in no queue, or they know it."""
    TOLD = "told"
    LATER = "later"
    """The PBX cannot be reached now; it is told when it is back."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Told:
    """`problem` says what is wrong and what to do."""

    outcome: Outcome = Outcome.NOTHING
    problem: str | None = None

    def worse(self, other: Told) -> Told:
        """Of the two what has to be said."""
        order = (Outcome.NOTHING, Outcome.TOLD, Outcome.LATER, Outcome.REFUSED)
        return max(self, other, key=lambda each: order.index(each.outcome))


class Teller:
    """Keeps the queues' knowledge of each device as it should be."""

    def __init__(
        self,
        members: Members,
        connectors: Callable[[], Mapping[PbxId, Connector]],
        wish: Callable[[DeviceId], Pause | None],
        clock: Clock,
    ) -> None:
        self._members = members
        self._connectors = connectors
        self._wish = wish
        self._clock = clock
        self._agreed: dict[Key, Pause] = {}
        self._locks: defaultdict[Key, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.owed: set[Key] = set()
        """What could not be told yet."""

    def agree(self, key: Key) -> None:
        """The PBX is right: what is wished now is what it has, and is not told."""
        wish = self._wish(key[1])
        self.owed.discard(key)
        if wish is None:
            self._agreed.pop(key, None)
        else:
            self._agreed[key] = wish

    def insist(self, key: Key) -> None:
        """The PBX has forgotten: what is wished is to be told, whatever was told before."""
        self._agreed.pop(key, None)

    def is_up(self, pbx: PbxId) -> bool:
        connector = self._connectors().get(pbx)
        return connector is not None and connector.hindrance(_SET, None, DeviceId("")) is not Hindrance.LINK_DOWN

    async def bring(self, key: Key) -> Told:
        """Tell the queues of one device what is wished, if they do not know it. Never raises."""
        pbx, device = key
        async with self._locks[key]:
            wish, agreed = self._wish(device), self._agreed.get(key)
            if wish is None or (wish == agreed and key not in self.owed):
                return Told()
            told = Told()
            for place, member in list(self._members.of(pbx, device)):
                latest = member.latest
                if latest == wish or _is_not_ours(latest, agreed, wish):
                    continue
                told = told.worse(await self._tell(place, device, wish))
            if told.outcome is Outcome.LATER:
                self.owed.add(key)
            else:
                self.owed.discard(key)
                self._agreed[key] = wish
            return told

    async def _tell(self, place: Place, device: DeviceId, wish: Pause) -> Told:
        connector = self._connectors().get(place.pbx)
        if connector is None:
            return Told()
        self._members.tell(place, wish, self._clock())
        told = await _asked(connector, device, _request(wish), place.queue, wish.reason)
        if told.outcome is not Outcome.TOLD:
            self._members.not_told(place, wish)
        return told

    async def enlist(self, wanted: Added, name: str) -> Told:
        """Make a device a member of a queue. Never raises."""
        connector = self._connectors().get(wanted.pbx)
        if connector is None:
            return Told()
        self._members.add(wanted.pbx, wanted.queue, wanted.device, self._clock())
        return await _asked(connector, wanted.device, AgentRequest.LOGGED_ON, wanted.queue, None, name)

    async def dismiss(self, added: Added) -> Told:
        """Take a device that we made a member out of a queue. Never raises."""
        connector = self._connectors().get(added.pbx)
        if connector is None:
            return Told()
        self._members.remove(added.pbx, added.queue, added.device, self._clock())
        return await _asked(connector, added.device, AgentRequest.LOGGED_OFF, added.queue, None)

    def forget(self, pbx: PbxId) -> None:
        """The PBX is no longer ours."""
        self.owed = {key for key in self.owed if key[0] != pbx}
        self._agreed = {key: pause for key, pause in self._agreed.items() if key[0] != pbx}


_SET = Service.SET_AGENT_STATE


def _is_not_ours(latest: Pause, agreed: Pause | None, wish: Pause) -> bool:
    """Whether a membership is left as the PBX has it: in one queue alone somebody was paused there, not here."""
    if wish.reason == AFTER_CALL_REASON:
        return latest.paused
    by_itself = agreed is not None and agreed.reason in OUR_REASONS
    return wish == UNPAUSED and by_itself and latest.reason not in OUR_REASONS


def _request(wish: Pause) -> AgentRequest:
    if not wish.paused:
        return AgentRequest.READY
    return AgentRequest.WORKING_AFTER_CALL if wish.reason == AFTER_CALL_REASON else AgentRequest.NOT_READY


async def _asked(
    connector: Connector,
    device: DeviceId,
    request: AgentRequest,
    queue: str,
    reason: str | None,
    name: str | None = None,
) -> Told:
    hindrance = connector.hindrance(_SET, None, device)
    if hindrance is Hindrance.PERMISSION_MISSING:
        return Told(
            Outcome.REFUSED,
            f"our account on {connector.pbx} may not pause members of queues (Asterisk: write = agent): ask your"
            " administrator",
        )
    try:
        await connector.set_agent_state(device, request, queue=queue, reason=reason, name=name)
    except LinkDown as error:
        return Told(Outcome.LATER, str(error))
    except (WrongState, PbxError) as error:
        log.warning("desk.queue_not_told", action="queue_not_told", pbx=connector.pbx, queue=queue, problem=str(error))
        return Told(Outcome.REFUSED, str(error))
    return Told(Outcome.TOLD)
