"""Two processes bring the same stories at once: one article each, every address seen, nothing lost."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from db.crawl.runs import recent_runs
from db.upkeep.verify import verify
from tests.db.processes import child
from tests.db.world import World
from tests.scale import count

STORY_COUNT = count(800, 5000)
"""Each, in each of two processes; 5,000 take half a minute of both processors."""

PAPERS = ("bao-mot", "bao-hai")


@pytest.mark.slow
def test_two_processes_that_bring_the_same_stories_end_with_one_article_each(world: World) -> None:
    go = world.path.with_name("go")
    with ExitStack() as stack:
        running = [
            stack.enter_context(child("ingest", world.path, paper, STORY_COUNT, go)) for paper in PAPERS
        ]
        go.touch()
        assert [process.wait(timeout=100) for process in running] == [0, 0]
    assert world.rows("SELECT count(*) AS n FROM articles") == [{"n": STORY_COUNT}]
    assert world.rows("SELECT source_id, count(*) AS n FROM sightings GROUP BY 1 ORDER BY 1") == [
        {"source_id": "bao-hai", "n": STORY_COUNT},
        {"source_id": "bao-mot", "n": STORY_COUNT},
    ]
    assert (
        world.rows("SELECT article_id FROM sightings GROUP BY 1 HAVING count(DISTINCT source_id) <> 2") == []
    )
    with world.connection() as conn:
        reports = recent_runs(conn)
        assert [result for result in verify(conn) if result.problem_count] == []
    tallies = [report.tally for report in reports]
    assert {report.status for report in reports} == {"done"}
    assert [tally.considered for tally in tallies] == [STORY_COUNT] * 2
    kept = sum(tally.stored + tally.near_duplicate for tally in tallies)
    assert (kept, sum(tally.duplicate for tally in tallies)) == (STORY_COUNT, STORY_COUNT)
    firsts = world.rows("SELECT source_id, count(*) AS n FROM articles GROUP BY 1")
    assert len(firsts) == 2, f"they did not run at once: {firsts}"
    assert min(row["n"] for row in firsts) > 0
