"""A transfer with a question first, as a state machine without any I/O: the whole table, as data.

Asterisk makes the consultation itself (`Atxfer` and its feature codes) and brings a customer back by itself; so a
transfer goes on, and ends well, also if ringcard dies in the middle of it. What is here decides which request fits
when, what is pressed for it, and keeps watch: if the PBX ever leaves the customer with nobody, the customer is sent to
the phone of who asked, and from there to wherever the PBX's own dialplan sends that phone's calls.

Two kinds of input: a *request* in a wrong phase raises `WrongTime`, and nothing changes. A *sight* is what the PBX
shows (`sight.look` concludes it from channels and bridges); it is reality, so every phase has an answer to every one.
docs/reference/transfer.md is generated from the tables.

Source: ADR 0019; main/bridge_basic.c of Asterisk 22.10 has the machine on the other side.
"""

from __future__ import annotations

from enum import StrEnum

ASKED_S = 4.0
"""How long what was asked may take to show; Asterisk needs under half a second."""
ALONE_S = 2.0
"""How long a customer may be with nobody before we act. Asterisk's own recall rings at once."""


class Phase(StrEnum):
    """Where a transfer stands. The lower half is final."""

    TALKING = "talking"
    """The customer and the sender; nothing was asked yet."""
    ASKED = "asked"
    """A consultation was asked for; nothing shows yet."""
    WAITING = "waiting"
    """The customer waits, the sender is there, and nobody is called yet, or any more."""
    RINGING = "ringing"
    CONSULTING = "consulting"
    ALTERNATING = "alternating"
    """Asked to change sides."""
    ALTERNATED = "alternated"
    """The sender is with the customer, and the consulted one waits."""
    RECONNECTING = "reconnecting"
    """Asked to go back to the customer."""
    LEAVING = "leaving"
    """Asked to hand over."""
    JOINING = "joining"
    """Asked to talk all together."""
    OFFERED = "offered"
    """The sender has left, and the consulted one still rings."""
    ALONE = "alone"
    """Nobody is with the customer, and no phone rings for them."""
    COMING_BACK = "coming_back"
    """The sender's phone rings for the customer."""

    HANDED_OVER = "handed_over"
    RETURNED = "returned"
    """The customer is with the sender again, and the consultation is over."""
    JOINED = "joined"
    GONE = "gone"
    """The customer hung up."""
    FAILED = "failed"
    """It never began; the customer has not noticed."""


FINAL = frozenset({Phase.HANDED_OVER, Phase.RETURNED, Phase.JOINED, Phase.GONE, Phase.FAILED})


class Request(StrEnum):
    """What can be asked, by its CSTA name."""

    CONSULT = "ConsultationCall"
    ALTERNATE = "AlternateCall"
    RECONNECT = "ReconnectCall"
    TRANSFER = "TransferCall"
    CONFERENCE = "ConferenceCall"


class Sight(StrEnum):
    """What the PBX shows of the customer, exactly one at a time."""

    CUSTOMER_GONE = "customer_gone"
    WITH_SENDER = "with_sender"
    """And nobody is consulted."""
    WITH_SENDER_ONE_WAITS = "with_sender_one_waits"
    WITH_TARGET = "with_target"
    """With somebody who is not the sender, or with a service: a queue, a menu, a voice box."""
    ALL_TOGETHER = "all_together"
    SENDER_ELSEWHERE = "sender_elsewhere"
    """Waits; the sender's line is up, with nobody."""
    TARGET_RINGS = "target_rings"
    """Waits; the sender hears it ring."""
    TARGET_TALKS = "target_talks"
    """Waits; the sender talks with the consulted one."""
    RINGS_ON = "rings_on"
    """Waits; the sender is gone, somebody's phone rings."""
    SENDER_RINGS = "sender_rings"
    """Waits; the sender's phone rings again."""
    NOBODY = "nobody"


class Passing(StrEnum):
    """What only time tells."""

    TIME = "time"
    """The phase has lasted as long as it may (`PATIENCE_S`)."""


class Action(StrEnum):
    """What is to be done on the PBX."""

    CONSULT = "consult"
    """`Atxfer`."""
    SWAP = "swap"
    """The feature code `atxferswap`."""
    ABORT = "abort"
    """`CancelAtxfer`."""
    THREEWAY = "threeway"
    """The feature code `atxferthreeway`."""
    HANG_UP = "hang_up"
    """The sender's line: that completes it."""
    BRING_BACK = "bring_back"
    """`Redirect` the customer to the sender's extension."""


