"""Pages of other systems that open with a call: the company's rules, and the addresses made from them. Pure.

An address is made on the server, so there is one place that decides what a browser is told to open: the scheme is http
or https, values are percent-encoded, and they stand only after the host, so that no caller's name can lead elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

from ringcard.calls.causes import Direction
from ringcard.desk.pop import Mark, Opening, Pop, SourceStatus

LONGEST_URL = 4_000
_PLACE = re.compile(r"\{([^{}]*)\}")

VALUES = ("number", "id", "name", "call_id", "conversation_id", "direction", "queue", "called", "device")
"""What may stand in braces: the outsider's number (E.164), the card's id and name, the call's and conversation's ids,
`inbound` or `outbound`, the queue, the number that was dialled, the employee's device."""

_MAY_BE_EMPTY = frozenset({"name", "queue", "called"})
"""Without these a page is still the right one; a page of a number or a card without it is none."""


class OpenWhen(StrEnum):
    """When the page opens."""

    RING = "ring"
    ANSWER = "answer"
    BUTTON = "button"


class Callers(StrEnum):
    """For whom."""

    ANY = "any"
    KNOWN = "known"
    UNKNOWN = "unknown"


class OpeningInvalid(ValueError):
    """A rule cannot work; the text says why and what to write instead, `reason` in one word for the screen."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class OpeningRule:
    """One page of another system. Without `direction` or `queues` any call will do, but internal ones never.

    Raises `OpeningInvalid`.
    """

    name: str
    url: str
    when: OpenWhen = OpenWhen.BUTTON
    direction: Direction | None = None
    queues: tuple[str, ...] = ()
    callers: Callers = Callers.ANY

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= 60:
            raise OpeningInvalid("name: 1 to 60 characters; it is what the button says", "name")
        _check(self.url)

    def opening(self, pop: Pop) -> Opening | None:
        """The page for this pop; None if the rule is not for it, or what the address needs is not known (yet)."""
        if pop.direction is Direction.INTERNAL or (self.direction and pop.direction is not self.direction):
            return None
        if self.queues and pop.queue not in self.queues:
            return None
        if not self._is_for(pop):
            return None
        values = _values(pop)
        needed = set(_PLACE.findall(self.url))
        if any(not values[name] and name not in _MAY_BE_EMPTY for name in needed):
            return None
        url = _filled(self.url, values)
        return Opening(self.name, url, self.when.value) if len(url) <= LONGEST_URL else None

    def _is_for(self, pop: Pop) -> bool:
        match self.callers:
            case Callers.KNOWN:
                return pop.findings.contact is not None
            case Callers.UNKNOWN:
                asking = any(source.status is SourceStatus.PENDING for source in pop.findings.sources)
                return pop.mark is Mark.UNKNOWN and not asking
            case Callers.ANY:
                return True


def openings_of(pop: Pop, rules: Iterable[OpeningRule]) -> tuple[Opening, ...]:
    """The pages for this pop, in the order of the rules."""
    found = (rule.opening(pop) for rule in rules)
    return tuple(opening for opening in found if opening is not None)


def example(url: str, values: Mapping[str, str]) -> str:
    """The address as a browser would open it for a call with these values. Raises `OpeningInvalid`."""
    _check(url)
    return _filled(url, dict.fromkeys(VALUES, "") | dict(values))


def _filled(url: str, values: Mapping[str, str | None]) -> str:
    return _PLACE.sub(lambda found: quote(values[found[1]] or "", safe=""), url)


def _check(url: str) -> None:
    if any(character.isspace() or not character.isprintable() for character in url) or "\\" in url:
        raise OpeningInvalid("url: no blanks, line ends or backslashes", "blanks")
    parts = urlsplit(_PLACE.sub("x", url))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise OpeningInvalid(
            f"url {url!r}: write it in full, as https://crm.example.com/search?phone={{number}}", "scheme"
        )
    if parts.username is not None or parts.password is not None:
        raise OpeningInvalid("url: no name or password in it; every browser would show them", "password")
    host = re.match(r"https?://[^/?#]*", url, re.IGNORECASE)
    if host is None or "{" in host[0]:
        raise OpeningInvalid("url: values may stand only after the host", "host")
    for name in _PLACE.findall(url):
        if name not in VALUES:
            raise OpeningInvalid(f"url: {{{name}}} is not known; there are: {', '.join(VALUES)}", "value")
    if re.search(r"[{}]", _PLACE.sub("", url)):
        raise OpeningInvalid("url: a brace without its other half", "brace")


def _values(pop: Pop) -> dict[str, str | None]:
    party = pop.called if pop.direction is Direction.OUTBOUND else pop.caller
    contact = pop.findings.contact
    return {
        "number": party.number,
        "id": contact.contact_id if contact else None,
        "name": contact.name if contact else party.name,
        "call_id": pop.call_id,
        "conversation_id": pop.conversation_id,
        "direction": pop.direction.value,
        "queue": pop.queue,
        "called": pop.called.number or pop.called.presented,
        "device": pop.device,
    }
