"""What `headers` and `auth` of a feed may look like, as they are written."""

from __future__ import annotations

import re

from monitor.config.values import CONTROL, Wrong, quote

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # Source: RFC 9110 s.5.6.2.
# What says how the answer is to be read, or who is asked: a feed that could set these would not be read at all.
OURS = frozenset(
    (
        *("accept-encoding", "connection", "content-length", "content-type", "expect", "host", "keep-alive", "range"),
        *("te", "trailer", "transfer-encoding", "upgrade", "http2-settings"),
    )
)
CONDITIONS = "if-"  # If-None-Match and the like: which answer is known is for the monitor to say.
MOST = 20
LONGEST = 8_192  # characters of one value as it is written.
AUTH_HINT = 'write it like "user:${env:PASSWORD}", "Bearer ${env:TOKEN}" or { user = "…", password = "${env:…}" }'


def headers(value: object) -> tuple[tuple[str, str], ...]:
    """Read a table of headers. No value of it is ever repeated."""
    if not isinstance(value, dict):
        raise Wrong("is not a table", 'write it in braces: { "X-Api-Key" = "${env:KEY}" }')
    if len(value) > MOST:
        raise Wrong(f"holds more than {MOST} headers")
    folded: set[str] = set()
    for name, text in value.items():
        low = str(name).lower()
        if not NAME.fullmatch(str(name)):
            raise Wrong(f"{quote(name)} is no name of a header", "letters, digits and dashes")
        if low in OURS or low.startswith(("proxy-", CONDITIONS)):
            raise Wrong(f"{quote(name)} is a header that only the monitor sets", "take it out")
        if low in folded:
            raise Wrong(f"{quote(name)} stands there twice", "capitals do not count in the names of headers")
        folded.add(low)
        _part(text, f"the value of {quote(name)}")
    return tuple((str(name), str(text).strip()) for name, text in value.items())


def login(value: object) -> tuple[str, ...]:
    """Read a login: one text, or a user name and a password."""
    if isinstance(value, str):
        return (_part(value, "the value"),)
    if not isinstance(value, dict):
        raise Wrong("is neither a text nor a table", AUTH_HINT)
    user = "username" if "username" in value else "user"
    if set(value) != {user, "password"}:
        raise Wrong("is a table of user and password", AUTH_HINT)
    return _part(value[user], user), _part(value["password"], "password")


def _part(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise Wrong(f"{what} is not a text", 'write it in quotes: "…"')
    if not value.strip():
        raise Wrong(f"{what} is empty")
    if CONTROL.search(value):
        raise Wrong(f"{what} holds control characters")
    if len(value) > LONGEST:
        raise Wrong(f"{what} is longer than {LONGEST} characters")
    return value.strip()
