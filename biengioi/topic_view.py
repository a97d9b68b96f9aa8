"""What `topic explain` and `topic evaluate` show to people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from biengioi.output import is_coloured, print_line, print_table, print_text, safe
from crawler.topic.evaluation import Evaluation, Rates
from crawler.topic.explanation import Segment
from crawler.topic.relevance import Grade, Relevance

_SHOWN_MISSES = 20


def print_explanation(verdict: Relevance, segments: Sequence[Segment]) -> None:
    """Print the verdict, every term's share, the evidence, and the text with its terms marked."""
    click.secho(verdict.summary(), bold=True)
    if verdict.fields:
        click.echo(f"fields: {', '.join(verdict.fields)}")
    for one in verdict.evidence:
        print_line(f"{one.id}: {safe(one.sentence)}")
    click.echo()
    shares = {term.term: term.weight for term in verdict.terms}
    print_table(
        ("term", "where", "share"),
        [(term.term, term.zone, f"{term.weight:+.2f}") for term in verdict.terms],
        right=("share",),
    )
    click.echo()
    for line in "".join(_marked(segment, shares) for segment in segments).strip("\n").split("\n"):
        print_text(line)


def _marked(segment: Segment, shares: dict[str, float]) -> str:
    """Return the text of a segment: in colour on a terminal, in brackets elsewhere."""
    text = "\n".join(map(safe, segment.text.split("\n")))
    words = text.strip()
    if not segment.terms or not words:
        return text
    if not is_coloured():
        return text.replace(words, f"[{', '.join(segment.terms)}: {words}]")
    share = sum(shares[term] for term in segment.terms)
    colour = "green" if share > 0 else "red" if share < 0 else "yellow"
    return text.replace(words, click.style(words, fg=colour, bold=True))


def evaluation_document(outcome: Evaluation, flags: float | None) -> dict[str, Any]:
    """Return what `topic evaluate --json` prints."""
    return {
        "kept": _rates(outcome.kept),
        "core": _rates(outcome.core),
        "confusion": {
            label.value: {given.value: outcome.confusion.get((label, given), 0) for given in Grade}
            for label in Grade
        },
        "errors": [
            {
                "id": miss.labelled.id,
                "title": miss.labelled.title,
                "label": miss.labelled.label,
                "grade": miss.verdict.grade.value,
                "score": miss.verdict.score,
            }
            for miss in outcome.misses
        ],
        "flags_per_10000": flags,
    }


def _rates(rates: Rates) -> dict[str, float]:
    return {**asdict(rates), "precision": rates.precision, "recall": rates.recall, "f1": rates.f1}


def print_evaluation(outcome: Evaluation, flags: float | None) -> None:
    """Print the rates, the confusion, the worst errors and the flags of ordinary articles."""
    document = evaluation_document(outcome, flags)
    names = ("precision", "recall", "f1")
    counts = ("flagged_count", "positive_count", "right_count")
    print_table(
        ("", *names, "flagged", "positive", "right"),
        [
            (
                what,
                *(f"{document[what][name]:.3f}" for name in names),
                *(document[what][name] for name in counts),
            )
            for what in ("kept", "core")
        ],
        right=(*names, "flagged", "positive", "right"),
    )
    click.echo()
    print_table(
        ("label", *(f"graded {given.value}" for given in Grade)),
        [(label, *row.values()) for label, row in document["confusion"].items()],
        right=[f"graded {given.value}" for given in Grade],
    )
    if document["errors"]:
        click.echo()
        print_table(
            ("worst errors", "label", "grade", "score", "title"),
            [
                tuple(one[name] for name in ("id", "label", "grade", "score", "title"))
                for one in document["errors"][:_SHOWN_MISSES]
            ],
            right=("label", "score"),
        )
    if flags is not None:
        click.echo(f"\nOf 10,000 ordinary articles {flags:.1f} would be kept.")
