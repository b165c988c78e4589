"""The numbering plan: spellings, what is no public number, device lists."""

import re
import time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ringcard.numbers import (
    DeviceListError,
    MatchQuality,
    NumberingPlan,
    display,
    parse_devices,
    presentable,
    split_extension,
)

E164 = re.compile(r"^\+[1-9]\d{6,14}\Z", re.ASCII)
REGIONS = ["RU", "US", "GB", "DE", "IT", "KZ", "JP", "BR", "AU", "EE"]

RUSSIA = NumberingPlan("RU")
MOSCOW = NumberingPlan("RU", area_code="495", internal="101-106,7XX,1234567")


class TestSpellings:
    @pytest.mark.parametrize(
        "text",
        [
            "+74959195557",
            "74959195557",
            "84959195557",
            "4959195557",
            "+7 495 919-55-57",
            "8 (495) 919-55-57",
            "8(495)9195557",
            "+7 (495) 919.55.57",
            "0074959195557",
            "00 7 495 919 55 57",
            "81074959195557",
            "  +7 495 919 55 57\t",
            "+7\u00a0495\u00a0919\u201155\u201157",
            "+7 495 919–55–57",
            "\u202a+74959195557\u202c",
            "tel:+7-495-919-55-57",
        ],
    )
    def test_every_spelling_of_a_russian_number_is_the_same_number(self, text: str) -> None:
        assert RUSSIA.parse(text) == "+74959195557"

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("88005553535", "+78005553535"),
            ("89161234567", "+79161234567"),
            ("87011234567", "+77011234567"),
            ("810491711234567", "+491711234567"),
            ("8 10 44 20 7946 0958", "+442079460958"),
            ("00442079460958", "+442079460958"),
            ("491711234567", "+491711234567"),
            ("+12025550123", "+12025550123"),
            ("+390612345678", "+390612345678"),
            ("+37255512345", "+37255512345"),
            ("+298201000", "+298201000"),
        ],
    )
    def test_prefixes_are_understood(self, text: str, number: str) -> None:
        assert RUSSIA.parse(text) == number

    @pytest.mark.parametrize("region", REGIONS)
    def test_double_zero_is_the_international_prefix_in_every_region(self, region: str) -> None:
        assert NumberingPlan(region).parse("0074959195557") == "+74959195557"
        assert NumberingPlan(region).parse("00442079460958") == "+442079460958"

    @pytest.mark.parametrize(
        ("region", "text", "number"),
        [
            ("US", "(202) 555-0123", "+12025550123"),
            ("US", "011442079460958", "+442079460958"),
            ("GB", "020 7946 0958", "+442079460958"),
            ("DE", "0171/1234567", "+491711234567"),
            ("IT", "06 1234 5678", "+390612345678"),
        ],
    )
    def test_other_regions_have_their_own_prefixes(self, region: str, text: str, number: str) -> None:
        assert NumberingPlan(region).parse(text) == number

    @pytest.mark.parametrize("text", ["4951110000", "84951119999", "+70001234567", "1234567890"])
    def test_a_possible_number_is_accepted_even_if_it_is_not_known_to_be_assigned(self, text: str) -> None:
        number = RUSSIA.parse(text)
        assert number is not None
        assert number.startswith("+7")

    def test_a_local_number_needs_the_area_code(self) -> None:
        assert RUSSIA.parse("919-55-57") is None
        assert MOSCOW.parse("919-55-57") == "+74959195557"


