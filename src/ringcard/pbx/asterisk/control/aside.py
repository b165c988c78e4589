"""Services for which a phone is rung that is not in the call yet, and those that tell a phone what to do.

A phone that is rung to pick a call up, or to listen, is no call of its own: its channel bears a unique id that begins
with `places.ASIDE`, by which everybody who listens leaves it out until it is part of somebody's call.

Source: documentation/core-en_US.xml of 22.10 and 16.28: Originate, PickupChan, Pickup, ChanSpy, Park, PJSIPNotify and
SIPnotify. The NOTIFY with `Event: talk` and `hold` is Broadsoft's; a phone that takes it says so by `Allow-Events`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.numbers import parse_devices
from ringcard.pbx.asterisk.control.patience import until
from ringcard.pbx.asterisk.control.phones import Phones
from ringcard.pbx.asterisk.control.services import CallControl
from ringcard.pbx.asterisk.control.sight import leg_of, other_of, waits_by_us
from ringcard.pbx.asterisk.mirror import RINGING, Channel
from ringcard.pbx.asterisk.places import ASIDE
from ringcard.pbx.asterisk.services import answering_headers, interface_of
from ringcard.pbx.asterisk.session import Session
from ringcard.pbx.asterisk.tracked import TrackedCall
from ringcard.pbx.connector import (
    Hindrance,
    LinkDown,
    ListenMode,
    PhoneWords,
    Service,
    ServiceRefused,
    WrongState,
)

PARKED_WITHIN_S, LOOK_EVERY_S = 1.0, 0.05
"""How long it may take until a call that is being parked has its place, and how often that is looked at."""

_SPY = {
    # q: no announcement, E: over when the call is, w: heard by the one listened to, B: heard by both.
    ListenMode.SILENT: "qE",
    ListenMode.COACH: "qEw",
    ListenMode.ACTIVE: "qEB",
}


class AsideControl(CallControl):
    """The services of `CallControl`, and these."""

    _phones: Phones
    _rung: dict[str, tuple[Channel, bool, float]]
    """Phones that ring to come into a call, by their channel's unique id: whose leg it is about, whether to pick it up
    while it rings, since when."""

    # -- phones that let themselves be told ---------------------------------------------------------------------------

    async def answer_call(self, call_id: CallId, device: DeviceId) -> None:
        session = self._live_session()
        _, leg = self._found(Service.ANSWER_CALL, call_id, device)
        await self._notify(session, leg, "talk")

    async def hold_call(self, call_id: CallId, device: DeviceId) -> None:
        session = self._live_session()
        _, leg = self._found(Service.HOLD_CALL, call_id, device)
        if await self._takes(session, leg, "hold"):
            await self._notify(session, leg, "hold")
            return
        await super().hold_call(call_id, device)

    async def retrieve_call(self, call_id: CallId, device: DeviceId) -> None:
        session = self._live_session()
        _, leg = self._found(Service.RETRIEVE_CALL, call_id, device)
        if waits_by_us(leg):
            await super().retrieve_call(call_id, device)
            return
        if not await self._takes(session, leg, "talk"):
            raise WrongState(f"the phone of device {device} holds by itself, and only it can take the call back")
        await self._notify(session, leg, "talk")

    async def _takes(self, session: Session, leg: Channel, event: str) -> bool:
        """Whether a phone takes a NOTIFY with `event`: by its own word, or by the administrator's (`takes_notify`)."""
        assert leg.device is not None
        if self._settings.takes_notify and leg.device in parse_devices(self._settings.takes_notify):
            return True
        if leg.tech != "PJSIP" or "PJSIPNotify" not in session.allowed:
            return False  # chan_sip keeps no header of an answer (16.28), PJSIP those of a 200 only (22.10)
        read = "PJSIP_RESPONSE_HEADER" if leg.dialled else "PJSIP_HEADER"
        agent = self._translator.user_agent_of(leg.device)
        try:
            said = await self._read(session, leg, f"{read}(read,Allow-Events)")
        except ServiceRefused:
            if leg.gone_s is None:  # an Asterisk without the function; whoever hung up meanwhile is asked another time
                self._phones.silent(leg.device, agent, self._clock())
            return False
        events = frozenset(name for part in said.split(",") if (name := part.strip().lower()))
        self._phones.heard(leg.device, events, agent, self._clock())
        return event in events

    async def _notify(self, session: Session, leg: Channel, event: str) -> None:
        if leg.tech == "PJSIP":
            await self._ask(session, "PJSIPNotify", {"Channel": leg.name, "Variable": f"Event={event}"})
            return
        call = await self._read(session, leg, "SIPCALLID")
        variables = [f"Event={event}", f"Call-ID={call}"]
        await self._ask(session, "SIPnotify", {"Channel": leg.name.rpartition("-")[0], "Variable": variables})

    def takes(self, device: DeviceId) -> frozenset[str]:
        """What the phone of a device can be told; empty as long as neither it nor one like it has said anything."""
        return self._phones.takes(device, self._translator.user_agent_of(device))

    def recall(self, phones: Sequence[PhoneWords], keep: Callable[[PhoneWords], None]) -> None:
        """What phones have said in a former run (`pbx.connector.RemembersPhones`)."""
        self._phones.recall(phones, keep)

    async def learn_phones(self) -> None:
        """Read what phones that talk say they take: of one that rings it cannot be read, and that is when it counts."""
        session = self._live_session()
        if "PJSIPNotify" not in session.allowed or "Getvar" not in session.allowed:
            return
        for leg in self._unknown_phones():
            try:
                await self._takes(session, leg, "talk")
            except LinkDown:
                return

    def _unknown_phones(self) -> list[Channel]:
        """Those that talk and of which nothing is known, or was known too long ago."""
        now_s = self._clock()
        return [
            leg
            for call in self._translator.calls.values()
            for leg in call.channels.values()
            if leg.device is not None and leg.up and leg.tech == "PJSIP" and self._phones.is_old(leg.device, now_s)
        ]

    def _hindrance_in_call(self, service: Service, call: TrackedCall | None, device: DeviceId) -> Hindrance | None:
        leg = leg_of(call, device) if call is not None and not call.ended else None
        if service is Service.RETRIEVE_CALL and leg is not None and leg.up and leg.held_s is not None:
            return None if waits_by_us(leg) else self._cannot(leg)
        if service is Service.ANSWER_CALL and leg is not None:
            return self._cannot(leg) if leg.state == RINGING else Hindrance.WRONG_STATE
        if service is Service.DIRECTED_PICKUP_CALL and leg is not None:
            return None if leg.state == RINGING else Hindrance.WRONG_STATE
        if service is Service.PARK_CALL and leg is not None and waits_by_us(leg):
            return None
        return super()._hindrance_in_call(service, call, device)

    def _cannot(self, leg: Channel) -> Hindrance | None:
        """Whether the phone can be told to talk: it or one like it has said so, or the administrator does."""
        assert leg.device is not None
        if self._settings.takes_notify and leg.device in parse_devices(self._settings.takes_notify):
            return None
        if leg.tech != "PJSIP" or "PJSIPNotify" not in self._live_session().allowed:
            return Hindrance.PHONE_CANNOT
        return None if "talk" in self.takes(leg.device) else Hindrance.PHONE_CANNOT

    # -- parked and picked up ---------------------------------------------------------------------------------------

    async def park_call(self, call_id: CallId, device: DeviceId) -> str:
        session = self._live_session()
        call, leg = self._found(Service.PARK_CALL, call_id, device)
        await self._take_back(session, call, leg, device)
        other = other_of(call, device)
        assert other is not None
        # Whom it comes back to when nobody fetches it; Asterisk takes that as who parked, too.
        await self._ask(session, "Park", {"Channel": other.name, "TimeoutChannel": leg.name})
        if "ParkedCalls" not in session.allowed:
            return ""

        async def place() -> str | None:
            parked = await session.ask_list("ParkedCalls", {})
            return next((each.get("ParkingSpace") for each in parked if each.get("ParkeeUniqueid") == other.uid), None)

        return await until(place, within_s=PARKED_WITHIN_S, every_s=LOOK_EVERY_S, sleep=self._sleep) or ""

    async def directed_pickup_call(self, call_id: CallId, device_ringing: DeviceId, by_device: DeviceId) -> None:
        session = self._live_session()
        _, leg = self._found(Service.DIRECTED_PICKUP_CALL, call_id, device_ringing)
        if by_device == device_ringing:
            raise ServiceRefused(f"{by_device} rings itself: it can answer")
        channel_id = await self._ring(session, by_device, "PickupChan", leg.name)
        self._rung[channel_id] = leg, True, self._clock()

    async def group_pickup_call(self, by_device: DeviceId) -> None:
        await self._ring(self._live_session(), by_device, "Pickup", "")

    async def single_step_conference_call(
        self, call_id: CallId, device_talking: DeviceId, by_device: DeviceId, mode: ListenMode
    ) -> None:
        session = self._live_session()
        _, leg = self._found(Service.SINGLE_STEP_CONFERENCE_CALL, call_id, device_talking)
        if by_device == device_talking:
            raise ServiceRefused(f"{by_device} is in the call already")
        channel_id = await self._ring(session, by_device, "ChanSpy", f"{leg.name},{_SPY[mode]}")
        self._rung[channel_id] = leg, False, self._clock()

    async def _ring(self, session: Session, device: DeviceId, application: str, data: str) -> str:
        """Ring a phone, and have it do something when it answers. Returns its channel's unique id."""
        channel_id = ASIDE + secrets.token_hex(8)
        channel = interface_of(self._settings, device, session.interfaces.get(device))
        headers: dict[str, str | list[str]] = {
            "Channel": channel,
            # Who asked for it is waiting for it: the phone shall pick up by itself, if it can.
            "Variable": answering_headers(self._settings, device, channel),
            "Application": application,
            "Data": data,
            "CallerID": f'"{application}" <{device}>',
            "Timeout": str(round(self._settings.ring_timeout_s * 1000)),
            "ChannelId": channel_id,
            "Async": "true",
        }
        await self._ask(session, "Originate", headers, channel_id)
        return channel_id

    async def _stop_ringing_in_vain(self) -> None:
        """Somebody was faster, or the call is over: the phone that was rung for it rings no more."""
        session = self._live_session()
        for uid, (leg, picks_up, since_s) in tuple(self._rung.items()):
            rung = self._translator.channel(uid)
            over = rung is None and self._clock() - since_s > self._settings.ring_timeout_s
            if over or (rung is not None and (rung.up or rung.gone_s is not None)):
                del self._rung[uid]
                continue
            wanted = leg.gone_s is None and (leg.state == RINGING if picks_up else leg.up)
            if wanted or rung is None or "Hangup" not in session.allowed:
                continue
            del self._rung[uid]
            try:
                await self._ask(session, "Hangup", {"Channel": rung.name})
            except ServiceRefused:
                continue  # picked up, or put down, meanwhile

    async def look_after(self) -> None:
        """What is to be done with every tick."""
        await self.learn_phones()
        await self._stop_ringing_in_vain()
        await self.keep_watch()
