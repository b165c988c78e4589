"""Reading a number step by step, rules, and dialling."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringcard.numbers import (
    DialFormat,
    Kind,
    MatchQuality,
    NumberingPlan,
    PlanRules,
    Reading,
    Rewrite,
    RewriteError,
    StepName,
)

OFFICE = NumberingPlan(
    "RU",
    "495",
    "101-106",
    rules=PlanRules(outside_prefix="9", dial=DialFormat.NATIONAL, incoming=(Rewrite("98", "8", 12),)),
)
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EXAMPLES = {
    region: phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    for region in REGIONS
    if (example := phonenumbers.example_number(region)) is not None
}


def names(reading: Reading) -> list[StepName]:
    return [step.name for step in reading.steps]


class TestReading:
    def test_every_step_is_told(self) -> None:
        reading = OFFICE.read("919-55-57")
        assert reading.number == "+74959195557"
        assert [(step.name, step.before, step.after) for step in reading.steps] == [
            (StepName.CLEANED, "919-55-57", "9195557"),
            (StepName.AREA_CODE, "4959195557", "+74959195557"),
        ]

    def test_a_rule_comes_before_the_countrys_plan(self) -> None:
        assert names(OFFICE.read("984959195557")) == [StepName.INCOMING_RULE, StepName.NATIONAL]
        assert OFFICE.parse("984959195557") == "+74959195557"

    def test_a_rule_for_so_many_digits_leaves_others_alone(self) -> None:
        assert names(OFFICE.read("9812345")) == [StepName.AREA_CODE]

    def test_only_the_first_rule_that_fits_is_applied(self) -> None:
        plan = NumberingPlan("RU", rules=PlanRules(incoming=(Rewrite("0", "8"), Rewrite("8", "7"))))
        assert plan.parse("04959195557") == "+74959195557"

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("+74959195557", Kind.PUBLIC),
            ("101", Kind.INTERNAL),
            ("112", Kind.EMERGENCY),
            ("1042", Kind.SHORT),
            ("*8", Kind.SERVICE_CODE),
            ("anonymous", Kind.WITHHELD),
            ("", Kind.WITHHELD),
            ("vasya", Kind.NO_NUMBER),
            ("+99999999999999", Kind.NO_NUMBER),
            ("7" * 100, Kind.NO_NUMBER),
        ],
    )
    def test_what_it_is(self, text: str, kind: Kind) -> None:
        assert OFFICE.read(text).kind is kind

    def test_what_no_country_has_says_so(self) -> None:
        assert names(OFFICE.read("123456789012345678"))[-1] is StepName.IMPOSSIBLE

    @given(st.text(max_size=100))
    def test_reading_and_parsing_are_one(self, text: str) -> None:
        reading = OFFICE.read(text)
        assert reading.number == OFFICE.parse(text) or reading.kind is Kind.WITHHELD
        assert (reading.number is not None) == (reading.kind is Kind.PUBLIC)

    @given(st.text("0123456789+()- ", max_size=24))
    def test_the_steps_lead_from_the_text_to_the_number(self, text: str) -> None:
        reading = OFFICE.read(text)
        if reading.number is not None and reading.steps:
            assert reading.steps[0].before in (text, reading.steps[0].before)
            assert reading.steps[-1].after == reading.number

    def test_australias_own_prefix_is_not_taken_for_double_zero(self) -> None:
        assert NumberingPlan("AU").parse("001112025550123") == "+12025550123"

    def test_a_prefix_of_our_own_is_taken_off(self) -> None:
        plan = NumberingPlan("RU", rules=PlanRules(national_prefix="0", international_prefix="99"))
        assert plan.parse("04959195557") == "+74959195557"
        assert plan.parse("99442079460958") == "+442079460958"


class TestDialling:
    @pytest.mark.parametrize(
        ("text", "dialled"),
        [
            ("+74959195557", "984959195557"),
            ("8 (495) 919-55-57", "984959195557"),
            ("919-55-57", "984959195557"),
            ("+442079460958", "9810442079460958"),
            ("101", "101"),
            ("*8", "*8"),
            ("1042", "1042"),
        ],
    )
    def test_as_people_of_the_country_dial(self, text: str, dialled: str) -> None:
        assert OFFICE.dial(text).dialled == dialled

    @pytest.mark.parametrize("text", ["112", "01 ", "911", " 1-1-2 "])
    @pytest.mark.parametrize("region", ["RU", "US", "DE", "KZ"])
    def test_nothing_ever_comes_before_a_short_number(self, text: str, region: str) -> None:
        rules = PlanRules(outside_prefix="9", dial=DialFormat.NATIONAL, outgoing=(Rewrite(digits=3, becomes="0"),))
        digits = "".join(filter(str.isdigit, text))
        assert NumberingPlan(region, rules=rules).dial(text).dialled == digits

    @pytest.mark.parametrize("text", ["vasya", "", "sip:x@y", "101,1,Dial(x)", "1/2", "101&102", "7" * 100])
    def test_what_cannot_be_dialled_is_none(self, text: str) -> None:
        assert OFFICE.dial(text).dialled is None

    @pytest.mark.parametrize("region", REGIONS)
    def test_what_is_dialled_for_a_number_is_read_as_that_number(self, region: str) -> None:
        """Both ways are one normaliser, in every country there is; short subscribers' numbers aside, which look like
        extensions."""
        plan = NumberingPlan(region, rules=PlanRules(dial=DialFormat.NATIONAL))
        wrong: dict[str, str] = {}
        for number in EXAMPLES.values():
            dialled = plan.dial(number).dialled or ""
            if plan.parse_dialled(dialled) != number:
                wrong[number] = dialled
        own = EXAMPLES.get(region, "")
        assert not wrong or (list(wrong) == [own] and len(wrong[own]) <= 7)

    @pytest.mark.parametrize("dial", DialFormat)
    @given(number=st.integers(9_000_000_000, 9_999_999_999).map(lambda digits: f"+7{digits}"))
    def test_an_outside_line_is_understood_again(self, dial: DialFormat, number: str) -> None:
        plan = NumberingPlan("RU", rules=PlanRules(dial=dial, outside_prefix="9"))
        dialled = plan.dial(number).dialled
        assert dialled is not None
        assert dialled.startswith("9")
        assert plan.parse_dialled(dialled) == number


class TestRules:
    @pytest.mark.parametrize(
        "rule", [Rewrite(), Rewrite("a"), Rewrite("8", "7,1"), Rewrite("8", digits=0), Rewrite("8", digits=99)]
    )
    def test_one_that_cannot_be_meant_is_refused(self, rule: Rewrite) -> None:
        with pytest.raises(RewriteError):
            NumberingPlan("RU", rules=PlanRules(outgoing=(rule,)))

    @pytest.mark.parametrize("prefix", ["x", "123456789", "+"])
    def test_a_prefix_is_digits(self, prefix: str) -> None:
        with pytest.raises(ValueError, match="outside_prefix"):
            NumberingPlan("RU", rules=PlanRules(outside_prefix=prefix))


class TestTrunks:
    def test_a_trunk_has_its_own_way_of_writing(self) -> None:
        berlin = NumberingPlan("DE", "30")
        plan = NumberingPlan("RU", "495", trunks={"berlin": berlin})
        assert plan.on("berlin").parse("1234567") == "+49301234567"
        assert plan.on("other").parse("1234567") == "+74951234567"
        assert plan.on(None) is plan


class TestMatching:
    def test_national_is_better_than_maybe_and_worse_than_exact(self) -> None:
        plan = NumberingPlan("RU")
        assert plan.match("+49301234567", "030 1234567") is MatchQuality.NATIONAL
        assert plan.match("+74959195557", "919-55-57") is MatchQuality.SUFFIX
        assert plan.match("+74959195557", "84959195557") is MatchQuality.EXACT
        assert list(MatchQuality) == [MatchQuality.EXACT, MatchQuality.NATIONAL, MatchQuality.SUFFIX]

    def test_what_is_written_with_another_country_is_no_match(self) -> None:
        assert NumberingPlan("RU").match("+49301234567", "+1 30 1234567") is None
