"""Feeds that nobody would write, made up from a seed: any element of feeds within any other, declared any way."""

from __future__ import annotations

import random

NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "media": "http://search.yahoo.com/mrss/",
    "atom": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/DTDs/PodCast-1.0.dtd",
    "x": "urn:odd",
    "h": "http://www.w3.org/1999/xhtml",
    "v": "http://www.w3.org/2000/svg",
    "u": "http://backend.userland.com/rss2",
    "d": "http://purl.org/dc/elements/1.1/",
}
ROOTS = {
    "rss": ("channel", "item", 'version="2.0"'),
    "feed": ("x:any", "entry", 'xmlns="http://www.w3.org/2005/Atom"'),
    "rdf:RDF": ("channel", "item", 'xmlns="http://purl.org/rss/1.0/"'),
}
NAMES = (
    *("title", "Title", "link", "guid", "id", "description", "summary", "content", "content:encoded", "pubDate"),
    *("updated", "published", "category", "author", "name", "email", "url", "source", "image", "textInput", "width"),
    *("enclosure", "dc:date", "dc:creator", "d:subject", "dc:title", "dc:language", "media:content", "media:title"),
    *("media:description", "atom:link", "atom:title", "itunes:keywords", "itunes:image", "x:links", "x:tags", "links"),
    *("tags", "contentid", "h:div", "div", "p", "b", "v:svg", "v:title", "svg", "math", "items", "date", "language"),
    *("generator", "rights", "contributor", "webMaster", "cloud", "body", "info", "u:title", "fullitem", "x:thing"),
    "entry",
)
ATTRIBUTES = (
    *('type="html"', 'type="XHTML"', 'type="text"', 'type="text/plain"', 'type="application/octet-stream"'),
    *('mode="base64"', 'rel="Self"', 'rel="alternate"', 'href="a/b?x=1&amp;y=2"', 'href="http://e.example/c"'),
    *('url="i.png"', 'Href="H"', 'xml:lang="de_AT"', 'xml:lang=""', 'lang="fr"', 'xml:base="http://b.example/d/"'),
    *('xml:base="http://[b"', 'base="c/"', 'xmlns:dc="urn:other"', 'xmlns:x="http://purl.org/dc/elements/1.1/"'),
    *('xmlns:n="urn:new"', 'x:a="1"', 'term="t"', 'domain="d"', 'isPermaLink="false"', 'src="s"', 'version="2.0"'),
    *('rdf:about="r"', 'label="l"', 'scheme="s"'),
)
TEXTS = (
    *("", " ", "word", "two words\nin lines", "&lt;p&gt;a&lt;/p&gt;", "a &amp; b", "<![CDATA[<b>c</b> &eacute;]]>"),
    *("é ü", "Ã©", "\x93quoted\x94", "Слово", "http://e.example/a", "http://e.example/a?b=1&amp;c;", "/rel"),
    *("2024-12-02T10:00:00Z", "ZWlucw==", "Mon, 02 Dec 2024 10:00:00 GMT", "12", "a, b", "&#228;", "<!-- c -->"),
    *("http://[b", "de", "a@b.example (N)", "&lt;5"),
)
WELL = 0.7  # of all feeds have their entries where they belong;
BROKEN = 0.1  # of all break off;
NESTED = 0.2  # of all elements hold another.
DEEPEST = 5


def document(seed: int) -> bytes:
    """Return one feed."""
    dice = random.Random(seed)  # noqa: S311 - made-up markup.
    root, (channel, entry, attribute) = dice.choice(list(ROOTS.items()))
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    head = "".join(_element(dice, 1) for _ in range(dice.randint(0, 3)))
    entries = "".join(
        f"<{entry}{_attributes(dice)}>{''.join(_element(dice, 2) for _ in range(dice.randint(1, 9)))}</{entry}>\n"
        for _ in range(dice.randint(1, 3))
    )
    within = f"<{channel}>{head}{entries}</{channel}>" if dice.random() < WELL else f"{head}{entries}"
    made = f"<{root} {rdf} {declared} {attribute}>{within}</{root}>".encode()
    return made[: -dice.randint(1, 40)] if dice.random() < BROKEN else made


def _attributes(dice: random.Random) -> str:
    """Return some attributes, no two of one name."""
    chosen = {one.split("=", 1)[0]: one for one in dice.choices(ATTRIBUTES, k=dice.choice((0, 0, 0, 1, 1, 2, 3)))}
    return "".join(f" {one}" for one in chosen.values())


def _element(dice: random.Random, depth: int) -> str:
    name = dice.choice(NAMES)
    inner = dice.choice(TEXTS)
    while depth < DEEPEST and dice.random() < NESTED:
        inner += _element(dice, depth + 1) + dice.choice(TEXTS)
    return f"<{name}{_attributes(dice)}/>" if not inner else f"<{name}{_attributes(dice)}>{inner}</{name}>"
