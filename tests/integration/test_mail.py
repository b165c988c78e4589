"""E-mail against a real SMTP server, one that refuses, and one that hangs."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from ringcard.mail import MOST_WAITING, TRIED_AGAIN_AFTER_S, Mail, Mailer, MailServer

LETTER = Mail("anna@example.com", "Пропущенный звонок: Мария", "Звонок от Марии остался без ответа.\n")
PATIENCE_S = 10.0


@dataclass
class Letterbox:
    """What came in. `answers` are said to the first letters in place of taking them."""

    answers: list[str] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)
    attempts: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        self.attempts += 1
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.came.set()
        return "250 taken"


@asynccontextmanager
async def served(make: Callable[[], asyncio.Protocol]) -> AsyncIterator[MailServer]:
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield MailServer("127.0.0.1", port, "ringcard@example.com", security="none", deadline_s=PATIENCE_S)
    finally:
        server.close()


@asynccontextmanager
async def running(mailer: Mailer) -> AsyncIterator[Mailer]:
    task = asyncio.create_task(mailer.run())
    try:
        yield mailer
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Naps:
    """Sleeps no longer than the test lets it."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[float] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        await self.asked.put(seconds)

    async def next(self) -> float:
        return await asyncio.wait_for(self.asked.get(), PATIENCE_S)


def box_protocol(box: Letterbox) -> Callable[[], asyncio.Protocol]:
    return lambda: SMTP(box, hostname="mail.example.com", enable_SMTPUTF8=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


async def test_a_letter_arrives_as_it_was_written() -> None:
    box = Letterbox()
    async with served(box_protocol(box)) as server, running(Mailer(server)) as mailer:
        mailer.send(LETTER)
        await asyncio.wait_for(box.came.wait(), PATIENCE_S)
    letter = box.letters[0]
    assert (letter["To"], letter["From"]) == ("anna@example.com", "ringcard@example.com")
    assert letter["Subject"] == LETTER.subject
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == LETTER.text


async def test_a_name_cannot_add_a_header() -> None:
    box = Letterbox()
    async with served(box_protocol(box)) as server, running(Mailer(server)) as mailer:
        mailer.send(Mail("anna@example.com", "Missed: Eve\r\nBcc: everybody@example.com", "text"))
        await asyncio.wait_for(box.came.wait(), PATIENCE_S)
    assert box.letters[0]["Bcc"] is None
    assert "Bcc: everybody" in box.letters[0]["Subject"]


async def test_a_server_that_is_busy_is_asked_again_with_the_same_letter() -> None:
    box, naps = Letterbox(answers=["451 try later"]), Naps()
    async with served(box_protocol(box)) as server, running(Mailer(server, sleep=naps.sleep)) as mailer:
        mailer.send(LETTER)
        assert await naps.next() == TRIED_AGAIN_AFTER_S[0]
        await asyncio.wait_for(box.came.wait(), PATIENCE_S)
    assert (box.attempts, len(box.letters)) == (2, 1)


async def test_it_is_given_up_after_a_few_times() -> None:
    box, naps = Letterbox(answers=["451 try later"] * 10), Naps()
    async with served(box_protocol(box)) as server, running(Mailer(server, sleep=naps.sleep)) as mailer:
        mailer.send(LETTER)
        waits = [await naps.next() for _ in TRIED_AGAIN_AFTER_S]
        await until(lambda: box.attempts == len(TRIED_AGAIN_AFTER_S) + 1 and mailer.waiting == 0)
    assert tuple(waits) == TRIED_AGAIN_AFTER_S


async def test_what_is_refused_for_good_is_not_tried_again() -> None:
    box, naps = Letterbox(answers=["550 no such mailbox"]), Naps()
    async with served(box_protocol(box)) as server, running(Mailer(server, sleep=naps.sleep)) as mailer:
        mailer.send(LETTER)
        mailer.send(LETTER)
        await asyncio.wait_for(box.came.wait(), PATIENCE_S)
    assert (box.attempts, naps.asked.qsize()) == (2, 0)


class Hanging(asyncio.Protocol):
    """Takes the connection and says nothing, or a little at a time, for ever."""

    def __init__(self, taken: list[asyncio.BaseTransport], drip: bytes) -> None:
        self._taken, self._drip = taken, drip

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._taken.append(transport)
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._drip)


@pytest.mark.parametrize("drip", [b"", b"220-not", b"220 ready\r\n"])
async def test_a_server_that_hangs_costs_one_deadline_and_nobody_waits_for_it(drip: bytes) -> None:
    taken: list[asyncio.BaseTransport] = []
    naps = Naps()
    async with served(lambda: Hanging(taken, drip)) as server:
        quick = MailServer(server.host, server.port, server.sender, "none", deadline_s=0.1)
        async with running(Mailer(quick, sleep=naps.sleep)) as mailer:
            before = asyncio.get_running_loop().time()
            mailer.send(LETTER)
            assert asyncio.get_running_loop().time() - before < 0.05
            assert await naps.next() == TRIED_AGAIN_AFTER_S[0]
        await until(lambda: all(each.is_closing() for each in taken))


async def test_a_server_that_is_gone_is_tried_again() -> None:
    naps = Naps()
    async with served(lambda: asyncio.Protocol()) as server:
        pass
    async with running(Mailer(server, sleep=naps.sleep)) as mailer:
        mailer.send(LETTER)
        assert await naps.next() == TRIED_AGAIN_AFTER_S[0]


async def test_an_address_that_no_server_takes_holds_up_no_other() -> None:
    box = Letterbox()
    async with served(box_protocol(box)) as server, running(Mailer(server)) as mailer:
        mailer.send(Mail("no address", "x", "x"))
        mailer.send(Mail("a@b\r\nBcc: c@d", "x", "x"))
        mailer.send(LETTER)
        await asyncio.wait_for(box.came.wait(), PATIENCE_S)
    assert [letter["To"] for letter in box.letters][-1] == "anna@example.com"


async def test_letters_do_not_pile_up_without_end() -> None:
    mailer = Mailer(MailServer("127.0.0.1", 1, "ringcard@example.com"))
    for _ in range(MOST_WAITING + 10):
        mailer.send(LETTER)
    assert mailer.waiting == MOST_WAITING
