"""Files that do harm: a hundred thousand bad rows, a quote never closed, 500 numbers, pictures, wrong encodings."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.contacts.import_stage import Stage, counts

from ringcard.contacts.imports import reports
from ringcard.contacts.imports.model import ImportState
from ringcard.contacts.imports.reading import FileUnreadable, Flaw
from ringcard.contacts.model import MOST_PHONES

BAD_ROWS = 100_000
EVIL = "<img src=x onerror=alert(1)>'; DROP TABLE contacts; --"


@pytest.fixture
async def stage(sqlite_store_url: str, open_store: Callable[[str], AsyncEngine], tmp_path: Path) -> Stage:
    return Stage(open_store(sqlite_store_url), tmp_path)


async def test_a_hundred_thousand_bad_rows_are_each_told_and_the_good_one_is_taken(stage: Stage) -> None:
    rows = "".join(f"{n};Анна {n};x\n" for n in range(BAD_ROWS))
    job = await stage.sent(f"Код;Имя;Телефон\n{rows}good;Борис;84959195557\n".encode("cp1251"))
    tried = await stage.run(job, ImportState.TRYING)
    assert tried.trial is not None
    assert (tried.trial.counts.failed, tried.trial.counts.created) == (BAD_ROWS, 1)
    done = await stage.run(job)
    assert counts(done) == {"rows": BAD_ROWS + 1, "created": 1, "failed": BAD_ROWS}
    assert set(await stage.cards()) == {"Борис"}
    shown = list(stage.importing.rejected(done, most=200))
    assert (len(shown), shown[0].row, shown[0].cells) == (200, 2, ["0", "Анна 0", "x"])
    pieces = reports.errors(stage.importing.rejected(done), "ru")
    first = b"".join(islice(pieces, 2))
    assert first.decode("utf-8-sig").splitlines()[1] == "2,Телефон,x,phone_invalid,«x» — не номер телефона."
    assert first.count(b"\n") + sum(piece.count(b"\n") for piece in pieces) == BAD_ROWS + 1


async def test_a_quote_that_is_never_closed_costs_its_row(stage: Stage) -> None:
    rows = "".join(f"{n};{chr(34) if n == 1_500 else ''}Анна {n};8916{n:07}\n" for n in range(3_000))
    job = await stage.imported(f"Код;Имя;Телефон\n{rows}")
    assert stage.problems(job) == [(1_502, "", "quote_not_closed")]
    assert len(await stage.cards()) == 2_999


async def test_the_wrong_encoding_writes_nothing_unread(stage: Stage) -> None:
    rows = "Код;Имя\n" + "".join(f"{n};Счастливцев {n}\n" for n in range(50))
    job = await stage.sent(rows.encode("cp1251"))
    assert job.layout is not None
    assert job.layout.encoding == "cp1251"
    utf_8, utf_16 = (replace(job.layout, encoding=wrong) for wrong in ("utf-8", "utf-16"))
    await stage.importing.look(job.import_id, utf_8)
    preview = await stage.importing.preview(job.import_id)
    assert {record.flaw for record in preview.records} == {Flaw.NOT_IN_THIS_ENCODING}
    assert all(entry.draft is None for entry in preview.entries)
    with pytest.raises(FileUnreadable, match="not in this encoding: choose another"):
        await stage.importing.look(job.import_id, utf_16)


@pytest.mark.parametrize(
    "make",
    [
        lambda numbers: "Имя;Телефон\nАнна;" + ",".join(numbers) + "\nБорис;84959195557\n",
        lambda numbers: (
            "BEGIN:VCARD\nVERSION:3.0\nFN:Анна\n"
            + "".join(f"TEL:{number}\n" for number in numbers)
            + "END:VCARD\nBEGIN:VCARD\nVERSION:4.0\nFN:Борис\nTEL:+74959195557\nEND:VCARD\n"
        ),
    ],
    ids=["csv", "vcard"],
)
async def test_a_contact_with_500_numbers_is_told_and_the_next_is_taken(
    stage: Stage, make: Callable[[list[str]], str]
) -> None:
    numbers = [f"+7916{n:07}" for n in range(500)]
    job = await stage.imported(make(numbers))
    ((_, _, reason),) = stage.problems(job)
    assert reason == "too_many"
    assert set(await stage.cards()) == {"Борис"}
    job = await stage.imported(make(numbers[:MOST_PHONES]))
    assert stage.problems(job) == []
    assert len((await stage.cards())["Анна"]["phones"]) == MOST_PHONES


async def test_a_vcard_with_a_photo_of_20_mb_is_a_card_and_no_photo(stage: Stage) -> None:
    picture = "\n ".join(["A" * 75] * (20_000_000 // 75))
    card = f"BEGIN:VCARD\nVERSION:3.0\nFN:Анна\nPHOTO;ENCODING=b;TYPE=JPEG:{picture}\nTEL:84959195557\nEND:VCARD\n"
    job = await stage.imported(card, "phone.vcf")
    assert counts(job) == {"rows": 1, "created": 1}
    anna = await stage.card()
    assert (anna["comment"], anna["phones"][0][0]) == (None, "+74959195557")


async def test_markup_and_sql_in_every_column_are_text(stage: Stage) -> None:
    header = "Код;ФИО;Организация;Должность;Подписи телефонов;Телефон;Сегмент;Теги;Город;Комментарий;Адрес;Рост"
    quoted = f'"{EVIL}"'
    row = ";".join([quoted, quoted, quoted, quoted, f'"""{EVIL}"""', "101", *[quoted] * 2, *[quoted] * 4])
    job = await stage.imported(f"{header}\n{row}\n")
    assert stage.problems(job) == []
    card = await stage.card()
    for name in ("external_id", "name", "organisation", "position", "segment", "city"):
        assert card[name] == EVIL, name
    assert card["comment"] == f"{EVIL}\nРост: {EVIL}"
    assert card["phones"] == [(None, "101", EVIL)]
