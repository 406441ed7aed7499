"""Read what stands in an article around its hits: which countries, regions and places it names, and next to what.

Only articles with a hit come here. The names that begin with a capital letter, up to four words long, are looked up
in the whole gazetteer; names of countries and what their people are called are also recognised by their stems, in
all languages, so that сирийское, Syrii and Suriye'de all speak for a place in Syria.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

import regex

from monitor.model import Article, Part
from monitor.watching.cues import Cues, abbreviated, cues_of
from monitor.watching.fold import fold
from monitor.watching.languages import guess_language
from monitor.watching.lines import begins_with_capital
from monitor.watching.places import COUNTRY, REGION, Area, Brief, Gazetteer
from monitor.watching.remembering import make_room
from monitor.watching.rules import Spot, text_of
from monitor.watching.scripts import IS_CAPITAL, IS_CASED
from monitor.watching.sentences import sentence_span
from monitor.watching.tokens import Token, tokenise
from monitor.watching.tokens import words as words_of

_LONGEST_NAME = 4  # words.
_LONGEST_PHRASE = 6  # words of a phrase around a name.
_MOST_WORDS = 3_000  # of one part that are looked at for context; more would not be read for it.
_MOST_CHARACTERS = 20_000
_MOST_REMEMBERED = 10_000  # names, 2 MB with those that mean nothing; asking for them again is cheap.
_READ = (Part.TITLE, Part.LEAD, Part.BODY)
_JOINED = regex.compile(r"[\s\u00a0'’\-–.]{1,3}")
# Each run of blanks is taken whole: tried in all its parts, sixty thousand of them took a minute.
_QUALIFYING = regex.compile(
    r"\s*+[,(،、\[/]\s*+"
    r"|(?:\s*+,)?\s++(?:in|in the|in (?:central|northern|southern|eastern|western)|en|au|à|im|w|v|в|у|في)\s++",
    regex.IGNORECASE,
)


_CITIES_TOO = frozenset({("washington",), ("new", "york")})  # the capital and the city, nearly always.
# Names of regions somewhere, and said of every other place.
_COMPASS = frozenset(
    words_of(
        "north south east west northern southern eastern western central centre center capital coast coastal metro "
        "upper lower middle region highland highlands island islands"
    )
)


class Names:
    """Ask a gazetteer for names, and remember its answers for the next article. Answers are small tuples."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._known: dict[str, tuple[Brief, ...]] = {}
        self._areas: dict[str, tuple[Area, ...]] = {}

    def find(self, keys: Iterable[str]) -> Mapping[str, tuple[Brief, ...]]:
        """Return the places and areas called so, for each key that is a name of any."""
        wanted = list(dict.fromkeys(keys))
        unknown = [key for key in wanted if key not in self._known]
        found = {key: briefs for key in wanted if (briefs := self._known.get(key))}
        if unknown:
            answers = self.gazetteer.find_names(unknown)
            found |= {key: answers[key] for key in unknown if key in answers}
            make_room(self._known, _MOST_REMEMBERED)
            self._known.update({key: answers.get(key, ()) for key in unknown})
        return found

    def areas(self, key: str) -> tuple[Area, ...]:
        """Return the countries and regions of this name or code."""
        if key not in self._areas:
            make_room(self._areas, _MOST_REMEMBERED)
            self._areas[key] = self.gazetteer.areas(key)
        return self._areas[key]

    def area(self, word: tuple[str, ...]) -> Area | None:
        """Read what stands behind a comma: Texas, Tex., TX, Syria."""
        short = abbreviated(word)
        if short:
            country, _, region = short.partition(".")
            return Area(country, region)
        return next(iter(self.areas(" ".join(word))), None)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of the gazetteer in an article: where, its folded words, and whom it can mean, biggest first."""

    spot: Spot
    key: tuple[str, ...]
    briefs: tuple[Brief, ...]
    areas: tuple[Area, ...] = ()
    qualifier: Area | None = None


@dataclass(slots=True)
class Words:
    """The folded words of one part of an article, and the lines and sentences they stand in."""

    text: str
    tokens: tuple[Token, ...]
    starts: dict[int, int] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def at(self, offset: int) -> int:
        """Return the index of the word that starts at or after an offset."""
        if not self.starts:
            self.starts = {token.start: index for index, token in enumerate(self.tokens)}
        found = self.starts.get(offset)
        if found is not None:
            return found
        return bisect_right(self.tokens, offset, key=lambda token: token.end)

    def places_of(self, word: str) -> Iterator[int]:
        """Yield the indexes of a folded word."""
        if not self.texts:
            self.texts = [token.text for token in self.tokens]
        at = -1
        with suppress(ValueError):  # it stands nowhere behind.
            while True:
                at = self.texts.index(word, at + 1)
                yield at

    def capital(self, index: int) -> bool:
        """Say whether a word begins with a capital letter."""
        return begins_with_capital(self.text, self.tokens[index])

    def between(self, index: int) -> str:
        """Return what stands between a word and the one before."""
        start = self.tokens[index - 1].end if index else 0
        return self.text[start : self.tokens[index].start]


class Scene:
    """One article with a hit. Everything is worked out at the first question for it."""

    def __init__(self, article: Article, names: Names) -> None:
        self.article = article
        self.names = names
        self.heard: dict[str, tuple[str, ...]] = {}  # by country, the words that speak for it.
        self.around: dict[Spot, object] = {}  # what was worked out of what stands around a spot, by who did it.
        self.own_words: dict[tuple[int, frozenset[str]], frozenset[str]] = {}  # of places, those that are heard.
        self._words: dict[Part, Words] = {}
        self._sentences: dict[Spot, tuple[int, int]] = {}
        self._headlines: dict[tuple[Part, int, int], bool] = {}

    def words(self, part: Part) -> Words:
        """Return the words of a part."""
        if part not in self._words:
            text = text_of(self.article, part)
            self._words[part] = Words(text, tokenise(text))
        return self._words[part]

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Return the languages that the article may be in, the likeliest first; none if unknown."""
        return guess_language(self.article)

    @cached_property
    def cues(self) -> Cues:
        """Return the cue words of the article's languages."""
        return cues_of(self.languages)

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Return the names of places and areas in title, lead and body, longest first where they overlap."""
        return tuple(mention for part in _READ for mention in self._mentions(part))

    @cached_property
    def mentions_in(self) -> Mapping[Part, tuple[Mention, ...]]:
        """Return the same by part."""
        return {part: tuple(one for one in self.mentions if one.spot.part is part) for part in Part}

    @cached_property
    def qualified(self) -> tuple[Mention, ...]:
        """Return those of the same that say where they lie."""
        return tuple(one for one in self.mentions if one.qualifier)

    @cached_property
    def voices(self) -> SupportOf:
        """Return what the names in the article speak for."""
        return SupportOf(self.mentions)

    @cached_property
    def _first_written(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for part in reversed(_READ):
            here = self.words(part)
            found |= {token.text: here.text[token.start : token.end] for token in reversed(here.tokens)}
        return found

    def as_written(self, word: str) -> str:
        """Return a folded word as it is first written in title, lead or body."""
        return self._first_written.get(word, word)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Return the folded words of title, lead and body, each once."""
        some = (token.text for part in _READ for token in self.words(part).tokens[:_MOST_WORDS])
        return tuple(dict.fromkeys(some))

    @cached_property
    def folded(self) -> str:
        """Return title, lead and body folded, a line each, for scripts without blanks."""
        return "\n".join(fold(text_of(self.article, part)[:_MOST_CHARACTERS]).text for part in _READ)

    def holds(self, phrase: tuple[str, ...]) -> bool:
        """Say whether a folded phrase stands in the article, as whole words."""
        if not phrase or not set(phrase) <= {*self.tokens}:
            return False
        for part in _READ:
            here = [token.text for token in self.words(part).tokens]
            if any(tuple(here[at : at + len(phrase)]) == phrase for at, word in enumerate(here) if word == phrase[0]):
                return True
        return False

    def phrase_around(self, spot: Spot, phrases: Collection[tuple[str, ...]]) -> str:
        """Return the phrase, as written, that holds a spot; "" if none does."""
        words = self.words(spot.part)
        first, last = words.at(spot.start), words.at(spot.end)
        near = {token.text for token in words.tokens[max(0, first - _LONGEST_PHRASE) : last + _LONGEST_PHRASE]}
        for phrase in phrases:
            if not near.issuperset(phrase):
                continue
            for start in range(max(0, last - len(phrase)), first + 1):
                if tuple(token.text for token in words.tokens[start : start + len(phrase)]) == phrase:
                    return words.text[words.tokens[start].start : words.tokens[start + len(phrase) - 1].end]
        return ""

    def is_headline(self, spot: Spot) -> bool:
        """Say whether capitals mean nothing in the sentence of a spot: most of its long words have one."""
        key = (spot.part, *self.sentence(spot))
        if key not in self._headlines:
            self._headlines[key] = self._is_headline(*key)
        return self._headlines[key]

    def _is_headline(self, part: Part, first: int, last: int) -> bool:
        words = self.words(part)
        long = [
            index
            for index in self.indexes(part, first, last)
            if len(words.tokens[index].text) > 3 and IS_CASED[words.text[words.tokens[index].start]]  # noqa: PLR2004 - and, the, von.
        ]
        return len(long) > 3 and sum(map(words.capital, long)) > len(long) * 0.7  # noqa: PLR2004 - most of a few.

    def sentence(self, spot: Spot) -> tuple[int, int]:
        """Return where the sentence around a spot starts and ends."""
        if spot not in self._sentences:
            self._sentences[spot] = sentence_span(text_of(self.article, spot.part), spot.start, spot.end)
        return self._sentences[spot]

    def indexes(self, part: Part, first: int, last: int) -> range:
        """Return the indexes of the words between two offsets."""
        words = self.words(part)
        return range(words.at(first), words.at(last))

    def _mentions(self, part: Part) -> Iterable[Mention]:
        words = self.words(part)
        spans = list(_runs(words))
        keys = {span: " ".join(token.text for token in words.tokens[span[0] : span[1]]) for span in spans}
        found = self.names.find(keys.values())
        reached = -1
        for span in sorted(spans, key=lambda one: (one[0], -one[1])):
            briefs = found.get(keys[span], ())
            areas = self.names.areas(keys[span]) if span[0] >= reached and _may_be_area(words, span) else ()
            is_compass = span[1] - span[0] == 1 and keys[span] in _COMPASS
            if span[0] < reached or is_compass or not (briefs or areas):
                continue
            reached = span[1]
            spot = Spot(part, words.tokens[span[0]].start, words.tokens[span[1] - 1].end)
            yield Mention(spot, tuple(keys[span].split()), briefs, areas, self.qualifier(spot))

    def qualifier(self, spot: Spot) -> Area | None:
        """Return the area that stands right behind a spot: “, Texas”, “(Syria)”, “in Syria”."""
        words = self.words(spot.part)
        index = words.at(spot.end)
        if index >= len(words.tokens) or not _QUALIFYING.fullmatch(words.text[spot.end : words.tokens[index].start]):
            return None
        if not words.capital(index) and IS_CASED[words.text[words.tokens[index].start]]:
            return None
        for count in (3, 2, 1):
            key = tuple(token.text for token in words.tokens[index : index + count])
            if len(key) == count and all(_is_joined(words.between(index + step)) for step in range(1, count)):
                area = self.names.area(key)
                if area:
                    return area
        return None


