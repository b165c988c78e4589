"""The pop at one device, as the call's record changes.

Over 400 lines: one board, looked at from every side.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ringcard.calls.causes import Direction, Outcome, TransferKind
from ringcard.calls.events import Party
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId
from ringcard.calls.record import CallRecord, ConsultationCall, DeviceStint, Gap, Hold, Transfer
from ringcard.contacts.model import Contact, ContactId, Kind
from ringcard.desk.pop import Colleague, Findings, Mark, Pop, PopState, SourceReport, SourceStatus
from ringcard.desk.pops import Pops

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAMES = {"101": "Anna", "102": "Boris", "103": "Vera"}
CUSTOMER = Party(number="+74959195557", presented="84959195557")
COMPANY = Party(number="+74951234567", presented="74951234567")


CARD = Contact(ContactId("k1"), 1, Kind.PERSON, "Ivanov", START, START, vip=True)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def colleague_at(device: DeviceId) -> Colleague | None:
    name = NAMES.get(device)
    return Colleague(f"e{device}", name, device) if name else None


def record(*devices: DeviceStint, call_id: str = "c1") -> CallRecord:
    return CallRecord(
        call_id=CallId(call_id),
        conversation_id=ConversationId(call_id),
        direction=Direction.INBOUND,
        pbx_ids=(),
        gaps=(),
        caller=CUSTOMER,
        called=COMPANY,
        queue=None,
        started_at=START,
        answered_at=None,
        ended_at=None,
        disposition=None,
        ended_by=None,
        devices=devices,
        holds=(),
        transfers=(),
        consultations=(),
        conference=False,
        recordings=(),
        talk_s=0,
        hold_s=0,
        ring_s=0,
        wait_s=0,
        complete=True,
        anomalies=(),
    )


def stint(
    device: str,
    rings: float | None = 1,
    answers: float | None = None,
    leaves: float | None = None,
    outcome: Outcome | None = None,
) -> DeviceStint:
    return DeviceStint(
        device=DeviceId(device),
        ringing_at=None if rings is None else after(rings),
        answered_at=None if answers is None else after(answers),
        left_at=None if leaves is None else after(leaves),
        outcome=outcome,
        talk_s=0,
        hold_s=0,
    )


def pops() -> Pops:
    return Pops(colleague_at)


def by_device(changed: tuple[Pop, ...]) -> dict[str, Pop]:
    return {pop.device: pop for pop in changed}


class TestAlerting:
    def test_a_device_that_alerts_has_a_pop_with_number_and_what_was_dialled(self) -> None:
        (pop,) = pops().see(record(stint("101")), after(1))
        assert pop.state is PopState.RINGING
        assert (pop.caller, pop.called, pop.ringing_at, pop.revision) == (CUSTOMER, COMPANY, after(1), 1)
        assert pop.mark is Mark.UNKNOWN

    def test_the_same_record_again_changes_nothing(self) -> None:
        board = pops()
        board.see(record(stint("101")), after(1))
        assert board.see(record(stint("101")), after(2)) == ()

    def test_a_device_that_was_busy_never_alerted_and_has_no_pop(self) -> None:
        busy = stint("101", rings=None, leaves=1, outcome=Outcome.BUSY)
        assert pops().see(record(busy), after(1)) == ()

    def test_two_calls_at_one_device_are_two_pops(self) -> None:
        board = pops()
        board.see(record(stint("101")), after(1))
        board.see(record(stint("101"), call_id="c2"), after(2))
        assert {pop.call_id for pop in board.visible()} == {"c1", "c2"}

    def test_a_withheld_number_says_so(self) -> None:
        (pop,) = pops().see(replace(record(stint("101")), caller=Party()), after(1))
        assert pop.mark is Mark.WITHHELD

    def test_an_internal_call_shows_the_colleague_to_both(self) -> None:
        call = replace(
            record(stint("102")),
            direction=Direction.INTERNAL,
            caller=Party(device=DeviceId("101"), presented="101"),
            called=Party(device=DeviceId("102"), presented="102"),
        )
        seen = by_device(pops().see(call, after(1)))
        assert seen["102"].colleague == Colleague("e101", "Anna", DeviceId("101"))
        assert seen["102"].state is PopState.RINGING
        assert seen["101"].colleague == Colleague("e102", "Boris", DeviceId("102"))
        assert seen["101"].state is PopState.ACTIVE
        assert {pop.mark for pop in seen.values()} == {Mark.COLLEAGUE}


class TestAnswering:
    def test_the_device_that_answers_becomes_active_and_the_others_say_who_it_was(self) -> None:
        board = pops()
        board.see(record(stint("101"), stint("102")), after(1))
        answered = record(
            stint("101", answers=4),
            stint("102", leaves=4, outcome=Outcome.ANSWERED_ELSEWHERE),
        )
        seen = by_device(board.see(answered, after(4)))
        assert seen["101"].state is PopState.ACTIVE
        assert seen["102"].state is PopState.ANSWERED_ELSEWHERE
        assert seen["102"].answered_by is not None
        assert (seen["102"].answered_by.device, seen["102"].answered_by.name) == ("101", "Anna")
        assert seen["102"].revision == 2

    def test_the_name_follows_when_the_pbx_takes_the_losers_off_before_it_tells_the_winner(self) -> None:
        board = pops()
        lost = stint("102", leaves=4, outcome=Outcome.ANSWERED_ELSEWHERE)
        board.see(record(stint("101"), stint("102")), after(1))
        (pop,) = board.see(record(stint("101"), lost), after(4))
        assert pop.answered_by is None
        seen = by_device(board.see(record(stint("101", answers=4), lost), after(4)))
        assert seen["102"].answered_by is not None
        assert seen["102"].answered_by.name == "Anna"

    def test_what_was_answered_while_nobody_listened_is_active(self) -> None:
        """That it was answered is known from the snapshot, when is not."""
        board = pops()
        board.see(record(stint("101")), after(1))
        (pop,) = board.see(record(stint("101", outcome=Outcome.ANSWERED)), after(9))
        assert (pop.state, pop.answered_at) == (PopState.ACTIVE, None)
        (pop,) = board.see(record(stint("101", leaves=20, outcome=Outcome.ANSWERED)), after(20))
        assert pop.state is PopState.ENDED

    def test_held_and_retrieved(self) -> None:
        board = pops()
        talking = record(stint("101", answers=2))
        board.see(talking, after(2))
        held = replace(talking, holds=(Hold("101", after(3), None),))
        assert board.see(held, after(3))[0].state is PopState.HELD
        retrieved = replace(talking, holds=(Hold("101", after(3), after(5)),))
        assert board.see(retrieved, after(5))[0].state is PopState.ACTIVE

    def test_a_hold_by_the_customer_leaves_it_active(self) -> None:
        board = pops()
        talking = record(stint("101", answers=2))
        board.see(talking, after(2))
        assert board.see(replace(talking, holds=(Hold("customer", after(3), None),)), after(3)) == ()

    def test_nobody_answered_is_missed(self) -> None:
        board = pops()
        board.see(record(stint("101")), after(1))
        over = replace(record(stint("101", leaves=9, outcome=Outcome.CANCELLED)), ended_at=after(9))
        assert board.see(over, after(9))[0].state is PopState.MISSED

    @pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.NO_ANSWER])
    def test_a_restart_of_the_pbx_that_calls_back_for_an_instant_or_not_ends_the_call(self, outcome: Outcome) -> None:
        gaps = (Gap(after(5), after(9)),)
        for rows in ((), (stint("101", rings=6, leaves=9, outcome=outcome),)):
            board = pops()
            talked = stint("101", answers=2, leaves=6, outcome=Outcome.ANSWERED)
            board.see(record(stint("101", answers=2)), after(2))
            over = replace(record(talked, *rows), ended_at=after(9), ended_by="system", gaps=gaps)
            assert board.see(over, after(9))[-1].state is PopState.ENDED

    def test_a_call_that_comes_back_and_is_not_answered_is_missed(self) -> None:
        board = pops()
        talked = stint("101", answers=2, leaves=6, outcome=Outcome.ANSWERED)
        board.see(record(stint("101", answers=2)), after(2))
        back = stint("101", rings=7, leaves=9, outcome=Outcome.NO_ANSWER)
        over = replace(record(talked, back), ended_at=after(9), ended_by="system")
        assert board.see(over, after(9))[-1].state is PopState.MISSED

    def test_a_call_that_ends_without_telling_about_the_device_does_not_leave_it_ringing(self) -> None:
        board = pops()
        board.see(record(stint("101")), after(1))
        (pop,) = board.see(replace(record(stint("101")), ended_at=after(9)), after(9))
        assert (pop.state, pop.ended_at) == (PopState.MISSED, after(9))

    def test_whoever_rejects_a_call_did_not_miss_it(self) -> None:
        board = pops()
        board.see(record(stint("101")), after(1))
        assert board.see(record(stint("101", leaves=3, outcome=Outcome.REJECTED)), after(3))[0].state is PopState.ENDED

    def test_picking_up_a_call_that_rang_elsewhere_gives_a_pop(self) -> None:
        picked = replace(
            record(
                stint("102", leaves=3, outcome=Outcome.ANSWERED_ELSEWHERE),
                stint("101", rings=None, answers=3),
            ),
            transfers=(Transfer(TransferKind.PICKUP, DeviceId("101"), "101", after(3), completed=True),),
        )
        (pop,) = pops().see(picked, after(3))
        assert (pop.device, pop.state, pop.transferred_by) == ("101", PopState.ACTIVE, None)


class TestHandingOver:
    def test_the_pop_says_who_handed_the_call_over(self) -> None:
        call = replace(
            record(stint("101", answers=2, leaves=5, outcome=Outcome.ANSWERED), stint("102", rings=5)),
            transfers=(Transfer(TransferKind.BLIND, DeviceId("101"), "102", after(5), completed=False),),
        )
        (pop,) = pops().see(call, after(5))
        assert pop.device == "102"
        assert pop.transferred_by is not None
        assert pop.transferred_by.name == "Anna"

    def test_what_the_pbx_said_of_it_comes_first(self) -> None:
        board = pops()
        board.handed_over(CallId("c1"), DeviceId("102"), DeviceId("103"))
        (pop,) = board.see(record(stint("102")), after(1))
        assert pop.transferred_by is not None
        assert pop.transferred_by.name == "Vera"

    def test_a_consulted_colleague_sees_the_customers_card_before_the_call_is_his(self) -> None:
        board = pops()
        talking = record(stint("101", answers=2))
        board.see(talking, after(2))
        side = ConsultationCall(DeviceId("101"), "102", after(5), after(6), None, None, None)
        asking, pop = board.see(replace(talking, consultations=(side,)), after(6))
        assert asking.consultation is not None
        assert (asking.consultation.to, asking.consultation.state) == ("102", "ringing")
        assert (pop.device, pop.state, pop.caller) == ("102", PopState.RINGING, CUSTOMER)
        assert pop.consulted_by is not None
        assert pop.consulted_by.name == "Anna"

        side = replace(side, answered_at=after(8))
        asking, pop = board.see(replace(talking, consultations=(side,)), after(8))
        assert pop.state is PopState.ACTIVE
        assert asking.consultation is not None
        assert asking.consultation.state == "talking"

        waits = replace(side, waits_since=after(9))
        (asking,) = board.see(replace(talking, consultations=(waits,)), after(9))
        assert asking.consultation is not None
        assert (asking.consultation.state, asking.consultation.since) == ("on_hold", after(9))

        handed = replace(
            record(
                stint("101", answers=2, leaves=12, outcome=Outcome.ANSWERED),
                stint("102", rings=None, answers=12),
            ),
            consultations=(replace(side, ended_at=after(12), outcome=Outcome.ANSWERED),),
            transfers=(Transfer(TransferKind.ATTENDED, DeviceId("101"), "102", after(5), completed=True),),
        )
        seen = by_device(board.see(handed, after(12)))
        assert (seen["102"].state, seen["102"].consulted_by) == (PopState.ACTIVE, None)
        assert seen["102"].transferred_by is not None
        assert seen["101"].state is PopState.ENDED

    def test_a_consultation_that_is_taken_back_ends_the_colleagues_pop(self) -> None:
        board = pops()
        talking = record(stint("101", answers=2))
        side = ConsultationCall(DeviceId("101"), "102", after(5), after(6), after(7), None, None)
        board.see(replace(talking, consultations=(side,)), after(7))
        side = replace(side, ended_at=after(9), outcome=Outcome.ANSWERED)
        asking, pop = board.see(replace(talking, consultations=(side,)), after(9))
        assert asking.consultation is None
        assert (pop.device, pop.state) == ("102", PopState.ENDED)

    def test_an_outsider_who_is_consulted_has_no_pop(self) -> None:
        side = ConsultationCall(DeviceId("101"), "+74950000000", after(5), after(6), None, None, None)
        changed = pops().see(replace(record(stint("101", answers=2)), consultations=(side,)), after(6))
        assert [pop.device for pop in changed] == ["101"]


class TestCalling:
    def test_the_card_is_up_before_the_customer_answers(self) -> None:
        call = replace(record(), direction=Direction.OUTBOUND, caller=Party(device=DeviceId("101")), called=CUSTOMER)
        board = pops()
        (pop,) = board.see(call, after(0))
        assert (pop.state, pop.answered_at) == (PopState.ACTIVE, None)
        (pop,) = board.see(replace(call, answered_at=after(7)), after(7))
        assert (pop.state, pop.answered_at) == (PopState.ACTIVE, after(7))

    def test_nobody_misses_the_own_call(self) -> None:
        call = replace(
            record(stint("101")), direction=Direction.OUTBOUND, caller=Party(device=DeviceId("101")), called=CUSTOMER
        )
        board = pops()
        board.see(call, after(1))
        assert board.see(replace(call, ended_at=after(9)), after(9))[0].state is PopState.ENDED

    def test_a_call_that_comes_back_rings_again_in_the_same_pop(self) -> None:
        board = pops()
        call = replace(record(), direction=Direction.OUTBOUND, caller=Party(device=DeviceId("101")), called=CUSTOMER)
        (first,) = board.see(call, after(0))
        back = replace(
            call, devices=(stint("101", rings=None, answers=1, leaves=5, outcome=Outcome.ANSWERED), stint("101", 9))
        )
        (pop,) = board.see(back, after(9))
        assert (pop.pop_id, pop.state) == (first.pop_id, PopState.RINGING)


class TestFindings:
    FOUND = Findings(
        contact=CARD,
        sources=(SourceReport("own", SourceStatus.FOUND, 0.2, "number", None),),
    )

    def test_one_look_up_serves_every_device_of_the_group(self) -> None:
        board = pops()
        board.see(record(stint("101"), stint("102")), after(1))
        changed = board.learn(CallId("c1"), self.FOUND, after(1))
        assert {pop.device for pop in changed} == {"101", "102"}
        assert {pop.mark for pop in changed} == {Mark.VIP}

    def test_findings_that_come_first_are_in_the_first_pop(self) -> None:
        board = pops()
        assert board.learn(CallId("c1"), self.FOUND, after(1)) == ()
        (pop,) = board.see(record(stint("101")), after(1))
        assert pop.findings.contact is CARD
        assert pop.revision == 1


class TestLeaving:
    def missed(self, board: Pops) -> Pop:
        board.see(record(stint("101")), after(1))
        over = replace(record(stint("101", leaves=9, outcome=Outcome.CANCELLED)), ended_at=after(9))
        return board.see(over, after(9))[0]

    def test_a_pop_stays_for_a_while_and_then_leaves_nothing_behind(self) -> None:
        board = pops()
        pop = self.missed(board)
        assert board.expire(after(9 + 599)) == ()
        assert board.expire(after(9 + 601)) == (pop,)
        assert (len(board), board.visible(), board.findings(CallId("c1"))) == (0, (), None)

    def test_a_record_that_arrives_late_does_not_bring_it_back(self) -> None:
        board = pops()
        pop = self.missed(board)
        board.expire(after(700))
        over = replace(record(stint("101", leaves=9, outcome=Outcome.CANCELLED)), ended_at=pop.ended_at)
        assert board.see(over, after(701)) == ()

    def test_a_hidden_pop_is_silent_until_the_device_rings_again(self) -> None:
        board = pops()
        (pop,) = board.see(record(stint("101")), after(1))
        assert board.hide(pop.pop_id) == pop
        assert board.hide(pop.pop_id) is None
        timed_out = stint("101", leaves=9, outcome=Outcome.NO_ANSWER)
        assert board.see(record(timed_out), after(9)) == ()
        (again,) = board.see(record(timed_out, stint("101", rings=12)), after(12))
        assert (again.pop_id, again.state) == (pop.pop_id, PopState.RINGING)

    def test_a_hidden_pop_comes_back_as_the_call_panel_when_its_device_answers(self) -> None:
        board = pops()
        (pop, _) = board.see(record(stint("101"), stint("102")), after(1))
        board.hide(pop.pop_id)
        back = by_device(board.see(record(stint("101", answers=5), stint("102")), after(5)))["101"]
        assert (back.pop_id, back.state) == (pop.pop_id, PopState.ACTIVE)
        assert back in board.visible()

    def test_a_hidden_pop_stays_away_when_another_device_answers(self) -> None:
        board = pops()
        (pop, _) = board.see(record(stint("101"), stint("102")), after(1))
        board.hide(pop.pop_id)
        elsewhere = stint("101", leaves=5, outcome=Outcome.ANSWERED_ELSEWHERE)
        assert {each.device for each in board.see(record(elsewhere, stint("102", answers=5)), after(5))} == {"102"}

    def test_a_pop_hidden_in_the_conversation_stays_hidden_through_hold_and_retrieve(self) -> None:
        board = pops()
        (pop,) = board.see(record(stint("101", answers=3)), after(3))
        board.hide(pop.pop_id)
        held = replace(record(stint("101", answers=3)), holds=(Hold(DeviceId("101"), after(6), None),))
        assert board.see(held, after(6)) == ()
        assert board.pop(pop.pop_id) == replace(pop, state=PopState.HELD, revision=pop.revision + 1)
        assert board.see(record(stint("101", answers=3)), after(8)) == ()

    def test_a_call_that_was_part_of_another_takes_its_pops_with_it(self) -> None:
        board = pops()
        (pop,) = board.see(record(stint("101")), after(1))
        assert board.forget_call(CallId("c1")) == (pop,)
        assert board.pop(pop.pop_id) is None
        assert board.expire(after(9999)) == ()

    def test_who_handed_it_to_a_device_that_never_rang_is_forgotten_with_the_call(self) -> None:
        """Seen from outside: a call of the same name later knows nothing of the one before."""
        lingered, silent, absorbed = boards = (pops(), pops(), pops())
        for board in boards:
            board.handed_over(CallId("c1"), DeviceId("102"), DeviceId("103"))
        self.missed(lingered)
        lingered.expire(after(9000))
        silent.forget_silent(CallId("c1"))
        absorbed.forget_call(CallId("c1"))
        for board in boards:
            (pop,) = board.see(record(stint("102")), after(9999))
            assert pop.transferred_by is None

    def test_a_pop_that_rings_again_does_not_leave(self) -> None:
        board = pops()
        timed_out = stint("101", leaves=9, outcome=Outcome.NO_ANSWER)
        board.see(record(stint("101")), after(1))
        board.see(record(timed_out), after(9))
        board.see(record(timed_out, stint("101", rings=12)), after(12))
        assert board.expire(after(9999)) == ()