class TestWhatIsNoPublicNumber:
    @pytest.mark.parametrize("plan", [RUSSIA, MOSCOW, *map(NumberingPlan, REGIONS)], ids=str)
    @pytest.mark.parametrize(
        "text",
        ["0", "1", "02", "101", "112", "911", "103", "0890", "1042", "12345", "123456", "*2", "#72", "*8101", "+7112"],
    )
    def test_short_and_feature_codes_are_not(self, plan: NumberingPlan, text: str) -> None:
        assert plan.parse(text) is None

    def test_an_internal_extension_is_not_even_if_it_is_long(self) -> None:
        assert MOSCOW.parse("1234567") is None
        assert MOSCOW.parse("1234568") == "+74951234568"
        assert NumberingPlan("RU", internal=parse_devices("4950000000-4959999999")).parse("4959195557") is None

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            " ",
            "+",
            "++74959195557",
            "+7+4959195557",
            "anonymous",
            "Anonymous",
            "unknown",
            "<unknown>",
            "restricted",
            "unavailable",
            "' OR 1=1; --",
            "4959195557'; DROP TABLE contacts; --",
            "<b>4959195557</b>",
            "<script>alert(1)</script>",
            "📞4959195557",
            "☎️",
            "1-800-FLOWERS",
            "vasya",
            "vasya@example.com",
            "sip:4959195557@example.com",
            "4" * 300,
            "+" + "7" * 299,
            "x" * 300,
            "\x00",
            "4959195557\x00",
            "٤٩٥٩١٩٥٥٥٧",
            "+00000000000",
            "0000000000000",
            "+74959195557;ext=12",
        ],
    )
    def test_anything_else_is_none_and_raises_nothing(self, text: str | None) -> None:
        assert RUSSIA.parse(text) is None
        assert MOSCOW.parse(text) is None

    @given(st.text(max_size=80), st.sampled_from(REGIONS))
    @example("+7 495", "RU")
    def test_any_text_gives_e164_or_none(self, text: str, region: str) -> None:
        number = NumberingPlan(region).parse(text)
        assert number is None or E164.match(number)

    @given(st.from_regex(r"\+?[0-9 ()\-]{1,24}", fullmatch=True), st.sampled_from([RUSSIA, MOSCOW]))
    def test_what_looks_like_a_number_gives_e164_or_none(self, text: str, plan: NumberingPlan) -> None:
        number = plan.parse(text)
        assert number is None or E164.match(number)
        assert plan.parse(number) == number

    @given(st.integers(0, 999_999), st.sampled_from(REGIONS))
    def test_fewer_than_seven_digits_are_never_public(self, code: int, region: str) -> None:
        assert NumberingPlan(region, area_code="495").parse(str(code)) is None

    @given(st.integers(3_000_000_000, 9_999_999_999))
    def test_ten_national_digits_mean_the_same_after_every_prefix(self, national: int) -> None:
        assume(not str(national).startswith("810"))  # the international prefix, and no area's code
        for prefix in ("", "8", "7", "007", "8107"):
            assert RUSSIA.parse(f"{prefix}{national}") == RUSSIA.parse(f"+7{national}") == f"+7{national}"


class TestPlan:
    def test_an_unknown_region_is_refused(self) -> None:
        with pytest.raises(ValueError, match="two-letter country code"):
            NumberingPlan("XX")

    def test_an_area_code_is_digits(self) -> None:
        with pytest.raises(ValueError, match="only digits"):
            NumberingPlan("RU", area_code="(495)")

    def test_a_number_seen_before_costs_next_to_nothing(self) -> None:
        plan = NumberingPlan("RU")
        texts = [f"8495{number:07}" for number in range(500)]

        def all_parsed() -> float:
            began = time.perf_counter()
            for text in texts:
                plan.parse(text)
            return time.perf_counter() - began

        first = all_parsed()
        assert min(all_parsed() for _ in range(5)) < first / 5

    def test_a_held_number_matches_exactly_by_its_end_or_not(self) -> None:
        assert RUSSIA.match("+74959195557", "8 (495) 919-55-57") is MatchQuality.EXACT
        assert RUSSIA.match("+74959195557", "919-55-57") is MatchQuality.SUFFIX
        assert RUSSIA.match("+74959195557", "195557") is None
        assert RUSSIA.match("+74959195557", "+74959195558") is None
        assert RUSSIA.match("+74959195557", "") is None


