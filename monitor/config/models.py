"""Every table and key that a configuration may hold, with its default and its meaning.

What is told when stands in telling.py, the kinds of value in kinds.py and their readers in values.py; what concerns
several keys or tables at once stands in checks.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from monitor import model
from monitor.config import times, values
from monitor.config.kinds import (
    SECOND,
    Backfill,
    Count,
    Cron,
    Duration,
    Flag,
    Headers,
    Kind,
    Languages,
    Login,
    Networks,
    Parts,
    Pause,
    Phrases,
    Places,
    Salience,
    Section,
    Severity,
    Size,
    Slug,
    Slugs,
    Text,
    several_of,
)
from monitor.config.telling import Alerting, Heartbeat, Quiet, Remind, Route
from monitor.config.values import at_least, choice


class Monitor(Section):
    """The daemon itself."""

    state: Text = Field(
        "state/monitor.db",
        description='What is remembered: the path of an SQLite file, made with its folder, or "postgresql://…". '
        "A relative path starts at the configuration file; under systemd at `$STATE_DIRECTORY`. "
        "May hold `${env:NAME}`, `${file:PATH}` and `${cred:NAME}`.",
    )
    timezone: Annotated[str, BeforeValidator(values.timezone), Kind("time zone")] = Field(
        "UTC", description="In which times are shown to people."
    )
    operator: Annotated[Slugs | None, Kind("id or list of ids", unset="the first channel")] = Field(
        None, description="The channels that get summaries and health messages."
    )
    gazetteer: Annotated[str | None, BeforeValidator(values.file_path), Kind("path", unset="the index that ships")] = (
        Field(
            None,
            description="A bigger index of places, made by monitor places build --all: villages can then be watched.",
        )
    )
    keep_text: Duration = Field(model.Retention().text, description="How long the texts of articles are kept.")
    keep_ledger: Duration = Field(
        model.Retention().ledger,
        description="How long identities, alerts and deliveries are kept. "
        "What is forgotten too soon is told again when it comes back.",
    )


class Network(Section):
    """How the world is reached."""

    contact: Annotated[str | None, BeforeValidator(values.contact), Kind("text")] = Field(
        None, description="A mail or web address that goes into the User-Agent, so that publishers can reach you."
    )
    max_feed: Size = Field(model.Network().max_feed, description="The largest feed that is read, unpacked.")
    max_page: Size = Field(model.Network().max_page, description="The largest page that is read, unpacked.")
    timeout: Duration = Field(model.Network().timeout, description="For one whole fetch, redirects included.")
    per_host: Count = Field(model.Network().per_host, description="Concurrent requests to one host.")
    per_host_delay: Pause = Field(model.Network().per_host_delay, description="The pause between requests to one host.")
    robots: Flag = Field(
        default=True,
        description="Ask robots.txt before fetching article pages (feeds are fetched without asking). "
        "Where it refuses, the feed's own text is matched.",
    )
    all_pages: Flag = Field(
        default=False,
        description="true: fetch the page behind every new entry. Left out, a page is not fetched where no watch is "
        "for its feed or language; nor, unless the feed's own text hits a watch, where all watches are keywords that "
        "count in title and lead only.",
    )
    allow_private: Networks = Field(
        (),
        description="Private networks that feeds, pages and redirects may lead to, "
        "judged on the address that is connected to.",
    )
    proxy: Annotated[Text | None, Kind("address")] = Field(
        None,
        description="An HTTP or SOCKS proxy for all fetching, such as `socks5://127.0.0.1:9050`. "
        "The proxy then resolves names, so where they lead is not checked here. "
        "May hold `${env:NAME}`, `${file:PATH}` and `${cred:NAME}`.",
    )


class Poll(Section):
    """The bounds of the adaptive interval, for feeds without `every`."""

    min: Annotated[timedelta, BeforeValidator(at_least(SECOND)), Kind("duration", values.show_duration)] = Field(
        model.Polling().min, description="Never poll more often than this."
    )
    max: Annotated[timedelta, BeforeValidator(at_least(SECOND)), Kind("duration", values.show_duration)] = Field(
        model.Polling().max, description="Never poll less often than this."
    )


class Delivery(Section):
    """How long a delivery is tried."""

    retry_first: Duration = Field(
        model.Retrying().first, description="The pause after the first failure; it doubles with each, with jitter."
    )
    retry_max: Duration = Field(
        model.Retrying().max, description="The longest pause. A service's own Retry-After wins."
    )
    give_up: Duration = Field(
        model.Retrying().give_up, description="After this the delivery is dead, and `monitor status` says so."
    )


class Feed(Section):
    """A source."""

    id: Slug = Field(description="Its name in this configuration, in the history and in the logs.")
    url: Annotated[str, BeforeValidator(values.feed_url), Kind("web address")] = Field(
        description="Where it is; http:// or https://."
    )
    name: Annotated[Text | None, Kind("text", unset="the id")] = Field(None, description="What messages show.")
    every: Annotated[timedelta | None, BeforeValidator(at_least(SECOND)), Kind("duration", unset="adaptive")] = Field(
        None,
        description="Poll this often, 1s or more. Left out, the interval follows the feed's own pace between "
        "`[poll]` min and max. Failures, 429 and Retry-After slow down either.",
    )
    lang: Annotated[str | None, BeforeValidator(values.language), Kind("language", unset="stated or detected")] = Field(
        None, description="The language of its articles, as a code."
    )
    class_: Annotated[Slug | None, Kind("text")] = Field(
        None, alias="class", description="What kind of publisher it is: wire, state, public, local, ngo, …"
    )
    home: Annotated[str | None, BeforeValidator(values.home), Kind("country or region", unset="learned")] = Field(
        None,
        description='Where this publisher\'s unqualified "Paris" is: "DE", "US.TX", or "Texas, US". '
        "Left out, it is learned from what the feed writes about.",
    )
    full_text: Flag = Field(default=True, description="false: match on the feed's own text, fetch no pages.")
    backfill: Backfill = Field(
        timedelta(0),
        description="What the first poll may announce: nothing, what is younger than this, or everything.",
    )
    max_age: Annotated[Duration | None, Kind("duration")] = Field(
        None, description="Entries dated longer ago than this are never announced. Left out, dates do not matter."
    )
    headers: Headers = Field(
        (),
        description='Sent with each request to the host of `url`: `{ "X-Api-Key" = "${env:KEY}" }`. Never sent to '
        "another host, port or scheme, nor after a redirect has led there. "
        "Values may hold `${env:NAME}`, `${file:PATH}` and `${cred:NAME}`.",
    )
    auth: Annotated[Login | None, Kind("text or table")] = Field(
        None,
        description='A login, sent as `headers` are: `"user:${env:PASSWORD}"`, `"Bearer ${env:TOKEN}"`, '
        'or `{ user = "…", password = "${env:…}" }`.',
    )
    proxy: Annotated[Text | None, Kind("address", unset="that of `[network]`")] = Field(
        None,
        description="An HTTP or SOCKS proxy for this feed and its articles' pages. The proxy then resolves names, so "
        'where they lead is not checked here. `"direct"`: none, whatever `[network]` says. '
        "May hold `${env:NAME}`, `${file:PATH}` and `${cred:NAME}`.",
    )


class Channel(Section):
    """A named destination. Exactly one of `url`, `url_env`, `url_file` and `credential` says where it leads."""

    id: Slug = Field(description="Its name in `notify`, `operator`, the ledger and the logs.")
    url: Annotated[Text | None, Kind("apprise address")] = Field(
        None,
        description='Any address that apprise knows (`mailto://…`, `slack://…`, `tgram://…`), or "console://". '
        "May hold `${env:NAME}`, `${file:PATH}` and `${cred:NAME}`.",
    )
    url_env: Annotated[str | None, BeforeValidator(values.env_name), Kind("name")] = Field(
        None, description="The environment variable that holds the address."
    )
    url_file: Annotated[str | None, BeforeValidator(values.secret_path), Kind("path")] = Field(
        None, description="The file that holds the address."
    )
    credential: Annotated[str | None, BeforeValidator(values.credential), Kind("name")] = Field(
        None, description="The systemd credential (`LoadCredential=`) that holds the address."
    )
    rate: Annotated[model.Rate | None, BeforeValidator(values.rate), Kind("rate", unset="by service")] = Field(
        None,
        description='At most so many messages in a time: "1/s", "20/min". Slack and Telegram get 1/s, '
        "Telegram groups 20/min, mail 5/s.",
    )
    timezone: Annotated[
        str | None, BeforeValidator(values.timezone), Kind("time zone", unset="that of `[monitor]`")
    ] = Field(None, description="Where its reader lives: quiet hours, digests and the times in messages go by it.")
    quiet: Annotated[Quiet | None, BeforeValidator(times.table), Kind("table", unset="never")] = Field(
        None,
        description='The hours in which messages are held: `{ from = "23:00", to = "06:30", except = "high" }`. '
        "What was held goes out together when they end.",
    )
    fallback: Annotated[Slug | None, Kind("id")] = Field(
        None,
        description="The channel that takes over when this one gives up, "
        "or accepts nothing for `[alerting] fallback_after`.",
    )
    remind: Annotated[Remind | None, BeforeValidator(times.remind), Kind("duration or table", unset="never")] = Field(
        None,
        description="Repeat a high alert this often until `monitor ack`: "
        '`"30m"`, or `{ every = "30m", times = 3, severity = "high" }`.',
    )
    digest: Cron = Field(
        None,
        description='When it gets a report: `"daily"` (07:00), `"weekly"` (Mondays at 07:00), or a cron line such as '
        '`"30 6 * * 1-5"`.',
    )
    discreet: Flag = Field(
        default=False,
        description="Messages hold the watch's id and the link only, for a screen that others may see.",
    )


class When(Section):
    """A case of the watch above it: if an article that matches the watch holds this too, it gets this severity.

    Of several cases that hold the severest counts; if none holds, the watch's own severity does.
    A case without any condition holds always.
    """

    severity: Severity = Field(model.Severity.NORMAL.value, description="What the article then gets.")
    any: Phrases = Field((), description="The article must hold at least one of these.")
    all: Phrases = Field((), description="The article must hold every one of these.")
    none: Phrases = Field((), description="The article must hold none of these, wherever in it.")
    near: Annotated[int | None, BeforeValidator(values.near), Kind('number or "sentence"', unset="anywhere")] = Field(
        None, description="How many words may lie between a hit of the watch and a hit of `any` and `all`."
    )
    in_: Annotated[Parts, Kind("part or list of parts", unset="everywhere")] = Field(
        (), alias="in", description="Where hits count: title, lead, body."
    )
    lang: Annotated[Languages, Kind("language or list of languages", unset="all")] = Field(
        (), description="The languages it is for, as codes."
    )
    class_: Annotated[Slugs, Kind("text or list of texts", unset="all")] = Field(
        (), alias="class", description="The classes of feeds it is for."
    )
    feed: Annotated[Slugs, Kind("id or list of ids", unset="all")] = Field((), description="The feeds it is for.")
    salience: Salience = Field(
        model.Salience.TRACE.value, description="How much of the article must be about it, at least."
    )


class Watch(Section):
    """What to look for. Exactly one of `place`, `keyword`, `person` and `org`."""

    id: Slug = Field(description="Its name in the history and in the logs.")
    name: Annotated[Text | None, Kind("text", unset="the id")] = Field(None, description="What messages show.")
    place: Annotated[Places | None, several_of("place")] = Field(
        None, description='A place with all its spellings: "Homs, SY", or "geonames:169577".'
    )
    keyword: Annotated[Phrases | None, several_of("text")] = Field(
        None, description="Words or phrases, in any language. A trailing `*` stands for any ending."
    )
    person: Annotated[Phrases | None, several_of("text")] = Field(None, description="A person's name or names.")
    org: Annotated[Phrases | None, several_of("text")] = Field(None, description="An organisation's name or names.")
    aliases: Annotated[Phrases, several_of("text")] = Field(
        (), description="More spellings of the same, at most 1,000 characters each."
    )
    include: Annotated[Places, several_of("place")] = Field(
        (), description="More places that count as this one. For places only."
    )
    within_km: Annotated[float | None, BeforeValidator(values.kilometres), Kind("number")] = Field(
        None, description="All places so near count as this one, at most 1,000 km. For places only."
    )
    context: Annotated[Phrases, several_of("text")] = Field(
        (), description="Words that speak for what is meant where a name means several things."
    )
    not_: Phrases = Field((), alias="not", description="Phrases that hold the name and mean something else.")
    any: Phrases = Field((), description="The article must hold at least one of these as well.")
    all: Phrases = Field((), description="The article must hold every one of these as well.")
    none: Phrases = Field((), description="The article must hold none of these, wherever in it.")
    near: Annotated[int | None, BeforeValidator(values.near), Kind('number or "sentence"', unset="anywhere")] = Field(
        None, description="How many words may lie between a hit of the watch and a hit of `any` and `all`."
    )
    in_: Annotated[Parts, Kind("part or list of parts", unset="everywhere")] = Field(
        (), alias="in", description="Where hits count: title, lead, body."
    )
    lang: Annotated[Languages, Kind("language or list of languages", unset="all")] = Field(
        (), description="The languages of the articles it is for, as codes. An article of unknown language counts."
    )
    class_: Annotated[Slugs, Kind("text or list of texts", unset="all")] = Field(
        (), alias="class", description="The classes of the feeds it is for."
    )
    feed: Annotated[Slugs, Kind("id or list of ids", unset="all")] = Field((), description="The feeds it is for.")
    notify: Annotated[Slugs | None, Kind("id or list of ids", unset="all channels")] = Field(
        None, description="The channels that are told."
    )
    severity: Severity = Field(model.Severity.NORMAL.value, description="How much it matters to the reader.")
    match: Salience = Field(
        model.Salience.MENTION.value,
        description="The least that is announced: about (the article is about it), mention, "
        "or trace (a caption, an organisation's name). What is less is recorded only.",
    )
    strictness: Annotated[
        str, BeforeValidator(choice(*(level.value for level in model.Strictness))), Kind("wide, normal or strict")
    ] = Field(
        model.Strictness.NORMAL.value,
        description="How sure a match must be: a score of .3, .5 or .7. What is just below is kept as possible.",
    )
    backfill: Backfill = Field(
        timedelta(0),
        description="What may be announced of the articles that are stored already when the watch is new or changed: "
        "nothing, what was seen within this time, or everything.",
    )
    when: Annotated[
        tuple[When, ...], BeforeValidator(values.tables("watch.when")), Kind("list of tables", unset="none")
    ] = Field((), description="Cases with a severity of their own, each a `[[watch.when]]`.")


TABLES: dict[str, type[Section]] = {
    "monitor": Monitor,
    "network": Network,
    "poll": Poll,
    "delivery": Delivery,
    "alerting": Alerting,
    "heartbeat": Heartbeat,
}
LISTS: dict[str, type[Section]] = {"feed": Feed, "channel": Channel, "watch": Watch, "route": Route}
WATCH_KINDS = ("place", "keyword", "person", "org")
# Tables, and lists of tables, inside others.
NESTED: dict[str, dict[str, type[Section]]] = {
    "channel": {"quiet": Quiet, "remind": Remind},
    "watch": {"when": When},
    "route": {"route": Route},
}
URL_KINDS = ("url", "url_env", "url_file", "credential")

# Known by name and refused, so that nobody believes they are at work. Where: what they will be.
NOT_YET: dict[str, dict[str, str]] = {
    "": {
        "web": "the web page",
        "story": "grouping articles about one event",
    },
}


def section_of(table: str) -> type[Section]:
    """Return what a table may hold, also one inside others: "watch.when", "route.route.route"."""
    name, *inner = table.split(".")
    section = {**TABLES, **LISTS}[name]
    for key in inner:
        section, name = NESTED[name][key], key
    return section


def keys_of(section: type[Section]) -> dict[str, str]:
    """Return the keys of a table as they are written, with the names of their fields."""
    return {info.alias or name: name for name, info in section.model_fields.items()}
