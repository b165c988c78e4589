"""Settings from three places as one, and changing those that are ours to change: the port `settings.Settings`.

The file and the environment win over what was saved in the browser, because whoever can write them can do anything
here; a key that they set is shown and cannot be changed. A change is checked whole, saved, and carried out at once by
whoever `on_change` names; one that cannot be carried out is not saved.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import structlog

from ringcard.app.config import SECRETS, SECTIONS, Config, Pbx
from ringcard.app.links import Links
from ringcard.app.plugins import made
from ringcard.app.unfitness import refused
from ringcard.calls.identifiers import PbxId
from ringcard.settings import (
    PbxSettings,
    SectionSettings,
    SettingsChanged,
    SettingsFixed,
    SettingsInvalid,
    SettingsStore,
    Stored,
    UnknownSettings,
)

log = structlog.get_logger(__name__)

Check = Callable[[Any], object]
"""Takes the section as it would be. Raises `ValueError` if that cannot be carried out."""
Apply = Callable[[Any], Awaitable[None]]
"""Takes the section as it is now."""

PBX = "pbx:"
ADDRESS = ("host", "port", "tls", "auth", "user", "security")
"""Settings that say who is told the secret, and how: if one changes, the secret has to be given again."""


class Administration:
    """Implements `settings.Settings`. `config` is the file's and the environment's; `effective` is what counts."""

    def __init__(self, config: Config, store: SettingsStore, stored: Mapping[str, Stored]) -> None:
        self._file = config
        self._store = store
        self._saved: dict[str, Stored] = {}
        self._checks: dict[str, Check] = {}
        self._appliers: dict[str, Apply] = {}
        self._links: Links | None = None
        self.effective = msgspec.structs.replace(config)
        for name, row in stored.items():
            self._adopt(name, row)

    @classmethod
    async def of(cls, config: Config, store: SettingsStore) -> Administration:
        """With what was saved before. What cannot be used any more is left out, and logged."""
        return cls(config, store, await store.all())

    def on_change(self, section: str, apply: Apply, *, check: Check = lambda section: None) -> None:
        """Make `section` changeable: `check` may refuse a change, `apply` carries it out."""
        self._appliers[section] = apply
        self._checks[section] = check

    def over(self, links: Links) -> None:
        """Where PBXs are connected."""
        self._links = links

    def _adopt(self, name: str, row: Stored) -> None:
        self._saved[name] = row
        if name in SECTIONS:
            try:
                setattr(self.effective, name, self._section_with(name, {**row.values, **row.secrets}))
            except SettingsInvalid as error:
                log.warning("app.setting_left_out", action="setting_left_out", section=name, problem=str(error))
        elif name.startswith(PBX):
            self.effective.pbx = self._all_pbxs()

    # Sections

    async def sections(self) -> list[SectionSettings]:
        return [self._view(name) for name in SECTIONS]

    async def section(self, name: str) -> SectionSettings:
        if name not in SECTIONS:
            raise UnknownSettings(f"there is no section {name[:40]}; there are: {', '.join(SECTIONS)}")
        return self._view(name)

    async def change(self, name: str, version: int, values: Mapping[str, Any], by: str | None) -> SectionSettings:
        await self.section(name)
        if name not in self._appliers:
            raise SettingsFixed(f"[{name}] is read once, at the start: set it in the configuration file")
        fixed = self._file.fixed.get(name, [])
        now = msgspec.to_builtins(getattr(self.effective, name))
        for key in fixed:
            if key in values and values[key] != now.get(key):
                raise SettingsFixed(f"the configuration file or the environment sets {name}.{key}: change it there")
        given = {key: value for key, value in values.items() if key not in fixed}
        open_values, secrets = self._with_kept_secrets(name, given)
        changed = self._section_with(name, {**open_values, **secrets})
        try:
            self._checks[name](changed)
        except ValueError as error:
            raise refused(error) from error
        self._saved[name] = await self._store.put(name, version, open_values, secrets, by)
        setattr(self.effective, name, changed)
        await self._appliers[name](changed)
        log.info("app.settings_changed", action="settings_changed", section=name)
        return self._view(name)

    def section_to_try(self, name: str, values: Mapping[str, Any]) -> Any:
        """The section as it would be, for a try; a secret that is left out is the one that is kept.

        Raises `SettingsInvalid`.
        """
        fixed = self._file.fixed.get(name, [])
        open_values, secrets = self._with_kept_secrets(name, {k: v for k, v in values.items() if k not in fixed})
        section = self._section_with(name, {**open_values, **secrets})
        try:
            self._checks[name](section)
        except ValueError as error:
            raise refused(error) from error
        return section

    def _with_kept_secrets(self, name: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """What is open and what is secret of `given`. Raises `SettingsInvalid` if a secret would go elsewhere."""
        open_values, secrets = _apart(given)
        files = [key for key, value in open_values.items() if key.endswith("_file") and value]
        if files:
            raise _names_a_file(files[0])
        before = self._saved.get(name)
        kept = {} if before is None else {key: value for key, value in before.secrets.items() if key not in secrets}
        kept = {key: value for key, value in kept.items() if value}
        if before is not None and kept:
            defaults = msgspec.to_builtins(SECTIONS[name]())
            now = {key: before.values.get(key, defaults.get(key)) for key in ADDRESS}
            if any(open_values.get(key, defaults.get(key)) != value for key, value in now.items()):
                raise _goes_elsewhere(min(kept))
        return open_values, {**kept, **secrets}

    def _section_with(self, name: str, values: Mapping[str, Any]) -> msgspec.Struct:
        """The section with these values where the file says nothing. Raises `SettingsInvalid`."""
        declared = SECTIONS[name]
        keys = declared.__struct_fields__
        unknown = sorted(set(values) - set(keys))
        if unknown:
            problem = f"[{name}] has no setting {unknown[0]!r}; there are: {', '.join(keys)}"
            raise SettingsInvalid(problem, unknown[0], "unknown_setting", unknown[0])
        from_file = msgspec.to_builtins(getattr(self._file, name))
        fixed = {key: from_file[key] for key in self._file.fixed.get(name, [])}
        try:
            return msgspec.convert({**values, **fixed}, declared)
        except msgspec.ValidationError as error:
            raise refused(error) from error

    def _view(self, name: str) -> SectionSettings:
        row = self._saved.get(name)
        values: dict[str, Any] = msgspec.to_builtins(getattr(self.effective, name))
        return SectionSettings(
            name=name,
            version=0 if row is None else row.version,
            values=without_secrets(values, name),
            defaults=without_secrets(msgspec.to_builtins(SECTIONS[name]()), name),
            fixed=list(self._file.fixed.get(name, [])),
            secrets=sorted(key for key, value in values.items() if is_secret(key) and value),
            editable=name in self._appliers,
        )

    # PBXs

    async def pbxs(self) -> list[PbxSettings]:
        return [self._pbx_view(pbx) for pbx in self.effective.pbx]

    async def add_pbx(self, name: str, kind: str, settings: Mapping[str, Any], by: str | None) -> PbxSettings:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name):
            raise SettingsInvalid("a name has 1 to 40 letters, digits, - and _", "name", "name_form", name)
        if any(pbx.name == name for pbx in self.effective.pbx):
            raise SettingsChanged(f"there is already a PBX called {name}")
        pbx = Pbx(name=PbxId(name), type=kind, settings=dict(settings))
        self._check(pbx)
        return await self._save(pbx, 0, by)

    async def change_pbx(self, name: str, version: int, settings: Mapping[str, Any], by: str | None) -> PbxSettings:
        before = self._ours(name)
        pbx = Pbx(name=before.name, type=before.type, settings=dict(settings))
        pbx.settings |= _kept_secrets(before, settings)
        self._check(pbx)
        return await self._save(pbx, version, by)

    async def remove_pbx(self, name: str, version: int) -> None:
        self._ours(name)
        await self._store.delete(PBX + name, version)
        del self._saved[PBX + name]
        await self._connected()

    def to_try(self, kind: str, settings: Mapping[str, Any], name: str | None) -> Pbx:
        """A PBX as it would be, for an examination; with `name`, a secret that is left out is the one that is kept.

        Raises `SettingsInvalid` if that secret would go to another address.
        """
        pbx = Pbx(name=PbxId(name or "new"), type=kind, settings=dict(settings))
        before = next((each for each in self.effective.pbx if each.name == name), None)
        if before is not None:
            pbx.settings |= _kept_secrets(before, settings)
        self._check(pbx)
        return pbx

    def _ours(self, name: str) -> Pbx:
        """The PBX as saved in the browser. Raises `UnknownSettings`, `SettingsFixed`."""
        if any(pbx.name == name for pbx in self._file.pbx):
            raise SettingsFixed(f"the PBX {name} is in the configuration file: change it there")
        pbx = next((pbx for pbx in self.effective.pbx if pbx.name == name), None)
        if pbx is None:
            raise UnknownSettings(f"there is no PBX {name[:40]}")
        return pbx

    def _check(self, pbx: Pbx) -> None:
        """Raises `SettingsInvalid` unless a connector can be made of it."""
        secret_files = [key for key in pbx.settings if key.endswith("_file")]
        if secret_files:
            raise _names_a_file(secret_files[0])
        try:
            made(pbx, self.effective.company)
        except ValueError as error:
            raise refused(error) from error
        except Exception as error:  # a plugin may raise anything while it is imported or made
            raise SettingsInvalid(f"{type(error).__name__}: {error}") from error

    async def _save(self, pbx: Pbx, version: int, by: str | None) -> PbxSettings:
        settings, secrets = _apart(pbx.settings)
        name = PBX + pbx.name
        self._saved[name] = await self._store.put(name, version, {"type": pbx.type, "settings": settings}, secrets, by)
        await self._connected()
        return self._pbx_view(pbx)

    async def _connected(self) -> None:
        self.effective.pbx = self._all_pbxs()
        if self._links is not None:
            await self._links.replace(self.effective.pbx, self.effective.company)

    def _all_pbxs(self) -> list[Pbx]:
        """The file's, then those saved in the browser whose name the file does not take."""
        in_file = {pbx.name for pbx in self._file.pbx}
        saved = [
            Pbx(
                name=PbxId(name.removeprefix(PBX)),
                type=row.values["type"],
                settings={**row.values["settings"], **row.secrets},
            )
            for name, row in sorted(self._saved.items())
            if name.startswith(PBX) and name.removeprefix(PBX) not in in_file
        ]
        return [*self._file.pbx, *saved]

    def _pbx_view(self, pbx: Pbx) -> PbxSettings:
        row = self._saved.get(PBX + pbx.name)
        fixed = any(each.name == pbx.name for each in self._file.pbx)
        problem = None if self._links is None else self._links.problems.get(pbx.name)
        if row is not None and row.unreadable and not fixed:
            problem = "its secret was sealed by another master key: give it again"
        return PbxSettings(
            name=pbx.name,
            type=pbx.type,
            version=0 if row is None or fixed else row.version,
            settings=without_secrets(pbx.settings),
            secrets=sorted(key for key, value in pbx.settings.items() if is_secret(key) and value),
            fixed=fixed,
            problem=problem,
        )


