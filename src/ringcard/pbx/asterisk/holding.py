"""Hold and retrieve: what a person pressed, told apart from the music of a feature code.

Source: Asterisk events Hold and Unhold. All 30 holds in the recordings of 22.10 with PJSIP show it: a pressed hold
names a music class, the one of `*2`, `#1` or Atxfer names none. chan_sip names none for a pressed hold either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringcard.calls.causes import CUSTOMER
from ringcard.pbx.asterisk.mirror import Channel, hears
from ringcard.pbx.asterisk.places import WAIT

SETTLE_S = 0.1
"""How soon after its Unhold a feature code's BlindTransfer follows, at most."""

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.tracked import TrackedCall
    from ringcard.pbx.asterisk.translate import Handler, Translator


def hold(t: Translator, headers: dict[str, str], at_s: float) -> None:
    channel = t.known(headers.get("Uniqueid", ""))
    if channel is None or channel.call is None:
        return
    if channel.half:
        by_code_through_a_pair(channel, at_s)
    elif headers.get("MusicClass"):
        channel.feature_hold_s = None
        pressed_hold(t, channel, at_s)
    elif channel.tech == "PJSIP" or channel.held_s is None:
        # A feature code's music has no class. Other drivers (chan_sip) name none for a pressed hold either: what it
        # was shows in what follows.
        channel.feature_hold_s = at_s


def by_code_through_a_pair(half: Channel, at_s: float) -> None:
    """The keys of a feature code went through a Local pair, and its far half is the one that asks for Asterisk.

    Seen where a pair was parked and fetched: whoever fetched it may press no codes (`parkedcalltransfers`), so the keys
    go on, and the pair's own call may. Nobody presses hold at a pair: a phone behind it has a Hold of its own.
    """
    behind = half.other_half.bridge if half.other_half is not None else None
    for leg in behind.members.values() if behind is not None else ():
        if leg.device is not None and leg.real:
            leg.feature_hold_s = at_s


def pressed_hold(t: Translator, channel: Channel, at_s: float) -> None:
    if channel.call is not None:
        channel.call.events = t.events
    _begin(channel, at_s)


def _begin(channel: Channel, at_s: float) -> None:
    if channel.held_s is not None:
        return
    channel.held_s = at_s
    call = channel.call
    if call is None or channel.side is not None or call.ended or call.unseen:
        return
    if channel.device is not None:
        part = call.parts.get(channel.device)
        if part is not None and part.picked_up and not channel.spent:
            part.held = True
            call.hold(at_s, channel.device)
    elif not call.customer_held:
        call.customer_held = True
        call.hold(at_s, CUSTOMER)


def settle_hold(t: Translator, channel: Channel) -> None:
    """A hold without a music class goes on as no feature code's would: with drivers that name none, it was pressed."""
    since, channel.feature_hold_s = channel.feature_hold_s, None
    if since is not None and channel.tech != "PJSIP":
        pressed_hold(t, channel, since)


def settle_holds(t: Translator, call: TrackedCall, leaving: Channel | None = None) -> None:
    """Somebody leaves: whatever hold lasts will not turn out to be a feature code any more.

    But for the one who is `leaving` its bridge alive: `*2` takes the holder to another one. And if `leaving` was sent
    somewhere else, `#1` may have done it, and the BlindTransfer that says so may be still to come.
    """
    sent = leaving is not None and call.pending is not None and call.pending.transferee is leaving
    for leg in call.channels.values():
        if leg.feature_hold_s is not None and (leg is not leaving or leg.departed):
            settle_hold(t, leg)
        if leg.unsettled is not None and leg is not leaving and not sent:
            (since, until), leg.unsettled = leg.unsettled, None
            pressed_hold(t, leg, since)
            retrieved(t, leg, until)


def unhold(t: Translator, headers: dict[str, str], at_s: float) -> None:
    channel = t.known(headers.get("Uniqueid", ""))
    if channel is None:
        t.unseen_line(headers, at_s)
        return
    since, channel.feature_hold_s = channel.feature_hold_s, None
    if channel.held_s is None and since is not None and _asks_by_code(channel):
        return  # `*4`: the music between the two sides
    if channel.held_s is None and since is not None and channel.tech != "PJSIP":
        channel.unsettled = (since, at_s)  # `#1` unholds too, and transfers at once
        t.unsettled.append(channel)
    else:
        retrieved(t, channel, at_s)


def held_by_program(t: Translator, call: TrackedCall, leg: Channel, at_s: float) -> None:
    """A program asked for the hold: the PBX sent the other side to music, and the device's line to wait for it."""
    call.events = t.events
    wait_for_held(call, leg, at_s)


def wait_for_held(call: TrackedCall, leg: Channel, at_s: float) -> None:
    """A device's line waits for the side that it holds, since `at_s`.

    In our extension for that, whatever its BridgeLeave said: sent to a second hold it may be told of with the extension
    it came from (22.10, one in ten on a busy machine), and it could not be retrieved.
    """
    leg.held_by_program = True
    if leg.device is not None:
        leg.exten = WAIT + leg.device
    part = call.parts.get(leg.device) if leg.device is not None else None
    if part is not None and part.picked_up:
        part.away, part.parted_s, part.left_alone = True, None, False
    _begin(leg, at_s)


def resume_holds(t: Translator, call: TrackedCall, at_s: float) -> None:
    """The list shows who holds for a program: the line waits in an extension that says so."""
    for leg in call.mains():
        if leg.device is None or not leg.up or leg.bridge is not None or not leg.exten.startswith(WAIT):
            continue
        part = call.part(leg.device)
        if not part.picked_up:
            call.originate()
            part.picked_up = True
            call.establish(at_s, leg.device, since_known=False)
        part.met = True
        held_by_program(t, call, leg, at_s)


def together_again(t: Translator, call: TrackedCall, at_s: float) -> None:
    """Who held for a program hears the other side again, however that came about."""
    for leg in call.mains():
        if leg.held_by_program and leg.bridge is not None and any(c.real and c is not leg for c in hears(leg)):
            leg.held_by_program = False
            retrieved(t, leg, at_s)


def _asks_by_code(channel: Channel) -> bool:
    """Whether somebody is asked by feature code from this line now."""
    sides = channel.call.sides if channel.call is not None else []
    return any(side.feature and not side.cleared and side.by == channel.device for side in sides)


def retrieved(t: Translator, channel: Channel, at_s: float) -> None:
    if channel.held_s is None and channel.witnessed:
        return  # a snapshot does not show that a channel is held
    if channel.held_s is not None:
        channel.last_hold_s = at_s
    channel.held_s, channel.unheld_s = None, at_s
    call = channel.call
    if call is None or channel.side is not None or call.ended or call.unseen:
        return
    call.events = t.events
    if channel.device is not None:
        part = call.parts.get(channel.device)
        if part is not None and part.held:
            part.held = False
            call.retrieve(at_s, channel.device)
    elif call.customer_held:
        call.customer_held = False
        call.retrieve(at_s, CUSTOMER)


def settle_unsettled(t: Translator, now_s: float) -> None:
    """Holds that ended a moment ago, and no transfer by feature code followed: they were pressed."""
    waiting: list[Channel] = []
    for channel in t.unsettled:
        if channel.unsettled is None:
            continue
        since, until = channel.unsettled
        if now_s - until < SETTLE_S and channel.alive:
            waiting.append(channel)
            continue
        channel.unsettled = None
        pressed_hold(t, channel, since)
        retrieved(t, channel, until)
    t.unsettled = waiting


HANDLERS: dict[str, Handler] = {
    "Hold": hold,
    "Unhold": unhold,
}
