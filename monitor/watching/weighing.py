"""Weigh the readings of a place watch in an article: is it a place at all, and is it this one?

Two stages. The first asks whether the name is a place here; the second, among all places of that name and one that no
list holds, which it is. The score is the product of both probabilities, each a sum of points of log-odds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import log1p
from typing import NamedTuple

from monitor.model import Article, Watch
from monitor.watching.bearers import Bearers
from monitor.watching.called import Called, as_written
from monitor.watching.context import Mention, Names, Scene
from monitor.watching.homes import home_of, host_of
from monitor.watching.instead import no_place
from monitor.watching.namesakes import Candidate, Clues, is_bygone, own_words, shares, signs, unlisted
from monitor.watching.places import CITY, COUNTRY, REGION, Area, Gazetteer, Place
from monitor.watching.placing import place_signs, view_of
from monitor.watching.readings import How, Reading
from monitor.watching.remembering import make_room
from monitor.watching.rules import Spot
from monitor.watching.scoring import WORTH_SAYING, Sign, probability, sentences, total
from monitor.watching.senses import Meanings, Senses
from monitor.watching.speaking import Voices
from monitor.watching.tokens import words
from monitor.watching.weights import SHIPPED, Tables

LEAST_PLACE = 0.2  # probability of being a place at all, below which nobody asks which one.
_ORGS = frozenset({"org", "club"})
_EVEN = 0.5
MOST_CONTEXT = 1.6  # strength of what is heard for the country of a place.
_MOST_COUNTRIES = 5  # of the namesakes, that are listened for.
_MOST_NULLS = 4_000  # watches whose null phrases are remembered, 1 MB.
_MOST_WEIGHED = 40  # readings of one watch in one article; what is repeated more often adds nothing.


class Told(NamedTuple):
    """Why a reading has its score, the weightiest signs among the reasons, and what it is instead."""

    reasons: tuple[str, ...]
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A reading with its score, 0 to 1, and how to tell the reasons: of most readings nobody asks for them."""

    reading: Reading
    score: float
    place: float
    tell: Callable[[], Told]
    is_org: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """The signs of one reading: that it is a place, and for each place of that name, the unlisted last, that it is it.

    `meant` are the numbers of those that the watch means.
    """

    reading: Reading
    place: Sequence[Sign]
    each: Sequence[Sequence[Sign]]
    senses: Senses
    meant: frozenset[int]


def score_of(is_place: float, is_mine: float) -> float:
    """Return the probability that the watched place is meant; of what is hardly a place nobody asks which one."""
    return is_place * (is_mine if is_place >= LEAST_PLACE else min(is_place, is_mine))


def _product(is_place: float, is_mine: float) -> str:
    """Write down how both probabilities are put together, by the same rule."""
    if is_place >= LEAST_PLACE or is_mine <= is_place:
        return f"{is_place:.2f} × {is_mine:.2f}"
    return f"{is_place:.2f} × {is_place:.2f}: what is hardly a place counts as little for being this one"


