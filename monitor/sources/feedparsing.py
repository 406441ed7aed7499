"""feedparser, with the same answers in a third of the time.

feedparser spends its time on elements, not on text: it asks its own dictionary some 4,600 times for a feed of thirty
entries, which looks at six special cases first, copies what cannot change, and takes each text line by line. Here what
is asked most is answered first, and `feedsteps.py` does what is done for each element; all that is decided stays
feedparser's. Tests hold that it answers as it does alone.
Source: feedparser 6.0.14, util.FeedParserDict and api.parse; CPython's xml.sax.expatreader.
"""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from threading import Lock
from types import ModuleType
from typing import Any
from xml.sax.expatreader import ExpatParser

from monitor.sources.feedsteps import NO_ATTRIBUTES, Steps, pair
from monitor.sources.fields import ABSOLUTE

DRIVER = "monitor.sources.feedparsing.driver"
BUFFER = 65_536  # characters of one text that come as one piece.
SPECIAL = ("category", "enclosures", "license", "updated", "updated_parsed")  # what its dictionary answers otherwise.


_loading = Lock()  # it is changed once, by whichever thread comes first.


def load_feedparser() -> Any:  # noqa: ANN401 - it has no types.
    """Load feedparser, late: the daemon's own process never does."""
    with _loading:
        return _load_feedparser()


@cache
def _load_feedparser() -> Any:  # noqa: ANN401 - it has no types.
    """Load feedparser, and change what takes it long.

    It joins the base of each element to itself, a fifth of its time; that function of two texts is given a memory.
    It looks for a mail address in each author, in the square of the name's length: sixty thousand letters take eight
    seconds. Nobody here asks for that address, so it is not looked for.
    """
    import feedparser
    from feedparser import api, html, mixin, util
    from feedparser.namespaces import _base

    parser = mixin._FeedParserMixin  # noqa: SLF001 - nothing of this has another way in.
    parser._sync_author_detail = lambda *_: None  # noqa: SLF001 - same.
    parser.map_content_type = staticmethod(lru_cache(maxsize=64)(parser.map_content_type))
    mixin._urljoin = _join_rarely(mixin._urljoin)  # noqa: SLF001 - same.
    _base._parse_date = lru_cache(maxsize=64)(_base._parse_date)  # noqa: SLF001 - same; Atom says most dates twice.
    absolute = mixin.make_safe_absolute_uri = lru_cache(maxsize=64)(mixin.make_safe_absolute_uri)
    _answer_plainly(util.FeedParserDict)
    letters = html._cp1252  # noqa: SLF001 - its table; no other says what it makes of them.
    odd = re.compile(f"[{re.escape(''.join(map(chr, letters)))}]")
    own = {"absolute": staticmethod(absolute), "letters": letters, "odd_letters": odd}
    api.StrictFeedParser = type("StrictFeedParser", (Steps, api.StrictFeedParser), own)
    driver = ModuleType(DRIVER)
    driver.create_parser = _Expat  # type: ignore[attr-defined] # what xml.sax asks a driver for.
    sys.modules[DRIVER] = driver
    api.PREFERRED_XML_PARSERS = [DRIVER]
    return feedparser


def _answer_plainly(kind: Any) -> None:  # noqa: ANN401 - feedparser's own dictionary.
    """Let feedparser's dictionary answer as a dictionary does where a key has one meaning."""
    special = frozenset((*SPECIAL, *kind.keymap))
    slow_get, slow_item, slow_has = kind.get, kind.__getitem__, kind.__contains__
    slow_set, slow_default = kind.__setitem__, kind.setdefault
    get, item, has = dict.get, dict.__getitem__, dict.__contains__
    put, find = dict.__setitem__, dict.setdefault

    def quick_get(self: Any, key: Any, default: Any = None) -> Any:  # noqa: ANN401 - as a dictionary.
        return slow_get(self, key, default) if key in special else get(self, key, default)

    def quick_item(self: Any, key: Any) -> Any:  # noqa: ANN401 - same.
        return slow_item(self, key) if key in special else item(self, key)

    def quick_has(self: Any, key: Any) -> bool:  # noqa: ANN401 - same.
        return bool(slow_has(self, key) if key in special else has(self, key))

    def quick_set(self: Any, key: Any, value: Any) -> None:  # noqa: ANN401 - same.
        (slow_set if key in special else put)(self, key, value)

    def quick_default(self: Any, key: Any, default: Any) -> Any:  # noqa: ANN401 - same.
        return (slow_default if key in special else find)(self, key, default)

    def quick_copy(self: Any, memo: dict[int, Any]) -> Any:  # noqa: ANN401 - same.
        made = memo[id(self)] = kind()
        for key, value in self.items():
            dict.__setitem__(made, key, value if type(value) in {str, int} else copy.deepcopy(value, memo))
        return made

    kind.get, kind.__getitem__, kind.__contains__, kind.has_key = quick_get, quick_item, quick_has, quick_has
    kind.__setitem__, kind.setdefault, kind.__deepcopy__ = quick_set, quick_default, quick_copy


def _join_rarely(join: Callable[[str, str], str]) -> Callable[[str, str], str]:
    """Give feedparser's way of joining an address to a base; one that is whole already is not taken apart for it."""

    @lru_cache(maxsize=64)
    def leaves_whole_ones(base: str) -> bool:
        return join(base, "http://h.test/") == "http://h.test/"  # a base that is no address makes "" of all.

    def joined(base: str, uri: str) -> str:
        return uri if ABSOLUTE.fullmatch(uri) and leaves_whole_ones(base) else join(base, uri)

    return joined


class _Expat(ExpatParser):
    """Hand a text over whole, and names without taking them apart each time."""

    _parser: Any
    _cont_handler: Any

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_text = True
        self._parser.buffer_size = BUFFER

    def start_element_ns(self, name: str, attrs: Mapping[str, str]) -> None:
        if self._cont_handler.start(name, attrs):
            return
        if attrs:
            super().start_element_ns(name, attrs)
        else:
            self._cont_handler.startElementNS(pair(name), None, NO_ATTRIBUTES)

    def end_element_ns(self, name: str) -> None:
        if not self._cont_handler.end(name):
            self._cont_handler.endElementNS(pair(name), None)
