"""Whatever happens, and in whatever order: no alert is lost in the queue, and none is told twice without saying so."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from support.queueing import rules, turn
from support.storing import HOUR, NOW, alert, delivery, with_alerts

from monitor.model import (
    Alerting,
    Channel,
    DeliveryState,
    Headline,
    Outcome,
    Quiet,
    Reason,
    Receipt,
    Retrying,
    Secret,
    Severity,
    Silence,
)
from monitor.planning.send import plan_send
from monitor.planning.work import NewAlert, SendWork
from monitor.store import open_store
from monitor.store.silences import add_silence
from monitor.store.views import open_views

DESK = Channel("desk", Secret("json://desk"), quiet=Quiet(time(14), time(16)), fallback="phone")
PHONE = Channel("phone", Secret("json://phone"))
ENDED = (DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.MUTED)
OUTCOMES = tuple(Outcome)


class Queue(RuleBasedStateMachine):
    """Alerts for a desk with quiet hours and a fallback; services that answer anything; crashes and silences."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.state = str(Path(self.folder.name) / "m.db")
        self.store = open_store(self.state)
        self.made = rules(DESK, PHONE, alerting=Alerting(burst=2))
        self.now, self.names = NOW, itertools.count()
        # Which alerts a channel may have seen, without and with the label.
        self.seen: Counter[tuple[str, str]] = Counter()

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(number=st.integers(1, 6), severity=st.sampled_from((Severity.NORMAL, Severity.HIGH)))
    def tell(self, number: int, severity: Severity) -> None:
        for _ in range(number):
            name = f"n{next(self.names)}"
            headline = Headline(name, f"https://example.org/{name}", "dw")
            told = replace(alert(name, severity=severity, created_at=self.now), text="", headlines=(headline,))
            with_alerts(self.store, NewAlert(told, (delivery(f"d-{name}", told, due_at=self.now),)))

    @rule(minutes=st.sampled_from((1, 2, 16, 120)))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(outcome=st.sampled_from(OUTCOMES), times=st.integers(1, 4), arrives=st.booleans())
    def send(self, outcome: Outcome, times: int, *, arrives: bool) -> None:
        for _ in range(times):
            for _, id_ in turn(self.store, self.made, now=self.now):
                work = self.depart(id_)
                if outcome is Outcome.ACCEPTED or (outcome is Outcome.AMBIGUOUS and arrives):
                    self.arrive(work)
                plan = plan_send(work, Receipt(outcome, "x"), Retrying(), now=self.now, dice=lambda: 0.0)
                self.store.commit_send(plan)

    @rule(arrives=st.booleans())
    def die(self, *, arrives: bool) -> None:
        for _, id_ in turn(self.store, self.made, now=self.now):
            work = self.depart(id_)
            if arrives:
                self.arrive(work)
        self.store.recover(now=self.now, first=timedelta(0))

    @rule()
    def silence(self) -> None:
        name = f"s{next(self.names)}"
        add_silence(self.state, Silence(name, "Ana", "tests", self.now, self.now + HOUR, severity=Severity.NORMAL))

    def depart(self, id_: str) -> SendWork:
        work = self.store.load_send(id_, now=self.now)
        assert work is not None
        return work

    def arrive(self, work: SendWork) -> None:
        """Note what a service saw: each alert without the label once at most, whether alone or in a digest."""
        if work.delivery.repeats:
            return
        for name in (headline.title for headline in work.alert.headlines):
            self.seen[work.delivery.channel_id, name] += 1
            assert self.seen[work.delivery.channel_id, name] == 1, f"{name} was told twice"

    @rule()
    def end_well(self) -> None:
        """In the end, with services that answer, everything has come to an end that a person can see."""
        self.now += timedelta(hours=6)
        for _ in range(8):
            while claimed := turn(self.store, self.made, now=self.now):
                for _, id_ in claimed:
                    work = self.depart(id_)
                    self.arrive(work)
                    self.store.commit_send(
                        plan_send(work, Receipt(Outcome.ACCEPTED), Retrying(), now=self.now, dice=lambda: 0.0)
                    )
            self.now += timedelta(minutes=20) if self.now.hour not in (14, 15) else timedelta(hours=2)
        with open_views(self.state) as views:
            told = views.list_alerts()
        fates = {row.state for each in told for row in each.deliveries}
        assert fates <= set(ENDED), fates
        for each in told:
            if each.alert.reason is Reason.DIGEST:
                continue
            ends = {row.state for row in each.deliveries}
            assert DeliveryState.DELIVERED in ends or ends == {DeliveryState.DEAD}, (each.alert.id, ends)


Queue.TestCase.settings = settings(
    max_examples=6, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestQueue = Queue.TestCase
