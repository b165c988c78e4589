"""The rooms' own types as JSON: one place for what REST and the live channel say.

Everything is built as plain values and encoded once; `shape` gives REST handlers the declared type of the same values,
so what the OpenAPI file promises and what is sent cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from ringcard.calls.identifiers import is_imported
from ringcard.calls.record import moment, party_as_json, record_as_json, seconds
from ringcard.contacts.model import contact_as_json, contact_summary_as_json
from ringcard.desk.pop import CallSummary, Candidate, DevicePerson, Findings, Pop, SourceReport
from ringcard.desk.ports import DeviceView, Link, LiveCall, MissedView
from ringcard.desk.preferences import Preferences
from ringcard.desk.why import PopWhy
from ringcard.numbers import MatchQuality
from ringcard.numbers.masks import hidden_in
from ringcard.web import shapes
from ringcard.web.control_wire import handling_as_json

S = TypeVar("S", bound=shapes.Shape)

_encoder = msgspec.json.Encoder()


def text(value: Any) -> str:
    """`value` as JSON text."""
    return _encoder.encode(value).decode()


def shape(value: dict[str, Any], declared: type[S]) -> S:
    """The plain `value` as its declared shape. Raises `msgspec.ValidationError` if they do not fit: our own fault."""
    return msgspec.convert(value, declared)


def pop(pop: Pop) -> str:
    """`Pop` as JSON text."""
    return text(pop_as_json(pop))


def live_call(call: LiveCall) -> str:
    """`CallRecord` as JSON text."""
    return text(live_call_as_json(call))


@lru_cache(maxsize=20_000)
def device(device: DeviceView) -> str:
    """`Device` as JSON text. Every snapshot has all of them, and they rarely change."""
    return text(device_as_json(device))


def link(link: Link, *, with_problem: bool) -> str:
    """`Link` as JSON text."""
    return text(link_as_json(link, with_problem=with_problem))


def pop_as_json(pop: Pop, employee_id: str | None = None) -> dict[str, Any]:
    """The pop as this employee sees it: a note being typed is its writer's alone."""
    findings = pop.findings
    colleague = pop.colleague
    return {
        "pop_id": pop.pop_id,
        "call_id": pop.call_id,
        "conversation_id": pop.conversation_id,
        "device": pop.device,
        "state": pop.state.value,
        "revision": pop.revision,
        "direction": pop.direction.value,
        "caller": party_as_json(pop.caller),
        "called": party_as_json(pop.called),
        "queue": pop.queue,
        "started_at": moment(pop.started_at),
        "ringing_at": moment(pop.ringing_at),
        "answered_at": moment(pop.answered_at),
        "ended_at": moment(pop.ended_at),
        "transferred_by": _device_name(pop.transferred_by),
        "consulted_by": _device_name(pop.consulted_by),
        "answered_by": _device_name(pop.answered_by),
        "mark": pop.mark.value,
        "number_place": findings.number_place,
        "time_zone": findings.time_zone,
        "contact": None if findings.contact is None else contact_as_json(findings.contact),
        "matches": [candidate_as_json(each) for each in findings.candidates],
        "choice": findings.choice.value,
        "colleague": None
        if colleague is None
        else {"employee_id": colleague.employee_id, "name": colleague.name, "device": colleague.device},
        "last_calls": _last_calls(findings),
        "sources": sources_as_json(findings.sources),
        "openings": [{"rule": each.rule, "url": each.url, "when": each.when} for each in pop.openings],
    } | handling_as_json(pop, employee_id)


def _last_calls(findings: Findings) -> list[dict[str, Any]] | None:
    if findings.last_calls is None:
        return [] if findings.matched_number is None else None
    return [summary_as_json(call) for call in findings.last_calls]


def candidate_as_json(candidate: Candidate) -> dict[str, Any]:
    contact = candidate.contact
    return contact_summary_as_json(contact) | {
        "position": contact.position,
        "source": candidate.source,
        "quality": "exact" if candidate.quality is MatchQuality.EXACT else "maybe",
    }


reference = contact_summary_as_json


