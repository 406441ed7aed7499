"""What a channel's URL means, what is refused and how that is said, how fast it may be written to, what it costs."""

from __future__ import annotations

import asyncio
import io
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from support.chatservers import Answer, ChatServers
from support.mailserver import MailServer
from support.sending import MESSAGE, SLACK, TELEGRAM, TOKEN, send_to

from monitor.delivery.console import layout
from monitor.delivery.notifier import Book, ChannelNotifier
from monitor.delivery.quiet import quiet_libraries
from monitor.delivery.rates import default_rate
from monitor.errors import DeliveryError
from monitor.model import Channel, Outcome, Rate, Secret

SECOND = timedelta(seconds=1)


def opened(url: str) -> Channel:
    return Book().open(Channel("desk", Secret(url)))


RECIPIENTS = [
    ("mailto://127.0.0.1:25/?from=a@example.org&to=b@example.org&mode=insecure", ("b@example.org",)),
    ("mailto://me:secret@mail.example.org", ("me@mail.example.org",)),
    ("mailto://127.0.0.1/b@example.org/?from=a@example.org&to=c@example.org&to=b@example.org&to=d@example.org",
     ("c@example.org", "b@example.org", "d@example.org")),
    (SLACK, ("",)),
    ("https://hooks.slack.com/services/T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7", ("",)),
    (f"{SLACK}#one", ("#one",)),
    ("slack://xoxb-1234-1234-abcdef/#one", ("#one",)),
    ("slack://xoxb-1234-1234-abcdef/#one/#two", ("#one", "#two")),
    (TELEGRAM, ("12345",)),
    (f"{TELEGRAM}-100678:9/", ("-100678:9", "12345")),  # in the order in which apprise gives them.
    ("json://127.0.0.1:8080/path", ("",)),
    ("console://", ("",)),
]  # fmt: skip


@pytest.mark.parametrize(("url", "expected"), RECIPIENTS)
def test_a_url_names_its_recipients(url: str, expected: tuple[str, ...]) -> None:
    assert expected == opened(url).recipients


REFUSALS = [
    ("hunter22secret", "this is no URL: it begins like mailto://"),
    ("", "this is no URL"),
    ("nosuch://hunter22secret", "no service is known by how this URL begins"),
    ("https://example.org/hunter22secret", "a webhook is written json://host/path"),
    ("slack://T1JJ3T3L2/hunter22secret", "it is written slack://{token_a}/{token_b}/{token_c}"),
    ("tgram://hunter22secret/12345/", "it is written tgram://{bot_token}"),
    (f"tgram://{TOKEN}/", "it names no chat: write tgram://token/chat/"),
    (f"tgram://{TOKEN}/12345/not a chat!", "one of its chats is neither a number nor an @name"),
    ("mailto://127.0.0.1/?from=a@example.org&to=hunter22secret", "1 of its addresses is not one"),
    ("mailto://127.0.0.1/?from=a@example.org&to=b@example.org,hunter22secret", "1 of its addresses is not one"),
    ("mailto://127.0.0.1/", "this mailto:// URL is not complete"),
]


@pytest.mark.parametrize(("url", "expected"), REFUSALS)
def test_a_refused_url_says_what_to_do_and_never_repeats_the_secret(url: str, expected: str) -> None:
    with pytest.raises(DeliveryError) as refusal:
        opened(url)
    assert expected in str(refusal.value)
    assert refusal.value.channel == "desk"
    for secret in ("hunter22", TOKEN, "AABBCC"):
        assert secret not in str(refusal.value)
        assert secret not in repr(refusal.value)


RATES = [
    (SLACK, Rate(1, SECOND)),
    (TELEGRAM, Rate(1, SECOND)),
    (f"tgram://{TOKEN}/-100678/", Rate(20, timedelta(minutes=1))),
    (f"tgram://{TOKEN}/12345/-100678:9/", Rate(20, timedelta(minutes=1))),
    ("mailto://127.0.0.1/?to=b@example.org", Rate(5, SECOND)),
    ("discord://1234567890/abcdef", Rate(1, SECOND)),
]


