"""What apprise does of itself, and what we make of it: each test shows that the naive call fails, and ours does not."""

from __future__ import annotations

import asyncio
import logging
import smtplib
import subprocess
import sys
import time
from dataclasses import replace

import apprise
import pytest
from support.chatparse import html_seen, slack_seen, slack_texts, telegram_seen
from support.chatservers import Answer, ChatServers, Fault, WebhookServer
from support.mailserver import Letter, MailServer
from support.sending import MESSAGE, SLACK, TELEGRAM, TOKEN, send_to

from monitor.model import Outcome

pytestmark = pytest.mark.filterwarnings("ignore:.imghdr. is deprecated")  # asked for by apprise.
HOSTILE = "<!channel> <@U1> <http://evil.example|http://bank.example>"
BOT = "slack://xoxb-1234-1234-abcdefghijkl/#general"


def naive(url: str, text: str, *, body_format: str | None = None) -> bool:
    """Call apprise as its documentation does, with all its plugins: a channel of ours may have loaded some of them."""
    apprise.manager_plugins.NotificationManager().load_modules()  # type: ignore[no-untyped-call]
    sender = apprise.Apprise()
    assert sender.add(url)
    return bool(sender.notify(body=text, title="Homs", body_format=body_format))


async def ours(url: str, text: str = "Insurgents stood near Homs.", *, seconds: float = 8.0) -> Outcome:
    return (await send_to(url, replace(MESSAGE, body=text), seconds=seconds)).outcome


async def test_markup_is_live_in_slack_and_ours_is_not(chats: ChatServers) -> None:
    assert await asyncio.to_thread(naive, SLACK, HOSTILE)
    await ours(SLACK, HOSTILE)
    first, second = ([slack_seen(text).live for text in slack_texts(one.json)] for one in chats.slack.posted)
    assert any(first)
    assert not any(second)


async def test_html_is_live_in_telegram_and_ours_is_not(chats: ChatServers) -> None:
    text = "<b>Homs</b> <a href='http://evil.example'>http://bank.example</a>"
    await asyncio.to_thread(naive, TELEGRAM, text, body_format="html")
    await ours(TELEGRAM, text)
    first, second = (telegram_seen(one.json["text"], one.json["parse_mode"]) for one in chats.telegram.posted)
    assert first.live
    assert second.live == ()


async def test_a_tracking_picture_is_live_in_mail_and_ours_is_not(mail: MailServer) -> None:
    text = "Homs <img src='http://evil.example/t.png'>"
    await asyncio.to_thread(naive, mail.url(), text)
    await ours(mail.url(), text)
    seen = [html_seen(document).foreign for document in map(document_of, mail.letters)]
    assert seen[0]
    assert seen[1] == ()


def document_of(letter: Letter) -> str:
    """Return the HTML of a mail, "" if it has none."""
    parts = [part for part in letter.message.walk() if part.get_content_type() == "text/html"]
    return str(parts[0].get_content()) if parts else ""


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(400, Outcome.PERMANENT), (404, Outcome.PERMANENT), (429, Outcome.RETRY), (500, Outcome.RETRY)],
)
async def test_every_refusal_is_the_same_false_and_ours_says_what_it_was(
    status: int, outcome: Outcome, chats: ChatServers
) -> None:
    chats.slack.always(Answer(status, b"no", (("Retry-After", "7"),)))
    assert not await asyncio.to_thread(naive, SLACK, "x")
    receipt = await send_to(SLACK, MESSAGE)
    assert (receipt.outcome, receipt.status) == (outcome, status)
    assert (receipt.retry_after is not None) == (outcome is Outcome.RETRY)


async def test_a_redirect_is_a_success_and_ours_is_not(webhook: tuple[WebhookServer, str]) -> None:
    server, url = webhook
    elsewhere = WebhookServer()
    away = elsewhere.start().replace("json://", "http://")
    elsewhere.hook.always(Answer(200, b"a page that takes nothing"))
    server.hook.always(Answer(302, b"", (("Location", away),)))
    try:
        assert await asyncio.to_thread(naive, url, "x")
        assert [one.method for one in elsewhere.hook.posted] == ["GET"]  # nothing was delivered by that.
        assert await ours(url) is not Outcome.ACCEPTED
    finally:
        elsewhere.stop()


async def test_any_words_with_ok_in_them_are_a_bots_yes_and_ours_is_slacks_own(chats: ChatServers) -> None:
    chats.slack.always(Answer(200, b"<html>proxy: BLOCKED, look here OK</html>", (("Content-Type", "text/html"),)))
    await asyncio.to_thread(naive, BOT, "x")
    assert await ours(SLACK) is not Outcome.ACCEPTED


async def test_what_is_too_long_is_refused_or_split_and_ours_is_one_message(chats: ChatServers) -> None:
    text = "Homs. " * 3_000
    assert not await asyncio.to_thread(naive, TELEGRAM, text)
    assert [one.answered for one in chats.telegram.posted] == [400]
    await asyncio.to_thread(naive, f"{TELEGRAM}?overflow=split", text)
    many = len(chats.telegram.posted) - 1
    assert many > 1
    assert await ours(TELEGRAM, text) is Outcome.ACCEPTED
    assert len(chats.telegram.posted) == many + 2


async def test_a_mail_sent_twice_has_two_ids_and_ours_has_one(mail: MailServer) -> None:
    for _ in range(2):
        await asyncio.to_thread(naive, mail.url(), "x")
    for _ in range(2):
        await ours(mail.url())
    ids = [str(letter.message["Message-ID"]) for letter in mail.letters]
    assert len(set(ids[:2])) == 2
    assert ids[2:] == [MESSAGE.message_id] * 2


async def test_its_log_tells_the_token_and_nothing_of_ours_does(
    chats: ChatServers, caplog: pytest.LogCaptureFixture
) -> None:
    # In a process of its own: ours has closed that log for good.
    lines = (
        "import logging, apprise",
        "logging.basicConfig(level=logging.DEBUG)",
        "sender = apprise.Apprise()",
        f"sender.add({TELEGRAM!r})",
        "sender.notify(body='x')",
    )
    command = [sys.executable, "-c", "\n".join(lines)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=True)
    assert TOKEN in done.stderr
    with caplog.at_level(logging.DEBUG):
        await ours(TELEGRAM)
    assert len(chats.telegram.posted) == 2
    assert TOKEN not in caplog.text


async def test_half_a_character_is_never_delivered_and_ours_is(mail: MailServer) -> None:
    sent = await asyncio.to_thread(_or_error, mail.url(), "Homs \ud800")
    assert sent is not True
    assert not mail.letters
    assert await ours(mail.url(), "Homs \ud800") is Outcome.ACCEPTED


def _or_error(url: str, text: str) -> bool:
    try:
        return naive(url, text)
    except (UnicodeError, smtplib.SMTPException):
        return False


async def test_a_service_that_hangs_holds_it_for_many_seconds_and_us_for_as_long_as_we_say(chats: ChatServers) -> None:
    chats.slack.always(Answer(fault=Fault.HANG))
    waiting = asyncio.create_task(asyncio.to_thread(naive, SLACK, "x"))
    begun = time.monotonic()
    assert await ours(SLACK, seconds=0.5) is Outcome.AMBIGUOUS
    assert time.monotonic() - begun < 3
    assert not waiting.done()
    chats.stop()
    assert not await waiting
