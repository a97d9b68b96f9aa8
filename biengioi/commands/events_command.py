"""``biengioi events``: who met whom, where and when, and what was agreed, read out of articles."""

from __future__ import annotations

from collections.abc import Mapping

import click

from biengioi.commands.events_list_command import command
from biengioi.json_lines import read_lines, read_texts
from biengioi.options import json_option
from biengioi.output import json_text, print_json, print_table
from biengioi.streams import tell
from biengioi.working import working
from crawler.errors import UsageError


@command.command("extract")
@click.argument("file", metavar="[FILE|-]", type=click.Path(allow_dash=True), default="-")
@click.option("--spans", is_flag=True, help="Say of every value where it stands: [part, start, end].")
def extract(file: str, spans: bool) -> int:
    """Read events out of JSON lines {id, title, text, date}: one line out for each line in.

    Files whose names end in .gz are unpacked.
    """
    from crawler.events.extract import extract_events

    for one in read_texts(file, dated=True):
        events = extract_events(one.title, one.text, one.date)
        click.echo(json_text({"id": one.id, "events": [event.to_json(spans=spans) for event in events]}))
    return 0


@command.command("evaluate")
@click.argument("gold", metavar="GOLD", type=click.Path())
@click.option(
    "--texts",
    metavar="FILE",
    type=click.Path(),
    multiple=True,
    help="JSON lines {id, title, text, date} of the articles; GOLD itself where none is given.",
)
@json_option
def evaluate(gold: str, texts: tuple[str, ...], as_json: bool) -> int:
    """Measure what is found against JSON lines {id, events} that people read.

    A third of the articles, by a hash of the id, is measured apart: it is not looked at when rules change.
    """
    from crawler.events import evaluation

    wanted = evaluation.read_gold(read_lines(gold), gold)
    found = _found(wanted, texts or (gold,))
    missing = len(wanted) - len(found)
    if not found:
        raise UsageError(
            f"No text of the {len(wanted):,} articles of {gold} is in {', '.join(texts) or 'it'}; "
            "name the files that hold them with --texts."
        )
    if missing:
        tell(f"{missing:,} of {len(wanted):,} articles are left out: their texts are in no file given.")
    parts = {
        "all": list(found),
        "held_out": [id_ for id_ in found if evaluation.is_held_out(id_)],
        "rest": [id_ for id_ in found if not evaluation.is_held_out(id_)],
    }
    scores = {
        name: evaluation.score({id_: wanted[id_] for id_ in ids}, {id_: found[id_] for id_ in ids})
        for name, ids in parts.items()
    }
    if as_json:
        print_json({**{name: one.to_json() for name, one in scores.items()}, "missing": missing})
    else:
        _print(scores)
    return 0


def _found(wanted: Mapping[str, object], files: tuple[str, ...]) -> dict[str, list[dict[str, object]]]:
    from crawler.events.extract import extract_events

    found: dict[str, list[dict[str, object]]] = {}
    with working("reading articles") as say:
        for file in files:
            for one in read_texts(file, dated=True):
                id_ = str(one.id)
                if id_ in wanted and id_ not in found:
                    events = extract_events(one.title, one.text, one.date)
                    found[id_] = [event.to_json() for event in events]
                    say(f"read {len(found)} of {len(wanted)} articles")
    return found


def _print(scores: Mapping[str, object]) -> None:
    rows = {name: _flat(one) for name, one in scores.items()}
    measures = next(iter(rows.values()))
    print_table(
        ("measure", *(name.replace("_", " ") for name in rows)),
        [(measure, *(row[measure] for row in rows.values())) for measure in measures],
        right=tuple(name.replace("_", " ") for name in rows),
    )


def _flat(one: object) -> dict[str, str]:
    from crawler.events.evaluation import EventScores

    assert isinstance(one, EventScores)
    flat: dict[str, str] = {}
    for name, value in one.to_json().items():
        if isinstance(value, dict):
            flat |= {f"{name} {part}": f"{share:.3f}" for part, share in value.items()}
        else:
            flat[name.replace("_", " ")] = str(value) if isinstance(value, int) else f"{value:.3f}"
    return flat
