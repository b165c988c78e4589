"""What dialling a number would do, before it is dialled: who it is, what speaks against it, whether it is done at all.

Pure: whose number it is, who sits where and what time it is are asked by whoever calls this. Two rules stand above all:
an emergency number is never refused, delayed or warned about, and nothing is dialled that is not what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ringcard.calls.identifiers import DeviceId
from ringcard.desk.control.errors import DialRefused, NumberInvalid
from ringcard.numbers import NumberingPlan
from ringcard.numbers.steps import Kind
from ringcard.unfit import Unfit

_PREFIX = re.compile(r"\+?[0-9]{1,15}")
_LETTER = re.compile(r"[^\W\d_]")


class DialKind(StrEnum):
    """What a typed text is to the telephone."""

    OUTSIDE = "outside"
    INTERNAL = "internal"
    EMERGENCY = "emergency"
    UNKNOWN = "unknown"
    """A short or service code, which is dialled as it is; or nothing that can be dialled."""


class WarningCode(StrEnum):
    """What speaks against a call. Of these only `blocked` and `self` prevent it."""

    NIGHT = "night"
    DO_NOT_CALL = "do_not_call"
    PREMIUM = "premium"
    BLOCKED = "blocked"
    SELF = "self"
    MOBILE_TWIN = "mobile_twin"


PREVENTS = frozenset({WarningCode.BLOCKED, WarningCode.SELF})


@dataclass(frozen=True, slots=True)
class DialWarning:
    """`local_time` is what time it is there, of a `night`."""

    code: WarningCode
    local_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class DialRules:
    """What the company says of dialling. Prefixes are E.164 (`+7809`) or as dialled, hours of the called one's zone.

    `twins` are extensions that ring a mobile, too, by the mobile's number (E.164); `queues` the extensions of queues;
    `voicemail` how a device's mailbox is dialled, with `{device}` in it, empty if there are none.
    """

    caller_ids: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    premium: tuple[str, ...] = ()
    quiet_from: int = 21
    quiet_to: int = 9
    do_not_call_field: str = "do_not_call"
    twins: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    voicemail: str = ""

    def checked(self) -> DialRules:
        """Itself. Raises `ValueError` for what cannot be meant."""
        for field_name in ("blocked", "premium", "caller_ids", "twins"):
            given = getattr(self, field_name)
            for prefix in given.values() if isinstance(given, Mapping) else given:
                if not _PREFIX.fullmatch(prefix):
                    problem = f"{prefix!r} is no beginning of a number: only digits, and a plus before them"
                    raise Unfit(problem, "no_beginning", prefix, field=field_name)
        for name, extension in self.queues.items():
            if not re.fullmatch(r"[0-9*#]{1,20}", extension):
                raise Unfit(f"queue {name}: {extension!r} cannot be dialled", "not_dialled", extension, field="queues")
        if self.voicemail and not re.fullmatch(r"[0-9*#{}a-z]{1,40}", self.voicemail):
            problem = f"voicemail {self.voicemail!r}: digits, * and #, and {{device}} where the device goes"
            raise Unfit(problem, "voicemail_form", self.voicemail, field="voicemail")
        if not (0 <= self.quiet_from <= 24 and 0 <= self.quiet_to <= 24):
            raise Unfit("quiet_from and quiet_to are hours, 0 to 24", "hours", field="quiet_from")
        return self

    def twin_of(self, number: str | None) -> DeviceId | None:
        """The extension that rings this mobile."""
        return next((DeviceId(device) for device, mobile in self.twins.items() if mobile == number), None)

    def queue_at(self, queue: str) -> str | None:
        """How a queue is dialled; None if nobody said so."""
        return self.queues.get(queue) or (queue if queue.isdecimal() else None)

    def mailbox(self, device: DeviceId) -> str | None:
        return self.voicemail.replace("{device}", device) or None


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a typed text is. `to` is what the connector is given: E.164, an extension, or a code as it is."""

    query: str
    number: str | None
    to: str | None
    dialled: str | None
    kind: DialKind

    @property
    def diallable(self) -> bool:
        return self.to is not None


