from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import values
from monitor.config.values import Wrong
from monitor.model import FOREVER, Rate

SECOND = timedelta(seconds=1)
Reader = Callable[[object], object]


@pytest.mark.parametrize(
    ("why", "reader", "given_", "expected"),
    [
        ("seconds", values.duration, "90s", 90 * SECOND),
        ("minutes", values.duration, "15m", timedelta(minutes=15)),
        ("parts add up", values.duration, "1h30m", timedelta(minutes=90)),
        ("parts may stand apart", values.duration, "1h 30m", timedelta(minutes=90)),
        ("a part may be broken", values.duration, "1.5h", timedelta(minutes=90)),
        ("milliseconds are no minutes", values.duration, "250ms", timedelta(milliseconds=250)),
        ("days", values.duration, "3d", timedelta(days=3)),
        ("weeks", values.duration, "2w", timedelta(days=14)),
        ("nothing needs no unit", values.duration, 0, timedelta(0)),
        ("nothing with a unit", values.duration, "0s", timedelta(0)),
        ("the least is allowed", values.at_least(SECOND), "1s", SECOND),
        ("everything", values.backfill, "all", FOREVER),
        ("the last day", values.backfill, "24h", timedelta(days=1)),
        ("megabytes are decimal", values.size, "10MB", 10_000_000),
        ("mebibytes are not", values.size, "1MiB", 1_048_576),
        ("a space before the unit", values.size, "500 KB", 500_000),
        ("one a second", values.rate, "1/s", Rate(1, SECOND)),
        ("twenty a minute", values.rate, "20/min", Rate(20, timedelta(minutes=1))),
        ("five in ten seconds", values.rate, "5/10s", Rate(5, 10 * SECOND)),
        ("a distance in words", values.near, 5, 5),
        ("the same sentence is no distance", values.near, "sentence", 0),
        ("a language", values.language, "AR", "ar"),
        ("a language with a script", values.language, "zh-Hant", "zh-Hant"),
        ("a zone", values.timezone, "Asia/Damascus", "Asia/Damascus"),
        ("a network", values.network, "127.0.0.0/8", "127.0.0.0/8"),
        ("one address is a network", values.network, "::1", "::1/128"),
        ("an Arabic word", values.phrase, " حمص ", "حمص"),
        ("a prefix", values.phrase, "обстрел*", "обстрел*"),
        ("a place by name", values.place, "Homs, SY", "Homs, SY"),
        ("a place by id", values.place, "geonames:169577", "geonames:169577"),
        ("a feed on a port", values.feed_url, "http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
        ("a feed with an international path", values.feed_url, "https://example.org/خبر", "https://example.org/خبر"),
    ],
)
def test_a_value_is_read(why: str, reader: Reader, given_: object, expected: object) -> None:
    assert expected == reader(given_), why


@pytest.mark.parametrize(
    ("why", "reader", "given_", "hint"),
    [
        ("a number has no unit", values.duration, 15, '"15m"'),
        ("true is no number", values.duration, True, '"15m"'),
        ("a broken number has no unit", values.duration, 1.5, '"15m"'),
        ("text without a unit", values.duration, "15", '"15m"'),
        ("an unknown unit", values.duration, "15min", '"15m"'),
        ("time does not run back", values.duration, "-5m", '"15m"'),
        ("longer than dates reach", values.duration, "999999999d", ""),
        ("too often", values.at_least(SECOND), "999ms", '"1s"'),
        ("a number has no unit", values.size, 10, '"10MB"'),
        ("bits are no size", values.size, "10Mb", '"10MB"'),
        ("more than memory", values.size, "20GB", '"1GB"'),
        ("no body at all", values.size, "0B", ""),
        ("none ever", values.rate, "0/s", '"1/s"'),
        ("in no time", values.rate, "5/0s", '"1/s"'),
        ("an unknown unit", values.rate, "5/fortnight", '"1/s"'),
        ("a number alone", values.rate, 5, '"1/s"'),
        ("no distance", values.near, 0, "sentence"),
        ("another word", values.near, "paragraph", "sentence"),
        ("true is no distance", values.near, True, "sentence"),
        ("a slip in a zone", values.timezone, "Asia/Damaskus", "Asia/Damascus"),
        ("a folder of zones", values.timezone, "Asia", "Asia"),
        ("a path is no zone", values.timezone, "../../etc/passwd", "UTC"),
        ("host bits", values.network, "127.0.0.1/8", "127.0.0.0/8"),
        ("a name is no network", values.network, "localhost", "127.0.0.0/8"),
        ("a language in full", values.language, "English", '"en"'),
        ("capitals in an id", values.slug, "Homs City", '"homs-city"'),
        ("an id that starts with a dash", values.slug, "-x", '"x"'),
        ("no letter at all", values.phrase, "...", "nothing"),
        ("a star alone", values.phrase, "*", "nothing"),
        ("nothing", values.phrase, "   ", "nothing"),
        ("an essay", values.phrase, "x" * 1_001, ""),
        ("a GeoNames id with letters", values.place, "geonames:homs", "geonames:169577"),
        ("a quoted boolean", values.flag, "true", "without quotes"),
        ("1 is not true", values.flag, 1, "without quotes"),
        ("a quoted number", values.count, "2", "without quotes"),
        ("no connection at all", values.count, 0, ""),
        ("another protocol", values.feed_url, "ftp://example.org/x", "https://"),
        ("a file of this machine", values.feed_url, "file:///etc/passwd", "https://"),
        ("a password", values.feed_url, "https://user:secret@example.org/", "credentials"),
        ("a user", values.feed_url, "https://user@example.org/", "credentials"),
        ("no host", values.feed_url, "https:///x", "https://"),
        ("a space", values.feed_url, "https://example.org/a b", "spaces"),
        ("a line break", values.feed_url, "https://example.org/a\nb", "spaces"),
        ("half an IPv6 address", values.feed_url, "http://[::1/", "host"),
        ("a port beyond ports", values.feed_url, "http://example.org:99999/", "port"),
        ("a contact that a header cannot carry", values.contact, "опс@example.org", "address"),
        ("two lines of contact", values.contact, "a@example.org\r\nX-Evil: 1", ""),
        ("an address in place of a variable", values.env_name, "tgram://token/chat", "url"),
        ("an address in place of a file", values.secret_path, "tgram://token/chat", "url"),
        ("a way out of the credentials", values.credential, "../shadow", "LoadCredential"),
        ("a proxy of another kind", values.proxy_url, "ftp://proxy.example:21", "socks5"),
    ],
)
def test_a_value_is_refused_with_a_hint(why: str, reader: Reader, given_: object, hint: str) -> None:
    with pytest.raises(Wrong) as caught:
        reader(given_)
    assert hint in caught.value.hint, why


@pytest.mark.parametrize("given_", ["https://user:hunter2@example.org/", "ftp://hunter2.example.org/"])
def test_a_refused_address_is_not_repeated(given_: str) -> None:
    with pytest.raises(Wrong) as caught:
        values.feed_url(given_)
    assert "hunter2" not in caught.value.text + caught.value.hint


@pytest.mark.parametrize("reader", [values.env_name, values.secret_path, values.credential])
def test_what_may_be_a_misplaced_secret_is_not_repeated(reader: Reader) -> None:
    with pytest.raises(Wrong) as caught:
        reader("slack://hunter2/../x")
    assert "hunter2" not in caught.value.text + caught.value.hint


@given(st.integers(1, 3_000_000).map(lambda number: timedelta(seconds=number)))
def test_a_duration_that_is_shown_is_read_back(duration: timedelta) -> None:
    assert duration == values.duration(values.show_duration(duration))


@given(st.integers(1, 10**9))
def test_a_size_that_is_shown_is_read_back(size: int) -> None:
    assert size == values.size(values.show_size(size))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (timedelta(hours=72), "3d"),
        (timedelta(minutes=90), "90m"),
        (timedelta(milliseconds=250), "0.25s"),
        (timedelta(0), "0s"),
        (FOREVER, "all"),
    ],
)
def test_a_duration_is_shown_as_it_is_written(value: timedelta, expected: str) -> None:
    assert expected == values.show_duration(value)


def test_an_id_with_spaces_around_it_is_not_silently_another() -> None:
    with pytest.raises(Wrong):
        values.slug(" dw")


def test_a_quoted_value_is_one_short_printable_line() -> None:
    quoted = values.quote("a\x1b[31m\n\u202e" + "x" * 500)
    assert quoted.isprintable()
    assert len(quoted) == values.SHOWN + 2
