"""A call handed to a colleague, with card, notes and reason.

What a real PBX makes of it, the lab's scenarios tell.
"""

from __future__ import annotations

from typing import Any

import pytest
from handling_stage import Stage, clean_stage, error_of, now, request_until, ringing_pop, whole_stage

from ringcard.calls.causes import ConsultationPhase, DeviceState, Outcome, TransferKind
from ringcard.calls.events import (
    ConnectionCleared,
    Consultation,
    Delivered,
    DeviceStateChanged,
    Established,
    Transferred,
    Transferring,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId
from ringcard.pbx.connector import Service, ServiceRefused

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIXTURES = (whole_stage, clean_stage)


async def handed(stage: Stage, call: str, **body: Any) -> dict[str, Any]:
    answer = await stage.anna.post(f"/calls/{call}/handover", {"to": {"device": "102"}, "how": "blind"} | body)
    assert answer.status_code == 202, answer.text
    value: dict[str, Any] = answer.json()
    return value


class TestHandingOver:
    async def test_the_note_is_on_the_receivers_screen_while_it_rings_and_the_sender_sees_it_read(
        self, stage: Stage
    ) -> None:
        call = stage.talking()
        async with stage.anna.live() as anna, stage.boris.live() as boris:
            me = (await stage.boris.get("/session")).json()["employee_id"]
            packet = await handed(stage, call, to={"employee_id": me}, note="wants an invoice", reason="billing")
            assert (packet["from"]["name"], packet["to"]["name"], packet["outcome"]) == ("Anna", "Boris", "pending")
            assert stage.pbx.asked[-1].service is Service.SINGLE_STEP_TRANSFER_CALL
            stage.say(
                ConnectionCleared(CallId(call), now(), DeviceId("101"), Outcome.ANSWERED),
                Transferring(CallId(call), now(), 0, TransferKind.BLIND, DeviceId("101"), "102"),
                Delivered(CallId(call), now(), DeviceId("102"), DeviceId("101")),
            )
            pop = await ringing_pop(boris, call)
            assert [(each["note"], each["reason"]) for each in pop["handovers"]] == [("wants an invoice", "billing")]
            assert pop["transferred_by"]["name"] == "Anna"
            await boris.says(
                type="shown", pop_id=pop["pop_id"], revision=pop["revision"], painted_at="2026-11-23T09:00:00Z"
            )
            read = await anna.until("handover", handover_id=packet["handover_id"], outcome="ringing")
            while read["handover"]["read_at"] is None:
                read = await anna.until("handover", handover_id=packet["handover_id"])
            stage.say(
                Established(CallId(call), now(), DeviceId("102")),
                Transferred(CallId(call), now(), 0, "102", completed=True),
            )
            taken = await anna.until("handover", outcome="taken")
        assert taken["handover"]["to"]["device"] == "102"

    async def test_nobody_answers_and_the_customer_is_back_with_the_sender_who_is_told_why(self, stage: Stage) -> None:
        call = stage.talking()
        async with stage.anna.live() as anna:
            await handed(stage, call, note="busy?")
            by, to = DeviceId("101"), DeviceId("102")
            stage.say(
                ConnectionCleared(CallId(call), now(), by, Outcome.ANSWERED),
                Transferring(CallId(call), now(), 0, TransferKind.BLIND, by, "102"),
            )
            stage.say(ConnectionCleared(CallId(call), now(), to, Outcome.BUSY))
            stage.say(Transferred(CallId(call), now(), 0, "102", completed=False), Delivered(CallId(call), now(), by))
            back = await anna.until("handover", outcome="returned")
            service = await request_until(anna, state="failed")
        assert (back["handover"]["why"], service["reason"]) == ("busy", "busy")

    async def test_one_made_at_the_phone_carries_the_note_that_was_being_typed(self, stage: Stage) -> None:
        call = stage.talking()
        note = await stage.put(stage.anna, f"/calls/{call}/note", {"text": "asks for Tuesday", "version": 0})
        assert note.json() == {"text": "asks for Tuesday", "version": 1}
        async with stage.boris.live() as boris:
            by = DeviceId("101")
            stage.say(
                ConnectionCleared(CallId(call), now(), by, Outcome.ANSWERED),
                Transferring(CallId(call), now(), 0, TransferKind.BLIND, by, "102"),
                Delivered(CallId(call), now(), DeviceId("102"), by),
            )
            pop = await ringing_pop(boris, call)
        assert [(each["kind"], each["note"]) for each in pop["handovers"]] == [("phone", "asks for Tuesday")]
        assert pop["note"] is None

    async def test_one_that_the_pbx_tells_of_only_after_the_answer_is_one(self, stage: Stage) -> None:
        call = stage.talking()
        await handed(stage, call, note="once")
        by = DeviceId("101")
        stage.say(ConnectionCleared(CallId(call), now(), by, Outcome.ANSWERED))
        stage.say(Established(CallId(call), now(), DeviceId("102")))
        stage.say(
            Transferring(CallId(call), now(), 0, TransferKind.BLIND, by, "102"),
            Transferred(CallId(call), now(), 0, "102", completed=True),
        )
        chain = stage.here.up.rooms.handling.handovers.of(ConversationId(call))
        assert [(each.kind, each.outcome) for each in chain] == [("blind", "taken")]

    async def test_asking_first_shows_both_and_taking_back_cancels(self, stage: Stage) -> None:
        call = stage.talking()
        async with stage.anna.live() as anna, stage.boris.live() as boris:
            packet = await handed(stage, call, how="ask_first", note="do you know him?")
            assert stage.pbx.asked[-1].service is Service.CONSULTATION_CALL
            by = DeviceId("101")
            stage.say(Consultation(CallId(call), now(), 0, ConsultationPhase.ORIGINATED, by, "102"))
            stage.say(Consultation(CallId(call), now(), 0, ConsultationPhase.DELIVERED, by, "102"))
            assert (await ringing_pop(boris, call))["handovers"][0]["note"] == "do you know him?"
            stage.say(Consultation(CallId(call), now(), 0, ConsultationPhase.ESTABLISHED, by, "102"))
            talks = await anna.until("pop", call_id=call)
            while (talks["pop"]["consultation"] or {}).get("state") != "talking":
                talks = await anna.until("pop", call_id=call)
            services = [each["service"] for each in talks["pop"]["controls"]]
            assert {"TransferCall", "ConferenceCall", "AlternateCall", "ReconnectCall"} <= set(services)
            answer = await stage.anna.post(f"/calls/{call}/services", {"service": "ReconnectCall"})
            assert answer.status_code == 202
            cancelled = await anna.until("handover", outcome="cancelled")
            stage.say(Consultation(CallId(call), now(), 0, ConsultationPhase.CLEARED, by, "102", Outcome.ANSWERED))
            assert (await request_until(anna, service="ReconnectCall", state="done"))["reason"] is None
        assert cancelled["handover"]["handover_id"] == packet["handover_id"]

    async def test_what_rings_is_sent_on_unanswered(self, stage: Stage) -> None:
        call = stage.here.calls.starts()
        stage.here.calls.rings(call, "101")
        await handed(stage, call)
        assert (stage.pbx.asked[-1].service, stage.pbx.asked[-1].how) == (Service.DEFLECT_CALL, {"to": "102"})

    async def test_a_refused_one_says_so_to_both(self, stage: Stage) -> None:
        call = stage.talking()
        stage.pbx.refusals[Service.SINGLE_STEP_TRANSFER_CALL] = ServiceRefused("No such extension")
        async with stage.anna.live() as anna:
            answer = await stage.anna.post(
                f"/calls/{call}/handover", {"to": {"device": "102"}, "how": "blind", "note": "x"}
            )
            assert error_of(answer) == (502, "pbx_refused")
            back = await anna.until("handover", outcome="returned")
        assert back["handover"]["why"] == "refused"

    async def test_a_browser_that_closes_in_the_middle_changes_nothing(self, stage: Stage) -> None:
        call = stage.talking()
        async with stage.anna.live():
            await handed(stage, call, note="hold on")
        by = DeviceId("101")
        stage.say(
            ConnectionCleared(CallId(call), now(), by, Outcome.ANSWERED),
            Transferring(CallId(call), now(), 0, TransferKind.BLIND, by, "102"),
            Delivered(CallId(call), now(), DeviceId("102"), by),
        )
        stage.say(Established(CallId(call), now(), DeviceId("102")))
        async with stage.boris.live() as boris:
            pop = next(each for each in boris.first["pops"] if each["call_id"] == call)
        assert [(each["outcome"], each["note"]) for each in pop["handovers"]] == [("taken", "hold on")]

    @pytest.mark.parametrize(
        "to", [{}, {"device": "102", "queue": "sales"}, {"queue": "nobody"}, {"device": "555"}, {"number": "Petrov"}]
    )
    async def test_a_target_that_is_none_is_refused_and_no_packet_is_made(
        self, stage: Stage, to: dict[str, str]
    ) -> None:
        call = stage.talking()
        answer = await stage.anna.post(f"/calls/{call}/handover", {"to": to, "how": "blind"})
        assert answer.status_code == 400
        assert stage.here.up.rooms.handling.handovers.of(ConversationId(call)) == ()

    async def test_to_oneself_and_to_a_colleague_without_a_phone(self, stage: Stage) -> None:
        call = stage.talking()
        answer = await stage.anna.post(f"/calls/{call}/handover", {"to": {"device": "101"}, "how": "blind"})
        assert error_of(answer) == (400, "target_invalid")
        adam = (await stage.admin.get("/session")).json()["employee_id"]
        answer = await stage.anna.post(f"/calls/{call}/handover", {"to": {"employee_id": adam}, "how": "blind"})
        assert error_of(answer) == (400, "target_invalid")
        assert "has no phone" in answer.json()["detail"]

    async def test_to_a_queue_stays_open_until_somebody_answers(self, stage: Stage) -> None:
        call = stage.talking()
        async with stage.anna.live() as anna, stage.boris.live() as boris:
            await handed(stage, call, to={"queue": "sales"}, note="for sales")
            assert stage.pbx.asked[-1].how == {"to": "600"}
            by = DeviceId("101")
            stage.say(
                ConnectionCleared(CallId(call), now(), by, Outcome.ANSWERED),
                Transferring(CallId(call), now(), 0, TransferKind.BLIND, by, "sales"),
                Transferred(CallId(call), now(), 0, "sales", completed=True),
            )
            stage.say(Delivered(CallId(call), now(), DeviceId("102")))
            assert (await ringing_pop(boris, call))["handovers"][0]["note"] == "for sales"
            stage.say(Established(CallId(call), now(), DeviceId("102")))
            taken = await anna.until("handover", outcome="taken")
        assert (taken["handover"]["to"]["queue"], taken["handover"]["to"]["name"]) == ("sales", "Boris")

    async def test_a_device_without_an_employee_can_be_handed_to(self, stage: Stage) -> None:
        stage.say(DeviceStateChanged(PbxId("office"), now(), DeviceId("105"), DeviceState.IDLE, "test"))
        call = stage.talking()
        packet = await handed(stage, call, to={"device": "105"})
        assert packet["to"] == {"employee_id": None, "name": "105", "device": "105", "queue": None, "number": None}
