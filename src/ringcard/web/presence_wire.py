"""Presence and queues as JSON, and who is told what of them.

States are for everybody who may know who works here (`people.read`); others see their own. Of a queue everybody of
those sees how many wait and for how long; who it is, those who see the calls of somebody who answers for it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ringcard.calls.record import moment
from ringcard.desk.presence.telling import Told
from ringcard.desk.presence.views import PresenceView, QueueView, WaitingCaller
from ringcard.numbers.masks import hidden, hidden_in
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.web import wire


def presence_as_json(view: PresenceView) -> dict[str, Any]:
    return {
        "employee_id": view.employee_id,
        "name": view.name,
        "state": view.state.value,
        "reason": view.reason,
        "since": moment(view.since),
        "until": moment(view.until),
        "source": view.source.value,
        "devices": list(view.devices),
        "team": view.team,
        "skills": list(view.skills),
        "next": None if view.next_state is None else {"state": view.next_state.value, "reason": view.next_reason},
    }


@lru_cache(maxsize=20_000)
def presence(view: PresenceView) -> str:
    """`Presence` as JSON text. Every snapshot has all of them, and few change between two."""
    return wire.text(presence_as_json(view))


def told_as_json(view: PresenceView, told: Told) -> dict[str, Any]:
    return presence_as_json(view) | {"queues": told.outcome.value, "problem": told.problem}


def sees_presence(sight: Sight, employee_id: str) -> bool:
    return sight.may(Permission.PEOPLE_READ) or sight.employee_id == employee_id


def sees_who_waits(sight: Sight, view: QueueView) -> bool:
    return sight.may(Permission.CALLS_READ) and (sight.calls is None or not sight.calls.isdisjoint(view.people))


def queue_as_json(view: QueueView, *, named: bool, masked: bool, gone: bool = False) -> dict[str, Any]:
    """`named`: also who waits; `masked`: but not by which number."""
    return {
        "pbx": view.pbx,
        "queue": view.queue,
        "name": None,
        "ready": view.ready,
        "members": view.members,
        "waiting": [_caller(each, named=named, masked=masked) for each in view.waiting],
        "gone": gone,
    }


def queue_for(sight: Sight, view: QueueView) -> dict[str, Any]:
    return queue_as_json(view, named=sees_who_waits(sight, view), masked=sight.numbers_masked)


def _caller(caller: WaitingCaller, *, named: bool, masked: bool) -> dict[str, Any]:
    number, presented, name = caller.number, caller.presented, caller.name
    if masked:
        shown = number or presented
        number, presented, name = None, hidden(shown) if shown else None, hidden_in(name) if name else None
    return {
        "call_id": caller.call_id if named else None,
        "number": number if named else None,
        "presented": presented if named else None,
        "name": name if named else None,
        "since": moment(caller.since),
        "position": caller.position,
    }