def reckon(text: str, plan: NumberingPlan) -> Reckoned:
    """Read what was typed. Never raises."""
    reading, dialling = plan.read(text), plan.dial(text)
    bare = "".join(text.split())
    if reading.kind is Kind.EMERGENCY:
        return Reckoned(text, None, dialling.dialled or bare, dialling.dialled or bare, DialKind.EMERGENCY)
    if reading.kind is Kind.PUBLIC:
        return Reckoned(text, reading.number, reading.number, dialling.dialled, DialKind.OUTSIDE)
    if reading.kind is Kind.INTERNAL:
        return Reckoned(text, None, dialling.dialled, dialling.dialled, DialKind.INTERNAL)
    return Reckoned(text, None, dialling.dialled, dialling.dialled, DialKind.UNKNOWN)


def warnings_of(
    reckoned: Reckoned,
    rules: DialRules,
    *,
    own_devices: Collection[DeviceId],
    do_not_call: bool,
    now: datetime,
    zone: str | None,
) -> tuple[DialWarning, ...]:
    """What speaks against it. Of an emergency number nothing ever does."""
    if reckoned.kind is DialKind.EMERGENCY:
        return ()
    found: list[DialWarning] = []
    twin = rules.twin_of(reckoned.number)
    if reckoned.to in own_devices or twin in own_devices:
        found.append(DialWarning(WarningCode.SELF))
    elif twin is not None or reckoned.to in rules.twins:
        found.append(DialWarning(WarningCode.MOBILE_TWIN))
    if _begins(reckoned, rules.blocked):
        found.append(DialWarning(WarningCode.BLOCKED))
    if _begins(reckoned, rules.premium):
        found.append(DialWarning(WarningCode.PREMIUM))
    if do_not_call:
        found.append(DialWarning(WarningCode.DO_NOT_CALL))
    if reckoned.kind is DialKind.OUTSIDE and zone is not None and rules.quiet_from != rules.quiet_to:
        there = now.astimezone(ZoneInfo(zone))
        if _quiet(there.hour, rules.quiet_from, rules.quiet_to):
            found.append(DialWarning(WarningCode.NIGHT, there))
    return tuple(found)


def _begins(reckoned: Reckoned, prefixes: Sequence[str]) -> bool:
    written = [each for each in (reckoned.number, reckoned.to, reckoned.dialled) if each]
    return any(each.startswith(prefix) for prefix in prefixes for each in written)


def _quiet(hour: int, quiet_from: int, quiet_to: int) -> bool:
    if quiet_from <= quiet_to:
        return quiet_from <= hour < quiet_to
    return hour >= quiet_from or hour < quiet_to


def allowed(reckoned: Reckoned, warnings: Collection[DialWarning]) -> bool:
    """Whether it would be dialled."""
    return reckoned.diallable and not any(each.code in PREVENTS for each in warnings)


def refuse(reckoned: Reckoned, warnings: Collection[DialWarning], *, masked: bool = False) -> None:
    """Raises `DialRefused` for what is not dialled, with a text that says why and what to do."""
    shown = "This" if masked else repr(reckoned.query[:80])
    codes = {each.code for each in warnings}
    if not reckoned.diallable:
        if _LETTER.search(reckoned.query):
            raise NumberInvalid(
                f"{shown} has letters in it: type a number, or choose somebody by name from the list.", "letters"
            )
        raise NumberInvalid(f"{shown} is no number that can be dialled.")
    if WarningCode.SELF in codes:
        raise DialRefused("This is your own phone: choose another number.", "own_phone")
    if WarningCode.BLOCKED in codes:
        raise DialRefused("Your company does not dial numbers that begin like this: ask your administrator.", "blocked")


def caller_id(wanted: str | None, rules: DialRules) -> str | None:
    """The company's number that is shown. Raises `DialRefused` for one that is not the company's."""
    if wanted is None:
        return None
    if wanted not in rules.caller_ids:
        raise DialRefused("This caller ID is none of your company's numbers: see `caller_ids`.", "caller_id_foreign")
    return wanted
