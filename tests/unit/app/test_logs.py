"""What is written to the log, and what never is."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ringcard.app.config import Log
from ringcard.app.logs import mask, set_up


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


def logged(settings: Log, **values: Any) -> dict[str, Any]:
    stream = io.StringIO()
    set_up(settings, stream)
    structlog.get_logger("test").info("call.seen", **values)
    line: dict[str, Any] = json.loads(stream.getvalue())
    return line


def test_a_line_is_one_json_object_with_a_time() -> None:
    line = logged(Log(), action="call_seen", pbx="office")
    assert (line["event"], line["action"], line["pbx"], line["level"]) == ("call.seen", "call_seen", "office", "info")
    assert line["timestamp"].endswith("Z")


def test_numbers_are_masked_wherever_they_stand() -> None:
    line = logged(Log(), number="+74959195557", detail="from 84959195557 to 101", all=["+74959195557"])
    assert line["number"] == "+749…57"
    assert line["detail"] == "from 8495…57 to 101"
    assert line["all"] == ["+749…57"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("+7 495 919-55-57", "+749…57"),
        ("8 (495) 919-55-57", "8495…57"),
        ("8 495 919 55 57", "8495…57"),
        ("sip:74959195557@198.51.100.7:5060", "sip:7495…57@198.51.100.7:5060"),
        ("number=%2B74959195557&limit=5", "number=+749…57&limit=5"),
        ("+44 20 7946 0018 at 9", "+442…18 at 9"),
        ("from +7 (495) 919-55-57 at 2026-11-23 09:00", "from +749…57 at 2026-11-23 09:00"),
    ],
)
def test_a_number_is_masked_however_it_is_written(text: str, written: str) -> None:
    assert mask(text) == written


@given(
    national=st.from_regex(r"[3489][0-9]{9}", fullmatch=True),
    spelling=st.sampled_from(
        [
            "sip:7{}{}{}{}@pbx",
            "tel:+7{}{}{}{}",
            "?q=%2B7{}{}{}{}",
            "+7\xa0({})\xa0{}-{}-{}",
            "+7{}{}{}{}",
            "8{}{}{}{}",
            "+7 {} {}-{}-{}",
            "8 ({}) {}-{}-{}",
            "8-{}-{}-{}-{}",
            "({}) {}-{}-{}",
        ],
    ),
    around=st.sampled_from(["{}", "from {} to 101", '{{"number": "{}"}}', "({})", "{}, then"]),
)
def test_no_spelling_leaves_a_number_to_call_back(national: str, spelling: str, around: str) -> None:
    parts = national[:3], national[3:6], national[6:8], national[8:]
    left = "".join(filter(str.isdigit, mask(around.format(spelling.format(*parts)))))
    assert national[3:] not in left


@given(
    st.one_of(
        st.datetimes().map(lambda at: at.isoformat()),
        st.datetimes().map(lambda at: at.strftime("%d.%m.%Y %H:%M:%S")),
        st.dates().map(str),
        st.times().map(str),
        st.uuids().map(str),
        st.floats(0, 1e6).map(lambda took: f"{took:.3f} s"),
        st.tuples(st.integers(10**9, 2 * 10**9), st.integers(0, 10**6)).map(lambda pair: f"office-{pair[0]}.{pair[1]}"),
        st.ip_addresses().map(str),
        st.integers(0, 999_999).map(str),
    )
)
def test_dates_times_ids_durations_and_addresses_stay_readable(text: str) -> None:
    assert mask(text) == text


def test_numbers_stay_if_an_administrator_wants_them() -> None:
    assert logged(Log(mask_numbers=False), number="+74959195557")["number"] == "+74959195557"


@pytest.mark.parametrize("name", ["secret", "ami_secret", "password", "session_token", "Authorization", "master_key"])
def test_a_secret_is_never_written(name: str) -> None:
    line = logged(Log(mask_numbers=False), **{name: "hunter2"})
    assert "hunter2" not in json.dumps(line)


@pytest.mark.parametrize(
    "text", ["101", "2026-11-23T09:00:00.000Z", "192.168.100.200:50380", "call-1795385230.12", "42"]
)
def test_what_is_no_phone_number_is_left_alone(text: str) -> None:
    assert mask(text) == text


def test_the_libraries_write_the_same_way() -> None:
    stream = io.StringIO()
    set_up(Log(), stream)
    logging.getLogger("uvicorn.error").error("no room for %s", "+74959195557")
    assert json.loads(stream.getvalue())["event"] == "no room for +749…57"


def test_what_is_below_the_level_is_not_written() -> None:
    stream = io.StringIO()
    set_up(Log(level="warning"), stream)
    structlog.get_logger("test").info("call.seen")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_traceback_shows_neither_local_variables_nor_numbers(style: Literal["console", "json"]) -> None:
    """With rich installed, which Litestar brings, structlog draws tracebacks with everything in them."""
    stream = io.StringIO()
    set_up(Log(format=style), stream)

    def breaks(cookie: str) -> None:
        raise ValueError("no answer for +74959195557")

    try:
        breaks("hunter" + "2")
    except ValueError:
        structlog.get_logger("test").exception("call.failed")
        logging.getLogger("uvicorn.error").exception("request failed")
    written = stream.getvalue()
    assert written.count("in breaks") == 2
    assert "hunter2" not in written
    assert "4959195557" not in written
