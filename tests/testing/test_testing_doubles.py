"""The frozen clock, the notifier that records, and the chat sink."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import apprise
import httpx
import pytest

from monitor.model import Limits, Message, Outcome, Receipt
from monitor.ports import Clock, Notifier
from monitor.testing import ChatMessage, ChatSink, FakeNotifier, FrozenClock, Sent

HELLO = Message("Homs", "five kilometres", "<1@monitor>")


def test_a_frozen_clock_moves_only_when_told() -> None:
    clock: Clock = (frozen := FrozenClock(datetime(2024, 12, 6, 12, 0, tzinfo=UTC)))
    assert clock.now() == clock.now() == datetime(2024, 12, 6, 12, 0, tzinfo=UTC)
    assert frozen.advance(timedelta(minutes=90)) == datetime(2024, 12, 6, 13, 30, tzinfo=UTC)
    assert clock.monotonic() == 5400.0


async def test_a_fake_notifier_records_and_answers_in_order_then_accepts() -> None:
    refusal = Receipt(Outcome.RETRY, "later", 429)
    notifier: Notifier = (fake := FakeNotifier([refusal]))
    answers = [await notifier.send("desk", "a@example.org", HELLO) for _ in range(2)]
    assert answers == [refusal, Receipt(Outcome.ACCEPTED, "recorded")]
    assert fake.sent == [Sent("desk", "a@example.org", HELLO)] * 2


def test_a_fake_notifier_has_the_limits_it_is_given() -> None:
    assert FakeNotifier(limits=Limits(0, 40)).limits("desk") == Limits(0, 40)


# Loading apprise's plugins imports a module that Python 3.13 dropped; apprise brings its own where it is missing.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
async def test_the_sink_keeps_what_apprise_posts_to_its_address() -> None:
    async with ChatSink() as sink:
        sender = apprise.Apprise()
        assert sender.add(sink.url("desk"))
        sent = await sender.async_notify(body="ريف حمص\nsecond line", title="Homs", body_format="text")
        assert sent
        assert await sink.wait_for(1, timeout=5) == (ChatMessage("desk", "Homs", "ريف حمص\nsecond line"),)


async def test_waiting_ends_with_the_message_that_was_waited_for() -> None:
    async with ChatSink() as sink, httpx.AsyncClient(trust_env=False) as client:
        waiting = asyncio.ensure_future(sink.wait_for(2, timeout=5))
        address = sink.url("desk").replace("json:", "http:")
        for number in range(2):
            assert not waiting.done()
            await client.post(address, json={"title": "t", "message": str(number)})
        assert [message.body for message in await waiting] == ["0", "1"]


async def test_waiting_for_what_does_not_come_ends_too() -> None:
    async with ChatSink() as sink:
        with pytest.raises(TimeoutError):
            await sink.wait_for(1, timeout=0.01)


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"title": "only"}'])
async def test_the_sink_refuses_what_is_no_message(body: bytes) -> None:
    async with ChatSink() as sink, httpx.AsyncClient(trust_env=False) as client:
        response = await client.post(sink.url().replace("json:", "http:"), content=body)
        assert response.status_code == HTTPStatus.BAD_REQUEST
        assert sink.messages == []


async def test_a_sink_that_refuses_keeps_nothing() -> None:
    async with ChatSink() as sink, httpx.AsyncClient(trust_env=False) as client:
        sink.answer = HTTPStatus.SERVICE_UNAVAILABLE
        address = sink.url().replace("json:", "http:")
        response = await client.post(address, json={"title": "t", "message": "m"})
        assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert sink.messages == []


@pytest.mark.parametrize("sent", [b"garbage\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"GET"])
async def test_what_is_no_http_is_hung_up_on_and_the_sink_goes_on(sent: bytes) -> None:
    async with ChatSink() as sink, httpx.AsyncClient(trust_env=False) as client:
        port = httpx.URL(sink.url()).port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        posted = await client.post(sink.url().replace("json:", "http:"), json={"title": "t", "message": "m"})
        assert posted.status_code == HTTPStatus.OK
