"""Bytes split anywhere, garbage in between, messages nobody would send: nothing raises, nothing stays behind."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ringcard.calls.board import Board
from ringcard.calls.events import PbxEvent, StateEvent
from ringcard.calls.identifiers import PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.protocol import AmiProtocol, Message, Oversized
from ringcard.pbx.asterisk.replay import records
from ringcard.pbx.asterisk.session import PARSED
from ringcard.pbx.asterisk.translate import HANDLERS, Translator

RECORDED = sorted((Path(__file__).parent.parent / "traces").glob("**/*.raw"))
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
END = b"\r\n\r\n"

few = settings(derandomize=True, max_examples=100, deadline=None)


# -- bytes ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def recorded(path: Path) -> tuple[bytes, list[Message | Oversized]]:
    raw = path.read_bytes()
    return raw, AmiProtocol().receive(raw)


@few
@given(st.sampled_from(RECORDED), st.data())
def test_any_split_of_a_recorded_stream_gives_the_same_messages(path: Path, data: st.DataObject) -> None:
    raw, whole = recorded(path)
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=40).map(sorted))
    protocol = AmiProtocol()
    found = [message for start, end in pairwise([0, *cuts, len(raw)]) for message in protocol.receive(raw[start:end])]
    assert found == whole


@settings(few, max_examples=10)
@given(st.sampled_from([path for path in RECORDED if path.stat().st_size < 100_000]), st.integers(1, 7))
def test_a_stream_that_comes_in_drops_gives_the_same_messages(path: Path, size: int) -> None:
    raw, whole = recorded(path)
    protocol = AmiProtocol()
    found = [message for at in range(0, len(raw), size) for message in protocol.receive(raw[at : at + size])]
    assert found == whole


GARBAGE = st.binary(max_size=60) | st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b":", b": ", b"Event: ", b"Response", b"\0", b"\xff", b"x"]), max_size=12
).map(b"".join)
EVENTS = [Message(f"Event{number}", {"N": str(number)}) for number in range(6)]


def as_bytes(message: Message) -> bytes:
    return b"".join([b"Event: %s\r\n" % message.name.encode(), b"N: %s" % message.headers["N"].encode(), END])


def in_this_order(wanted: list[Message], found: list[Message | Oversized]) -> bool:
    rest = iter(found)
    return all(any(message == one for one in rest) for message in wanted)


@few
@given(st.lists(GARBAGE, min_size=len(EVENTS), max_size=len(EVENTS)))
def test_garbage_that_ends_costs_no_message(garbage: list[bytes]) -> None:
    data = b"".join(some + END + as_bytes(message) for some, message in zip(garbage, EVENTS, strict=True))
    assert in_this_order(EVENTS, AmiProtocol().receive(BANNER + data))


@few
@given(GARBAGE, st.integers(0, len(EVENTS) - 1))
def test_garbage_that_runs_into_a_message_costs_at_most_that_one(garbage: bytes, where: int) -> None:
    data = b"".join((garbage if number == where else b"") + as_bytes(message) for number, message in enumerate(EVENTS))
    spared = [message for number, message in enumerate(EVENTS) if number != where]
    assert in_this_order(spared, AmiProtocol().receive(BANNER + data))


# -- messages -------------------------------------------------------------------------------------------------------

CHANNELS = {
    "1.1": "PJSIP/trunk-00000001",
    "1.2": "PJSIP/101-00000002",
    "1.3": "PJSIP/102-00000003",
    "1.4": "Local/102@internal-00000004;1",
    "1.5": "Local/102@internal-00000004;2",
    "1.6": "SIP/103-00000006",
}
UIDS = st.sampled_from(list(CHANNELS))
PREFIXES = (
    *("", "Dest", "Transferer", "Transferee", "OrigTransferer", "SecondTransferer", "TransferTarget"),
    *("Parkee", "Retriever", "Target"),
)
ODD = ["", "0", "-1", "<unknown>", "9" * 40, "x", "²", "nan", "\ufffd", "Local/;1", "s"]
STATES = ["0", "4", "5", "6", "6", "7"]
EXTENSIONS = ["4951110101", "101", "102", "89031234567", "600", "*2", "s"]
VALUES: dict[str, list[str]] = {
    "BridgeUniqueid": ["b1", "b2"],
    "BridgeType": ["basic", "holding", "parking"],
    "BridgeCreator": ["", "Parking"],
    "BridgeNumChannels": ["0", "1", "2"],
    "Cause": ["16", "17", "18", "19", "21", "26", "0"],
    "DialStatus": ["ANSWER", "BUSY", "CANCEL", "CHANUNAVAIL", "NOANSWER"],
    "Forward": ["102", ""],
    "MusicClass": ["default"],
    "Extension": EXTENSIONS,
    "IsExternal": ["Yes", "No"],
    "Result": ["Success", "Fail"],
    "DestType": ["Bridge", "App", "Link", "Threeway", "Fail"],
    "DestBridgeUniqueid": ["b1", "b2"],
    "SecondBridgeUniqueid": ["b1", "b2"],
    "Newname": list(CHANNELS.values()),
    "ParkingSpace": ["701"],
    "ParkingDuration": ["3"],
    "ParkerDialString": ["PJSIP/101"],
    "Queue": ["sales"],
    "Duration": ["00:00:07"],
    "Application": ["Queue", "Dial", "AppDial"],
    "ApplicationData": ["sales,t"],
    "Data": ["sales"],
    "DNID": EXTENSIONS,
    "Variable": ["MIXMONITOR_FILENAME"],
    "Value": ["a.wav"],
    "Device": ["PJSIP/101", "PJSIP/trunk"],
    "State": ["NOT_INUSE", "INUSE", "RINGING"],
    "Response": ["Success", "Failure"],
    "Uptime": ["5", "100000"],
}


@st.composite
def ami_messages(draw: st.DrawFn, names: st.SearchStrategy[str]) -> Message:
    """A message with the headers it could have, some of them missing or odd."""
    headers: dict[str, str] = {}
    root = draw(UIDS)
    for prefix in PREFIXES:
        uid = draw(UIDS)
        headers |= {
            f"{prefix}Channel": CHANNELS[uid],
            f"{prefix}Uniqueid": uid,
            f"{prefix}Linkedid": draw(st.sampled_from([uid, root])),
            f"{prefix}ChannelState": draw(st.sampled_from(STATES)),
            f"{prefix}CallerIDNum": "89031234567" if uid == "1.1" else "101",
            f"{prefix}Exten": draw(st.sampled_from(EXTENSIONS)),
        }
    for header, values in VALUES.items():
        headers[header] = draw(st.sampled_from(values))
    for header in draw(st.lists(st.sampled_from(sorted(headers)), max_size=4)):
        odd = draw(st.none() | st.sampled_from(ODD))
        if odd is None:
            headers.pop(header, None)
        elif header != "Uniqueid":
            headers[header] = odd
    return Message(draw(names), headers)


FREQUENT = ["Newchannel", "Newstate", "DialBegin", "DialEnd", "BridgeEnter", "BridgeLeave", "Hold", "Hangup"]
NAMES = st.sampled_from(sorted(HANDLERS)) | st.sampled_from(FREQUENT)
WAITS = st.sampled_from([0.0, 0.01, 0.3, 5.0])


def about(name: str, uid: str, state: str, dest: str = "", **headers: str) -> Message:
    """A well-formed message about a channel of the customer's call, as a PBX sends it."""
    facts = {"Channel": CHANNELS[uid], "Uniqueid": uid, "Linkedid": "1.1", "ChannelState": state, "Exten": "4951110101"}
    facts["CallerIDNum"] = "89031234567" if uid == "1.1" else "101"
    if dest:
        facts |= {"DestChannel": CHANNELS[dest], "DestUniqueid": dest, "DestLinkedid": "1.1", "DestChannelState": "5"}
    return Message(name, facts | headers)


