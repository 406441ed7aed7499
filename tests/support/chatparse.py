"""Read a message as its service would: what a person sees, and what in it is live."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any

_TELEGRAM_TAGS = frozenset({"b", "i", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler", "tg-emoji"})
_SLACK_LIVE = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True, slots=True)
class Seen:
    """The text as shown, and the markup that was live in it: tags, mentions, links."""

    text: str
    live: tuple[str, ...]


# In the order in which Discord tries them. What is not named is text.
_DISCORD = re.compile(
    r"""
      \\(?P<escaped>[^A-Za-z0-9\s])
    | (?P<url>https?://[^\s<]+[^<.,:;"')\]\s])
    | (?P<mention><(?:@[!&]?|\#)\d+>|<a?:\w+:\d+>|<t:-?\d+(?::\w)?>|</[^>]+:\d+>|<id:\w+>)
    | (?P<link>\[[^\]]*\]\(\s*<?[^)\s]+[^)]*\))
    | (?P<heading>(?m:^)\#{1,3}\s|(?m:^)-\#\s)
    | (?P<quote>(?m:^)>{1,3}\s)
    | (?P<bullet>(?m:^)\s*[-*+]\s)
    | (?P<emoji>:[A-Za-z0-9_+-]+:)
    | (?P<emphasis>[*_`]|~~|\|\|)
    | (?P<text>[\s\S])
    """,
    re.VERBOSE,
)


def discord_seen(payload: dict[str, Any]) -> Seen:
    """Parse a message's content as Discord does, mentions by what the message allows.

    Source: Discord, "Markdown Text 101"; developer reference, "Message Formatting", "Allowed Mentions Object".
    """
    content = str(payload["content"])
    live = [f"embed {each}" for each in payload.get("embeds", ())]
    if payload.get("allowed_mentions") != {"parse": []}:
        live += re.findall("@everyone|@here", content)
    if not payload.get("flags", 0) & 4 and "http" in content:
        live.append("preview")
    block = re.fullmatch(r"```\n([\s\S]*)\n```", content)
    if block and "```" not in block[1]:
        return Seen(block[1], tuple(live))
    text = ""
    for found in _DISCORD.finditer(content):
        kind = str(found.lastgroup)
        text += found[kind]
        if kind not in {"escaped", "url", "text"}:
            live.append(f"{kind} {found.group()}")
    return Seen(text, tuple(live))


def matrix_seen(event: dict[str, Any]) -> Seen:
    """Read an event as a Matrix client does: without `formatted_body` its body is plain text.

    Source: Matrix specification, "m.room.message", "User and room mentions".
    """
    live = [f"{key} {event[key]}" for key in ("format", "formatted_body", "url", "m.relates_to") if key in event]
    live += [] if event.get("m.mentions") == {} else ["mentions by what the text says"]
    return Seen(str(event["body"]).replace("\r\n", "\n"), tuple(live))


def ntfy_seen(message: dict[str, Any], headers: dict[str, str]) -> Seen:
    """Read a message as ntfy's apps do: plain text unless it is said to be Markdown. Source: ntfy, "Publishing"."""
    usual = {"topic", "message", "title"}
    live = [f"{key} {value}" for key, value in message.items() if key not in usual]
    live += [name for name in headers if name.startswith("x-") and name != "x-priority"]
    return Seen(str(message["message"]), tuple(live))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", {"text": data}))

    def unknown_decl(self, data: str) -> None:
        self.tags.append(("declaration", {"text": data}))

    def handle_pi(self, data: str) -> None:
        self.tags.append(("instruction", {"text": data}))


# What our own document is made of: anything else came from a text.
_OUR_TAGS = {
    "html": {"lang"}, "head": set(), "meta": {"charset"}, "title": {"dir"}, "body": {"style"}, "h1": {"dir", "style"},
    "p": {"dir", "style"}, "a": {"href", "rel"}, "bdi": {"dir"}, "span": {"dir"}, "mark": set(),
    "blockquote": {"dir", "style"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A document as a mail program shows it: its text, its links, what is marked, and what is not of our making."""

    text: str
    links: tuple[str, ...]
    foreign: tuple[str, ...]


def html_seen(document: str) -> SeenPage:
    """Parse a mail's HTML and tell our own tags from all others."""
    page = _Page()
    page.feed(document)
    page.close()
    foreign = [
        f"{tag} {attributes}"
        for tag, attributes in page.tags
        if set(attributes) - _OUR_TAGS.get(tag, set()) or tag not in _OUR_TAGS or "url(" in attributes.get("style", "")
    ]
    links = tuple(attributes["href"] for tag, attributes in page.tags if "href" in attributes)
    return SeenPage(page.text, links, tuple(foreign))


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
