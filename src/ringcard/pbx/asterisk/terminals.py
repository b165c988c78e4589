"""The states of phones and trunks, put together from whatever says something of them.

What a device does now is told by the device states of its interfaces, and by its holds: PJSIP has no state for them
(22.10), so a device all of whose lines are held is. That nobody shall ring it, by a custom state or
by the AstDB, as FreePBX's and many other dialplans keep them. Where Asterisk has no device state of an interface yet,
its registration (`SIPpeers`, `PJSIPShowContacts`) or its hint tells. `unreachable` is never `idle`: a phone that is not
registered is told as what it is.

A list only says what is so: since when, it does not, so `since` is None then. It is told when it is complete, so that a
phone that is idle and wants no calls is never told as idle on the way.

Source: Asterisk events DeviceStateChange, ContactList, PeerEntry, ExtensionStatus, DBGetResponse, DBGetTreeResponse
(documentation/core-en_US.xml of 22.10); include/asterisk/devicestate.h. FreePBX's names are written from its
documentation and were not tried on one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringcard.calls.causes import CUSTOMER, DeviceKind, DeviceState
from ringcard.calls.events import DeviceStateChanged, Held, PbxEvent, Retrieved
from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.numbers import NumberingPlan
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.tracked import moment

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Handler, Translator

LINE_STATES = {
    "NOT_INUSE": DeviceState.IDLE,
    "INUSE": DeviceState.BUSY,
    "BUSY": DeviceState.BUSY,
    "RINGING": DeviceState.RINGING,
    "RINGINUSE": DeviceState.BUSY,
    "ONHOLD": DeviceState.HELD,
    "UNAVAILABLE": DeviceState.UNREACHABLE,
    "INVALID": DeviceState.UNKNOWN,
    "UNKNOWN": DeviceState.UNKNOWN,
}
HINT_STATES = {
    "0": DeviceState.IDLE,
    "1": DeviceState.BUSY,
    "2": DeviceState.BUSY,
    "4": DeviceState.UNREACHABLE,
    "8": DeviceState.RINGING,
    "9": DeviceState.BUSY,
    "16": DeviceState.HELD,
    "17": DeviceState.BUSY,
}
CONTACT_STATES = {
    "Reachable": DeviceState.IDLE,
    "NonQualified": DeviceState.IDLE,
    "Unreachable": DeviceState.UNREACHABLE,
}
DO_NOT_DISTURB, FORWARDING = "DND", "CF"
"""The families of the AstDB, and how names of custom states begin: `DND/101`, `Custom:DND101`."""
FAMILIES = (DO_NOT_DISTURB, FORWARDING)

_LINES = ("DAHDI", "IAX2", "MGCP", "PJSIP", "SCCP", "SIP", "Skinny", "USTM")
_STRONGEST = (
    DeviceState.BUSY,
    DeviceState.RINGING,
    DeviceState.HELD,
    DeviceState.IDLE,
    DeviceState.UNREACHABLE,
    DeviceState.UNKNOWN,
)
"""Of a device with several interfaces (a desk phone and a browser's) the state that says most counts."""
_CUSTOM = re.compile(r"Custom:(?:DEV)?(DND|CF)(.+)")
LONGEST_EXTENSION = 5
LIST_PATIENCE_S = 5.0
"""A list that does not end is taken for all there is."""


@dataclass(slots=True)
class _Terminal:
    """One device, and what each source says of it."""

    device: DeviceId
    kind: DeviceKind
    lines: dict[str, DeviceState] = field(default_factory=dict)
    """By interface, as the PBX's device states have it."""
    guesses: dict[str, DeviceState] = field(default_factory=dict)
    """By interface, where there is no device state: of its registration or its hint."""
    custom: dict[str, bool] = field(default_factory=dict)
    """By family, what the custom states say; one that exists decides alone."""
    holds: bool = False
    """Every line that it has up is on hold."""
    stored: dict[str, str] = field(default_factory=dict)
    """By family, what the AstDB holds; to whom, of a forwarding."""
    told: tuple[DeviceState, str, str | None] | None = None
    """State, source and whom it is forwarded to, as they were told last."""

    def now(self) -> tuple[DeviceState, str, str | None]:
        lines = {**self.guesses, **self.lines} if self.guesses else self.lines
        interface = next(iter(lines), "")
        if len(lines) > 1:
            interface = min(lines, key=lambda name: _STRONGEST.index(lines[name]))
        state = lines[interface] if interface else DeviceState.UNKNOWN
        if state is DeviceState.BUSY and self.holds:
            return DeviceState.HELD, interface, None
        if state not in (DeviceState.IDLE, DeviceState.UNKNOWN):
            return state, interface, None
        if source := self._wants(DO_NOT_DISTURB):
            return DeviceState.DO_NOT_DISTURB, source, None
        if source := self._wants(FORWARDING):
            return DeviceState.FORWARDED, source, self.stored.get(FORWARDING)
        return state, interface, None

    def _wants(self, family: str) -> str:
        """What says that the device has it switched on; empty if nothing does."""
        if family in self.custom:
            return f"Custom:{family}{self.device}" if self.custom[family] else ""
        return f"{family}/{self.device}" if family in self.stored else ""


class Terminals:
    """Every device of a PBX. What changes is appended to the events that the caller gives."""

    def __init__(self, pbx: PbxId, names: DeviceNames, plan: NumberingPlan) -> None:
        self._pbx = pbx
        self._names = names
        self._plan = plan
        self._terminals: dict[DeviceId, _Terminal] = {}
        self.user_agents: dict[DeviceId, str] = {}
        """What the phone that is registered for a device calls itself, where the PBX says it."""
        self._by_interface: dict[str, _Terminal | None] = {}
        self._listed: dict[DeviceId, _Terminal] = {}
        """Those of whom a list that is not complete yet has told."""
        self._listed_s = 0.0
        self._seen: set[str] = set()
        """The interfaces that the list under way has named."""
        self.holding: set[DeviceId] = set()
        """Those who hold every line they have."""
        self._stored: dict[str, dict[DeviceId, str]] = {}
        """By family, what the tree that is being read holds."""

    # -- what is heard --------------------------------------------------------------------------------------------

    def line(self, interface: str, state: DeviceState, at_s: float, events: list[PbxEvent], *, listed: bool) -> None:
        """The PBX's own device state of an interface."""
        terminal = self._of_interface(interface)
        if terminal is None:
            return
        terminal.lines[interface] = state
        if listed:
            self._seen.add(interface)
        self._changed(terminal, at_s, events, listed=listed)

    def guess(self, interface: str, state: DeviceState | None, at_s: float, events: list[PbxEvent]) -> None:
        """What a list says of an interface that may have no device state."""
        terminal = self._of_interface(interface)
        if terminal is not None and state is not None:
            terminal.guesses[interface] = state
            self._changed(terminal, at_s, events, listed=True)

    def custom(
        self, family: str, resource: str, on: bool, at_s: float, events: list[PbxEvent], *, listed: bool
    ) -> None:
        """A custom state: somebody wants no calls, or wants them elsewhere."""
        terminal = self._of_resource(resource)
        if terminal is None:
            return
        if not listed and terminal.custom.get(family) is not on:
            terminal.stored.pop(family, None)  # to whom, is asked anew
        terminal.custom[family] = on
        self._changed(terminal, at_s, events, listed=listed)

    def stored(self, family: str, resource: str, value: str, at_s: float, events: list[PbxEvent]) -> None:
        """An entry of the AstDB, asked for alone."""
        terminal = self._of_resource(resource)
        if terminal is not None and family in FAMILIES and value:
            terminal.stored[family] = self._destination(family, value)
            self._changed(terminal, at_s, events, listed=False)

    def stored_in_tree(self, key: str, value: str) -> None:
        """An entry of a family that is being read: `/DND/101`."""
        _, _, rest = key.partition("/")
        family, _, resource = rest.partition("/")
        terminal = self._of_resource(resource)
        if terminal is not None and family in FAMILIES and value:
            self._stored.setdefault(family, {})[terminal.device] = self._destination(family, value)

    def tree_is_read(self, family: str, at_s: float, events: list[PbxEvent]) -> None:
        """The family has no other entries."""
        found = self._stored.pop(family, {})
        for terminal in tuple(self._terminals.values()):
            held, now = terminal.stored.get(family), found.get(terminal.device)
            if held != now:
                if now is None:
                    del terminal.stored[family]
                else:
                    terminal.stored[family] = now
                if terminal.told is None:
                    self._changed(terminal, at_s, events, listed=True)
                else:
                    self._tell(terminal, at_s, events, heard=False)

    def list_is_complete(self, at_s: float, events: list[PbxEvent]) -> None:
        """All device states were listed: what is no longer there has none."""
        for terminal in self._terminals.values():
            for interface in tuple(terminal.lines):
                if interface not in self._seen:
                    del terminal.lines[interface]
                    self._listed[terminal.device] = terminal
        self._seen.clear()
        self._tell_listed(at_s, events)

    def holds(self, device: DeviceId, on: bool, at_s: float, events: list[PbxEvent], *, told: bool = True) -> None:
        """Whether a device holds every line it has. Not `told`: its state changes for another reason in a moment."""
        if (device in self.holding) is on:
            return
        (self.holding.add if on else self.holding.discard)(device)
        terminal = self._terminal(device, DeviceKind.PHONE)
        terminal.holds = on
        if told:
            self._changed(terminal, at_s, events, listed=False)

    def tick(self, now_s: float, events: list[PbxEvent]) -> None:
        if self._listed and now_s - self._listed_s >= LIST_PATIENCE_S:
            self._tell_listed(now_s, events)

    # -- what is told ---------------------------------------------------------------------------------------------

    def _changed(self, terminal: _Terminal, at_s: float, events: list[PbxEvent], *, listed: bool) -> None:
        if listed:
            if not self._listed:
                self._listed_s = at_s
            self._listed[terminal.device] = terminal
        else:
            self._listed.pop(terminal.device, None)
            self._tell(terminal, at_s, events, heard=True)

    def _tell_listed(self, at_s: float, events: list[PbxEvent]) -> None:
        listed, self._listed = self._listed, {}
        for terminal in listed.values():
            self._tell(terminal, at_s, events, heard=False)

    def _tell(self, terminal: _Terminal, at_s: float, events: list[PbxEvent], *, heard: bool) -> None:
        state, source, to = terminal.now()
        if terminal.told is not None and (terminal.told[0], terminal.told[2]) == (state, to):
            return
        if terminal.told is None and not source:
            return  # a list has named it, and nothing more
        terminal.told = (state, source, to)
        at = moment(at_s)
        events.append(
            DeviceStateChanged(
                self._pbx, at, terminal.device, state, source or "gone", at if heard else None, terminal.kind, to
            )
        )

    # -- whose it is ----------------------------------------------------------------------------------------------

    def _of_resource(self, resource: str) -> _Terminal | None:
        device = self._names.device(resource)
        return None if device is None else self._terminal(device, DeviceKind.PHONE)

    def _of_interface(self, interface: str) -> _Terminal | None:
        if interface not in self._by_interface:
            self._by_interface[interface] = self._identify(interface)
        return self._by_interface[interface]

    def _identify(self, interface: str) -> _Terminal | None:
        """Whose interface it is; what is neither a phone's nor a trunk's is nobody's."""
        technology, _, resource = interface.partition("/")
        if technology not in _LINES or not resource:
            return None
        device = self._names.interface(interface)
        if device is not None:
            return self._terminal(device, DeviceKind.PHONE)
        if resource == "anonymous" or (resource.isdigit() and len(resource) <= LONGEST_EXTENSION):
            return None  # a template for whoever calls; a phone that is not in `devices`
        return self._terminal(DeviceId(resource), DeviceKind.TRUNK)

    def _terminal(self, device: DeviceId, kind: DeviceKind) -> _Terminal:
        return self._terminals.setdefault(device, _Terminal(device, kind))

    def _destination(self, family: str, value: str) -> str:
        if family != FORWARDING:
            return value
        return self._names.device(value) or self._plan.parse_dialled(value) or value


# -- messages ---------------------------------------------------------------------------------------------------------


def _is_listed(headers: dict[str, str]) -> bool:
    return "ActionID" in headers


def device_state(t: Translator, headers: dict[str, str], at_s: float) -> None:
    interface, word = headers.get("Device", ""), headers.get("State", "")
    listed = _is_listed(headers)
    if interface.startswith("Custom:") and (custom := _CUSTOM.fullmatch(interface)):
        on = word not in ("NOT_INUSE", "UNKNOWN", "INVALID", "UNAVAILABLE")
        t.terminals.custom(custom[1], custom[2], on, at_s, t.events, listed=listed)
    else:
        state = LINE_STATES.get(word, DeviceState.UNKNOWN)
        t.terminals.line(interface, state, at_s, t.events, listed=listed)


def listed_all(t: Translator, headers: dict[str, str], at_s: float) -> None:
    for device in {channel.device for channel in t.mirror.channels.values() if channel.held_s is not None}:
        if device is not None:  # a former run has heard of the hold
            look_at_holds(t, device, at_s, told=False)
    t.terminals.list_is_complete(at_s, t.events)


def contact(t: Translator, headers: dict[str, str], at_s: float) -> None:
    interface = f"PJSIP/{headers.get('Endpoint', '')}"
    device = t.names.interface(interface)
    if device is not None:
        t.terminals.user_agents[device] = headers.get("UserAgent", "")
    t.terminals.guess(interface, CONTACT_STATES.get(headers.get("Status", "")), at_s, t.events)


def peer(t: Translator, headers: dict[str, str], at_s: float) -> None:
    """chan_sip has no device state of a phone that was not called yet (16.28)."""
    interface = f"{headers.get('Channeltype', '')}/{headers.get('ObjectName', '')}"
    status, here = headers.get("Status", ""), headers.get("IPaddress", "-none-") not in ("", "-none-")
    if status.startswith(("OK", "LAGGED", "Lagged")) or (status == "Unmonitored" and here):
        state = DeviceState.IDLE
    elif status.upper().startswith("UNREACHABLE") or (headers.get("Dynamic") == "yes" and not here):
        state = DeviceState.UNREACHABLE
    else:
        state = DeviceState.UNKNOWN
    t.terminals.guess(interface, state, at_s, t.events)


def hint(t: Translator, headers: dict[str, str], at_s: float) -> None:
    """Of a hint for one interface; what several have in common says nothing of one."""
    interface = headers.get("Hint", "").partition(",")[0]
    if _is_listed(headers) and "&" not in interface:
        t.terminals.guess(interface, HINT_STATES.get(headers.get("Status", "")), at_s, t.events)


def stored(t: Translator, headers: dict[str, str], at_s: float) -> None:
    t.terminals.stored(headers.get("Family", ""), headers.get("Key", ""), headers.get("Val", ""), at_s, t.events)


def stored_in_tree(t: Translator, headers: dict[str, str], at_s: float) -> None:
    t.terminals.stored_in_tree(headers.get("Key", ""), headers.get("Val", ""))


def tree_question(action_id: str, family: str) -> str:
    """The ActionID with which a family is asked for: the end of the answer names nothing else."""
    return f"{action_id}-{family}"


def forwarded(interface: str) -> str | None:
    """Of a custom state that says that somebody is forwarded: the key in the AstDB that says to whom; else None."""
    custom = _CUSTOM.fullmatch(interface)
    return custom[2] if custom is not None and custom[1] == FORWARDING else None


def tree_is_read(t: Translator, headers: dict[str, str], at_s: float) -> None:
    family = headers.get("ActionID", "").rpartition("-")[2]
    if family in FAMILIES:
        t.terminals.tree_is_read(family, at_s, t.events)


_HOLDS = (Held, Retrieved)
_LINE_EVENTS = frozenset({"Hold", "Unhold", "Newchannel", "Newstate", "Hangup"})


def after(t: Translator, name: str, headers: dict[str, str], at_s: float) -> None:
    """Look at the holds that a message may have changed, when all else of it is done."""
    if name in _LINE_EVENTS:
        device = t.names.parse(headers.get("Channel", "")).device
        if device is not None and (name == "Hold" or device in t.terminals.holding):
            look_at_holds(t, device, at_s)
    for event in tuple(t.events):
        if isinstance(event, _HOLDS) and event.by != CUSTOMER:
            look_at_holds(t, DeviceId(event.by), at_s)


def look_at_holds(t: Translator, device: DeviceId, at_s: float, *, told: bool = True) -> None:
    lines = [channel for channel in t.mirror.channels.values() if channel.device == device and channel.real]
    on = bool(lines) and all(line.held_s is not None for line in lines)
    t.terminals.holds(device, on, at_s, t.events, told=told and bool(lines))


HANDLERS: dict[str, Handler] = {
    "DeviceStateChange": device_state,
    "DeviceStateListComplete": listed_all,
    "ContactList": contact,
    "PeerEntry": peer,
    "ExtensionStatus": hint,
    "DBGetResponse": stored,
    "DBGetTreeResponse": stored_in_tree,
    "DBGetTreeComplete": tree_is_read,
}
