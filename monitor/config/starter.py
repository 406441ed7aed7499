"""Write a first configuration out of three answers."""

from __future__ import annotations

import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

from monitor.config.load import load
from monitor.config.loaded import Loaded

# The id, DW's own code of the language, and ours. Source: config.toml at the top of the project says where from.
FEEDS = (
    ("dw-en", "DW", "en", "en"),
    ("dw-ar", "DW Arabic", "ar", "ar"),
    ("dw-de", "DW German", "de", "de"),
    ("dw-tr", "DW Turkish", "tur", "tr"),
    ("dw-ru", "DW Russian", "ru", "ru"),
    ("dw-fa", "DW Persian", "per", "fa"),
    ("dw-fr", "DW French", "fr", "fr"),
    ("dw-es", "DW Spanish", "sp", "es"),
    ("dw-uk", "DW Ukrainian", "ukr", "uk"),
    ("dw-pt", "DW Brazilian", "br", "pt"),
)
# "Homs, SY", "Homs, Syria", "geonames:169577": what follows the comma begins with a capital letter.
PLACE = re.compile(r"geonames:\d+|[^,]+,\s*[A-Z][\w .'-]*")

HEAD = """\
# The configuration of the news monitor. `monitor check` shows every mistake; `monitor run` starts it.
# This file may hold secrets: keep it readable by you alone.

[monitor]
state = "state/monitor.db"

[network]
"""


def render(watched: list[str], *, channel: str, contact: str) -> str:
    """Return a configuration that watches DW's feeds for places ("Homs, SY") and words, and tells one channel."""
    parts = [HEAD, f"contact = {_quote(contact)}\n" if contact else '#contact = "ops@example.org"\n']
    parts.append(f'\n[[channel]]\nid = "{_channel_id(channel)}"\nurl = {_quote(channel)}\n')
    taken: set[str] = set()
    for name in watched:
        kind = "place" if PLACE.fullmatch(name) else "keyword"
        parts.append(f'\n[[watch]]\nid = "{_watch_id(name, taken)}"\n{kind} = {_quote(name)}\n')
    for id_, name, code, language in FEEDS:
        url = f"https://rss.dw.com/rdf/rss-{code}-all"
        parts.append(
            f'\n[[feed]]\nid = "{id_}"\nname = "{name}"\nurl = "{url}"\nlang = "{language}"\nclass = "public"\n'
        )
    return "".join(parts)


def _quote(text: str) -> str:
    """Return a TOML string; JSON's escapes are TOML's too, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _channel_id(url: str) -> str:
    scheme = url.partition("://")[0].lower()
    names = {"mailto": "mail", "mailtos": "mail", "tgram": "telegram"}
    return names.get(scheme, scheme if re.fullmatch(r"[a-z0-9]+", scheme) else "channel")


def _watch_id(name: str, taken: set[str]) -> str:
    """Return an id made of the name's Latin letters, or a number if it has none."""
    plain = unicodedata.normalize("NFKD", name.partition(",")[0]).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "watch"
    candidate, number = stem, 1
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}"
    taken.add(candidate)
    return candidate


def write(path: Path, text: str, *, approve: Callable[[Loaded], None]) -> None:
    """Write a configuration with mode 0600, but only if it holds no mistake.

    `approve` may raise a ConfigError of its own. The file appears whole or not at all. Raises: ConfigError, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", text=True)  # its mode is 0600.
    draft = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        approve(load(draft))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
