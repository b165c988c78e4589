"""The manager's bytes, clause by clause. Source: Asterisk documentation, "Asterisk Manager TCP IP API"."""

from __future__ import annotations

import pytest

from ringcard.pbx.asterisk.protocol import (
    LAYOUTS_EACH,
    AmiProtocol,
    LocalAmiError,
    Message,
    Oversized,
    RemoteAmiError,
    action,
    parse,
)

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def heard(data: bytes, **options: object) -> list[Message | Oversized]:
    return AmiProtocol(**options).receive(BANNER + data)  # type: ignore[arg-type]


def test_the_banner_tells_the_version_of_the_manager() -> None:
    protocol = AmiProtocol()
    assert protocol.receive(b"Asterisk Call") == []
    assert protocol.version is None
    protocol.receive(b" Manager/11.0.0\r\n")
    assert protocol.version == "11.0.0"


@pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x01\x02"])
def test_something_else_on_that_port_is_refused_with_what_it_said(data: bytes) -> None:
    with pytest.raises(RemoteAmiError, match="Check host and port"):
        AmiProtocol().receive(data)


def test_a_banner_without_end_is_refused() -> None:
    with pytest.raises(RemoteAmiError, match="no end"):
        AmiProtocol().receive(b"Asterisk Call Manager/" + b"1" * 300)


def test_an_event_is_its_name_and_its_headers() -> None:
    (message,) = heard(b"Event: Hangup\r\nUniqueid: 1.2\r\nCause: 16\r\n\r\n")
    assert message == Message("Hangup", {"Uniqueid": "1.2", "Cause": "16"})


def test_a_response_has_no_name() -> None:
    (message,) = heard(b"Response: Success\r\nActionID: 7\r\n\r\n")
    assert isinstance(message, Message)
    assert message.is_response
    assert message.succeeded
    assert message.action_id == "7"


def test_an_event_header_that_is_not_the_first_is_a_header() -> None:
    (message,) = heard(b"Response: Success\r\nEvent: Hangup\r\n\r\n")
    assert isinstance(message, Message)
    assert message.name == ""
    assert message.headers["Event"] == "Hangup"


@pytest.mark.parametrize("stray", [b"\r\n", b"\r\n\r\n", b"\r\n\r\n\r\n"])
def test_empty_lines_between_messages_are_skipped(stray: bytes) -> None:
    event = b"Event: A\r\nX: 1\r\n\r\n"
    assert heard(event + stray + event) == [Message("A", {"X": "1"})] * 2


def test_of_a_header_that_comes_twice_the_first_counts() -> None:
    assert heard(b"Event: A\r\nV: 1\r\nV: 2\r\n\r\n") == [Message("A", {"V": "1"})]


def test_a_header_without_a_space_or_value_and_a_line_that_is_no_header() -> None:
    (message,) = heard(b"Event: A\r\nNear:1\r\nEmpty: \r\nBare:\r\nnonsense\r\n\r\n")
    assert message == Message("A", {"Near": "1", "Empty": "", "Bare": ""})


def test_a_value_may_have_colons() -> None:
    assert heard(b"Event: A\r\nX: sip:a@b: 5\r\n\r\n") == [Message("A", {"X": "sip:a@b: 5"})]


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert heard(b"Event: A\r\nX: \xff\xfeab\r\n\r\n") == [Message("A", {"X": "\ufffd\ufffdab"})]


def test_a_character_split_over_two_reads_is_whole() -> None:
    data = BANNER + "Event: A\r\nName: Алёна 🙂\r\n\r\n".encode()
    for cut in range(len(data)):
        protocol = AmiProtocol()
        assert protocol.receive(data[:cut]) + protocol.receive(data[cut:]) == [Message("A", {"Name": "Алёна 🙂"})]


def test_a_message_without_end_waits() -> None:
    protocol = AmiProtocol()
    assert protocol.receive(BANNER + b"Event: A\r\nX: 1\r\n") == []
    assert protocol.receive(b"\r\n") == [Message("A", {"X": "1"})]


