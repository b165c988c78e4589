"""What can go wrong with a request, as problem+json (RFC 9457) with a stable `error_id`.

`PROBLEMS` is the whole list; docs/reference/errors.md explains each for whoever meets it, and a test holds the two
equal. Rooms raise their own errors, which carry their `error_id`; here is the HTTP status that each has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    SerializationException,
    ValidationException,
)

from ringcard.contacts.model import ContactsError
from ringcard.desk.call_data import CallDataError
from ringcard.desk.control.errors import HandlingError
from ringcard.desk.control.once import KeyConflict, KeyInvalid
from ringcard.desk.presence.errors import PresenceError
from ringcard.ledger import LedgerError
from ringcard.pbx.connector import LinkDown, PbxError, ServiceNotSupported, ServiceRefused, WrongState
from ringcard.people.model import PeopleError
from ringcard.settings import SettingsError, SettingsInvalid
from ringcard.storage import StorageError
from ringcard.web.first_run import FirstRunError
from ringcard.web.old_calls import OldCallsError

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "urn:ringcard:error:"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its HTTP status, and a title that never changes."""

    status: int
    title: str


PROBLEMS: Mapping[str, Kind] = {
    "invalid_request": Kind(400, "The request cannot be read as it is"),
    "token_in_url": Kind(400, "A token does not belong in an address"),
    "employee_invalid": Kind(400, "The employee cannot be kept as given"),
    "team_invalid": Kind(400, "The team cannot be kept as given"),
    "role_invalid": Kind(400, "The role cannot be kept as given"),
    "token_invalid": Kind(400, "The token cannot be made as asked"),
    "password_unfit": Kind(400, "The password is unfit"),
    "attachment_too_large": Kind(413, "The file is too large"),
    "contact_invalid": Kind(400, "The contact cannot be written as it was given"),
    "number_invalid": Kind(400, "This is no number that can be dialled"),
    "plan_invalid": Kind(400, "This is no numbering plan"),
    "import_unreadable": Kind(400, "The file is not what it was taken for"),
    "call_log_unreadable": Kind(400, "The file is no log of calls"),
    "call_import_invalid": Kind(400, "The old calls cannot be read like that"),
    "import_mapping": Kind(400, "The columns cannot mean that"),
    "not_signed_in": Kind(401, "Nobody is signed in"),
    "sign_in_refused": Kind(401, "Login or password is wrong"),
    "token_refused": Kind(401, "This token opens nothing"),
    "csrf_mismatch": Kind(403, "The CSRF token is missing or wrong"),
    "foreign_origin": Kind(403, "The request comes from another site"),
    "not_allowed": Kind(403, "This is not for your role"),
    "setup_code_wrong": Kind(403, "The set-up code is missing or wrong"),
    "setup_done": Kind(409, "There is an administrator already"),
    "settings_invalid": Kind(400, "This setting cannot be taken"),
    "no_such_settings": Kind(404, "There are no such settings"),
    "settings_fixed": Kind(409, "The configuration file sets this"),
    "not_found": Kind(404, "There is nothing at this address"),
    "no_such_call": Kind(404, "There is no such call"),
    "no_such_contact": Kind(404, "There is no such contact"),
    "no_such_change": Kind(404, "There is no such change to take back"),
    "no_such_attachment": Kind(404, "There is no such file"),
    "no_such_reminder": Kind(404, "There is no such reminder"),
    "no_such_import": Kind(404, "There is no such import"),
    "method_not_allowed": Kind(405, "This address does not take this method"),
    "changed_meanwhile": Kind(409, "Somebody else changed it meanwhile"),
    "import_state": Kind(409, "This cannot be done to the import now"),
    "import_piece": Kind(409, "The piece does not follow what is there"),
    "no_such_employee": Kind(404, "There is no such employee"),
    "no_such_team": Kind(404, "There is no such team"),
    "no_such_role": Kind(404, "There is no such role"),
    "no_such_token": Kind(404, "There is no such token"),
    "login_taken": Kind(409, "Somebody else has this login"),
    "device_taken": Kind(409, "The device is one other person's own"),
    "role_in_use": Kind(409, "Somebody has this role"),
    "last_administrator": Kind(409, "Nobody would be left who gives rights"),
    "not_in_call": Kind(409, "None of your phones is in the call"),
    "wrong_state": Kind(409, "The call is not in a state for that"),
    "target_invalid": Kind(400, "Nobody can be reached by this"),
    "dial_refused": Kind(409, "This is not dialled"),
    "dialling_already": Kind(409, "The phone rings for another call"),
    "no_such_handover": Kind(404, "There is no such hand-over"),
    "no_such_request": Kind(404, "There is no such request"),
    "idempotency_conflict": Kind(409, "The key was used for something else"),
    "call_data_invalid": Kind(400, "The call's data cannot be kept as given"),
    "call_data_too_large": Kind(413, "The call's data is too large"),
    "no_device": Kind(409, "There is no device to call with"),
    "unknown_reason": Kind(400, "This is no reason to be not ready"),
    "not_after_call": Kind(409, "There is no after-call work"),
    "too_large": Kind(413, "The request is too large"),
    "too_many_found": Kind(400, "Too many are found"),
    "unsupported_media_type": Kind(415, "The request must be JSON"),
    "too_many_attempts": Kind(429, "Too many attempts to sign in"),
    "internal_error": Kind(500, "Something broke on our side"),
    "service_not_supported": Kind(501, "This PBX cannot do that"),
    "pbx_refused": Kind(502, "The PBX refused"),
    "pbx_unreachable": Kind(503, "There is no connection to the PBX"),
    "storage_unavailable": Kind(503, "The database cannot be used"),
    "storage_refused": Kind(503, "The database server does not let us in"),
    "storage_read_only": Kind(503, "The database can only be read"),
    "storage_locked": Kind(503, "The database is held by another process"),
    "storage_full": Kind(503, "The database's disk is full"),
    "storage_corrupt": Kind(503, "The database is damaged"),
    "storage_newer": Kind(503, "The database was written by a later release"),
    "storage_too_old": Kind(503, "The database server is too old"),
    "ledger_unavailable": Kind(503, "The ledger cannot be read"),
}


