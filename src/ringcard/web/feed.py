"""What each signed-in employee's browsers are told, numbered so that a lost connection can go on where it broke.

One `View` an employee, however many tabs: it counts the frames and keeps the last of them. A tab is a `Tab` with a
place in that view and nothing else, so a browser that does not read costs no memory; when it falls out of what the
view keeps, it is told to come again. A frame's body is encoded once and shared by every view that shows it.

No WebSocket here: `live` connects a `Tab` to one, the tests connect it to a list. Over 400 lines: who is told what,
and who is told no more, is in one place.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, Self, TypeVar

from ringcard.calls.identifiers import CallId, DeviceId, PbxId
from ringcard.contacts.reminders import DueReminder
from ringcard.desk.control.requests import ServiceRequest
from ringcard.desk.handover.packet import Handover
from ringcard.desk.pop import Pop
from ringcard.desk.ports import DeviceView, Link, LiveCall, MissedView, Sent
from ringcard.desk.preferences import Preferences
from ringcard.desk.presence.views import PresenceView, QueueView
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.web import control_wire, masking, presence_wire, wire
from ringcard.web.together import Pace, Together

Key = TypeVar("Key", str, str | None)
Made = dict[Any, Any]
"""Frames that were made already for the same changes."""

CLOSE_GOING_AWAY = 1001
CLOSE_TRY_LATER = 1013
"""Of the registry that RFC 6455 §11.7 set up."""
CLOSE_TOKEN_IN_URL = 4400
CLOSE_NOT_SIGNED_IN = 4401
CLOSE_TOO_SLOW = 4408
CLOSE_TOO_MANY = 4429


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the live channel gives to one."""

    frames_kept: int = 512
    bytes_kept: int = 1_000_000
    """What one view keeps for tabs that are behind: whoever missed more is told as much by a snapshot."""
    frames_for_s: float = 180.0
    """For so long it keeps them: whoever can come back for them does within `resume_s` and a minute until it is noticed
    that they have gone. Of two thousand views a day's pops would be gigabytes."""
    resume_s: float = 120.0
    """How long a view without a tab is kept."""
    send_timeout_s: float = 15.0
    """How long one frame may wait for a browser that does not read."""
    tabs_per_employee: int = 16
    tabs_per_address: int = 1_000
    devices_together_s: float = 0.05
    """How long a device's change waits for others. A pop or a call waits for nothing."""
    devices_at_once: int = 20
    """To so many views a change of devices goes at a time: a pop in between does not wait for two thousand of them."""
    devices_apart_s: float = 0.01
    devices_written_each: int = 10
    """So many times that many views are told the same text: what changed meanwhile comes with the next."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking, from which devices, and what they see. A program looks by its `token_id`."""

    employee_id: str
    session: str
    address: str
    devices: tuple[DeviceId, ...]
    sight: Sight
    token_id: str | None = None
    scopes: frozenset[Permission] | None = None
    by_extension: bool = field(default=False, compare=False)
    """It is the browser's extension of an employee, with their token: a screen, unlike other programs."""

    @property
    def is_screen(self) -> bool:
        """Whether somebody sits before it."""
        return self.token_id is None or self.by_extension

    @property
    def key(self) -> str:
        """Whose view it is: all browsers of an employee share one, each token has its own, for it may see less."""
        return self.employee_id if self.token_id is None else f"{self.employee_id}/{self.token_id}"

    @property
    def rights(self) -> tuple[object, ...]:
        """What a view is made for: when it changes, the view is made anew."""
        return self.devices, self.sight


class Presence(Protocol):
    """Wants to know who has a screen open. A program's channel is none."""

    def signed_in(self, employee_id: str) -> None: ...

    def signed_out(self, employee_id: str) -> None: ...


class TooManyTabs(Exception):
    """The employee, or the address, has as many live channels open as one may have."""


class FellBehind(Exception):
    """The tab read so slowly that frames it has not seen are no longer kept."""


class Frame:
    """`{"type": …, "seq": …, FIELD: BODY}` without its number. `sent` is called when the first browser got it."""

    __slots__ = ("_head", "_sent", "_tail", "made_s")

    def __init__(
        self, kind: str, name: str, body: str, sent: Sent | None = None, *, made_s: float | None = None
    ) -> None:
        self.made_s = time.monotonic() if made_s is None else made_s
        self._head = f'{{"type":"{kind}","seq":'
        self._tail = f',"{name}":{body}}}'
        self._sent = sent

    @property
    def size(self) -> int:
        return len(self._tail)

    def numbered(self, seq: int) -> str:
        return f"{self._head}{seq}{self._tail}"

    def was_sent(self) -> None:
        """Tells once."""
        sent, self._sent = self._sent, None
        if sent is not None:
            sent()