class Scales:
    """Weigh readings against the whole gazetteer. Remembers what it looked up; safe to share within a thread."""

    def __init__(
        self, gazetteer: Gazetteer, homes: Mapping[str, str] | None = None, *, tables: Tables = SHIPPED
    ) -> None:
        self._tables = tables
        self.names = Names(gazetteer)
        self.homes = homes or {}
        self._voices = Voices(gazetteer)
        self._gazetteer = gazetteer
        self._meanings = Meanings(gazetteer, self.names)
        self._nulls: dict[tuple[int, ...], tuple[tuple[str, ...], ...]] = {}
        self.called = Called(gazetteer)

    def scene(self, article: Article) -> Scene:
        """Open an article with a hit."""
        return Scene(article, self.names)

    def null_phrases(self, places: Sequence[Place]) -> tuple[tuple[str, ...], ...]:
        """Return the phrases, folded, in which a name of these places means something else: Damascus steel."""
        key = tuple(one.id for one in places)
        if key not in self._nulls:
            make_room(self._nulls, _MOST_NULLS)
            found = (phrase for one in places for phrase in self._gazetteer.null_phrases(one))
            # In an order of their own: of two that hold one hit, the same is always named.
            self._nulls[key] = tuple(sorted({words(phrase) for phrase in found}))
        return self._nulls[key]

    def weigh(
        self,
        watch: Watch,
        places: Sequence[Place],
        readings: Sequence[Reading],
        scene: Scene,
        *,
        swallowed: Sequence[Reading] = (),
        least: float = 0.0,
    ) -> list[Weighed]:
        """Weigh each reading of a watch; what a text repeats without end is weighed once for all.

        `swallowed` are readings inside phrases that mean something else: they still show that a name is a person's.
        Of what cannot reach `least` as it stands it is not asked which place it is: its score is 0.
        """
        few, lost = readings[:_MOST_WEIGHED], swallowed[:_MOST_WEIGHED]
        seen = self._first_stages(places, few, scene, lost)
        ids = frozenset(one.id for one in places)
        weighed = [
            _hopeless(reading)
            if least and self._at_best(found, watch) < least
            else self._weigh(self._second_stage(watch, ids, place, reading, scene, found), scene)
            for reading, place, found in seen
        ]
        return [*weighed, *(_like(weighed, reading) for reading in readings[_MOST_WEIGHED:])]

    def evidence(
        self,
        watch: Watch,
        places: Sequence[Place],
        readings: Sequence[Reading],
        scene: Scene,
        *,
        swallowed: Sequence[Reading] = (),
    ) -> list[Evidence]:
        """List what speaks for each reading of a watch, and against: what weights are fitted on."""
        ids = frozenset(one.id for one in places)
        return [
            self._second_stage(watch, ids, place, reading, scene, found)
            for reading, place, found in self._first_stages(places, readings, scene, swallowed)
        ]

    def _first_stages(
        self, places: Sequence[Place], readings: Sequence[Reading], scene: Scene, swallowed: Sequence[Reading]
    ) -> list[tuple[Reading, Place, list[Sign]]]:
        """Return each reading with its place and what says whether it is a place, whichever."""
        listed = [(reading, _place_of(reading, places)) for reading in readings]
        stage = [self._first_stage(reading, place, scene) for reading, place in listed]
        lost = [(one, self._first_stage(one, _place_of(one, places), scene)) for one in swallowed]
        persons = Bearers([(_written(one, scene), seen) for one, seen in [*zip(readings, stage, strict=True), *lost]])
        return [
            (reading, place, persons.applied(_written(reading, scene), found))
            for (reading, place), found in zip(listed, stage, strict=True)
        ]

    def _at_best(self, found: Sequence[Sign], watch: Watch) -> float:
        """Return how likely it is a place if all that is still to be heard in the article speaks for it."""
        weights = self._tables.place
        more = max(0.0, weights["context"].points * MOST_CONTEXT)
        if watch.context:
            more += max(0.0, weights["own_context"].points)
        return probability(total(found, weights) + more)

    def _first_stage(self, reading: Reading, place: Place, scene: Scene) -> list[Sign]:
        senses = self._meanings.of(place, reading.form)
        found = place_signs(reading, scene, biggest=max(one.population for one in senses.all))
        longer = view_of(scene, reading.spot).longer
        if longer and any(brief.id in senses.all[senses.mine].ids for brief in longer[0].briefs):
            found = [sign for sign in found if sign.name != "longer"]
        found += self._other_name(reading, place, senses, scene)
        qualifier = scene.qualifier(reading.spot)
        if qualifier and any(one.lies_in(qualifier) for one in senses.all):
            found.append(Sign("qualified", detail=_behind(reading.spot, scene)))
        return found

    def _other_name(self, reading: Reading, place: Place, senses: Senses, scene: Scene) -> Iterable[Sign]:
        """See that what is written is another name: British is not Beirut, and Franklin was once Columbus."""
        if reading.rule != How.EXACT:
            key = " ".join(words(_written(reading, scene)))
            known = self.names.find([key]).get(key, ())
            if (known or self.names.areas(key)) and not any(one.id in senses.all[senses.mine].ids for one in known):
                yield Sign("another", detail=_written(reading, scene))
        elif not reading.langs and is_bygone(place, reading.form, scene.languages):
            yield Sign("bygone", detail=place.name)

    def _second_stage(
        self, watch: Watch, ids: frozenset[int], place: Place, reading: Reading, scene: Scene, found: list[Sign]
    ) -> Evidence:
        senses = self._meanings.of(place, reading.form)
        clues = self._clues(watch, place, reading, scene, senses)
        found += _context_signs(senses.all[senses.mine], clues)
        each = [[*signs(one, clues)] for one in senses.all]
        each[senses.mine] += _own_signs(clues)
        meant = frozenset(at for at, one in enumerate(senses.all) if at == senses.mine or not ids.isdisjoint(one.ids))
        return Evidence(reading, found, [*each, [*unlisted(senses.all, clues)]], senses, meant)

    def _weigh(self, one: Evidence, scene: Scene) -> Weighed:
        is_place = probability(total(one.place, self._tables.place))
        values = [total(some, self._tables.sense) for some in one.each]
        parts = shares(values)
        is_mine = sum(parts[at] for at in one.meant)
        rival = max((at for at in range(len(values)) if at not in one.meant), key=values.__getitem__)
        tell = partial(self._told, one, scene, (is_place, is_mine), parts[rival], rival)
        is_org = any(sign.name in _ORGS for sign in one.place)
        return Weighed(one.reading, score_of(is_place, is_mine), is_place, tell, is_org)

    def _told(self, one: Evidence, scene: Scene, likely: tuple[float, float], share: float, rival: int) -> Told:
        """Say how a score came about; `share` is that of the likeliest other place, which is number `rival`."""
        is_place, is_mine = likely
        name = self.called.other(one.senses.all, rival)
        together = score_of(is_place, is_mine)
        reasons = (
            *sentences(map(self.called.named, one.place), self._tables.place),
            f"= {is_place:.2f} likely to be a place at all",
            *self._compared(one.each[one.senses.mine], one.each[rival], name),
            f"shares: {is_mine:.2f} this one, {share:.2f} {name}, {1 - is_mine - share:.2f} all others",
            f"= {is_mine:.2f} likely to be this place, if it is one",
            f"= {together:.2f} together, {_product(is_place, is_mine)}",
        )
        instead = ""
        if is_place < _EVEN:
            instead = no_place(one.place, self._tables.place, _written(one.reading, scene), scene.languages)
        elif is_mine < _EVEN:
            instead = name if rival == len(one.each) - 1 else f"another place of that name, {name}"
        return Told(reasons, instead)

    def _compared(self, mine: Sequence[Sign], rival: Sequence[Sign], name: str) -> Iterable[str]:
        """Say what sets the watched place apart from the likeliest other of that name."""
        for key, weight in self._tables.sense.items():
            own = [sign for sign in mine if sign.name == key]
            their = [sign for sign in rival if sign.name == key]
            difference = total(own, self._tables.sense) - total(their, self._tables.sense)
            if abs(difference) < WORTH_SAYING:
                continue
            said = (own if difference * weight.points > 0 else their) or own or their
            favoured = "this one" if difference > 0 else name
            whose = "" if weight.points > 0 else f"{'this one' if said is own else name}: "
            text = weight.text.format(self.called.named(said[0]).detail)
            yield f"{abs(difference):.2f} favours {favoured}: {whose}{text}"

    def _clues(self, watch: Watch | None, place: Place, reading: Reading, scene: Scene, senses: Senses) -> Clues:
        key = words(_written(reading, scene))
        qualifier = scene.qualifier(reading.spot)
        ids = senses.all[senses.mine].ids
        elsewhere = tuple(
            one.qualifier
            for one in scene.qualified
            if one.qualifier
            and one.spot != reading.spot
            and (one.key == key or any(brief.id in ids for brief in one.briefs))
        )
        if qualifier and not any(one.lies_in(qualifier) for one in senses.all):
            qualifier = qualifier if _is_plain(reading.spot, scene) else None
        said_of, listed = _beside(reading.spot, scene)
        return Clues(
            home=home_of(scene.article, self.homes),
            home_told=_how_home_is_known(scene.article, self.homes),
            support=scene.voices.without(key, words(reading.form)),
            qualifier=qualifier,
            qualified=_behind(reading.spot, scene) if qualifier else "",
            elsewhere=elsewhere,
            speaking=self._speaking(place, senses, scene, key),
            own_context=_own_context(watch, scene) if watch else "",
            said_of=said_of,
            listed=listed,
        )

    def _speaking(
        self, place: Place, senses: Senses, scene: Scene, key: tuple[str, ...]
    ) -> Mapping[str, tuple[str, ...]]:
        """Return the words that speak for each country that the name can lie in."""
        countries = dict.fromkeys([senses.all[senses.mine].country, *(one.country for one in senses.all)])
        said = {country: self._heard(scene, country) for country in list(countries)[:_MOST_COUNTRIES]}
        own = own_words(place, {word for some in said.values() for word in some}, scene).union(key)
        heard = {
            country: as_written([word for word in some if word not in own], scene) for country, some in said.items()
        }
        return {country: found for country, found in heard.items() if found}

    def _heard(self, scene: Scene, country: str) -> tuple[str, ...]:
        """Return the words of an article that speak for a country; listened for once."""
        if country not in scene.heard:
            heard = self._voices.speaking(Area(country), scene.tokens, scene.folded, without=frozenset())
            scene.heard[country] = tuple(heard)
        return scene.heard[country]


