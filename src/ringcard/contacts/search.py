"""Searching contacts as somebody types: what was typed, which contacts may be meant, in which order, and why.

Words are asked of the index as the beginnings of keys, digits as a part of a number; all must be found, in any order.
Of a common beginning (`ал` is in a seventh of all cards) nobody reads more than a page: at most `MOST_CANDIDATES` are
looked at, the newest, and beside them all those whole words are, and who was talked to last. These are ranked. Who sees
only some employees' cards has them asked for by a key of theirs, so that few among many are found as soon.

The two databases differ in how they are asked (`candidates`): FTS5 with prefix and trigram tokens on SQLite, indexes of
keys and of trigrams on PostgreSQL. docs/adr/0014-search.md has the figures.

Over 400 lines: how a card is found, ranked and shown to have been found is read together.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ringcard.contacts.model import Contact
from ringcard.contacts.search_index import FEWEST_DIGITS, is_searched, key_of_manager
from ringcard.contacts.search_keys import MOST_TYPED_WORDS, begins, folded_word, keys_of, words_of
from ringcard.storage import is_postgres
from ringcard.storage.schema import from_ms

MOST_CANDIDATES = 150
MOST_WITH_DIGITS = 20_000
FEW_WITH_WORDS = 2_000
MANY_WITH_WORDS = 20_000
TALKED_TO_LAST = 300
NEWEST_LOOKED_THROUGH = 3_000
"""On PostgreSQL: of a beginning that every twentieth card has they are enough."""
MANY_LOOKED_THROUGH = 30_000
"""As above, of what every two hundredth card has; they take 15 ms, and are looked at if the first ones promise it."""
FEW_MANAGERS = 3
"""On PostgreSQL: the cards of so many are looked through; of more, the words are asked of the index too."""

SHORT = 3
"""Letters of a beginning that many cards may have, wherever they lie: a hundredth of the table is looked through."""

_NUMBER = re.compile(r"(?<!\w)\+?[0-9](?:[\s().\-/]*[0-9])*(?!\w)")
_WRITTEN_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that was typed: `words` as they are, and `digits` if it may be part of a number."""

    words: tuple[str, ...]
    digits: str | None = None

    @property
    def spellings(self) -> tuple[str, ...]:
        """The digits, also without the prefix that is dialled before them inside the country or out of it."""
        if self.digits is None:
            return ()
        bare = self.digits.lstrip("0")
        parts = (self.digits, bare, bare.removeprefix("8"))
        return tuple(dict.fromkeys(part for part in parts if len(part) >= FEWEST_DIGITS))

    @property
    def part(self) -> str | None:
        """What is asked of the numbers: whatever holds a longer spelling holds the shortest."""
        return self.spellings[-1] if self.spellings else None


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, taken apart."""

    text: str
    terms: tuple[Term, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Every word, also those of numbers."""
        return tuple(word for term in self.terms for word in term.words)


def typed(text: str) -> Typed:
    """Take apart what was typed. Without a letter or digit in it there are no terms."""
    terms: list[Term] = []
    place = 0
    for found in _NUMBER.finditer(text):
        digits = "".join(filter(str.isdecimal, found[0]))
        if len(digits) < FEWEST_DIGITS or not digits.isascii():
            continue
        terms += _words(text[place : found.start()])
        terms.append(Term(tuple(words_of(found[0])), digits))
        place = found.end()
    terms += _words(text[place:])
    return Typed(text, tuple(terms[:MOST_TYPED_WORDS]))


