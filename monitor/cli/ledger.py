"""`monitor alerts` and `monitor status`: what was told, what is stuck, and how things fare."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.alerting.clean import clean
from monitor.cli.options import config_option, config_path, fail_plainly, json_option
from monitor.cli.show import ago, moment, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.app import Assembled
    from monitor.model import Alert, Delivery, Headline, Settings
    from monitor.store.views import AlertView, PossibleView, Views
    from monitor.watching.proposals import Proposal

SHORT = 8  # letters of an alert's id that a person is shown; enough to name it.
SHOWN = 20  # alerts that a person is shown unless more are asked for; --json is always complete.


# --- monitor alerts -----------------------------------------------------------------------------------------------


@click.group(invoke_without_command=True, epilog="Examples:  monitor alerts  |  monitor alerts ack-dead --all")
@click.option("--possible", is_flag=True, help="List the matches kept below the bar, which are never announced.")
@click.option("--limit", type=click.IntRange(min=1), help=f"How many to show, the newest; else {SHOWN}, in JSON all.")
@json_option
@config_option
@click.pass_context
def alerts(context: click.Context, config: Path | None, limit: int | None, *, possible: bool, as_json: bool) -> None:
    """Show who was told what, and what is stuck."""
    if context.invoked_subcommand is not None:
        return
    limit = limit if limit or as_json else SHOWN
    with fail_plainly(), _views(config_path(context, config)) as views:
        if possible:
            found = views.list_possible(limit=limit)
            _show_possible(found) if not as_json else print_json({"possible": [_possible(one) for one in found]})
        else:
            told = views.list_alerts(limit=limit)
            _show_alerts(told) if not as_json else print_json({"alerts": [_alert(one) for one in told]})


@alerts.command("ack-dead", epilog="Examples:  monitor alerts ack-dead  |  monitor alerts ack-dead 26c611f7af05")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--all", "every", is_flag=True, help="Acknowledge every dead delivery, as without any ID.")
@config_option
@click.pass_context
def ack_dead(context: click.Context, ids: tuple[str, ...], config: Path | None, *, every: bool) -> None:
    """Acknowledge dead deliveries: somebody knows of them, `status` is content again. Nothing is sent.

    ID is a delivery's, as `monitor status` lists it, or an alert's, whole or its beginning. Without one all are meant.
    """
    from monitor.store.views import ack_dead, open_views

    if ids and every:
        raise click.UsageError("name deliveries, or give --all")
    with fail_plainly():
        state = _settings(config_path(context, config)).state
        with open_views(state) as views:
            dead = [view.delivery for view in views.list_dead()]
        chosen = [row.id for row in dead if not ids or row.id.startswith(ids) or row.alert_id.startswith(ids)]
        count = ack_dead(state, chosen, now=datetime.now(UTC)) if chosen else 0
    click.echo(f"{count} acknowledged")
    if ids and not chosen:
        click.echo("monitor: no dead delivery and no alert with one is called so", err=True)
        sys.exit(1)


@alerts.command("wrong", epilog="Example:  monitor alerts wrong 3f2a9c01 --note 'a surname'")
@click.argument("alert_id", metavar="ID")
@click.option("--watch", "watches", multiple=True, metavar="ID", help="Only this watch of the alert was wrong.")
@click.option("--note", default="", metavar="TEXT", help="Why, for whoever reads it later.")
@json_option
@config_option
@click.pass_context
def wrong(
    context: click.Context,
    alert_id: str,
    watches: tuple[str, ...],
    config: Path | None,
    *,
    note: str,
    as_json: bool,
) -> None:
    """Record that an alert was wrong, and propose what would keep it from coming again.

    ID is what `monitor alerts` shows; its first letters will do. Nothing is sent, no file is changed.
    """
    from monitor.app import ready
    from monitor.config.files import find_config
    from monitor.store.judgements import judge_wrong

    with fail_plainly():
        assembled = ready(find_config(config_path(context, config)))[1]
        state = assembled.settings.state
        alert, judged = judge_wrong(state, alert_id, watches, note=note, now=datetime.now(UTC))
        proposals = _proposals(assembled, alert, {one.watch_id for one in judged})
    if as_json:
        found = [{"watch": id_, "key": one.key, "values": list(one.values), "why": one.why} for id_, one in proposals]
        print_json({"alert": alert.id, "watches": [one.watch_id for one in judged], "proposals": found})
        return
    click.echo(f"Recorded: alert {alert.id[:SHORT]} was wrong for {', '.join(one.watch_id for one in judged)}.")
    for id_, one in proposals:
        values = json.dumps(list(one.values), ensure_ascii=False)
        click.echo(clean(f"\nFor the watch {id_}, since {one.why}:\n\n    {one.key} = {values}", keep_newlines=True))


def _proposals(assembled: Assembled, alert: Alert, judged: set[str]) -> list[tuple[str, Proposal]]:
    """Return a proposal for each watch that was wrong and is still configured."""
    from monitor.watching.proposals import propose

    found = []
    for proof in alert.evidence:
        watch = next((one for one in assembled.settings.watches if one.id == proof.watch_id), None)
        if watch is None or watch.id not in judged:
            continue
        places = assembled.watchlist.places(watch.id)
        context = [name for place in places[:1] for name in assembled.gazetteer.context_names(place)]
        found.append((watch.id, propose(watch, proof, context=context)))
    return found


def _alert(view: AlertView) -> dict[str, object]:
    alert = view.alert
    return {
        "id": alert.id,
        "created_at": moment(alert.created_at),
        "reason": alert.reason.value,
        "severity": alert.severity.value,
        "watches": list(alert.watches),
        "articles": [_headline(headline) for headline in alert.headlines],
        "evidence": [
            {"watch": proof.watch_id, "sentence": proof.sentence, "form": proof.form} for proof in alert.evidence
        ],
        "deliveries": [_delivery(delivery) for delivery in view.deliveries],
        "text": alert.text,
        "incomplete": alert.incomplete,
    }


def _headline(headline: Headline) -> dict[str, object]:
    return {
        "title": headline.title,
        "url": headline.url,
        "feed": headline.feed_id,
        "published_at": moment(headline.published_at),
    }


def _delivery(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "channel": delivery.channel_id,
        "recipient": delivery.recipient,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "due_at": moment(delivery.due_at),
        "error": delivery.error,
        "delivered_at": moment(delivery.delivered_at),
        "watches": list(delivery.watches),
    }


def _possible(view: PossibleView) -> dict[str, object]:
    return {
        "watch": view.match.watch_id,
        "seen_at": moment(view.seen_at),
        "article": _headline(view.headline) if view.headline else None,
        "sentence": view.match.sentence,
        "score": view.match.score,
        "reasons": list(view.match.reasons),
    }


def _show_alerts(told: tuple[AlertView, ...]) -> None:
    from monitor.cli.show import console, line

    out = console()
    if not told:
        out.print("Nobody was told anything yet.")
    for view in told:
        alert = view.alert
        title = alert.headlines[0].title if alert.article_id and alert.headlines else alert.text.split("\n")[0]
        mark = "" if alert.severity == "normal" else f"{alert.severity} "
        line(out, f"{alert.id[:SHORT]}  {ago(alert.created_at)}  {mark}{alert.reason}", ", ".join(alert.watches), title)
        for delivery in view.deliveries:
            style = {"delivered": "green", "dead": "red"}.get(delivery.state, "yellow")
            to = f" {delivery.recipient}" if delivery.recipient else ""
            out.print(f"    {delivery.channel_id}{to}: {delivery.state} {delivery.error}", style=style, markup=False)


def _show_possible(found: tuple[PossibleView, ...]) -> None:
    from monitor.cli.show import console, line

    out = console()
    if not found:
        out.print("Nothing was kept below the bar.")
    for view in found:
        line(out, ago(view.seen_at), view.match.watch_id, view.headline.title if view.headline else view.article_id)
        out.print(f"    {view.match.sentence}", markup=False)


# --- monitor status -----------------------------------------------------------------------------------------------

PAGES_SINCE = timedelta(days=1)  # older pages that could not be read are no problem of today.
FAILED_TIMES = 3  # a feed that failed so often in a row,
FAILED_FOR = timedelta(hours=1)  # or for so long, makes `status` exit with 1.


@click.command(epilog="Example, for a monitoring system:  monitor status --json || alarm")
@json_option
@config_option
@click.pass_context
def status(context: click.Context, config: Path | None, *, as_json: bool) -> None:
    """Show how feeds, deliveries and channels fare.

    Exit code 1 if a feed has failed three times in a row or for an hour, if a delivery is dead and not acknowledged,
    or if a channel has accepted nothing for fifteen minutes while something waited.
    """
    with fail_plainly():
        settings = _settings(config_path(context, config))
        with _open(settings) as views:
            answer = _status(settings, views, now=datetime.now(UTC))
    if as_json:
        print_json(answer)
    else:
        _show_status(answer)
    sys.exit(0 if answer["ok"] else 1)


def _status(settings: Settings, views: Views, *, now: datetime) -> dict[str, object]:
    from monitor.model import DeliveryState

    problems = [*_feed_problems(settings, views, now=now), *_delivery_problems(views, now=now)]
    counts = views.count_deliveries()
    return {
        "ok": not any(serious for serious, _ in problems),
        "feeds": list(_feeds(settings, views)),
        "deliveries": {state.value: counts[state] for state in DeliveryState if state is not DeliveryState.MUTED},
        "problems": [problem for _, problem in problems],
        "channels": [
            {"id": one.channel_id, "accepted_at": moment(one.accepted_at), "waiting": one.waiting}
            for one in views.list_channels(now=now)
        ],
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


def _delivery_problems(views: Views, *, now: datetime) -> Iterator[tuple[bool, dict[str, object]]]:
    for dead in views.list_dead():
        row = dead.delivery
        to = f"{row.channel_id} {row.recipient}".strip()
        yield True, _problem("delivery", row.id, f"dead after {row.attempts} attempts to {to}: {row.error}")
    for stalled in views.stalled_channels(now=now):
        text = f"has accepted nothing since {moment(stalled.since)}; {stalled.waiting} waiting"
        yield True, _problem("channel", stalled.channel_id, text)
    for late in views.list_retrying():
        text = f"not yet accepted after {late.attempts} attempts: {late.error}"
        yield False, _problem("retry", late.channel_id, text)


def _show_status(answer: dict[str, object]) -> None:
    from monitor.cli.show import console, table

    out: Console = console()
    feeds, problems, channels = answer["feeds"], answer["problems"], answer["channels"]
    assert isinstance(feeds, list)  # noqa: S101 - made above.
    assert isinstance(problems, list)  # noqa: S101 - same.
    assert isinstance(channels, list)  # noqa: S101 - same.
    heard = sum(1 for feed in feeds if feed["state"] == "ok")
    out.print(f"{heard} of {len(feeds)} feeds heard from", style="green" if heard == len(feeds) else "yellow")
    table(
        out,
        ("feed", "state", "last answer", "next poll"),
        [(feed["id"], feed["state"], ago(feed["last_success_at"]), ago(feed["next_poll_at"])) for feed in feeds],
    )
    counts = answer["deliveries"]
    assert isinstance(counts, dict)  # noqa: S101 - same.
    out.print("deliveries: " + ", ".join(f"{count} {state}" for state, count in counts.items()))
    for channel in channels:
        out.print(
            f"{channel['id']}: accepted {ago(channel['accepted_at'])}, {channel['waiting']} waiting", markup=False
        )
    for problem in problems:
        out.print(f"{problem['kind']} {problem['subject']}: {problem['text']}", style="red", markup=False)
    if not problems:
        out.print("no problems", style="green")


# --- the state behind a configuration -----------------------------------------------------------------------------


def _settings(path: Path | None) -> Settings:
    from monitor.config.files import find_config
    from monitor.config.load import load

    return load(find_config(path)).settings


def _open(settings: Settings) -> Views:
    from monitor.store.views import open_views

    return open_views(settings.state)


def _views(path: Path | None) -> Views:
    return _open(_settings(path))