def _may_be_area(words: Words, span: tuple[int, int]) -> bool:
    """Say whether a short name is written as a code is: US and TX, but not In and Or."""
    written = words.text[words.tokens[span[0]].start : words.tokens[span[1] - 1].end]
    return len(written) > 3  # noqa: PLR2004 - codes have two or three letters.


def _is_joined(gap: str) -> bool:
    return gap == " " or _JOINED.fullmatch(gap) is not None


def _runs(words: Words) -> Iterable[tuple[int, int]]:
    """Yield the spans of words that may be a name: with a capital first and last; in scripts without, any."""
    tokens = words.tokens[:_MOST_WORDS]
    signs = [words.text[token.start] for token in tokens]
    count = len(tokens)
    for first, sign in enumerate(signs):
        cased = IS_CASED[sign]
        if (cased and not IS_CAPITAL[sign]) or (not cased and len(tokens[first].text) == 1):
            continue
        for last in range(first + 1, min(first + _LONGEST_NAME, count) + 1):
            if last - first > 1 and not _is_joined(words.between(last - 1)):
                break
            if cased and not IS_CAPITAL[signs[last - 1]]:
                continue
            yield first, last


@dataclass(frozen=True, slots=True)
class Support:
    """How much of an article speaks for each region ("US.TX") and country ("US").

    `named` are the areas called by name, `places` the sum over other names of the share of each name's people there.
    """

    named: frozenset[str]
    places: Shares


