"""Settings as they are shown and changed, what can be wrong with a change, and the port to whoever carries it out.

SettingsError
├── UnknownSettings    there is no such section or PBX
├── SettingsInvalid    a value cannot be; `field` names it
├── SettingsFixed      the file or the environment says it, and that counts
└── SettingsChanged    somebody else saved since it was read
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol


class SettingsError(Exception):
    """A setting cannot be read or changed; the text says what to do."""

    error_id: ClassVar[str] = "settings_invalid"


class UnknownSettings(SettingsError):
    """There is no such section, or no such PBX."""

    error_id = "no_such_settings"


class SettingsInvalid(SettingsError):
    """A value cannot be taken. `field` is the key, empty if it is about several.

    `reason` and `value` are those of `unfit.Unfit`: screens make their own sentence of them. Empty if only the text
    says what is wrong.
    """

    error_id = "settings_invalid"

    def __init__(self, problem: str, field: str = "", reason: str = "", value: object = "") -> None:
        super().__init__(problem)
        self.field = field
        self.reason = reason
        self.value = str(value)[:80]


class SettingsFixed(SettingsError):
    """The configuration file or the environment sets it: it can only be changed there."""

    error_id = "settings_fixed"


class SettingsChanged(SettingsError):
    """Somebody else saved it since it was read."""

    error_id = "changed_meanwhile"


@dataclass(frozen=True, slots=True)
class SectionSettings:
    """One section. `values` is what counts now, without secrets; `secrets` names those that are set."""

    name: str
    version: int
    """Of what was saved in the browser; 0 if nothing was. Goes back with a change."""
    values: Mapping[str, Any]
    defaults: Mapping[str, Any]
    fixed: Sequence[str]
    """Keys that the file or the environment sets."""
    secrets: Sequence[str]
    editable: bool
    """Whether the section can be changed in the browser at all; others are read once, at the start."""


@dataclass(frozen=True, slots=True)
class PbxSettings:
    """One PBX: its connector and the settings of it, without secrets."""

    name: str
    type: str
    version: int
    settings: Mapping[str, Any]
    secrets: Sequence[str]
    fixed: bool
    """It is in the configuration file, and can only be changed there."""
    problem: str | None
    """Why its connector could not be made."""


class Settings(Protocol):
    """Reads and changes settings; a change counts at once. Every method may raise `StorageError`."""

    async def sections(self) -> list[SectionSettings]: ...

    async def section(self, name: str) -> SectionSettings:
        """Raises `UnknownSettings`."""

    async def change(self, name: str, version: int, values: Mapping[str, Any], by: str | None) -> SectionSettings:
        """Keep `values` in place of all that was saved; what is left out has its default, an unsent secret stays.

        Raises `UnknownSettings`, `SettingsInvalid`, `SettingsFixed`, `SettingsChanged`; then nothing changes.
        """

    async def pbxs(self) -> list[PbxSettings]: ...

    async def add_pbx(self, name: str, kind: str, settings: Mapping[str, Any], by: str | None) -> PbxSettings:
        """Connect one more PBX. Raises `SettingsInvalid`, `SettingsChanged` if the name is taken."""

    async def change_pbx(self, name: str, version: int, settings: Mapping[str, Any], by: str | None) -> PbxSettings:
        """Connect it anew, as `settings` say. A secret that is not sent stays, unless the address changed.

        Raises `UnknownSettings`, `SettingsInvalid`, `SettingsFixed`, `SettingsChanged`.
        """

    async def remove_pbx(self, name: str, version: int) -> None:
        """Hang up the link and end what is known of its calls. Raises as `change_pbx`."""
