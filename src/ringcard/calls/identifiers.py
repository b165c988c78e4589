"""Names of the things a call is made of.

They are strings on the wire and in the database; the types keep one from being passed for another.
"""

from __future__ import annotations

from typing import NewType

CallId = NewType("CallId", str)
"""Ours: unique over all PBXs and restarts, stable while the PBX renames and merges its channels."""

REHEARSED = "rehearsed-"
"""How the id of a call begins that is none: it is shown to try the screen, and kept nowhere."""


IMPORTED = "imported-"
"""How the id of a call begins that ringcard did not hear itself: it is from the log of the PBX."""


def is_imported(call_id: CallId) -> bool:
    """Whether it was brought in from before ringcard listened."""
    return call_id.startswith(IMPORTED)


def is_rehearsed(call_id: CallId) -> bool:
    """Whether it is only a try."""
    return call_id.startswith(REHEARSED)


ConversationId = NewType("ConversationId", str)
"""The customer's whole contact: the `CallId` of its first call."""

DeviceId = NewType("DeviceId", str)
"""A company's device as the administrator calls it, normally its extension: `101`."""

PbxId = NewType("PbxId", str)
"""The name the administrator gave to a PBX in the configuration."""
