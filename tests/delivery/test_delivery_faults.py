"""Every way in which a channel fails a send, against real servers; the cells and what they must come to are a file."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from support.chatservers import Answer, ChatServers, Door, Fault, Listener, Service, refused_port, reset
from support.mailserver import HANG, RESET, MailServer, Replies
from support.sending import MESSAGE, SLACK, TELEGRAM, send_to

from monitor.model import Message, Outcome, Receipt

SHORT = 0.6  # seconds of patience where a service hangs.
CELLS: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("faults.toml").read_text(encoding="utf-8")
)
BIG = replace(MESSAGE, body="\n".join(("قصف على حمص " * 8,) * 300))


@dataclass(frozen=True, slots=True)
class Bench:
    """One chat service with all that a fault may turn."""

    url: str
    service: Service
    chats: ChatServers
    patch: pytest.MonkeyPatch

    async def send(self, message: Message = MESSAGE, *, seconds: float = 8.0) -> Receipt:
        return await send_to(self.url, message, seconds=seconds)


def small_buffers(patch: pytest.MonkeyPatch) -> None:
    """Let no sender hand a whole letter to the kernel before the other side has read any of it."""
    plainly = socket.create_connection

    def create_connection(*arguments: Any, **options: Any) -> socket.socket:  # noqa: ANN401 - socket's own.
        made = plainly(*arguments, **options)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        return made

    patch.setattr(socket, "create_connection", create_connection)


# --- Slack and Telegram -------------------------------------------------------------------------------------------


async def dns(bench: Bench) -> list[Receipt]:
    bench.patch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    return [await bench.send()]


async def refused(bench: Bench) -> list[Receipt]:
    with refused_port() as port:
        bench.patch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        return [await bench.send()]


async def tls(bench: Bench) -> list[Receipt]:
    receipts = []
    for door in (Door.UNTRUSTED, Door.WRONG_NAME):
        bench.chats.door = door
        receipts.append(await bench.send())
    assert not bench.service.posted
    return receipts


async def hang(bench: Bench) -> list[Receipt]:
    bench.service.script(Answer(fault=Fault.HANG))
    return [await bench.send(seconds=SHORT)]


async def slow_answer(bench: Bench) -> list[Receipt]:
    gate = threading.Event()
    yes = Answer(200, b"ok") if bench.url == SLACK else Answer(200, b'{"ok": true}')
    bench.service.script(replace(yes, gate=gate))
    sending = asyncio.create_task(bench.send())
    await asyncio.to_thread(bench.service.wait_for, 1)
    assert not sending.done()
    gate.set()
    return [await sending]


async def reset_after(bench: Bench) -> list[Receipt]:
    bench.service.script(Answer(fault=Fault.RESET_AFTER))
    return [await bench.send()]


async def reset_during(bench: Bench) -> list[Receipt]:
    bench.service.script(Answer(fault=Fault.RESET_DURING))
    plainly = http.client.HTTPConnection.endheaders

    def endheaders(*arguments: Any, **options: Any) -> None:  # noqa: ANN401 - http.client's own.
        # The request begins when the reset has arrived, so that no buffer can take all of it.
        assert bench.service.reset.wait(10)
        plainly(*arguments, **options)

    bench.patch.setattr(http.client.HTTPConnection, "endheaders", endheaders)
    return [await bench.send(BIG)]


def too_many(bench: Bench, wait: int | None, *headers: tuple[str, str]) -> Answer:
    if bench.url == SLACK:
        stated = (("Retry-After", str(wait)),) if wait is not None else ()
        return Answer(429, b"rate_limited", (*stated, *headers))
    stated_too = {} if wait is None else {"parameters": {"retry_after": wait}}
    said = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry later", **stated_too}
    return Answer.of_json(said, status=429, headers=headers)


async def many_seconds(bench: Bench) -> list[Receipt]:
    bench.service.script(too_many(bench, 17))
    return [await bench.send()]


async def many_date(bench: Bench) -> list[Receipt]:
    now = datetime(2024, 12, 6, 14, 10, tzinfo=UTC)  # the service's clock is right, whatever ours says.
    until = ("Retry-After", format_datetime(now + timedelta(seconds=90), usegmt=True))
    bench.service.script(too_many(bench, None, until, ("Date", format_datetime(now, usegmt=True))))
    return [await bench.send()]


async def many_huge(bench: Bench) -> list[Receipt]:
    bench.service.script(too_many(bench, 315_360_000))
    return [await bench.send()]


def status(*codes: int, slack: bytes, telegram: str) -> Callable[[Bench], Awaitable[list[Receipt]]]:
    async def fault(bench: Bench) -> list[Receipt]:
        receipts = []
        for code in codes:
            said = {"ok": False, "error_code": code, "description": telegram}
            bench.service.script(Answer(code, slack) if bench.url == SLACK else Answer.of_json(said, status=code))
            receipts.append(await bench.send())
        assert list(codes) == [receipt.status for receipt in receipts]
        return receipts

    return fault


async def ok_false(bench: Bench) -> list[Receipt]:
    if bench.url == SLACK:
        bench.service.script(Answer.of_json({"ok": False, "error": "channel_not_found"}))
    else:
        said = {"ok": False, "error_code": 403, "description": "Forbidden: bot was kicked from the group chat"}
        bench.service.script(Answer.of_json(said))
    return [await bench.send()]


async def redirect(bench: Bench) -> list[Receipt]:
    bench.service.script(Answer(302, b"", (("Location", "https://hooks.slack.com/elsewhere"),)))
    receipt = await bench.send()
    assert len(bench.service.posted) == 1
    return [receipt]


CHAT_FAULTS: dict[str, Callable[[Bench], Awaitable[list[Receipt]]]] = {
    "dns": dns,
    "refused": refused,
    "tls": tls,
    "hang": hang,
    "slow-answer": slow_answer,
    "reset-after-full-send": reset_after,
    "reset-mid-send": reset_during,
    "429-seconds": many_seconds,
    "429-date": many_date,
    "429-huge": many_huge,
    "500": status(500, slack=b"rollup_error", telegram="Internal Server Error"),
    "503": status(503, slack=b"<html>unavailable</html>", telegram="Service Unavailable"),
    "400": status(400, slack=b"invalid_payload", telegram="Bad Request: chat not found"),
    "401-403": status(401, 403, slack=b"refused", telegram="refused"),
    "404-410": status(404, 410, slack=b"refused", telegram="refused"),
    "ok-false": ok_false,
    "302": redirect,
}


# --- SMTP ---------------------------------------------------------------------------------------------------------


async def mail_dns(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    return [await send_to("mailto://mail.invalid:25/?from=a@example.org&to=b@example.org&mode=insecure", MESSAGE)]


async def mail_refused(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    with refused_port() as port:
        url = f"mailto://127.0.0.1:{port}/?from=a@example.org&to=b@example.org&mode=insecure"
        return [await send_to(url, MESSAGE)]


async def mail_tls(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    with MailServer(tls=trustme.CA()) as secure:
        receipts = [await send_to(secure.url(mode="starttls"), MESSAGE)]
        assert not secure.letters
        return receipts


async def mail_hang(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    mail.replies = Replies(data=HANG)
    return [await send_to(mail.url(), MESSAGE, seconds=SHORT)]


async def mail_slow(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    gate = threading.Event()
    mail.replies = Replies(gate=gate)
    sending = asyncio.create_task(send_to(mail.url(), MESSAGE))
    await asyncio.to_thread(mail.asked.wait, 10)
    assert not sending.done()
    gate.set()
    return [await sending]


async def mail_reset_after(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    mail.replies = Replies(data=RESET)
    return [await send_to(mail.url(), MESSAGE)]


async def mail_reset_during(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"220 here\r\n")
        for reply in (b"250 hello\r\n", b"250 OK\r\n", b"250 OK\r\n", b"354 go\r\n"):
            connection.recv(4_096)
            connection.sendall(reply)
        connection.recv(1)
        reset(connection)

    small_buffers(patch)
    listener = Listener(serve, narrow=True)
    url = f"mailto://127.0.0.1:{listener.start()}/?from=a@example.org&to=b@example.org&mode=insecure"
    try:
        return [await send_to(url, BIG)]
    finally:
        listener.stop()


async def mail_for_now(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    return await mail_replies(mail, "421 try later", "450 try later")


async def mail_for_good(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    return await mail_replies(mail, "550 not here", "554 not here")


async def mail_replies(mail: MailServer, *replies: str) -> list[Receipt]:
    """Give each reply to the sender, to the recipient and to the whole message."""
    receipts = []
    for reply in replies:
        for each in (Replies(mail=reply), Replies(rcpt={"b@example.org": reply}), Replies(data=reply)):
            mail.replies = each
            receipts.append(await send_to(mail.url(), MESSAGE))
            assert receipts[-1].status == int(reply[:3])
    assert not mail.letters
    return receipts


async def mail_one_of_three(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    mail.replies = Replies(rcpt={"c@example.org": "550 no such user"})
    url = mail.url("b@example.org", "c@example.org", "d@example.org")
    others = [await send_to(url, MESSAGE, recipient=f"{name}@example.org") for name in "bd"]
    assert [receipt.outcome for receipt in others] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    receipt = await send_to(url, MESSAGE, recipient="c@example.org")
    assert [letter.recipients for letter in mail.letters] == [("b@example.org",), ("d@example.org",)]
    return [receipt]


async def mail_too_large(mail: MailServer, patch: pytest.MonkeyPatch) -> list[Receipt]:  # noqa: ARG001 - one shape for all.
    with MailServer(size_limit=2_000) as strict:
        return [await send_to(strict.url(), BIG)]


MAIL_FAULTS: dict[str, Callable[[MailServer, pytest.MonkeyPatch], Awaitable[list[Receipt]]]] = {
    "dns": mail_dns,
    "refused": mail_refused,
    "tls": mail_tls,
    "hang": mail_hang,
    "slow-answer": mail_slow,
    "reset-after-full-send": mail_reset_after,
    "reset-mid-send": mail_reset_during,
    "421-450": mail_for_now,
    "550-554": mail_for_good,
    "one-of-three-refused": mail_one_of_three,
    "too-large": mail_too_large,
}


# --- the tests ----------------------------------------------------------------------------------------------------


def cells(service: str) -> list[Any]:
    return [pytest.param(fault, expected, id=f"{service}-{fault}") for fault, expected in CELLS[service].items()]


def check(receipts: list[Receipt], expected: dict[str, Any]) -> None:
    assert receipts
    for receipt in receipts:
        assert Outcome(expected["outcome"]) is receipt.outcome, receipt
        assert expected["text"] in receipt.text
        wait = expected.get("wait")
        assert (timedelta(seconds=wait) if wait is not None else None) == receipt.retry_after
        assert "AABBCC" not in receipt.text
        assert "TIiajkdnlazkcOXrIdevi7" not in receipt.text


@pytest.mark.parametrize(("fault", "expected"), cells("slack"))
async def test_slack_fails_and_the_receipt_says_how(
    fault: str, expected: dict[str, Any], chats: ChatServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(await CHAT_FAULTS[fault](Bench(SLACK, chats.slack, chats, monkeypatch)), expected)


@pytest.mark.parametrize(("fault", "expected"), cells("telegram"))
async def test_telegram_fails_and_the_receipt_says_how(
    fault: str, expected: dict[str, Any], chats: ChatServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(await CHAT_FAULTS[fault](Bench(TELEGRAM, chats.telegram, chats, monkeypatch)), expected)


@pytest.mark.parametrize(("fault", "expected"), cells("smtp"))
async def test_mail_fails_and_the_receipt_says_how(
    fault: str, expected: dict[str, Any], mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(await MAIL_FAULTS[fault](mail, monkeypatch), expected)


def test_every_cell_of_the_matrix_is_tested() -> None:
    assert set(CHAT_FAULTS) == set(CELLS["slack"]) == set(CELLS["telegram"])
    assert set(MAIL_FAULTS) == set(CELLS["smtp"])
    assert [len(CELLS[service]) for service in ("slack", "telegram", "smtp")] == [17, 17, 11]
