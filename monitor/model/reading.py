"""What is read and found: entries, articles, hits and matches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from monitor.model.words import Part, Salience, Severity, Verdict


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as a feed stated it. `title`, `teaser` and `text` are plain text, `link` absolute and as given.

    `url` is the link without trackers. `published_at` is the feed's own date, aware UTC, None where it could not be
    read; `published_raw` is that date as written. `content_id` is a publisher's own article id (`dwsyn:contentID`).
    `text` is the full text where the feed carries one beyond the teaser, else "".
    """

    guid: str | None
    link: str
    url: str
    title: str
    teaser: str = ""
    text: str = ""
    language: str | None = None
    published_at: datetime | None = None
    published_raw: str = ""
    content_id: str | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """The text behind an entry: title, lead (the feed's teaser), body, tail (captions and the like).

    `incomplete` says why the page's own text is missing, or is "" when nothing is. `id` is a digest of its identity.
    `home` is where its publisher's unqualified names are: a country ("DE"), or a region of one ("US.TX");
    `home_articles` how many articles that was learned from, 0 if it is configured; `class_` the class of its feed.
    """

    id: str
    feed_id: str
    url: str
    title: str
    lead: str = ""
    body: str = ""
    tail: str = ""
    language: str | None = None
    published_at: datetime | None = None
    published_raw: str = ""
    seen_at: datetime | None = None
    incomplete: str = ""
    home: str | None = None
    class_: str | None = None
    home_articles: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """One surface form found: `text` is exactly `part`'s text from `start` to `end`, in code points."""

    part: Part
    start: int
    end: int
    text: str
    form: str
    rule: str


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one hit: whether it was taken, how it spells the watch's name, and why it was or wasn't taken.

    `points` say in log-odds what spoke for and against it, `score` (0 to 1) what they come to; both are of places only.
    `instead` says what a refused one is, as far as known.
    """

    hit: Hit
    is_taken: bool
    how: str
    why: str
    points: tuple[str, ...] = ()
    score: float | None = None
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A watch that applies to an article. `sentence` is verbatim around the best hit; `score` is 0 to 1.

    `accounts` tell of every hit, the refused ones too. They are there only where an explanation was asked for, and make
    no other match of it.
    """

    watch_id: str
    verdict: Verdict
    severity: Severity
    hits: tuple[Hit, ...] = ()
    sentence: str = ""
    salience: Salience | None = None
    score: float = 1.0
    reasons: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = field(default=(), compare=False)
