"""Looking after cards: history and taking back, deleting, merging, doubles, the company's own fields."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from ringcard.calls.record import moment
from ringcard.contacts import changes
from ringcard.contacts.duplicates import MOST_GROUPS, Sameness
from ringcard.contacts.model import Contact, contact_as_json
from ringcard.people.audit import Actor
from ringcard.people.permissions import Permission
from ringcard.people.sight import Sight
from ringcard.web import masking, shapes, wire
from ringcard.web.access import must_see_numbers, needs
from ringcard.web.problems import Refusal
from ringcard.web.rooms import Rooms
from ringcard.web.routes import TheActor, TheHistory, TheRooms, TheSight
from ringcard.web.shapes import Moment, Shape

READ, WRITE, DELETE = (
    needs(permission)
    for permission in (Permission.CONTACTS_READ, Permission.CONTACTS_WRITE, Permission.CONTACTS_DELETE)
)
Id = Annotated[str, Meta(max_length=64)]


class FieldChange(Shape):
    """A field as in `Contact`, before and after. Where numbers are masked, those of phones are left out."""

    field: str
    before: Any
    after: Any


class Change(Shape):
    """`kind`: created, changed, deleted, restored, merged, merged_into, parted; imported: `author` is the file then."""

    change_id: str
    kind: str
    at: Moment
    author: str | None
    fields: list[FieldChange]
    other_id: str | None
    """Of a merge: the card that went into this one."""
    undone_at: Moment | None


class ChangeList(Shape):
    items: list[Change]


class MergeInput(msgspec.Struct):
    """The card at the address stays; `other_id` goes into it. Both at the versions that were looked at."""

    version: int
    other_id: Id
    other_version: int


class EraseInput(msgspec.Struct):
    """`name` is the card's, typed by hand; `version` as it was read."""

    version: int
    name: Annotated[str, Meta(max_length=500)]


class Erased(Shape):
    """`shared` numbers are other cards' too: their calls stay readable. Files of `unfinished_imports` were not looked
    at: they may name the person.
    """

    calls: int
    files: int
    shared: list[str]
    unfinished_imports: int


class Merged(Shape):
    """`change_id` takes it back: `POST /contacts/{contact_id}/changes/{change_id}/undo`."""

    contact: shapes.Contact
    change_id: str


class CardField(Shape):
    """A field that the company has added; `kind` is text, number, date, choice, yes_no or url."""

    key: str
    label: str
    kind: str
    choices: list[str]
    on_pop: bool


class CardFieldList(Shape):
    items: list[CardField]


class ContactList(Shape):
    items: list[shapes.Contact]


class Doubles(Shape):
    """Cards that have `key` in common."""

    key: str
    contacts: list[shapes.Contact]


class DoublesPage(Shape):
    items: list[Doubles]
    next: str | None


@get("/card-fields", opt=READ, operation_id="listCardFields", summary="The company's own fields of a card")
async def list_card_fields(rooms: TheRooms) -> CardFieldList:
    return CardFieldList(
        items=[
            CardField(
                key=each.key, label=each.label, kind=each.kind.value, choices=list(each.choices), on_pop=each.on_pop
            )
            for each in rooms.contacts.fields
        ]
    )


@get(
    "/contacts/{contact_id:str}/changes",
    opt=READ,
    operation_id="listChangesOfContact",
    summary="What was done to a card, newest first",
)
async def list_changes(contact_id: FromPath[str], rooms: TheRooms, history: TheHistory, sight: TheSight) -> ChangeList:
    await history.card(sight, contact_id)
    return ChangeList(items=[_change(each, sight) for each in await rooms.curation.history(contact_id)])


@post(
    "/contacts/{contact_id:str}/changes/{change_id:str}/undo",
    opt=WRITE,
    status_code=200,
    operation_id="undoChange",
    summary="Take a change or a merge back",
)
async def undo_change(
    contact_id: FromPath[str],
    change_id: FromPath[str],
    rooms: TheRooms,
    history: TheHistory,
    sight: TheSight,
    actor: TheActor,
) -> shapes.Contact:
    """409 `changed_meanwhile` if what it changed was changed again since. Parting a merge needs `contacts.delete`."""
    held = await history.card(sight, contact_id)
    lines = await rooms.curation.history(contact_id)
    line = next((each for each in lines if each.change_id == change_id), None)
    if line is not None and line.kind is changes.ChangeKind.MERGED:
        if not sight.may(Permission.CONTACTS_DELETE):
            raise Refusal("not_allowed", f"This needs the permission {Permission.CONTACTS_DELETE}.")
        contact, other = await rooms.curation.part(contact_id, change_id, by=author_of(actor))
        await _noted(rooms, "contact.parted", actor, contact, after={"other": other.contact_id})
        tell_desk(rooms, contact, other)
    else:
        contact = await rooms.curation.take_back(contact_id, change_id, by=author_of(actor))
    tell_desk(rooms, held, contact)
    return shown(contact, sight)


@delete(
    "/contacts/{contact_id:str}",
    opt=DELETE,
    operation_id="deleteContact",
    summary="Delete a card; it can be brought back",
)
async def delete_contact(
    contact_id: FromPath[str],
    version: Annotated[int, QueryParameter(description="As it was read.")],
    rooms: TheRooms,
    history: TheHistory,
    sight: TheSight,
    actor: TheActor,
) -> None:
    held = await history.card(sight, contact_id)
    await rooms.curation.delete(contact_id, version, by=author_of(actor))
    await _noted(rooms, "contact.deleted", actor, held)
    tell_desk(rooms, held)


