"""`monitor status`: how feeds, deliveries and channels fare."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from monitor.cli.options import config_option, config_path, fail_plainly, json_option
from monitor.cli.show import ago, console, moment, print_json, table

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.model import Settings
    from monitor.planning.noticed import Incident
    from monitor.store.holds import Hold
    from monitor.store.latency import Latency
    from monitor.store.views import Views

PAGES_SINCE = timedelta(days=1)  # older pages that could not be read are no problem of today.
PROBLEMS = ("feed", "coverage", "held", "page", "delivery", "channel", "retry")
FAILED_TIMES = 3  # a feed that failed so often in a row,
FAILED_FOR = timedelta(hours=1)  # or for so long, makes `status` exit with 1.


@click.command(
    epilog="Examples:  monitor status  |  monitor status --json || alarm  |  "
    "monitor status --metrics > /var/lib/node_exporter/monitor.prom"
)
@json_option
@click.option("--metrics", is_flag=True, help="Answer in Prometheus's text format, for node_exporter or a scraper.")
@config_option
@click.pass_context
def status(context: click.Context, config: Path | None, *, as_json: bool, metrics: bool) -> None:
    """Show how feeds, deliveries and channels fare.

    Exit code 1 if a feed has failed three times in a row or for an hour, if a delivery is dead and not acknowledged,
    or if a channel has accepted nothing for fifteen minutes, or two digests, while something waited.
    """
    if as_json and metrics:
        raise click.UsageError("--json and --metrics are two answers: ask for one")
    with fail_plainly():
        answer = _answer(config_path(context, config), now=datetime.now(UTC))
    if as_json:
        print_json(answer)
    elif metrics:
        click.echo(_metrics(answer), nl=False)
    else:
        _show(answer)
    sys.exit(0 if answer["ok"] else 1)


# --- what there is to say -----------------------------------------------------------------------------------------


def _answer(path: Path | None, *, now: datetime) -> dict[str, Any]:
    from monitor.config.files import find_config
    from monitor.config.load import load
    from monitor.model import DeliveryState
    from monitor.planning.coverage import count_heard
    from monitor.store.coverage import list_incidents
    from monitor.store.holds import list_holds
    from monitor.store.latency import list_latencies
    from monitor.store.silences import list_silences
    from monitor.store.views import open_views

    settings = load(find_config(path)).settings
    with open_views(settings.state) as views:
        problems = [*_feed_problems(settings, views, now=now), *_delivery_problems(settings, views, now=now)]
        counts = views.count_deliveries()
        feeds = list(_feeds(settings, views))
        channels = views.list_channels(now=now)
        configured = {feed.id for feed in settings.feeds}
        heard = count_heard((one.state for one in views.list_feeds() if one.state.feed_id in configured), now=now)
    incidents = list_incidents(settings.state)
    _mark_silent(feeds, incidents)
    problems += [(False, _problem("coverage", one.feed_id, _first_line(one.text))) for one in incidents]
    problems += [(False, _held(one)) for one in list_holds(settings.state) if one.feed_id in configured]
    return {
        "ok": not any(serious for serious, _ in problems),
        "feeds": feeds,
        "coverage": {"heard": heard.heard, "feeds": len(feeds)},
        "deliveries": {state.value: counts[state] for state in DeliveryState},
        "problems": [problem for _, problem in problems],
        "channels": [
            {"id": one.channel_id, "accepted_at": moment(one.accepted_at), "waiting": one.waiting} for one in channels
        ],
        "quiet": list(_quiet(settings, now=now)),
        "silences": [
            {"id": one.id, "author": one.author, "reason": one.reason, "ends_at": moment(one.ends_at)}
            for one in list_silences(settings.state, now=now)
        ],
        "latency": [*map(_latency, list_latencies(settings.state, now=now))],
    }


def _held(hold: Hold) -> dict[str, object]:
    """Name a storm that waits for somebody's decision, and how to decide."""
    entries = f"{hold.entries} {'entry' if hold.entries == 1 else 'entries'}"
    text = f"{entries} suddenly new at {moment(hold.held_at)} and held: `monitor feeds release {hold.feed_id}`"
    return _problem("held", hold.feed_id, text)


