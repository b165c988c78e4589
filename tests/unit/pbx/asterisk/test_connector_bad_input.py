"""What a network and a PBX can do to a connection."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.pbx.asterisk.connector_stage import TICK_S, stage
from tests.unit.pbx.asterisk.fake_manager import FakeManager, event

from ringcard.pbx.asterisk.protocol import MESSAGE_LIMIT_BYTES, Message, Oversized
from ringcard.pbx.connector import LinkState


def newchannel(name: str) -> bytes:
    return (event("Newchannel", {"Channel": "PJSIP/101-1", "CallerIDName": name}) + "\r\n\r\n").encode()


async def test_a_connection_that_ends_in_the_middle_of_a_message_loses_that_message_only() -> None:
    async with stage() as s:
        await s.up()
        whole = newchannel("Анна")
        s.manager.send(whole + whole[: len(whole) // 2])
        s.manager.hang_up()
        assert (await s.status()).state is LinkState.DOWN
        assert s.translator.told.count("Newchannel") == 1
        await s.retries()
        await s.up()
        s.manager.send(whole)
        await s.heard("Newchannel", 2)


async def test_a_character_split_over_reads_arrives_whole() -> None:
    async with stage() as s:
        await s.up()
        for byte in newchannel("Анна ☎"):
            s.manager.send(bytes([byte]))
            await asyncio.sleep(0)
        await s.heard("Newchannel")
        message = s.translator.messages[-1]
        assert isinstance(message, Message)
        assert message.headers["CallerIDName"] == "Анна ☎"


async def test_bytes_that_are_not_utf_8_are_replaced_and_cost_nothing_else() -> None:
    async with stage() as s:
        await s.up()
        s.manager.send(newchannel("x").replace(b"CallerIDName: x", b"CallerIDName: \xc0\xed\xed\xe0"))
        await s.heard("Newchannel")
        message = s.translator.messages[-1]
        assert isinstance(message, Message)
        assert message.headers["CallerIDName"] == "�" * 4
        assert s.manager.connections == 1


async def test_a_line_of_ten_megabytes_is_thrown_away_and_a_snapshot_makes_up_for_it() -> None:
    async with stage() as s:
        await s.up()
        s.manager.send(newchannel("x" * 10 * MESSAGE_LIMIT_BYTES) + newchannel("after"))
        await s.heard("Newchannel")
        oversized = next(message for message in s.translator.messages if isinstance(message, Oversized))
        assert oversized.size_bytes > 10 * MESSAGE_LIMIT_BYTES
        assert s.manager.connections == 1
        s.translator.wants_snapshot = True  # as the translator does of an Oversized
        s.now[0] += 5
        await s.naps.end(TICK_S)
        await s.heard("CoreShowChannelsComplete", 2)


async def test_garbage_between_messages_is_passed_over() -> None:
    async with stage() as s:
        await s.up()
        s.manager.send(b"\0\xff no header\r\n\r\n\r\n\r\n: : :\r\n\r\n" + newchannel("x"))
        await s.heard("Newchannel")
        assert s.connector.status.state is LinkState.UP


@pytest.mark.parametrize("greeting", ["HTTP/1.1 400 Bad Request", "\x16\x03\x01", "220 mail.example ESMTP"])
async def test_something_else_on_the_port_is_no_asterisk(greeting: str) -> None:
    async with stage(FakeManager(banner=greeting)) as s:
        down = await s.status()
    assert down.problem is not None
    assert "no Asterisk manager" in down.problem
    assert s.manager.heard == [], "it is told nothing of us"


async def test_a_first_line_without_an_end_is_given_up() -> None:
    async with stage(FakeManager(banner=None)) as s:
        await s.manager.until(lambda: s.manager.connections == 1)
        s.manager.send(b"Asterisk Call Manager/" + b"1" * 1000)
        down = await s.status()
    assert down.problem is not None
    assert "first line has no end" in down.problem


async def test_a_port_that_hangs_up_at_once_says_so() -> None:
    async with stage(FakeManager(banner=None)) as s:
        await s.manager.until(lambda: s.manager.connections == 1)
        s.manager.hang_up()
        down = await s.status()
    assert down.problem is not None
    assert "closes connections at once" in down.problem


async def test_an_answer_to_somebody_elses_action_is_not_taken_for_ours() -> None:
    async with stage(FakeManager(unanswered={"Ping"})) as s:
        await s.up()
        s.manager.send(b"Response: Error\r\nActionID: ringcard-1\r\nMessage: not yours\r\n\r\n" + newchannel("x"))
        await s.heard("Newchannel")
        assert s.connector.status.state is LinkState.UP


async def test_an_error_without_an_action_id_is_passed_over() -> None:
    async with stage() as s:
        await s.up()
        s.manager.send(b"Response: Error\r\nMessage: Missing action in request\r\n\r\n" + newchannel("x"))
        await s.heard("Newchannel")
        assert s.connector.status.state is LinkState.UP


async def test_a_flood_is_handed_on_in_order_and_without_loss() -> None:
    async with stage() as s:
        await s.up()
        s.manager.send(b"".join(newchannel(str(number)) for number in range(5000)))
        await s.heard("Newchannel", 5000)
        names = [
            message.headers["CallerIDName"]
            for message in s.translator.messages
            if isinstance(message, Message) and message.name == "Newchannel"
        ]
        assert names == [str(number) for number in range(5000)]
        assert len(s.events) == 5000
