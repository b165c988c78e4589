"""The company's own fields of a card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.contacts.test_curation import draft

from ringcard.contacts.fields import FieldInvalid, FieldKind, FieldSpec, fields_checked, values_checked
from ringcard.contacts.model import ContactInvalid
from ringcard.contacts.store import ContactStore

SPECS = (
    FieldSpec("contract", "Contract"),
    FieldSpec("debt", "Debt", FieldKind.NUMBER),
    FieldSpec("since", "Since", FieldKind.DATE),
    FieldSpec("tier", "Tier", FieldKind.CHOICE, ("gold", "silver")),
    FieldSpec("paid", "Paid", FieldKind.YES_NO),
    FieldSpec("site", "Site", FieldKind.URL),
)


@pytest.mark.parametrize(
    ("key", "text", "kept"),
    [
        ("contract", "  A-17 ", "A-17"),
        ("debt", "1 200,50", "1200.50"),
        ("debt", "1E+3", "1000"),
        ("since", "2026-11-23", "2026-11-23"),
        ("tier", "gold", "gold"),
        ("paid", "no", "no"),
        ("site", "https://romashka.example/a?b=c", "https://romashka.example/a?b=c"),
    ],
)
def test_what_fits_is_kept_tidied(key: str, text: str, kept: str) -> None:
    assert values_checked({key: text}, SPECS) == {key: kept}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("contract", "x" * 2_001),
        ("debt", "много"),
        ("debt", "NaN"),
        ("debt", "1E+999999999"),
        ("since", "23.11.2026"),
        ("tier", "bronze"),
        ("paid", "maybe"),
        ("site", "javascript:alert(1)"),
        ("site", "data:text/html,x"),
        ("nothing", "x"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_key(key: str, text: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        values_checked({key: text}, SPECS)
    assert refused.value.key == key


def test_an_emptied_field_is_gone() -> None:
    assert values_checked({"contract": " "}, SPECS) == {}


def test_a_field_that_is_no_longer_declared_stays_as_it_is() -> None:
    assert values_checked({"old": "x"}, SPECS, {"old": "x"}) == {"old": "x"}
    with pytest.raises(FieldInvalid):
        values_checked({"old": "y"}, SPECS, {"old": "x"})


@given(st.sampled_from(SPECS), st.text(max_size=100))
def test_no_text_does_anything_else(spec: FieldSpec, text: str) -> None:
    try:
        kept = values_checked({spec.key: text}, SPECS)
    except FieldInvalid:
        return
    assert values_checked(kept, SPECS) == kept


@pytest.mark.parametrize(
    "spec",
    [
        FieldSpec("Contract", "x"),
        FieldSpec("", "x"),
        FieldSpec("a", " "),
        FieldSpec("a", "x", FieldKind.CHOICE),
        FieldSpec("a", "x", FieldKind.TEXT, ("b",)),
    ],
)
def test_a_field_that_cannot_be_meant_is_refused(spec: FieldSpec) -> None:
    with pytest.raises(ValueError, match="field"):
        fields_checked([spec])


def test_two_fields_with_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="two fields"):
        fields_checked([FieldSpec("a", "A"), FieldSpec("a", "B")])


async def test_a_card_keeps_them(store: ContactStore) -> None:
    store.use_fields(SPECS)
    contact = await store.create(draft("Anna", custom={"contract": "A-17", "tier": "gold"}))
    assert (await store.get(contact.contact_id)).custom == {"contract": "A-17", "tier": "gold"}
    with pytest.raises(ContactInvalid, match=r"custom\.tier"):
        await store.update(contact.contact_id, 1, draft("Anna", custom={"tier": "lead"}))


async def test_whoever_does_not_know_them_does_not_lose_them(store: ContactStore) -> None:
    store.use_fields(SPECS)
    contact = await store.create(draft("Anna", custom={"contract": "A-17"}))
    changed = await store.update(contact.contact_id, 1, draft("Anna B"))
    assert changed.custom == {"contract": "A-17"}
