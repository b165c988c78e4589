"""The FastAGI server: a name in time, and in every other case a call that goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from ringcard.pbx.asterisk.fastagi import LONGEST_REQUEST, FastAgi, NameOf, asked_number, networks, request_of, set_name

PATIENCE_S = 5.0
LOOPBACK = networks(["127.0.0.1"])
REQUEST = (
    b"agi_network: yes\nagi_network_script: caller-name\nagi_request: agi://127.0.0.1/caller-name\n"
    b"agi_channel: PJSIP/trunk-1\nagi_callerid: 74959195557\nagi_calleridname: unknown\nagi_callingpres: 0\n\n"
)


async def maria(number: str) -> str | None:
    return "Мария Петрова" if number == "74959195557" else None


async def nobody(_number: str) -> str | None:
    return None


async def hangs(_number: str) -> str | None:
    await asyncio.Event().wait()
    return None


async def breaks(_number: str) -> str | None:
    raise OSError("disk full")


@asynccontextmanager
async def asking(
    name_of: NameOf, deadline_s: float = PATIENCE_S, allowed: bool = True
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, FastAgi]]:
    agi = FastAgi(name_of, deadline_s=deadline_s, allow=LOOPBACK if allowed else networks(["192.0.2.0/24"]))
    server = await agi.listen("127.0.0.1", 0)
    serving = asyncio.create_task(agi.serving(server))
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    try:
        yield reader, writer, agi
    finally:
        writer.close()
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes."""
    async with asyncio.timeout(PATIENCE_S):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def test_the_name_is_set_and_the_call_goes_on() -> None:
    async with asking(maria) as (reader, writer, agi):
        writer.write(REQUEST)
        command = await asyncio.wait_for(reader.readline(), PATIENCE_S)
        assert command.decode() == 'SET VARIABLE CALLERID(name) "Мария Петрова"\n'
        writer.write(b"200 result=1\n")
        assert await all_of(reader) == b""
        assert not agi.open


def test_the_servers_own_event_loop_answers_as_well() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_the_name_is_set_and_the_call_goes_on())


@pytest.mark.parametrize("split", [1, 7, 64])
async def test_a_request_in_pieces_is_the_same_request(split: int) -> None:
    async with asking(maria) as (reader, writer, _):
        for place in range(0, len(REQUEST), split):
            writer.write(REQUEST[place : place + split])
            await writer.drain()
        assert b"SET VARIABLE" in await asyncio.wait_for(reader.readline(), PATIENCE_S)


@pytest.mark.parametrize("name_of", [nobody, breaks])
async def test_without_a_name_the_call_goes_on_as_it_was(name_of: NameOf) -> None:
    async with asking(name_of) as (reader, writer, agi):
        writer.write(REQUEST)
        assert await all_of(reader) == b""
        assert not agi.open


async def test_a_source_that_hangs_costs_the_deadline_and_no_more() -> None:
    async with asking(hangs, deadline_s=0.05) as (reader, writer, agi):
        writer.write(REQUEST)
        assert await all_of(reader) == b""
        assert not agi.open


async def test_whoever_never_finishes_the_request_is_closed_too() -> None:
    async with asking(maria, deadline_s=0.05) as (reader, writer, agi):
        writer.write(REQUEST[:-1])
        assert await all_of(reader) == b""
        assert not agi.open


async def test_a_client_that_goes_before_the_blank_line_leaves_nothing_behind() -> None:
    async with asking(maria) as (_, writer, agi):
        writer.write(REQUEST[:40])
        await writer.drain()
        writer.close()
        async with asyncio.timeout(PATIENCE_S):
            await writer.wait_closed()
            while agi.open:
                await asyncio.sleep(0)
        tasks = [task for task in asyncio.all_tasks() if "_answer" in repr(task)]
    assert tasks == []


async def test_a_client_that_goes_while_we_look_up_stops_the_look_up() -> None:
    async with asking(hangs) as (_, writer, agi):
        writer.write(REQUEST)
        await writer.drain()
        writer.close()
        async with asyncio.timeout(PATIENCE_S):
            while agi.open or any("_answer" in repr(task) for task in asyncio.all_tasks()):
                await asyncio.sleep(0)


async def test_a_flood_is_closed() -> None:
    async with asking(maria) as (reader, writer, _):
        writer.write(b"agi_x: " + b"x" * LONGEST_REQUEST * 2)
        assert await all_of(reader) == b""


async def test_who_is_not_on_the_list_is_told_nothing() -> None:
    async with asking(maria, allowed=False) as (reader, writer, _):
        with suppress(ConnectionError):
            writer.write(REQUEST)
        assert await all_of(reader) == b""


async def test_another_script_is_not_ours() -> None:
    async with asking(maria) as (reader, writer, _):
        writer.write(REQUEST.replace(b"network_script: caller-name", b"network_script: else"))
        assert await all_of(reader) == b""


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ("agi_callerid: 101", "101"),
        ("agi_callerid: unknown", None),
        ("agi_callerid: 7495\nagi_arg_1: 7812", "7812"),
        ("agi_callerid: 7495\nagi_callingpres: 0", "7495"),
        ("agi_callerid: 7495\nagi_callingpres: 3", "7495"),
        ("agi_callerid: 7495\nagi_callingpres: 32", None),
        ("agi_callerid: 7495\nagi_callingpres: 35", None),
        ("agi_callerid: 7495\nagi_callingpres: 67", None),
        ("", None),
    ],
)
def test_a_withheld_number_is_not_looked_up(lines: str, number: str | None) -> None:
    assert asked_number(request_of(lines)) == number


@given(name=st.text())
def test_no_name_can_give_a_second_command(name: str) -> None:
    command = set_name(name).decode()
    assert command.count("\n") == 1
    assert command.endswith('"\n')
    inside = command.removeprefix('SET VARIABLE CALLERID(name) "')[:-2]
    assert '"' not in inside.replace("\\\\", "").replace('\\"', "")
