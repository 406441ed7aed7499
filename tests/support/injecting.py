"""Send one text as every part of an alert through every service, and read it there: nothing of it may be live."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from urllib.parse import urlsplit

from support.chatparse import discord_seen, html_seen, matrix_seen, ntfy_seen, slack_seen, slack_texts, telegram_seen
from support.chatservers import ChatServers, WebhookServer
from support.mailserver import Letter, MailServer
from support.sending import DISCORD, MATRIX, NTFY, SLACK, TELEGRAM
from support.telling import alert_of, digest_of, said

from monitor.alerting.render import Names
from monitor.delivery.apprise import fit
from monitor.delivery.notifier import Book, ChannelNotifier
from monitor.model import Alert, Channel, Message, Outcome, Reason, Secret

OWN = (
    "<!channel> <!here|here> <!everyone> <!subteam^S1> <@U1> <#C1|general> <http://evil.example|http://bank.example>",
    "&lt;!channel&gt; &amp;lt;b&amp;gt; &#60;b&#62; &#x3c;script&#x3e;",
    "@everyone @here <@1234567890> <@!1> <@&1> <#1> <a:blob:1> <t:1700000000:R> </kick:1> <id:home>",
    "[bank](https://evil.example) [bank](<https://evil.example>) ![x](http://evil.example/t.png) [[x]](http://e.example)",
    "*b* **b** _i_ __u__ ~~s~~ ||spoiler|| `c` ```\n@everyone\n``` # head\n# head\n> quote\n>>> quote\n-# sub\n- item",
    "https://a.example/*x* https://a.example/_x_](https://evil.example) https://a.example<@1> x\\*y\\\\*z*",
    "</p></blockquote></body><script>alert(1)</script><img src=http://evil.example/t.png onerror=alert(1)><base>",
    '" onmouseover="alert(1)" style="background:url(http://evil.example/t.png)" x="',
    "<a href='javascript:alert(1)'>x</a><svg/onload=alert(1)><!--[if mso]><x><![endif]--><![CDATA[x]]><?php x ?>",
    "</mark><mark>Homs</mark><style>*{display:none}</style><link rel=stylesheet href=//evil.example>",
    "\r\nBcc: victim@example.org\r\nReply-To: evil@example.org\r\n\r\n<img src=http://evil.example/t.png>",
    "x\nFrom: forged@example.org\n.\nQUIT\r\n.\r\nMAIL FROM:<evil@example.org>",
    "=?utf-8?Q?=0D=0ABcc:_victim@example.org?= =?utf-8?B?PHNjcmlwdD4=?=",
    "--===============1234==\r\nContent-Type: text/html\r\n\r\n<b>x</b>",
    '{"ok":true,"alert":{"version":99}} \\u003cb\\u003e %3Cb%3E ${jndi:ldap://x} {{7*7}} %s %n {app_body}',
    "@room @bot:example.org https://matrix.to/#/@bot:example.org :rotating_light: :+1: \\n \\x41",
    "\x00\x1b[31m\x07\x9b2J\u202egnp.exe\u2066x\u2069\u200b\u2028\u2029\x85\ufeff\U000e0041\ud800",
    "javascript:alert(1)",
    "https://bank.example@evil.example:8443/login?next=<b>\"'",
    "http://[::1]:80/ http://evil.example\\@bank.example/ //evil.example /\\evil.example data:text/html,<b>x</b>",
    "http://раypal.example/ http://xn--80ak6aa92e.example/ HTTPS://EVIL.EXAMPLE/*x*_y_",
    "",
)
LETTER_HEADERS = {
    *("Content-Type", "MIME-Version", "X-Application", "Subject", "From", "To", "Message-ID", "Date"),
    *("List-Id", "Auto-Submitted"),
}


def alerts_of(text: str) -> tuple[tuple[Alert, Names], ...]:
    """Put a text wherever one of a feed, a page or a configuration can stand."""
    names = Names({"homs": text}, {"dw-en": text})
    alert = alert_of(title=text, sentence=f"Before {text} after", form=text, url=text, raw=text, incomplete=text)
    linked = alert_of(url=f"https://example.org/{text}", alert_id="b")
    health = replace(alert, article_id=None, watches=(), evidence=(), reason=Reason.HEALTH, text=f"{text}\n{text}")
    return (alert, names), (digest_of(alert, linked, names=names), names), (health, names)


@dataclass(slots=True)
class Bench:
    """Every service, each with one notifier that sends all."""

    chats: ChatServers
    mail: MailServer
    webhook: WebhookServer
    notifier: ChannelNotifier
    channels: dict[str, Channel]
    numbers: Iterator[int] = field(default_factory=count)

    async def send(self, name: str, text: str) -> tuple[Message, ...]:
        """Send the alerts that hold `text`, each of which must be taken."""
        messages = []
        for alert, names in alerts_of(text):
            message = said(alert, names=names, limits=self.notifier.limits(name), channel=name)
            message = replace(message, message_id=f"<{next(self.numbers)}@news-monitor.invalid>")
            receipt = await self.notifier.send(name, self.channels[name].recipients[0], message)
            assert receipt.outcome is Outcome.ACCEPTED, (text, receipt)
            messages.append(fit(message, self.notifier.limits(name)))
        return tuple(messages)


def bench_of(chats: ChatServers, mail: MailServer, webhook: WebhookServer, url: str) -> Bench:
    """Open a channel of every service; the webhook's is at `url`."""
    urls = {"slack": SLACK, "telegram": TELEGRAM, "discord": DISCORD, "ntfy": NTFY, "matrix": MATRIX}
    urls |= {"mail": mail.url(), "webhook": url}
    channels = {name: Book().open(Channel(name, Secret(address))) for name, address in urls.items()}
    return Bench(chats, mail, webhook, ChannelNotifier(tuple(channels.values())), channels)


