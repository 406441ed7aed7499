"""What is kept of a robots.txt costs little to ask, whoever wrote it; of an honest one it says what the whole says."""

from __future__ import annotations

import pytest
from protego import Protego

from monitor.sources.robotsrules import (
    LONGEST_ASKED,
    LONGEST_RULE,
    LONGEST_WILD,
    MOST_RULES,
    MOST_STARS,
    MOST_WILD,
    kept_lines,
    may_read,
    read_rules,
)

AGENT = "news-monitor"
SITE = "https://example.org"
ALL = "User-agent: *\n"


def is_open(text: str, path: str) -> bool:
    rules = read_rules(text, AGENT)
    return rules is None or may_read(rules, SITE + path, AGENT)


@pytest.mark.parametrize(
    "rule",
    [
        "Disallow: /*ab{}",
        "Disallow: /{}$",
        "Allow: *{}x~",
        "Disallow: /*a*aa*aaa*a*a*a*a*a*{}",
        "Disallow: /plain{}",
        "Disallow /without-a-colon{}",
        "Disallow: /*" + "a" * 5_000 + "b{}",
        "Disallow: /" + "%" * 5_000 + "{}",
    ],
)
@pytest.mark.parametrize("head", [ALL, ALL * 5_000, "User-agent: news-monitor\n", "User-agent: *\nUser-agent: news*\n"])
def test_a_file_full_of_rules_leaves_few_and_short_ones(head: str, rule: str) -> None:
    text = (head + "\n".join(rule.format(number) for number in range(40_000)))[:500_000]
    lines = [line.partition(": ")[2] for line in kept_lines(text, AGENT)]
    wild = [line for line in lines if "*" in line or "$" in line]
    assert len(lines) <= MOST_RULES
    assert len(wild) <= MOST_WILD
    assert all(len(line) <= LONGEST_RULE and line.count("*") <= MOST_STARS for line in lines)
    assert all(len(line) <= LONGEST_WILD for line in wild if "*" in line)


def test_an_address_is_asked_about_by_its_start() -> None:
    rules = read_rules(f"{ALL}Disallow: /*secret\n", AGENT)
    assert rules is not None
    assert not may_read(rules, f"{SITE}/secret".ljust(9_000, "x"), AGENT)
    assert may_read(rules, f"{SITE}/".ljust(LONGEST_ASKED, "x") + "secret", AGENT)


@pytest.mark.parametrize(
    ("rule", "path", "is_closed"),
    [
        ("Disallow: /" + "a" * 2 * LONGEST_RULE, "/" + "a" * LONGEST_RULE, True),
        ("Disallow: /" + "%D8%AD" * LONGEST_RULE, "/" + "%D8%AD" * LONGEST_RULE, True),
        ("Disallow: /a*b*c*d*e*f*g", "/abcdefg", True),
        ("Disallow: /a*b*c*d*e*f*g", "/abcd", False),
        ("Disallow: /a\nAllow: /a*b*c*d*e*f*g", "/abcdefg", True),
        ("Disallow: /a\nAllow: /a" + "b" * 2 * LONGEST_RULE, "/a" + "b" * 2 * LONGEST_RULE, True),
        ("Disallow: /a***b", "/a-b", True),
    ],
)
def test_a_rule_that_is_cut_closes_what_it_closed_and_opens_nothing(rule: str, path: str, *, is_closed: bool) -> None:
    assert is_open(ALL + rule, path) is not is_closed


def test_the_rules_for_us_count_behind_any_number_of_others() -> None:
    others = "".join(f"User-agent: bot{number}\nDisallow: /\n" for number in range(5_000))
    everybody = ALL + "".join(f"Disallow: /{number}\n" for number in range(2 * MOST_RULES))
    assert kept_lines(f"{others}{everybody}User-agent: News-Monitor\nDisallow: /ours\n", AGENT) == ("Disallow: /ours",)


HONEST = """# comment
Sitemap: https://example.org/sitemap.xml
User-agent: GPTBot
User-agent: CCBot
Disallow: /

User-agent: *
Crawl-delay: 10
Disallow: /search   # found nothing
Disallow: /*?print=
Disallow: /*.pdf$
Allow: /search/about
Dissallow: /typo
Disallow /bare
Disallow:
Host: example.org
Disallow: /after-host

User-agent: other
Crawl-delay: 1
User-agent: *
Disallow: /second/index.html
Allow: /second/page/index.html
"""
PATHS = (
    "/",
    "/search",
    "/search/x",
    "/search/about",
    "/a?print=1",
    "/a.pdf",
    "/a.pdf?x",
    "/typo",
    "/bare",
    "/after-host",
    "/second/",
    "/n",
    "/news",
)


@pytest.mark.parametrize("extra", ["", "User-agent: news\nDisallow: /n\n", "User-agent: news-monitor\nDisallow:\n"])
@pytest.mark.parametrize("path", PATHS)
def test_what_is_kept_of_an_honest_file_says_what_the_whole_says(extra: str, path: str) -> None:
    assert is_open(HONEST + extra, path) == Protego.parse(HONEST + extra).can_fetch(SITE + path, AGENT)
