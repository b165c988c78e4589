"""The dialplan asks us: a FastAGI server. `caller-name` gives a name for the phone's display; others are `scripts`.

A call waits for us here, so every way this can go wrong ends the same: the connection is closed, Asterisk goes on with
the next line of the dialplan, and the caller is not lost. For a name one deadline covers reading the request, finding
the name and hearing that it was set. We only ever set `CALLERID(name)`; where the call goes is not our business here.
A script holds a `Dialogue` with whoever is at the phone, for `dialogue_s` at most (`dialled` has ours).

Source: Asterisk 16 and 22, res_agi.c and the documentation of AGI(): lines `agi_*: value` and a blank one, then
commands of one line each, answered by `200 result=…`; a channel that hangs up sends `HANGUP`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast

import structlog

SCRIPT = "caller-name"
LONGEST_REQUEST = 16_384
LONGEST_NAME = 60
MOST_AT_ONCE = 500
LONGEST_ANSWER = 4_096
DIALOGUE_S = 60.0
"""Somebody stands at a phone and types; who forgets it must not hold a connection for ever."""

_PRESENTATION = 0x60
"""The bits of `agi_callingpres` that say restricted (0x20) or not available (0x40); Q.931 §4.5.10, one octet."""

NameOf = Callable[[str], Awaitable[str | None]]
"""The name that belongs to a number as the PBX presents it; None if nobody knows."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ANSWER = re.compile(r"200 result=(?P<result>\S*)(?: \((?P<note>[^)]*)\))?")

log = structlog.get_logger(__name__)


class PhoneGone(Exception):
    """Whoever was at the phone hung up, or Asterisk closed the connection."""


class CommandRefused(Exception):
    """Asterisk does not know the command, or cannot carry it out; the text is its own."""


class Dialogue:
    """Commands to the channel of one request, one at a time, each with its answer.

    Source: Asterisk 16 and 22, res_agi.c: `200 result=…`, `510`, `511`, `520` for what cannot be, `HANGUP` for a
    channel that is gone.
    """

    def __init__(self, request: Mapping[str, str], send: Callable[[bytes], None]) -> None:
        self.request = request
        self._send = send
        self._answers: asyncio.Queue[str] = asyncio.Queue()

    def hear(self, line: str) -> None:
        """A line that came; what belongs to a longer explanation is left out."""
        if line == "HANGUP" or line[:3] in ("200", "510", "511") or line.startswith("520 "):
            self._answers.put_nowait(line)

    async def command(self, text: str) -> str:
        """The `result` of a command. Raises `PhoneGone`, `CommandRefused`."""
        self._send(f"{text}\n".encode())
        line = await self._answers.get()
        found = _ANSWER.match(line)
        if line == "HANGUP" or line.startswith("511"):
            raise PhoneGone
        if found is None:
            raise CommandRefused(line[:200])
        if found["result"] == "-1":
            raise PhoneGone
        return found["result"]

    async def play(self, sound: str) -> None:
        """Play one of Asterisk's own sounds to its end. One that is not installed is silence."""
        await self.command(f'STREAM FILE {sound} ""')

    async def digits(self, prompt: str, *, most: int, patience_s: float) -> str:
        """Play the prompt, and take what is typed: to `#`, to `most` digits, or until nothing came for `patience_s`."""
        typed = await self.command(f"GET DATA {prompt} {patience_s * 1000:.0f} {most}")
        return typed if typed.isdigit() else ""


Script = Callable[[Dialogue], Awaitable[None]]


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks, `192.0.2.10` or `192.0.2.0/24`. Raises `ValueError`."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def request_of(text: str) -> dict[str, str]:
    """The `agi_*` lines of a request, without the prefix. What is no such line is left out."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.startswith("agi_"):
            found[name.removeprefix("agi_")] = value.strip()
    return found


def asked_number(request: dict[str, str]) -> str | None:
    """Whose name is asked: the first argument, else the caller's number; None if it is withheld."""
    presentation = request.get("callingpres", "0")
    if presentation.isdigit() and int(presentation) & _PRESENTATION:
        return None
    number = request.get("arg_1") or request.get("callerid", "")
    return number if number and number != "unknown" else None


def set_name(name: str) -> bytes:
    """The command. Quotes and backslashes are escaped, and there is no way to begin another line."""
    visible = " ".join("".join(each if each.isprintable() else " " for each in name).split())[:LONGEST_NAME].strip()
    escaped = visible.replace("\\", "\\\\").replace('"', '\\"')
    return f'SET VARIABLE CALLERID(name) "{escaped}"\n'.encode()


