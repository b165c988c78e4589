"""What goes out to somebody whose role does not see numbers.

Works on the plain values that `wire` makes, just before they are encoded, so that what a browser is sent has no number
in it, wherever it stands: in a party, a card, a note, a name that is a number. The customer's number is hidden; the
company's own numbers and devices are not. `number` becomes null and `presented` the masked form; to call back, the
browser names the call or the card and the place of the phone (`POST /calls`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from ringcard.numbers.masks import hidden, hidden_in
from ringcard.people.sight import Sight

Value = dict[str, Any]

_NOT_TEXT = frozenset(
    {
        "device",
        "date",
        "to",
        "from",
        "as_of",
        "at",
        "session",
        "state",
        "status",
        "direction",
        "kind",
        "queue",
        "total",
        "price",
        "quantity",
        "currency",
    }
)
"""Keys whose values are no text of people: times, devices, words of ours. So is whatever ends with `_id` or `_at`."""

_DIGITS = re.compile(r"\d{5,}")
"""In the name of a file anything as long may be the number."""


def pop(value: Value) -> Value:
    """A pop as somebody without numbers sees it."""
    contact_value = value["contact"]
    return _outsider_hidden(value) | {
        "contact": None if contact_value is None else contact(contact_value),
        "matches": texts(value["matches"]),
        "openings": [each for each in value["openings"] if not _names_number(each["url"], value)],
        "sources": [source | {"matched": _text(source["matched"])} for source in value["sources"]],
        "consultation": None if value["consultation"] is None else _asked(value["consultation"]),
        "handovers": [handover(each) for each in value["handovers"]],
        "data": data(value["data"]),
    }


def _asked(value: Value) -> Value:
    return value | {"to": hidden_in(value["to"]), "name": _text(value["name"]), "number": None}


def handover(value: Value) -> Value:
    """A hand-over: an outsider's number as the receiver, and what the sender wrote."""
    to = value["to"] | {"name": hidden_in(value["to"]["name"]), "number": None}
    return value | {"to": to, "note": hidden_in(value["note"]), "reason": _text(value["reason"])}


def data(value: Value) -> Value:
    """Call data: a value may be a number keyed in."""
    items = {key: item | {"value": hidden_in(item["value"])} for key, item in value["items"].items()}
    return value | {"items": items}


def request(value: Value) -> Value:
    """Something asked of a PBX."""
    return value | {"to": _text(value["to"]), "detail": _text(value["detail"])}


def reminder(value: Value) -> Value:
    """A reminder that is due."""
    hidden_reminder: Value = texts(value)
    return hidden_reminder | {"number": None}


def missed(value: Value) -> Value:
    """A caller whom nobody answered."""
    return value | {
        "number": None,
        "presented": hidden(value["presented"]),
        "name": _text(value["name"]),
        "contact": texts(value["contact"]),
    }


def _names_number(url: str, pop: Value) -> bool:
    """Whether an address has a number of the call in it: the browser would show it."""
    numbers = (pop[side][name] for side in ("caller", "called") for name in ("number", "presented"))
    digits = ("".join(filter(str.isdigit, number)) for number in numbers if number)
    return any(each and each in url for each in digits)


def call(value: Value) -> Value:
    """A call record."""
    return _outsider_hidden(value) | {
        "contact": texts(value["contact"]),
        "transfers": [each | {"to": _text(each["to"])} for each in value["transfers"]],
        "consultations": [each | {"to": _text(each["to"])} for each in value["consultations"]],
        "recordings": [each | {"file": _DIGITS.sub("…", each["file"])} for each in value["recordings"]],
        "anomalies": texts(value["anomalies"]),
    }


def contact(value: Value) -> Value:
    """A card."""
    hidden_card: Value = texts(value)
    return hidden_card | {
        "phones": [_phone(phone) for phone in value["phones"]],
        # An order's number is no telephone number, however many digits it has.
        "orders": [
            texts(order) | {"number": order["number"], "items": texts(order["items"])} for order in value["orders"]
        ],
    }


def note(value: Value) -> Value:
    """One note."""
    hidden_note: Value = texts(value)
    return hidden_note


def attachment(value: Value) -> Value:
    """A file of a card, which is called as somebody called it. What is in it stays as it is."""
    return value | {"name": file_name(value["name"]), "author": _text(value["author"])}


def file_name(name: str) -> str:
    """What a file is called, without numbers. Before its ending a number looks like something else."""
    path = PurePath(name)
    return _DIGITS.sub("…", hidden_in(path.stem) + path.suffix)


def why(value: Value) -> Value:
    """Why a screen showed what it did."""
    return value | {
        "matched_number": None if value["matched_number"] is None else hidden(value["matched_number"]),
        "sources": [source | {"matched": _text(source["matched"])} for source in value["sources"]],
    }


def for_sight(sight: Sight, mask: Any, value: Value) -> Value:
    """`value` as it is, or masked by one of the functions above where the sight hides numbers."""
    return mask(value) if sight.numbers_masked else value


def _outsider_hidden(value: Value) -> Value:
    sides = {"inbound": "caller", "outbound": "called"}
    side = sides.get(value["direction"])
    return value if side is None else value | {side: _party(value[side])}


def _party(party: Value) -> Value:
    if party["device"] is not None and party["number"] is None:
        return party
    return _phone(party) | {"name": _text(party["name"])}


def _phone(phone: Value) -> Value:
    number, presented = phone["number"], phone["presented"]
    shown = hidden(number) if number else None if presented is None else hidden(presented)
    masked = phone | {"number": None, "presented": shown}
    return masked | {"label": _text(phone["label"])} if "label" in phone else masked


def texts(value: Any) -> Any:
    """Every text in it without numbers."""
    if isinstance(value, Mapping):
        return {
            key: item if key in _NOT_TEXT or key.endswith(("_id", "_at")) else texts(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [texts(item) for item in value]
    return _text(value) if isinstance(value, str) else value


def _text(value: str | None) -> str | None:
    return None if value is None else hidden_in(value)
