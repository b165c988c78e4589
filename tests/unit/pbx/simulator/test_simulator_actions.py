"""The manager interface answers as Asterisk 22 does."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest
from tests.unit.pbx.simulator.ami_client import Client

from ringcard.pbx.simulator.phones import SimulatedPhoneSystem
from ringcard.pbx.simulator.server import AmiServer


@pytest.fixture
async def client(server: AmiServer) -> AsyncIterator[Client]:
    opened = await Client.open(server.port)
    await opened.login()
    yield opened
    await opened.close()


async def talking(system: SimulatedPhoneSystem) -> None:
    caller, alice = system.caller(), system.phone("101")
    await caller.dials("4951110101")
    await alice.rings()
    await alice.answers()


class TestLoggingIn:
    async def test_the_banner_comes_first_then_the_response_then_fully_booted(self, server: AmiServer) -> None:
        client = await Client.open(server.port)
        assert await client.reader.readline() == b"Asterisk Call Manager/11.0.0\r\n"
        client.send("Login", Username="ringcard", Secret="ringcard", ActionID="1")
        assert await client.receive() == {
            "Response": "Success", "ActionID": "1", "Message": "Authentication accepted",
        }  # fmt: skip
        booted = await client.receive()
        assert (booted["Event"], booted["Status"]) == ("FullyBooted", "Fully Booted")
        await client.close()

    async def test_md5_with_the_challenge_is_accepted(self, server: AmiServer) -> None:
        client = await Client.open(server.port)
        await client.reader.readline()
        challenge = (await client.ask("Challenge", AuthType="MD5"))["Challenge"]
        key = hashlib.md5(f"{challenge}ringcard".encode()).hexdigest()
        answer = await client.ask("Login", AuthType="MD5", Username="ringcard", Key=key)
        assert answer["Response"] == "Success"
        await client.close()

    @pytest.mark.parametrize(("user", "secret"), [("ringcard", "wrong"), ("nobody", "ringcard")])
    async def test_a_wrong_secret_is_refused_and_the_connection_closed(
        self, server: AmiServer, user: str, secret: str
    ) -> None:
        client = await Client.open(server.port)
        answer = await client.login(user, secret)
        assert (answer["Response"], answer["Message"]) == ("Error", "Authentication failed")
        assert await client.reader.read() == b""
        await client.close()

    async def test_nothing_is_done_before_login(self, server: AmiServer) -> None:
        client = await Client.open(server.port)
        await client.reader.readline()
        assert (await client.ask("CoreShowChannels"))["Message"] == "Permission denied"
        await client.close()

    async def test_events_off_means_none(self, server: AmiServer, system: SimulatedPhoneSystem) -> None:
        client = await Client.open(server.port)
        await client.login(Events="off")
        await talking(system)
        assert await client.heard_so_far() == []
        await client.close()


class TestPermissions:
    async def test_an_action_without_its_permission_is_denied(self, server: AmiServer) -> None:
        client = await Client.open(server.port)
        await client.login("tied", "tied")
        assert (await client.ask("CoreStatus"))["Response"] == "Success"
        for action in ("Originate", "Hangup", "Redirect", "Filter", "UserEvent", "QueueAdd"):
            assert (await client.ask(action))["Message"] == "Permission denied", action
        await client.close()

    async def test_only_the_classes_that_may_be_read_are_sent(
        self, server: AmiServer, system: SimulatedPhoneSystem
    ) -> None:
        client = await Client.open(server.port)
        await client.login("deaf", "deaf")
        await talking(system)
        await system.phone("105").unregisters()
        await client.event("FullyBooted")
        assert (await client.receive())["Event"] == "PeerStatus"
        await client.close()


class TestFilters:
    async def test_an_excluded_name_is_not_sent(self, client: Client, system: SimulatedPhoneSystem) -> None:
        answer = await client.ask("Filter", Operation="Add", MatchCriteria="action(exclude),name(Newchannel)")
        assert answer["Message"] == "Filter added successfully"
        await client.ask("Filter", Operation="Add", Filter="!Event: Dial")
        await talking(system)
        names = {told["Event"] for told in await client.heard_so_far()}
        assert "Newstate" in names
        assert not names & {"Newchannel", "DialBegin", "DialEnd"}

    async def test_with_includes_only_what_one_of_them_matches_is_sent(
        self, client: Client, system: SimulatedPhoneSystem
    ) -> None:
        await client.event("FullyBooted")
        await client.ask("Filter", Operation="Add", MatchCriteria="name(BridgeCreate)")
        await client.ask(
            "Filter", Operation="Add", MatchCriteria="name(VarSet),header(Variable),exact", Filter="MINE"
        )  # fmt: skip
        await talking(system)
        channel = system.phone("101").channels()[0]
        await client.ask("Setvar", Channel=channel.name, Variable="OTHER", Value="1")
        await client.ask("Setvar", Channel=channel.name, Variable="MINE", Value="2")
        told = [(event["Event"], event.get("Variable")) for event in await client.heard_so_far()]
        assert told == [("FullyBooted", None), ("BridgeCreate", None), ("VarSet", "MINE")]

    async def test_a_filter_that_makes_no_sense_is_refused(self, client: Client) -> None:
        assert (await client.ask("Filter", Operation="Add", Filter="("))["Response"] == "Error"
        assert (await client.ask("Filter", Operation="Add", MatchCriteria="colour(red)"))["Response"] == "Error"
        assert (await client.ask("Filter", Operation="Remove", Filter="x"))["Message"] == "Unknown operation"


class TestAsking:
    async def test_a_snapshot_of_a_call_agrees_in_all_lists(self, client: Client, system: SimulatedPhoneSystem) -> None:
        await talking(system)
        channels = await client.listed("CoreShowChannels")
        assert [c["Channel"].partition("-")[0] for c in channels[:-1]] == ["PJSIP/trunk", "PJSIP/101"]
        assert channels[-1]["ListItems"] == "2"
        bridge = (await client.listed("BridgeList"))[0]
        assert bridge["BridgeNumChannels"] == "2"
        members = await client.listed("BridgeInfo", BridgeUniqueid=bridge["BridgeUniqueid"])
        assert {m["Uniqueid"] for m in members[:-1]} == {c["Uniqueid"] for c in channels[:-1]}
        assert {c["BridgeId"] for c in channels[:-1]} == {bridge["BridgeUniqueid"]}
        status = await client.listed("Status")
        assert [s["Uniqueid"] for s in status[:-1]] == [c["Uniqueid"] for c in channels[:-1]]
        states = {s["Device"]: s["State"] for s in (await client.listed("DeviceStateList"))[:-1]}
        assert (states["PJSIP/101"], states["PJSIP/102"]) == ("INUSE", "NOT_INUSE")
        hints = {s["Exten"]: s["StatusText"] for s in (await client.listed("ExtensionStateList"))[:-1]}
        assert (hints["101"], hints["102"]) == ("InUse", "Idle")

    async def test_the_queue_tells_who_waits_and_who_is_paused(
        self, client: Client, system: SimulatedPhoneSystem
    ) -> None:
        await client.ask("QueuePause", Queue="sales", Interface="PJSIP/101", Paused="true", Reason="lunch")
        await client.ask("QueueAdd", Queue="sales", Interface="PJSIP/103", MemberName="Carol")
        await system.caller().dials("4951110500")
        await system.phone("103").rings()
        told = await client.listed("QueueStatus")
        members = {m["Location"]: m for m in told if m["Event"] == "QueueMember"}
        assert (members["PJSIP/101"]["Paused"], members["PJSIP/101"]["PausedReason"]) == ("1", "lunch")
        assert (members["PJSIP/103"]["Membership"], members["PJSIP/103"]["Status"]) == ("dynamic", "6")
        assert [e["CallerIDNum"] for e in told if e["Event"] == "QueueEntry"] == ["+74959195557"]
        assert not system.phone("101").channels()
        again = await client.ask("QueueAdd", Queue="sales", Interface="PJSIP/103")
        assert again["Message"] == "Unable to add interface: Already there"

    async def test_settings_tell_the_version(self, client: Client) -> None:
        assert (await client.ask("CoreSettings"))["AsteriskVersion"] == "22.10.1"
        commands = await client.ask("ListCommands")
        assert commands["Originate"] == "(Priv: originate)"

    async def test_what_does_not_exist_is_said_not_to(self, client: Client) -> None:
        wrong = [
            ("Hangup", {"Channel": "PJSIP/101-1"}, "No such channel"),
            ("BridgeInfo", {"BridgeUniqueid": "x"}, "Specified BridgeUniqueid not found"),
            ("Originate", {"Channel": "PJSIP/101"}, "Originate with 'Exten' requires 'Context' and 'Priority'"),
            ("Originate", {"Channel": "PJSIP/999", "Exten": "1", "Context": "c", "Priority": "1"}, "Originate failed"),
            ("Redirect", {"Channel": "PJSIP/101-1", "Exten": "102"}, "Channel does not exist."),
            ("Teleport", {}, "Invalid/unknown command: Teleport. Use Action: ListCommands to show available commands."),
        ]
        for action, headers, message in wrong:
            answer = await client.ask(action, ActionID="7", **headers)
            assert (answer["Response"], answer["Message"], answer["ActionID"]) == ("Error", message, "7")

    async def test_a_variable_is_what_it_was_set_to(self, client: Client, system: SimulatedPhoneSystem) -> None:
        await talking(system)
        channel = system.phone("101").channels()[0].name
        await client.ask("Setvar", Channel=channel, Variable="CARD", Value="42")
        assert (await client.ask("Getvar", Channel=channel, Variable="CARD"))["Value"] == "42"


class TestDoing:
    async def test_an_originate_tells_how_it_went(self, client: Client, system: SimulatedPhoneSystem) -> None:
        call = {"Channel": "PJSIP/101", "Context": "internal", "Exten": "102", "Priority": "1", "Async": "true"}
        answer = await client.ask("Originate", ActionID="call-1", CallerID='"Desk" <101>', **call)
        assert answer["Message"] == "Originate successfully queued"
        await system.phone("101").rings()
        await system.phone("101").answers()
        told = await client.event("OriginateResponse")
        assert (told["ActionID"], told["Response"], told["Reason"]) == ("call-1", "Success", "4")
        await system.phone("102").rings()

    async def test_an_originate_through_a_local_channel_rings_the_phone_behind_it(
        self, client: Client, system: SimulatedPhoneSystem
    ) -> None:
        call = {"Channel": "Local/101@internal", "Context": "internal", "Exten": "102", "Priority": "1"}
        await client.ask("Originate", ActionID="call-2", Async="true", **call)
        alice, bob = system.phone("101"), system.phone("102")
        await alice.rings()
        await alice.answers()
        assert (await client.event("OriginateResponse"))["Response"] == "Success"
        await bob.rings()
        await bob.answers()
        await system.passes(1)
        assert {c.name.partition("-")[0] for c in system.pbx.switch.channels.values()} == {"PJSIP/101", "PJSIP/102"}
        await bob.hangs_up()
        await alice.is_idle()

    async def test_a_user_event_reaches_every_manager(self, server: AmiServer, client: Client) -> None:
        other = await Client.open(server.port)
        await other.login()
        await client.ask("UserEvent", UserEvent="Marker", Phase="start")
        told = await other.event("UserEvent")
        assert (told["UserEvent"], told["Phase"]) == ("Marker", "start")
        await other.close()

    async def test_a_recording_names_its_file(self, client: Client, system: SimulatedPhoneSystem) -> None:
        await talking(system)
        channel = system.phone("101").channels()[0].name
        await client.ask("MixMonitor", Channel=channel, File="/calls/1.wav")
        told = {event["Event"]: event for event in await client.heard_so_far()}
        assert (told["VarSet"]["Variable"], told["VarSet"]["Value"]) == ("MIXMONITOR_FILENAME", "/calls/1.wav")
        assert told["MixMonitorStart"]["Channel"] == channel

    async def test_many_managers_hear_the_same(self, server: AmiServer, system: SimulatedPhoneSystem) -> None:
        clients = [await Client.open(server.port) for _ in range(5)]
        for client in clients:
            await client.login()
        await talking(system)
        heard = await asyncio.gather(*(client.event("BridgeCreate") for client in clients))
        assert len({told["BridgeUniqueid"] for told in heard}) == 1
        for client in clients:
            await client.close()
