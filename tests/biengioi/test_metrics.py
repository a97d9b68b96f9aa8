"""Numbers for a monitor: read by Prometheus's own parser, described in the reference, written whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.core import Metric as ReadMetric
from prometheus_client.parser import text_string_to_metric_families

from biengioi.metrics import Moment, metrics_of
from crawler.decision import Decision, Outcome
from crawler.formats.prometheus import Metric, text_of
from tests.articles import make_article
from tests.biengioi.program import Program
from tests.biengioi.test_bad_input import assert_one_sentence
from tests.db.world import PAPER, World
from tests.test_docs import REFERENCE, table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a collection of two articles, a failed page and one that waits."""
    world = World(tmp_path_factory.mktemp("metrics"))

    async def scenario() -> None:
        async with world.crawl() as crawl:
            for number in range(2):
                await crawl.keep(make_article(number))
            await crawl.admit("https://bao-thu.example/cho.html")
            await crawl.admit("https://bao-thu.example/hong.html")
            lost = crawl.visit("https://bao-thu.example/hong.html", outcome=Outcome.TIMED_OUT)
            await crawl.store.settle(lost, Decision.failed(Outcome.TIMED_OUT))

    asyncio.run(scenario())
    world.path.rename(world.path.with_name("biengioi.db"))
    return world.path.parent


def families(text: str) -> dict[str, ReadMetric]:
    """What Prometheus makes of a text; the name of a counter is not cut."""
    found: Iterator[ReadMetric] = text_string_to_metric_families(text)
    return {one.name: one for one in found}


def value(metric: ReadMetric, **labels: str) -> float:
    (sample,) = (one for one in metric.samples if one.labels == labels)
    return float(sample.value)


def test_what_is_told_adds_up_and_is_what_the_reference_says(folder: Path) -> None:
    run = Program(folder).run("status", "--prometheus")
    assert run.status == 1  # no service
    read = families(run.stdout)
    documented = table(REFERENCE, "Metrics")
    assert set(read) == set(documented)
    for name, metric in read.items():
        labels = {code.strip("` ") for code in documented[name][0].split(",") if code.strip()}
        assert all(set(sample.labels) == labels for sample in metric.samples), name
        assert metric.documentation
        assert metric.type == "gauge"
    terms = {
        (sample.labels["outcome"], sample.labels["reason"]): sample.value
        for sample in read["biengioi_run_addresses"].samples
    }
    assert terms["stored", ""] == 2
    assert terms["failed", "timed_out"] == 1
    assert terms["pending", ""] == 1
    assert sum(terms.values()) == value(read["biengioi_run_considered"], kind="crawl") == 4
    assert value(read["biengioi_run_adds_up"], kind="crawl") == 1
    assert value(read["biengioi_service_state"], state="never") == 1
    assert value(read["biengioi_open_findings"], severity="error") == 0
    assert value(read["biengioi_source_pending_pages"], source=PAPER.id) == 1
    assert value(read["biengioi_articles"]) == 2
    assert value(read["biengioi_needs_person"]) == 1
    assert value(read["biengioi_database_bytes"]) == (folder / "biengioi.db").stat().st_size
    newest = value(read["biengioi_source_newest_article_timestamp_seconds"], source=PAPER.id)
    assert newest == max(make_article(n).published.first_moment for n in range(2)).timestamp()  # type: ignore[union-attr]
    assert read["biengioi_source_last_success_timestamp_seconds"].samples


def test_an_empty_collection_has_every_metric(tmp_path: Path) -> None:
    with World(tmp_path).collection() as collection:
        moment = Moment(collection.status(), collection.numbers(), "0.1.0", needs_person=True)
    told = metrics_of(moment, datetime(2026, 11, 30, tzinfo=UTC))
    assert {one.name for one in told} == set(table(REFERENCE, "Metrics"))
    assert set(families(text_of(told))) == {one.name for one in told}


@pytest.mark.parametrize("label", ['a"b', "a\\b", "a\nb", "a\\nb", "Báo Biên giới", "{x=}", "", "a,b", "\\"])
def test_every_label_comes_back_as_it_was(label: str) -> None:
    metric = Metric("biengioi_x", 'Told "with" \\ and\na line.', ("one", "two"))
    metric.add(1.5, label, "2")
    (read,) = families(text_of([metric])).values()
    assert [(one.labels, one.value) for one in read.samples] == [({"one": label, "two": "2"}, 1.5)]
    assert read.documentation == metric.told


def test_what_is_no_text_is_still_a_line() -> None:
    metric = Metric("biengioi_x", "Told.", ("one",))
    metric.add(2**53, "\udcff\r")
    metric.add(None, "left out")
    text = text_of([metric])
    assert text.splitlines()[2:] == [f'biengioi_x{{one="? "}} {2**53}']


def test_a_textfile_is_written_whole_and_replaces_only_its_own(folder: Path) -> None:
    program, dest = Program(folder), folder / "biengioi.prom"
    for _ in range(2):
        run = program.run("status", "--textfile", "biengioi.prom")
        assert (run.status, run.stdout, run.stderr) == (1, "", "")
    assert families(dest.read_text("utf-8")).keys() == set(table(REFERENCE, "Metrics"))
    assert not list(folder.glob(".*"))
    (folder / "notes.txt").write_text("mine")
    assert_one_sentence(program.run("status", "--textfile", "notes.txt"), 2, "choose another name")
    assert_one_sentence(program.run("status", "--textfile", "biengioi.db"), 2, "is the collection itself")
    assert_one_sentence(program.run("status", "--json", "--prometheus"), 2, "--json or for --prometheus")
    assert (folder / "notes.txt").read_text() == "mine"
