"""Merging cards of an import, and taking the import back: what stays, what goes, in whatever order it is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.contacts.import_stage import Stage

from ringcard.contacts.changes import Author, draft_of
from ringcard.contacts.curation import Curation, NoSuchChange
from ringcard.contacts.imports.model import ImportState
from ringcard.contacts.model import ChangedMeanwhile, ContactDraft, ContactInvalid, Phone
from ringcard.contacts.store import ContactStore


@pytest.fixture
def stage(store_engine: AsyncEngine, tmp_path: Path) -> Stage:
    return Stage(store_engine, tmp_path)


class TestMergesAndUndo:
    async def _merged(self, stage: Stage, store: ContactStore, kept: str, other: str) -> tuple[Curation, str, str]:
        """One card made of two, by hand. Returns whom to ask, the card's id and that of the change."""
        curation = Curation(stage.engine, store, clock=stage.time)
        found = {each.name: each for each in (await store.search()).items}
        one, two = found[kept], found[other]
        card, change_id = await curation.merge(one.contact_id, one.version, two.contact_id, two.version, by=None)
        return curation, card.contact_id, change_id

    TWO = "Код;Имя;Телефон\n1;Анна;84959195551\n2;Борис;84959195552\n"

    async def test_of_two_that_were_merged_neither_goes_and_the_one_is_listed(
        self, stage: Stage, store: ContactStore
    ) -> None:
        job = await stage.imported(self.TWO)
        curation, kept_id, change_id = await self._merged(stage, store, "Анна", "Борис")
        job = await stage.run(job, ImportState.UNDOING)
        assert job.undo is not None
        assert (job.undo.removed, job.undo.kept) == (0, 2)
        assert await stage.store.kept(job.import_id) == [(kept_id, "Анна")]
        both = await curation.part(kept_id, change_id, by=None)
        assert [each.name for each in both] == ["Анна", "Борис"]

    async def test_one_that_an_imported_card_went_into_keeps_what_it_got(
        self, stage: Stage, store: ContactStore
    ) -> None:
        own = await store.create(ContactDraft("Своя", phones=(Phone(None, "84959195559"),)))
        job = await stage.imported("Код;Имя;Телефон\n1;Анна;84959195551\n")
        curation, kept_id, change_id = await self._merged(stage, store, "Своя", "Анна")
        job = await stage.run(job, ImportState.UNDOING)
        assert job.undo is not None
        assert (kept_id, job.undo.removed, job.undo.kept) == (own.contact_id, 0, 1)
        assert await stage.store.kept(job.import_id) == [(own.contact_id, "Своя")]
        assert len((await store.get(own.contact_id)).phones) == 2
        await curation.part(kept_id, change_id, by=None)
        assert set(await stage.cards()) == {"Своя", "Анна"}

    async def test_those_that_were_merged_and_parted_count_as_untouched(
        self, stage: Stage, store: ContactStore
    ) -> None:
        await stage.imported("Код;Имя;Телефон\n1;Анна;84959195550\n")
        job = await stage.imported(self.TWO)
        curation, kept_id, change_id = await self._merged(stage, store, "Анна", "Борис")
        await curation.part(kept_id, change_id, by=None)
        job = await stage.run(job, ImportState.UNDOING)
        assert job.undo is not None
        assert (job.undo.removed, job.undo.restored, job.undo.kept) == (1, 1, 0)
        assert (await stage.card())["phones"] == [("+74959195550", "84959195550", None)]

    async def test_a_merge_can_be_parted_after_the_import_that_changed_it_was_taken_back(
        self, stage: Stage, store: ContactStore
    ) -> None:
        await stage.imported(self.TWO)
        curation, kept_id, change_id = await self._merged(stage, store, "Анна", "Борис")
        job = await stage.imported("Код;Имя;Город\n1;Анна;Казань\n")
        with pytest.raises(ChangedMeanwhile):
            await curation.part(kept_id, change_id, by=None)
        await stage.run(job, ImportState.UNDOING)
        both = await curation.part(kept_id, change_id, by=None)
        assert [(each.name, len(each.phones)) for each in both] == [("Анна", 1), ("Борис", 1)]

    async def test_a_row_of_a_card_that_went_into_another_is_told(self, stage: Stage, store: ContactStore) -> None:
        await stage.imported(self.TWO)
        found = {each.name: each.contact_id for each in (await store.search()).items}
        await self._merged(stage, store, "Анна", "Борис")
        job = await stage.imported(f"Ringcard ID;Имя\n{found['Борис']};Борис\n")
        assert stage.problems(job) == [(2, "", "card_merged")]
        assert set(await stage.cards()) == {"Анна"}

    async def test_a_deleted_card_that_an_import_made_again_is_not_brought_back_over_it(
        self, stage: Stage, store: ContactStore
    ) -> None:
        anna = await store.create(ContactDraft("Анна"))
        curation = Curation(stage.engine, store, clock=stage.time)
        await curation.delete(anna.contact_id, 1, by=None)
        await stage.imported(f"Ringcard ID;Имя\n{anna.contact_id};Анна\n")
        assert (await stage.card())["contact_id"] == anna.contact_id
        with pytest.raises(ContactInvalid, match="made this card again"):
            await curation.restore(anna.contact_id, by=None)


class TestHistory:
    async def test_it_tells_what_imports_did_and_nobody_else_is_blamed_for_it(
        self, stage: Stage, store: ContactStore
    ) -> None:
        curation = Curation(stage.engine, store, clock=stage.time)
        await stage.imported("Код;Имя;Телефон;Город\n1;Анна;84959195551;Тула\n", "first.csv")
        card = (await store.search()).items[0]
        await store.update(card.contact_id, 1, replace(draft_of(card), comment="дописано"), by=Author(None, "Пётр"))
        second = await stage.imported("Код;Имя;Город\n1;Анна;Казань\n", "second.csv")
        lines = await curation.history(card.contact_id)
        assert [(each.kind, each.author and each.author.name) for each in lines] == [
            ("imported", "second.csv"),
            ("changed", "Пётр"),
            ("imported", "first.csv"),
        ]
        told = [[(each.field, each.before, each.after) for each in line.fields] for line in lines]
        assert told == [[("city", "Тула", "Казань")], [("comment", None, "дописано")], []]
        with pytest.raises(NoSuchChange):
            await curation.take_back(card.contact_id, lines[0].change_id, by=None)
        await stage.run(second, ImportState.UNDOING)
        assert [each.kind for each in await curation.history(card.contact_id)] == ["changed", "imported"]
