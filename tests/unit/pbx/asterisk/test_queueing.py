"""Queues from Asterisk's list and events: members, pauses and reasons, who waits and where in line."""

from __future__ import annotations

from ringcard.calls.causes import DeviceState
from ringcard.calls.identifiers import PbxId
from ringcard.calls.queues import QueueState, QueueStateChanged
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.asterisk.tracked import moment
from ringcard.pbx.asterisk.translate import Translator

T0 = 1_795_385_230.0


class Heard:
    """A translator of a company with the phones 101-110."""

    def __init__(self) -> None:
        ours = parse_devices("101-110")
        self.translator = Translator(PbxId("office"), DeviceNames(ours), NumberingPlan("RU", None, ours))
        self.now_s = T0
        self.translator.connected(T0)

    def hears(self, name: str, **headers: str) -> list[QueueStateChanged]:
        self.now_s += 1.0
        events = self.translator.receive(Message(name, headers), self.now_s)
        return [event for event in events if isinstance(event, QueueStateChanged)]

    def lists(self, *items: tuple[str, dict[str, str]]) -> list[QueueStateChanged]:
        for name, headers in items:
            assert self.hears(name, **headers) == []
        return self.hears("QueueStatusComplete")

    def calls(self, uid: str, number: str = "+74959195557") -> None:
        self.hears(
            "Newchannel",
            Channel=f"PJSIP/trunk-{uid}",
            Uniqueid=uid,
            Linkedid=uid,
            ChannelState="4",
            CallerIDNum=number,
            Exten="4951110500",
        )

    def joins(self, uid: str, position: int, queue: str = "sales") -> QueueState:
        (event,) = self.hears("QueueCallerJoin", Queue=queue, Uniqueid=uid, Position=str(position))
        assert event.state is not None
        return event.state


def queue(name: str = "sales") -> tuple[str, dict[str, str]]:
    return "QueueParams", {"Queue": name}


def member(device: str, name: str = "sales", **more: str) -> tuple[str, dict[str, str]]:
    interface = f"PJSIP/{device}"
    return "QueueMember", {"Queue": name, "Location": interface, "StateInterface": interface, "Status": "1", **more}


def waiting(uid: str, position: int, wait_s: int, name: str = "sales") -> tuple[str, dict[str, str]]:
    return "QueueEntry", {"Queue": name, "Uniqueid": uid, "Position": str(position), "Wait": str(wait_s)}


def only(events: list[QueueStateChanged]) -> QueueState:
    (event,) = events
    assert event.state is not None
    assert (event.queue, event.at) == (event.state.queue, event.state.at)
    return event.state


def in_line(state: QueueState) -> list[int]:
    return [caller.position for caller in state.callers]


def test_nothing_is_told_of_a_queue_before_the_list_is_complete() -> None:
    pbx = Heard()
    assert pbx.hears("QueueCallerJoin", Queue="sales", Uniqueid="1.1", Position="1") == []
    assert pbx.hears("QueueMemberStatus", Queue="sales", Interface="PJSIP/101", Status="1") == []


def test_a_list_tells_members_by_interface_and_callers_by_position() -> None:
    pbx = Heard()
    pbx.calls("1.1")
    state = only(pbx.lists(queue(), member("102"), member("101", Name="Alice One"), waiting("1.1", 1, 7)))
    assert [(each.interface, each.device, each.name) for each in state.members] == [
        ("PJSIP/101", "101", "Alice One"),
        ("PJSIP/102", "102", None),
    ]
    (call_id,) = pbx.translator.calls
    (caller,) = state.callers
    assert (caller.call_id, caller.position) == (call_id, 1)
    assert abs((moment(pbx.now_s) - caller.since).total_seconds() - 7) <= 1.0


def test_a_list_that_says_the_same_tells_nothing_and_keeps_since_when_somebody_waits() -> None:
    pbx = Heard()
    pbx.lists(queue(), member("101"))
    pbx.calls("1.1")
    since = pbx.joins("1.1", 1).callers[0].since
    assert pbx.lists(queue(), member("101"), waiting("1.1", 1, 1)) == []
    assert only(pbx.lists(queue(), waiting("1.1", 1, 1))).callers[0].since == since


