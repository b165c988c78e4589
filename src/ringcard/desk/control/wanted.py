"""What is asked of a call, and how it is put to the port."""

from __future__ import annotations

from dataclasses import dataclass

from ringcard.calls.identifiers import CallId, DeviceId
from ringcard.desk.control.errors import TargetInvalid
from ringcard.pbx.connector import Connector, ListenMode, Service

HANDING_ON = (Service.SINGLE_STEP_TRANSFER_CALL, Service.CONSULTATION_CALL)
"""Services that hand a customer on. Asked for without a packet they get one when the PBX tells of it, as at a phone."""

COMING_IN = (Service.DIRECTED_PICKUP_CALL, Service.GROUP_PICKUP_CALL, Service.SINGLE_STEP_CONFERENCE_CALL)
"""Services by which a device comes into a call in which it is not."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a call: `to` is a device or a number as the PBX takes it."""

    service: Service
    device: DeviceId | None = None
    to: str | None = None
    digits: str | None = None
    mode: ListenMode = ListenMode.SILENT


async def carry_out(connector: Connector, call_id: CallId, device: DeviceId, wanted: Wanted) -> str | None:
    """Returns where a parked call is fetched, if the PBX says it.

    Raises what the connector raises, and `TargetInvalid` for what is not asked of a call.
    """
    to = wanted.to or ""
    match wanted.service:
        case Service.ANSWER_CALL:
            await connector.answer_call(call_id, device)
        case Service.CLEAR_CONNECTION:
            await connector.clear_connection(call_id, device)
        case Service.HOLD_CALL:
            await connector.hold_call(call_id, device)
        case Service.RETRIEVE_CALL:
            await connector.retrieve_call(call_id, device)
        case Service.CONSULTATION_CALL:
            await connector.consultation_call(call_id, device, to)
        case Service.ALTERNATE_CALL:
            await connector.alternate_call(call_id, device)
        case Service.RECONNECT_CALL:
            await connector.reconnect_call(call_id, device)
        case Service.TRANSFER_CALL:
            await connector.transfer_call(call_id, device)
        case Service.CONFERENCE_CALL:
            await connector.conference_call(call_id, device)
        case Service.SINGLE_STEP_TRANSFER_CALL:
            await connector.single_step_transfer_call(call_id, device, to)
        case Service.DEFLECT_CALL:
            await connector.deflect_call(call_id, device, to)
        case Service.PARK_CALL:
            return await connector.park_call(call_id, device) or None
        case Service.DIRECTED_PICKUP_CALL:
            await connector.directed_pickup_call(call_id, DeviceId(to), device)
        case Service.GROUP_PICKUP_CALL:
            await connector.group_pickup_call(device)
        case Service.GENERATE_DIGITS:
            await connector.generate_digits(call_id, device, wanted.digits or "")
        case Service.SINGLE_STEP_CONFERENCE_CALL:
            await connector.single_step_conference_call(call_id, DeviceId(to), device, wanted.mode)
        case _:
            raise TargetInvalid(f"{wanted.service.value} is not asked of a call.")
    return None