CALL = [
    about("Newchannel", "1.1", "4"),
    about("Newchannel", "1.2", "0"),
    about("DialBegin", "1.1", "4", dest="1.2"),
    about("Newstate", "1.2", "5"),
    about("Newchannel", "1.4", "0"),
    about("Newchannel", "1.5", "4"),
    about("DialBegin", "1.1", "4", dest="1.4"),
    about("Newchannel", "1.3", "0"),
    about("DialBegin", "1.5", "4", dest="1.3"),
    about("Newstate", "1.3", "5"),
    about("Newstate", "1.2", "6"),
    about("DialEnd", "1.1", "4", dest="1.2", DialStatus="ANSWER"),
    about("Newstate", "1.1", "6"),
    about("BridgeEnter", "1.1", "6", BridgeUniqueid="b1"),
    about("BridgeEnter", "1.2", "6", BridgeUniqueid="b1"),
    about("Hangup", "1.4", "5", Cause="26"),
    about("Hold", "1.2", "6", MusicClass="default"),
    about("Newchannel", "1.6", "4", Linkedid="1.6", Exten="102"),
    about("Newstate", "1.6", "6"),
    about("BridgeEnter", "1.6", "6", BridgeUniqueid="b2"),
    about("Unhold", "1.2", "6"),
    about("HangupRequest", "1.1", "6"),
    about("BridgeLeave", "1.2", "6", BridgeUniqueid="b1"),
]
"""Two phones ring, one directly and one through a Local channel; one answers, holds, and somebody else calls too."""

