"""See what stands around a name and says whether it is a place at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from math import log10

import regex

from monitor.model import Part
from monitor.watching.context import Mention, Scene, Words
from monitor.watching.cues import Phrases, homograph
from monitor.watching.readings import How, Reading
from monitor.watching.rules import Spot
from monitor.watching.scoring import Sign
from monitor.watching.scripts import IS_CASED
from monitor.watching.tokens import words as words_of
from monitor.watching.tongues import is_amount, language_names

_CLOSE = regex.compile(r"[ \u00a0]|['’]s? |[-‐–]")
_LISTING = regex.compile(
    r"\s*(?:,|،|、|\band\b|\bund\b|\bet\b|\by\b|\be\b|\bи\b|\bі\b|\bve\b|و)\s*(?:\w{1,3}\s)?", regex.IGNORECASE
)
_DATELINE = regex.compile(r"[^\n.!?]{0,60}?(?:\([^)\n]{2,40}\)\s*)?[-–—]{1,2}\s")
_SHORT_DATELINE = regex.compile(
    r"(?:, [^\n.!?,]{2,20}\.?)?(?: \([^)\n]{2,40}\))? ?[–—]{1,2} ?|(?:, [^\n,]{2,20})? --? "
)
_PARTED = regex.compile(r"[.!?]\s{2}|[!?;:]|\n|[.].+[.]")  # between a cue and a name: another sentence has begun.
_APOSTROPHE = regex.compile(r"['’]")  # Humus'ta: only a name is written so.
_COUNTIES: Phrases = frozenset({("county",), ("counties",), ("township",), ("parish",)})  # another place than the town.
_PREFIXES = frozenset(
    {"new", "mount", "mt", "fort", "ft", "port", "lake", "little", "camp", "cape"}
)  # of longer names.
_COMPASS = frozenset({"north", "south", "east", "west", "upper", "lower", "old"})  # of another place, or a part of it.
_LONGEST_SHORT = 4  # letters of an abbreviation that takes a full stop: Gov., Capt.; behind more a sentence ends.
_TALLEST = 3  # words of a cue.
_SCORE = regex.compile(r"(?<![\d.,:$£€-])\d{1,3}\s?[-–:]\s?\d{1,3}(?![\d.,:-])")  # 2-1, of a match; no dates.
_FEWEST_SPORT = 3  # words of match reports in a sentence without a score; one beside a score.
_NEAR = 10  # characters: a comma and a word.
_FAR = 200  # characters around a name in which an everyday word's company is looked for.


_Key = tuple[str, ...]


class View:
    """The words around one spot. What is seen there is worked out once, whosever name it may be."""

    def __init__(self, scene: Scene, spot: Spot) -> None:
        self.scene = scene
        self.spot = spot
        self.words: Words = scene.words(spot.part)
        self.first = self.words.at(spot.start)
        self.last = self.words.at(spot.end)
        self.is_cased = IS_CASED[self.words.text[spot.start]]
        self.is_headline = self.is_cased and scene.is_headline(spot)
        self.sentence = scene.sentence(spot)

    @cached_property
    def opens(self) -> bool:
        """Say whether the name is the first word of its sentence."""
        return self.first == self.words.at(self.sentence[0])

    def before(self, phrases: Phrases) -> str:
        """Return the cue that ends right before the name, as written; "" if none does."""
        return self._match(phrases, self._cues_before)

    def behind(self, phrases: Phrases) -> str:
        """Return the cue that begins right behind the name."""
        return self._match(phrases, self._cues_behind)

    def _match(self, phrases: Phrases, cues: Sequence[tuple[_Key, int, int]]) -> str:
        for key, start, end in cues:
            if key in phrases:
                return self.words.text[start:end]
        return ""

    @cached_property
    def _cues_before(self) -> list[tuple[_Key, int, int]]:
        """Return the words that may be a cue before the name, the longest first, and where they stand."""
        if not self.first:
            return []
        last = self.words.tokens[self.first - 1]
        gap = self.words.text[last.end : self.spot.start]
        if _PARTED.search(gap) or ("." in gap and len(last.text) > _LONGEST_SHORT):
            return []
        return [self._cue(self.first - count, self.first) for count in range(min(_TALLEST, self.first), 0, -1)]

    @cached_property
    def _cues_behind(self) -> list[tuple[_Key, int, int]]:
        """Return the same behind it."""
        left = len(self.words.tokens) - self.last
        if left <= 0 or _PARTED.search(self.words.text[self.spot.end : self.words.tokens[self.last].start]):
            return []
        return [self._cue(self.last, self.last + count) for count in range(min(_TALLEST, left), 0, -1)]

    def _cue(self, first: int, last: int) -> tuple[_Key, int, int]:
        some = self.words.tokens[first:last]
        return tuple(token.text for token in some), some[0].start, some[-1].end

    @cached_property
    def longer(self) -> tuple[Mention, ...]:
        """Return the longer names around the spot."""
        first, last = self.spot.start, self.spot.end
        return tuple(
            one
            for one in self.scene.mentions_in[self.spot.part]
            if one.spot.start <= first and last <= one.spot.end and one.spot.end - one.spot.start > last - first + 1
        )

    @cached_property
    def neighbours(self) -> tuple[Mention, ...]:
        """Return the neighbours in a list that are names of places, too."""
        return tuple(_neighbours(self))

    @cached_property
    def around(self) -> tuple[Sign, ...]:
        """Return what says whether this is a place, whichever."""
        return tuple(_around(self))

    @cached_property
    def everyday(self) -> tuple[Sign, ...]:
        """Return what says whether this is an everyday word, whatever name it may be."""
        return tuple(_written_alike(self))

    def neighbour(self, step: int) -> int | None:
        """Return the index of the word before (-1) or behind (1) if only a blank or hyphen stands between."""
        index = self.first - 1 if step < 0 else self.last
        if not 0 <= index < len(self.words.tokens):
            return None
        token = self.words.tokens[index]
        gap = self.words.text[token.end : self.spot.start] if step < 0 else self.words.text[self.spot.end : token.start]
        return index if _CLOSE.fullmatch(gap) else None

    @property
    def written_all(self) -> str:
        """Return the name as written."""
        return self.words.text[self.spot.start : self.spot.end]

    def written(self, index: int) -> str:
        """Return a word as written."""
        token = self.words.tokens[index]
        return self.words.text[token.start : token.end]


def place_signs(reading: Reading, scene: Scene, *, biggest: int) -> list[Sign]:
    """List the signs that a reading is a place, or is not. `biggest` is the population of its biggest namesake."""
    view = view_of(scene, reading.spot)
    size = Sign("size", max(0.0, log10(biggest + 1000) - 4))
    return [Sign("base"), size, *view.around, *_everyday(view, reading), *_spelling(view, reading)]


def view_of(scene: Scene, spot: Spot) -> View:
    """Return what stands around a spot, the same for the same."""
    view = scene.around.get(spot)
    if not isinstance(view, View):
        view = scene.around[spot] = View(scene, spot)
    return view


def _around(view: View) -> Iterable[Sign]:
    if not view.is_cased:
        yield Sign("caseless")
    yield from _place_cues(view)
    yield from _dateline(view)
    if view.longer:
        # A longer name of the gazetteer around the spot: West Memphis is not Memphis.
        yield Sign("longer", detail=view.words.text[view.longer[0].spot.start : view.longer[0].spot.end])
        return
    yield from _listed(view)
    yield from _names_around(view)
    yield from _club(view)


def _place_cues(view: View) -> Iterable[Sign]:
    cues = view.scene.cues
    cue = view.before(cues.place_before) or view.behind(cues.place_after)
    if cue:
        yield Sign("cue", detail=cue)
    elif preposition := view.before(cues.at):
        yield Sign("at", detail=preposition)


def _dateline(view: View) -> Iterable[Sign]:
    text, start, end = view.words.text, view.spot.start, view.spot.end
    if view.spot.part is Part.TITLE:
        return
    opens_line = not text[:start].rpartition("\n")[2].strip()
    is_large = opens_line and text[start:end].isupper() and _DATELINE.match(text, end)
    if is_large or ((opens_line or view.opens) and _SHORT_DATELINE.match(text, end)):
        yield Sign("dateline")


def is_dateline(scene: Scene, spot: Spot) -> bool:
    """Say whether a spot is a dateline: HOMS, Syria (Reuters) —."""
    return any(True for _ in _dateline(view_of(scene, spot)))


def _listed(view: View) -> Iterable[Sign]:
    for mention in view.neighbours[:1]:
        yield Sign("listed", detail=view.words.text[mention.spot.start : mention.spot.end])


def _neighbours(view: View) -> Iterable[Mention]:
    text, own = view.words.text, view.spot
    for mention in view.scene.mentions_in[own.part]:
        there = mention.spot
        start, end = (there.end, own.start) if there.start <= own.start else (own.end, there.start)
        if 0 < end - start < _NEAR and _LISTING.fullmatch(text[start:end]):
            yield mention


def _names_around(view: View) -> Iterable[Sign]:
    """See what makes it the name of a person, an organisation, a street or a river."""
    cues = view.scene.cues
    if longer := _prefix(view):
        yield longer
    elif title := view.before(cues.title):
        yield Sign("title", detail=title)
    elif organisation := view.before(cues.org_before):
        yield Sign("org", detail=organisation)
    elif water := view.before(cues.nature_before):
        yield Sign("nature", detail=water)
    else:
        yield from _given_name(view)
    yield from _names_behind(view)


def _prefix(view: View) -> Sign | None:
    """See the first word of a longer name that no list may hold: South Charleston, Mount Washington."""
    index = view.neighbour(-1)
    if index is None or not view.is_cased or not view.words.capital(index):
        return None
    token = view.words.tokens[index].text
    if token in _PREFIXES:
        return Sign("prefix", detail=view.written(index))
    if token in _COMPASS:
        return Sign("compass", detail=view.written(index))
    return None


def _names_behind(view: View) -> Iterable[Sign]:
    cues = view.scene.cues
    county = view.behind(_COUNTIES) or (view.is_cased and view.written_all.casefold().endswith(" county") and "County")
    if county:
        yield Sign("county", detail=county)
        return
    if not view.is_cased or (view.last < len(view.words.tokens) and view.words.capital(view.last)):
        for kind, phrases in (("street", cues.street), ("nature", cues.nature), ("org", cues.org)):
            if found := view.behind(phrases):
                yield Sign(kind, detail=found)
                return
    if civic := view.behind(cues.civic):
        yield Sign("civic", detail=civic)
        return
    if said := view.behind(cues.said):
        if not view.before(cues.at):
            yield Sign("said", detail=said)
        return
    index = view.neighbour(1)
    follows = index is not None and view.is_cased and not view.is_headline and view.words.capital(index)
    if follows and index is not None and not view.behind(cues.place_after):
        yield Sign("behind", detail=view.written(index))


def _given_name(view: View) -> Iterable[Sign]:
    cues = view.scene.cues
    index = view.neighbour(-1)
    if index is None or not view.is_cased or view.is_headline or not view.words.capital(index):
        return
    token = view.words.tokens[index].text
    if (token,) in cues.at or view.before(cues.place_before) or _is_party(view, index):
        return
    if is_amount(token, view.scene.languages):
        return
    kind = "worded" if token in cues.common else "given"
    first = index == view.words.at(view.sentence[0])
    yield Sign("opening" if first else kind, detail=view.written(index))


def _is_party(view: View, index: int) -> bool:
    """Say whether a letter and a hyphen stand before the name, as between a politician's party and town: D-Columbus."""
    token = view.words.tokens[index]
    return len(token.text) == 1 and view.words.text[token.end : view.spot.start] in {"-", "‐", "–"}


