"""What each phone has said of itself: what it lets itself be told (`Allow-Events`), so that it is known when it rings.

Asterisk cannot read it from a phone that rings, so it is known from the call that was answered before. It outlives the
connection and ringcard itself (`pbx.connector.RemembersPhones`), until the phone says something else or another one is
registered in its place, which its user agent shows. Phones of one user agent are one make with one firmware: what one
of them said holds for another that has said nothing yet.

Source: Asterisk event ContactList, `UserAgent` (documentation/core-en_US.xml of 22.10).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.connector import PhoneWords

FORGET_S = 600.0
"""After this time a phone that talks is asked again: it may have been exchanged for another one."""


@dataclass(frozen=True, slots=True)
class _Heard:
    words: PhoneWords
    at_s: float


class Phones:
    """By device. Times are the connector's own."""

    def __init__(self) -> None:
        self._heard: dict[DeviceId, _Heard] = {}
        self._keep: Callable[[PhoneWords], None] | None = None

    def recall(self, phones: Sequence[PhoneWords], keep: Callable[[PhoneWords], None]) -> None:
        """What a former run has heard; `keep` is told of whatever is new from now on."""
        self._heard.update({words.device: _Heard(words, -FORGET_S) for words in phones})
        self._keep = keep

    def heard(self, device: DeviceId, takes: frozenset[str], user_agent: str, at_s: float) -> None:
        """A phone has said what it takes."""
        before = self._heard.get(device)
        words = PhoneWords(device, takes, user_agent)
        self._heard[device] = _Heard(words, at_s)
        if self._keep is not None and (before is None or before.words != words):
            self._keep(words)

    def silent(self, device: DeviceId, user_agent: str, at_s: float) -> None:
        """It could not be asked; what it said before stays."""
        before = self._heard.get(device)
        words = before.words if before is not None else PhoneWords(device, frozenset(), user_agent)
        self._heard[device] = _Heard(words, at_s)

    def is_old(self, device: DeviceId, now_s: float) -> bool:
        """Whether it is to be asked (again) when it talks."""
        heard = self._heard.get(device)
        return heard is None or now_s - heard.at_s >= FORGET_S

    def takes(self, device: DeviceId, user_agent: str) -> frozenset[str]:
        """What the phone of a device can be told, as far as is known. `user_agent`: of who is registered, "" if
        nobody knows.
        """
        heard = self._heard.get(device)
        if heard is not None and (not user_agent or heard.words.user_agent in ("", user_agent)):
            return heard.words.takes
        same = [each for each in self._heard.values() if user_agent and each.words.user_agent == user_agent]
        return max(same, key=lambda each: each.at_s).words.takes if same else frozenset()
