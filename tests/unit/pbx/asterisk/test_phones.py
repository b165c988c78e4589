"""What phones have said that they let themselves be told, and when it is believed no more."""

from __future__ import annotations

import pytest

from ringcard.calls.identifiers import DeviceId, PbxId
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.asterisk.control.phones import FORGET_S, Phones
from ringcard.pbx.asterisk.devices import DeviceNames
from ringcard.pbx.asterisk.protocol import Message
from ringcard.pbx.asterisk.translate import Translator
from ringcard.pbx.connector import PhoneWords

ALICE, BOB = DeviceId("101"), DeviceId("102")
TALK = frozenset({"talk", "hold"})
DESK, DOOR = "Desk 7 1.2.3", "Door 1 0.9"


def test_what_is_new_is_kept_once_and_what_is_not_is_not() -> None:
    phones, kept = Phones(), list[PhoneWords]()
    phones.recall([PhoneWords(ALICE, TALK, DESK)], kept.append)
    phones.heard(ALICE, TALK, DESK, 1.0)
    assert kept == []
    phones.heard(BOB, TALK, DESK, 2.0)
    phones.heard(BOB, TALK, DESK, 3.0)
    phones.heard(ALICE, frozenset(), DESK, 4.0)
    assert kept == [PhoneWords(BOB, TALK, DESK), PhoneWords(ALICE, frozenset(), DESK)]


def test_what_was_kept_is_believed_at_once_and_the_phone_asked_again_when_it_talks() -> None:
    phones = Phones()
    phones.recall([PhoneWords(ALICE, TALK, DESK)], lambda _: None)
    assert phones.takes(ALICE, "") == phones.takes(ALICE, DESK) == TALK
    assert phones.is_old(ALICE, 0.0)
    phones.heard(ALICE, TALK, DESK, 1.0)
    assert not phones.is_old(ALICE, FORGET_S)
    assert phones.is_old(ALICE, FORGET_S + 1.0)


def test_another_phone_in_its_place_is_not_believed_to_be_the_same() -> None:
    phones = Phones()
    phones.heard(ALICE, TALK, DESK, 1.0)
    assert phones.takes(ALICE, DOOR) == frozenset()
    assert phones.takes(ALICE, DESK) == TALK


def test_a_phone_that_has_said_nothing_yet_is_as_those_of_its_make() -> None:
    phones = Phones()
    phones.heard(ALICE, TALK, DESK, 1.0)
    assert phones.takes(BOB, DESK) == TALK
    assert phones.takes(BOB, DOOR) == frozenset()
    assert phones.takes(BOB, "") == frozenset()
    phones.heard(BOB, frozenset(), DESK, 2.0)
    assert phones.takes(BOB, DESK) == frozenset()
    assert phones.takes(ALICE, DESK) == TALK


def test_a_phone_that_could_not_be_asked_has_said_nothing_else() -> None:
    phones, kept = Phones(), list[PhoneWords]()
    phones.recall([PhoneWords(ALICE, TALK, DESK)], kept.append)
    for device in (ALICE, BOB):
        phones.silent(device, DESK, 5.0)
        assert not phones.is_old(device, 6.0)
    assert phones.takes(ALICE, "") == TALK
    assert kept == []


@pytest.mark.parametrize(("endpoint", "agent"), [("101", DESK), ("trunk", ""), ("199", "")])
def test_who_is_registered_is_read_from_the_list_of_contacts(endpoint: str, agent: str) -> None:
    ours = parse_devices("101-110")
    translator = Translator(PbxId("office"), DeviceNames(ours), NumberingPlan("RU", None, ours))
    listed = {"Endpoint": endpoint, "UserAgent": DESK, "Status": "Reachable", "ActionID": "1"}
    translator.receive(Message("ContactList", listed), 1.0)
    assert translator.user_agent_of(DeviceId(endpoint)) == agent
