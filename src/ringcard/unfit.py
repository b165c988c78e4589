"""What is wrong with a value that somebody wrote, so that a screen can say it in its reader's language. Pure."""

from __future__ import annotations


class Unfit(ValueError):
    """A value cannot be meant.

    The text is English, for terminals and logs. `reason` is one word, from which a screen makes its own sentence
    (docs/reference/errors.md has them all); `value` is what that sentence names: what was given, or a limit. `field` is
    the setting, empty if the caller knows better.
    """

    def __init__(self, text: str, reason: str, value: object = "", *, field: str = "") -> None:
        super().__init__(text)
        self.reason = reason
        self.value = str(value)[:80]
        self.field = field
