"""What describes a release of data: Croissant 1.0, Frictionless, CITATION.cff, a datasheet, its changes.

Pure: tables and files in, documents out. No clock: every date comes from the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

NAME = "biengioi"
TITLE = "Cooperation across Viet Nam's land borders, as Vietnamese newspapers report it"
ABOUT = (
    "Events of cooperation with China, Laos and Cambodia: who met whom, where and when, what was agreed,"
    " in figures, each value with the article and the place of the words that say so."
)

_FRICTIONLESS = {"int": "integer", "float": "number", "bool": "boolean", "text": "string", "list": "array"}
_CROISSANT = {
    "int": "sc:Integer",
    "float": "sc:Float",
    "bool": "sc:Boolean",
    "text": "sc:Text",
    "list": "sc:Text",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Args:
        kind: int, float, bool, text or list (of text; in CSV as a JSON array).
    """

    name: str
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a release.

    Args:
        key: the columns that tell its rows apart.
        references: column → (table, column) that it names.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of a table, as it was written; `path` from the folder of the release."""

    path: str
    table: Table
    row_count: int
    byte_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Release:
    """A release.

    Args:
        version: that of its data: the same data have the same.
        day: of the newest article in it, YYYY-MM-DD; None of nothing.
        question: what was asked for, by the names of the options; nothing for everything.
    """

    version: str
    day: str | None
    tables: tuple[Table, ...]
    csv: Mapping[str, DataFile]
    parquet: Mapping[str, DataFile]
    question: Mapping[str, str]
    has_text: bool


_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""As the specification gives it (docs.mlcommons.org/croissant/docs/croissant-spec.html, version 1.0)."""


def croissant(release: Release) -> bytes:
    """Return the metadata by which machine learning tools load the Parquet files.

    References between tables stand in the data package alone: mlcroissant joins what they name, and cannot
    join Parquet files (1.1).
    """
    document: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": NAME,
        "description": ABOUT,
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": release.version,
        "citeAs": f"{TITLE}, version {release.version}.",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file.path,
                "name": file.path,
                "contentUrl": file.path,
                "contentSize": f"{file.byte_count} B",
                "encodingFormat": media_type,
                "sha256": file.sha256,
            }
            for files, media_type in ((release.csv, "text/csv"), (release.parquet, "application/x-parquet"))
            for file in files.values()
        ],
        "recordSet": [_record_set(table, release.parquet[table.name].path) for table in release.tables],
    }
    if release.day:
        document["datePublished"] = release.day
    return _json(document)


def _record_set(table: Table, path: str) -> dict[str, Any]:
    fields = []
    for column in table.columns:
        field: dict[str, Any] = {
            "@type": "cr:Field",
            "@id": f"{table.name}/{column.name}",
            "name": column.name,
            "description": column.about,
            "dataType": _CROISSANT[column.kind],
            "source": {"fileObject": {"@id": path}, "extract": {"column": column.name}},
        }
        if column.kind == "list":
            field["repeated"] = True
        fields.append(field)
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.about,
        "key": [{"@id": f"{table.name}/{name}"} for name in table.key],
        "field": fields,
    }


def datapackage(release: Release) -> bytes:
    """Return the metadata of the CSV files (specs.frictionlessdata.io/tabular-data-package)."""
    return _json(
        {
            "profile": "tabular-data-package",
            "name": NAME,
            "title": TITLE,
            "description": ABOUT,
            "version": release.version,
            "resources": [_resource(table, release.csv[table.name]) for table in release.tables],
        }
    )


def _resource(table: Table, file: DataFile) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "description": table.about,
        "path": file.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.byte_count,
        "hash": f"sha256:{file.sha256}",
        "schema": {
            "fields": [
                {"name": one.name, "type": _FRICTIONLESS[one.kind], "description": one.about}
                for one in table.columns
            ],
            "missingValues": [""],
            "primaryKey": list(table.key),
            "foreignKeys": [
                {"fields": name, "reference": {"resource": other, "fields": column}}
                for name, (other, column) in table.references.items()
            ],
        },
    }


def citation(release: Release) -> bytes:
    """Return how to cite a release (citation-file-format.github.io, version 1.2.0)."""
    lines = [
        "cff-version: 1.2.0",
        'message: "If you use these data, please cite them as below; cite articles by their own addresses."',
        "type: dataset",
        f'title: "{TITLE}"',
        f'version: "{release.version}"',
        *([f"date-released: {release.day}"] if release.day else []),
        "authors:",
        f'  - name: "The keepers of this {NAME} collection"',
        f'abstract: "{ABOUT}"',
        "",
    ]
    return "\n".join(lines).encode()


_NOTES = """\
- How it was made: newspapers were read by a program; events were found in their texts by rules,
  reports of one act were joined, and people may have corrected them. Nobody read all of it: expect
  wrong values, and look at the words behind them (`span_part`, `span_start`, `span_end`: characters
  of the title or text).
- What it is not: a record of what happened. What no watched paper wrote is not in it.
- People are named as papers name them, in their posts; two of one name are not told apart.
- Rights: no licence is stated. Titles and texts belong to the newspapers; ask them before you pass
  these on.
- Each table is there as CSV (a cell that would begin a formula has an apostrophe in front; lists
  are JSON arrays) and as Parquet. `croissant.json` and `datapackage.json` say what each column
  holds, `SHA256SUMS` what each file is, `CHANGES.md` what is other than in the release before.
""".splitlines()


def datasheet(release: Release) -> bytes:
    """Return what a reader has to know of a release, with its counts."""
    asked = ", ".join(f"`{name}` {value}" for name, value in release.question.items())
    texts = "with their texts" if release.has_text else "without their texts"
    lines = [
        f"# {TITLE}",
        "",
        f"{ABOUT} Version {release.version}.",
        "",
        f"- What it holds: {'events by ' + asked if asked else 'all events'}, and the articles, {texts}.",
        *_NOTES,
        "",
        "| table | rows | what |",
        "|---|---|---|",
        *(f"| `{one.name}` | {release.csv[one.name].row_count} | {one.about} |" for one in release.tables),
        "",
    ]
    return "\n".join(lines).encode()


@dataclass(frozen=True, slots=True)
class Changes:
    """What of a table is other than before: the keys of its rows."""

    added: Sequence[str]
    removed: Sequence[str]
    changed: Sequence[str]


def changelog(version: str, before: str | None, changes: Mapping[str, Changes]) -> bytes:
    """Return what changed against the version before; of a first release that it is one."""
    lines = ["# Changes", "", f"## {version}", ""]
    if before is None:
        lines += ["The first release.", ""]
        return "\n".join(lines).encode()
    lines += [f"Against {before}:", "", "| table | added | removed | changed |", "|---|---|---|---|"]
    lines += [
        f"| `{name}` | {len(one.added)} | {len(one.removed)} | {len(one.changed)} |"
        for name, one in changes.items()
    ]
    for name in ("events", "threads", "articles"):
        for what in ("added", "removed", "changed"):
            if name in changes and (keys := getattr(changes[name], what)):
                lines += ["", f"{name.capitalize()} {what}: {', '.join(_ranges(map(int, keys)))}."]
    return "\n".join([*lines, ""]).encode()


def _ranges(numbers: Iterable[int]) -> Iterator[str]:
    """Yield numbers in order, neighbours as one: 1, 3-7."""
    first = last = None
    for number in sorted(numbers):
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            yield f"{first}" if first == last else f"{first}-{last}"
        first = last = number
    if first is not None:
        yield f"{first}" if first == last else f"{first}-{last}"


def _json(document: Mapping[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
