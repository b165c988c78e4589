"""What hangs on a card: files and reminders."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import File
from msgspec import Meta

from ringcard.calls.record import moment
from ringcard.contacts import attachments, reminders
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.web import masking, wire
from ringcard.web.access import needs
from ringcard.web.routes import AnyRequest, TheActor, TheHistory, TheRooms, TheSession, TheSight
from ringcard.web.routes.curation import author_of
from ringcard.web.shapes import Moment, Shape

READ, WRITE = needs(Permission.CONTACTS_READ), needs(Permission.CONTACTS_WRITE)

SHOWN_BY_BROWSERS = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types that cannot run anything here; every other file is only ever saved."""


class Attachment(Shape):
    attachment_id: str
    name: str
    media_type: str
    size: int
    author: str | None
    at: Moment


class AttachmentList(Shape):
    items: list[Attachment]


class Reminder(Shape):
    reminder_id: str
    employee_id: str
    employee: str
    due_at: Moment
    text: str
    call_id: str | None
    created_at: Moment
    done_at: Moment | None


class ReminderList(Shape):
    items: list[Reminder]


class NewReminder(msgspec.Struct):
    """For oneself, unless `employee_id` says for whom. `due_at` with its zone."""

    due_at: Annotated[datetime, Meta(tz=True)]
    text: Annotated[str, Meta(min_length=1, max_length=reminders.LONGEST_TEXT)]
    employee_id: Annotated[str, Meta(max_length=64)] | None = None
    call_id: Annotated[str, Meta(max_length=64)] | None = None


class ReminderDone(msgspec.Struct):
    done: bool


@get(
    "/contacts/{contact_id:str}/attachments",
    opt=READ,
    operation_id="listAttachments",
    summary="The files of a card, newest first",
)
async def list_attachments(
    contact_id: FromPath[str], rooms: TheRooms, history: TheHistory, sight: TheSight
) -> AttachmentList:
    await history.card(sight, contact_id)
    return AttachmentList(items=[_attachment(each, sight) for each in await rooms.attachments.of(contact_id)])


@post(
    "/contacts/{contact_id:str}/attachments",
    opt=WRITE | {"takes": "application/octet-stream"},
    request_max_body_size=attachments.LARGEST,
    operation_id="addAttachment",
    summary="Put a file on a card",
)
async def add_attachment(
    contact_id: FromPath[str],
    request: AnyRequest,
    rooms: TheRooms,
    history: TheHistory,
    sight: TheSight,
    actor: TheActor,
    name: Annotated[str, QueryParameter(min_length=1, max_length=300)],
    media_type: Annotated[str, QueryParameter(max_length=100)] = "application/octet-stream",
) -> Attachment:
    """The body is the file, as `application/octet-stream`, at most 20 MB."""
    await history.card(sight, contact_id)
    kept = await rooms.attachments.add(contact_id, name, media_type, request.stream(), by=author_of(actor))
    return _attachment(kept, sight)


@get(
    "/contacts/{contact_id:str}/attachments/{attachment_id:str}",
    opt=READ,
    operation_id="getAttachment",
    summary="A file of a card",
    media_type="application/octet-stream",
)
async def get_attachment(
    contact_id: FromPath[str], attachment_id: FromPath[str], rooms: TheRooms, history: TheHistory, sight: TheSight
) -> File:
    await history.card(sight, contact_id)
    found, path = await rooms.attachments.get(contact_id, attachment_id)
    harmless = found.media_type in SHOWN_BY_BROWSERS
    return File(
        path=path,
        filename=masking.file_name(found.name) if sight.numbers_masked else found.name,
        media_type=found.media_type if harmless else "application/octet-stream",
        content_disposition_type="inline" if harmless else "attachment",
    )


@delete(
    "/contacts/{contact_id:str}/attachments/{attachment_id:str}",
    opt=WRITE,
    operation_id="removeAttachment",
    summary="Take a file off a card",
)
async def remove_attachment(
    contact_id: FromPath[str],
    attachment_id: FromPath[str],
    rooms: TheRooms,
    history: TheHistory,
    sight: TheSight,
    actor: TheActor,
) -> None:
    contact = await history.card(sight, contact_id)
    gone = await rooms.attachments.remove(contact_id, attachment_id)
    await rooms.audit.note(
        "contact.attachment_removed",
        by=actor,
        kind="contact",
        key=contact_id,
        name=contact.name,
        before={"name": gone.name, "sha256": gone.sha256},
    )


@get(
    "/contacts/{contact_id:str}/reminders",
    opt=READ,
    operation_id="listReminders",
    summary="The reminders of a card, the latest first",
)
async def list_reminders(
    contact_id: FromPath[str], rooms: TheRooms, history: TheHistory, sight: TheSight
) -> ReminderList:
    await history.card(sight, contact_id)
    return ReminderList(items=[_reminder(each, sight) for each in await rooms.reminders.of(contact_id)])


@post(
    "/contacts/{contact_id:str}/reminders", opt=WRITE, operation_id="addReminder", summary="Be reminded, with the card"
)
async def add_reminder(
    contact_id: FromPath[str],
    data: JSONBody[NewReminder],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
    sight: TheSight,
) -> Reminder:
    await history.card(sight, contact_id)
    await history.may_link(sight, data.call_id)
    whose = data.employee_id or session.employee.employee_id
    added = await rooms.reminders.add(contact_id, whose, data.due_at, data.text, call_id=data.call_id)
    return _reminder(added, sight)


@put(
    "/contacts/{contact_id:str}/reminders/{reminder_id:str}",
    opt=WRITE,
    operation_id="finishReminder",
    summary="Mark a reminder as done, or open again",
)
async def finish_reminder(
    contact_id: FromPath[str],
    reminder_id: FromPath[str],
    data: JSONBody[ReminderDone],
    rooms: TheRooms,
    history: TheHistory,
    sight: TheSight,
) -> Reminder:
    await history.card(sight, contact_id)
    return _reminder(await rooms.reminders.finish(contact_id, reminder_id, done=data.done), sight)


def _attachment(kept: attachments.Attachment, sight: Sight) -> Attachment:
    value = asdict(kept) | {"at": moment(kept.at)}
    return wire.shape(masking.for_sight(sight, masking.attachment, value), Attachment)


def _reminder(kept: reminders.Reminder, sight: Sight) -> Reminder:
    times = {name: moment(getattr(kept, name)) for name in ("due_at", "created_at", "done_at")}
    return wire.shape(masking.for_sight(sight, masking.texts, asdict(kept) | times), Reminder)
