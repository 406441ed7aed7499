"""Send a delivery: load (commit "in flight, attempt n") -> render -> send -> plan -> commit."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from monitor.alerting.render import message_id, render_alert
from monitor.failpoints import reach
from monitor.model import Message, Reason
from monitor.pipeline.jobs import Job, Send
from monitor.pipeline.line import note
from monitor.pipeline.services import Services
from monitor.planning.identity import digest
from monitor.planning.send import plan_send
from monitor.planning.work import SendWork

FOLLOWING = frozenset({Reason.UPDATE, Reason.CORRECTION, Reason.REMINDER})  # what a mail program files under the first.


async def send(job: Send, services: Services) -> tuple[Job, ...]:
    """Send one delivery once, and remember what the service answered."""
    work = await services.db(services.store.load_send, job.delivery_id, now=services.clock.now())
    if work is None:
        return ()
    row = work.delivery
    reach("claimed")
    receipt = await services.notifier.send(row.channel_id, row.recipient, _message(work, services))
    reach("answer-read")
    plan = plan_send(work, receipt, services.settings.retrying, now=services.clock.now(), dice=services.dice)
    await services.db(services.store.commit_send, plan)
    reach("marked")
    note(channel=row.channel_id, alert=row.alert_id, attempt=row.attempts, state=plan.state.value)
    if plan.error:
        note(error=plan.error, next=plan.due_at)
    return ()


def _message(work: SendWork, services: Services) -> Message:
    row = work.delivery
    channel = services.channels.get(row.channel_id)
    zone = ZoneInfo(channel.timezone) if channel and channel.timezone else services.zone
    return render_alert(
        work.alert,
        watches=row.watches,
        names=services.names,
        limits=services.notifier.limits(row.channel_id),
        zone=zone,
        repeat=row.repeats > 0,
        message_id=message_id(row.alert_id, row.channel_id, row.recipient),
        channel_id=row.channel_id,
        first_id=_first_id(work),
        discreet=channel is not None and channel.discreet,
    )


def _first_id(work: SendWork) -> str:
    """Name the first alert of the same article to the same recipient, for what follows it; "" for all else."""
    article_id, row = work.alert.article_id, work.delivery
    if article_id is None or work.alert.reason not in FOLLOWING:
        return ""
    return message_id(digest(article_id, Reason.NEW, ""), row.channel_id, row.recipient)
