"""Requests, hand-overs, call data and drafts as JSON: what REST and the live channel say of handling calls."""

from __future__ import annotations

from typing import Any

from ringcard.calls.record import moment
from ringcard.contacts.reminders import DueReminder
from ringcard.desk.call_data import CallData
from ringcard.desk.control.requests import ServiceRequest
from ringcard.desk.handover.packet import Handover
from ringcard.desk.pop import Pop
from ringcard.desk.wrapup.drafts import Draft


def request_as_json(request: ServiceRequest) -> dict[str, Any]:
    return {
        "request_id": request.request_id,
        "call_id": request.call_id,
        "service": request.service.value,
        "device": request.device,
        "to": request.to,
        "state": request.state.value,
        "reason": None if request.reason is None else request.reason.value,
        "detail": request.detail,
        "at": moment(request.at),
        "settled_at": moment(request.settled_at),
        "slot": request.slot,
    }


def handover_as_json(handover: Handover) -> dict[str, Any]:
    sender, receiver = handover.sender, handover.receiver
    return {
        "handover_id": handover.handover_id,
        "call_id": handover.call_id,
        "conversation_id": handover.conversation_id,
        "kind": handover.kind.value,
        "from": {"employee_id": sender.employee_id, "name": sender.name, "device": sender.device},
        "to": {
            "employee_id": receiver.employee_id,
            "name": receiver.name,
            "device": receiver.device,
            "queue": receiver.queue,
            "number": receiver.number,
        },
        "note": handover.note,
        "reason": handover.reason,
        "at": moment(handover.at),
        "read_at": moment(handover.read_at),
        "outcome": handover.outcome.value,
        "outcome_at": moment(handover.outcome_at),
        "why": None if handover.why is None else handover.why.value,
    }


def data_as_json(data: CallData) -> dict[str, Any]:
    return {
        "version": data.version,
        "items": {key: {"value": item.value, "by": item.by, "at": moment(item.at)} for key, item in data.items},
    }


def due_as_json(due: DueReminder) -> dict[str, Any]:
    reminder = due.reminder
    return {
        "reminder_id": reminder.reminder_id,
        "employee_id": reminder.employee_id,
        "employee": reminder.employee,
        "due_at": moment(reminder.due_at),
        "text": reminder.text,
        "call_id": reminder.call_id,
        "created_at": moment(reminder.created_at),
        "done_at": moment(reminder.done_at),
        "contact": {"contact_id": reminder.contact_id, "name": due.contact_name, "organisation": due.organisation},
        "number": due.number,
    }


def draft_as_json(draft: Draft) -> dict[str, Any]:
    return {"text": draft.text, "version": draft.version}


def handling_as_json(pop: Pop, employee_id: str | None) -> dict[str, Any]:
    """What stands on a pop beside the call, for one of those who see it: a note being typed is its writer's alone."""
    asked = pop.consultation
    draft = None if employee_id is None else pop.draft_of(employee_id)
    return {
        "controls": [
            {"service": each.service.value, "hindrance": None if each.hindrance is None else each.hindrance.value}
            for each in pop.controls
        ],
        "consultation": None
        if asked is None
        else {
            "to": asked.to,
            "name": asked.name,
            "device": asked.device,
            "number": asked.number,
            "state": asked.state.value,
            "since": moment(asked.since),
        },
        "handovers": [handover_as_json(each) for each in pop.handovers],
        "data": data_as_json(pop.data),
        "note": None if draft is None else draft_as_json(draft),
    }
