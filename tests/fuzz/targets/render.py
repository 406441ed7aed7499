"""Any text as every part of an alert: worded, sent through each service, and read there as the service would."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fuzz.mutation import texts
from fuzz.spending import Check, Target
from hypothesis import strategies as st
from support.chatparse import html_seen
from support.chatservers import ChatServers, WebhookServer
from support.injecting import SERVICES, alerts_of, bench_of
from support.mailserver import MailServer
from support.telling import said

from monitor.alerting.clean import clean
from monitor.alerting.fit import width
from monitor.model import Limits, Message, Reason, Severity

LIMITS = (Limits(0, 120), Limits(50, 500), Limits(0, 4_096), Limits(200, 100_000), Limits(0, 2_000))
LETTERS = (
    "<>&*_~`|[](){}#@:\\/\"'=?%$^;,.-+!\n\r\t \u2028\u202e\u200b\u0085\x1b\x00aZé1حم😀http://x.ye@every one channel"
)
LONGEST = 5_000  # characters, more than any service takes; what longer ones cost has a test of its own.
INPUTS = st.tuples(
    st.one_of(texts.map(lambda text: text[:LONGEST]), st.text(st.sampled_from(LETTERS), max_size=60)),
    st.sampled_from(SERVICES),
    st.sampled_from(LIMITS),
    st.sampled_from(Severity),
    st.sampled_from([Reason.NEW, Reason.UPDATE, Reason.CORRECTION, Reason.REMINDER]),
    st.booleans(),
    st.booleans(),
)


@contextmanager
def opened() -> Iterator[Check]:
    """Run every service on loopback, for one round."""
    kept = dict(os.environ)
    chats, webhook = ChatServers(), WebhookServer()
    os.environ.update(chats.start())
    try:
        with MailServer() as mail, asyncio.Runner() as runner:
            bench = bench_of(chats, mail, webhook, webhook.start())

            def check(value: tuple[str, object, Limits, Severity, Reason, bool, bool]) -> str:
                text, service, limits, severity, reason, repeat, discreet = value
                worded(text, limits, severity, reason, repeat=repeat, discreet=discreet)
                assert callable(service)
                runner.run(service(bench, text))
                return str(getattr(service, "__name__", ""))

            yield check
    finally:
        webhook.stop()
        chats.stop()
        os.environ.clear()
        os.environ.update(kept)


def worded(text: str, limits: Limits, severity: Severity, reason: Reason, *, repeat: bool, discreet: bool) -> None:
    """Word the text for a service of some size: within its limits, and without a sign that acts."""
    for alert, names in alerts_of(text):
        changed = replace(alert, severity=severity, reason=reason if alert.article_id else alert.reason)
        message = said(changed, limits=limits, names=names, repeat=repeat, discreet=discreet)
        assert width(message.title) <= limits.title, "the title is too long"
        assert width(message.body) <= limits.body, "the body is too long"
        assert message.body.strip(), "nothing is said"
        shown = f"{message.title}\n{message.body}"
        assert repeat == ("possible repeat" in shown), "a repeat says so, and nothing else does"
        check_message(message)


def check_message(message: Message) -> None:
    """Check that no part of a message holds what could act."""
    assert clean(message.title) == message.title, "the title is not clean"
    assert clean(message.body, keep_newlines=True) == message.body, "the body is not clean"
    assert not any("\n" in part or "\r" in part for pair in message.headers for part in pair), "a header of two lines"
    json.loads(message.payload)
    assert html_seen(message.html).foreign == (), "markup of somebody else's"


TARGET = Target("render", INPUTS, opened, cpu=5.0)