def area_key(country: str, region: str = "") -> str:
    """Write an area as `home` does: "DE", "US.TX"."""
    return f"{country}.{region}" if region else country


_Key = tuple[str, ...]


class Shares:
    """The shares of names in areas, added up when an area is asked for; some names are left out."""

    __slots__ = ("_shares", "_without")

    def __init__(self, shares: Mapping[str, Sequence[tuple[_Key, float]]], without: Collection[_Key]) -> None:
        self._shares = shares
        self._without = without

    def get(self, area: str, default: float = 0.0) -> float:
        """Return the sum of an area."""
        found = self._shares.get(area)
        return sum((share for key, share in found if key not in self._without), 0.0) if found else default


class SupportOf:
    """What the names in an article speak for, each name once; worked out once, whatever names are in question."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self._named: dict[str, set[_Key]] = {}
        self._shares: dict[str, list[tuple[_Key, float]]] = {}
        for key, mention in {one.key: one for one in mentions}.items():
            for area in _areas_named(mention):
                self._named.setdefault(area, set()).add(key)
            self._share(key, mention)
        qualifiers = (one.qualifier for one in mentions if one.qualifier)
        self._qualified = frozenset(area_key(one.country, one.region) for one in qualifiers)

    def _share(self, key: _Key, mention: Mention) -> None:
        cities = [one for one in mention.briefs if one.kind not in {COUNTRY, REGION}]
        total = sum(one.population + 1_000 for one in cities)
        for one in cities:
            share = (one.population + 1_000) / total
            for area in {one.country, area_key(one.country, one.region)}:
                self._shares.setdefault(area, []).append((key, share))

    def without(self, *keys: _Key) -> Support:
        """Return it without some names: those that are in question."""
        left_out = frozenset(keys)
        named = frozenset(area for area, by in self._named.items() if not by <= left_out)
        return Support(named | self._qualified, Shares(self._shares, left_out))


def _areas_named(mention: Mention) -> Iterable[str]:
    """Yield the area that a mention names, unless a bigger city is called so."""
    if mention.briefs:
        biggest = mention.briefs[0]
        if biggest.kind in {COUNTRY, REGION} and mention.key not in _CITIES_TOO:
            yield area_key(biggest.country, biggest.region if biggest.kind == REGION else "")
    else:
        for area in mention.areas[:1]:
            yield area_key(area.country, area.region)