class TestPresented:
    @pytest.mark.parametrize("text", ["+74959195557", "8 495 919", "101", "vasya", "<b>1</b>"])
    def test_it_is_kept_as_received(self, text: str) -> None:
        assert presentable(f" {text} ") == text

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            "  ",
            "anonymous",
            "Anonymous",
            "<unknown>",
            "Restricted",
            "PRIVATE",
            "unavailable",
            "Anonymous@anonymous.invalid",
        ],
    )
    def test_a_withheld_number_is_none(self, text: str | None) -> None:
        assert presentable(text) is None

    @given(st.text(max_size=400))
    def test_no_text_raises(self, text: str) -> None:
        assert presentable(text) in (None, text.strip())


class TestReading:
    def test_a_number_is_grouped(self) -> None:
        assert display("+74959195557") == "+7 495 919-55-57"
        assert display("+442079460958", "RU") == "+44 20 7946 0958"

    def test_a_number_of_the_own_region_can_be_written_as_there(self) -> None:
        assert display("+74959195557", "RU") == "8 (495) 919-55-57"

    def test_what_is_no_number_stays_as_it_is(self) -> None:
        assert display("101") == "101"


class TestExtension:
    @pytest.mark.parametrize(
        ("text", "parted"),
        [
            ("+7 495 919-55-57 доб. 12", ("+7 495 919-55-57", "12")),
            ("8(495)9195557, доб.301", ("8(495)9195557", "301")),
            ("8(495)9195557 (доб. 301)", ("8(495)9195557", "301")),
            ("+7 495 919-55-57 вн. 12", ("+7 495 919-55-57", "12")),
            ("+442079460958 ext. 7", ("+442079460958", "7")),
            ("+442079460958x7", ("+442079460958", "7")),
            ("+442079460958#7", ("+442079460958", "7")),
            ("+74959195557;ext=12", ("+74959195557", "12")),
            ("+74959195557", ("+74959195557", None)),
            ("vasya x 12", ("vasya x 12", None)),
        ],
    )
    def test_it_is_parted_from_the_number(self, text: str, parted: tuple[str, str | None]) -> None:
        assert split_extension(text) == parted

    @given(st.text(max_size=400))
    def test_no_text_raises(self, text: str) -> None:
        assert len(split_extension(text)[0]) <= max(len(text), 0)


class TestDevices:
    def test_ranges_names_and_patterns(self) -> None:
        devices = parse_devices("101-106, 201,3XX,_4X,reception")
        for name in ("101", "104", "106", "201", "300", "399", "47", "reception"):
            assert name in devices
        for name in ("100", "107", "0101", "1010", "3", "3000", "4", "Reception", "", "१०१"):
            assert name not in devices
        assert None not in devices

    def test_it_is_written_as_it_is_read(self) -> None:
        devices = parse_devices("201,101-106,3XX")
        assert parse_devices(str(devices)) == devices
        assert parse_devices(["201,101-106", "3XX"]) == devices

    def test_nothing_is_an_empty_set(self) -> None:
        assert not parse_devices("")
        assert not parse_devices(" , ")
        assert "101" not in parse_devices("")

    def test_leading_zeros_count(self) -> None:
        devices = parse_devices("001-010")
        assert "005" in devices
        assert "5" not in devices

    @pytest.mark.parametrize("text", ["106-101", "99-101", "101 102", "a b"])
    def test_what_cannot_be_meant_is_refused(self, text: str) -> None:
        with pytest.raises(DeviceListError):
            parse_devices(text)

    @given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999))
    def test_a_range_holds_what_lies_between(self, one: int, other: int, asked: int) -> None:
        low, high = sorted((one, other))
        assert (f"{asked:03}" in parse_devices(f"{low:03}-{high:03}")) == (low <= asked <= high)
