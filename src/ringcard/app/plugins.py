"""PBX connectors by name, ours and those of others, through the entry point group `ringcard.pbx`.

A connector is a class whose constructor takes `settings`, a dataclass with the field `pbx` (our name of it) and
whatever else it needs. The section `[[pbx]]` of the configuration is read into that dataclass, so a connector checks
nothing by hand and a misspelt key is refused by name. What cannot be loaded becomes a `PluginProblem` that an
administrator sees; the others work on. (Contact sources: `contacts.sources`.)
"""

from __future__ import annotations

import dataclasses
import difflib
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, get_args, get_type_hints

import msgspec
import structlog

from ringcard.app.config import Company, Pbx
from ringcard.app.unfitness import refused
from ringcard.pbx.connector import Connector
from ringcard.unfit import Unfit
from ringcard.web.rooms import PluginProblem

GROUP = "ringcard.pbx"

log = structlog.get_logger(__name__)


class SettingsUnfit(Unfit):
    """A `[[pbx]]` section does not fit its connector; the text names the setting."""


@dataclass(frozen=True, slots=True)
class LoadedConnectors:
    """The connectors that are there, and why the others are not."""

    connectors: tuple[Connector, ...]
    problems: tuple[PluginProblem, ...]


def connector_class(kind: str, *, installed: Iterable[EntryPoint] | None = None) -> Any:
    """The class of a connector. Raises `SettingsUnfit` if there is none of this name, or whatever its import raises."""
    available = {point.name: point for point in (entry_points(group=GROUP) if installed is None else installed)}
    if kind not in available:
        problem = f"no connector {kind!r} is installed; there are: {', '.join(sorted(available))}"
        raise SettingsUnfit(problem, "no_connector", kind, field="type")
    return available[kind].load()


def load_connectors(
    pbxs: Sequence[Pbx],
    company: Company,
    *,
    installed: Iterable[EntryPoint] | None = None,
) -> LoadedConnectors:
    """Make the connector of each PBX. Never raises."""
    points = list(entry_points(group=GROUP) if installed is None else installed)
    connectors: list[Connector] = []
    problems: list[PluginProblem] = []
    for pbx in pbxs:
        try:
            connectors.append(made(pbx, company, installed=points))
        except Exception as error:  # a plugin may raise anything while it is imported or made
            problem = str(error) if isinstance(error, SettingsUnfit) else f"{type(error).__name__}: {error}"
            log.warning("app.connector_not_loaded", action="connector_not_loaded", pbx=pbx.name, problem=problem)
            problems.append(PluginProblem("pbx", pbx.name, problem))
    return LoadedConnectors(tuple(connectors), tuple(problems))


def made(pbx: Pbx, company: Company, *, installed: Iterable[EntryPoint] | None = None) -> Connector:
    """The connector of one PBX. Raises `SettingsUnfit`, or whatever its import or its constructor raises."""
    factory = connector_class(pbx.type, installed=installed)
    connector: Connector = factory(settings_for(factory, pbx, company))
    return connector


def settings_for(factory: Any, pbx: Pbx, company: Company) -> Any:
    """The settings of a `[[pbx]]` in its connector's own type. Raises `SettingsUnfit`.

    What the connector shares with the company (`region`, `area_code`, `devices`, `rules`) is taken from there when not
    said again.
    """
    declared = get_type_hints(factory.__init__).get("settings")
    if declared is None or not dataclasses.is_dataclass(declared) or not inspect.isclass(declared):
        raise SettingsUnfit(f"{factory!r} takes no `settings` dataclass: it is no connector", "no_connector", pbx.type)
    names = [field.name for field in dataclasses.fields(declared)]
    _no_stray_settings(declared, pbx.settings)
    given = _shared(names, company) | dict(pbx.settings) | {"pbx": pbx.name}
    try:
        return msgspec.convert(given, declared, strict=False)
    except ValueError as error:  # msgspec's own among them
        found = refused(error)
        raise SettingsUnfit(str(error), found.reason, found.value, field=found.field) from error


def _no_stray_settings(declared: Any, given: Mapping[str, Any], within: str = "") -> None:
    """A misspelt key would be ignored in silence, also one of a table within."""
    names = [field.name for field in dataclasses.fields(declared)]
    types = get_type_hints(declared)
    for key, value in given.items():
        if key not in names:
            close = difflib.get_close_matches(key, names, n=1)
            problem = f"no setting {within + key!r}" + (f": did you mean {close[0]!r}?" if close else "")
            raise SettingsUnfit(problem, "unknown_setting", within + key, field=key)
        inner = next((t for t in (types[key], *get_args(types[key])) if dataclasses.is_dataclass(t)), None)
        tables = value if isinstance(value, list) else [value]
        for table in tables:
            if inner is not None and isinstance(table, dict):
                _no_stray_settings(inner, table, f"{within}{key}.")


def _shared(names: Iterable[str], company: Company) -> dict[str, Any]:
    shared = {
        "region": company.region,
        "area_code": company.area_code,
        "devices": company.devices or None,
        "rules": msgspec.to_builtins(company.rules()),
    }
    return {name: value for name, value in shared.items() if name in names and value is not None}
