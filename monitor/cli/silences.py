"""`monitor silence` and `monitor ack`: what people decide about alerts while the daemon runs."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.alerting.clean import clean
from monitor.cli.moments import read_moment, read_span, shown_moment
from monitor.cli.options import config_option, config_path, fail_plainly, json_option
from monitor.cli.show import ago, console, moment, print_json

if TYPE_CHECKING:
    from monitor.app import Assembled
    from monitor.model import Settings, Silence

SEVERITIES = ("low", "normal", "high", "critical")
SHORT = 8  # letters of an id that a person is shown; enough to name it.
LONGEST = timedelta(days=366)  # what is muted for longer is taken out of the watchlist.


@click.group()
def silence() -> None:
    """Mute alerts for a while, with an author and a reason.

    What was muted is not lost: when the silence ends, each channel gets one digest of it.
    """


@silence.command(
    "add",
    epilog="Examples:  monitor silence add --watch homs --for 2h --reason 'known exercise'  |  "
    "monitor silence add --place 'Aleppo, SY' --until '2026-12-01 08:00' --reason 'convoy is back' --author Lina",
)
@click.option("--watch", "watches", multiple=True, metavar="ID", help="Alerts of this watch; may stand several times.")
@click.option(
    "--place", "places", multiple=True, metavar="PLACE", help="Watches that lie in this place, as “Homs, SY”."
)
@click.option("--feed", "feeds", multiple=True, metavar="ID", help="Alerts on articles of this feed.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Nothing more severe than this; else all of it.")
@click.option("--all", "everything", is_flag=True, help="Everything, where nothing else is named.")
@click.option("--until", metavar="TIME", help="The end, by the monitor's clock: '2026-12-01 08:00', or '08:00'.")
@click.option("--for", "span", metavar="DURATION", help="How long, like 2h or 3d, instead of --until.")
@click.option("--author", metavar="NAME", help="Whose decision it is; else the login name.")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for whoever misses an alert.")
@json_option
@config_option
@click.pass_context
def add(  # noqa: PLR0913 - one parameter an option.
    context: click.Context,
    watches: tuple[str, ...],
    places: tuple[str, ...],
    feeds: tuple[str, ...],
    severity: str | None,
    config: Path | None,
    *,
    everything: bool,
    until: str | None,
    span: str | None,
    author: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """Mute alerts until a time. An alert of several watches is muted only if all of them are.

    Conditions add up: an alert must meet each kind that is named. Messages about the monitor itself are never muted.
    """
    from monitor.model import Severity, Silence
    from monitor.planning.identity import digest
    from monitor.store.silences import add_silence

    if not (watches or places or feeds or severity or everything):
        raise click.UsageError("name what to mute, with --watch, --place, --feed or --severity; or say --all")
    if not reason.strip():
        raise click.UsageError("say why, with --reason")
    with fail_plainly():
        assembled = _assembled(config_path(context, config))
        _check(watches, places, feeds, assembled)
        now = datetime.now(UTC)
        ends = _end(until, span, assembled.settings.timezone, now=now)
        made = Silence(
            id=digest("silence", now.isoformat(), *watches, *places, *feeds, reason)[:16],
            author=(author or _login()).strip(),
            reason=reason.strip(),
            starts_at=now,
            ends_at=ends,
            watches=watches,
            places=places,
            feeds=feeds,
            severity=Severity(severity) if severity else Severity.CRITICAL,
        )
        add_silence(assembled.settings.state, made)
    if as_json:
        print_json({"silence": _json(made)})
        return
    click.echo(f"{made.id[:SHORT]}: {_scope(made)} muted until {shown_moment(ends, assembled.settings.timezone)}.")
    for place in places:
        found = sorted(assembled.whereabouts.watches_in(place))
        click.echo(clean(f"Watches in {place}: {', '.join(found) or 'none'}."))


@silence.command("list", epilog="Examples:  monitor silence list  |  monitor silence list --all --json")
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@json_option
@config_option
@click.pass_context
def list_(context: click.Context, config: Path | None, *, everything: bool, as_json: bool) -> None:
    """List the silences that last, with who made them and why."""
    from monitor.store.notes import count_muted
    from monitor.store.silences import list_silences

    with fail_plainly():
        settings = _settings(config_path(context, config))
        now = datetime.now(UTC)
        found = list_silences(settings.state, now=None if everything else now)
        muted = count_muted(settings.state)
    if as_json:
        print_json({"silences": [{**_json(one), "muted": muted.get(one.id, 0)} for one in found]})
        return
    _show(found, muted, settings.timezone, now=now)


@silence.command("expire", epilog="Example:  monitor silence expire 3f2a9c01")
@click.argument("silence_id", metavar="ID")
@config_option
@click.pass_context
def expire(context: click.Context, silence_id: str, config: Path | None) -> None:
    """End a silence now. What it muted is told in one digest.

    ID is what `monitor silence list` shows; its first letters will do.
    """
    from monitor.errors import StoreError
    from monitor.store.silences import expire_silence, list_silences

    with fail_plainly():
        state, now = _settings(config_path(context, config)).state, datetime.now(UTC)
        found = [one for one in list_silences(state) if one.id.startswith(silence_id)]
        if len(found) != 1 or not silence_id:
            why = "several silences begin so" if found else "there is no such silence"
            raise StoreError(f"{silence_id}: {why}; `monitor silence list --all` shows them")
        if not expire_silence(state, found[0].id, now=now):
            raise StoreError(f"{silence_id}: this silence is over already")
    click.echo(f"{found[0].id[:SHORT]}: {_scope(found[0])} no longer muted.")


@click.command(epilog="Examples:  monitor ack 3f2a9c01  |  monitor ack 3f2a9c01 --by Lina")
@click.argument("alert_id", metavar="ALERT")
@click.option("--by", metavar="NAME", help="Who took note; else the login name.")
@json_option
@config_option
@click.pass_context
def ack(context: click.Context, alert_id: str, config: Path | None, *, by: str | None, as_json: bool) -> None:
    """Acknowledge an alert: somebody took note, and nobody is reminded of it any more.

    ALERT is an id as `monitor alerts` shows it; its first letters will do. A reminder stands for the alert it reminds
    of, a digest for all that it lists.
    """
    from monitor.errors import StoreError
    from monitor.store.notes import list_acks
    from monitor.store.silences import ack_alert

    name = (by or _login()).strip()
    with fail_plainly():
        state = _settings(config_path(context, config)).state
        new = ack_alert(state, alert_id, by=name, now=datetime.now(UTC))
        if new is None:
            raise StoreError(f"{alert_id}: no alert begins so, or several do; `monitor alerts` lists them")
        acks = [one for id_, one in list_acks(state).items() if id_ in new or id_.startswith(alert_id)]
    if as_json:
        found = [{"alert": one.alert_id, "by": one.acked_by, "at": moment(one.acked_at)} for one in acks]
        print_json({"new": list(new), "acks": found})
        return
    for one in acks:
        already = "" if one.alert_id in new else "already "
        click.echo(clean(f"{one.alert_id[:SHORT]}: {already}acknowledged by {one.acked_by}, {ago(one.acked_at)}."))


# --- what the commands share --------------------------------------------------------------------------------------


def _assembled(path: Path | None) -> Assembled:
    from monitor.app import ready
    from monitor.config.files import find_config

    return ready(find_config(path))[1]


def _settings(path: Path | None) -> Settings:
    from monitor.config.files import find_config
    from monitor.config.load import load

    return load(find_config(path)).settings


def _check(watches: tuple[str, ...], places: tuple[str, ...], feeds: tuple[str, ...], assembled: Assembled) -> None:
    """Refuse what the configuration and the gazetteer do not know. Raises: click.UsageError."""
    from monitor.config.values import did_you_mean
    from monitor.watching.places import resolve

    settings = assembled.settings
    known = {"watch": [watch.id for watch in settings.watches], "feed": [feed.id for feed in settings.feeds]}
    for kind, names in (("watch", watches), ("feed", feeds)):
        for name in names:
            if name not in known[kind]:
                hint = did_you_mean(name, known[kind]) or f"known: {', '.join(known[kind][:12]) or 'none'}"
                raise click.UsageError(f'there is no {kind} "{name}" ({hint})')
    for place in places:
        resolved = resolve(place, assembled.gazetteer)
        if resolved.place is None:
            raise click.UsageError(f"{resolved.text} ({resolved.hint})" if resolved.hint else resolved.text)


def _end(until: str | None, span: str | None, zone: str, *, now: datetime) -> datetime:
    """Return when a silence ends. Raises: click.UsageError."""
    if (until is None) == (span is None):
        raise click.UsageError("say how long: --until '2026-12-01 08:00', or --for 2h")
    ends = read_moment(until, zone, now=now) if until else now + min(read_span(str(span)), 2 * LONGEST)
    if ends <= now:
        raise click.UsageError(f"the end, {shown_moment(ends, zone)}, is over already")
    if ends - now > LONGEST:
        raise click.UsageError("a silence lasts a year at most; take out of the watchlist what nobody wants to hear of")
    return ends


def _login() -> str:
    """Return the login name, or "somebody" where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # what getuser raises differs between versions of Python.
        return "somebody"


