"""Read what a page says about itself: JSON-LD, meta elements and title, in one pass and without htmldate."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from monitor.sources.dates import parse_date
from monitor.sources.markup import HtmlElement
from monitor.sources.plaintext import html_to_text, plain

MOST_NODES = 3_000
MOST_SCRIPT = 2_000_000
SHORTEST_NAME = 2  # DW, RT.
SHORTEST_PART = 3
LONGEST_NAME = 5  # words.
ARTICLE_TYPES = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|NewsStory|Review)$")
# A dash with spaces, a bar or a dot between a headline and its publisher.
SEPARATORS = re.compile(r"\s+[-–—|·•:«»›‹~]\s+|\s*[|｜ㅣ]\s*")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "ı": "i"})
DW_TITLE = re.compile(r"\s+[–|-]\s+DW\s+[–|-]\s+[\d./٠-٩۰-۹-]{6,12}$")


@dataclass(frozen=True, slots=True)
class Head:
    """A page's statements about itself, each "" or None where it makes none. `body` is JSON-LD's articleBody."""

    title: str = ""
    site: str = ""
    description: str = ""
    body: str = ""
    language: str | None = None
    url: str | None = None
    published_at: datetime | None = None


def read_head(tree: HtmlElement, url: str) -> Head:
    """Collect a page's own statements. `url` is where it was found; a canonical address elsewhere is not believed."""
    meta = _metas(tree)
    article = _article_node(tree)
    site = meta.get("og:site_name") or _name(article.get("publisher")) or ""
    return Head(
        title=_title(tree, meta, article, site=site, host=urlsplit(url).hostname or ""),
        site=plain(site),
        description=html_to_text(_first_text(article.get("description"), meta, "og:description", "description")),
        body=_body(article),
        language=_language(tree, article, meta),
        url=_canonical(tree, meta, url),
        published_at=_published(article, meta),
    )


def _metas(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = element.get("content")
        if name and content and content.strip():
            found.setdefault(name.strip().lower(), content.strip())
    return found


def _article_node(tree: HtmlElement) -> dict[str, Any]:
    """Return the JSON-LD node of the article, the one with a body rather than one without; {} if there is none."""
    best: dict[str, Any] = {}
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text or len(script.text) > MOST_SCRIPT:
            continue
        try:
            data = json.loads(script.text.strip().removesuffix(";"), strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(data):
            if _is_article(node) and (not best or (node.get("articleBody") and not best.get("articleBody"))):
                best = node
    return best


def _nodes(data: object) -> Iterator[dict[str, Any]]:
    """Walk parsed JSON breadth first, up to a bound; never into the parts that describe other things."""
    queue, seen = [data], 0
    while queue and seen < MOST_NODES:
        item = queue.pop(0)
        seen += 1
        if isinstance(item, list):
            queue += item
        elif isinstance(item, dict):
            yield item
            queue += [item[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in item]


def _is_article(node: dict[str, Any]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and ARTICLE_TYPES.search(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _body(article: dict[str, Any]) -> str:
    body = article.get("articleBody")
    return html_to_text(body, paragraphs=True) if isinstance(body, str) else ""


def _name(thing: object) -> str:
    if isinstance(thing, list) and thing:
        thing = thing[0]
    name = thing.get("name") if isinstance(thing, dict) else thing
    return name if isinstance(name, str) else ""


def _first_text(first: object, meta: dict[str, str], *names: str) -> str:
    if isinstance(first, str) and first.strip():
        return first
    return next((meta[name] for name in names if name in meta), "")


# --- title ----------------------------------------------------------------------------------------------------------


def _title(tree: HtmlElement, meta: dict[str, str], article: dict[str, Any], *, site: str, host: str) -> str:
    stated = _first_text(article.get("headline") or article.get("name"), meta, "og:title", "twitter:title")
    if not stated.strip():
        stated = next((" ".join(element.itertext()) for element in tree.iter("title")), "")
    if not stated.strip():
        stated = next((" ".join(element.itertext()) for element in tree.iter("h1")), "")
    return clean_title(html_to_text(stated), site=site, host=host)


def clean_title(title: str, *, site: str = "", host: str = "") -> str:
    """Cut the publisher's name off a title's end, or its start: only parts that are its name or its host's.

    A dash within a headline stays: what stands behind it is no publisher's name.
    """
    title = DW_TITLE.sub("", plain(title))
    names = {
        key for key in (_key(site), _key(host.removeprefix("www.")), *map(_key, host.split(".")[:-1])) if len(key) > 1
    }
    for _ in range(3):
        cuts = [match.span() for match in SEPARATORS.finditer(title)]
        if cuts and _is_publisher(title[cuts[-1][1] :], names):
            title = title[: cuts[-1][0]].rstrip()
        elif cuts and _key(title[: cuts[0][0]]) in names:
            title = title[cuts[0][1] :].lstrip()
        else:
            break
    return title


def _is_publisher(part: str, names: set[str]) -> bool:
    key = _key(part)
    if key in names:
        return True
    # "The Example Times" and example-times.org, "BBC News" and bbc: one begins or ends with the other.
    return len(part.split()) <= LONGEST_NAME and any(
        min(len(name), len(key)) >= SHORTEST_PART and (key.startswith(name) or name.startswith(key)) for name in names
    )


def _key(name: str) -> str:
    """Fold a name as host names do: letters and digits only, umlauts written out."""
    return "".join(letter for letter in name.casefold().translate(UMLAUTS) if letter.isalnum())


# --- address, language, date ----------------------------------------------------------------------------------------


def _canonical(tree: HtmlElement, meta: dict[str, str], url: str) -> str | None:
    links = [link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    for stated in (*links, meta.get("og:url")):
        if not stated:
            continue
        try:
            full = urljoin(url, stated.strip())
            parts = urlsplit(full)
        except ValueError:
            continue
        # The front page is what a broken template states for every article.
        if (
            parts.scheme in {"http", "https"}
            and parts.hostname
            and _same_site(parts.hostname, url)
            and len(parts.path) > 1
        ):
            return str(full)
    return None


def _same_site(host: str, url: str) -> bool:
    """Say whether both belong to one publisher: equal but for a subdomain. No `url`: whatever the page says."""
    here = urlsplit(url).hostname if url else host
    if not here:
        return True
    return host == here or _site(host) == _site(here)


def _site(host: str) -> str:
    labels = host.split(".")
    # co.uk, com.tr, gov.sy: a short label before a country's belongs to the suffix.
    short = len(labels) >= 3 and len(labels[-1]) == 2 and len(labels[-2]) <= 3  # noqa: PLR2004 - as said above.
    return ".".join(labels[-3:] if short else labels[-2:])


def _language(tree: HtmlElement, article: dict[str, Any], meta: dict[str, str]) -> str | None:
    root = tree.getroottree().getroot()
    stated = article.get("inLanguage")
    for value in (
        root.get("lang") or root.get("xml:lang"),
        stated,
        meta.get("og:locale"),
        meta.get("content-language"),
    ):
        if isinstance(value, str) and (found := re.match(r"[a-z]{2,3}(?![a-z])", value.strip().lower())):
            return found[0]
    return None


def _published(article: dict[str, Any], meta: dict[str, str]) -> datetime | None:
    names = (
        "article:published_time",
        "datepublished",
        "og:published_time",
        "dc.date.issued",
        "dcterms.created",
        "date",
    )
    for value in (article.get("datePublished"), article.get("dateCreated"), *(meta.get(name) for name in names)):
        if isinstance(value, str) and (found := parse_date(value, now=datetime.now(UTC))):
            return found
    return None