def _kept_secrets(before: Pbx, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The secrets of `before` that `settings` leave out. Raises `SettingsInvalid` if they would go elsewhere."""
    kept = {key: value for key, value in before.settings.items() if is_secret(key) and key not in settings}
    if kept and any(before.settings.get(key) != settings.get(key) for key in ADDRESS):
        raise _goes_elsewhere("secret")
    return kept


def is_secret(key: str) -> bool:
    """`secret`, and `api_token` too."""
    return key.rpartition("_")[2] in SECRETS


def _apart(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What may lie open, and what is sealed. Raises `SettingsInvalid` for a secret that is no text."""
    for key, value in values.items():
        if is_secret(key) and not isinstance(value, str):
            raise SettingsInvalid(f"{key} must be a text", key, "text_wanted", "str")
    secrets = {key: value for key, value in values.items() if is_secret(key)}
    return {key: value for key, value in values.items() if key not in secrets}, secrets


def without_secrets(value: Any, section: str = "") -> Any:
    """However deep: a source's own settings may have a token. In `[card]` a `key` is the name of an own field."""
    if section == "card":
        return value
    if isinstance(value, Mapping):
        return {key: without_secrets(each) for key, each in value.items() if not is_secret(str(key))}
    if isinstance(value, list | tuple):
        return [without_secrets(each) for each in value]
    return value


def _names_a_file(key: str) -> SettingsInvalid:
    return SettingsInvalid("give the secret itself: files are named in the configuration file", key, "secret_in_a_file")


def _goes_elsewhere(key: str) -> SettingsInvalid:
    return SettingsInvalid("give the secret again: it is not sent to another address by itself", key, "secret_again")
