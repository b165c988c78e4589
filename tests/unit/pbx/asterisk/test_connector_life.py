"""A connection's life: log in, take stock, listen, lose it, try again."""

from __future__ import annotations

import asyncio

import pytest
import uvloop
from tests.unit.pbx.asterisk.connector_stage import PING_S, TICK_S, settings, stage
from tests.unit.pbx.asterisk.fake_manager import FakeManager, event

from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.filters import EVENT_CLASSES, filters
from ringcard.pbx.asterisk.protocol import AmiProtocol
from ringcard.pbx.asterisk.session import BROADCAST
from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.asterisk.wire import LinkLost, Wire, connect
from ringcard.pbx.connector import LinkDown, LinkState
from ringcard.pbx.link import LinkCause

BRIDGES = [event("BridgeListItem", {"BridgeUniqueid": f"bridge-{number}"}) for number in range(40)]


async def test_it_asks_for_everything_in_order_and_only_then_is_up() -> None:
    manager = FakeManager(items={"BridgeList": BRIDGES[:2]})
    async with stage(manager) as s:
        status = await s.up()
        asked = [message.headers["Action"] for message in manager.heard if message.headers["Action"] != "Filter"]
    assert asked[:5] == ["Challenge", "Login", "CoreSettings", "ListCommands", "Events"]
    assert asked[5:] == [
        *("Originate", "CoreStatus", "CoreShowChannels", "BridgeList", "BridgeInfo", "BridgeInfo"),
        *("QueueStatus", "PJSIPShowContacts", "DeviceStateList", "ParkedCalls"),
    ]
    assert (status.pbx_version, status.problem) == ("22.10.1", None)


async def test_events_are_asked_for_by_class_once_the_filters_stand() -> None:
    async with stage() as s:
        await s.up()
        names = [message.headers["Action"] for message in s.manager.heard]
        assert s.manager.all_asked("Login")[0].headers["Events"] == "system"
        assert s.manager.all_asked("Events")[0].headers["EventMask"] == EVENT_CLASSES
        assert [f.headers.get("MatchCriteria") for f in s.manager.all_asked("Filter")] == [
            f.get("MatchCriteria") for f in filters(22, BROADCAST)
        ]
    last_filter = len(names) - 1 - names[::-1].index("Filter")
    assert last_filter < names.index("Events") < names.index("CoreShowChannels")


async def test_the_translator_hears_one_story_connected_what_came_disconnected() -> None:
    async with stage() as s:
        await s.up()
        s.manager.emit("Newchannel", {"Channel": "PJSIP/101-1"})
        await s.heard("Newchannel")
        assert len(s.events) == 1
        s.manager.hang_up()
        await s.heard("disconnected")
    told = s.translator.told
    assert told[:3] == ["connected", "FullyBooted", "response"]
    assert told.count("connected") == told.count("disconnected") == 1
    assert told[-2:] == ["Newchannel", "disconnected"]


async def test_every_bridge_is_asked_about_in_the_order_of_the_list() -> None:
    async with stage(FakeManager(items={"BridgeList": BRIDGES})) as s:
        await s.up()
        asked = [message.headers["BridgeUniqueid"] for message in s.manager.all_asked("BridgeInfo")]
    assert asked == [f"bridge-{number}" for number in range(40)]
    told = s.translator.told
    assert told.count("BridgeInfoComplete") == 40
    assert told.index("BridgeInfoComplete") > told.index("BridgeListComplete")


async def test_a_lost_connection_is_made_again_with_a_new_snapshot() -> None:
    async with stage() as s:
        await s.up()
        s.manager.hang_up()
        down = await s.status()
        assert down.state is LinkState.DOWN
        assert down.problem is not None
        assert "closed" in down.problem
        assert down.cause is LinkCause.BROKEN
        await s.retries()
        await s.up()
        assert s.translator.told.count("connected") == 2
        assert s.translator.told.count("CoreShowChannelsComplete") == 2


async def test_waits_grow_and_are_drawn_by_lot_up_to_their_bound() -> None:
    # Nobody listens on this port: it was free a moment ago.
    async with FakeManager().running() as manager:
        pass
    lot = iter([0.0, 0.5, 0.999, 0.5, 0.5, 0.5, 0.5, 0.999])
    async with stage(manager, chance=lambda: next(lot, 0.0), timing={"backoff_first_s": 1, "backoff_most_s": 30}) as s:
        waits = [await s.retries() for _ in range(8)]
    assert waits == pytest.approx([0.0, 1.0, 3.996, 4.0, 8.0, 15.0, 15.0, 29.97])
    assert s.connector.status.state is LinkState.DOWN
    assert s.connector.status.problem is not None
    assert "nothing listens" in s.connector.status.problem
    assert s.connector.status.cause is LinkCause.CLOSED


