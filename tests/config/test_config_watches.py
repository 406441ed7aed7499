from __future__ import annotations

from pathlib import Path

import pytest
from support.config import CHANNEL, FEED, WATCH, WHOLE, loaded, mistakes, shown, write

from monitor.app import ready
from monitor.config.load import load

CASE = "[[watch.when]]\n"
KEYWORD = '[[watch]]\nid = "w"\nkeyword = ["shelling", "airstrike*"]\n'
CALM = '[network]\ncontact = "ops@example.org"\n' + FEED + CHANNEL + KEYWORD  # the watch's keys begin in line 12.


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        (
            "a slip in a case, with the case's own keys",
            WATCH + CASE + 'any = "x"\nnaer = 3',
            'config.toml:6:1: watch.homs.when[0].naer: is not a known key (did you mean "near"?)',
        ),
        (
            "a key of the watch in a case",
            WATCH + CASE + 'any = "x"\nnotify = "desk"',
            "config.toml:6:1: watch.homs.when[0].notify: is not a known key (it belongs into [[watch]])",
        ),
        (
            "an element of a list in the second case",
            WATCH + CASE + 'any = "x"\n' + CASE + 'any = ["y", "--"]',
            (
                "config.toml:7:13: watch.homs.when[1].any: holds no letter and no digit "
                "(it would match nothing, or everything)"
            ),
        ),
        (
            "one table instead of a list",
            WATCH + '[watch.when]\nany = "x"',
            (
                "config.toml:4:1: watch.homs.when: is a list of tables "
                "(write [[watch.when]], with two brackets, above each one)"
            ),
        ),
        (
            "a case in braces",
            WATCH + 'when = [{ any = "x", severity = "hihg" }]',
            'config.toml:4:33: watch.homs.when[0].severity: "hihg" is not known here (did you mean "high"?)',
        ),
        (
            "a feed that is not there",
            FEED + WATCH + CASE + 'feed = ["dw", "dww"]',
            'config.toml:8:15: watch.homs.when[0].feed: there is no feed "dww" (did you mean "dw"?)',
        ),
        (
            "a radius around a word",
            KEYWORD + "within_km = 20",
            "config.toml:4:13: watch.w.within_km: means nothing for a keyword (it is for a watch with place)",
        ),
        (
            "a radius of nothing",
            WATCH + "within_km = 0",
            (
                "config.toml:4:13: watch.homs.within_km: is no distance in kilometres "
                "(write a number up to 1000, without quotes)"
            ),
        ),
        (
            "a radius with a unit",
            WATCH + 'within_km = "20km"',
            (
                "config.toml:4:13: watch.homs.within_km: is no distance in kilometres "
                "(write a number up to 1000, without quotes)"
            ),
        ),
        (
            "a salience with a slip",
            WATCH + 'match = "mentoin"',
            'config.toml:4:9: watch.homs.match: "mentoin" is not known here (did you mean "mention"?)',
        ),
        (
            "a strictness with a slip",
            WATCH + 'strictness = "strikt"',
            'config.toml:4:14: watch.homs.strictness: "strikt" is not known here (did you mean "strict"?)',
        ),
        (
            "a backfill without a unit",
            WATCH + "backfill = 24",
            'config.toml:4:12: watch.homs.backfill: is a number without a unit (write it like "24s" or "24m")',
        ),
        (
            "an empty name",
            '[[watch]]\nid = "x"\nplace = ""',
            "config.toml:3:9: watch.x.place: holds no letter and no digit (it would match nothing, or everything)",
        ),
        (
            "an alias of a megabyte",
            WATCH + f'aliases = ["Emesa", "{"x" * 1_000_000}"]',
            "config.toml:4:21: watch.homs.aliases: is longer than 1,000 characters",
        ),
        (
            "a home that is nothing",
            FEED + 'home = "-"',
            'config.toml:4:8: feed.dw.home: is no country or region (write it like "DE", "US.TX" or "Texas, US")',
        ),
    ],
)
def test_a_mistake_in_a_watch_is_told_at_its_place(why: str, text: str, expected: str, tmp_path: Path) -> None:
    assert [expected] == shown(mistakes(write(tmp_path, text)), tmp_path), why


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        (
            "asked for and ruled out",
            CALM + 'none = ["drill", "SHELLING"]',
            (
                'config.toml:12:18: watch.w.none: "SHELLING" is also asked for: nothing can match '
                "(take it out of one of the two)"
            ),
        ),
        (
            "any and none",
            CALM + CASE + 'any = ["Tote", "dead"]\nnone = "tote"',
            (
                'config.toml:14:8: watch.w.when[0].none: "tote" also stands in any, where it then means nothing '
                "(take it out of one of the two)"
            ),
        ),
        (
            "all and none",
            CALM + 'all = "قُصف"\nnone = "قصف"',
            (
                'config.toml:13:8: watch.w.none: "قصف" is also asked for: nothing can match '
                "(take it out of one of the two)"
            ),
        ),
        (
            "a name that swallows itself",
            CALM + 'not = "Shelling"',
            (
                'config.toml:12:7: watch.w.not: "Shelling" is a name of the watch itself, which then never counts '
                "(name a longer phrase that holds it)"
            ),
        ),
        (
            "a beginning that is ruled out",
            CALM + 'any = ["bombing"]\nnone = "bomb*"',
            (
                'config.toml:13:8: watch.w.none: "bomb*" also rules out "bombing", which is asked for '
                "(take it out of one of the two)"
            ),
        ),
        (
            "a case for what the watch rules out",
            CALM + 'none = "drill"\n' + CASE + 'any = ["shells", "Drill"]',
            (
                'config.toml:14:18: watch.w.when[0].any: "Drill" is ruled out by the watch\'s own none: '
                "no article with it matches the watch (take it out of one of the two)"
            ),
        ),
        (
            "a case in a part that the watch leaves out",
            CALM + 'in = "title"\n' + CASE + 'in = "body"',
            (
                "config.toml:14:6: watch.w.when[0].in: the watch itself counts in title only: "
                "this case never holds (name one of these parts)"
            ),
        ),
        (
            "two cases for one thing",
            CALM + CASE + 'any = "x"\nseverity = "high"\n' + CASE + 'any = "x"\nseverity = "low"',
            (
                "config.toml:15:1: watch.w.when: asks for the same as case 1 of this watch: "
                "the severer of the two counts (take one of the two out)"
            ),
        ),
        (
            "a case of nothing",
            CALM + CASE + 'severity = "high"',
            (
                "config.toml:12:1: watch.w.when: asks for nothing: it holds for every article (name one of any, all, "
                "none, in, lang, class, feed, salience, or set the watch's own severity)"
            ),
        ),
        (
            "a distance to nothing in a case",
            CALM + CASE + 'in = "title"\nnear = 3',
            "config.toml:14:8: watch.w.when[0].near: does nothing without any or all",
        ),
        (
            "an expression in a case",
            CALM + CASE + 'all = "bomb(s|ing).*"',
            (
                'config.toml:13:7: watch.w.when[0].all: "bomb(s|ing).*" looks like a regular expression '
                "(words are searched for as they stand; a trailing * stands for any ending)"
            ),
        ),
        (
            "an expression as context",
            CALM + 'context = ["Orontes", "\\\\bSyria\\\\b"]',
            (
                'config.toml:12:23: watch.w.context: "\\bSyria\\b" looks like a regular expression '
                "(words are searched for as they stand; a trailing * stands for any ending)"
            ),
        ),
        (
            "a class without a feed",
            CALM + CASE + 'class = "wire"',
            'config.toml:13:9: watch.w.when[0].class: no feed is of the class "wire" (give a [[feed]] this class)',
        ),
    ],
)
def test_a_watch_that_is_probably_not_meant_so_is_a_warning(why: str, text: str, expected: str, tmp_path: Path) -> None:
    assert [expected] == shown(loaded(tmp_path, text).warnings, tmp_path), why


