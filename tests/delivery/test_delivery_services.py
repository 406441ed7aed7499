"""What arrives at each service: mail with its HTML, the payload for machines, Discord, ntfy and Matrix."""

from __future__ import annotations

import gc
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from support.chatparse import discord_seen, html_seen, matrix_seen, ntfy_seen
from support.chatservers import Answer, ChatServers, Fault, Posted, WebhookServer
from support.mailserver import MailServer
from support.sending import DISCORD, MATRIX, MESSAGE, NTFY, send_to
from support.telling import LINK, alert_of, digest_of, said

from monitor.alerting.fit import width
from monitor.alerting.headers import message_id
from monitor.delivery.notifier import Book, ChannelNotifier
from monitor.delivery.shapes import escape_discord
from monitor.model import Channel, Message, Outcome, Reason, Secret, Severity

# --- mail ---------------------------------------------------------------------------------------------------------


async def test_a_mail_is_the_text_and_a_document_of_the_same_words(mail: MailServer) -> None:
    message = said(alert_of())
    assert (await send_to(mail.url(), message)).outcome is Outcome.ACCEPTED
    letter = mail.letters[0].message
    assert letter.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert mail.letters[0].text.rstrip("\n") == message.body
    html = letter.get_body(("html",))
    assert html is not None
    seen = html_seen(str(html.get_content()))
    assert seen.foreign == ()
    for words in ("Rebels near Homs", "Watch: Homs", "Feed: DW English", "Alert: 3f9a2c1b4d5e", "(2 other hits in"):
        assert words in seen.text
    assert "five kilometres from <mark>Homs</mark>, said" in str(html.get_content())
    assert seen.links == (LINK,)


async def test_a_mail_says_whose_list_it_is_and_that_no_person_wrote_it(mail: MailServer) -> None:
    await send_to(mail.url(), said(alert_of()))
    letter = mail.letters[0].message
    assert letter["List-Id"] == "News monitor <desk.news-monitor.invalid>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"] == message_id("3f9a2c1b4d5e6f70", "desk")
    assert abs(parsedate_to_datetime(str(letter["Date"])) - datetime.now(UTC)) < timedelta(minutes=1)
    assert not {"Precedence", "In-Reply-To", "References"} & set(letter.keys())
    assert all(letter.get_all(name) == [letter[name]] for name in letter.keys())  # noqa: SIM118 - repeats are kept.


@pytest.mark.parametrize("reason", [Reason.UPDATE, Reason.CORRECTION, Reason.REMINDER])
async def test_what_follows_an_alert_is_filed_under_it(mail: MailServer, reason: Reason) -> None:
    first, later = alert_of(), alert_of(reason=reason, alert_id="later")
    await send_to(mail.url(), said(first, first=first.id))
    await send_to(mail.url(), said(later, first=first.id))
    one, two = (letter.message for letter in mail.letters)
    assert one["In-Reply-To"] is None
    assert (two["In-Reply-To"], two["References"]) == (one["Message-ID"], one["Message-ID"])
    assert two["Message-ID"] != one["Message-ID"]


async def test_a_digest_by_mail_links_every_alert(mail: MailServer) -> None:
    links = [f"https://example.org/{n}" for n in range(30)]
    digest = digest_of(*(alert_of(alert_id=f"a{n:02}", url=link) for n, link in enumerate(links)))
    await send_to(mail.url(), said(digest))
    html = mail.letters[0].message.get_body(("html",))
    assert html is not None
    assert html_seen(str(html.get_content())).links == tuple(links)
    assert mail.letters[0].message["Subject"] == "News monitor: 30 alerts: Homs 30"


