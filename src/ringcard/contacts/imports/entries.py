"""What one contact's rows became, and rows that stand together made one contact with several orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ringcard.contacts.imports.problems import Problem, Reason
from ringcard.contacts.model import ContactDraft, Order


@dataclass(frozen=True, slots=True)
class Entry:
    """What one contact's rows became: a checked draft, or problems. `through` counts the file's records so far."""

    row: int
    through: int
    draft: ContactDraft | None
    contact_id: str | None
    problems: tuple[Problem, ...]
    remarks: tuple[str, ...] = ()
    """Employees who are none of ours: their names are in the comment."""
    rows: int = 1
    bad_rows: int = 0
    organisation_key: str | None = None
    """Of the organisation's own card: its id here, or its external id. Empty: of none."""
    said: frozenset[str] | None = None
    """What the entry speaks of, where that is less than all that the file has columns for."""
    must_exist: bool = False
    """It has no name: it can only change a card that is there."""
    document: dict[str, str] | None = None
    """What the search is to look through, of this very draft; None if that is not made yet."""


def belong_together(one: Entry, other: Entry) -> bool:
    """Whether two rows say the same of one contact."""
    if one.draft is None or other.draft is None:
        return False
    if one.draft.external_id is None and one.contact_id is None:
        return False
    return one.draft == other.draft and one.contact_id == other.contact_id


def merged(members: Sequence[tuple[Entry, Order | None, int]], column: str) -> Entry:
    """One entry of rows that say the same of a contact: their orders add up, those of one number add their items."""
    first, last = members[0][0], members[-1][0]
    if first.draft is None:
        return first
    orders: dict[str, Order] = {}
    problems: list[Problem] = []
    for _, order, row in members:
        if order is None:
            continue
        held = orders.setdefault(order.number, order)
        if held is order:
            continue
        if replace(held, items=()) != replace(order, items=()):
            problems.append(Problem(row, column, order.number, Reason.ORDER_DIFFERS))
        else:
            orders[order.number] = replace(held, items=held.items + order.items)
    return replace(
        first,
        through=last.through,
        draft=replace(first.draft, orders=tuple(orders.values())),
        problems=tuple(problems),
        rows=len(members),
        bad_rows=len(problems),
    )
