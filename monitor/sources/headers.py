"""What request headers say about us, and what response headers say about when to come back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor import __version__
from monitor.planning.work import Hints

AGENT = "news-monitor"  # the product token that a robots.txt names.
LONGEST_WAIT = timedelta(hours=24)  # a server that asks for ten years is asked again tomorrow.
MAX_VALIDATOR = 1024  # an ETag longer than this is no validator but a payload.
MAX_AGE = re.compile(r"(?:^|[,;\s])max-age\s*=\s*\"?([0-9]+)", re.IGNORECASE)
NOT_TO_BE_KEPT = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)


def user_agent(contact: str | None) -> str:
    """Return `news-monitor/<version> (+<contact>)`, or without the brackets where there is no contact."""
    contact = "".join(c for c in contact or "" if c.isascii() and c.isprintable() and c not in "()\\").strip()
    return f"{AGENT}/{__version__}" + (f" (+{contact})" if contact else "")


def read_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Read seconds or an HTTP date; at most 24 hours, None where nothing usable was said or the time has passed.

    Source: RFC 9110 s.10.2.3.
    """
    text = (value or "").strip()[:64]
    if text.isascii() and text.isdigit():
        wait = _seconds(text)
    else:
        try:
            at = parsedate_to_datetime(text)
            wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return min(wait, LONGEST_WAIT) if wait > timedelta(0) else None


def read_max_age(value: str | None) -> timedelta | None:
    """Read max-age out of Cache-Control, at most 24 hours; None without one, and beside no-cache or no-store."""
    text = (value or "")[:1024]
    found = MAX_AGE.search(text)
    if not found or NOT_TO_BE_KEPT.search(text):
        return None
    return min(_seconds(found[1]), LONGEST_WAIT)


def read_hints(headers: Mapping[str, str], *, now: datetime) -> Hints:
    """Return what a response of any status says about when to come back."""
    return Hints(
        max_age=read_max_age(headers.get("cache-control")),
        retry_after=read_retry_after(headers.get("retry-after"), now=now),
    )


def read_validator(value: str | None) -> str | None:
    """Return an ETag or Last-Modified as given, None if it could not be sent back as it is."""
    text = (value or "").strip()
    fits = 0 < len(text) <= MAX_VALIDATOR and text.isascii() and text.isprintable()
    return text if fits else None


def ask_headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Return the headers that make a request conditional. Source: RFC 9110 s.13.1."""
    named = {"If-None-Match": read_validator(etag), "If-Modified-Since": read_validator(last_modified)}
    return {name: value for name, value in named.items() if value}


def _seconds(digits: str) -> timedelta:
    return LONGEST_WAIT if len(digits.lstrip("0")) > len("86400") else timedelta(seconds=int(digits))