@pytest.mark.parametrize("letter", ["ق", "霍", "\U0001f30d", "e\u0301", "a", "=?"])
async def test_no_line_of_a_mail_is_longer_than_servers_take(mail: MailServer, letter: str) -> None:
    text = letter * (400 // len(letter))
    receipt = await send_to(mail.url(), said(alert_of(title=text, sentence=text, incomplete=text)))
    assert receipt.outcome is Outcome.ACCEPTED, receipt.text
    raw = mail.letters[0].raw
    assert max(len(line) for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")) <= 120
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert str(mail.letters[0].message["Subject"]).startswith(f"Homs: {text[:40]}")


async def test_a_message_without_html_is_plain_text_alone(mail: MailServer) -> None:
    await send_to(mail.url(), MESSAGE)
    assert mail.letters[0].message.get_content_type() == "text/plain"


# --- the payload for machines -------------------------------------------------------------------------------------


async def test_a_webhook_gets_the_alert_beside_what_it_always_got(webhook: tuple[WebhookServer, str]) -> None:
    server, url = webhook
    message = said(alert_of(severity=Severity.HIGH), repeat=True)
    assert (await send_to(url, message)).outcome is Outcome.ACCEPTED
    posted = server.hook.posted[0].json
    assert (posted["version"], posted["title"], posted["message"]) == ("1.0", message.title, message.body)
    assert (posted["attachments"], posted["type"]) == ([], "warning")
    assert posted["alert"] == {
        "version": 1,
        "id": "3f9a2c1b4d5e6f70",
        "reason": "new",
        "severity": "high",
        "created_at": "2024-12-06T14:10:00Z",
        "seen_at": "2024-12-06T14:10:00Z",
        "message_id": message.message_id,
        "repeat": True,
        "watches": [{"id": "homs", "name": "Homs"}],
        "articles": [
            {
                "title": "Rebels near Homs",
                "url": LINK,
                "host": "www.dw.com",
                "feed": {"id": "dw-en", "name": "DW English"},
                "published_at": "2024-12-06T13:10:00Z",
                "published_raw": "2024-12-06T13:10:00Z",
            }
        ],
        "evidence": [
            {
                "watch": "homs",
                "sentence": "Insurgents stood five kilometres from Homs, said one resident.",
                "form": "Homs",
                "others": 2,
            }
        ],
        "text": "",
        "incomplete": "",
    }


async def test_extras_and_names_of_the_url_stay_its_owners(webhook: tuple[WebhookServer, str]) -> None:
    server, url = webhook
    await send_to(f"{url}?:source=monitor&:message=body&:attachments=", said(alert_of()))
    posted = server.hook.posted[0].json
    assert posted["source"] == "monitor"
    assert "Rebels near Homs" in posted["body"]
    assert set(posted) == {"version", "title", "body", "type", "source", "alert"}


async def test_a_test_message_brings_no_alert(webhook: tuple[WebhookServer, str]) -> None:
    server, url = webhook
    await send_to(url, MESSAGE)
    await send_to(url.replace("json://", "form://"), said(alert_of()))
    assert "alert" not in server.hook.posted[0].json
    assert b"alert=" not in server.hook.posted[1].body


# --- Discord, ntfy, Matrix ----------------------------------------------------------------------------------------


async def test_a_discord_webhook_gets_literal_text_that_mentions_nobody(chats: ChatServers) -> None:
    message = said(alert_of(title="*Rebels* near _Homs_ @everyone <@1>"))
    assert (await send_to(DISCORD, message)).outcome is Outcome.ACCEPTED
    seen = discord_seen(chats.discord.posted[0].json)
    assert seen.live == ()
    assert seen.text == f"{message.title}\n{message.body}"
    assert LINK in chats.discord.posted[0].json["content"]


async def test_ntfy_gets_plain_text_in_one_message(chats: ChatServers) -> None:
    message = said(alert_of(title="**Rebels** near [Homs](https://evil.example)"))
    assert (await send_to(NTFY, message)).outcome is Outcome.ACCEPTED
    (posted,) = chats.ntfy.posted
    assert posted.json["topic"] == "newsdesk"
    assert posted.headers["authorization"] == "Bearer tk_secretntfytoken"
    seen = ntfy_seen(posted.json, posted.headers)
    assert (seen.text, seen.live) == (f"{message.title}\n{message.body}", ())


async def test_a_matrix_room_gets_a_plain_event(chats: ChatServers) -> None:
    message = said(alert_of(title="<b>Rebels</b> near @room"))
    receipt = await send_to(MATRIX, message)
    assert receipt.outcome is Outcome.ACCEPTED, receipt.text
    (event,) = chats.rooms.events.values()
    seen = matrix_seen(event)
    assert (seen.text, seen.live) == (f"{message.title}\n{message.body}", ())


async def test_matrix_shows_every_message_once_however_often_it_is_sent(chats: ChatServers) -> None:
    channel = Book().open(Channel("desk", Secret(MATRIX)))
    notifier = ChannelNotifier((channel,))
    for number in (1, 2, 2, 3):
        message = replace(MESSAGE, body=f"number {number}", message_id=f"<{number}@news-monitor.invalid>")
        assert (await notifier.send("desk", "", message)).outcome is Outcome.ACCEPTED
    assert [event["body"].split()[-1] for event in chats.rooms.events.values()] == ["1", "2", "3"]


async def test_matrix_with_a_password_logs_in_once(chats: ChatServers) -> None:
    channel = Book().open(Channel("desk", Secret("matrixs://bot:hunter22@matrix.example.org/!room:example.org")))
    notifier = ChannelNotifier((channel,))
    for number in (1, 2):
        message = replace(MESSAGE, message_id=f"<{number}@news-monitor.invalid>")
        assert (await notifier.send("desk", "", message)).outcome is Outcome.ACCEPTED
    assert len(chats.rooms.events) == 2
    assert len([posted for posted in chats.matrix.posted if posted.path.endswith("/login")]) == 1
    # What Python collects uses no network, in whichever thread that happens.
    del notifier
    gc.collect()
    assert not [posted for posted in chats.matrix.posted if posted.path.endswith("/logout")]


MANY = [
    (DISCORD, ("",)),
    (NTFY.replace("newsdesk", "one/two"), ("one", "two")),
    (MATRIX + "/#desk:example.org", ("!room:example.org", "#desk:example.org")),
]


@pytest.mark.parametrize(("url", "expected"), MANY)
def test_each_topic_and_room_is_a_recipient(url: str, expected: tuple[str, ...]) -> None:
    assert sorted(expected) == sorted(Book().open(Channel("desk", Secret(url))).recipients)


async def test_a_message_for_one_topic_goes_to_no_other(chats: ChatServers) -> None:
    await send_to(NTFY.replace("newsdesk", "one/two"), MESSAGE, recipient="two")
    assert [posted.json["topic"] for posted in chats.ntfy.posted] == ["two"]


FULL = [
    *((DISCORD, letter) for letter in ("a", "ق", "\U0001f30d", "*", "`", "https://x.y/ ")),
    *((NTFY, letter) for letter in ("a", "ق", "霍", '"', "\\", "\U0001f30d")),
    *((MATRIX, letter) for letter in ("a", "霍")),
]


@pytest.mark.parametrize(("url", "letter"), FULL)
async def test_what_fills_a_message_is_taken_whole(chats: ChatServers, url: str, letter: str) -> None:
    message = replace(MESSAGE, title="", body="\n".join([letter * 30] * 3_000))
    receipt = await send_to(url, message)
    assert receipt.outcome is Outcome.ACCEPTED, receipt.text
    posted: list[Posted | dict[str, Any]] = [*chats.discord.posted, *chats.ntfy.posted, *chats.rooms.events.values()]
    assert len(posted) == 1
    shown = posted[0] if isinstance(posted[0], dict) else json.loads(posted[0].body)
    text = discord_seen(shown).text if url == DISCORD else shown.get("body") or shown["message"]
    assert text.rstrip().endswith("more lines)")


def test_a_text_too_full_of_marks_for_discord_stands_in_a_block_of_code() -> None:
    text = "*" * 1_500 + "``` x"
    seen = discord_seen({"content": escape_discord(text), "flags": 4, "allowed_mentions": {"parse": []}})
    assert seen.live == ()
    assert seen.text.startswith("*" * 1_500)
    assert len(escape_discord(text)) <= 2_000


ANSWERS = [
    ("discord", DISCORD, Answer.of_json({"id": "1", "content": "x"}), Outcome.ACCEPTED),
    ("discord", DISCORD, Answer(200, b"<html>Log in</html>"), Outcome.RETRY),
    ("discord", DISCORD, Answer.of_json({"code": 10015, "message": "Unknown Webhook"}, status=404), Outcome.PERMANENT),
    ("discord", DISCORD, Answer.of_json({"message": "limited", "retry_after": 3.5}, status=429), Outcome.RETRY),
    ("discord", DISCORD, Answer(fault=Fault.RESET_AFTER), Outcome.AMBIGUOUS),
    ("ntfy", NTFY, Answer(200, b"<html>Log in</html>"), Outcome.RETRY),
    ("ntfy", NTFY, Answer.of_json({"code": 40301, "error": "forbidden"}, status=403), Outcome.PERMANENT),
    ("ntfy", NTFY, Answer.of_json({"code": 42901, "error": "limit reached"}, status=429), Outcome.RETRY),
    ("ntfy", NTFY, Answer(fault=Fault.RESET_AFTER), Outcome.AMBIGUOUS),
    ("matrix", MATRIX, Answer(502, b"bad gateway"), Outcome.RETRY),
    ("matrix", MATRIX, Answer(fault=Fault.RESET_AFTER), Outcome.NOT_SENT),
]


@pytest.mark.parametrize(("name", "url", "answer", "expected"), ANSWERS)
async def test_each_service_is_taken_at_its_own_word(
    chats: ChatServers, name: str, url: str, answer: Answer, expected: Outcome
) -> None:
    service = getattr(chats, name)
    service.always(answer)
    receipt = await send_to(url, MESSAGE)
    assert receipt.outcome is expected, receipt.text
    # Where a library tries again of its own accord, an attempt would be counted once and made twice.
    assert len([posted for posted in service.posted if posted.method != "GET"]) <= 1


async def test_a_refused_event_is_refused_whatever_was_asked_before(chats: ChatServers) -> None:
    answers = chats.rooms.answer
    no = Answer.of_json({"errcode": "M_LIMIT_EXCEEDED", "error": "slow", "retry_after_ms": 2_500}, status=429)
    chats.matrix = type(chats.matrix)(lambda posted: no if posted.method == "PUT" else answers(posted))
    receipt = await send_to(MATRIX, MESSAGE)
    assert (receipt.outcome, receipt.retry_after) == (Outcome.RETRY, timedelta(seconds=2.5))
    assert len([posted for posted in chats.matrix.posted if posted.method == "PUT"]) == 1


async def test_a_service_that_asks_for_patience_does_not_hold_the_thread(chats: ChatServers) -> None:
    far = (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "99999999999"))
    chats.discord.always(Answer(204, b"", far))
    channel = Book().open(Channel("desk", Secret(DISCORD)))
    notifier = ChannelNotifier((channel,), timeout=timedelta(seconds=5))
    for _ in range(3):
        assert (await notifier.send("desk", "", MESSAGE)).outcome is Outcome.ACCEPTED


def test_the_limits_of_each_service_leave_room_for_its_encoding() -> None:
    channels = [Book().open(Channel(name, Secret(url))) for name, url in (("d", DISCORD), ("n", NTFY), ("m", MATRIX))]
    limits = [ChannelNotifier(channels).limits(channel.id) for channel in channels]
    assert [(each.title, each.body) for each in limits] == [(0, 1_980), (0, 1_365), (0, 12_000)]
    body = said(alert_of(sentence="霍姆斯 " * 3_000), limits=limits[1]).body
    assert width(body) <= 1_365
    assert len(body.encode()) <= 4_096


# --- discreet channels --------------------------------------------------------------------------------------------

SECRETS = ("Rebels", "Insurgents", "kilometres", "Homs", "DW", "dw-en", "2024-12-06T13:10")


def whole(message: Message) -> str:
    return "\n".join((message.title, message.body, message.html, str(message.headers), message.payload))


async def test_a_discreet_mail_holds_ids_and_links_alone(mail: MailServer) -> None:
    message = said(alert_of(url="https://example.org/a-1", severity=Severity.HIGH), discreet=True)
    assert message.title == "[high] homs"
    assert message.body.split("\n") == ["Watch: homs", "https://example.org/a-1", "Alert: 3f9a2c1b4d5e"]
    await send_to(mail.url(), message)
    letter = mail.letters[0].message
    html = letter.get_body(("html",))
    assert html is not None
    assert html_seen(str(html.get_content())).links == ("https://example.org/a-1",)
    assert letter["List-Id"] == "News monitor <alerts.news-monitor.invalid>"


@pytest.mark.parametrize("reason", [Reason.NEW, Reason.UPDATE, Reason.CORRECTION, Reason.REMINDER])
def test_nothing_that_was_read_is_in_any_part_of_a_discreet_message(reason: Reason) -> None:
    message = said(alert_of(url="https://example.org/a-1", reason=reason, incomplete="Rebels"), discreet=True)
    assert [word for word in SECRETS if word in whole(message)] == []


@pytest.mark.parametrize("worded_discreetly", [True, False])
def test_a_discreet_digest_is_a_list_of_links(worded_discreetly: bool) -> None:
    alerts = [alert_of(url=f"https://example.org/{n}", alert_id=f"a{n}") for n in range(3)]
    message = said(digest_of(*alerts, discreet=worded_discreetly), discreet=True)
    assert message.title == "3 alerts: homs"
    assert message.body.split("\n") == [
        "Watch: homs",
        *(f"https://example.org/{n}" for n in range(3)),
        "Alert: d1g3st",
    ]
    assert [word for word in SECRETS if word in whole(message)] == []


def test_a_discreet_channel_is_told_of_health_without_its_words() -> None:
    health = replace(
        alert_of(), article_id=None, watches=(), evidence=(), reason=Reason.HEALTH, text="Feed DW is gone.\nRebels."
    )
    message = said(health, discreet=True)
    assert message.title == "News monitor: health"
    assert [word for word in SECRETS if word in whole(message)] == []
    assert message.body == "Alert: 3f9a2c1b4d5e"


async def test_a_discreet_webhook_gets_ids_and_links_alone(webhook: tuple[WebhookServer, str]) -> None:
    server, url = webhook
    await send_to(url, said(alert_of(url="https://example.org/a-1"), discreet=True))
    posted = server.hook.posted[0]
    assert posted.json["alert"]["watches"] == [{"id": "homs", "name": "homs"}]
    assert posted.json["alert"]["articles"][0]["url"] == "https://example.org/a-1"
    assert posted.json["alert"]["evidence"] == []
    assert [word for word in SECRETS if word in posted.body.decode()] == []
