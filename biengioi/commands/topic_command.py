"""``biengioi topic``: what a topic says of texts, why, how often it is right; labels to make it better."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from biengioi.context import Context
from biengioi.json_lines import Text, read_lines, read_texts
from biengioi.options import ROW_ID, json_option, topic_option
from biengioi.output import json_text, print_json
from biengioi.streams import tell
from biengioi.working import working
from crawler.bounded import MAX_TEXT_BYTES, read_file
from crawler.errors import UsageError
from crawler.page import Page

if TYPE_CHECKING:
    from crawler.topic.doubt import Doubt
    from crawler.topic.topic import Topic


@click.group("topic")
def command() -> None:
    """Score texts, explain a score, measure a topic file, and label texts to improve it."""


@command.command("score")
@click.argument("file", metavar="[FILE|-]", type=click.Path(allow_dash=True), default="-")
@topic_option
@click.pass_obj
def score(context: Context, file: str, topic_file: Path | None) -> int:
    """Score JSON lines {id, title, lead, text}: one line out for each line in."""
    topic = _topic(context, topic_file)
    for one in read_texts(file):
        verdict = topic.score(title=one.title, lead=one.lead, text=one.text)
        click.echo(json_text({"id": one.id, **verdict.to_json()}))
    return 0


@command.command("explain")
@click.argument("which", metavar="ID|FILE", type=click.Path())
@topic_option
@json_option
@click.pass_obj
def explain(context: Context, which: str, topic_file: Path | None, as_json: bool) -> int:
    """Show the terms found in an article of the collection or a file, and what each is worth.

    A file is a saved page or a corpus file.
    """
    from biengioi.topic_view import print_explanation
    from crawler.topic.explanation import segments

    topic = _topic(context, topic_file)
    one = _kept(context, ROW_ID(which)) if which.isdecimal() else _saved(Path(which))
    verdict = topic.score(title=one.title, lead=one.lead, text=one.text)
    marked = segments(topic, title=one.title, lead=one.lead, text=one.text)
    if as_json:
        shown = [{"text": part.text, "terms": list(part.terms)} for part in marked]
        print_json({"id": one.id, "title": one.title, **verdict.to_json(), "segments": shown})
    else:
        print_explanation(verdict, marked)
    return 0


@command.command("evaluate")
@click.argument("labels", metavar="LABELS.jsonl", type=click.Path())
@click.option(
    "--background", metavar="FILE", type=click.Path(), help="Ordinary articles: of 10,000, how many are kept?"
)
@topic_option
@json_option
@click.pass_obj
def evaluate(
    context: Context, labels: str, background: str | None, topic_file: Path | None, as_json: bool
) -> int:
    """Measure a topic on JSON lines {id, title, text, label}: label 2 core, 1 related, 0 none.

    Files whose names end in .gz are unpacked.
    """
    from biengioi.topic_view import evaluation_document, print_evaluation
    from crawler.topic import evaluation

    topic = _topic(context, topic_file)
    outcome = evaluation.evaluate(topic, evaluation.read_labels(read_lines(labels), labels))
    flags = None
    if background is not None:
        ordinary = ((one.title, one.text) for one in read_texts(background))
        flags = evaluation.flagged_per_10000(topic, ordinary)
    if as_json:
        print_json(evaluation_document(outcome, flags))
    else:
        print_evaluation(outcome, flags)
    return 0


@command.command("label")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("labels.jsonl"),
    show_default=True,
    help="Where the labels are added; what is in it is not asked again.",
)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Ask for at most N.")
@topic_option
@json_option
@click.pass_obj
def label(context: Context, output: Path, limit: int, topic_file: Path | None, as_json: bool) -> int:
    """Ask you to label the articles and refused pages of which the topic is least sure.

    The file is what `topic evaluate` and `./run train-topic` read. --json lists what would be asked.
    """
    from biengioi.label_file import LabelFile, labelled_ids
    from biengioi.labelling import ask

    if as_json:
        doubts = _doubts(context, topic_file, labelled_ids(output), output)
        print_json([doubt.to_json() for doubt in doubts[:limit]])
        return 0
    with LabelFile(output) as labels:
        doubts = _doubts(context, topic_file, labels.ids, output)
        if not doubts:
            return 0
        given: Counter[int] = Counter()
        try:
            ask(doubts[:limit], labels, given)
        finally:
            click.echo(f"\n{_summary(given, len(doubts), output if given.total() or labels.ids else None)}")
    return 0


def _doubts(context: Context, topic_file: Path | None, labelled: set[str], output: Path) -> list[Doubt]:
    """Return what to ask, the greatest doubts first; where there is nothing, stderr says why."""
    from crawler.topic.doubt import by_turns, doubt_about

    topic = _topic(context, topic_file)
    with context.asked_collection() as collection:
        texts, has_more = collection.unlabelled(labelled)
    with working("looking for doubts") as say:
        found = []
        for number, one in enumerate(texts):
            if number % 50 == 0:
                say(f"looking for doubts: {number} of {len(texts)} texts")
            if doubt := doubt_about(topic, one):
                found.append(doubt)
    if has_more:
        tell(f"only {len(texts):,} texts were looked at; label more, and others come.")
    if not found:
        tell(_why_nothing(len(texts), len(labelled), output))
    return list(by_turns(found))


def _summary(given: Counter[int], doubt_count: int, output: Path | None) -> str:
    count = given.total()
    done = f"{count} labelled" + (f" ({given[2]} core, {given[1]} related, {given[0]} none)" if count else "")
    said = f"{done}; {doubt_count - count} more are in doubt."
    if output is None:
        return said
    return (
        f"{said} All labels are in {output}; `biengioi topic evaluate {output}` measures the topic on them."
    )


def _why_nothing(text_count: int, labelled_count: int, output: Path) -> str:
    if text_count:
        return (
            f"Nothing to label: of {text_count:,} texts without a label the topic doubts none."
            " The next crawl, or another topic (--topic FILE), may bring some."
        )
    if labelled_count:
        return (
            f"Nothing left to label: all that could be in doubt is in {output}."
            " `biengioi crawl` brings more; --output names a new file."
        )
    return (
        "Nothing to label: the collection has neither an article that is not plainly core nor the title of"
        " a page that was refused for the topic. `biengioi crawl` brings some."
    )


def _topic(context: Context, file: Path | None) -> Topic:
    """Return the topic, having said on stderr which of its parts count nothing."""
    topic = context.topic(file)
    if topic.unweighed:
        names = ", ".join(topic.unweighed)
        tell(
            f"the topic gives no points to {names}, and no weights were fitted to them: they count "
            "nothing. Give them points, or fit weights with ./run train-topic (docs/topic.md)."
        )
    return topic


def _kept(context: Context, article_id: int) -> Text:
    with context.asked_collection() as collection:
        article = collection.show(article_id)
    return Text(article_id, article["title"], article["lead"], article["text"])


def _saved(path: Path) -> Text:
    from crawler.extraction import Refused, extract_article
    from crawler.formats.corpus import decode_corpus, read_corpus

    try:
        body = read_file(path, MAX_TEXT_BYTES)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror}); give an article's ID, a saved page or a corpus file."
        ) from error
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        try:
            record = read_corpus(decode_corpus(body))
        except UsageError as error:
            raise UsageError(f"{path} {error}") from error
        return Text(str(path), record.title, None, record.text)
    address = path.absolute().as_uri()
    article = extract_article(Page(address, address, body, datetime.now(UTC)))
    if isinstance(article, Refused):
        raise UsageError(f"{path} holds no article ({article.reason}).")
    return Text(str(path), article.title, article.lead, article.text)