def _how_home_is_known(article: Article, homes: Mapping[str, str]) -> str:
    """Say what a publisher's home was told by; nothing to say of one that is configured."""
    if article.home:
        return f", learned from {article.home_articles} articles" if article.home_articles else ""
    return "" if homes.get(article.feed_id) or homes.get(host_of(article.url)) else ", by its address"


def _place_of(reading: Reading, places: Sequence[Place]) -> Place:
    """Return the place of a watch that a reading's spelling belongs to, the biggest of several."""
    owning = [place for place in places if reading.form in place.names]
    return max(owning or places, key=lambda place: place.population)


def _written(reading: Reading, scene: Scene) -> str:
    return scene.words(reading.spot.part).text[reading.spot.start : reading.spot.end]


def _behind(spot: Spot, scene: Scene) -> str:
    """Return the few words behind a spot, as written."""
    here = scene.words(spot.part)
    index = here.at(spot.end)
    last = here.tokens[min(index + 1, len(here.tokens)) - 1]
    return here.text[spot.end : last.end].strip()


def _is_plain(spot: Spot, scene: Scene) -> bool:
    """Say whether a comma or bracket joins a spot to what is behind it, and not just “in”."""
    return scene.words(spot.part).text[spot.end : spot.end + 2].strip()[:1] in {",", "(", "،", "["}


