"""What a feed's last document listed, entry by entry: what of its next one need not be read again.

An entry whose bytes are those of last time says what it said then, and that is stored. So a document is cut to the
entries whose bytes are new before it is parsed. Parsed as a whole the plan would be the same; wherever that is not
sure, because entries share a key or are only known by their texts, the whole is parsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.model import Entry
from monitor.planning.identity import TEXTS, Candidate
from monitor.planning.work import KnownEntry, Listed, Outline, ParsedFeed

NOTHING = Outline("", ())
SHORT = 14  # characters of a key that are kept: its kind and 48 bits, to see whether two entries share it.


def is_sure(parsed: ParsedFeed, candidates: Sequence[Candidate], kept: Sequence[Listed]) -> bool:
    """Say whether new entries stand by themselves: no key is shared, neither among them nor with what is kept."""
    if len(candidates) != len(parsed.entries) or any(candidate.shares for candidate in candidates):
        return False
    keys = [short for one in kept for short in one.keys]
    keys += [key[:SHORT] for candidate in candidates for key in candidate.keys]
    return len(keys) == len(set(keys))


def is_known_by_text(known: Iterable[KnownEntry]) -> bool:
    """Say whether a stored entry is known by its text: what else stands in the document then counts."""
    return any(row.key[0] in TEXTS for row in known)


def kept_of(outline: Outline | None, parsed: ParsedFeed) -> tuple[Listed, ...]:
    """Return what the parser left out because it stands there as it did."""
    if outline is None or not parsed.kept:
        return ()
    kept = frozenset(parsed.kept)
    return tuple(one for one in outline.listed if one.digest in kept)


def draw(
    parsed: ParsedFeed, candidates: Sequence[Candidate], entry_ids: Sequence[str], kept: Sequence[Listed]
) -> Outline:
    """Return the outline of a document whose candidates are stored as `entry_ids`; empty where it can have none."""
    if not parsed.slices or not is_sure(parsed, candidates, kept):
        return NOTHING
    new = (
        Listed(digest, entry_id, tuple(key[:SHORT] for key in candidate.keys))
        for digest, candidate, entry_id in zip(parsed.slices, candidates, entry_ids, strict=True)
        if _stands_alone(candidate)
    )
    return Outline(parsed.context, (*kept, *new))


def _stands_alone(candidate: Candidate) -> bool:
    """Say whether an entry is named by more than its text, and its date will read the same tomorrow."""
    return any(key[0] not in TEXTS for key in candidate.keys) and _is_dated(candidate.entry)


def _is_dated(entry: Entry) -> bool:
    # A date that lies ahead is not taken for one until it has come.
    return entry.published_at is not None or not entry.published_raw


def write(outline: Outline) -> str:
    """Return an outline as text: a line for its context, and one for each entry."""
    lines = (" ".join((one.digest, one.entry_id, ",".join(one.keys))) for one in outline.listed)
    return "\n".join((outline.context, *lines))


def read(text: str) -> Outline:
    """Return the outline that was written as `text`."""
    context, *lines = text.split("\n")
    rows = (line.rsplit(" ", 1) for line in lines)
    found = ((*first.split(" ", 1), keys) for first, keys in rows)
    return Outline(context, tuple(Listed(digest, entry_id, tuple(keys.split(","))) for digest, entry_id, keys in found))
