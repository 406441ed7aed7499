"""Find out which charset a body is written in: declared if that holds, then UTF-8, then by its letters."""

from __future__ import annotations

import codecs
import re

SNIFFED = 2_048  # a declaration stands in the first bytes: HTML wants it within 1,024.
SAMPLE = 60_000
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
META_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
WIDE = re.compile(r"utf-?(?:16|32)|ucs|iso-10646|u16|u32", re.IGNORECASE)
# What browsers read under these names. Source: https://encoding.spec.whatwg.org/#names-and-labels.
READ_AS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
# Charsets of news on the web; a detector free to choose finds EBCDIC and old DOS pages everywhere.
PLAUSIBLE = [
    "cp1251",
    "koi8_r",
    "cp1252",
    "cp1250",
    "cp1254",
    "cp1256",
    "cp1253",
    "cp1255",
    "cp1257",
    "cp1258",
    "iso8859_2",
    "iso8859_5",
    "iso8859_7",
    "iso8859_9",
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "cp949",
    "cp874",
]
WESTERN = set("àâäáãåæçéèêëíìîïñóòôöõøœúùûüÿßÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜ«»‹›–—‘’‚“”„…€£§°ºª¡¿·•®©\xa0")
HIGH = re.compile(r"[^\x00-\x7f]+")
CYRILLIC = ("cp1251", "koi8-r")
CYRILLIC_WORD = re.compile(r"[А-ЯЁІЇЄЎ]?[а-яёіїєўґ’]+|[А-ЯЁІЇЄЎҐ]+|[«»“”„—–…№\xa0]+")
NEARLY_ALL = 0.9
VOWELS = 0.12
GOOD_TO_BAD = 5  # letters beyond ASCII for each bad byte, before a text is of a charset that it does not quite fit.
LONG_RUN = 4  # "»Ö" and "…“" occur; a word in Greek or Cyrillic is longer.
SINGLE_BYTE = {name.replace("iso8859_", "iso8859-").replace("_", "-") for name in PLAUSIBLE[:14]} | {
    "koi8-u",
    "iso8859-15",
}


def canonical_charset(name: str) -> str | None:
    """Return Python's codec for a declared charset as browsers read it, or None if it is no charset of text."""
    try:
        codec = codecs.lookup(name.strip())
    except (LookupError, ValueError):
        return None
    if not getattr(codec, "_is_text_encoding", True) or codec.name in {"punycode", "idna", "undefined"}:
        return None
    return READ_AS.get(codec.name, codec.name)


def declared_charsets(body: bytes, content_type: str) -> tuple[str, ...]:
    """List what the byte order mark, the Content-Type and the document say, in this order of trust."""
    start = body[:SNIFFED]
    names = [codec for mark, codec in BOMS if body.startswith(mark)][:1]
    if found := HTTP_CHARSET.search(content_type):
        names.append(found[1])
    stated = [
        match[1].decode("ascii", "replace")
        for match in (XML_ENCODING.match(start), META_CHARSET.search(start))
        if match
    ]
    # What can be read byte by byte is not written in words of two or four bytes, whatever it says.
    names += [name for name in stated if not WIDE.match(name)]
    known = (canonical_charset(name) for name in names)
    return tuple(dict.fromkeys(charset for charset in known if charset))


def decode_text(body: bytes, content_type: str = "") -> str:
    """Decode a body. Bytes that fit no charset become U+FFFD; nothing is raised."""
    declared = declared_charsets(body, content_type)
    # A charset of single bytes fits everything; letters that form UTF-8 by chance do not exist in practice.
    for charset in ("utf-8", *declared) if set(declared) <= SINGLE_BYTE else (*declared, "utf-8"):
        if (text := _try(body, charset)) is not None:
            return text
    for charset in (*declared, "utf-8"):
        if charset not in SINGLE_BYTE and (text := _nearly(body, charset)) is not None:
            return text
    if (found := detect_charset(body)) and (text := _try(body, found)) is not None:
        return text
    return body.decode(declared[0] if declared else "utf-8", "replace").removeprefix("\ufeff")


def detect_charset(body: bytes) -> str | None:
    """Judge by the letters which charset `body` is in; None if none fits."""
    if _is_western(body[:SAMPLE]):
        return "cp1252"
    if cyrillic := next((charset for charset in CYRILLIC if _is_cyrillic(body[:SAMPLE], charset)), None):
        return cyrillic
    import charset_normalizer  # late: the last resort of few bodies.

    best = charset_normalizer.from_bytes(body[:SAMPLE], cp_isolation=list(PLAUSIBLE), explain=False).best()
    return best.encoding if best else None


def _is_western(sample: bytes) -> bool:
    """Say whether all letters beyond ASCII are those of Western Europe, alone or in twos as in its languages."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    beyond = HIGH.findall(text)
    return bool(beyond) and all(len(run) < LONG_RUN and set(run) <= WESTERN for run in beyond)


def _is_cyrillic(sample: bytes, charset: str) -> bool:
    """Say whether the letters make words of a Cyrillic language: cased as words are, with its common vowels."""
    try:
        words = HIGH.findall(sample.decode(charset))
    except UnicodeDecodeError:
        return False
    letters = sum(map(len, words))
    cased = sum(len(word) for word in words if CYRILLIC_WORD.fullmatch(word))
    vowels = sum(word.lower().count(vowel) for word in words for vowel in "аое")
    # Greek and Arabic in this charset have the wrong case within words, or next to none of these vowels.
    return letters > 0 and cased >= NEARLY_ALL * letters and vowels >= VOWELS * letters


def _nearly(body: bytes, charset: str) -> str | None:
    """Decode what is in a charset but for a few bytes: one bad entry must not turn the others to mojibake."""
    try:
        text = body.decode(charset, "replace").removeprefix("\ufeff")
    except (LookupError, ValueError):
        return None
    bad = text.count("\ufffd")
    # Read in a wrong charset of several bytes a letter, nearly all letters beyond ASCII are bad.
    good = len(text) if charset.startswith(("utf-16", "utf-32")) else sum(map(len, HIGH.findall(text))) - bad
    return text if good >= GOOD_TO_BAD * bad else None


def _try(body: bytes, charset: str) -> str | None:
    """Decode strictly, and where a document was cut within a letter, all but its last bytes."""
    try:
        return body.decode(charset).removeprefix("\ufeff")
    except UnicodeDecodeError as exc:
        if exc.start < len(body) - 4:
            return None
        return body[: exc.start].decode(charset, "replace").removeprefix("\ufeff")
    except (LookupError, ValueError):
        return None