@pytest.mark.parametrize(("url", "expected"), RATES)
def test_each_service_has_a_rate_it_is_known_to_bear(url: str, expected: Rate) -> None:
    assert expected == default_rate(Channel("desk", Secret(url)))


def test_console_and_webhooks_are_hardly_held_back() -> None:
    for url in ("console://", "json://127.0.0.1/x"):
        rate = default_rate(Channel("desk", Secret(url)))
        assert rate.count / rate.per.total_seconds() >= 100


# --- what the logs hold -------------------------------------------------------------------------------------------


async def test_no_library_prints_a_secret_even_at_debug(chats: ChatServers, mail: MailServer) -> None:
    printed = io.StringIO()
    handler = logging.StreamHandler(printed)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        quiet_libraries()
        chats.telegram.script(Answer(500, b"broken"))
        for url in (SLACK, TELEGRAM, TELEGRAM, mail.url(user="me:hunter22")):
            await send_to(url, MESSAGE)
        with pytest.raises(DeliveryError):
            opened(f"tgram://{TOKEN[:-3]}!/12345/")
        logging.getLogger("monitor").debug("still heard")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    assert "still heard" in printed.getvalue()
    for secret in ("hunter22", "AABBCC", "TIiajkdnlazkcOXrIdevi7", "Homs", "apprise", "urllib3"):
        assert secret not in printed.getvalue()


# --- the console --------------------------------------------------------------------------------------------------


async def test_the_console_prints_title_and_body_within_80_columns() -> None:
    printed = io.StringIO()
    notifier = ChannelNotifier((opened("console://"),), stream=printed)
    link = "https://example.org/" + "a" * 90
    body = f"{'word ' * 60}\n{'قصف ' * 50}\n{'霍姆斯' * 40}\n{link}\nfin"
    receipt = await notifier.send("desk", "", replace(MESSAGE, title="Homs: " + "long " * 30, body=body))
    assert receipt.outcome is Outcome.ACCEPTED
    lines = printed.getvalue().split("\n")
    assert lines[0].startswith("Homs: long long")
    assert f"  {link}" in lines
    assert all(len(line) <= 80 for line in lines if "://" not in line)
    assert max(len(line) for line in lines if "霍" in line) <= 41
    assert lines[-3:] == ["  fin", "", ""]


async def test_the_console_shows_controls_to_nobody() -> None:
    printed = io.StringIO()
    await ChannelNotifier((opened("console://"),), stream=printed).send(
        "desk", "", replace(MESSAGE, title="a\x1b[2Jb", body="c\x07\u202ed\r\ne")
    )
    assert printed.getvalue() == "a[2Jb\n  cd\n  e\n\n"


async def test_a_terminal_without_arabic_gets_code_points() -> None:
    raw = io.BytesIO()
    printed = io.TextIOWrapper(raw, encoding="ascii")
    receipt = await ChannelNotifier((opened("console://"),), stream=printed).send("desk", "", MESSAGE)
    assert receipt.outcome is Outcome.ACCEPTED
    assert b"\\u0642\\u0635\\u0641" in raw.getvalue()


class BrokenPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError(text[:1])


@pytest.mark.parametrize("closed", [True, False])
async def test_a_broken_pipe_is_not_sent(closed: bool) -> None:
    stream = io.StringIO() if closed else BrokenPipe()
    if closed:
        stream.close()
    receipt = await ChannelNotifier((opened("console://"),), stream=stream).send("desk", "", MESSAGE)
    assert receipt.outcome is Outcome.NOT_SENT