def _words(text: str) -> list[Term]:
    return [Term((word,)) for word in words_of(text) if keys_of(word)]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact that has everything that was typed."""

    contact_id: str
    name: str
    organisation: str | None
    talked_at: datetime | None
    words: str
    digits: str


async def candidates(
    connection: AsyncConnection, query: Typed, managers: Collection[str] | None = None
) -> list[Candidate]:
    """Who may be meant, each once, in no order. With `managers`, cards of others are left out as far as keys tell."""
    if managers is not None and not managers:
        return []
    of = [key_of_manager(each) for each in sorted(managers or ())]
    if is_postgres(connection):
        await connection.execute(_PLAN_ON_POSTGRES)
        return list((await _asked(connection, _postgres_question(query, of))).values())
    found: dict[str, Candidate] = {}
    more = False
    for statement in [each async for each in _sqlite_questions(connection, query, of, whole=False)]:
        rows = await _asked(connection, statement)
        more = more or len(rows) == MOST_CANDIDATES
        found |= rows
    if more:  # else everybody is known already
        wholes = [each async for each in _sqlite_questions(connection, query, of, whole=True)]
        for statement in (*wholes, _talked_to_last(query, of)):
            found |= await _asked(connection, statement)
    return list(found.values())


async def _asked(connection: AsyncConnection, statement: TextClause) -> dict[str, Candidate]:
    return {
        contact_id: Candidate(
            contact_id, name, organisation, None if talked_at is None else from_ms(talked_at), words, digits
        )
        for contact_id, name, organisation, talked_at, words, digits in await connection.execute(statement)
    }


_COLUMNS = "c.contact_id, c.name, c.organisation, c.talked_at, s.words, s.digits"


_BY_WORDS = "SELECT rowid AS id FROM contact_words WHERE contact_words MATCH :words ORDER BY rowid DESC"
_BY_DIGITS = "SELECT rowid AS id FROM contact_digits WHERE contact_digits MATCH :digits ORDER BY rowid DESC"
# The sign keeps SQLite from asking for the words anew for every row that has the digits.
_BY_BOTH = f"""
SELECT rowid AS id FROM contact_words
WHERE contact_words MATCH :words AND +rowid IN (SELECT id FROM ({_BY_DIGITS} LIMIT {MOST_WITH_DIGITS}))
ORDER BY rowid DESC
"""  # noqa: S608
_HOW_MANY = text(f"SELECT count(*) FROM ({_BY_WORDS} LIMIT {MANY_WITH_WORDS + 1})")  # noqa: S608

# A plan made without the words at hand, or one that reads the whole table because some beginnings are so common that it
# would end early, is a hundred times slower for those that are not.
_PLAN_ON_POSTGRES = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)"
)


async def _sqlite_questions(
    connection: AsyncConnection, query: Typed, managers: Sequence[str], *, whole: bool
) -> AsyncIterator[TextClause]:
    # A term of digits may be part of a number or an order's: each way is a question of its own, as the words and the
    # digits lie in two indexes and OR between them would read both whole. Of many such terms all are read one way.
    numbers = [term for term in query.terms if term.part is not None]
    ways: Iterable[tuple[bool, ...]] = itertools.product((False, True), repeat=len(numbers))
    if len(numbers) > 2:
        ways = ((False,) * len(numbers), (True,) * len(numbers))
    for way in ways:
        by_digits = [term.part for term, chosen in zip(numbers, way, strict=True) if chosen and term.part]
        by_words = [term for term, chosen in _chosen(query.terms, numbers, way) if not chosen]
        if by_words or not whole:
            yield await _sqlite_question(connection, by_words, by_digits, managers, whole=whole)


def _chosen(terms: Sequence[Term], numbers: Sequence[Term], way: Sequence[bool]) -> Iterator[tuple[Term, bool]]:
    of_numbers = iter(way)
    for term in terms:
        yield term, next(of_numbers) if term in numbers else False


async def _sqlite_question(
    connection: AsyncConnection,
    by_words: Sequence[Term],
    by_digits: Sequence[str],
    managers: Sequence[str],
    *,
    whole: bool,
) -> TextClause:
    parameters: dict[str, object] = {"most": MOST_CANDIDATES}
    star = "" if whole else "*"
    groups = [_any_of(f'"{key}"{star}' for key in keys_of(word)) for term in by_words for word in term.words]
    if managers:
        groups.append(_any_of(f'"{key}"' for key in managers))
    ids = _BY_WORDS
    if groups:
        parameters["words"] = " AND ".join(groups)
    if by_digits:
        parameters["digits"] = " AND ".join(f'"{part}"' for part in by_digits)
        count = (await connection.execute(_HOW_MANY, {"words": parameters["words"]})).scalar_one() if groups else 0
        if not groups:
            ids = _BY_DIGITS
        elif count <= FEW_WITH_WORDS:
            # All of them are looked at: of those who have common digits only the newest would be.
            del parameters["digits"]
            return _looked_through(_BY_WORDS, [("digits", [f"%{part}%"]) for part in by_digits], parameters)
        elif count <= MANY_WITH_WORDS:
            ids = _BY_BOTH
        else:
            # So many have the words that some of those who have the digits soon will.
            del parameters["words"]
            end = " %" if whole else "%"
            words = [word for term in by_words for word in term.words]
            alike = [("words", [f"% {key}{end}" for key in keys_of(word)]) for word in words]
            if managers:
                alike.append(("words", [f"% {key} %" for key in managers]))
            return _looked_through(f"{_BY_DIGITS} LIMIT {MOST_WITH_DIGITS}", alike, parameters)
    return text(
        f"SELECT {_COLUMNS} FROM ({ids} LIMIT :most) f"  # noqa: S608  nothing here comes from outside
        " JOIN contact_search s ON s.search_id = f.id JOIN contacts c ON c.contact_id = s.contact_id"
    ).bindparams(**parameters)


def _looked_through(ids: str, alike: Sequence[tuple[str, Sequence[str]]], parameters: dict[str, object]) -> TextClause:
    """Of the documents with these ids, those that are like one of the patterns in each of the columns."""
    conditions: list[str] = []
    for column, patterns in alike:
        names = [f"p{len(parameters) + place}" for place in range(len(patterns))]
        parameters |= dict(zip(names, patterns, strict=True))
        conditions.append(_any_of(f"s.{column} LIKE :{name}" for name in names))
    return text(
        f"SELECT {_COLUMNS} FROM ({ids}) f"  # noqa: S608
        f" CROSS JOIN contact_search s ON s.search_id = f.id AND {' AND '.join(conditions)}"
        " JOIN contacts c ON c.contact_id = s.contact_id LIMIT :most"
    ).bindparams(**parameters)


def _any_of(parts: Iterable[str]) -> str:
    return f"({' OR '.join(parts)})"


_NEWEST = "SELECT * FROM contact_search ORDER BY search_id DESC LIMIT :{}"
_LAST = "SELECT contact_id FROM contacts WHERE talked_at IS NOT NULL ORDER BY talked_at DESC LIMIT :last"


def _postgres_question(query: Typed, managers: Sequence[str]) -> TextClause:
    """One for all, as each costs a round trip; those of whole words and who was talked to last only if need be.

    What is in every two hundredth card is found among the newest by looking through those, and what is short in a
    hundredth of all cards: its index would be read whole before the first card came out of it.
    """
    like, parameters = _like(query, managers)
    beginnings, keys = _indexed_on_postgres(query, managers, whole=False)
    wholes, whole_keys = _indexed_on_postgres(query, managers, whole=True)
    return text(
        "WITH n AS MATERIALIZED ("  # noqa: S608
        f"SELECT * FROM ({_NEWEST.format('newest')}) s WHERE {like} LIMIT :most),"
        " among AS (SELECT count(*) AS found FROM n),"
        f" m AS MATERIALIZED ((SELECT * FROM ({_NEWEST.format('many')}) s"
        f" WHERE (SELECT found BETWEEN :promising AND :most - 1 FROM among) AND {like} LIMIT :most) UNION ALL"
        " (SELECT * FROM contact_search s TABLESAMPLE SYSTEM (1) REPEATABLE (1)"
        f" WHERE :short AND (SELECT found < :promising FROM among) AND {like} LIMIT :most)),"
        " common AS (SELECT (SELECT found FROM among) = :most AS first, (SELECT count(*) FROM m) = :most AS later),"
        " b AS MATERIALIZED (SELECT * FROM n WHERE (SELECT first FROM common)"
        " UNION ALL SELECT * FROM m WHERE (SELECT later FROM common) UNION ALL"
        " (SELECT * FROM contact_search s"
        f" WHERE NOT (SELECT first OR later FROM common) AND {beginnings} LIMIT :most)),"
        " more AS (SELECT count(*) = :most AS more FROM b),"
        f" w AS MATERIALIZED (SELECT * FROM contact_search s WHERE (SELECT more FROM more) AND {wholes} LIMIT :most),"
        # Else the planner reads all that have the digits, to see which of them are among the last.
        f" last AS MATERIALIZED (SELECT s.* FROM ({_LAST}) c JOIN contact_search s ON s.contact_id = c.contact_id"
        " WHERE (SELECT more FROM more)),"
        f" l AS (SELECT * FROM last s WHERE {like})"
        f" SELECT {_COLUMNS} FROM (SELECT * FROM b UNION ALL SELECT * FROM w UNION ALL SELECT * FROM l) s"
        " JOIN contacts c ON c.contact_id = s.contact_id"
    ).bindparams(
        most=MOST_CANDIDATES,
        newest=0 if managers else NEWEST_LOOKED_THROUGH,
        many=MANY_LOOKED_THROUGH,
        promising=MOST_CANDIDATES * NEWEST_LOOKED_THROUGH // MANY_LOOKED_THROUGH,
        short=not managers and max(map(len, query.words), default=0) <= SHORT,
        last=TALKED_TO_LAST,
        **parameters,
        **keys,
        **whole_keys,
    )


def _talked_to_last(query: Typed, managers: Sequence[str]) -> TextClause:
    condition, parameters = _like(query, managers)
    return text(
        f"SELECT {_COLUMNS} FROM ({_LAST}) l JOIN contacts c ON c.contact_id = l.contact_id"  # noqa: S608
        f" JOIN contact_search s ON s.contact_id = c.contact_id WHERE {condition}"
    ).bindparams(last=TALKED_TO_LAST, **parameters)


def _like(query: Typed, managers: Sequence[str]) -> tuple[str, dict[str, object]]:
    """Every term, by LIKE: a key is never more than letters and digits, so nothing in it is a pattern."""
    parameters: dict[str, object] = {}

    def like(column: str, pattern: str) -> str:
        name = f"p{len(parameters)}"
        parameters[name] = pattern
        return f"{column} LIKE :{name}"

    groups: list[str] = []
    for term in query.terms:
        words = " AND ".join(_any_of(like("s.words", f"% {key}%") for key in keys_of(word)) for word in term.words)
        numbers = [like("s.digits", f"%{term.part}%")] if term.part is not None else []
        groups.append(_any_of([f"({words})", *numbers]))
    if managers:
        groups.append(_any_of(like("s.words", f"% {key} %") for key in managers))
    return " AND ".join(groups), parameters


# As the index has it (migration 0015). Longer words than anybody's card has would be refused.
_LEXEMES = "array_to_tsvector(string_to_array(btrim(left(s.words, 200000)), ' '))"


def _indexed_on_postgres(query: Typed, managers: Sequence[str], *, whole: bool) -> tuple[str, dict[str, object]]:
    """Every term as the beginning of a key, or as a whole one, as the indexes are asked for it.

    Beginnings are asked of the trigrams: of the keys there would be tens of thousands to read together. But the
    trigrams of `000231` are in two thirds of all cards, in some order's number, and few keys begin with it. A letter
    beside a longer word, and every word beside a manager with a few thousand cards, is looked for in the cards that
    have the other: what an index has of it, a third of all cards, would be read whole first.
    """
    parameters: dict[str, object] = {}

    def put(value: str) -> str:
        name = f"{'w' if whole else 'b'}{len(parameters)}"
        parameters[name] = value
        return f":{name}"

    few_managers = 0 < len(managers) <= FEW_MANAGERS
    longest = max(map(len, query.words), default=0)

    def lexemes(keys: Iterable[str], star: str = "") -> str:
        return f"{_LEXEMES} @@ CAST({put(' | '.join(chr(39) + key + chr(39) + star for key in keys))} AS tsquery)"

    def of_word(word: str) -> str:
        keys = keys_of(word)
        if few_managers or (not whole and len(word) == 1 < longest):
            # No index has what this looks through.
            end = " %" if whole else "%"
            return _any_of(f"(s.words || '') LIKE {put(f'% {key}{end}')}" for key in keys)
        if whole:
            return lexemes(keys)
        return _any_of(lexemes([key], ":*") if _is_number(key) else f"s.words LIKE {put(f'% {key}%')}" for key in keys)

    # Those who have the digits are among the beginnings as well as they would be here, if nothing else is asked, or
    # something so short that to have it whole says little.
    others = [len(word) for term in query.terms if term.part is None for word in term.words]
    with_digits = not whole or (bool(others) and min(others) >= SHORT)
    groups: list[str] = []
    for term in query.terms:
        words = f"({' AND '.join(map(of_word, term.words))})"
        digits = [f"s.digits LIKE {put(f'%{term.part}%')}"] if term.part is not None and with_digits else []
        groups.append(_any_of([words, *digits]))
    if managers:
        groups.append(lexemes(managers))
    return " AND ".join(groups), parameters


def _is_number(key: str) -> bool:
    return len(key) >= FEWEST_DIGITS and key.isdigit()


def ranked(found: Iterable[Candidate], query: Typed) -> list[Candidate]:
    """The likeliest first: exact, then by how it begins, then who was talked to last, then the newest."""
    # By the id first, and by the rest on top of it: sorting keeps the order of equals.
    newest = sorted(found, key=lambda one: one.contact_id, reverse=True)
    rank = _Ranking(query).rank
    return sorted(newest, key=lambda one: (rank(one), -one.talked_at.timestamp() if one.talked_at else 0.0))


class _Ranking:
    """How well a candidate fits. Hundreds are ranked for every letter that is typed: keys are made once."""

    def __init__(self, query: Typed) -> None:
        self._words = list(query.words)
        parts = [part for term in query.terms for part in term.spellings]
        self._numbers = [f" {part} " for part in parts]
        self._terms = [
            (
                [ends for part in term.spellings for ends in (f" {part}", f"{part} ")],
                [[f" {key} " for key in keys_of(word)] for word in term.words],
            )
            for term in query.terms
        ]
        self._begins = tuple(f" {key}" for key in keys_of(self._words[0])) if self._words else ()

    def rank(self, one: Candidate) -> int:
        """0 it is what was typed; 1 every word is a whole one, or a number begins or ends so; 2 a word of its name
        begins so; 3 it is somewhere in it.
        """
        if any(number in one.digits for number in self._numbers):
            return 0
        first = one.words.startswith(self._begins)  # a document begins with the name
        if first and words_of(one.name) == self._words:
            return 0
        if all(
            any(end in one.digits for end in ends) or all(any(key in one.words for key in keys) for keys in words)
            for ends, words in self._terms
        ):
            return 1
        if first or self._is_named_so(one):
            return 2
        return 3

    def _is_named_so(self, one: Candidate) -> bool:
        named = f"{one.name} {one.organisation or ''}"
        return bool(self._words) and any(begins(self._words[0], word) for word in words_of(named))


@dataclass(frozen=True, slots=True)
class FoundIn:
    """Where a contact has what was typed: `text` of the field, and the characters of it that are meant."""

    field: str
    text: str
    start: int
    end: int


def found_in(contact: Contact, query: Typed) -> tuple[FoundIn, ...]:
    """Why the contact was found: for every term the first place where it is, each place once."""
    places: dict[FoundIn, None] = {}
    for term in query.terms:
        by_number = next(_in_numbers(contact, term), None)
        if by_number is not None:
            places[by_number] = None
            continue
        for word in term.words:
            place = next(_in_words(contact, word), None)
            if place is not None:
                places[place] = None
    return tuple(places)


def _in_words(contact: Contact, word: str) -> Iterator[FoundIn]:
    fields = [("name", contact.name), ("organisation", contact.organisation or "")]
    fields += [("email", email.email) for email in contact.emails]
    fields += [("order", order.number) for order in contact.orders]
    fields += [("custom", value) for value in contact.custom.values() if is_searched(value)]
    for field, value in fields:
        for found in _WRITTEN_WORD.finditer(value):
            held = folded_word(found[0])
            if held.startswith(word) and len(held) == len(found[0]):
                yield FoundIn(field, value, found.start(), found.start() + len(word))
            elif begins(word, held):
                yield FoundIn(field, value, found.start(), found.end())
            elif field in ("order", "custom") and held.lstrip("0").startswith(word):
                start = found.start() + len(held) - len(held.lstrip("0"))
                yield FoundIn(field, value, start, start + len(word))


def _in_numbers(contact: Contact, term: Term) -> Iterator[FoundIn]:
    for phone in contact.phones:
        shown = phone.presented
        at = [place for place, character in enumerate(shown) if character.isdecimal()]
        digits = "".join(shown[place] for place in at)
        for part in term.spellings:
            first = digits.find(part)
            if first >= 0:
                yield FoundIn("phone", shown, at[first], at[first + len(part) - 1] + 1)
            elif phone.number is not None and part in phone.number:
                yield FoundIn("phone", shown, 0, len(shown))
