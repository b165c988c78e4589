"""The live channel: `WebSocket /api/v1/live`, as docs/reference/live-channel.md describes it.

One tab, three things at once: the pump that sends, the ear that listens, and whoever wants it closed. The first that
ends ends the others. What is sent and in which order is `feed`'s business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec
import structlog
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from ringcard.calls.record import moment
from ringcard.desk.afterwards import Afterwards
from ringcard.desk.control.service import Handling
from ringcard.desk.ports import DeviceView
from ringcard.desk.preferences import AllPreferences
from ringcard.desk.presence.queues import QueueBoard
from ringcard.desk.presence.service import Presences
from ringcard.desk.presence.views import PresenceView
from ringcard.desk.service import Desk
from ringcard.desk.wrapup.reminding import Reminding
from ringcard.people.model import me_as_json
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.people.signin import Session
from ringcard.storage import StorageError
from ringcard.web import masking, wire
from ringcard.web.access import viewer
from ringcard.web.control_wire import due_as_json, request_as_json
from ringcard.web.feed import (
    CLOSE_GOING_AWAY,
    CLOSE_NOT_SIGNED_IN,
    CLOSE_TOO_MANY,
    CLOSE_TOO_SLOW,
    Feed,
    FellBehind,
    Tab,
    TooManyTabs,
)
from ringcard.web.presence_wire import presence, queue_for, sees_presence
from ringcard.web.visitors import is_extension

log = structlog.get_logger(__name__)

MISSED_TOLD = 100
"""How many missed callers a snapshot has, the latest; the list has them all."""

V = TypeVar("V")

Socket = WebSocket[Any, Any, Any]


class ClientFrame(msgspec.Struct):
    """Whatever a browser says; what is not known is ignored."""

    type: str
    pop_id: str = ""
    revision: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] = 0
    painted_at: datetime | None = None


_decoder = msgspec.json.Decoder(ClientFrame)


class SignInFrame(msgspec.Struct, tag_field="type", tag="sign_in"):
    """The first frame of whoever offers the sub-protocol `SIGN_IN`."""

    token: str


_first = msgspec.json.Decoder(SignInFrame)


StillSignedIn = Callable[[], Awaitable[tuple[Session, Sight] | None]]
"""Who is signed in at this WebSocket now and what they see; None if nobody is any more."""


class _Written(Generic[V]):
    """A list as it was written last: after a restart thousands of snapshots have the same one."""

    def __init__(self, write: Callable[[V], str]) -> None:
        self._write = write
        self._items: tuple[V, ...] = ()
        self._text = msgspec.Raw(b"[]")

    def of(self, items: tuple[V, ...]) -> msgspec.Raw:
        """Quick if they are the same objects as last time."""
        if items != self._items:
            self._text = msgspec.Raw(f"[{','.join(map(self._write, items))}]".encode())
            self._items = items
        return self._text


class LiveChannel:
    """Connects browsers to the feed.

    What changes through this server takes effect at once (`Feed.renew`, `Feed.end_session`). Every `look_again_s` each
    channel looks by itself whether its session still holds and gives it the same rights: a session expires, and the
    command line changes things in another process.
    """

    def __init__(
        self,
        desk: Desk,
        feed: Feed,
        afterwards: Afterwards,
        preferences: AllPreferences,
        handling: Handling,
        reminding: Reminding,
        presences: Presences,
        queues: QueueBoard,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        look_again_s: float = 30.0,
        sign_in_within_s: float = 5.0,
    ) -> None:
        self._desk = desk
        self._feed = feed
        self._afterwards = afterwards
        self._preferences = preferences
        self._handling = handling
        self._reminding = reminding
        self._presences = presences
        self._queues = queues
        self._clock = clock
        self._look_again_s = look_again_s
        self._sign_in_within_s = sign_in_within_s
        self._all_devices = _Written[DeviceView](wire.device)
        self._all_presence = _Written[PresenceView](presence)

    async def word(self, socket: Socket) -> str | None:
        """The token that a client says as its first frame; None if it says none in time.

        A page's script cannot set headers of a WebSocket's handshake, and addresses are written down.
        """
        with suppress(TimeoutError, WebSocketDisconnect, msgspec.DecodeError):
            async with asyncio.timeout(self._sign_in_within_s):
                return _first.decode(await socket.receive_data("text")).token
        return None

    async def serve(
        self,
        socket: Socket,
        who: Session,
        sight: Sight,
        still: StillSignedIn,
        address: str,
        since: int | None,
        epoch: str | None,
    ) -> None:
        """The whole life of one accepted WebSocket."""
        try:
            looks = replace(viewer(who, sight, address), by_extension=is_extension(socket.headers.get("origin", "")))
            tab, resumed = self._feed.join(looks, since, epoch)
        except TooManyTabs:
            await socket.close(CLOSE_TOO_MANY, "too many connections")
            return
        # Taken out to be sent: a snapshot of a big company is a quarter of a megabyte, as long as a name holds it.
        first = [self._resumed(tab) if resumed else self._snapshot(tab, who, sight)]
        try:
            code = await self._until_closed(socket, tab, first, still)
        finally:
            self._feed.leave(tab)
        if code is not None:
            with suppress(TimeoutError, WebSocketDisconnect, ConnectionError):
                async with asyncio.timeout(1.0):
                    await socket.close(code)

    async def _until_closed(self, socket: Socket, tab: Tab, first: list[str], still: StillSignedIn) -> int | None:
        """The code to close with; None if the browser has gone."""

        async def send(text: str) -> None:
            await socket.send_data(text)

        async def speak() -> None:
            await tab.send(send, first.pop())
            await tab.pump(send)

        speaking = asyncio.create_task(speak())
        listening = asyncio.create_task(self._listen(socket, tab))
        watching = asyncio.create_task(self._watch(tab, still))
        try:
            ends: tuple[asyncio.Future[Any], ...] = (speaking, listening, tab.closing)
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if tab.closing.done():
                return tab.closing.result()
            ended = speaking if speaking.done() else listening
            return _code_of(ended.exception())
        finally:
            for task in (speaking, listening, watching):
                task.cancel()
            await asyncio.gather(speaking, listening, watching, return_exceptions=True)

    async def _watch(self, tab: Tab, still: StillSignedIn) -> None:
        """Close the channel of somebody who was signed out, disabled, or whose devices or role changed."""
        while True:
            await asyncio.sleep(self._look_again_s)
            try:
                now = await still()
            except StorageError:
                continue  # a database that is locked for a moment signs nobody out
            if now is None:
                tab.close(CLOSE_NOT_SIGNED_IN)
            elif viewer(*now, tab.viewer.address) != tab.viewer:
                tab.close(CLOSE_GOING_AWAY)

    async def _listen(self, socket: Socket, tab: Tab) -> None:
        while True:
            try:
                said = _decoder.decode(await socket.receive_data("text"))
            except msgspec.DecodeError:
                continue  # another version of the front end, or none of ours
            match said.type:
                case "shown":
                    self._desk.shown(
                        said.pop_id,
                        session=tab.viewer.session,
                        employee_id=tab.viewer.employee_id,
                        revision=said.revision,
                        painted_at=_aware(said.painted_at),
                    )
                    self._handling.shown(said.pop_id, tab.viewer.employee_id)
                case "hide":
                    self._desk.hide(said.pop_id, employee_id=tab.viewer.employee_id)
                case "ping":
                    await tab.send(socket.send_data, '{"type":"pong"}')
                case _:
                    pass

    def _resumed(self, tab: Tab) -> str:
        return wire.text({"type": "resumed", "epoch": tab.view.epoch, "seq": tab.seq})

    def _devices(self) -> msgspec.Raw:
        """Every device, as it is written for all."""
        return self._all_devices.of(self._desk.devices())

    def _presence(self, sight: Sight) -> msgspec.Raw:
        if sight.may(Permission.PEOPLE_READ):
            return self._all_presence.of(self._presences.all())
        own = [each for each in self._presences.all() if sees_presence(sight, each.employee_id)]
        return msgspec.Raw(f"[{','.join(map(presence, own))}]".encode())

    def _snapshot(self, tab: Tab, who: Session, sight: Sight) -> str:
        """Everything that is so now, for this employee. No `await` between the tab's place in the view and this."""
        employee = who.employee
        sees_calls, sees_people = sight.may(Permission.CALLS_READ), sight.may(Permission.PEOPLE_READ)
        with_problem = sight.may(Permission.PBX_READ)
        return wire.text(
            {
                "type": "snapshot",
                "epoch": tab.view.epoch,
                "seq": tab.seq,
                "now": moment(self._clock()),
                "me": me_as_json(employee, who.csrf_token, sight.permissions),
                "pops": [
                    masking.for_sight(sight, masking.pop, wire.pop_as_json(pop, employee.employee_id))
                    for pop in self._desk.pops_of(employee.employee_id)
                ],
                "calls": [
                    masking.for_sight(sight, masking.call, wire.live_call_as_json(call))
                    for call in self._desk.live_calls()
                    if sees_calls and sight.sees_call(call.concerns)
                ],
                "missed": [
                    masking.for_sight(sight, masking.missed, wire.missed_as_json(view))
                    for view in self._afterwards.views()
                    if sees_calls and view.caller.handling is None and sight.sees_call(view.concerns)
                ][:MISSED_TOLD],
                "preferences": wire.preferences_as_json(self._preferences.of(employee.employee_id)),
                "devices": self._devices() if sees_people else [],
                "links": [wire.link_as_json(link, with_problem=with_problem) for link in self._desk.links()],
                "services": [
                    masking.for_sight(sight, masking.request, request_as_json(request))
                    for request in self._handling.requests_of(employee.employee_id)
                ],
                "reminders": [
                    masking.for_sight(sight, masking.reminder, due_as_json(due))
                    for due in self._reminding.due_of(employee.employee_id)
                ],
                "presence": self._presence(sight),
                "queues": [queue_for(sight, each) for each in self._queues.all() if sees_people],
            }
        )


def _code_of(error: BaseException | None) -> int | None:
    match error:
        case FellBehind():
            return CLOSE_TOO_SLOW
        case None | WebSocketDisconnect():
            return None
        case _:
            log.debug("live.connection_lost", action="live_connection_lost", error=type(error).__name__)
            return None


def _aware(at: datetime | None) -> datetime | None:
    """A browser's time without a zone says nothing, nor does one at the ends of the calendar: it has no UTC."""
    return None if at is None or at.tzinfo is None or not 1970 <= at.year <= 9000 else at
