"""`ringcard doctor`: what is wrong, and what to do."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from ringcard.app.config import Config, ConfigError, load
from ringcard.cli.settings import CONFIG_OPTION

if TYPE_CHECKING:
    from ringcard.app.doctor import Finding

_MARKS = {"fine": ("✓", "green"), "mind": ("!", "yellow"), "wrong": ("✗", "red"), "unknown": ("?", "cyan")}


@click.command("doctor")
@CONFIG_OPTION
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write what was found into this zip file, for support: without secrets, numbers masked.",
)
@click.option(
    "--log",
    "log_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Put the end of this log into the bundle, masked.",
)
@click.pass_context
def command(ctx: click.Context, config_path: Path | None, bundle: Path | None, log_file: Path | None) -> None:
    """Check configuration, store, plugins and every PBX, and say what to do. Ends with 1 if something is wrong."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        config = load(config_path, os.environ)
    except ConfigError as error:
        _say("configuration", "wrong", str(error))
        ctx.exit(1)
    _say("configuration", "fine", str(config_path) if config_path else "only the environment and the defaults")
    findings = asyncio.run(_examine(config))
    if bundle is not None:
        _write(bundle, config, findings, log_file)
    ctx.exit(1 if any(finding.verdict.value == "wrong" for finding in findings) else 0)


async def _examine(config: Config) -> list[Finding]:
    from ringcard.app.doctor import examine

    findings = []
    async for finding in examine(config):
        _say(finding.about, finding.verdict.value, finding.text, finding.took_ms)
        findings.append(finding)
    return findings


def _write(bundle: Path, config: Config, findings: list[Finding], log_file: Path | None) -> None:
    from ringcard.app.bundle import write_bundle
    from ringcard.app.doctor import with_stored_settings

    try:
        write_bundle(bundle, asyncio.run(with_stored_settings(config)), findings, log_file)
    except OSError as error:
        raise click.ClickException(f"{bundle} cannot be written: {error.strerror or error}") from error
    click.echo(f"Written: {bundle}. It has no secrets and no whole numbers; look into it before you send it.")


def _say(about: str, verdict: str, text: str, took_ms: float | None = None) -> None:
    mark, colour = _MARKS[verdict]
    took = "" if took_ms is None else click.style(f"  {took_ms:.0f} ms", dim=True)
    click.echo(f"{click.style(mark, fg=colour)} {click.style(about, bold=True)}: {text}{took}")
