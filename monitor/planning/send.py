"""What a service's answer makes of a delivery. Each outcome leads to exactly one next state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from monitor.model import DeliveryState, Outcome, Receipt, Retrying
from monitor.planning.schedule import Dice, next_attempt
from monitor.planning.states import Event, after
from monitor.planning.work import SendPlan, SendWork

MAX_REPEATS = 3  # labelled repeats without any answer, before a delivery is dead.


def plan_send(work: SendWork, receipt: Receipt, retrying: Retrying, *, now: datetime, dice: Dice) -> SendPlan:
    """Return the delivery's next state: delivered, dead, or pending at a later time."""
    match receipt.outcome:
        case Outcome.ACCEPTED:
            return _plan(work, after(Event.ACCEPTED), now, delivered_at=now)
        case Outcome.PERMANENT:
            return _plan(work, after(Event.REFUSED), now, error=receipt.text)
        case Outcome.AMBIGUOUS:
            repeats = work.delivery.repeats + 1
            if repeats > MAX_REPEATS:
                return _plan(
                    work, after(Event.EXHAUSTED), now, error=f"{MAX_REPEATS} repeats without an answer: {receipt.text}"
                )
            return _plan(work, after(Event.LOST), now + retrying.first, error=receipt.text, repeats=repeats)
        case Outcome.RETRY | Outcome.NOT_SENT:
            due = next_attempt(retrying, work.delivery.attempts, receipt.retry_after, now=now, dice=dice)
            if now - (work.waiting_since or work.delivery.created_at) >= retrying.give_up:
                return _plan(work, after(Event.EXHAUSTED), now, error=f"given up: {receipt.text}")
            held = receipt.retry_after is not None
            return replace(_plan(work, after(Event.RETRY), due, error=receipt.text), channel_waits=held)
        case _:
            assert_never(receipt.outcome)


def _plan(
    work: SendWork,
    state: DeliveryState,
    due_at: datetime,
    *,
    error: str = "",
    repeats: int | None = None,
    delivered_at: datetime | None = None,
) -> SendPlan:
    return SendPlan(
        delivery_id=work.delivery.id,
        state=state,
        due_at=due_at,
        repeats=work.delivery.repeats if repeats is None else repeats,
        error=error,
        delivered_at=delivered_at,
    )
