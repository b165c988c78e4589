"""From a record to a contact that can be written, or to what is wrong with it, told by row, column and value.

Over 400 lines: every part of a card is one method here, and all of them read the same record. What becomes of rows that
belong together is in `entries`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from ringcard.contacts.fields import LONGEST_VALUE, FieldInvalid, FieldKind, FieldSpec, values_checked
from ringcard.contacts.imports import cells, vcard
from ringcard.contacts.imports.cells import CellInvalid, several, text
from ringcard.contacts.imports.columns import ADDRESS, CUSTOM, NAMED_COMMENT, NAMES, ORDER_MEANINGS
from ringcard.contacts.imports.entries import Entry, belong_together, merged
from ringcard.contacts.imports.problems import LONGEST_VALUE_TOLD, Problem, Reason
from ringcard.contacts.imports.reading import Record
from ringcard.contacts.model import (
    LONGEST_COMMENT,
    LONGEST_NAME,
    MOST_PHONES,
    Address,
    ContactDraft,
    ContactInvalid,
    Email,
    Item,
    Kind,
    Order,
    Phone,
    folded,
    is_email,
    order_checked,
)
from ringcard.contacts.search_index import document_of
from ringcard.numbers import LONGEST_TEXT, NumberingPlan, split_extension

Thing = TypeVar("Thing")

KINDS: Final = {
    **dict.fromkeys(("person", "человек", "физлицо", "физическое лицо", "контакт"), Kind.PERSON),
    **dict.fromkeys(
        ("organisation", "organization", "company", "организация", "компания", "юрлицо", "юридическое лицо"),
        Kind.ORGANISATION,
    ),
}

NAMES_IN_PARTS: Final = ("last_name", "first_name", "middle_name")

_LONGEST: Final = {
    **dict.fromkeys(("organisation", "position"), LONGEST_NAME),
    "segment": 100,
    "city": 200,
    "external_id": 200,
    "contact_id": 64,
    "organisation_id": 200,
}


class Drafter:
    """Makes contacts of records whose columns have these meanings.

    `managers` leads from an employee's folded name or login to the id. `with_documents` may be set at any time: then
    entries come with their documents, unless rows after theirs may add to them.
    """

    with_documents = False

    def __init__(
        self,
        header: Sequence[str],
        meanings: Sequence[str],
        plan: NumberingPlan,
        managers: Mapping[str, str] | None = None,
        fields: Sequence[FieldSpec] = (),
    ) -> None:
        self._header = header
        self._meanings = meanings
        self._nameless = NAMES.isdisjoint(meanings)
        self._fields = {CUSTOM + each.key: each for each in fields}
        self._custom = [(place, meaning) for place, meaning in enumerate(meanings) if meaning in self._fields]
        self._with_custom = bool(self._custom) or "own_fields" in meanings
        self._is_vcard = tuple(header) == tuple(vcard.COLUMNS)
        self._plan = plan
        self._managers = managers or {}
        self._places: dict[str, list[int]] = {}
        for place, meaning in enumerate(meanings):
            self._places.setdefault(meaning, []).append(place)
        self._in_parts = any(part in meanings for part in NAMES_IN_PARTS)
        self._with_orders = not ORDER_MEANINGS.isdisjoint(meanings)
        self._with_addresses = not ADDRESS.keys().isdisjoint(self._places)
        self._named = [(place, header[place]) for place in self._places.get(NAMED_COMMENT, ())]

    def entries(self, records: Iterator[Record]) -> Iterator[Entry]:
        """One entry for each contact; rows of one external id that stand together are one, with several orders."""
        if not self._with_orders:
            for through, record in enumerate(records, 1):
                yield self._entry(record, through, with_document=self.with_documents)
            return
        held: list[tuple[Entry, Order | None, int]] = []
        for through, record in enumerate(records, 1):
            order, problems = self._order(record)
            entry = self._entry(record, through, problems)
            if held and not belong_together(held[-1][0], entry):
                yield merged(held, self._column("order_number"))
                held = []
            held.append((entry, order, record.row))
        if held:
            yield merged(held, self._column("order_number"))

    def _entry(
        self, record: Record, through: int, order_problems: Sequence[Problem] = (), *, with_document: bool = False
    ) -> Entry:
        if record.flaw is not None:
            flaw = Problem(record.row, "", _told(" ".join(record.cells)), Reason(record.flaw.value))
            return Entry(record.row, through, None, None, (flaw,), bad_rows=1)
        problems = list(order_problems)
        remarks: list[str] = []
        draft = self._draft(record, problems, remarks)
        contact_id = self._text(record, "contact_id", problems)
        organisation_key = self._text(record, "organisation_id", problems)
        if problems or draft is None:
            return Entry(record.row, through, None, None, tuple(dict.fromkeys(problems)), bad_rows=1)
        if organisation_key is None and "organisation_id" in self._places:
            organisation_key = ""
        said: frozenset[str] | None = None
        if self._is_vcard and contact_id is None:
            # Others' cards have no place for most of ours: what they do not say, they do not deny.
            cells = zip(self._meanings, record.cells, strict=False)
            said = frozenset(meaning for meaning, cell in cells if text(cell) is not None)
        return Entry(
            record.row,
            through,
            draft,
            contact_id,
            (),
            tuple(remarks),
            organisation_key=organisation_key,
            said=said,
            must_exist=self._nameless,
            document=document_of(draft) if with_document else None,
        )

    def _draft(self, record: Record, problems: list[Problem], remarks: list[str]) -> ContactDraft | None:
        row, given = record.row, record.cells
        if len(given) > len(self._header) and any(map(text, given[len(self._header) :])):
            problems.append(
                Problem(row, "", _told(given[-1]), Reason.TOO_MANY_CELLS, f"{len(given)} > {len(self._header)}")
            )
            return None
        organisation = self._text(record, "organisation", problems)
        name = self._text(record, "name", problems)
        if name is None and self._in_parts:
            parts = (self._text(record, part, problems) for part in NAMES_IN_PARTS)
            name = " ".join(filter(None, parts)) or None
        if name is not None and len(name) > LONGEST_NAME:
            problems.append(Problem(row, self._name_column(), _told(name), Reason.TOO_LONG, str(LONGEST_NAME)))
        external_id = self._text(record, "external_id", problems)
        key = external_id or self._text(record, "contact_id", problems)
        if self._nameless:
            if key is None:
                problems.append(Problem(row, self._column("external_id"), "", Reason.KEY_MISSING))
        elif name is None and organisation is None:
            problems.append(Problem(row, self._name_column(), "", Reason.NAME_MISSING))
        kind = Kind.PERSON if name else Kind.ORGANISATION
        written = self._text(record, "kind", problems)
        if written is not None:
            found = KINDS.get(folded(written))
            if found is None:
                problems.append(Problem(row, self._column("kind"), _told(written), Reason.KIND_UNKNOWN))
            else:
                kind = found
        vip = False
        if place := self._places.get("vip"):
            cell = given[place[0]] if place[0] < len(given) else ""
            try:
                vip = cells.yes(cell)
            except CellInvalid as error:
                problems.append(Problem(row, self._header[place[0]], _told(cell), error.reason))
        phones = self._phones(record, problems)
        emails = self._emails(record, problems)
        tags = tuple([tag for place in self._places.get("tags", ()) for tag, _ in several(_cell(given, place))])
        manager = self._text(record, "manager", problems)
        manager_id = None if manager is None else self._managers.get(folded(manager))
        unknown: list[tuple[str, str]] = []
        if manager is not None and manager_id is None:
            unknown.append(("manager", manager))
        deputies: list[str] = []
        for column in self._places.get("deputies", ()):
            for said, _ in several(_cell(given, column)):
                if (deputy := self._managers.get(folded(said))) is None:
                    unknown.append(("deputies", said))
                else:
                    deputies.append(deputy)
        remarks += [name for _, name in unknown]
        custom, strangers = self._own_fields(record, problems)
        comment = self._comment(record, [(self._column(what), name) for what, name in unknown] + strangers, problems)
        segment, city = self._text(record, "segment", problems), self._text(record, "city", problems)
        position = self._text(record, "position", problems)
        if problems:
            return None
        draft = ContactDraft(
            name=name or organisation or (key if self._nameless else None) or "",
            kind=kind,
            organisation=organisation,
            position=position,
            phones=phones,
            emails=emails,
            addresses=self._addresses(record) if self._with_addresses else None,
            manager_id=manager_id,
            deputy_ids=tuple(deputies) if "deputies" in self._places else None,
            segment=segment,
            tags=tags,
            vip=vip,
            city=city,
            comment=comment,
            custom=custom,
            external_id=external_id,
        )
        try:
            draft = draft.checked(self._plan, self._fields.values())
        except ContactInvalid as error:
            problems.append(Problem(row, error.field, "", Reason.CONTACT_INVALID, error.problem))
            return None
        if draft.external_id is None and not draft.phones and not draft.emails and key is None:
            # Nothing to recognise it by the next time: its own name has to do.
            return replace(draft, external_id=_key_of(draft))
        return draft

    def _text(self, record: Record, meaning: str, problems: list[Problem]) -> str | None:
        """The first filled cell of this meaning."""
        places, given = self._places.get(meaning), record.cells
        if places is None:
            return None
        for place in places:
            if place < len(given) and (written := text(given[place])) is not None:
                longest = _LONGEST.get(meaning)
                if longest is None or len(written) <= longest:
                    return written
                problems.append(Problem(record.row, self._header[place], _told(written), Reason.TOO_LONG, str(longest)))
                return None
        return None

    def _phones(self, record: Record, problems: list[Problem]) -> tuple[Phone, ...]:
        phones: list[Phone] = []
        for nth, place in enumerate(self._places.get("phones", ())):
            if place >= len(record.cells):
                continue
            labels = self._labels(record, "phone_labels", nth)
            for at, (written, verbatim) in enumerate(several(record.cells[place])):
                number, extension = (written, None) if verbatim else split_extension(written)
                said = labels[at] if at < len(labels) else (labels[0] if len(labels) == 1 else "")
                label = ", ".join(filter(None, (said, f"доб. {extension}" if extension else ""))) or None
                # The text's length aside, `checked` refuses only what has no digit at all.
                if not any(map(str.isdigit, number)) and self._plan.parse(number) is None:
                    problems.append(Problem(record.row, self._header[place], _told(written), Reason.PHONE_INVALID))
                elif len(number) > LONGEST_TEXT or len(label or "") > 100:
                    longest = str(LONGEST_TEXT if len(number) > LONGEST_TEXT else 100)
                    problems.append(Problem(record.row, self._header[place], _told(written), Reason.TOO_LONG, longest))
                else:
                    phones.append(Phone(None, number, label))
        if len(phones) > MOST_PHONES:
            problems.append(
                Problem(record.row, self._column("phones"), str(len(phones)), Reason.TOO_MANY, str(MOST_PHONES))
            )
        return tuple(phones)

    def _emails(self, record: Record, problems: list[Problem]) -> tuple[Email, ...]:
        emails: list[Email] = []
        for nth, place in enumerate(self._places.get("emails", ())):
            if place >= len(record.cells):
                continue
            labels = self._labels(record, "email_labels", nth)
            for at, (written, _) in enumerate(several(record.cells[place])):
                label = labels[at] if at < len(labels) else (labels[0] if len(labels) == 1 else "")
                if not is_email(written):
                    problems.append(Problem(record.row, self._header[place], _told(written), Reason.EMAIL_INVALID))
                elif len(label) > 100:
                    problems.append(Problem(record.row, self._header[place], _told(label), Reason.TOO_LONG, "100"))
                else:
                    emails.append(Email(written, label or None))
        return tuple(emails)

    def _labels(self, record: Record, meaning: str, nth: int) -> list[str]:
        """The labels of the nth column of phones or e-mails: a column of labels belongs to the one in its place."""
        places = self._places.get(meaning)
        if places is None or nth >= len(places) or places[nth] >= len(record.cells):
            return []
        return [label for label, _ in several(record.cells[places[nth]])]

    def _addresses(self, record: Record) -> tuple[Address, ...]:
        """Each nth column of every part holds the same addresses, in the same order."""
        addresses: list[Address] = []
        for nth in range(max(len(self._places.get(meaning, ())) for meaning in ADDRESS)):
            parts: dict[str, list[str]] = {}
            for meaning, part in ADDRESS.items():
                places = self._places.get(meaning, ())
                if nth < len(places):
                    parts[part] = cells.one_or_several(_cell(record.cells, places[nth]))
            addresses += [
                Address(**{part: values[at] or None for part, values in parts.items() if at < len(values)})
                for at in range(max(map(len, parts.values()), default=0))
            ]
        return tuple(addresses)

    def _own_fields(
        self, record: Record, problems: list[Problem]
    ) -> tuple[dict[str, str] | None, list[tuple[str, str]]]:
        """The company's own fields of a row, and what it says of fields that there are not."""
        if not self._with_custom:
            return None, []
        values: dict[str, str] = {}
        strangers: list[tuple[str, str]] = []
        given = [(place, meaning, text(_cell(record.cells, place))) for place, meaning in self._custom]
        for place in self._places.get("own_fields", ()):
            for each, _ in several(_cell(record.cells, place)):
                name, _, said = each.partition("=")
                if CUSTOM + name.strip() in self._fields:
                    given.append((place, CUSTOM + name.strip(), said.strip() or None))
                else:
                    strangers.append((name, said))
        for place, meaning, value in given:
            if value is None:
                continue
            spec = self._fields[meaning]
            try:
                values |= values_checked({spec.key: _usual(spec, value)}, [spec])
            except (FieldInvalid, CellInvalid):
                takes = ", ".join(spec.choices) or _TAKES[spec.kind]
                problems.append(Problem(record.row, self._header[place], _told(value), Reason.FIELD_INVALID, takes))
        return values, strangers

    def _comment(self, record: Record, more: Sequence[tuple[str, str]], problems: list[Problem]) -> str | None:
        if not more and not self._named and "comment" not in self._places:
            return None
        given = record.cells
        lines = [line for place in self._places.get("comment", ()) if (line := text(_cell(given, place))) is not None]
        lines += [f"{name}: {said}" for name, said in more]
        for place, name in self._named:
            if place < len(given) and (said := text(given[place])) is not None:
                lines.append(f"{name}: {said}")
        comment = "\n".join(lines)
        if len(comment) > LONGEST_COMMENT:
            problems.append(
                Problem(record.row, self._column("comment"), _told(comment), Reason.TOO_LONG, str(LONGEST_COMMENT))
            )
        return comment or None

    def _order(self, record: Record) -> tuple[Order | None, list[Problem]]:
        problems: list[Problem] = []
        if record.flaw is not None:
            return None, problems

        number, item = self._read(record, "order_number", text, problems), self._read(record, "item", text, problems)
        total = self._read(record, "order_total", cells.amount, problems)
        if number is None:
            if item is not None or total is not None:
                problems.append(Problem(record.row, self._column("order_number"), "", Reason.ORDER_WITHOUT_NUMBER))
            return None, problems
        quantity = self._read(record, "quantity", cells.amount, problems)
        price = self._read(record, "price", cells.amount, problems)
        order = Order(
            number=number,
            date=self._read(record, "order_date", cells.day, problems),
            status=self._read(record, "order_status", text, problems),
            total=total,
            currency=self._read(record, "order_currency", cells.currency, problems),
            items=() if item is None else (Item(item, quantity, price),),
        )
        if problems:
            return None, problems
        try:
            return order_checked(order), problems
        except ContactInvalid as error:
            problems.append(
                Problem(record.row, self._column("order_number"), "", Reason.CONTACT_INVALID, error.problem)
            )
            return None, problems

    def _read(
        self, record: Record, meaning: str, how: Callable[[str], Thing | None], problems: list[Problem]
    ) -> Thing | None:
        place = next(iter(self._places.get(meaning, ())), None)
        if place is None:
            return None
        cell = _cell(record.cells, place)
        try:
            return how(cell)
        except CellInvalid as error:
            problems.append(Problem(record.row, self._header[place], _told(cell.strip()), error.reason, error.detail))
            return None

    def _name_column(self) -> str:
        named = map(self._column, ("name", "last_name", "first_name", "organisation"))
        return next(filter(None, named), "")

    def _column(self, meaning: str) -> str:
        places = self._places.get(meaning)
        return self._header[places[0]] if places else ""


_TAKES: Final = {
    FieldKind.TEXT: f"≤ {LONGEST_VALUE}",
    FieldKind.NUMBER: "12.5",
    FieldKind.DATE: "2026-11-23",
    FieldKind.CHOICE: "",
    FieldKind.YES_NO: "yes, no",
    FieldKind.URL: "https://…",
}


def _usual(spec: FieldSpec, value: str) -> str:
    """A value as people write it, as the field keeps it. Raises `CellInvalid`."""
    if spec.kind is FieldKind.YES_NO:
        return "yes" if cells.yes(value) else "no"
    if spec.kind is FieldKind.DATE:
        day = cells.day(value)
        return value if day is None else day.isoformat()
    return value


def _cell(given: Sequence[str], place: int) -> str:
    return given[place] if place < len(given) else ""


def _told(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE_TOLD else value[: LONGEST_VALUE_TOLD - 1] + "…"


def _key_of(draft: ContactDraft) -> str:
    said = [folded(draft.name), folded(draft.organisation or "")]
    return "name:" + hashlib.sha256("\n".join(said).encode()).hexdigest()[:24]
