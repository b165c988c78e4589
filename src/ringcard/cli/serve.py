"""`ringcard serve`: the server itself."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from ringcard.app.config import Config
from ringcard.cli.settings import CONFIG_OPTION, configure, current_config

SWITCH_S = 0.0005
"""For so long a thread keeps the interpreter while another waits for it; Python's own 5 ms are ten times that."""


@click.command("serve")
@CONFIG_OPTION
@click.pass_context
def command(ctx: click.Context, config_path: Path | None) -> None:
    """Serve the PBXs and the browsers of a company, until it is told to stop (SIGTERM, Ctrl-C)."""
    gc.disable()  # nothing of what is loaded now is garbage; `settled` has it looked for again
    from ringcard.app import allocator, logs

    allocator.settle_for_little()

    configure(ctx, config_path)
    config = current_config(ctx)
    logs.set_up(config.log)
    listening = bound(config.server.host, config.server.port)
    run(_serve(config, listening))


async def _serve(config: Config, listening: socket.socket) -> None:
    import structlog

    from ringcard.app.bootstrap import running

    log = structlog.get_logger("ringcard")
    stop = stopping()
    async with running(config, listening=listening) as up:
        settled()
        log.info("serving", action="serving", address=up.address, pbxs=[connector.pbx for connector in up.connectors])
        if up.setup_code is not None:
            click.echo(
                f"\n  Nobody has set ringcard up yet. Open {up.address}/setup\n"
                f"  From another machine you are asked for this code: {up.setup_code}\n",
                err=True,
            )
        await stop.wait()
        log.info("stopping", action="stopping")


def settled() -> None:
    """Everything is loaded, calls may come: a pop must wait neither for the garbage collector nor for another thread.

    What was loaded stays, so Python's garbage collector looks at it never again, and at the rest less often. Else it
    looks at every object there is each few seconds of a busy day, and nothing moves for 120 ms (measured by
    benchmarks/ring_to_frame.py at 50 call starts a second).

    The event loop gives the interpreter up whenever it looks at its sockets or asks SQLite, often in a call. If the
    ledger's thread is at work then, it keeps the interpreter for `SWITCH_S` (docs/explanation/ring-to-frame.md).
    """
    from ringcard.app import allocator

    sys.setswitchinterval(SWITCH_S)
    gc.enable()
    gc.collect()
    gc.freeze()
    allocator.give_back()
    gc.set_threshold(10_000, 20, 50)


def bound(host: str, port: int) -> socket.socket:
    """A listening socket, or what to do about it not being one."""
    from ringcard.web.server import bind

    try:
        return bind(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"port {port} of {host} is taken: choose another, or end what uses it"
            ) from error
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from error


def stopping() -> asyncio.Event:
    """Set when the process is told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where there is one. What is known to go wrong becomes one line, not a traceback."""
    from ringcard.ledger import LedgerError
    from ringcard.storage import StorageError

    try:
        import uvloop
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(work)
    except* click.ClickException as group:
        raise _first(group) from None
    except* (StorageError, LedgerError) as group:
        raise click.ClickException(str(_first(group))) from group


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
