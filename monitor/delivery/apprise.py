"""Send through apprise, one recipient at a time, and say what the service really answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.alerting.clean import clean
from monitor.alerting.fit import shorten, shorten_lines
from monitor.delivery.receipts import classify, unexpected
from monitor.delivery.record import Record, recording
from monitor.delivery.shapes import reshape
from monitor.delivery.targets import Target, open_channel, targets_of
from monitor.delivery.thread import settled, start
from monitor.model import Channel, Limits, Message, Outcome, Receipt, Severity

SEND_TIME = timedelta(seconds=30)  # for one send, name lookup and answer included.
GRACE = 1.0  # seconds that an ended send has to say how far it came.
UNKNOWN = Limits(title=0, body=1_000)  # of a channel that is configured no more; nothing is sent to it.
_KINDS = {Severity.HIGH: "warning", Severity.CRITICAL: "failure"}


class AppriseBook:
    """Say what an apprise URL means before anything is sent to it."""

    def open(self, channel: Channel) -> Channel:
        """Return the channel with its recipients. Raises: DeliveryError with what to do, never with the secret."""
        return open_channel(channel)


class AppriseNotifier:
    """Send to every service that apprise knows. Each recipient has an apprise object of its own."""

    def __init__(self, channels: Sequence[Channel], *, timeout: timedelta = SEND_TIME) -> None:
        """Make the channels ready; `timeout` bounds one send. Raises: DeliveryError."""
        self._timeout = timeout.total_seconds()
        self._targets = {channel.id: targets_of(channel, timeout=timeout) for channel in channels}

    def limits(self, channel_id: str) -> Limits:
        """Return what the channel's service takes in one message."""
        targets = self._targets.get(channel_id, {})
        return next((target.limits for target in targets.values()), UNKNOWN)

    async def send(self, channel_id: str, recipient: str, message: Message) -> Receipt:
        """Send one message to one recipient and say what became of it; never raises, whatever went wrong."""
        targets = self._targets.get(channel_id, {})
        # A delivery without a recipient's name is for the first.
        target = targets.get(recipient) if recipient else next(iter(targets.values()), None)
        if target is None:
            return Receipt(Outcome.PERMANENT, "the configuration names this channel or recipient no more")
        fitting = fit(message, target.limits)
        record = Record(fitting, reshape=lambda url, body: reshape(target.service, url, body, fitting))
        try:
            return await self._send(target, fitting, record, name=f"send {channel_id}")
        except Exception as error:  # noqa: BLE001 - a delivery without a receipt would be tried for ever.
            return unexpected(record, error)

    async def _send(self, target: Target, message: Message, record: Record, *, name: str) -> Receipt:
        """Send, within our time. Raises: RuntimeError if no thread can be started."""
        work = start(lambda: _send(target, message, record), name=name)
        try:
            if not await settled(work, seconds=self._timeout):
                record.give_up()
                await settled(work, seconds=GRACE)
        finally:
            if not work.done():
                # We are cancelled ourselves, or it hangs for good: what has not gone out must not go out later.
                record.give_up()
        taken = work.result() if work.done() else None
        return classify(record, target.service, taken=taken, now=datetime.now(UTC), secrets=target.secrets)


def fit(message: Message, limits: Limits) -> Message:
    """Clean a message once more and cut what its renderer left too long: nothing is ever split."""
    title = clean(message.title).strip()
    body = clean(message.body, keep_newlines=True).strip()
    if not limits.title:
        title, body = "", f"{title}\n{body}".strip()
    return replace(message, title=shorten(title, limits.title), body=shorten_lines(body, limits.body) or title)


def _send(target: Target, message: Message, record: Record) -> bool:
    """Hand the message to apprise. Runs in a thread of its own."""
    with recording(record):
        try:
            return bool(
                target.apprise.notify(
                    title=message.title,
                    body=message.body,
                    # With any other format a hostile `<!channel>` or `<b>` would be live.
                    body_format="text",
                    notify_type=_KINDS.get(message.severity, "info"),
                    interpret_escapes=False,
                )
            )
        except Exception:  # noqa: BLE001 - plugins raise anything; what went over the wire decides.
            return False
