"""What the PBX shows of a call, for the services: whose line is where, and with whom the customer is.

Concluded from the translator's mirror at the moment of asking; nothing is remembered here, so it is the same after
ringcard was killed and begun anew.
"""

from __future__ import annotations

from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.control.transfer import Sight
from ringcard.pbx.asterisk.mirror import RINGING, Channel, hears
from ringcard.pbx.asterisk.places import HOLD, WAIT
from ringcard.pbx.asterisk.tracked import Side, TrackedCall


def leg_of(call: TrackedCall, device: DeviceId) -> Channel | None:
    """The line of a device in the call itself: the one that is up before one that rings, the last of several."""
    legs = call.legs(device)
    up = [leg for leg in legs if leg.up]
    found = up or legs
    return found[-1] if found else None


def side_of(call: TrackedCall, device: DeviceId) -> Side | None:
    """The consultation that `device` has going."""
    return next((side for side in call.sides if side.by == device and not side.cleared), None)


def others(call: TrackedCall, device: DeviceId) -> list[Channel]:
    """Who is on the other side of `device`: the customers, or in a call within the house the colleague."""
    mains = [c for c in call.mains() if c.device != device and c.up]
    outside = [c for c in mains if c.device is None]
    return outside if call.customer_since and outside else mains


def other_of(call: TrackedCall, device: DeviceId) -> Channel | None:
    """The one whom `device` talks with, or has waiting. Whoever it hears goes before whoever it does not."""
    leg = leg_of(call, device)
    found = others(call, device)
    heard = [c for c in (hears(leg) if leg is not None else ()) if c in found]
    found = heard or found
    return found[0] if found else None


def waits_by_us(leg: Channel) -> bool:
    """Whether a device holds by our dialplan lines: its line waits there."""
    return leg.exten.startswith(WAIT) and leg.bridge is None


def is_together(call: TrackedCall, device: DeviceId) -> bool:
    """Whether `device` talks with the other side now."""
    leg, other = leg_of(call, device), other_of(call, device)
    return leg is not None and other is not None and leg.up and other in hears(leg)


def look(call: TrackedCall, device: DeviceId) -> Sight:
    """Where the customer of a transfer by `device` is."""
    found = others(call, device)
    if not found:
        return Sight.CUSTOMER_GONE
    customer, leg, side = found[0], leg_of(call, device), side_of(call, device)
    heard = [c for c in hears(customer) if c.real and c is not customer and c.alive]
    with_sender = any(c.device == device for c in heard)
    targets = [c for c in call.channels.values() if side is not None and c.side is side and c.real and c.alive]
    targets = [c for c in targets if c.device != device]
    if with_sender:
        if any(c.device != device for c in heard):
            return Sight.ALL_TOGETHER
        return Sight.WITH_SENDER_ONE_WAITS if targets else Sight.WITH_SENDER
    if any(c.up for c in heard):
        return Sight.WITH_TARGET
    if leg is not None and leg.up:
        if any(c.up for c in targets):
            return Sight.TARGET_TALKS
        return Sight.TARGET_RINGS if targets else Sight.SENDER_ELSEWHERE
    if leg is not None and leg.state == RINGING:
        return Sight.SENDER_RINGS
    if any(
        c.state == RINGING and c.real and c.alive and (c.dialled or c.device is not None)
        for c in call.channels.values()
    ):
        return Sight.RINGS_ON
    return Sight.WITH_TARGET if _served(call, customer) else Sight.NOBODY


def _served(call: TrackedCall, customer: Channel) -> bool:
    """Whether the PBX itself has the customer: a queue, parking, a hold, on the way, or what a Local pair leads to."""
    bridge = customer.bridge
    if call.in_queue or customer.exten.startswith(HOLD):
        return True
    if bridge is None:
        return any(c.dialler is customer and c.alive for c in call.channels.values())
    return bridge.holding or any(c is not customer and c.alive for c in bridge.members.values())


def who_rings(leg: Channel) -> Channel | None:
    """Whose call rings at `leg`: the dialling channel, through Local pairs however many; None if a program rang it."""
    dialler = leg.dialler
    for _ in range(10):
        if dialler is None or dialler.real:
            return dialler
        half = dialler.other_half if dialler.half == 2 else None
        dialler = half.dialler if half is not None else None
    return None