class Clogged(io.StringIO):
    """A terminal that takes nothing until the gate opens."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def write(self, text: str) -> int:
        self.gate.wait(10)
        return super().write(text)


def printing() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "send console"}


async def test_while_a_write_hangs_nothing_more_is_begun() -> None:
    printed, before = Clogged(), printing()
    notifier = ChannelNotifier((opened("console://"),), timeout=timedelta(seconds=0.2), stream=printed)
    sends = (notifier.send("desk", "", replace(MESSAGE, title=f"{number}", body="x")) for number in range(4))
    at_once = [receipt.outcome for receipt in await asyncio.gather(*sends)]
    assert at_once == [Outcome.AMBIGUOUS, *[Outcome.NOT_SENT] * 3]
    assert (await notifier.send("desk", "", MESSAGE)).outcome is Outcome.NOT_SENT
    (thread,) = printing() - before
    printed.gate.set()
    await asyncio.to_thread(thread.join, 10)
    assert printed.getvalue() == "0\n  x\n\n"
    assert (await notifier.send("desk", "", MESSAGE)).outcome is Outcome.ACCEPTED


async def test_a_hanging_write_refuses_the_next_at_once() -> None:
    printed = Clogged()
    notifier = ChannelNotifier((opened("console://"),), timeout=timedelta(seconds=0.2), stream=printed)
    await notifier.send("desk", "", MESSAGE)
    async with asyncio.timeout(0.1):
        receipt = await notifier.send("desk", "", MESSAGE)
    printed.gate.set()
    assert (receipt.outcome, receipt.text) == (Outcome.NOT_SENT, "standard output takes no more")


async def test_messages_printed_at_once_come_out_whole_in_their_order() -> None:
    printed = io.StringIO()
    notifier = ChannelNotifier((opened("console://"),), stream=printed)
    sends = (notifier.send("desk", "", replace(MESSAGE, title=f"{number}", body="x")) for number in range(20))
    assert {receipt.outcome for receipt in await asyncio.gather(*sends)} == {Outcome.ACCEPTED}
    assert printed.getvalue() == "".join(f"{number}\n  x\n\n" for number in range(20))


def test_a_message_without_a_title_is_not_indented() -> None:
    assert layout(replace(MESSAGE, title="", body="a\nb")) == "a\nb\n\n"


# --- what goes wrong on our own side ------------------------------------------------------------------------------


@pytest.fixture
def no_more_threads() -> Iterator[None]:
    """Ask for stacks larger than any memory: the kernel then refuses each new thread."""
    before = threading.stack_size(1 << 47)
    yield
    threading.stack_size(before)


@pytest.mark.usefixtures("no_more_threads")
@pytest.mark.parametrize("url", ["console://", "json://127.0.0.1:9/path"])
async def test_a_machine_without_threads_to_spare_does_not_send(url: str) -> None:
    printed = io.StringIO()
    receipt = await ChannelNotifier((opened(url),), stream=printed).send("desk", "", MESSAGE)
    assert (receipt.outcome, receipt.text) == (Outcome.NOT_SENT, "an error of our own ended it (RuntimeError)")
    assert not printed.getvalue()


# --- what it costs ------------------------------------------------------------------------------------------------


def test_apprise_and_what_it_needs_for_a_service_are_imported_only_if_a_channel_needs_them() -> None:
    program = (
        "import sys\n"
        "from monitor.delivery.notifier import Book, ChannelNotifier\n"
        "from monitor.model import Channel, Secret\n"
        "from monitor.delivery.rates import default_rate\n"
        "channel = Book().open(Channel('a', Secret('console://')))\n"
        "ChannelNotifier((channel,)); default_rate(channel)\n"
        "assert not {'apprise', 'requests', 'urllib3'} & set(sys.modules)\n"
        "Book().open(Channel('b', Secret('json://127.0.0.1/x')))\n"
        "assert 'apprise' in sys.modules\n"
        "assert not {'apprise.plugins.matrix', 'apprise.plugins.email', 'cryptography'} & set(sys.modules)\n"
        "Book().open(Channel('c', Secret('mailtos://me:pw@example.org?to=you@example.org')))\n"
        "assert 'apprise.plugins.email' in sys.modules and 'apprise.plugins.matrix' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
