# %% [markdown]
# # A corpus in pandas and DuckDB
#
# The database is one SQLite file, which pandas reads as it is; `biengioi export parquet articles.parquet`
# makes the file that DuckDB asks. Open this page as a notebook (VS Code, Jupyter with jupytext), or run it as
# a program, beside `biengioi.db`.

# %%
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd

FOLDER = Path(os.environ.get("BIENGIOI_FOLDER", "."))
DATABASE = FOLDER / os.environ.get("BIENGIOI_DATABASE", "biengioi.db")
PARQUET = FOLDER / "articles.parquet"
GATE = os.environ.get("BIENGIOI_GATE", "tra-linh-gate")

# %% [markdown]
# ## A gate's timeline
#
# What was read out of the articles, from the database: one row for each event at the gate, the earliest
# first. `mode=ro`: a collection at work is only read.

# %%
EVENTS = """
SELECT events.first_day, kind, status, title, report_count, source_count FROM events
JOIN event_areas ON event_areas.event_id = events.id
WHERE event_areas.place_id = ? AND NOT is_dropped ORDER BY events.first_day
"""
with closing(sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True)) as database:
    timeline = pd.read_sql(EVENTS, database, params=(GATE,))
timeline["day"] = pd.to_datetime(timeline["first_day"], format="ISO8601", errors="coerce")
print(timeline.to_string(index=False))

# %% [markdown]
# Articles that name the gate, by month, events or not; months without any are months with zero.

# %%
ARTICLES = """
SELECT day AS published_day, count(*) AS articles FROM article_facets
WHERE kind = 'place' AND value = ? AND duplicate_of IS NULL AND day <> '' GROUP BY day
"""
with closing(sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True)) as database:
    days = pd.read_sql(ARTICLES, database, params=(GATE,), parse_dates=["published_day"])
gate_by_month = days.set_index("published_day")["articles"].resample("MS").sum()
print(gate_by_month.to_string())

# %% [markdown]
# ## Articles per paper and month
#
# From the Parquet file, in SQL; then the months as columns. Articles that repeat another one are not in it.

# %%
articles = duckdb.read_parquet(str(PARQUET))
by_paper = duckdb.sql("""
    SELECT source_id, strftime(published_day, '%Y-%m') AS month, count(*) AS articles
    FROM articles WHERE published_day IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
""").df()
papers = by_paper.pivot(index="source_id", columns="month", values="articles").fillna(0).astype(int)
print(papers.to_string())
