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
    "base": Weight(2.1, "a name of a place"),
    "caseless": Weight(1.2, "a script without capitals"),
    "size": Weight(0.55, "people of the biggest place of this name"),
    "at": Weight(1.1, "“{}” before it"),
    "cue": Weight(1.9, "“{}” beside it"),
    "qualified": Weight(2.9, "“{}” behind it says where"),
    "listed": Weight(1.0, "listed beside “{}”"),
    "dateline": Weight(2.5, "a dateline"),
    "title": Weight(-3.0, "a person's title before it: “{}”"),
    "given": Weight(-2.4, "a name before it: “{}”"),
    "opening": Weight(-0.5, "a capital before it that may only open the sentence: “{}”"),
    "behind": Weight(-1.0, "another name behind it: “{}”"),
    "said": Weight(-1.9, "“{}” behind it, as behind a person's name"),
    "org": Weight(-1.9, "inside another name: “{}”"),
    "county": Weight(-3.5, "“{}” behind it: an area called after it"),
    "longer": Weight(-5.0, "part of the longer name “{}”"),
    "person": Weight(-3.0, "a person's name elsewhere in the text"),
    "start": Weight(-0.1, "where a capital means nothing"),
    "common": Weight(-0.7, "an everyday word of the language, too"),
    "common_start": Weight(-3.2, "an everyday word where a capital means nothing"),
    "small": Weight(-1.5, "written small elsewhere in the text"),
    "homograph": Weight(-1.6, "an everyday word of the language, too"),
    "beside": Weight(-6.0, "“{}” beside it: here it is the everyday word"),
    "foreign": Weight(-2.0, "a spelling of another language ({})"),
    "skeleton": Weight(-2.6, "an unlisted spelling, alike in its consonants only"),
    "confusable": Weight(-0.7, "letters of another script in it"),
    "affix_start": Weight(-2.8, "with an ending, where a capital means nothing"),
    "affix": Weight(-0.2, "with an ending"),
    "unwritten": Weight(-2.0, "no capital, in a text without any"),
    "context": Weight(1.2, "{} named in the text"),
    "own_context": Weight(3.0, "the watch's own context: “{}”"),
}

SENSE: Mapping[str, Weight] = {
    "size": Weight(0.7, "its people"),
    "main": Weight(0.4, "its main name"),
    "region": Weight(-0.5, "a region, not a city"),
    "country": Weight(1.4, "a country"),
    "dominant": Weight(2.0, "what nearly everybody means by the name"),
    "home_region": Weight(3.1, "the publisher is of the same region ({})"),
    "home_country": Weight(0.7, "the publisher is of the same country ({})"),
    "qualified": Weight(4.0, "“{}” behind it"),
    "contradicted": Weight(-4.0, "“{}” behind it lies elsewhere"),
    "qualified_elsewhere": Weight(2.0, "“{}” behind it elsewhere in the text"),
    "region_named": Weight(1.3, "its region is named in the text"),
    "country_named": Weight(1.8, "{} named in the text"),
    "region_places": Weight(0.1, "other places of its region in the text"),
    "country_places": Weight(0.0, "other places of its country in the text"),
    "own_context": Weight(3.0, "the watch's own context: “{}”"),
    "other_spelling": Weight(-3.0, "shares another spelling only"),
    "unknown": Weight(-0.2, "a place that no list holds"),
    "unknown_many": Weight(1.7, "one more of the many of that name"),
    "unknown_home": Weight(1.7, "a place of the publisher's own region that no list holds"),
}


class Tables(NamedTuple):
    """Both tables of weights."""

    place: Mapping[str, Weight]
    sense: Mapping[str, Weight]


SHIPPED = Tables(PLACE, SENSE)
