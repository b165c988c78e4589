"""Contacts and orders out of CSV files, again and again: a row is recognised by its external id.

A row that cannot be taken is told with its line and what to do, and the others are taken. Nothing is lost: columns
that are not known go into the comment. The names of the columns are documented in docs/howto/import-contacts.md, and a
test holds the two equal.

Over 400 lines: what becomes of a row is told in one place, from its cells to the store.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from ringcard.contacts.bulk import Written, put_contacts, put_orders
from ringcard.contacts.csv_table import (
    CellInvalid,
    Row,
    Table,
    TableUnreadable,
    amount,
    currency,
    day,
    open_table,
    several,
    text,
    yes,
)
from ringcard.contacts.model import ContactDraft, ContactInvalid, Email, Item, Kind, Order, Phone, folded, order_checked
from ringcard.numbers import NumberingPlan, split_extension

BATCH = 500

Thing = TypeVar("Thing")

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "external_id": ("id", "external id", "contact id", "код", "внешний код", "код клиента"),
    "name": ("name", "full name", "contact", "имя контакта", "фио", "контакт", "клиент", "наименование"),
    "last_name": ("last name", "surname", "фамилия"),
    "first_name": ("first name", "имя"),
    "middle_name": ("middle name", "отчество"),
    "kind": ("kind", "type", "тип", "вид"),
    "organisation": ("organisation", "organization", "company", "организация", "компания"),
    "position": ("position", "job title", "должность"),
    "phones": ("phone", "phones", "mobile", "telephone", "телефон", "телефоны", "мобильный", "рабочий телефон"),
    "emails": ("email", "e-mail", "emails", "почта", "эл. почта", "электронная почта"),
    "manager": ("manager", "менеджер", "ответственный", "персональный менеджер"),
    "segment": ("segment", "сегмент", "категория"),
    "tags": ("tags", "labels", "теги", "метки"),
    "vip": ("vip", "вип"),
    "city": ("city", "город"),
    "comment": ("comment", "notes", "комментарий", "примечание"),
    "order_number": ("order", "order number", "заказ", "номер заказа"),
    "order_date": ("order date", "дата заказа"),
    "order_status": ("order status", "статус заказа"),
    "order_total": ("order total", "сумма заказа"),
    "order_currency": ("order currency", "currency", "валюта", "валюта заказа"),
    "item": ("item", "product", "товар"),
    "quantity": ("quantity", "количество"),
    "price": ("price", "цена"),
}
"""What a column is called in a file, in any case; a number at the end (`Телефон 2`) makes one more of the same."""

ORDER_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "external_id": COLUMNS["external_id"],
    "order_number": (*COLUMNS["order_number"], "number", "номер"),
    "order_date": (*COLUMNS["order_date"], "date", "дата"),
    "order_status": (*COLUMNS["order_status"], "status", "статус"),
    "order_total": (*COLUMNS["order_total"], "total", "сумма"),
    "order_currency": COLUMNS["order_currency"],
    "item": COLUMNS["item"],
    "quantity": COLUMNS["quantity"],
    "price": COLUMNS["price"],
}
"""The columns of a file of orders only."""

KINDS: Final = {
    **dict.fromkeys(("person", "человек", "физлицо", "физическое лицо", "контакт"), Kind.PERSON),
    **dict.fromkeys(
        ("organisation", "organization", "company", "организация", "компания", "юрлицо", "юридическое лицо"),
        Kind.ORGANISATION,
    ),
}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that was not taken: its line in the file, what is wrong and what to do, and its cells."""

    line: int
    problem: str
    cells: tuple[str, ...]


