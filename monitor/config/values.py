"""What single values of a configuration may look like, as functions from what TOML gave to domain values.

Each returns the value or raises Wrong with a text and a hint. Neither ever repeats a value that may be a secret.
"""

from __future__ import annotations

import contextlib
import difflib
import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from monitor.model import FOREVER, Rate

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}  # in seconds.
SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
RATE_UNITS = {"s": "s", "sec": "s", "second": "s", "min": "m", "minute": "m", "m": "m", "h": "h", "hour": "h", "d": "d"}
LONGEST = timedelta(days=36_500)  # a hundred years: any date plus or minus this is still a date.
LARGEST = 10**9  # bytes; a body is held in memory.
LONGEST_TEXT = 1_000  # characters of one spelling or phrase.
LONGEST_NAME = 200
SHOWN = 60  # characters of a value that a message repeats.

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")
DURATION = re.compile(r"(?:\d{1,9}(?:\.\d{1,3})?(?:ms|[smhdw])\s*)+")
SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)\s*([KMG]i?B|B)")
RATE = re.compile(r"(\d{1,6})\s*/\s*(\d{0,6})\s*([a-z]+)")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
ADDRESS = re.compile(r"://.+", re.DOTALL)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
PROXIES = ("http", "https", "socks4", "socks5", "socks5h")


class Wrong(ValueError):  # noqa: N818 - it says what is wrong with a value; the error is ConfigError.
    """Say what is wrong with one value, and how to put it right."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


def quote(value: object) -> str:
    """Return a value in quotes as a message may repeat it; of an address, which may be a secret, its scheme alone."""
    return f'"{plain(str(value))}"'


def plain(text: str) -> str:
    """Return a text as one short line without anything that acts on a terminal, or that stands behind ://."""
    known = ADDRESS.sub("://…", text)
    cut = known if len(known) <= SHOWN else known[: SHOWN - 1] + "…"
    return "".join(letter if letter.isprintable() else "�" for letter in cut)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest of the known words, or "" if none is close."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"did you mean {quote(close[0])}?" if close else ""


def text(value: object) -> str:
    """Read a short text of one line."""
    if not isinstance(value, str):
        raise Wrong("is not a text", 'write it in quotes: "…"')
    if not value.strip():
        raise Wrong("is empty")
    if CONTROL.search(value):
        raise Wrong("holds control characters")
    if len(value) > LONGEST_NAME:
        raise Wrong(f"is longer than {LONGEST_NAME} characters")
    return value.strip()


def slug(value: object) -> str:
    """Read an id."""
    found = text(value)
    if found != value or not SLUG.fullmatch(found):
        better = re.sub(r"[^a-z0-9._-]+", "-", found.lower()).strip("-._") if "://" not in found else ""
        rule = "use a to z, 0 to 9, dot, dash and underscore, a letter or digit first"
        raise Wrong(f"{quote(value)} is no id", rule + (f": {quote(better)}" if better else ""))
    return found


def flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise Wrong("is not true or false", "write true or false, without quotes")
    return value


def count(value: object) -> int:
    """Read a whole number of 1 or more."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong("is not a whole number", "write it without quotes")
    if not 1 <= value <= 1_000:  # noqa: PLR2004 - more connections to one host than that is a slip.
        raise Wrong("must be between 1 and 1000")
    return value


def choice(*known: str) -> Callable[[object], str]:
    """Return a reader of one of `known` words."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong("is not a text", "write one of " + ", ".join(map(quote, known)))
        if value not in known:
            hint = did_you_mean(value, known) or "write one of " + ", ".join(map(quote, known))
            raise Wrong(f"{quote(value)} is not known here", hint)
        return value

    return read


def several(value: object) -> list[object]:
    """Read a single value or a list of them as a list."""
    if isinstance(value, list):
        if not value:
            raise Wrong("is an empty list", "name at least one, or leave the key out")
        return value
    return [value]


def phrase(value: object) -> str:
    """Read a spelling or phrase that is searched for in articles."""
    if not isinstance(value, str):
        raise Wrong("is not a text", 'write it in quotes: "…"')
    if len(value) > LONGEST_TEXT:
        raise Wrong(f"is longer than {LONGEST_TEXT:,} characters")
    if not any(letter.isalnum() for letter in value):
        raise Wrong("holds no letter and no digit", "it would match nothing, or everything")
    return value.strip()


