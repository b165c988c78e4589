"""`ringcard trace`: what recordings of a PBX say."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from ringcard.calls.identifiers import PbxId
from ringcard.calls.record import CallRecord, moment, record_as_json
from ringcard.cli.trace_record import record as record_command
from ringcard.numbers import DeviceListError, NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.protocol import RemoteAmiError
from ringcard.pbx.asterisk.replay import TraceError, play, read, records
from ringcard.pbx.asterisk.translate import Translator


@click.group()
def trace() -> None:
    """Replay recordings of a PBX, or make new ones."""


trace.add_command(record_command)


@trace.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--pbx", type=click.Choice(["asterisk"]), default="asterisk", show_default=True, help="Whose stream it is."
)
@click.option("--devices", default="", help="The company's own devices: 101-106,201,3XX. Default: 2 to 5 digits.")
@click.option("--region", default="RU", show_default=True, help="The country whose numbering plan holds.")
@click.option("--area-code", default=None, help="Put before local numbers that lack one: 495.")
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "table"]), help="Default: table on a terminal, else jsonl."
)
def replay(
    files: tuple[Path, ...], pbx: str, devices: str, region: str, area_code: str | None, form: str | None
) -> None:
    """Print the call record of every call in FILES, one a line, in order of start.

    A file is NAME.raw with NAME.jsonl beside it; several files are successive connections to one PBX.
    """
    try:
        ours = parse_devices(devices)
        plan = NumberingPlan(region, area_code, ours)
        translator = Translator(PbxId(pbx), DeviceNames(ours), plan)
        found = records(play(translator, [read(path) for path in files]))
    except (DeviceListError, TraceError, ValueError, RemoteAmiError) as error:
        raise click.ClickException(str(error)) from None
    form = form or ("table" if sys.stdout.isatty() else "jsonl")
    try:
        for line in _jsonl(found) if form == "jsonl" else _table(found):
            click.echo(line)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _jsonl(found: Iterable[CallRecord]) -> Iterable[str]:
    return (json.dumps(record_as_json(record), ensure_ascii=False) for record in found)


def _table(found: Iterable[CallRecord]) -> Iterable[str]:
    row = "{:<24}  {:<8}  {:<16}  {:<16}  {:<10}  {:>7}  {:>7}  {}"
    yield row.format("start (UTC)", "way", "from", "to", "outcome", "talk s", "wait s", "devices")
    for record in found:
        caller, called = (p.number or p.device or p.presented or "withheld" for p in (record.caller, record.called))
        yield row.format(
            moment(record.started_at) or "",
            record.direction,
            caller,
            called,
            record.disposition or "live",
            f"{record.talk_s:.1f}",
            f"{record.wait_s:.1f}",
            ", ".join(f"{stint.device} {stint.outcome or 'rings'}" for stint in record.devices),
        )
