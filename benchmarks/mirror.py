"""Invented news on pages of real size: ``python -m benchmarks.mirror PAGES SHARE [HOSTS]`` serves them.

The pages are those of the shared corpus with their stories taken out and invented ones put in, menus,
scripts and related links left as they are; without the corpus those of the demo's papers, padded to a
real page's size. Every page has a story of its own. It prints its port, and every host of 127.0.0.0/8
that is asked is a paper.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from random import Random
from urllib.request import urlopen

from lxml import html
from lxml.html import HtmlElement

from benchmarks import stories
from crawler.extraction import Document, read_document
from crawler.page import Page
from crawler.text.normalize import clean
from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic
from spiders.demo.newspapers import Newspapers

HOSTS = 10
"""Papers that the pages are spread over, where nothing else is said."""
LEAST_BYTES = 90_000
"""Of a saved page that is used; the rest are small ones of ten years ago."""
LEAST_HOLES = 4
PADDED_BYTES = 200_000
NAMING_SHARE = 0.135
"""Of ordinary stories so many name a neighbour: counted on 1,500 articles of all sections."""
NEAR_SHARE = 0.17
"""Of those so many have words enough that only reading them shows that they are none of the topic's."""
_ABROAD = (
    "Đội tuyển sẽ gặp Lào ở lượt trận cuối vòng bảng, sau khi hòa Campuchia trên sân khách hồi tháng trước.",
    "Giá thép trong nước tăng nhẹ theo đà của thị trường Trung Quốc, nơi nhiều lò cao vừa nghỉ bảo dưỡng.",
    "Bộ phim do một hãng ở Bắc Kinh sản xuất ra rạp tuần này với phụ đề tiếng Việt.",
    "Bão số 9 suy yếu thành áp thấp nhiệt đới trên vùng biển phía nam Trung Quốc và tan dần trong đêm.",
    "Nữ tay vợt người Trung Quốc giành quyền vào bán kết sau ba ván đấu kéo dài hơn hai giờ.",
    "Tập đoàn công nghệ đặt tại Thâm Quyến giới thiệu dòng điện thoại mới, bán ở Việt Nam từ cuối tháng.",
    "Cà phê xuất sang Trung Quốc tăng gấp rưỡi so với cùng kỳ, theo hiệp hội ngành hàng.",
    "Ba du khách Lào trúng giải của chương trình khuyến mãi, nhận thưởng tại siêu thị ở Huế.",
)
"""What ordinary news says of neighbours."""
_MARK = "\ue000"
_MENU = ("Trang nhất", "Trung Quốc", "Lào", "Campuchia", "Biên giới", "Thế giới", "Kinh tế", "Thể thao")
_PARAGRAPHS = (6, 14)
"""The fewest and the most of an ordinary story."""


