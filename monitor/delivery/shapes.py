"""Reshape what apprise is about to post, where a service has no plain text or can be told more."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from monitor.delivery.receipts import Service
from monitor.model import Message

DISCORD_TEXT = 2_000  # characters of a message's content.
SUPPRESS_EMBEDS = 4  # a flag of Discord's: no previews, which fetch pages and pictures.
_URL = re.compile(r"https?://[^\s<]+")
# What opens markup, mentions or commands in Discord outside a link, and a colon that begins an emoji's name.
_DISCORD_LIVE = re.compile(r"[\\*_~|`<>\[\]#@]|:(?=[A-Za-z0-9_+-]+:|\Z)|(?m:^)[-+](?=\s)")
_EVENT = re.compile(r"(/rooms/[^/]+/send/m\.room\.(?:message|encrypted)/)[^/?#]+")

Shape = Callable[[dict[str, Any], Message], None]


def reshape(service: Service, url: str, body: bytes | str, message: Message) -> tuple[str, bytes] | None:
    """Return the URL and the JSON body to post instead of these; None where they are to stay as apprise wrote them."""
    shape = _SHAPES.get(service)
    if shape is None or (service is Service.MATRIX and not is_event(url)):
        return None
    try:
        posted = json.loads(body)
    except ValueError:
        return None
    if not isinstance(posted, dict):
        return None
    shape(posted, message)
    ours = json.dumps(posted, ensure_ascii=service is not Service.NTFY).encode("utf-8", "replace")
    return (_numbered(url, message) if service is Service.MATRIX else url), ours


def _numbered(url: str, message: Message) -> str:
    """Number an event by its message, so that an attempt that had arrived after all is shown once.

    Apprise gives every message sent with a token the same number, and a server takes the second one for the first.
    Source: Matrix specification, client-server API, "Transaction identifiers".
    """
    number = hashlib.sha256(message.message_id.encode("utf-8", "replace")).hexdigest()[:32]
    return _EVENT.sub(lambda found: f"{found[1]}{number}", url, count=1)


def is_event(url: str) -> bool:
    """Say whether a request to Matrix is the message itself, and not a login, a join or a question."""
    return bool(_EVENT.search(urlsplit(url).path))


def is_aside(url: str) -> bool:
    """Say whether a request to Matrix only prepares for the message."""
    return urlsplit(url).path.startswith(("/_matrix/", "/.well-known/matrix/")) and not is_event(url)


def escape_discord(text: str) -> str:
    r"""Return `text` so that Discord shows it literally: `\` before all that could be markup, links left whole.

    If that is too long, the text stands in a block of code, in which nothing is live, not even a link.
    Source: Discord, "Markdown Text 101"; developer reference, "Message Formatting".
    """
    pieces, last = [], 0
    for link in _URL.finditer(text):
        pieces += [_escaped(text[last : link.start()]), link.group()]
        last = link.end()
        if text[last : last + 1] == "<":
            pieces.append(" ")  # else the link would take the stroke that makes the bracket literal.
    escaped = "".join((*pieces, _escaped(text[last:])))
    return escaped if len(escaped) <= DISCORD_TEXT else f"```\n{text.replace('```', 'ˋˋˋ')}\n```"


def _escaped(text: str) -> str:
    return _DISCORD_LIVE.sub(lambda found: f"\\{found.group()}", text)


def _discord(posted: dict[str, Any], message: Message) -> None:
    """Say our text literally, mention nobody, preview nothing."""
    posted["content"] = escape_discord(f"{message.title}\n{message.body}".strip() if message.title else message.body)
    posted["allowed_mentions"] = {"parse": []}
    posted["flags"] = int(posted.get("flags") or 0) | SUPPRESS_EMBEDS
    posted.pop("embeds", None)


def _matrix(posted: dict[str, Any], _: Message) -> None:
    """Mention nobody: without this, older rules look for `@room` and names in the text.

    Source: Matrix specification v1.7, "User and room mentions".
    """
    if "ciphertext" not in posted:
        posted["m.mentions"] = {}


def _json(posted: dict[str, Any], message: Message) -> None:
    """Add the alert for machines under a key of its own; all that apprise posts stays."""
    if message.payload:
        posted["alert"] = json.loads(message.payload)


def _as_it_is(_: dict[str, Any], __: Message) -> None:
    """Change nothing but the encoding: ntfy counts bytes, and an escaped Arabic letter takes six."""


_SHAPES: dict[Service, Shape] = {
    Service.DISCORD: _discord,
    Service.MATRIX: _matrix,
    Service.JSON: _json,
    Service.NTFY: _as_it_is,
}
