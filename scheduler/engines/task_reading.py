"""What a worker does with one task: its records read, one after the other; the same in every engine."""

from __future__ import annotations

import signal
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import FrameType

from crawler.archive import saved_folder, warc
from crawler.archive.byte_file import ByteFile
from crawler.archive.capture import Capture
from crawler.archive.http_block import asked, entry_of, page_of, record_time
from crawler.archive.owners import Owners
from crawler.archive.record import Headers, Record
from crawler.archive.task import Batch, CaptureLine, Counts, Task
from crawler.article import format_instant
from crawler.config import ExtractionLimits
from crawler.decision import Decision, Kind, Outcome, Rejection
from crawler.families import Family
from crawler.identity.urls import canonical_url
from crawler.page import Page
from crawler.ports import PageVisit
from crawler.reading import PageReader, PageTitles
from crawler.source import ARCHIVE, Source

BATCH_RECORDS = 500
"""Records after which a worker tells what came of them; by number, so that a repetition is the same."""
_BATCH_CAPTURES = 16
"""Stories after which it does so earlier."""
_HEAD_BYTES = 1 << 16
"""What an answer may have in front of its body, and between its chunks."""
_PAGES = frozenset({"response", "resource", "revisit"})
"""Types of records that are about a page (WARC 1.1 §6)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs to know besides its task.

    Args:
        max_bytes: of a page, unpacked.
        families: those of the user's own.
    """

    reader: PageReader
    owners: Owners
    max_bytes: int
    limits: ExtractionLimits
    families: Mapping[str, Family] = field(default_factory=dict)


class _TooLong(Exception):
    """Reading a page took longer than it may."""


def read_task(task: Task, setup: Setup) -> Iterator[Batch]:
    """Yield what comes of a task's records, in batches; the last one says so.

    Raises:
        OSError: its file cannot be read.
    """
    reading = _TaskReading(setup)
    counts: Counts = Counter()
    captures: list[CaptureLine] = []
    first_at: datetime | None = None
    record_count = number = 0
    position = task.start
    for record in _records(task, setup, reading):
        first_at = first_at or record_time(record.headers)
        came = reading.read(record)
        record_count += 1
        position = max(position, record.offset)
        if isinstance(came, Capture):
            captures.append(_line(came))
        else:
            counts[came] += 1
        if record_count >= BATCH_RECORDS or len(captures) >= _BATCH_CAPTURES:
            read = position - task.start
            yield Batch(task, number, counts, tuple(captures), record_count, read, first_at, is_last=False)
            number, record_count, counts, captures = number + 1, 0, Counter(), []
    yield Batch(task, number, counts, tuple(captures), record_count, task.size, first_at, is_last=True)


def _line(capture: Capture) -> CaptureLine:
    visit = capture.visit
    at = format_instant(visit.fetched_at)
    content_hash = capture.article.content_hash
    return CaptureLine(capture.number, visit.source_id, visit.url, at, content_hash, capture.to_json())


def _records(task: Task, setup: Setup, reading: _TaskReading) -> Iterator[Record]:
    path = Path(task.path)
    if path.name == saved_folder.TABLE:
        yield from saved_folder.records(path, task.start, task.end, reading.refuse, setup.max_bytes)
        return
    with ByteFile(path) as file:
        yield from warc.records(file, task.start, task.end, reading.refuse, setup.max_bytes + _HEAD_BYTES)


class _TaskReading:
    """What is known while a task is read."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._titles: dict[str, PageTitles] = defaultdict(PageTitles)
        self._kept: set[str] = set()
        self._number = -1

    def refuse(self, headers: Headers) -> Decision | None:
        """Say of a record by its headers why its block is not to be read."""
        kind = headers.get("warc-type", "")
        url = asked(headers)
        if kind not in _PAGES or not url.startswith(("http:", "https:")):
            return Decision.rejected(Rejection.NO_PAGE)
        if self._setup.owners.owner(url) is None:
            return Decision.rejected(Rejection.FOREIGN_HOST)
        return Decision.rejected(Rejection.REVISIT_RECORD) if kind == "revisit" else None

    def read(self, record: Record) -> Capture | tuple[str, Kind, str]:
        """Return the story in a record, or under what it counts."""
        self._number += 1
        url = asked(record.headers)
        source = self._setup.owners.owner(url) if url else None
        came = record.refusal or self._page_read(record, url, source)
        if isinstance(came, Decision):
            return source.id if source else ARCHIVE, came.kind, came.reason
        return came

    def _page_read(self, record: Record, url: str, source: Source | None) -> Capture | Decision:
        address, fetched_at = canonical_url(url), record_time(record.headers)
        if source is None or address is None:
            return Decision.rejected(Rejection.FOREIGN_HOST)
        if fetched_at is None:
            return Decision.failed(Outcome.DAMAGED, "the record does not say when it was made")
        page = page_of(record.headers, record.block, address, fetched_at, self._setup.max_bytes)
        return page if isinstance(page, Decision) else self._story(page, source, record.headers)

    def _story(self, page: Page, source: Source, headers: Headers) -> Capture | Decision:
        titles = self._titles[source.id]
        # An edit must not make a story disappear: its later captures are read in full, whatever they say.
        entry = replace(entry_of(headers, page.url), is_kept=page.url in self._kept)
        try:
            with _deadline(self._setup.limits.deadline_s):
                reading = self._setup.reader(page, source, entry, titles.shared_if(page.url))
        except _TooLong:
            detail = f"the page was not read within {self._setup.limits.deadline_s:g} s"
            return Decision.failed(Outcome.EXTRACTION_FAILED, detail)
        except MemoryError:
            detail = f"the page needs more than {self._setup.limits.memory_mb} MB"
            return Decision.failed(Outcome.EXTRACTION_FAILED, detail)
        except Exception as error:  # noqa: BLE001 - one page's surprise is counted as its own
            return Decision.failed(Outcome.EXTRACTION_FAILED, f"{type(error).__name__}: {error}")
        titles.note(page.url, *reading.titles)
        story = reading.result
        if isinstance(story, Decision):
            return story
        if story.refusal and not (story.refusal.reason == Rejection.OFF_TOPIC and entry.is_kept):
            return story.refusal
        self._kept.add(page.url)
        visit = PageVisit(
            source.id,
            page.url,
            Outcome.OK.value,
            page.fetched_at,
            http_status=page.status,
            title=reading.title or entry.title,
            topic_score=reading.topic_score,
            body_hash=reading.body_hash,
            outlinks=reading.outlinks,
        )
        return Capture(self._number, visit, story.article, story.relevance, story.refusal)


@contextmanager
def _deadline(deadline_s: float) -> Iterator[None]:
    """Raise _TooLong in the block when it takes longer, where signals come: in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_: int, __: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, deadline_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
