"""Why something that was asked of a call is refused before any PBX is asked. Each maps to a stable `error_id`."""

from __future__ import annotations

from typing import ClassVar


class HandlingError(Exception):
    """Something asked of a call cannot be done; the root of the tree. The text says what to do."""

    error_id: ClassVar[str] = "invalid_request"

    def __init__(self, text: str, reason: str = "") -> None:
        """`reason` is which of several that have this `error_id`, in one word."""
        super().__init__(text)
        self.reason = reason


class NotInCall(HandlingError):
    """None of one's own devices is in this call."""

    error_id = "not_in_call"


class NoSuchCall(HandlingError):
    """There is no such call that goes on now."""

    error_id = "no_such_call"


class NoDevice(HandlingError):
    """There is no device to do it with: an employee without one asks the administrator."""

    error_id = "no_device"


class NotYourDevice(HandlingError):
    """The device is somebody else's."""

    error_id = "not_allowed"


class TargetInvalid(HandlingError):
    """Nobody can be reached by what was given as the target."""

    error_id = "target_invalid"


class DialRefused(HandlingError):
    """The number is not dialled; the text says why."""

    error_id = "dial_refused"


class DiallingAlready(HandlingError):
    """The phone rings for another call that is being made."""

    error_id = "dialling_already"


class NoSuchHandover(HandlingError):
    """There is no such hand-over of this call, or it is not for whoever asks."""

    error_id = "no_such_handover"


class NumberInvalid(DialRefused):
    """This is no number at all."""

    error_id = "number_invalid"


class NoSuchRequest(HandlingError):
    """There is no such request of this call, or it was too long ago."""

    error_id = "no_such_request"


class NoteChangedMeanwhile(HandlingError):
    """The note was changed in another tab since it was read: read it again."""

    error_id = "changed_meanwhile"


class NoteTooLong(HandlingError):
    """A note has at most 20,000 characters."""

    error_id = "invalid_request"
