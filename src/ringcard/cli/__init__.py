"""The `ringcard` command: one command a file, loaded when it is asked for, so that `--help` is quick."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click

from ringcard import __version__

COMMANDS = {
    "serve": "Serve the PBXs and the browsers of a company.",
    "demo": "Show it: a simulated company whose phones ring, in a browser, in a minute.",
    "doctor": "Check configuration, store, plugins and every PBX, and say what to do.",
    "trace": "Record what a PBX says, and replay it into call records.",
    "simulate": "Run a simulated PBX that speaks real AMI.",
    "contacts": "Import and list contacts.",
    "history": "Bring in the calls that a PBX logged before.",
    "people": "Add employees, give them devices and passwords.",
    "dial": "Dial a number, by a token.",
    "token": "Make, list and revoke tokens for programs.",
    "migrate-store": "Move a store from SQLite to PostgreSQL, every row compared.",
    "openapi": "Print the OpenAPI file of the web API.",
}


class Lazy(click.Group):
    """A group whose commands are modules of this package: `NAME.py` has the command `command` (or `NAME`)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in COMMANDS if find_spec(_module(name)) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(_module(cmd_name))
        for name in ("command", cmd_name):
            found = getattr(module, name, None)
            if isinstance(found, click.Command):
                return found
        raise click.ClickException(f"the command {cmd_name} is broken: its module has no command")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])


def _module(command: str) -> str:
    return f"{__name__}.{command.replace('-', '_')}"


@click.command(cls=Lazy, name="ringcard")
@click.version_option(__version__, prog_name="ringcard")
def main() -> None:
    """ringcard: the caller's card is on the screen before the phone is answered."""
