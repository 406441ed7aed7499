"""`monitor alerts`: what was told, to whom, and what is stuck."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.alerting.clean import clean
from monitor.cli.moments import shown_moment
from monitor.cli.options import config_option, config_path, fail_plainly, json_option
from monitor.cli.show import ago, moment, print_json

if TYPE_CHECKING:
    from monitor.app import Assembled
    from monitor.model import Alert, Delivery, Headline, Settings
    from monitor.store.notes import Ack
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
    from monitor.store.notes import list_acks

    with fail_plainly():
        settings = _settings(config_path(context, config))
        with _open(settings) as views:
            if possible:
                found = views.list_possible(limit=limit)
                _show_possible(found) if not as_json else print_json({"possible": [_possible(one) for one in found]})
                return
            told = views.list_alerts(limit=limit)
        acks = list_acks(settings.state)
    if as_json:
        print_json({"alerts": [_alert(one, acks.get(one.alert.id)) for one in told]})
    else:
        _show_alerts(told, acks, settings.timezone)


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


def _alert(view: AlertView, ack: Ack | None) -> dict[str, object]:
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
        "acked_by": ack.acked_by if ack else None,
        "acked_at": moment(ack.acked_at) if ack else None,
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
        "carried_by": delivery.carried_by,
        "grouped": delivery.grouped,
        "fallback_for": delivery.fallback_for,
        "silence_id": delivery.silence_id,
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


def _show_alerts(told: tuple[AlertView, ...], acks: Mapping[str, Ack], zone: str) -> None:
    from monitor.cli.show import console, line

    out = console()
    if not told:
        out.print("Nobody was told anything yet.")
    for view in told:
        alert = view.alert
        title = alert.headlines[0].title if alert.article_id and alert.headlines else alert.text.split("\n")[0]
        mark = "" if alert.severity == "normal" else f"{alert.severity} "
        line(out, f"{alert.id[:SHORT]}  {ago(alert.created_at)}  {mark}{alert.reason}", ", ".join(alert.watches), title)
        if alert.id in acks:
            ack = acks[alert.id]
            out.print(f"    acknowledged by {clean(ack.acked_by)} {ago(ack.acked_at)}", style="green", markup=False)
        for delivery in view.deliveries:
            style = {"delivered": "green", "dead": "red"}.get(delivery.state, "yellow")
            out.print(f"    {clean(_row(delivery, zone))}", style=style, markup=False)


def _row(delivery: Delivery, zone: str) -> str:
    """Say in one line where a delivery stands, and why it is not simply delivered."""
    to = f" {delivery.recipient}" if delivery.recipient else ""
    parts = [delivery.state.value]
    if delivery.state == "held":
        parts.append(f"until {shown_moment(delivery.due_at, zone)}")
    if delivery.silence_id:
        parts.append(f"by silence {delivery.silence_id[:SHORT]}")
    if delivery.carried_by:
        parts.append("in a digest")
    if delivery.fallback_for:
        parts.append(f"in place of {delivery.fallback_for}")
    if delivery.error:
        parts.append(delivery.error)
    return f"{delivery.channel_id}{to}: {', '.join(parts)}"


def _show_possible(found: tuple[PossibleView, ...]) -> None:
    from monitor.cli.show import console, line

    out = console()
    if not found:
        out.print("Nothing was kept below the bar.")
    for view in found:
        line(out, ago(view.seen_at), view.match.watch_id, view.headline.title if view.headline else view.article_id)
        out.print(f"    {view.match.sentence}", markup=False)


# --- the state behind a configuration -----------------------------------------------------------------------------


def _settings(path: Path | None) -> Settings:
    from monitor.config.files import find_config
    from monitor.config.load import load

    return load(find_config(path)).settings


def _open(settings: Settings) -> Views:
    from monitor.store.views import open_views

    return open_views(settings.state)