@post(
    "/contacts/{contact_id:str}/erase",
    opt=needs(Permission.CONTACTS_DELETE, every_card=True),
    status_code=200,
    operation_id="eraseContact",
    summary="Erase a person for good: card, history, and what is personal in their calls",
)
async def erase_contact(
    contact_id: FromPath[str], data: JSONBody[EraseInput], rooms: TheRooms, sight: TheSight, actor: TheActor
) -> Erased:
    """Nothing brings it back. For those who see all cards and numbers."""
    must_see_numbers(sight)
    erased = await rooms.erasure.erase(contact_id, data.version, data.name)
    # Who, when and how much, and nothing of whom.
    await rooms.audit.note(
        "contact.erased", by=actor, kind="contact", key=contact_id, after={"calls": erased.calls, "files": erased.files}
    )
    rooms.desk.forget_ended(erased.numbers)
    rooms.desk.contacts_changed(set(erased.numbers) | set(erased.shared))
    return Erased(
        calls=erased.calls,
        files=erased.files,
        shared=list(erased.shared),
        unfinished_imports=erased.unfinished_imports,
    )


@post(
    "/contacts/{contact_id:str}/restore",
    opt=DELETE,
    status_code=200,
    operation_id="restoreContact",
    summary="Bring a deleted card back",
)
async def restore_contact(
    contact_id: FromPath[str], rooms: TheRooms, sight: TheSight, actor: TheActor
) -> shapes.Contact:
    contact = await rooms.curation.restore(contact_id, by=author_of(actor))
    await _noted(rooms, "contact.restored", actor, contact)
    tell_desk(rooms, contact)
    return shown(contact, sight)


@post(
    "/contacts/{contact_id:str}/merge",
    opt=DELETE,
    status_code=200,
    operation_id="mergeContacts",
    summary="Make one card of two",
)
async def merge_contacts(
    contact_id: FromPath[str],
    data: JSONBody[MergeInput],
    rooms: TheRooms,
    history: TheHistory,
    sight: TheSight,
    actor: TheActor,
) -> Merged:
    kept, other = await history.card(sight, contact_id), await history.card(sight, data.other_id)
    contact, change_id = await rooms.curation.merge(
        contact_id, data.version, data.other_id, data.other_version, by=author_of(actor)
    )
    await _noted(rooms, "contact.merged", actor, contact, before={"other": other.contact_id, "name": other.name})
    tell_desk(rooms, kept, other, contact)
    return Merged(contact=shown(contact, sight), change_id=change_id)


@get(
    "/contacts/{contact_id:str}/people",
    opt=READ,
    operation_id="listPeopleOfOrganisation",
    summary="The people of an organisation",
)
async def list_people(contact_id: FromPath[str], rooms: TheRooms, history: TheHistory, sight: TheSight) -> ContactList:
    await history.card(sight, contact_id)
    people = await rooms.curation.people_of(contact_id)
    return ContactList(items=[shown(each, sight) for each in people if await history.may_see_card(sight, each)])


@get(
    "/duplicates",
    opt=DELETE,
    operation_id="listDuplicates",
    summary="Cards that may be of one and the same",
)
async def list_duplicates(
    rooms: TheRooms,
    history: TheHistory,
    sight: TheSight,
    by: Annotated[Sameness, QueryParameter(description="What they have in common.")] = Sameness.NUMBER,
    after: Annotated[str, QueryParameter(max_length=320, description="`next` of the page before.")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_GROUPS)] = 20,
) -> DoublesPage:
    """For those who see every card and every number: a double of a colleague's card would be told otherwise."""
    if sight.cards is not None or sight.numbers_masked:
        raise Refusal("not_allowed", "Only those who see all cards and numbers find doubles.")
    groups = await rooms.curation.duplicates(by, after=after, limit=limit)
    items = [Doubles(key=key, contacts=[shown(contact, sight) for contact in contacts]) for key, contacts in groups]
    return DoublesPage(items=items, next=items[-1].key if len(items) == limit else None)


def author_of(actor: Actor) -> changes.Author | None:
    """Who is named in a card's history."""
    return None if actor.name is None else changes.Author(actor.employee_id, actor.name)


def shown(contact: Contact, sight: Sight) -> shapes.Contact:
    """The card as this sight sees it."""
    return wire.shape(masking.for_sight(sight, masking.contact, contact_as_json(contact)), shapes.Contact)


def tell_desk(rooms: Rooms, *contacts: Contact) -> None:
    """Cards that are on screens now are shown anew."""
    rooms.desk.contacts_changed({phone.number for each in contacts for phone in each.phones if phone.number})


def _change(change: changes.Change, sight: Sight) -> Change:
    fields = [
        {
            "field": each.field,
            "before": _value(each.field, each.before, sight),
            "after": _value(each.field, each.after, sight),
        }
        for each in change.fields
    ]
    told = {
        "change_id": change.change_id,
        "kind": change.kind.value,
        "at": moment(change.at),
        "author": change.author.name if change.author else None,
        "fields": fields,
        "other_id": change.other_id,
        "undone_at": moment(change.undone_at),
    }
    return wire.shape(told, Change)


def _value(field: str, value: Any, sight: Sight) -> Any:
    if not sight.numbers_masked:
        return value
    return None if field == "phones" else masking.texts(value)


async def _noted(
    rooms: Rooms,
    action: str,
    actor: Actor,
    contact: Contact,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    await rooms.audit.note(
        action, by=actor, kind="contact", key=contact.contact_id, name=contact.name, before=before, after=after
    )
