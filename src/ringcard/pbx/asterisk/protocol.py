"""The Asterisk Manager Interface as bytes: what arrived → messages, an action → what to send. No input or output.

Feed `AmiProtocol.receive` whatever the socket gave, split anywhere; it returns the messages that are complete. A
message is decoded only when it is whole, so a character split over two reads is no concern. Events that nobody wants
are skipped before they are parsed, which is most of what a PBX says.

Deviations from the documented format that are met in the field and accepted:
- an extra empty line between messages (Asterisk 22 sends one after some TestEvents);
- a header without a space after the colon, or without a colon at all (then it is no header);
- a header that comes twice: the first wins, but of `Variable:` (Status with several) all are kept, one a line;
- bytes that are not UTF-8: each is replaced by U+FFFD.

Source: Asterisk documentation, "Asterisk Manager TCP IP API"; main/manager.c of 22.10 for the banner and for line ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MESSAGE_LIMIT_BYTES = 1 << 20
"""A longer message is thrown away and reported as `Oversized`; Asterisk's own longest line is 1,025 bytes."""

LAYOUTS_EACH = 4
"""How many ways of writing one kind of event are learned; no event of 16.28 and 22.10 has more than three."""

_END = b"\r\n\r\n"
_EVENT = b"Event: "
_VARSET = b"Event: VarSet"
_VARIABLE = b"\r\nVariable: "
_OURS = b"_{0,2}RINGCARD_DATA_[^\r]*|RINGCARD_DIVERTED"
"""Variables that carry a call's data are always read, their names end as the dialplan likes; and what tells that a
device's owner has its calls sent on."""
_BANNER = b"Asterisk Call Manager/"


class AmiError(Exception):
    """Something is wrong on an AMI connection; the root of the tree.

    AmiError
     ├─ LocalAmiError    we asked for what cannot be sent
     └─ RemoteAmiError   the other side sent what is not AMI
    """


class LocalAmiError(AmiError):
    """An action cannot be written: a line break or a NUL in a header."""


class RemoteAmiError(AmiError):
    """What arrived does not begin like an Asterisk manager: wrong port, or not an Asterisk."""


@dataclass(slots=True)
class Message:
    """One message of the manager.

    `name` is the event's name, empty for a response to an action. `headers` has each header once, as text.
    """

    name: str
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, header: str, default: str = "") -> str:
        """The header's value; `default` if it is missing. Asterisk's `<unknown>` counts as empty."""
        value = self.headers.get(header, default)
        return "" if value == "<unknown>" else value

    @property
    def action_id(self) -> str:
        """The ActionID this message answers to, empty if none."""
        return self.headers.get("ActionID", "")

    @property
    def is_response(self) -> bool:
        return not self.name

    @property
    def succeeded(self) -> bool:
        """Of a response: whether the action was accepted."""
        return self.headers.get("Response", "") in ("Success", "Goodbye", "Pong", "Follows")


@dataclass(frozen=True, slots=True)
class Oversized:
    """A message over the limit was thrown away; `size_bytes` of it had arrived when its end was found."""

    size_bytes: int


def parse(raw: bytes) -> Message:
    """One whole message, without the empty line that ends it."""
    lines = raw.decode("utf-8", "replace").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        key, colon, headers[key] = line.partition(": ")
        if not colon:
            return _parse_oddly_written(lines)
    if len(headers) != len(lines):
        return _parse_oddly_written(lines)
    return Message(headers.pop("Event") if lines[0].startswith("Event: ") else "", headers)


def _parse_oddly_written(lines: list[str]) -> Message:
    """What `parse` cannot do at once: headers that come twice, lines without a value."""
    headers: dict[str, str] = {}
    name = ""
    for line in lines:
        key, colon, value = line.partition(": ")
        if not colon:
            key, colon, value = line.partition(":")
            if not colon:
                continue
        if key == "Event" and not name and not headers:
            name = value
        elif key not in headers:
            headers[key] = value
        elif key == "Variable":
            headers[key] += "\n" + value
    return Message(name, headers)


def _is_plain(event: Message, text: str) -> bool:
    """Whether it is written without any of the oddities that `parse` accepts."""
    lines = [f"Event: {event.name}", *(f"{header}: {value}" for header, value in event.headers.items())]
    return text == "\r\n".join(lines) and text.count("\r") == len(event.headers)


class _Layout:
    """How a PBX writes one kind of event: with the same headers in the same order every time, but for a few variants.

    To read an event whose headers are known takes about half as long as to look for each of them.
    """

    __slots__ = ("_headers", "_name", "_values")

    def __init__(self, message: Message, unread: frozenset[str]) -> None:
        lines = [re.escape(f"Event: {message.name}")]
        for header in message.headers:
            value = "[^\r]*" if header in unread else "([^\r]*)"
            lines.append(f"{re.escape(header)}: {value}")
        self._name = message.name
        self._headers = tuple(header for header in message.headers if header not in unread)
        self._values = re.compile("\r\n".join(lines)).fullmatch

    def read(self, text: str) -> Message | None:
        """The message, without the headers that nobody reads; None if it is written in another way."""
        values = self._values(text)
        return None if values is None else Message(self._name, dict(zip(self._headers, values.groups(), strict=True)))


