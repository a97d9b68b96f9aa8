"""What messages say: findings, new articles of a watch, and the digest of a day. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from crawler.alert_config import Watch
from crawler.article import LOCAL_ZONE, parse_instant
from crawler.finding import Severity
from crawler.topic.gazetteer import Gazetteer, Place
from db.service.findings import Finding
from scheduler.message import Item, Message, Section

_MAX_ITEMS = 50
_ELSEWHERE = "Border as a whole"

Row = Mapping[str, Any]
"""An article's row with its JSON columns as lists."""


def findings_message(
    opened: Sequence[Finding], ongoing: Sequence[Finding], resolved: Sequence[Finding], key: str
) -> Message:
    """Return the message about what is newly wrong, still wrong, and right again."""
    counts = ((len(opened), "new"), (len(ongoing), "still open"), (len(resolved), "resolved"))
    wrong = [*opened, *ongoing]
    first = (wrong or list(resolved))[0]
    others = len(wrong) + len(resolved) - 1
    what = f"{_name(first)}: {first.kind}" + ("" if wrong else " resolved")
    return Message(
        kind="findings",
        key=key,
        subject=what + (f" and {others} more" if others else ""),
        sections=[
            Section(heading, [_finding_item(one) for one in findings])
            for heading, findings in (("New", opened), ("Still open", ongoing), ("Resolved", resolved))
            if findings
        ],
        closing="`biengioi status` shows what is open now.",
        severity=max((one.severity for one in wrong), key=lambda one: one.rank, default=Severity.INFO),
        facts={"COUNT": ", ".join(f"{count} {word}" for count, word in counts if count)},
    )


def _name(finding: Finding) -> str:
    return finding.source_id or "installation"


def _finding_item(finding: Finding) -> Item:
    since = f"since {_local(finding.opened_at)}"
    if finding.resolved_at:
        since += f" until {_local(finding.resolved_at)}"
        body = finding.evidence
    else:
        body = f"{finding.evidence} What to do: {finding.advice}"
    return Item(f"{_name(finding)}: {finding.kind}", note=f"{finding.severity}, {since}", body=body)


def watch_message(watch: Watch, articles: Sequence[Row], key: str) -> Message:
    """Return the message about new articles that match a saved query."""
    count = len(articles)
    subject = f"{watch.name}: {articles[0]['title'] or articles[0]['url']}"
    return Message(
        kind="watch",
        key=key,
        subject=subject + (f" and {count - 1} more" if count > 1 else ""),
        sections=[Section("", [_article_item(one) for one in articles[:_MAX_ITEMS]])],
        closing=_rest(count),
        facts={"NAME": watch.name, "COUNT": str(count)},
    )


def digest_message(
    day: date, articles: Sequence[Row], findings: Sequence[Finding], key: str, event_count: int = 0
) -> Message:
    """Return the digest: what is new, grouped by country and place, and what is wrong.

    Args:
        event_count: events that the articles report.
    """
    count = len(articles)
    sections = list(_by_place(articles[:_MAX_ITEMS]))
    if findings:
        sections.append(Section("Needs a person", [_finding_item(one) for one in findings]))
    summary = f"{count} new article{'' if count == 1 else 's'}" if count else "no new articles"
    if event_count:
        summary += f" on {event_count} event{'' if event_count == 1 else 's'}"
    trouble = f", {len(findings)} open finding{'' if len(findings) == 1 else 's'}" if findings else ""
    return Message(
        kind="digest",
        key=key,
        subject=f"{day:%Y-%m-%d}: {summary}{trouble}",
        sections=sections,
        closing=_rest(count),
        severity=max((one.severity for one in findings), key=lambda one: one.rank, default=Severity.INFO),
        facts={"DAY": day.isoformat(), "COUNT": str(count)},
    )


def _rest(count: int) -> str:
    if count <= _MAX_ITEMS:
        return ""
    return f"{count - _MAX_ITEMS} more are left out here; `biengioi list` shows them."


def _by_place(articles: Sequence[Row]) -> Iterator[Section]:
    """Yield a section for each country and place, the fullest country first; an article is in one."""
    groups: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for article in articles:
        country = next(iter(article["countries"]), "")
        place = next((id_ for id_ in article["places"] if not country or country in _countries(id_)), "")
        groups[country][place].append(article)
    sizes = Counter({country: sum(map(len, places.values())) for country, places in groups.items()})
    for country, _ in sizes.most_common():
        places = groups[country]
        for place in sorted(places, key=lambda id_: (-len(places[id_]), id_)):
            names = [_place_name(country)] if country else [_ELSEWHERE]
            names += [_place_name(place)] if place else []
            yield Section(" · ".join(names), [_article_item(one) for one in places[place]])


@cache
def _places() -> Mapping[str, Place]:
    return Gazetteer.load().places


def _place_name(id_: str) -> str:
    place = _places().get(id_)
    return place.name if place else id_


def _countries(id_: str) -> tuple[str, ...]:
    place = _places().get(id_)
    return place.countries if place else ()


def _article_item(article: Row) -> Item:
    when = _local(article["published_at"] or article["fetched_at"])
    body = article["lead"] or article["text"].partition("\n")[0]
    return Item(
        article["title"] or body[:80],
        article["url"],
        note=f"{article['source_id']}, {when}, article {article['id']}",
        body=body,
    )


def _local(stored: str) -> str:
    """Return a stored time as people in Viet Nam read it; a day or month stays what it is."""
    if not stored.endswith("Z"):
        return stored
    return f"{parse_instant(stored).astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"
