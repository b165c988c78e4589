"""The live channel's frames, as the OpenAPI file has them beside the REST API: `LiveServerFrame`, `LiveClientFrame`.

`feed` and `live` write them; a test holds what they write to what is declared here.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPI

from ringcard.web.control_shapes import DueReminder, Handover, ServiceRequest
from ringcard.web.presence_shapes import Presence, QueueState
from ringcard.web.shapes import CallRecord, Device, Link, Me, MissedCaller, Moment, Pop, Preferences, Shape


class Snapshot(Shape, tag_field="type", tag="snapshot"):
    """Everything that is so now; the first frame unless the resume succeeded."""

    epoch: str
    seq: int
    now: Moment
    me: Me
    pops: list[Pop]
    calls: list[CallRecord]
    missed: list[MissedCaller]
    preferences: Preferences
    devices: list[Device]
    links: list[Link]
    services: list[ServiceRequest]
    reminders: list[DueReminder]
    presence: list[Presence]
    queues: list[QueueState]


class Resumed(Shape, tag_field="type", tag="resumed"):
    """The frames after `seq` follow; nothing was lost."""

    epoch: str
    seq: int


class PopFrame(Shape, tag_field="type", tag="pop"):
    """A pop appeared or changed."""

    seq: int
    pop: Pop


class PopRemovedFrame(Shape, tag_field="type", tag="pop_removed"):
    seq: int
    pop_id: str


class CallFrame(Shape, tag_field="type", tag="call"):
    seq: int
    call: CallRecord


class CallRemovedFrame(Shape, tag_field="type", tag="call_removed"):
    """It was part of another call."""

    seq: int
    call_id: str


class MissedFrame(Shape, tag_field="type", tag="missed"):
    """Somebody was missed, again, or dealt with."""

    seq: int
    missed: MissedCaller


class PreferencesFrame(Shape, tag_field="type", tag="preferences"):
    seq: int
    preferences: Preferences


class DevicesFrame(Shape, tag_field="type", tag="devices"):
    seq: int
    devices: list[Device]


class PresenceFrame(Shape, tag_field="type", tag="presence"):
    """What some employees do changed; those of a twentieth of a second come together."""

    seq: int
    items: list[Presence]


class QueuesFrame(Shape, tag_field="type", tag="queues"):
    """Some queues changed; those of a twentieth of a second come together."""

    seq: int
    items: list[QueueState]


class LinkFrame(Shape, tag_field="type", tag="link"):
    seq: int
    link: Link


class ServiceFrame(Shape, tag_field="type", tag="service"):
    """Something that was asked of a PBX was accepted, or what became of it."""

    seq: int
    request: ServiceRequest


class HandoverFrame(Shape, tag_field="type", tag="handover"):
    """A call was handed over, read of, taken, or came back; to its sender and receiver."""

    seq: int
    handover: Handover


class ReminderFrame(Shape, tag_field="type", tag="reminder"):
    """A reminder fell due, or is done: then it has `done_at` and is to go."""

    seq: int
    reminder: DueReminder


class Pong(Shape, tag_field="type", tag="pong"):
    pass


class ShownFrame(Shape, tag_field="type", tag="shown"):
    """The pop was painted."""

    pop_id: str
    revision: int
    painted_at: Moment


class HideFrame(Shape, tag_field="type", tag="hide"):
    """Put the pop away, in every tab of the employee."""

    pop_id: str


class Ping(Shape, tag_field="type", tag="ping"):
    pass


ServerFrame = (
    Snapshot
    | Resumed
    | PopFrame
    | PopRemovedFrame
    | CallFrame
    | CallRemovedFrame
    | MissedFrame
    | PreferencesFrame
    | DevicesFrame
    | PresenceFrame
    | QueuesFrame
    | LinkFrame
    | ServiceFrame
    | HandoverFrame
    | ReminderFrame
    | Pong
)
ClientFrame = ShownFrame | HideFrame | Ping


def components() -> dict[str, Any]:
    """The frames and what is in them, as JSON Schema components."""
    (server, client), parts = msgspec.json.schema_components(
        [ServerFrame, ClientFrame], ref_template="#/components/schemas/{name}"
    )
    return {**parts, "LiveServerFrame": server, "LiveClientFrame": client}


def document(schema: OpenAPI) -> dict[str, Any]:
    """The OpenAPI file: what is known of the routes, and the frames, for which OpenAPI has no place of its own."""
    whole = schema.to_schema()
    whole["components"]["schemas"] = components() | whole["components"]["schemas"]
    return whole
