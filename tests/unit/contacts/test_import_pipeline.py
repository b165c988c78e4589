"""Importing, on both databases: what rows become, what is told of bad ones, doing it again, stopping, undoing."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.contacts.import_stage import PLAN, Stage, counts

from ringcard.contacts.imports.model import (
    Duplicates,
    FileTooLarge,
    ImportInWrongState,
    ImportState,
    MappingInvalid,
    NoSuchImport,
    PieceOutOfPlace,
)
from ringcard.contacts.imports.reading import FileUnreadable
from ringcard.contacts.imports.worker import work
from ringcard.contacts.tables import contact_notes, contacts
from ringcard.people.store import EmployeeStore
from ringcard.storage import writing

RUSSIAN = (
    "Код;ФИО;Организация;Должность;Телефон;Телефон 2;Почта;Сегмент;Теги;VIP;Город;Комментарий\n"
    "7;Соколова Анна;«Ромашка»;закупки;8 (495) 919-55-57 доб. 12;+7 916 123-45-67;anna@romashka.example;"
    "опт;доставка, срочно;да;Москва;перезвонить\n"
)


@pytest.fixture
def stage(store_engine: AsyncEngine, tmp_path: Path) -> Stage:
    return Stage(store_engine, tmp_path)


@pytest.fixture
async def sqlite_stage(sqlite_store_url: str, open_store: Callable[[str], AsyncEngine], tmp_path: Path) -> Stage:
    """Where the database makes no difference."""
    return Stage(open_store(sqlite_store_url), tmp_path)


class TestRows:
    async def test_a_row_becomes_a_card(self, stage: Stage) -> None:
        job = await stage.imported(RUSSIAN)
        assert (job.state, counts(job)) == (ImportState.DONE, {"rows": 1, "created": 1})
        card = await stage.card()
        assert card["name"] == "Соколова Анна"
        assert card["organisation"] == "«Ромашка»"
        assert card["phones"] == [
            ("+74959195557", "8 (495) 919-55-57", "доб. 12"),
            ("+79161234567", "+7 916 123-45-67", None),
        ]
        assert card["emails"] == [("anna@romashka.example", None)]
        assert card["tags"] == '["доставка", "срочно"]'
        assert card["vip"]
        assert (card["external_id"], card["comment"], card["version"]) == ("7", "перезвонить", 1)

    async def test_a_row_with_only_an_organisation_is_one(self, stage: Stage) -> None:
        await stage.imported("Компания;Телефон\nООО Ромашка;84959195557\n")
        card = await stage.card()
        assert (card["kind"], card["name"]) == ("organisation", "ООО Ромашка")

    async def test_names_in_parts_and_several_phones_in_a_cell(self, stage: Stage) -> None:
        await stage.imported('First Name,Last Name,Phone\nAnna,Sokolova,"+74959195557; 8 916 123-45-67"\n')
        card = await stage.card()
        assert card["name"] == "Sokolova Anna"
        assert [phone[0] for phone in card["phones"]] == ["+74959195557", "+79161234567"]

    async def test_unknown_columns_go_into_the_comment_and_ignored_ones_nowhere(self, stage: Stage) -> None:
        job = await stage.sent("Имя;Комментарий;День рождения;Рост\nАнна;звонить утром;1 мая;170\n")
        assert job.choices is not None
        await stage.run(await stage.choose(job, meanings=[*job.choices.meanings[:3], "ignore"]))
        assert (await stage.card())["comment"] == "звонить утром\nДень рождения: 1 мая"

    async def test_the_manager_is_found_by_name_or_goes_into_the_comment(self, stage: Stage) -> None:
        petr = await EmployeeStore(stage.engine).add("petr", "Пётр Иванов")
        job = await stage.imported("Имя;Менеджер\nАнна;ПЕТР ИВАНОВ\nБорис;Никто\n")
        cards = await stage.cards()
        assert cards["Анна"]["manager_id"] == petr.employee_id
        assert cards["Борис"]["comment"] == "Менеджер: Никто"
        assert counts(job) == {"rows": 2, "created": 2, "managers_unknown": 1}

    async def test_labels_belong_to_the_numbers_beside_them(self, stage: Stage) -> None:
        await stage.imported('Name,Phones,Phone labels\nAnna,"84959195557; 89161234567","work; ""mobile, own"""\n')
        assert [phone[2] for phone in (await stage.card())["phones"]] == ["work", "mobile, own"]

    async def test_orders_come_in_rows_that_differ_only_in_them(self, stage: Stage) -> None:
        rows = (
            "Код;Имя;Номер заказа;Дата заказа;Статус заказа;Сумма заказа;Валюта\n"
            "7;Анна;1041;02.11.2026;доставлен;1200;руб.\n"
            "7;Анна;1042;2026-11-19;отгружен;84 300,50 ₽;RUB\n"
            "8;Борис;;;;;\n"
        )
        job = await stage.imported(rows)
        assert counts(job) == {"rows": 3, "created": 2, "orders": 2}
        cards = await stage.cards()
        assert cards["Анна"]["orders"] == [("1041", "доставлен", "1200"), ("1042", "отгружен", "84300.50")]
        job = await stage.imported(rows.replace("отгружен", "доставлен"))
        assert counts(job) == {"rows": 3, "unchanged": 2, "orders": 2}
        cards = await stage.cards()
        assert (cards["Анна"]["orders"][1], cards["Анна"]["version"]) == (("1042", "доставлен", "84300.50"), 1)
        await stage.run(job, ImportState.UNDOING)
        assert (await stage.cards())["Анна"]["orders"][1] == ("1042", "отгружен", "84300.50")


