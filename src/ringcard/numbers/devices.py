"""Which device names are the company's: lists, ranges and patterns of extensions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ringcard.unfit import Unfit


class DeviceListError(Unfit):
    """The list of devices cannot be read; the text says which part and why."""


@dataclass(frozen=True, slots=True)
class DeviceSet:
    """The names of devices: single ones, ranges of extensions, and patterns in which `X` is any digit.

    Ask with `in`. Ranges compare digits of equal length only: `0101` is not in `101-106`.
    """

    names: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    patterns: tuple[str, ...] = ()

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        if name in self.names:
            return True
        if not (name.isascii() and name.isdigit()):
            return False
        return any(len(name) == len(low) and low <= name <= high for low, high in self.ranges) or any(
            len(name) == len(pattern)
            and all(wanted in ("X", digit) for wanted, digit in zip(pattern, name, strict=True))
            for pattern in self.patterns
        )

    def __bool__(self) -> bool:
        return bool(self.names or self.ranges or self.patterns)

    def __str__(self) -> str:
        return ",".join([*sorted(self.names), *(f"{low}-{high}" for low, high in self.ranges), *self.patterns])


def parse_devices(text: str | Iterable[str]) -> DeviceSet:
    """Read a device list: `101-106,201,3XX,reception`.

    A part is a name, a range of extensions with as many digits on both sides, or digits with `X` for any digit (a
    leading underscore, as in Asterisk's patterns, may stay). Empty text gives an empty set.

    Raises `DeviceListError`.
    """
    parts = text.split(",") if isinstance(text, str) else [part for item in text for part in item.split(",")]
    names: set[str] = set()
    ranges: list[tuple[str, str]] = []
    patterns: list[str] = []
    for part in map(str.strip, parts):
        if not part:
            continue
        if span := re.fullmatch(r"([0-9]+)\s*[-–]\s*([0-9]+)", part):
            low, high = span.groups()
            if len(low) != len(high):
                raise DeviceListError(
                    f"device range {part!r}: both ends need the same number of digits",
                    "device_range",
                    part,
                    field="devices",
                )
            if low > high:
                raise DeviceListError(
                    f"device range {part!r}: the first end is above the second", "device_range", part, field="devices"
                )
            ranges.append((low, high))
        elif re.fullmatch(r"_?(?=[0-9X]*X)[0-9X]+", part):
            patterns.append(part.removeprefix("_"))
        elif re.search(r"[\s\x00-\x1f]", part):
            raise DeviceListError(
                f"device {part!r}: separate devices by commas", "device_commas", part, field="devices"
            )
        else:
            names.add(part)
    return DeviceSet(frozenset(names), tuple(ranges), tuple(patterns))
