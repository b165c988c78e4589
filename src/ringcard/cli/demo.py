"""`ringcard demo`: a company whose phones ring, on this machine, in a minute."""

from __future__ import annotations

import asyncio
import os
import tempfile
import webbrowser
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringcard.cli.serve import bound, run, stopping

if TYPE_CHECKING:
    import socket

    from ringcard.app.bootstrap import Running
    from ringcard.calls.events import PbxEvent

LINK_PATIENCE_S = 15.0
_LOOK_EVERY_S = 0.05


@click.command("demo")
@click.option("--port", envvar="PORT", default=8080, show_default=True, type=click.IntRange(0, 65_535))
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep everything in this folder. Default: a temporary one, gone at the end.",
)
@click.option("--seed", default=1, show_default=True, help="Another seed is another company and another day.")
def command(port: int, store: Path | None, seed: int) -> None:
    """Show it: a simulated company whose phones ring, in a browser, in a minute.

    Opens no browser if BROWSER=none. Listens on this machine only.
    """
    listening = bound("127.0.0.1", port)
    with tempfile.TemporaryDirectory(prefix="ringcard-demo-") as temporary:
        run(_demo(listening, store or Path(temporary), seed))


async def _demo(listening: socket.socket, store: Path, seed: int) -> None:
    from ringcard.app import demo, logs
    from ringcard.app.bootstrap import running

    stop = stopping()
    _step("starting a simulated PBX with ten phones")
    async with demo.simulated_office(seed) as office:
        config = demo.demo_config(office, store, listening.getsockname()[1])
        logs.set_up(config.log)
        _step("opening the store and loading the places of phone numbers (a few seconds)")
        async with running(config, listening=listening) as up:
            _step("writing sample contacts, orders and a fortnight of calls")
            await demo.fill(up, office.company, seed)
            _step(f"signing in to the PBX on port {office.port}")
            await _linked(up)
            office.rings()
            _welcome(up, demo.PASSWORD, [login for login, _ in demo.SIGN_INS])
            up.bus.subscribe("demo", lambda events: _tell_rings(up, events))
            if os.environ.get("BROWSER", "").lower() != "none":
                await asyncio.to_thread(webbrowser.open, up.address)
            await stop.wait()
            _step("stopping")


async def _linked(up: Running) -> None:
    from ringcard.pbx.connector import LinkState

    waited_s = 0.0
    while any(connector.status.state is not LinkState.UP for connector in up.connectors):
        await asyncio.sleep(_LOOK_EVERY_S)
        waited_s += _LOOK_EVERY_S
        if waited_s > LINK_PATIENCE_S:
            problem = next((connector.status.problem for connector in up.connectors), None)
            raise click.ClickException(f"the simulated PBX does not answer: {problem}")


def _step(text: str) -> None:
    click.echo(f"  · {text}", err=True)


def _welcome(up: Running, password: str, logins: Sequence[str]) -> None:
    if not (up.rooms.front_end / "index.html").is_file():
        click.echo("  · the front end was not built: the page says what to do", err=True)
    click.echo(
        f"\n  ringcard is at {up.address}\n\n"
        f"  sign in as      {', '.join(logins)}\n"
        f"  password        {password}\n\n"
        "  employee has the phone 101: it rings at once, and three times in the next minute.\n"
        "  Ctrl-C ends the demo.\n"
    )


def _tell_rings(up: Running, events: Sequence[PbxEvent]) -> None:
    """One line for each ring of the demo's own phone."""
    from ringcard.calls.events import Delivered
    from ringcard.desk.pops import opposite

    for event in events:
        if not isinstance(event, Delivered) or event.device != "101":
            continue
        call = up.rooms.desk.recent_call(event.call_id)
        if call is not None:
            party = opposite(call.record, event.device)
            who = call.contact.name if call.contact else party.name or "unknown"
            click.echo(f"  {datetime.now():%H:%M:%S}  101 rings: {party.number or party.presented or '?'}  {who}")  # noqa: DTZ005
