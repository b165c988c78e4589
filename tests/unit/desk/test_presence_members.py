"""Which change of a queue's member is ours, and which somebody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ringcard.calls.causes import DeviceState
from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.calls.queues import QueueMember, QueueState, QueueStateChanged
from ringcard.desk.presence.members import ECHO_S, UNPAUSED, Change, Members, Pause, Place

from .fakes import START

OFFICE = PbxId("office")
ALICE = DeviceId("101")
PLACE = Place(OFFICE, "sales", "Local/101@from-queue/n")
MEMBER = QueueMember(PLACE.interface, ALICE, None, DeviceState.IDLE, since=START)
LUNCH = Pause(True, "Lunch")


def paused(pause: Pause) -> QueueMember:
    return replace(MEMBER, paused=pause.paused, reason=pause.reason)


def hear(members: Members, *known: QueueMember, at: datetime = START) -> list[tuple[DeviceId, Change]]:
    state = QueueState(OFFICE, "sales", START, known)
    return members.hear(QueueStateChanged(OFFICE, START, "sales", state), at)


def seen() -> Members:
    members = Members()
    assert hear(members, MEMBER) == [(ALICE, Change.SEEN)]
    return members


def test_what_was_told_comes_back_as_an_echo_and_the_next_one_is_somebody_elses() -> None:
    members = seen()
    members.tell(PLACE, LUNCH, START)
    assert hear(members, paused(LUNCH)) == []
    assert hear(members, MEMBER) == [(ALICE, Change.PAUSED)]


def test_two_that_were_told_in_a_row_are_both_ours() -> None:
    members = seen()
    members.tell(PLACE, LUNCH, START)
    members.tell(PLACE, UNPAUSED, START)
    assert hear(members, paused(LUNCH)) == []
    assert hear(members, MEMBER) == []


def test_of_two_that_were_told_the_pbx_may_tell_only_the_last() -> None:
    members = seen()
    members.tell(PLACE, LUNCH, START)
    members.tell(PLACE, Pause(True, "Meeting"), START)
    assert hear(members, paused(Pause(True, "Meeting"))) == []
    assert hear(members, paused(LUNCH)) == [(ALICE, Change.PAUSED)], "this was somebody else"


def test_an_echo_that_never_came_is_not_waited_for_for_ever() -> None:
    members = seen()
    members.tell(PLACE, LUNCH, START)
    late = START + timedelta(seconds=ECHO_S + 1)
    assert hear(members, paused(LUNCH), at=late) == [(ALICE, Change.PAUSED)]


def test_what_could_not_be_told_is_not_expected() -> None:
    members = seen()
    members.tell(PLACE, LUNCH, START)
    members.not_told(PLACE, LUNCH)
    assert hear(members, paused(LUNCH)) == [(ALICE, Change.PAUSED)]


def test_a_member_that_talks_is_no_change_of_ours_nor_of_others() -> None:
    members = seen()
    assert hear(members, replace(MEMBER, state=DeviceState.BUSY, in_call=True)) == []


def test_a_membership_that_began_anew_has_forgotten() -> None:
    members = seen()
    members.tell(PLACE, LUNCH, START)
    hear(members, paused(LUNCH))
    restarted = replace(MEMBER, since=START + timedelta(hours=1))
    assert hear(members, restarted) == [(ALICE, Change.BEGUN_ANEW)]


def test_added_and_removed_is_told_unless_it_was_us() -> None:
    members = Members()
    assert hear(members) == []
    assert hear(members, MEMBER) == [(ALICE, Change.ADDED)]
    assert hear(members) == [(ALICE, Change.REMOVED)]
    members.add(OFFICE, "sales", ALICE, START)
    assert hear(members, MEMBER) == []
    members.remove(OFFICE, "sales", ALICE, START)
    assert hear(members) == []
    assert list(members.of(OFFICE, ALICE)) == []


def test_a_queue_that_is_gone_takes_its_members_with_it_and_that_is_nobodys_doing() -> None:
    members = seen()
    gone = QueueStateChanged(OFFICE, START, "sales", None)
    assert members.hear(gone, START) == []
    assert list(members.of(OFFICE, ALICE)) == []
    assert not members.knows(OFFICE, "sales")
