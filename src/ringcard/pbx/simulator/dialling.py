"""Dial() and Originate: calling phones, and connecting whoever answers.

Source: Asterisk 22 app_dial.c, dial.c; the order of events is that of the recordings.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial

from ringcard.pbx.simulator.channels import Cause, Channel, ChannelState, Endpoint
from ringcard.pbx.simulator.switch import Noise, Switch
from ringcard.pbx.simulator.threads import (
    Answered,
    HungUp,
    LeftBridge,
    Occurrence,
    PickedUp,
    Redirected,
    Refused,
    Script,
    Thread,
    Threads,
    TimedOut,
    whole,
)
from ringcard.pbx.simulator.wire import changed, channel_snapshot, headers

NETWORK_S = 0.002
"""From our INVITE to the phone's first answer; recordings: 1 to 5 ms."""
DIAL_OPTIONS = "tTkKxX"
FORWARDS = "RINGCARD_FORWARDS"
"""How often a call has been sent on because a phone's owner has set it so."""
INHERITED = frozenset({"XFERBACK", FORWARDS})
"""Variables set with two underscores: every channel made from this one has them too."""
REASON_FAILED, REASON_TIMEOUT, REASON_ANSWERED, REASON_BUSY = 0, 3, 4, 5
"""OriginateResponse's reasons: the control frame that ended the ringing."""

Originated = Callable[[Channel, int], None]
"""Told how an Originate went."""
Steps = Generator[float | None, Occurrence, str]
"""A part of a script; returns how it ended."""


