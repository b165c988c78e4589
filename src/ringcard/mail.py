"""Sending e-mail: taken at once, sent by a task of its own, tried again a few times, and given up.

A mail server that hangs, refuses or is gone holds nobody up: each attempt has one deadline for all of it, what waits is
bounded, and what cannot be sent is said in the log, without the address.

Source: RFC 5321 §4.5.4.1 (trying again; ours is short, for what is told here is stale after an hour).
"""

from __future__ import annotations

import asyncio
import ssl
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


class MailRefused(Exception):
    """A letter was not taken. `reason` is stable, the text is the server's or the system's own word."""

    def __init__(self, reason: str, said: str) -> None:
        super().__init__(said)
        self.reason = reason


async def hand_in(server: MailServer, mail: Mail) -> None:
    """Hand a letter in, once, while somebody waits for what comes of it. Raises `MailRefused`."""
    try:
        async with asyncio.timeout(server.deadline_s):
            await _hand_in(server, mail, make_msgid(domain=_domain(server)))
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        raise MailRefused(_reason(error), str(error)[:300] or type(error).__name__) from error


class Mailer:
    """Takes letters and sends them while `run` runs. What is waiting when it ends is lost: it is news, not a ledger.

    `server` may be changed at any time, and is None while no mail is sent.
    """

    def __init__(
        self, server: MailServer | None, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self.server = server
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
        server = self.server
        if server is None:
            log.warning("mail.no_server", action="mail_no_server")
            return
        if self.waiting >= MOST_WAITING:
            log.error("mail.dropped", action="mail_dropped", problem=f"{MOST_WAITING} letters wait already")
            return
        self._enqueue(_Waiting(mail, make_msgid(domain=_domain(server))))

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
        server = self.server
        if server is None:
            log.error("mail.given_up", action="mail_given_up", problem="no server any more", attempts=waiting.attempts)
            return
        waiting.attempts += 1
        try:
            async with asyncio.timeout(server.deadline_s):
                await _hand_in(server, waiting.mail, waiting.message_id)
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


def _is_final(error: Exception) -> bool:
    """The server will not take this letter tomorrow either: a 5yz answer (RFC 5321 §4.2.1)."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(_is_final(each) for each in error.recipients)
    return isinstance(error, aiosmtplib.SMTPResponseException) and 500 <= error.code < 600


async def _hand_in(server: MailServer, mail: Mail, message_id: str) -> None:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = mail.to
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = formatdate()
    message["Message-ID"] = message_id  # the same each time: a server that took it twice can tell
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday greetings in answer
    message.set_content(mail.text)
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=_domain(server),  # else it asks the name servers who we are
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


def _domain(server: MailServer) -> str:
    return server.sender.rpartition("@")[2] or "localhost"


def _reason(error: Exception) -> str:
    """Why a letter was not taken, in one word that the screen has sentences for."""
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return "login"
        case aiosmtplib.SMTPSenderRefused():
            return "sender"
        case aiosmtplib.SMTPRecipientsRefused() | aiosmtplib.SMTPRecipientRefused():
            return "recipient"
        case TimeoutError() | aiosmtplib.SMTPTimeoutError():
            return "silent"
        case ssl.SSLError():
            return "certificate"
        case aiosmtplib.SMTPConnectError() | OSError():
            return "certificate" if isinstance(error.__cause__, ssl.SSLError) else "unreachable"
        case aiosmtplib.SMTPException() if "STARTTLS" in str(error):
            return "no_tls"
        case ValueError():
            return "address"
        case _:
            return "refused"
