"""What can be made to go wrong with a connection, for the tests of those who connect."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.pbx.simulator.ami_client import Client

from ringcard.pbx.simulator import server as server_module
from ringcard.pbx.simulator.phones import SimulatedPhoneSystem
from ringcard.pbx.simulator.server import AmiServer


async def calls(system: SimulatedPhoneSystem) -> None:
    await system.caller().dials("4951110101")
    await system.phone("101").rings()


async def test_dropping_all_connections_breaks_each(server: AmiServer) -> None:
    clients = [await Client.open(server.port) for _ in range(3)]
    for client in clients:
        await client.login()
    server.drop_all()
    for client in clients:
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await client.event("Shutdown")
        await client.close()


async def test_a_silent_server_accepts_and_says_nothing(server: AmiServer) -> None:
    server.faults.silent = True
    client = await Client.open(server.port)
    client.send("Login", Username="ringcard", Secret="ringcard")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.reader.read(1)
    await client.close()


async def test_a_connection_can_end_in_the_middle_of_a_message(server: AmiServer, system: SimulatedPhoneSystem) -> None:
    client = await Client.open(server.port)
    await client.login()
    await client.event("FullyBooted")
    server.cut_in_message(after_bytes=100)
    await calls(system)
    assert len(await client.reader.read()) == 100
    await client.close()


async def test_every_byte_can_come_alone_and_the_messages_are_the_same(
    server: AmiServer, system: SimulatedPhoneSystem
) -> None:
    server.faults.bytewise = True
    client = await Client.open(server.port)
    await client.login()
    await calls(system)
    channel = await client.event("Newchannel")
    assert channel["CallerIDNum"] == "+74959195557"
    await client.close()


async def test_garbage_is_sent_as_it_is(server: AmiServer) -> None:
    client = await Client.open(server.port)
    await client.login()
    await client.event("FullyBooted")
    server.send_garbage(b"\xff\xfe\x00nonsense\r\n\r\n")
    assert await client.reader.readuntil(b"\r\n\r\n") == b"\xff\xfe\x00nonsense\r\n\r\n"
    await client.close()


async def test_a_restart_says_so_closes_and_counts_from_zero(server: AmiServer, system: SimulatedPhoneSystem) -> None:
    client = await Client.open(server.port)
    await client.login()
    await calls(system)
    server.restart(down_s=2.0)
    assert (await client.event("Shutdown"))["Restart"] == "True"
    assert await client.reader.read() == b""
    await client.close()
    again = await Client.open(server.port)
    await again.login()
    assert (await again.event("FullyBooted"))["Uptime"] == "0"
    assert (await again.listed("CoreShowChannels"))[-1]["ListItems"] == "0"
    await calls(system)
    channel = await again.event("Newchannel")
    assert channel["Channel"] == "PJSIP/trunk-00000000"
    assert channel["Uniqueid"].endswith(".0")
    await again.close()


async def test_a_crash_says_nothing_of_the_calls_it_loses(server: AmiServer, system: SimulatedPhoneSystem) -> None:
    client = await Client.open(server.port)
    await client.login()
    await calls(system)
    server.crash()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await client.event("Hangup")
    await client.close()
    again = await Client.open(server.port)
    await again.login()
    assert (await again.listed("CoreShowChannels"))[-1]["ListItems"] == "0"
    await again.close()


async def test_a_manager_that_never_reads_is_disconnected_and_the_others_are_not(
    server: AmiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "BUFFER_BYTES", 100_000)
    reading, deaf = await Client.open(server.port), await Client.open(server.port)
    await reading.login()
    await deaf.login()
    for _ in range(400):
        server.send_garbage(b"x" * 20_000 + b"\r\n\r\n")
        await reading.reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0)
        if len(server.connections) == 1:
            break
    assert len(server.connections) == 1
    assert (await reading.ask("Ping"))["Ping"] == "Pong"
    await reading.close()
    await deaf.close()


async def test_an_action_without_end_closes_the_connection(server: AmiServer) -> None:
    client = await Client.open(server.port)
    await client.reader.readline()
    client.writer.write(b"Action: Login\r\n" + b"X: y\r\n" * 20_000)
    assert await client.reader.read() == b""
    await client.close()
