"""`ringcard doctor`: what is wrong, and what to do."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

import click
import structlog

from ringcard.app.config import Config, ConfigError, load
from ringcard.cli.settings import CONFIG_OPTION

_MARKS = {"fine": ("✓", "green"), "mind": ("!", "yellow"), "wrong": ("✗", "red")}


@click.command("doctor")
@CONFIG_OPTION
@click.pass_context
def command(ctx: click.Context, config_path: Path | None) -> None:
    """Check configuration, store, plugins and every PBX, and say what to do. Ends with 1 if something is wrong."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        config = load(config_path, os.environ)
    except ConfigError as error:
        _say("configuration", "wrong", str(error))
        ctx.exit(1)
    _say("configuration", "fine", str(config_path) if config_path else "only the environment and the defaults")
    ctx.exit(1 if asyncio.run(_examine(config)) else 0)


async def _examine(config: Config) -> int:
    """How many things are wrong."""
    from ringcard.app.doctor import Verdict, examine

    wrong = 0
    async for finding in examine(config):
        _say(finding.about, finding.verdict.value, finding.text)
        wrong += finding.verdict is Verdict.WRONG
    return wrong


def _say(about: str, verdict: str, text: str) -> None:
    mark, colour = _MARKS[verdict]
    click.echo(f"{click.style(mark, fg=colour)} {click.style(about, bold=True)}: {text}")
