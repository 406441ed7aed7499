"""No token or password reaches a log, standard error or a receipt, at DEBUG, whatever a service does."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme
from support.chatservers import Answer, ChatServers, Door, Fault, WebhookServer, refused_port
from support.mailserver import HANG, MailServer, Replies
from support.sending import DISCORD, MATRIX, NTFY, SLACK, TELEGRAM, send_to
from support.telling import alert_of, said

from monitor.delivery.notifier import Book
from monitor.errors import DeliveryError
from monitor.model import Channel, Secret

SECRETS = (
    *("TIiajkdnlazkcOXrIdevi7", "AABBCCDDEEFF", "JHMHI8qBe7bk2ZwO5U711o3dV_js", "tk_secretntfytoken"),
    *("syt_secretmatrixtoken", "syt_secrettoken", "hunter22", "hookkey7f3a91", "hunter%2B22", "aHVudGVyMjI"),
)
MESSAGE = said(alert_of())


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """Turn every logger there is up to DEBUG and keep what they say, http.client's prints included."""
    printed = io.StringIO()
    handler = logging.StreamHandler(printed)
    handler.addFilter(lambda line: line.name != "mail.log")  # what the other side prints is not ours.
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield printed
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


CHATS = [
    ("slack", SLACK),
    ("telegram", TELEGRAM),
    ("discord", DISCORD),
    ("ntfy", NTFY),
    ("matrix", MATRIX),
    ("matrix", "matrixs://bot:hunter22@matrix.example.org/!room:example.org"),
]


@pytest.mark.parametrize(("name", "url"), CHATS)
async def test_no_fault_of_a_chat_service_brings_a_secret_out(
    chats: ChatServers, name: str, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    service = getattr(chats, name)
    usual = service._usual  # noqa: SLF001 - our own server's, to be put back.
    told = []
    with listening() as printed:
        logging.getLogger("monitor").debug("still heard")
        for answer in (
            None,
            Answer(500, echo(url)),
            Answer(401, echo(url)),
            Answer(302, b"", (("Location", f"https://{name}.example/{SECRETS[0]}"),)),
            Answer(200, b"\xff\xfe not JSON " + echo(url)),
            Answer(fault=Fault.RESET_AFTER),
            Answer(fault=Fault.HANG),
        ):
            service._usual = usual  # noqa: SLF001 - as above.
            if answer is not None:
                service.always(answer)
            told.append(await send_to(url, MESSAGE, seconds=0.7 if answer and answer.fault is Fault.HANG else 8.0))
        service._usual = usual  # noqa: SLF001 - as above.
        for door in (Door.REFUSE, Door.UNTRUSTED, Door.WRONG_NAME, Door.HANG):
            chats.door = door
            told.append(await send_to(url, MESSAGE, seconds=0.7 if door is Door.HANG else 8.0))
    output = capfd.readouterr()
    assert "still heard" in printed.getvalue()
    assert leaks(printed.getvalue() + output.out + output.err) == []
    assert leaks(repr(told)) == []
    assert len({receipt.outcome for receipt in told}) > 2, told


def echo(url: str) -> bytes:
    """Answer as a service that repeats what it was asked, its own address and the key in it."""
    pieces = " ".join(re.split("[/:@?=&]+", url))
    return f"cannot handle {url} ({pieces})".encode()


async def test_no_fault_of_a_mail_server_brings_a_password_out(capfd: pytest.CaptureFixture[str]) -> None:
    told = []
    with listening() as printed:
        with MailServer(login=("me", "hunter+22")) as server:
            url = server.url(user="me:hunter%2B22")
            told.append(await send_to(url, MESSAGE))
            told.append(await send_to(server.url(user="me:hunter22"), MESSAGE))
            server.replies = Replies(data="550 no hunter+22 here")
            told.append(await send_to(url, MESSAGE))
            server.replies = Replies(data=HANG)
            told.append(await send_to(url, MESSAGE, seconds=0.7))
            told.append(await send_to(server.url(user="me:hunter22", mode="starttls"), MESSAGE))
        with MailServer(tls=trustme.CA(), login=("me", "hunter22")) as strange:
            told.append(await send_to(strange.url(user="me:hunter22", mode="starttls"), MESSAGE))
        told.append(await send_to(url, MESSAGE))  # nobody listens there now.
    output = capfd.readouterr()
    assert leaks(printed.getvalue() + output.out + output.err + repr(told)) == []
    assert "hunter+22" not in repr(told) + printed.getvalue()
    assert len({receipt.outcome for receipt in told}) > 3, told


async def test_no_fault_of_a_webhook_brings_its_key_out(
    webhook: tuple[WebhookServer, str], capfd: pytest.CaptureFixture[str]
) -> None:
    server, plain = webhook
    url = f"{plain.replace('json://', 'json://me:hunter22@')}/hookkey7f3a91?+X-Key=hookkey7f3a91"
    told = []
    with listening() as printed:
        server.hook.script(Answer(), Answer(500, echo(url)), Answer(404, echo(url)), Answer(fault=Fault.RESET_AFTER))
        told += [await send_to(url, MESSAGE) for _ in range(4)]
        told.append(await send_to(url.replace("json://", "jsons://"), MESSAGE, seconds=0.7))  # no TLS there.
        with refused_port() as port:
            told.append(await send_to(f"json://me:hunter22@127.0.0.1:{port}/hookkey7f3a91", MESSAGE))
    output = capfd.readouterr()
    assert leaks(printed.getvalue() + output.out + output.err + repr(told)) == []
    assert len({receipt.outcome for receipt in told}) > 3, told


BROKEN = [
    "slack://T1JJ3T3L2/B1BRTD4JD!/TIiajkdnlazkcOXrIdevi7/",
    "tgram://123456789:AABBCCDDEEFF!/1/",
    "discord:///JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "ntfys://tk_secretntfytoken@ntfy.sh/?auth=token&mode=nosuch",
    "matrixs://bot:hunter22@matrix.example.org:99999/!room",
    "mailto://me:hunter22@/?to=x",
    "json://me:hunter22@:99999/hookkey7f3a91",
    "nosuch://hookkey7f3a91",
]


@pytest.mark.parametrize("url", BROKEN)
def test_a_url_that_is_refused_is_not_repeated(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    with listening() as printed:
        try:
            told = repr(Book().open(Channel("desk", Secret(url))))
        except DeliveryError as refusal:
            told = f"{refusal} {refusal!r} {refusal.__cause__} {refusal.__context__!r}"
    output = capfd.readouterr()
    assert told
    assert leaks(told + printed.getvalue() + output.out + output.err) == []
