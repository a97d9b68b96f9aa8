"""The spellings of a text: as it is kept, as it is searched and compared, and what identifies it.

As it is kept it is NFC, without invisible characters, with single spaces. By the hash of its canonical
text one wire story is one article, however its reprints are typeset; by the few keys of its sketch a
text's likely copies are found among a million texts. Whether it is Vietnamese is decided by its
letters; no model, no word list.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from hashlib import blake2b
from struct import unpack
from zlib import crc32

_BARE_ENDS = " \t-–—:.…!?()[]{}<>»«|*_•,;\"'“”‘’+►▶→"


_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_NEVER_SEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff"
)
"""Zero-width characters, soft hyphens, direction marks, variation selectors, lone surrogates."""
_CONTROLS = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_INVISIBLE = re.compile(f"[{_NEVER_SEEN}]")
_CONTROL = re.compile(f"[{_CONTROLS}]")
_INVISIBLE_OR_CONTROL = re.compile(f"[{_NEVER_SEEN}{_CONTROLS}]")
_NUMERIC = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold, written out or as a reference (XML 1.0 §2.2)."""
_LAST_CODE_POINT = 0x10FFFF
"""The last character of Unicode."""
_REPLACEMENT = "\ufffd"
VIETNAMESE = "vi"
UNDETERMINED = "und"
MIN_SHARE = 0.05
"""Share of letters that only Vietnamese has. Measured on 14,499 ordinary articles: half have
0.19, all but seven in ten thousand over 0.085, bare lists of football players 0.053; four lists of
donors, names without marks, 0.03. Other languages and unmarked Vietnamese have under 0.01."""
_OWN_LETTERS = frozenset("ăđơưĂĐƠƯ") | {chr(code) for code in range(0x1EA0, 0x1EFA)}
_MODERN_TONE = {
    "oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa",
    "oè": "òe", "oé": "óe", "oẻ": "ỏe", "oẽ": "õe", "oẹ": "ọe",
    "uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy",
}  # fmt: skip
_OLD_TONE = re.compile("(?:o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?<!q..)(?![^\\W\\d_])")
_MANY_SIGNS = 64
"""More different signs than any article has."""
SHINGLE_WORDS = 5
SKETCH_KEYS = 48
"""Keys per text (a bottom-k sketch, Broder 1997): about J x 48 are those of a text of similarity J."""
LOOKUP_KEYS = 12
"""By so many of them, the first, a text is found: one is in common with probability 1 - (1 - J)^12,
98.6 % at J = 0.3, a text cut to a third. Each costs a page to write; benchmarks/near_duplicates.py
compares MinHash and bands of it."""
KEY_BYTES = 6


def decode_entities(text: str) -> str:
    """Return `text` without character references, decoded until stable but at most twice.

    Several sites encode titles and descriptions twice (``&amp;quot;``).
    """
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return text


def mend_references(text: str) -> str:
    """Return markup in which every numeric reference names a character that XML may hold.

    Two references to the halves of a surrogate pair, as UTF-16 programs write an emoji, are one
    character. A lone half and what lies behind Unicode become U+FFFD, as in HTML §13.2.5.80, control
    characters a space; so do those that are written out.
    """

    def settle(match: re.Match[str]) -> str:
        digits, base = (match[1], 16) if match[1] else (match[2], 10)
        digits = digits.lstrip("0")
        code_point = int(digits or "0", base) if len(digits) <= 8 else _LAST_CODE_POINT + 1
        if code_point > _LAST_CODE_POINT:
            return _REPLACEMENT
        return chr(code_point) if _NO_XML.match(chr(code_point)) else match[0]

    text = _NUMERIC.sub(settle, text)
    if _NO_XML.search(text) is None:
        return text
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _NO_XML.sub(" ", paired)


def clean(text: str | None) -> str:
    """Return one line of `text` as it is kept, empty for None.

    Entities are decoded, characters nobody sees removed, every run of white space is one space,
    the Icelandic Ð that old fonts wrote is Đ, and the whole is NFC.
    """
    if not text:
        return ""
    text = " ".join(decode_entities(text).split())
    if _INVISIBLE_OR_CONTROL.search(text):
        text = " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", text)).split())
    return unicodedata.normalize("NFC", text).replace("Ð", "Đ")


def squeeze(text: str) -> str:
    """Return `text` without white space and in lower case, to compare what two places say."""
    return "".join(text.casefold().split())


