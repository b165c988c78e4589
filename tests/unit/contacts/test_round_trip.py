"""A store written into a file and read into another one, on both databases: the same cards, linked in the same way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.contacts.import_stage import Stage, counts
from tests.unit.contacts.test_contact_store import employ

from ringcard.contacts.cards import CardReader
from ringcard.contacts.exports import selection, writers
from ringcard.contacts.fields import FieldKind, FieldSpec
from ringcard.contacts.imports.model import ImportState
from ringcard.contacts.model import (
    Address,
    ContactDraft,
    Email,
    Item,
    Kind,
    Order,
    Phone,
    contact_as_json,
)
from ringcard.contacts.store import ContactStore
from ringcard.contacts.tables import contacts
from ringcard.storage import writing

FIELDS = (
    FieldSpec("contract", "Договор"),
    FieldSpec("since", "Since", FieldKind.DATE),
    FieldSpec("debt", "Долг", FieldKind.YES_NO),
    FieldSpec("tier", "Tier", FieldKind.CHOICE, ("gold", "silver")),
)
HTML = "<script>alert(1)</script>'; DROP TABLE contacts; --"
FORMULA = "=cmd|'/c calc'!A1"

Write = Callable[..., AsyncIterator[bytes]]
FORMS: dict[str, tuple[Write, dict[str, Any]]] = {
    "csv": (writers.as_csv, {"language": "en", "with_orders": True}),
    "csv-ru": (writers.as_csv, {"language": "ru", "separator": ",", "with_orders": True}),
    "xlsx": (writers.as_xlsx, {"language": "ru", "with_orders": True}),
    "vcf-3": (writers.as_vcard, {"version": "3.0"}),
    "vcf-4": (writers.as_vcard, {"version": "4.0"}),
}


@pytest.fixture
def stage(store_engine: AsyncEngine, tmp_path: Path) -> Stage:
    return Stage(store_engine, tmp_path, fields=FIELDS)


@pytest.fixture(autouse=True)
async def _company(store: ContactStore, store_engine: AsyncEngine) -> None:
    """Cards that have everything; a person's organisation is made after the person is."""
    for employee_id, name in (("e1", "Пётр"), ("e2", "Ольга, зам"), ("e3", "=Ю; Я")):
        await employ(store_engine, employee_id, name)
    store.use_fields(FIELDS)
    anna = await store.create(
        ContactDraft(
            "Соколова Анна",
            organisation="ООО «Ромашка»",
            position="закупки, опт",
            phones=(
                Phone(None, "8 (495) 919-55-57", "рабочий; днём"),
                Phone(None, "+7 916 123-45-67"),
                Phone(None, "101"),
            ),
            emails=(Email("anna@romashka.example", "рабочая"), Email("=anna@home.example")),
            addresses=(
                Address("Тверская, 1; вход со двора", "Москва", None, "125009", "Россия", "офис"),
                Address("-", None, "Тульская обл."),
            ),
            manager_id="e1",
            deputy_ids=("e3", "e2"),
            segment="опт",
            tags=("доставка", "a; b", "нет"),
            vip=True,
            city="Москва",
            comment="первая\nвторая; и «третья»",
            custom={"contract": "ДГ-00117/24", "since": "2026-11-19", "debt": "no", "tier": "gold"},
            orders=(Order("1", items=(Item("Насос"), Item("Шланг, 5 м"))), Order("2", status="отгружен")),
        )
    )
    firm = await store.create(ContactDraft("ООО «Ромашка»", Kind.ORGANISATION, external_id="firm 7"))
    await store.update(anna.contact_id, 1, _with_link(anna.name, firm.contact_id))
    await store.create(ContactDraft(HTML, organisation=HTML, comment=HTML, tags=(HTML,), custom={"contract": HTML}))
    await store.create(ContactDraft(FORMULA, comment=FORMULA, addresses=(Address(FORMULA),), city="@SUM(A1)"))
    await store.create(
        ContactDraft("محمد علي", phones=(Phone(None, "+966 11 461 2345"),), emails=(Email("m@a.example"),))
    )
    await store.create(ContactDraft("only a name"))


