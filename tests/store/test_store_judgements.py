from __future__ import annotations

import pytest
from support.storing import DAY, HOUR, NOW, alert, with_alerts

from monitor.errors import StoreError
from monitor.planning.work import NewAlert
from monitor.store import SqlStore
from monitor.store.judgements import Judgement, judge_wrong, list_judgements


@pytest.fixture
def told(store: SqlStore) -> SqlStore:
    """A state with three alerts, two of which begin alike."""
    with_alerts(store, NewAlert(alert("abc1", article_id="a1", watches=("homs", "hama")), ()))
    with_alerts(store, NewAlert(alert("abc2"), ()), NewAlert(alert("summary", watches=()), ()))
    return store


def test_an_alert_is_judged_for_all_its_watches_while_a_daemon_runs(told: SqlStore, state: str) -> None:
    assert told
    found, made = judge_wrong(state, "abc1", note="it was the soil", now=NOW)
    assert found.id == "abc1"
    assert made == tuple(Judgement("abc1", id_, "a1", "wrong", "it was the soil", NOW) for id_ in ("homs", "hama"))
    assert sorted(list_judgements(state), key=lambda one: one.watch_id, reverse=True) == list(made)


def test_the_later_word_stands(told: SqlStore, state: str) -> None:
    assert told
    judge_wrong(state, "abc1", ["homs"], now=NOW)
    judge_wrong(state, "abc1", ["homs"], note="again", now=NOW + HOUR)
    (found,) = list_judgements(state)
    assert (found.note, found.judged_at) == ("again", NOW + HOUR)


@pytest.mark.parametrize(
    ("id_", "watches", "message"),
    [
        ("abc", (), "abc: several alerts begin so"),
        ("xyz", (), "xyz: there is no such alert"),
        ("", (), "several alerts begin so"),
        ("abc2", ("hama",), "does not come from"),
        ("summary", (), "its watches are none"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    told: SqlStore, state: str, id_: str, watches: tuple[str, ...], message: str
) -> None:
    assert told
    with pytest.raises(StoreError, match=message):
        judge_wrong(state, id_, watches, now=NOW)
    assert list_judgements(state) == ()


def test_judgements_are_kept_as_long_as_the_ledger(told: SqlStore, state: str) -> None:
    judge_wrong(state, "abc1", ["homs"], now=NOW)
    told.expire(text_before=NOW, ledger_before=NOW, limit=100)
    assert len(list_judgements(state)) == 1
    assert told.expire(text_before=NOW, ledger_before=NOW + DAY, limit=100) == 4
    assert list_judgements(state) == ()
