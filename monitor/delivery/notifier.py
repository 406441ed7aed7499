"""All channels behind one door: the console is ours, the rest are apprise's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TextIO

from monitor.delivery import console
from monitor.delivery.apprise import SEND_TIME, AppriseBook, AppriseNotifier
from monitor.model import Channel, Limits, Message, Outcome, Receipt


def is_console(channel: Channel) -> bool:
    """Tell whether a channel is standard output: `console://`."""
    return channel.url.reveal.strip().lower().partition("://")[0] == console.SCHEME


class Book:
    """Say what a channel's URL means, whichever of ours or apprise's it is."""

    def open(self, channel: Channel) -> Channel:
        """Return the channel with its recipients. Raises: DeliveryError with what to do, never with the secret."""
        return channel if is_console(channel) else AppriseBook().open(channel)


class ChannelNotifier:
    """Send to every configured channel. Apprise is imported only if one of them needs it."""

    def __init__(
        self,
        channels: Sequence[Channel],
        *,
        timeout: timedelta = SEND_TIME,
        stream: TextIO | None = None,
        refused: Mapping[str, str] | None = None,
    ) -> None:
        """Make the channels ready; the console writes to `stream`, else to standard output. Raises: DeliveryError.

        `refused` says of channels that cannot be opened why: whatever is sent to them fails for good.
        """
        self._refused = dict(refused or {})
        channels = tuple(channel for channel in channels if channel.id not in self._refused)
        self._printed = frozenset(channel.id for channel in channels if is_console(channel))
        self._console = console.Console(stream, seconds=timeout.total_seconds())
        rest = tuple(channel for channel in channels if channel.id not in self._printed)
        self._rest = AppriseNotifier(rest, timeout=timeout)

    def limits(self, channel_id: str) -> Limits:
        """Return what the channel's service takes in one message."""
        plain = channel_id in self._printed or channel_id in self._refused
        return console.LIMITS if plain else self._rest.limits(channel_id)

    async def send(self, channel_id: str, recipient: str, message: Message) -> Receipt:
        """Send one message to one recipient and say what became of it; never raises, whatever went wrong."""
        if channel_id in self._refused:
            return Receipt(Outcome.PERMANENT, self._refused[channel_id])
        if channel_id in self._printed:
            return await self._console.send(message)
        return await self._rest.send(channel_id, recipient, message)
