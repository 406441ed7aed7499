"""Which entries are the same article: by content, never by a date or a sequence.

An entry has up to six keys, the strongest first: its GUID and its link within the feed, the publisher's number at that
publisher, its link anywhere, its text within the feed, a longer text anywhere: what an agency sent to many. A key that
several entries of one document share names none of them. A stored entry that shares a key is the same article, unless
the rest contradicts it: a GUID or link used again for another title is another article.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from monitor.model import Entry
from monitor.planning.links import link_key
from monitor.planning.work import KnownEntry

__all__ = [
    "TEXTS",
    "Candidate",
    "digest",
    "find_known",
    "identify",
    "ids_of_new",
    "is_one_wire",
    "same_texts",
    "stated_keys",
]

# A text with fewer letters ("Live updates") may come again and mean something new.
TEXT_LETTERS = 24
# Across feeds, fewer letters ("Heavy rain is expected in the north on Monday") are a coincidence.
WIRE_LETTERS = 80
WIRE_WITHIN = timedelta(hours=48)  # how far apart feeds date what an agency sent them at once, or a day later.
# Two titles of one article, edited, share at least this share of their words.
SAME_TITLE = 0.5
# The kinds of keys that are made of texts: within the feed, and anywhere.
TEXTS = frozenset("tw")
_WORD = re.compile(r"[^\W_]+")
_NO_WORD = {code: " " for code in range(128) if not chr(code).isalnum()}  # the same for ASCII, in half the time.


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry as a document states it, with its identity keys, strongest first.

    `shares`: it states more keys, which others of the same document state too.
    """

    entry: Entry
    keys: tuple[str, ...]
    shares: bool = False


def digest(*parts: str) -> str:
    """Return 32 hex digits that name `parts`; order counts, and no two lists of parts run together."""
    state = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big") + data)
    return state.hexdigest()


def stated_keys(feed_id: str, entries: Iterable[Entry]) -> tuple[tuple[str, ...], ...]:
    """Return all keys that each entry states, the strongest first: what `identify` begins with, and takes long."""
    return tuple(_stated_keys(feed_id, entry) for entry in entries)


def identify(
    feed_id: str, entries: Sequence[Entry], *, stated: Sequence[tuple[str, ...]] = ()
) -> tuple[Candidate, ...]:
    """Give each entry of one document its keys; drop entries that state nothing, and repetitions within it.

    `stated` are their `stated_keys`, where these are known.
    """
    listed = list(zip(entries, stated or stated_keys(feed_id, entries), strict=True))
    shared = Counter(key for _, keys in listed for key in set(keys))
    seen: set[str] = set()
    candidates: list[Candidate] = []
    for entry, keys in listed:
        own = tuple(key for key in keys if shared[key] == 1) or _all_together(feed_id, keys, entry)
        if own and own[0] not in seen:
            seen.add(own[0])
            candidates.append(Candidate(entry, own, shares=len(own) < len(keys) or own[0][0] == "x"))
    return tuple(candidates)


def find_known(
    feed_id: str, candidate: Candidate, known: Mapping[str, KnownEntry], present: frozenset[str]
) -> KnownEntry | None:
    """Return the stored entry that is the same article as one of `feed_id`, or None if that is a new one.

    `known` maps keys to stored entries. `present` are the ids of stored entries that stand in the same document
    under their own GUID or link: the text of one of those, seen again elsewhere, is another entry.
    """
    for key in candidate.keys:
        stored = known.get(key)
        if stored is None or (key[0] in TEXTS and stored.entry_id in present):
            continue
        if key[0] == "w" and stored.feed_id == feed_id:
            continue  # the feed's own texts have a key, and rules, of their own.
        if not _contradicts(feed_id, key, candidate.entry, stored):
            return stored
    return None


def ids_of_new(feed_id: str, candidate: Candidate, known: Mapping[str, KnownEntry]) -> tuple[str, str]:
    """Return (entry id, article id) of a candidate that is none of the `known`.

    The link names the article across feeds; only an entry without one is named by its other keys. Where a key is
    known, and contradicted, all that the entry states names it, so that it never falls together with the other one.
    """
    link = next((key for key in candidate.keys if key[0] == "l"), None)
    if link and not any(key in known for key in candidate.keys):
        article_id = digest(link)
    else:
        article_id = digest(*candidate.keys, *_words(candidate.entry.title))
    return digest(feed_id, article_id), article_id


def is_one_wire(one: datetime | None, other: datetime | None) -> bool:
    """Say whether the same words in two feeds are one article, by their dates: the winter's first frost comes again."""
    return one is None or other is None or abs(one - other) <= WIRE_WITHIN


def same_texts(entry: Entry, stored: KnownEntry) -> bool:
    """Say whether what is matched of an entry, title and teaser, still reads as it was stored."""
    return _folded(entry.title) == _folded(stored.title) and _folded(entry.teaser) == _folded(stored.teaser)


def _stated_keys(feed_id: str, entry: Entry) -> tuple[str, ...]:
    guid, link = (entry.guid or "").strip(), link_key(entry.url or entry.link)
    publisher = link.partition("/")[0] or feed_id
    text = " ".join(_words(f"{entry.title} {entry.teaser or entry.text[:500]}"))
    stated = (
        ("g", (feed_id, guid), guid),
        ("f", (feed_id, link), link),
        # DW's number is the one in its links, which reach across its feeds and addresses.
        ("c", (publisher, entry.content_id or ""), entry.content_id and not link.startswith("dw.com/")),
        ("l", (link,), link),
        ("t", (feed_id, text), len(text) >= TEXT_LETTERS),
        ("w", (text,), len(text) >= WIRE_LETTERS),
    )
    return tuple(f"{kind}:{digest(*parts)}" for kind, parts, given in stated if given)


def _all_together(feed_id: str, keys: tuple[str, ...], entry: Entry) -> tuple[str, ...]:
    """Tell apart entries that share every key, or have none, by all that they state."""
    stated = (*keys, *_words(entry.title), *_words(entry.teaser or entry.text))
    return (f"x:{digest(feed_id, *stated)}",) if stated else ()


def _contradicts(feed_id: str, key: str, entry: Entry, stored: KnownEntry) -> bool:
    """Say whether the rest of an entry speaks against the one key that it shares with a stored one."""
    if key[0] in "twx" or _alike(entry.title, stored.title):
        return False
    if key[0] in "fl":
        # One link for many GUIDs of a feed is a page that lists them, not an article. Other feeds have other GUIDs.
        return stored.feed_id == feed_id and bool(entry.guid and stored.guid) and entry.guid != stored.guid
    if key[0] == "c" and stored.feed_id != feed_id:
        return False  # one article in another feed of its publisher, in another language perhaps.
    return link_key(entry.url or entry.link) != link_key(stored.url)


def _alike(one: str, other: str) -> bool:
    first, second = set(_words(one)), set(_words(other))
    if not first or not second:
        return first == second
    return len(first & second) / min(len(first), len(second)) >= SAME_TITLE


def _words(text: str) -> list[str]:
    folded = _folded(text)
    return folded.translate(_NO_WORD).split() if folded.isascii() else _WORD.findall(folded)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def stand_in_id(alert_id: str, watches: Iterable[str]) -> str:
    """Return the id of the update that tells of these watches of an alert where it was told of others only."""
    return digest(alert_id, "in place of", *sorted(watches))


def reminder_id(alert_id: str, number: int) -> str:
    """Return the id of the alert that is the reminder of another with this number."""
    return digest(alert_id, "reminder", str(number))
