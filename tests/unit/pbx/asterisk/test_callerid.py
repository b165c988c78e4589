"""The caller's number out of a trunk's own field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringcard.pbx.asterisk.callerid import Told, caller_in


@pytest.mark.parametrize(
    ("field", "number"),
    [
        ("+74959195557", "+74959195557"),
        ('"Ivan" <sip:+74959195557@10.0.0.1;user=phone>', "+74959195557"),
        ("<sip:84959195557@voip.example.com:5060>;party=calling;screen=yes", "84959195557"),
        ("sip:+74959195557@example.com", "+74959195557"),
        ("<tel:+7-495-919-55-57;phone-context=+7>", "+7-495-919-55-57"),
        ("sip:%2B74959195557@example.com", "+74959195557"),
        ('"sip:1@x" <sip:+74959195557@example.com>', "+74959195557"),
        ('"a \\" sip:1@x" <sips:+74959195557@example.com>', "+74959195557"),
        ("<sip:1111@a>, <sip:2222@b>", "1111"),
    ],
)
def test_a_number_is_found(field: str, number: str) -> None:
    assert caller_in(field) == Told(number)


@pytest.mark.parametrize("privacy", ["full", "uri", "id", '"full"'])
def test_one_that_must_not_be_shown_is_marked(privacy: str) -> None:
    assert caller_in(f"<sip:+74959195557@x>;privacy={privacy};screen=yes") == Told("+74959195557", withheld=True)


def test_privacy_off_is_no_secret() -> None:
    assert caller_in("<sip:+74959195557@x>;privacy=off") == Told("+74959195557")


@pytest.mark.parametrize(
    "field", ["", " ", "anonymous", "<unknown>", '"Anonymous" <sip:anonymous@anonymous.invalid>', "<sip:@x>"]
)
def test_nothing_is_nothing(field: str) -> None:
    assert caller_in(field) is None


@given(st.text(max_size=2_000))
def test_no_field_raises(field: str) -> None:
    caller_in(field)
