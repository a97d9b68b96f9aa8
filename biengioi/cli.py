"""The command line: global options, commands loaded only when they run, errors as one sentence."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import threading
from pathlib import Path

import click

from biengioi.context import Context
from biengioi.program import example, program
from biengioi.streams import INTERRUPTED, close_streams, give_up_streams, open_streams, tell
from crawler.config import DEFAULT_FILE, LogFormat
from crawler.errors import BiengioiError, UsageError

HELP_CHARS = 80
LEAST_HELP_CHARS = 30
"""Columns of a terminal that help fills at most, and at least."""

COMMANDS = {
    "crawl": "Crawl the newspapers once, now.",
    "schedule": "Crawl whenever a newspaper is due, for months; --once does what is due and ends.",
    "status": "Say whether everything is alive, and what needs a person.",
    "doctor": "Check the installation, the machine and the collection; say what to do.",
    "alerts": "Try the channels through which people are told.",
    "list": "List the articles of the collection, newest first.",
    "show": "Show one article with its sightings, revisions and duplicates.",
    "cite": "Say how to cite an article, and what proves it.",
    "diff": "Show how an article changed, word by word.",
    "compare": "Say whether two texts tell one story, and what differs.",
    "search": "Find articles by their words, with or without diacritics.",
    "stats": "Count articles by source, month, country, place and field.",
    "timeline": "Count the articles of up to three queries by day, week or month.",
    "top": "Show the words, places, papers and people that set a result apart.",
    "watches": "List, add and remove saved searches, whose new articles are told.",
    "runs": "List the crawls so far, or show one with its numbers.",
    "explain": "Say what was decided about an address, and why.",
    "forget": "Remove an article for good; its addresses are never fetched again.",
    "topic": "Score texts, explain a score, measure a topic file, label texts to improve it.",
    "events": "List who met whom, where, when, and what was agreed; show, correct, read texts.",
    "people": "Show a person through the events: posts over time, whom they met.",
    "threads": "List what became of bridges, gates and yearly meetings, over years.",
    "rescore": "Judge the whole collection again after a change of the topic.",
    "reextract": "Read articles anew from their kept pages, after the reader was mended.",
    "extract": "Show what would be extracted from a file or an address, without storing it.",
    "export": "Write articles out of the collection.",
    "import": "Take corpus files and JSON lines into the collection.",
    "backfill": "Read archived pages (WARC files, saved folders) into the collection.",
    "backup": "Copy the collection into a file, consistently, while it is in use.",
    "verify": "Check that the database is whole and that everything in it agrees.",
    "maintain": "Tidy the database: drop old page outcomes, refresh its statistics.",
    "serve": "Show the collection as web pages on this machine.",
    "mcp": "Answer an assistant's questions about the collection (MCP), over stdin and stdout.",
    "sources": "List, show and lint the newspapers' source files.",
    "config": "Show the configuration in effect.",
    "demo": "Crawl simulated newspapers on this machine; no internet needed.",
}
"""Command → its one-line help, here so that ``--help`` need not load the commands."""


def _complete(command: click.Command, path: str) -> None:
    """Let a command and those below it refuse words that are no text, and show an example in their help."""
    from biengioi.options import TEXT

    command.epilog = example(path)
    for parameter in command.params:
        if parameter.type is click.STRING:
            parameter.type = TEXT
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            _complete(one, f"{path} {name}")


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is run, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command, from ``biengioi/commands/<name>.py``."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__package__}.commands.{cmd_name}_command")
        command = module.command
        assert isinstance(command, click.Command)
        _complete(command, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command, or suggest the nearest name."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from crawler.declaration import unknown

            ctx.fail(unknown("command", name, COMMANDS))
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--db", type=click.Path(path_type=Path), envvar="BIENGIOI_DB", help="Database file [biengioi.db]."
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="BIENGIOI_CONFIG",
    help="Configuration file [biengioi.toml].",
)
@click.option(
    "--sources",
    type=click.Path(path_type=Path),
    envvar="BIENGIOI_SOURCES",
    help="Use the source files of this folder alone.",
)
@click.option("-v", "--verbose", count=True, help="Say more on stderr; twice for everything.")
@click.option(
    "--log-format",
    type=click.Choice([one.value for one in LogFormat]),
    help="How the log on stderr is written [text].",
)
@click.option("--supervised", is_flag=True, hidden=True, help="End when standard input closes.")
@click.version_option(package_name="biengioi", prog_name="biengioi")
@click.pass_context
def cli(
    ctx: click.Context,
    db: Path | None,
    config: Path | None,
    sources: Path | None,
    verbose: int,
    log_format: str | None,
    supervised: bool,
) -> None:
    """Watch Vietnamese news for cooperation across Viet Nam's land borders.

    Crawls newspapers, cleans and deduplicates their articles, and keeps them in one SQLite file.
    """
    if supervised:
        from biengioi.supervision import end_with_starter

        end_with_starter()
    form = LogFormat(log_format) if log_format else None
    if form is LogFormat.JSON:
        from biengioi.logs import speak_in_json

        speak_in_json()
    ctx.obj = Context(db, config, sources, verbose, supervised, form)
    _started_with.append(ctx.obj)
    if ctx.invoked_subcommand is None:
        is_new = config is None and not DEFAULT_FILE.exists() and not ctx.obj.db_path.exists()
        click.echo(_WELCOME.format(program=program()) if is_new else ctx.get_help())


_WELCOME = """\
biengioi watches Vietnamese news for cooperation across Viet Nam's land borders.
There is no collection here yet. To begin:
  {program} demo     simulated newspapers on this machine; no internet needed
  {program} crawl    the real ones, once, into biengioi.db
