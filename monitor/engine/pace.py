"""How fast each channel may be sent to: so many messages in so long a time, and one at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from monitor.model import Channel


class Pace:
    """Remember when each channel was last sent to. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[float]] = {}
        self._busy: set[str] = set()

    def free(self, channels: Mapping[str, Channel], *, now: float) -> tuple[str, ...]:
        """Return the channels that may be sent to now."""
        return tuple(id_ for id_, channel in channels.items() if id_ not in self._busy and not self._wait(channel, now))

    def wait(self, channels: Sequence[Channel], *, now: float) -> float:
        """Return the seconds until the next of `channels` that is idle may be sent to; 0 if one may be now."""
        idle = [self._wait(channel, now) for channel in channels if channel.id not in self._busy]
        return min(idle, default=0.0)

    def start(self, channel: Channel, *, now: float) -> None:
        """Note that a message goes out to a channel."""
        self._busy.add(channel.id)
        if channel.rate is not None:
            self._sent.setdefault(channel.id, deque()).append(now)

    def end(self, channel_id: str) -> None:
        """Note that the channel has answered."""
        self._busy.discard(channel_id)

    def _wait(self, channel: Channel, now: float) -> float:
        if channel.rate is None:
            return 0.0
        sent, per = self._sent.get(channel.id, deque()), channel.rate.per.total_seconds()
        while sent and now - sent[0] >= per:
            sent.popleft()
        return 0.0 if len(sent) < channel.rate.count else per - (now - sent[0])
