"""`monitor route test`: where an alert would go, and why. Nothing is sent and nothing remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from monitor.cli.moments import read_moment, shown_moment
from monitor.cli.options import config_option, config_path, fail_plainly, json_option
from monitor.cli.show import console, moment, print_json

if TYPE_CHECKING:
    from rich.tree import Tree

    from monitor.app import Assembled
    from monitor.model import Article, Channel, Delivery, Match, Settings, Silence, Watch
    from monitor.planning.routes import Step
    from monitor.planning.work import NewAlert

SEVERITIES = ("low", "normal", "high", "critical")


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says of an article that there may not be; None leaves it to the article or the watch."""

    watch: str | None = None
    severity: str | None = None
    feed: str | None = None
    language: str | None = None
    class_: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One watch, the match that routes judge, and what each route answered."""

    watch: Watch
    match: Match
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """How a channel would take an alert at a moment: what mutes it, until when it holds it, whether it may gather."""

    channel: Channel
    deliveries: tuple[Delivery, ...]
    silence: Silence | None
    held_until: datetime | None
    gathers: bool


@click.group()
def route() -> None:
    """Show where an alert would go, and why."""


@route.command(
    "test",
    epilog="Examples:  monitor route test --watch homs --severity high  |  monitor route test article.html "
    "--feed dw-en  |  monitor route test --watch homs --at '2026-12-01 23:30'",
)
@click.argument("source", required=False, metavar="[PATH|URL|-]")
@click.option("--watch", metavar="ID", help="The watch that matches; with a page, only this one of those that do.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="As severe as this; else as the watch says.")
@click.option("--feed", metavar="ID", help="The feed it came by: gives its class and language too.")
@click.option("--lang", "language", metavar="CODE", help="The language of the article.")
@click.option("--class", "class_", metavar="CLASS", help="The class of the feed.")
@click.option("--country", metavar="CODE", help="The country of the watched place, like SY.")
@click.option("--at", metavar="TIME", help="When, like '2026-12-01 23:30' by the monitor's clock; else now.")
@json_option
@config_option
@click.pass_context
def test(
    context: click.Context,
    /,
    source: str | None,
    config: Path | None,
    *,
    at: str | None,
    as_json: bool,
    **given: str | None,
) -> None:
    """Show which routes hold for a match and why, and what each channel would do with the alert.

    The match is an invented one of --watch, or those of a page at PATH or URL, or of a text on standard input (-).
    Nothing is sent and nothing remembered.
    """
    from monitor.app import ready
    from monitor.config.files import find_config

    stated = Given(**given)
    if source is None and stated.watch is None:
        raise click.UsageError("name a watch with --watch, or a page")
    with fail_plainly():
        assembled = ready(find_config(config_path(context, config)))[1]
        settings = _with_country(assembled.settings, stated)
        now = read_moment(at, settings.timezone) if at else datetime.now(UTC)
        article, matches = _matches(source, stated, assembled, settings)
        asked = _ask(article, matches, settings)
        ways = _ways(article, matches, replace(assembled, settings=settings), now=now)
    if as_json:
        print_json({"at": moment(now), "watches": [*map(_asked_json, asked)], "channels": [*map(_way_json, ways)]})
        return
    _show(article, asked, ways, settings, now=now)


# --- what there is to judge ---------------------------------------------------------------------------------------


def _with_country(settings: Settings, given: Given) -> Settings:
    """Return the configuration as if the watch lay in the country that was given."""
    known = {watch.id for watch in settings.watches}
    if given.watch is not None and given.watch not in known:
        raise click.UsageError(f"there is no watch {given.watch!r}; there are: {', '.join(sorted(known)) or 'none'}")
    if given.country is None:
        return settings
    countries = (given.country.upper(),)
    return replace(settings, watches=tuple(replace(watch, countries=countries) for watch in settings.watches))


def _matches(
    source: str | None, given: Given, assembled: Assembled, settings: Settings
) -> tuple[Article, tuple[Match, ...]]:
    """Return the article, or an invented one, and the matches that would be told of."""
    from monitor.cli.match import read_article
    from monitor.model import Article, Match, Severity, Verdict

    feed = next((feed for feed in settings.feeds if feed.id == given.feed), None)
    if given.feed is not None and feed is None:
        known = ", ".join(feed.id for feed in settings.feeds) or "none"
        raise click.UsageError(f"there is no feed {given.feed!r}; there are: {known}")
    watches = {watch.id: watch for watch in settings.watches}
    if source is None:
        chosen = watches[str(given.watch)]
        article = Article("invented", "", "", "(an invented article)")
        found: tuple[Match, ...] = (Match(chosen.id, Verdict.MATCH, chosen.severity),)
    else:
        article = asyncio.run(read_article(source, settings.network))
        home = feed.home if feed else None
        certain = (one for one in assembled.watchlist.match(replace(article, home=home)) if one.verdict == "match")
        found = tuple(one for one in certain if given.watch in {None, one.watch_id})
    article = replace(
        article,
        feed_id=given.feed or "",
        class_=given.class_ or (feed.class_ if feed else None),
        language=given.language or (feed.lang if feed and feed.lang else article.language),
    )
    if given.severity is not None:
        found = tuple(replace(one, severity=Severity(given.severity)) for one in found)
    return article, found


def _ask(article: Article, matches: Sequence[Match], settings: Settings) -> tuple[Asked, ...]:
    from monitor.planning.routes import ask, subject_of

    watches = {watch.id: watch for watch in settings.watches}
    return tuple(
        Asked(watches[one.watch_id], one, ask(subject_of(one, watches[one.watch_id], article), settings.routes))
        for one in matches
    )


# --- what channels would do with it -------------------------------------------------------------------------------


def _ways(article: Article, matches: tuple[Match, ...], assembled: Assembled, *, now: datetime) -> tuple[Way, ...]:
    """Return what each channel that is told would do with the one alert of all matches."""
    from monitor.planning.read import Readers, new_alert

    settings = assembled.settings
    if not matches:
        return ()
    readers = Readers(settings.watches, settings.channels, settings.routes)
    alert = new_alert(article, matches, readers, revision="", now=now)
    told = dict.fromkeys(row.channel_id for row in alert.deliveries)
    silences = _silences(settings)
    chosen = (channel for channel in settings.channels if channel.id in told)
    return tuple(_way(channel, alert, assembled, silences, now=now) for channel in chosen)


def _way(channel: Channel, new: NewAlert, assembled: Assembled, silences: Sequence[Silence], *, now: datetime) -> Way:
    from monitor.model import Severity
    from monitor.planning.quiet import quiet_until

    rows = tuple(row for row in new.deliveries if row.channel_id == channel.id)
    zone = ZoneInfo(channel.timezone or assembled.settings.timezone)
    severity = new.alert.severity_for(rows[0].watches)
    quiet = channel.quiet if channel.quiet and severity.rank < channel.quiet.except_.rank else None
    return Way(
        channel,
        rows,
        silence=_silence(rows[0], new, assembled, silences, now=now),
        held_until=quiet_until(quiet, zone, now) if quiet else None,
        gathers=severity.rank < Severity.HIGH.rank,
    )


def _silence(
    row: Delivery, new: NewAlert, assembled: Assembled, silences: Sequence[Silence], *, now: datetime
) -> Silence | None:
    """Return the silence that would mute a delivery."""
    from monitor.planning.silences import silence_for
    from monitor.planning.waiting import Rules, Waiting

    rules = Rules({}, {}, watches_in=assembled.whereabouts.watches_in)
    told = replace(new.alert, severity=new.alert.severity_for(row.watches))
    return silence_for(Waiting(row, told, since=now), silences, rules, now)


def _silences(settings: Settings) -> tuple[Silence, ...]:
    """Return the silences there are; none, and a line that says so, where the state cannot be asked."""
    from monitor.errors import StoreError

    if "://" not in settings.state and not Path(settings.state).exists():
        return ()  # nothing has run yet.
    from monitor.store.silences import list_silences

    try:
        return list_silences(settings.state)
    except StoreError as error:
        click.echo(f"monitor: silences are not known: {error}", err=True)
        return ()


# --- for programs -------------------------------------------------------------------------------------------------


def _asked_json(asked: Asked) -> dict[str, object]:
    from monitor.planning.routes import channels_of

    named = tuple(dict.fromkeys((*asked.watch.notify, *channels_of(asked.steps))))
    return {
        "id": asked.watch.id,
        "severity": asked.match.severity.value,
        "notify": list(asked.watch.notify),
        "routes": [*map(_step_json, asked.steps)],
        "channels": list(named),
        "all_channels": not named,
    }


def _step_json(step: Step) -> dict[str, object]:
    return {
        "route": step.route.number,
        "asked": step.asked,
        "holds": step.held,
        "reasons": list(step.reasons),
        "notify": list(step.route.notify),
        "routes": [*map(_step_json, step.inside)],
    }


def _way_json(way: Way) -> dict[str, object]:
    silence = way.silence
    return {
        "id": way.channel.id,
        "recipients": [row.recipient for row in way.deliveries],
        "watches": list(way.deliveries[0].watches),
        "muted_by": silence.id if silence else None,
        "muted_until": moment(silence.ends_at) if silence else None,
        "held_until": moment(way.held_until),
        "may_join_digest": way.gathers,
        "fallback": way.channel.fallback,
    }


# --- for people ---------------------------------------------------------------------------------------------------


def _show(article: Article, asked: Sequence[Asked], ways: Sequence[Way], settings: Settings, *, now: datetime) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from monitor.alerting.clean import clean

    out = console()
    out.print(Text(clean(article.title) or "(no title)", style="bold"))
    if not asked:
        out.print("No watch matches: nobody would be told.")
        return
    for one in asked:
        out.print(_tree(one, article))
    if not ways:
        out.print("No channel is configured: nobody would be told.")
        return
    out.print(Text(f"\nAt {shown_moment(now, settings.timezone)} the alert would go to"))
    for way in ways:
        out.print(Text(f"  {way.channel.id}", style="bold"), Text(f"for {', '.join(way.deliveries[0].watches)}"))
        for line in _lines(way, settings):
            out.print(Padding(Text(clean(line)), (0, 0, 0, 4), expand=False))


def _tree(asked: Asked, article: Article) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    from monitor.alerting.clean import clean

    facts = [
        f"severity {asked.match.severity}",
        *(f"feed {article.feed_id}" for _ in range(bool(article.feed_id))),
        *(f"class {article.class_}" for _ in range(bool(article.class_))),
        *(f"language {article.language}" for _ in range(bool(article.language))),
        *(f"country {country}" for country in asked.watch.countries),
    ]
    tree = Tree(Text.assemble((asked.watch.id, "bold"), f": {clean(', '.join(facts))}"))
    if asked.watch.notify:
        tree.add(Text(f"the watch's own notify: {', '.join(asked.watch.notify)}", style="green"))
    _branch(tree, asked.steps)
    if not asked.watch.notify and not any(_names_channels(asked.steps)):
        tree.add(Text("neither the watch nor a route names a channel: all of them", style="green"))
    return tree


def _names_channels(steps: Sequence[Step]) -> Iterator[bool]:
    from monitor.planning.routes import channels_of

    yield bool(channels_of(steps))


def _branch(tree: Tree, steps: Sequence[Step]) -> None:
    from rich.text import Text

    from monitor.alerting.clean import clean

    ended = ""
    for step in steps:
        number, why = step.route.number, clean(", ".join(step.reasons))
        if not step.asked:
            tree.add(Text(f"route {number} is not asked: route {ended} has continue = false", style="dim"))
            continue
        if not step.held:
            tree.add(Text(f"route {number} does not hold: {why}", style="dim"))
            continue
        told = f": tells {', '.join(step.route.notify)}" if step.route.notify else ""
        _branch(tree.add(Text(f"route {number} holds, since {why}{told}", style="green")), step.inside)
        if not step.route.carry_on:
            ended = number


def _lines(way: Way, settings: Settings) -> Iterator[str]:
    """Yield what a channel would do with the alert, and what happens if it cannot."""
    zone, alerting = way.channel.timezone or settings.timezone, settings.alerting
    if way.silence is not None:
        silence = way.silence
        yield f"muted until {shown_moment(silence.ends_at, zone)} by {silence.author}: {silence.reason} ({silence.id})"
    elif way.held_until is not None:
        yield f"held until {shown_moment(way.held_until, zone)}: quiet hours"
    elif way.gathers:
        from monitor.config.values import show_duration

        yield (
            f"at once, unless {alerting.burst} went there within {show_duration(alerting.burst_window)}: "
            f"then in a digest, one every {show_duration(alerting.digest_every)} at most"
        )
    else:
        yield "at once, and alone, for it is severe"
    if len(way.deliveries) > 1:
        yield f"to {len(way.deliveries)} recipients, each a delivery of its own"
    if way.channel.fallback:
        from monitor.config.values import show_duration

        after = show_duration(alerting.fallback_after)
        yield f"if it refuses for good, or accepts nothing for {after}: {way.channel.fallback}"
