"""Real messages to real local services: the URLs that must work as they stand, hostile texts, limits, deadlines."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from pathlib import Path

import pytest
import trustme
from support.chatparse import slack_seen, slack_texts, telegram_seen
from support.chatservers import Answer, ChatServers, Door, Fault, WebhookServer
from support.mailserver import HANG, MailServer, Replies
from support.sending import MESSAGE, SLACK, TELEGRAM, TOKEN, send_to

from monitor.alerting.fit import width
from monitor.delivery.notifier import Book, ChannelNotifier
from monitor.model import Channel, Message, Outcome, Secret, Severity

HOSTILE = (
    "<!channel> <!here|here> <!subteam^S1> <@U1> <#C1> <http://evil.example|http://bank.example>",
    "&lt;!channel&gt; &amp;lt;b&amp;gt; &#60;b&#62;",
    "<b>bold</b> <a href='http://evil.example'>bank</a> <script>alert(1)</script> <svg/onload=alert(1)>",
    "*bold* _italic_ ~struck~ `code` ```block``` [label](http://evil.example) ![x](http://evil.example/t.png)",
    ":rotating_light: \\n \\x41 {app_body} {{title}} %s",
    "\r\nBcc: victim@example.org\r\n\r\n<img src=http://evil.example/t.png>",
    ".\r\n.\r\nQUIT\r\nMAIL FROM:<evil@example.org>",
    "From: forged@example.org",
    "\x1b[31m\u202egnp.exe\u200b \ud800",
)

MAIL_HEADERS = {
    *("Content-Type", "MIME-Version", "Content-Transfer-Encoding", "X-Application"),
    *("Subject", "From", "To", "Message-ID", "Date"),
}


def hostile(text: str) -> Message:
    return replace(MESSAGE, title=f"Homs: {text}", body=f"{text}\nquoted {text}\nhttps://example.org/?a=1&b=<2>")


# --- the URLs as they stand ---------------------------------------------------------------------------------------


async def test_a_mail_arrives_with_our_message_id_and_plain_text(mail: MailServer) -> None:
    url = f"mailto://127.0.0.1:{mail.port}/?from=a@example.org&to=b@example.org&mode=insecure"
    receipt = await send_to(url, MESSAGE)
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.status == 250
    (letter,) = mail.letters
    message = letter.message
    assert (letter.sender, letter.recipients) == ("a@example.org", ("b@example.org",))
    assert [message["Message-ID"]] == message.get_all("Message-ID") == [MESSAGE.message_id]
    assert (message["From"], message["To"], message["Subject"]) == ("a@example.org", "b@example.org", MESSAGE.title)
    assert message.get_content_type() == "text/plain"
    assert letter.text.rstrip("\n") == MESSAGE.body


async def test_a_slack_webhook_gets_one_message(chats: ChatServers) -> None:
    receipt = await send_to("slack://T1JJ3T3L2/B1BRTD4JD/secret/", MESSAGE)
    assert (receipt.outcome, receipt.text) == (Outcome.ACCEPTED, "200 ok")
    (posted,) = chats.slack.posted
    assert (posted.host, posted.path) == ("hooks.slack.com", "/services/T1JJ3T3L2/B1BRTD4JD/secret")
    assert [slack_seen(text).text for text in slack_texts(posted.json)] == [MESSAGE.title, MESSAGE.body]
    assert "http" not in str({key: value for key, value in posted.json.items() if key != "attachments"})


async def test_a_telegram_bot_gets_one_message(chats: ChatServers) -> None:
    receipt = await send_to(f"tgram://{TOKEN}/12345/", replace(MESSAGE, title=""))
    assert receipt.outcome is Outcome.ACCEPTED
    (posted,) = chats.telegram.posted
    assert posted.path == f"/bot{TOKEN}/sendMessage"
    assert posted.json["chat_id"] == 12345
    assert posted.json["disable_web_page_preview"] is True
    seen = telegram_seen(posted.json["text"], posted.json["parse_mode"])
    assert (seen.text, seen.live) == (MESSAGE.body, ())


async def test_a_webhook_gets_title_and_message(webhook: tuple[WebhookServer, str]) -> None:
    server, url = webhook
    receipt = await send_to(url, replace(MESSAGE, severity=Severity.CRITICAL))
    assert receipt.outcome is Outcome.ACCEPTED
    (posted,) = server.hook.posted
    assert posted.path == "/alerts"
    assert (posted.json["title"], posted.json["message"]) == (MESSAGE.title, MESSAGE.body)
    assert (posted.json["attachments"], posted.json["type"]) == ([], "failure")


async def test_any_2xx_of_a_webhook_is_a_yes_and_nothing_else(webhook: tuple[WebhookServer, str]) -> None:
    server, url = webhook
    outcomes = []
    for status in (200, 202, 204, 301, 307, 408, 425, 429, 409, 413, 500, 599):
        server.hook.script(Answer(status, b"", (("Location", "/elsewhere"),)))
        outcomes.append((await send_to(url, MESSAGE)).outcome)
    assert outcomes == [Outcome.ACCEPTED] * 3 + [Outcome.RETRY] * 5 + [Outcome.PERMANENT] * 2 + [Outcome.RETRY] * 2
    assert len(server.hook.posted) == 12


@pytest.mark.usefixtures("chats")
async def test_only_one_of_the_two_certificate_variables_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delenv("REQUESTS_CA_BUNDLE")
        assert (await send_to(SLACK, MESSAGE)).outcome is Outcome.ACCEPTED
    monkeypatch.delenv("SSL_CERT_FILE")
    assert (await send_to(SLACK, MESSAGE)).outcome is Outcome.ACCEPTED
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert (await send_to(SLACK, MESSAGE)).outcome is Outcome.NOT_SENT


async def test_mail_over_starttls_trusts_what_ssl_cert_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with MailServer(tls=authority) as server:
        assert (await send_to(server.url(mode="starttls"), MESSAGE)).outcome is Outcome.ACCEPTED


# --- recipients ---------------------------------------------------------------------------------------------------


async def test_each_mail_recipient_gets_a_mail_of_its_own(mail: MailServer) -> None:
    url = mail.url("b@example.org", "c@example.org,d@example.org")
    channel = Book().open(Channel("desk", Secret(url)))
    assert channel.recipients == ("b@example.org", "c@example.org", "d@example.org")
    notifier = ChannelNotifier((channel,))
    for recipient in channel.recipients:
        await notifier.send("desk", recipient, MESSAGE)
    assert [letter.recipients for letter in mail.letters] == [(each,) for each in channel.recipients]


async def test_each_telegram_chat_is_a_recipient(chats: ChatServers) -> None:
    channel = Book().open(Channel("desk", Secret(f"tgram://{TOKEN}/12345/-100678:9/@news")))
    notifier = ChannelNotifier((channel,))
    for recipient in channel.recipients:
        assert (await notifier.send("desk", recipient, MESSAGE)).outcome is Outcome.ACCEPTED
    posted = {str(each.json["chat_id"]): each.json.get("message_thread_id") for each in chats.telegram.posted}
    assert posted == {"12345": None, "-100678": 9, "@news": None}


@pytest.mark.parametrize(("one", "more"), [(TELEGRAM, "67890/"), (f"{SLACK}#one/", "#two/")])
async def test_what_is_pending_for_one_recipient_outlives_a_second_one(chats: ChatServers, one: str, more: str) -> None:
    (before,) = Book().open(Channel("desk", Secret(one))).recipients
    receipt = await send_to(f"{one}{more}", MESSAGE, recipient=before)
    assert receipt.outcome is Outcome.ACCEPTED, receipt.text
    posted = [*chats.telegram.posted, *chats.slack.posted]
    assert [each.json.get("chat_id") or each.json.get("channel") for each in posted] in (["12345"], [12345], ["#one"])


async def test_a_delivery_without_a_recipients_name_goes_to_the_first(chats: ChatServers, mail: MailServer) -> None:
    for url in (f"{TELEGRAM}67890/", f"{SLACK}#one/#two", mail.url("b@example.org", "c@example.org")):
        assert (await send_to(url, MESSAGE, recipient="")).outcome is Outcome.ACCEPTED
    assert [str(each.json["chat_id"]) for each in chats.telegram.posted] == ["12345"]
    assert [each.json["channel"] for each in chats.slack.posted] == ["#one"]
    assert [letter.recipients for letter in mail.letters] == [("b@example.org",)]


async def test_a_recipient_that_is_configured_no_more_is_refused_for_good(mail: MailServer) -> None:
    receipt = await send_to(mail.url(), MESSAGE, recipient="gone@example.org")
    assert receipt.outcome is Outcome.PERMANENT
    assert not mail.letters


# --- hostile texts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_text_is_live_in_slack(chats: ChatServers, text: str) -> None:
    assert (await send_to(SLACK, hostile(text))).outcome is Outcome.ACCEPTED
    payload = chats.slack.posted[0].json
    assert [slack_seen(each).live for each in slack_texts(payload)] == [(), ()]
    assert payload["mrkdwn"] is False
    assert "mrkdwn_in" not in payload["attachments"][0]
    assert set(payload) == {"mrkdwn", "attachments"}


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_text_is_live_in_telegram(chats: ChatServers, text: str) -> None:
    assert (await send_to(TELEGRAM, hostile(text))).outcome is Outcome.ACCEPTED
    payload = chats.telegram.posted[0].json
    assert telegram_seen(payload["text"], payload["parse_mode"]).live == ()


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_text_is_live_in_mail(mail: MailServer, text: str) -> None:
    assert (await send_to(mail.url(), hostile(text))).outcome is Outcome.ACCEPTED
    (letter,) = mail.letters
    message = letter.message
    assert letter.recipients == ("b@example.org",)
    assert set(message.keys()) == MAIL_HEADERS
    assert len(message.keys()) == len(MAIL_HEADERS)
    assert message.get_content_type() == "text/plain"
    assert (message["From"], message["To"]) == ("a@example.org", "b@example.org")
    subject = str(make_header(decode_header(str(message["Subject"]))))
    assert not re.search("[\x00-\x1f\x7f\u202e\u200b]", subject)


async def test_what_is_literal_arrives_literally(chats: ChatServers, mail: MailServer) -> None:
    text = "a < b && c > d: \"quoted\" 'too' \\n :smile: *x* <b>y</b> https://example.org/?a=1&b=2"
    message = replace(MESSAGE, title=f"T {text}", body=text)
    for url in (SLACK, TELEGRAM, mail.url()):
        assert (await send_to(url, message)).outcome is Outcome.ACCEPTED
    assert [slack_seen(each).text for each in slack_texts(chats.slack.posted[0].json)] == [f"T {text}", text]
    assert telegram_seen(chats.telegram.posted[0].json["text"], "HTML").text == f"T {text}\n{text}"
    assert mail.letters[0].text.rstrip("\n") == text
    assert mail.letters[0].message["Subject"] == f"T {text}"


async def test_options_in_the_url_do_not_bring_markup_or_splitting_back(chats: ChatServers) -> None:
    options = "?format=markdown&overflow=split&retry=5&wait=1&emojis=yes&image=yes&optional=yes&redirect=yes"
    message = replace(MESSAGE, title="", body="<!channel> *x* :smile:\n" + "long " * 2_000)
    chats.telegram.script(Answer(302, b"", (("Location", "https://api.telegram.org/elsewhere"),)))
    for url in (f"{SLACK}{options}", f"{TELEGRAM}{options}", f"{TELEGRAM}{options}"):
        await send_to(url, message)
    assert slack_seen(slack_texts(chats.slack.posted[0].json)[-1]).live == ()
    assert [posted.path for posted in chats.telegram.posted] == [f"/bot{TOKEN}/sendMessage"] * 2


# --- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["a", "ق", "霍", "\U0001f30d", "&", "<", "e\u0301"])
async def test_a_telegram_message_never_exceeds_the_limit(chats: ChatServers, letter: str) -> None:
    message = replace(MESSAGE, title="", body="\n".join(f"{letter * 40} https://example.org/{n}" for n in range(300)))
    receipt = await send_to(TELEGRAM, message)
    assert receipt.outcome is Outcome.ACCEPTED, receipt.text
    (posted,) = chats.telegram.posted
    text = posted.json["text"]
    assert len(text) <= 4_096
    assert len(text.encode("utf-16-le")) <= 2 * 4_096
    shown = telegram_seen(text, "HTML").text.split("\n")
    assert re.fullmatch(r"\(\d+ more lines\)", shown[-1])
    assert [line.split(" ")[1] for line in shown[:-1]] == [f"https://example.org/{n}" for n in range(len(shown) - 1)]


async def test_limits_are_those_of_the_service(mail: MailServer) -> None:
    urls = {"slack": SLACK, "telegram": TELEGRAM, "mail": mail.url(), "console": "console://"}
    channels = [Book().open(Channel(name, Secret(url))) for name, url in urls.items()]
    notifier = ChannelNotifier(channels)
    assert (notifier.limits("telegram").title, notifier.limits("telegram").body) == (0, 4_096)
    assert notifier.limits("slack").title > 0
    assert 10_000 < notifier.limits("slack").body < 35_000
    assert notifier.limits("mail").body >= 50_000
    assert notifier.limits("console").body >= 50_000
    assert width("x") == 1


# --- deadlines ----------------------------------------------------------------------------------------------------


async def test_a_send_that_is_given_up_before_it_began_never_goes_out(
    chats: ChatServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, gate = threading.Event(), threading.Event()
    plainly = ChatServers._context  # noqa: SLF001 - our own server's: the handshake waits for the gate.

    def waiting(self: ChatServers, host: str) -> ssl.SSLContext:
        started.set()
        gate.wait(10)
        return plainly(self, host)

    monkeypatch.setattr(ChatServers, "_context", waiting)
    sending = asyncio.create_task(send_to(SLACK, MESSAGE, seconds=0.4))
    assert await asyncio.to_thread(started.wait, 10)
    receipt = await sending
    assert receipt.outcome is Outcome.NOT_SENT
    gate.set()
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("send ")]
    for thread in threads:
        await asyncio.to_thread(thread.join, 10)
    assert not chats.slack.posted


async def test_one_hanging_channel_does_not_delay_another(chats: ChatServers, mail: MailServer) -> None:
    chats.slack.always(Answer(fault=Fault.HANG))
    channels = [Book().open(Channel(name, Secret(url))) for name, url in (("slack", SLACK), ("mail", mail.url()))]
    notifier = ChannelNotifier(channels, timeout=timedelta(seconds=1))
    hanging = [asyncio.create_task(notifier.send("slack", "", MESSAGE)) for _ in range(20)]
    await asyncio.to_thread(chats.slack.wait_for, 20)
    assert (await notifier.send("mail", "b@example.org", MESSAGE)).outcome is Outcome.ACCEPTED
    assert not any(task.done() for task in hanging)
    assert {(await task).outcome for task in hanging} == {Outcome.AMBIGUOUS}


async def test_a_cancelled_send_leaves_no_thread_behind(mail: MailServer) -> None:
    mail.replies = Replies(data=HANG)
    sending = asyncio.create_task(send_to(mail.url(), MESSAGE, seconds=20))
    await asyncio.to_thread(mail.asked.wait, 10)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    for thread in threading.enumerate():
        if thread.name.startswith("send "):
            await asyncio.to_thread(thread.join, 5)
            assert not thread.is_alive()


async def test_a_tls_handshake_that_hangs_is_not_sent(chats: ChatServers) -> None:
    chats.door = Door.HANG
    receipt = await send_to(SLACK, MESSAGE, seconds=0.4)
    assert (receipt.outcome, receipt.text) == (Outcome.NOT_SENT, "hooks.slack.com: no answer in time")


async def test_apprise_never_sleeps_between_messages(mail: MailServer, chats: ChatServers) -> None:
    loop = asyncio.get_running_loop()
    channels = [Book().open(Channel(name, Secret(url))) for name, url in (("slack", SLACK), ("mail", mail.url()))]
    notifier = ChannelNotifier(channels)
    began = loop.time()
    for _ in range(3):
        await notifier.send("mail", "b@example.org", MESSAGE)
        await notifier.send("slack", "", MESSAGE)
    # Apprise's own pace would take eleven seconds for the mails alone.
    assert loop.time() - began < 3
    assert (len(mail.letters), len(chats.slack.posted)) == (3, 3)


# --- what the servers refuse, told apart --------------------------------------------------------------------------


async def test_a_refused_login_is_told_from_a_server_that_is_not_there() -> None:
    with MailServer(login=("me", "right")) as server:
        refused = await send_to(server.url(user="me:wrongpass"), MESSAGE)
        assert refused.outcome is Outcome.PERMANENT
        assert refused.text.startswith("login refused: 535 ")
        assert (await send_to(server.url(user="me:right"), MESSAGE)).outcome is Outcome.ACCEPTED


async def test_a_greeting_that_refuses_is_told(mail: MailServer) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"421 too many connections\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    url = mail.url().replace(str(mail.port), str(server.sockets[0].getsockname()[1]))
    receipt = await send_to(url, MESSAGE)
    assert (receipt.outcome, receipt.text) == (Outcome.RETRY, "refused at the greeting: 421 too many connections")
    server.close()
    await server.wait_closed()


async def test_a_server_without_starttls_is_not_sent_to(mail: MailServer) -> None:
    receipt = await send_to(mail.url(mode="starttls"), MESSAGE)
    assert receipt.outcome is Outcome.NOT_SENT
    assert "no TLS: starttls extension not supported" in receipt.text
    assert not mail.letters


async def test_a_service_that_echoes_the_token_does_not_get_it_into_the_receipt(chats: ChatServers) -> None:
    chats.telegram.script(Answer(400, f"no such thing: /bot{TOKEN}/sendMessage\x1b[31m".encode() + b"x" * 5_000))
    receipt = await send_to(TELEGRAM, MESSAGE)
    assert receipt.text.startswith("400 no such thing: /bot***/sendMessage[31m")
    assert len(receipt.text) <= 200


async def test_an_endless_answer_is_read_to_its_bound(chats: ChatServers) -> None:
    chats.slack.script(Answer(500, b"y" * 5_000_000))
    receipt = await send_to(SLACK, MESSAGE)
    assert (receipt.outcome, receipt.status) == (Outcome.RETRY, 500)


async def test_an_answer_that_breaks_off_before_the_yes_is_ambiguous(chats: ChatServers) -> None:
    chats.slack.script(Answer(200, b"okay then", fault=Fault.BREAK_OFF))
    chats.telegram.script(Answer(200, b'{"ok": true, "result": {}}', fault=Fault.BREAK_OFF))
    assert (await send_to(SLACK, MESSAGE)).outcome is Outcome.AMBIGUOUS
    assert (await send_to(TELEGRAM, MESSAGE)).outcome is Outcome.AMBIGUOUS


async def test_a_page_that_is_not_slacks_is_no_yes(chats: ChatServers) -> None:
    chats.slack.script(Answer(200, b"<html>Log in to the hotel's network. OK</html>"))
    receipt = await send_to(SLACK, MESSAGE)
    assert (receipt.outcome, receipt.status) == (Outcome.RETRY, 200)
