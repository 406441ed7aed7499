"""A clock that stands still until it is told to move, and a notifier that records what it is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.model import Limits, Message, Outcome, Receipt

START = datetime(2024, 12, 6, 12, 0, tzinfo=UTC)
ROOMY = Limits(title=250, body=4000)


class FrozenClock:
    """Tell the same time until `advance` moves it; `now` and `monotonic` move together."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = timedelta(0)

    def now(self) -> datetime:
        """Return the present time, aware."""
        return self._start + self._elapsed

    def monotonic(self) -> float:
        """Return the seconds since the clock was made."""
        return self._elapsed.total_seconds()

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward and return the new time."""
        self._elapsed += by
        return self.now()


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it was handed to the notifier."""

    channel_id: str
    recipient: str
    message: Message


class FakeNotifier:
    """Record every message and answer it with the next of `answers`; when they are used up, accept it."""

    def __init__(self, answers: Iterable[Receipt] = (), *, limits: Limits = ROOMY) -> None:
        self.sent: list[Sent] = []
        self._answers = iter(tuple(answers))
        self._limits = limits

    def limits(self, channel_id: str) -> Limits:  # noqa: ARG002 - the port asks for each channel.
        """Return the same limits for every channel."""
        return self._limits

    async def send(self, channel_id: str, recipient: str, message: Message) -> Receipt:
        """Record the message and return the next answer."""
        self.sent.append(Sent(channel_id, recipient, message))
        return next(self._answers, Receipt(Outcome.ACCEPTED, "recorded"))
