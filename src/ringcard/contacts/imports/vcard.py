"""vCard 2.1, 3.0 and 4.0, as phones, Outlook and address books write them; mixed in one file if need be.

Streamed by lines: what is not wanted, photos above all, is passed over without being collected, so a picture of 20 MB
costs its time and no memory. A card becomes a record under fixed columns; texts of a file whose cards do not say their
character set are read in the file's.

Source: vCard 2.1 (versit, 1996: quoted-printable, CHARSET, nested cards), RFC 2426 (3.0), RFC 6350 (4.0).
"""

from __future__ import annotations

import codecs
import io
import quopri
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from ringcard.contacts.imports import delimited
from ringcard.contacts.imports.cells import guarded, joined, joined_if_several
from ringcard.contacts.imports.reading import LONGEST_CELL, FileKind, FileUnreadable, Flaw, Layout, Record, Source

COLUMNS: Final[Mapping[str, str | None]] = {
    "X-RINGCARD-ID": "contact_id",
    "UID": "external_id",
    "FN": "name",
    "KIND": "kind",
    "ORG": "organisation",
    "TITLE": "position",
    "TEL": "phones",
    "TEL TYPE": "phone_labels",
    "EMAIL": "emails",
    "EMAIL TYPE": "email_labels",
    "CATEGORIES": "tags",
    "ADR STREET": "address_street",
    "ADR CITY": "address_city",
    "ADR REGION": "address_region",
    "ADR CODE": "address_postcode",
    "ADR COUNTRY": "address_country",
    "ADR TYPE": "address_label",
    "CITY": "city",
    "NOTE": "comment",
    "X-RINGCARD-ORGANISATION-ID": "organisation_id",
    "X-RINGCARD-MANAGER": "manager",
    "X-RINGCARD-DEPUTY": "deputies",
    "X-RINGCARD-FIELD": "own_fields",
    "X-RINGCARD-SEGMENT": "segment",
    "X-RINGCARD-VIP": "vip",
    "ROLE": None,
    "NICKNAME": None,
    "BDAY": None,
    "URL": None,
    "IMPP": None,
}
"""What a record's columns are called, after the properties, and what each means; None goes into the comment by name."""

PRODUCT: Final = "-//ringcard//contacts//EN"
"""PRODID of cards that we wrote (RFC 6350 §6.7.3)."""

_PLACES: Final = {name: place for place, name in enumerate(COLUMNS)}
_WANTED: Final = frozenset(
    {*_PLACES, "N", "ADR", "VERSION", "PRODID", "X-ABLABEL", "X-ABSHOWAS", "X-RINGCARD-CITY"}
) - {"CITY"}
_ADR: Final = ("ADR STREET", "ADR CITY", "ADR REGION", "ADR CODE", "ADR COUNTRY", "ADR TYPE")
_VERBATIM: Final = ("X-RINGCARD-DEPUTY", "X-RINGCARD-FIELD")
_LISTED: Final = ("CATEGORIES", *_VERBATIM)
_LONGEST_LINE: Final = 8_192
"""Bytes read at a time: a physical line may be a whole picture."""
_LONGEST_VALUE: Final = LONGEST_CELL
_MOST_VALUES: Final = 1_000
"""Of one property in one card."""

_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "cell": {"en": "mobile", "ru": "мобильный"},
    "work": {"en": "work", "ru": "рабочий"},
    "home": {"en": "home", "ru": "домашний"},
    "fax": {"en": "fax", "ru": "факс"},
    "main": {"en": "main", "ru": "основной"},
    "car": {"en": "car", "ru": "в машине"},
    "pager": {"en": "pager", "ru": "пейджер"},
}
"""The types of numbers and addresses that say something; `voice`, `pref`, `internet` do not."""

_PARAMETER = re.compile(r';([A-Za-z0-9-]+)(?:=((?:"[^"]*"|[^;:"])*))?')


def layout_of(path: Path) -> Layout | None:
    """The layout of a vCard file, None if it is none."""
    with path.open("rb") as file:
        head = file.read(4096)
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    if not re.match(r"\ufeff?\s*BEGIN\s*:\s*VCARD\s", head.decode(encoding, "replace"), re.IGNORECASE):
        return None
    return Layout(kind=FileKind.VCARD, encoding=delimited.encoding_of(path))


def opened(path: Path, layout: Layout, *, language: str = "en") -> Source:
    """The cards of a file; `language` is that of the labels that types of numbers become. Raises `FileUnreadable`."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise FileUnreadable(f"The file cannot be read: {error.strerror}.") from error
    encoding = layout.encoding or "utf-8"
    lines: IO[bytes] = raw
    if encoding.startswith("utf-16"):
        lines = codecs.EncodedFile(raw, "utf-8", encoding)
        encoding = "utf-8"
    size = path.stat().st_size
    reader = _Cards(_Reader(lines), encoding, language)
    return Source(list(COLUMNS), reader.records(raw), lambda: size if raw.closed else raw.tell())


class _Reader:
    """Physical lines of bytes, in pieces if they are long."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.line = 0
        self._begins = True

    def piece(self) -> tuple[bytes, bool] | None:
        """The next piece and whether it begins a line; None at the end."""
        try:
            piece = self._file.readline(_LONGEST_LINE)
        except UnicodeError as error:
            raise FileUnreadable("The file is not in this encoding: choose another one.", "wrong_encoding") from error
        if not piece:
            return None
        begins, self._begins = self._begins, piece.endswith(b"\n")
        self.line += begins
        return piece, begins


