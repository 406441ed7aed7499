"""Forget in time: what is looked up again and again is remembered, as much of it as fits into a few megabytes."""

from __future__ import annotations

from collections.abc import MutableMapping
from itertools import islice
from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def make_room(known: MutableMapping[_Key, _Value], most: int) -> None:
    """Forget the older half of what is remembered if it has grown to `most` entries.

    Half of it stays, for what is asked for again at once would be looked up again at once.
    """
    if len(known) >= most:
        for key in list(islice(known, len(known) - most // 2)):
            del known[key]