def test_all_that_is_told_of_a_member() -> None:
    pbx = Heard()
    state = only(
        pbx.lists(
            queue(),
            member(
                "101",
                Status="8",
                Paused="1",
                PausedReason="lunch",
                LastPause=str(int(T0)),
                InCall="1",
                Membership="dynamic",
                Penalty="3",
                CallsTaken="12",
                LastCall=str(int(T0) - 60),
                LoginTime=str(int(T0) - 3600),
            ),
        )
    )
    (each,) = state.members
    assert (each.state, each.paused, each.reason, each.paused_since) == (DeviceState.HELD, True, "lunch", moment(T0))
    assert (each.in_call, each.dynamic, each.penalty, each.calls_taken) == (True, True, 3, 12)
    assert (each.last_call_at, each.since) == (moment(T0 - 60), moment(T0 - 3600))


def test_never_is_nothing_and_a_reason_that_is_left_over_is_none() -> None:
    pbx = Heard()
    (each,) = only(
        pbx.lists(queue(), member("101", Paused="0", PausedReason="lunch", LastPause="5", LastCall="0", LoginTime="0"))
    ).members
    assert (each.paused, each.reason, each.paused_since) == (False, None, None)
    assert (each.last_call_at, each.since) == (None, None)


def test_a_member_is_added_paused_and_removed() -> None:
    pbx = Heard()
    pbx.lists(queue())
    who = {"Queue": "sales", "Interface": "PJSIP/103", "MemberName": "Carol", "Status": "1", "Membership": "dynamic"}
    added = only(pbx.hears("QueueMemberAdded", **who))
    assert [(each.device, each.name, each.paused) for each in added.members] == [("103", "Carol", False)]
    paused = only(pbx.hears("QueueMemberPause", **who, Paused="1", PausedReason="lunch"))
    assert [(each.paused, each.reason) for each in paused.members] == [(True, "lunch")]
    assert pbx.hears("QueueMemberStatus", **who, Paused="1", PausedReason="lunch") == []
    assert only(pbx.hears("QueueMemberRemoved", **who)).members == ()


def test_who_leaves_lets_the_others_move_up_and_who_is_let_in_front_moves_them_back() -> None:
    pbx = Heard()
    pbx.lists(queue())
    for uid in ("1.1", "1.2", "1.3"):
        pbx.calls(uid)
    pbx.joins("1.1", 1)
    second = pbx.joins("1.2", 2).callers[1].call_id
    first_in_line = pbx.joins("1.3", 1)
    assert in_line(first_in_line) == [1, 2, 3]
    assert first_in_line.callers[2].call_id == second
    after = only(pbx.hears("QueueCallerLeave", Queue="sales", Uniqueid="1.3"))
    assert [caller.call_id for caller in after.callers][1] == second
    assert pbx.hears("QueueCallerLeave", Queue="sales", Uniqueid="9.9") == []


def test_a_queue_that_is_no_longer_listed_is_gone_and_so_is_who_waited() -> None:
    pbx = Heard()
    pbx.lists(queue("help"), queue(), member("101"))
    assert [(event.queue, event.state) for event in pbx.lists(queue(), member("101"))] == [("help", None)]


def test_who_comes_while_the_list_is_told_is_not_lost() -> None:
    pbx = Heard()
    pbx.lists(queue(), member("101"))
    pbx.calls("1.1")
    pbx.hears("QueueParams", Queue="sales")
    pbx.hears("QueueMember", Queue="sales", Location="PJSIP/101", StateInterface="PJSIP/101", Status="1")
    assert in_line(pbx.joins("1.1", 1)) == [1]
    assert pbx.hears("QueueStatusComplete") == []


def test_a_member_who_is_none_of_our_phones_has_no_device() -> None:
    pbx = Heard()
    state = only(pbx.lists(queue(), ("QueueMember", {"Queue": "sales", "Location": "Local/89991234567@out/n"})))
    assert [(each.device, each.state) for each in state.members] == [(None, DeviceState.UNKNOWN)]


def test_what_names_no_queue_or_no_member_changes_nothing() -> None:
    pbx = Heard()
    pbx.lists(queue())
    for name in ("QueueMemberStatus", "QueueMemberRemoved", "QueueCallerJoin", "QueueCallerLeave", "QueueEntry"):
        assert pbx.hears(name) == []
    assert pbx.hears("QueueMemberStatus", Queue="sales") == []
    huge = str(10**18)
    state = only(
        pbx.hears("QueueMemberStatus", Queue="sales", Interface="PJSIP/101", LastCall=huge, LoginTime=huge, Status=huge)
    )
    assert (state.members[0].last_call_at, state.members[0].state) == (None, DeviceState.UNKNOWN)