class TestBadRows:
    @pytest.mark.parametrize(
        ("row", "column", "reason"),
        [
            (";;84959195557", "Имя", "name_missing"),
            ("1;Анна;телефон", "Телефон", "phone_invalid"),
            ("1;Анна;" + "8" * 65, "Телефон", "too_long"),
            ("1;Анна;" + ",".join(f"8495919{n:04d}" for n in range(500)), "Телефон", "too_many"),
            ("1;Анна;;nobody", "Почта", "email_invalid"),
            ("1;Анна;;;может быть", "VIP", "yes_or_no"),
            ("1;Анна;;;;робот", "Тип", "kind_unknown"),
            ("1;Анна;;;;;;;;;лишнее", "", "too_many_cells"),
            (f"1;{'А' * 301}", "Имя", "too_long"),
            ("1;Анна;;;;;1;много", "Сумма заказа", "amount_invalid"),
            ("1;Анна;;;;;1;1,200", "Сумма заказа", "amount_ambiguous"),
            ("1;Анна;;;;;;5", "Заказ", "order_without_number"),
            ("1;Анна;;;;;1;5;вчера", "Дата заказа", "date_invalid"),
            ("1;Анна;;;;;1;5;;тугрик", "Валюта", "currency_invalid"),
            ('1;"Анна', "", "quote_not_closed"),
        ],
    )
    async def test_one_is_told_with_its_row_column_and_reason_and_the_others_are_taken(
        self, sqlite_stage: Stage, row: str, column: str, reason: str
    ) -> None:
        header = "Код;Имя;Телефон;Почта;VIP;Тип;Заказ;Сумма заказа;Дата заказа;Валюта\n"
        job = await sqlite_stage.imported(f"{header}8;Борис\n{row}\n9;Вера\n")
        assert sqlite_stage.problems(job) == [(3, column, reason)]
        assert counts(job) == {"rows": 3, "created": 2, "failed": 1}
        assert set(await sqlite_stage.cards()) == {"Борис", "Вера"}

    async def test_all_that_is_wrong_with_a_row_is_told_with_its_cells(self, sqlite_stage: Stage) -> None:
        job = await sqlite_stage.imported("Name,Phone,E-mail\nAnna,letters,nobody\n")
        (rejected,) = sqlite_stage.importing.rejected(job)
        assert rejected.cells == ["Anna", "letters", "nobody"]
        assert [(problem.column, problem.value, problem.told("ru")) for problem in rejected.told()] == [
            ("Phone", "letters", "«letters» — не номер телефона."),
            ("E-mail", "nobody", "«nobody» — не адрес почты."),
        ]

    async def test_two_rows_of_one_contact_that_differ_are_not_both_taken(self, stage: Stage) -> None:
        rows = "Код;Имя\n1;Анна\n2;Борис\n1;Вера\n1;Анна\n"
        for batch in (1_000, 1):
            job = await stage.run(await stage.sent(rows), ImportState.TRYING, batch=batch)
            assert [problem[::2] for problem in stage.problems(job)] == [(4, "differs_from_row")]
        for batch in (1_000, 1):
            job = await stage.run(await stage.sent(rows), batch=batch)
            assert [problem[::2] for problem in stage.problems(job)] == [(4, "differs_from_row")]
            assert set(await stage.cards()) == {"Анна", "Борис"}
            await stage.run(job, ImportState.UNDOING)
            assert await stage.cards() == {}

    async def test_a_file_that_breaks_off_keeps_what_was_read(self, sqlite_stage: Stage) -> None:
        """A damaged workbook is found out only where it is damaged; the job says so and can be undone."""
        job = await sqlite_stage.sent("Код;Имя\n1;Анна\n")
        sqlite_stage.spool.file(job.import_id).unlink()
        job = await sqlite_stage.run(job)
        assert (job.state, job.problem) == (ImportState.FAILED, "The file cannot be read: No such file or directory.")


