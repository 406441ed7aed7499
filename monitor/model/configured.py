"""What is configured: feeds, channels, watches, and how all of it works."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta

from monitor.model.words import ConceptKind, Part, Salience, Severity, Strictness


@dataclass(frozen=True, slots=True)
class Secret:
    """Hold a text that must never be printed; `reveal` it only where it is handed to a library."""

    reveal: str = field(repr=False)

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Access:
    """How one source is reached, where not as all others.

    `headers` are names and values sent along, to the host of `home` only. `proxy` None means that of the network;
    Secret("") means none at all.
    """

    home: str = ""
    headers: tuple[tuple[str, Secret], ...] = ()
    proxy: Secret | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A source as configured. `every` None means adaptive; `backfill` zero announces nothing of a first poll.

    `home_articles` is how many of its articles `home` was learned from, 0 if it is configured. `access` is how the
    feed, and the pages behind its entries, are reached.
    """

    id: str
    url: str
    name: str
    every: timedelta | None = None
    lang: str | None = None
    class_: str | None = None
    home: str | None = None
    full_text: bool = True
    backfill: timedelta = timedelta(0)
    max_age: timedelta | None = None
    home_articles: int = 0
    access: Access = Access()


@dataclass(frozen=True, slots=True)
class Rate:
    """Allow at most `count` messages in any `per`."""

    count: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours in which a channel holds what is less severe than `except_`: from `start` to `end`, local wall clock.

    `end` before `start` is after midnight. What is held goes out when they end.
    """

    start: time
    end: time
    except_: Severity = Severity.HIGH


@dataclass(frozen=True, slots=True)
class Remind:
    """How often an alert of `least` severity or more is repeated on a channel until somebody acknowledges it."""

    every: timedelta
    times: int = 3
    least: Severity = Severity.HIGH


@dataclass(frozen=True, slots=True)
class Channel:
    """A named destination: one apprise URL. `recipients` are filled in by the notifier: "" where it needs no name.

    `timezone` is where its reader lives, None for the monitor's. `fallback` names the channel that takes over.
    `digest` is when it gets a report, as a cron line of five fields. `discreet`: watch ids and links only.
    """

    id: str
    url: Secret
    rate: Rate | None = None
    recipients: tuple[str, ...] = ("",)
    quiet: Quiet | None = None
    timezone: str | None = None
    fallback: str | None = None
    remind: Remind | None = None
    digest: str | None = None
    discreet: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What else an article must hold for a watch: phrases, each as written; a trailing `*` is a prefix.

    At least one of `any`, each of `all`, none of `none`. `near` bounds the distance between a hit of the watch and a
    hit of `any` and `all`: in tokens, or 0 for the same sentence; None leaves it open. `parts` bounds where the
    watch's own hits and those of `any` and `all` count; empty means everywhere. `none` is searched everywhere.
    """

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    near: int | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class When:
    """A case of a watch, `[[watch.when]]`: if its rule holds, the match takes its severity.

    `langs`, `classes` and `feeds` bound the articles it is for; empty means all. `salience` is the least it asks for.
    """

    rule: Rule
    severity: Severity
    langs: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    salience: Salience = Salience.TRACE


@dataclass(frozen=True, slots=True)
class Watch:
    """One entry of the watchlist. `names` are as configured: spellings, or for places "Homs, SY", "geonames:169577".

    `include` names more places that count as this one, `within_km` all places so near; `context` are words that speak
    for the place meant. `countries` are the codes of the countries its places lie in, `within` the ids of the watches
    for whole countries or regions that its places all lie in; both are found when the configuration is assembled.
    `langs`, `classes` and `feeds` bound the articles it is for; empty means all, and an article whose language nobody
    knows is in every one. `match` is the least salience that is announced. A watch with `when` and no case that holds
    matches with its own severity all the same.
    """

    id: str
    name: str
    kind: ConceptKind
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    not_: tuple[str, ...] = ()
    rule: Rule = Rule()
    severity: Severity = Severity.NORMAL
    notify: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    within_km: float | None = None
    context: tuple[str, ...] = ()
    match: Salience = Salience.MENTION
    strictness: Strictness = Strictness.NORMAL
    when: tuple[When, ...] = ()
    backfill: timedelta = timedelta(0)
    countries: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """How the world is reached. Sizes in bytes, decoded; `timeout` is for one whole fetch, redirects included.

    `all_pages`: pages are fetched also where they can tell nothing that a watch asks for.
    """

    contact: str | None = None
    allow_private: tuple[str, ...] = ()
    max_feed: int = 10_000_000
    max_page: int = 5_000_000
    timeout: timedelta = timedelta(seconds=30)
    per_host: int = 2
    per_host_delay: timedelta = timedelta(0)
    robots: bool = True
    proxy: Secret | None = None
    all_pages: bool = False


@dataclass(frozen=True, slots=True)
class Polling:
    """The bounds of the adaptive interval."""

    min: timedelta = timedelta(minutes=2)
    max: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Retrying:
    """How long a delivery is tried: the first pause, the longest pause, and when to give up."""

    first: timedelta = timedelta(seconds=30)
    max: timedelta = timedelta(hours=1)
    give_up: timedelta = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Route:
    """Who else is told of a match: if all its conditions hold, `notify` is added, and `routes` are asked in turn.

    Empty conditions hold for all; `severity` is the least. `carry_on` False: no later sibling is asked if this one
    held. `number` is its place in the configuration, counted from 1: "2", or "2.1" inside another.
    """

    number: str
    notify: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()
    severity: Severity = Severity.LOW
    feeds: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    carry_on: bool = True
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Alerting:
    """How floods are told: `burst` single messages for each recipient in any `burst_window`, beyond that digests.

    A digest goes out at most every `digest_every`. `fallback_after` is how long a channel may accept nothing before
    its fallback takes over. `inhibit`: an update that only adds the country of a place already told of is muted.
    """

    burst: int = 5
    burst_window: timedelta = timedelta(minutes=5)
    digest_every: timedelta = timedelta(minutes=1)
    fallback_after: timedelta = timedelta(minutes=15)
    inhibit: bool = True


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Signs of life: `ping` is asked for every `every`; `alive` and `canary` are cron lines of five fields."""

    ping: Secret | None = None
    every: timedelta = timedelta(minutes=5)
    alive: str | None = None
    canary: str | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept: article texts, and identities with the ledger of alerts and deliveries."""

    text: timedelta = timedelta(days=90)
    ledger: timedelta = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration as domain values. `operator` names the channels for summaries and health messages.

    `gazetteer` is the path of an index of places, None for the one that ships.
    """

    state: str = field(repr=False)  # a PostgreSQL address may hold a password.
    timezone: str = "UTC"
    operator: tuple[str, ...] = ()
    feeds: tuple[Feed, ...] = ()
    channels: tuple[Channel, ...] = ()
    watches: tuple[Watch, ...] = ()
    network: Network = Network()
    polling: Polling = Polling()
    retrying: Retrying = Retrying()
    retention: Retention = Retention()
    gazetteer: str | None = None
    alerting: Alerting = Alerting()
    routes: tuple[Route, ...] = ()
    heartbeat: Heartbeat = Heartbeat()
