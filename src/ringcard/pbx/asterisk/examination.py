"""Looking at an Asterisk before it is ours: is it there, is it one, may we in, what may we do and hear, what is on it.

The same questions as a session's, one at a time and with what came of each. Nothing on the PBX changes but for two
things that leave no trace in it: the call that cannot exist (`permissions`), and the global variable `RINGCARD_CHECK`,
set to nothing, whose `VarSet` event proves that we hear the class `dialplan`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ringcard.pbx.asterisk.filters import EVENT_CLASSES
from ringcard.pbx.asterisk.login import list_allowed, log_in
from ringcard.pbx.asterisk.permissions import (
    PROBE_CHANNEL,
    READ,
    READ_FOR,
    WRITE,
    WRITE_FOR,
    Hearing,
    allowed_actions,
    missing_to_write,
)
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message, Oversized
from ringcard.pbx.asterisk.settings import AsteriskSettings, Timing
from ringcard.pbx.asterisk.wire import LinkLost, Refused, Wire, connect
from ringcard.pbx.examination import Check, Line, Verdict
from ringcard.pbx.link import LinkCause

PATIENCE = Timing(
    connect_s=6.0, banner_s=4.0, login_s=8.0, booted_s=3.0, action_s=6.0, list_s=15.0, probe_s=3.0, ping_every_s=60.0
)
"""Somebody looks at the screen: shorter than a connector waits, long enough for a VPN."""

CHECK_VARIABLE = "RINGCARD_CHECK"
FREEPBX_GLOBALS = ("AMPMGRUSER", "ASTMANAGERHOST", "AMPBIN")
"""Global variables that FreePBX writes into its dialplan (extensions_additional.conf) and a plain Asterisk has not.

