"""The desk: whose number it is, who was missed, and how an employee wants to be told."""

from __future__ import annotations

from typing import Annotated

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from ringcard.calls.identifiers import CallId
from ringcard.contacts.model import ContactsError
from ringcard.desk.ports import MissedView
from ringcard.desk.preferences import PopWhen, Preferences, PreferencesInvalid
from ringcard.people.model import Employee
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.web import masking, shapes, wire
from ringcard.web.access import SELF, needs
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import TheHistory, TheRooms, TheSession, TheSight

Handled = Annotated[bool, QueryParameter(description="Also those that were dealt with in the last week.")]


@post(
    "/calls/{call_id:str}/contact",
    status_code=200,
    opt=needs(Permission.CONTACTS_WRITE),
    operation_id="chooseContact",
    summary="Say which of the matches the caller is",
)
async def choose_contact(
    call_id: FromPath[str],
    data: JSONBody[shapes.ChooseContact],
    rooms: TheRooms,
    history: TheHistory,
    session: TheSession,
    sight: TheSight,
) -> shapes.SettledCaller:
    """Remembered for the number, for everybody, until it is said otherwise; the call is linked to the contact."""
    number = await history.number_of(sight, call_id)
    if number is None:
        raise Refusal("invalid_request", "This call has no number from outside.")
    if data.contact_id is not None:
        candidates = rooms.desk.candidates(CallId(call_id)) or (await rooms.owners.of(number)).candidates
        if all(each.contact.contact_id != data.contact_id for each in candidates):
            raise Refusal("no_such_contact", "This contact is none of those that may have the number.")
        await _linked(rooms, data.contact_id, call_id)
    await rooms.choices.choose(number, data.contact_id, session.employee.employee_id)
    rooms.desk.chosen(number)
    contact = await rooms.owners.contact_of(number)
    value = None if contact is None else masking.for_sight(sight, masking.note, wire.reference(contact))
    return wire.shape({"contact": value}, shapes.SettledCaller)


async def _linked(rooms: Rooms, contact_id: str, call_id: str) -> None:
    """Link the call, if the card is our own; of another source's there is nothing to link to."""
    try:
        await rooms.contacts.get(contact_id)
    except ContactsError:
        return
    await rooms.contacts.link_call(contact_id, call_id)


@get("/missed", opt=needs(Permission.CALLS_READ), operation_id="listMissed", summary="Callers whom nobody answered")
async def list_missed(rooms: TheRooms, sight: TheSight, handled: Handled = False) -> shapes.MissedList:
    """One a number, the latest first: those that rang the phones of the employees whose calls one's role shows."""
    seen = [view for view in rooms.afterwards.views() if sight.sees_call(view.concerns)]
    wanted = [view for view in seen if handled or view.caller.handling is None]
    items = [
        masking.for_sight(sight, masking.missed, wire.missed_as_json(await rooms.afterwards.named(view)))
        for view in wanted
    ]
    return wire.shape({"items": items}, shapes.MissedList)


@post(
    "/missed/{missed_id:str}/done",
    status_code=200,
    opt=needs(Permission.CALLS_READ),
    operation_id="missedDone",
    summary="Say that a missed caller was dealt with",
)
async def missed_done(
    missed_id: FromPath[str], rooms: TheRooms, session: TheSession, sight: TheSight
) -> shapes.MissedCaller:
    """For everybody whose phone rang. Talking with the caller does the same by itself."""
    _must_see(rooms, sight, missed_id)
    return _told(rooms.afterwards.done(missed_id, session.employee.employee_id), sight)


@delete(
    "/missed/{missed_id:str}/done",
    status_code=200,
    opt=needs(Permission.CALLS_READ),
    operation_id="missedUndone",
    summary="Take back that a missed caller was dealt with",
)
async def missed_undone(missed_id: FromPath[str], rooms: TheRooms, sight: TheSight) -> shapes.MissedCaller:
    _must_see(rooms, sight, missed_id)
    return _told(rooms.afterwards.undone(missed_id), sight)


@get("/preferences", opt=SELF, operation_id="getPreferences", summary="How I want to be told of a call")
async def get_preferences(rooms: TheRooms, session: TheSession) -> shapes.OwnPreferences:
    return _preferences(rooms, session.employee)


@put("/preferences", opt=SELF, operation_id="setPreferences", summary="Say how I want to be told of a call")
async def set_preferences(
    data: JSONBody[shapes.Preferences], rooms: TheRooms, session: TheSession
) -> shapes.OwnPreferences:
    """For every computer; open ones follow at once."""
    chosen = Preferences(
        PopWhen(data.pop_when),
        data.ring_sound,
        data.notify,
        data.missed_mail,
        (data.mail_address or "").strip() or None,
        data.auto_answer,
    )
    try:
        await rooms.preferences.keep(session.employee.employee_id, chosen)
    except PreferencesInvalid as error:
        raise Refusal(
            "invalid_request", str(error), errors=[{"field": "mail_address", "message": str(error)}]
        ) from error
    rooms.feed.show_preferences(session.employee.employee_id, chosen)
    return _preferences(rooms, session.employee)


def _preferences(rooms: Rooms, employee: Employee) -> shapes.OwnPreferences:
    value = wire.preferences_as_json(rooms.preferences.of(employee.employee_id)) | {"mail_ready": rooms.mail_ready()}
    return wire.shape(value, shapes.OwnPreferences)


def _must_see(rooms: Rooms, sight: Sight, missed_id: str) -> None:
    """Somebody else's is not even said to exist."""
    view = rooms.afterwards.view(missed_id)
    if view is None or not sight.sees_call(view.concerns):
        raise Refusal("not_found", "There is no such missed caller.")


def _told(view: MissedView | None, sight: Sight) -> shapes.MissedCaller:
    if view is None:
        raise Refusal("not_found", "There is no such missed caller.")
    return wire.shape(masking.for_sight(sight, masking.missed, wire.missed_as_json(view)), shapes.MissedCaller)