@dataclass(slots=True)
class View:
    """One employee's numbered frames."""

    viewer: Viewer
    limits: Limits
    epoch: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    seq: int = 0
    tabs: set[Tab] = field(default_factory=set)
    leavings: int = 0
    _frames: deque[Frame] = field(default_factory=deque)
    """The last ones, up to `seq`: thousands of views hold hundreds each, and a number for each would be most of it."""
    _bytes: int = 0

    def push(self, frame: Frame) -> None:
        """Number `frame` and wake the tabs. A tab that has not read what must be dropped for it has fallen behind."""
        self.seq += 1
        self._frames.append(frame)
        self._bytes += frame.size
        since_s = frame.made_s - self.limits.frames_for_s
        while len(self._frames) > 1 and (
            len(self._frames) > self.limits.frames_kept
            or self._bytes > self.limits.bytes_kept
            or self._frames[0].made_s < since_s
        ):
            self._bytes -= self._frames.popleft().size
        behind = self.oldest - 1
        for tab in self.tabs:
            if tab.seq < behind:
                tab.close(CLOSE_TOO_SLOW)
            tab.wake.set()

    @property
    def oldest(self) -> int:
        """The lowest number still kept; one more than the last if none is."""
        return self.seq - len(self._frames) + 1

    def frame(self, seq: int) -> Frame:
        """Raises `FellBehind` if it is no longer kept."""
        place = seq - self.oldest
        if not 0 <= place < len(self._frames):
            raise FellBehind
        return self._frames[place]

    def can_resume(self, since: int | None, epoch: str | None) -> bool:
        """Whether a tab that has read up to `since` can go on without loss."""
        return since is not None and epoch == self.epoch and self.oldest - 1 <= since <= self.seq


class _Impatience:
    """Ends `patience` when one frame waits for longer than `most_s`.

    Almost every frame goes at once: instead of a timer for each, one is set for many, and looks whether a frame waits.
    """

    __slots__ = ("_began_s", "_loop", "_most_s", "_patience", "_timer")

    def __init__(self, patience: asyncio.Timeout, most_s: float) -> None:
        self._patience = patience
        self._most_s = most_s
        self._loop = asyncio.get_running_loop()
        self._began_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def begins(self) -> None:
        self._began_s = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_at(self._began_s + self._most_s, self._look)

    def ends(self) -> None:
        self._began_s = None

    def _look(self) -> None:
        self._timer = None
        if self._began_s is None:
            return  # the next frame sets it again
        due_s = self._began_s + self._most_s
        if due_s > self._loop.time():
            self._timer = self._loop.call_at(due_s, self._look)
        else:
            self._patience.reschedule(due_s)


