"""What programs and the dialplan say of a conversation: an account number keyed in, a chosen language. Pure.

CSTA calls it CallData: it travels with the call, through transfers and queues.

Source: ECMA-269 clause 12.2.7 (correlatorData), 12.2.28 (userData).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

MOST_KEYS = 64
LARGEST_VALUE = 4_096
LARGEST_WHOLE = 16_384
"""Bytes of UTF-8; of the whole, keys and values together."""

BY_PBX = "pbx"
"""Who set what the dialplan set."""

_KEY = re.compile(r"[a-z0-9_.\-]{1,64}")
_UNPRINTED = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


class CallDataError(Exception):
    """Something about call data; the root of the tree."""

    error_id = "call_data_invalid"


class CallDataInvalid(CallDataError):
    """A key or a value cannot be kept; the text says which and why."""


class CallDataTooLarge(CallDataError):
    """A value has at most 4 kB, the whole 16 kB and 64 keys."""

    error_id = "call_data_too_large"


class CallDataChanged(CallDataError):
    """Somebody else changed the data since it was read; read it again."""

    error_id = "changed_meanwhile"


@dataclass(frozen=True, slots=True)
class DataItem:
    """One value, who set it (an employee's name, a program's, or `pbx`), and when."""

    value: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallData:
    """All of it; `version` counts up with every change, 0 is none yet. `items` is in order of keys."""

    version: int = 0
    items: tuple[tuple[str, DataItem], ...] = ()

    def change(
        self, put: Mapping[str, str], remove: Collection[str] = (), *, by: str, at: datetime, version: int | None = None
    ) -> CallData:
        """With these keys set, and those removed. With `version`, only if it is still that.

        Raises `CallDataChanged`, `CallDataInvalid`, `CallDataTooLarge`; then nothing is changed.
        """
        if version is not None and version != self.version:
            raise CallDataChanged("somebody else changed the call's data: read it again")
        for key in (*put, *remove):
            if not _KEY.fullmatch(key):
                raise CallDataInvalid(f"{key[:80]!r} is no key: 1 to 64 of a-z, 0-9, `_`, `.` and `-`")
        for key, value in put.items():
            if _UNPRINTED.search(value):
                raise CallDataInvalid(f"the value of {key} has characters that nobody can read")
            if len(value.encode()) > LARGEST_VALUE:
                raise CallDataTooLarge(f"the value of {key} is larger than {LARGEST_VALUE} bytes")
        items = {key: item for key, item in self.items if key not in set(remove)}
        held = dict(items)
        for key, value in put.items():
            if key not in held or held[key].value != value:  # who says the same again did not set it
                items[key] = DataItem(value, by, at)
        if len(items) > MOST_KEYS:
            raise CallDataTooLarge(f"a call has at most {MOST_KEYS} keys")
        if sum(len(key) + len(item.value.encode()) for key, item in items.items()) > LARGEST_WHOLE:
            raise CallDataTooLarge(f"all of a call's data together have at most {LARGEST_WHOLE} bytes")
        kept = tuple(sorted(items.items()))
        return self if kept == self.items else replace(self, version=self.version + 1, items=kept)

    def as_text(self) -> str:
        """For the database."""
        return json.dumps(
            {key: [item.value, item.by, item.at.isoformat()] for key, item in self.items}, ensure_ascii=False
        )


NO_DATA = CallData()


def data_of(version: int, text: str) -> CallData:
    """As `as_text` wrote it."""
    items = [
        (key, DataItem(value, by, datetime.fromisoformat(at))) for key, (value, by, at) in json.loads(text).items()
    ]
    return CallData(version, tuple(sorted(items, key=lambda item: item[0])))
