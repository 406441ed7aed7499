"""Read a message as Slack and Telegram would: what a person sees, and what in it is live."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

_TELEGRAM_TAGS = frozenset({"b", "i", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler", "tg-emoji"})
_SLACK_LIVE = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True, slots=True)
class Seen:
    """The text as shown, and the markup that was live in it: tags, mentions, links."""

    text: str
    live: tuple[str, ...]


class _Telegram(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.live: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TELEGRAM_TAGS:
            raise ValueError(f'Unsupported start tag "{tag}"')
        self.live.append(" ".join((tag, *(f"{name}={value}" for name, value in attrs))))

    def handle_data(self, data: str) -> None:
        self.text += data


def telegram_seen(text: str, parse_mode: str | None) -> Seen:
    """Parse as Telegram does with parse_mode HTML. Raises: ValueError where Telegram answers 400.

    Source: Telegram Bot API, "Formatting options".
    """
    if parse_mode is None:
        return Seen(text, ())
    if parse_mode != "HTML":
        raise ValueError(f"this server does not read {parse_mode}")
    parser = _Telegram()
    parser.feed(text)
    parser.close()
    return Seen(parser.text.replace("\r\n", "\n"), tuple(parser.live))


def slack_seen(text: str) -> Seen:
    """Parse as Slack does: `<…>` is a mention, a channel or a link; the rest is unescaped.

    Source: Slack, "Formatting text for app surfaces", escaping and retrieving.
    """
    live = tuple(_SLACK_LIVE.findall(text))
    return Seen(unescape(_SLACK_LIVE.sub("", text)), live)


def slack_texts(payload: dict[str, object]) -> tuple[str, ...]:
    """Return every text of a Slack payload that is shown: top level, attachments, blocks."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, each in value.items():
                if key in {"text", "title", "pretext", "footer", "fallback", "value"} and isinstance(each, str):
                    found.append(each)
                else:
                    walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(payload)
    return tuple(found)
