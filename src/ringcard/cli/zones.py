"""In which time zone times are that say none."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click


def zone_of(name: str | None) -> str:
    """The name of a time zone. Of a zone, not of how far it is from Greenwich today: calls of summer are read too."""
    for found in [name] if name is not None else _own_zones():
        try:
            return ZoneInfo(found).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            if name is not None:
                raise click.ClickException(f"there is no time zone {name!r}: write it as Europe/Moscow") from error
    raise click.ClickException("this machine does not say its time zone by name: add --zone Europe/Moscow, or yours")


def _own_zones() -> Iterator[str]:
    """Where this machine may say its zone; the first that is there counts."""
    if (said := os.environ.get("TZ")) is not None:
        yield said.removeprefix(":").rpartition("zoneinfo/")[2] or "UTC"
        return
    yield str(Path("/etc/localtime").resolve()).rpartition("zoneinfo/")[2]
    with contextlib.suppress(OSError):
        yield Path("/etc/timezone").read_text(encoding="ascii", errors="replace").strip()
    if not Path("/etc/localtime").exists():
        yield "UTC"
