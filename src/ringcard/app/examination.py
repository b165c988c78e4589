"""Examining a PBX by its connector: the wizard's checks and the doctor's are the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from ringcard.app.config import Company, Pbx
from ringcard.app.plugins import SettingsUnfit, connector_class, settings_for
from ringcard.pbx.connector import Connector, LinkState, LinkStatus
from ringcard.pbx.examination import Check, Examinable, Verdict

PATIENCE_S = 20.0
_LOOK_EVERY_S = 0.02


async def examine(pbx: Pbx, company: Company) -> AsyncIterator[Check]:
    """Check by check, whatever the connector. Never raises."""
    began = time.perf_counter()
    try:
        made_by = connector_class(pbx.type)
        settings = settings_for(made_by, pbx, company)
        examinable = made_by if isinstance(made_by, Examinable) else None
        connector = None if examinable else made_by(settings)
    except Exception as error:  # a plugin may raise anything while it is imported or made
        text = str(error) if isinstance(error, SettingsUnfit) else f"{type(error).__name__}: {error}"
        yield Check("settings", Verdict.WRONG, text, _ms_since(began), "unfit")
        return
    if examinable is not None:
        async for check in examinable.examine(settings):
            yield check
    elif connector is not None:
        yield await _run(connector, began)


async def _run(connector: Connector, began: float) -> Check:
    """A connector that cannot examine shows by running whether it gets in."""
    running = asyncio.create_task(connector.run(lambda events: None))
    try:
        status = await _settled(connector)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    took_ms = _ms_since(began)
    facts = {"version": status.pbx_version}
    match status.state:
        case LinkState.UP:
            verdict = Verdict.FINE if status.problem is None else Verdict.MIND
            text = status.problem or f"signed in; version {status.pbx_version or 'not told'}"
            return Check("login", verdict, text, took_ms, facts=facts)
        case LinkState.CONNECTING:
            text = f"no answer within {PATIENCE_S:.0f} s: {status.problem or 'silence'}"
            return Check("login", Verdict.WRONG, text, took_ms, "no_answer")
        case _:
            return Check("login", Verdict.WRONG, status.problem or status.state.value, took_ms, "denied")


async def _settled(connector: Connector) -> LinkStatus:
    looks = int(PATIENCE_S / _LOOK_EVERY_S)
    for _ in range(looks):
        if connector.status.state is not LinkState.CONNECTING:
            break
        await asyncio.sleep(_LOOK_EVERY_S)
    return connector.status


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)
