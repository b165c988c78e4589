"""`ringcard trace record`: write down what an Asterisk says."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import click

from ringcard.pbx.asterisk.settings import AsteriskSettings, Tls
from ringcard.pbx.asterisk.wire import LinkLost, Refused
from ringcard.testing.recorder import TraceWriter
from ringcard.testing.recorder import record as record_trace

SECRET_VARIABLE = "RINGCARD_AMI_SECRET"  # noqa: S105 (its name, not it)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The Asterisk's address.")
@click.option("--port", type=click.IntRange(1, 65535), default=5038, show_default=True, help="Its manager's port.")
@click.option("--user", default="ringcard", show_default=True, help="The manager account.")
@click.option(
    "--secret-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=f"A file with the account's secret in its first line. Without it: the environment's {SECRET_VARIABLE}.",
)
@click.option("--tls", is_flag=True, help="Connect by TLS (port 5039 unless changed).")
@click.option("--ca-file", type=click.Path(exists=True, dir_okay=False), help="With --tls: the certificate to trust.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write into.")
@click.option("--name", default="ami", show_default=True, help="What the two files are called.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop after so long. Default: Ctrl-C.")
@click.option("--snapshot/--no-snapshot", default=True, show_default=True, help="Begin with the calls that are up now.")
def record(
    host: str,
    port: int,
    user: str,
    secret_file: Path | None,
    tls: bool,
    ca_file: str | None,
    output: Path,
    name: str,
    seconds: float | None,
    snapshot: bool,
) -> None:
    """Record all that an Asterisk says into OUTPUT/NAME.raw and NAME.jsonl, until Ctrl-C.

    The account needs read = all to hear everything. A recording holds the numbers and names of whoever called:
    keep it as you would a list of your customers.
    """
    settings = AsteriskSettings(
        pbx="recorded",
        host=host,
        port=port,
        user=user,
        secret=_secret(secret_file),
        tls=Tls(ca_file=ca_file) if tls or ca_file else None,
    )
    try:
        written = asyncio.run(_record(settings, output, name, seconds, snapshot))
    except FileExistsError as error:
        raise click.ClickException(f"{error.filename} is there already: choose another --name or --output") from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or output}: {error.strerror or error}") from None
    except (LinkLost, Refused) as error:
        raise click.ClickException(str(error)) from None
    size_kb = written.size_bytes / 1000
    click.echo(f"{written.messages} messages, {size_kb:.0f} kB in {written.raw_path} and .jsonl", err=True)
    click.echo(f"what it says: ringcard trace replay {written.raw_path}", err=True)


def _secret(file: Path | None) -> str:
    if file is not None:
        lines = file.read_text().splitlines()
        secret = lines[0].strip() if lines else ""
        where = str(file)
    else:
        secret, where = os.environ.get(SECRET_VARIABLE, ""), SECRET_VARIABLE
    if not secret:
        raise click.UsageError(f"no secret in {where}: give --secret-file FILE, or set {SECRET_VARIABLE}")
    return secret


async def _record(
    settings: AsteriskSettings, output: Path, name: str, seconds: float | None, snapshot: bool
) -> TraceWriter:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def began(writer: TraceWriter) -> None:
        until = "Ctrl-C" if seconds is None else f"{seconds:g} s are over"
        click.echo(f"recording {settings.host}:{settings.port} into {writer.raw_path} until {until}", err=True)

    return await record_trace(settings, output, name, stop=stop, seconds=seconds, snapshot=snapshot, began=began)