def _club(view: View) -> Iterable[Sign]:
    """See a match report's sentence in which the name is a club's: no preposition, and a score or words of sport."""
    cues = view.scene.cues
    if not cues.sport or view.before(cues.at) or view.before(cues.place_before) or view.behind(cues.civic):
        return
    start, end = view.sentence
    words = view.words
    span = range(words.at(start), words.at(end))
    heard = [word for word in dict.fromkeys(words.tokens[index].text for index in span) if (word,) in cues.sport]
    score = _SCORE.search(words.text, start, end)
    if len(heard) >= _FEWEST_SPORT or (score and heard):
        yield Sign("club", detail=", ".join([*heard[:2], *([score.group()] if score else [])]))


def _everyday(view: View, reading: Reading) -> Iterable[Sign]:
    """See whether the name is an everyday word, and whether capitals say anything here."""
    yield from view.everyday
    here = tuple(token.text for token in view.words.tokens[view.first : view.last])
    languages = view.scene.languages
    word = homograph(here, languages) or homograph(words_of(reading.form), languages)
    if word:
        yield Sign("homograph")
        near = _company(view, word.beside)
        if near:
            yield Sign("beside", detail=near)


def _written_alike(view: View) -> Iterable[Sign]:
    means_nothing = view.is_cased and (view.opens or view.is_headline)
    here = tuple(token.text for token in view.words.tokens[view.first : view.last])
    is_common = len(here) == 1 and view.is_cased and here[0] in view.scene.cues.common
    if is_common:
        yield Sign("common_start" if means_nothing and not view.before(view.scene.cues.at) else "common")
    elif means_nothing:
        yield Sign("start")
    if view.is_cased and len(here) == 1 and _is_small_elsewhere(view.scene, here[0]):
        yield Sign("small")


