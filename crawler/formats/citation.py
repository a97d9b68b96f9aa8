"""How to cite an article: as a sentence, and for BibTeX, RIS and CSL, which reference managers read. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from crawler.article import LOCAL_ZONE, Precision, Published, parse_instant
from crawler.text.harmless import one_line

_LATEX = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
    }
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the page as it was is kept, and what proves that it is unchanged.

    Args:
        file: in the folder of the archive.
        offset: bytes of the file before it.
        warc_id: ``WARC-Record-ID`` of the response.
        sha256: of its bytes in the file.
        day: of the chain, UTC.
        day_sha256: that day's sum; None while the day is not over.
    """

    file: str
    offset: int
    warc_id: str
    sha256: str
    day: str
    day_sha256: str | None


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation tells of an article.

    Args:
        id: in the collection.
        paper: the newspaper's name.
        published: None where nothing tells.
        retrieved_at: when it was read, as stored.
        evidence: None where the page was not kept.
    """

    id: int
    authors: tuple[str, ...]
    title: str | None
    paper: str
    published: Published | None
    retrieved_at: str
    url: str | None
    content_hash: str
    evidence: Evidence | None

    @property
    def retrieved_on(self) -> date:
        """The day in Viet Nam."""
        return parse_instant(self.retrieved_at).astimezone(LOCAL_ZONE).date()

    @property
    def date_parts(self) -> tuple[int, ...]:
        """Year, month and day of publication in Viet Nam, as far as they are known."""
        if self.published is None:
            return ()
        day = self.published.latest_local_day
        return (day.year, day.month) if self.published.precision is Precision.MONTH else _parts(day)

    @property
    def notes(self) -> tuple[str, ...]:
        """The hash of its text, and where the page is kept."""
        notes = [f"content hash sha256:{self.content_hash}"]
        if self.evidence is not None:
            one = self.evidence
            notes.append(f"archived in {one.file}, byte {one.offset}, {one.warc_id}, sha256:{one.sha256}")
            if one.day_sha256:
                notes.append(f"chain of {one.day} sha256:{one.day_sha256}")
        return tuple(notes)


def _parts(day: date) -> tuple[int, ...]:
    return day.year, day.month, day.day


def _written(parts: tuple[int, ...]) -> str:
    return "-".join(f"{part:02}" for part in parts)


def as_text(cited: Cited) -> str:
    """Return a sentence, and a line for each thing that proves it."""
    parts = [
        ", ".join(cited.authors),
        f"“{cited.title}”" if cited.title else "",
        cited.paper,
        _written(cited.date_parts),
        cited.url or "",
    ]
    sentence = f"{', '.join(part for part in parts if part)}. Retrieved {cited.retrieved_on}."
    notes = cited.notes if cited.evidence else (*cited.notes, "the page itself was not kept")
    return "".join(f"{one_line(line)}\n" for line in (sentence, *notes))


def as_bibtex(cited: Cited) -> str:
    """Return an entry for BibTeX; letters stay UTF-8, what TeX would obey is escaped."""
    parts = cited.date_parts
    fields: dict[str, str] = {
        "author": " and ".join(f"{{{_tex(author)}}}" for author in cited.authors),
        "title": f"{{{_tex(cited.title)}}}" if cited.title else "",
        "journal": _tex(cited.paper),
        "year": str(parts[0]) if parts else "",
        "month": _MONTHS[parts[1] - 1] if len(parts) > 1 else "",
        "day": str(parts[2]) if len(parts) > 2 else "",
        "url": re.sub(r"[{}\\\s]", lambda found: f"%{ord(found[0]):02X}", cited.url or ""),
        "urldate": cited.retrieved_on.isoformat(),
        "note": _tex("; ".join(cited.notes)),
    }
    lines = (
        f"  {name} = {value},\n" if name == "month" else f"  {name} = {{{value}}},\n"
        for name, value in fields.items()
        if value
    )
    return f"@article{{biengioi-{cited.content_hash[:16]},\n{''.join(lines)}}}\n"


def _tex(text: str) -> str:
    return one_line(text).translate(_LATEX)


def as_ris(cited: Cited) -> str:
    """Return a record for RIS, with the line ends that it asks for."""
    lines = [
        ("TY", "NEWS"),
        *(("AU", author) for author in cited.authors),
        ("TI", cited.title),
        ("T2", cited.paper),
        ("PY", str(cited.date_parts[0]) if cited.date_parts else ""),
        ("DA", _written(cited.date_parts).replace("-", "/")),
        ("Y2", f"{cited.retrieved_on:%Y/%m/%d}"),
        ("UR", cited.url),
        *(("N1", note) for note in cited.notes),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {one_line(value or '')}\r\n" for tag, value in lines if value or tag == "ER")


def csl(cited: Cited) -> dict[str, object]:
    """Return an item of CSL-JSON (citationstyles.org, csl-data.json)."""
    item: dict[str, object] = {
        "id": f"biengioi-{cited.content_hash[:16]}",
        "type": "article-newspaper",
        "author": [{"literal": one_line(author)} for author in cited.authors],
        "title": one_line(cited.title or ""),
        "container-title": one_line(cited.paper),
        "issued": {"date-parts": [list(cited.date_parts)]} if cited.date_parts else None,
        "accessed": {"date-parts": [list(_parts(cited.retrieved_on))]},
        "URL": cited.url,
        "note": "; ".join(cited.notes),
    }
    return {name: value for name, value in item.items() if value}


def as_csl_json(cited: Cited) -> str:
    """Return an array with one item of CSL-JSON."""
    return json.dumps([csl(cited)], ensure_ascii=False, indent=2) + "\n"


LAYOUTS: Mapping[str, Callable[[Cited], str]] = {
    "text": as_text,
    "bibtex": as_bibtex,
    "ris": as_ris,
    "csl-json": as_csl_json,
}
"""By the name that a user gives."""
