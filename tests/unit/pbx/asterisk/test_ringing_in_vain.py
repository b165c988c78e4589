"""A phone that is rung to come into somebody's call rings no longer than there is a call to come into."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.unit.pbx.asterisk.connector_stage import Stage, stage

from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.mirror import RINGING, UP, Channel
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.asterisk.translate import Translator
from ringcard.pbx.connector import ListenMode

ALICE, BOB, CAROL = DeviceId("101"), DeviceId("102"), DeviceId("103")


class Office:
    """A customer whose call rings at 101, as a translator follows it, and a connector that 102 asks for it."""

    def __init__(self, s: Stage) -> None:
        self.s = s
        ours = parse_devices("101-110")
        self.translator = Translator(PbxId("office"), DeviceNames(ours), NumberingPlan("RU", None, ours))
        self.hears("Newchannel", uid="1.1", name="PJSIP/trunk-01", state="4", Exten="4951110101")
        self.hears("Newchannel", uid="1.2", name="PJSIP/101-02", state="0")
        caller, phone = line("1.1", "PJSIP/trunk-01", "4"), line("1.2", "PJSIP/101-02", "0")
        self.translator.receive(
            Message("DialBegin", caller | {f"Dest{key}": value for key, value in phone.items()}), self.s.now[0]
        )
        self.hears("Newstate", uid="1.2", name="PJSIP/101-02", state="5")
        [self.call_id] = self.translator.calls
        s.translator.calls = self.translator.calls

    def hears(self, event: str, *, uid: str, name: str, state: str, **more: str) -> None:
        self.translator.receive(Message(event, line(uid, name, state) | more), self.s.now[0])

    def talks(self) -> None:
        """The phone is picked up."""
        bridge = {"BridgeUniqueid": "b", "BridgeTechnology": "simple_bridge", "BridgeType": "basic"}
        self.translator.receive(Message("BridgeCreate", bridge), self.s.now[0])
        for uid, name in (("1.2", "PJSIP/101-02"), ("1.1", "PJSIP/trunk-01")):
            self.hears("Newstate", uid=uid, name=name, state="6")
            self.hears("BridgeEnter", uid=uid, name=name, state="6", **bridge)

    @property
    def phone(self) -> Channel:
        found = self.translator.channel("1.2")
        assert found is not None
        return found

    async def rung(self) -> Channel:
        """The phone that was rung for it last, once the PBX has told of it."""
        asked = self.s.manager.all_asked("Originate")[-1].headers
        uid, device = asked["ChannelId"], asked["Channel"].rpartition("/")[2]
        self.translator.receive(Message("Newchannel", line(uid, f"PJSIP/{device}-09", "5")), self.s.now[0])
        found = self.translator.channel(uid)
        assert found is not None
        self.s.translator.lines[uid] = found
        return found

    async def hung_up(self) -> list[str]:
        """What a tick puts down."""
        before = len(self.s.manager.all_asked("Hangup"))
        await self.s.connector.look_after()
        return [each.headers["Channel"] for each in self.s.manager.all_asked("Hangup")[before:]]


def line(uid: str, name: str, state: str) -> dict[str, str]:
    linked = uid if uid.startswith("ringcard") else "1.1"
    return {"Channel": name, "Uniqueid": uid, "Linkedid": linked, "ChannelState": state, "Context": "internal"}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with stage(devices="101-110", ring_timeout_s=20.0, probe_events=False, of=AsteriskConnector) as s:
        await s.up()
        yield Office(s)


async def asks_to_pick_up(office: Office, by: DeviceId = BOB) -> None:
    await office.s.connector.directed_pickup_call(CallId(office.call_id), ALICE, by)


async def test_as_long_as_it_rings_there_it_rings_here(office: Office) -> None:
    await asks_to_pick_up(office)
    await office.rung()
    assert await office.hung_up() == []


async def test_somebody_was_faster(office: Office) -> None:
    await asks_to_pick_up(office)
    rung = await office.rung()
    office.phone.state = UP
    assert await office.hung_up() == [rung.name]
    assert await office.hung_up() == [], "once is enough"


async def test_of_two_who_would_pick_up_neither_is_left_ringing(office: Office) -> None:
    await asks_to_pick_up(office)
    first = await office.rung()
    await asks_to_pick_up(office, CAROL)
    second = await office.rung()
    office.phone.gone_s = office.s.now[0]
    assert sorted(await office.hung_up()) == sorted([first.name, second.name])


async def test_who_has_picked_up_is_left_alone(office: Office) -> None:
    await asks_to_pick_up(office)
    rung = await office.rung()
    rung.state = UP
    office.phone.gone_s = office.s.now[0]
    assert await office.hung_up() == []


async def test_it_is_put_down_also_if_the_pbx_tells_of_it_after_the_call_is_over(office: Office) -> None:
    await asks_to_pick_up(office)
    office.phone.gone_s = office.s.now[0]
    assert await office.hung_up() == []
    rung = await office.rung()
    assert await office.hung_up() == [rung.name]


async def test_one_that_never_came_about_is_forgotten(office: Office) -> None:
    await asks_to_pick_up(office)
    office.phone.gone_s = office.s.now[0]
    office.s.now[0] += 21.0
    assert await office.hung_up() == []
    await office.rung()
    assert await office.hung_up() == [], "it is nobody's any more"


async def test_that_the_pbx_refuses_because_it_is_gone_does_no_harm(office: Office) -> None:
    await asks_to_pick_up(office)
    rung = await office.rung()
    office.phone.gone_s = office.s.now[0]
    office.s.manager.refusals["Hangup"] = "No such channel"
    assert await office.hung_up() == [rung.name]
    assert await office.hung_up() == []


async def test_who_would_listen_is_rung_as_long_as_they_talk(office: Office) -> None:
    office.talks()
    await office.s.connector.single_step_conference_call(CallId(office.call_id), ALICE, BOB, ListenMode.SILENT)
    rung = await office.rung()
    assert rung.state == RINGING
    assert await office.hung_up() == []
    office.phone.gone_s = office.s.now[0]
    assert await office.hung_up() == [rung.name]
