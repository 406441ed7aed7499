"""The part of a robots.txt that is about us, held to what costs little to ask.

Whoever writes a robots.txt chooses how much work each question about it is: the number of its rules with wildcards,
times the length of the address asked about. So a file counts as its first rules, and an address as its start. A rule
that is too long closes more than it said; one that opens is then left out. Source: RFC 9309 s.2.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from protego import Protego

MOST_RULES = 1_000  # of one group; the longest of large news sites have 400.
MOST_WILD = 200  # of these, with a `*` or `$`: each is looked for in the whole address.
MOST_STARS = 4  # in one rule.
LONGEST_RULE = 1_000  # characters; an Arabic headline takes 600 as it is written in addresses.
LONGEST_WILD = 100  # characters of one with a `*`: what stands behind it is looked for at each place of the address.
LONGEST_ASKED = 2_000  # characters of an address; longer ones are asked about as they begin.

AGENTS, OPENS, CLOSES, SITE = "agent", "allow", "disallow", "site"
# Misspellings as they are met, and as Protego takes them.
FIELDS = (
    dict.fromkeys(("user-agent", "useragent", "user agent"), AGENTS)
    | {"allow": OPENS}
    | dict.fromkeys(("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"), CLOSES)
    | dict.fromkeys(("sitemap", "sitemaps", "site-map", "host"), SITE)
)
ESCAPE = re.compile(r"%[0-9A-Fa-f]{0,2}$")
STARS = re.compile(r"\*+")


@dataclass(slots=True)
class _Group:
    """The rules kept of one group, whose agents are named in one place or several."""

    lines: list[str] = field(default_factory=list)
    wild: int = 0

    def add(self, value: str, *, is_open: bool) -> None:
        """Keep a rule while there is room. One that is cut closes more than it said; one that opens is left out."""
        value = STARS.sub("*", value)
        kept = _cut(value)
        is_wild = "*" in kept or "$" in kept
        if (is_open and kept != value) or len(self.lines) >= MOST_RULES or (is_wild and self.wild >= MOST_WILD):
            return
        self.wild += is_wild
        self.lines.append(f"{'Allow' if is_open else 'Disallow'}: {kept}")


def read_rules(text: str, agent: str) -> Protego | None:
    """Return the rules of the group that stands for `agent`, in lower case; None where nothing is closed.

    It takes time with the length of the text, for half a megabyte 0.2 s; what it returns is small.
    """
    lines = kept_lines(text, agent)
    return Protego.parse("\n".join(("User-agent: *", *lines))) if lines else None


def may_read(rules: Protego, url: str, agent: str) -> bool:
    """Say whether an address may be read, by its first LONGEST_ASKED characters."""
    return rules.can_fetch(url[:LONGEST_ASKED], agent)


def kept_lines(text: str, agent: str) -> tuple[str, ...]:
    """Return the rules for `agent`, or for all if none are, as lines of a robots.txt: the first MOST_RULES."""
    groups: dict[str, _Group] = {}
    current: dict[str, _Group] = {}
    names_end = False
    for kind, value in map(_field, text.splitlines()):
        if kind == AGENTS:
            if names_end:
                current, names_end = {}, False
            name = _name(value)
            if name == "*" or (name and agent.startswith(name)):
                current[name] = groups.setdefault(name, _Group())
        elif kind and kind != SITE:
            names_end = True
            if value and kind in (OPENS, CLOSES):
                for group in current.values():
                    group.add(value, is_open=kind == OPENS)
    ours = max((name for name in groups if name != "*"), key=len, default="*")
    return tuple(groups[ours].lines) if ours in groups else ()


def _field(line: str) -> tuple[str, str]:
    """Return what a line is and what it says; "" for one that is nothing, "other" for what does not concern us."""
    line = line.partition("#")[0].strip()
    if not line:
        return "", ""
    name, colon, value = line.partition(":")
    if kind := FIELDS.get(name.strip().lower()):
        return kind, value.strip()
    first, _, rest = line.partition(" ")  # some leave the colon out.
    if kind := FIELDS.get(first.lower()):
        return kind, rest.strip()
    return "other" if colon else "", ""


def _name(value: str) -> str:
    """Return an agent's name; a `*` behind or within one counts for nothing."""
    name = value.strip().lower()
    return name if name == "*" else name.replace("*", "")


def _cut(value: str) -> str:
    """Shorten a rule to as many characters and stars as are kept: its start, which stands for more."""
    most = LONGEST_WILD if "*" in value else LONGEST_RULE
    if len(value) > most:
        value = value[:most]
        while half := ESCAPE.search(value[-3:]):  # half a letter would fit nothing.
            value = value[: half.start() - len(value[-3:])]
    return "*".join(value.split("*", MOST_STARS + 1)[: MOST_STARS + 1])
