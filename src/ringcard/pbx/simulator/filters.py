"""Event filters of one manager connection: the plain regular expression and the advanced criteria of Asterisk 22.

Source: Asterisk 22.10 documentation of the action Filter and of `eventfilter` in manager.conf.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ringcard.pbx.simulator.wire import Message

CRITERIA = re.compile(r"\s*(?P<word>[A-Za-z]+)\s*(?:\((?P<value>[^)]*)\))?\s*(?:,|$)")
METHODS = ("regex", "exact", "starts_with", "ends_with", "contains", "none")


class FilterError(Exception):
    """A filter that Asterisk would not take; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter. `event` and `header` narrow what `text` is held against by `method`."""

    exclude: bool = False
    event: str | None = None
    header: str | None = None
    method: str = "regex"
    text: str = ""
    pattern: re.Pattern[str] | None = None

    def matches(self, message: Message) -> bool:
        """Whether the filter speaks of this message."""
        if self.event is not None and message.name.lower() != self.event:
            return False
        if self.header is None:
            return self.event is not None if self.method == "none" else self._fits(message.text)
        marker = f"\n{self.header}:"
        lines = ("\n" + message.text.replace("\r\n", "\n")).lower()
        start = lines.find(marker)
        if start < 0:
            return False
        if self.method == "none":
            return True
        value = message.text.replace("\r\n", "\n")[start + len(marker) - 1 :].partition("\n")[0]
        return self._fits(value.strip())

    def _fits(self, value: str) -> bool:
        match self.method:
            case "regex":
                return self.pattern is not None and self.pattern.search(value) is not None
            case "exact":
                return value == self.text
            case "starts_with":
                return value.startswith(self.text)
            case "ends_with":
                return value.endswith(self.text)
            case "contains":
                return self.text in value
            case _:
                return True


def make_filter(criteria: str | None, text: str) -> Filter:
    """A filter as the Filter action describes it; raises `FilterError`."""
    if criteria is None:
        exclude = text.startswith("!")
        expression = text[1:] if exclude else text
        if not expression:
            raise FilterError("Filter is empty")
        return Filter(exclude=exclude, pattern=compiled(expression), text=expression)
    exclude, event, header, method = False, None, None, "regex"
    position = 0
    while position < len(criteria):
        found = CRITERIA.match(criteria, position)
        if found is None or found.end() == position:
            raise FilterError(f"Invalid match criteria: {criteria}")
        position = found.end()
        word, value = found["word"].lower(), found["value"]
        if word == "action" and value in ("include", "exclude"):
            exclude = value == "exclude"
        elif word == "name" and value:
            event = value.strip().lower()
        elif word == "header" and value:
            header = value.strip().lower()
        elif word in METHODS and value is None:
            method = word
        elif word == "method" and value is not None and value.lower() in METHODS:
            method = value.lower()
        else:
            raise FilterError(f"Invalid match criteria: {criteria}")
    if not text and event is not None and header is None:
        method = "none"
    if method == "none" and event is None and header is None:
        raise FilterError("No match criteria")
    pattern = compiled(text) if method == "regex" else None
    return Filter(exclude, event, header, method, text, pattern)


def compiled(expression: str) -> re.Pattern[str]:
    """A POSIX extended expression as Python understands it; raises `FilterError`."""
    try:
        return re.compile(expression, re.MULTILINE)
    except re.error as error:
        raise FilterError(f"Invalid regular expression: {expression}") from error


class EventFilters:
    """All filters of a connection together."""

    def __init__(self) -> None:
        self._include: list[Filter] = []
        self._exclude: list[Filter] = []
        self._by_name: dict[str, bool] | None = {}
        """The verdict by event name, while no filter looks at more than the name."""

    def add(self, new: Filter) -> None:
        """One more."""
        (self._exclude if new.exclude else self._include).append(new)
        plain = all(f.method == "none" and f.header is None for f in (*self._include, *self._exclude))
        self._by_name = {} if plain else None

    def passes(self, message: Message) -> bool:
        """With includes one of them must match; no exclude may."""
        if self._by_name is not None:
            verdict = self._by_name.get(message.name)
            if verdict is None:
                verdict = self._by_name[message.name] = self._verdict(message)
            return verdict
        return self._verdict(message)

    def _verdict(self, message: Message) -> bool:
        if self._include and not any(wanted.matches(message) for wanted in self._include):
            return False
        return not any(unwanted.matches(message) for unwanted in self._exclude)
