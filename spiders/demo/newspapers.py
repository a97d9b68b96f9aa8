"""The simulated newspapers together: start them, publish, edit, and see who asked for what."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from types import TracebackType

from spiders.demo.edition import edition
from spiders.demo.papers import Paper, load_papers, load_undeclared_papers
from spiders.demo.server import NewspaperServer, Request
from spiders.demo.stories import Manuscript, Story, first_edition, load_manuscripts

_CORRECTION = "Tin cập nhật: tòa soạn đã bổ sung ý kiến của các bên sau khi bài được đăng."


def _system_clock() -> datetime:
    return datetime.now(UTC)


class Newspapers:
    """Eight small newspapers, one per CMS family, each on a loopback address of its own.

    Two more that they quote are up behind them, and stand in no source file; `stories`, `origins` and
    the like leave them out.

    What they print follows from `seed` and `now` alone. Use it as a context manager; `publish` and
    `edit` belong to one thread.

    Args:
        now: what they call now, with a zone; by default the clock's.
        first_host: the last number of the first address, 127.0.0.11 by default.
        port: the same for all; 0 takes any free one for each.
        only: the ids of those to start; by default all.
        clock: tells the time from then on; by default it passes as everywhere, from `now`.

    Attributes:
        requests: everything that was asked of them, in order.
    """

    def __init__(
        self,
        *,
        seed: int = 2026,
        now: datetime | None = None,
        first_host: int = 11,
        port: int = 0,
        only: Collection[str] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.now = (now or (clock or _system_clock)()).astimezone(UTC).replace(microsecond=0)
        self.requests: list[Request] = []
        self._started_at = time.monotonic()
        self._told_time = clock
        self._seed, self._port = seed, port
        papers, undeclared = load_papers(), load_undeclared_papers()
        self._manuscripts = load_manuscripts((*papers, *undeclared), seed)
        self._hosts = {
            paper.id: f"127.0.0.{first_host + n}" for n, paper in enumerate((*papers, *undeclared))
        }
        self._papers = {paper.id: paper for paper in papers if only is None or paper.id in only}
        self._undeclared = undeclared if only is None else ()
        self._quoted: dict[str, str] = {}
        self._stories: dict[str, list[Story]] = {}
        self._servers: dict[str, NewspaperServer] = {}
        self._open = ExitStack()

    def __enter__(self) -> Newspapers:
        with ExitStack() as starting:
            for paper in self._undeclared:
                server = starting.enter_context(self._serve(self._hosts[paper.id]))
                stories = self._first_edition(paper, server.origin)
                server.resources = edition(paper, server.origin, stories, self.now, {})
                self._quoted[paper.name] = f"{server.origin}/"
            for paper in self._papers.values():
                server = starting.enter_context(self._serve(self._hosts[paper.id]))
                self._servers[paper.id] = server
                self._stories[paper.id] = self._first_edition(paper, server.origin)
                self._print(paper)
            self._open = starting.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def stories(self) -> tuple[Story, ...]:
        """Every story in print, reprints included, paper by paper."""
        return tuple(story for stories in self._stories.values() for story in stories)

    @property
    def expected(self) -> dict[str, tuple[Story, ...]]:
        """The relevant stories by key, each with all its reprints: what a complete crawl stores."""
        found: dict[str, tuple[Story, ...]] = {}
        for story in self.stories:
            if story.relevant:
                found[story.key] = (*found.get(story.key, ()), story)
        return found

    @property
    def relevant_urls(self) -> frozenset[str]:
        """The addresses of all relevant stories, reprints included."""
        return frozenset(story.url for story in self.stories if story.relevant)

    @property
    def origins(self) -> dict[str, str]:
        """Source id → scheme, host and port."""
        return {source_id: server.origin for source_id, server in self._servers.items()}

    @property
    def sources(self) -> dict[str, str]:
        """Source id → the TOML text of its source file."""
        return {id_: self._papers[id_].source(origin) for id_, origin in self.origins.items()}

    @property
    def undeclared(self) -> dict[str, str]:
        """What the stories call the papers that nobody declares → their home pages."""
        return dict(self._quoted)

    def write_sources(self, folder: Path, *, minimal: bool = False) -> None:
        """Write a source file for each newspaper into `folder`, which is made if needed.

        Args:
            minimal: with the three required keys only.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for source_id, origin in self.origins.items():
            text = self._papers[source_id].source(origin, minimal=minimal)
            (folder / f"{source_id}.toml").write_text(text, encoding="utf-8")

    def publish(self, manuscript: Manuscript | None = None, *, source_id: str | None = None) -> Story:
        """Print one more story now; lists, feed and sitemap of its paper show it at once.

        Args:
            manuscript: by default the next one that the data holds back.
            source_id: the paper that prints it; by default the manuscript's own, else the first.

        Raises:
            LookupError: nothing is held back any more.
        """
        if manuscript is None:
            manuscript = self._next_held_back()
        paper = self._papers[source_id or manuscript.paper or next(iter(self._papers))]
        manuscript = next(replace(manuscript, paper=paper.id, held_back=False).tellings())
        origin = self._servers[paper.id].origin
        number = max(story.number for story in self._stories[paper.id]) + 1
        story = Story.printed(manuscript, paper, origin, number, self._clock())
        self._stories[paper.id].insert(0, story)
        self._print(paper)
        return story

    def edit(self, url: str, *, title: str | None = None, text: str | None = None) -> Story:
        """Change a story at its address; its feed entry and sitemap line say when.

        Args:
            title: the new title; given alone, the text stays.
            text: the new body, one paragraph per line; without either, a paragraph is added.

        Raises:
            KeyError: no story stands at `url`.
        """
        old = self._find(url)
        if title is None and text is None:
            text = f"{old.text}\n{_CORRECTION}"
        # Later than the last change even within one second: HTTP dates know no smaller unit.
        edited_at = max(self._clock(), old.edited_at + timedelta(seconds=1))
        new = replace(old, title=title or old.title, text=text or old.text, edited_at=edited_at)
        stories = self._stories[old.paper]
        stories[stories.index(old)] = new
        self._print(self._papers[old.paper])
        return new

    def copy(self, url: str, source_id: str) -> Story:
        """Let another paper print a story now, too, without its last paragraph.

        Raises:
            KeyError: no story stands at `url`.
        """
        old = self._find(url)
        known = {field.name: getattr(old, field.name) for field in fields(Manuscript)}
        shorter = Manuscript(**{**known, "text": "\n".join(old.paragraphs[:-1])})
        return self.publish(shorter, source_id=source_id)

    def delete(self, url: str) -> None:
        """Take a story out of the paper: its address is gone, and no list names it.

        Raises:
            KeyError: no story stands at `url`.
        """
        old = self._find(url)
        self._stories[old.paper].remove(old)
        self._print(self._papers[old.paper])

    def redesign(self, source_id: str, family: str) -> None:
        """Print a paper in the layout of another CMS family from now on, at the same addresses."""
        self._papers[source_id] = replace(self._papers[source_id], family=family)
        self._print(self._papers[source_id])

    def refuse(self, source_id: str, status: HTTPStatus | None) -> None:
        """Answer `status` to everything that a paper is asked, until it is None again."""
        self._servers[source_id].refusal = status

    def move(self, source_id: str, host: str) -> str:
        """Let a paper move to another address for good, and return its new origin.

        The old address answers with permanent redirects; the stories keep their paths.
        """
        old = self._servers[source_id]
        new = self._open.enter_context(self._serve(host))
        self._servers[source_id] = new
        moved = [replace(story, origin=new.origin) for story in self._stories[source_id]]
        self._stories[source_id] = moved
        self._print(self._papers[source_id])
        old.moved_to = new.origin
        return new.origin

    def _serve(self, host: str) -> NewspaperServer:
        server = NewspaperServer(host, self._port, self.requests.append)
        server.clock = self._told_time
        return server

    def _first_edition(self, paper: Paper, origin: str) -> list[Story]:
        manuscripts = [m for m in self._manuscripts if m.paper == paper.id and not m.held_back]
        return first_edition(paper, origin, manuscripts, self._seed, self.now)

    def _find(self, url: str) -> Story:
        for story in self.stories:
            if story.url == url:
                return story
        raise KeyError(url)

    def _next_held_back(self) -> Manuscript:
        printed = {story.key for story in self.stories}
        for manuscript in self._manuscripts:
            if manuscript.held_back and manuscript.key not in printed and manuscript.paper in self._papers:
                return manuscript
        raise LookupError("nothing is held back any more: pass a manuscript")

    def _clock(self) -> datetime:
        if self._told_time is not None:
            return self._told_time().astimezone(UTC).replace(microsecond=0)
        passed = timedelta(seconds=time.monotonic() - self._started_at)
        return (self.now + passed).replace(microsecond=0)

    def _print(self, paper: Paper) -> None:
        server = self._servers[paper.id]
        today = self.now if self._told_time is None else self._clock()
        server.resources = edition(paper, server.origin, self._stories[paper.id], today, self._quoted)
