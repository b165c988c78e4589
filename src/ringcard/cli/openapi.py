"""`ringcard openapi`: print the description of the web API."""

from __future__ import annotations

import click


@click.command("openapi")
def command() -> None:
    """Print the OpenAPI file of the web API."""
    from ringcard.web.app import openapi

    click.echo(openapi(), nl=False)