_P, _R, _S, _A = Phase, Request, Sight, Action

REQUESTS: dict[Phase, dict[Request, tuple[Phase, Action]]] = {
    _P.TALKING: {_R.CONSULT: (_P.ASKED, _A.CONSULT)},
    _P.WAITING: {_R.RECONNECT: (_P.RECONNECTING, _A.ABORT)},
    _P.RINGING: {
        _R.ALTERNATE: (_P.ALTERNATING, _A.SWAP),
        _R.RECONNECT: (_P.RECONNECTING, _A.ABORT),
        _R.TRANSFER: (_P.LEAVING, _A.HANG_UP),
    },
    _P.CONSULTING: {
        _R.ALTERNATE: (_P.ALTERNATING, _A.SWAP),
        _R.RECONNECT: (_P.RECONNECTING, _A.ABORT),
        _R.TRANSFER: (_P.LEAVING, _A.HANG_UP),
        _R.CONFERENCE: (_P.JOINING, _A.THREEWAY),
    },
    _P.ALTERNATED: {
        _R.ALTERNATE: (_P.ALTERNATING, _A.SWAP),
        _R.RECONNECT: (_P.RECONNECTING, _A.ABORT),
        _R.TRANSFER: (_P.LEAVING, _A.HANG_UP),
        _R.CONFERENCE: (_P.JOINING, _A.THREEWAY),
    },
}
"""Which request fits when, and what is done for it. Whatever is not here raises `WrongTime`."""

SEEN: dict[Sight, Phase] = {
    _S.CUSTOMER_GONE: _P.GONE,
    _S.WITH_SENDER: _P.RETURNED,
    _S.WITH_SENDER_ONE_WAITS: _P.ALTERNATED,
    _S.WITH_TARGET: _P.HANDED_OVER,
    _S.ALL_TOGETHER: _P.JOINED,
    _S.SENDER_ELSEWHERE: _P.WAITING,
    _S.TARGET_RINGS: _P.RINGING,
    _S.TARGET_TALKS: _P.CONSULTING,
    _S.RINGS_ON: _P.OFFERED,
    _S.SENDER_RINGS: _P.COMING_BACK,
    _S.NOBODY: _P.ALONE,
}
"""The phase that a sight means, whatever came before …"""

EXCEPT: dict[Phase, dict[Sight, Phase]] = {
    _P.TALKING: {_S.WITH_SENDER: _P.TALKING},
    _P.ASKED: {_S.WITH_SENDER: _P.ASKED},  # Asterisk has not begun
    _P.ALTERNATING: {
        # Which side the sender was on shows in the change, not in the phase: until it changes, it is what it was.
        _S.SENDER_ELSEWHERE: _P.ALTERNATING,
    },
    _P.RECONNECTING: {
        _S.SENDER_ELSEWHERE: _P.RECONNECTING,
        _S.TARGET_RINGS: _P.RECONNECTING,
        _S.TARGET_TALKS: _P.RECONNECTING,
        _S.WITH_SENDER_ONE_WAITS: _P.RECONNECTING,
    },
    _P.LEAVING: {
        _S.SENDER_ELSEWHERE: _P.LEAVING,
        _S.TARGET_RINGS: _P.LEAVING,
        _S.TARGET_TALKS: _P.LEAVING,
        _S.WITH_SENDER_ONE_WAITS: _P.LEAVING,
    },
    _P.JOINING: {
        _S.SENDER_ELSEWHERE: _P.JOINING,
        _S.TARGET_TALKS: _P.JOINING,
        _S.WITH_SENDER_ONE_WAITS: _P.JOINING,
    },
}
"""… but for these: what was asked has not happened yet. A final phase stays."""

PATIENCE_S: dict[Phase, float] = {
    _P.ASKED: ASKED_S,
    _P.WAITING: 2 * ASKED_S,
    _P.ALTERNATING: ASKED_S,
    _P.RECONNECTING: ASKED_S,
    _P.LEAVING: ASKED_S,
    _P.JOINING: ASKED_S,
    _P.ALONE: ALONE_S,
}
"""How long each phase may last; the others end by themselves, Asterisk sees to it."""