Source: https://github.com/FreePBX/core, functions.inc.php, `$amp_conf_globals` ("auto add these globals").
"""

_LOOK_CLOSER_S = 2.0
_MOST_NAMED = 2_000
_MOST_ASKED = 500
"""Phones that are asked for their name, one by one."""
_OF_THE_WAY = (
    LinkCause.UNKNOWN_HOST,
    LinkCause.CLOSED,
    LinkCause.CERTIFICATE,
    LinkCause.NO_TLS,
    LinkCause.NO_WAY,
    LinkCause.NO_ANSWER,
    LinkCause.CA_FILE,
)
"""What is known before a byte was read."""
_FIRST_BYTES = {b"HTTP/": "http", b"SSH-": "ssh", b"SIP/2.0": "sip", b"\x15\x03": "tls_wanted"}
_STRANGERS = {
    "http": "a web server",
    "ssh": "an SSH server",
    "sip": "a SIP port",
    "tls_wanted": "a port that wants TLS",
}


@dataclass(slots=True)
class _Stopwatch:
    began_s: float = field(default_factory=time.perf_counter)

    def lap_ms(self) -> float:
        """Milliseconds since the last lap."""
        before, self.began_s = self.began_s, time.perf_counter()
        return round((self.began_s - before) * 1000, 1)


class _Ears:
    """Takes note of what comes, for as long as we look."""

    def __init__(self) -> None:
        self.hearing = Hearing()
        self._heard: dict[str, asyncio.Event] = {name: asyncio.Event() for name in READ}

    def hear(self, messages: Sequence[Message | Oversized]) -> None:
        for message in messages:
            if isinstance(message, Message) and message.name:
                self.hearing.hear(message)
        for name in READ:
            if name not in self.hearing.unproved:
                self._heard[name].set()

    async def heard(self, name: str, wire: Wire, within_s: float) -> bool:
        """Whether an event of this class came `within_s`. Raises `LinkLost`."""
        waiting: asyncio.Future[Any] = asyncio.ensure_future(self._heard[name].wait())
        try:
            await asyncio.wait({waiting, wire.lost}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            if wire.lost.done():
                wire.lost.result()
            return self._heard[name].is_set()
        finally:
            waiting.cancel()


async def examine(settings: AsteriskSettings, timing: Timing = PATIENCE) -> AsyncIterator[Check]:
    """Check by check. Never raises because of the PBX; ends after the first check that makes the rest idle."""
    settings = replace(settings, timing=timing)
    watch, ears = _Stopwatch(), _Ears()
    first_bytes = bytearray()

    def tap(data: bytes) -> None:
        if len(first_bytes) < 16:
            first_bytes.extend(data[:16])

    try:
        wire = await connect(settings, lambda: Wire(AmiProtocol(), ears.hear, tap))
    except LinkLost as error:
        reason = await _reason(settings, error, bytes(first_bytes))
        text = str(error)
        if reason in _STRANGERS:
            text = f"{settings.host}:{settings.port} is {_STRANGERS[reason]}, no Asterisk manager"
        yield Check("reach", Verdict.WRONG, text, watch.lap_ms(), reason)
        return
    try:
        greeting = wire.protocol.version or ""
        reached = (
            f"{settings.host}:{settings.port} is an Asterisk manager ({greeting}); it sees us as {wire.our_address}"
        )
        yield Check("reach", Verdict.FINE, reached, watch.lap_ms(), facts={"our_address": wire.our_address})
        async for check in _inside(settings, wire, ears, watch):
            yield check
    except LinkLost as error:
        yield Check("answers", Verdict.WRONG, str(error), watch.lap_ms(), "silent")
    finally:
        await wire.close()


async def _inside(settings: AsteriskSettings, wire: Wire, ears: _Ears, watch: _Stopwatch) -> AsyncIterator[Check]:
    try:
        login = await log_in(wire, settings)
    except Refused as error:
        name = "version" if error.cause is LinkCause.TOO_OLD else "login"
        facts = {"our_address": wire.our_address}
        yield Check(name, Verdict.WRONG, str(error), watch.lap_ms(), error.cause.value, facts)
        return
    yield Check("login", Verdict.FINE, f"signed in as {settings.user}", watch.lap_ms())

    allowed = allowed_actions(await list_allowed(wire, settings))
    freepbx = await _is_freepbx(wire, allowed, settings.timing.action_s)
    product = "FreePBX" if freepbx else None
    version = f"Asterisk {login.version}" if login.version else "an Asterisk that does not tell its version"
    yield Check(
        "version",
        Verdict.FINE,
        f"{version} with {product}" if product else version,
        watch.lap_ms(),
        facts={"version": login.version, "major": login.major, "freepbx": freepbx},
    )

    lacking = set(missing_to_write(allowed))
    for permission in WRITE:
        is_lacking = permission in lacking
        text = f"write = {permission}: {WRITE_FOR[permission] if is_lacking else 'given'}"
        verdict = Verdict.MIND if is_lacking else Verdict.FINE
        yield Check(f"write.{permission}", verdict, text, watch.lap_ms(), "lacking" if is_lacking else "")

    async for check in _hearing(settings, wire, ears, allowed, watch):
        yield check
    yield await _devices(settings, wire, allowed, watch)
    yield await _queues(settings, wire, allowed, watch)


async def _is_freepbx(wire: Wire, allowed: frozenset[str], within_s: float) -> bool:
    if "Getvar" not in allowed:
        return False
    for variable in FREEPBX_GLOBALS:
        answer = await wire.ask("Getvar", {"Variable": variable}, within_s=within_s)
        if answer.succeeded and answer.get("Value"):
            return True
    return False


async def _hearing(
    settings: AsteriskSettings, wire: Wire, ears: _Ears, allowed: frozenset[str], watch: _Stopwatch
) -> AsyncIterator[Check]:
    timing = settings.timing
    heard: dict[str, bool | None] = dict.fromkeys(READ)
    heard["system"] = await ears.heard("system", wire, timing.booted_s)
    yield _read("system", heard["system"], watch)
    await wire.ask("Events", {"EventMask": EVENT_CLASSES}, within_s=timing.action_s)

    if "Originate" in allowed and settings.probe_events:
        headers = {"Channel": PROBE_CHANNEL, "Application": "NoOp", "Async": "true", "Timeout": "1000"}
        answer = await wire.ask("Originate", headers, within_s=timing.action_s)
        if answer.succeeded:
            heard["call"] = await ears.heard("call", wire, timing.probe_s)
    yield _read("call", heard["call"] or _maybe(ears, "call", heard["call"]), watch)

    if "Setvar" in allowed:
        answer = await wire.ask("Setvar", {"Variable": CHECK_VARIABLE, "Value": ""}, within_s=timing.action_s)
        if answer.succeeded:
            heard["dialplan"] = await ears.heard("dialplan", wire, timing.probe_s)
    yield _read("dialplan", _maybe(ears, "dialplan", heard["dialplan"]), watch)
    yield _read("agent", _maybe(ears, "agent", None), watch)


def _maybe(ears: _Ears, name: str, so_far: bool | None) -> bool | None:
    """An event that came by itself proves it too."""
    return True if name not in ears.hearing.unproved else so_far


def _read(permission: str, heard: bool | None, watch: _Stopwatch) -> Check:
    name = f"read.{permission}"
    if heard:
        return Check(name, Verdict.FINE, f"read = {permission}: heard", watch.lap_ms())
    if heard is None:
        text = f"read = {permission}: cannot be told before something happens; {READ_FOR[permission]}"
        return Check(name, Verdict.UNKNOWN, text, watch.lap_ms(), "not_proved")
    verdict = Verdict.WRONG if permission == "call" else Verdict.MIND
    return Check(name, verdict, f"read = {permission}: {READ_FOR[permission]}", watch.lap_ms(), "lacking")


async def _devices(settings: AsteriskSettings, wire: Wire, allowed: frozenset[str], watch: _Stopwatch) -> Check:
    """Who is configured, by channel driver: names of two to five digits are what an office calls extensions."""
    named: dict[str, list[str]] = {}
    for driver, action, item in (("PJSIP", "PJSIPShowEndpoints", "EndpointList"), ("SIP", "SIPpeers", "PeerEntry")):
        if action in allowed:
            listed = await wire.ask_list(action, within_s=settings.timing.list_s)
            names = [each.get("ObjectName") for each in listed if each.name == item]
            if names:
                named[driver] = names
    extensions = sorted({name for names in named.values() for name in names if _is_extension(name)}, key=_by_number)
    said = await _names(settings, wire, allowed, sorted(named), extensions)
    facts = {
        "drivers": sorted(named),
        "devices": extensions[:_MOST_NAMED],
        "names": said,
        "ranges": ranges_of(extensions),
    }
    if not named:
        text = "no phones are named: without write = system they cannot be listed, else none is configured"
        return Check("devices", Verdict.MIND, text, watch.lap_ms(), "none", facts)
    drivers = " and ".join(f"{len(names)} by {driver}" for driver, names in sorted(named.items()))
    text = f"{len(extensions)} extensions ({drivers}): {facts['ranges'] or 'none of two to five digits'}"
    return Check("devices", Verdict.FINE, text, watch.lap_ms(), facts=facts)


async def _names(
    settings: AsteriskSettings, wire: Wire, allowed: frozenset[str], drivers: list[str], extensions: list[str]
) -> dict[str, str]:
    """What the phones call themselves, `"Alice One" <101>`: whose they are, most likely."""
    names: dict[str, str] = {}
    for extension in extensions[:_MOST_ASKED]:
        for driver in drivers:
            said = await _caller_id(settings, wire, allowed, driver, extension)
            name = said.partition("<")[0].strip().strip('"').strip()
            if name and name != extension:
                names[extension] = name
    return names


async def _caller_id(
    settings: AsteriskSettings, wire: Wire, allowed: frozenset[str], driver: str, extension: str
) -> str:
    timing = settings.timing
    if driver == "PJSIP" and "PJSIPShowEndpoint" in allowed:
        items = await wire.ask_list("PJSIPShowEndpoint", {"Endpoint": extension}, within_s=timing.list_s)
        return next((each.get("Callerid") for each in items if each.name == "EndpointDetail"), "")
    if driver == "SIP" and "SIPshowpeer" in allowed:
        answer = await wire.ask("SIPshowpeer", {"Peer": extension}, within_s=timing.action_s)
        return answer.get("Callerid")
    return ""


async def _queues(settings: AsteriskSettings, wire: Wire, allowed: frozenset[str], watch: _Stopwatch) -> Check:
    if "QueueStatus" not in allowed:
        return Check("queues", Verdict.UNKNOWN, "queues cannot be listed", watch.lap_ms(), "none", {"queues": []})
    listed = await wire.ask_list("QueueStatus", within_s=settings.timing.list_s)
    queues = sorted({each.get("Queue") for each in listed if each.name == "QueueParams"} - {""})
    text = f"{len(queues)} queues" + (f": {', '.join(queues[:10])}" if queues else "")
    return Check("queues", Verdict.FINE, text, watch.lap_ms(), facts={"queues": queues[:_MOST_NAMED]})


def _is_extension(name: str) -> bool:
    return name.isascii() and name.isdigit() and 2 <= len(name) <= 5


def _by_number(name: str) -> tuple[int, int]:
    return len(name), int(name)


def ranges_of(extensions: list[str]) -> str:
    """`101-110,201` of a sorted list: runs are written as ranges, as the setting `devices` takes them."""
    runs: list[tuple[str, str]] = []
    for name in extensions:
        if runs and len(runs[-1][1]) == len(name) and int(name) == int(runs[-1][1]) + 1:
            runs[-1] = (runs[-1][0], name)
        else:
            runs.append((name, name))
    return ",".join(first if first == last else f"{first}-{last}" for first, last in runs)


async def _reason(settings: AsteriskSettings, error: LinkLost, first_bytes: bytes) -> str:
    """Why there is no manager at this address, as a stable name."""
    if error.cause in _OF_THE_WAY:
        return error.cause.value
    known = _stranger(first_bytes)
    if known:
        return known
    if settings.tls is None and not first_bytes:
        return await _look_closer(settings.host, settings.port)
    return "not_ami"


def _stranger(first_bytes: bytes) -> str:
    return next((name for begin, name in _FIRST_BYTES.items() if first_bytes.startswith(begin)), "")


async def _look_closer(host: str, port: int) -> str:
    """It said nothing by itself: see whether it shakes hands by TLS, or in which protocol it complains of us."""
    anything = ssl.create_default_context()
    anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE  # nothing is sent: only whether it can
    try:
        async with asyncio.timeout(_LOOK_CLOSER_S):
            _, writer = await asyncio.open_connection(host, port, ssl=anything)
            writer.close()
            return "tls_wanted"
    except (TimeoutError, OSError):
        pass
    try:
        async with asyncio.timeout(_LOOK_CLOSER_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"Action: Ping\r\n\r\n")
                return _stranger(await reader.read(16)) or "silent"
            finally:
                writer.close()
    except (TimeoutError, OSError):
        return "silent"


# -- what to write into manager.conf -----------------------------------------------------------------------------------


def account_lines(user: str, secret: str, our_address: str) -> list[Line]:
    """The section of manager.conf for our account, line by line."""
    return [
        Line(f"[{user}]", "account"),
        Line(f"secret = {secret}", "secret"),
        Line("deny = 0.0.0.0/0.0.0.0", "deny"),
        Line(f"permit = {our_address}/255.255.255.255", "permit"),
        Line(f"read = {','.join(READ)}", "read"),
        Line(f"write = {','.join(WRITE)}", "write"),
        Line("writetimeout = 5000", "writetimeout"),
    ]


def general_lines(bind_address: str) -> list[Line]:
    """What has to stand in manager.conf once, under `[general]`."""
    return [
        Line("[general]", "general"),
        Line("enabled = yes", "enabled"),
        Line("port = 5038", "port"),
        Line(f"bindaddr = {bind_address}", "bindaddr"),
    ]


def our_address_towards(host: str) -> str:
    """The address of this machine from which `host` is reached; what `permit` has to name. Sends nothing.

    Raises `OSError` if there is no way, or no such name.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, 5038, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.connect(address)
        return str(probe.getsockname()[0])