def _mark_silent(feeds: list[dict[str, object]], incidents: Sequence[Incident]) -> None:
    """Call silent what answers and has had nothing new for longer than its habit."""
    silent = {one.feed_id for one in incidents if one.kind == "silent"}
    for feed in feeds:
        if feed["state"] == "ok" and feed["id"] in silent:
            feed["state"] = "silent"


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].removesuffix(".")


def _quiet(settings: Settings, *, now: datetime) -> Iterator[dict[str, object]]:
    """Yield the channels that are quiet now, and until when."""
    from monitor.planning.quiet import quiet_until

    for channel in settings.channels:
        zone = ZoneInfo(channel.timezone or settings.timezone)
        until = quiet_until(channel.quiet, zone, now) if channel.quiet else None
        if until is not None:
            yield {"channel": channel.id, "until": moment(until)}


def _latency(one: Latency) -> dict[str, object]:
    from monitor.store.latency import BOUNDS

    return {
        "channel": one.channel_id,
        "count": one.count,
        "sum": round(one.total, 3),
        "p50": round(one.p50, 3),
        "p99": round(one.p99, 3),
        "buckets": [{"le": bound, "count": count} for bound, count in zip(BOUNDS, one.buckets, strict=True)],
    }


def _feeds(settings: Settings, views: Views) -> Iterator[dict[str, object]]:
    stored = {view.state.feed_id: view.state for view in views.list_feeds()}
    for feed in settings.feeds:
        state = stored.get(feed.id)
        yield {
            "id": feed.id,
            "state": state.health.value if state else "new",
            "failures": state.failures if state else 0,
            "last_success_at": moment(state.last_success_at) if state else None,
            "next_poll_at": moment(state.next_poll_at) if state else None,
            "error": state.error if state else "",
        }


def _problem(kind: str, subject: str, text: str) -> dict[str, object]:
    return {"kind": kind, "subject": subject, "text": text}


def _feed_problems(settings: Settings, views: Views, *, now: datetime) -> Iterator[tuple[bool, dict[str, object]]]:
    """Name feeds that fail and pages that could not be read; True marks what `status` exits with 1 for."""
    configured = {feed.id for feed in settings.feeds}
    for view in views.list_feeds():
        state = view.state
        if state.feed_id not in configured or not state.failures:
            continue
        since = state.failing_since or now
        times = "once" if state.failures == 1 else f"{state.failures} times in a row"
        serious = state.failures >= FAILED_TIMES or now - since >= FAILED_FOR
        yield serious, _problem("feed", state.feed_id, f"failed {times}, since {moment(since)}: {state.error}")
    for article in views.list_incomplete(since=now - PAGES_SINCE):
        text = f"matched on the feed's text only: {article.incomplete}"
        yield False, _problem("page", article.url or article.title, text)


def _delivery_problems(settings: Settings, views: Views, *, now: datetime) -> Iterator[tuple[bool, dict[str, object]]]:
    from monitor.planning.troubles import stall_of

    configured = {channel.id for channel in settings.channels}
    for dead in views.list_dead():
        row = dead.delivery
        to = f"{row.channel_id} {row.recipient}".strip()
        yield True, _problem("delivery", row.id, f"dead after {row.attempts} attempts to {to}: {row.error}")
    for stalled in views.stalled_channels(now=now, stall=stall_of(settings.alerting)):
        why = "has accepted nothing" if stalled.channel_id in configured else "is configured no more, and took nothing"
        text = f"{why} since {moment(stalled.since)}; {stalled.waiting} waiting"
        yield True, _problem("channel", stalled.channel_id, text)
    for channel_id, incident in views.list_incidents().items():
        if incident.canary:
            to = f" (to {incident.recipient})" if incident.recipient else ""
            yield True, _problem("channel", channel_id, f"{incident.why}{to}")
    for late in views.list_retrying():
        text = f"not yet accepted after {late.attempts} attempts: {late.error}"
        yield False, _problem("retry", late.channel_id, text)


