"""What dialling a typed text would do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ringcard.calls.identifiers import DeviceId
from ringcard.desk.control.dialling import (
    DialKind,
    DialRules,
    WarningCode,
    allowed,
    caller_id,
    reckon,
    refuse,
    warnings_of,
)
from ringcard.desk.control.errors import DialRefused
from ringcard.numbers import NumberingPlan

PLAN = NumberingPlan("RU", "495", "101-105")
NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""In Moscow; in Vladivostok it is 19:00."""
OWN = (DeviceId("101"),)


def codes(text: str, rules: DialRules | None = None, *, at: datetime = NOON, zone: str | None = None,
          do_not_call: bool = False) -> list[WarningCode]:  # fmt: skip
    found = warnings_of(
        reckon(text, PLAN), rules or DialRules(), own_devices=OWN, do_not_call=do_not_call, now=at, zone=zone
    )
    return [each.code for each in found]


@pytest.mark.parametrize(
    ("text", "kind", "to"),
    [
        ("8 (495) 919-55-57", DialKind.OUTSIDE, "+74959195557"),
        ("919-55-57", DialKind.OUTSIDE, "+74959195557"),
        ("tel:+442079460958", DialKind.OUTSIDE, "+442079460958"),
        ("102", DialKind.INTERNAL, "102"),
        ("112", DialKind.EMERGENCY, "112"),
        ("1 1 2", DialKind.EMERGENCY, "112"),
        ("*8", DialKind.UNKNOWN, "*8"),
        ("Petrov", DialKind.UNKNOWN, None),
        ("", DialKind.UNKNOWN, None),
    ],
)
def test_a_text_is_read(text: str, kind: DialKind, to: str | None) -> None:
    read = reckon(text, PLAN)
    assert (read.kind, read.to) == (kind, to)


def test_an_emergency_number_is_never_warned_about_nor_refused_whatever_is_set() -> None:
    rules = DialRules(
        blocked=("1", "112", "+7"), premium=("1",), quiet_from=0, quiet_to=24, twins={"112": "+79031112233"}
    )
    warned = warnings_of(reckon("112", PLAN), rules, own_devices=(DeviceId("112"),), do_not_call=True, now=NOON,
                         zone="Europe/Moscow")  # fmt: skip
    assert warned == ()
    refuse(reckon("112", PLAN), warned)
    assert allowed(reckon("112", PLAN), warned)


@pytest.mark.parametrize(
    ("hour", "warned"), [(5, True), (6, False), (17, False), (18, True), (20, True)],
)  # fmt: skip
def test_at_night_where_the_number_is_at_home_it_warns(hour: int, warned: bool) -> None:
    at = NOON.replace(hour=hour)
    found = codes("+74959195557", at=at, zone="Europe/Moscow")
    assert found == ([WarningCode.NIGHT] if warned else [])
    assert codes("+74959195557", at=at, zone=None) == []
    assert codes("102", at=at, zone=None) == []


def test_prefixes_count_in_every_spelling() -> None:
    rules = DialRules(blocked=("+7809",), premium=("+7803", "*"))
    assert codes("8 809 123-45-67", rules) == [WarningCode.BLOCKED]
    assert codes("+7 803 123-45-67", rules) == [WarningCode.PREMIUM]
    assert codes("*8", rules) == [WarningCode.PREMIUM]
    with pytest.raises(DialRefused, match="does not dial"):
        refuse(reckon("88091234567", PLAN), warnings_of(
            reckon("88091234567", PLAN), rules, own_devices=OWN, do_not_call=False, now=NOON, zone=None))  # fmt: skip


def test_oneself_is_refused_also_as_the_mobile_twin() -> None:
    rules = DialRules(twins={"101": "+79031112233", "102": "+79034445566"})
    assert codes("101", rules) == [WarningCode.SELF]
    assert codes("8 903 111-22-33", rules) == [WarningCode.SELF]
    assert codes("8 903 444-55-66", rules) == [WarningCode.MOBILE_TWIN]
    assert codes("102", rules) == [WarningCode.MOBILE_TWIN]


def test_a_card_that_asks_not_to_be_called_warns_and_does_not_prevent() -> None:
    found = codes("+74959195557", do_not_call=True)
    assert found == [WarningCode.DO_NOT_CALL]


def test_letters_are_refused_in_words_and_a_masked_number_is_not_repeated() -> None:
    with pytest.raises(DialRefused, match="has letters in it"):
        refuse(reckon("8-800-FLOWERS", PLAN), ())
    with pytest.raises(DialRefused) as refused:
        refuse(reckon("9" * 70, PLAN), (), masked=True)
    assert "999" not in str(refused.value)


def test_a_caller_id_is_one_of_the_companys() -> None:
    rules = DialRules(caller_ids=("+74951234567",))
    assert caller_id(None, rules) is None
    assert caller_id("+74951234567", rules) == "+74951234567"
    with pytest.raises(DialRefused):
        caller_id("+74950000000", rules)


@pytest.mark.parametrize(
    "rules",
    [
        DialRules(blocked=("premium",)),
        DialRules(caller_ids=("",)),
        DialRules(queues={"sales": "six"}),
        DialRules(voicemail="; rm"),
        DialRules(quiet_from=25),
        DialRules(twins={"101": "Anna"}),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(rules: DialRules) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        rules.checked()


def test_a_mailbox_is_dialled_as_the_company_says() -> None:
    assert DialRules(voicemail="*{device}").mailbox(DeviceId("101")) == "*101"
    assert DialRules().mailbox(DeviceId("101")) is None
