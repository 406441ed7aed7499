"""Column types that hold on both databases: what goes in comes out, whatever a feed wrote.

Texts may hold any Unicode. NUL and lone surrogates, which one database or the other refuses, become U+FFFD: one code
point for one, so that the offsets of hits stay right. Source: HTML standard, 13.2.5 (NUL is read as U+FFFD).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

BIGGEST = 2**63 - 1  # what both databases hold; a larger number would be refused when it is bound.
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Replace what no database takes by U+FFFD, code point for code point. An enumerated word becomes plain text."""
    plain = str(text)
    return plain if _is_storable(plain) else _UNSTORABLE.sub("\ufffd", plain)


def _is_storable(text: str) -> bool:
    """Say whether a database takes a text as it is, as it nearly always does; in a tenth of the time of looking."""
    if "\x00" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _text_or_none(value: str | None) -> str | None:
    """Make a text storable: what a row holds most of, so that the plain ones take one step."""
    if value is None or (type(value) is str and value.isascii() and "\x00" not in value):
        return value
    return storable(value)


def _storable_json(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case list() | tuple():
            return [_storable_json(each) for each in value]
        case dict():
            return {key: _storable_json(each) for key, each in value.items()}
        case _:
            return value


_write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Words(TypeDecorator[str]):
    """Text of any length."""

    impl = sa.Text
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[str | None], str | None]:  # noqa: ARG002 - SQLAlchemy's.
        """Make the text storable. Both drivers take texts as they are."""
        return _text_or_none


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as UTC: ISO text that sorts on SQLite, timestamptz on PostgreSQL."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Turn an aware time into UTC; one beyond the calendar becomes the calendar's end. Raises: ValueError."""
        return _utc(value)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Give UTC back, in whichever zone the server's session is."""
        return value if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
        """Write the text that SQLAlchemy's own type would write, in a tenth of its time."""
        return _written if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read that text."""
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        message = f"a time without a zone cannot be stored: {value}"
        raise ValueError(message)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return _EARLIEST if value.year == 1 else _LATEST


def _written(value: datetime | None) -> str | None:
    moment = _utc(value)
    return None if moment is None else moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


class Span(TypeDecorator[timedelta]):
    """A duration, kept in microseconds."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002
        """Count microseconds, as far as they can be counted."""
        return None if value is None else max(-BIGGEST, min(BIGGEST, value // _MICROSECOND))

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> timedelta | None:  # noqa: ARG002
        """Return the duration."""
        return None if value is None else timedelta(microseconds=value)


class Count(TypeDecorator[int]):
    """A whole number, bounded to what both databases hold."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002
        """Bound the number."""
        return None if value is None else max(-BIGGEST, min(BIGGEST, value))


class Json(TypeDecorator[Any]):
    """Lists and mappings of texts and numbers, as JSON text on both databases."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: sa.Dialect) -> str:  # noqa: ARG002
        """Write JSON that holds no character a database refuses."""
        written = _write_json(value)
        # NUL is written as \u0000, which in a text may also be a backslash and five signs: then it costs a look more.
        is_plain = "\\u0000" not in written and _is_storable(written)
        return written if is_plain else _write_json(_storable_json(value))

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:  # noqa: ARG002, ANN401 - JSON is.
        """Read the JSON."""
        return None if value is None else json.loads(value)
