"""See where a watch works against itself: phrases that rule out or speak for its own spellings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.model import Watch
from monitor.watching.tokens import words

_SAID = {
    "not": ("is a spelling of the watch itself, which then never counts", "name a longer phrase that holds it"),
    "none": ("is a spelling of the watch itself: what holds it never matches", "name what such articles hold besides"),
    "context": ("is a spelling of the watch itself: it would speak for every hit", "name what stands beside it"),
}


def conflicts(watch: Watch, forms: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what a watch has against or for its own `forms`: the key, what will happen, and what to do.

    What it names itself word for word is seen in the configuration already; here are the spellings that were looked up
    or made. A key is written "not.0".
    """
    said = {words(name) for name in (*watch.names, *watch.aliases)}
    made = {words(form.rstrip().removesuffix("*")) for form in forms} - said
    if not made:
        return
    for key, phrases in (("not", watch.not_), ("none", watch.rule.none), ("context", watch.context)):
        for index, phrase in enumerate(phrases):
            if words(phrase) in made:
                text, hint = _SAID[key]
                yield f"{key}.{index}", f"“{phrase}” {text}", hint
