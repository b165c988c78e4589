"""The list of problems, its documentation, and which error becomes which."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from litestar.exceptions import HTTPException, NotFoundException, TooManyRequestsException

from ringcard.app.call_imports.files import BEGINNINGS
from ringcard.app.unfitness import SENTENCES
from ringcard.contacts.model import ChangedMeanwhile, ContactInvalid, NoSuchContact
from ringcard.ledger import LedgerClosed
from ringcard.pbx.connector import LinkDown, ServiceNotSupported, ServiceRefused
from ringcard.storage import (
    DatabaseCorrupt,
    DatabaseFull,
    DatabaseLocked,
    DatabaseNewer,
    DatabaseReadOnly,
    DatabaseRefused,
    DatabaseTooOld,
    DatabaseUnreachable,
)
from ringcard.web.problems import PROBLEMS, Refusal, refusal_of

SOURCE = Path(__file__).parents[3] / "src" / "ringcard"
DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "errors.md"


def test_every_problem_is_documented_with_its_status_and_nothing_else_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \| (.+) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: int(status) for name, status, _ in rows} == {name: kind.status for name, kind in PROBLEMS.items()}
    assert all(meaning.strip() for *_, meaning in rows)


RAISED = {
    "LogUnreadable": "call_log_unreadable",
    "CallImportInvalid": "call_import_invalid",
    "FileUnreadable": "import_unreadable",
    "DialRefused": "dial_refused",
    "NumberInvalid": "number_invalid",
    "TargetInvalid": "target_invalid",
}


def test_every_reason_that_is_given_is_documented() -> None:
    """Screens have words for those in the document (frontend/src/app/errors.test.ts)."""
    rows = re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {name: set(re.findall(r"\w+", reasons)) for name, reasons in rows}
    given: dict[str, set[str]] = {"import_unreadable": {"damaged"}}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in RAISED:
                continue
            for reason in node.args[1:]:
                if isinstance(reason, ast.Constant):
                    given.setdefault(RAISED[node.func.id], set()).add(str(reason.value))
    beginnings = {reason for reason, _ in BEGINNINGS.values()}
    given["call_log_unreadable"] |= beginnings
    # Why the process that reads a log ended is no answer to a request, and stands in the import itself.
    given["call_log_unreadable"] -= {"file_gone", "reader_ended"}
    del documented["settings_invalid"]  # below: they come from more places
    assert given == documented


PLACE_OF_REASON = {"Unfit": 1, "RewriteError": 1, "DeviceListError": 1, "SettingsUnfit": 1, "SettingsInvalid": 2}


def test_every_reason_against_a_setting_is_documented() -> None:
    given = {reason for _, reason in SENTENCES}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = PLACE_OF_REASON.get(node.func.id)
            if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                given.add(ast.literal_eval(node.args[place]))
    row = re.search(r"^\| `settings_invalid` \| (`.+`) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert row is not None
    assert given == set(re.findall(r"\w+", row[1]))


@pytest.mark.parametrize(
    ("error", "error_id"),
    [
        (Refusal("not_allowed", "no"), "not_allowed"),
        (ContactInvalid("name", "a contact needs a name"), "contact_invalid"),
        (NoSuchContact("there is no contact 7"), "no_such_contact"),
        (ChangedMeanwhile("version 2, not 1"), "changed_meanwhile"),
        (DatabaseUnreachable("no folder"), "storage_unavailable"),
        (DatabaseLocked("held"), "storage_locked"),
        (DatabaseFull("full"), "storage_full"),
        (DatabaseCorrupt("torn"), "storage_corrupt"),
        (DatabaseNewer("later"), "storage_newer"),
        (DatabaseRefused("password"), "storage_refused"),
        (DatabaseReadOnly("standby"), "storage_read_only"),
        (DatabaseTooOld("9.6"), "storage_too_old"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "invalid_request"),
        (RecursionError("maximum recursion depth exceeded"), "invalid_request"),
        (LedgerClosed("closed"), "ledger_unavailable"),
        (LinkDown("down"), "pbx_unreachable"),
        (ServiceRefused("Extension does not exist."), "pbx_refused"),
        (ServiceNotSupported(), "service_not_supported"),
        (NotFoundException(), "not_found"),
        (HTTPException(status_code=413), "too_large"),
        (TooManyRequestsException(), "invalid_request"),
        (HTTPException(status_code=500), "internal_error"),
        (ZeroDivisionError("a secret"), "internal_error"),
    ],
)
def test_every_error_has_its_problem(error: Exception, error_id: str) -> None:
    assert refusal_of(error).error_id == error_id


def test_our_own_faults_tell_nothing_of_themselves() -> None:
    assert "a secret" not in refusal_of(ZeroDivisionError("a secret")).detail


@pytest.mark.parametrize(
    "error", [DatabaseLocked("/home/ringcard/x.db is locked"), LedgerClosed("/home/ringcard/l.db")]
)
def test_where_the_data_lies_is_for_the_log_only(error: Exception) -> None:
    assert "/home" not in refusal_of(error).detail


def test_what_a_room_said_is_told() -> None:
    assert refusal_of(ServiceRefused("Extension does not exist.")).detail == "Extension does not exist."
