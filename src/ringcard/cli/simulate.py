"""`ringcard simulate`: a PBX that speaks real AMI, with a company's day or a load on it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time

import click

from ringcard.pbx.simulator.company import sample_company
from ringcard.pbx.simulator.day import Day, Load, Schedule
from ringcard.pbx.simulator.pbx import Pbx
from ringcard.pbx.simulator.server import AmiServer
from ringcard.pbx.simulator.session import Account
from ringcard.pbx.simulator.switch import Noise

USER = "ringcard"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, show_default="a free one", help="Port to listen on.")
@click.option("--secret", default="ringcard", show_default=True, help=f"Secret of the manager account {USER!r}.")
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same day.")
@click.option("--speed", default=1.0, show_default=True, help="How many times faster than real time.")
@click.option("--rate", type=float, help="A load instead of a day: call starts a second.")
@click.option("--live", default=1000, show_default=True, help="With --rate: at most so many calls at a time.")
@click.option("--talk", "talk_s", default=2.0, show_default=True, help="With --rate: seconds that each call lasts.")
@click.option("--calls", type=int, help="Stop starting calls after so many.")
@click.option("--first-calls-to", default="101", show_default=True, help="The phone that gets the first calls.")
@click.option(
    "--noise",
    type=click.Choice([noise.value for noise in Noise]),
    help="full: all that an unfiltered Asterisk says; plain: what matters of it.  [default: full, with --rate plain]",
)
def simulate(
    host: str,
    port: int,
    secret: str,
    seed: int,
    speed: float,
    rate: float | None,
    live: int,
    talk_s: float,
    calls: int | None,
    first_calls_to: str,
    noise: str | None,
) -> None:
    """Play a telephone system until Ctrl-C."""
    default = Noise.FULL if rate is None else Noise.PLAIN
    pbx = Pbx(sample_company(seed), start_s=time.time(), seed=seed, noise=Noise(noise) if noise else default)
    if first_calls_to not in pbx.company.devices:
        raise click.BadParameter(f"no phone is called {first_calls_to!r}", param_hint="--first-calls-to")
    if speed <= 0:
        raise click.BadParameter("must be more than 0", param_hint="--speed")
    play: Day | Load
    if rate is None:
        play = Day(pbx, Schedule(first_calls_to=first_calls_to, calls=calls))
    else:
        if rate <= 0:
            raise click.BadParameter("must be more than 0", param_hint="--rate")
        play = Load(pbx, rate, live=live, talk_s=talk_s, calls=calls)
    server = AmiServer(pbx, [Account(USER, secret)], speed=speed)
    asyncio.run(_serve(server, play, host, port, secret))


async def _serve(server: AmiServer, play: Day | Load, host: str, port: int, secret: str) -> None:
    """Listen, say where, and go on until told to stop."""
    bound = await server.start(host, port)
    click.echo(f"AMI on {host}:{bound}, user {USER}, secret {secret}. Ctrl-C ends it.")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has KeyboardInterrupt instead
            loop.add_signal_handler(number, stop.set)
    play.begin()
    server.acted()
    try:
        await stop.wait()
    finally:
        play.stop()
        await server.stop()
        click.echo(f"{play.begun} calls begun, {server.pbx.switch.counters.messages} events told.")
