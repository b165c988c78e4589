"""Trying settings before they are saved: a test mail, and the address that a call would open."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import post
from litestar.params import JSONBody
from msgspec import Meta

from ringcard.desk.opening import LONGEST_URL, VALUES, OpeningInvalid, example
from ringcard.mail import MailRefused
from ringcard.web.problems import Refusal
from ringcard.web.routes import TheActor, TheRooms
from ringcard.web.routes.settings import MANAGE
from ringcard.web.shapes import Shape

SAMPLE = {
    "number": "+74959195557",
    "id": "01JD7Q0000000000000000PETR",
    "name": "Петрова & Co",
    "call_id": "01JD7Q0000000000000000CALL",
    "conversation_id": "01JD7Q0000000000000000CONV",
    "direction": "inbound",
    "queue": "sales",
    "called": "+74951110000",
    "device": "101",
}
"""A call as it might come; its name has what has to be encoded."""


class MailTrial(Shape, forbid_unknown_fields=True):
    """`values` are those of the section `mail`, a password that is left out is the one that is kept."""

    values: dict[str, Any]
    to: Annotated[str, Meta(min_length=3, max_length=320, pattern="^[^\\s@]+@[^\\s@]+$")]
    language: Literal["ru", "en"] = "en"


class MailTried(Shape):
    sent: bool
    reason: Annotated[str, Meta(description="Why not, in one word; null if it was taken.")] | None
    said: Annotated[str, Meta(description="What the mail server or the system said.")] | None


class PageTrial(Shape, forbid_unknown_fields=True):
    url: Annotated[str, Meta(max_length=LONGEST_URL)]


class PageTried(Shape):
    """`url` filled in for a sample call; null with the `reason` why it cannot be."""

    url: str | None
    reason: str | None
    values: dict[str, str]


@post("/settings/mail/try", status_code=200, opt=MANAGE, operation_id="tryMail", summary="Send a test mail")
async def try_mail(data: JSONBody[MailTrial], rooms: TheRooms, actor: TheActor) -> MailTried:
    """By these settings, not saved yet. Waits for the mail server, at most `deadline_s`."""
    if rooms.try_mail is None:
        raise Refusal("settings_fixed", "This server sends no mail.")
    await rooms.audit.note("mail.tried", by=actor, kind="settings", key="mail", after={"to": data.to})
    try:
        await rooms.try_mail(data.values, data.to, data.language)
    except MailRefused as error:
        return MailTried(sent=False, reason=error.reason, said=str(error))
    return MailTried(sent=True, reason=None, said=None)


@post("/settings/desk/try", status_code=200, opt=MANAGE, operation_id="tryPage", summary="Fill a page's address in")
async def try_page(data: JSONBody[PageTrial]) -> PageTried:
    """For a sample call, as a browser would open it."""
    values = {name: SAMPLE[name] for name in VALUES}
    try:
        return PageTried(url=example(data.url, values), reason=None, values=values)
    except OpeningInvalid as error:
        return PageTried(url=None, reason=error.reason, values=values)
