from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Feed, Polling, Retrying
from monitor.planning.schedule import cadence_of_dates, next_attempt, next_poll, observe_cadence
from monitor.planning.work import FeedState, Hints

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
S, M, H, D = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
PLAIN = Feed("wire", "https://a.org/feed", "Wire")
EVERY_5M = Feed("wire", "https://a.org/feed", "Wire", every=5 * M)

POLLS = [
    (EVERY_5M, {}, Hints(), 5 * M, "an explicit interval stands"),
    (
        EVERY_5M,
        {"cadence": D},
        Hints(max_age=H),
        5 * M,
        "an explicit interval stands against cadence and Cache-Control",
    ),
    (Feed("w", "u", "W", every=S), {}, Hints(), S, "one second is taken as it is"),
    (PLAIN, {}, Hints(), 2 * M, "nothing observed yet: the lower bound"),
    (PLAIN, {"cadence": 20 * M}, Hints(), 10 * M, "half the observed cadence"),
    (PLAIN, {"cadence": S}, Hints(), 2 * M, "never under the lower bound"),
    (PLAIN, {"cadence": 30 * D}, Hints(), H, "never over the upper bound"),
    (PLAIN, {"cadence": 20 * M}, Hints(max_age=15 * M), 15 * M, "not before Cache-Control lets the answer grow old"),
    (PLAIN, {"cadence": 20 * M}, Hints(max_age=S), 10 * M, "a short max-age does not hurry"),
    (PLAIN, {}, Hints(max_age=D), H, "a long max-age is honoured up to the upper bound"),
    (PLAIN, {}, Hints(retry_after=3 * H), 3 * H, "Retry-After wins over the upper bound"),
    (EVERY_5M, {}, Hints(retry_after=S), 5 * M, "a short Retry-After does not hurry"),
    (EVERY_5M, {}, Hints(retry_after=3650 * D), D, "ten years are not waited for"),
    (EVERY_5M, {"failures": 1}, Hints(), 10 * M, "the first failure doubles"),
    (EVERY_5M, {"failures": 3}, Hints(), 40 * M, "the third doubles again"),
    (EVERY_5M, {"failures": 500}, Hints(), 6 * H, "and never beyond six hours: a feed is not given up"),
    (Feed("w", "u", "W", every=D), {"failures": 9}, Hints(), D, "a slow feed that fails is not asked more often"),
    (EVERY_5M, {"failures": 1}, Hints(retry_after=H), H, "Retry-After wins over the doubling"),
]


@pytest.mark.parametrize(("feed", "state", "hints", "expected", "why"), POLLS)
def test_a_feed_is_asked_again_after(
    feed: Feed, state: dict[str, object], hints: Hints, expected: timedelta, why: str
) -> None:
    due = next_poll(feed, FeedState("wire", feed.url, **state), hints, Polling(), now=NOW, dice=lambda: 0.0)  # type: ignore[arg-type]
    assert due - NOW == expected, why


def test_dice_spread_feeds_by_up_to_a_tenth() -> None:
    state = FeedState("wire", EVERY_5M.url)
    due = [next_poll(EVERY_5M, state, Hints(), Polling(), now=NOW, dice=lambda d=d: d) for d in (0.0, 0.5, 0.999)]  # type: ignore[misc]
    assert due == sorted(due)
    assert 5 * M <= due[-1] - NOW < 5.5 * M


CADENCES = [
    (None, 4, 40 * M, 10 * M, "four new ones in forty minutes"),
    (10 * M, 0, M, 10 * M, "nothing new in a minute says nothing yet"),
    (10 * M, 0, 110 * M, 40 * M, "nothing new for long slows down"),
    (10 * M, 10, 10 * M, 7.3 * M, "a burst speeds up"),
    (10 * M, 3, None, 10 * M, "never polled before"),
]


@pytest.mark.parametrize(("known", "fresh", "since", "expected", "why"), CADENCES)
def test_cadence_follows_what_is_observed(
    known: timedelta | None, fresh: int, since: timedelta | None, expected: timedelta, why: str
) -> None:
    assert observe_cadence(known, fresh=fresh, since=since) == expected, why


def test_a_first_document_tells_its_cadence_by_its_dates() -> None:
    assert cadence_of_dates([NOW, NOW - 2 * H, NOW - H]) == H
    assert cadence_of_dates([NOW]) is None
    assert cadence_of_dates([NOW, NOW]) is None


ATTEMPTS = [
    (1, None, 30 * S, "the first pause"),
    (2, None, M, "doubles"),
    (4, None, 4 * M, "and doubles"),
    (50, None, H, "up to the longest"),
    (1, 10 * M, 10 * M, "Retry-After wins"),
    (4, S, 4 * M, "but never hurries"),
    (1, 3650 * D, D, "and is not waited for beyond a day"),
]


@pytest.mark.parametrize(("attempts", "asked", "expected", "why"), ATTEMPTS)
def test_a_delivery_is_tried_again_after(attempts: int, asked: timedelta | None, expected: timedelta, why: str) -> None:
    assert next_attempt(Retrying(), attempts, asked, now=NOW, dice=lambda: 0.0) - NOW == expected, why
