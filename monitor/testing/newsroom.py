"""The newsroom as data: who publishes what, when it appears, and how a feed reads at each step."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

_ITEM = re.compile(r"<!-- article (\S+) (\d+) -->\n(.*?\n)<!-- end -->\n", re.DOTALL)
# The dates of the story in all three spellings that feeds use; those of older years stay as they are.
_ISO_DATE = re.compile(r"2024-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MAIL_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 2024 \d\d:\d\d:\d\d GMT")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Somebody who runs a site; `host` is its loopback address."""

    id: str
    name: str
    host: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """A feed of a publisher: where it is served, which file it is made of, and as which content type."""

    id: str
    publisher: str
    path: str
    file: str
    type: str
    lang: str


@dataclass(frozen=True, slots=True)
class Scheduled:
    """An article: where it stands, what it is about, and its states as (step, page), the first one first.

    `text` False says that its page holds no text that could be extracted.
    """

    id: str
    feed: str
    path: str
    about: str
    states: tuple[tuple[int, str], ...]
    text: bool = True

    @property
    def step(self) -> int:
        """Return the step at which it appears; 0 stands before the first poll."""
        return self.states[0][0]

    def state_at(self, step: int) -> tuple[int, str] | None:
        """Return the (step, page) that is current at `step`, None before it appears."""
        current = [state for state in self.states if state[0] <= step]
        return current[-1] if current else None


@dataclass(frozen=True, slots=True)
class Newsroom:
    """All of it. `folder` holds the files that outlets and articles name."""

    folder: Path
    publishers: tuple[Publisher, ...]
    outlets: tuple[Outlet, ...]
    articles: tuple[Scheduled, ...]

    @property
    def steps(self) -> int:
        """Return the last step at which something changes."""
        return max(step for article in self.articles for step, _ in article.states)

    def changed_at(self, step: int) -> tuple[Scheduled, ...]:
        """Return the articles that appear or change at `step`."""
        return tuple(article for article in self.articles if step in {at for at, _ in article.states})

    def last_change(self, feed_id: str, step: int) -> int:
        """Return the latest step up to `step` at which a feed changed."""
        articles = (article for article in self.articles if article.feed == feed_id)
        return max((at for article in articles for at, _ in article.states if at <= step), default=0)

    def feed_text(self, outlet: Outlet, step: int) -> str:
        """Return a feed as it reads at `step`: its file, less what is not out yet and what is out no more."""
        states = {article.id: article.state_at(step) for article in self.articles}
        shown = {(name, state[0]) for name, state in states.items() if state}
        text = (self.folder / outlet.file).read_text(encoding="utf-8")
        if outlet.type == "application/feed+json":
            return _json_feed(text, shown)
        return _ITEM.sub(lambda mark: mark[3] if (mark[1], int(mark[2])) in shown else "", text)


def load_newsroom(folder: Path) -> Newsroom:
    """Read `newsroom.toml` in `folder`. Raises: OSError, tomllib.TOMLDecodeError, KeyError if it is not one."""
    data = tomllib.loads((folder / "newsroom.toml").read_text(encoding="utf-8"))
    return Newsroom(
        folder=folder,
        publishers=tuple(Publisher(**row) for row in data["publisher"]),
        outlets=tuple(Outlet(**row) for row in data["feed"]),
        articles=tuple(_scheduled(row) for row in data["article"]),
    )


def shift_dates(text: str, by: timedelta) -> str:
    """Move every date of the story in `text` by the same time."""

    def iso(found: re.Match[str]) -> str:
        return (datetime.fromisoformat(found[0]) + by).strftime("%Y-%m-%dT%H:%M:%SZ")

    def mail(found: re.Match[str]) -> str:
        return format_datetime(parsedate_to_datetime(found[0]) + by, usegmt=True)

    return _MAIL_DATE.sub(mail, _ISO_DATE.sub(iso, text)) if by else text


def _scheduled(row: dict[str, Any]) -> Scheduled:
    states = [(row["step"], row["page"])]
    for change in row.get("change", ()):
        # A change without a page of its own is one of the feed alone.
        states.append((change["step"], change.get("page", states[-1][1])))
    return Scheduled(row["id"], row["feed"], row["path"], row["about"], tuple(states), row.get("text", True))


def _json_feed(text: str, shown: set[tuple[str, int]]) -> str:
    feed = json.loads(text)
    marked = ((item.pop("_newsroom"), item) for item in feed["items"])
    feed["items"] = [item for mark, item in marked if (mark["article"], mark["step"]) in shown]
    return json.dumps(feed, ensure_ascii=False, indent=2)
