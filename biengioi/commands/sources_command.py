"""``biengioi sources``: the newspapers' declarations."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from biengioi.context import Context
from biengioi.destinations import check_destination, force_option
from biengioi.options import PlaceId, json_option
from biengioi.output import print_json, print_table, safe
from biengioi.registry import local_path, write_source
from biengioi.streams import INTERRUPTED, tell
from biengioi.working import asking, working
from crawler.errors import UsageError
from crawler.identity.urls import canonical_url
from crawler.source import Source
from crawler.source_edit import SourceText


@click.group("sources")
def command() -> None:
    """List, show and lint the newspapers' source files."""


@command.command("list")
@json_option
@click.pass_obj
def list_(context: Context, as_json: bool) -> int:
    """List every source, enabled or not."""
    sources = context.all_sources()
    if as_json:
        print_json([_document(source) for source in sources.values()])
        return 0
    columns = ("id", "enabled", "kind", "province", "borders", "seeds", "name")
    rows = (
        (
            source.id,
            "yes" if source.enabled else "no",
            source.kind,
            source.province,
            " ".join(source.borders),
            len(source.seeds),
            source.name,
        )
        for source in sources.values()
    )
    print_table(columns, rows, right=("seeds",))
    return 0


@command.command("show")
@click.argument("source_id", metavar="ID")
@json_option
@click.pass_obj
def show(context: Context, source_id: str, as_json: bool) -> int:
    """Show one source with its defaults filled in."""
    source = context.source(source_id)
    document = _document(source) | {"learned_pattern": _learned_pattern(context, source_id)}
    if as_json:
        print_json(document)
        return 0
    for key, value in _lines(document):
        click.echo(f"{key} = {safe(value)}")
    return 0


@command.command("lint")
@json_option
@click.pass_obj
def lint(context: Context, as_json: bool) -> int:
    """Check all source files against each other and against their own examples, and layouts of your own."""
    from crawler.families import load_families, own_families
    from crawler.families.own import lint_families
    from crawler.source_lint import lint as lint_sources

    sources, own = context.all_sources(), own_families()
    used = {source.family for source in sources.values() if source.family}
    findings = [*lint_sources(sources, load_families()), *lint_families(own, used)]
    if as_json:
        print_json([{"source_id": one.source_id, "problem": one.problem} for one in findings])
    else:
        for finding in findings:
            click.echo(f"{finding.source_id}: {finding.problem}")
        families = f", {len(own)} family files" if own else ""
        click.echo(f"{len(sources)} source files{families}, {len(findings)} problems.", err=True)
    return 1 if findings else 0


@command.command("check")
@click.argument("source_ids", metavar="[ID…]", nargs=-1)
@click.option("--apply", "is_applied", is_flag=True, help="Adapt the source files to what was found.")
@json_option
@click.pass_obj
def check(context: Context, source_ids: tuple[str, ...], is_applied: bool, as_json: bool) -> int:
    """Ask sources whether they are still what their files say; stores nothing.

    Reads every seed once, extracts one article as a sample, and says what to change. With --apply it
    changes the files, in the folder `sources`: sources that could only not be seen are asked as well.
    """
    from biengioi.check_view import print_checks
    from spiders.check import check_sources
    from spiders.check_result import CheckInterrupted

    if is_applied:
        from biengioi.registry import apply_checks

        return apply_checks(context, source_ids, as_json=as_json)
    chosen = context.chosen_sources(source_ids)
    is_whole = True
    with context.pauses() as pauses, working(asking(chosen)):
        try:
            checks = check_sources(
                chosen,
                context.config(),
                lambda one: click.echo(f"{one.source_id}: checked", err=True),
                pauses=pauses,
            )
        except CheckInterrupted as error:
            checks, is_whole = error.checks, False
    if as_json:
        print_json([one.to_json() for one in checks])
    else:
        print_checks(checks)
    if not is_whole:
        tell(f"Interrupted: {len(checks)} of {len(chosen)} sources were asked.")
        return INTERRUPTED
    return 0 if checks and all(one.is_good for one in checks) else 1


@command.command("add")
@click.argument("url")
@click.option("--id", "id_", metavar="ID", help="The source's id; by default made from its host.")
@json_option
@click.pass_obj
def add(context: Context, url: str, id_: str | None, as_json: bool) -> int:
    """Write a source file from a paper's home page, and show what it rests on."""
    from biengioi.check_view import print_checks
    from crawler.formats.source_lists import source_id
    from spiders.check import check_sources
    from spiders.declare import source_file

    homepage = canonical_url(url if "://" in url else f"https://{url}")
    if homepage is None:
        raise UsageError(f"{url} is not the address of a home page.")
    context.load_families()
    new_id = id_ or source_id(homepage)
    path = local_path(context, new_id)
    if path.exists():
        raise UsageError(f"{path} exists already; choose another id with --id, or remove it.")
    try:
        source = Source(id=new_id, name=new_id, homepage=homepage)
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    with context.pauses() as pauses, working(asking([source])):
        checks = check_sources([source], context.config(), pauses=pauses)
    if not checks or not checks[0].is_good:
        if as_json:
            print_json({"path": None, "check": checks[0].to_json() if checks else None})
        else:
            print_checks(checks)
        why = f" ({safe(checks[0].suggestions[0])})" if checks and checks[0].suggestions else ""
        tell(f"No article could be read there, so no file was written{why}.")
        return 1
    write_source(context, new_id, source_file(source, checks[0]))
    if as_json:
        print_json({"path": str(path), "check": checks[0].to_json()})
    else:
        print_checks(checks)
        click.echo(f"\nWritten to {path}.")
    return 0