class Tab:
    """One browser tab's place in its employee's view: `seq` is the last frame it was sent."""

    def __init__(self, view: View, viewer: Viewer, since: int) -> None:
        self.view = view
        self.viewer = viewer
        self.seq = since
        self.wake = asyncio.Event()
        self.closing: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def close(self, code: int) -> None:
        """Ask for its end, from outside; the first code counts."""
        if not self.closing.done():
            self.closing.set_result(code)

    async def pump(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send frame after frame, in order, each once, until cancelled.

        Raises `FellBehind` when the browser does not read, or whatever `send` raises.
        """
        try:
            async with asyncio.timeout(None) as patience, _Impatience(patience, self.view.limits.send_timeout_s) as one:
                while True:
                    while self.seq < self.view.seq:
                        frame = self.view.frame(self.seq + 1)
                        one.begins()
                        await send(frame.numbered(self.seq + 1))
                        one.ends()
                        self.seq += 1
                        frame.was_sent()
                    self.wake.clear()
                    await self.wake.wait()
        except TimeoutError:
            raise FellBehind from None

    async def send(self, send: Callable[[str], Awaitable[None]], text: str) -> None:
        """Send one frame. Raises `FellBehind` if the browser takes too long to read it."""
        try:
            async with asyncio.timeout(self.view.limits.send_timeout_s):
                await send(text)
        except TimeoutError:
            raise FellBehind from None


class Feed:
    """Every view there is: the desk's `Screens`."""

    def __init__(
        self,
        limits: Limits | None = None,
        later: Callable[[float, Callable[[], None]], object] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._later = later or (lambda delay_s, do: asyncio.get_running_loop().call_later(delay_s, do))
        self._views: dict[str, View] = {}
        self._of: defaultdict[str, set[str]] = defaultdict(set)
        """The keys of each employee's views."""
        self._watching: defaultdict[str | None, set[str]] = defaultdict(set)
        """The keys of the views that see each employee's calls; under None those that see every call."""
        self._addresses: Counter[str] = Counter()
        self._closed = False
        limits = self.limits
        pace = Pace(
            limits.devices_together_s, limits.devices_at_once, limits.devices_apart_s, limits.devices_written_each
        )
        self._devices = Together[tuple[PbxId, DeviceId], DeviceView, View](
            pace, self._later, self._who_see_people, self._push_devices
        )
        self._presence = Together[str, PresenceView, View](
            pace, self._later, lambda: list(self._views.values()), self._push_presence
        )
        self._queues = Together[tuple[PbxId, str], tuple[QueueView, bool], View](
            pace, self._later, self._who_see_people, self._push_queues
        )
        self.present: Presence | None = None

    # Tabs

    def join(self, viewer: Viewer, since: int | None, epoch: str | None) -> tuple[Tab, bool]:
        """A tab opens its channel. True if it goes on from `since`, False if it needs a snapshot.

        The place in the view is taken at once, so a snapshot built before the next `await` fits to it. Raises
        `TooManyTabs`.
        """
        view = self._views.get(viewer.key)
        tabs = 0 if view is None else len(view.tabs)
        if tabs >= self.limits.tabs_per_employee or self._addresses[viewer.address] >= self.limits.tabs_per_address:
            raise TooManyTabs
        if view is None or view.viewer.rights != viewer.rights:
            view = self._open(viewer, view)
        resumed = since is not None and view.can_resume(since, epoch)
        tab = Tab(view, viewer, since if resumed and since is not None else view.seq)
        view.tabs.add(tab)
        self._addresses[viewer.address] += 1
        if self.present is not None and viewer.is_screen:
            self.present.signed_in(viewer.employee_id)
        if self._closed:
            tab.close(CLOSE_GOING_AWAY)
        return tab, resumed

    def leave(self, tab: Tab) -> None:
        """The tab's connection is over."""
        if tab not in tab.view.tabs:
            return
        tab.view.tabs.discard(tab)
        if self.present is not None and tab.viewer.is_screen:
            self.present.signed_out(tab.viewer.employee_id)
        self._addresses[tab.viewer.address] -= 1
        if not self._addresses[tab.viewer.address]:
            del self._addresses[tab.viewer.address]
        if not tab.view.tabs:
            view = tab.view
            view.leavings += 1
            leaving = view.leavings
            self._later(self.limits.resume_s, lambda: self._forget(view, leaving))

    def end_session(self, session: str) -> None:
        """Somebody signed out: the tabs of that session close."""
        for view in self._views.values():
            for tab in view.tabs:
                if tab.viewer.session == session:
                    tab.close(CLOSE_NOT_SIGNED_IN)

    def end_sessions_of(self, employee_id: str) -> None:
        """The employee has a new password: the tabs of all their sessions close; their programs go on."""
        for key in list(self._of.get(employee_id, ())):
            for tab in self._views[key].tabs:
                if tab.viewer.token_id is None:
                    tab.close(CLOSE_NOT_SIGNED_IN)

    def renew(self, rights: Callable[[Viewer], Viewer | None]) -> None:
        """Something about people changed: every view whose viewer now sees something else ends at once.

        `rights` gives each viewer as they are now, None for one who may not look any more. Their browsers come again
        and get a snapshot of what they see now; nothing more is pushed to the old view.
        """
        for view in list(self._views.values()):
            now = rights(view.viewer)
            if now is not None and now.rights == view.viewer.rights:
                continue
            self._drop(view)
            for tab in view.tabs:
                tab.close(CLOSE_NOT_SIGNED_IN if now is None else CLOSE_GOING_AWAY)

    def close(self) -> None:
        """The server goes down: every tab is told, also those that come now."""
        self._closed = True
        self.drop_all()

    def drop_all(self) -> None:
        """Close every channel; the browsers come again and resume."""
        for view in self._views.values():
            for tab in view.tabs:
                tab.close(CLOSE_GOING_AWAY)

    @property
    def tabs(self) -> int:
        """How many channels are open."""
        return sum(len(view.tabs) for view in self._views.values())

    def _open(self, viewer: Viewer, before: View | None) -> View:
        """A new view. If the employee's devices or role changed, tabs of the old one come again for a snapshot."""
        if before is not None:
            for tab in before.tabs:
                tab.close(CLOSE_GOING_AWAY)
            self._drop(before)
        view = self._views[viewer.key] = View(viewer, self.limits)
        self._of[viewer.employee_id].add(viewer.key)
        for whose in _watched(viewer.sight):
            self._watching[whose].add(viewer.key)
        return view

    def _drop(self, view: View) -> None:
        """Push nothing more to this view."""
        viewer = view.viewer
        if self._views.get(viewer.key) is not view:
            return
        del self._views[viewer.key]
        _take_out(self._of, viewer.employee_id, viewer.key)
        for whose in _watched(viewer.sight):
            _take_out(self._watching, whose, viewer.key)

    def _forget(self, view: View, leaving: int) -> None:
        """Nobody came back after the last tab left."""
        if not view.tabs and view.leavings == leaving:
            self._drop(view)

    # What the desk tells

    def show_pop(self, pop: Pop, employees: Collection[str], sent: Sent) -> bool:
        views = self._views_of(employees)
        writers = {employee_id for employee_id, _ in pop.drafts}
        others = [view for view in views if view.viewer.employee_id not in writers]
        self._push_masked(others, lambda: wire.pop_as_json(pop), masking.pop, "pop", "pop", sent)
        for writer in writers.intersection(employees):
            own = self._views_of((writer,))
            self._push_masked(own, partial(wire.pop_as_json, pop, writer), masking.pop, "pop", "pop", sent)
        return any(view.tabs for view in views)

    def remove_pop(self, pop_id: str, employees: Collection[str]) -> None:
        views = self._views_of(employees)
        if views:
            self._push(views, Frame("pop_removed", "pop_id", wire.text(pop_id)))

    def show_call(self, call: LiveCall) -> None:
        views = self._views_that_see(call.concerns)
        self._push_masked(views, lambda: wire.live_call_as_json(call), masking.call, "call", "call")

    def remove_call(self, call_id: CallId, concerns: Collection[str]) -> None:
        views = self._views_that_see(concerns)
        if views:
            self._push(views, Frame("call_removed", "call_id", wire.text(call_id)))

    def show_device(self, device: DeviceView) -> None:
        """Most see every device, so this is what there is most of: what changes within a moment goes together."""
        self._devices.put((device.pbx, device.device), device)

    def show_presence(self, presence: PresenceView) -> None:
        """As devices are told, to those who may know who works here, and to whose state it is."""
        self._presence.put(presence.employee_id, presence)

    def show_queue(self, queue: QueueView) -> None:
        self._queues.put((queue.pbx, queue.queue), (queue, False))

    def remove_queue(self, pbx: PbxId, queue: str) -> None:
        self._queues.put((pbx, queue), (QueueView(pbx, queue, 0, 0, frozenset()), True))

    def _who_see_people(self) -> list[View]:
        return [view for view in self._views.values() if view.viewer.sight.may(Permission.PEOPLE_READ)]

    def _push_devices(self, views: Sequence[View], devices: Collection[DeviceView], made: Made) -> None:
        if None not in made:
            made[None] = Frame("devices", "devices", f"[{','.join(map(wire.device, devices))}]")
        self._push(views, made[None])

    def _push_presence(self, views: Sequence[View], changed: Collection[PresenceView], made: Made) -> None:
        """One frame for everybody who sees all; whoever sees only the own state gets that."""
        for view in views:
            sight = view.viewer.sight
            whose = None if sight.may(Permission.PEOPLE_READ) else sight.employee_id
            if whose not in made:
                seen = [each for each in changed if presence_wire.sees_presence(sight, each.employee_id)]
                body = f"[{','.join(map(presence_wire.presence, seen))}]"
                made[whose] = Frame("presence", "items", body) if seen else None
            if made[whose] is not None:
                view.push(made[whose])

    def _push_queues(self, views: Sequence[View], changed: Collection[tuple[QueueView, bool]], made: Made) -> None:
        """One frame for all who see the same: by which queues' callers, and whether by number."""
        for view in views:
            sight = view.viewer.sight
            named = frozenset(queue for queue, _ in changed if presence_wire.sees_who_waits(sight, queue))
            key = named, sight.numbers_masked
            if key not in made:
                items = [
                    presence_wire.queue_as_json(queue, named=queue in named, masked=sight.numbers_masked, gone=gone)
                    for queue, gone in changed
                ]
                made[key] = Frame("queues", "items", wire.text(items))
            view.push(made[key])

    def show_request(self, request: ServiceRequest) -> None:
        """To whoever asked, on every computer."""
        views = self._views_of((request.employee_id,))
        value = partial(control_wire.request_as_json, request)
        self._push_masked(views, value, masking.request, "service", "request")

    def show_handover(self, handover: Handover, employees: Collection[str]) -> None:
        views = self._views_of(employees)
        value = partial(control_wire.handover_as_json, handover)
        self._push_masked(views, value, masking.handover, "handover", "handover")

    def show_reminder(self, due: DueReminder) -> None:
        """To whose it is, on every computer."""
        views = self._views_of((due.reminder.employee_id,))
        value = partial(control_wire.due_as_json, due)
        self._push_masked(views, value, masking.reminder, "reminder", "reminder")

    def show_missed(self, missed: MissedView) -> None:
        """To everybody who sees the calls of those whose phones rang."""
        self._push_missed(self._views_that_see(missed.concerns), missed)

    def hide_missed(self, gone: MissedView, concerns: Collection[str]) -> None:
        """See `desk.ports.MissedScreens`. To others it would be untrue: nobody dealt with it."""
        still = {view.viewer.key for view in self._views_that_see(concerns)}
        self._push_missed([view for view in self._views_that_see(gone.concerns) if view.viewer.key not in still], gone)

    def _push_missed(self, views: Collection[View], missed: MissedView) -> None:
        self._push_masked(views, lambda: wire.missed_as_json(missed), masking.missed, "missed", "missed")

    def show_preferences(self, employee_id: str, preferences: Preferences) -> None:
        """The employee chose: on every computer."""
        views = self._views_of((employee_id,))
        if views:
            self._push(views, Frame("preferences", "preferences", wire.text(wire.preferences_as_json(preferences))))

    def show_link(self, link: Link) -> None:
        for with_problem in (True, False):
            views = [
                view for view in self._views.values() if view.viewer.sight.may(Permission.PBX_READ) is with_problem
            ]
            if views:
                self._push(views, Frame("link", "link", wire.link(link, with_problem=with_problem)))

    def remove_link(self, pbx: PbxId) -> None:
        self._push(list(self._views.values()), Frame("link_removed", "pbx", wire.text(pbx)))

    def _views_of(self, employees: Collection[str]) -> list[View]:
        return [self._views[key] for employee in employees for key in self._of.get(employee, ())]

    def _views_that_see(self, concerns: Collection[str]) -> list[View]:
        keys = set(self._watching.get(None, ()))
        for employee in concerns:
            keys |= self._watching.get(employee, set())
        return [self._views[key] for key in keys]

    def _push_masked(
        self,
        views: Collection[View],
        value: Callable[[], dict[str, Any]],
        masked: Callable[[dict[str, Any]], dict[str, Any]],
        kind: str,
        name: str,
        sent: Sent | None = None,
    ) -> None:
        """Push one frame to those who see numbers and another to those who do not; each is written once."""
        for hidden in (False, True):
            some = [view for view in views if view.viewer.sight.numbers_masked is hidden]
            if some:
                body = masked(value()) if hidden else value()
                self._push(some, Frame(kind, name, wire.text(body), sent))

    def _push(self, views: Collection[View], frame: Frame) -> None:
        for view in views:
            view.push(frame)


def _watched(sight: Sight) -> Collection[str | None]:
    """Whose calls the sight shows, None standing for everybody's."""
    if not sight.may(Permission.CALLS_READ):
        return ()
    return (None,) if sight.calls is None else sight.calls


def _take_out(sets: dict[Key, set[str]], key: Key, value: str) -> None:
    held = sets.get(key)
    if held is not None:
        held.discard(value)
        if not held:
            del sets[key]
