"""Send a delivery: load (commit "in flight, attempt n") -> render -> send -> plan -> commit."""

from __future__ import annotations

from monitor.alerting.render import message_id, render_alert
from monitor.model import Message
from monitor.pipeline.jobs import Job, Send
from monitor.pipeline.line import note
from monitor.pipeline.services import Services
from monitor.planning.send import plan_send
from monitor.planning.work import SendWork


async def send(job: Send, services: Services) -> tuple[Job, ...]:
    """Send one delivery once, and remember what the service answered."""
    work = await services.db(services.store.load_send, job.delivery_id, now=services.clock.now())
    if work is None:
        return ()
    row = work.delivery
    receipt = await services.notifier.send(row.channel_id, row.recipient, _message(work, services))
    plan = plan_send(work, receipt, services.settings.retrying, now=services.clock.now(), dice=services.dice)
    await services.db(services.store.commit_send, plan)
    note(channel=row.channel_id, alert=row.alert_id, attempt=row.attempts, state=plan.state.value)
    if plan.error:
        note(error=plan.error, next=plan.due_at)
    return ()


def _message(work: SendWork, services: Services) -> Message:
    row = work.delivery
    return render_alert(
        work.alert,
        watches=row.watches,
        names=services.names,
        limits=services.notifier.limits(row.channel_id),
        zone=services.zone,
        repeat=row.repeats > 0,
        message_id=message_id(row.alert_id, row.channel_id, row.recipient),
    )
