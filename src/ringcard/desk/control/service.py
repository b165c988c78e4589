"""Asking a PBX on an employee's behalf, and telling them what became of it.

`hear` runs on the event loop before the desk derives its pops, `tell` after it. Whose call it is, what the numbers mean
and who sits where is decided before anything is asked; whether the PBX can, its connector says.

Over 400 lines: what is asked of a call, what is kept of it and who is told goes through one door.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import get_args

from ringcard.calls.events import (
    CallDataSet,
    CallEvent,
    CallInformation,
    DeviceStateChanged,
    Originated,
    PbxEvent,
)
from ringcard.calls.identifiers import CallId, ConversationId, DeviceId, PbxId, is_rehearsed
from ringcard.calls.record import CallRecord
from ringcard.desk.call_data import NO_DATA, CallData
from ringcard.desk.control import controls
from ringcard.desk.control.book import RequestBook
from ringcard.desk.control.errors import (
    DiallingAlready,
    NoDevice,
    NoSuchCall,
    NoSuchRequest,
    NotInCall,
    NotYourDevice,
    TargetInvalid,
)
from ringcard.desk.control.once import Once
from ringcard.desk.control.requests import ServiceRequest
from ringcard.desk.control.wanted import COMING_IN, HANDING_ON, Wanted, carry_out
from ringcard.desk.conversation_data import ConversationData
from ringcard.desk.conversation_memory import ConversationMemory
from ringcard.desk.handover.packet import Handover, HandoverKind, Receiver
from ringcard.desk.handover.service import Handovers
from ringcard.desk.pop import Control, Pop
from ringcard.desk.pops import devices_in
from ringcard.desk.ports import HandlingScreens
from ringcard.desk.service import Desk
from ringcard.desk.wrapup.drafts import Draft
from ringcard.desk.wrapup.notes import Notes
from ringcard.pbx.connector import NO_DATA as NO_CALL_DATA
from ringcard.pbx.connector import Connector, Hindrance, LinkDown, LinkState, Service
from ringcard.people.model import Employee
from ringcard.storage.schema import new_id
from ringcard.turns import in_turns

CALL_EVENTS = get_args(CallEvent)
CALLS_KEPT = 10_000
TICK_S = 0.5
LOOKS = 2
"""So many ticks after an event the buttons are looked at again."""
LONGEST_DIGITS = 40


def _link_down(service: Service, call_id: CallId | None, device: DeviceId) -> Hindrance | None:
    return Hindrance.LINK_DOWN


def ringing_devices(record: CallRecord) -> tuple[DeviceId, ...]:
    """Where the call rings now and may be picked up."""
    return tuple(
        stint.device
        for stint in record.devices
        if stint.ringing_at is not None and stint.answered_at is None and stint.left_at is None
        if stint.outcome is None
    )


class Handling:
    """Requests, hand-overs, notes and data of calls: what stands on pops beside the call itself."""

    def __init__(
        self,
        *,
        desk: Desk,
        memory: ConversationMemory,
        handovers: Handovers,
        notes: Notes,
        data: ConversationData,
        connectors: Callable[[], Mapping[PbxId, Connector]],
        publish: Callable[[Sequence[PbxEvent]], None],
        clock: Callable[[], datetime],
        steady_s: Callable[[], float],
    ) -> None:
        self.handovers = handovers
        self.notes = notes
        self.data = data
        self.once = Once(steady_s)
        self._desk = desk
        self._memory = memory
        self._connectors = connectors
        self._publish = publish
        self._joins: dict[CallId, ConversationId] = {}
        self._begun: dict[CallId, ConversationId] = {}
        self._clock = clock
        self._book = RequestBook(steady_s)
        self._pbx_of: OrderedDict[CallId, PbxId] = OrderedDict()
        self._told: list[ServiceRequest] = []
        self._refresh: set[ConversationId] = set()
        self._look_again: dict[CallId, int] = {}
        self.screens: HandlingScreens | None = None

    # What stands on a pop

    def dress(self, pop: Pop) -> Pop:
        """The pop with its buttons, hand-overs, data and notes."""
        conversation_id = pop.conversation_id
        handovers = self.handovers.of(conversation_id)
        data = self.data.at_once(conversation_id)
        drafts = self.notes.of(conversation_id)
        buttons: tuple[Control, ...] = ()
        if pop.state.live:
            connector = self._of_call(pop.call_id, pop.device)
            buttons = controls.of(pop, _link_down if connector is None else connector.hindrance)
        if (handovers, data, drafts, buttons) == (pop.handovers, pop.data, pop.drafts, pop.controls):
            return pop
        return replace(pop, handovers=handovers, data=data, drafts=drafts, controls=buttons)

    def hindrance(self, service: Service, call_id: CallId, device: DeviceId) -> Hindrance | None:
        """Why it cannot be asked now."""
        connector = self._of_call(call_id, device)
        return Hindrance.LINK_DOWN if connector is None else connector.hindrance(service, call_id, device)

    # Asking

    async def ask(self, employee: Employee, call_id: CallId, wanted: Wanted) -> ServiceRequest:
        """Ask for a service of a call that goes on. Returns once the PBX accepted it.

        Raises `HandlingError`s, and whatever the connector raises; then nothing has changed.
        """
        record = self.record(call_id)
        device = self._own_device(employee, record, wanted)
        wanted = replace(wanted, device=device)
        if wanted.service in HANDING_ON and wanted.to == device:
            raise TargetInvalid("This is your own phone: choose whom to hand the call to.")
        return await self._asked(employee, record.call_id, wanted)

    async def hand_over(
        self,
        employee: Employee,
        call_id: CallId,
        receiver: Receiver,
        to: str,
        *,
        asks: bool,
        note: str,
        reason: str | None,
    ) -> Handover:
        """Keep the packet, then ask the PBX to hand on to `to`: at once, or by asking there first.

        What rings is sent on without being picked up. Raises as `ask` does; the packet then says that it was refused.
        """
        record = self.record(call_id)
        rings = self._rings_at_own(employee, record)
        service = Service.CONSULTATION_CALL if asks else Service.SINGLE_STEP_TRANSFER_CALL
        if rings is not None and not asks:
            service = Service.DEFLECT_CALL
        device = self._own_device(employee, record, Wanted(service))
        if to == device:
            raise TargetInvalid("This is your own phone: choose whom to hand the call to.")
        kind = HandoverKind.ATTENDED if asks else HandoverKind.BLIND
        sender = replace(self.handovers.sender_at(device), employee_id=employee.employee_id, name=employee.name)
        handover = await self.handovers.make(
            record.call_id, record.conversation_id, kind, sender, receiver, note, reason
        )
        self._desk.refresh(record.conversation_id)
        try:
            await self._asked(employee, record.call_id, Wanted(service, device, to))
        except BaseException:
            self.handovers.refused(handover.handover_id)
            self._desk.refresh(record.conversation_id)
            raise
        return self.handovers.one(handover.call_id, handover.handover_id)

    async def make_call(
        self,
        employee: Employee,
        device: DeviceId,
        number: str,
        *,
        to: str | None = None,
        caller_id: str | None = None,
        joins: ConversationId | None = None,
        urgent: bool = False,
        auto_answer: bool = False,
        data: Mapping[str, str] = NO_CALL_DATA,
    ) -> ServiceRequest:
        """Ring `device`, then dial `number`. While the phone rings for it, the same again is the same call.

        With `joins` the customer's contact of that conversation goes on in it. What is `urgent` waits for nothing.
        `auto_answer` asks the device to pick up by itself; `data` becomes the call's data.

        Raises `DiallingAlready` for another one, `CallDataError`, and whatever the connector raises.
        """
        held = self._book.dialling(device)
        if held is not None:
            if held.to == (to or number) and held.employee_id == employee.employee_id:
                return held
            if not urgent:
                raise DiallingAlready(f"Your phone {device} rings for another call: pick it up or hang up first.")
        connector = self._of_device(device)
        now = self._clock()
        if data:
            NO_DATA.change(data, by=employee.name, at=now)  # for what it refuses
        request = ServiceRequest(
            new_id(now), employee.employee_id, CallId(""), Service.MAKE_CALL, device, to or number, now
        )
        self._book.call_asked(request)
        try:
            call_id = await connector.make_call(device, number, caller_id=caller_id, auto_answer=auto_answer, data=data)
        except BaseException:
            self._book.call_refused(request)
            raise
        made = self._book.call_made(replace(request, call_id=call_id), connector.pbx)
        self._note_pbx(call_id, connector.pbx)
        if joins is not None:
            self._joins[call_id] = joins
            if self._desk.conversation_of(call_id) is not None:
                self._join(call_id)
        self._show(made)
        return made

    async def _asked(self, employee: Employee, call_id: CallId, wanted: Wanted) -> ServiceRequest:
        assert wanted.device is not None
        connector = self._of_call(call_id, wanted.device)
        if connector is None:
            raise LinkDown("There is no connection to the PBX now; nothing was asked of it.")
        now = self._clock()
        request = ServiceRequest(
            new_id(now), employee.employee_id, call_id, wanted.service, wanted.device, wanted.to, now
        )
        self._book.asking(request, connector.pbx)
        try:
            slot = await carry_out(connector, call_id, wanted.device, wanted)
        except BaseException:
            self._book.refused(request.request_id)
            raise
        accepted = self._book.accepted(request.request_id, slot)
        if wanted.service is Service.RECONNECT_CALL:
            self.handovers.taken_back(call_id, wanted.device)
        self._show(accepted)
        return accepted

    # Who and where

    def record(self, call_id: CallId) -> CallRecord:
        """The call that goes on. Raises `NoSuchCall`."""
        live = self._desk.recent_call(call_id)
        if live is None or live.record.ended_at is not None:
            raise NoSuchCall("This call is over, or never was.")
        return live.record

    def _own_device(self, employee: Employee, record: CallRecord, wanted: Wanted) -> DeviceId:
        """The employee's device that is meant. Raises `NotYourDevice`, `NoDevice`, `NotInCall`."""
        if wanted.device is not None and wanted.device not in employee.devices:
            raise NotYourDevice(f"Device {wanted.device[:80]} is not yours.")
        if not employee.devices:
            raise NoDevice("You have no device: ask your administrator to give you one.")
        if wanted.service in COMING_IN:
            return wanted.device or employee.devices[0]
        there = [device for device in self._in_call(record) if device in employee.devices]
        if wanted.device is not None:
            there = [device for device in there if device == wanted.device]
        if not there:
            raise NotInCall("None of your phones is in this call.")
        return there[-1]

    def ringing_at(self, device: DeviceId) -> CallRecord:
        """The call that rings at a device, the oldest if there are several. Raises `NoSuchCall`."""
        for live in self._desk.live_calls():
            if device in ringing_devices(live.record) and not is_rehearsed(live.record.call_id):
                return live.record
        raise NoSuchCall(f"Nothing rings at {device[:80]} now: it was answered, or the caller gave up.")

    def _rings_at_own(self, employee: Employee, record: CallRecord) -> DeviceId | None:
        for stint in reversed(record.devices):
            if stint.device in employee.devices and stint.left_at is None and stint.outcome is None:
                return stint.device
        return None

    @staticmethod
    def _in_call(record: CallRecord) -> tuple[DeviceId, ...]:
        """The devices that are in the call now, or ring for it, also in a consultation."""
        here = {stint.device for stint in record.devices if stint.left_at is None}
        gone = {stint.device for stint in record.devices} - here
        asked = {DeviceId(side.to) for side in record.consultations if side.ended_at is None and side.to}
        calling = record.caller.device
        if calling is not None and calling not in gone:
            here.add(calling)
        return tuple(device for device in devices_in(record) if device in here | asked)

    def _of_call(self, call_id: CallId, device: DeviceId) -> Connector | None:
        connectors = self._connectors()
        pbx = self._pbx_of.get(call_id)
        if pbx is not None:
            return connectors.get(pbx)
        try:
            return self._of_device(device)
        except LinkDown:
            return None

    def _of_device(self, device: DeviceId) -> Connector:
        """The PBX that has told of the device, else the first that is there. Raises `LinkDown`."""
        connectors = self._connectors()
        for view in self._desk.devices():
            if view.device == device and view.pbx in connectors:
                return connectors[view.pbx]
        for connector in connectors.values():
            if connector.status.state is LinkState.UP:
                return connector
        raise LinkDown("There is no connection to a PBX now; nothing was asked of it.")

    def connector_of(self, device: DeviceId) -> Connector:
        """For what concerns a device and no call. Raises `LinkDown`."""
        return self._of_device(device)

    # What others ask

    def request(self, employee_id: str, call_id: CallId, request_id: str) -> ServiceRequest:
        """Raises `NoSuchRequest`, also for somebody else's."""
        found = self._book.one(request_id)
        if found is None or found.employee_id != employee_id or found.call_id != call_id:
            raise NoSuchRequest("There is no such request of this call, or it was too long ago.")
        return found

    def requests_of(self, employee_id: str) -> tuple[ServiceRequest, ...]:
        """What is not settled yet, and where calls are parked that nobody has fetched."""
        return (*self._book.open_of(employee_id), *filter(self._still_parked, self._book.parked_by(employee_id)))

    def _still_parked(self, request: ServiceRequest) -> bool:
        live = self._desk.recent_call(request.call_id)
        if live is None or live.record.ended_at is not None:
            return False
        # Fetched, or come back: then somebody is in the call again, or rings for it.
        return not any(stint.left_at is None for stint in live.record.devices)

    async def type_note(
        self, call_id: CallId, conversation_id: ConversationId, employee_id: str, text: str, version: int
    ) -> Draft:
        """The note is `text` now; see `Notes.put`."""
        draft = await self.notes.put(conversation_id, call_id, employee_id, text, version)
        self.handovers.typed(conversation_id, employee_id, text)
        self._desk.refresh(conversation_id)
        return draft

    async def change_data(
        self,
        conversation_id: ConversationId,
        put: Mapping[str, str],
        remove: Collection[str],
        *,
        by: str,
        version: int | None,
    ) -> CallData:
        """See `ConversationData.change`; the pops that show it follow."""
        changed = await self.data.change(conversation_id, put, remove, by=by, version=version)
        self._desk.refresh(conversation_id)
        return changed

    def read(self, handover_id: str, call_id: CallId, employee_id: str) -> None:
        """The receiver has read the packet. Raises `NoSuchHandover`."""
        handover = self.handovers.read(handover_id, call_id, employee_id)
        self._desk.refresh(handover.conversation_id)

    async def forget(self, conversations: Collection[ConversationId], calls: Collection[CallId]) -> None:
        """Somebody is erased, whose conversations these were. Raises `StorageError`."""
        self.handovers.forget(conversations)
        self.notes.forget(conversations)
        self.data.forget(conversations)
        await self._memory.forget(conversations, calls)
        for conversation_id in conversations:
            self._desk.refresh(conversation_id)

    def shown(self, pop_id: str, employee_id: str) -> None:
        """A browser painted the pop: whoever is handed the call has seen the packet."""
        pop = self._desk.pop(pop_id)
        if pop is not None and pop.handovers and pop.state.live and self._desk.is_theirs(pop, employee_id):
            self.handovers.shown(pop.conversation_id, pop.device)
            self._desk.refresh(pop.conversation_id)

    # What the PBX reports, and time

    def knew(self, pbx: PbxId, call_ids: Sequence[CallId]) -> None:
        """Calls that were open when we stopped."""
        for call_id in call_ids:
            self._note_pbx(call_id, pbx)

    def hear(self, events: Sequence[PbxEvent]) -> None:
        """Before the desk: so that a pop has from its first frame what belongs to it."""
        of_calls: list[CallEvent] = [event for event in events if isinstance(event, CALL_EVENTS)]
        self._begun = {event.call_id: event.conversation_id for event in of_calls if isinstance(event, Originated)}
        for event in of_calls:
            if isinstance(event, Originated):
                self._note_pbx(event.call_id, event.pbx)
            elif isinstance(event, CallDataSet):
                self._data_set(event)
            elif isinstance(event, CallInformation) and event.conversation_id is not None:
                self._joined(event.call_id, event.conversation_id)
            self._told += self._book.hear(event)
        for each in events:
            if isinstance(each, DeviceStateChanged):
                self._told += self._book.hear_device(each)
        self._refresh |= self.handovers.hear(of_calls)

    def tell(self, events: Sequence[PbxEvent]) -> None:
        """After the desk: the screens know the call as it is now."""
        for event in events:
            if isinstance(event, Originated) and event.call_id in self._joins:
                # Not at once: who listens after us has not heard yet that the call began.
                asyncio.get_running_loop().call_soon(self._join, event.call_id)
            # Who answered is put together with the other a moment later, of which no event tells: only then can
            # the call be held.
            if isinstance(event, CALL_EVENTS):
                self._look_again[event.call_id] = LOOKS
        told, self._told = self._told, []
        for request in told:
            self._show(request)
        refresh, self._refresh = self._refresh, set()
        for conversation_id in refresh:
            self._desk.refresh(conversation_id)

    async def run(self) -> None:
        """Time, and writing beside, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.handovers.unwritten.run())
            tasks.create_task(self.data.unwritten.run())
            while True:
                async for call_id in in_turns(self.tick()):
                    self._desk.refresh_call(call_id)
                await asyncio.sleep(TICK_S)

    def tick(self) -> tuple[CallId, ...]:
        """What time brings: what nothing came of, and what was asked over a connection that is gone.

        Returns the calls whose buttons are to be looked at again.
        """
        up = {pbx for pbx, connector in self._connectors().items() if connector.status.state is LinkState.UP}
        for request in self._book.tick(up, self._clock()):
            self._show(request)
        due = self._look_again
        self._look_again = {call_id: looks - 1 for call_id, looks in due.items() if looks > 1}
        return tuple(due)

    def _join(self, call_id: CallId) -> None:
        """Say of a call that it goes on with a conversation: for the ledger and all others a fact like any."""
        conversation_id = self._joins.pop(call_id, None)
        if conversation_id is not None:
            self._publish([CallInformation(call_id, self._clock(), conversation_id=conversation_id)])

    def _data_set(self, event: CallDataSet) -> None:
        # Of a call that begins with the same message the desk does not know yet: its conversation is its own.
        conversation_id = self._desk.conversation_of(event.call_id) or self._begun.get(event.call_id)
        if conversation_id is None or is_rehearsed(event.call_id):
            return
        if self.data.set_by_pbx(conversation_id, event.key, event.value, event.at):
            self._refresh.add(conversation_id)

    def _joined(self, call_id: CallId, conversation_id: ConversationId) -> None:
        before = self._desk.conversation_of(call_id)
        if before is not None and before != conversation_id:
            self.data.joined(before, conversation_id)
            self.notes.joined(call_id, conversation_id)
            self._refresh.add(conversation_id)

    def _note_pbx(self, call_id: CallId, pbx: PbxId) -> None:
        self._pbx_of[call_id] = pbx
        while len(self._pbx_of) > CALLS_KEPT:
            self._pbx_of.popitem(last=False)

    def _show(self, request: ServiceRequest) -> None:
        if self.screens is not None:
            self.screens.show_request(request)
