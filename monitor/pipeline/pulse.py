"""Give the signs of life that are due: load -> plan -> gather what each says -> commit, and the channels are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from monitor.alerting.report import report_alert
from monitor.errors import FetchError
from monitor.model import Article, Match
from monitor.pipeline.coverage import heard
from monitor.pipeline.jobs import LEASE, Job, Send
from monitor.pipeline.line import note
from monitor.pipeline.services import Services
from monitor.planning.alive import SPAN, plan_alive
from monitor.planning.canary import canary_article, keep_apart, plan_canary
from monitor.planning.identity import digest
from monitor.planning.orphans import plan_orphans
from monitor.planning.pulse import Pulse, PulsePlan
from monitor.planning.read import delivery
from monitor.planning.report import kind_of, watches_of
from monitor.planning.signs import Due, Kind, plan_signs, signs_of
from monitor.planning.troubles import MATCHING, plan_matching, plan_troubles, stall_of
from monitor.planning.work import NewAlert
from monitor.ports import Matcher


class KeptApart:
    """A watchlist in which the canary's own watch finds the canary, and nothing else."""

    def __init__(self, watchlist: Matcher) -> None:
        self._watchlist = watchlist

    def match(self, article: Article) -> tuple[Match, ...]:
        """Say which watches apply to an article."""
        return keep_apart(article, self._watchlist.match(article))


async def give_signs(services: Services, *, mind_channels: bool = True) -> tuple[Job, ...]:
    """Give what is due by now; with `mind_channels` also tell of channels that take nothing."""
    pulse, now = await services.db(services.store.load_pulse), services.clock.now()
    signs = signs_of(services.settings, _zones(services), services.zone)
    signed = plan_signs(signs, pulse.given, services.next_after, now=now)
    plan = PulsePlan(given=signed.given, forgotten=signed.forgotten)
    for due in signed.due:
        plan = await _give(due, plan, pulse, services, now=now)
        note(given=due.sign.name)
    handed: tuple[NewAlert, ...] = ()
    if mind_channels:
        plan = await _mind(plan, pulse, services, now=now)
        handed = await _mind_orphans(services, now=now)
    if plan.changes:
        await services.db(services.store.commit_pulse, plan)
    return tuple(Send(row.channel_id, row.id) for each in (*plan.alerts, *handed) for row in each.deliveries)


async def ping(services: Services) -> str:
    """Ask for the configured address; return what went wrong, without the address, or "". Never raises for that."""
    url = services.settings.heartbeat.ping
    if url is None or services.pinger is None:
        return ""
    pulse = await services.db(services.store.load_pulse)
    try:
        await services.pinger.ping(url, well=not pulse.incidents)
    except FetchError as error:
        return str(error)
    return ""


async def _give(due: Due, plan: PulsePlan, pulse: Pulse, services: Services, *, now: datetime) -> PulsePlan:
    match due.sign.kind:
        case Kind.ALIVE:
            life = await services.db(services.store.count_life, since=now - SPAN)
            told = plan_alive(life, await heard(services), services.operators(), alert_id=digest(due.id), now=now)
            return replace(plan, alerts=(*plan.alerts, told))
        case Kind.REPORT:
            told = await _report(due, services, now=now)
            return replace(plan, alerts=(*plan.alerts, told))
        case Kind.CANARY:
            return await _sing(due, plan, pulse, services, now=now)


async def _report(due: Due, services: Services, *, now: datetime) -> NewAlert:
    channel = services.channels[due.sign.channel_id]
    report = await services.db(
        services.store.load_report,
        kind=kind_of(due.sign.line),
        since=due.since,
        until=now,
        watches=watches_of(channel, services.settings),
    )
    alert = report_alert(digest(due.id), report, services.names, due.sign.zone)
    return NewAlert(alert, tuple(delivery(alert, channel, to, (), now=now) for to in channel.recipients))


async def _sing(due: Due, plan: PulsePlan, pulse: Pulse, services: Services, *, now: datetime) -> PulsePlan:
    """Send the canary through matching to every channel; if it is lost on the way, tell the operator."""
    article = canary_article(now=now)
    matches = await services.think(services.watchlist.match, article)
    channels = tuple(services.channels.values())
    alert_id = f"canary-{digest(due.id)}"
    canary = plan_canary(article, matches, channels, alert_id=alert_id, now=now)
    known = pulse.incidents.get(MATCHING)
    told, incident = plan_matching(found=canary is not None, known=known, operators=services.operators(), now=now)
    return replace(
        plan,
        alerts=(*plan.alerts, *(each for each in (canary, told) if each)),
        opened=(*plan.opened, *([(MATCHING, incident)] if incident and incident is not known else [])),
        closed=(*plan.closed, *([MATCHING] if known and not incident else [])),
        canary=alert_id if canary else plan.canary,
    )


async def _mind(plan: PulsePlan, pulse: Pulse, services: Services, *, now: datetime) -> PulsePlan:
    """Tell of channels that take nothing, and of those that do again."""
    known = {id_: incident for id_, incident in pulse.incidents.items() if id_ != MATCHING}
    open_ = {id_: incident.recipient for id_, incident in known.items()}
    stall = stall_of(services.settings.alerting)
    work = await services.db(services.store.find_troubles, tuple(services.channels), open_, now=now, stall=stall)
    minded = plan_troubles(work, known, services.channels, services.operators(), now=now)
    for channel_id, incident in minded.opened:
        services.log.problem("a channel is in trouble", channel=channel_id, why=incident.why)
    for channel_id in minded.closed:
        services.log.event("a channel's trouble is over", channel=channel_id)
    return replace(
        plan,
        alerts=(*plan.alerts, *minded.alerts),
        opened=(*plan.opened, *minded.opened),
        closed=(*plan.closed, *minded.closed),
    )


async def _mind_orphans(services: Services, *, now: datetime) -> tuple[NewAlert, ...]:
    """Tell the operators of what waits for a channel that is configured no more, once a fallback would be told."""
    before = now - services.settings.alerting.fallback_after
    orphans = await services.db(services.store.load_orphans, tuple(services.channels), before=before)
    handed = plan_orphans(orphans, services.operators(), now=now)
    if not handed.changes:
        return ()
    await services.db(services.store.commit_queue, handed, now=now, lease=LEASE)
    services.log.problem("alerts wait for a channel that is configured no more; operators are told", count=len(orphans))
    return tuple(each.new for each in handed.handed)


def _zones(services: Services) -> Mapping[str, tzinfo]:
    channels = services.channels.values()
    return {channel.id: ZoneInfo(channel.timezone) for channel in channels if channel.timezone}
