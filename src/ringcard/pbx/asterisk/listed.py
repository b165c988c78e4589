"""The channels as the PBX lists them, and a mirror's channel made of one.

Source: CoreShowChannels of Asterisk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringcard.pbx.asterisk.devices import Kind
from ringcard.pbx.asterisk.messages import ChannelFacts, duration_s
from ringcard.pbx.asterisk.mirror import RINGING, UP, Channel

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.translate import Translator


@dataclass(frozen=True, slots=True)
class Listed:
    """A channel of the list."""

    facts: ChannelFacts
    bridge: str
    application: str
    age_s: int


@dataclass(slots=True)
class Snapshot:
    """The channels as they are listed, until the list is complete."""

    began_s: float
    channels: dict[str, Listed] = field(default_factory=dict)

    def add(self, facts: ChannelFacts, headers: dict[str, str]) -> None:
        bridge = headers.get("BridgeId") or headers.get("BridgeID") or ""
        self.channels[facts.uid] = Listed(
            facts, bridge, headers.get("Application", ""), duration_s(headers.get("Duration", ""))
        )

    def in_order(self) -> list[Listed]:
        """The channels in the order in which they began; the PBX lists them in none (22.10: by a hash of their names).

        A unique id ends with the second it was made in and a running number, unless a program chose it (Originate).
        """

        def began(listed: Listed) -> tuple[int, int]:
            made = re.search(r"(\d+)\.(\d+)$", listed.facts.uid)
            return (int(made[1]), int(made[2])) if made else (int(self.began_s) - listed.age_s, 0)

        return sorted(self.channels.values(), key=began)


def is_dialled(listed: Listed) -> bool:
    return listed.application.startswith(("AppDial", "AppQueue"))


def create(translator: Translator, listed: Listed, at_s: float) -> Channel:
    known = translator.mirror.channels.get(listed.facts.uid)
    if known is not None:
        return known
    channel = translator.mirror.create(listed.facts, at_s - listed.age_s)
    channel.witnessed = False
    channel.dialled = is_dialled(listed)
    channel.up_s = at_s if channel.state == UP else None
    channel.rang_s = at_s if channel.state == RINGING else None
    if channel.kind is Kind.OUTSIDER:
        channel.e164 = translator.plan_of(channel).parse(channel.number)
    return channel
