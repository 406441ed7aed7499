from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import (
    Alert,
    Channel,
    Delivery,
    DeliveryState,
    Headline,
    Outcome,
    Reason,
    Receipt,
    Retrying,
    Secret,
    Severity,
)
from monitor.planning.send import MAX_REPEATS, plan_send
from monitor.planning.summary import is_summary_due, plan_summary
from monitor.planning.work import SendWork, SummaryWork

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
S, H = timedelta(seconds=1), timedelta(hours=1)
ROW = Delivery("d1", "x1", "desk", "", ("homs",), DeliveryState.INFLIGHT, NOW, NOW, attempts=1)
WORK = SendWork(ROW, Alert("x1", Reason.NEW, Severity.NORMAL, NOW))

ANSWERS = [
    (ROW, Receipt(Outcome.ACCEPTED), DeliveryState.DELIVERED, None, 0, "accepted"),
    (ROW, Receipt(Outcome.PERMANENT, "gone"), DeliveryState.DEAD, None, 0, "refused for good"),
    (ROW, Receipt(Outcome.RETRY, "busy"), DeliveryState.PENDING, 30 * S, 0, "refused for now"),
    (ROW, Receipt(Outcome.RETRY, "busy", retry_after=H), DeliveryState.PENDING, H, 0, "Retry-After"),
    (replace(ROW, attempts=3), Receipt(Outcome.NOT_SENT), DeliveryState.PENDING, 120 * S, 0, "third try not sent"),
    (ROW, Receipt(Outcome.AMBIGUOUS), DeliveryState.PENDING, 30 * S, 1, "no answer: one labelled repeat"),
    (replace(ROW, repeats=2), Receipt(Outcome.AMBIGUOUS), DeliveryState.PENDING, 30 * S, 3, "a third labelled repeat"),
    (replace(ROW, repeats=3), Receipt(Outcome.AMBIGUOUS), DeliveryState.DEAD, None, 3, "and then no more"),
    (replace(ROW, repeats=1), Receipt(Outcome.RETRY), DeliveryState.PENDING, 30 * S, 1, "the label stays"),
    (replace(ROW, created_at=NOW - 73 * H), Receipt(Outcome.RETRY), DeliveryState.DEAD, None, 0, "72 h are over"),
]


@pytest.mark.parametrize(("row", "receipt", "state", "wait", "repeats", "why"), ANSWERS)
def test_an_answer_leads_to_one_next_state(
    row: Delivery, receipt: Receipt, state: DeliveryState, wait: timedelta | None, repeats: int, why: str
) -> None:
    plan = plan_send(replace(WORK, delivery=row), receipt, Retrying(), now=NOW, dice=lambda: 0.0)
    assert (plan.state, plan.repeats) == (state, repeats), why
    assert plan.due_at == NOW + (wait or timedelta(0)), why


@given(st.lists(st.sampled_from([o for o in Outcome if o is not Outcome.ACCEPTED]), max_size=40))
def test_no_answer_but_acceptance_ends_unseen(outcomes: list[Outcome]) -> None:
    row = ROW
    for outcome in outcomes:
        plan = plan_send(replace(WORK, delivery=row), Receipt(outcome, "x"), Retrying(), now=NOW, dice=lambda: 0.5)
        assert plan.state in {DeliveryState.PENDING, DeliveryState.DEAD}
        assert plan.error
        assert plan.repeats <= MAX_REPEATS
        row = replace(row, attempts=row.attempts + 1, repeats=plan.repeats)


SUMMARIES = [
    (SummaryWork((), 0, 0, ()), False, "no first poll"),
    (SummaryWork(("a",), 9, 1, (), waiting=0, oldest_at=NOW), True, "all have answered"),
    (SummaryWork(("a",), 9, 1, (), waiting=1, oldest_at=NOW), False, "one has not"),
    (SummaryWork(("a",), 9, 1, (), waiting=1, oldest_at=NOW - 120 * S), True, "two minutes are over"),
]


@pytest.mark.parametrize(("work", "expected", "why"), SUMMARIES)
def test_the_summary_waits_for_stragglers(work: SummaryWork, expected: bool, why: str) -> None:
    assert is_summary_due(work, now=NOW) is expected, why


def test_the_summary_says_how_many_articles_match_and_names_the_newest() -> None:
    newest = (Headline("Rebels near Homs", "https://a.org/1", "wire"),)
    work = SummaryWork(("a", "b"), 1340, 14, newest, waiting=1, failing=2, oldest_at=NOW)
    summary = plan_summary(work, (Channel("desk", Secret("json://x")),), now=NOW)
    assert summary.alert.headlines == newest
    assert "2 new feeds" in summary.alert.text
    assert "1,340 articles" in summary.alert.text
    assert "14 of them match" in summary.alert.text
    assert "3 feeds could not be read yet" in summary.alert.text
    assert [row.channel_id for row in summary.deliveries] == ["desk"]
