"""How much each sign weighs, in points of log-odds, and the sentence it is reported with.

`PLACE` says whether a name is a place at all, `SENSE` which of the places of that name it is. The signs that English
local news holds were fitted by `tests/quality/fit_weights.py` on LGL, 588 articles of 85 publishers, in folds by
publisher, then rounded and amended by hand while looking at what they got wrong there: figures on LGL are not held out.
What those articles do not hold, other scripts, everyday words of other languages, endings, datelines, was set by hand
on short texts in 42 languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Weight(NamedTuple):
    """Points for a sign of strength 1, and what is said of it; “{}” takes the detail."""

    points: float
    text: str


PLACE: Mapping[str, Weight] = {
    "base": Weight(2.1, "spelled like the place"),
    "caseless": Weight(1.2, "a script without capitals, where nothing else shows a name"),
    "size": Weight(0.55, "a big place is called so"),
    "at": Weight(1.1, "“{}” before it, as before places"),
    "cue": Weight(1.9, "“{}” beside it, as beside places"),
    "qualified": Weight(2.9, "“{}” behind it says where it lies"),
    "listed": Weight(1.0, "in a list with “{}”, a place"),
    "dateline": Weight(2.5, "a dateline, which says where a report was written"),
    "title": Weight(-3.0, "“{}” before it, as before a person's name"),
    "given": Weight(-2.4, "“{}” before it, as in the name of a person or a club"),
    "opening": Weight(-0.5, "“{}” before it may be a first name, or only open the sentence"),
    "behind": Weight(-1.0, "“{}” behind it, as in a longer name"),
    "said": Weight(-1.9, "“{}” behind it, as behind a person's name"),
    "org": Weight(-1.9, "“{}” beside it, as in the name of an organisation"),
    "county": Weight(-3.5, "“{}” behind it: an area called after it"),
    "longer": Weight(-5.0, "part of the longer name “{}”"),
    "person": Weight(-3.0, "it is a person's name elsewhere in the text"),
    "start": Weight(-0.1, "its capital means nothing here: so a sentence or a headline begins"),
    "common": Weight(-0.7, "in the dictionary as an ordinary word of this language"),
    "common_start": Weight(-3.2, "an ordinary word of this language, and a capital means nothing here"),
    "small": Weight(-1.5, "written without its capital elsewhere in the text"),
    "homograph": Weight(-1.6, "often an ordinary word that is spelled alike"),
    "beside": Weight(-6.0, "“{}” near it: here it is the ordinary word"),
    "foreign": Weight(-2.0, "spelled as in another language than the article's ({})"),
    "skeleton": Weight(-2.6, "a spelling that no list holds, alike in its consonants only"),
    "confusable": Weight(-0.7, "letters of another script in it"),
    "affix_start": Weight(-2.8, "with an ending, where a capital means nothing"),
    "affix": Weight(-0.2, "with an ending"),
    "unwritten": Weight(-2.0, "no capital, in a text without any"),
    "context": Weight(1.2, "{} in the text, which goes with the place"),
    "own_context": Weight(3.0, "the watch's own context: “{}”"),
}

SENSE: Mapping[str, Weight] = {
    "size": Weight(0.7, "more people live there"),
    "main": Weight(0.4, "its main name"),
    "region": Weight(-0.5, "a region, not a city"),
    "country": Weight(1.4, "a country"),
    "dominant": Weight(2.0, "nearly everybody means it by this name"),
    "home_region": Weight(3.1, "the publisher is of the same region ({})"),
    "home_country": Weight(0.7, "the publisher is of the same country ({})"),
    "qualified": Weight(4.0, "“{}” behind it"),
    "contradicted": Weight(-4.0, "“{}” behind it lies elsewhere"),
    "qualified_elsewhere": Weight(2.0, "“{}” behind it elsewhere in the text"),
    "region_named": Weight(1.3, "its region is named in the text"),
    "country_named": Weight(1.8, "{} in the text"),
    "region_places": Weight(0.1, "other places of its region in the text"),
    "country_places": Weight(0.0, "other places of its country in the text"),
    "own_context": Weight(3.0, "the watch's own context: “{}”"),
    "other_spelling": Weight(-3.0, "only other spellings fit it"),
    "unknown": Weight(-0.2, "a place that no list holds"),
    "unknown_many": Weight(1.7, "one more of the many of that name"),
    "unknown_home": Weight(1.7, "a place of the publisher's own region that no list holds"),
}


class Tables(NamedTuple):
    """Both tables of weights."""

    place: Mapping[str, Weight]
    sense: Mapping[str, Weight]


SHIPPED = Tables(PLACE, SENSE)