def _with_link(name: str, organisation_id: str) -> ContactDraft:
    return ContactDraft(
        name,
        organisation="ООО «Ромашка»",
        organisation_id=organisation_id,
        position="закупки, опт",
        phones=(Phone(None, "8 (495) 919-55-57", "рабочий; днём"), Phone(None, "+7 916 123-45-67"), Phone(None, "101")),
        emails=(Email("anna@romashka.example", "рабочая"), Email("=anna@home.example")),
        manager_id="e1",
        segment="опт",
        tags=("доставка", "a; b", "нет"),
        vip=True,
        city="Москва",
        comment="первая\nвторая; и «третья»",
    )


async def cards(store: ContactStore, form: str) -> list[dict[str, Any]]:
    """Every card as the API tells it; without what no file has, and orders where the form has no place for them."""
    told = [contact_as_json(each) for each in (await store.search(limit=200)).items]
    for card in told:
        for moved in ("version", "created_at", "updated_at", *(("orders",) if form.startswith("vcf") else ())):
            del card[moved]
    return sorted(told, key=lambda card: str(card["contact_id"]))


def differing(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[tuple[str, str, Any, Any]]:
    """Card, field, before, after of what is not the same."""
    assert [card["contact_id"] for card in before] == [card["contact_id"] for card in after]
    return [
        (one["name"], name, one[name], other[name])
        for one, other in zip(before, after, strict=True)
        for name in one
        if one[name] != other[name]
    ]


async def written(engine: AsyncEngine, form: str) -> bytes:
    write, how = FORMS[form]
    return b"".join([piece async for piece in write(selection.everything(engine), fields=FIELDS, **how)])


@pytest.mark.parametrize("form", FORMS)
class TestRoundTrip:
    async def test_into_an_empty_store(
        self, stage: Stage, store: ContactStore, store_engine: AsyncEngine, form: str
    ) -> None:
        before, data = await cards(store, form), await written(store_engine, form)
        async with writing(store_engine) as connection:
            await connection.execute(delete(contacts))
        job = await stage.imported(data, f"all.{form[:3]}")
        assert stage.problems(job) == []
        assert (job.progress.counts.created, job.progress.counts.organisations_unknown) == (6, 0)
        assert differing(before, await cards(store, form)) == []
        assert await written(store_engine, form) == data

    async def test_into_the_store_it_comes_from(
        self, stage: Stage, store: ContactStore, store_engine: AsyncEngine, form: str
    ) -> None:
        before, data = await cards(store, form), await written(store_engine, form)
        job = await stage.imported(data, f"all.{form[:3]}")
        assert stage.problems(job) == []
        assert counts(job).keys() - {"orders"} == {"rows", "unchanged"}
        assert differing(before, await cards(store, form)) == []

    async def test_what_was_changed_since_is_as_in_the_file_and_comes_back_by_undo(
        self, stage: Stage, store: ContactStore, store_engine: AsyncEngine, form: str
    ) -> None:
        before, data = await cards(store, form), await written(store_engine, form)
        anna = (await store.search(q="соколова")).items[0]
        await store.update(
            anna.contact_id,
            anna.version,
            ContactDraft(
                "Anna",
                addresses=(),
                custom={"tier": "silver"},
                deputy_ids=("e1",),
                organisation_id="",
                orders=anna.orders,
            ),
        )
        changed = await cards(store, form)
        job = await stage.imported(data, f"all.{form[:3]}")
        assert job.progress.counts.updated == 1
        assert differing(before, await cards(store, form)) == []
        job = await stage.run(job, ImportState.UNDOING)
        assert job.undo is not None
        assert (job.undo.restored, job.undo.kept) == (1, 0)
        assert differing(changed, await cards(store, form)) == []

    async def test_a_dry_run_counts_the_same(self, stage: Stage, store_engine: AsyncEngine, form: str) -> None:
        data = await written(store_engine, form)
        async with writing(store_engine) as connection:
            await connection.execute(delete(contacts))
        job = await stage.run(await stage.sent(data, f"all.{form[:3]}"), ImportState.TRYING)
        assert job.trial is not None
        assert (job.trial.counts.created, job.trial.counts.failed, job.trial.counts.organisations_unknown) == (6, 0, 0)


async def test_in_an_export_nothing_runs(store_engine: AsyncEngine) -> None:
    for line in (await written(store_engine, "csv")).decode("utf-8-sig").splitlines():
        for cell in line.split(";"):
            assert not cell.strip('"').startswith(("=", "@", "-")), line


async def test_an_organisation_that_is_not_there_is_counted_and_its_name_kept(
    stage: Stage, store: ContactStore, cards: CardReader
) -> None:
    job = await stage.imported("Name;Organisation;Organisation ID;Phone\nBoris;Acme;nobody;+79161112233\n")
    assert counts(job) == {"rows": 1, "created": 1, "organisations_unknown": 1}
    boris = (await store.search(q="boris")).items[0]
    assert (boris.organisation, boris.organisation_id) == ("Acme", None)


async def test_people_are_linked_by_the_external_id_too(stage: Stage, store: ContactStore) -> None:
    await stage.imported("Name;Organisation ID;Phone\nBoris;firm 7;+79161112233\n")
    boris, firm = (await store.search(q="boris")).items[0], (await store.search(q="firm")).items
    assert firm == ()
    assert boris.organisation_id == next(
        each.contact_id for each in (await store.search()).items if each.kind is Kind.ORGANISATION
    )


class TestOthersVcards:
    async def test_what_they_do_not_say_stays(self, stage: Stage, store: ContactStore) -> None:
        before = contact_as_json((await store.search(q="соколова")).items[0])
        card = "BEGIN:VCARD\nVERSION:3.0\nFN:Соколова Анна\nTEL:+74959195557\nTITLE:директор\nEND:VCARD\n"
        job = await stage.imported(card, "phone.vcf")
        assert counts(job) == {"rows": 1, "updated": 1}
        after = contact_as_json((await store.search(q="соколова")).items[0])
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"version", "updated_at", "phones", "position"}