PASSED: dict[Phase, tuple[Phase | None, Action | None]] = {
    _P.ASKED: (_P.FAILED, None),
    _P.WAITING: (_P.RECONNECTING, _A.ABORT),
    # What was asked did not come about: it is as the last sight says.
    _P.ALTERNATING: (None, None),
    _P.RECONNECTING: (None, None),
    _P.LEAVING: (None, None),
    _P.JOINING: (None, None),
    _P.ALONE: (_P.ALONE, _A.BRING_BACK),
}
"""What follows when the time is over; no phase: what the last sight means."""


class WrongTime(Exception):
    """The request does not fit the phase; nothing has changed."""

    def __init__(self, request: Request, phase: Phase) -> None:
        super().__init__(f"{request.value} does not fit: the call is {phase.value.replace('_', ' ')}")
        self.request = request
        self.phase = phase


class Transfer:
    """One customer's call, handed on by one device. Pure: the clock comes in as `now_s`."""

    def __init__(self, now_s: float) -> None:
        self.phase = Phase.TALKING
        self.sight: Sight | None = None
        """The last one."""
        self.timed_out = False
        """Something that was asked did not come about in time."""
        self._since_s = now_s

    @property
    def over(self) -> bool:
        return self.phase in FINAL

    @property
    def due_s(self) -> float | None:
        """When `tick` has something to do, if nothing is seen before."""
        patience_s = PATIENCE_S.get(self.phase)
        return None if patience_s is None else self._since_s + patience_s

    def ask(self, request: Request, now_s: float) -> Action:
        """What to do on the PBX for `request`. Raises `WrongTime`, and nothing has changed."""
        fitting = REQUESTS.get(self.phase, {}).get(request)
        if fitting is None:
            raise WrongTime(request, self.phase)
        phase, action = fitting
        self._enter(phase, now_s)
        return action

    def refused(self, before: Phase, now_s: float) -> None:
        """The PBX did not take what was asked from phase `before`: it is as it was, unless something was seen since."""
        if self.phase in (Phase.ASKED, Phase.ALTERNATING, Phase.RECONNECTING, Phase.LEAVING, Phase.JOINING):
            self._enter(before, now_s)

    def see(self, sight: Sight, now_s: float) -> None:
        """The PBX shows this."""
        changed, self.sight = sight is not self.sight, sight
        if self.phase in FINAL:
            return
        phase = EXCEPT.get(self.phase, {}).get(sight, SEEN[sight])
        if self.phase is Phase.ALTERNATING and not changed:
            return
        if phase is not self.phase:
            self._enter(phase, now_s)

    def tick(self, now_s: float) -> Action | None:
        """What to do because time has passed; None if nothing."""
        due_s = self.due_s
        if due_s is None or now_s < due_s:
            return None
        phase, action = PASSED[self.phase]
        self.timed_out = self.timed_out or self.phase is not Phase.ALONE
        if phase is None:
            phase = SEEN[self.sight] if self.sight is not None else Phase.FAILED
        self._enter(phase, now_s)
        return action

    def _enter(self, phase: Phase, now_s: float) -> None:
        self.phase, self._since_s = phase, now_s


def diagram() -> str:
    """The tables as a Mermaid state diagram, for the documentation. What a sight means in every phase is not drawn."""
    text = ["stateDiagram-v2", "    [*] --> talking"]
    for phase, row in REQUESTS.items():
        text += [f"    {phase} --> {to}: {request} / {action}" for request, (to, action) in row.items()]
    for phase, (to, action) in PASSED.items():
        text.append(f"    {phase} --> {to or 'as_seen'}: {PATIENCE_S[phase]:g} s" + (f" / {action}" if action else ""))
    text += [f"    {phase} --> [*]" for phase in Phase if phase in FINAL]
    return "\n".join(text) + "\n"


def sights() -> str:
    """The other table, for the documentation: a row a sight."""
    rows = ["| the PBX shows | it means | unless it is |", "|---|---|---|"]
    for sight, phase in SEEN.items():
        stays = ", ".join(f"`{before}`" for before, row in EXCEPT.items() if sight in row)
        rows.append(f"| `{sight}` | `{phase}` | {stays} |")
    return "\n".join(rows) + "\n"
