"""The extensions of our own dialplan lines, by which everybody who listens recognises where a channel waits.

They are names, not numbers, so that no event and no list of channels leaves a doubt; the device is part of the name.
The lines themselves are in `control.dialplan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringcard.calls.identifiers import DeviceId

if TYPE_CHECKING:
    from ringcard.pbx.asterisk.mirror import Channel

HOLD = "ringcard-hold-"
"""The held side, by whom: `ringcard-hold-101`."""
WAIT = "ringcard-wait-"
"""The device that holds."""
RETRIEVE = "ringcard-retrieve-"
"""The same, on its way back to the held side."""
ASIDE = "ringcard-aside-"
"""How the unique id of a phone begins that a program rang to pick a call up or to listen: it is no call of its own."""

DIVERTED = "RINGCARD_DIVERTED"
"""The variable by which the lines of `control.ways` say what they did, because a device's owner has set it so."""
QUIET = "quiet"
"""In the place of a kind of forwarding: nobody was rung, because the phone shall not be disturbed."""


def is_aside(root: Channel) -> bool:
    """Whether it is a phone that was rung to pick up or to listen, and has not got a call yet."""
    return root.uid.startswith(ASIDE) and root.linkedid == root.uid


def held_by(extension: str) -> DeviceId | None:
    """The device that holds whoever is in `extension`, or that waits there."""
    for place in (HOLD, WAIT):
        if extension.startswith(place):
            return DeviceId(extension[len(place) :])
    return None
