"""What is set: sections, and the PBXs. For those who may manage settings; a secret goes in and never comes out."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from ringcard.people.permissions import Permission
from ringcard.settings import PbxSettings, SectionSettings
from ringcard.web.access import needs
from ringcard.web.routes import TheActor, TheRooms, TheSession
from ringcard.web.shapes import Shape

MANAGE = needs(Permission.SETTINGS_MANAGE)


class SettingsSection(Shape):
    """One section of docs/reference/configuration.md."""

    name: str
    version: int
    """Send it back with a change; 0: nothing was saved in the browser yet."""
    values: dict[str, Any]
    """What counts now. Secrets are left out."""
    defaults: dict[str, Any]
    fixed: list[str]
    """Keys that the configuration file or the environment sets: they cannot be changed here."""
    secrets: list[str]
    """Secrets that are set."""
    editable: bool


class SettingsList(Shape):
    items: list[SettingsSection]


class SettingsChange(Shape, forbid_unknown_fields=True):
    """The whole section: what is left out has its default again, but for secrets."""

    version: int
    values: dict[str, Any]


class PbxConnection(Shape):
    """How a PBX is reached. The keys of `settings` are those of its connector (docs/reference/configuration.md)."""

    name: str
    type: str
    version: int
    settings: dict[str, Any]
    secrets: list[str]
    fixed: bool
    """It is in the configuration file: it cannot be changed here."""
    problem: str | None
    """Why there is no connection to try: the settings do not fit the connector."""


class PbxConnectionList(Shape):
    items: list[PbxConnection]


class NewPbxConnection(Shape, kw_only=True, forbid_unknown_fields=True):
    name: str
    type: str = "asterisk"
    settings: dict[str, Any]


class PbxConnectionChange(Shape, forbid_unknown_fields=True):
    """All of its settings. A secret that is left out stays, unless the address or the account changed."""

    version: int
    settings: dict[str, Any]


@get("/settings", opt=MANAGE, operation_id="listSettings", summary="Everything that is set")
async def list_settings(rooms: TheRooms) -> SettingsList:
    return SettingsList(items=[_section(each) for each in await rooms.settings.sections()])


@get("/settings/pbxs", opt=MANAGE, operation_id="listPbxSettings", summary="How our PBXs are reached")
async def list_pbx_settings(rooms: TheRooms) -> PbxConnectionList:
    return PbxConnectionList(items=[_pbx(each) for each in await rooms.settings.pbxs()])


@post("/settings/pbxs", opt=MANAGE, operation_id="addPbx", summary="Connect a PBX")
async def add_pbx(
    data: JSONBody[NewPbxConnection], rooms: TheRooms, session: TheSession, actor: TheActor
) -> PbxConnection:
    """It is connected at once; how that goes is told by the live channel and by `listPbxs`."""
    by = session.employee.employee_id
    added = _pbx(await rooms.settings.add_pbx(data.name, data.type, data.settings, by))
    await rooms.audit.note("pbx.added", by=actor, kind="pbx", key=added.name, name=added.name, after=added.settings)
    return added


@put("/settings/pbxs/{pbx:str}", opt=MANAGE, operation_id="changePbx", summary="Connect a PBX anew")
async def change_pbx(
    pbx: FromPath[str], data: JSONBody[PbxConnectionChange], rooms: TheRooms, session: TheSession, actor: TheActor
) -> PbxConnection:
    """Its live calls go on: they are found again in the first look at the PBX."""
    by = session.employee.employee_id
    changed = _pbx(await rooms.settings.change_pbx(pbx, data.version, data.settings, by))
    await rooms.audit.note("pbx.changed", by=actor, kind="pbx", key=pbx, name=pbx, after=changed.settings)
    return changed


@delete("/settings/pbxs/{pbx:str}", opt=MANAGE, operation_id="removePbx", summary="Let go of a PBX")
async def remove_pbx(pbx: FromPath[str], version: FromQuery[int], rooms: TheRooms, actor: TheActor) -> None:
    """Its live calls end for us, marked as incomplete; its history stays."""
    await rooms.settings.remove_pbx(pbx, version)
    await rooms.audit.note("pbx.removed", by=actor, kind="pbx", key=pbx, name=pbx)


@get("/settings/{section:str}", opt=MANAGE, operation_id="getSettings", summary="One section")
async def get_settings(section: FromPath[str], rooms: TheRooms) -> SettingsSection:
    return _section(await rooms.settings.section(section))


@put("/settings/{section:str}", opt=MANAGE, operation_id="changeSettings", summary="Change a section")
async def change_settings(
    section: FromPath[str], data: JSONBody[SettingsChange], rooms: TheRooms, session: TheSession, actor: TheActor
) -> SettingsSection:
    """Counts at once, without a restart."""
    before = _section(await rooms.settings.section(section)).values
    changed = _section(await rooms.settings.change(section, data.version, data.values, session.employee.employee_id))
    await rooms.audit.note(
        "settings.changed", by=actor, kind="settings", key=section, before=before, after=changed.values
    )
    return changed


def _section(section: SectionSettings) -> SettingsSection:
    return msgspec.convert(section, SettingsSection, from_attributes=True)


def _pbx(pbx: PbxSettings) -> PbxConnection:
    return msgspec.convert(pbx, PbxConnection, from_attributes=True)
