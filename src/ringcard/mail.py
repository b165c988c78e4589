"""Sending e-mail: taken at once, sent by a task of its own, tried again a few times, and given up.

A mail server that hangs, refuses or is gone holds nobody up: each attempt has one deadline for all of it, what waits is
bounded, and what cannot be sent is said in the log, without the address.

Source: RFC 5321 §4.5.4.1 (trying again; ours is short, for what is told here is stale after an hour).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal

import aiosmtplib
import structlog

Security = Literal["starttls", "tls", "none"]

MOST_WAITING = 500
TRIED_AGAIN_AFTER_S = (30.0, 120.0, 600.0)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `deadline_s` is for one whole attempt, from connecting to the server's last word."""

    host: str
    port: int
    sender: str
    security: Security = "starttls"
    user: str | None = None
    password: str | None = None
    deadline_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter to one person, plain text."""

    to: str
    subject: str
    text: str


@dataclass(slots=True)
class _Waiting:
    mail: Mail
    message_id: str
    attempts: int = 0


class Mailer:
    """Takes letters and sends them while `run` runs. What is waiting when it ends is lost: it is news, not a ledger."""

    def __init__(self, server: MailServer, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._server = server
        self._sleep = sleep
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._later: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Letters that are neither sent nor given up, but for one under way."""
        return len(self._waiting) + len(self._later)

    def send(self, mail: Mail) -> None:
        """Take a letter; returns at once. When too many wait it is dropped, and that is said in the log."""
        if self.waiting >= MOST_WAITING:
            log.error("mail.dropped", action="mail_dropped", problem=f"{MOST_WAITING} letters wait already")
            return
        self._enqueue(_Waiting(mail, make_msgid(domain=self._server.sender.rpartition("@")[2] or "localhost")))

    async def run(self) -> None:
        """Sends, one at a time, until cancelled."""
        try:
            while True:
                await self._wake.wait()
                while self._waiting:
                    await self._attempt(self._waiting.popleft())
                    task = asyncio.current_task()
                    if task is not None and task.cancelling():
                        # Before Python 3.12 `wait_for`, which the client uses, can swallow it (CPython gh-86296).
                        raise asyncio.CancelledError
                self._wake.clear()
        finally:
            for task in self._later:
                task.cancel()

    def _enqueue(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        self._wake.set()

    async def _attempt(self, waiting: _Waiting) -> None:
        waiting.attempts += 1
        try:
            async with asyncio.timeout(self._server.deadline_s):
                await self._hand_in(waiting)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            # Only the kind of what went wrong: a server's answer quotes addresses.
            problem = type(error).__name__
            final = isinstance(error, ValueError) or _is_final(error) or waiting.attempts > len(TRIED_AGAIN_AFTER_S)
            if final:
                log.error("mail.given_up", action="mail_given_up", problem=problem, attempts=waiting.attempts)
                return
            again_s = TRIED_AGAIN_AFTER_S[waiting.attempts - 1]
            log.warning("mail.not_sent", action="mail_not_sent", problem=problem, again_s=again_s)
            task = asyncio.create_task(self._again(waiting, again_s))
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    async def _again(self, waiting: _Waiting, after_s: float) -> None:
        await self._sleep(after_s)
        self._enqueue(waiting)

    async def _hand_in(self, waiting: _Waiting) -> None:
        server, mail = self._server, waiting.mail
        message = EmailMessage()
        message["From"] = server.sender
        message["To"] = mail.to
        message["Subject"] = " ".join(mail.subject.split())
        message["Date"] = formatdate()
        message["Message-ID"] = waiting.message_id  # the same each time: a server that took it twice can tell
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday greetings in answer
        message.set_content(mail.text)
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=server.sender.rpartition("@")[2] or "localhost",  # else it asks the name servers who we are
            username=server.user,
            password=server.password,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            timeout=server.deadline_s,
        )
        # Not `async with`: when it is cancelled that says goodbye first, and a server that hangs never answers.
        try:
            await client.connect()
            await client.send_message(message)
            await client.quit()
        finally:
            client.close()


def _is_final(error: Exception) -> bool:
    """The server will not take this letter tomorrow either: a 5yz answer (RFC 5321 §4.2.1)."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(_is_final(each) for each in error.recipients)
    return isinstance(error, aiosmtplib.SMTPResponseException) and 500 <= error.code < 600
