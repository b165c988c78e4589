"""The PBX's lists, held against what we had: after a (re)connect nothing is replayed, and they say what is so now.

Calls that are gone ended in the gap; calls that are still there go on, with the gap marked; calls never seen before
begin with what the list shows, and what it does not show (when it was answered, whether it is on hold) stays unknown.

Source: CoreShowChannels and BridgeList of Asterisk; AMI replays no events after a reconnect.
"""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from ringcard.calls.causes import SYSTEM
from ringcard.calls.events import GapNoted
from ringcard.calls.record import CallRecord
from ringcard.pbx.asterisk.adopting import adopt, resume_sides
from ringcard.pbx.asterisk.bridging import join
from ringcard.pbx.asterisk.derive import derive
from ringcard.pbx.asterisk.devices import Kind
from ringcard.pbx.asterisk.ending import finish, leg_gone
from ringcard.pbx.asterisk.finding import (
    assemble,
    consulting_line,
    consulting_pair,
    joined,
    left_over,
    recalled,
    sent_on,
)
from ringcard.pbx.asterisk.holding import resume_holds, together_again
from ringcard.pbx.asterisk.listed import Listed, Snapshot, create, is_dialled
from ringcard.pbx.asterisk.mirror import UP, Channel
from ringcard.pbx.asterisk.tracked import TrackedCall, moment

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Translator


def reconcile(translator: Translator, snapshot: Snapshot, at_s: float, gone: Container[str]) -> None:
    """Make the mirror what the list says, and report what that means for every call."""
    gap, restarted = translator.gap, translator.restarted
    _see(translator)
    held = [call for call in translator.calls.values() if not call.ended]
    resumed: list[tuple[TrackedCall, CallRecord]] = []
    for record in translator.adopted:
        call = adopt(translator, record, snapshot, at_s)
        if call is not None:
            held.append(call)
            resumed.append((call, record))
    translator.adopted = []
    if gap is not None:
        for call in held:
            _mark(translator, call, gap)
            call.shutting_down = call.shutting_down or restarted
    lost: dict[str, TrackedCall] = {}
    for channel in tuple(translator.mirror.channels.values()):
        if channel.uid not in snapshot.channels and channel.created_s < snapshot.began_s:
            call_of = channel.call
            translator.mirror.remove(channel, at_s)
            if call_of is not None:
                lost[call_of.call_id] = call_of
                call_of.events = translator.events
                if gap is None:
                    _mark(translator, call_of, (at_s, at_s))
                    translator.note(call_of, at_s, f"{channel.name} was gone without a Hangup")
                if not restarted:
                    leg_gone(call_of, channel, at_s)
    for call in lost.values():
        if not call.ended and not call.unseen and not any(c.alive for c in call.channels.values()):
            finish(call, at_s, SYSTEM if restarted else call.hung_up)
    new = _add_listed(translator, snapshot, at_s, gone)
    for call, record in resumed:
        left = {stint.device for stint in record.devices} - call.parts.keys()
        for leg in call.mains():
            leg.spent = leg.spent or leg.device in left  # it hears that the call is parked, and is out of it
            leg.spent = leg.spent or (leg.device is None and leg.up and call.far_answered)
        left_over(call, at_s, told=True)
    for call in tuple(translator.calls.values()):
        call.events = translator.events
        if not call.ended and not call.unseen:
            resume_holds(translator, call, at_s)
            together_again(translator, call, at_s)
        call.catching_up = True
        derive(call, at_s)
        call.catching_up = False
        if call in new and not call.ended and not call.unseen:
            sent_on(translator, call, at_s)
        translator.touch(call)


def _see(translator: Translator) -> None:
    """What was not told because it began before we listened is told from now on, as the list shows it."""
    for call in tuple(translator.calls.values()):
        if call.unseen:
            del translator.calls[call.call_id]
            for channel in call.channels.values():
                channel.call = channel.side = None
                channel.spent = False


def _mark(translator: Translator, call: TrackedCall, gap: tuple[float, float]) -> None:
    call.events = translator.events
    if call.originated and not call.unseen and not call.ended:
        translator.events.append(GapNoted(call.call_id, moment(gap[1]), moment(gap[0]), moment(gap[1])))


def _add_listed(translator: Translator, snapshot: Snapshot, at_s: float, gone: Container[str]) -> list[TrackedCall]:
    """Returns the calls that were not known before."""
    fresh: dict[str, list[tuple[Listed, Channel]]] = {}
    customers: dict[str, list[tuple[Listed, Channel]]] = {}
    for listed in snapshot.in_order():
        uid = listed.facts.uid
        if uid in gone:
            continue
        channel = translator.mirror.channels.get(uid)
        if channel is None:
            channel = create(translator, listed, at_s)
        else:
            if listed.facts.state == UP and channel.state != UP:
                channel.up_s = at_s
                channel.witnessed = False
            channel.state = listed.facts.state
            channel.dialled = channel.dialled or (channel.call is None and is_dialled(listed))
            translator.mirror.refresh(channel, listed.facts)
        if listed.bridge:
            translator.mirror.enter(channel, translator.mirror.bridge(listed.bridge))
        else:
            translator.mirror.leave(channel)
        if channel.call is None and channel.kind is not Kind.INTERNAL:
            status = translator.statuses.get(uid)
            # A customer who called has a call of its own, also when it was joined with another.
            if channel.kind is Kind.OUTSIDER and not channel.root and status is not None and status.dialled:
                customers[uid] = [(listed, channel)]
            else:
                fresh.setdefault(listed.facts.linkedid, []).append((listed, channel))
    # Once joined, a customer's channel has the other's linked id: assembled first, its call would take the other's
    # channels in (tests/traces/attached).
    together = [*fresh.items(), *customers.items()]
    new = [call for linkedid, members in together if (call := assemble(translator, linkedid, members, at_s))]
    for call in new:
        for channel in call.mains():
            if channel.call is call and channel.bridge is not None and not channel.bridge.holding:
                join(translator, channel, at_s)
    for call in new:
        if not call.ended:
            consulting_line(translator, call, at_s)
    for call in tuple(translator.calls.values()):
        if not call.ended:
            consulting_pair(translator, call, snapshot, at_s)
            resume_sides(call, at_s)
    for call in new:
        if not call.ended and not call.unseen:
            left_over(call, at_s, told=False)
            joined(call, at_s)
    for call in new:
        if not call.ended and not call.unseen:
            recalled(translator, call, at_s)
    return new
