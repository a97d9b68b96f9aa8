"""What a person types into a search box, as a tree of what is wanted.

Words must all occur, in any order. ``"a phrase"``, ``begin*``, ``OR``, ``AND``, ``NOT``, ``-word`` and
parentheses do what they do in most search engines; the operators are upper case, everything else is a
word. Whatever is left open or stands alone (a quote, a parenthesis, an operator) does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from crawler.errors import UsageError
from crawler.text.normalize import clean

MAX_LENGTH = 1_000
"""Characters of a query; a long sentence has 300."""

MAX_TERMS = 32
"""Words and phrases of a query; each is looked up by itself."""

MIN_PREFIX = 2
"""Letters before a star; half of all words begin with one of three letters."""

_QUOTES = str.maketrans("“”„‟«»＂", '"' * 7)
_TOKEN = re.compile(r'(-*)(?:"([^"]*)(?:"(\*?)|$)|([()])|([^\s"()]+))')
_LETTER = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand together, in this order.

    Args:
        text: as typed, in NFC.
        is_prefix: whether its last word may go on.
        is_quoted: whether it was typed as a phrase, and not as a word among others.
    """

    text: str
    is_prefix: bool = False
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every one of `parts`, and none of `without`."""

    parts: tuple[Node, ...]
    without: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of `parts`."""

    parts: tuple[Node, ...]


Node = Term | All | Either


def parse_query(text: str) -> Node:
    """Return what `text` asks for.

    Raises:
        UsageError: it names nothing to look for, or too much.
    """
    text = clean(text).translate(_QUOTES)
    if len(text) > MAX_LENGTH:
        raise UsageError(
            f"The query is longer than {MAX_LENGTH:,} characters; shorten it.",
            key="query_long",
            most=MAX_LENGTH,
        )
    wanted = _parse(text)
    if wanted is None:
        raise UsageError("The query has no word to look for; give at least one.", key="query_empty")
    if sum(1 for _ in _all_terms(wanted)) > MAX_TERMS:
        raise UsageError(
            f"The query has more than {MAX_TERMS} words; leave some out, or quote a phrase.",
            key="query_many",
            most=MAX_TERMS,
        )
    return wanted


def together(node: Node) -> Node:
    """Return `node` with neighbouring words as one phrase each: where they mean the most."""
    match node:
        case Term():
            return node
        case Either(parts):
            return Either(tuple(map(together, parts)))
        case All(parts, without):
            joined = tuple(_joined(parts))
            return joined[0] if len(joined) == 1 and not without else All(joined, without)


def _joined(parts: tuple[Node, ...]) -> Iterator[Node]:
    run: list[str] = []
    for part in parts:
        if isinstance(part, Term) and not part.is_quoted:
            run.append(part.text)
            if not part.is_prefix:
                continue
            yield replace(part, text=" ".join(run))
        else:
            if run:
                yield Term(" ".join(run))
            yield together(part)
        run = []
    if run:
        yield Term(" ".join(run))


def wanted_terms(node: Node) -> Iterator[Term]:
    """Yield the terms that a hit may show, those to leave out aside."""
    match node:
        case Term():
            yield node
        case All(parts) | Either(parts):
            for part in parts:
                yield from wanted_terms(part)


def _all_terms(node: Node) -> Iterator[Term]:
    if isinstance(node, All):
        for part in node.without:
            yield from _all_terms(part)
    if isinstance(node, Term):
        yield node
    else:
        for part in node.parts:
            yield from _all_terms(part)


@dataclass(slots=True)
class _Group:
    """What stands between two parentheses, as far as it was read."""

    is_negated: bool = False
    choices: list[Node] = field(default_factory=list)
    parts: list[Node] = field(default_factory=list)
    without: list[Node] = field(default_factory=list)

    def add(self, node: Node, *, is_negated: bool) -> None:
        (self.without if is_negated else self.parts).append(node)

    def end_choice(self) -> None:
        """Close what stands before an OR."""
        if self.without and not self.parts:
            raise UsageError(
                "The query says only what to leave out; give a word to look for too.", key="query_without"
            )
        if self.parts:
            lone = len(self.parts) == 1 and not self.without
            self.choices.append(self.parts[0] if lone else All(tuple(self.parts), tuple(self.without)))
        self.parts, self.without = [], []

    def node(self) -> Node | None:
        self.end_choice()
        if len(self.choices) > 1:
            return Either(tuple(self.choices))
        return self.choices[0] if self.choices else None


def _parse(text: str) -> Node | None:
    """Read token by token; open groups are on a list, so no nesting is too deep."""
    groups = [_Group()]
    is_negated = False
    for minus, quoted, star, bracket, word in _TOKEN.findall(text):
        if bracket == ")":
            _close(groups)
        elif word == "OR" and not minus:
            groups[-1].end_choice()
        elif word == "AND" and not minus:
            pass
        elif word == "NOT" and not minus:
            is_negated = True
            continue
        elif bracket == "(":
            groups.append(_Group(is_negated or bool(minus)))
        elif term := _quoted_term(quoted, star) if not word else _word_term(word):
            groups[-1].add(term, is_negated=is_negated or bool(minus))
        is_negated = False
    while len(groups) > 1:
        _close(groups)
    return groups[0].node()


def _close(groups: list[_Group]) -> None:
    if len(groups) > 1:
        group = groups.pop()
        if node := group.node():
            groups[-1].add(node, is_negated=group.is_negated)


def _word_term(word: str) -> Term | None:
    return _term(word.rstrip("*"), is_prefix=word.endswith("*"), is_quoted=False)


def _quoted_term(text: str, star: str) -> Term | None:
    return _term(text, is_prefix=bool(star), is_quoted=True)


def _term(text: str, *, is_prefix: bool, is_quoted: bool) -> Term | None:
    letters = _LETTER.findall(text)
    if not letters:
        return None
    if is_prefix and len(letters) < MIN_PREFIX:
        raise UsageError(
            f"The query asks for words in {text}*; give at least {MIN_PREFIX} letters.",
            key="query_prefix",
            text=text,
            least=MIN_PREFIX,
        )
    return Term(text, is_prefix, is_quoted)