async def test_a_connection_that_held_makes_the_next_wait_short_again() -> None:
    async with stage() as s:
        for expected in (0.5, 1.0, 2.0):
            await s.up()
            s.manager.hang_up()
            assert await s.retries() == expected
        await s.up()
        s.now[0] += 61
        s.manager.hang_up()
        assert await s.retries() == 0.5


async def test_since_is_when_the_state_began_however_often_it_is_tried() -> None:
    async with FakeManager().running() as manager:
        pass
    async with stage(manager) as s:
        first = await s.status()
        s.now[0] += 100
        await s.retries()
        await s.retries()
        assert s.connector.status.since == first.since
        assert s.statuses.empty()


async def test_a_pbx_that_answers_no_ping_is_given_up() -> None:
    async with stage(timing={"ping_answer_s": 0.05}) as s:
        await s.up()
        s.manager.unanswered.add("Ping")
        await s.naps.end(PING_S)
        down = await s.status()
        assert down.state is LinkState.DOWN
        assert down.problem == "the PBX did not answer Ping within 0.05 s"
        assert down.cause is LinkCause.NOT_ANSWERING
        await s.heard("disconnected")


async def test_a_pbx_that_accepts_and_says_nothing_is_given_up() -> None:
    async with stage(FakeManager(banner=None), timing={"banner_s": 0.05}) as s:
        down = await s.status()
    assert down.problem is not None
    assert "says nothing" in down.problem
    assert s.translator.told == []


@pytest.mark.parametrize("action", ["Challenge", "Login", "CoreSettings", "ListCommands", "Filter", "CoreStatus"])
async def test_a_pbx_that_stops_answering_is_given_up_at(action: str) -> None:
    manager = FakeManager(unanswered={action})
    async with stage(manager, timing={"login_s": 0.05, "action_s": 0.05}) as s:
        down = await s.status()
    assert (down.state, down.problem) == (LinkState.DOWN, f"the PBX did not answer {action} within 0.05 s")


@pytest.mark.parametrize("action", ["CoreShowChannels", "BridgeList", "QueueStatus", "ParkedCalls"])
async def test_a_list_that_never_ends_is_given_up(action: str) -> None:
    async with stage(FakeManager(unfinished={action}), timing={"list_s": 0.05}) as s:
        down = await s.status()
    assert down.problem == f"the PBX did not finish its answer to {action} within 0.05 s"
    assert s.translator.told[0] == "connected"
    assert s.translator.told[-1] == "disconnected"


async def test_a_snapshot_is_taken_when_the_translator_asks_but_not_more_than_every_five_seconds() -> None:
    async with stage() as s:
        await s.up()
        s.translator.wants_snapshot = True
        await s.naps.end(TICK_S)
        assert len(s.manager.all_asked("CoreShowChannels")) == 1
        s.now[0] += 5
        await s.naps.end(TICK_S)
        await s.heard("CoreShowChannelsComplete", 2)
        assert not s.translator.wants_snapshot
        await s.naps.end(TICK_S)
        assert len(s.manager.all_asked("CoreShowChannels")) == 2
        assert s.translator.ticks == 3


@pytest.mark.parametrize("booted_s", [5.0, 0.05], ids=["it waits", "it came too early"])
async def test_what_a_module_offers_that_is_loaded_late_is_asked_when_it_has_booted(booted_s: float) -> None:
    """An Asterisk that is just starting lists only the actions of what it has loaded."""
    manager = FakeManager(booted=False, not_loaded={"QueueStatus"})
    async with stage(manager, timing={"booted_s": booted_s}) as s:
        await manager.asked("Login")
        if booted_s < 1:
            await s.up()
            assert manager.all_asked("QueueStatus") == []
        manager.not_loaded.clear()
        manager.booted = True
        manager.emit("FullyBooted", {"Uptime": "0"}, "system")
        if booted_s < 1:
            await s.heard("FullyBooted")
            s.now[0] += 5
            await s.naps.end(TICK_S)
        await manager.asked("QueueStatus")


async def test_what_a_module_offers_that_is_loaded_while_we_take_stock_is_asked_after_it() -> None:
    manager = FakeManager(booted=False, not_loaded={"QueueStatus"}, unfinished={"CoreShowChannels"})
    async with stage(manager, timing={"booted_s": 0.05}) as s:
        listing = await manager.asked("CoreShowChannels")
        manager.not_loaded.clear()
        manager.emit("FullyBooted", {"Uptime": "0"}, "system")
        manager.unfinished.clear()
        manager.send(
            f"Event: CoreShowChannelsComplete\r\nActionID: {listing.action_id}\r\nEventList: Complete\r\n\r\n".encode()
        )
        await s.up()
        assert manager.all_asked("QueueStatus") == []
        s.now[0] += 5
        await s.naps.end(TICK_S)
        await manager.asked("QueueStatus")


