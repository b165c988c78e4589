"""What is wrong with an installation, and what to do: every part is tried, none stops the others from being tried."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from ringcard.app.administration import Administration
from ringcard.app.bootstrap import FRONT_END
from ringcard.app.config import Config, ConfigError, Pbx
from ringcard.app.examination import examine as examine_pbx
from ringcard.app.stores import open_ledger
from ringcard.contacts.source import SourceContext
from ringcard.contacts.sources import load_sources
from ringcard.ledger import LedgerInUse, LedgerUnusable, MasterKey
from ringcard.numbers import DeviceListError, parse_devices
from ringcard.pbx.examination import Verdict
from ringcard.people.store import EmployeeStore
from ringcard.settings import SettingsStore
from ringcard.storage import StorageError, inspected, integrity_problem, migrate, open_engine, shown

__all__ = ["Finding", "Verdict", "examine", "with_stored_settings"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    about: str
    verdict: Verdict
    text: str
    took_ms: float | None = None


async def examine(config: Config) -> AsyncIterator[Finding]:
    """Try everything that the configuration names, one finding after the other. Never raises."""
    for finding in (_folder(Path(config.store.directory)), _front_end()):
        yield finding
    folder = Path(config.store.directory).is_dir()  # noqa: ASYNC240  one look, and nobody waits for us
    if folder or config.store.url is not None:
        async for finding in _stores(config):
            yield finding
        yield await _sources(config)
    config = await with_stored_settings(config)
    if not config.pbx:
        yield Finding("pbx", Verdict.MIND, "there is none: no call will be seen. Add one at /setup or as [[pbx]]")
    for finding in (*_emergency_numbers(config), *_shared_devices(config)):
        yield finding
    for pbx in config.pbx:
        async for check in examine_pbx(pbx, config.company):
            yield Finding(f"pbx {pbx.name}", check.verdict, check.text, check.took_ms)


async def with_stored_settings(config: Config) -> Config:
    """The configuration with what was set in the browser. As it is, if that cannot be read."""
    if not config.ledger_key.exists():
        return config
    with suppress(StorageError, LedgerUnusable, ConfigError):
        engine = open_engine(config.database_url)
        try:
            master = MasterKey.in_file(config.ledger_key, may_create=False)
            return (await Administration.of(config, SettingsStore(engine, master))).effective
        finally:
            await engine.dispose()
    return config


def _folder(folder: Path) -> Finding:
    about = f"store {folder}"
    if not folder.exists():
        parent = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if os.access(parent, os.W_OK):
            return Finding(about, Verdict.FINE, "will be made at the first start")
        return Finding(
            about, Verdict.WRONG, f"cannot be made in {parent}: give the user of ringcard the right to write"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(about, Verdict.WRONG, "cannot be written: give it to the user who runs ringcard")
    if folder.stat().st_mode & 0o077:
        return Finding(about, Verdict.MIND, "others on this machine can read it: chmod 700")
    return Finding(about, Verdict.FINE, "writable, and only by us")


def _front_end() -> Finding:
    if (FRONT_END / "index.html").is_file():
        return Finding("front end", Verdict.FINE, "built")
    return Finding("front end", Verdict.MIND, "not built: the API works, for the screens run `make web`")


async def _stores(config: Config) -> AsyncIterator[Finding]:
    try:
        url = config.database_url
    except ConfigError as error:
        yield Finding("database", Verdict.WRONG, str(error))
        return
    about = f"database {shown(url)}"
    began = time.perf_counter()
    try:
        engine = open_engine(url)
        try:
            await migrate(engine)
            problem = await integrity_problem(engine)
            facts = await inspected(engine)
            people = [employee for employee in await EmployeeStore(engine).everybody() if not employee.disabled]
        finally:
            await engine.dispose()
    except StorageError as error:
        yield Finding(about, Verdict.WRONG, f"{error} (after {_since(began)})")
        return
    if problem is not None:
        yield Finding(about, Verdict.WRONG, problem)
    else:
        yield Finding(
            about,
            Verdict.FINE,
            f"{facts.product}, whole, {facts.size_bytes / 1e6:.1f} MB; answers in {facts.answer_ms:.1f} ms, writes in"
            f" {facts.write_ms:.1f} ms; all looked at in {_since(began)}",
        )
    for warning in facts.warnings:
        yield Finding(about, Verdict.MIND, warning)
    with_device = sum(1 for employee in people if employee.devices)
    if not people:
        yield Finding("people", Verdict.MIND, "nobody can sign in: ringcard people add LOGIN NAME --device 101")
    else:
        yield Finding("people", Verdict.FINE, f"{len(people)} employees, {with_device} of them with a device")
    if Path(config.store.directory).is_dir():  # noqa: ASYNC240  its key lies there
        yield await _ledger(config)


async def _ledger(config: Config) -> Finding:
    about = f"ledger {shown(config.database_url) if config.on_postgres else config.ledger}"
    began = time.perf_counter()
    try:
        ledger = await open_ledger(config)
    except LedgerInUse:
        return Finding(about, Verdict.FINE, "in use by a running ringcard")
    except LedgerUnusable as error:
        return Finding(about, Verdict.WRONG, str(error))
    try:
        open_calls = await ledger.open_calls()
    finally:
        await ledger.close()
    text = f"opens in {_since(began)}; {len(open_calls)} calls were open when it was last written"
    return Finding(about, Verdict.FINE, text)


def _since(began: float) -> str:
    return f"{(time.perf_counter() - began) * 1000:.0f} ms"


async def _sources(config: Config) -> Finding:
    plan = config.company.plan()
    loaded = load_sources(
        config.contacts.sources,
        lambda name: SourceContext(plan, config.database_url, config.contacts.settings.get(name, {})),
    )
    for source in loaded.sources:
        await source.close()
    if loaded.problems:
        return Finding("contacts", Verdict.WRONG, "; ".join(f"{p.source}: {p.problem}" for p in loaded.problems))
    return Finding("contacts", Verdict.FINE, ", ".join(source.name for source in loaded.sources) or "no source")


def _emergency_numbers(config: Config) -> Iterator[Finding]:
    """A phone named 103 is what rings when somebody at the desk dials 103, and no ambulance comes."""
    shadowed = config.company.plan().shadowed()
    if shadowed:
        text = (
            f"{', '.join(shadowed)}: extensions of the company and emergency numbers of the country; dialled from the"
            " screen they ring the extension. Give those phones other numbers, or make sure that everybody knows 112"
        )
        yield Finding("numbers", Verdict.MIND, text)


def _shared_devices(config: Config) -> Iterator[Finding]:
    """Two PBXs that both have a device 101 would show the calls of both to one employee."""
    with suppress(DeviceListError):  # the connector's own finding says what is wrong with the list
        named = [(pbx.name, _devices_of(pbx, config)) for pbx in config.pbx]
        for (one, its), (other, others) in combinations(named, 2):
            shared = its & others
            if shared:
                text = (
                    f"both have a device {min(shared)} ({len(shared)} in all), and its employee sees the calls of both;"
                    " if these are two phones, rename those of one with `aliases`"
                )
                yield Finding(f"pbx {one}, {other}", Verdict.MIND, text)


def _devices_of(pbx: Pbx, config: Config) -> frozenset[str]:
    """The devices that a PBX may report, of two to five digits: those of its list that no alias takes away."""
    listed = parse_devices(str(pbx.settings.get("devices") or config.company.devices))
    given = pbx.settings.get("aliases")
    aliases = given if isinstance(given, dict) else {}
    numbers = (f"{number:0{digits}}" for digits in range(2, 6) for number in range(10**digits))
    known = {number for number in numbers if not listed or number in listed}
    return frozenset(known - aliases.keys() | known & set(aliases.values()))
