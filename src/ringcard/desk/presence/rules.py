"""What the company says of states: reasons, after-call work, and what becomes of queues. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from ringcard.unfit import Unfit

LONGEST_REASON = 80
LONGEST_AFTER_CALL_S = 3_600.0

AFTER_CALL_REASON = "After call"
"""What a queue is told of after-call work; by it we know our own pause again after a restart."""
OFFLINE_REASON = "Offline"


class AfterWhich(StrEnum):
    """After which calls there is something to be done."""

    OUTSIDE = "outside"
    """Those with somebody outside."""
    QUEUE = "queue"
    """Those that came by a queue."""
    ALL = "all"


class WhenOffline(StrEnum):
    """What a queue is told of somebody who went."""

    LEAVE = "leave"
    """Nothing: the phone goes on ringing, as the PBX has it."""
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is not ready; `teams` are names of teams, none for everybody."""

    reason: str
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    """Whoever is there of these teams answers for a queue: added when they come, removed when they go.

    `pbx` None: of each PBX that knows their device.
    """

    queue: str
    teams: tuple[str, ...] = ()
    pbx: str | None = None


@dataclass(frozen=True, slots=True)
class PresenceRules:
    """As configured."""

    reasons: tuple[Reason, ...] = ()
    after_call_s: float = 0.0
    after_call_of_teams: tuple[tuple[str, float], ...] = ()
    after_which: AfterWhich = AfterWhich.OUTSIDE
    offline_after_s: float = 30.0
    when_offline: WhenOffline = WhenOffline.LEAVE
    memberships: tuple[Membership, ...] = field(default_factory=tuple)

    def checked(self) -> PresenceRules:
        """Itself. Raises `ValueError` for what cannot be meant."""
        for each in self.reasons:
            checked_reason(each.reason)
        seconds = (self.after_call_s, *(each for _, each in self.after_call_of_teams))
        if any(not 0 <= each <= LONGEST_AFTER_CALL_S for each in seconds):
            raise Unfit(
                f"after-call work takes 0 (none) to {LONGEST_AFTER_CALL_S:.0f} seconds",
                "after_call_seconds",
                f"{LONGEST_AFTER_CALL_S:.0f}",
            )
        for membership in self.memberships:
            if not membership.queue.strip():
                raise Unfit("memberships: name the queue as the PBX does", "no_queue", field="memberships")
        return self

    def reasons_for(self, teams: Collection[str]) -> tuple[str, ...]:
        """Those that somebody in these teams may give."""
        found = (each.reason for each in self.reasons if not each.teams or not set(teams).isdisjoint(each.teams))
        return tuple(dict.fromkeys(found))

    def after_call_s_for(self, teams: Collection[str]) -> float:
        """How long somebody in these teams has; of several the longest."""
        own = [seconds for team, seconds in self.after_call_of_teams if team in teams]
        return max(own) if own else self.after_call_s

    def queues_for(self, teams: Collection[str]) -> tuple[Membership, ...]:
        """The queues that somebody in these teams answers for."""
        return tuple(each for each in self.memberships if not each.teams or not set(teams).isdisjoint(each.teams))


def checked_reason(reason: str) -> str:
    """Itself. Raises `ValueError`: it goes to the PBX, in one line."""
    if not reason.strip() or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise Unfit(
            f"reason {reason[:40]!r}: one line of at most {LONGEST_REASON} characters",
            "reason_form",
            LONGEST_REASON,
            field="reasons",
        )
    if reason in (AFTER_CALL_REASON, OFFLINE_REASON):
        raise Unfit(
            f"reason {reason!r}: queues are told that word by ringcard itself, choose another one",
            "reason_reserved",
            reason,
            field="reasons",
        )
    return reason


def standard_reasons(language: str) -> Iterable[Reason]:
    """What a company has that said nothing."""
    words = {
        "ru": ("Перерыв", "Обед", "Совещание", "Обучение"),
        "en": ("Break", "Lunch", "Meeting", "Training"),
    }
    return (Reason(each) for each in words.get(language, words["en"]))
