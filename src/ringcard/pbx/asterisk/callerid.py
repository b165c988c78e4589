"""What is asked about a caller because the events do not tell it: is the number withheld, and what does the trunk's own
field say?

Source: RFC 3261 §20.10 (name-addr), RFC 3325 (P-Asserted-Identity), RFC 3323 §4.2 and draft-ietf-sip-privacy-04
(`privacy=` of Remote-Party-ID).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ringcard.calls.events import Party, PbxEvent
from ringcard.numbers import presentable

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.mirror import Channel
    from ringcard.pbx.asterisk.tracked import TrackedCall
    from ringcard.pbx.asterisk.translate import Translator

LONGEST_FIELD = 1_000

_URI = re.compile(r"(?:sips?|tel):(?P<user>[^@;>,\s]*)", re.IGNORECASE)
_PRIVACY = re.compile(r";\s*privacy\s*=\s*\"?(?P<kind>[a-z]+)", re.IGNORECASE)
_HIDING = frozenset({"full", "uri", "id"})


@dataclass(frozen=True, slots=True)
class Told:
    """The caller's number as a field has it. `withheld`: it is there, but must not be shown."""

    number: str
    withheld: bool = False


def caller_in(field: str) -> Told | None:
    """The number in a SIP header or a plain value; None if there is none. Never raises."""
    field = field[:LONGEST_FIELD].strip()
    # The display name may hold anything, also what looks like a URI.
    address = re.sub(r'^"(?:[^"\\]|\\.)*"', "", field)
    uri = _URI.search(address)
    number = unquote(uri["user"]) if uri else address
    if presentable(number) is None:
        return None
    privacy = _PRIVACY.search(address)
    return Told(number, withheld=privacy is not None and privacy["kind"].lower() in _HIDING)


def presentation(t: Translator, uid: str, pres: str) -> list[PbxEvent]:
    """A caller who withholds the number is not shown."""
    events: list[PbxEvent] = []
    t.events = events
    begun = _begun_by(t, uid)
    if begun is not None and pres.startswith("prohib"):
        begun[1].events = events
        begun[1].inform(t.clock.last_s, caller=Party())
    return events


def said_by_trunk(t: Translator, uid: str, field: str) -> list[PbxEvent]:
    """The field that carries the caller's number on this trunk; an empty one changes nothing."""
    events: list[PbxEvent] = []
    t.events = events
    begun, told = _begun_by(t, uid), caller_in(field)
    if begun is not None and told is not None:
        channel, call = begun
        party = Party() if told.withheld else t.party(told.number, call.caller.name or "", t.plan_of(channel))
        channel.e164 = party.number
        call.events = events
        call.inform(t.clock.last_s, caller=party)
    return events


def _begun_by(t: Translator, uid: str) -> tuple[Channel, TrackedCall] | None:
    """The channel and the call that it began, if it did."""
    channel = t.mirror.channels.get(uid)
    call = channel.call if channel is not None else None
    if channel is None or call is None or call.root.uid != uid:
        return None
    return channel, call