# --- for Prometheus -----------------------------------------------------------------------------------------------


def _metrics(answer: dict[str, Any]) -> str:
    from monitor.metrics import Figures, Histogram, render
    from monitor.model import FeedHealth

    states = [feed["state"] for feed in answer["feeds"]]
    kinds = [problem["kind"] for problem in answer["problems"]]
    return render(
        Figures(
            ok=answer["ok"],
            feeds={state.value: states.count(state.value) for state in FeedHealth},
            failures={feed["id"]: feed["failures"] for feed in answer["feeds"]},
            deliveries=answer["deliveries"],
            waiting={channel["id"]: channel["waiting"] for channel in answer["channels"]},
            silences=len(answer["silences"]),
            problems={kind: kinds.count(kind) for kind in PROBLEMS},
            latency={
                one["channel"]: Histogram(
                    tuple((bucket["le"], bucket["count"]) for bucket in one["buckets"]), one["count"], one["sum"]
                )
                for one in answer["latency"]
            },
        )
    )


# --- for people ---------------------------------------------------------------------------------------------------


def _show(answer: dict[str, Any]) -> None:
    out = console()
    _show_feeds(out, answer["feeds"], answer["coverage"])
    out.print("deliveries: " + ", ".join(f"{count} {state}" for state, count in answer["deliveries"].items()))
    _show_channels(out, answer)
    for silence in answer["silences"]:
        line = f"silence {silence['id'][:8]} by {silence['author']} ends {ago(silence['ends_at'])}: {silence['reason']}"
        out.print(line, style="yellow", markup=False)
    # What many have in common is said once: a dead channel is one trouble, however much it was to be told.
    alike: dict[tuple[str, str], list[str]] = {}
    for problem in answer["problems"]:
        alike.setdefault((problem["kind"], problem["text"]), []).append(problem["subject"])
    for (kind, text), subjects in alike.items():
        more = f" and {len(subjects) - 1} more" if len(subjects) > 1 else ""
        subject = f"{kind} {subjects[0]}{more}".rstrip()
        out.print(f"{subject}: {text}", style="red", markup=False)
    if not alike:
        out.print("no problems", style="green")


def _show_feeds(out: Console, feeds: list[dict[str, Any]], coverage: dict[str, int]) -> None:
    heard = coverage["heard"]
    style = "green" if heard == len(feeds) else "yellow"
    out.print(f"{heard} of {len(feeds)} feeds heard from in the last 24 h", style=style)
    rows = [(feed["id"], feed["state"], ago(feed["last_success_at"]), ago(feed["next_poll_at"])) for feed in feeds]
    table(out, ("feed", "state", "last answer", "next poll"), rows)


def _show_channels(out: Console, answer: dict[str, Any]) -> None:
    """Show what each channel accepted and what waits, how long that took in the last day, and whether it is quiet."""
    quiet = {one["channel"]: one["until"] for one in answer["quiet"]}
    latency = {one["channel"]: one for one in answer["latency"]}
    for channel in answer["channels"]:
        id_ = channel["id"]
        parts = [f"accepted {ago(channel['accepted_at'])}", f"{channel['waiting']} waiting"]
        if id_ in latency:
            parts.append(f"half within {_seconds(latency[id_]['p50'])}, 99 % within {_seconds(latency[id_]['p99'])}")
        if id_ in quiet:
            parts.append(f"quiet, ends {ago(quiet.pop(id_))}")
        out.print(f"{id_}: {', '.join(parts)}", markup=False)
    for id_, until in quiet.items():
        out.print(f"{id_}: quiet, ends {ago(until)}", markup=False)


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 90 else f"{value / 60:.0f} min"  # noqa: PLR2004 - up to here seconds read better.
