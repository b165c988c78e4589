"""States of phones and trunks from every source that Asterisk has of them."""

from __future__ import annotations

from datetime import datetime

import pytest

from ringcard.calls.causes import DeviceKind, DeviceState
from ringcard.calls.events import DeviceStateChanged
from ringcard.calls.identifiers import PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.asterisk.terminals import LIST_PATIENCE_S
from ringcard.pbx.asterisk.tracked import moment
from ringcard.pbx.asterisk.translate import Translator

T0 = 1_795_385_230.0


class Heard:
    """A translator of a company with the phones 101-110, and 101's phone in the browser."""

    def __init__(self) -> None:
        ours = parse_devices("101-110")
        names = DeviceNames(ours, {"101-web": "101"})
        self.translator = Translator(PbxId("office"), names, NumberingPlan("RU", None, ours))
        self.now_s = T0
        self.translator.connected(T0)

    def hears(self, name: str, **headers: str) -> list[DeviceStateChanged]:
        self.now_s += 1.0
        events = self.translator.receive(Message(name, headers), self.now_s)
        return [event for event in events if isinstance(event, DeviceStateChanged)]

    def state(self, device: str, state: str) -> list[DeviceStateChanged]:
        return self.hears("DeviceStateChange", Device=device, State=state)

    def listed(self, device: str, state: str) -> list[DeviceStateChanged]:
        return self.hears("DeviceStateChange", ActionID="a-1", Device=device, State=state)

    def all_listed(self) -> list[DeviceStateChanged]:
        return self.hears("DeviceStateListComplete", ActionID="a-1")

    def tree(self, family: str, **entries: str) -> list[DeviceStateChanged]:
        told = []
        for key, value in entries.items():
            told += self.hears(
                "DBGetTreeResponse", Key=f"/{family}/{key.removeprefix('of_')}", Val=value, ActionID=f"a-{family}"
            )
        return told + self.hears("DBGetTreeComplete", ActionID=f"a-{family}")

    @property
    def now(self) -> datetime:
        return moment(self.now_s)


def told(events: list[DeviceStateChanged]) -> list[tuple[str, str, str]]:
    return [(event.device, event.state.value, event.source) for event in events]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("INUSE", DeviceState.BUSY),
        ("BUSY", DeviceState.BUSY),
        ("RINGING", DeviceState.RINGING),
        ("RINGINUSE", DeviceState.BUSY),
        ("ONHOLD", DeviceState.HELD),
        ("UNAVAILABLE", DeviceState.UNREACHABLE),
        ("INVALID", DeviceState.UNKNOWN),
        ("something new", DeviceState.UNKNOWN),
    ],
)
def test_each_state_of_asterisk_is_told_as_what_it_is(word: str, state: DeviceState) -> None:
    pbx = Heard()
    pbx.state("PJSIP/101", "NOT_INUSE")
    (event,) = pbx.state("PJSIP/101", word)
    assert event.state is state
    assert (event.since, event.source, event.kind) == (pbx.now, "PJSIP/101", DeviceKind.PHONE)


def test_a_state_that_is_said_twice_is_told_once() -> None:
    pbx = Heard()
    assert told(pbx.state("PJSIP/101", "RINGING")) == [("101", "ringing", "PJSIP/101")]
    assert pbx.state("PJSIP/101", "RINGING") == []


def test_since_when_a_listed_state_lasts_nobody_knows_and_it_is_told_when_the_list_is_complete() -> None:
    pbx = Heard()
    assert pbx.listed("PJSIP/101", "NOT_INUSE") == pbx.listed("PJSIP/102", "UNAVAILABLE") == []
    events = pbx.all_listed()
    assert told(events) == [("101", "idle", "PJSIP/101"), ("102", "unreachable", "PJSIP/102")]
    assert [event.since for event in events] == [None, None]


def test_a_list_that_never_ends_is_told_after_a_while() -> None:
    pbx = Heard()
    pbx.listed("PJSIP/101", "NOT_INUSE")
    assert pbx.translator.tick(pbx.now_s + LIST_PATIENCE_S - 0.1) == []
    assert len(pbx.translator.tick(pbx.now_s + LIST_PATIENCE_S)) == 1


