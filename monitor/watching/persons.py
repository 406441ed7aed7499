"""See that a family name alone, or an acronym, means somebody or something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.model import ConceptKind, Part, Watch
from monitor.watching.context import Scene
from monitor.watching.morphology import tables
from monitor.watching.patterns import Gate
from monitor.watching.placing import View
from monitor.watching.readings import How, Reading
from monitor.watching.tokens import words


def strangers(watch: Watch, readings: Sequence[Reading], scene: Scene) -> Mapping[Reading, str]:
    """Return the readings of a person or organisation that are somebody else's or no name, each with the reason.

    Where the full name stands elsewhere in the article “Mr Golani” is the man, “Peter Golani” and “Golani Brigade” are
    not. In a line all in capitals WHO is the word, if it is one.
    """
    if watch.kind is ConceptKind.PERSON:
        own = {word for name in (*watch.names, *watch.aliases) for word in words(name)}
        found = {one: _stranger(View(scene, one.spot), own) for one in readings if one.rule == How.SURNAME}
    elif watch.kind is ConceptKind.ORG:
        found = {one: _shouted(one, scene) for one in readings if one.gate is Gate.ACRONYM}
    else:
        return {}
    return {one: why for one, why in found.items() if why}


def _stranger(view: View, own: set[str]) -> str:
    cues = view.scene.cues
    behind = view.behind(cues.org) or _name_behind(view, own)
    if behind and (not view.is_cased or view.words.capital(view.last)):
        return f"is part of another name here, with “{behind}” behind it"
    index = view.neighbour(-1)
    if index is None or not view.is_cased or _is_headline(view) or not view.words.capital(index):
        return ""
    token = view.words.tokens[index].text
    opens = index == view.words.at(view.sentence[0])
    if opens or token in own or view.before(cues.title) or (token,) in cues.at or len(token) < _SHORTEST:
        return ""
    return f"is somebody else's here, with “{view.written(index)}” before it"


def _name_behind(view: View, own: set[str]) -> str:
    """Return a word with a capital right behind; not in German, where every noun has one."""
    index = view.neighbour(1)
    if index is None or not view.is_cased or _is_headline(view) or "de" in view.scene.languages:
        return ""
    is_name = view.words.capital(index) and view.words.tokens[index].text not in own
    return view.written(index) if is_name else ""


def _is_headline(view: View) -> bool:
    """Say whether capitals mean nothing; a short sentence with two names in it is no headline."""
    return view.spot.part is Part.TITLE and view.is_headline


def _shouted(one: Reading, scene: Scene) -> str:
    """Say whether capitals mean nothing around an acronym that is spelled like one of the commonest words."""
    view = View(scene, one.spot)
    sentence = view.words.text[slice(*view.sentence)]
    if not sentence.isupper() or len(view.scene.indexes(one.spot.part, *view.sentence)) < _FEW_WORDS:
        return ""
    word = view.words.tokens[view.first].text
    languages = scene.languages or ("en",)
    is_word = any(word in tables()[code].words for code in languages if code in tables()) or word in _SPELLED_ALIKE
    return "is a word here, in a line all in capitals" if is_word else ""


_SHORTEST = 3  # letters of a given name; Al, Dr and the like are shorter.
_FEW_WORDS = 4  # of a line; one all in capitals and shorter may be the name itself.
# English words that are spelled like acronyms of organisations.
_SPELLED_ALIKE = frozenset(
    words(
        "who it is us am as at be by do he if in me my no of on or so to up we all any are can care fast act aid arm "
        "bid cap era fed fit gap ice lap mad map met now oil one out pen pet save set star step tap ten war"
    )
)
