"""Which events the PBX is told to send, held against what it really sent in the recordings' own words."""

from __future__ import annotations

import re

import pytest

from ringcard.pbx.asterisk.filters import broadcast, filters
from ringcard.pbx.asterisk.messages import WANTED, WANTED_VARIABLES


def text(name: str, **headers: str) -> str:
    """An event as Asterisk holds it against a filter."""
    lines = [f"Event: {name}", "Privilege: call,all", *(f"{key}: {value}" for key, value in headers.items())]
    return "\r\n".join([*lines, "", ""])


def lets_through(major: int | None, event: str) -> bool:
    """`should_send_event` of manager.c, for filters that only include."""
    return any(_matches(headers, event) for headers in filters(major))


def _matches(headers: dict[str, str], event: str) -> bool:
    pattern = headers.get("Filter", "")
    criteria = headers.get("MatchCriteria")
    if criteria is None:
        return re.search(pattern.replace("[[:space:]]", r"\s"), event, re.DOTALL) is not None
    options = dict(re.findall(r"(\w+)\((\w+)\)", criteria))
    if options.get("name") != event.partition("\r\n")[0].removeprefix("Event: "):
        return False
    if "header" not in options:
        return True
    found = re.search(rf"^{options['header']}: (.*)\r$", event, re.MULTILINE)
    value = found[1] if found else ""
    return value == pattern if options["method"] == "exact" else value.startswith(pattern)


@pytest.mark.parametrize("major", [16, 22, None])
def test_what_we_read_comes_through(major: int | None) -> None:
    for name in broadcast():
        assert lets_through(major, text(name, Uniqueid="1.1")), name
    for variable in (*WANTED_VARIABLES, "RINGCARD_CALL", "RINGCARD_X", "__RINGCARD_DATA_account", "_RINGCARD_DATA_x"):
        assert lets_through(major, text("VarSet", Uniqueid="1.1", Variable=variable, Value="x")), variable


@pytest.mark.parametrize("major", [16, 22, None])
@pytest.mark.parametrize(
    "name", ["CEL", "Newexten", "RTCPReceived", "NewchannelX", "Cdr", "DialState", "ExtensionStatus"]
)
def test_what_we_do_not_read_does_not(major: int | None, name: str) -> None:
    assert not lets_through(major, text(name, Uniqueid="1.1"))


@pytest.mark.parametrize("major", [16, 22, None])
@pytest.mark.parametrize("variable", ["DIALSTATUS", "MIXMONITOR_FILENAME_OLD", "XRINGCARD_", "SIPCALLID"])
def test_other_variables_do_not(major: int | None, variable: str) -> None:
    assert not lets_through(major, text("VarSet", Uniqueid="1.1", Variable=variable, Value="Newchannel"))


@pytest.mark.parametrize("major", [16, 22, None])
def test_an_event_that_only_quotes_the_name_of_another_does_not(major: int | None) -> None:
    assert not lets_through(major, text("UserEvent", Quote="Event: Newchannel "))


def test_an_old_asterisk_is_never_sent_criteria_it_would_ignore() -> None:
    assert not any("MatchCriteria" in headers for headers in filters(20))
    assert all(headers["Filter"] for headers in filters(20))


@pytest.mark.parametrize("major", [16, 22])
def test_no_line_is_longer_than_asterisk_reads(major: int) -> None:
    names = WANTED | {f"SomeEventOfTheFuture{number}" for number in range(200)}
    made = list(filters(major, names))
    assert max(len(f"{key}: {value}\r\n") for headers in made for key, value in headers.items()) < 1025
    assert len(made) > 4


def test_items_of_lists_need_no_filter_because_lists_are_not_filtered() -> None:
    assert not {"CoreShowChannel", "CoreShowChannelsComplete", "BridgeListItem", "QueueEntry"} & set(broadcast())
