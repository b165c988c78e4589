"""Calls handled through the API on a real Asterisk: what is accepted is done when the phones have done it.

The whole of ringcard is up, with the lab's Asterisk as its PBX: Anna at 101, Boris at 102.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from lab.system import Lab
from web_site import Browser, Live, Site, site_at

from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.desk.memory import DeskMemory
from ringcard.pbx.connector import Service
from ringcard.testing.scenarios.witness import obeying

pytestmark = pytest.mark.lab

CUSTOMER = "+74959195557"
SOON_S = 10.0


@pytest.fixture(autouse=True)
async def _quiet_after(each_lab: Lab) -> AsyncIterator[None]:
    """Whatever the test did: nobody after it finds phones that are busy."""
    yield
    await each_lab.end_all_calls()


@asynccontextmanager
async def the_office(lab: Lab, folder: Path) -> AsyncIterator[Site]:
    async with site_at(lab.ami, folder, pbx={"transfer_ring_s": 3.0}) as here:
        yield here


async def ask(browser: Browser, call: str, service: str, **more: Any) -> str:
    answer = await browser.post(f"/calls/{call}/services", {"service": service, **more})
    assert answer.status_code == 202, answer.text
    request_id: str = answer.json()["request_id"]
    return request_id


async def can(here: Site, call: str, service: str) -> None:
    """Wait until it can be asked."""
    async with asyncio.timeout(SOON_S):
        while here.up.rooms.handling.hindrance(Service(service), CallId(call), DeviceId("101")) is not None:
            await asyncio.sleep(0.02)


async def settled(live: Live, request_id: str) -> tuple[str, str | None]:
    """What became of a request."""
    async with asyncio.timeout(SOON_S):
        while True:
            frame = await live.next()
            request = frame.get("request", {})
            if request.get("request_id") == request_id and request["state"] != "accepted":
                return request["state"], request["reason"]


async def handover_ends(live: Live) -> dict[str, Any]:
    async with asyncio.timeout(SOON_S):
        while True:
            frame = await live.next()
            handover: dict[str, Any] = frame.get("handover", {})
            if handover.get("outcome") not in (None, "pending", "ringing"):
                return handover


async def pop_that(live: Live, state: str) -> dict[str, Any]:
    async with asyncio.timeout(SOON_S):
        return dict((await live.until("pop", state=state))["pop"])


async def customer_talks(lab: Lab, live: Live, here: Site) -> str:
    """A customer calls Anna, who answers at her phone. Returns the call's id, once the two are connected."""
    await lab.caller(CUSTOMER).dials("4951110101")
    await lab.phone("101").rings()
    await lab.phone("101").answers()
    pop = await pop_that(live, "active")
    await lab.phone("101").talks()
    await can(here, pop["call_id"], "HoldCall")
    return str(pop["call_id"])


