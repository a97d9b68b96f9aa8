"""A source file from what a home page showed: the text that `sources add` writes."""

from __future__ import annotations

import json

from crawler.decision import Outcome
from crawler.source import SeedKind, Source
from spiders.check_result import SeedCheck, SourceCheck
from spiders.discovery.article_shape import learn
from spiders.discovery.feed_check import FeedVerdict
from spiders.discovery.links import Link


def source_file(source: Source, check: SourceCheck) -> str:
    """Return the TOML of a source whose seeds are those that answered with something.

    Args:
        check: what `check_sources` found for the bare `source`.
    """
    lines = [
        "# Written by `biengioi sources add` from the home page; correct it as you like.",
        f"id = {_quoted(source.id)}",
        f"name = {_quoted(check.site_name or source.name)}",
        f"homepage = {_quoted(source.homepage)}",
    ]
    if source.homepage.startswith("http:"):
        lines.append('note = "Added under its http address; try whether https answers too."')
    for seed in worthwhile(check.seeds):
        lines += ["", "[[seeds]]", f"kind = {_quoted(seed.kind)}", f"url = {_quoted(seed.url)}"]
    examples = [Link(one.url, one.title, True) for one in check.candidates if one.title]
    shape = learn(examples, source.homepage)
    if shape:
        lines += ["", "[article]", f"url_pattern = {_quoted(shape.pattern)}"]
    return "\n".join(lines) + "\n"


def worthwhile(seeds: list[SeedCheck]) -> list[SeedCheck]:
    """Return the seeds to keep: they answered, and offer something of their own."""
    good = [seed for seed in seeds if seed.outcome == Outcome.OK and seed.link_count + seed.page_count]
    unlike = [seed for seed in good if seed.feed_verdict is not FeedVerdict.SAME_AS_ANOTHER]
    return [seed for seed in unlike if seed.kind != SeedKind.SECTION or seed.matched_count]


def _quoted(text: str) -> str:
    """Return a TOML basic string, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)
