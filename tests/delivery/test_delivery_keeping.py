"""A mail connection is kept for the next message, and is never the reason why that does not arrive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.mailserver import RESET, MailServer, Replies
from support.sending import MESSAGE, send_to

from monitor.delivery import keeping
from monitor.model import Outcome


def once(at: str) -> Callable[[str], bool]:
    """Break the connection off the first time that a message comes so far."""
    left = [at]

    def tap(stage: str) -> bool:
        if stage in left:
            left.remove(stage)
            return True
        return False

    return tap


async def accepted(mail: MailServer) -> None:
    assert (await send_to(mail.url(), MESSAGE)).outcome is Outcome.ACCEPTED


async def test_messages_one_after_the_other_share_a_connection(mail: MailServer) -> None:
    for _ in range(5):
        await accepted(mail)
    assert (len(mail.letters), mail.connections) == (5, 1)


async def test_a_login_is_not_lent_to_another() -> None:
    with MailServer(login=("ana", "one")) as guarded:
        assert (await send_to(guarded.url(user="ana:one"), MESSAGE)).outcome is Outcome.ACCEPTED
        assert (await send_to(guarded.url(user="ana:two"), MESSAGE)).outcome is Outcome.PERMANENT
        assert len(guarded.letters) == 1


async def test_a_connection_that_the_server_has_ended_is_replaced(mail: MailServer) -> None:
    await accepted(mail)
    mail.hang_up()
    await accepted(mail)
    assert (len(mail.letters), mail.connections) == (2, 2)


@pytest.mark.parametrize("stage", ["connected", "half-sent"])
async def test_a_kept_connection_that_dies_before_the_message_is_replaced(mail: MailServer, stage: str) -> None:
    await accepted(mail)
    mail.set_tap(once(stage))
    await accepted(mail)
    assert (len(mail.letters), mail.connections) == (2, 2)


async def test_a_new_connection_that_dies_before_the_message_is_not_sent(mail: MailServer) -> None:
    mail.set_tap(once("half-sent"))
    assert (await send_to(mail.url(), MESSAGE)).outcome is Outcome.NOT_SENT
    assert (len(mail.letters), mail.connections) == (0, 1)


async def test_a_message_that_went_out_whole_is_not_sent_again(mail: MailServer) -> None:
    await accepted(mail)
    mail.set_tap(once("sent-unanswered"))
    assert (await send_to(mail.url(), MESSAGE)).outcome is Outcome.AMBIGUOUS
    assert (len(mail.letters), mail.connections) == (2, 1)
    await accepted(mail)
    assert (len(mail.letters), mail.connections) == (3, 2)


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        (Replies(rcpt={"b@example.org": "550 nobody of that name"}), Outcome.PERMANENT),
        (Replies(mail="421 too many messages"), Outcome.RETRY),
        (Replies(mail=RESET), Outcome.NOT_SENT),
        (Replies(data="452 no room"), Outcome.RETRY),
        (Replies(data="554 not wanted"), Outcome.PERMANENT),
    ],
)
async def test_what_is_refused_is_refused_as_on_a_new_connection(
    mail: MailServer, replies: Replies, outcome: Outcome
) -> None:
    mail.replies = replies
    fresh = await send_to(mail.url(), MESSAGE)
    mail.replies = Replies()
    await accepted(mail)
    mail.replies = replace(replies)
    kept = await send_to(mail.url(), MESSAGE)
    assert (fresh.outcome, fresh.status, fresh.text) == (kept.outcome, kept.status, kept.text)
    assert kept.outcome is outcome
    assert len(mail.letters) == 1


async def test_a_server_that_went_away_is_not_sent_to() -> None:
    with MailServer() as mail:
        await accepted(mail)
        url = mail.url()
    receipt = await send_to(url, MESSAGE)
    assert receipt.outcome is Outcome.NOT_SENT
    assert "connection refused" in receipt.text


async def test_after_so_many_messages_a_new_connection_is_made(
    mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST", 2)
    for _ in range(5):
        await accepted(mail)
    assert (len(mail.letters), mail.connections) == (5, 3)


async def test_an_idle_connection_is_closed(mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEEP", 0.1)
    await accepted(mail)
    mail.wait_until_all_left()
