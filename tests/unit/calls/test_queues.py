"""Queues in memory: the last state of each, by PBX and name."""

from __future__ import annotations

from datetime import UTC, datetime

from ringcard.calls.causes import DeviceState
from ringcard.calls.events import DeviceStateChanged
from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.calls.queues import QueueCaller, QueueMember, QueueState, QueueStateChanged, QueueStates

AT = datetime(2026, 11, 28, tzinfo=UTC)
OFFICE, SHOP = PbxId("office"), PbxId("shop")


def member(device: str) -> QueueMember:
    return QueueMember(f"PJSIP/{device}", DeviceId(device), None, DeviceState.IDLE)


def told(pbx: PbxId, queue: str, *devices: str, waiting: int = 0) -> QueueStateChanged:
    callers = tuple(QueueCaller(CallId(f"c-{position}"), position, AT) for position in range(1, waiting + 1))
    return QueueStateChanged(pbx, AT, queue, QueueState(pbx, queue, AT, tuple(map(member, devices)), callers))


def test_the_last_state_of_each_queue_of_each_pbx_counts() -> None:
    queues = QueueStates()
    queues.hear([told(SHOP, "sales", "201"), told(OFFICE, "sales", "101"), told(OFFICE, "help")])
    queues.hear([told(OFFICE, "sales", "101", "102", waiting=2)])
    assert [(state.pbx, state.queue) for state in queues.all()] == [
        (OFFICE, "help"),
        (OFFICE, "sales"),
        (SHOP, "sales"),
    ]
    sales = queues.get(OFFICE, "sales")
    assert sales is not None
    assert [each.device for each in sales.members] == ["101", "102"]
    assert [each.position for each in sales.callers] == [1, 2]


def test_a_queue_that_is_gone_is_forgotten_and_other_events_are_none_of_its_business() -> None:
    queues = QueueStates()
    queues.hear([told(OFFICE, "sales", "101")])
    queues.hear([DeviceStateChanged(OFFICE, AT, DeviceId("101"), DeviceState.BUSY, "PJSIP/101")])
    queues.hear([QueueStateChanged(OFFICE, AT, "sales", None), QueueStateChanged(OFFICE, AT, "never", None)])
    assert queues.all() == ()
    assert queues.get(OFFICE, "sales") is None


def test_who_answers_for_which_queue_is_told_by_pbx_and_device() -> None:
    queues = QueueStates()
    queues.hear([told(OFFICE, "sales", "101", "102"), told(OFFICE, "help", "102"), told(SHOP, "sales", "102")])
    assert [state.queue for state in queues.of(OFFICE, DeviceId("102"))] == ["help", "sales"]
    assert queues.of(SHOP, DeviceId("101")) == ()
