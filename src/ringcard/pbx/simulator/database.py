"""What a PBX keeps beside its calls: the AstDB, and the custom device states that dialplans and programs set.

Source: Asterisk 22.10 (main/db.c; funcs/func_devstate.c), seen on 22.10 and 16.28.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringcard.pbx.simulator.switch import Switch
from ringcard.pbx.simulator.wire import headers

STATES = frozenset(
    {"UNKNOWN", "NOT_INUSE", "INUSE", "BUSY", "INVALID", "UNAVAILABLE", "RINGING", "RINGINUSE", "ONHOLD"}
)
_FUNCTION = re.compile(r"DEVICE_STATE\((Custom:[^)]+)\)")


class Database:
    """Entries by family and key; custom device states by name."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._entries: dict[tuple[str, str], str] = {}
        self.custom_states: dict[str, str] = {}

    def put(self, family: str, key: str, value: str) -> None:
        self._entries[family, key] = value

    def get(self, family: str, key: str) -> str | None:
        return self._entries.get((family, key))

    def delete(self, family: str, key: str) -> bool:
        """Whether there was such an entry."""
        return self._entries.pop((family, key), None) is not None

    def tree(self, family: str) -> Iterator[tuple[str, str]]:
        """The entries of a family: full key and value."""
        for (of, key), value in sorted(self._entries.items()):
            if of == family:
                yield f"/{of}/{key}", value

    def set_function(self, name: str, value: str) -> None:
        """A variable without a channel, if it is a custom device state."""
        found = _FUNCTION.fullmatch(name)
        if found is None:
            return
        state = value.upper() if value.upper() in STATES else "UNKNOWN"
        if self.custom_states.get(found[1]) != state:
            self.custom_states[found[1]] = state
            self._switch.emit("DeviceStateChange", "call", headers(Device=found[1], State=state))