async def test_a_pbx_that_was_still_starting_is_asked_again_when_it_has_started() -> None:
    async with stage(FakeManager(booted=False), timing={"booted_s": 0.05}) as s:
        status = await s.up()
        assert status.problem is not None
        assert "read = system" in status.problem
        s.manager.emit("FullyBooted", {"Uptime": "0"}, "system")
        await s.heard("FullyBooted")
        s.now[0] += 5
        await s.naps.end(TICK_S)
        await s.heard("CoreShowChannelsComplete", 2)
        await s.naps.end(PING_S)
        assert (await s.status()).problem is None


async def test_an_action_waits_while_the_pbx_does_not_read() -> None:
    async with FakeManager().running() as manager:
        wire = await connect(settings(manager), lambda: Wire(AmiProtocol(), lambda _: None))
        try:
            wire.pause_writing()
            asking = asyncio.create_task(wire.ask("Challenge", {"AuthType": "MD5"}, within_s=5))
            for _ in range(20):
                await asyncio.sleep(0)
            assert manager.heard == []
            wire.resume_writing()
            assert (await asking).succeeded
            wire.pause_writing()
            with pytest.raises(LinkLost, match=r"did not answer Ping within 0\.01 s"):
                await wire.ask("Ping", within_s=0.01)
        finally:
            await wire.close()


async def test_ending_says_goodbye() -> None:
    async with stage() as s:
        await s.up()
    assert s.manager.heard[-1].headers["Action"] == "Logoff"
    assert s.translator.told[-1] == "disconnected"


async def test_ending_while_it_connects_passes_the_cancellation_on() -> None:
    async with stage(FakeManager(banner=None)) as s:
        await s.manager.until(lambda: s.manager.connections == 1)
    assert s.translator.told == []


async def test_ending_while_the_connection_breaks_ends() -> None:
    """Both at once: a TaskGroup before Python 3.13 forgets the cancellation that comes while it is ending."""
    for turns in range(6):
        async with stage() as s:
            await s.up()
            s.manager.hang_up()
            await s.manager.until(lambda: not s.manager.visitors)
            for _ in range(turns):
                await asyncio.sleep(0)


async def test_a_fault_of_ours_does_not_cost_the_connection_and_is_put_right_by_a_snapshot() -> None:
    async with stage() as s:
        await s.up()
        s.translator.fails_on = "Hangup"
        s.manager.emit("Hangup")
        s.manager.emit("Newchannel", {"Channel": "PJSIP/101-1"})
        await s.heard("Newchannel")
        assert len(s.events) == 1
        s.now[0] += 5
        await s.naps.end(TICK_S)
        await s.heard("CoreShowChannelsComplete", 2)
        assert s.manager.connections == 1


@pytest.mark.parametrize("trouble", [LinkDown("there is no connection now"), RuntimeError("a fault of ours")])
async def test_what_is_done_with_a_tick_does_not_cost_the_connection(trouble: Exception) -> None:
    """A connection may be lost between the tick and its work; then the connector itself must not end."""
    tried = asyncio.Event()

    class Troubled(AsteriskConnector):
        async def look_after(self) -> None:
            tried.set()
            raise trouble

    async with stage(of=Troubled) as s:
        await s.up()
        await s.naps.end(lambda seconds: seconds == TICK_S)
        async with asyncio.timeout(5):
            await tried.wait()
        await s.naps.end(lambda seconds: seconds == TICK_S)
        assert s.connector.status.state is LinkState.UP


async def test_services_need_a_connection() -> None:
    async with stage(FakeManager(banner=None)) as s:
        with pytest.raises(LinkDown, match="no connection to office"):
            await s.connector.make_call("101", "102")  # type: ignore[arg-type]


async def test_two_pbxs_at_once_do_not_see_each_other() -> None:
    async with stage() as one, stage() as other:
        await one.up()
        await other.up()
        one.manager.emit("Newchannel", {"Channel": "PJSIP/101-1", "Uniqueid": "1.1"})
        await one.heard("Newchannel")
        one.manager.hang_up()
        await one.heard("disconnected")
        assert "Newchannel" not in other.translator.told
        assert other.connector.status.state is LinkState.UP


async def test_the_secret_is_in_no_representation() -> None:
    shown = repr(AsteriskSettings(pbx="office", host="localhost", user="ringcard", secret="s3cret"))
    assert "s3cret" not in shown


async def test_it_runs_on_uvloop() -> None:
    async def main() -> str:
        async with stage() as s:
            await s.up()
            s.manager.emit("Newchannel", {"Channel": "PJSIP/101-1"})
            await s.heard("Newchannel")
        return s.manager.heard[-1].headers["Action"]

    def run() -> str:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(main())

    assert await asyncio.to_thread(run) == "Logoff"
