"""What `sources check` found, for people: a row per seed, a sample per source, what to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from biengioi.output import local_time, print_line, print_table, safe

if TYPE_CHECKING:
    from spiders.check_result import SourceCheck


def print_checks(checks: Sequence[SourceCheck]) -> None:
    """Print one table of all seeds, then each source's sample and suggestions."""
    print_table(
        ("source", "seed", "answer", "links", "articles", "newest", "address"),
        (
            (
                check.source_id,
                seed.kind,
                seed.outcome,
                seed.link_count,
                seed.matched_count,
                local_time(seed.newest),
                seed.url,
            )
            for check in checks
            for seed in check.seeds
        ),
        right=("links", "articles"),
    )
    for check in checks:
        click.echo()
        click.secho(f"{check.source_id}: {'good' if check.is_good else 'needs a look'}", bold=True)
        if check.robots != "allows":
            print_line(f"robots.txt: {safe(check.robots)}", "  ")
        if check.sample and "title" in check.sample:
            shown = check.sample
            print_line(f"sample: {safe(shown['title'])}", "  ")
            print_line(safe(shown["lead"] or "(no lead)"), "          ")
            when = local_time(shown["published_at"]) or "no date"
            print_line(f"{when}, {shown['char_count']} characters, {safe(shown['url'])}", "          ")
        for suggestion in check.suggestions:
            print_line(safe(suggestion), "  ")
