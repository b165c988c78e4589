"""One TCP or TLS connection to a manager: bytes in and out, answers matched to actions. It knows nothing of calls.

An `asyncio.Protocol`, not streams: a message reaches the translator in the same turn of the loop in which its last
byte was read, and nothing queues up in between: while we work, TCP itself holds the PBX back.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

import structlog

from ringcard.pbx.asterisk.protocol import AmiError, AmiProtocol, Message, Oversized, action
from ringcard.pbx.asterisk.settings import AsteriskSettings, Tls
from ringcard.pbx.link import LinkCause

log = structlog.get_logger(__name__)

Hear = Callable[[Sequence[Message | Oversized]], None]


class LinkLost(Exception):
    """The connection could not be made, broke, or is dead; the text says which, and what to look at."""

    def __init__(self, text: str, cause: LinkCause = LinkCause.BROKEN) -> None:
        super().__init__(text)
        self.cause = cause


class Refused(Exception):
    """The PBX answers and will not have us; the text says what somebody has to do about it."""

    def __init__(self, text: str, cause: LinkCause, about: Iterable[str] = ()) -> None:
        super().__init__(text)
        self.cause = cause
        self.about = tuple(about)


class _Answer:
    """What we still wait for: the response to an action, or the list that follows it."""

    __slots__ = ("done", "is_list", "items")

    def __init__(self, done: asyncio.Future[list[Message]], is_list: bool) -> None:
        self.done = done
        self.is_list = is_list
        self.items: list[Message] = []


class Wire(asyncio.Protocol):
    """A connection. `hear` gets every message, those that came together at once and in order, after whoever waits for
    one of them was told; it must not raise.

    `tap` gets the bytes as they come, before anything is made of them.
    """

    def __init__(self, protocol: AmiProtocol, hear: Hear, tap: Callable[[bytes], None] | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.protocol = protocol
        self._hear = hear
        self._tap = tap
        self._transport: asyncio.Transport | None = None
        self._answers: dict[str, _Answer] = {}
        self._ids = itertools.count(1)
        # Other programs' ActionIDs reach us too, in the events that their actions cause.
        self._id_prefix = f"ringcard-{secrets.token_hex(4)}"
        self._writable = asyncio.Event()
        self._writable.set()
        self.greeted: asyncio.Future[str] = loop.create_future()
        """The version in the banner."""
        self.lost: asyncio.Future[None] = loop.create_future()
        """Done when the connection is over, with `LinkLost` if we did not end it."""
        self.hung_up = False
        """The other side ended it, and not because of an error."""
        self._closing = False
        for future in (self.greeted, self.lost):
            future.add_done_callback(_retrieve)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.lost.done():
            return
        if self._tap is not None:
            self._tap(data)
        try:
            messages = self.protocol.receive(data)
        except AmiError as error:
            self.fail(str(error), LinkCause.NOT_AMI)
            return
        if self.protocol.version is not None and not self.greeted.done():
            self.greeted.set_result(self.protocol.version)
        for message in messages:
            if isinstance(message, Message) and "ActionID" in message.headers:
                self._answered(message)
        if messages:
            self._hear(messages)

    def connection_lost(self, exc: Exception | None) -> None:
        self.hung_up = exc is None and not self.lost.done()
        self.fail("the PBX closed the connection" if exc is None else f"the connection broke ({exc})")

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # what a session does with it

    def next_id(self) -> str:
        """An ActionID that nobody else uses, on this connection or any other."""
        return f"{self._id_prefix}-{next(self._ids)}"

    def send(self, name: str, headers: Mapping[str, str | Iterable[str]] | None = None, *, action_id: str = "") -> str:
        """Write an action and return its ActionID, without waiting. Raises `LocalAmiError` if it cannot be
        written."""
        action_id = action_id or self.next_id()
        data = action(name, headers, action_id=action_id)
        if self._transport is None or self.lost.done():
            raise LinkLost("there is no connection")
        self._transport.write(data)
        return action_id

    async def ask(
        self,
        name: str,
        headers: Mapping[str, str | Iterable[str]] | None = None,
        *,
        within_s: float,
        action_id: str = "",
    ) -> Message:
        """Send an action and wait for its response, accepted or not. Raises `LinkLost` if there is none
        `within_s`."""
        messages = await self._exchange(name, headers, within_s, action_id, is_list=False)
        return messages[0]

    async def ask_list(
        self,
        name: str,
        headers: Mapping[str, str | Iterable[str]] | None = None,
        *,
        within_s: float,
        action_id: str = "",
    ) -> list[Message]:
        """Send an action that a list answers; the response and the items, the completing one included.

        Raises `LinkLost` if the list is not complete `within_s`.
        """
        return await self._exchange(name, headers, within_s, action_id, is_list=True)

    async def _exchange(
        self,
        name: str,
        headers: Mapping[str, str | Iterable[str]] | None,
        within_s: float,
        action_id: str,
        *,
        is_list: bool,
    ) -> list[Message]:
        action_id = action_id or self.next_id()
        answer = _Answer(asyncio.get_running_loop().create_future(), is_list)
        answer.done.add_done_callback(_retrieve)
        try:
            async with asyncio.timeout(within_s):
                await self._writable.wait()
                self._answers[action_id] = answer
                self.send(name, headers, action_id=action_id)
                return await answer.done
        except TimeoutError:
            what = f"did not finish its answer to {name}" if answer.items else f"did not answer {name}"
            raise LinkLost(f"the PBX {what} within {within_s:g} s", LinkCause.NOT_ANSWERING) from None
        finally:
            self._answers.pop(action_id, None)

    def fail(self, why: str, cause: LinkCause = LinkCause.BROKEN) -> None:
        """End the connection at once, because of `why`."""
        if not self.lost.done():
            if self._closing:
                self.lost.set_result(None)
            else:
                self.lost.set_exception(LinkLost(why, cause))
        if not self.greeted.done():
            self.greeted.set_exception(LinkLost(why, cause))
        for answer in self._answers.values():
            if not answer.done.done():
                answer.done.set_exception(LinkLost(why, cause))
        # Whoever waits to write finds the connection gone.
        self._writable.set()
        if self._transport is not None:
            self._transport.abort()

    async def close(self, within_s: float = 1.0) -> None:
        """Say goodbye and hang up; what is still unsent after `within_s` is dropped. Never raises but for
        cancellation."""
        self._closing = True
        if self._transport is None or self.lost.done():
            return
        self._transport.write(action("Logoff"))
        self._transport.close()
        await asyncio.wait([self.lost], timeout=within_s)
        self.fail("closed")

    @property
    def is_private(self) -> bool:
        """Whether nobody can listen: TLS, or both ends on this machine."""
        if self._transport is None:
            return False
        if self._transport.get_extra_info("ssl_object") is not None:
            return True
        peer = self._transport.get_extra_info("peername") or ("",)
        return str(peer[0]).startswith("127.") or peer[0] in ("::1", "::ffff:127.0.0.1")

    @property
    def our_address(self) -> str:
        """The address from which the PBX sees us, as far as this machine knows."""
        here = self._transport.get_extra_info("sockname") if self._transport else None
        return str(here[0]) if here else "our address"

    def _answered(self, message: Message) -> None:
        answer = self._answers.get(message.headers["ActionID"])
        if answer is None or answer.done.done():
            return
        if message.name and not answer.is_list:
            return  # an event that the action caused, ahead of its response
        answer.items.append(message)
        if not answer.is_list or (message.is_response and not message.succeeded) or _completes(message):
            answer.done.set_result(answer.items)


def _completes(message: Message) -> bool:
    return bool(message.name) and (
        message.headers.get("EventList", "").lower() in ("complete", "cancelled") or message.name.endswith("Complete")
    )


def _retrieve(future: asyncio.Future[str] | asyncio.Future[None] | asyncio.Future[list[Message]]) -> None:
    """Look at the exception, so that asyncio does not log one that nobody had to wait for."""
    if not future.cancelled():
        future.exception()


async def connect(settings: AsteriskSettings, make: Callable[[], Wire]) -> Wire:
    """Connect and wait for the banner. Raises `LinkLost` with what to look at."""
    where = f"{settings.host}:{settings.port}"
    timing = settings.timing
    tls = settings.tls
    context = _tls_context(tls) if tls is not None else None
    name = tls.server_name or settings.host if tls is not None else None
    try:
        if name is not None:
            name.encode("idna")  # once connected, asyncio would leave the socket open over it
        async with asyncio.timeout(timing.connect_s):
            _, wire = await asyncio.get_running_loop().create_connection(
                make, settings.host, settings.port, ssl=context, server_hostname=name
            )
    except TimeoutError:
        raise LinkLost(
            f"nothing answers at {where} within {timing.connect_s:g} s: check host, port and firewall",
            LinkCause.NO_ANSWER,
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise LinkLost(
            f"the certificate of {where} is not trusted ({error.verify_message}): give its authority as ca_file,"
            " or the name it was made for as server_name",
            LinkCause.CERTIFICATE,
        ) from error
    except ssl.SSLError as error:
        raise LinkLost(
            f"{where} does not speak TLS ({error.reason}): the manager's TLS port is 5039 unless changed",
            LinkCause.NO_TLS,
        ) from error
    except socket.gaierror as error:
        problem = f"the host name {settings.host!r} is not known ({error.strerror}): check host"
        raise LinkLost(problem, LinkCause.UNKNOWN_HOST) from error
    except ConnectionRefusedError as error:
        raise LinkLost(
            f"nothing listens at {where}: check that Asterisk runs, and in manager.conf enabled, port and bindaddr",
            LinkCause.CLOSED,
        ) from error
    except OSError as error:
        raise LinkLost(f"no connection to {where}: {error.strerror or error}", LinkCause.NO_WAY) from error
    except (ValueError, OverflowError) as error:  # an empty or endless label of a name, a port beyond all ports
        problem = f"{where} is no address ({error}): check host, port and server_name"
        raise LinkLost(problem, LinkCause.UNKNOWN_HOST) from error
    try:
        async with asyncio.timeout(timing.banner_s):
            await asyncio.shield(wire.greeted)
    except TimeoutError:
        why = f"{where} accepts connections and says nothing: this is no Asterisk manager, or Asterisk is stuck"
        wire.fail(why, LinkCause.SILENT)
        raise LinkLost(why, LinkCause.SILENT) from None
    except LinkLost as error:
        if wire.protocol.version is None and wire.hung_up:
            raise LinkLost(
                f"{where} closes connections at once: this is no Asterisk manager, or it has too many log-ins under way"
                " (authlimit in manager.conf)",
                LinkCause.HUNG_UP,
            ) from error
        raise
    except BaseException:
        wire.fail("given up before the banner")
        raise
    return wire


def _tls_context(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
    except (OSError, ValueError) as error:
        problem = f"the ca_file {tls.ca_file!r} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise LinkLost(problem, LinkCause.CA_FILE) from error
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
