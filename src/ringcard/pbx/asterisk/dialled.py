"""Signing in at a phone by dialling: the scripts `sign-in` and `sign-out` of the FastAGI server.

    exten => *22,1,Answer()
     same => n,AGI(agi://192.0.2.20:4573/sign-in)

The device is the one whose channel runs the line: nobody can sign in at another phone than the one in their hand. The
code may be dialled at once and handed over as the script's argument, or it is asked for. What is said are sounds of
Asterisk's core set, in the channel's own language.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

import structlog

from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.fastagi import Dialogue, Script

SIGN_IN, SIGN_OUT = "sign-in", "sign-out"

ASK, SIGNED_IN, SIGNED_OUT, WRONG = "agent-user", "agent-loginok", "agent-loggedoff", "agent-incorrect"
"""Sounds: `Please enter your agent number, followed by the pound key`, and what came of it."""

LONGEST_CODE = 12
PATIENCE_S = 8.0
TRIES_PER_CALL = 3

log = structlog.get_logger(__name__)


class Said(Enum):
    """What came of it."""

    DONE = "done"
    WRONG = "wrong"
    """Nobody has this code: it may be typed again."""
    REFUSED = "refused"
    """Not at this phone, or not now: typing again is of no use."""


class PhoneSignIn(Protocol):
    """Whoever knows the codes. `address` is the PBX's."""

    async def sign_in(self, device: DeviceId, code: str, address: str) -> Said: ...

    async def sign_out(self, device: DeviceId, address: str) -> Said: ...


DeviceOf = Callable[[str], DeviceId | None]
"""Which of the company's devices a channel's name is."""


def scripts(sign_in: PhoneSignIn, device_of: DeviceOf) -> dict[str, Script]:
    """Both, by the names that the dialplan calls them by."""

    def device(dialogue: Dialogue) -> DeviceId | None:
        channel = dialogue.request.get("channel", "")
        found = device_of(channel)
        if found is None:
            # A caller from outside who reached the line, or a phone that `devices` does not have.
            log.warning("agi.no_device", action="agi_no_device", channel=channel[:80])
        return found

    async def signs_in(dialogue: Dialogue) -> None:
        at = device(dialogue)
        if at is None:
            await dialogue.play(WRONG)
            return
        code = dialogue.request.get("arg_1", "").strip()
        for _ in range(TRIES_PER_CALL):
            typed = code or await dialogue.digits(ASK, most=LONGEST_CODE, patience_s=PATIENCE_S)
            code = ""
            said = await sign_in.sign_in(at, typed, dialogue.request["address"]) if typed else Said.WRONG
            await dialogue.play(SIGNED_IN if said is Said.DONE else WRONG)
            if said is not Said.WRONG:
                return

    async def signs_out(dialogue: Dialogue) -> None:
        at = device(dialogue)
        said = Said.REFUSED if at is None else await sign_in.sign_out(at, dialogue.request["address"])
        await dialogue.play(SIGNED_OUT if said is Said.DONE else WRONG)

    return {SIGN_IN: signs_in, SIGN_OUT: signs_out}
