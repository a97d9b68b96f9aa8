"""Writing the user's source files: the built-in ones are copied, never edited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from biengioi.context import LOCAL_SOURCES, Context
from biengioi.output import print_json, print_line, print_table, safe
from biengioi.streams import tell
from biengioi.working import asking, working
from crawler.article import LOCAL_ZONE
from crawler.errors import DeclarationError, UsageError
from crawler.source import Source, load_source

if TYPE_CHECKING:
    from spiders.adaptation import Adaptation


def local_path(context: Context, source_id: str) -> Path:
    """Return where the user's file of a source is, or would be."""
    return (context.sources_folder or LOCAL_SOURCES) / f"{source_id}.toml"


def write_source(context: Context, source_id: str, text: str, expected: Source | None = None) -> Path:
    """Write a source file into the user's folder at once, and return where.

    Args:
        expected: what the text has to declare.

    Raises:
        DeclarationError: the text is no source file; nothing is written then.
        UsageError: the text declares something else than `expected`; nothing is written then.
    """
    path = local_path(context, source_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.parent / f".{source_id}.part" / path.name
    draft.parent.mkdir(exist_ok=True)
    try:
        draft.write_text(text, encoding="utf-8")
        declared = load_source(draft)
        if expected is not None and declared != expected:
            raise UsageError(
                f"{path} is written in a way that cannot be changed safely; correct it by hand, or use"
                " [[seeds]] tables in it."
            )
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
        draft.parent.rmdir()
    return path


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the entries of a list of sources.

    Args:
        written: ids and their files.
        known: ids of sources that are declared already.
        refused: what the list calls an entry, and what is wrong with it.
    """

    written: tuple[tuple[str, Path], ...]
    known: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return {
            "written": [{"source_id": id_, "path": str(path)} for id_, path in self.written],
            "known": list(self.known),
            "refused": [{"name": name, "problem": problem} for name, problem in self.refused],
        }


def import_sources(context: Context, file: Path, *, is_replacing: bool) -> ImportReport:
    """Write the sources of an OPML or CSV file into the user's folder.

    One that is declared already, by its id or its home page, is left as it is; with `is_replacing` a
    list's entry takes the place of the one with its id. What the lint finds wrong is not written.

    Raises:
        UsageError: the file cannot be read, or is no such list.
    """
    from crawler.families import load_families
    from crawler.formats.source_lists import MAX_LIST_BYTES, read_sources
    from crawler.source_lint import lint
    from crawler.source_table import as_toml

    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_LIST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}).") from error
    sources = context.all_sources()
    wanted: dict[str, Source] = {}
    known: list[str] = []
    refused: list[tuple[str, str]] = []
    for listed in read_sources(data, file):
        source = listed.source
        if source is None:
            refused.append((listed.name, listed.problem))
        elif source.id in wanted:
            refused.append((listed.name, f"the id {source.id!r} is in the list twice"))
        elif (old := sources.get(source.id)) and (old == source or not is_replacing):
            known.append(old.id)
        elif old is None and (
            owner := next((one for one in sources.values() if one.owns(source.homepage)), None)
        ):
            known.append(owner.id)
        else:
            wanted[source.id] = source
    findings: dict[str, list[str]] = {}
    for finding in lint(sources | wanted, load_families()):
        findings.setdefault(finding.source_id, []).append(finding.problem)
    written = []
    for id_, source in wanted.items():
        if problems := findings.get(id_):
            refused.append((id_, "; ".join(problems)))
            continue
        text = as_toml(source, f"Imported from {file.name}; `biengioi sources check {id_}` asks it.")
        written.append((id_, write_source(context, id_, text, source)))
    return ImportReport(tuple(written), tuple(dict.fromkeys(known)), tuple(refused))


def apply_checks(context: Context, source_ids: Sequence[str], *, as_json: bool) -> int:
    """Check sources and adapt their files to what was found; say what was changed."""
    from spiders.adaptation import adapt, is_offline, may_change, next_question
    from spiders.check import check_sources

    sources = context.all_sources()
    chosen = (
        context.chosen_sources(source_ids)
        if source_ids
        else [one for one in sources.values() if may_change(one)]
    )
    with context.pauses() as pauses, working(asking(chosen)):
        checks = check_sources(
            chosen,
            context.config(),
            lambda one: click.echo(f"{one.source_id}: checked", err=True),
            pauses=pauses,
            again=lambda source, check: next_question(source, check, sources),
        )
    if is_offline(checks):
        tell("Not one server was reached, so no file was changed; look at this machine's network.")
        return 1
    today = datetime.now(LOCAL_ZONE).date()
    adapted = [adapt(sources[one.source_id], one, sources, today) for one in checks]
    written: dict[str, Path] = {}
    problems: dict[str, str] = {}
    for one in adapted:
        if one.is_change and one.source.path is not None:
            text = one.source.path.read_text(encoding="utf-8")
            try:
                written[one.source.id] = write_source(
                    context, one.source.id, one.written(text, today), one.new
                )
            except (UsageError, DeclarationError) as error:
                problems[one.source.id] = str(error)
    if as_json:
        print_json([_document(one, written, problems) for one in adapted])
    else:
        _print(adapted, written)
    for problem in problems.values():
        tell(problem)
    return 1 if problems else 0


def _document(one: Adaptation, written: dict[str, Path], problems: dict[str, str]) -> dict[str, Any]:
    path = written.get(one.source.id)
    return {
        "source_id": one.source.id,
        "verdict": one.verdict.value,
        "evidence": list(one.evidence),
        "was_enabled": one.source.enabled,
        "enabled": one.new.enabled if path else one.source.enabled,
        "changes": _changes(one) if path else [],
        "path": str(path) if path else None,
        "problem": problems.get(one.source.id),
    }


def _changes(one: Adaptation) -> list[str]:
    """Return what changed in a file, a sentence each."""
    changes = []
    if one.new.enabled != one.source.enabled:
        changes.append("enabled" if one.new.enabled else "disabled")
    if one.new.homepage != one.source.homepage:
        changes.append(f"homepage is now {one.new.homepage}")
    if one.new.successor != one.source.successor:
        changes.append(f"its successor is {one.new.successor}")
    changes += [f"the seed {url} is now {to}" for url, to in one.moved_seeds.items()]
    changes += [f"the seed {url} was taken out: {why}" for url, why in one.dropped_seeds.items()]
    changes += [f"the seed {seed.url} was put in" for seed in one.added_seeds]
    if one.new.article != one.source.article:
        changes.append(f"url_pattern is now {one.new.article.url_pattern or 'what is learned'}")
    return changes


def _print(adapted: Iterable[Adaptation], written: dict[str, Path]) -> None:
    adapted = list(adapted)
    print_table(
        ("source", "is", "enabled", "because"),
        (
            (
                one.source.id,
                one.verdict.value,
                "yes" if one.new.enabled else "no",
                safe("; ".join(one.evidence)),
            )
            for one in adapted
        ),
    )
    for one in adapted:
        if one.source.id in written:
            click.echo()
            click.secho(f"{written[one.source.id]}", bold=True)
            for change in _changes(one):
                print_line(safe(change), "  ")
    click.echo()
    enabled = sum(one.new.enabled and not one.source.enabled for one in adapted)
    disabled = sum(one.source.enabled and not one.new.enabled for one in adapted)
    print_line(
        f"{len(adapted)} sources asked, {len(written)} files written: {enabled} enabled, {disabled} disabled."
    )