def shown(message: Message) -> str:
    return f"{message.title}\n{message.body}" if message.title else message.body


async def slack(bench: Bench, text: str) -> None:
    before = len(bench.chats.slack.posted)
    messages = await bench.send("slack", text)
    for message, posted in zip(messages, bench.chats.slack.posted[before:], strict=True):
        payload = posted.json
        seen = [slack_seen(each) for each in slack_texts(payload)]
        assert [each.live for each in seen] == [(), ()], text
        assert "\n".join(each.text for each in seen if each.text) == shown(message)
        assert set(payload) == {"mrkdwn", "attachments"}
        assert payload["mrkdwn"] is False


async def telegram(bench: Bench, text: str) -> None:
    before = len(bench.chats.telegram.posted)
    messages = await bench.send("telegram", text)
    for message, posted in zip(messages, bench.chats.telegram.posted[before:], strict=True):
        seen = telegram_seen(posted.json["text"], posted.json["parse_mode"])
        assert seen.live == (), text
        # Apprise drops empty lines and blanks at a line's end.
        assert seen.text.split() == shown(message).split(), text
        assert str(posted.json["chat_id"]) == "12345"


async def discord(bench: Bench, text: str) -> None:
    before = len(bench.chats.discord.posted)
    messages = await bench.send("discord", text)
    for message, posted in zip(messages, bench.chats.discord.posted[before:], strict=True):
        seen = discord_seen(posted.json)
        assert seen.live == (), text
        # A blank may part a link from what follows it.
        assert "".join(seen.text.replace("ˋˋˋ", "```").split()) == "".join(shown(message).split())
        assert set(posted.json) == {"tts", "wait", "content", "allowed_mentions", "flags"}


async def ntfy(bench: Bench, text: str) -> None:
    before = len(bench.chats.ntfy.posted)
    messages = await bench.send("ntfy", text)
    for message, posted in zip(messages, bench.chats.ntfy.posted[before:], strict=True):
        seen = ntfy_seen(posted.json, posted.headers)
        assert (seen.live, seen.text, posted.json["topic"]) == ((), shown(message), "newsdesk"), text


async def matrix(bench: Bench, text: str) -> None:
    before = len(bench.chats.rooms.events)
    messages = await bench.send("matrix", text)
    events = list(bench.chats.rooms.events.values())[before:]
    for message, event in zip(messages, events, strict=True):
        seen = matrix_seen(event)
        assert (seen.live, seen.text) == ((), shown(message)), text


async def mail(bench: Bench, text: str) -> None:
    before = len(bench.mail.letters)
    messages = await bench.send("mail", text)
    for message, letter in zip(messages, bench.mail.letters[before:], strict=True):
        assert (letter.sender, letter.recipients) == ("a@example.org", ("b@example.org",))
        assert letter.text.rstrip("\n") == message.body.rstrip("\n"), text
        check_headers(letter, message)
        check_document(letter, text)


def check_headers(letter: Letter, message: Message) -> None:
    parsed = letter.message
    assert sorted(parsed.keys()) == sorted(LETTER_HEADERS)
    assert (parsed["From"], parsed["To"], parsed["Message-ID"]) == (
        "a@example.org",
        "b@example.org",
        message.message_id,
    )
    assert str(parsed["Subject"]).split() == message.title.split()


def check_document(letter: Letter, text: str) -> None:
    parsed = letter.message
    assert [part.get_content_type() for part in parsed.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    part = parsed.get_body(("html",))
    assert part is not None
    document = str(part.get_content())
    seen = html_seen(document)
    assert seen.foreign == (), text
    for link in seen.links:
        place = urlsplit(link)
        assert place.scheme in {"http", "https"}, text
        assert "@" not in place.netloc, text
        # The words one clicks on are the host one gets to.
        assert f">{(place.hostname or '').lower()}</a>" in document.lower(), text


async def webhook(bench: Bench, text: str) -> None:
    before = len(bench.webhook.hook.posted)
    messages = await bench.send("webhook", text)
    for message, posted in zip(messages, bench.webhook.hook.posted[before:], strict=True):
        assert set(posted.json) == {"version", "title", "message", "attachments", "type", "alert"}
        assert posted.json["alert"] == json.loads(message.payload)
        assert posted.json["alert"]["version"] == 1
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", all_texts(posted.json))


def all_texts(value: object) -> str:
    match value:
        case str():
            return value
        case dict():
            return "".join(all_texts(each) for pair in value.items() for each in pair)
        case list():
            return "".join(all_texts(each) for each in value)
        case _:
            return ""


SERVICES = (slack, telegram, discord, ntfy, matrix, mail, webhook)
