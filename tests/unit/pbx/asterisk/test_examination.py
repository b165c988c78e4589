"""Looking at what is no Asterisk, and at one that behaves badly: each is named, in time, and nothing raises."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest
from tests.unit.pbx.asterisk.fake_manager import FakeManager

from ringcard.pbx.asterisk.examination import PATIENCE, account_lines, examine, ranges_of
from ringcard.pbx.asterisk.settings import AsteriskSettings
from ringcard.pbx.examination import Check, Verdict

SHORT = replace(PATIENCE, connect_s=1.0, banner_s=0.2, login_s=0.3, booted_s=0.2, action_s=0.3, probe_s=0.2)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """A server whose every connection is over when the test is."""
    visits: set[asyncio.Task[None]] = set()

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.add(cast("asyncio.Task[None]", asyncio.current_task()))
        try:
            with contextlib.suppress(ConnectionError):
                await serve(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(visited, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        await asyncio.sleep(0)


async def looked_at(port: int, host: str = "127.0.0.1", secret: str = "s3cret") -> dict[str, Check]:
    settings = AsteriskSettings("office", host, "ringcard", secret, port)
    return {check.name: check async for check in examine(settings, SHORT)}


async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    await writer.drain()
    await reader.read()


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def shell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await mute(reader, writer)


@pytest.mark.parametrize(("serve", "reason"), [(web, "http"), (shell, "ssh"), (mute, "silent")])
async def test_another_programs_port_is_told_by_what_it_says(serve: Serve, reason: str) -> None:
    async with listening(serve) as port:
        found = await looked_at(port)
    assert list(found) == ["reach"]
    assert (found["reach"].verdict, found["reach"].reason) == (Verdict.WRONG, reason)


async def test_a_port_where_nothing_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert (await looked_at(port))["reach"].reason == "closed"


async def test_a_host_that_does_not_exist() -> None:
    assert (await looked_at(5038, "no-such-host.invalid"))["reach"].reason == "unknown_host"


async def test_a_manager_that_stops_answering_is_given_up() -> None:
    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        await mute(reader, writer)

    async with listening(greets) as port:
        found = await looked_at(port)
    assert found["reach"].verdict is Verdict.FINE
    assert (found["answers"].verdict, found["answers"].reason) == (Verdict.WRONG, "silent")


async def test_an_asterisk_that_is_too_old_is_told_by_its_greeting() -> None:
    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/1.3\r\n")
        await mute(reader, writer)

    async with listening(greets) as port:
        found = await looked_at(port)
    assert (found["version"].verdict, found["version"].reason) == (Verdict.WRONG, "too_old")


async def test_an_asterisk_that_is_too_old_is_told_by_its_version() -> None:
    async with FakeManager(version="11.25.3").running() as manager:
        found = await looked_at(manager.port)
    assert (found["version"].verdict, found["version"].reason) == (Verdict.WRONG, "too_old")


async def test_a_wrong_secret_and_our_address_are_told() -> None:
    async with FakeManager().running() as manager:
        found = await looked_at(manager.port, secret="wrong")
    assert (found["login"].verdict, found["login"].reason) == (Verdict.WRONG, "denied")
    assert found["login"].facts["our_address"] == "127.0.0.1"


async def test_every_check_says_how_long_it_took() -> None:
    async with FakeManager().running() as manager:
        found = await looked_at(manager.port)
    assert found["login"].verdict is Verdict.FINE
    assert all(check.took_ms >= 0 for check in found.values())


def test_extensions_are_written_as_ranges() -> None:
    assert ranges_of(["11", "12", "101", "102", "103", "201"]) == "11-12,101-103,201"
    assert ranges_of([]) == ""


def test_the_lines_for_manager_conf_name_us_and_nothing_more() -> None:
    text = "\n".join(line.text for line in account_lines("ringcard", "s3cret", "192.0.2.20"))
    assert "permit = 192.0.2.20/255.255.255.255" in text
    granted = {name for line in text.splitlines() if "=" in line for name in line.partition("= ")[2].split(",")}
    assert not granted & {"all", "command", "config"}