@command.command("suggest")
@click.argument("hosts", metavar="[HOST…]", nargs=-1)
@click.option("--check", "is_checked", is_flag=True, help="Read the first pages of the best, and score them.")
@click.option(
    "--limit", metavar="N", type=click.IntRange(1), default=20, show_default=True, help="At most N."
)
@json_option
@click.pass_obj
def suggest(context: Context, hosts: tuple[str, ...], is_checked: bool, limit: int, as_json: bool) -> int:
    """Show hosts worth watching, going by what is kept: who is named, linked, redirected to.

    Those that most relevant articles point to come first, each with examples and the command that
    adds it; other doors of watched papers are told apart. Asks nobody without --check.
    """
    from biengioi.suggesting import suggest_sources

    return suggest_sources(context, hosts, limit, is_checked=is_checked, as_json=as_json)


@command.command("coverage")
@click.option("--place", type=PlaceId(), metavar="ID", help="This province or gate alone, month by month.")
@click.option(
    "--months",
    "month_count",
    metavar="N",
    type=click.IntRange(2, 120),
    default=12,
    show_default=True,
    help="The last N months.",
)
@json_option
@click.pass_obj
def coverage(context: Context, place: str | None, month_count: int, as_json: bool) -> int:
    """Show, per province, gate and month, what was found, and what it means where there is nothing.

    Nothing was written (papers that usually write were read), we did not look (paper down, disabled,
    none declared), or too few articles usually come to tell.
    """
    from biengioi.coverage_view import show_coverage

    return show_coverage(context, place, month_count, as_json=as_json)


@command.command("export")
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--format", "layout", type=click.Choice(["opml", "csv"]), help="By default the ending of DEST.")
@force_option
@json_option
@click.pass_obj
def export(context: Context, dest: Path, layout: str | None, force: bool, as_json: bool) -> int:
    """Write all sources into the file DEST: OPML for feed readers, or CSV; `import` reads both."""
    from crawler.formats.source_lists import is_our_list, write_sources_csv, write_sources_opml
    from db.file.atomic_write import atomic_write

    layout = layout or dest.suffix.lstrip(".").lower()
    if layout not in ("opml", "csv"):
        raise UsageError(f"{dest} ends neither in .opml nor in .csv; say --format opml or --format csv.")
    sources = context.all_sources().values()
    write = write_sources_opml if layout == "opml" else write_sources_csv
    check_destination(dest, is_our_list, keep=context.db_path, force=force)
    with atomic_write(dest, keep=context.db_path.resolve()) as file:
        count = write(sources, file)
    if as_json:
        print_json({"dest": str(dest), "format": layout, "count": count})
    else:
        click.echo(f"{count} sources in {dest}.")
    return 0


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--replace", "is_replacing", is_flag=True, help="Let it change sources that are declared already."
)
@json_option
@click.pass_obj
def import_(context: Context, file: Path, is_replacing: bool, as_json: bool) -> int:
    """Declare the sources of an OPML or CSV file in the folder `sources`, those without mistakes."""
    from biengioi.registry import import_sources

    report = import_sources(context, file, is_replacing=is_replacing)
    if as_json:
        print_json(report.to_json())
    else:
        for name, problem in report.refused:
            click.echo(f"{safe(name)}: {safe(problem)}")
        click.echo(
            f"{len(report.written)} sources written, {len(report.known)} known already,"
            f" {len(report.refused)} refused."
        )
    return 1 if report.refused else 0


@command.command("enable")
@click.argument("source_id", metavar="ID")
@click.pass_obj
def enable(context: Context, source_id: str) -> int:
    """Let a source be crawled again."""
    return _switch(context, source_id, is_on=True)


@command.command("disable")
@click.argument("source_id", metavar="ID")
@click.pass_obj
def disable(context: Context, source_id: str) -> int:
    """Leave a source out of crawls; what is kept of it stays."""
    return _switch(context, source_id, is_on=False)


def _switch(context: Context, source_id: str, *, is_on: bool) -> int:
    """Write `enabled` into the source's file, into a copy in ./sources for a built-in one."""
    source = context.source(source_id)
    assert source.path is not None
    text = SourceText(source.path.read_text(encoding="utf-8"))
    reason = None if is_on else "Switched off by hand."
    text.set({"enabled": is_on, "disabled_because": reason, "retry": None})
    path = write_source(context, source_id, text.text)
    click.echo(f"{source_id} is {'enabled' if is_on else 'disabled'} in {path}.")
    return 0


def _learned_pattern(context: Context, source_id: str) -> str | None:
    """Return the pattern of article addresses that crawls have learned, if there is a database."""
    if not context.db_path.exists():
        return None
    with context.asked_collection() as collection:
        return collection.learned_pattern(source_id)


def _document(source: Source) -> dict[str, Any]:
    document = _plain(dataclasses.asdict(source))
    assert isinstance(document, dict)
    return document


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case timedelta():
            return f"{value.total_seconds():g}s"
        case StrEnum():
            return value.value
        case str() | int() | float() | bool() | None:
            return value
        case _:
            return str(value)


def _lines(document: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for key, value in document.items():
        if isinstance(value, dict):
            lines += _lines(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number, one in enumerate(value):
                lines += _lines(one, f"{prefix}{key}[{number}].")
        elif value not in (None, "", []):
            lines.append((f"{prefix}{key}", ", ".join(value) if isinstance(value, list) else value))
    return lines
