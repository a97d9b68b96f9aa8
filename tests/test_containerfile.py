"""The container file, read without a builder: what it copies is there, who it runs as, what it starts."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.test_docs import COMMANDS
from tests.test_imports import MAY_IMPORT

ROOT = Path(__file__).resolve().parent.parent
CONTAINERFILE = ROOT / "Containerfile"
INSTRUCTION = re.compile(r"[A-Z]+")


def instructions(text: str) -> list[tuple[str, str]]:
    """Every instruction and what it is given; lines that go on are one."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return [
        (word, rest.strip())
        for line in joined.splitlines()
        if line
        for word, _, rest in [line.partition(" ")]
    ]


def stages(text: str) -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for word, rest in instructions(text):
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


def problems(text: str) -> list[str]:
    """What is wrong with a container file of ours."""
    *builders, last = stages(text)
    found = [f"{word} is no instruction" for word, _ in instructions(text) if not INSTRUCTION.fullmatch(word)]
    names = {rest.split()[-1] for stage in builders for word, rest in stage if word == "FROM"}
    copied: set[str] = set()
    for word, rest in instructions(text):
        if word == "COPY" and not rest.startswith("--from="):
            copied |= set(rest.split()[:-1])
        elif word == "COPY" and rest.split()[0].removeprefix("--from=") not in names:
            found.append(f"{rest}: no such stage")
    found += [f"{name} is not in the repository" for name in sorted(copied) if not (ROOT / name).exists()]
    found += [
        f"{name} is not copied"
        for name in sorted({*MAY_IMPORT, "requirements.lock", "pyproject.toml"} - copied)
    ]
    runs = " ".join(rest for word, rest in instructions(text) if word == "RUN")
    if "--require-hashes -r requirements.lock" not in runs:
        found.append("the dependencies are not those of the lock, with their sums")
    if "--no-deps" not in runs.partition("requirements.lock")[2]:
        found.append("the program brings dependencies beside the lock")
    users = [rest for word, rest in last if word == "USER"]
    made = re.findall(r"useradd .*?(\S+) (?:&&|$)", " ".join(rest for word, rest in last if word == "RUN"))
    if not users or users[-1] in {"root", "0"} or users[-1] not in made:
        found.append("it runs as root, or as nobody whom it has made")
    places = {word: rest for word, rest in last if word in {"VOLUME", "WORKDIR"}}
    if len(set(places.values())) != 1 or len(places) != 2:
        found.append("it does not work in its volume")
    given = {word: json.loads(rest) for word, rest in last if word in {"ENTRYPOINT", "CMD"}}
    started = [*given.get("ENTRYPOINT", []), *given.get("CMD", [])]
    asked = [json.loads(rest.partition("CMD ")[2]) for word, rest in last if word == "HEALTHCHECK"]
    for words in (started, *asked):
        if words[:1] != ["biengioi"] or " ".join(words[1:2]) not in COMMANDS:
            found.append(f"{' '.join(words)} is no command")
    return found


TEXT = CONTAINERFILE.read_text("utf-8")


def test_the_container_file_is_sound() -> None:
    assert problems(TEXT) == []
    assert len(stages(TEXT)) == 2


@pytest.mark.parametrize(
    ("there", "instead", "problem"),
    [
        ("COPY db db", "COPY data data", "data is not in the repository"),
        ("COPY db db\n", "", "db is not copied"),
        ("USER biengioi", "USER root", "it runs as root, or as nobody whom it has made"),
        ("USER biengioi\n", "", "it runs as root, or as nobody whom it has made"),
        ("--require-hashes ", "", "the dependencies are not those of the lock, with their sums"),
        ("--no-deps ", "", "the program brings dependencies beside the lock"),
        ('CMD ["schedule"]', 'CMD ["scheduled"]', "biengioi scheduled is no command"),
        ('CMD ["biengioi", "status"]', 'CMD ["biengioi", "alive"]', "biengioi alive is no command"),
        ("VOLUME /data", "VOLUME /var", "it does not work in its volume"),
        ("--from=build", "--from=builder", "--from=builder /opt/biengioi /opt/biengioi: no such stage"),
    ],
)  # fmt: skip
def test_a_mistake_in_it_is_found(there: str, instead: str, problem: str) -> None:
    assert there in TEXT
    assert problem in problems(TEXT.replace(there, instead))


def test_its_python_is_one_that_the_program_allows() -> None:
    versions = re.findall(r"^ARG BASE=python:(\d+\.\d+)-slim$", TEXT, re.MULTILINE)
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert versions == [wanted.removeprefix(">=")]
    bases = [rest.split()[0] for word, rest in instructions(TEXT) if word == "FROM"]
    assert bases == ["${BASE}"] * 2, "whoever builds it names another for both stages"
