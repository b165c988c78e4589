"""Members of queues: paused, ready again, added and taken out.

A member is paused by the interface that the queue has for the device, which is often not the phone itself
(FreePBX: `Local/101@from-queue/n`); so it is looked up among the queue's members.

Source: app_queue.c of 22.10 and 16.28, actions QueuePause, QueueAdd, QueueRemove (class `agent`).
"""

from __future__ import annotations

from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.control.features import FeatureControl
from ringcard.pbx.asterisk.services import interface_of
from ringcard.pbx.connector import AgentRequest, ServiceRefused


class AgentControl(FeatureControl):
    """The services of `FeatureControl`, and this."""

    async def set_agent_state(
        self,
        device: DeviceId,
        state: AgentRequest,
        *,
        queue: str | None = None,
        reason: str | None = None,
        name: str | None = None,
    ) -> None:
        session = self._live_session()
        if state is AgentRequest.LOGGED_ON:
            interface = interface_of(self._settings, device, session.interfaces.get(device))
            headers = {"Queue": _named(queue), "Interface": interface, "MemberName": name or interface}
            await self._ask(session, "QueueAdd", headers)
            return
        memberships = self._translator.interfaces_in(queue, device)
        if state is AgentRequest.LOGGED_OFF:
            _named(queue)
            for where, interface in memberships:
                await self._ask(session, "QueueRemove", {"Queue": where, "Interface": interface})
            return
        for where, interface in memberships:
            headers = {"Queue": where, "Interface": interface}
            if state is AgentRequest.READY:
                headers |= {"Paused": "false"}
            else:
                headers |= {"Paused": "true"} | ({"Reason": reason} if reason else {})
            await self._ask(session, "QueuePause", headers)


def _named(queue: str | None) -> str:
    if not queue:
        raise ServiceRefused("name the queue that the device shall answer for")
    return queue
