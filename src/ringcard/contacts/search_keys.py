"""What a search compares: the words of a text as keys that are equal where people mean the same. Pure.

A word has up to three keys, all in Latin letters: its own, letter by letter, with case, ё and accents folded; its
spelling, in which the usual ways to write Russian names meet (`Юрьева`, `Yuryeva`, `Jurieva`); and that with ie and io
as e (`Grigoriev`, `Fyodor`). Most words have one, as they are equal. A typed word finds a written one if one of its
keys begins one of the other's. The first key of a word's beginning always begins the word's, so the list does not
flicker while somebody types; a word in another script than Cyrillic or Latin is its own key.

Source: ICAO Doc 9303 part 3 (Russian passports), GOST 7.79-2000, ISO 9 and what address books hold in practice.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MOST_TYPED_WORDS = 8
"""More words than that are not typed; each costs a look into the index."""

LONGEST_KEY = 60

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = dict.fromkeys(map(ord, "'’ʼ`´ʹʺ"))
_KEPT = frozenset("йї")
_FOLDED_LETTERS = {"ё": "е", "ґ": "г", "ў": "у", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"}


class _Folding(dict[int, str]):
    """What each character is without its accents, for `str.translate`; filled as characters are seen."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in _KEPT or code < 128:
            folded = character
        else:
            bare = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
            folded = _FOLDED_LETTERS.get(character) or _FOLDED_LETTERS.get(bare, bare)
        self[code] = folded
        return folded


_FOLDING = _Folding()
_LETTERS = str.maketrans({"ё": "е", "ґ": "г", "ў": "у", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})
_KEPT_MARKS = {"й": "й", "ї": "ї"}
_LETTERS = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "є": "e", "ж": "zh", "з": "z", "и": "i", "і": "i",
        "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
        "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e",
        "ю": "iu", "я": "ia",
    }
)  # fmt: skip
_SPELLINGS = (
    ("shch", "sh"),
    ("sch", "sh"),
    ("kh", "h"),
    ("ph", "f"),
    ("th", "t"),
    ("ck", "k"),
    ("qu", "kv"),
    ("tz", "ts"),
    ("x", "ks"),
    ("w", "v"),
    ("y", "i"),
    ("j", "i"),
    ("q", "k"),
)
_RESPELT = re.compile("|".join(written for written, _ in _SPELLINGS) + "|c")
"""What `_SPELLINGS` and the c's change: most words have none of it."""

_C = re.compile(r"c(?!h)")
_C_SOFT = re.compile(r"c(?=[eiy])")
_DOUBLED = re.compile(r"([^\W\d_])\1+")

_EN = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RU = "йцукенгшщзхъфывапролджэячсмитьбю"
_OTHER_LAYOUT = str.maketrans(_EN + _EN.upper() + '`~{}:"<>', _RU + _RU.upper() + "ёЁХЪЖЭБЮ")
_OTHER_LAYOUT_BACK = str.maketrans(_RU + _RU.upper() + "ёЁ", _EN + _EN.upper() + "`~")


def folded_word(text: str) -> str:
    """Text with case, ё and accents folded; й and ї stay what they are."""
    plain = text.casefold()
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain).translate(_FOLDING)


def words_of(text: str) -> list[str]:
    """The words of a text, folded, in order. An apostrophe is inside a word, every other sign parts two."""
    plain = text.isascii() and "'" not in text and "`" not in text
    return [word[:LONGEST_KEY] for word in _WORD.findall(folded_word(text if plain else text.translate(_APOSTROPHES)))]


@lru_cache(maxsize=65_536)
def keys_of(word: str) -> tuple[str, ...]:
    """The keys of a folded word, letter by letter first, each once; none if it is but a hard or soft sign."""
    letters = word if word.isascii() else word.translate(_LETTERS)
    plain = _DOUBLED.sub(r"\1", letters)
    spelt = plain if _RESPELT.search(letters) is None else _DOUBLED.sub(r"\1", _respelt(letters))
    soft = spelt.replace("ie", "e").replace("io", "e")
    if plain == soft == spelt:
        return (plain[:LONGEST_KEY],) if plain else ()
    return tuple(dict.fromkeys(key[:LONGEST_KEY] for key in (plain, spelt, soft) if key))


def _respelt(letters: str) -> str:
    """Letters in the spelling in which the usual ways to write Russian names meet."""
    for written, meant in _SPELLINGS:
        if written in letters:
            letters = letters.replace(written, meant)
    return _C.sub("k", _C_SOFT.sub("ts", letters)) if "c" in letters else letters


def keys_of_text(text: str) -> list[str]:
    """Every key of every word of a text."""
    if "@" in text:
        # What is before it is one of a kind: it would only drive names out of what is remembered.
        before, _, host = text.rpartition("@")
        return [*_keys_of_part.__wrapped__(before), *_keys_of_part(host)]
    return [key for part in text.split() for key in _keys_of_part(part)]


@lru_cache(maxsize=32_768)
def _keys_of_part(part: str) -> tuple[str, ...]:
    return tuple(key for word in words_of(part) for key in keys_of(word))


def in_other_layout(text: str) -> str | None:
    """What would have been typed with the keyboard in the other layout (`bdfyjd` → `иванов`), None if nothing else."""
    other = text.translate(_OTHER_LAYOUT if text.isascii() else _OTHER_LAYOUT_BACK)
    return None if other == text else other


def begins(typed: str, written: str) -> bool:
    """Whether the folded word `typed` is the beginning of the folded word `written`, however each is spelt."""
    return any(key.startswith(start) for start in keys_of(typed) for key in keys_of(written))
