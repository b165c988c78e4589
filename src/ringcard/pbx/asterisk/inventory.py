"""Which devices an Asterisk knows, and whose it says they are: for taking employees over from it. Pure but for `take`.

Endpoints of PJSIP, peers of chan_sip, hints and members of queues each name devices; whatever is one of the company's
own counts, so trunks do not. The name is that of the endpoint's caller id, else a queue member's.

Source: documentation/core-en_US.xml of 22.10 (`PJSIPShowEndpoints`, `PJSIPShowEndpoint`, `SIPpeers`,
`ExtensionStateList`, `QueueStatus`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.connector import KnownDevice

AskList = Callable[[str, dict[str, str]], Awaitable[list[Message]]]
"""Asks an action that a list answers; the response comes first."""

MOST_ASKED = 2_000
"""How many endpoints are asked for their caller id, one after the other."""

LISTED = frozenset(
    {
        "EndpointDetail",
        "EndpointDetailComplete",
        "EndpointList",
        "EndpointListComplete",
        "ExtensionStateListComplete",
        "ExtensionStatus",
        "QueueMember",
    }
)
"""The events of these answers that a session must not skip: without its end a list is waited for in vain."""

_LISTS = ("PJSIPShowEndpoints", "SIPpeers", "ExtensionStateList", "QueueStatus")


@dataclass(slots=True)
class _Found:
    kind: str
    name: str | None = None
    queues: list[str] = field(default_factory=list)


async def take(ask: AskList, allowed: frozenset[str], names: DeviceNames) -> tuple[KnownDevice, ...]:
    """Ask for everything the account may see, and put it together."""
    answers: list[Message] = []
    for name in _LISTS:
        if name in allowed:
            answers += await ask(name, {})
    endpoints = [message.get("ObjectName") for message in answers if message.name == "EndpointList"]
    if "PJSIPShowEndpoint" in allowed:
        for endpoint in [each for each in endpoints if names.device(each)][:MOST_ASKED]:
            answers += await ask("PJSIPShowEndpoint", {"Endpoint": endpoint})
    return known_devices(answers, names)


def known_devices(messages: Iterable[Message], names: DeviceNames) -> tuple[KnownDevice, ...]:
    """The devices that these messages name, by device."""
    found: dict[DeviceId, _Found] = {}

    def seen(device: DeviceId | None, kind: str, name: str | None = None) -> _Found | None:
        if device is None:
            return None
        entry = found.setdefault(device, _Found(kind))
        entry.name = entry.name or name
        return entry

    for message in messages:
        match message.name:
            case "EndpointList":
                seen(names.device(message.get("ObjectName")), "PJSIP")
            case "EndpointDetail":
                seen(names.device(message.get("ObjectName")), "PJSIP", _caller_name(message.get("Callerid")))
            case "PeerEntry":
                seen(names.device(message.get("ObjectName")), "SIP", _person(message.get("Description")))
            case "ExtensionStatus":
                for interface in message.get("Hint").split("&"):
                    seen(names.interface(interface), interface.partition("/")[0])
            case "QueueMember":
                interface = message.get("StateInterface") or message.get("Location")
                entry = seen(names.interface(interface), interface.partition("/")[0], _person(message.get("Name")))
                queue = message.get("Queue")
                if entry is not None and queue and queue not in entry.queues:
                    entry.queues.append(queue)
            case _:
                pass
    return tuple(
        KnownDevice(device, entry.name, entry.kind, tuple(entry.queues))
        for device, entry in sorted(found.items(), key=lambda item: (len(item[0]), item[0]))
    )


def _caller_name(caller_id: str) -> str | None:
    """`"Anna Sokolova" <101>` → `Anna Sokolova`."""
    name, bracket, _ = caller_id.partition("<")
    return _person(name.strip().strip('"')) if bracket else None


def _person(text: str) -> str | None:
    """A person's name: not empty, no interface, no bare number."""
    text = text.strip()
    return None if not text or "/" in text or not re.search(r"[^\W\d_]", text) or text == "<unknown>" else text
