"""The root of everything sent, and how a time is written in it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Moment = Annotated[
    str, Meta(description="RFC 3339 in UTC with milliseconds.", extra_json_schema={"format": "date-time"})
]


class Shape(msgspec.Struct, kw_only=True):
    """The root of everything sent."""