def plain(text: str) -> str:
    """Return `text` as word lists are written: lower case, bare at both ends, single spaces."""
    return " ".join(text.casefold().split()).strip(_BARE_ENDS)


class _BareLetters(dict[int, str]):
    """Code point → what of it remains; each is worked out the first time that a text has it."""

    def __missing__(self, code_point: int) -> str:
        decomposed = unicodedata.normalize("NFD", chr(code_point).casefold())
        bare = "".join(char for char in decomposed if not unicodedata.combining(char))
        # No Unicode form decomposes these two; Ð (U+00D0) is how old fonts write Đ.
        self[code_point] = bare = bare.replace("đ", "d").replace("ð", "d")
        return bare


_BARE = _BareLetters()


def fold(text: str) -> str:
    """Return `text` in lower case without diacritics, đ as d."""
    return unicodedata.normalize("NFC", text.translate(_BARE))


def has_marks(text: str) -> bool:
    """Return whether folding takes more from `text` than its case: a tone, a hook, a bar."""
    return fold(text) != unicodedata.normalize("NFC", text).casefold()


def vietnamese_share(text: str) -> float:
    """Return the share of letters in `text` that are written in Vietnamese and nowhere else."""
    letters = [char for char in unicodedata.normalize("NFC", text) if char.isalpha()]
    return sum(char in _OWN_LETTERS for char in letters) / len(letters) if letters else 0.0


def detect(text: str) -> str:
    """Return "vi" if `text` looks Vietnamese, else "und" (undiacritic Vietnamese included)."""
    return VIETNAMESE if vietnamese_share(text) >= MIN_SHARE else UNDETERMINED


def modern_tone_placement(text: str) -> str:
    """Return lower-case NFC `text` with its tone marks where the modern spelling has them.

    hoà → hòa and thuý → thúy, at the end of a syllable only and never after q (hoàn, quý stay).
    The Icelandic ð is đ: its capital looks the same, and old fonts wrote it for Đ.
    """
    text = text.replace("ð", "đ")
    return _OLD_TONE.sub(lambda match: _MODERN_TONE[match.group()], text)


def canonical_text(text: str) -> str:
    """Return what of `text` counts for identity: its letters and digits, one space between runs.

    The rule is fixed, since hashes are compared across databases: NFC, case folded, modern tone
    placement, every run of characters outside the Unicode categories L* and Nd one space, stripped.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    modern = modern_tone_placement(folded)
    return " ".join(blank_signs(modern).split())


def blank_signs(text: str) -> str:
    """Return `text` with a space for every character that is no letter (L*) and no digit (Nd).

    An article has few different signs: one replacement for each is four times as fast as asking
    every character. White space stays what it is.
    """
    signs = [c for c in set(text) if not (c.isalpha() or c.isdecimal() or c.isspace())]
    if len(signs) > _MANY_SIGNS:
        return text.translate(dict.fromkeys(map(ord, signs), " "))
    for sign in signs:
        text = text.replace(sign, " ")
    return text


def content_hash(text: str) -> str:
    """Return the SHA-256 of the canonical text, in lower-case hex (64 characters)."""
    return hash_of(canonical_text(text))


def hash_of(canonical: str) -> str:
    """Return the content hash of a text whose canonical form is known already."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def sketch(canonical: str) -> bytes:
    """Return the keys of a text: those of its 5-word shingles that hash lowest, the lowest first.

    The same on every machine and for good: CRC-32 chooses, BLAKE2b names what was chosen. A text of
    under five words has none.

    Args:
        canonical: the canonical text.

    Returns:
        At most 48 keys of 6 bytes each.
    """
    words = canonical.encode().split(b" ")
    shingles = list(map(b" ".join, zip(*(words[shift:] for shift in range(SHINGLE_WORDS)), strict=False)))
    by_check = dict(zip(map(crc32, shingles), shingles, strict=True))
    chosen = sorted(by_check)[:SKETCH_KEYS]
    return b"".join([blake2b(by_check[check], digest_size=KEY_BYTES).digest() for check in chosen])


def keys_of(sketch: bytes) -> tuple[bytes, ...]:
    """Return the keys of a sketch, one by one."""
    return unpack(f"{KEY_BYTES}s" * (len(sketch) // KEY_BYTES), sketch)
