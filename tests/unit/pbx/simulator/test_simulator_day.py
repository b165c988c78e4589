"""A company's day comes from its seed, and looks alive."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.unit.pbx.simulator.ami_client import Client

from ringcard.cli.simulate import simulate
from ringcard.numbers import NumberingPlan, parse_devices
from ringcard.pbx.simulator.company import lab_company, sample_company
from ringcard.pbx.simulator.day import Day, Load, Schedule
from ringcard.pbx.simulator.pbx import Pbx

HOUR_S = 3600.0


def a_day(seed: int, hours: float, schedule: Schedule | None = None) -> tuple[Pbx, list[str]]:
    pbx = Pbx(sample_company(seed), seed=seed)
    told: list[str] = []
    pbx.switch.sinks.append(lambda message: told.append(message.text))
    day = Day(pbx, schedule)
    day.begin()
    pbx.timeline.advance_to(pbx.timeline.now_s + hours * HOUR_S)
    day.stop()
    pbx.timeline.advance_to(pbx.timeline.now_s + HOUR_S)
    return pbx, told


def test_the_same_seed_plays_the_same_day() -> None:
    assert a_day(7, 0.5)[1] == a_day(7, 0.5)[1]


def test_another_seed_plays_another_day() -> None:
    assert a_day(7, 0.1)[1] != a_day(8, 0.1)[1]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_day_has_everything_in_it_and_ends_with_no_call_left(seed: int) -> None:
    pbx, told = a_day(seed, 5)
    assert pbx.switch.channels == {}
    assert [bridge for bridge in pbx.switch.bridges.values() if not bridge.stays] == []
    events = Counter(text.partition("\r\n")[0].partition(": ")[2] for text in told)
    for event in (
        "QueueCallerJoin", "AgentConnect", "QueueCallerAbandon", "Hold", "Unhold", "BlindTransfer", "AttendedTransfer",
        "BridgeMerge", "ParkedCall", "UnParkedCall", "MixMonitorStart", "DTMFEnd", "LocalBridge",
    ):  # fmt: skip
        assert events[event] > 0, f"no {event} all day"
    assert events["Newchannel"] == events["Hangup"]


def test_the_promised_phone_rings_three_times_within_the_first_minute() -> None:
    pbx = Pbx(sample_company(), seed=5)
    rang: list[float] = []
    began_s = pbx.timeline.now_s
    pbx.switch.sinks.append(
        lambda message: (
            rang.append(pbx.timeline.now_s - began_s)
            if message.name == "Newstate" and "PJSIP/101-" in message.text and "Ringing" in message.text
            else None
        )
    )
    Day(pbx, Schedule(first_calls_to="101", first_calls_at_s=(2.0, 20.0, 40.0))).begin()
    pbx.timeline.advance_to(began_s + 60.0)
    assert [round(at_s) for at_s in rang[:3]] == [2, 20, 40]  # the day goes on: others may follow


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_last_of_the_promised_calls_comes_by_the_queue_and_a_colleague_answers_it(seed: int) -> None:
    pbx = Pbx(sample_company(seed), seed=seed)
    told: list[str] = []
    pbx.switch.sinks.append(lambda message: told.append(message.text))
    # No other calls: the queue is free and everybody in it.
    Day(pbx, Schedule(first_calls_at_s=(2.0, 20.0, 40.0), every_s=(900.0, 900.0))).begin()
    pbx.timeline.advance_to(pbx.timeline.now_s + 39.0)
    assert not any(text.startswith("Event: AgentCalled") for text in told)
    pbx.timeline.advance_to(pbx.timeline.now_s + 11.0)
    called = {
        found[1] for text in told if (found := re.search(r"Event: AgentCalled(?s:.*)Interface: PJSIP/(\d+)", text))
    }
    assert called == {"101", "102", "104"}
    (connected,) = (text for text in told if text.startswith("Event: AgentConnect"))
    assert "Interface: PJSIP/101" not in connected


def test_a_schedule_of_some_calls_ends_after_them() -> None:
    pbx, _ = a_day(1, 2, Schedule(calls=10))
    assert 0 < pbx.switch.counters.processed_calls <= 30


def test_a_load_begins_as_many_calls_a_second_as_asked_and_ends_them_all() -> None:
    pbx = Pbx(lab_company())
    load = Load(pbx, 200.0, talk_s=1.0)
    load.begin()
    pbx.timeline.advance_to(pbx.timeline.now_s + 5.0)
    assert load.begun == pytest.approx(1000, abs=2)
    load.stop()
    pbx.timeline.advance_to(pbx.timeline.now_s + 10.0)
    assert pbx.switch.channels == {}


def test_a_load_keeps_no_more_calls_alive_than_asked() -> None:
    pbx = Pbx(lab_company())
    load = Load(pbx, 100.0, live=10, talk_s=60.0)
    load.begin()
    pbx.timeline.advance_to(pbx.timeline.now_s + 5.0)
    assert (load.begun, len(pbx.switch.channels)) == (10, 20)
    assert load.skipped > 0


class TestTheSampleCompany:
    def test_it_has_sixty_customers_whom_one_number_each_belongs_to(self) -> None:
        company = sample_company(1)
        assert len(company.customers) == 60
        numbers = {customer.number for customer in company.customers} | set(company.unknown_callers)
        assert len(numbers) == len(company.customers) + len(company.unknown_callers)

    def test_every_number_is_one_that_the_numbering_plan_takes(self) -> None:
        plan = NumberingPlan("RU", None, parse_devices("101-110"))
        company = sample_company(1)
        for number in (*(customer.number for customer in company.customers), *company.unknown_callers):
            assert plan.parse(number) == number

    def test_the_same_seed_gives_the_same_people(self) -> None:
        assert sample_company(3) == sample_company(3)
        assert sample_company(3) != sample_company(4)


class TestTheCommand:
    async def test_it_says_where_it_listens_plays_calls_and_ends_on_ctrl_c(self) -> None:
        source = str(Path(__file__).parents[4] / "src")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from ringcard.cli.simulate import simulate; simulate()", "--rate", "50",
            stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": source},
        )  # fmt: skip
        assert process.stdout is not None
        said = (await process.stdout.readline()).decode()
        address = re.search(r"AMI on 127\.0\.0\.1:(\d+), user ringcard, secret ringcard", said)
        assert address is not None, said
        client = await Client.open(int(address[1]))
        await client.login()
        assert (await client.event("BridgeEnter"))["BridgeNumChannels"] == "1"
        await client.close()
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 10) == 0
        assert b"calls begun" in await process.stdout.read()

    @pytest.mark.parametrize(
        ("options", "word"),
        [
            (["--first-calls-to", "999"], "no phone is called"),
            (["--speed", "0"], "more than 0"),
            (["--rate", "-1"], "more than 0"),
        ],
    )
    def test_what_cannot_be_is_refused(self, options: list[str], word: str) -> None:
        result = CliRunner().invoke(simulate, options)
        assert result.exit_code == 2
        assert word in result.output
