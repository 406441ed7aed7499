"""See that a family name alone means somebody else: another given name before it, or an organisation's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.model import ConceptKind, Watch
from monitor.watching.context import Scene
from monitor.watching.placing import View
from monitor.watching.readings import How, Reading
from monitor.watching.tokens import words


def strangers(watch: Watch, readings: Sequence[Reading], scene: Scene) -> Mapping[Reading, str]:
    """Return the family names among the readings of a person that are somebody else's, each with the reason.

    The full name stands elsewhere in the article; so “Mr Golani” is the man, “Peter Golani” and “Golani Brigade” not.
    """
    alone = [one for one in readings if one.rule == How.SURNAME] if watch.kind is ConceptKind.PERSON else []
    if not alone:
        return {}
    own = {word for name in (*watch.names, *watch.aliases) for word in words(name)}
    found = {one: _stranger(View(scene, one.spot), own) for one in alone}
    return {one: why for one, why in found.items() if why}


def _stranger(view: View, own: set[str]) -> str:
    cues = view.scene.cues
    behind = view.behind(cues.org)
    if behind and (not view.is_cased or view.words.capital(view.last)):
        return f"is part of another name here, with “{behind}” behind it"
    index = view.neighbour(-1)
    if index is None or not view.is_cased or view.is_headline or not view.words.capital(index):
        return ""
    token = view.words.tokens[index].text
    opens = index == view.words.at(view.sentence[0])
    if opens or token in own or view.before(cues.title) or (token,) in cues.at or len(token) < _SHORTEST:
        return ""
    return f"is somebody else's here, with “{view.written(index)}” before it"


_SHORTEST = 3  # letters of a given name; Al, Dr and the like are shorter.
