"""Numbers: what a written one means (`plan`), which devices are ours, how numbers are spelt, where they are at home.

Pure: no I/O, no clock.
"""

from ringcard.numbers.devices import DeviceListError, DeviceSet, parse_devices
from ringcard.numbers.places import PlaceTable, packed_places, table_version
from ringcard.numbers.plan import DialFormat, MatchQuality, NumberingPlan, PlanRules
from ringcard.numbers.rules import Rewrite, RewriteError
from ringcard.numbers.spelling import E164, LONGEST_TEXT, display, presentable, split_extension
from ringcard.numbers.steps import Dialling, Kind, Reading, Step, StepName
from ringcard.numbers.zones import time_zone, zones_ready

__all__ = [
    "E164",
    "LONGEST_TEXT",
    "DeviceListError",
    "DeviceSet",
    "DialFormat",
    "Dialling",
    "Kind",
    "MatchQuality",
    "NumberingPlan",
    "PlaceTable",
    "PlanRules",
    "Reading",
    "Rewrite",
    "RewriteError",
    "Step",
    "StepName",
    "display",
    "packed_places",
    "parse_devices",
    "presentable",
    "split_extension",
    "table_version",
    "time_zone",
    "zones_ready",
]
