"""Which of the company's devices a channel or an interface of Asterisk is, read from its name.

Asterisk names channels `TECH/resource-serial`: `PJSIP/101-0000002a`, `SIP/101-00000001`, `IAX2/101-5531`,
`DAHDI/3-1`, `DAHDI/i1/74951110000-2`, and halves of a Local pair `Local/103@internal-00000002;1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from ringcard.calls.identifiers import DeviceId
from ringcard.numbers import DeviceSet

_INTERNAL = frozenset(
    {"AsyncGoto", "Announcer", "Bridge", "CBAnn", "CBRec", "ConfBridgeRecorder", "Message", "MulticastRTP", "Recorder"}
    | {"Snoop", "Surrogate", "UnicastRTP", "WebSocket"}
)
"""Technologies of channels that no person is behind: announcers, recorders, media taps, helpers of a redirect."""


class Kind(Enum):
    """What stands behind a channel."""

    DEVICE = "device"
    OUTSIDER = "outsider"
    LOCAL = "local"
    INTERNAL = "internal"


class ChannelName(NamedTuple):
    """A channel's name, taken apart."""

    kind: Kind
    tech: str
    resource: str
    """`101`, `trunk`, `103@internal`."""
    device: DeviceId | None
    pair: str
    """Of half a Local pair: the name both halves share; empty for any other."""
    half: int
    """1 or 2 of a Local pair, 0 for any other."""


class DeviceNames:
    """Resolves names to devices.

    `devices` says which resources are the company's own; None means every resource of two to five digits. `aliases`
    maps a resource to the device it is: `{"3": "201"}` for an analogue port, `{"101-web": "101"}` for a browser phone.
    """

    def __init__(self, devices: DeviceSet | None = None, aliases: Mapping[str, str] | None = None) -> None:
        self._devices = devices or None
        self._aliases = dict(aliases or {})
        self.parse = lru_cache(maxsize=4096)(self._parse)
        self.device = lru_cache(maxsize=4096)(self._device)

    def _device(self, resource: str) -> DeviceId | None:
        """The device that a resource, an extension or a written number names; None if it is none of ours."""
        resource = self._aliases.get(resource, resource)
        if self._devices is None:
            ours = resource.isascii() and resource.isdigit() and 2 <= len(resource) <= 5
        else:
            ours = resource in self._devices
        return DeviceId(resource) if ours else None

    def interface(self, interface: str) -> DeviceId | None:
        """The device of an interface as queues and device states name it: `PJSIP/101`, `Local/101@agents/n`."""
        _, slash, resource = interface.partition("/")
        return self.device(resource.partition("@")[0]) if slash else None

    def _parse(self, name: str) -> ChannelName:
        tech, slash, rest = name.partition("/")
        if not slash or tech in _INTERNAL:
            return ChannelName(Kind.INTERNAL, tech, rest, None, "", 0)
        if tech == "Local":
            pair, semicolon, half = rest.rpartition(";")
            resource = (pair or rest).rpartition("-")[0] or rest
            number = int(half) if semicolon and half in ("1", "2") else 0
            return ChannelName(Kind.LOCAL, tech, resource, None, pair, number)
        if "<ZOMBIE>" in rest:
            return ChannelName(Kind.INTERNAL, tech, rest, None, "", 0)
        resource = rest.removesuffix("<MASQ>").rpartition("-")[0] or rest
        device = self.device(resource)
        return ChannelName(Kind.DEVICE if device else Kind.OUTSIDER, tech, resource, device, "", 0)