class AmiProtocol:
    """One connection's stream, from its banner on.

    `wanted` names the events to parse; None parses all. Of `VarSet`, which is a third of what a PBX says, only those of
    `variables` are parsed, if given. Of wanted events the headers `unread` may be left out. Responses are always
    parsed. `limit_bytes` bounds memory.
    """

    def __init__(
        self,
        wanted: Iterable[str] | None = None,
        *,
        variables: Iterable[str] | None = None,
        unread: Iterable[str] = (),
        limit_bytes: int = MESSAGE_LIMIT_BYTES,
    ) -> None:
        self._wanted = None if wanted is None else frozenset(_EVENT + name.encode() for name in wanted)
        """The first lines of the events to parse."""
        names = b"|".join([*(re.escape(name.encode()) for name in variables or ()), _OURS])
        self._is_read = None if variables is None else re.compile(b"(?:%s)\r\n" % names).match
        self._unread = frozenset(unread)
        self._layouts: dict[bytes, list[_Layout]] = {}
        """By first line; of the wanted events alone, so there are not many."""
        self._limit = limit_bytes
        self._buffer = bytearray()
        self._scanned = 0
        self._dropped = 0
        self._greeted = False
        self.version: str | None = None
        """The manager's version from the banner, `11.0.0`; None before it."""
        self.skipped = 0
        """Events that were not wanted."""

    def receive(self, data: bytes) -> list[Message | Oversized]:
        """Take `data` in; the messages that are now complete, in order.

        Raises `RemoteAmiError` if the stream does not begin with an Asterisk banner.
        """
        found: list[Message | Oversized] = []
        buffer = self._buffer
        buffer += data
        if not self._greeted and not self._greet():
            return found
        if buffer.find(_END, self._scanned) >= 0:
            # A copy split at once is several times faster than searching a buffer message by message.
            take = self._take_measured if self._dropped or len(buffer) > self._limit else self._take
            messages = bytes(buffer).split(_END)
            buffer[:] = messages.pop()
            take(messages, found)
        self._scanned = max(0, len(buffer) - 3)
        if len(buffer) > self._limit:
            keep = 3
            self._dropped += len(buffer) - keep
            del buffer[:-keep]
            self._scanned = 0
        return found

    def _take_measured(self, messages: list[bytes], found: list[Message | Oversized]) -> None:
        """The same where one of them may be too long, or is the end of one that was."""
        for raw in messages:
            if len(raw) > self._limit or self._dropped:
                found.append(Oversized(self._dropped + len(raw)))
                self._dropped = 0
            else:
                self._take([raw], found)

    def _take(self, messages: list[bytes], found: list[Message | Oversized]) -> None:
        wanted, is_read = self._wanted, self._is_read
        if wanted is None:
            found.extend(parse(raw) for raw in (raw.lstrip(b"\r\n") for raw in messages) if raw)
            return
        for raw in messages:
            first_line = raw.partition(b"\r")[0]
            if first_line in wanted:
                # The variable's name is the last header but one.
                if first_line != _VARSET or is_read is None or is_read(raw, raw.rfind(_VARIABLE) + len(_VARIABLE)):
                    found.append(self._read(first_line, raw))
                else:
                    self.skipped += 1
            elif first_line.startswith(_EVENT):
                self.skipped += 1
            elif first_line:
                found.append(parse(raw))
            elif raw:
                self._take([raw.lstrip(b"\r\n")], found)

    def _read(self, first_line: bytes, raw: bytes) -> Message:
        text = raw.decode("utf-8", "replace")
        layouts = self._layouts.get(first_line, ())
        for layout in layouts:
            message = layout.read(text)
            if message is not None:
                return message
        message = parse(raw)
        if len(layouts) < LAYOUTS_EACH and _is_plain(message, text):
            layout = _Layout(message, self._unread)
            self._layouts.setdefault(first_line, []).append(layout)
            return layout.read(text) or message
        return message

    def _greet(self) -> bool:
        line_end = self._buffer.find(b"\r\n")
        head = bytes(self._buffer[: len(_BANNER)])
        if head != _BANNER[: len(head)]:
            if head.startswith((b"Event:"[: len(head)], b"Respo"[: len(head)])) or head[:1] in (b"\r", b""):
                # A recorded stream that begins later than the connection did.
                self._greeted = len(head) >= 6
                return self._greeted
            shown = bytes(self._buffer[:40]).decode("ascii", "replace")
            raise RemoteAmiError(
                f"this is no Asterisk manager: it began with {shown!r}. Check host and port (5038, or 5039 with TLS)"
            )
        if line_end < 0:
            if len(self._buffer) > 200:
                raise RemoteAmiError("the manager's first line has no end. Check host and port")
            return False
        self.version = bytes(self._buffer[len(_BANNER) : line_end]).decode("ascii", "replace")
        del self._buffer[: line_end + 2]
        self._greeted = True
        return True


def action(name: str, headers: Mapping[str, str | Iterable[str]] | None = None, *, action_id: str = "") -> bytes:
    """The bytes of an action. A header whose value is a list is repeated (`Variable`, `Filter`).

    Raises `LocalAmiError` if a name or value has a line break or NUL: it would become another header, or another
    action.
    """
    lines = [("Action", name)]
    if action_id:
        lines.append(("ActionID", action_id))
    for key, value in (headers or {}).items():
        lines.extend((key, item) for item in ([value] if isinstance(value, str) else value))
    for key, value in lines:
        if any(c in "\r\n\0" for c in key + value):
            raise LocalAmiError(f"the header {key!r} of the action {name} has a line break in it; nothing was sent")
    return "".join(f"{key}: {value}\r\n" for key, value in lines).encode() + b"\r\n"
