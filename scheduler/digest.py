"""What messages say: findings, new articles of a watch, the digest of a day or of a watch. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from crawler.alert_config import Watch
from crawler.finding import Severity
from crawler.language import Language, LanguageCode
from crawler.topic.gazetteer import Gazetteer, Place
from db.service.findings import Finding
from scheduler.message import Item, Message, Section

_MAX_ITEMS = 50

Row = Mapping[str, Any]
"""An article's row with its JSON columns as lists."""


def findings_message(
    opened: Sequence[Finding],
    ongoing: Sequence[Finding],
    resolved: Sequence[Finding],
    key: str,
    t: Language,
) -> Message:
    """Return the message about what is newly wrong, still wrong, and right again."""
    parts = (("new", opened), ("still_open", ongoing), ("resolved", resolved))
    wrong = [*opened, *ongoing]
    first = _title((wrong or list(resolved))[0], t)
    others = len(wrong) + len(resolved) - 1
    subject = first if wrong else t("message.is_resolved", what=first)
    return Message(
        kind="findings",
        key=key,
        subject=t("message.and_more", first=subject, n=others) if others else subject,
        sections=[
            Section(t(f"message.{word}"), [_finding_item(one, t) for one in findings])
            for word, findings in parts
            if findings
        ],
        closing=t("message.status"),
        severity=max((one.severity for one in wrong), key=lambda one: one.rank, default=Severity.INFO),
        facts={
            "COUNT": ", ".join(
                t.count(f"message.{word}_count", len(findings)) for word, findings in parts if findings
            )
        },
        language=t,
    )


def _title(finding: Finding, t: Language) -> str:
    """Return what a finding is about and what it is; English has the word of `status` for that."""
    kind = finding.kind.value if t.code == LanguageCode.EN else t.name("finding", finding.kind)
    return f"{finding.subject(t('message.installation'))}: {kind}"


def _finding_item(finding: Finding, t: Language) -> Item:
    severity, opened = t.name("severity", finding.severity), t.moment(finding.opened_at)
    evidence, advice = finding.told(t)
    if finding.resolved_at:
        note = t("message.since_until", severity=severity, time=opened, end=t.moment(finding.resolved_at))
        return Item(_title(finding, t), note=note, body=evidence)
    note = t("message.since", severity=severity, time=opened)
    return Item(_title(finding, t), note=note, body=t("message.what_to_do", evidence=evidence, advice=advice))


def watch_message(watch: Watch, articles: Sequence[Row], key: str, t: Language) -> Message:
    """Return the message about new articles that match a saved query."""
    count = len(articles)
    subject = f"{watch.name}: {articles[0]['title'] or articles[0]['url']}"
    return Message(
        kind="watch",
        key=key,
        subject=t("message.and_more", first=subject, n=count - 1) if count > 1 else subject,
        sections=[Section("", [_article_item(one, t) for one in articles[:_MAX_ITEMS]])],
        closing=_rest(count, t),
        facts={"NAME": watch.name, "COUNT": str(count)},
        language=t,
    )


def watch_digest_message(watch: Watch, day: date, articles: Sequence[Row], key: str, t: Language) -> Message:
    """Return a watch's own digest: what is new since its last one, grouped by country and place."""
    count = len(articles)
    return Message(
        kind="watch_digest",
        key=key,
        subject=f"{watch.name}, {t.moment(day)}: {t.count('message.articles', count)}",
        sections=list(_by_place(articles[:_MAX_ITEMS], t)),
        closing=_rest(count, t),
        facts={"NAME": watch.name, "DAY": day.isoformat(), "COUNT": str(count)},
        language=t,
    )


def digest_message(
    day: date,
    articles: Sequence[Row],
    findings: Sequence[Finding],
    key: str,
    t: Language,
    event_count: int = 0,
) -> Message:
    """Return the digest: what is new, grouped by country and place, and what is wrong.

    Args:
        event_count: events that the articles report.
    """
    count = len(articles)
    sections = list(_by_place(articles[:_MAX_ITEMS], t))
    summary = [t.count("message.articles", count) if count else t("message.no_articles")]
    if event_count:
        summary.append(t.count("message.events", event_count))
    if findings:
        sections.append(Section(t("message.needs_a_person"), [_finding_item(one, t) for one in findings]))
        summary.append(t.count("message.findings", len(findings)))
    return Message(
        kind="digest",
        key=key,
        subject=f"{t.moment(day)}: {', '.join(summary)}",
        sections=sections,
        closing=_rest(count, t),
        severity=max((one.severity for one in findings), key=lambda one: one.rank, default=Severity.INFO),
        facts={"DAY": day.isoformat(), "COUNT": str(count)},
        language=t,
    )


def trial_message(now: datetime, t: Language) -> Message:
    """Return the message that tries a channel."""
    body = t("message.test_body", time=t.moment(now))
    return Message(
        kind="test",
        key=f"test {now.isoformat()}",
        subject=t("message.test"),
        sections=[Section("", [Item(t("message.test_title"), body=body)])],
        language=t,
    )


def _rest(count: int, t: Language) -> str:
    return t.count("message.rest", count - _MAX_ITEMS) if count > _MAX_ITEMS else ""


def _by_place(articles: Sequence[Row], t: Language) -> Iterator[Section]:
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
            names = [_place_name(country)] if country else [t("message.elsewhere")]
            names += [_place_name(place)] if place else []
            yield Section(" · ".join(names), [_article_item(one, t) for one in places[place]])


@cache
def _places() -> Mapping[str, Place]:
    return Gazetteer.load().places


def _place_name(id_: str) -> str:
    place = _places().get(id_)
    return place.name if place else id_


def _countries(id_: str) -> tuple[str, ...]:
    place = _places().get(id_)
    return place.countries if place else ()


def _article_item(article: Row, t: Language) -> Item:
    body = article["lead"] or article["text"].partition("\n")[0]
    return Item(
        article["title"] or body[:80],
        article["url"],
        note=t(
            "message.article",
            source=article["source_name"] or article["source_id"],
            time=t.moment(article["published_at"] or article["fetched_at"]),
            id=article["id"],
        ),
        body=body,
    )
