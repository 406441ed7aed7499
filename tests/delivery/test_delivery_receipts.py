"""What an answer means, as tables: no network needed to read one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery.receipts import Service, classify, scrub, unexpected
from monitor.delivery.record import Exchange, Record, Reply, Stage
from monitor.model import Outcome

NOW = datetime(2024, 12, 6, 14, 10, tzinfo=UTC)


def answered(status: int, body: bytes | dict[str, object] = b"", **headers: str) -> Record:
    record = Record()
    exchange = record.begin("http", "service.example")
    exchange.stage = Stage.ANSWERED
    exchange.status = status
    exchange.body = body if isinstance(body, bytes) else json.dumps(body).encode()
    exchange.headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return record


WAITS = [
    ("seconds", "120", timedelta(seconds=120)),
    ("none", "", None),
    ("no number and no date", "soon", None),
    ("a negative number is no number", "-5", None),
    ("a date", "Fri, 06 Dec 2024 14:11:00 GMT", timedelta(seconds=60)),
    ("a date that is past", "Fri, 06 Dec 2024 14:00:00 GMT", timedelta(0)),
    ("ten years", "315360000", timedelta(days=1)),
    ("a date in ten years", "Wed, 06 Dec 2034 14:10:00 GMT", timedelta(days=1)),
    ("digits without end", "9" * 5_000, timedelta(days=1)),
    ("digits that are none", "١٢٠", None),
]


@pytest.mark.parametrize(("header", "expected"), [row[1:] for row in WAITS], ids=[row[0] for row in WAITS])
def test_retry_after_is_read_and_capped(header: str, expected: timedelta | None) -> None:
    receipt = classify(answered(429, retry_after=header), Service.JSON, taken=False, now=NOW)
    assert receipt.outcome is Outcome.RETRY
    assert expected == receipt.retry_after


OWN_WAITS = [
    ("seconds", "120", timedelta(seconds=120)),
    ("part of a second", "0.5", timedelta(seconds=0.5)),
    ("no number", "NaN", None),
    ("no end", "Infinity", timedelta(days=1)),
    ("less than nothing", "-Infinity", timedelta(0)),
    ("an integer beyond any float", "9" * 4_000, timedelta(days=1)),
    ("a float beyond any float", "1e999", timedelta(days=1)),
    ("a truth", "true", None),
    ("a text", '"soon"', None),
    ("a list", "[1]", None),
]


@pytest.mark.parametrize(("seconds", "expected"), [row[1:] for row in OWN_WAITS], ids=[row[0] for row in OWN_WAITS])
def test_telegrams_own_wait_is_read_and_capped(seconds: str, expected: timedelta | None) -> None:
    body = f'{{"ok": false, "error_code": 429, "parameters": {{"retry_after": {seconds}}}}}'.encode()
    receipt = classify(answered(429, body), Service.TELEGRAM, taken=False, now=NOW)
    assert receipt.outcome is Outcome.RETRY
    assert expected == receipt.retry_after


ANSWERS = [
    ("slack's yes", Service.SLACK, 200, b"ok", True, Outcome.ACCEPTED),
    ("slack's api yes", Service.SLACK, 200, {"ok": True, "ts": "1"}, True, Outcome.ACCEPTED),
    ("slack's api no, whatever apprise finds in it", Service.SLACK, 200, {"ok": False, "error": "is_archived OK"}, True,
     Outcome.PERMANENT),
    ("slack rate limits", Service.SLACK, 200, {"ok": False, "error": "ratelimited"}, False, Outcome.RETRY),
    ("slack's word for it on a webhook", Service.SLACK, 200, b"rate_limited", False, Outcome.RETRY),
    ("a webhook's error by name", Service.SLACK, 200, b"channel_not_found", False, Outcome.PERMANENT),
    ("an empty 200 is no yes of slack's", Service.SLACK, 200, b"", False, Outcome.RETRY),
    ("telegram's yes", Service.TELEGRAM, 200, {"ok": True}, True, Outcome.ACCEPTED),
    ("telegram's no by its own code", Service.TELEGRAM, 200, {"ok": False, "error_code": 429}, True, Outcome.RETRY),
    ("telegram's no for good", Service.TELEGRAM, 200, {"ok": False, "error_code": 400}, True, Outcome.PERMANENT),
    ("telegram's no by a code that is none", Service.TELEGRAM, 200, {"ok": False, "error_code": 10**30}, True,
     Outcome.RETRY),
    ("telegram's no by a truth", Service.TELEGRAM, 400, {"ok": False, "error_code": True}, True, Outcome.PERMANENT),
    ("slack's no that is no word", Service.SLACK, 200, {"ok": False, "error": ["ratelimited"]}, False,
     Outcome.PERMANENT),
    ("telegram's no without a code", Service.TELEGRAM, 200, {"ok": False}, True, Outcome.RETRY),
    ("telegram's 200 that is no JSON", Service.TELEGRAM, 200, b"<html>", True, Outcome.RETRY),
    ("telegram's 200 of a deep JSON", Service.TELEGRAM, 200, b"[" * 100_000, True, Outcome.RETRY),
    ("another service's yes is apprise's", Service.OTHER, 200, b"", True, Outcome.ACCEPTED),
    ("another service's no too", Service.OTHER, 200, b"", False, Outcome.RETRY),
    ("but never over its status", Service.OTHER, 302, b"", True, Outcome.RETRY),
    ("a proxy that wants a login is no refusal", Service.JSON, 407, b"", False, Outcome.RETRY),
    ("a status nobody knows", Service.JSON, 999, b"", False, Outcome.RETRY),
]  # fmt: skip


@pytest.mark.parametrize(
    ("service", "status", "body", "taken", "expected"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
def test_an_answer_means_what_its_service_means_by_it(
    service: Service,
    status: int,
    body: bytes | dict[str, object],
    taken: bool,
    expected: Outcome,
) -> None:
    receipt = classify(answered(status, body), service, taken=taken, now=NOW)
    assert expected is receipt.outcome
    assert receipt.status is not None
    assert 100 <= receipt.status <= 999


KEYS = ("ok", "error", "error_code", "description", "message", "parameters", "retry_after")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["ok", "x_y_z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
DATES = st.text(max_size=40) | st.builds(
    lambda day, year, zone: f"Fri, {day} Dec {year} 14:10:00 {zone}",
    st.integers(),
    st.integers(0, 10**9),
    st.sampled_from(("GMT", "+9999", "-0000", "+99999999999", "")),
)


@given(
    service=st.sampled_from(Service),
    status=st.integers(100, 999),
    body=st.binary(max_size=40) | VALUES.map(lambda value: json.dumps(value).encode()),
    later=DATES,
    date=DATES,
    taken=st.sampled_from((None, True, False)),
)
def test_whatever_an_answer_holds_it_comes_to_a_receipt(
    *, service: Service, status: int, body: bytes, later: str, date: str, taken: bool | None
) -> None:
    receipt = classify(answered(status, body, retry_after=later, date=date), service, taken=taken, now=NOW)
    assert receipt.retry_after is None or timedelta(0) <= receipt.retry_after <= timedelta(days=1)
    assert receipt.status is None or 100 <= receipt.status <= 999
    assert len(receipt.text) <= 200


def test_the_first_request_that_fails_decides() -> None:
    record = answered(200)
    later = record.begin("http", "service.example")
    later.stage, later.status = Stage.ANSWERED, 403
    assert classify(record, Service.OTHER, taken=False, now=NOW).outcome is Outcome.PERMANENT


def test_a_service_that_is_not_asked_over_http_or_smtp_is_judged_by_apprise() -> None:
    assert classify(Record(), Service.OTHER, taken=True, now=NOW).outcome is Outcome.ACCEPTED
    assert classify(Record(), Service.OTHER, taken=False, now=NOW).outcome is Outcome.RETRY
    assert classify(Record(), Service.OTHER, taken=None, now=NOW).outcome is Outcome.NOT_SENT


STAGES = [
    ("while connecting", Stage.OPENING, None, Outcome.NOT_SENT),
    ("while connecting, with an error", Stage.OPENING, OSError(), Outcome.NOT_SENT),
    ("in the middle, with an error", Stage.SENDING, OSError(), Outcome.NOT_SENT),
    ("in the middle, and still at it", Stage.SENDING, None, Outcome.AMBIGUOUS),
    ("sent whole", Stage.SENT, None, Outcome.AMBIGUOUS),
    ("sent whole, with an error", Stage.SENT, OSError(), Outcome.AMBIGUOUS),
]


@pytest.mark.parametrize("protocol", ["http", "smtp"])
@pytest.mark.parametrize(("stage", "error", "expected"), [row[1:] for row in STAGES], ids=[row[0] for row in STAGES])
def test_without_an_answer_it_counts_how_far_the_message_went(
    protocol: str, stage: Stage, error: OSError | None, expected: Outcome
) -> None:
    record = Record()
    record.exchanges.append(Exchange(protocol, "service.example", stage=stage, error=error))
    assert expected is classify(record, Service.MAIL, taken=None, now=NOW).outcome


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (None, Outcome.NOT_SENT),
        (Stage.OPENING, Outcome.NOT_SENT),
        (Stage.SENDING, Outcome.AMBIGUOUS),
        (Stage.SENT, Outcome.AMBIGUOUS),
        (Stage.ANSWERED, Outcome.AMBIGUOUS),
    ],
)
def test_an_error_of_our_own_is_not_sent_unless_the_message_may_have_gone_out(
    stage: Stage | None, expected: Outcome
) -> None:
    record = Record()
    if stage is not None:
        record.exchanges += [Exchange("http", "service.example", stage=stage), Exchange("http", "service.example")]
    receipt = unexpected(record, RuntimeError("hunter22"))
    assert (expected, "an error of our own ended it (RuntimeError)") == (receipt.outcome, receipt.text)


def session(*replies: tuple[str, int]) -> Record:
    record = Record()
    exchange = record.begin("smtp", "mail.example")
    exchange.replies += [Reply(to, code, "words") for to, code in replies]
    exchange.stage = Stage.ANSWERED if replies and replies[-1][0] == "." else Stage.OPENING
    return record


SESSIONS = [
    ("taken", (("connect", 220), ("ehlo", 250), ("mail", 250), ("rcpt", 250), ("data", 354), (".", 250)),
     Outcome.ACCEPTED),
    ("a copy refused", (("rcpt", 250), ("rcpt", 550), ("data", 354), (".", 250)), Outcome.ACCEPTED),
    ("the recipient refused, a copy taken", (("rcpt", 550), ("rcpt", 250), ("data", 354), (".", 250)),
     Outcome.PERMANENT),
    ("EHLO unknown is no refusal", (("connect", 220), ("ehlo", 502), ("helo", 250)), Outcome.NOT_SENT),
    ("greylisted", (("connect", 220), ("rcpt", 451)), Outcome.RETRY),
    ("refused at DATA", (("rcpt", 250), ("data", 554)), Outcome.PERMANENT),
    ("a reset that fails changes nothing", (("rcpt", 550), ("rset", 421)), Outcome.PERMANENT),
    ("no code at all", (("connect", -1),), Outcome.NOT_SENT),
]  # fmt: skip


@pytest.mark.parametrize(("replies", "expected"), [row[1:] for row in SESSIONS], ids=[row[0] for row in SESSIONS])
def test_an_smtp_session_is_judged_by_the_reply_that_ended_it(
    replies: tuple[tuple[str, int], ...], expected: Outcome
) -> None:
    assert expected is classify(session(*replies), Service.MAIL, taken=False, now=NOW).outcome


def test_a_service_s_words_are_clean_short_and_free_of_secrets() -> None:
    said = scrub("no\r\n\x1b[31m token-abcdef, token-abc\u202e " + "z" * 400, ("token-abc", "token-abcdef"))
    assert said.startswith("no [31m ***, *** zzz")
    assert len(said) == 200
