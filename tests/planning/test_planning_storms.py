"""Which documents are storms: a table of what feeds do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.planning.read import next_update
from monitor.planning.storms import TRUSTED_FOR, Counted, is_storm
from monitor.planning.work import FeedState

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
MINUTE, H = timedelta(minutes=1), timedelta(hours=1)
STABLE = FeedState("wire", "https://a.org/", listed=20, last_success_at=NOW - 5 * MINUTE, cadence=H)

DOCUMENTS = [
    (STABLE, Counted(20, 20, 0), True, "all of it is new"),
    (STABLE, Counted(20, 16, 4), True, "80% of it is new"),
    (STABLE, Counted(20, 15, 5), False, "75% of it is new"),
    (STABLE, Counted(60, 50, 10), True, "it has grown, and half of what stood there is gone"),
    (STABLE, Counted(100, 80, 20), False, "all that stood there stands there still"),
    (STABLE, Counted(500, 500, 0), False, "no renamed feed has grown by so much: it is a flood"),
    (replace(STABLE, listed=9), Counted(9, 9, 0), False, "a small feed renews itself"),
    (replace(STABLE, listed=0), Counted(20, 20, 0), False, "what stood there is not known"),
    (replace(STABLE, last_success_at=NOW - 5 * H), Counted(20, 20, 0), True, "five were to be expected"),
    (
        replace(STABLE, last_success_at=NOW - 6 * H),
        Counted(20, 20, 0),
        False,
        "six were, and a busy day brings three times as many",
    ),
    (replace(STABLE, cadence=2 * MINUTE), Counted(20, 16, 4), True, "two or three were to be expected"),
    (replace(STABLE, cadence=MINUTE), Counted(20, 18, 2), False, "the feed is quick, and not far quicker than usual"),
    (replace(STABLE, cadence=None), Counted(20, 20, 0), True, "no cadence is known: one in two minutes is assumed"),
    (replace(STABLE, cadence=None, last_success_at=NOW - H), Counted(20, 20, 0), False, "and that makes thirty"),
    (replace(STABLE, released_at=NOW - H), Counted(20, 20, 0), False, "somebody has let one through"),
    (replace(STABLE, released_at=NOW - TRUSTED_FOR), Counted(20, 20, 0), True, "long ago"),
]


@pytest.mark.parametrize(("state", "counted", "expected", "why"), DOCUMENTS, ids=[row[3] for row in DOCUMENTS])
def test_a_storm_is_told_from_news(state: FeedState, counted: Counted, expected: bool, why: str) -> None:
    assert is_storm(state, counted, now=NOW) is expected, why


@pytest.mark.parametrize(
    ("last", "due"),
    [(None, 0), (-20, 0), (-15, 0), (-14, 1), (0, 15), (5, 5)],
    ids=["none before", "long ago", "just long enough", "lately", "now", "one that waits takes this one along"],
)
def test_the_next_update_waits_for_a_quarter_of_an_hour(last: int | None, due: int) -> None:
    then = None if last is None else NOW + last * MINUTE
    assert next_update(then, now=NOW) == NOW + due * MINUTE
