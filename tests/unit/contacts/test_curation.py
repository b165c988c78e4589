"""History, taking back, deleting, merging: on both databases."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.contacts.conftest import Clock
from tests.unit.contacts.test_contact_store import employ

from ringcard.contacts import duplicates
from ringcard.contacts.changes import Author, ChangeKind
from ringcard.contacts.curation import Curation, NoSuchChange
from ringcard.contacts.duplicates import Sameness
from ringcard.contacts.model import (
    Address,
    ChangedMeanwhile,
    Contact,
    ContactDraft,
    ContactInvalid,
    Email,
    Kind,
    NoSuchContact,
    Order,
    Phone,
)
from ringcard.contacts.store import ContactStore

ANNA = Author("e1", "Пётр")


def draft(name: str, *numbers: str, **facts: Any) -> ContactDraft:
    return ContactDraft(name=name, phones=tuple(Phone(None, number) for number in numbers), **facts)


@pytest.fixture
async def curation(store_engine: AsyncEngine, store: ContactStore, clock: Clock) -> Curation:
    await employ(store_engine, "e1", "Пётр")
    await employ(store_engine, "e2", "Ольга")
    return Curation(store_engine, store, clock=clock)


def said(contact: Contact) -> Contact:
    """A card without what every writing of it moves."""
    return replace(contact, version=0, updated_at=contact.created_at)


class TestHistory:
    async def test_every_writing_leaves_a_line(self, store: ContactStore, curation: Curation) -> None:
        anna = await store.create(draft("Anna", "+74959195557"), by=ANNA)
        await store.update(anna.contact_id, 1, draft("Anna B", "+74959195557", city="Тула"), by=ANNA)
        await store.update(anna.contact_id, 2, draft("Anna B", "+74959195557", city="Омск"))
        last, middle, first = await curation.history(anna.contact_id)
        assert [each.kind for each in (first, middle, last)] == ["created", "changed", "changed"]
        assert [(each.field, each.before, each.after) for each in middle.fields] == [
            ("name", "Anna", "Anna B"),
            ("city", None, "Тула"),
        ]
        assert [(each.field, each.before, each.after) for each in last.fields] == [("city", "Тула", "Омск")]
        assert middle.author == ANNA
        assert last.author is None

    async def test_a_change_that_was_refused_leaves_none(self, store: ContactStore, curation: Curation) -> None:
        anna = await store.create(draft("Anna"))
        with pytest.raises(ChangedMeanwhile):
            await store.update(anna.contact_id, 7, draft("Anna B"))
        assert len(await curation.history(anna.contact_id)) == 1

    async def test_a_change_is_taken_back(self, store: ContactStore, curation: Curation) -> None:
        before = await store.create(
            draft(
                "Anna",
                "+74959195557",
                emails=(Email("a@b.example"),),
                addresses=(Address(city="Тула"),),
                tags=("опт",),
                manager_id="e1",
                deputy_ids=("e2",),
                orders=(Order("1", total=Decimal("2.50")),),
            )
        )
        await store.update(
            before.contact_id, 1, draft("Olga", addresses=(), deputy_ids=(), orders=(), kind=Kind.ORGANISATION)
        )
        line = (await curation.history(before.contact_id))[0]
        restored = await curation.take_back(before.contact_id, line.change_id, by=ANNA)
        assert said(restored) == said(before)
        assert [each.kind for each in await curation.history(before.contact_id)] == ["changed", "changed", "created"]
        with pytest.raises(NoSuchChange):
            await curation.take_back(before.contact_id, line.change_id, by=ANNA)

    async def test_what_was_changed_again_since_is_not(self, store: ContactStore, curation: Curation) -> None:
        anna = await store.create(draft("Anna", city="Тула"))
        await store.update(anna.contact_id, 1, draft("Anna", city="Омск"))
        line = (await curation.history(anna.contact_id))[0]
        await store.update(anna.contact_id, 2, draft("Anna", city="Курск"))
        with pytest.raises(ChangedMeanwhile, match="city"):
            await curation.take_back(anna.contact_id, line.change_id, by=None)

    async def test_another_cards_change_is_none_of_this_one(self, store: ContactStore, curation: Curation) -> None:
        anna, olga = await store.create(draft("Anna")), await store.create(draft("Olga"))
        await store.update(olga.contact_id, 1, draft("Olga B"))
        line = (await curation.history(olga.contact_id))[0]
        with pytest.raises(NoSuchChange):
            await curation.take_back(anna.contact_id, line.change_id, by=None)


class TestDeleting:
    async def test_a_deleted_card_comes_back_whole(self, store: ContactStore, curation: Curation) -> None:
        anna = await store.create(
            draft("Anna", "+74959195557", external_id="7", manager_id="e1", deputy_ids=("e2",)), call_id="c1"
        )
        await store.add_note(anna.contact_id, "перезвонить", "Пётр")
        whole = await store.get(anna.contact_id)
        assert await curation.delete(anna.contact_id, 1, by=ANNA) == {"+74959195557"}
        with pytest.raises(NoSuchContact):
            await store.get(anna.contact_id)
        assert (await store.search(number="+74959195557")).items == ()
        assert (await store.search(q="anna")).items == ()
        assert await curation.restore(anna.contact_id, by=ANNA) == whole
        assert await store.calls_of(anna.contact_id) == {"c1"}
        assert [each.contact_id for each in (await store.search(q="anna")).items] == [anna.contact_id]
        with pytest.raises(NoSuchContact):
            await curation.restore(anna.contact_id, by=ANNA)

    async def test_one_that_was_changed_meanwhile_is_not_deleted(self, store: ContactStore, curation: Curation) -> None:
        anna = await store.create(draft("Anna"))
        with pytest.raises(ChangedMeanwhile):
            await curation.delete(anna.contact_id, 2, by=None)
        assert (await store.get(anna.contact_id)).version == 1

    async def test_one_whose_place_is_taken_says_so(self, store: ContactStore, curation: Curation) -> None:
        anna = await store.create(draft("Anna", external_id="7"))
        await curation.delete(anna.contact_id, 1, by=None)
        await store.create(draft("Anna", external_id="7"))
        with pytest.raises(ContactInvalid, match="external id"):
            await curation.restore(anna.contact_id, by=None)


class TestMerging:
    async def two(self, store: ContactStore) -> tuple[Contact, Contact]:
        kept = await store.create(
            draft("Anna", "+74959195557", city="Тула", tags=("опт",), orders=(Order("1"),), manager_id="e1")
        )
        other = await store.create(
            draft(
                "А. Иванова",
                "84959195557",
                "+79161234567",
                position="директор",
                city="Омск",
                emails=(Email("a@b.example"),),
                orders=(Order("1", status="старый"), Order("2")),
                manager_id="e2",
                external_id="7",
                vip=True,
            ),
            call_id="c9",
        )
        await store.add_note(other.contact_id, "её заметка", None)
        return kept, await store.get(other.contact_id)

    async def test_one_card_says_what_both_said(self, store: ContactStore, curation: Curation) -> None:
        kept, other = await self.two(store)
        one, _ = await curation.merge(kept.contact_id, 1, other.contact_id, 1, by=ANNA)
        assert (one.contact_id, one.name, one.city, one.position) == (kept.contact_id, "Anna", "Тула", "директор")
        assert [phone.number for phone in one.phones] == ["+74959195557", "+79161234567"]
        assert {order.number: order.status for order in one.orders} == {"1": None, "2": None}
        assert one.vip
        assert [each.employee_id for each in one.deputies] == ["e2"]
        assert [note.text for note in one.notes] == ["её заметка"]
        assert await store.calls_of(one.contact_id) == {"c9"}
        with pytest.raises(NoSuchContact):
            await store.get(other.contact_id)
        assert await curation.gone_into(other.contact_id) == kept.contact_id
        assert [each.contact_id for each in (await store.search(number="+79161234567")).items] == [kept.contact_id]

    async def test_two_of_one_again_are_as_they_were(self, store: ContactStore, curation: Curation) -> None:
        kept, other = await self.two(store)
        one, change_id = await curation.merge(kept.contact_id, 1, other.contact_id, 1, by=ANNA)
        await store.add_note(one.contact_id, "о новой", None)
        first, second = await curation.part(one.contact_id, change_id, by=ANNA)
        assert said(replace(first, notes=())) == said(kept)
        assert [note.text for note in first.notes] == ["о новой"]
        assert second == other
        assert await store.calls_of(other.contact_id) == {"c9"}
        assert await curation.gone_into(other.contact_id) is None
        assert [each.contact_id for each in (await store.search(number="+79161234567")).items] == [other.contact_id]
        with pytest.raises(NoSuchChange):
            await curation.part(one.contact_id, change_id, by=ANNA)

    async def test_a_card_changed_since_is_not_parted(self, store: ContactStore, curation: Curation) -> None:
        kept, other = await self.two(store)
        one, change_id = await curation.merge(kept.contact_id, 1, other.contact_id, 1, by=None)
        await store.update(one.contact_id, one.version, draft("Anna C"))
        with pytest.raises(ChangedMeanwhile):
            await curation.part(one.contact_id, change_id, by=None)

    async def test_a_card_does_not_go_into_itself(self, store: ContactStore, curation: Curation) -> None:
        anna = await store.create(draft("Anna"))
        with pytest.raises(ContactInvalid):
            await curation.merge(anna.contact_id, 1, anna.contact_id, 1, by=None)

    async def test_merges_in_a_row_lead_to_the_last(self, store: ContactStore, curation: Curation) -> None:
        one, two, three = [await store.create(draft(name)) for name in ("a", "b", "c")]
        await curation.merge(two.contact_id, 1, one.contact_id, 1, by=None)
        await curation.merge(three.contact_id, 1, two.contact_id, 2, by=None)
        assert await curation.gone_into(one.contact_id) == three.contact_id
        kinds = [each.kind for each in await curation.history(three.contact_id)]
        assert kinds == [ChangeKind.MERGED, ChangeKind.CREATED]

    async def test_the_people_of_an_organisation_go_with_it(self, store: ContactStore, curation: Curation) -> None:
        romashka = await store.create(draft("Ромашка", kind=Kind.ORGANISATION))
        double = await store.create(draft("ООО Ромашка", kind=Kind.ORGANISATION))
        anna = await store.create(draft("Anna", organisation_id=double.contact_id))
        _, change_id = await curation.merge(romashka.contact_id, 1, double.contact_id, 1, by=None)
        assert [each.name for each in await curation.people_of(romashka.contact_id)] == ["Anna"]
        await curation.part(romashka.contact_id, change_id, by=None)
        assert (await store.get(anna.contact_id)).organisation_id == double.contact_id


class TestOrganisations:
    @pytest.mark.parametrize("of", ["nobody", "person", "itself"])
    async def test_only_an_organisations_card_is_one(self, store: ContactStore, curation: Curation, of: str) -> None:
        person = await store.create(draft("Olga"))
        firm = await store.create(draft("Ромашка", kind=Kind.ORGANISATION))
        organisation_id = {"nobody": "x", "person": person.contact_id, "itself": firm.contact_id}[of]
        with pytest.raises(ContactInvalid, match="organisation"):
            await store.update(
                firm.contact_id, 1, draft("Ромашка", kind=Kind.ORGANISATION, organisation_id=organisation_id)
            )


class TestDuplicates:
    async def test_cards_with_one_number_or_address_are_found(
        self, store: ContactStore, store_engine: AsyncEngine
    ) -> None:
        a = await store.create(draft("a", "+74959195557", emails=(Email("X@b.example"),)))
        b = await store.create(draft("b", "8 495 919 55 57"))
        c = await store.create(draft("c", "+79161234567", emails=(Email("x@B.example"),)))
        await store.create(draft("d", "112", "+74950000000"))
        by_number = await duplicates.find(store_engine, Sameness.NUMBER)
        assert [(each.key, set(each.contact_ids)) for each in by_number] == [
            ("+74959195557", {a.contact_id, b.contact_id})
        ]
        by_email = await duplicates.find(store_engine, Sameness.EMAIL)
        assert [(each.key, set(each.contact_ids)) for each in by_email] == [
            ("x@b.example", {a.contact_id, c.contact_id})
        ]
        assert await duplicates.find(store_engine, Sameness.NUMBER, after="+74959195557") == []
