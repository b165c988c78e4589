"""The parts of call control that need no PBX: the dialplan's lines, what may be asked, and what options say."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringcard.pbx.asterisk.control import ways
from ringcard.pbx.asterisk.control.asking import checked_digits, checked_target, keys_of
from ringcard.pbx.asterisk.control.dialplan import MARKER, as_configuration, lines, marker
from ringcard.pbx.asterisk.control.options import options_of
from ringcard.pbx.asterisk.places import held_by
from ringcard.pbx.connector import ServiceRefused

PAGE = Path(__file__).resolve().parents[4] / "docs" / "howto" / "call-control.md"


def test_the_documentation_has_the_lines_that_are_added() -> None:
    assert as_configuration("from-internal", hold_s=600, ring_s=25) in PAGE.read_text(encoding="utf-8")


def test_the_documentation_has_the_lines_that_obey_what_is_set() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert ways.LINES in page
    assert ways.PHONE in page


def test_the_lines_call_nothing_but_the_companys_own_context() -> None:
    told = list(lines("office", hold_s=60, ring_s=20))
    assert {line.data.partition(",")[0] for line in told if line.application == "Goto"} == {"office"}
    for line in told:
        if line.extension.startswith("_r"):
            assert not set("nxz") & set(line.extension.replace("[n]", "").replace("[x]", "")), "letters, no digits"


def test_other_settings_have_another_marker_so_that_the_lines_are_added_anew() -> None:
    usual = marker("office", hold_s=60, ring_s=20)
    assert usual == marker("office", hold_s=60, ring_s=20)
    others = {marker("office", hold_s=61, ring_s=20), marker("office", hold_s=60, ring_s=21)}
    others.add(marker("shop", hold_s=60, ring_s=20))
    assert len(others | {usual, MARKER}) == 5


@pytest.mark.parametrize(
    ("extension", "device"), [("ringcard-hold-101", "101"), ("ringcard-wait-a.b", "a.b"), ("101", None), ("", None)]
)
def test_who_holds_is_read_from_the_extension(extension: str, device: str | None) -> None:
    assert held_by(extension) == device


@pytest.mark.parametrize(
    ("application", "data", "options"),
    [
        ("Dial", "PJSIP/101,8,tTkKxX", "tTkKxX"),
        ("Dial", "PJSIP/101&PJSIP/102,,HhU(sub^a,b)tr", "HhUtr"),
        ("Dial", "PJSIP/101", ""),
        ("Dial", "PJSIP/101,30", ""),
        ("Queue", "sales,tT,,,25", "tT"),
        ("Bridge", "PJSIP/101-00000001,tTx", "tTx"),
        ("AppDial", "(Outgoing Line)", None),
        ("", "", None),
    ],
)
def test_the_options_of_whatever_joins_two_are_read(application: str, data: str, options: str | None) -> None:
    assert options_of(application, data) == options


@pytest.mark.parametrize(
    ("given", "taken"),
    [("102", "102"), ("+7 (495) 919-55-57", "+74959195557"), ("*78", "*78"), (" 8-800-555.35.35 ", "88005553535")],
)
def test_a_target_is_an_extension_or_a_number(given: str, taken: str) -> None:
    assert checked_target(given) == taken


@pytest.mark.parametrize(
    "given", ["", "102&103", "Local/1@x", "${SHELL(id)}", "1" * 41, "٣٤٥", "abc", "1,2", "102;x", "102\r\nAction: x"]
)
def test_what_could_be_more_than_a_target_is_refused(given: str) -> None:
    with pytest.raises(ServiceRefused):
        checked_target(given)


def test_keys_are_the_keys_of_a_telephone() -> None:
    assert checked_digits("12*#d") == "12*#D"
    assert keys_of("+7495") == "7495"
    for bad in ("", "1,2", "w1", "1" * 41, "1\r\n"):
        with pytest.raises(ServiceRefused):
            checked_digits(bad)