async def test_dialling_rings_ones_own_phone_first_and_is_done_when_the_other_answers(
    each_lab: Lab, tmp_path: Path
) -> None:
    async with the_office(each_lab, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
        answers = await asyncio.gather(*(anna.post("/calls", {"number": "102"}) for _ in range(2)))
        (request_id,) = {answer.json()["request_id"] for answer in answers}
        await each_lab.phone("101").rings()
        await each_lab.phone("101").answers()
        await each_lab.phone("102").rings()
        await each_lab.phone("102").answers()
        assert await settled(live, request_id) == ("done", None)
        await each_lab.phone("102").hangs_up()
        await each_lab.is_quiet()


async def test_a_phone_that_is_not_picked_up_is_named(each_lab: Lab, tmp_path: Path) -> None:
    async with the_office(each_lab, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
        request_id = (await anna.post("/calls", {"number": "102"})).json()["request_id"]
        await each_lab.phone("101").rings()
        await each_lab.phone("101").rejects()
        assert await settled(live, request_id) == ("failed", "phone_no_answer")
        await each_lab.is_quiet()


async def test_hold_and_take_back(each_lab: Lab, tmp_path: Path) -> None:
    async with the_office(each_lab, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
        call = await customer_talks(each_lab, live, here)
        assert await settled(live, await ask(anna, call, "HoldCall")) == ("done", None)
        again = await anna.post(f"/calls/{call}/services", {"service": "HoldCall"})
        assert (again.status_code, again.json()["error_id"]) == (409, "wrong_state")
        assert await settled(live, await ask(anna, call, "RetrieveCall")) == ("done", None)
        assert await settled(live, await ask(anna, call, "ClearConnection")) == ("done", None)
        await each_lab.is_quiet()


async def test_handed_over_with_the_note_on_screen_while_it_rings(each_lab: Lab, tmp_path: Path) -> None:
    async with (
        the_office(each_lab, tmp_path) as here,
        here.browser("anna") as anna,
        anna.live() as live,
        here.browser("boris") as boris,
        boris.live() as his,
    ):
        call = await customer_talks(each_lab, live, here)
        body = {"to": {"device": "102"}, "how": "blind", "note": "wants an invoice"}
        assert (await anna.post(f"/calls/{call}/handover", body)).status_code == 202
        pop = await pop_that(his, "ringing")
        assert pop["caller"]["number"] == CUSTOMER
        assert [each["note"] for each in pop["handovers"]] == ["wants an invoice"]
        await each_lab.phone("102").answers()
        taken = await handover_ends(live)
        assert (taken["outcome"], taken["to"]["name"]) == ("taken", "Boris")
        await each_lab.phone("102").hangs_up()
        await each_lab.is_quiet()


async def test_nobody_answers_and_the_customer_is_back_with_the_sender(each_lab: Lab, tmp_path: Path) -> None:
    async with the_office(each_lab, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
        call = await customer_talks(each_lab, live, here)
        body = {"to": {"device": "102"}, "how": "blind", "note": "are you there?"}
        assert (await anna.post(f"/calls/{call}/handover", body)).status_code == 202
        await each_lab.phone("102").rings()
        await each_lab.phone("102").rejects()
        back = await handover_ends(live)
        assert back["outcome"] == "returned"
        assert back["why"] is not None
        await each_lab.phone("101").rings()
        await each_lab.phone("101").answers()
        await each_lab.phone("101").talks()
        await each_lab.phone("101").hangs_up()
        await each_lab.is_quiet()


async def test_asking_first_then_together_or_back(each_lab: Lab, tmp_path: Path) -> None:
    async with (
        the_office(each_lab, tmp_path) as here,
        here.browser("anna") as anna,
        anna.live() as live,
        here.browser("boris") as boris,
        boris.live() as his,
    ):
        call = await customer_talks(each_lab, live, here)
        body = {"to": {"device": "102"}, "how": "ask_first", "note": "is this yours?"}
        assert (await anna.post(f"/calls/{call}/handover", body)).status_code == 202
        pop = await pop_that(his, "ringing")
        assert [each["note"] for each in pop["handovers"]] == ["is this yours?"]
        await each_lab.phone("102").answers()
        async with asyncio.timeout(SOON_S):
            while True:
                mine = (await live.until("pop", device="101"))["pop"]
                if (mine["consultation"] or {}).get("state") == "talking":
                    break
        transfer = next(each for each in mine["controls"] if each["service"] == "TransferCall")
        async with asyncio.timeout(SOON_S):
            while transfer["hindrance"] is not None:
                mine = (await live.until("pop", device="101"))["pop"]
                transfer = next(each for each in mine["controls"] if each["service"] == "TransferCall")
        request_id = await ask(anna, call, "TransferCall")
        taken = await handover_ends(live)
        assert taken["outcome"] == "taken"
        request = (await anna.get(f"/calls/{call}/services/{request_id}")).json()
        assert (request["state"], request["reason"]) in (("done", None), ("accepted", None))
        await each_lab.phone("102").hangs_up()
        await each_lab.is_quiet()


async def test_changing_sides_and_all_together(each_lab: Lab, tmp_path: Path) -> None:
    async with the_office(each_lab, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
        call = await customer_talks(each_lab, live, here)
        asked = await ask(anna, call, "ConsultationCall", to="102")
        await each_lab.phone("102").rings()
        await each_lab.phone("102").answers()
        assert await settled(live, asked) == ("done", None)
        for service in ("AlternateCall", "AlternateCall", "ConferenceCall"):
            await can(here, call, service)
            assert await settled(live, await ask(anna, call, service)) == ("done", None), service
        await each_lab.phone("102").hangs_up()
        await each_lab.phone("101").hangs_up()
        await each_lab.is_quiet()


async def test_taking_back_what_was_asked(each_lab: Lab, tmp_path: Path) -> None:
    async with the_office(each_lab, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
        call = await customer_talks(each_lab, live, here)
        body = {"to": {"device": "102"}, "how": "ask_first"}
        assert (await anna.post(f"/calls/{call}/handover", body)).status_code == 202
        await each_lab.phone("102").rings()
        await can(here, call, "ReconnectCall")
        request_id = await ask(anna, call, "ReconnectCall")
        assert (await handover_ends(live))["outcome"] == "cancelled"
        request = (await anna.get(f"/calls/{call}/services/{request_id}")).json()
        if request["state"] == "accepted":
            assert await settled(live, request_id) == ("done", None)
        await each_lab.phone("102").is_idle()
        await each_lab.phone("101").hangs_up()
        await each_lab.is_quiet()


async def test_sending_on_what_rings(each_lab: Lab, tmp_path: Path) -> None:
    async with the_office(each_lab, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
        await each_lab.caller(CUSTOMER).dials("4951110101")
        call = (await pop_that(live, "ringing"))["call_id"]
        await can(here, call, "DeflectCall")
        assert await settled(live, await ask(anna, call, "DeflectCall", to="102")) == ("done", None)
        await each_lab.phone("102").rings()
        await each_lab.phone("102").answers()
        await each_lab.phone("102").hangs_up()
        await each_lab.is_quiet()


async def test_taking_a_colleagues_call(each_lab: Lab, tmp_path: Path) -> None:
    async with the_office(each_lab, tmp_path) as here, here.browser("adm") as admin:
        adam = await here.up.people.with_login("adm")
        await here.up.people.give_device(adam.employee_id, "103")
        await here.up.rooms.staff_changed()
        async with admin.live() as live:
            await each_lab.caller(CUSTOMER).dials("4951110102")
            await each_lab.phone("102").rings()
            async with asyncio.timeout(SOON_S):
                call = (await live.until("call", direction="inbound"))["call"]["call_id"]
            asked = await ask(admin, call, "DirectedPickupCall", to="102")
            await each_lab.phone("103").rings()
            await each_lab.phone("103").answers()
            assert await settled(live, asked) == ("done", None)
            await each_lab.phone("103").hangs_up()
            await each_lab.is_quiet()


async def test_one_made_at_the_phone_brings_the_note_that_was_being_typed(each_lab: Lab, tmp_path: Path) -> None:
    async with (
        the_office(each_lab, tmp_path) as here,
        here.browser("anna") as anna,
        anna.live() as live,
        here.browser("boris") as boris,
        boris.live() as his,
    ):
        call = await customer_talks(each_lab, live, here)
        typed = {"text": "asks for Tuesday", "version": 0}
        put = await anna.http.put(f"/api/v1/calls/{call}/note", json=typed, headers=anna.csrf)
        assert put.status_code == 200, put.text
        await each_lab.phone("101").transfers_to("102")
        pop = await pop_that(his, "ringing")
        assert pop["caller"]["number"] == CUSTOMER
        assert [(each["kind"], each["note"]) for each in pop["handovers"]] == [("phone", "asks for Tuesday")]
        await each_lab.phone("102").answers()
        assert (await handover_ends(live))["outcome"] == "taken"
        await each_lab.phone("102").hangs_up()
        await each_lab.is_quiet()


async def test_a_program_gives_a_call_its_data_and_the_phone_picks_up_if_asked(each_lab: Lab, tmp_path: Path) -> None:
    phone, colleague = each_lab.phone("101"), each_lab.phone("102")
    async with (
        the_office(each_lab, tmp_path) as here,
        here.browser("anna") as anna,
        anna.live() as live,
        obeying(phone),
    ):
        order = {"number": "102", "auto_answer": True, "data": {"order.no": "заказ 7, срочно"}}
        made = await anna.post("/calls", order)
        assert made.status_code == 202, made.text
        await phone.picks_up()
        await colleague.rings()
        await colleague.answers()
        pop = await pop_that(live, "active")
        data = (await anna.get(f"/conversations/{pop['conversation_id']}/data")).json()
        assert {key: item["value"] for key, item in data["items"].items()} == order["data"]
        await phone.hangs_up()
        await each_lab.is_quiet()


async def test_who_hands_over_to_phones_that_forward_to_each_other_is_told_so(each_lab: Lab, tmp_path: Path) -> None:
    bob, carol, alice = each_lab.phone("102"), each_lab.phone("103"), each_lab.phone("101")
    async with the_office(each_lab, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
        call = await customer_talks(each_lab, live, here)
        made = await anna.post(f"/calls/{call}/handover", {"to": {"device": "102"}, "how": "blind", "note": "x"})
        assert made.status_code == 202, made.text

        async def go_round() -> None:
            while True:
                for phone, other in ((bob, "103"), (carol, "102")):
                    await phone.rings()
                    await phone.forwards_to(other)

        going = asyncio.create_task(go_round())
        handover = await handover_ends(live)
        going.cancel()
        await asyncio.wait([going])
        assert (handover["outcome"], handover["why"]) == ("returned", "forwarding_circle")
        await alice.rings()
        await alice.answers()
        await alice.talks()
        await alice.hangs_up()
        await each_lab.is_quiet()


async def test_dialling_from_a_phone_that_is_not_there_is_told_soon(each_lab: Lab, tmp_path: Path) -> None:
    """No channel is ever made for it, so no event of a call tells."""
    async with the_office(each_lab, tmp_path) as here, here.browser("anna") as anna:
        employee = await here.up.people.with_login("anna")
        await here.up.people.give_device(employee.employee_id, "199")
        await here.up.rooms.staff_changed()
        async with anna.live() as live:
            for _ in range(2):  # and may dial again at once
                made = await anna.post("/calls", {"number": "102", "device": "199"})
                assert made.status_code == 202, made.text
                assert await settled(live, made.json()["request_id"]) == ("failed", "phone_no_answer")
            call = (await anna.get(f"/calls/{made.json()['call_id']}")).json()
            assert (call["caller"]["device"], call["talk_s"]) == ("199", 0)
            assert call["ended_at"] is not None


async def test_the_first_call_after_a_restart_is_answered_from_the_screen(lab22: Lab, tmp_path: Path) -> None:
    """What the phone said in a call before is kept; of one that rings Asterisk cannot read it."""
    phone = lab22.phone("101")
    async with obeying(phone):
        async with the_office(lab22, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
            await lab22.caller(CUSTOMER).dials("4951110101")
            await phone.rings()
            ringing = await pop_that(live, "ringing")
            refused = await anna.post(f"/calls/{ringing['call_id']}/services", {"service": "AnswerCall"})
            assert refused.json()["detail"], refused.text
            await phone.answers()
            await can_answer_from_the_screen(here)
            await lab22.end_all_calls()
        async with the_office(lab22, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
            await lab22.caller(CUSTOMER).dials("4951110101")
            await phone.rings()
            ringing = await pop_that(live, "ringing")
            offered = {each["service"]: each["hindrance"] for each in ringing["controls"]}
            assert offered["AnswerCall"] is None
            request_id = await ask(anna, ringing["call_id"], "AnswerCall")
            await phone.picks_up()
            assert await settled(live, request_id) == ("done", None)
            await lab22.end_all_calls()  # or the next ringcard asks the phone of this call, which still says so
    # Another phone in its place, or this one with another firmware, that does not say so any more.
    async with the_office(lab22, tmp_path) as here, here.browser("anna") as anna, anna.live() as live:
        await customer_talks(lab22, live, here)
        await can_answer_from_the_screen(here, False)
        await lab22.end_all_calls()
    async with the_office(lab22, tmp_path) as here:
        await can_answer_from_the_screen(here, False)


async def can_answer_from_the_screen(here: Site, can: bool = True) -> None:
    """Wait until it is known, and kept, whether the phone of 101 can be told."""
    memory = DeskMemory(here.up.engine)
    async with asyncio.timeout(SOON_S):
        while [bool(each.takes) for each in await memory.phones(PbxId("lab")) if each.device == "101"] != [can]:
            await asyncio.sleep(0.02)
