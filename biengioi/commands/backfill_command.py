"""``biengioi backfill PATH…``: archives of pages into the collection."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from biengioi.context import Context
from biengioi.open_log import open_log
from biengioi.options import json_option, topic_option
from biengioi.output import print_json
from biengioi.streams import tell
from crawler.bounded import MAX_DECLARATION_BYTES, read_file
from crawler.errors import UsageError

if TYPE_CHECKING:
    from biengioi.backfilling import BackfillResult
    from crawler.archive.task import Task

STDIN = "-"


@click.command("backfill")
@click.argument("paths", metavar="PATH…", nargs=-1)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Read in processes of this machine, or on a Ray cluster.",
)
@click.option(
    "--hosts", metavar="FILE", type=click.Path(path_type=Path), help="Also papers on these hosts, one a line."
)
@click.option("--any-host", is_flag=True, help="Also all papers that no source file declares.")
@click.option("--task-list", is_flag=True, help="Print the tasks, a line of JSON each, and read nothing.")
@click.option(
    "--task", metavar="FILE#START-END", help="Read one task; print JSON lines for `biengioi import`."
)
@topic_option
@json_option
@click.pass_obj
def command(
    context: Context,
    paths: tuple[str, ...],
    engine: str,
    hosts: Path | None,
    any_host: bool,
    task_list: bool,
    task: str | None,
    topic_file: Path | None,
    as_json: bool,
) -> int:
    """Read archived pages: WARC files, folders and globs of them, saved folders, or - for standard input.

    Nothing is asked of any server. What was read before is not read again.
    """
    if bool(paths) == (task is not None):
        raise UsageError("Name archives to read, or one task with --task.")
    if hosts and any_host:
        raise UsageError("--any-host is every host; leave --hosts out.")
    if task is not None and (task_list or as_json or engine != "local"):
        raise UsageError("--task prints JSON lines of one task; leave --task-list, --json and --engine out.")
    from scheduler.engines.tasks import parse_task, plan

    with ExitStack() as stack:
        named = [stack.enter_context(_spooled()) if path == STDIN else path for path in paths]
        tasks = plan(named) if task is None else [parse_task(task)]
        if task_list:
            for one in tasks:
                click.echo(_line(one))
            return 0
        if task is not None:
            return _print_task(context, tasks, hosts, any_host, topic_file)
        result = _run(context, tasks, hosts, any_host, topic_file, engine=engine)
    if as_json:
        print_json(result.report.to_json())
    else:
        from biengioi.report_view import print_report

        print_report(result.report)
    if not result.is_whole:
        tell("Interrupted; what was read is kept, and the same command reads the rest.")
    return 0 if result.is_good else 1


def _line(task: Task) -> str:
    return orjson.dumps({"task": task.name, "path": task.path, "start": task.start, "end": task.end}).decode()


def _run(
    context: Context,
    tasks: Sequence[Task],
    hosts: Path | None,
    any_host: bool,
    topic_file: Path | None,
    *,
    engine: str = "local",
    db_path: Path | None = None,
) -> BackfillResult:
    from biengioi.backfill_progress import watching_backfill
    from biengioi.backfilling import BackfillRequest, run_backfill
    from crawler.archive.owners import Owners

    owners = Owners(tuple(context.all_sources().values()), _hosts(hosts) if hosts else frozenset(), any_host)
    config = context.config()
    with watching_backfill(is_live=open_log(context, config)) as progress:
        return run_backfill(
            BackfillRequest(
                db_path or context.db_path,
                config,
                owners,
                context.topic(topic_file),
                tasks,
                progress,
                lambda: datetime.now(UTC),
                engine,
            )
        )


def _print_task(
    context: Context, tasks: Sequence[Task], hosts: Path | None, any_host: bool, topic_file: Path | None
) -> int:
    """Read one task into a database of its own, and print what it brought."""
    from db.articles.query import ArticleFilter
    from db.collection import Collection

    with tempfile.TemporaryDirectory(prefix="biengioi-task-") as folder:
        path = Path(folder) / "task.db"
        result = _run(context, tasks, hosts, any_host, topic_file, db_path=path)
        if result.is_good:
            with Collection.open(path) as collection:
                collection.export("jsonl", sys.stdout.buffer, ArticleFilter(include_duplicates=True))
    for one in result.report.sources.values():
        if one.message:
            tell(one.message)
    return 0 if result.is_good else 1


def _hosts(path: Path) -> frozenset[str]:
    from crawler.archive.owners import read_hosts

    try:
        return read_hosts(read_file(path, MAX_DECLARATION_BYTES).decode("utf-8-sig").splitlines())
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8.") from error
    except ValueError as error:
        raise UsageError(f"{path}: {error}.") from error


@contextmanager
def _spooled() -> Iterator[str]:
    """Yield the name of a file with what comes on standard input: workers read by position."""
    from crawler.archive.warc import MARKS

    start = sys.stdin.buffer.read(max(map(len, MARKS)))
    if not start.startswith(MARKS):
        raise UsageError("What comes on standard input is no WARC file.")
    with tempfile.NamedTemporaryFile(prefix="biengioi-stdin-", suffix=".warc.gz") as file:
        file.write(start)
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield file.name