class TestDuplicates:
    async def test_the_same_file_twice_changes_nothing(self, stage: Stage) -> None:
        await stage.imported(RUSSIAN)
        before = await stage.card()
        assert counts(await stage.imported(RUSSIAN)) == {"rows": 1, "unchanged": 1}
        assert await stage.card() == before

    async def test_a_row_without_an_external_id_is_recognised_by_name_and_number(self, stage: Stage) -> None:
        rows = "Имя;Телефон\nАнна;84959195557\nБорис;84959195557\nВера;\n"
        assert counts(await stage.imported(rows)) == {"rows": 3, "created": 3}
        again = rows.replace("84959195557", "+7 495 919-55-57")
        assert counts(await stage.imported(again)) == {"rows": 3, "updated": 2, "unchanged": 1}
        assert len(await stage.cards()) == 3

    @pytest.mark.parametrize(
        ("duplicates", "expected"),
        [
            (Duplicates.SKIP, {"rows": 2, "created": 1, "skipped": 1}),
            (Duplicates.UPDATE, {"rows": 2, "created": 1, "updated": 1}),
            (Duplicates.CREATE, {"rows": 2, "created": 2}),
        ],
    )
    async def test_what_becomes_of_a_card_that_is_there_is_chosen(
        self, stage: Stage, duplicates: Duplicates, expected: dict[str, int]
    ) -> None:
        await stage.imported("Имя;Почта;Город\nАнна;A@romashka.example;Москва\n")
        rows = "Имя;Почта;Город\nАнна Петровна;a@Romashka.example;Казань\nБорис;b@romashka.example;\n"
        tried = await stage.run(
            await stage.choose(await stage.sent(rows), duplicates=duplicates, match_by=["email"]), ImportState.TRYING
        )
        assert tried.state is ImportState.READY
        assert tried.trial is not None
        ran = await stage.run(tried)
        assert counts(ran) == expected
        assert tried.trial.counts == ran.progress.counts
        assert ("Анна" in await stage.cards()) == (duplicates is not Duplicates.UPDATE)

    async def test_an_update_leaves_what_the_file_has_no_column_for(self, stage: Stage) -> None:
        await stage.imported(RUSSIAN)
        await stage.imported("Код;ФИО;Город\n7;Соколова Анна;Казань\n")
        card = await stage.card()
        assert (card["city"], card["comment"], len(card["phones"]), card["version"]) == (
            "Казань",
            "перезвонить",
            2,
            2,
        )

    async def test_a_row_that_fits_several_cards_is_told(self, stage: Stage) -> None:
        await stage.imported("Имя;Телефон\nАнна;84959195557\nБорис;84959195557\n")
        job = await stage.imported("Имя;Телефон\nВера;84959195557\nАнна;84959195557\n", match_by=["number"])
        assert stage.problems(job) == [(2, "", "several_matches"), (3, "", "differs_from_row")]

    async def test_another_external_id_is_another_card_whatever_they_share(self, stage: Stage) -> None:
        await stage.imported("Код;Имя;Телефон\n1;Анна;84959195557\n")
        job = await stage.imported("Код;Имя;Телефон\n2;Анна Б;84959195557\n", match_by=["external_id", "number"])
        assert counts(job) == {"rows": 1, "created": 1}

    async def test_an_external_id_that_is_taken_cannot_be_created_again(self, stage: Stage) -> None:
        await stage.imported("Код;Имя\n1;Анна\n")
        job = await stage.imported("Код;Имя\n1;Борис\n", duplicates=Duplicates.CREATE)
        assert stage.problems(job) == [(2, "", "external_id_taken")]


