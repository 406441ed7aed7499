from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.storing import NOW, alert, delivery, entry, known_feeds, match, polled, with_alerts

from monitor.errors import StoreError
from monitor.model import Article, Entry, Evidence, Headline, Hit, Part
from monitor.planning.work import NewAlert, ReadPlan, StoredEntry
from monitor.store import SqlStore
from monitor.store.types import BIGGEST, storable

# Everything Python can hold, NUL and lone surrogates included.
texts = st.text(st.characters(exclude_categories=()), max_size=40)
# Each example goes into the same database under an id of its own.
shared = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def new_id() -> str:
    return uuid.uuid4().hex


def kept(text: str | None) -> str | None:
    return None if text is None else storable(text)


def as_stored(stated: Entry) -> Entry:
    return Entry(
        guid=kept(stated.guid),
        link=storable(stated.link),
        url=storable(stated.url),
        title=storable(stated.title),
        teaser=storable(stated.teaser),
        text=storable(stated.text),
        language=kept(stated.language),
        published_at=stated.published_at,
        published_raw=storable(stated.published_raw),
        content_id=kept(stated.content_id),
        categories=tuple(storable(each) for each in stated.categories),
    )


entries = st.builds(
    Entry,
    guid=st.none() | texts,
    link=texts,
    url=texts,
    title=texts,
    teaser=texts,
    text=texts,
    language=st.none() | texts,
    published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    published_raw=texts,
    content_id=st.none() | texts,
    categories=st.lists(texts, max_size=3).map(tuple),
)


@shared
@given(stated=entries, attempts=st.integers(), body=texts)
def test_whatever_a_feed_states_is_kept(store: SqlStore, stated: Entry, attempts: int, body: str) -> None:
    known_feeds(store, "dw")
    id_ = new_id()
    row = StoredEntry(id_, id_, "dw", stated, NOW, entry("a").state, due_at=NOW, attempts=attempts)
    store.commit_poll(polled(store, row))
    work = store.load_read(id_)
    assert work is not None
    assert as_stored(stated) == work.stored.entry
    assert work.stored.attempts == max(-BIGGEST, min(BIGGEST, attempts))

    hit = Hit(Part.BODY, 0, len(body), body, body, "name")
    found = replace(match(), hits=(hit,), sentence=body, reasons=(body,))
    article = Article(id_, "dw", stated.url, stated.title, body=body, seen_at=NOW)
    again = replace(work.stored, due_at=NOW)
    assert store.commit_read(ReadPlan(again, article, frozenset(), (found,)))
    work = store.load_read(id_)
    assert work is not None
    assert work.article is not None
    # Code point for code point, so that the offsets of hits stay right.
    assert work.article.body == storable(body)
    assert len(work.article.body) == len(body)


@shared
@given(title=texts, form=texts, words=texts, at=st.none() | st.datetimes(timezones=st.just(UTC)))
def test_whatever_an_alert_says_is_kept(
    store: SqlStore, title: str, form: str, words: str, at: datetime | None
) -> None:
    told = replace(
        alert(new_id()),
        text=words,
        headlines=(Headline(title, title, title, at, title),),
        evidence=(Evidence(form, words, form, 3),),
    )
    with_alerts(store, NewAlert(told, (delivery(new_id(), told), delivery(row := new_id(), told, channel_id="b"))))
    work = store.load_send(row, now=NOW)
    assert work is not None
    clean, heard = storable(title), storable(words)
    assert work.alert == replace(
        told,
        text=heard,
        headlines=(Headline(clean, clean, clean, at, clean),),
        evidence=(Evidence(storable(form), heard, storable(form), 3),),
    )


@pytest.mark.parametrize(
    ("stated", "stored"),
    [
        (datetime(2024, 12, 6, 14, tzinfo=timezone(timedelta(hours=2))), datetime(2024, 12, 6, 12, tzinfo=UTC)),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=2))), datetime.min.replace(tzinfo=UTC)),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-2))), datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_times_of_any_zone_become_utc_within_the_calendar(store: SqlStore, stated: datetime, stored: datetime) -> None:
    known_feeds(store, "dw")
    store.commit_poll(polled(store, entry("a", published_at=stated)))
    assert store.load_known(["g:a"])[0].published_at == stored


def test_a_time_without_a_zone_is_refused(store: SqlStore) -> None:
    with pytest.raises(StoreError, match="without a zone"):
        store.make_feeds_due(now=NOW.replace(tzinfo=None))