class Dialling:
    """What every dialplan of the company stands on."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.timeline = switch.timeline
        self.outsiders: dict[str, Endpoint] = {}
        """Phones of other people, by the number that the company dials; a number without one just rings."""

    @property
    def threads(self) -> Threads:
        return self.switch.threads

    def run(self, thread: Thread) -> Script:
        """The dialplan of a channel, from where it is."""
        raise NotImplementedError

    def route(self, context: str, exten: str) -> Callable[[Thread], Script] | None:
        """The script of an extension, None if there is none."""
        raise NotImplementedError

    def _goto(self, channel: Channel, context: str, exten: str, priority: int = 1) -> None:
        channel.application = ""
        self.switch.place(channel, context, exten, priority)

    def _step(self, thread: Thread, application: str, data: str) -> None:
        channel = thread.channel
        if channel.application:
            channel.priority += 1
            changed(channel)
        self.switch.step(channel, application, data)

    # ---------------------------------------------------------------- Dial

    def dial(self, thread: Thread, targets: list[str], timeout_s: float) -> Steps:
        """Dial(): call all targets at once, connect the first who answers, stay until they part.

        Returns DIALSTATUS, or GONE if the caller hung up. `thread.channel` may be another one afterwards: a transfer to
        a phone that still rings puts the customer in the caller's place.
        """
        switch = self.switch
        self._step(thread, "Dial", f"{'&'.join(targets)},{timeout_s:g},{DIAL_OPTIONS}")
        switch.set_variable(thread.channel, "DIALSTATUS", "")
        calling = [called for target in targets if (called := self._request(thread, target)) is not None]
        thread.outgoing = calling
        for called in calling:
            self._dial_begin(thread.channel, called)
        if len(calling) == 1 and calling[0].pair is None:
            switch.set_connected(thread.channel, calling[0].caller_num, calling[0].caller_name)
        for called in calling:
            if called.pair is None:
                self.timeline.after(NETWORK_S, lambda called=called: self.invite(called))  # type: ignore[misc]
            else:
                self.threads.start(called.pair.two, self.run)
        status, refused = "CHANUNAVAIL" if not calling else "NOANSWER", ""
        deadline_s = self.timeline.now_s + timeout_s
        while calling:
            occurrence = yield max(0.0, deadline_s - self.timeline.now_s)
            if isinstance(occurrence, TimedOut):
                self._give_up(thread, calling, "NOANSWER", Cause.UNKNOWN)
                status = "NOANSWER"
                break
            if isinstance(occurrence, HungUp):
                self._give_up(thread, calling, "CANCEL", thread.channel.cause or Cause.NORMAL)
                switch.set_variable(thread.channel, "DIALSTATUS", "CANCEL")
                return "GONE"
            if isinstance(occurrence, Refused) and occurrence.channel in calling:
                called = occurrence.channel
                calling.remove(called)
                busy = called.cause is Cause.BUSY
                refused = "BUSY" if busy or refused == "BUSY" else "CHANUNAVAIL"
                status = status if calling else refused
                self._dial_end(thread.channel, called, "BUSY" if busy else "NOANSWER")
                switch.finish(called)
            elif isinstance(occurrence, Redirected) and occurrence.channel in calling:
                calling[calling.index(occurrence.channel)] = self._forward(thread, occurrence.channel, occurrence.exten)
            elif isinstance(occurrence, (Answered, PickedUp)) and occurrence.channel in calling:
                calling.remove(occurrence.channel)
                yield from self._answered(thread, occurrence, calling)
                return "ANSWER"
        switch.set_variable(thread.channel, "DIALSTATUS", status)
        return status

    def _request(self, thread: Thread, target: str) -> Channel | None:
        """Make the channel for one of Dial's targets, None if it cannot be reached now."""
        switch, channel = self.switch, thread.channel
        technology, _, address = target.partition("/")
        if technology == "Local":
            where, _, option = address.partition("/")
            exten, _, context = where.partition("@")
            return self._request_local(
                thread, exten, context, optimise=option != "n", called_moves=True, dialled=channel.exten
            )
        number, _, name = address.rpartition("@")
        endpoint = switch.endpoints.get(name)
        if endpoint is None or not endpoint.registered:
            return None
        called = switch.call_endpoint(endpoint, channel, thread)
        switch.place(called, endpoint.context, number or channel.exten)
        switch.step(called, "AppDial", "(Outgoing Line)")
        if number:
            called.dialled = number
            switch.set_caller(called, number, "")
        switch.set_connected(called, channel.caller_num, channel.caller_name)
        return called

    def _request_local(
        self, thread: Thread, exten: str, context: str, *, optimise: bool, called_moves: bool, dialled: str
    ) -> Channel:
        switch, channel = self.switch, thread.channel
        pair = switch.new_local_pair(context, exten, channel, optimise=optimise)
        pair.called_moves = called_moves
        one, two = pair.one, pair.two
        one.dialler = thread
        switch.place(one, context, dialled if called_moves else exten)
        switch.step(one, "AppDial", "(Outgoing Line)")
        switch.set_connected(one, channel.caller_num, channel.caller_name, tell=False)
        switch.set_caller(one, dialled, "")
        switch.set_connected(two, dialled, "", tell=False)
        switch.set_caller(two, channel.caller_num, channel.caller_name)
        two.variables.update({name: value for name, value in channel.variables.items() if name in INHERITED})
        switch.emit_local_bridge(pair)
        return one

    @whole
    def invite(self, called: Channel) -> None:
        """The phone hears of the call: it rings, is busy, or sends it elsewhere, as its owner wants."""
        switch, endpoint = self.switch, called.endpoint
        if called.gone or called.requested or endpoint is None or called.state is not ChannelState.DOWN:
            return
        outside = self.outsiders.get(called.dialled) if endpoint.is_trunk else None
        if endpoint.busy or (outside is not None and outside.busy):
            switch.party_hangs_up(called, Cause.BUSY, "486")
        elif endpoint.forward_to is not None:
            self.redirect(called, endpoint.forward_to)
        else:
            self.ring(called)

    @whole
    def redirect(self, called: Channel, exten: str) -> None:
        """The phone sends the call elsewhere: 302."""
        if called.gone or called.requested or called.dialler is None or called.state is ChannelState.UP:
            return
        called.cause, called.tech_cause, called.requested = Cause.REDIRECTED, "302", True
        self.switch.emit_channel("HangupRequest", called, "Cause: 23", "TechCause: 302")
        self.threads.post(called.dialler, Redirected(called, exten))

    @whole
    def ring(self, called: Channel) -> None:
        """180 Ringing."""
        switch = self.switch
        switch.set_state(called, ChannelState.RINGING)
        dialler = called.dialler
        if dialler is None or dialler.script is None:
            return
        if switch.noise is Noise.FULL:
            where = (channel_snapshot(dialler.channel), channel_snapshot(called, "Dest"))
            switch.emit("DialState", "call", *where, "DialStatus: RINGING")
        pair = dialler.channel.pair
        if pair is not None and dialler.channel is pair.two and pair.one.state is ChannelState.DOWN:
            switch.set_state(pair.one, ChannelState.RINGING)
            switch.set_caller(pair.one, called.caller_num, called.caller_name)
            other = pair.one.bridge.other(pair.one) if pair.one.bridge is not None else None
            if other is not None:
                switch.set_connected(other, called.caller_num, called.caller_name)

    def _forward(self, thread: Thread, called: Channel, exten: str) -> Channel:
        """302: a Local channel takes the phone's place; `DialEnd CANCEL` says where it went."""
        switch, channel = self.switch, thread.channel
        one = self._request_local(
            thread, exten, "internal", optimise=True, called_moves=False, dialled=called.exten or channel.exten
        )
        self._dial_end(channel, called, "CANCEL", forward=exten)
        self._dial_begin(channel, one)
        switch.finish(called)
        if one.pair is not None:
            self.threads.start(one.pair.two, self.run)
        return one

    def _answered(self, thread: Thread, occurrence: Answered | PickedUp, losers: list[Channel]) -> Steps:
        switch, channel, called = self.switch, thread.channel, occurrence.channel
        picked_up = isinstance(occurrence, PickedUp)
        if isinstance(occurrence, PickedUp):
            rang, called = called, occurrence.by
            directed = called.exten.startswith("**")
            switch.place(rang, called.context, called.exten)
            switch.finish(rang, Cause.ANSWERED_ELSEWHERE if directed else Cause.NORMAL)
        switch.set_connected(channel, called.caller_num, called.caller_name)
        for loser in losers:
            self._dial_end(channel, loser, "CANCEL")
            switch.finish(loser, Cause.ANSWERED_ELSEWHERE)
        losers.clear()
        switch.place(called, called.context, "")
        self._dial_end(channel, called, "ANSWER")
        switch.set_variable(channel, "DIALSTATUS", "ANSWER")
        switch.set_state(channel, ChannelState.UP)
        if not picked_up:
            channel.cause = called.cause = Cause.NORMAL
        switch.step(called, "AppDial", "(Outgoing Line)")
        switch.connect(called, channel)
        yield from self.talk()
        return "ANSWER"

    def talk(self) -> Steps:
        """Stay in the bridge until it is over."""
        while True:
            occurrence = yield None
            if isinstance(occurrence, (LeftBridge, HungUp)):
                return "ANSWER"

    def abandon(self, thread: Thread) -> None:
        """Whoever dials is sent elsewhere: what rings is let go."""
        for called in list(thread.outgoing):
            if not called.gone and called.state is not ChannelState.UP:
                self._dial_end(thread.channel, called, "CANCEL")
                self.switch.finish(called, Cause.NORMAL)
        thread.outgoing.clear()

    def _give_up(self, thread: Thread, calling: list[Channel], status: str, cause: Cause) -> None:
        for called in list(calling):
            self._dial_end(thread.channel, called, status)
            if cause is Cause.INTERWORKING and called.pair is None:
                called.tech_cause = "500"
            self.switch.finish(called, cause)
        calling.clear()

    def _dial_begin(self, channel: Channel, called: Channel) -> None:
        _, _, name = called.name.partition("/")
        if called.pair is not None:
            string = f"{called.pair.exten}@{called.pair.context}" + ("" if called.pair.optimise else "/n")
        else:
            string = name.rpartition("-")[0]
            if called.endpoint is not None and called.endpoint.is_trunk:
                string = f"{called.dialled}@{string}"
        where = (channel_snapshot(channel), channel_snapshot(called, "Dest"))
        self.switch.emit("DialBegin", "call", *where, headers(DialString=string))

    def _dial_end(self, channel: Channel, called: Channel, status: str, forward: str | None = None) -> None:
        where = [channel_snapshot(channel), channel_snapshot(called, "Dest")]
        if forward is not None:
            where.append(headers(Forward=forward))
        self.switch.emit("DialEnd", "call", *where, headers(DialStatus=status))

    # ----------------------------------------------------------- Originate

    def originate(
        self,
        target: str,
        timeout_s: float,
        *,
        caller: tuple[str, str],
        context: str,
        exten: str,
        told: Originated,
        uniqueid: str | None = None,
        then: Callable[[Thread], Script] | None = None,
    ) -> Channel | None:
        """Ring `target`; when it answers, send it to an extension. `told` hears how it went: the channel, and a reason.

        None if the target does not exist or cannot be reached. `uniqueid` is for its channel; `then` is what it does
        instead of dialling.
        """
        switch = self.switch
        technology, _, address = target.partition("/")
        endpoint = switch.endpoints.get(address)
        script = partial(
            self._originated, timeout_s=timeout_s, where=(context, exten), caller=caller, told=told, then=then
        )
        switch.threads.begin()
        try:
            if technology == "Local":
                dialled, _, where = address.partition("/")[0].partition("@")
                if self.route(where, dialled) is None:
                    return None
                pair = switch.new_local_pair(where, dialled, None, optimise=not address.endswith("/n"))
                switch.emit_local_bridge(pair)
                channel = pair.one
            elif technology == "PJSIP" and endpoint is not None and endpoint.registered:
                channel = switch.call_endpoint(endpoint, None, None, uniqueid=uniqueid)
            else:
                return None
            channel.dialler = switch.threads.start(channel, script)
            if channel.pair is not None:
                switch.threads.start(channel.pair.two, self.run)
            return channel
        finally:
            switch.threads.done()

    def _originated(
        self,
        thread: Thread,
        timeout_s: float,
        where: tuple[str, str],
        caller: tuple[str, str],
        told: Originated,
        then: Callable[[Thread], Script] | None,
    ) -> Script:
        switch, channel = self.switch, thread.channel
        switch.step(channel, "AppDial2", "(Outgoing Line)")
        if caller != ("", ""):
            switch.set_caller(channel, *caller)
            switch.set_connected(channel, *caller, tell=False)
        string = channel.endpoint.name if channel.endpoint else channel.name.partition("/")[2].rpartition("-")[0]
        switch.emit("DialBegin", "call", channel_snapshot(channel, "Dest"), headers(DialString=string))
        self.timeline.after(NETWORK_S, lambda: self.invite(channel))
        deadline_s = self.timeline.now_s + timeout_s
        while True:
            occurrence = yield max(0.0, deadline_s - self.timeline.now_s)
            if isinstance(occurrence, TimedOut):
                told(channel, REASON_TIMEOUT)
                channel.requested, channel.tech_cause = True, "480"
                switch.finish(channel, Cause.NO_ANSWER)
                return
            if isinstance(occurrence, (HungUp, Redirected)):
                busy = channel.cause is Cause.BUSY
                status = headers(DialStatus="BUSY" if busy else "NOANSWER")
                switch.emit("DialEnd", "call", channel_snapshot(channel, "Dest"), status)
                told(channel, REASON_BUSY if busy else REASON_FAILED)
                return
            if isinstance(occurrence, Answered):
                break
        switch.emit("DialEnd", "call", channel_snapshot(channel, "Dest"), headers(DialStatus="ANSWER"))
        told(channel, REASON_ANSWERED)
        channel.dialler = None
        if then is not None:
            yield from then(thread)
            return
        self._goto(channel, *where)
        yield from self.run(thread)