@dataclass(slots=True)
class _Property:
    group: str
    name: str
    parameters: dict[str, list[str]]
    value: str


@dataclass(slots=True)
class _Card:
    row: int
    flawed: bool = False
    undecodable: bool = False
    properties: list[_Property] = field(default_factory=list)


class _Cards:
    def __init__(self, reader: _Reader, encoding: str, language: str) -> None:
        self._reader = reader
        self._encoding = encoding
        self._language = language

    def records(self, raw: io.BufferedReader) -> Generator[Record, None, None]:
        """Every card of the file. Closes it."""
        with raw:
            card: _Card | None = None
            of_agent = False
            for row, line in self._logical_lines():
                mark = line[:16].strip().upper().replace(b" ", b"")
                if mark == b"AGENT:" and card is not None:
                    # A card within the card (2.1): whom the person works for, and nobody's number.
                    of_agent = True
                elif mark == b"BEGIN:VCARD" and not of_agent:
                    if card is not None:
                        card.flawed = True
                        yield self._record(card)
                    card = _Card(row)
                elif mark == b"END:VCARD" and of_agent:
                    of_agent = False
                elif mark == b"END:VCARD" and card is not None:
                    yield self._record(card)
                    card = None
                elif card is not None and not of_agent:
                    self._take(card, line)
            if card is not None:
                card.flawed = True
                yield self._record(card)

    def _logical_lines(self) -> Iterator[tuple[int, bytes]]:
        """Lines as they were before they were folded; the values of unwanted properties are left out."""
        row, parts, length, wanted, soft, encoded = 0, [b""], 0, True, False, False
        started = False
        while (read := self._reader.piece()) is not None:
            piece, begins = read
            text = piece.rstrip(b"\r\n")
            if not started:
                text = text.removeprefix(codecs.BOM_UTF8)
            if begins:
                folded = piece[:1] in b" \t" and started
                # Base64 of 2.1 runs on until a blank line, indented or not; no line of it looks like a property.
                runs_on = encoded and bool(text) and not re.match(rb"[A-Za-z0-9.-]+[;:]", text)
                if not (folded or soft or runs_on):
                    if started:
                        yield row, b"".join(parts)
                    row, parts, length, started = self._reader.line, [], 0, True
                    name = re.match(rb"\s*(?:[\w-]+\.)?([\w-]+)", text)
                    wanted = name is not None and name[1].decode("ascii", "replace").upper() in _KEPT
                    head = text.partition(b":")[0].upper()
                    encoded = b"BASE64" in head or b"ENCODING=B" in head
                    quoted = b"QUOTED-PRINTABLE" in head
                elif folded and not soft:
                    text = text[1:]
            if wanted and length < _LONGEST_VALUE:
                parts.append(text)
                length += len(text)
            # A soft line break of quoted-printable is kept for its decoder.
            soft = started and wanted and quoted and piece.endswith(b"\n") and text.endswith(b"=")
            if soft and length < _LONGEST_VALUE:
                parts.append(b"\n")
        if started:
            yield row, b"".join(parts)

    def _take(self, card: _Card, line: bytes) -> None:
        head, colon, value = _parted(line)
        found = re.match(r"\s*(?:([\w-]+)\.)?([\w-]+)", head)
        if not colon or found is None:
            card.flawed = card.flawed or bool(line.strip())
            return
        name = found[2].upper()
        if name not in _WANTED or len(card.properties) > _MOST_VALUES:
            return
        parameters: dict[str, list[str]] = {}
        for key, given in _PARAMETER.findall(head[found.end() :]):
            # 2.1 names types and encodings bare: `TEL;CELL;VOICE:`.
            values = given.replace('"', "").split(",") if given else [key]
            parameters.setdefault(key.upper() if given else "TYPE", []).extend(v.strip().lower() for v in values)
        encodings = parameters.get("ENCODING", []) + parameters.get("TYPE", [])
        if "quoted-printable" in encodings:
            value = quopri.decodestring(value)
        elif "base64" in encodings or "b" in parameters.get("ENCODING", []):
            return
        charset = next(iter(parameters.get("CHARSET", [])), self._encoding)
        try:
            text = value.decode(charset)
        except (UnicodeDecodeError, LookupError):
            text = value.decode(self._encoding, "replace")
        card.undecodable = card.undecodable or "\ufffd" in text
        card.properties.append(_Property((found[1] or "").lower(), name, parameters, text[:_LONGEST_VALUE]))

    def _record(self, card: _Card) -> Record:
        cells = [""] * len(COLUMNS)
        ours = any(each.name == "PRODID" and each.value.strip() == PRODUCT for each in card.properties)

        def put(column: str, text: str) -> None:
            if text and not cells[_PLACES[column]]:
                # Of our own the text is meant as it stands: somebody may be called None.
                cells[_PLACES[column]] = guarded(text) if ours else text

        labels = {p.group: _unescaped(p.value) for p in card.properties if p.name == "X-ABLABEL" and p.group}
        several: dict[str, list[str]] = {
            name: [] for name in ("TEL", "TEL TYPE", "EMAIL", "EMAIL TYPE", *_LISTED, *_ADR)
        }
        notes: list[str] = []
        built = ""
        for each in card.properties:
            match each.name:
                case "TEL" | "EMAIL":
                    value = _phone(each.value) if each.name == "TEL" else _unescaped(each.value)
                    if value.strip():
                        several[each.name].append(value)
                        several[f"{each.name} TYPE"].append(self._label(each, labels))
                case "CATEGORIES":
                    several["CATEGORIES"] += _components(each.value, ",")
                case "N":
                    # Family; given; additional.
                    built = " ".join(part for part in map(str.strip, _components(each.value, ";")[:3]) if part)
                case "ORG":
                    put("ORG", ", ".join(filter(None, map(str.strip, _components(each.value, ";")))))
                case "ADR":
                    box, further, street, *parts = [*_components(each.value, ";"), *[""] * 7][:7]
                    street = ", ".join(filter(None, (street, further, box)))
                    for column, value in zip(_ADR, (street, *parts, self._label(each, labels)), strict=True):
                        several[column].append(value)
                    if not ours:
                        put("CITY", parts[0])
                case "X-RINGCARD-CITY":
                    put("CITY", _unescaped(each.value))
                case "X-RINGCARD-DEPUTY" | "X-RINGCARD-FIELD":
                    several[each.name].append(_unescaped(each.value))
                case "NOTE":
                    notes.append(_unescaped(each.value))
                case "KIND":
                    put("KIND", {"org": "organisation", "individual": "person"}.get(each.value.strip().lower(), ""))
                case "X-ABSHOWAS":
                    put("KIND", "organisation" if each.value.strip().upper() == "COMPANY" else "")
                case "VERSION" | "X-ABLABEL" | "PRODID":
                    pass
                case name:
                    put(name, _unescaped(each.value))
        put("FN", built)
        put("NOTE", "\n".join(notes))
        for column, values in several.items():
            if any(values) and column in _ADR:
                put(column, joined_if_several(values))
            elif any(values):
                # What we wrote ourselves is taken as it stands, without looking for an extension in it.
                put(
                    column,
                    joined(
                        values,
                        verbatim=(column == "TEL" and ours) or column in ("X-RINGCARD-DEPUTY", "X-RINGCARD-FIELD"),
                    ),
                )
        if not any(cells):
            return Record(card.row, cells, Flaw.CARD_BROKEN)
        if card.flawed:
            return Record(card.row, cells, Flaw.CARD_BROKEN)
        return Record(card.row, cells, Flaw.NOT_IN_THIS_ENCODING if card.undecodable else None)

    def _label(self, each: _Property, labels: Mapping[str, str]) -> str:
        own = labels.get(each.group)
        if own is not None:
            # Apple writes its own words as _$!<Mobile>!$_.
            return re.sub(r"^_\$!<(.*)>!\$_$", lambda found: found[1].lower(), own)
        types = [kind for kind in _LABELS if kind in each.parameters.get("TYPE", [])]
        return ", ".join(_LABELS[kind].get(self._language, _LABELS[kind]["en"]) for kind in types)


