"""What is done with calls."""

from __future__ import annotations

import re
from collections.abc import Callable

from ringcard.pbx.simulator.channels import Cause, Channel, ChannelState
from ringcard.pbx.simulator.request import ActionError, Reply, Request
from ringcard.pbx.simulator.session import ManagerSession
from ringcard.pbx.simulator.wire import headers

ANSWERS_AFTER_S = 0.3
"""A phone that is asked to pick up by itself rings for so long."""


def originate(session: ManagerSession, request: Request, reply: Reply) -> None:
    target, exten, context = request.get("channel"), request.get("exten"), request.get("context")
    identity = request.get("actionid")
    if not target:
        raise ActionError("Channel not specified")
    if not request.get("application") and not (exten and context and request.get("priority")):
        raise ActionError("Originate with 'Exten' requires 'Context' and 'Priority'")
    if "/" not in target:
        raise ActionError("Invalid channel")
    timeout = request.get("timeout", "30000")
    if not timeout.isdigit():
        raise ActionError("Invalid timeout")
    caller = caller_id(request.get("callerid"))

    def told(channel: Channel | None, reason: int) -> None:
        good = reason == 4
        name = channel.name if channel is not None and good else target
        lines = [f"ActionID: {identity}"] if identity else []
        number, shown = caller
        outcome = headers(
            Response="Success" if good else "Failure", Channel=name, Context=context, Exten=exten,
            Reason=reason, Uniqueid=channel.uniqueid if channel is not None and good else "<null>",
            CallerIDNum=number or "<unknown>", CallerIDName=shown or "<unknown>",
        )  # fmt: skip
        lines.append(outcome)
        session.pbx.switch.emit("OriginateResponse", "call", *lines)

    then = None
    if request.get("application"):
        then = session.pbx.dialplan.application(request.get("application"), request.get("data"))
    channel = session.pbx.dialplan.originate(
        target,
        int(timeout) / 1000,
        caller=caller,
        context=context or "internal",
        exten=exten or "s",
        told=told,
        uniqueid=request.get("channelid") or None,
        then=then,
    )
    asynchronous = request.get("async").lower() in ("true", "yes", "1", "on")
    if channel is None:
        if not asynchronous:
            raise ActionError("Originate failed")
        told(None, 0)
    else:
        for assignment in request.all("variable"):
            name, _, value = assignment.partition("=")
            if value[:1] == value[-1:] == '"' and len(value) > 1:
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            session.pbx.switch.set_variable(channel, name.lstrip("_"), value)
            if name == "PJSIP_HEADER(add,Call-Info)" and "answer-after=0" in value:
                session.pbx.timeline.after(ANSWERS_AFTER_S, lambda: session.pbx.notify(channel, "talk"))
    session.succeeds(request, reply, headers(Message="Originate successfully queued"))


def redirect(session: ManagerSession, request: Request, reply: Reply) -> None:
    channel = session.channel(request, missing="Channel not specified", unknown="Channel does not exist.")
    if channel.state is not ChannelState.UP and channel.outgoing:
        raise ActionError("Redirect failed, channel not up.")
    extra = request.get("extrachannel")
    other = session.pbx.switch.channels.get(extra) if extra else None
    if extra and other is None:
        raise ActionError("ExtraChannel does not exist.")
    place = (request.get("context", "internal"), request.get("exten"))
    extra_place = (request.get("extracontext") or place[0], request.get("extraexten") or place[1])
    if other is not None and other.bridge is not None and other.bridge is channel.bridge:
        session.pbx.redirect_both(channel, other, (place, extra_place))
    else:
        if other is not None:
            session.pbx.redirect(other, *extra_place)
        session.pbx.redirect(channel, *place)
    words = "Dual Redirect successful" if other is not None else "Redirect successful"
    session.succeeds(request, reply, headers(Message=words))


def blind_transfer(session: ManagerSession, request: Request, reply: Reply) -> None:
    channel = session.channel(request)
    if not request.get("exten"):
        raise ActionError("No extension specified")
    if not session.pbx.transfers.blind(channel, request.get("exten"), context=request.get("context", "internal")):
        raise ActionError("Transfer not permitted")
    session.succeeds(request, reply, headers(Message="Transfer succeeded"))