def host(number: int) -> str:
    """Return the address of the paper of that number, counted from 0."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


@dataclass(frozen=True, slots=True)
class Story:
    """What is told on one page; the first paragraph is the lead."""

    title: str
    paragraphs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Template:
    """A page without its story.

    Args:
        pieces: the bytes between the holes.
        holes: of each, "title", "lead" or "body".
    """

    pieces: tuple[bytes, ...]
    holes: tuple[str, ...]

    def fill(self, story: Story) -> bytes:
        """Return the page with a story on it."""
        lead, *body = map(escape, story.paragraphs)
        left = self.holes.count("body")
        texts = []
        for hole in self.holes:
            if hole == "body":
                left -= 1
                here, body = (body[:1], body[1:]) if left else (body, [])
                texts.append("</p><p>".join(here))
            else:
                texts.append(lead if hole == "lead" else escape(story.title))
        filled = zip(self.pieces, (*texts, ""), strict=True)
        return b"".join(part for piece, text in filled for part in (piece, text.encode()))


def template_of(document: Document, title: str, lead: str | None, body: Sequence[str]) -> Template | None:
    """Return a page without its story; None where too little of the story is found on it."""
    tree = document.tree
    wanted = {clean(text): "body" for text in body} | ({clean(lead): "lead"} if lead else {})
    wanted[clean(title)] = "title"
    names: list[str] = []

    def hole(name: str) -> str:
        names.append(name)
        return f"{_MARK}{len(names) - 1}{_MARK}"

    for node in list(tree.iter("title", "meta", "h1", "h2", "p", "div", "span", "strong")):
        if node.tag == "meta":
            told = (node.get("name") or node.get("property") or "").lower()
            kind = {"og:title": "title", "description": "lead", "og:description": "lead"}.get(told)
            if kind:
                node.set("content", hole(kind))
        elif node.tag == "title" or _is_told(node, wanted):
            kind = "title" if node.tag == "title" else wanted[clean(node.text_content())]
            for child in list(node):
                node.remove(child)
            node.text = hole(kind)
    if names.count("body") < LEAST_HOLES:
        return None
    written = html.tostring(tree, encoding="unicode", doctype="<!DOCTYPE html>").split(_MARK)
    pieces = tuple(piece.encode() for piece in written[::2])
    return Template(pieces, tuple(names[int(number)] for number in written[1::2]))


def _is_told(node: HtmlElement, wanted: dict[str, str]) -> bool:
    return len(node) <= 10 and clean(node.text_content()) in wanted


def saved_templates(shared: Path) -> list[Template]:
    """Return those of the shared corpus; none where it is not there."""
    found = []
    for path in sorted((shared / "corpus" / "gold").glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        file = shared / "corpus" / "html" / gold["file"]
        if not file.is_file() or file.stat().st_size < LEAST_BYTES:
            continue
        document = _document(gold["url"], file.read_bytes())
        if template := template_of(document, gold["title"], gold["lead"], gold["body"]):
            found.append(template)
    return found


def demo_templates(newspapers: Newspapers) -> list[Template]:
    """Return those of the demo's papers, with a menu that names the neighbours, and padded."""
    found = []
    menu = "".join(f'<li><a href="/muc-{n}">{name}</a></li>' for n, name in enumerate(_MENU))
    for paper in newspapers.origins:
        printed = [
            one for one in newspapers.stories if one.paper == paper and not (one.disallowed or one.held_back)
        ]
        for story in printed:
            with urlopen(story.url) as answer:
                document = _document(story.url, answer.read())
            template = template_of(document, story.title, story.lead, story.paragraphs)
            if template:
                padding = "var a=[" + "1234567890," * (PADDED_BYTES // 11) + "];"
                first, *rest = template.pieces
                extra = f"<nav><ul>{menu}</ul></nav><script>{padding}</script>".encode()
                pieces = (first, *rest[:-1], rest[-1].replace(b"</body>", extra + b"</body>"))
                found.append(Template(pieces, template.holes))
                break
    return found


def _document(url: str, body: bytes) -> Document:
    document = read_document(Page(url, url, body, datetime(2026, 11, 1, tzinfo=UTC)))
    assert isinstance(document, Document)
    return document


def relevant_stories() -> Iterator[Story]:
    """Yield invented stories that the topic keeps, without end."""
    topic = Topic.load()
    for one in stories.stories(sys.maxsize):
        if topic.score(title=one.title, lead=one.paragraphs[0], text=one.text).score >= 50:
            yield Story(one.title, one.paragraphs)


class Mirror:
    """Every page by its number; the same for the same arguments.

    Args:
        relevant_share: how many of the pages are about the topic, 0-1.
    """

    def __init__(self, page_count: int, relevant_share: float, shared: Path) -> None:
        with Newspapers() as newspapers:
            self.templates = saved_templates(shared) or demo_templates(newspapers)
            ordinary = [one for one in newspapers.stories if not one.relevant]
        topic = Topic.load()
        self._titles = [one.title for one in ordinary]
        self._plain: list[str] = []
        self._naming: list[str] = []
        self._near: list[str] = []
        told = [text for one in ordinary for text in (one.lead, *one.paragraphs)]
        for text in dict.fromkeys([*told, *_ABROAD]):
            if not topic.lets_through(text, None):
                self._plain.append(text)
            else:
                verdict = topic.score(title=None, lead=None, text=text)
                if verdict.countries and verdict.grade == Grade.NONE:
                    (self._near if topic.may_match(text) else self._naming).append(text)
        every = round(1 / relevant_share) if relevant_share else 0
        numbers = range(every // 2, page_count, every) if every else ()
        self._relevant = dict(zip(numbers, relevant_stories(), strict=False))

    def page(self, number: int) -> bytes:
        """Return the page of that number."""
        random = Random(number)
        story = self._relevant.get(number)
        if story is None:
            paragraphs = random.sample(self._plain, random.randint(*_PARAGRAPHS))
            if random.random() < NAMING_SHARE:
                is_near = random.random() < NEAR_SHARE
                paragraphs[-1] = random.choice(self._near if is_near else self._naming)
            story = Story(f"{random.choice(self._titles)} ({number})", paragraphs)
        return self.templates[number % len(self.templates)].fill(story)


class _Server(asyncio.Protocol):
    """Just enough of HTTP/1.1 for a crawler that keeps its connections."""

    def __init__(self, mirror: Mirror, page_count: int, host_count: int) -> None:
        self._mirror, self._page_count, self._host_count = mirror, page_count, host_count
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._asked = (self._asked + data).split(b"\r\n\r\n")
        for head in heads:
            first, *lines = head.decode("latin-1").split("\r\n")
            asked = dict(line.lower().split(": ", 1) for line in lines)
            status, kind, body = self._answer(first.split(" ")[1], asked["host"])
            if kind == "text/xml" and "if-none-match" in asked:
                status, body = "304 Not Modified", b""
            answer = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            answer += 'ETag: "1"\r\n\r\n' if kind == "text/xml" else "\r\n"
            self._transport.write(answer.encode() + body)  # type: ignore[attr-defined]

    def _answer(self, path: str, host: str) -> tuple[str, str, bytes]:
        if path.startswith("/ban-tin-so-"):
            number = int(path.removeprefix("/ban-tin-so-").removesuffix(".html"))
            return "200 OK", "text/html; charset=utf-8", self._mirror.page(number)
        if path != "/rss":
            return "404 Not Found", "text/plain", b""
        *_, block, last = map(int, host.partition(":")[0].split("."))
        numbers = range(250 * block + last - 1, self._page_count, self._host_count)
        links = (f"http://{host}/ban-tin-so-{n}.html" for n in numbers)
        items = "".join(f"<item><link>{link}</link></item>" for link in links)
        return "200 OK", "text/xml", f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


async def serve(page_count: int, relevant_share: float, host_count: int = HOSTS) -> None:
    """Serve the mirror until the process is ended."""
    mirror = Mirror(page_count, relevant_share, Path(os.environ.get("BIENGIOI_SHARED", "../shared")))
    server = await asyncio.get_running_loop().create_server(
        lambda: _Server(mirror, page_count, host_count), "0.0.0.0", 0, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]), *map(int, sys.argv[3:])))