def _company(view: View, beside: Phrases) -> str:
    """Return the word of an everyday meaning's company that stands near the name."""
    words = view.words
    for index in range(words.at(max(0, view.spot.start - _FAR)), words.at(view.spot.end + _FAR)):
        for count in (1, 2):
            if tuple(token.text for token in words.tokens[index : index + count]) in beside:
                return view.written(index)
    return ""


def _is_small_elsewhere(scene: Scene, word: str) -> bool:
    for part in (Part.TITLE, Part.LEAD, Part.BODY):
        words = scene.words(part)
        if not all(map(words.capital, words.places_of(word))):
            return True
    return False


def _spelling(view: View, reading: Reading) -> Iterable[Sign]:
    """See how the name is spelled: in another language, by other letters, with endings."""
    languages = view.scene.languages
    belongs_to_one = len(reading.langs) == 1 and reading.rule == How.EXACT
    if belongs_to_one and languages and set(reading.langs).isdisjoint(languages):
        yield Sign("foreign", detail=language_names(reading.langs[:3]))
    match reading.rule:
        case How.SKELETON:
            yield Sign("skeleton")
        case How.CONFUSABLE:
            yield Sign("confusable")
        case How.AFFIX:
            is_bare = view.is_cased and view.opens and not _APOSTROPHE.search(view.written_all)
            yield Sign("affix_start" if is_bare else "affix")
        case _:
            pass
    if not reading.written:
        yield Sign("unwritten")
