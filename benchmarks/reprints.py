"""How papers print each other's stories: copies of one story, and other stories around its sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from benchmarks.stories import Story, material, tell


def copies(story: Story, seed: int = 0) -> Iterator[tuple[str, Story]]:
    """Yield (variant, copy) for every way there is to reprint `story`, each in another paper, later."""
    random = Random(f"{story.slug} {seed}")
    papers = [paper for paper in material().papers if paper != story.paper]
    for number, (name, edit) in enumerate(VARIANTS.items()):
        copy = replace(
            story,
            slug=f"{story.slug}-{name}",
            paper=random.choice(papers),
            published=story.published + timedelta(minutes=7 + 45 * number),
        )
        yield name, edit(copy, random)


def _foreign(random: Random) -> Story:
    """Return a story whose words are in no other."""
    return tell("", random.getrandbits(60))


def _retitled(story: Story, random: Random) -> Story:
    return replace(story, title=_foreign(random).title)


def _punctuated(story: Story, _random: Random) -> Story:
    def other(text: str) -> str:
        return text.replace(", ", " - ").replace("“", '"').replace("”", '"').replace(". ", "; ").upper()

    return replace(story, paragraphs=tuple(map(other, story.paragraphs)))


_OLD_TONES = {"òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ", "úy": "uý", "ùy": "uỳ", "ủy": "uỷ"}
_MODERN = re.compile(rf"(?<!q)({'|'.join(_OLD_TONES)})(?!\w)")


def _old_tones(story: Story, _random: Random) -> Story:
    return replace(
        story,
        paragraphs=tuple(_MODERN.sub(lambda found: _OLD_TONES[found[0]], one) for one in story.paragraphs),
    )


def _cut(story: Story, random: Random) -> Story:
    kept = max(2, round(len(story.paragraphs) * random.uniform(0.4, 0.7)))
    return replace(story, paragraphs=story.paragraphs[:kept])


def _prefixed(story: Story, _random: Random) -> Story:
    first, *rest = story.paragraphs
    return replace(story, paragraphs=(f"({story.paper.name}) - {first}", *rest))


def _datelined(story: Story, random: Random) -> Story:
    line = f"{random.choice(story.tags)}, ngày {story.published:%d/%m/%Y} - {story.paper.name}"
    return replace(story, paragraphs=(line, *story.paragraphs))


def _other_lead(story: Story, random: Random) -> Story:
    return replace(story, paragraphs=(_foreign(random).paragraphs[0], *story.paragraphs[1:]))


def _captioned(story: Story, random: Random) -> Story:
    return _with_paragraph(story, random, story.captions[0])


def _inserted(story: Story, random: Random) -> Story:
    return _with_paragraph(story, random, _foreign(random).paragraphs[1])


def _with_paragraph(story: Story, random: Random, paragraph: str) -> Story:
    place = random.randint(1, len(story.paragraphs))
    return replace(story, paragraphs=(*story.paragraphs[:place], paragraph, *story.paragraphs[place:]))


_SUBEDITS = (
    ("nhằm ", "để "), ("tiếp tục ", "còn "), ("UBND", "Ủy ban nhân dân"), ("Bên cạnh đó", "Cùng với đó"),
    ("cho biết", "thông tin"), ("hai bên ", "đôi bên "), ("qua đó ", "từ đó "), ("so với", "so cùng"),
    ("Theo ông", "Ông"), ("bà con", "người dân"), ("vừa ", "mới "), (" đã ", " "),
    ("Ngoài ra", "Thêm vào đó"), ("nhất trí", "đồng tình"), ("phối hợp ", "cùng "), ("tỉnh ", ""),
)  # fmt: skip


def _subedited(story: Story, random: Random) -> Story:
    """Return it with some of the words changed that an editor changes without a thought."""
    text = story.text
    for old, new in random.sample(_SUBEDITS, 8):
        text = text.replace(old, new, 2)
    return replace(story, paragraphs=tuple(text.split("\n")))


def _cut_and_prefixed(story: Story, random: Random) -> Story:
    return _prefixed(_cut(story, random), random)


def _cut_with_other_lead(story: Story, random: Random) -> Story:
    return _other_lead(_cut(story, random), random)


def _rewritten_around(story: Story, random: Random) -> Story:
    return _captioned(_other_lead(_subedited(story, random), random), random)


VARIANTS: dict[str, Callable[[Story, Random], Story]] = {
    "retitled": _retitled,
    "punctuated": _punctuated,
    "old_tones": _old_tones,
    "cut": _cut,
    "prefixed": _prefixed,
    "datelined": _datelined,
    "other_lead": _other_lead,
    "captioned": _captioned,
    "inserted": _inserted,
    "subedited": _subedited,
    "cut_and_prefixed": _cut_and_prefixed,
    "cut_with_other_lead": _cut_with_other_lead,
    "rewritten_around": _rewritten_around,
}
SAME_TEXT = frozenset({"retitled", "punctuated", "old_tones"})
"""The variants whose content hash is that of the story."""