def test_cases_that_ask_for_something_are_no_warning(tmp_path: Path) -> None:
    text = WHOLE + 'context = "Orontes"\n'
    text += "".join(CASE + line + "\n" for line in ('any = "x"\nnone = "y"', 'feed = "dw"', 'salience = "about"'))
    assert loaded(tmp_path, text).warnings == ()


@pytest.mark.release
def test_fifty_thousand_watches_load_with_a_warning_that_says_what_they_cost(tmp_path: Path) -> None:
    text = "".join(f'[[watch]]\nid = "w{number}"\nkeyword = "word{number}"\n' for number in range(50_000))
    found = load(write(tmp_path, WHOLE + text), environ={})
    assert len(found.settings.watches) == 50_001
    assert shown(found.warnings, tmp_path) == [
        (
            "config.toml:9:1: watch.homs: 50,001 watches take some 13 s to load and 600 MB of memory, "
            "more for places with many names (names that belong together can share a watch, as a list)"
        )
    ]


def test_what_is_found_later_in_a_case_stands_at_its_line(tmp_path: Path) -> None:
    found = loaded(tmp_path, CALM + CASE + 'any = ["a",\n  "b"]\n')
    mistake = found.mistake(("watch", "w", "when", 0, "any", 1), "is wrong", "somehow")
    assert shown((mistake,), tmp_path) == ["config.toml:14:3: watch.w.when[0].any: is wrong (somehow)"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            'not = ["Port of Homs", "Homs"]',
            (
                "config.toml:12:24: watch.homs.not: “Homs” is a spelling of the watch itself, which then never counts "
                "(name a longer phrase that holds it)"
            ),
        ),
        (
            'none = "حمص"',
            (
                "config.toml:12:8: watch.homs.none: “حمص” is a spelling of the watch itself: "
                "what holds it never matches (name what such articles hold besides)"
            ),
        ),
        (
            'context = ["Orontes", "Hims"]',
            (
                "config.toml:12:23: watch.homs.context: “Hims” is a spelling of the watch itself: "
                "it would speak for every hit (name what stands beside it)"
            ),
        ),
    ],
)
def test_a_watch_that_works_against_a_spelling_it_never_wrote_is_a_warning(
    line: str, expected: str, tmp_path: Path
) -> None:
    assembled = ready(write(tmp_path, WHOLE + line))[1]
    assert shown(assembled.warnings, tmp_path) == [expected]
