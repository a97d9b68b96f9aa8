"""The same bytes give the same article: always, everywhere, after any other page."""

from __future__ import annotations

import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable

from crawler.article import Article
from crawler.extraction import Refused, extract_article
from crawler.page import Page
from tests.crawler.extraction.conftest import PARAGRAPHS, make_html

Make = Callable[..., Page]


def test_the_sixth_reading_equals_the_first(page: Make) -> None:
    one = page(make_html())
    other = page(
        make_html(
            (*PARAGRAPHS[1:], "Một đoạn khác hẳn, dài vừa đủ để không bị xem là một dòng lẻ của trang.")
        )
    )
    first = extract_article(one)
    for _ in range(6):
        extract_article(other)
        assert extract_article(one) == first


def test_page_and_result_travel_between_processes(page: Make) -> None:
    pages = [page(make_html()), page(b"%PDF")]
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        results = pool.map(extract_article, pages)
    assert results == [extract_article(one) for one in pages]
    assert isinstance(results[0], Article)
    assert isinstance(results[1], Refused)
    assert pickle.loads(pickle.dumps(results)) == results


def test_importing_the_package_loads_no_parser() -> None:
    code = (
        "import sys, crawler.extraction, crawler.families; crawler.families.load_families();"
        "print(sorted({'lxml', 'trafilatura', 'cssselect', 'charset_normalizer'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
