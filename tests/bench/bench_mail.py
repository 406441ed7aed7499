"""Measure a hundred mails beside apprise alone and smtplib: `python tests/bench/bench_mail.py [--quick]`.

One server on loopback, one recipient, one mail after the other; apprise's throttle is off, as ours is. apprise alone is
one object that is notified again and again, which opens a connection for each mail; smtplib keeps one open, and is the
least that the mails can cost. The three take turns, and the median of the rounds counts: only the ratios mean anything.
"""

from __future__ import annotations

import asyncio
import smtplib
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import apprise
from support.mailserver import MailServer
from support.sending import MESSAGE

from monitor.delivery.notifier import Book, ChannelNotifier
from monitor.model import Channel, Message, Outcome, Secret

MAILS, ROUNDS = 100, 3
SEND_TIME = timedelta(seconds=30)


def mails(count: int) -> tuple[Message, ...]:
    """Return messages that differ in their ids, as ours do."""
    return tuple(Message(MESSAGE.title, MESSAGE.body, f"<{number}@news-monitor.invalid>") for number in range(count))


def ours(server: MailServer, count: int) -> None:
    """Send through our notifier, receipts included."""
    channel = Book().open(Channel("desk", Secret(server.url())))
    notifier = ChannelNotifier((channel,), timeout=SEND_TIME)

    async def send() -> None:
        for message in mails(count):
            receipt = await notifier.send("desk", channel.recipients[0], message)
            assert receipt.outcome is Outcome.ACCEPTED, receipt

    asyncio.run(send())


def apprise_alone(server: MailServer, count: int) -> None:
    """Send as a program does that has apprise and nothing else."""
    sender = apprise.Apprise()
    sender.add(server.url())
    for plugin in sender:
        plugin.request_rate_per_sec = 0
    for message in mails(count):
        assert sender.notify(title=message.title, body=message.body, body_format="text")


def smtplib_alone(server: MailServer, count: int) -> None:
    """Send over one connection, with nothing else done."""
    with smtplib.SMTP("127.0.0.1", server.port) as smtp:
        for message in mails(count):
            letter = EmailMessage()
            letter["From"], letter["To"], letter["Subject"] = "a@example.org", "b@example.org", message.title
            letter.set_content(message.body)
            smtp.send_message(letter)


def timed(send: Callable[[MailServer, int], None], count: int) -> float:
    """Return the seconds that a way of sending takes, with a server of its own."""
    with MailServer() as server:
        started = time.perf_counter()
        send(server, count)
        took = time.perf_counter() - started
        assert len(server.letters) == count
    return took


def main() -> None:
    """Print a line for each way, and how ours compares."""
    count, rounds = (20, 1) if "--quick" in sys.argv else (MAILS, ROUNDS)
    ways = {"apprise alone": apprise_alone, "smtplib": smtplib_alone, "monitor": ours}
    for send in ways.values():
        timed(send, 2)  # what is imported and read once is not counted.
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, send in ways.items():
            took[name].append(timed(send, count))
    medians = {name: statistics.median(each) for name, each in took.items()}
    print(f"{'':14} {'mails':>6} {'seconds':>8} {'ms each':>8} {'monitor is':>11}")  # noqa: T201 - figures are its output.
    for name, median in medians.items():
        ratio = f"{median / medians['monitor']:.2f}x"
        print(f"{name:14} {count:6} {median:8.2f} {1_000 * median / count:8.1f} {ratio:>11}")  # noqa: T201 - as above.


if __name__ == "__main__":
    main()
