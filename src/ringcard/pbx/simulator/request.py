"""An action as it comes in, and what goes back."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """An action as it came in: headers in order, names in lower case."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Request:
        """Lines of `Name: value`; what is none is ignored, as Asterisk does."""
        found = (line.partition(":") for line in text.replace("\r\n", "\n").split("\n"))
        return cls(tuple((name.strip().lower(), value.strip()) for name, colon, value in found if colon))

    def get(self, name: str, default: str = "") -> str:
        """The first header of that name."""
        return next((value for key, value in self.pairs if key == name), default)

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        return [value for key, value in self.pairs if key == name]


class ActionError(Exception):
    """The answer is `Response: Error`; the text is its message."""


@dataclass(slots=True)
class Reply:
    """What goes back: blocks, each a message."""

    blocks: list[str] = field(default_factory=list)
    close: bool = False


def response(kind: str, identity: str, *parts: str) -> str:
    """A response's text."""
    lines = [f"Response: {kind}"]
    if identity:
        lines.append(f"ActionID: {identity}")
    return "\r\n".join((*lines, *parts))
