"""What a link is without what is only there to track its reader, and which links lead to the same article."""

from __future__ import annotations

import re
import string
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

# Parameters that say where a reader came from and never which page it is. Sources: the publishers' own feeds (DW maca,
# BBC at_*, Le Monde xtor, CNN/Guardian CMP, NYT smid, Mail ito, WSJ mod), Google Analytics' utm_*, ad click ids.
TRACKERS = frozenset(
    [
        "maca",
        "fbclid",
        "gclid",
        "dclid",
        "msclkid",
        "yclid",
        "igshid",
        "mc_cid",
        "mc_eid",
        "xtor",
        "cmp",
        "cmpid",
        "ocid",
        "smid",
        "ito",
        "ns_campaign",
        "ns_source",
        "ns_mchannel",
        "ns_linkname",
        "ref_src",
        "wtmc",
        "wt_mc",
        "traffic_source",
        "feedname",
        "feedtype",
        "rss_id",
        "spm",
        "guccounter",
        "cid_source",
        "icid",
        "ncid",
        "sr_share",
        "partnerid",
    ]
)
TRACKER_PREFIXES = ("utm_", "at_", "pk_", "mtm_", "hsa_", "_hs")
# `ref=rss`, `source=feed`: whatever the parameter is called, it only says that a feed was the way.
FEED_VALUES = frozenset({"rss", "feed", "atom", "rdf", "rss2", "rssfeed"})
MOST_LOOKS = 8
HOST_PREFIXES = ("www.", "m.", "amp.", "mobile.")
DEFAULT_PORTS = {"http": 80, "https": 443}

# DW: https://www.dw.com/en/slug/a-70979500, /live-…, /video-…, /g-…, /av-…, /t-…; the number alone is the article.
_DW_PATH = re.compile(r"/(?:[a-z]{1,8}-)(\d{4,12})/?$")
# p.dw.com/p/4QgGF is the article's number in base 62: checked on two real pages of 2023 (65464327 and 65897191).
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_DW_SHORT = re.compile(r"/p/([0-9A-Za-z]{4,7})/?$")
# An address as most are: nothing in it that is dropped, and nothing that is written in two ways.
_CLEAN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::(?!80/|443/)[1-9][0-9]{0,4})?/[A-Za-z0-9/:@!$&'()*+,;=~._-]*", re.ASCII
)


def canonical_url(url: str) -> str:
    """Return `url` without trackers, fragment, default port and user; scheme and path as given. Never raises."""
    if _CLEAN.fullmatch(url):
        return url
    # What is left of a mangled address may be clean only at a second look.
    for _ in range(MOST_LOOKS):
        before, url = url, _cleaned(url)
        if url == before:
            break
    return url


def _cleaned(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url.strip()
    if parts.scheme.lower() not in DEFAULT_PORTS or not parts.hostname:
        return url.strip()
    scheme, host = parts.scheme.lower(), parts.hostname.rstrip(".")
    host = f"[{host}]" if ":" in host else host
    netloc = host if port in {None, DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    # A fragment names a part of a page, except where scripts route by it (#!/article/5).
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return urlunsplit((scheme, netloc, parts.path or "/", _query(parts.query), fragment))


def link_key(url: str) -> str:
    """Return what all links to one article have in common, or "" where the link names no single page.

    The scheme, `www.`, `m.`, `amp.`, a trailing slash, `/amp`, the order of parameters and percent-encoding do not
    count. A publisher's own article number wins over the path.
    """
    try:
        parts = urlsplit(canonical_url(url))
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""  # no URL: http://h:99999/, http://[h/
    if not parts.hostname:
        return ""
    host, path = _bare_host(parts.hostname), _bare_path(parts.path)
    number = _dw_number(host, path)
    if number:
        return f"dw.com/{number}"
    if not path and not parts.query:
        return ""  # a publisher's front page, which some feeds give as the link of every entry.
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)), errors="replace")
    return f"{host}{port}{path}" + (f"?{query}" if query else "") + (f"#{parts.fragment}" if parts.fragment else "")


def _query(query: str) -> str:
    """Drop the trackers, and leave the rest to the letter: some servers mind how it is encoded."""
    kept = [pair for pair in re.split("[&;]", query) if pair and not _is_tracker(*pair.partition("=")[::2])]
    return "&".join(kept) if len(kept) < len([pair for pair in re.split("[&;]", query) if pair]) else query


def _is_tracker(name: str, value: str) -> bool:
    name = name.lower()
    return name in TRACKERS or name.startswith(TRACKER_PREFIXES) or value.lower() in FEED_VALUES


def _bare_host(host: str) -> str:
    for prefix in HOST_PREFIXES:
        if host.startswith(prefix) and host.count(".") > 1:
            return host.removeprefix(prefix)
    return host


def _bare_path(path: str) -> str:
    path = quote(unquote(path), safe="/:@!$&'()*+,;=~-._", errors="replace").rstrip("/")
    for ending in ("/amp", ".amp"):
        path = path.removesuffix(ending)
    return path.removeprefix("/amp") if path.startswith("/amp/") else path


def _dw_number(host: str, path: str) -> str:
    if host == "p.dw.com" and (short := _DW_SHORT.search(path)):
        number = 0
        for letter in short[1]:
            number = number * len(_BASE62) + _BASE62.index(letter)
        return str(number)
    if host == "dw.com" and (found := _DW_PATH.search(path)):
        return found[1]
    return ""
