"""From a fresh connection to an account that is logged in, of a PBX that is new enough: `Wire` in, `Login` out.

The account is logged in with the events of class `system` only; the rest is asked for when we are ready to read it.

Source: main/manager.c of 22.10 (`authenticate`, `action_challenge`): a wrong secret, an unknown user and an address
that may not are one and the same answer, "Authentication failed", one second later.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from ringcard.pbx.asterisk.protocol import LocalAmiError, Message
from ringcard.pbx.asterisk.settings import AsteriskSettings, Auth
from ringcard.pbx.asterisk.wire import LinkLost, Refused, Wire
from ringcard.pbx.link import LinkCause

OLDEST = 13
"""The bridge and dial events we live on came with Asterisk 12; 13 is the first with long support that has them
all."""

_OLDEST_INTERFACE = 2
"""Of the banner: Asterisk 12 and newer say 2.0 or more, 11 says 1.3."""
_VERSION = re.compile(r"^(?:certified/|GIT-|SVN-branch-)?(\d+)[.\-]")


@dataclass(frozen=True, slots=True)
class Login:
    """What the PBX told of itself."""

    version: str | None
    """Asterisk's own, `22.10.1`; None if the account may not ask."""
    major: int | None


async def log_in(wire: Wire, settings: AsteriskSettings, events: str = "system") -> Login:
    """Prove who we are and learn which Asterisk it is. Raises `Refused` with what to do about it, or `LinkLost`."""
    interface = wire.protocol.version or ""
    if interface.partition(".")[0].isdecimal() and int(interface.partition(".")[0]) < _OLDEST_INTERFACE:
        raise Refused(_too_old(f"one with manager interface {interface}"), LinkCause.TOO_OLD)
    headers = {"Username": settings.user, "Events": events, **await _proof(wire, settings)}
    try:
        response = await wire.ask("Login", headers, within_s=settings.timing.login_s)
    except LocalAmiError as error:
        raise Refused(f"{error}: check the user and the secret", LinkCause.DENIED, [wire.our_address]) from error
    if not response.succeeded:
        raise Refused(_denied(wire, settings, response), LinkCause.DENIED, [wire.our_address])
    return await _version(wire, settings)


async def _proof(wire: Wire, settings: AsteriskSettings) -> dict[str, str]:
    if settings.auth is not Auth.PLAIN:
        response = await wire.ask("Challenge", {"AuthType": "MD5"}, within_s=settings.timing.login_s)
        challenge = response.get("Challenge")
        if response.succeeded and challenge:
            key = hashlib.md5((challenge + settings.secret).encode(), usedforsecurity=False).hexdigest()
            return {"AuthType": "MD5", "Key": key}
        # Whoever sits in between could refuse the challenge to be told the secret.
        if settings.auth is Auth.MD5 or not wire.is_private:
            raise Refused(
                "the PBX offers no MD5 challenge, and the secret is not sent in the clear: connect by TLS,"
                " or set auth to plain if the network in between is yours alone",
                LinkCause.NO_CHALLENGE,
            )
    return {"Secret": settings.secret}


def _denied(wire: Wire, settings: AsteriskSettings, response: Message) -> str:
    said = response.get("Message") or "no reason given"
    return (
        f"the PBX refuses the manager account {settings.user!r} ({said}): check user and secret against"
        f" [{settings.user}] in manager.conf, and that its permit and deny lines let {wire.our_address} in,"
        " then run: asterisk -rx 'manager reload'"
    )


async def _version(wire: Wire, settings: AsteriskSettings) -> Login:
    response = await wire.ask("CoreSettings", within_s=settings.timing.action_s)
    version = response.get("AsteriskVersion") or None
    if version is None:
        return Login(None, None)
    major = major_of(version)
    if major is not None and major < OLDEST:
        raise Refused(_too_old(f"Asterisk {version}"), LinkCause.TOO_OLD, [version])
    return Login(version, major)


def major_of(version: str) -> int | None:
    """`22` of `22.10.1~dfsg`, `18` of `certified/18.9-cert2`; None of what cannot be read."""
    found = _VERSION.match(version)
    return int(found[1]) if found else None


def _too_old(what: str) -> str:
    return f"Asterisk too old: ringcard needs Asterisk {OLDEST} or newer, and this is {what}"


async def list_allowed(wire: Wire, settings: AsteriskSettings) -> Message:
    """The answer to `ListCommands`, which every account may ask."""
    response = await wire.ask("ListCommands", within_s=settings.timing.action_s)
    if not response.succeeded:
        raise LinkLost(f"the PBX does not list its actions ({response.get('Message')})")
    return response
