"""Say of a watch, before it runs, what its spellings will do: which count alone, which need context, which never count.

No rule of its own stands here: each spelling is put before the same judge that articles are, once in a text that says
nothing else, and once in one that says what speaks most for it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.model import Article, ConceptKind, Match, Rule, Verdict, Watch
from monitor.watching.cues import everyday
from monitor.watching.judging import Watchlist
from monitor.watching.naming import Spelling, spellings
from monitor.watching.patterns import Gate
from monitor.watching.places import CITY, Area, Gazetteer, Place
from monitor.watching.scripts import unmixed
from monitor.watching.skeletons import skeleton, tells
from monitor.watching.tokens import words
from monitor.watching.variants import has_more_variants, person_variants
from monitor.watching.watchlist import Problem, compile_watchlist, gate_of

# Scripts that many languages share, each with two languages: one of them is never a spelling's own.
_SHARED = {"LATIN": ("en", "de"), "CYRILLIC": ("ru", "bg"), "ARABIC": ("ar", "fa"), "HEBREW": ("he", "yi")}


@dataclass(frozen=True, slots=True)
class Prospect:
    """One spelling of a watch, the languages it belongs to (none: any), and what will become of it.

    `alone` is the judge's answer where nothing else speaks for it, None where it was not found. `needs` says what it
    needs beside itself, `never` why it cannot count; both are "" of spellings that count alone.
    """

    form: str
    langs: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    alone: Verdict | None = None
    score: float = 0.0
    needs: str = ""
    never: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """All there is to say of a watch before it runs. `notes` say what was left out of its spellings."""

    watch: Watch
    places: tuple[Place, ...]
    prospects: tuple[Prospect, ...]
    namesakes: tuple[Place, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()


def look_ahead(watch: Watch, gazetteer: Gazetteer) -> Outlook:
    """Say what a watch will look for and how it will fare. A watch that cannot work has its errors in `problems`."""
    compiled = compile_watchlist([watch], gazetteer)
    places = compiled.watchlist.places(watch.id)
    # What else the watch asks for of an article is no matter of its spellings.
    bare = replace(watch, rule=Rule(), when=(), context=())
    judge = _Judge(compile_watchlist([bare], gazetteer).watchlist, watch, _areas(places, gazetteer))
    known = set(compiled.watchlist.forms(watch.id))
    found = tuple(judge.prospect(one) for one in spellings(watch, places) if one.text in known)
    return Outlook(watch, places, found, namesakes(places, gazetteer), compiled.problems, tuple(_notes(watch)))


def _areas(places: Sequence[Place], gazetteer: Gazetteer) -> tuple[str, ...]:
    """Return the names of what the places lie in: beside one of them a spelling has the best of chances."""
    found = (gazetteer.place_of(Area(place.country)) for place in places)
    return tuple(dict.fromkeys(one.name for one in found if one is not None))


def namesakes(places: Sequence[Place], gazetteer: Gazetteer) -> tuple[Place, ...]:
    """Return the other places that share a name with one of these, those with the most people first."""
    areas = {(place.country, region) for place in places for region in ("", place.region)}
    own = {place.id for place in places}
    others = (other for place in places for other in gazetteer.namesakes(place) if other.id not in own)
    # A region called after its city, or the city of a region, is no other place.
    found = {other.id: other for other in others if other.kind == CITY or (other.country, other.region) not in areas}
    return tuple(sorted(found.values(), key=lambda one: -one.population))


def _notes(watch: Watch) -> Iterator[str]:
    """Say of which names more spellings could be made than are looked for."""
    if watch.kind is ConceptKind.PERSON:
        for name in (*watch.names, *watch.aliases):
            if not name.endswith("*") and has_more_variants(name):
                count = len(person_variants(name))
                yield f"of “{name}” the {count} likeliest spellings are looked for; name others in aliases"


@dataclass(frozen=True, slots=True)
class _Judge:
    """Asks what the judging of articles makes of a spelling."""

    watchlist: Watchlist
    watch: Watch
    areas: tuple[str, ...]

    def prospect(self, one: Spelling) -> Prospect:
        """Put one spelling before the judge."""
        flags, plain = tuple(self._flags(one)), one.text.rstrip().removesuffix("*")
        if one.is_surname:
            return Prospect(one.text, one.langs, flags, needs="the full name in the same article")
        home = one.langs[0] if one.langs else None
        alone = self._ask(f"3 {plain} 3", home)
        if alone is None:
            return Prospect(one.text, one.langs, flags, never="it is not found where it stands alone")
        verdict, score = alone.verdict, alone.score
        if verdict is Verdict.MATCH:
            needs = self._elsewhere(one, plain) if len(one.langs) == 1 else ""
            return Prospect(one.text, one.langs, flags, verdict, score, needs)
        best = [self._ask(f"3 {plain}, {area} 3", home) for area in self.areas]
        if not any(answer and answer.verdict is Verdict.MATCH for answer in best):
            return Prospect(one.text, one.langs, flags, verdict, score, never=_because(alone))
        return Prospect(one.text, one.langs, flags, verdict, score, needs=f"context: {_because(alone)}")

    def _elsewhere(self, one: Spelling, plain: str) -> str:
        """Say what a spelling of one language needs in texts of another that is written in the same script."""
        script = unicodedata.name(plain[0], "").partition(" ")[0]
        others = [code for code in _SHARED.get(script, ()) if code not in one.langs]
        answer = self._ask(f"3 {plain} 3", others[0]) if others else None
        unsure = answer is not None and answer.verdict is not Verdict.MATCH
        return f"context in other languages than {one.langs[0]}" if unsure else ""

    def _ask(self, text: str, language: str | None) -> Match | None:
        # Figures stand around it: words of no language, and the name opens no sentence.
        article = Article("", "", "", title="", body=text, language=language)
        return next(iter(self.watchlist.explain(article)), None)

    def _flags(self, one: Spelling) -> Iterator[str]:
        plain = one.text.rstrip().removesuffix("*")
        folded = words(plain)
        if self.watch.kind is not ConceptKind.KEYWORD and (langs := everyday(folded)):
            yield f"an ordinary word in {', '.join(langs)}"
        if len(one.langs) == 1 and unicodedata.name(plain[:1] or " ", "").startswith(tuple(_SHARED)):
            yield f"belongs to {one.langs[0]} only"
        if one.has_skeleton and tells(skeleton(folded)) and gate_of(one.text, self.watch.kind) is not Gate.ANY:
            yield "other romanisations with its consonants are found, too, with context"
        for word in plain.split():
            if unmixed(" ".join(words(word)), word):
                yield f"“{word}” mixes letters of two scripts that look alike"
        if one.is_surname:
            yield "a family name"
        if one.text.rstrip().endswith("*"):
            yield "any ending"
        if gate_of(one.text, self.watch.kind) is Gate.ACRONYM:
            yield "in capitals only"


def _because(answer: Match) -> str:
    """Say what speaks most against a hit."""
    points = [point for account in answer.accounts[:1] for point in account.points if _speaks_against(point)]
    # The points stand in front, as in “−1.6 in the dictionary”.
    worst = sorted(points, key=lambda point: -float(point.partition(" ")[0].removeprefix("−")))
    if worst:
        return "; ".join(_likelier(point.partition(" ")[2]) for point in worst[:2])
    whys = [account.why for account in answer.accounts if not account.is_taken and not account.points]
    return whys[0] if whys else "other places of this name are as likely"


def _likelier(point: str) -> str:
    where, colon, why = point.removeprefix("favours ").partition(": ")
    return f"{where} is likelier, as {why}" if point.startswith("favours ") and colon else point


def _speaks_against(point: str) -> bool:
    return point.startswith("−") or (" favours " in point and " favours this one: " not in point)
