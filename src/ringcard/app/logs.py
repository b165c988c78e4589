"""Logging: one line an event, as JSON or for people, with numbers masked and without secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, TextIO

import structlog

from ringcard.app.config import Log
from ringcard.numbers.masks import PHONES

_NO_NUMBER = re.compile(r"[^\d+]")
_SECRET = re.compile(r"secret|password|token|cookie|authorization|master_key", re.IGNORECASE)

EventDict = MutableMapping[str, Any]


def set_up(settings: Log, stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's records to `stream` (standard error), as `settings` say."""
    out = stream or sys.stderr
    as_json = settings.format == "json" or (settings.format == "auto" and not out.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
    ]
    # Text before it is masked, and for people too: structlog's own pictures of a traceback show what local variables
    # hold (cookies, numbers, secrets), and drawing one keeps every call waiting for a second.
    shared.append(structlog.processors.format_exc_info)
    if settings.mask_numbers:
        shared.append(masked)
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))


def mask(text: str) -> str:
    """`+74959195557` → `+749…57`: enough to tell two calls apart, not enough to call back."""

    def short(found: re.Match[str]) -> str:
        number = _NO_NUMBER.sub("", re.sub("%2b", "+", found[0], flags=re.IGNORECASE))
        return f"{number[:4]}…{number[-2:]}"

    return PHONES.sub(short, text)


def masked(logger: object, method: str, event: EventDict) -> EventDict:
    """Phone numbers masked, wherever they stand."""
    return _mapped(event, lambda key, value: value if key == "timestamp" else _masked_value(value))


def without_secrets(logger: object, method: str, event: EventDict) -> EventDict:
    """A value whose name says that it is a secret is never written."""
    return _mapped(event, lambda key, value: "…" if _SECRET.search(key) else value)


def _mapped(event: EventDict, change: Callable[[str, Any], Any]) -> EventDict:
    return {key: change(key, value) for key, value in event.items()}


def _masked_value(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _masked_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_value(item) for item in value]
    return value
