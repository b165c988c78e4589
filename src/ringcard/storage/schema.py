"""The frame that all tables share: one metadata, names of constraints, and how times are kept."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, MetaData
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_RANDOM_BYTES = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time, kept as whole milliseconds since 1970: sorts and compares as a number on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else to_ms(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_ms(value)


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, rounded down. `at` is aware."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The aware UTC time of `to_ms`."""
    return _EPOCH + timedelta(milliseconds=ms)


def new_ids(now: datetime, count: int) -> list[str]:
    """So many of `new_id`, each after the one before it: into an index they go side by side."""
    ends = secrets.token_hex(_RANDOM_BYTES * count)
    each = 2 * _RANDOM_BYTES
    begins = f"{to_ms(now):012x}"
    return sorted(begins + ends[place : place + each] for place in range(0, len(ends), each))


def new_id(now: datetime) -> str:
    """A new key, 26 hex digits: ids made later sort later (to the millisecond), so they page as well as they name."""
    return f"{to_ms(now):012x}{secrets.token_hex(_RANDOM_BYTES)}"
