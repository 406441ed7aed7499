"""How much each sign weighs, in points of log-odds, and the sentence it is reported with.

`_PLACE` says whether a name is a place at all, `_SENSE` which of the places of that name it is. The points stand in
weights.toml, with where they come from.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Weight(NamedTuple):
    """Points for a sign of strength 1, and what is said of it; “{}” takes the detail."""

    points: float
    text: str


_PLACE: Mapping[str, str] = {
    "base": "spelled like the place",
    "caseless": "a script without capitals, where nothing else shows a name",
    "size": "a big place is called so",
    "at": "“{}” before it, as before places",
    "cue": "“{}” beside it, as beside places",
    "qualified": "“{}” behind it says where it lies",
    "listed": "in a list with “{}”, a place",
    "dateline": "a dateline, which says where a report was written",
    "title": "“{}” before it, as before a person's name",
    "given": "“{}” before it, as in the name of a person or a club",
    "worded": "“{}” before it, an ordinary word written large: as in a longer name",
    "opening": "“{}” before it may be a first name, or only open the sentence",
    "behind": "“{}” behind it, as in a longer name",
    "said": "“{}” behind it, as behind a person's name",
    "org": "“{}” beside it, as in the name of an organisation",
    "civic": "“{}” behind it: what a town has",
    "prefix": "“{}” before it, as in a longer name",
    "compass": "“{}” before it: another place, or a part of it",
    "street": "“{}” behind it: a street",
    "nature": "“{}” beside it: a river, a lake, a mountain",
    "club": "a club that plays: {}",
    "another": "“{}” is a name of something else",
    "bygone": "{} is hardly called so",
    "county": "“{}” behind it: an area called after it",
    "longer": "part of the longer name “{}”",
    "person": "a person elsewhere in the text: “{}”",
    "start": "its capital means nothing here: so a sentence or a headline begins",
    "common": "in small letters it is in the dictionary of this language, too",
    "common_start": "a sentence or headline gives it its capital, and in small letters it is in the dictionary",
    "small": "written without its capital elsewhere in the text",
    "homograph": "often an ordinary word that is spelled alike",
    "beside": "“{}” near it: here it is the ordinary word",
    "foreign": "spelled as in another language than the article's ({})",
    "skeleton": "a spelling that no list holds, alike in its consonants only",
    "confusable": "letters of another script in it",
    "affix_start": "with an ending, where a capital means nothing",
    "affix": "with an ending",
    "unwritten": "no capital, in a text without any",
    "context": "{} in the text, which goes with the place",
    "own_context": "the watch's own context: “{}”",
}

_SENSE: Mapping[str, str] = {
    "size": "more people live there",
    "main": "its main name",
    "region": "a region, not a city",
    "country": "a country",
    "dominant": "nearly everybody means it by this name",
    "home_region": "the publisher is of the same region ({})",
    "home_country": "the publisher is of the same country ({})",
    "abroad": "of another country than the publisher ({}), which the text does not name",
    "abroad_area": "not the publisher's country ({}), and the text names nothing of it",
    "city_word": "“{}” beside it, as beside cities",
    "region_word": "“{}” beside it, as beside states",
    "listed_alike": "in a list with places of its kind",
    "qualified": "“{}” behind it",
    "contradicted": "“{}” behind it lies elsewhere",
    "qualified_elsewhere": "“{}” behind it elsewhere in the text",
    "region_named": "its region is named in the text",
    "country_named": "{} in the text",
    "region_places": "other places of its region in the text",
    "country_places": "other places of its country in the text",
    "own_context": "the watch's own context: “{}”",
    "other_spelling": "it is spelled alike in other letters only",
    "unknown": "a place that no list holds",
    "unknown_many": "one more of the many of that name",
    "unknown_home_many": "one more of the many of that name, of the publisher's own region",
    "unknown_home": "a place of the publisher's own region that no list holds",
}


class Tables(NamedTuple):
    """Both tables of weights."""

    place: Mapping[str, Weight]
    sense: Mapping[str, Weight]


def _load() -> Tables:
    points = tomllib.loads(Path(__file__).with_name("weights.toml").read_text("utf-8"))
    return Tables(
        *({name: Weight(points[key][name]["points"], text) for name, text in texts.items()} for key, texts in _TEXTS)
    )


_TEXTS = (("place", _PLACE), ("sense", _SENSE))
SHIPPED = _load()