def atxfer(session: ManagerSession, request: Request, reply: Reply) -> None:
    name, exten = request.get("channel"), request.get("exten")
    if not name:
        raise ActionError("No channel specified")
    if not exten:
        raise ActionError("No extension specified")
    channel = session.pbx.switch.channels.get(name)
    if channel is None:
        raise ActionError("Channel specified does not exist")
    if not session.pbx.transfers.attended_by_program(channel, exten, plus=request.get("context") == "ringcard-plus"):
        raise ActionError("Channel is not in a bridge")
    session.succeeds(request, reply, headers(Message="Atxfer successfully queued"))


def cancel_atxfer(session: ManagerSession, request: Request, reply: Reply) -> None:
    channel = session.channel(request)
    for digit in "*1":
        session.pbx.transfers.pressed(channel, digit, 0)
    session.succeeds(request, reply, headers(Message="CancelAtxfer successfully queued"))


def play_dtmf(session: ManagerSession, request: Request, reply: Reply) -> None:
    channel, digit = session.channel(request), request.get("digit")
    if len(digit) != 1 or digit not in "0123456789*#ABCDabcd":
        raise ActionError("No digit specified" if not digit else "Invalid digit")
    if request.get("receive").lower() in ("true", "yes", "1", "on"):
        session.pbx.transfers.pressed(channel, digit, 0)
    session.succeeds(request, reply, headers(Message="DTMF successfully queued"))


def park(session: ManagerSession, request: Request, reply: Reply) -> None:
    customer, leg = session.channel(request), session.channel(request, "timeoutchannel")
    if not session.pbx.transfers.park_by_program(customer, leg):
        raise ActionError("Park failed")
    session.succeeds(request, reply, headers(Message="Park successful"))


def pjsip_notify(session: ManagerSession, request: Request, reply: Reply) -> None:
    channel = session.channel(request)
    for assignment in request.all("variable"):
        name, _, value = assignment.partition("=")
        if name == "Event":
            session.pbx.notify(channel, value)
    session.succeeds(request, reply, headers(Message="NOTIFY sent"))


def hangup(session: ManagerSession, request: Request, reply: Reply) -> None:
    name = request.get("channel")
    if name.startswith("/") and name.endswith("/"):
        matching = filters_regex(name[1:-1])
        found = [channel for channel in session.pbx.switch.channels.values() if matching(channel.name)]
    else:
        found = [session.channel(request)]
    cause = request.get("cause")
    if cause and not (cause.isdigit() and 0 <= int(cause) <= 127):
        raise ActionError(f"Invalid 'Cause: {cause}' in manager action Hangup")
    known = {item.value for item in Cause}
    for channel in found:
        number = int(cause) if cause and int(cause) in known else Cause.NORMAL
        session.pbx.switch.program_hangs_up(channel, Cause(number))
    session.succeeds(request, reply, headers(Message="Channel Hungup"))


def mix_monitor(session: ManagerSession, request: Request, reply: Reply) -> None:
    channel = session.channel(request)
    file = request.get("file") or f"{channel.uniqueid}.wav"
    session.pbx.dialplan.start_recording(channel, file)
    session.succeeds(request, reply, headers(MixMonitorID=f"0x{channel.number:08x}"))


def stop_mix_monitor(session: ManagerSession, request: Request, reply: Reply) -> None:
    session.pbx.switch.emit_channel("MixMonitorStop", session.channel(request))
    session.succeeds(request, reply, headers(Message="Stopped MixMonitor"))


def caller_id(text: str) -> tuple[str, str]:
    """`"Name" <number>` to number and name."""
    name, angle, rest = text.partition("<")
    if not angle:
        return text.strip(), ""
    return rest.partition(">")[0].strip(), name.strip().strip('"')


def filters_regex(expression: str) -> Callable[[str], object]:
    """A search by regular expression; raises `ActionError`."""
    try:
        return re.compile(expression).search
    except re.error as error:
        raise ActionError(f"Cannot compile regex '{expression}'") from error