Steps = list[tuple[float, Message]]
RANDOM = st.lists(st.tuples(WAITS, ami_messages(NAMES)), max_size=25)


@st.composite
def spoilt_calls(draw: st.DrawFn) -> Steps:
    """The beginning of a real call, a few of its messages lost, anything in between and afterwards."""
    length = draw(st.integers(1, len(CALL)))
    lost = draw(st.sets(st.integers(1, len(CALL)), max_size=3))
    steps: Steps = [(draw(WAITS), message) for at, message in enumerate(CALL[:length]) if at not in lost]
    for between in draw(st.lists(st.tuples(WAITS, ami_messages(NAMES)), max_size=8)):
        steps.insert(draw(st.integers(0, len(steps))), between)
    return steps


def translator() -> Translator:
    ours = parse_devices("101-106")
    return Translator(PbxId("pbx"), DeviceNames(ours), NumberingPlan("RU", None, ours))


def all_hang_up(heard: Translator, now_s: float) -> list[PbxEvent]:
    """Every channel that was ever spoken of is gone, and time passes."""
    events: list[PbxEvent] = []
    known = {*CHANNELS, *ODD, *heard.mirror.channels}
    for uid in sorted(known - {""}):
        events += heard.receive(Message("Hangup", {"Uniqueid": uid, "Cause": "16"}), now_s)
    for later_s in (0.05, 0.4, 60.0, 3600.0):
        events += heard.tick(now_s + later_s)
    return events


def test_every_event_that_is_read_can_be_drawn() -> None:
    assert set(FREQUENT) <= set(HANDLERS) <= PARSED


def raises_nothing_and_leaves_no_call(steps: Steps) -> None:
    heard, board, now_s = translator(), Board(), 1000.0
    heard.connected(now_s)
    events: list[PbxEvent] = []
    for wait_s, message in steps:
        now_s += wait_s
        events += heard.tick(now_s)
        events += heard.receive(message, now_s)
    events += all_hang_up(heard, now_s + 1.0)
    for event in events:
        if not isinstance(event, StateEvent):
            board.apply(event)
    assert heard.mirror.channels == {}
    assert heard.calls == {}
    assert board.calls == {}
    for record in records(events):
        assert record.ended_at is not None
        assert min(record.talk_s, record.hold_s, record.ring_s, record.wait_s) >= 0


@few
@given(RANDOM)
def test_any_messages_in_any_order_raise_nothing_and_leave_no_call(steps: Steps) -> None:
    raises_nothing_and_leaves_no_call(steps)


@settings(few, max_examples=200)
@given(spoilt_calls())
def test_a_call_with_anything_in_between_raises_nothing_and_leaves_no_call(steps: Steps) -> None:
    raises_nothing_and_leaves_no_call(steps)


def test_the_call_that_is_spoilt_is_one_that_rings_two_phones_and_is_answered() -> None:
    heard = translator()
    events = [event for at, message in enumerate(CALL) for event in heard.receive(message, 1000.0 + at)]
    (inbound, internal) = records([*events, *all_hang_up(heard, 1100.0)])
    outcomes = [(stint.device, stint.outcome) for stint in inbound.devices]
    assert outcomes == [("101", "answered"), ("102", "cancelled")]
    assert inbound.holds
    assert internal.caller.device == "103"