_KEPT: Final = _WANTED | {"BEGIN", "END", "AGENT"}


def _parted(line: bytes) -> tuple[str, bytes, bytes]:
    """Name and parameters, the colon, the value: a colon within quotes is part of a parameter."""
    found = re.match(rb'((?:[^:"]|"[^"]*")*)(:)', line)
    if found is None:
        head, colon, value = line.partition(b":")
        return head.decode("utf-8", "replace"), colon, value
    return found[1].decode("utf-8", "replace"), found[2], line[found.end() :]


def _phone(value: str) -> str:
    """The number of a TEL: plain text, or a `tel:` URI with its extension (RFC 3966)."""
    value = _unescaped(value).strip()
    if not value.lower().startswith("tel:"):
        return value
    number, *parameters = value[4:].split(";")
    extension = next((each[4:] for each in parameters if each.lower().startswith("ext=")), "")
    return f"{number} ext. {extension}" if extension else number


def _components(value: str, separator: str) -> list[str]:
    """The parts of a structured value; `\\;` is no separator, `\\\\;` is a backslash and one."""
    parts = re.findall(rf"((?:\\.|[^{separator}\\]|\\$)*)(?:{separator}|$)", f"{value}{separator}", re.DOTALL)
    return [_unescaped(part) for part in parts[:-1]]


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value, flags=re.DOTALL)
