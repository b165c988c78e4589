"""Everybody's presence: what the PBXs report and what employees choose, made into one state each, told and kept.

`hear` runs on the event loop after the desk has taken the events. What is shown and what the ledger gets is done at
once; the database and the PBXs' queues are told by tasks. Over 400 lines: what changes a state, and what follows from
it, goes through one door.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from ringcard.calls.causes import DeviceKind
from ringcard.calls.events import Absorbed, DeviceStateChanged, PbxEvent
from ringcard.calls.identifiers import CallId, DeviceId, PbxId, is_rehearsed
from ringcard.calls.queues import QueueStateChanged
from ringcard.calls.record import CallRecord
from ringcard.desk.presence import states
from ringcard.desk.presence.attendance import Attendance
from ringcard.desk.presence.engaged import Engagements
from ringcard.desk.presence.enlisting import Enlisting
from ringcard.desk.presence.errors import NotAfterCall, UnknownReason
from ringcard.desk.presence.following import following, restored, wish_of, worth_keeping
from ringcard.desk.presence.members import UNPAUSED, Change, Members, Pause
from ringcard.desk.presence.memory import KeepsStates, Kept
from ringcard.desk.presence.rules import (
    LONGEST_AFTER_CALL_S,
    OFFLINE_REASON,
    Membership,
    PresenceRules,
    WhenOffline,
    checked_reason,
)
from ringcard.desk.presence.states import Agent, AgentState, Source
from ringcard.desk.presence.telling import OUR_REASONS, Key, Outcome, Teller, Told
from ringcard.desk.presence.views import (
    Clock,
    PresenceScreens,
    PresenceStaff,
    PresenceView,
    StateJournal,
    TeamNames,
    first_team,
    teams_of,
    view_of,
)
from ringcard.pbx.connector import Connector, LinkState
from ringcard.people.model import Employee
from ringcard.storage import StorageError

log = structlog.get_logger(__name__)

TICK_S = 0.25
LOOK_EVERY_S = 1.0


class Presences:
    """The state of every employee, and the one place that changes it."""

    def __init__(
        self,
        *,
        staff: PresenceStaff,
        memory: KeepsStates,
        journal: StateJournal,
        connectors: Callable[[], Mapping[PbxId, Connector]],
        record_of: Callable[[CallId], CallRecord | None],
        rules: Callable[[], PresenceRules],
        clock: Clock,
    ) -> None:
        self._staff = staff
        self._memory = memory
        self._journal = journal
        self._connectors = connectors
        self._record_of = record_of
        self._rules = rules
        self._clock = clock
        self._agents: dict[str, Agent] = {}
        self._shown: dict[str, PresenceView] = {}
        self._teams: TeamNames = {}
        self._engagements = Engagements()
        self._members = Members()
        self._teller = Teller(self._members, connectors, self._wish, clock)
        self._pbxs_of: defaultdict[DeviceId, set[PbxId]] = defaultdict(set)
        self._attendance = Attendance(staff)
        self._enlisting = Enlisting(self._members, self._teller, self._queues_for, self._pbxs_of)
        self._timed: set[str] = set()
        self._vacated: set[DeviceId] = set()
        """Phones of people who work here no more. Those that somebody else has by now do not count."""
        self._unwritten: set[str] = set()
        self._tasks: asyncio.TaskGroup | None = None
        self.screens: PresenceScreens | None = None

    # What outlives the process

    async def load(self) -> None:
        """As it was when we stopped. Whoever was there is taken to be so still, for as long as a page takes to load.

        Raises `StorageError`.
        """
        now, kept = self._clock(), await self._memory.states()
        for each in kept.values():
            # Also of those who are disabled: what could not be taken from them before we stopped is taken now.
            self._enlisting.restore(each.employee_id, each.added)
        for employee in self._staff.employees():
            agent = states.new_agent(now)
            row = kept.get(employee.employee_id)
            if row is not None:
                agent = restored(row, now)
                if row.owed:
                    self._owe(employee)
                if agent.present:
                    self._attendance.was_there(employee.employee_id, now)
                if agent.until is not None:
                    self._timed.add(employee.employee_id)
            self._agents[employee.employee_id] = agent
            self._shown[employee.employee_id] = self._view(employee, agent)

    def _owe(self, employee: Employee) -> None:
        for device in employee.devices:
            for pbx in self._connectors():
                self._teller.owed.add((pbx, device))

    # What others ask

    def all(self) -> tuple[PresenceView, ...]:
        """Everybody who works here, by name."""
        return tuple(
            self._shown[each.employee_id] for each in self._staff.employees() if each.employee_id in self._shown
        )

    def of(self, employee_id: str) -> PresenceView | None:
        return self._shown.get(employee_id)

    def reasons_for(self, employee: Employee) -> tuple[str, ...]:
        """Why they may say they are not ready."""
        return self._rules().reasons_for(teams_of(employee, self._teams))

    # What employees choose

    async def put(
        self, employee: Employee, state: AgentState, reason: str | None, source: Source
    ) -> tuple[PresenceView, Told]:
        """They are READY or NOT_READY from now on; also what becomes of their PBX's queues.

        Raises `UnknownReason`, `StorageError`; then nothing has changed.
        """
        reason = self._checked(employee, state, reason)
        employee_id = employee.employee_id
        chosen = states.choose(self._agent(employee_id), state, reason, self._clock(), source)
        await self._memory.keep_states([self._kept(employee_id, chosen)])
        # Something may have happened while it was written.
        self._become(employee_id, states.choose(self._agent(employee_id), state, reason, self._clock(), source))
        told = await self._bring(employee_id)
        if told.outcome is Outcome.LATER:
            self._unwritten.add(employee_id)
        return self._shown[employee_id], told

    def extend(self, employee: Employee, seconds: float) -> PresenceView:
        """After-call work goes on for so much longer; not longer than an hour from now. Raises `NotAfterCall`."""
        now, agent = self._clock(), self._agent(employee.employee_id)
        if agent.state is not AgentState.AFTER_CALL or agent.until is None:
            raise NotAfterCall("There is no after-call work that could go on: it is over, or a call came.")
        most = now + timedelta(seconds=LONGEST_AFTER_CALL_S)
        self._become(employee.employee_id, states.extend(agent, min(agent.until + timedelta(seconds=seconds), most)))
        return self._shown[employee.employee_id]

    def _checked(self, employee: Employee, state: AgentState, reason: str | None) -> str | None:
        reason = None if reason is None else reason.strip() or None
        if state is AgentState.READY or reason is None:
            return None
        offered = self.reasons_for(employee)
        if reason not in offered:
            there = ", ".join(offered) or "none"
            raise UnknownReason(f"There is no reason {reason[:40]!r} for this team; there are: {there}.")
        return checked_reason(reason)

    # Who is there

    def signed_in(self, employee_id: str) -> None:
        """Somebody opened a screen."""
        self._attendance.opened(employee_id)
        self._look_who_is_there(employee_id)

    def signed_out(self, employee_id: str) -> None:
        """A screen closed. They are gone a while after the last one."""
        self._attendance.closed(employee_id, self._clock())

    def staff_changed(self, teams: TeamNames) -> None:
        """Employees, their devices or their teams are others now."""
        self._teams = teams
        here = {each.employee_id: each for each in self._staff.employees()}
        for employee_id in [each for each in self._agents if each not in here]:
            self._dismissed(employee_id)
        for employee_id, employee in here.items():
            if employee_id not in self._agents:
                self._agents[employee_id] = states.new_agent(self._clock())
            if employee_id not in self._shown or self._shown[employee_id].devices != employee.devices:
                self._look_at_devices(employee_id)
                self._spawn(self._bring_all(employee_id))
            self._look_who_is_there(employee_id)
            self._show(employee_id)

    def _dismissed(self, employee_id: str) -> None:
        """They do not work here any more: offline, without a phone, and in no queue that we put them in."""
        del self._agents[employee_id]
        self._timed.discard(employee_id)
        self._unwritten.add(employee_id)
        before = self._shown.pop(employee_id, None)
        if before is not None and self.screens is not None:
            gone = replace(before, state=AgentState.OFFLINE, reason=None, until=None, devices=(), next_state=None)
            self.screens.show_presence(gone)
        devices = () if before is None else before.devices
        self._vacated.update(devices)
        for device in devices:
            for pbx in self._members.pbxs_of(device):
                self._spawn(self._teller.bring((pbx, device)))
        self._spawn(self._take_out(employee_id))

    async def _take_out(self, employee_id: str) -> None:
        """Of every queue that we put them in, unless they work here again."""
        if self._works_here(employee_id):
            return
        if await self._enlisting.take_out(employee_id):
            self._unwritten.add(employee_id)

    def _works_here(self, employee_id: str) -> bool:
        employee = self._staff.get(employee_id)
        return employee is not None and not employee.disabled

    def _look_who_is_there(self, employee_id: str) -> None:
        employee = self._staff.get(employee_id)
        if employee is None or employee.disabled:
            return
        agent = self._agent(employee_id)
        there = self._attendance.is_there(employee)
        if there is agent.present:
            return
        if there:
            self._enlisting.comes(employee_id)
        agent = (states.comes if there else states.goes)(agent, self._clock())
        self._become(employee_id, agent, tell=True)
        self._look_at_devices(employee_id)

    # What the PBXs report

    def hear(self, events: Sequence[PbxEvent]) -> None:
        """Takes the events of one message of a PBX, after the desk: the bus calls it."""
        devices: dict[DeviceId, None] = {}
        calls: dict[CallId, None] = {}
        queues: list[tuple[PbxId, DeviceId, Change]] = []
        for event in events:
            match event:
                case DeviceStateChanged():
                    if event.kind is DeviceKind.PHONE:
                        self._pbxs_of[event.device].add(event.pbx)
                        devices.update(
                            dict.fromkeys(self._engagements.told_state(event.pbx, event.device, event.state))
                        )
                case QueueStateChanged():
                    changes = self._members.hear(event, self._clock())
                    queues += [(event.pbx, device, change) for device, change in changes]
                case Absorbed():
                    calls.pop(event.call_id, None)
                    devices.update(dict.fromkeys(self._engagements.gone(event.call_id)))
                case _:
                    calls[event.call_id] = None
        for call_id in calls:
            self._call_changed(call_id, devices)
        for device in devices:
            for colleague in self._staff.employees_at(device):
                self._look_at_devices(colleague.employee_id)
        if queues:
            self._queues_changed(queues)

    def adopt(self, records: Iterable[CallRecord]) -> None:
        """Calls that were open when we stopped."""
        for record in records:
            for device in self._engagements.told_call(record):
                for colleague in self._staff.employees_at(device):
                    self._look_at_devices(colleague.employee_id)

    def _call_changed(self, call_id: CallId, devices: dict[DeviceId, None]) -> None:
        record = None if is_rehearsed(call_id) else self._record_of(call_id)
        if record is None:
            return
        rules = self._rules()
        for device in self._engagements.finished(record, rules.after_which):
            here = self._staff.employees_at(device)
            for colleague in here:
                if len(here) == 1 or device in self._agent(colleague.employee_id).engaged:
                    self._call_over(colleague.employee_id, rules)
        devices.update(dict.fromkeys(self._engagements.told_call(record)))

    def _call_over(self, employee_id: str, rules: PresenceRules) -> None:
        employee = self._staff.get(employee_id)
        if employee is None:
            return
        seconds = rules.after_call_s_for(teams_of(employee, self._teams))
        if seconds > 0:
            now = self._clock()
            agent = states.work_after_call(self._agent(employee_id), now, now + timedelta(seconds=seconds))
            self._become(employee_id, agent, tell=True)

    def _look_at_devices(self, employee_id: str) -> None:
        """Which of their devices are in a call.

        One that several have counts for the only one of them who is there, and stays theirs for this call: of two who
        are there nobody knows who talks, so neither is said to. Whoever signs in at the phone is the only one at it.
        """
        employee, agent = self._staff.get(employee_id), self._agents.get(employee_id)
        if employee is None or agent is None:
            return
        engaged = frozenset(
            device
            for device in employee.devices
            if self._engagements.engaged(device) and (device in agent.engaged or self._is_theirs(employee_id, device))
        )
        if engaged != agent.engaged:
            self._become(employee_id, states.engage(agent, engaged, self._clock()), tell=True)

    def _is_theirs(self, employee_id: str, device: DeviceId) -> bool:
        here = self._staff.employees_at(device)
        there = [each.employee_id for each in here if self._agent(each.employee_id).present]
        return len(here) == 1 or there == [employee_id]

    # What the queues of the PBXs say

    def _queues_changed(self, changes: Sequence[tuple[PbxId, DeviceId, Change]]) -> None:
        """The PBX is right, unless it has forgotten, or is still owed what was chosen here."""
        told_anew: set[Key] = set()
        theirs: dict[str, set[Change]] = defaultdict(set)
        for pbx, device, change in changes:
            key = pbx, device
            if change is Change.REMOVED and self._lost(pbx, device):
                continue
            if self._has_forgotten(key, change):
                told_anew.add(key)
                continue
            for colleague in self._staff.employees_at(device):
                theirs[colleague.employee_id].add(change)
        for employee_id, kinds in theirs.items():
            keys = self._keys(employee_id)
            if told_anew.isdisjoint(keys):
                self._follow_queues(employee_id, kinds)
        for key in told_anew:
            self._teller.insist(key)
            self._spawn(self._teller.bring(key))

    def _has_forgotten(self, key: Key, change: Change) -> bool:
        if key in self._teller.owed or change is Change.BEGUN_ANEW:
            return True
        if change is not Change.SEEN:
            return False
        begun = [each.since for _, each in self._members.of(*key) if each.since is not None]
        if any(each.now.reason in OUR_REASONS for _, each in self._members.of(*key)):
            return True
        chosen = [
            self._agent(each.employee_id).chosen_at
            for each in self._staff.employees_at(key[1])
            if self._agent(each.employee_id).chosen_at is not None
        ]
        return any(since > at for since in begun for at in chosen if at is not None)

    def _lost(self, pbx: PbxId, device: DeviceId) -> bool:
        """Whether a membership that we gave is gone because the PBX was restarted, and not by somebody's hand."""
        connector = self._connectors().get(pbx)
        restarted = connector is not None and connector.status.state is not LinkState.UP
        ours = False
        for colleague in self._staff.employees_at(device):
            if self._enlisting.lost(colleague.employee_id, pbx, device, restarted=restarted):
                self._unwritten.add(colleague.employee_id)
                ours = True
        return ours and restarted

    def _follow_queues(self, employee_id: str, kinds: Collection[Change]) -> None:
        """Somebody did something at the PBX: the state follows, and nothing is told back."""
        keys, agent = self._keys(employee_id), self._agent(employee_id)
        pauses = [member.latest for key in keys for _, member in self._members.of(*key)]
        followed = following(agent, pauses, kinds, self._clock())
        self._become(employee_id, followed)
        for key in keys:
            self._teller.agree(key)

    def _keys(self, employee_id: str) -> list[Key]:
        employee = self._staff.get(employee_id)
        devices = () if employee is None else employee.devices
        return [(pbx, device) for device in devices for pbx in self._members.pbxs_of(device)]

    def _wish(self, device: DeviceId) -> Pause | None:
        """What the queues should have of a device, by who sits there and is there. None: whatever they have."""
        sitting = [self._agent(each.employee_id) for each in self._staff.employees_at(device)]
        there = [agent for agent in sitting if agent.present]
        if not there and self._rules().when_offline is WhenOffline.PAUSE:
            return Pause(True, OFFLINE_REASON) if sitting or device in self._vacated else None
        if not there and len(sitting) != 1:
            return None
        wishes = [wish_of(agent) for agent in there or sitting]
        return UNPAUSED if any(not each.paused for each in wishes) else wishes[0]

    async def _bring(self, employee_id: str) -> Told:
        told = Told()
        for key in self._keys(employee_id):
            told = told.worse(await self._teller.bring(key))
        return told

    async def _bring_all(self, employee_id: str) -> None:
        """The queues that they are in, and those that they should be in."""
        await self._bring(employee_id)
        employee, agent = self._staff.get(employee_id), self._agents.get(employee_id)
        if employee is None:
            return
        if await self._enlisting.bring(employee, there=agent is not None and agent.present):
            self._unwritten.add(employee_id)
            await self._bring(employee_id)

    def _queues_for(self, employee: Employee) -> Iterable[Membership]:
        return self._rules().queues_for(teams_of(employee, self._teams))

    # What follows from a change

    def _agent(self, employee_id: str) -> Agent:
        agent = self._agents.get(employee_id)
        if agent is None:
            agent = self._agents[employee_id] = states.new_agent(self._clock())
        return agent

    def _become(self, employee_id: str, agent: Agent, *, tell: bool = False) -> None:
        before = self._agents.get(employee_id)
        if agent == before:
            return
        self._agents[employee_id] = agent
        if agent.until is None:
            self._timed.discard(employee_id)
        else:
            self._timed.add(employee_id)
        if before is None or worth_keeping(before) != worth_keeping(agent):
            self._unwritten.add(employee_id)
            if tell:
                self._spawn(self._bring_all(employee_id))
        self._show(employee_id)

    def _show(self, employee_id: str) -> None:
        employee = self._staff.get(employee_id)
        if employee is None:
            return
        before, view = self._shown.get(employee_id), self._view(employee, self._agent(employee_id))
        if view == before:
            return
        self._shown[employee_id] = view
        if before is None or (before.state, before.reason) != (view.state, view.reason):
            self._journal.state_changed(view)
        if self.screens is not None:
            self.screens.show_presence(view)

    def _view(self, employee: Employee, agent: Agent) -> PresenceView:
        return view_of(employee, agent, first_team(employee, self._teams))

    def _spawn(self, work: Coroutine[object, object, object]) -> None:
        """Do it beside; before `run` has begun there is nobody to be told."""
        if self._tasks is None:
            work.close()
        else:
            self._tasks.create_task(_guarded(work))

    # Its own life

    async def run(self) -> None:
        """Timers, what is owed to a PBX, and what is to be written, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                ticks = 0
                while True:
                    self.tick()
                    if ticks % round(LOOK_EVERY_S / TICK_S) == 0:
                        await self.write()
                        self.pay()
                    ticks += 1
                    await asyncio.sleep(TICK_S)
            finally:
                self._tasks = None

    def tick(self) -> None:
        """What time brings: after-call work ends, and whoever left is gone."""
        now = self._clock()
        for employee_id in list(self._timed):
            self._become(employee_id, states.tick(self._agent(employee_id), now), tell=True)
        patience = timedelta(seconds=self._rules().offline_after_s)
        for employee_id in self._attendance.gone(now, patience):
            self._look_who_is_there(employee_id)

    def pay(self) -> None:
        """Tell what is owed to PBXs that are back, and give memberships that are missing."""
        for key in list(self._teller.owed):
            if self._teller.is_up(key[0]):
                self._spawn(self._teller.bring(key))
        if self._rules().memberships:
            for employee in self._staff.employees():
                agent = self._agents.get(employee.employee_id)
                if agent is not None and self._enlisting.is_due(employee, there=agent.present):
                    self._spawn(self._bring_all(employee.employee_id))
        for employee_id in self._enlisting.enlisted():
            if not self._works_here(employee_id):
                self._spawn(self._take_out(employee_id))

    async def write(self) -> None:
        """Keep what changed; what cannot be kept now is tried again."""
        ids, self._unwritten = self._unwritten, set()
        here = [each for each in ids if self._staff.get(each) is not None]
        anew = states.new_agent(self._clock())  # whoever is disabled, should they ever come back
        try:
            await self._memory.keep_states([self._kept(each, self._agents.get(each, anew)) for each in here])
        except StorageError as error:
            self._unwritten |= ids
            log.warning("desk.states_not_kept", action="states_not_kept", problem=str(error))

    def forget_pbx(self, pbx: PbxId) -> None:
        """The PBX is no longer ours."""
        self._members.forget(pbx)
        self._teller.forget(pbx)
        for pbxs in self._pbxs_of.values():
            pbxs.discard(pbx)

    def _kept(self, employee_id: str, agent: Agent) -> Kept:
        employee = self._staff.get(employee_id)
        devices = () if employee is None else employee.devices
        return Kept(
            employee_id,
            agent.chosen,
            agent.reason,
            agent.chosen_at,
            agent.source,
            agent.present,
            agent.until,
            any(key[1] in devices for key in self._teller.owed),
            self._enlisting.added(employee_id),
        )


async def _guarded(work: Coroutine[object, object, object]) -> None:
    """Does `work`; a fault of it costs a queue its knowledge, never the desk."""
    try:
        await work
    except Exception:
        log.exception("desk.presence_failed", action="presence_failed")
