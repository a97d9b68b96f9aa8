"""What the simulated newspapers report, and when: everything follows from (seed, now)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.declaration import declare, read_toml
from spiders.demo.papers import Paper, slug

SPAN = timedelta(days=4.5)
"""How far back the stories reach: none is older than five days while a demo runs."""

_YOUNGEST = timedelta(minutes=5)
_ORDINARY_COUNT = 11
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Reprint:
    """Another paper's telling of a wire story: its own title, the same words respelt.

    Args:
        respell: pairs (as written, as this paper sets it); letters and digits stay the same.
    """

    paper: str
    title: str
    respell: tuple[tuple[str, ...], ...]

    def reset(self, text: str) -> str:
        """Return `text` as this paper sets it."""
        for written, printed in self.respell:
            text = text.replace(written, printed)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """One text as ``stories.toml`` holds it, before it is printed.

    Args:
        paper: the id of the newspaper that prints it.
        text: the body, one paragraph per line.
        relevant: a crawl must end up holding it, exactly once.
        key: the same for all reprints of one story; by default made from the title.
        moved_from: the slug of its old address, which answers with a redirect.
        disallowed: it stands where robots.txt allows nobody.
        held_back: not printed until somebody publishes it.
    """

    title: str
    lead: str
    text: str
    paper: str = ""
    relevant: bool = False
    section: str = "thoi-su"
    author: str = "Ban Biên tập"
    caption: str = ""
    tags: tuple[str, ...] = ()
    key: str = ""
    moved_from: str = ""
    disallowed: bool = False
    held_back: bool = False
    reprints: tuple[Reprint, ...] = ()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The body's paragraphs, without the lead."""
        return tuple(self.text.split("\n"))

    @property
    def full_text(self) -> str:
        """Lead and body, one paragraph per line: what a crawl should extract."""
        return f"{self.lead}\n{self.text}"

    def tellings(self) -> Iterator[Manuscript]:
        """Yield this text and every reprint of it, each as its paper sets it."""
        original = replace(self, key=slug(self.title), text=self.text.strip(), reprints=())
        yield original
        for reprint in self.reprints:
            yield replace(
                original,
                paper=reprint.paper,
                title=reprint.title,
                lead=reprint.reset(original.lead),
                text=reprint.reset(original.text),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Story(Manuscript):
    """A manuscript in print.

    Args:
        origin: scheme, host and port of its paper.
        path, copy_paths, old_path: its address, those of its print or mobile twins, and the one
            that redirects here (or empty), all below `origin`.
        number: its running number in the paper.
        edited_at: its publication time until somebody edits it.
    """

    origin: str
    path: str
    copy_paths: tuple[str, ...]
    old_path: str
    number: int
    published_at: datetime
    edited_at: datetime

    @property
    def url(self) -> str:
        """Its canonical address."""
        return self.origin + self.path

    @classmethod
    def printed(cls, manuscript: Manuscript, paper: Paper, origin: str, number: int, at: datetime) -> Story:
        """Return `manuscript` as `paper` prints it under its running `number`."""

        def paths(title: str) -> tuple[str, ...]:
            withheld = manuscript.disallowed
            return paper.article_paths(title, manuscript.section, number, at, withheld=withheld)

        path, *copies = paths(manuscript.title)
        return cls(
            **{field.name: getattr(manuscript, field.name) for field in fields(Manuscript)},
            origin=origin,
            path=path,
            copy_paths=tuple(copies),
            old_path=paths(manuscript.moved_from)[0] if manuscript.moved_from else "",
            number=number,
            published_at=at,
            edited_at=at,
        )


@dataclass(frozen=True, slots=True)
class _StoriesFile:
    story: tuple[Manuscript, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    title: str
    text: str
    tags: tuple[str, ...]
    section: str = "thoi-su"


@dataclass(frozen=True, slots=True)
class _OrdinaryFile:
    slots: Mapping[str, tuple[str, ...]]
    ordinary: tuple[_Block, ...]


def load_manuscripts(papers: Sequence[Paper], seed: int) -> list[Manuscript]:
    """Return every text of all `papers`: the written ones, their reprints, and ordinary news."""
    written = _load(_StoriesFile, "stories.toml").story
    told = [telling for manuscript in written for telling in manuscript.tellings()]
    ordinary = _load(_OrdinaryFile, "ordinary.toml")
    for turn, paper in enumerate(papers):
        told.extend(_ordinary_news(ordinary, paper, turn, _chance(seed, paper, "news")))
    return told


def _chance(seed: int, paper: Paper, what: str) -> random.Random:
    return random.Random(f"{seed} {paper.id} {what}")  # noqa: S311  (no secret: it must repeat)


def _load(cls: type[Any], name: str) -> Any:
    return declare(cls, read_toml(_FOLDER / name), _FOLDER / name)


def _ordinary_news(
    file: _OrdinaryFile, paper: Paper, turn: int, chance: random.Random
) -> Iterator[Manuscript]:
    current = [block for block in file.ordinary if block.section == "thoi-su"]
    others = [block for block in file.ordinary if block.section != "thoi-su"]
    for block in current + chance.sample(others, _ORDINARY_COUNT - len(current)):
        filling = {name: chance.choice(options) for name, options in file.slots.items()}
        provinces = file.slots["tinh"]
        filling["tinh"] = provinces[(turn + file.ordinary.index(block)) % len(provinces)]
        lead, text = block.text.format(**filling).strip().split("\n", 1)
        title = block.title.format(**filling)
        yield Manuscript(
            key=f"{paper.id} {slug(title)}",
            title=title,
            lead=lead,
            text=text,
            paper=paper.id,
            section=block.section,
            author=filling["tac_gia"],
            caption="Ảnh minh họa.",
            tags=block.tags,
        )


def first_edition(
    paper: Paper, origin: str, manuscripts: Sequence[Manuscript], seed: int, now: datetime
) -> list[Story]:
    """Return the paper's stories, newest first, spread over the `SPAN` before `now`."""
    chance = _chance(seed, paper, "times")
    order = chance.sample(manuscripts, len(manuscripts))
    step = (SPAN - _YOUNGEST) / len(order)
    stories = []
    for turn, manuscript in enumerate(order):
        at = (now - _YOUNGEST - step * (turn + chance.random())).replace(microsecond=0)
        number = paper.number + len(order) - turn
        stories.append(Story.printed(manuscript, paper, origin, number, at))
    return stories