def _json(silence: Silence) -> dict[str, object]:
    return {
        "id": silence.id,
        "author": silence.author,
        "reason": silence.reason,
        "starts_at": moment(silence.starts_at),
        "ends_at": moment(silence.ends_at),
        "watches": list(silence.watches),
        "places": list(silence.places),
        "feeds": list(silence.feeds),
        "severity": silence.severity.value,
    }


def _scope(silence: Silence) -> str:
    """Say in words what a silence mutes."""
    return clean("; ".join(_parts(silence)) or "everything")


def _parts(silence: Silence) -> Iterator[str]:
    from monitor.model import Severity

    for kind, names in (("watch", silence.watches), ("place", silence.places), ("feed", silence.feeds)):
        if names:
            yield f"{kind} {' or '.join(names)}"
    if silence.severity is not Severity.CRITICAL:
        yield f"severity {silence.severity} at most"


def _show(found: Sequence[Silence], muted: Mapping[str, int], zone: str, *, now: datetime) -> None:
    from rich.text import Text

    out = console()
    if not found:
        out.print("No silence lasts.")
    for one in found:
        state = "until" if one.ends_at > now else "ended"
        head = f"{one.id[:SHORT]}  {state} {shown_moment(one.ends_at, zone)}  "
        out.print(Text.assemble((head, "dim"), (_scope(one), "bold")))
        out.print(Text(f"    {clean(one.author)}: {clean(one.reason)}; {muted.get(one.id, 0)} muted"))