def test_what_changes_while_the_list_is_told_is_told_at_once() -> None:
    pbx = Heard()
    pbx.listed("PJSIP/101", "NOT_INUSE")
    assert told(pbx.state("PJSIP/101", "RINGING")) == [("101", "ringing", "PJSIP/101")]
    assert pbx.all_listed() == []


def test_a_phone_that_the_pbx_no_longer_has_is_unknown_not_idle() -> None:
    pbx = Heard()
    pbx.listed("PJSIP/101", "NOT_INUSE")
    pbx.listed("PJSIP/102", "NOT_INUSE")
    pbx.all_listed()
    pbx.listed("PJSIP/101", "NOT_INUSE")
    assert told(pbx.all_listed()) == [("102", "unknown", "gone")]


def test_of_two_phones_of_one_person_the_one_that_talks_counts_and_one_that_is_on_is_enough() -> None:
    pbx = Heard()
    pbx.state("PJSIP/101", "NOT_INUSE")
    assert pbx.state("PJSIP/101-web", "UNAVAILABLE") == []
    assert told(pbx.state("PJSIP/101", "UNAVAILABLE")) == [("101", "unreachable", "PJSIP/101")]
    assert told(pbx.state("PJSIP/101-web", "INUSE")) == [("101", "busy", "PJSIP/101-web")]


def test_a_trunk_is_no_phone_and_what_is_neither_is_not_told() -> None:
    pbx = Heard()
    (event,) = pbx.state("PJSIP/provider", "UNAVAILABLE")
    assert (event.device, event.kind, event.state) == ("provider", DeviceKind.TRUNK, DeviceState.UNREACHABLE)
    assert pbx.state("PJSIP/74951110000", "NOT_INUSE")[0].kind is DeviceKind.TRUNK
    for other in ("PJSIP/999", "PJSIP/anonymous", "Queue:sales", "MWI:101@default", "park:701@parkedcalls", "nonsense"):
        assert pbx.state(other, "INUSE") == []
    assert pbx.state("Local/101@internal", "INUSE") == []


# -- who wants no calls -----------------------------------------------------------------------------------------------


def test_do_not_disturb_by_a_custom_state() -> None:
    pbx = Heard()
    pbx.state("PJSIP/101", "NOT_INUSE")
    assert told(pbx.state("Custom:DND101", "BUSY")) == [("101", "do_not_disturb", "Custom:DND101")]
    assert pbx.state("Custom:DEVDND101", "BUSY") == []
    assert told(pbx.state("Custom:DND101", "NOT_INUSE")) == [("101", "idle", "PJSIP/101")]


def test_what_a_phone_does_and_that_it_is_off_come_before_what_it_wants() -> None:
    pbx = Heard()
    pbx.state("PJSIP/101", "NOT_INUSE")
    pbx.state("Custom:DND101", "BUSY")
    assert told(pbx.state("PJSIP/101", "INUSE")) == [("101", "busy", "PJSIP/101")]
    assert told(pbx.state("PJSIP/101", "NOT_INUSE")) == [("101", "do_not_disturb", "Custom:DND101")]
    assert told(pbx.state("PJSIP/101", "UNAVAILABLE")) == [("101", "unreachable", "PJSIP/101")]


def test_a_phone_with_do_not_disturb_is_not_told_as_idle_on_the_way() -> None:
    pbx = Heard()
    assert pbx.tree("DND", of_101="YES") == []
    pbx.listed("PJSIP/101", "NOT_INUSE")
    assert told(pbx.all_listed()) == [("101", "do_not_disturb", "DND/101")]


def test_do_not_disturb_that_is_only_in_the_database_ends_when_it_is_no_longer_there() -> None:
    pbx = Heard()
    pbx.state("PJSIP/101", "NOT_INUSE")
    (event,) = pbx.tree("DND", of_101="YES")
    assert (event.state, event.since) == (DeviceState.DO_NOT_DISTURB, None)
    assert pbx.tree("DND", of_101="YES") == pbx.tree("CF") == []
    assert told(pbx.tree("DND")) == [("101", "idle", "PJSIP/101")]