`{program} --help` lists all commands, `{program} COMMAND --help` explains one."""

_started_with: list[Context] = []
"""The global options of this process, for whoever tells of a mistake."""


def main() -> None:
    """Run a command and exit: 0 done, 1 something failed, 2 wrong usage, 3 database locked.

    This is where whatever a person, a disk or a terminal can cause becomes one sentence.
    """
    open_streams()
    threading.excepthook = lambda failed: _report(failed.exc_value)
    try:
        if any("\0" in word for word in sys.argv):
            raise UsageError("No word may hold a NUL character.")
        # click's own help is never narrower than 50 columns, whatever the terminal is.
        columns = min(shutil.get_terminal_size().columns, HELP_CHARS)
        status = cli.main(
            prog_name=program(),
            standalone_mode=False,
            terminal_width=max(columns - 2, LEAST_HELP_CHARS),
            color=False if os.environ.get("NO_COLOR") else None,
        )
        close_streams()
    except BiengioiError as error:
        _fail(str(error), error.exit_status)
    except click.ClickException as error:
        _fail(_of_usage(error), 2)
    except BrokenPipeError:
        give_up_streams()
        sys.exit(1)
    except OSError as error:
        _fail(_of_system(error), 2)
    except (KeyboardInterrupt, click.Abort):
        _fail("Interrupted.", INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - a mistake of ours, which leaves a file
        _report(error)
        give_up_streams()
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _of_usage(error: click.ClickException) -> str:
    """Return what is wrong with the words of a call, and where it says which words there are."""
    said = error.format_message()
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else program()
    return f"{said}{'' if said.endswith(('.', '?')) else '.'} `{command} --help` says how it is called."


def _report(error: BaseException | None) -> None:
    from biengioi.crash import report

    if isinstance(error, Exception):
        report(error, _started_with[-1] if _started_with else None)


def _of_system(error: OSError) -> str:
    """Return what the system refused, in a sentence; what has no name is the output."""
    what = f"{error.filename} cannot be used" if error.filename else "The output cannot be written"
    return f"{what} ({error.strerror or error})."


def _fail(sentence: str, status: int) -> None:
    tell(sentence)
    give_up_streams()
    sys.exit(status)