# A place, a country or a region: geonames:169577, geonames:SY, geonames:SY.11.
_GEONAMES = re.compile(r"geonames:(?:\d{1,10}|[a-z]{2}(?:\.\w{1,6})?)", re.IGNORECASE | re.ASCII)


def place(value: object) -> str:
    """Read the name of a place: "Homs, SY", "geonames:169577", or "geonames:SY.11" for a region."""
    found = phrase(value)
    if found.lower().startswith("geonames:") and not _GEONAMES.fullmatch(found):
        raise Wrong(f"{quote(found)} is no GeoNames id", 'write it like "geonames:169577"')
    return found


def near(value: object) -> int:
    """Read a distance in tokens, or "sentence", which is 0."""
    if value == "sentence":
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1_000:  # noqa: PLR2004 - as above.
        raise Wrong("is not a distance", 'write a number of words from 1 to 1000, or "sentence"')
    return value


def kilometres(value: object) -> float:
    """Read a distance in kilometres."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1_000:  # noqa: PLR2004 - as above.
        raise Wrong("is no distance in kilometres", "write a number up to 1000, without quotes")
    return float(value)


def home(value: object) -> str:
    """Read where a publisher is: "DE", "US.TX", or words that the gazetteer is asked about."""
    found = text(value)
    if not any(letter.isalpha() for letter in found):
        raise Wrong("is no country or region", 'write it like "DE", "US.TX" or "Texas, US"')
    return found


def tables(name: str) -> Callable[[object], list[object]]:
    """Return a reader of a list of tables that stands inside another table."""

    def read(value: object) -> list[object]:
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise Wrong("is a list of tables", f"write [[{name}]], with two brackets, above each one")
        return value

    return read


def file_path(value: object) -> str:
    """Read the path of a file."""
    if not isinstance(value, str) or not value.strip() or CONTROL.search(value):
        raise Wrong("is not the path of a file", 'write it in quotes: "…"')
    return value.strip()


def seconds_of(written: str) -> timedelta:
    """Return the sum of parts such as "1h30m". Raises: Wrong."""
    if not DURATION.fullmatch(written.strip()):
        raise Wrong(f"{quote(written)} is no duration", 'write it like "90s", "15m", "1h30m" or "3d"')
    parts = re.findall(r"([\d.]+)(ms|[smhdw])", written)
    total = sum(float(number) * UNITS[unit] for number, unit in parts)
    if total > LONGEST.total_seconds():
        raise Wrong(f"{quote(written)} is longer than a hundred years")
    return timedelta(seconds=total)


def duration(value: object) -> timedelta:
    """Read a duration of any length, 0 included."""
    if isinstance(value, bool | float):
        raise Wrong("is not a duration", 'write it like "15m"')
    if isinstance(value, int):
        if value == 0:
            return timedelta(0)
        shown = value if 0 < value < 10**6 else 15
        raise Wrong("is a number without a unit", f'write it like "{shown}s" or "{shown}m"')
    if not isinstance(value, str):
        raise Wrong("is not a duration", 'write it like "15m"')
    return timedelta(0) if value.strip() == "0" else seconds_of(value)


def at_least(least: timedelta) -> Callable[[object], timedelta]:
    """Return a reader of a duration that is not shorter than `least`."""

    def read(value: object) -> timedelta:
        found = duration(value)
        if found < least:
            raise Wrong("is too short", f'write "{show_duration(least)}" or more')
        return found

    return read


def backfill(value: object) -> timedelta:
    """Read 0, a duration or "all"."""
    return FOREVER if value == "all" else duration(value)


def size(value: object) -> int:
    """Read a size in bytes."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise Wrong("is a number without a unit", 'write it like "500KB" or "10MB"')
    found = SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Wrong("is no size", 'write it like "500KB" or "10MB"')
    total = int(float(found[1]) * SIZES[found[2]])
    if not 1 <= total <= LARGEST:
        raise Wrong("is out of range", 'write something from "1B" to "1GB"')
    return total


def rate(value: object) -> Rate:
    """Read how many messages in which time: "1/s", "20/min", "5/10s"."""
    found = RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    unit = RATE_UNITS.get(found[3]) if found else None
    if found is None or unit is None or not int(found[1]):
        raise Wrong("is no rate", 'write it like "1/s", "20/min" or "5/10s"')
    per = timedelta(seconds=int(found[2] or 1) * UNITS[unit])
    if not per:
        raise Wrong("is no rate", 'write it like "1/s", "20/min" or "5/10s"')
    return Rate(int(found[1]), per)