def _beside(spot: Spot, scene: Scene) -> tuple[Mapping[str, str], frozenset[str]]:
    """Return what stands beside a name and says of which kind it is: words for states and cities, and lists."""
    view, cues = view_of(scene, spot), scene.cues
    said = {
        REGION: view.behind(cues.state) or view.before(cues.state_before),
        CITY: view.behind(cues.city) or view.before(cues.city_before),
    }
    listed = frozenset(_kind_of(one) for one in view.neighbours)
    return {kind: word for kind, word in said.items() if word}, listed - {""}


def _kind_of(mention: Mention) -> str:
    """Return the kind of place that a name means first, "" where a city and a region are called so."""
    kinds = {one.kind for one in mention.briefs[:2]} or {REGION if one.region else COUNTRY for one in mention.areas}
    return next(iter(kinds)) if len(kinds) == 1 else ""


def _own_context(watch: Watch, scene: Scene) -> str:
    for phrase in watch.context:
        if scene.holds(words(phrase)):
            return phrase
    return ""


def _context_signs(mine: Candidate, clues: Clues) -> Iterable[Sign]:
    """Say what in the text speaks for the watched place being a place that is meant."""
    heard = clues.speaking.get(mine.country, ())
    if heard:
        yield Sign("context", min(MOST_CONTEXT, log1p(len(heard)) * 1.44), detail=_listed(heard))
    elif mine.country in clues.support.named or mine.key in clues.support.named:
        yield Sign("context", detail=mine.key if mine.key in clues.support.named else mine.country)
    if clues.own_context:
        yield Sign("own_context", detail=clues.own_context)


def _listed(heard: Sequence[str]) -> str:
    return ", ".join(f"“{one}”" for one in heard[:3])


def _own_signs(clues: Clues) -> Iterable[Sign]:
    if clues.own_context:
        yield Sign("own_context", detail=clues.own_context)


def _hopeless(reading: Reading) -> Weighed:
    return Weighed(reading, 0.0, 0.0, lambda: Told(()))


def _like(weighed: Sequence[Weighed], reading: Reading) -> Weighed:
    best = max(weighed, key=lambda one: one.score)
    return Weighed(reading, best.score, best.place, lambda: Told(best.tell().reasons))
