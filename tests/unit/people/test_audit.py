"""The audit trail, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.people.audit import Actor, Audit
from ringcard.storage import writing

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Time:
    def __init__(self) -> None:
        self.now = NINE

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def engine(store_engine: AsyncEngine) -> AsyncEngine:
    return store_engine


class TestAudit:
    ADAM = Actor("1", "Adam", "10.0.0.1")

    @pytest.fixture
    def audit(self, engine: AsyncEngine, time: Time) -> Audit:
        return Audit(engine, clock=time)

    async def test_it_says_who_what_when_and_from_where(self, audit: Audit) -> None:
        before, after = {"name": "Ann", "role": "employee"}, {"name": "Anna", "role": "employee"}
        await audit.note(
            "employee.changed", by=self.ADAM, kind="employee", key="7", name="Anna", before=before, after=after
        )
        (entry,) = (await audit.page()).items
        assert (entry.by, entry.at, entry.action) == (self.ADAM, NINE, "employee.changed")
        assert (entry.object_kind, entry.object_id, entry.object_name) == ("employee", "7", "Anna")
        assert (entry.before, entry.after) == ({"name": "Ann"}, {"name": "Anna"})

    async def test_it_keeps_no_secret(self, audit: Audit) -> None:
        after = {"password": "a", "mail": {"smtp_password": "b"}, "token_hash": "c", "sign_in_code": "4711", "port": 5}
        await audit.note("settings.changed", by=self.ADAM, after=after)
        (entry,) = (await audit.page()).items
        assert entry.after == {
            "password": "…",
            "mail": {"smtp_password": "…"},
            "token_hash": "…",
            "sign_in_code": "…",
            "port": 5,
        }

    async def test_it_is_found_by_who_what_and_when_page_by_page(self, audit: Audit, time: Time) -> None:
        for number in range(5):
            time.passes(minutes=1)
            await audit.note("contact.deleted", by=self.ADAM, kind="contact", key=str(number))
        time.passes(minutes=1)
        await audit.note("contacts.exported", by=Actor("2", "Eva"))
        first = await audit.page(limit=2, action="contact")
        second = await audit.page(limit=9, action="contact", before=first.next)
        assert [entry.object_id for entry in (*first.items, *second.items)] == ["4", "3", "2", "1", "0"]
        assert second.next is None
        assert [entry.action for entry in (await audit.page(employee_id="2")).items] == ["contacts.exported"]
        between = await audit.page(since=NINE + timedelta(minutes=2), until=NINE + timedelta(minutes=3))
        assert [entry.object_id for entry in between.items] == ["1"]
        assert [entry.object_id for entry in (await audit.page(kind="contact", key="3")).items] == ["3"]

    @pytest.mark.parametrize("statement", ["UPDATE audit_trail SET action = 'x'", "DELETE FROM audit_trail"])
    async def test_nothing_in_it_is_changed_or_removed(self, audit: Audit, engine: AsyncEngine, statement: str) -> None:
        await audit.note("employee.added", by=self.ADAM)
        with pytest.raises(DBAPIError, match="only ever added"):
            async with writing(engine) as connection:
                await connection.execute(text(statement))
        assert len((await audit.page()).items) == 1

    async def test_what_is_no_action_is_our_fault(self, audit: Audit) -> None:
        with pytest.raises(ValueError, match="no action"):
            await audit.note("Changed!", by=self.ADAM)
        bad: Callable[[], object] = lambda: None  # noqa: E731
        await audit.note("odd.things", by=self.ADAM, after={"what": bad, "many": ["x" * 5000]})
        assert (await audit.page()).items[0].after == {"too_long": ["many", "what"]}
