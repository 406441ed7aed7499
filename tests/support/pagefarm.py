"""Article pages of realistic size and shape, made up: the same number makes the same page."""

from __future__ import annotations

import json
import random
from html import escape

NOUNS = ("river", "bridge", "council", "market", "harbour", "road", "village", "school", "minister", "envoy", "convoy")
VERBS = ("crossed", "reopened", "inspected", "promised", "delayed", "repaired", "welcomed", "questioned", "reported")
PLACES = ("Rastan", "Hama", "Idlib", "Latakia", "Tartus", "Daraa", "Palmyra", "Manbij", "Qamishli", "Raqqa", "Jableh")
WHEN = ("on Monday", "after heavy rain", "despite the cold", "for a third week", "before the talks", "at dawn")
SCRIPT = "window.dataLayer=window.dataLayer||[];function track(name,data){{dataLayer.push([name,data,{number}])}};"


def story(number: int) -> tuple[str, tuple[str, ...]]:
    """Return the headline and the paragraphs of a story."""
    dice = random.Random(number)  # noqa: S311 - no secret, and the same each time.
    title = f"{dice.choice(PLACES)}: {dice.choice(NOUNS)} and {dice.choice(NOUNS)} {dice.choice(WHEN)}, report {number}"
    return title, tuple(" ".join(_sentence(dice) for _ in range(dice.randint(3, 6))) for _ in range(14))


def _sentence(dice: random.Random) -> str:
    first, second, place = dice.choice(NOUNS), dice.choice(NOUNS), dice.choice(PLACES)
    number = dice.randint(2, 900)
    return (
        f"The {first} near {place} {dice.choice(VERBS)} the {second} {dice.choice(WHEN)}, "
        f"and {number} people of the district {dice.choice(VERBS)} what the {dice.choice(NOUNS)} had left."
    )


def made_page(number: int, *, stated: bool = False) -> bytes:
    """Write a story's page, of some 50 KB with all that stands around it; `stated`: JSON-LD holds its text too."""
    title, paragraphs = story(number)
    dice = random.Random(-number)  # noqa: S311 - as above.
    menu = "".join(
        f"<li class='nav-item'><a href='/{place}/{n}'>{place} {n}</a></li>" for n in range(6) for place in PLACES
    )
    teasers = "".join(_teaser(dice, n) for n in range(60))
    facts: dict[str, object] = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": title}
    if stated:
        facts["articleBody"] = "\n\n".join(paragraphs)
    scripts = "".join(f"<script>{SCRIPT.format(number=n) * 20}</script>" for n in range(12))
    text = "".join(f"<p class='text'>{escape(each)}</p>" for each in paragraphs)
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<script type='application/ld+json'>{json.dumps(facts)}</script>{scripts}</head><body>"
        f"<header><nav><ul>{menu}</ul></nav></header><main><article><h1>{escape(title)}</h1>"
        f"<div class='article-body'>{text}</div></article>"
        f"<aside class='related'><h2>More</h2>{teasers}</aside></main><footer>{menu}</footer></body></html>"
    ).encode()


def _teaser(dice: random.Random, number: int) -> str:
    return (
        f"<div class='card teaser-{number}'><a href='/story/{number}'>"
        f"<img src='/{number}.jpg' alt='{dice.choice(PLACES)}'>"
        f"<h3>{dice.choice(PLACES)}: the {dice.choice(NOUNS)} {dice.choice(VERBS)}</h3></a>"
        f"<span class='meta'><time datetime='2024-12-06'>6 December</time></span></div>"
    )
