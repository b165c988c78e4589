"""Whether the PBX was told, when it dialled, that a call may be handed on by feature code.

Without that, keys that Asterisk is given are not its own but the customer's to hear, so it is looked at first.

Source: the options `t` and `T` of Dial, Queue and Bridge (documentation/core-en_US.xml of 22.10).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ringcard.pbx.asterisk.mirror import Channel
from ringcard.pbx.asterisk.protocol import Message

AskList = Callable[[str, dict[str, str]], Awaitable[list[Message]]]

_OPTIONS_AT = {"Dial": 2, "Queue": 1, "Bridge": 1}
"""Of each application that joins two: which of its arguments are the options."""


def options_of(application: str, data: str) -> str | None:
    """The options that an application was given; None if it joins nobody. What is in brackets is no option."""
    place = _OPTIONS_AT.get(application)
    if place is None:
        return None
    arguments, depth, current = [], 0, ""
    for letter in data + ",":
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            arguments.append(current)
            current = ""
        elif depth == 0 and letter != ")":
            current += letter
    return arguments[place] if place < len(arguments) else ""


async def may_transfer(ask_list: AskList, leg: Channel, other: Channel) -> bool | None:
    """Whether the one at `leg` may hand `other` on; None if the PBX does not tell."""
    for runner in (leg, other, *([leg.dialler] if leg.dialler is not None and leg.dialler is not other else [])):
        for item in await ask_list("Status", {"Channel": runner.name}):
            if item.name != "Status":
                continue
            options = options_of(item.get("Application"), item.get("Data"))
            if options is not None:
                return ("T" if runner is leg else "t") in options
    return None