def missed_as_json(missed: MissedView) -> dict[str, Any]:
    caller, handling = missed.caller, missed.caller.handling
    return {
        "missed_id": caller.missed_id,
        "number": caller.number,
        "presented": caller.number,
        "name": caller.name,
        "contact": None if missed.contact is None else contact_summary_as_json(missed.contact),
        "times": caller.times,
        "first_at": moment(caller.first_at),
        "last_at": moment(caller.last_at),
        "call_id": caller.last_call,
        "queue": caller.queue,
        "devices": list(caller.devices),
        "employees": dict(missed.employees),
        "assignee": None
        if missed.assignee is None
        else {"employee_id": missed.assignee.employee_id, "name": missed.assignee.name},
        "handled": None
        if handling is None
        else {
            "how": handling.how.value,
            "at": moment(handling.at),
            "employee_id": handling.employee_id,
            "call_id": handling.call_id,
        },
    }


def preferences_as_json(preferences: Preferences) -> dict[str, Any]:
    return {
        "pop_when": preferences.pop_when.value,
        "ring_sound": preferences.ring_sound,
        "notify": preferences.notify,
        "missed_mail": preferences.missed_mail,
        "mail_address": preferences.mail_address,
        "auto_answer": preferences.auto_answer,
    }


def live_call_as_json(call: LiveCall) -> dict[str, Any]:
    """The call record, with the contact and the names of those who took part."""
    value = record_as_json(call.record)
    value["contact"] = None if call.contact is None else contact_summary_as_json(call.contact)
    value["employees"] = dict(call.employees)
    value["source"] = "imported" if is_imported(call.record.call_id) else "live"
    return value


def summary_as_json(call: CallSummary) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "direction": call.direction.value,
        "started_at": moment(call.started_at),
        "disposition": call.disposition.value if call.disposition else None,
        "talk_s": seconds(call.talk_s),
        "device": call.device,
        "employee": call.employee,
        "queue": call.queue,
    }


def sources_as_json(sources: Iterable[SourceReport]) -> list[dict[str, Any]]:
    return [
        {
            "source": source.source,
            "status": source.status.value,
            "ms": None if source.ms is None else round(source.ms, 3),
            "matched": source.matched,
            "as_of": moment(source.as_of),
        }
        for source in sources
    ]


def device_as_json(device: DeviceView) -> dict[str, Any]:
    employee = device.employee
    return {
        "device": device.device,
        "pbx": device.pbx,
        "state": device.state.value,
        "since": moment(device.since),
        "source": device.source,
        "employee": None if employee is None else {"employee_id": employee.employee_id, "name": employee.name},
        # All see the same: enough to know by, and nobody's own mobile.
        "forwarded_to": None if device.forwarded_to is None else hidden_in(device.forwarded_to),
    }


def link_as_json(link: Link, *, with_problem: bool) -> dict[str, Any]:
    """What is wrong is told only to those who can do something about it."""
    return {
        "pbx": link.pbx,
        "state": link.status.state.value,
        "since": moment(link.status.since),
        "problem": link.status.problem if with_problem else None,
        "cause": link.status.cause.value if with_problem and link.status.cause else None,
        "about": list(link.status.about) if with_problem else [],
        "cannot": {service.value: hindrance.value for service, hindrance in link.cannot},
    }


def pop_why_as_json(why: PopWhy) -> dict[str, Any]:
    return {
        "pop_id": why.pop_id,
        "device": why.device,
        "employee": why.employee,
        "rang_at": moment(why.rang_at),
        "sent_at": moment(why.sent_at),
        "shown_at": moment(why.shown_at),
        "ring_to_sent_ms": why.ring_to_sent_ms,
        "ring_to_shown_ms": why.ring_to_shown_ms,
        "matched_number": why.matched_number,
        "sources": sources_as_json(why.sources),
        "shown": [
            {
                "session": shown.session,
                "revision": shown.revision,
                "at": moment(shown.at),
                "painted_at": moment(shown.painted_at),
                "ring_to_shown_ms": shown.ring_to_shown_ms,
            }
            for shown in why.shown
        ],
    }


def _device_name(person: DevicePerson | None) -> dict[str, Any] | None:
    return None if person is None else {"device": person.device, "name": person.name}
