"""What feedparser does for each element, in fewer steps, where the element is as most of them are.

Mixed in before feedparser's own parser of XML. What is rare stays with feedparser: elements within XHTML or SVG,
attributes with a namespace, bases and languages, texts of the feed itself, base64. Nothing here decides what a feed
says: the handlers called are feedparser's own, and tests hold that all answers are the same.
Source: feedparser 6.0.14, mixin._FeedParserMixin and parsers.strict._StrictFeedParser.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from xml.sax.expatreader import AttributesNSImpl

XHTML = "application/xhtml+xml"
# What feedparser lets stand in a text box or a picture of a feed; all else without a prefix ends one.
IN_TEXT_INPUT = frozenset(("title", "link", "description", "name"))
IN_IMAGE = frozenset(("title", "link", "description", "url", "href", "width", "height"))
ROOTS = frozenset(("feed", "rss", "rdf:rdf"))
BEARING = frozenset(("base", "lang", "xml:base", "xml:lang", "xmlns"))
LOWERED = frozenset(("rel", "type"))
TAGS = frozenset(("category", "tags", "itunes_keywords"))
MOST_COMPARED = 100  # namespaces; a feed that declares ever more would be compared in the square of their number.
REFERENCE = re.compile("&([A-Za-z0-9_]+);")
NO_ATTRIBUTES = AttributesNSImpl({}, {})


class Step(NamedTuple):
    """What feedparser does at one tag: its handler, if it has one, and the name that it files the rest under."""

    tag: str
    name: str
    handler: Callable[..., Any] | None
    ends_text_input: bool
    ends_image: bool


class _Probe:
    """Stand where feedparser's parser would, to hear what it calls an element."""

    def __init__(self, known: Mapping[str, str], in_use: Mapping[str, str]) -> None:
        self._matchnamespaces = known
        self.namespaces_in_use = in_use
        self.decls: dict[str, str] = {}
        self.tag = ""
        self.marked = False

    def unknown_starttag(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        self.tag, self.marked = tag, bool(attributes)

    def unknown_endtag(self, tag: str) -> None:
        self.tag = tag


@lru_cache(maxsize=1_024)
def pair(name: str) -> tuple[str | None, str]:
    """Return namespace and local name of what expat calls "uri name prefix", "uri name" or "name"."""
    parts = name.split()
    return (None, name) if len(parts) == 1 else (parts[0], parts[1])


class Steps:
    """Be mixed in before feedparser's StrictFeedParser. `absolute` and `letters` are functions of feedparser's."""

    absolute: Callable[[str, str], str]
    letters: dict[int, str]  # what it makes of the characters that only Windows has.
    odd_letters: re.Pattern[str]  # one of these.

    def __init__(self, *given: Any) -> None:  # noqa: ANN401 - as feedparser calls it.
        self._opening: dict[str, Step | None] = {}
        self._closing: dict[str, Step] = {}
        super().__init__(*given)

    def track_namespace(self: Any, prefix: str | None, uri: str) -> None:
        """Let feedparser note a namespace; what elements are called is found anew if that changes anything."""
        few = len(self.namespaces_in_use) < MOST_COMPARED
        before = (dict(self.namespacemap), dict(self.namespaces_in_use)) if few else None
        super().track_namespace(prefix, uri)  # type: ignore[misc] # feedparser's class comes next.
        if before != (self.namespacemap, self.namespaces_in_use):
            self._opening.clear()
            self._closing.clear()

    def start(self: Any, name: str, attributes: Mapping[str, str]) -> bool:
        """Do what feedparser does where an element starts; False, and nothing done, if that is for feedparser."""
        step = self._opening[name] if name in self._opening else self._learn_opening(name)
        if step is None or self.incontent or self.decls:
            return False
        given = _plain_attributes(attributes) if attributes else {}
        if given is None:
            return False
        self.depth += 1
        if base := self.baseuri:
            self.baseuri = base = self.absolute(base, base) or base
        self.basestack.append(base)
        self.langstack.append(self.lang)
        if step.ends_text_input:
            self.intextinput = 0
        if step.ends_image:
            self.inimage = 0
        try:
            if step.handler:
                step.handler(self, given)
                return True
        except AttributeError:  # feedparser takes it for a handler that is not there.
            pass
        if given:
            self._get_context()[step.name] = given
        else:
            self.push(step.name, 1)
        return True

    def end(self: Any, name: str) -> bool:
        """Do what feedparser does where an element ends; False, and nothing done, if that is for feedparser."""
        if self.svgOK:
            return False
        step = self._closing.get(name) or self._learn_closing(name)
        try:
            if step.handler:
                step.handler(self)
            else:
                self.pop(step.name)
        except AttributeError:
            self.pop(step.name)
        if self.incontent and self._is_swallowed(step.tag):
            return True
        if self.basestack:
            self.basestack.pop()
            if self.basestack and self.basestack[-1]:
                self.baseuri = self.basestack[-1]
        if self.langstack:
            self.langstack.pop()
            if self.langstack:
                self.lang = self.langstack[-1]
        self.depth -= 1
        return True

    def _is_swallowed(self: Any, tag: str) -> bool:
        """Write an end tag into the text that it stands in; True for a `div` in a text that is no XML."""
        if not self.contentparams.get("type", "xml").endswith("xml"):
            if tag in {"xhtml:div", "div"}:
                return True
            self.contentparams["type"] = XHTML
        if self.contentparams.get("type") == XHTML:
            self.handle_data(f"</{tag.rsplit(':', maxsplit=1)[-1]}>", escape=0)
        return False

    def characters(self: Any, text: str) -> None:
        """Take a text."""
        if dict.get(self.contentparams, "type") == XHTML:
            self.handle_data(text)
        elif self.elementstack:
            self.elementstack[-1][2].append(text)

    def pop(self: Any, element: str, strip_whitespace: int = 1) -> Any:  # noqa: ANN401 - text, or None.
        """File the text of an element that ends."""
        stack, params = self.elementstack, self.contentparams
        if not stack or stack[-1][0] != element:
            return None
        kind = dict.get(params, "type")
        odd = not self.inentry or self.insource or kind == XHTML or dict.get(params, "base64")
        if odd or self.sanitize_html or self.resolve_relative_uris:
            return super().pop(element, strip_whitespace)  # type: ignore[misc] # same.
        _, expected, pieces = stack.pop()
        text = "".join(pieces)
        if strip_whitespace:
            text = text.strip()
        if not expected:
            return text
        if text and element in self.can_be_relative_uri and (element != "id" or self.guidislink):
            text = self.resolve_uri(text)
        perhaps = kind == "text/plain" and ("<" in text or "&" in text) and not self.version.startswith("atom")
        if perhaps and self.looks_like_html(text):
            params["type"] = "text/html"
        params.pop("mode", None)
        params.pop("base64", None)
        if not text.isascii():
            text = self._with_letters(text)
        if element in TAGS or (element == "title" and -1 < self.title_depth <= self.depth):
            return text
        return self._file(element, text)

    def _with_letters(self, text: str) -> str:
        """Undo UTF-8 that was taken for Latin 1, and what only Windows has."""
        with contextlib.suppress(UnicodeError):
            text = text.encode("iso-8859-1").decode()
        return text.translate(self.letters) if self.odd_letters.search(text) else text

    def _file(self: Any, element: str, text: str) -> str:
        """Put the text of an element into the entry; return it as it stands there."""
        entry = self.entries[-1]
        if element == "content":
            entry.setdefault("content", []).append(self._detailed(text))
        elif element == "link":
            if not self.inimage:
                text = REFERENCE.sub(r"&\g<1>", text.replace("&amp;", "&")) if "&" in text else text
                entry["link"] = text
                if text:
                    entry["links"][-1]["href"] = text
        else:
            element = "summary" if element == "description" else element
            depths = self.property_depth_map.setdefault(entry, {})
            before = depths.get(element)
            if before is None or self.depth <= before:
                depths[element] = self.depth
                entry[element] = text
            if self.incontent:
                entry[f"{element}_detail"] = self._detailed(text)
        return text

    def _detailed(self: Any, text: str) -> Any:  # noqa: ANN401 - feedparser's own dictionary.
        """Return a text with its type, language and base."""
        made = type(self.contentparams)(self.contentparams)
        dict.__setitem__(made, "value", text)
        return made

    def _learn_opening(self: Any, name: str) -> Step | None:
        probe = _Probe(self._matchnamespaces, self.namespaces_in_use)
        type(self).startElementNS(probe, pair(name), None, NO_ATTRIBUTES)
        plain = not probe.marked and probe.tag not in ROOTS
        found = self._opening[name] = self._step("_start_", probe.tag) if plain else None
        return found

    def _learn_closing(self: Any, name: str) -> Step:
        probe = _Probe(self._matchnamespaces, self.namespaces_in_use)
        type(self).endElementNS(probe, pair(name), None)
        found: Step = self._step("_end_", probe.tag)
        self._closing[name] = found
        return found

    def _step(self: Any, kind: str, tag: str) -> Step:
        prefix, suffix = tag.split(":", 1) if ":" in tag else ("", tag)
        prefix = self.namespacemap.get(prefix, prefix)
        name = f"{prefix}_{suffix}" if prefix else suffix
        return Step(
            tag,
            name,
            getattr(type(self), f"{kind}{name}", None),
            ends_text_input=not prefix and tag not in IN_TEXT_INPUT,
            ends_image=not prefix and tag not in IN_IMAGE,
        )


def _plain_attributes(attributes: Mapping[str, str]) -> dict[str, str] | None:
    """Return attributes as feedparser sees them; None if one has a namespace, or bears on more than its element."""
    given: dict[str, str] = {}
    for name, value in attributes.items():
        if " " in name:
            return None
        key = name.lower()
        given[key] = value.lower() if key in LOWERED else value
    return given if BEARING.isdisjoint(given) else None