class Refusal(Exception):
    """A request is refused. `detail` is for people, in one sentence; `headers` go with the answer."""

    def __init__(
        self,
        error_id: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.error_id = error_id
        self.kind = PROBLEMS[error_id]
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = errors or []


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The body of every error (RFC 9457 §3)."""

    type: str
    title: str
    status: int
    detail: str
    error_id: str
    errors: list[dict[str, str]] = []
    """For `invalid_request`: each field that is wrong, `{field, message}`."""


def problem_body(refusal: Refusal) -> bytes:
    """The JSON of a refusal."""
    problem = Problem(
        type=TYPE_BASE + refusal.error_id,
        title=refusal.kind.title,
        status=refusal.kind.status,
        detail=refusal.detail,
        error_id=refusal.error_id,
        errors=refusal.errors,
    )
    return msgspec.json.encode(problem)


def answer(refusal: Refusal) -> Response[bytes]:
    """The response to a refused request."""
    return Response(
        problem_body(refusal), status_code=refusal.kind.status, media_type=MEDIA_TYPE, headers=refusal.headers
    )


def refusal_of(error: Exception) -> Refusal:
    """Which refusal an error of ours, of a room or of the framework is. Our own faults tell nothing of themselves."""
    match error:
        case Refusal():
            return error
        case ContactsError() | PeopleError() if error.error_id in PROBLEMS:
            return Refusal(error.error_id, str(error), errors=_reason(error))
        case SettingsError() if error.error_id in PROBLEMS:
            return Refusal(error.error_id, str(error), errors=_setting(error))
        case HandlingError() | CallDataError() | PresenceError() if error.error_id in PROBLEMS:
            return Refusal(error.error_id, str(error), errors=_reason(error))
        case KeyConflict():
            return Refusal("idempotency_conflict", str(error))
        case KeyInvalid():
            return Refusal("invalid_request", str(error))
        case OldCallsError():
            return Refusal(error.error_id, str(error), errors=_reason(error))
        case FirstRunError():
            return Refusal(error.error_id, str(error))
        case StorageError() | LedgerError():
            # What they say names files, and is for whoever can do something about it: it goes to the log.
            return Refusal(
                getattr(error, "error_id", "ledger_unavailable"),
                "The server's log says what is wrong: tell your administrator.",
            )
        case ServiceNotSupported():
            return Refusal("service_not_supported", str(error) or "This PBX or its connector has no such service.")
        case WrongState():
            hindered = [{"field": "service", "message": error.hindrance.value}]
            return Refusal("wrong_state", str(error), errors=hindered)
        case ServiceRefused():
            return Refusal("pbx_refused", str(error))
        case LinkDown() | PbxError():
            return Refusal("pbx_unreachable", str(error) or "There is no connection to the PBX now.")
        case ValidationException():
            return Refusal("invalid_request", "Some fields cannot be taken; see `errors`.", errors=_fields(error.extra))
        case SerializationException() | msgspec.DecodeError() | UnicodeDecodeError() | RecursionError():
            # The last two come of nothing else: bytes that are no UTF-8, and thousands of brackets.
            return Refusal("invalid_request", "The body is not the JSON that is expected here.")
        case NotFoundException():
            return Refusal("not_found", "There is nothing at this address.")
        case MethodNotAllowedException():
            return Refusal("method_not_allowed", "This address does not take this method.", headers=error.headers)
        case HTTPException():
            return _by_status(error)
        case _:
            return Refusal("internal_error", "The error is in the server's log.")


def _reason(error: Exception) -> list[dict[str, str]]:
    """Which of several with the same `error_id`, in one word: screens choose their own by it."""
    reason = getattr(error, "reason", "")
    return [{"field": "reason", "message": reason}] if reason else []


def _setting(error: SettingsError) -> list[dict[str, str]]:
    """Which setting, why not, and what the reason is about."""
    if not isinstance(error, SettingsInvalid):
        return []
    named = [{"field": error.field, "message": str(error)}] if error.field else []
    about = [{"field": "value", "message": error.value}] if error.reason and error.value else []
    return named + _reason(error) + about


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    refusal = refusal_of(error)
    if refusal.error_id == "internal_error":
        log.error("web.internal_error", action="internal_error", path=request.url.path, exc_info=error)
    elif isinstance(error, StorageError | LedgerError):
        log.error("web.storage_trouble", action="storage_trouble", path=request.url.path, problem=str(error))
    return answer(refusal)


def _by_status(error: HTTPException) -> Refusal:
    match error.status_code:
        case 401:
            return Refusal("not_signed_in", "Sign in first.")
        case 403:
            return Refusal("not_allowed", error.detail)
        case 413:
            return Refusal("too_large", "The request is larger than this address takes.")
        case 415:
            return Refusal("unsupported_media_type", "Send JSON, with Content-Type: application/json.")
        case status if status < 500:
            return Refusal("invalid_request", error.detail)
        case _:
            return Refusal("internal_error", "The error is in the server's log.")


def _fields(extra: Any) -> list[dict[str, str]]:
    if not isinstance(extra, list):
        return []
    return [
        {"field": str(item.get("key", "")), "message": str(item.get("message", ""))}
        for item in extra
        if isinstance(item, dict)
    ]