@dataclass(slots=True)
class ImportReport:
    """What became of a file. `unknown_columns` went into the comment; `remarks` are about rows that were taken."""

    encoding: str
    separator: str
    header: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    rows: int = 0
    orders: int = 0
    written: Written = field(default_factory=Written)
    problems: list[RowProblem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Taken:
    rows: tuple[Row, ...]
    draft: ContactDraft
    orders: tuple[Order, ...]


async def import_contacts(
    engine: AsyncEngine,
    path: Path,
    plan: NumberingPlan,
    now: datetime,
    *,
    managers: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Create and update contacts from a file, `BATCH` rows a transaction; orders too, if it has columns for them.

    `managers` leads from an employee's folded name or login to the id; `progress` is told the rows done. Rows without
    an external id are recognised by name, phones and e-mails together.

    Raises `TableUnreadable`, `StorageError`.
    """
    table, meanings, report = _opened(path, COLUMNS)
    if not {"name", "last_name", "first_name", "organisation"} & {*meanings.values()}:
        raise TableUnreadable(f"{path.name} has no column for the name: call one Name (or Имя, ФИО, Организация)")
    reader = _ContactReader(plan, table.header, meanings, managers or {}, report)
    for batch in _batched(reader.taken(table.rows)):
        report.written += await _write(engine, batch, now, report)
        if progress is not None:
            progress(report.rows)
    return report


async def import_orders(
    engine: AsyncEngine, path: Path, *, progress: Callable[[int], None] | None = None
) -> ImportReport:
    """Add orders to contacts that have an external id, or replace those with the same number.

    Rows of one order that stand together are its items.

    Raises `TableUnreadable`, `StorageError`.
    """
    table, meanings, report = _opened(path, ORDER_COLUMNS)
    missing = {"external_id", "order_number"} - {*meanings.values()}
    if missing:
        wanted = ", ".join(ORDER_COLUMNS[name][0].title() for name in sorted(missing))
        raise TableUnreadable(f"{path.name} has no column {wanted}: it tells whose order it is and which")
    for batch in _order_batches(table, meanings, report):
        unknown = set(await put_orders(engine, [(key, order) for key, order, _ in batch]))
        for key, _, rows in batch:
            if key in unknown:
                problem = f"no contact has the external id {key!r}: import the contacts first"
                report.problems += [RowProblem(row.line, problem, tuple(row.cells)) for row in rows]
            else:
                report.orders += 1
        if progress is not None:
            progress(report.rows)
    return report


def meaning_of(column: str, columns: Mapping[str, Sequence[str]] = COLUMNS) -> str | None:
    """What a column of this name holds, None if that is not known."""
    name = re.sub(r"[\s_]+", " ", column.strip().casefold())
    for candidate in (name, re.sub(r"\s*№?\s*[0-9]+$", "", name)):
        for meaning, names in columns.items():
            if candidate in names:
                return meaning
    return None


def _opened(path: Path, columns: Mapping[str, Sequence[str]]) -> tuple[Table, dict[int, str], ImportReport]:
    table = open_table(path, lambda name: meaning_of(name, columns) is not None)
    meanings = {place: known for place, name in enumerate(table.header) if (known := meaning_of(name, columns))}
    unknown = tuple(name for place, name in enumerate(table.header) if name and place not in meanings)
    return table, meanings, ImportReport(table.encoding, table.separator, tuple(table.header), unknown)


class _Cells:
    """The cells of a row by what they mean."""

    def __init__(self, row: Row, meanings: Mapping[int, str]) -> None:
        self._cells = [(meanings[place], cell) for place, cell in enumerate(row.cells) if place in meanings]

    def one(self, meaning: str) -> str:
        """The first filled cell of that meaning, empty if there is none."""
        return next((cell for held, cell in self._cells if held == meaning and text(cell) is not None), "")

    def all(self, meaning: str) -> list[str]:
        """The filled cells of that meaning."""
        return [cell for held, cell in self._cells if held == meaning and text(cell) is not None]


class _ContactReader:
    """Makes drafts of rows; what it cannot take goes into the report."""

    def __init__(
        self,
        plan: NumberingPlan,
        header: Sequence[str],
        meanings: Mapping[int, str],
        managers: Mapping[str, str],
        report: ImportReport,
    ) -> None:
        self._plan = plan
        self._header = header
        self._meanings = meanings
        self._managers = managers
        self._report = report
        self._seen: dict[str, tuple[int, int]] = {}

    def taken(self, rows: Iterator[Row]) -> Iterator[_Taken]:
        """One for each contact; rows of one external id that stand together are one contact with several orders."""
        for _, group in itertools.groupby(self._read(rows), key=lambda read: read[1].external_id):
            members = list(group)
            orders = _merged([(row, order) for row, _, order in members if order is not None], self._report)
            yield _Taken(tuple(row for row, _, _ in members), members[0][1], orders)

    def _read(self, rows: Iterator[Row]) -> Iterator[tuple[Row, ContactDraft, Order | None]]:
        for row in rows:
            self._report.rows += 1
            try:
                cells = _Cells(row, self._meanings)
                draft = self._draft(row, cells)
                order = _order(cells)
                self._check_seen(row, draft)
            except ContactInvalid as error:
                self._reject(row, f"{error.field}: {error.problem}")
            except CellInvalid as error:
                self._reject(row, str(error))
            else:
                yield row, draft, order

    def _reject(self, row: Row, problem: str) -> None:
        self._report.problems.append(RowProblem(row.line, problem, tuple(row.cells)))

    def _draft(self, row: Row, cells: _Cells) -> ContactDraft:
        if len(row.cells) > len(self._header) and any(map(text, row.cells[len(self._header) :])):
            raise CellInvalid(
                f"{len(row.cells)} cells, but {len(self._header)} columns: put cells that hold the separator in quotes"
            )
        organisation = text(cells.one("organisation"))
        parts = (text(cells.one(part)) for part in ("last_name", "first_name", "middle_name"))
        name = text(cells.one("name")) or " ".join(filter(None, parts)) or None
        kind = self._kind(cells.one("kind"), name)
        draft = ContactDraft(
            name=name or organisation or "",
            kind=kind,
            organisation=organisation,
            position=text(cells.one("position")),
            phones=tuple(_phone(written) for cell in cells.all("phones") for written in several(cell)),
            emails=tuple(Email(written) for cell in cells.all("emails") for written in several(cell)),
            manager_id=self._managers.get(folded(cells.one("manager"))),
            segment=text(cells.one("segment")),
            tags=tuple(tag for cell in cells.all("tags") for tag in several(cell)),
            vip=yes(cells.one("vip")),
            city=text(cells.one("city")),
            comment=self._comment(row, cells),
            external_id=text(cells.one("external_id")),
        ).checked(self._plan)
        return draft if draft.external_id else replace(draft, external_id=_key_of(draft))

    def _kind(self, cell: str, name: str | None) -> Kind:
        if text(cell) is None:
            return Kind.PERSON if name else Kind.ORGANISATION
        kind = KINDS.get(folded(cell))
        if kind is None:
            raise CellInvalid(f"{cell!r} is no kind of contact: write person or organisation")
        return kind

    def _comment(self, row: Row, cells: _Cells) -> str | None:
        lines = [*cells.all("comment")]
        manager = text(cells.one("manager"))
        if manager is not None and folded(manager) not in self._managers:
            lines.append(f"{self._header_of('manager')}: {manager}")
            self._report.remarks.append(
                f"line {row.line}: no employee is called {manager!r}; the name was put into the comment"
            )
        lines += [
            f"{name}: {cell.strip()}"
            for place, (name, cell) in enumerate(zip(self._header, row.cells, strict=False))
            if place not in self._meanings and name and text(cell) is not None
        ]
        return "\n".join(lines) or None

    def _header_of(self, meaning: str) -> str:
        return next(self._header[place] for place, held in self._meanings.items() if held == meaning)

    def _check_seen(self, row: Row, draft: ContactDraft) -> None:
        key, content = draft.external_id or "", hash(draft)
        line, before = self._seen.setdefault(key, (row.line, content))
        if before != content:
            raise CellInvalid(f"line {line} has the same external id {key!r} and says otherwise: correct one of them")


def _phone(written: str) -> Phone:
    number, extension = split_extension(written)
    return Phone(None, number, None if extension is None else f"доб. {extension}")


def _key_of(draft: ContactDraft) -> str:
    said = [folded(draft.name), *sorted(phone.number or phone.presented for phone in draft.phones)]
    said += sorted(email.email.casefold() for email in draft.emails)
    return "csv:" + hashlib.sha256("\n".join(said).encode()).hexdigest()[:24]


def _order(cells: _Cells) -> Order | None:
    number = text(cells.one("order_number"))
    item = text(cells.one("item"))
    if number is None:
        if item is not None or text(cells.one("order_total")) is not None:
            raise CellInvalid("an order without a number: fill the column of the order's number")
        return None
    items = () if item is None else (Item(item, amount(cells.one("quantity")), amount(cells.one("price"))),)
    return order_checked(
        Order(
            number=number,
            date=day(cells.one("order_date")),
            status=text(cells.one("order_status")),
            total=amount(cells.one("order_total")),
            currency=currency(cells.one("order_currency")),
            items=items,
        )
    )


def _merged(orders: Sequence[tuple[Row, Order]], report: ImportReport) -> tuple[Order, ...]:
    """One order for each number: rows that agree on it add their items, one that does not is a problem."""
    merged: dict[str, Order] = {}
    for row, order in orders:
        held = merged.setdefault(order.number, order)
        if held is order:
            continue
        if replace(held, items=()) != replace(order, items=()):
            problem = f"order {order.number} was given before with another date, status or sum: correct one of them"
            report.problems.append(RowProblem(row.line, problem, tuple(row.cells)))
        else:
            merged[order.number] = replace(held, items=held.items + order.items)
    return tuple(merged.values())


def _order_batches(
    table: Table, meanings: Mapping[int, str], report: ImportReport
) -> Iterator[list[tuple[str, Order, tuple[Row, ...]]]]:
    def read() -> Iterator[tuple[str, Row, Order]]:
        for row in table.rows:
            report.rows += 1
            cells = _Cells(row, meanings)
            try:
                key, order = text(cells.one("external_id")), _order(cells)
                if key is None or order is None:
                    raise CellInvalid("the contact's external id and the order's number are both needed")
            except CellInvalid as error:
                report.problems.append(RowProblem(row.line, str(error), tuple(row.cells)))
            except ContactInvalid as error:
                report.problems.append(RowProblem(row.line, error.problem, tuple(row.cells)))
            else:
                yield key, row, order

    def grouped() -> Iterator[tuple[str, Order, tuple[Row, ...]]]:
        given: set[tuple[str, str]] = set()
        for (key, number), group in itertools.groupby(read(), key=lambda one: (one[0], one[2].number)):
            members = list(group)
            if (key, number) in given:
                problem = f"order {number} of this contact was given before: put its rows together"
                report.problems += [RowProblem(row.line, problem, tuple(row.cells)) for _, row, _ in members]
                continue
            given.add((key, number))
            (order,) = _merged([(row, order) for _, row, order in members], report)
            yield key, order, tuple(row for _, row, _ in members)

    return _batched(grouped())


def _batched(things: Iterator[Thing]) -> Iterator[list[Thing]]:
    while batch := list(itertools.islice(things, BATCH)):
        yield batch


async def _write(engine: AsyncEngine, batch: Sequence[_Taken], now: datetime, report: ImportReport) -> Written:
    drafts: dict[str, ContactDraft] = {}
    for taken in batch:
        # The same contact twice in a batch, its rows not together: what it says is the same, its orders add up.
        key = taken.draft.external_id or ""
        held = drafts.get(key)
        orders = {order.number: order for order in (*((held and held.orders) or ()), *taken.orders)}
        drafts[key] = replace(taken.draft, orders=tuple(orders.values()))
        report.orders += len(taken.orders)
    return await put_contacts(engine, list(drafts.values()), now)
