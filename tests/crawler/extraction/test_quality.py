"""Extraction on real pages: no figure under its floor, and the same page twice the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import extraction_quality
from benchmarks.extraction import LIMIT, load_pages, medians


@pytest.fixture(scope="module")
def measured(shared: Path) -> dict[str, extraction_quality.Figures]:
    return extraction_quality.measure(shared)


@pytest.mark.parametrize(
    "group", ["recent_families", "unflagged_families", "recent_generic", "unflagged_generic"]
)
def test_no_figure_is_under_its_floor(measured: dict[str, extraction_quality.Figures], group: str) -> None:
    assert [problem for problem in extraction_quality.broken(measured) if problem.startswith(group)] == []


@pytest.mark.slow
def test_the_general_rules_are_general(shared: Path) -> None:
    assert extraction_quality.broken({"elsewhere": extraction_quality.elsewhere(shared)}) == []


def test_the_gate_says_when_there_is_nothing_to_measure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BIENGIOI_SHARED", str(tmp_path))
    assert extraction_quality.main() == 2
    assert "CORPUS GATES SKIPPED" in capsys.readouterr().out


@pytest.mark.slow
def test_it_costs_little_more_than_trafilatura_alone(shared: Path) -> None:
    names = [f"{path.stem}" for path in (shared / "corpus/gold").glob("*.json")]
    paths = [shared / "corpus/html" / f"{name.replace('__', '/', 1)}.html" for name in names]
    assert len(paths) == 22
    found = medians(load_pages(paths), rounds=3)
    assert found["extract"] <= LIMIT * found["trafilatura"], found