def test_a_line_of_ten_megabytes_is_thrown_away_and_said_so_and_what_follows_is_heard() -> None:
    protocol = AmiProtocol(limit_bytes=1 << 16)
    protocol.receive(BANNER)
    found: list[Message | Oversized] = []
    for piece in (b"Event: A\r\nX: ", *[b"x" * 100_000] * 100, b"\r\n\r\nEvent: B\r\n\r\n"):
        found += protocol.receive(piece)
    big, after = found
    assert isinstance(big, Oversized)
    assert big.size_bytes > 10_000_000
    assert after == Message("B", {})


def test_events_that_nobody_wants_are_skipped_and_counted_and_responses_never() -> None:
    protocol = AmiProtocol(["Hangup"])
    data = b"Event: VarSet\r\nX: 1\r\n\r\nEvent: Hangup\r\n\r\nResponse: Success\r\n\r\n"
    assert [m.name for m in protocol.receive(BANNER + data) if isinstance(m, Message)] == ["Hangup", ""]
    assert protocol.skipped == 1


def test_of_the_variables_only_those_that_are_read_are_parsed() -> None:
    protocol = AmiProtocol(["VarSet"], variables=["FILE"])
    names = ("FILE", "FILES", "OTHER")
    data = b"".join(b"Event: VarSet\r\nVariable: %s\r\nValue: 1\r\n\r\n" % name.encode() for name in names)
    assert protocol.receive(BANNER + data) == [Message("VarSet", {"Variable": "FILE", "Value": "1"})]
    assert protocol.skipped == 2


def test_headers_that_nobody_reads_are_left_out_of_wanted_events_from_the_first_on() -> None:
    data = b"Event: A\r\nX: 1\r\nLanguage: ru\r\nY: 2\r\n\r\n"
    assert heard(data * 3, wanted=["A"], unread=["Language"]) == [Message("A", {"X": "1", "Y": "2"})] * 3


def test_responses_keep_every_header() -> None:
    (message,) = heard(b"Response: Success\r\nLanguage: ru\r\n\r\n", wanted=["A"], unread=["Language"])
    assert message == Message("", {"Response": "Success", "Language": "ru"})


@pytest.mark.parametrize(
    "other",
    [
        b"Event: A\r\nX: 1",
        b"Event: A\r\nX: 1\r\nY: 2\r\nZ: 3",
        b"Event: A\r\nY: 2\r\nX: 1",
        b"Event: A\r\nX: 1\r\nX: 2",
        b"Event: A\r\nX:1\r\nY: 2",
        b"Event: A\r\nX: \r\nY: ",
        b"Event: A\r\nX: 1\rY: 3\r\nY: 2",
        b"Event: A\r\nX: Y: 3\nY: 4\r\nY: 2",
        b"Event: A\r\nX: \xff\r\nY: \xd0\x90",
        b"Event: A",
    ],
)
def test_an_event_that_is_written_unlike_those_before_is_read_all_the_same(other: bytes) -> None:
    usual = b"Event: A\r\nX: 1\r\nY: 2"
    messages = [usual, other, other, usual]
    assert heard(b"".join(raw + b"\r\n\r\n" for raw in messages), wanted=["A"]) == [parse(raw) for raw in messages]


def test_an_event_that_is_written_in_ever_new_ways_is_read_all_the_same() -> None:
    messages = [b"Event: A\r\nX%d: %d" % (number, number) for number in range(3 * LAYOUTS_EACH)] * 2
    assert heard(b"".join(raw + b"\r\n\r\n" for raw in messages), wanted=["A"]) == [parse(raw) for raw in messages]


def test_unknown_in_angle_brackets_is_empty() -> None:
    (message,) = heard(b"Event: A\r\nCallerIDNum: <unknown>\r\n\r\n")
    assert isinstance(message, Message)
    assert message.get("CallerIDNum") == ""
    assert message.get("Missing", "x") == "x"


def test_an_action_is_written_with_its_lists_repeated() -> None:
    sent = action("Originate", {"Variable": ["a=1", "b=2"]}, action_id="9")
    assert sent == b"Action: Originate\r\nActionID: 9\r\nVariable: a=1\r\nVariable: b=2\r\n\r\n"


@pytest.mark.parametrize("text", ["1\r\nAction: Command", "1\n2", "1\0"])
def test_an_action_that_would_become_another_is_not_written(text: str) -> None:
    with pytest.raises(LocalAmiError, match="nothing was sent"):
        action("Hangup", {"Channel": text})
