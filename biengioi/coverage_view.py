"""What `sources coverage` shows: a row for each province and gate, a column for each month."""

from __future__ import annotations

from collections.abc import Sequence

from biengioi.context import Context
from biengioi.output import print_json, print_table
from biengioi.streams import remark
from crawler.errors import UsageError
from crawler.reach.coverage import MonthCoverage, PlaceCoverage, State, Unread
from crawler.topic.gazetteer import Gazetteer

WORDS = {
    State.WRITTEN: "articles",
    State.NOTHING_WRITTEN: "nothing was written",
    State.NOT_LOOKED: "we did not look",
    State.TOO_FEW: "too few to tell",
}
REASONS = {
    Unread.NONE_DECLARED: "no paper is declared that would write about it",
    Unread.NOT_DECLARED: "the paper is declared no more",
    Unread.DISABLED: "the paper is disabled",
    Unread.DOWN: "the paper could not be read",
    Unread.SILENT: "the paper offered nothing new at all, as it never does",
    Unread.NOT_CRAWLED: "the paper was not crawled",
    Unread.NOBODY_WATCHED: "nothing was crawled",
}


def show_coverage(context: Context, place: str | None, month_count: int, *, as_json: bool) -> int:
    """Print the coverage of all provinces and gates, or of one place; return the exit status."""
    places = Gazetteer.load().places
    wanted = [id_ for id_, one in places.items() if one.kind in ("province", "gate")]
    if place is not None:
        if place not in wanted:
            raise UsageError(
                f"{places[place].name} is no province or gate of the border; coverage is of those."
            )
        wanted = [place]
    with context.asked_collection() as collection:
        covered = collection.coverage(places, wanted, context.watch(), month_count)
    if as_json:
        print_json([one.to_json() for one in covered])
    elif place is not None:
        _print_months(covered[0].months)
    else:
        _print_places(covered)
    return 0


def _print_places(covered: Sequence[PlaceCoverage]) -> None:
    """Print provinces, each with its gates below it."""
    provinces = {one.place.id: one for one in covered if one.place.kind == "province"}
    ordered = [
        row
        for id_, province in provinces.items()
        for row in (
            province,
            *(one for one in covered if one.place.kind == "gate" and one.place.province == id_),
        )
    ]
    months = [f"{one.month:%y-%m}" for one in covered[0].months]
    print_table(
        ("place", *months),
        (
            (
                one.place.name if one.place.kind == "province" else f"  {one.place.name}",
                *(month.verdict.state.mark or month.article_count for month in one.months),
            )
            for one in ordered
        ),
        right=months,
    )
    remark("")
    remark("  ".join(f"{state.mark} {words}" for state, words in WORDS.items() if state.mark))
    remark("`biengioi sources coverage --place ID` shows why.")


def _print_months(months: Sequence[MonthCoverage]) -> None:
    print_table(
        ("month", "articles", "papers", "expected", "state", "why"),
        (
            (
                f"{one.month:%Y-%m}",
                one.article_count,
                one.paper_count,
                f"{one.verdict.expected:.1f} of {one.verdict.usual:.1f}" if one.verdict.usual else "",
                WORDS[one.verdict.state],
                REASONS[one.verdict.reason] if one.verdict.reason else "",
            )
            for one in months
        ),
        right=("articles", "papers", "expected"),
    )
