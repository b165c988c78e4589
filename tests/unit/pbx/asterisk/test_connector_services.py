"""MakeCall, ClearConnection and the question about withheld numbers."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.pbx.asterisk.connector_stage import Stage, stage
from tests.unit.pbx.asterisk.fake_manager import FakeManager, event

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.numbers import DialFormat, PlanRules
from ringcard.pbx.asterisk.settings import Trunk
from ringcard.pbx.connector import LinkDown, ServiceRefused

PHONE = DeviceId("101")


async def test_make_call_rings_the_device_and_has_it_dial_the_number() -> None:
    async with stage(context="internal", ring_timeout_s=20) as s:
        await s.up()
        call_id = await s.connector.make_call(PHONE, "+7 (495) 919-55-57")
        asked = (await s.manager.asked("Originate", times=2)).headers
    assert asked == {
        "Action": "Originate",
        "ActionID": f"ringcard-{call_id}",
        "Channel": "PJSIP/101",
        "Context": "internal",
        "Exten": "+74959195557",
        "Priority": "1",
        "CallerID": '"+74959195557" <101>',
        "Timeout": "20000",
        "Variable": f"RINGCARD_CALL={call_id}",
        "ChannelId": f"ringcard-{call_id}",
        "Async": "true",
    }


async def test_the_translator_expects_the_call_before_the_pbx_can_speak_of_it() -> None:
    async with stage(FakeManager(unanswered={"Originate"}), probe_events=False) as s:
        await s.up()
        making = asyncio.create_task(s.connector.make_call(PHONE, "102"))
        asked = await s.manager.asked("Originate")
        [(call_id, channel_id, device, number)] = s.translator.expected
        assert (channel_id, device, number) == (asked.headers["ChannelId"], PHONE, "102")
        assert not making.done()
        s.manager.send(f"Response: Success\r\nActionID: {asked.action_id}\r\n\r\n".encode())
        assert await making == call_id


async def test_the_dial_string_and_the_name_shown_can_be_chosen() -> None:
    async with stage(dial="SIP/{device}") as s:
        await s.up()
        await s.connector.make_call(PHONE, "102", caller_id="Анна, заказ 7")
        asked = (await s.manager.asked("Originate", times=2)).headers
    assert (asked["Channel"], asked["CallerID"]) == ("SIP/101", '"Анна, заказ 7" <101>')


async def test_a_device_is_dialled_as_the_pbx_names_it() -> None:
    states = ["Queue:sales_pause_PJSIP/101", "Custom:x/101", "Local/101@internal", "SIP/101", "PJSIP/101"]
    items = {"DeviceStateList": [event("DeviceStateChange", {"Device": state}) for state in states]}
    async with stage(FakeManager(items=items)) as s:
        await s.up()
        await s.connector.make_call(PHONE, "102")
        assert (await s.manager.asked("Originate", times=2)).headers["Channel"] == "SIP/101"
        await s.connector.make_call(DeviceId("199"), "102")
        assert (await s.manager.asked("Originate", times=3)).headers["Channel"] == "PJSIP/199"


async def test_a_refusal_of_the_pbx_is_told_in_its_own_words() -> None:
    async with stage(probe_events=False) as s:
        await s.up()
        s.manager.refusals["Originate"] = "Extension does not exist."
        with pytest.raises(ServiceRefused, match=r"^Extension does not exist\.$"):
            await s.connector.make_call(PHONE, "102")
        assert s.translator.unexpected == [channel_id for _, channel_id, _, _ in s.translator.expected]


@pytest.mark.parametrize(
    "number",
    [
        "",
        "102\r\nAction: Logoff",
        "102\n",
        "102&103",
        "Local/1@x",
        "${SHELL(id)}",
        "1" * 41,
        "٣٤٥",
        "abc",
        "1,2",
        "102;x",
    ],
)
async def test_what_is_no_number_is_refused_and_nothing_is_sent(number: str) -> None:
    async with stage(probe_events=False) as s:
        await s.up()
        if number == "102\n":  # a pasted line end is white space around a number
            await s.connector.make_call(PHONE, number)
            assert (await s.manager.asked("Originate")).headers["Exten"] == "102"
            return
        with pytest.raises(ServiceRefused):
            await s.connector.make_call(PHONE, number)
        assert s.manager.all_asked("Originate") == []
        assert s.translator.expected == []


@pytest.mark.parametrize(
    "device", ["", "101&PJSIP/102", "101/sip:evil@example.com", "101\r\nX: y", "{settings}", "1,2"]
)
async def test_what_is_no_device_is_refused_and_nothing_is_sent(device: str) -> None:
    async with stage(probe_events=False) as s:
        await s.up()
        with pytest.raises(ServiceRefused):
            await s.connector.make_call(DeviceId(device), "102")
        assert s.manager.all_asked("Originate") == []


@pytest.mark.parametrize("name", ["x\r\nAction: Logoff", "x\0", 'x" <113>', "<1>"])
async def test_a_name_that_could_be_more_than_a_name_is_refused(name: str) -> None:
    async with stage(probe_events=False) as s:
        await s.up()
        with pytest.raises(ServiceRefused):
            await s.connector.make_call(PHONE, "102", caller_id=name)
        assert s.manager.all_asked("Originate") == []


async def test_clear_connection_hangs_the_devices_channel_up() -> None:
    async with stage() as s:
        await s.up()
        s.translator.channels[("c1", "101")] = "PJSIP/101-0000002a"
        await s.connector.clear_connection(CallId("c1"), PHONE)
        assert s.manager.all_asked("Hangup")[0].headers["Channel"] == "PJSIP/101-0000002a"
        s.manager.refusals["Hangup"] = "No such channel"
        with pytest.raises(ServiceRefused, match=r"^No such channel$"):
            await s.connector.clear_connection(CallId("c1"), PHONE)


async def test_clear_connection_of_a_device_that_is_not_in_the_call_is_refused() -> None:
    async with stage() as s:
        await s.up()
        with pytest.raises(ServiceRefused, match="device 101 is not in call c1"):
            await s.connector.clear_connection(CallId("c1"), PHONE)
        assert s.manager.all_asked("Hangup") == []


async def test_a_connection_lost_while_a_service_waits_is_a_link_down() -> None:
    async with stage(FakeManager(unanswered={"Originate"}), probe_events=False) as s:
        await s.up()
        making = asyncio.create_task(s.connector.make_call(PHONE, "102"))
        await s.manager.asked("Originate")
        s.manager.hang_up()
        with pytest.raises(LinkDown, match=r"closed the connection"):
            await making


async def test_a_service_that_is_never_answered_is_a_link_down() -> None:
    async with stage(FakeManager(unanswered={"Originate"}), probe_events=False, timing={"action_s": 0.05}) as s:
        await s.up()
        with pytest.raises(LinkDown, match=r"did not answer Originate"):
            await s.connector.make_call(PHONE, "102")


async def rings(s: Stage, channel: str, state: str = "4") -> None:
    s.manager.emit("Newchannel", {"Channel": channel, "ChannelState": state, "Uniqueid": "1.1"})
    await s.heard("Newchannel")


async def test_a_call_from_outside_is_asked_whether_its_number_is_withheld() -> None:
    manager = FakeManager(variables={"CALLERID(pres)": "prohib_passed_screen"})
    async with stage(manager, ask_presentation=True) as s:
        await s.up()
        await rings(s, "PJSIP/trunk-00000001")
        asked = await manager.asked("Getvar")
        assert asked.headers["Channel"] == "PJSIP/trunk-00000001"
        async with asyncio.timeout(5):
            while not s.translator.presentations:
                await asyncio.sleep(0)
        assert s.translator.presentations == [("1.1", "prohib_passed_screen")]
        assert len(s.events) == 2, "what the answer means is reported too"


@pytest.mark.parametrize(
    ("channel", "state"),
    [("PJSIP/101-00000001", "4"), ("Local/101@internal-00000001;1", "4"), ("PJSIP/trunk-00000001", "0")],
)
async def test_only_calls_from_outside_are_asked(channel: str, state: str) -> None:
    async with stage(ask_presentation=True) as s:
        await s.up()
        await rings(s, channel, state)
        assert s.manager.all_asked("Getvar") == []


async def test_nobody_is_asked_unless_it_is_wanted() -> None:
    async with stage() as s:
        await s.up()
        await rings(s, "PJSIP/trunk-00000001")
        assert s.manager.all_asked("Getvar") == []


FIELD = "PJSIP_HEADER(read,P-Asserted-Identity)"


async def test_a_trunk_that_sends_the_number_elsewhere_is_asked_for_it() -> None:
    manager = FakeManager(variables={FIELD: "<sip:+74959195557@x>"})
    async with stage(manager, trunks=(Trunk("trunk", caller_id=FIELD),)) as s:
        await s.up()
        await rings(s, "PJSIP/other-00000001")
        await rings(s, "PJSIP/trunk-00000002")
        await manager.asked("Getvar")
        async with asyncio.timeout(5):
            while not s.translator.trunk_fields:
                await asyncio.sleep(0)
        assert s.translator.trunk_fields == [("1.1", "<sip:+74959195557@x>")]
        assert len(manager.all_asked("Getvar")) == 1


async def test_a_number_is_dialled_as_the_pbx_wants_it() -> None:
    async with stage(rules=PlanRules(dial=DialFormat.NATIONAL, outside_prefix="9")) as s:
        await s.up()
        await s.connector.make_call(PHONE, "+74959195557")
        asked = (await s.manager.asked("Originate", times=2)).headers
        assert asked["Exten"] == "984959195557"