class FastAgi:
    """Listens while `serving` runs. `allow` are those who may ask; `scripts` are held a dialogue with, by name."""

    def __init__(
        self,
        name_of: NameOf,
        *,
        deadline_s: float = 0.15,
        allow: Sequence[Network] = (),
        scripts: Mapping[str, Script] | None = None,
        dialogue_s: float = DIALOGUE_S,
    ) -> None:
        self._name_of = name_of
        self._deadline_s = deadline_s
        self._allow = tuple(allow)
        self._scripts = dict(scripts or {})
        self.dialogue_s = dialogue_s
        self.open: set[_Conversation] = set()

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Accept questions. Raises `OSError`, with the address in its text."""
        return await asyncio.get_running_loop().create_server(lambda: _Conversation(self), host, port)

    async def serving(self, server: asyncio.Server) -> None:
        """Until cancelled; then what is open is closed."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.stop(server)

    def stop(self, server: asyncio.Server) -> None:
        """Listen no more; what is open is closed."""
        server.close()
        for conversation in list(self.open):
            conversation.end()

    def may_ask(self, address: str) -> bool:
        try:
            asking = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(asking, "ipv4_mapped", None)
        return any((mapped or asking) in network for network in self._allow)

    async def answer(self, request: dict[str, str]) -> bytes | None:
        """The command for a request; None if there is nothing to say."""
        script = request.get("network_script", "")
        if script != SCRIPT:
            log.warning("agi.unknown_script", action="agi_unknown_script", script=script[:80])
            return None
        number = asked_number(request)
        name = None if number is None else await self._name_of(number)
        return set_name(name) if name else None

    def script(self, request: Mapping[str, str]) -> Script | None:
        """The dialogue that a request asks for."""
        return self._scripts.get(request.get("network_script", ""))

    @property
    def deadline_s(self) -> float:
        return self._deadline_s


class _Conversation(asyncio.Protocol):
    """One question. Ends when it is answered, when the deadline passes, or when Asterisk goes."""

    def __init__(self, server: FastAgi) -> None:
        self._server = server
        self._address = ""
        self._dialogue: Dialogue | None = None
        self._heard = b""
        self._asked = False
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = transport = cast(asyncio.Transport, transport)
        address = self._address = (transport.get_extra_info("peername") or ("",))[0]
        if not self._server.may_ask(address) or len(self._server.open) >= MOST_AT_ONCE:
            log.warning("agi.not_allowed", action="agi_not_allowed", address=address)
            transport.abort()
            return
        self._server.open.add(self)
        self._timer = asyncio.get_running_loop().call_later(self._server.deadline_s, self._late)

    def data_received(self, data: bytes) -> None:
        if self._dialogue is not None:
            self._hear(self._dialogue, data)
            return
        if self._asked:
            # The answer to our only command, or HANGUP: either way there is nothing more to say.
            self.end()
            return
        self._heard += data
        head, blank, _ = self._heard.replace(b"\r\n", b"\n").partition(b"\n\n")
        if blank:
            self._asked = True
            request = request_of(head.decode(errors="replace"))
            script = self._server.script(request)
            answering = self._answer(request) if script is None else self._talk(script, request)
            self._task = asyncio.get_running_loop().create_task(answering)
        elif len(self._heard) > LONGEST_REQUEST:
            self.end()

    def connection_lost(self, _error: Exception | None) -> None:
        self._server.open.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def end(self) -> None:
        """Close; the call goes on."""
        if self._transport is not None:
            self._transport.close()

    def _hear(self, dialogue: Dialogue, data: bytes) -> None:
        *lines, self._heard = (self._heard + data).split(b"\n")
        if len(self._heard) > LONGEST_ANSWER:
            self.end()
            return
        for line in lines:
            dialogue.hear(line.decode(errors="replace").strip())

    async def _talk(self, script: Script, request: dict[str, str]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._heard = b""
        self._dialogue = Dialogue({**request, "address": self._address}, self._send)
        try:
            async with asyncio.timeout(self._server.dialogue_s):
                await script(self._dialogue)
        except TimeoutError:
            log.info("agi.forgotten", action="agi_forgotten", script=request.get("network_script", "")[:80])
        except PhoneGone:
            pass
        except CommandRefused as error:
            log.warning("agi.command_refused", action="agi_command_refused", problem=str(error))
        except Exception:
            log.exception("agi.failed", action="agi_failed")
        self.end()

    def _send(self, command: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise PhoneGone
        self._transport.write(command)

    def _late(self) -> None:
        log.warning("agi.late", action="agi_late", deadline_s=self._server.deadline_s, asked=self._asked)
        if self._transport is not None:
            self._transport.abort()

    async def _answer(self, request: dict[str, str]) -> None:
        try:
            command = await self._server.answer(request)
        except Exception:
            log.exception("agi.failed", action="agi_failed")
            command = None
        if command is None or self._transport is None or self._transport.is_closing():
            self.end()
            return
        self._transport.write(command)