class TestFilesWithoutNames:
    """They change cards that are there: orders from a shop, a field from an accountant."""

    async def test_orders_with_items(self, stage: Stage, store: ContactStore) -> None:
        rows = (
            "Код клиента;Номер;Дата;Статус;Сумма;Валюта;Товар;Количество;Цена\n"
            "firm 7;1042;19.11.2026;отгружен;84300,50;RUB;Насос;2;4,10\n"
            "firm 7;1042;19.11.2026;отгружен;84300,50;RUB;Шланг;1,5;9\n"
            "8;1;19.11.2026;;;;;;\n"
            ";2;;;;;;;\n"
        )
        for again in (False, True):
            job = await stage.imported(rows, "orders.csv")
            assert stage.problems(job) == [(4, "", "no_such_card"), (5, "Код клиента", "key_missing")]
            assert job.progress.counts.orders == 1
            firm = next(each for each in (await store.search()).items if each.kind is Kind.ORGANISATION)
            assert firm.name == "ООО «Ромашка»"
            assert [(order.number, len(order.items)) for order in firm.orders] == [("1042", 2)]
            assert firm.version == 1, again

    async def test_own_fields(self, stage: Stage, store: ContactStore) -> None:
        job = await stage.imported(
            "Код;Договор;Since;Долг;Tier\nfirm 7;Б-5;19.11.2026;да;gold\nfirm 7;Б-5;вчера;;lead\n"
        )
        firm = next(each for each in (await store.search()).items if each.kind is Kind.ORGANISATION)
        assert firm.custom == {"contract": "Б-5", "since": "2026-11-19", "debt": "yes", "tier": "gold"}
        assert stage.problems(job) == [(3, "Since", "field_invalid"), (3, "Tier", "field_invalid")]
        await stage.imported("Код;Tier\nfirm 7;\n")
        firm = await store.get(firm.contact_id)
        assert firm.custom == {"contract": "Б-5", "since": "2026-11-19", "debt": "yes"}