def test_forwarding_says_to_whom_as_the_company_writes_numbers() -> None:
    pbx = Heard()
    pbx.state("PJSIP/101", "NOT_INUSE")
    pbx.state("PJSIP/102", "NOT_INUSE")
    events = pbx.tree("CF", of_101="84957654321", of_102="103")
    assert [(e.device, e.state, e.forwarded_to) for e in events] == [
        ("101", DeviceState.FORWARDED, "+74957654321"),
        ("102", DeviceState.FORWARDED, "103"),
    ]


def test_forwarding_by_a_custom_state_is_told_at_once_and_to_whom_when_the_database_has_said_it() -> None:
    pbx = Heard()
    pbx.state("PJSIP/101", "NOT_INUSE")
    (first,) = pbx.state("Custom:CF101", "INUSE")
    assert (first.state, first.forwarded_to) == (DeviceState.FORWARDED, None)
    (second,) = pbx.hears("DBGetResponse", Family="CF", Key="101", Val="84957654321", ActionID="a-2")
    assert second.forwarded_to == "+74957654321"
    (third,) = pbx.state("Custom:CF101", "NOT_INUSE")
    assert (third.state, third.forwarded_to) == (DeviceState.IDLE, None)


def test_do_not_disturb_comes_before_forwarding() -> None:
    pbx = Heard()
    pbx.state("PJSIP/101", "NOT_INUSE")
    pbx.tree("CF", of_101="103")
    assert told(pbx.tree("DND", of_101="1")) == [("101", "do_not_disturb", "DND/101")]
    assert told(pbx.tree("DND")) == [("101", "forwarded", "CF/101")]


def test_a_custom_state_decides_alone_whatever_was_left_in_the_database() -> None:
    pbx = Heard()
    pbx.state("PJSIP/101", "NOT_INUSE")
    pbx.state("Custom:DND101", "NOT_INUSE")
    assert pbx.tree("DND", of_101="YES") == []


@pytest.mark.parametrize("key", ["", "/", "DND", "/DND/", "/DND/999", "/OTHER/101", "/DND/101/more"])
def test_what_the_database_holds_beside_is_nobodys(key: str) -> None:
    pbx = Heard()
    pbx.state("PJSIP/101", "NOT_INUSE")
    assert pbx.hears("DBGetTreeResponse", Key=key, Val="YES", ActionID="a-DND") == []
    assert pbx.hears("DBGetTreeComplete", ActionID="a-DND") == []
    assert pbx.hears("DBGetTreeComplete") == []


# -- where there is no device state -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "address", "state"),
    [
        ("OK (3 ms)", "127.0.0.1", "idle"),
        ("LAGGED (3000 ms)", "127.0.0.1", "idle"),
        ("Unmonitored", "127.0.0.1", "idle"),
        ("Unmonitored", "-none-", "unreachable"),
        ("UNREACHABLE", "127.0.0.1", "unreachable"),
        ("UNKNOWN", "-none-", "unreachable"),
        ("UNKNOWN", "127.0.0.1", "unknown"),
    ],
)
def test_a_peer_of_chan_sip_without_a_state_is_known_by_its_registration(status: str, address: str, state: str) -> None:
    pbx = Heard()
    pbx.hears(
        "PeerEntry", Channeltype="SIP", ObjectName="101", IPaddress=address, Dynamic="yes", Status=status, ActionID="1"
    )
    assert told(pbx.all_listed()) == [("101", state, "SIP/101")]


def test_a_contact_and_a_hint_tell_of_who_has_no_state_and_a_state_comes_before_them() -> None:
    pbx = Heard()
    pbx.hears("ContactList", Endpoint="101", Status="Unreachable", ActionID="a-1")
    pbx.hears("ContactList", Endpoint="102", Status="Reachable", ActionID="a-1")
    pbx.hears("ExtensionStatus", Hint="DAHDI/103", Status="8", ActionID="a-1")
    pbx.hears("ExtensionStatus", Hint="PJSIP/104&Custom:DND104", Status="1", ActionID="a-1")
    pbx.hears("ExtensionStatus", Hint="PJSIP/105", Status="1")
    pbx.listed("PJSIP/102", "INUSE")
    assert sorted(told(pbx.all_listed())) == [
        ("101", "unreachable", "PJSIP/101"),
        ("102", "busy", "PJSIP/102"),
        ("103", "ringing", "DAHDI/103"),
    ]
