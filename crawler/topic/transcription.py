"""How Lao, Khmer and highland names sound, whatever their spelling: one rule instead of lists.

Vietnamese papers write Savannakhet also Xavannakhet, Sạ-vẳn-na-khệt, Xa Va Na Khẹt. `sound` gives
all of them one key. A key keeps what the spellings agree in:

- no tones, no marks (ă is a), no hyphens, spaces or apostrophes, no doubled letters;
- consonants that stand for one sound: x s, c k q kh, p ph f, t th, r l, nh n, w v; b is p behind m or t,
  a final l is n, a final r or h is nothing;
- vowels by kind: o u ô ơ ư ou; e ê; ie ia ea; i y; ay ai ey ây; ua uo oa oua.

What a spelling adds or loses besides is said of a name, not of every text: `keys` gives those too.
The letters are those of the keys alone; what a name means stands in the gazetteer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

#: Names of fewer syllables are too like ordinary words and people's names to stand by themselves.
LONG = 3
#: From so many syllables on a slip of the pen leaves a name that nothing else has.
VERY_LONG = 4

_SAME = {"đ": "d", "x": "s", "z": "s", "c": "k", "q": "k", "f": "p", "w": "v"}
_VIETNAMESE = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_LETTERS = str.maketrans({letter: unicodedata.normalize("NFD", letter)[0] for letter in _VIETNAMESE} | _SAME)

# After the letters: "kh" is what c and k with h became, so ch is told apart before.
_CONSONANTS = {"ngh": "N", "ng": "N", "nh": "n", "kh": "k", "ph": "p", "th": "t", "gh": "g", "dh": "d"}
_VOWELS = {
    vowels: key
    for key, spellings in {
        "a": "a aa",
        "i": "i y",
        "o": "o u oo ou eu uu",
        "e": "e ee",
        "E": "ie ia ea ye ya iea",
        "Y": "ay ai ey ei aay aey",
        "W": "ua uo oa oua uoa ouo oue",
        "Q": "ao au",
        "J": "eo ieo",
        "U": "iu ieu yeu",
        "Z": "oi ui uoi oai uai oay uay uy",
    }.items()
    for vowels in spellings.split()
}
_VOWEL_KEYS = "".join(sorted(set(_VOWELS.values())))
_PART = re.compile(
    r"ngh?|nh|[kptgd]h|[aeiouy]+|(?P<silent>[hr](?![aeiouy]))|(?P<final>l(?![aeiouyl]))|r|(.)\3"
)
_DOUBLED = re.compile(r"(.)\1")


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """Return the key of one written word, in lower case and NFC: "khệt" → "ket".

    Most words of a text were asked for before; what is kept is what would be computed again.
    """
    return joined("", _PART.sub(_part, word.replace("ch", "C").translate(_LETTERS)))


def joined(key: str, following: str) -> str:
    """Return the key of two words that follow each other: as if they were written as one."""
    return _DOUBLED.sub(r"\1", f"{key}{following}".replace("mb", "mp").replace("tb", "tp"))


def syllable_count(key: str) -> int:
    """Return how many syllables a key has."""
    return sum(letter in _VOWEL_KEYS for letter in key)


def keys(words: list[str]) -> set[str]:
    """Return every key under which a name of these words is found.

    Beside its own: with a silent final e (Khammouane), a vowel between stop and r (Pờ-rây), another
    nasal before p (Kom Pong); of long names without that r (Pha Băng); of very long ones with two
    consonants changed over (Ranatakiri) or a nasal lost before a consonant (Modunkiri).
    """
    key = ""
    for word in words:
        key = joined(key, sound(word))
    count = syllable_count(key)
    found = {key}
    if count > 1 and key[-1] in "nN":
        found.add(f"{key[:-1]}ne")
    found |= {re.sub(r"([kpt])l", rf"\1{vowel}l", key) for vowel in "ao"}
    found |= {re.sub(r"[mnN](?=p)", nasal, key) for nasal in "mnN"}
    if count >= LONG:
        found.add(re.sub(r"([kpt])l", r"\1", key))
    if count >= VERY_LONG:
        found |= set(_slips(key))
    return found


def _slips(key: str) -> Iterator[str]:
    for match in re.finditer(
        rf"(?<=[{_VOWEL_KEYS}])([a-zN])([{_VOWEL_KEYS}])([a-zN])(?=[{_VOWEL_KEYS}])", key
    ):
        first, vowel, second = match.groups()
        yield f"{key[: match.start()]}{second}{vowel}{first}{key[match.end() :]}"
    for match in re.finditer(rf"[nmN](?=[^{_VOWEL_KEYS}])", key):
        yield key[: match.start()] + key[match.end() :]


def _part(match: re.Match[str]) -> str:
    if match["silent"]:
        return ""
    if match["final"]:
        return "n"
    part = match[0]
    return _CONSONANTS.get(part) or _VOWELS.get(part) or ("l" if part == "r" else part[:1])
