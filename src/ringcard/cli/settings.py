"""The configuration of a command: of the file given to its group or in `RINGCARD_CONFIG`, and of the environment."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ringcard.app.config import Config, ConfigError, load

CONFIG_OPTION = click.option(
    "--config",
    "config_path",
    envvar="RINGCARD_CONFIG",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration file. Default: $RINGCARD_CONFIG, else only the environment.",
)


def configure(ctx: click.Context, config_path: Path | None) -> None:
    """Load the configuration for the commands of this group."""
    try:
        ctx.obj = load(config_path, os.environ)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def database_url(config: Config) -> str:
    """The URL of the configuration's database; the folder of a file is made, for us alone, if it is not there."""
    if config.store.url is None:
        Path(config.store.directory).mkdir(parents=True, exist_ok=True, mode=0o700)
    return config.database_url


def current_config(ctx: click.Context) -> Config:
    """The configuration that the group loaded."""
    config: Config = ctx.ensure_object(Config)
    return config