class TestUndo:
    async def test_what_was_created_goes_and_what_was_updated_says_again_what_it_said(self, stage: Stage) -> None:
        await stage.imported(RUSSIAN)
        before = await stage.card()
        job = await stage.imported(
            "Код;ФИО;Организация;Телефон;Почта;VIP;Город\n7;Анна С.;;;;нет;Казань\n8;Борис;;84959195557;;;\n"
        )
        assert counts(job) == {"rows": 2, "created": 1, "updated": 1}
        assert {"ana", "boris"} <= (searched := await stage.searched())
        assert "romashka" not in searched
        job = await stage.run(job, ImportState.UNDOING)
        assert "romashka" in (searched := await stage.searched())
        assert "boris" not in searched
        assert job.state is ImportState.UNDONE
        assert job.undo is not None
        assert (job.undo.removed, job.undo.restored, job.undo.kept) == (1, 1, 0)
        after = await stage.card()
        assert after | {"version": 1, "updated_at": before["updated_at"]} == before
        with pytest.raises(ImportInWrongState):
            await stage.run(job, ImportState.UNDOING)

    async def test_what_was_changed_since_or_has_notes_stays_and_is_listed(self, stage: Stage) -> None:
        job = await stage.imported("Код;Имя\n1;Анна\n2;Борис\n3;Вера\n4;Глеб\n")
        cards = await stage.cards()
        async with writing(stage.engine) as connection:
            await connection.execute(
                update(contacts).where(contacts.c.name == "Анна").values(version=2, comment="дописано")
            )
            await connection.execute(delete(contacts).where(contacts.c.name == "Вера"))
            await connection.execute(
                insert(contact_notes).values(
                    note_id="n", contact_id=cards["Борис"]["contact_id"], text="звонил", at=stage.time()
                )
            )
        job = await stage.run(job, ImportState.UNDOING)
        assert job.undo is not None
        assert (job.undo.removed, job.undo.kept) == (1, 2)
        assert set(await stage.cards()) == {"Анна", "Борис"}
        assert {name for _, name in await stage.store.kept(job.import_id)} == {"Анна", "Борис"}

    async def test_one_that_was_broken_off_goes_on(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ringcard.contacts.imports.undo.BATCH", 2)
        job = await stage.imported("Код;Имя\n" + "".join(f"{n};Анна {n}\n" for n in range(5)))
        job = await stage.run(job, ImportState.UNDOING, stopping=lambda: True)
        assert (job.state, len(await stage.cards())) == (ImportState.UNDOING, 3)
        job = await stage.run(job, ImportState.UNDOING)
        assert job.undo is not None
        assert (job.state, job.undo.removed, await stage.cards()) == (ImportState.UNDONE, 5, {})


class TestStoppingAndGoingOn:
    ROWS = "Код;Имя;Телефон\n" + "".join(f"{n};Анна {n};{'x' if n == 3 else ''}\n" for n in range(9))

    async def test_a_run_that_was_broken_off_goes_on_and_doubles_nothing(self, stage: Stage) -> None:
        """As after a kill: the state is still running, and rows beyond the last commit were only in memory."""
        job = await stage.run(await stage.sent(self.ROWS), batch=2, stopping=lambda: True)
        while job.state is ImportState.RUNNING:
            with stage.spool.problems(job.import_id, trial=False).open("ab") as file:
                file.write(b'[99,["of a batch that was never committed')
            before = job.records
            assert await stage.store.under_way() == [job.import_id]
            await work(stage.engine, stage.spool, PLAN, job.import_id, batch=2, stopping=lambda: True)
            job = await stage.store.get(job.import_id)
            assert job.records > before or job.state is ImportState.DONE
        assert counts(job) == {"rows": 9, "created": 8, "failed": 1}
        assert stage.problems(job) == [(5, "Телефон", "phone_invalid")]
        assert len(await stage.cards()) == 8

    async def test_somebody_stops_it_and_lets_it_go_on(self, stage: Stage) -> None:
        job = await stage.sent(self.ROWS)

        await stage.importing.begin(job.import_id, ImportState.RUNNING)
        await stage.importing.stop(job.import_id)
        await work(stage.engine, stage.spool, PLAN, job.import_id, batch=2)
        job = await stage.store.get(job.import_id)
        assert job.state is ImportState.CANCELLED
        assert (job.records, job.stop) == (2, False)
        job = await stage.run(job)
        assert (job.state, counts(job)) == (ImportState.DONE, {"rows": 9, "created": 8, "failed": 1})

    async def test_two_that_work_on_one_import_do_not_double_it(self, stage: Stage) -> None:
        job = await stage.sent(self.ROWS)
        await asyncio.gather(stage.run(job, batch=2), _ignoring_its_state(stage, job.import_id))
        job = await stage.store.get(job.import_id)
        assert len(await stage.cards()) == job.progress.counts.created


async def _ignoring_its_state(stage: Stage, import_id: int) -> None:
    for _ in range(3):
        await work(stage.engine, stage.spool, PLAN, import_id, batch=2)


class TestTheFile:
    async def test_it_comes_in_pieces_and_a_piece_may_come_twice(self, sqlite_stage: Stage) -> None:
        data = RUSSIAN.encode()
        job = await sqlite_stage.importing.create("a.csv", len(data), language="ru", employee_id=None)
        assert (await sqlite_stage.importing.put(job.import_id, 0, data[:100])).received == 100
        with pytest.raises(PieceOutOfPlace, match="only 100 bytes"):
            await sqlite_stage.importing.put(job.import_id, 200, data[200:])
        await sqlite_stage.importing.put(job.import_id, 0, data[:100])
        job = await sqlite_stage.importing.put(job.import_id, 100, data[100:])
        assert job.state is ImportState.READY
        with pytest.raises(ImportInWrongState, match="whole already"):
            await sqlite_stage.importing.put(job.import_id, 100, data[100:])

    async def test_one_that_is_too_large_is_refused(self, sqlite_stage: Stage) -> None:
        small = Stage(sqlite_stage.engine, sqlite_stage.folder, largest_file=10)
        with pytest.raises(FileTooLarge):
            await small.importing.create("a.csv", 11, language="ru", employee_id=None)
        job = await small.importing.create("a.csv", 10, language="ru", employee_id=None)
        with pytest.raises(ImportInWrongState, match="this is more"):
            await small.importing.put(job.import_id, 0, b"x" * 11)

    async def test_what_columns_were_taken_for_is_remembered(self, stage: Stage) -> None:
        job = await stage.sent("Имя;Дата рождения\nАнна;1 мая\n")
        await stage.choose(job, meanings=["name", "ignore"])
        job = await stage.sent("имя ;Дата  рождения\nБорис;2 мая\n")
        assert job.choices is not None
        assert job.choices.meanings == ("name", "ignore")

    @pytest.mark.parametrize(
        ("meanings", "problem"),
        [
            (["name"], "each of the 2"),
            (["name", "x"], "no meaning"),
            (["name", "name"], "only one"),
            (["city", "vip"], "name or"),
        ],
    )
    async def test_a_mapping_that_cannot_be_is_refused(
        self, sqlite_stage: Stage, meanings: list[str], problem: str
    ) -> None:
        job = await sqlite_stage.sent("Имя;Город\nАнна;Москва\n")
        with pytest.raises(MappingInvalid, match=problem):
            await sqlite_stage.choose(job, meanings=meanings)

    async def test_a_file_without_names_waits_for_its_mapping(self, sqlite_stage: Stage) -> None:
        job = await sqlite_stage.sent("Телефон;Ещё\n84959195557;Анна\n")
        with pytest.raises(MappingInvalid, match="name"):
            await sqlite_stage.importing.begin(job.import_id, ImportState.RUNNING)
        job = await sqlite_stage.run(await sqlite_stage.choose(job, meanings=["phones", "name"]))
        assert set(await sqlite_stage.cards()) == {"Анна"}

    async def test_it_is_read_otherwise_if_somebody_says_so(self, sqlite_stage: Stage) -> None:
        job = await sqlite_stage.sent("Имя!Город\nАнна!Москва\n")
        assert job.layout is not None
        job = await sqlite_stage.importing.look(job.import_id, replace(job.layout, separator="!"))
        assert job.header == ("Имя", "Город")
        preview = await sqlite_stage.importing.preview(job.import_id)
        assert [entry.draft and entry.draft.city for entry in preview.entries] == ["Москва"]

    async def test_one_that_cannot_be_read_is_refused_and_can_be_forgotten(self, sqlite_stage: Stage) -> None:
        with pytest.raises(FileUnreadable):
            await sqlite_stage.sent(b"\x7fELF\x00\x00\x00\x00\x00\x00")
        (job,) = await sqlite_stage.store.newest()
        await sqlite_stage.importing.forget(job.import_id)
        with pytest.raises(NoSuchImport):
            await sqlite_stage.store.get(job.import_id)
        assert not sqlite_stage.spool.file(job.import_id).exists()
