"""Rows by the thousand, on each database: what is written is what was given, however many there are."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.tables import contact_phones, contacts
from ringcard.storage import reading, writing
from ringcard.storage.bulk import FEW, among, put_rows
from ringcard.storage.schema import new_id, new_ids

NOW = datetime(2026, 11, 28, 12, 0, 0, 123_000, tzinfo=UTC)
COUNTS = (1, FEW, FEW + 1, 1_000)


def contact(place: int, **values: Any) -> dict[str, Any]:
    return {
        "contact_id": f"{place:026x}",
        "version": 1,
        "kind": "person",
        "name": f'O\'Нил "{place}"\t\\N, {{}}\n🌼',
        "tags": "[]",
        "vip": place % 2 == 0,
        "comment": None,
        "created_at": NOW,
        "updated_at": NOW,
    } | values


@pytest.mark.parametrize("count", COUNTS)
async def test_what_is_written_is_what_was_given(store_engine: AsyncEngine, count: int) -> None:
    rows = [contact(place) for place in range(count)]
    async with writing(store_engine) as connection:
        await put_rows(connection, contacts, rows)
        await put_rows(connection, contacts, [])
    async with reading(store_engine) as connection:
        columns = [contacts.c[name] for name in rows[0]]
        held = (await connection.execute(select(*columns).order_by(contacts.c.contact_id))).mappings().all()
    assert [dict(row) for row in held] == rows


@pytest.mark.parametrize("count", COUNTS)
async def test_a_key_that_is_taken_is_refused_or_left_out(store_engine: AsyncEngine, count: int) -> None:
    async with writing(store_engine) as connection:
        await put_rows(connection, contacts, [contact(0, name="first")])
    again = [contact(place) for place in range(count)]
    with pytest.raises(IntegrityError):
        async with writing(store_engine) as connection:
            await put_rows(connection, contacts, again)
    async with writing(store_engine) as connection:
        await put_rows(connection, contacts, again, unless_there=True)
    async with reading(store_engine) as connection:
        held = dict((await connection.execute(select(contacts.c.contact_id, contacts.c.name))).all())
    assert len(held) == count
    assert held[again[0]["contact_id"]] == "first"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\\N",
        "\\.",
        "\\",
        "\\t",
        "a\tb",
        "a\nb",
        "a\r\nb",
        "\r",
        "\v\f\b",
        "\u2028",
        '"',
        ",",
        "\ud7ff\U0010ffff",
        "\\\\n",
    ],
)
async def test_any_text_is_kept_as_it_is(store_engine: AsyncEngine, text: str) -> None:
    rows = [contact(place, name=text, comment=text if place else None) for place in range(FEW + 1)]
    async with writing(store_engine) as connection:
        await put_rows(connection, contacts, rows)
    async with reading(store_engine) as connection:
        found = await connection.execute(select(contacts.c.name, contacts.c.comment).order_by(contacts.c.contact_id))
        assert [tuple(row) for row in found] == [(row["name"], row["comment"]) for row in rows]


async def test_a_nul_costs_no_row(store_engine: AsyncEngine) -> None:
    async with writing(store_engine) as connection:
        await put_rows(connection, contacts, [contact(place, name=f"a\0b{place}") for place in range(FEW + 1)])
    async with reading(store_engine) as connection:
        names = (await connection.execute(select(contacts.c.name).order_by(contacts.c.contact_id))).scalars().all()
    assert len(names) == FEW + 1
    assert all(name.startswith("a") for name in names)


async def test_a_row_of_nothing_that_is_there_is_refused(store_engine: AsyncEngine) -> None:
    phones = [{"contact_id": "nobody", "place": place, "presented": "1"} for place in range(100)]
    with pytest.raises(IntegrityError):
        async with writing(store_engine) as connection:
            await put_rows(connection, contact_phones, phones)


async def test_thousands_are_asked_for_at_once(store_engine: AsyncEngine) -> None:
    async with writing(store_engine) as connection:
        await put_rows(connection, contacts, [contact(place, external_id=f"'{place}") for place in range(5_000)])
        await connection.execute(delete(contacts).where(among(connection, contacts.c.external_id, ["'1", "'2"])))
    wanted = [f"'{place}" for place in range(4_000)] + ["nobody"]
    async with reading(store_engine) as connection:
        query = select(contacts.c.external_id).where(among(connection, contacts.c.external_id, wanted))
        found = set((await connection.execute(query)).scalars())
        nobody = select(contacts.c.external_id).where(among(connection, contacts.c.external_id, []))
        assert (await connection.execute(nobody)).all() == []
    assert found == set(wanted) - {"'1", "'2", "nobody"}


async def test_any_text_may_be_asked_for_among_many(store_engine: AsyncEngine) -> None:
    odd = ['say "yes"', "back\\slash", '"', "\\", "{a,b}", "NULL", "", " ", "comma, and more", "ё", 'a","b']
    async with writing(store_engine) as connection:
        await put_rows(connection, contacts, [contact(place, external_id=text) for place, text in enumerate(odd)])
    async with reading(store_engine) as connection:
        for wanted in (odd, *([text] for text in odd)):
            query = select(contacts.c.external_id).where(among(connection, contacts.c.external_id, wanted))
            assert sorted((await connection.execute(query)).scalars()) == sorted(wanted)
        nobody = select(contacts.c.external_id).where(among(connection, contacts.c.external_id, ["a", "b", 'x"']))
        assert (await connection.execute(nobody)).all() == []


def test_new_ids_are_each_after_the_one_before_it() -> None:
    now = datetime(2026, 11, 19, 10, tzinfo=UTC)
    ids = new_ids(now, 1_000)
    assert ids == sorted(set(ids))
    assert len(ids) == 1_000
    assert {len(each) for each in ids} == {len(new_id(now))}
    assert {each[:12] for each in ids} == {new_id(now)[:12]}
    assert new_ids(now, 0) == []
