"""What an administrator tells us about one Asterisk. Plain values; `app.config` reads them from wherever they are
written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from ringcard.numbers import DeviceSet, NumberingPlan, PlanRules, Rewrite

Seconds = Annotated[float, Meta(gt=0)]
Port = Annotated[int, Meta(ge=1, le=65535)]


class Auth(StrEnum):
    """How to prove that we know the secret."""

    AUTO = "auto"
    """MD5 challenge; the secret itself only if the PBX has no challenge and nobody can listen (TLS or loopback)."""
    MD5 = "md5"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS to the manager (`tlsenable` in manager.conf, port 5039)."""

    verify: bool = True
    """Off accepts any certificate: the line is then encrypted, but not known to end at the PBX."""
    ca_file: str | None = None
    """The certificate (or its authority) to trust, PEM; None trusts what the system trusts."""
    server_name: str | None = None
    """The name in the certificate if it is not `host`."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait for what. The defaults suit a PBX in the same town and one at the end of a VPN."""

    connect_s: Seconds = 10.0
    banner_s: Seconds = 5.0
    """An Asterisk speaks first, at once."""
    login_s: Seconds = 15.0
    """It takes its time over a wrong secret (one second, main/manager.c)."""
    booted_s: Seconds = 10.0
    """How long to wait for `FullyBooted` before going on without it."""
    action_s: Seconds = 10.0
    list_s: Seconds = 30.0
    """One list of the snapshot, to its end. 10,000 channels take Asterisk about a second."""
    probe_s: Seconds = 5.0
    """How long a call event that we provoked may take before we say that we hear none."""
    ping_every_s: Seconds = 15.0
    ping_answer_s: Seconds = 10.0
    tick_every_s: Seconds = 0.1
    snapshot_every_s: Seconds = 5.0
    """At most one snapshot in this time, however often the PBX speaks of what we do not know."""
    backoff_first_s: Seconds = 1.0
    backoff_most_s: Seconds = 10.0
    """So late at most a PBX that is back is heard again: an office that was just restarted waits for it."""
    refused_retry_s: Seconds = 60.0
    """After a refusal somebody has to act; asking often would only get our address banned (fail2ban)."""
    stable_s: Seconds = 60.0
    """A connection that held this long makes the next backoff begin anew."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """How one trunk writes numbers, where it differs from the company."""

    name: str
    """As channels have it: `megafon` of `PJSIP/megafon-0000002a`."""
    region: str | None = None
    area_code: str | None = None
    incoming: tuple[Rewrite, ...] = ()
    """Rules for what it sends, before those of the company."""
    caller_id: str | None = None
    """The channel function or variable that carries the caller's number, if it is not the caller ID:
    `PJSIP_HEADER(read,P-Asserted-Identity)`, `SIP_HEADER(Remote-Party-ID)`, `CALLERID(ani)`."""


@dataclass(frozen=True, slots=True)
class AsteriskSettings:
    """One Asterisk and the account we have on it."""

    pbx: str
    """Our name of it, unique in the configuration."""
    host: str
    user: str
    secret: str = field(repr=False)
    port: Port = 5038
    tls: Tls | None = None
    auth: Auth = Auth.AUTO
    devices: str | None = None
    """Which resources are the company's devices: `101-199,201`; None: all of two to five digits."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Resources that have another device's name: `{"101-web": "101"}`."""
    region: str = "RU"
    """The country whose way of writing numbers the trunks use (ISO 3166)."""
    area_code: str | None = None
    """What local numbers of the trunks lack."""
    rules: PlanRules = field(default_factory=PlanRules)
    """How numbers are dialled and rewritten: the company's."""
    trunks: tuple[Trunk, ...] = ()
    dial: str | None = None
    """How the PBX dials a device, for MakeCall: `SIP/{device}`. None: as the PBX itself names it in its device
    states."""
    context: str = "from-internal"
    """The dialplan context in which a device's own calls begin, for MakeCall."""
    ring_timeout_s: float = 30.0
    """How long a device may ring before MakeCall gives up."""
    auto_answer: tuple[str, ...] = ("Alert-Info: Ring Answer", "Call-Info: <sip:ringcard>;answer-after=0")
    """The headers by which a phone is asked to pick up by itself."""
    auto_answer_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same for some devices: `{"101-120": ["Alert-Info: Intercom"]}`."""
    takes_notify: str | None = None
    """Which devices pick up and hold on a NOTIFY (`Event: talk`, `hold`) though Asterisk cannot tell: `101-110`."""
    hold_s: float = 600.0
    """How long a caller held from the screen may wait before going back to who held."""
    transfer_ring_s: float = 25.0
    """How long a phone may ring for a caller handed on from the screen before the caller comes back."""
    ask_presentation: bool = False
    """Ask of each call from outside whether its number is withheld: Asterisk's events do not tell."""
    server_filters: bool = True
    """Have the PBX leave out what we do not read."""
    probe_events: bool = True
    """Prove after login that we hear of calls. Leaves one line in Asterisk's log when the PBX is idle."""
    timing: Timing = field(default_factory=Timing)

    def plan(self, devices: DeviceSet | None) -> NumberingPlan:
        """How numbers are written here. Raises `ValueError` for what cannot be meant."""
        internal = devices or DeviceSet()

        def of_trunk(trunk: Trunk) -> NumberingPlan:
            rules = replace(self.rules, incoming=(*trunk.incoming, *self.rules.incoming))
            return NumberingPlan(trunk.region or self.region, trunk.area_code or self.area_code, internal, rules=rules)

        trunks = {trunk.name: of_trunk(trunk) for trunk in self.trunks}
        return NumberingPlan(self.region, self.area_code, internal, rules=self.rules, trunks=trunks)
