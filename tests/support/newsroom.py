"""The newsroom's data for tests: the schedule, the pages' texts and the table of what each article must do."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from monitor.testing import Newsroom, Scheduled, load_newsroom, seeds_path

TABLE = Path(__file__).resolve().parent.parent / "acceptance" / "newsroom_expectations.toml"


@dataclass(frozen=True, slots=True)
class Expected:
    """What an article must do: the watches that apply, and its alerts as (step, watches that are new in it)."""

    watches: frozenset[str]
    alerts: tuple[tuple[int, frozenset[str]], ...]
    why: str


@cache
def newsroom() -> Newsroom:
    """Return the newsroom that ships."""
    return load_newsroom(seeds_path() / "newsroom")


@cache
def articles() -> dict[str, Scheduled]:
    """Return all articles by id."""
    return {article.id: article for article in newsroom().articles}


@cache
def expectations() -> dict[str, Expected]:
    """Return the table, by article."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {name: _expected(row) for name, row in rows.items()}


def page(article_id: str, state: int = -1) -> str:
    """Return the HTML of an article's page, by default that of its last state."""
    room = newsroom()
    return (room.folder / articles()[article_id].states[state][1]).read_text(encoding="utf-8")


def demo_config() -> dict[str, Any]:
    """Return the demo's configuration as it stands in the seeds, gaps and all."""
    return tomllib.loads((seeds_path() / "newsroom" / "config.toml").read_text(encoding="utf-8"))


def _expected(row: dict[str, Any]) -> Expected:
    alerts = tuple((alert["step"], frozenset(alert["watches"])) for alert in row["alerts"])
    return Expected(frozenset(row["watches"]), alerts, row["why"])
