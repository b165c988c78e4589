"""Signing in at a phone, as the FastAGI server hears it: a real socket, Asterisk's side played by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ringcard.calls.identifiers import DeviceId
from ringcard.pbx.asterisk.dialled import Said, scripts
from ringcard.pbx.asterisk.fastagi import LONGEST_ANSWER, FastAgi, networks

PATIENCE_S = 5.0


class Codes:
    """Anna's code is 1234; 109 is somebody else's own phone."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []

    async def sign_in(self, device: DeviceId, code: str, address: str) -> Said:
        self.heard.append((device, code, address))
        if device == "109":
            return Said.REFUSED
        return Said.DONE if code == "1234" else Said.WRONG

    async def sign_out(self, device: DeviceId, address: str) -> Said:
        self.heard.append((device, address))
        return Said.DONE


def device_of(channel: str) -> DeviceId | None:
    resource = channel.partition("/")[2].rpartition("-")[0]
    return DeviceId(resource) if resource.isdigit() else None


class Channel:
    """What Asterisk says and hears for one channel that runs the line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def runs(self, script: str, channel: str = "PJSIP/101-0000002a", code: str | None = None) -> None:
        request = f"agi_network_script: {script}\nagi_channel: {channel}\nagi_callerid: 101\n"
        self.writer.write((request + (f"agi_arg_1: {code}\n" if code else "") + "\n").encode())

    async def told(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            return (await self.reader.readline()).decode().strip()

    def says(self, line: str) -> None:
        self.writer.write(f"{line}\n".encode())

    async def hears(self, sound: str) -> None:
        assert await self.told() == f'STREAM FILE {sound} ""'
        self.says("200 result=0 endpos=4000")

    async def is_let_go(self) -> None:
        assert await self.told() == ""


@asynccontextmanager
async def a_phone(codes: Codes, dialogue_s: float = PATIENCE_S) -> AsyncIterator[Channel]:
    async def nobody(_number: str) -> str | None:
        return None

    agi = FastAgi(nobody, allow=networks(["127.0.0.1"]), scripts=scripts(codes, device_of), dialogue_s=dialogue_s)
    server = await agi.listen("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    try:
        yield Channel(reader, writer)
        async with asyncio.timeout(PATIENCE_S):
            while agi.open:
                await asyncio.sleep(0)
    finally:
        writer.close()
        agi.stop(server)


async def test_the_code_is_asked_for_and_whose_it_is_signed_in() -> None:
    codes = Codes()
    async with a_phone(codes) as phone:
        phone.runs("sign-in")
        assert await phone.told() == "GET DATA agent-user 8000 12"
        phone.says("200 result=1234")
        await phone.hears("agent-loginok")
        await phone.is_let_go()
    assert codes.heard == [("101", "1234", "127.0.0.1")]


async def test_a_code_dialled_at_once_is_not_asked_for() -> None:
    codes = Codes()
    async with a_phone(codes) as phone:
        phone.runs("sign-in", code="1234")
        await phone.hears("agent-loginok")
        await phone.is_let_go()


async def test_a_wrong_code_may_be_typed_again_but_not_for_ever() -> None:
    codes = Codes()
    async with a_phone(codes) as phone:
        phone.runs("sign-in", code="9")
        await phone.hears("agent-incorrect")
        for typed in ("99 (timeout)", " (timeout)"):
            assert (await phone.told()).startswith("GET DATA")
            phone.says(f"200 result={typed}")
            await phone.hears("agent-incorrect")
        await phone.is_let_go()
    assert [code for _, code, _ in codes.heard] == ["9", "99"]


async def test_where_it_is_refused_nobody_is_asked_again() -> None:
    async with a_phone(Codes()) as phone:
        phone.runs("sign-in", "PJSIP/109-00000001", code="1234")
        await phone.hears("agent-incorrect")
        await phone.is_let_go()


async def test_signing_out() -> None:
    codes = Codes()
    async with a_phone(codes) as phone:
        phone.runs("sign-out")
        await phone.hears("agent-loggedoff")
        await phone.is_let_go()
    assert codes.heard == [("101", "127.0.0.1")]


@pytest.mark.parametrize("script", ["sign-in", "sign-out"])
async def test_a_caller_from_outside_signs_in_nowhere(script: str) -> None:
    codes = Codes()
    async with a_phone(codes) as phone:
        phone.runs(script, "PJSIP/trunk-00000001", code="1234")
        await phone.hears("agent-incorrect")
        await phone.is_let_go()
    assert codes.heard == []


@pytest.mark.parametrize("answer", ["HANGUP", "200 result=-1", "511 Command Not Permitted", "520 End of proper usage."])
async def test_whoever_hangs_up_instead_leaves_nothing_behind(answer: str) -> None:
    codes = Codes()
    async with a_phone(codes) as phone:
        phone.runs("sign-in")
        await phone.told()
        phone.says(answer)
        await phone.is_let_go()
    assert codes.heard == []


async def test_whoever_forgets_to_hang_up_is_let_go() -> None:
    async with a_phone(Codes(), dialogue_s=0.05) as phone:
        phone.runs("sign-in")
        await phone.told()
        await phone.is_let_go()


async def test_an_answer_without_an_end_is_not_kept() -> None:
    async with a_phone(Codes()) as phone:
        phone.runs("sign-in")
        await phone.told()
        phone.writer.write(b"2" * (LONGEST_ANSWER + 1))
        await phone.is_let_go()
