"""Where a delivery can go from where it stands: one table, from which the store takes its conditions and its values.

What a channel accepted stays accepted, whatever comes later. Nothing leaves `inflight` but by an answer, or by the
knowledge that none will come. `dead` and a `muted` without a silence are ends that a person can see.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from monitor.model import DeliveryState

P, I, OK = DeliveryState.PENDING, DeliveryState.INFLIGHT, DeliveryState.DELIVERED  # noqa: E741 - columns of a table.
DEAD, HELD, MUTED = DeliveryState.DEAD, DeliveryState.HELD, DeliveryState.MUTED


class Event(StrEnum):
    """What can happen to a delivery."""

    CLAIMED = "claimed"  # an attempt is counted, before anything goes out.
    ACCEPTED = "accepted"  # the service took it; an answer that comes late counts as well.
    REFUSED = "refused"  # the service will never take it.
    RETRY = "retry"  # refused for now, or never sent out whole.
    LOST = "lost"  # sent, and no answer: repeated under that label.
    EXHAUSTED = "exhausted"  # too many repeats, or too long without success.
    ABANDONED = "abandoned"  # its channel is configured no more.
    HELD = "held"  # quiet hours.
    RELEASED = "released"  # their end.
    MUTED = "muted"  # a silence, or it was told already in better words.
    UNMUTED = "unmuted"  # the end of the silence.
    COVERED = "covered"  # told on its channel's fallback.
    CARRIED = "carried"  # gone into a digest, whose state it shares from then on.


TABLE: Mapping[tuple[DeliveryState, Event], DeliveryState] = {
    (P, Event.CLAIMED): I,
    (I, Event.ACCEPTED): OK,
    (P, Event.ACCEPTED): OK,
    (HELD, Event.ACCEPTED): OK,
    (DEAD, Event.ACCEPTED): OK,
    (MUTED, Event.ACCEPTED): OK,
    (I, Event.REFUSED): DEAD,
    (I, Event.RETRY): P,
    (I, Event.LOST): P,
    (I, Event.EXHAUSTED): DEAD,
    (P, Event.ABANDONED): DEAD,
    (HELD, Event.ABANDONED): DEAD,
    (P, Event.HELD): HELD,
    (HELD, Event.RELEASED): P,
    (P, Event.MUTED): MUTED,
    (MUTED, Event.UNMUTED): P,
    (P, Event.COVERED): MUTED,
    (HELD, Event.COVERED): MUTED,
    (P, Event.CARRIED): P,
}

# The states in which a delivery has not come to an end.
LIVE = (P, I, HELD)


def states_before(event: Event) -> tuple[DeliveryState, ...]:
    """Return the states in which `event` can happen, in the order of their definition."""
    return tuple(state for state in DeliveryState if (state, event) in TABLE)


def after(event: Event) -> DeliveryState:
    """Return the state that `event` leads to, from wherever it can happen."""
    (state,) = {there for (_, what), there in TABLE.items() if what is event}
    return state


def states_before_answer(state: DeliveryState) -> tuple[DeliveryState, ...]:
    """Return the states that an answer finds if it makes a delivery `state`: in flight, and any if it was accepted."""
    return states_before(Event.ACCEPTED) if state is OK else (I,)
