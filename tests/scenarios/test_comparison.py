"""Holding a record against the truth: a right record has no difference, and every wrong fact is told."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ringcard.testing.scenarios import Expected, differences, differences_of_all, expected_from_json
from ringcard.testing.scenarios.expected import (
    UNTOLD,
    ConsultationTruth,
    DeviceTruth,
    HoldTruth,
    TransferTruth,
)

BEGAN = 1_795_385_502.0
Json = dict[str, Any]


def moment(epoch_s: float | None) -> str | None:
    if epoch_s is None:
        return None
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def transferred_call() -> Expected:
    """101 answers after 1 s, holds for 2 s, asks 102 and hands the caller over; the caller hangs up after 10 s."""
    return Expected(
        direction="inbound",
        caller="+74959195557",
        called="4951110101",
        disposition="answered",
        started_at=BEGAN,
        answered_at=BEGAN + 1,
        ended_at=BEGAN + 10,
        ended_by="caller",
        devices=[DeviceTruth("101", BEGAN, "answered", 5.0), DeviceTruth("102", None, "answered", 4.0)],
        holds=[HoldTruth("101", 2.0)],
        transfers=[TransferTruth("attended", "101", "102", True)],
        consultations=[ConsultationTruth("101", "102", True)],
    )


def its_record() -> Json:
    """The record of that call, written by hand from the contract."""

    def stint(device: str, ringing: float | None, answered: float, left: float, hold_s: float) -> Json:
        return {
            "device": device,
            "ringing_at": None if ringing is None else moment(BEGAN + ringing),
            "answered_at": moment(BEGAN + answered),
            "left_at": moment(BEGAN + left),
            "outcome": "answered",
            "talk_s": left - answered,
            "hold_s": hold_s,
        }

    return {
        "call_id": "call-1",
        "conversation_id": "conversation-1",
        "direction": "inbound",
        "pbx_ids": ["1795385502.36"],
        "gaps": [],
        "caller": {"number": "+74959195557", "presented": "84959195557", "device": None, "name": None},
        "called": {"number": "+74951110101", "presented": "4951110101", "device": None, "name": None},
        "queue": None,
        "started_at": moment(BEGAN),
        "answered_at": moment(BEGAN + 1),
        "ended_at": moment(BEGAN + 10),
        "disposition": "answered",
        "ended_by": "caller",
        "devices": [stint("101", 0.0, 1.0, 6.0, 2.0), stint("102", None, 6.0, 10.0, 0.0)],
        "holds": [{"by": "101", "from": moment(BEGAN + 3), "to": moment(BEGAN + 5)}],
        "transfers": [
            {"kind": "attended", "by": "101", "to": "102", "at": moment(BEGAN + 6), "completed": True},
        ],
        "consultations": [
            {
                "by": "101",
                "to": "102",
                "started_at": moment(BEGAN + 3),
                "ringing_at": moment(BEGAN + 3),
                "answered_at": moment(BEGAN + 4),
                "ended_at": moment(BEGAN + 6),
                "outcome": "answered",
            }
        ],
        "conference": False,
        "recordings": [],
        "talk_s": 9.0,
        "hold_s": 2.0,
        "ring_s": 1.0,
        "wait_s": 0.0,
        "complete": True,
        "anomalies": [],
    }


def test_a_true_record_has_no_difference() -> None:
    assert differences(transferred_call(), its_record()) == []
    assert differences_of_all([transferred_call()], [its_record()]) == []


def test_a_device_missing_from_the_contract_is_told() -> None:
    for key in its_record():
        record = its_record()
        del record[key]
        assert any(key in difference for difference in differences(transferred_call(), record)), key


def swap(key: str, value: Any) -> Callable[[Json], None]:
    def change(record: Json) -> None:
        record[key] = value

    return change


def within(key: str, part: str, value: Any, index: int = 0) -> Callable[[Json], None]:
    def change(record: Json) -> None:
        record[key][index][part] = value

    return change


def of_party(key: str, part: str, value: Any) -> Callable[[Json], None]:
    def change(record: Json) -> None:
        record[key][part] = value

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (swap("direction", "outbound"), "direction"),
        (swap("queue", "sales"), "queue"),
        (swap("disposition", "no_answer"), "disposition"),
        (swap("ended_by", "101"), "ended_by"),
        (swap("conference", True), "conference"),
        (swap("complete", False), "not complete"),
        (swap("started_at", moment(BEGAN - 0.6)), "started_at"),
        (swap("answered_at", None), "answered_at"),
        (swap("answered_at", moment(BEGAN + 1.6)), "answered_at"),
        (swap("ended_at", moment(BEGAN + 10.6)), "ended_at"),
        (swap("started_at", "2026-11-22T22:11:42Z"), "RFC 3339"),
        (swap("talk_s", 12.0), "talk_s"),
        (swap("talk_s", None), "talk_s"),
        (swap("hold_s", 0.0), "hold_s"),
        (swap("ring_s", 3.0), "ring_s"),
        (swap("wait_s", 1.0), "wait_s"),
        (swap("holds", []), "holds"),
        (swap("transfers", []), "transfers"),
        (swap("consultations", []), "consultations"),
        (swap("devices", []), "101 is missing"),
        (swap("recordings", [{"file": "a.wav", "started_at": moment(BEGAN), "duration_s": 1.0}]), "recordings"),
        (within("devices", "outcome", "cancelled"), "101"),
        (within("devices", "talk_s", 6.0), "talked"),
        (within("devices", "hold_s", 0.0), "held"),
        (within("devices", "ringing_at", moment(BEGAN + 0.6)), "rang"),
        (within("devices", "left_at", moment(BEGAN)), "left"),
        (within("devices", "device", "105", index=1), "105"),
        (within("holds", "by", "customer"), "holds"),
        (within("holds", "to", moment(BEGAN + 7)), "holds"),
        (within("transfers", "to", "103"), "transfers"),
        (within("transfers", "completed", False), "transfers"),
        (within("transfers", "kind", "blind"), "transfers"),
        (within("transfers", "at", moment(BEGAN + 11)), "outside"),
        (within("consultations", "answered_at", None), "consultations"),
        (of_party("caller", "number", "+74959195558"), "caller"),
        (of_party("caller", "number", "84959195557"), "E.164"),
        (of_party("called", "device", "101"), "called"),
    ],
)
def test_every_wrong_fact_is_told(change: Callable[[Json], None], told: str) -> None:
    record = its_record()
    change(record)
    found = differences(transferred_call(), record)
    assert any(told in difference for difference in found), found


def test_a_device_that_had_no_part_is_told() -> None:
    record = its_record()
    record["devices"].append({**record["devices"][0], "device": "109", "talk_s": 0.0, "hold_s": 0.0})
    assert any("109" in difference for difference in differences(transferred_call(), record))


def test_the_one_consulted_may_have_a_row_without_talk() -> None:
    truth, record = transferred_call(), its_record()
    truth.devices.pop()
    truth.transfers.clear()
    record["transfers"] = []
    record["devices"][1].update(talk_s=0.0, outcome="no_answer", answered_at=None, left_at=None)
    record["talk_s"] = 5.0
    assert differences(truth, record) == []


def test_stints_of_one_device_are_taken_together() -> None:
    truth, record = transferred_call(), its_record()
    first = record["devices"][0]
    second = {**copy.deepcopy(first), "answered_at": moment(BEGAN + 4), "talk_s": 2.0, "hold_s": 0.0}
    first.update(left_at=moment(BEGAN + 4), talk_s=3.0)
    record["devices"].insert(1, second)
    assert differences(truth, record) == []


def test_a_withheld_number_must_not_be_there_at_all() -> None:
    truth, record = transferred_call(), its_record()
    truth.caller = None
    assert any("withheld" in difference for difference in differences(truth, record))
    record["caller"].update(number=None, presented=None)
    assert differences(truth, record) == []
    truth.caller = UNTOLD
    assert differences(truth, its_record()) == []


def test_a_call_without_a_record_and_a_record_without_a_call_are_told() -> None:
    truth, record = transferred_call(), its_record()
    ghost = {**its_record(), "call_id": "call-2", "conversation_id": "conversation-2"}
    assert differences_of_all([truth], []) == ["c1: there is no record of it"]
    assert any("record of no call" in difference for difference in differences_of_all([truth], [record, ghost]))
    assert any("one call_id" in difference for difference in differences_of_all([truth, truth], [record, record]))


def test_only_joined_calls_share_a_conversation() -> None:
    apart = [transferred_call(), transferred_call()]
    joined = [transferred_call(), transferred_call()]
    for truth in joined:
        truth.conversation = "joined"
    one, other = its_record(), {**its_record(), "call_id": "call-2"}
    assert differences_of_all(joined, [one, other]) == []
    assert any("conversation" in difference for difference in differences_of_all(apart, [one, other]))
    other["conversation_id"] = "conversation-2"
    assert differences_of_all(apart, [one, other]) == []
    assert any("conversation" in difference for difference in differences_of_all(joined, [one, other]))


def test_a_call_that_lived_in_a_gap_has_to_say_so() -> None:
    gap = (BEGAN + 2, BEGAN + 7)
    assert any("part of it was lost" in told for told in differences(transferred_call(), its_record(), gap=gap))
    broken = {**its_record(), "complete": False, "holds": [], "transfers": [], "talk_s": 3.0}
    assert any("when it was not heard" in told for told in differences(transferred_call(), broken, gap=gap))
    broken["gaps"] = [{"from": moment(gap[0]), "to": moment(gap[1])}]
    assert differences(transferred_call(), broken, gap=gap) == []
    wrongs: list[Json] = [{"answered_at": None}, {"ended_by": "101"}, {"queue": "sales"}, {"devices": []}]
    for wrong in wrongs:
        assert differences(transferred_call(), {**broken, **wrong}, gap=gap) != [], wrong


def test_a_call_outside_the_gap_is_compared_in_full() -> None:
    gap = (BEGAN + 20, BEGAN + 30)
    assert differences(transferred_call(), its_record(), gap=gap) == []
    assert differences(transferred_call(), {**its_record(), "complete": False}, gap=gap) != []


def test_the_truth_survives_being_written_and_read() -> None:
    truth = transferred_call()
    truth.conversation, truth.recorded = "joined", True
    assert expected_from_json(truth.as_json("c1")) == truth