def language(value: object) -> str:
    """Read a language tag; its first part comes back in lower case. Source: BCP 47."""
    found = text(value)
    if not LANGUAGE.fullmatch(found):
        raise Wrong(f"{quote(found)} is no language", 'write a code like "en", "ar" or "zh-Hant"')
    first, dash, rest = found.partition("-")
    return first.lower() + dash + rest


def timezone(value: object) -> str:
    """Read the name of a time zone."""
    found = text(value)
    try:
        zoneinfo.ZoneInfo(found)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
        known = {name.lower(): name for name in zoneinfo.available_timezones()}
        close = difflib.get_close_matches(found.lower(), known, n=1, cutoff=0.6)
        hint = f"did you mean {quote(known[close[0]])}?" if close else 'write it like "Asia/Damascus" or "UTC"'
        raise Wrong(f"{quote(found)} is no time zone", hint) from exc
    return found


def contact(value: object) -> str:
    """Read what goes into the User-Agent header."""
    found = text(value)
    if not found.isascii():
        raise Wrong("holds letters that a User-Agent header cannot carry", "write a mail address or a web address")
    return found


def network(value: object) -> str:
    """Read an IP network."""
    try:
        return str(ipaddress.ip_network(text(value)))
    except ValueError as exc:
        if isinstance(exc, Wrong):
            raise
        hint = 'write it like "127.0.0.0/8" or "fd00::/8"'
        with contextlib.suppress(ValueError):
            hint = f'write "{ipaddress.ip_network(str(value), strict=False)}"'
        raise Wrong(f"{quote(value)} is no network", hint) from exc


def feed_url(value: object) -> str:
    """Read the web address of a feed. What it holds before an @ is not repeated."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong("is no web address", 'write it like "https://example.org/feed.xml"')
    found = value.strip()
    try:
        parts = urlsplit(found)
        port = parts.port
    except ValueError as exc:
        raise Wrong("is no web address", "its host or port cannot be read") from exc
    if parts.username is not None or parts.password is not None:
        raise Wrong(
            "holds a user name or a password",
            'addresses with credentials are not taken; a feed has auth = "user:${env:PASSWORD}"',
        )
    if parts.scheme.lower() not in ("http", "https"):
        raise Wrong("is no web address", "only http:// and https:// are fetched")
    if not parts.hostname or port == 0 or re.search(r"[\s\\<>\"]", found) or CONTROL.search(found):
        raise Wrong("is no web address", 'write it like "https://example.org/feed.xml", without spaces')
    return found


def proxy_url(value: str) -> str:
    """Read the address of a proxy, which may hold a password and is never repeated."""
    try:
        parts = urlsplit(value)
        complete = bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError as exc:
        raise Wrong("is no proxy address", "its host or port cannot be read") from exc
    if not complete or parts.scheme.lower() not in PROXIES or CONTROL.search(value):
        raise Wrong("is no proxy address", 'write it like "socks5://127.0.0.1:9050" or "http://proxy.example:3128"')
    return value


def show_duration(value: timedelta) -> str:
    """Return a duration as it is written in a configuration."""
    if value == FOREVER:
        return "all"
    for unit in ("d", "h", "m", "s"):
        number = value.total_seconds() / UNITS[unit]
        if number >= 1 and number.is_integer():
            return f"{int(number)}{unit}"
    return f"{value.total_seconds():g}s"


def show_size(value: int) -> str:
    """Return a size as it is written in a configuration."""
    for unit in ("GB", "MB", "KB"):
        if value >= SIZES[unit] and value % SIZES[unit] == 0:
            return f"{value // SIZES[unit]}{unit}"
    return f"{value}B"


def plain_list(value: object) -> list[object]:
    """Read a list, which may be empty."""
    if not isinstance(value, list):
        raise Wrong("is not a list", "write it in brackets: […]")
    return value


def env_name(value: object) -> str:
    """Read the name of an environment variable; what is none is not repeated, for it may be the secret itself."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise Wrong("is not the name of an environment variable", "an address itself goes into url")
    return value


def secret_path(value: object) -> str:
    """Read the path of a file that holds a secret."""
    if not isinstance(value, str) or not value.strip() or "://" in value or CONTROL.search(value):
        raise Wrong("is not the path of a file", "an address itself goes into url")
    return value


def credential(value: object) -> str:
    """Read the name of a systemd credential. Source: systemd.exec(5), LoadCredential=."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_.@-]{1,255}", value) or value in (".", ".."):
        raise Wrong("is not the name of a credential", "it is the first part of LoadCredential=")
    return value
