"""The table of states: no path loses a delivery, and none sends an accepted one again without saying so."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from monitor.model import DeliveryState
from monitor.planning.states import LIVE, TABLE, Event, after, states_before, states_before_answer

ENDS = (DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.MUTED)


@pytest.mark.parametrize("event", Event)
def test_every_event_can_happen_and_leads_to_one_state(event: Event) -> None:
    assert states_before(event)
    assert after(event) in DeliveryState


def test_what_was_accepted_stays_accepted() -> None:
    assert not [event for state, event in TABLE if state is DeliveryState.DELIVERED]


def test_only_what_waits_is_sent() -> None:
    assert states_before(Event.CLAIMED) == (DeliveryState.PENDING,)


def test_an_answer_that_came_late_counts_only_if_it_is_a_yes() -> None:
    assert set(states_before_answer(DeliveryState.DELIVERED)) == set(DeliveryState) - {DeliveryState.DELIVERED}
    assert states_before_answer(DeliveryState.PENDING) == states_before_answer(DeliveryState.DEAD)
    assert states_before_answer(DeliveryState.DEAD) == (DeliveryState.INFLIGHT,)


@pytest.mark.parametrize("state", DeliveryState)
def test_from_everywhere_there_is_a_way_to_an_end(state: DeliveryState) -> None:
    reached, grown = {state}, True
    while grown:
        further = {there for (here, _), there in TABLE.items() if here in reached} - reached
        reached |= further
        grown = bool(further)
    assert DeliveryState.DELIVERED in reached
    assert state in LIVE or state in ENDS


class OneDelivery(RuleBasedStateMachine):
    """A delivery to which anything may happen, as the table lets it: what the service saw of it is written down."""

    def __init__(self) -> None:
        super().__init__()
        self.state = DeliveryState.PENDING
        self.repeats = 0
        self.arrived = 0
        self.unlabelled = 0

    @rule(event=st.sampled_from(Event), arrives=st.booleans())
    def happen(self, event: Event, *, arrives: bool) -> None:
        if (self.state, event) not in TABLE:
            return
        before, self.state = self.state, TABLE[self.state, event]
        if event is Event.CLAIMED:
            assert before is DeliveryState.PENDING
            return
        if before is DeliveryState.INFLIGHT and (event is Event.ACCEPTED or (event is Event.LOST and arrives)):
            self.arrived += 1
            self.unlabelled += self.repeats == 0
        if event is Event.LOST:
            self.repeats += 1

    @invariant()
    def it_is_never_lost(self) -> None:
        assert self.state in LIVE or self.state in ENDS

    @invariant()
    def it_is_seen_twice_only_with_the_label(self) -> None:
        assert self.unlabelled <= 1


TestOneDelivery = OneDelivery.TestCase
