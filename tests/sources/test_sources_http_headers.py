"""What headers say, one row a header."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import __version__
from monitor.sources.headers import read_hints, read_max_age, read_retry_after, read_validator, user_agent

NOW = datetime(2024, 12, 6, 12, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("max-age=300", 300),
        ("public, max-age=300, must-revalidate", 300),
        ("Public,Max-Age = 300", 300),
        ('max-age="300"', 300),
        ("max-age=0", 0),
        ("max-age=99999999999999999999", 86400),
        ("s-maxage=300", None),
        ("x-max-age=300", None),
        ("max-age=-1", None),
        ("max-age=soon", None),
        ("no-cache, max-age=300", None),
        ("max-age=300, no-store", None),
        ("", None),
        (None, None),
    ],
)
def test_max_age(value: str | None, seconds: int | None) -> None:
    assert read_max_age(value) == (None if seconds is None else timedelta(seconds=seconds))


@given(st.text(max_size=200))
def test_hints_never_fail_and_never_ask_for_more_than_a_day(text: str) -> None:
    hints = read_hints({"cache-control": text, "retry-after": text}, now=NOW)
    assert hints.max_age is None or timedelta(0) <= hints.max_age <= DAY
    assert hints.retry_after is None or timedelta(0) < hints.retry_after <= DAY


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)))  # noqa: DTZ001 - hypothesis wants naive bounds.
def test_a_date_to_come_back_at_is_counted_from_now(at: datetime) -> None:
    at = at.replace(microsecond=0)
    wait = read_retry_after(f"{at:%a, %d %b} {at.year:04} {at:%H:%M:%S} GMT", now=NOW)
    assert wait == (min(at - NOW, DAY) if at > NOW else None)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ('"a1"', '"a1"'),
        (' W/"a1" ', 'W/"a1"'),
        ("Fri, 06 Dec 2024 11:00:00 GMT", "Fri, 06 Dec 2024 11:00:00 GMT"),
        ('"a\r\nHost: evil"', None),
        ('"é"', None),
        ("a" * 1025, None),
        ("", None),
        (None, None),
    ],
)
def test_a_validator_is_kept_as_it_is_or_not_at_all(value: str | None, kept: str | None) -> None:
    assert read_validator(value) == kept


@pytest.mark.parametrize(
    ("contact", "name"),
    [
        (None, ""),
        ("", ""),
        ("ops@example.org", " (+ops@example.org)"),
        ("https://example.org/about", " (+https://example.org/about)"),
        ("a\r\nHost: evil", " (+aHost: evil)"),
        ("(x) (y)", " (+x y)"),
        ("سلام", ""),
    ],
)
def test_the_user_agent_names_the_contact_where_there_is_one(contact: str | None, name: str) -> None:
    assert user_agent(contact) == f"news-monitor/{__version__}{name}"
