"""What the reader types to start the program, for messages, and an example of each command."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

NAME_VARIABLE = "BIENGIOI_PROGRAM"
"""Names what started us, where that is not `biengioi`: the script `run` sets it."""

_CALL = re.compile(r"(^|`|→ |\()biengioi (?=[a-z-])")

EXAMPLES: Mapping[str, tuple[str, str]] = {
    "crawl": ("vietnamplus --since 2026-11-01 --dry-run", "what a crawl of one paper would bring"),
    "schedule": ("--once", "crawl what is due now, from cron or a timer"),
    "status": ("--json", "for another program"),
    "doctor": ("--online", "whether papers can be reached from here, too"),
    "alerts test": ("", "a message through each channel of the configuration"),
    "list": ("--country LA --since 2026-11-01 --limit 20", "the newest that concern Laos"),
    "show": ("18", "the article with the id 18"),
    "compare": ("18 other.txt --json", "whether an article and a text file tell one story"),
    "diff": ("18 --rev 1 2", "what changed from its first to its second version"),
    "search": ('"cửa khẩu" thông qu* --order newest', "a phrase and the beginning of a word"),
    "stats": ("--field trade-customs --division merged", "by the provinces of today"),
    "timeline": ('"cửa khẩu" "hội đàm" --by week', "two queries side by side, week by week"),
    "top": (
        "thông quan --since 2026-01-01",
        "what the articles on customs of this year have more of than others",
    ),
    "watches list": ("--json", "how many articles each has, and how many are new"),
    "watches add": ('"thông quan" --country CN --digest daily', "customs with China, told every morning"),
    "watches remove": ('"thông quan"', "by its name"),
    "runs": ("1", "the first crawl's numbers, source by source"),
    "explain": ("https://baocaobang.vn/a-123.html", "why this address was kept, or not"),
    "cite": ("18 --format bibtex", "an entry for a bibliography"),
    "forget": ("18", "take the article 18 down"),
    "topic score": ("texts.jsonl", "JSON lines {id, title, text}; - reads stdin"),
    "topic explain": ("18", "which words gave the article its grade"),
    "topic evaluate": ("labels.jsonl --topic my-topic.toml", "measure a topic of your own"),
    "topic label": ("--output labels.jsonl --limit 20", "twenty texts to judge"),
    "events": ("--place tra-linh-gate --kind meeting --since 2026-01-01", "this year's meetings at one gate"),
    "events show": ("18", "the event with the id 18"),
    "events rebuild": ("--json", "read what was not read yet, in numbers"),
    "events fix": ("18 date 2026-11-20", "it was on another day"),
    "people": ('"nguyen van a"', "with or without diacritics"),
    "threads": ("3", "the third thread, event by event"),
    "events extract": ("texts.jsonl --spans", "JSON lines {id, title, text, date}; - reads stdin"),
    "events evaluate": (
        "gold.jsonl --texts texts.jsonl",
        "how well they are found, against people's reading",
    ),
    "rescore": ("--topic my-topic.toml --dry-run", "what another topic would change"),
    "reextract": ("--source vietnamplus --dry-run", "what a mended reader would correct"),
    "extract": ("page.html --url https://baocaobang.vn/a-123.html --json", "of a saved page"),
    "export corpus": ("my-corpus --format plain --since 2026-01-01", "text files for research"),
    "export csv": ("articles.csv --country KH", "a table for a spreadsheet"),
    "export jsonl": ("- --copies | gzip > all.jsonl.gz", "everything, into a pipe"),
    "export parquet": ("articles.parquet", "a table for data frames"),
    "export wacz": ("pages.wacz --place tra-linh-gate", "the pages of one gate, for ReplayWeb.page"),
    "export zip": ("lao.zip --country LA", "its text files in one ZIP"),
    "export cdxj": ("archive.cdxj", "an index for pywb, beside the archive's files"),
    "export atom": ("newest.atom --limit 50", "a feed for readers"),
    "export events": ("events.ics --place tra-linh-gate", "a calendar of one gate"),
    "export release": ("my-release --kind meeting", "a folder of tables for other researchers"),
    "export figures": ("figures.csv --country CN", "a table of quantities, article by article"),
    "import": ("my-corpus more.jsonl.gz", "a folder and a file"),
    "backfill": ("news-2024 'extra/*.warc.gz' --json", "a folder of WARC files, and those that match"),
    "backup": ("backup-2026-11-30.db", "a copy that can take its place"),
    "verify": ("--repair", "make indexes and counts anew first"),
    "maintain": ("--json", "what was dropped, in numbers"),
    "serve": ("--port 8080", "at http://127.0.0.1:8080/"),
    "mcp": ("", "an assistant starts this, as docs/assistants.md says"),
    "sources list": ("--json", "with every key"),
    "sources show": ("vietnamplus", "with its defaults filled in"),
    "sources lint": ("", "read all source files"),
    "sources check": ("vietnamplus nhandan --apply", "ask two papers, and adapt their files"),
    "sources add": ("https://baocaobang.vn --id baocaobang", "write a file for a paper"),
    "sources suggest": ("--check --limit 5", "papers worth watching, and what they offer"),
    "sources coverage": ("--place tra-linh-gate --months 6", "one gate, month by month"),
    "sources export": ("papers.opml", "for a feed reader"),
    "sources import": ("papers.csv --replace", "let it change those that are declared"),
    "sources enable": ("baocaobang", "crawl it again"),
    "sources disable": ("baocaobang", "leave it out"),
    "config show": ("--json", "each value and where it comes from"),
    "demo": ("--no-serve", "end after the crawls"),
}
"""Command → what may stand behind it, and what that is for."""


def program() -> str:
    """Return the name that the reader types."""
    return os.environ.get(NAME_VARIABLE) or "biengioi"


def here(text: str) -> str:
    """Return a sentence of ours in which calls of the program are as they can be typed."""
    return _CALL.sub(lambda found: f"{found[1]}{program()} ", text)


def example(command: str) -> str:
    """Return the end of a command's help; empty for one without an example."""
    if command not in EXAMPLES:
        return ""
    arguments, purpose = EXAMPLES[command]
    return f"\b\nExample: {purpose}\n  {' '.join(filter(None, (program(), command, arguments)))}"
