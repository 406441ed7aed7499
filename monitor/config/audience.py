"""What concerns channels and routes together: who is named and not there, who is never told, who is told in a circle.

Every check looks at sound values only, so that one mistake is told once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from monitor.config import times
from monitor.config.items import Item
from monitor.config.models import LISTS
from monitor.config.values import did_you_mean, quote
from monitor.config.watches import Location, listed
from monitor.errors import Mistake
from monitor.model import Severity

Keys: TypeAlias = Mapping[str, Any]

CONDITIONS = ("watch", "feed", "class", "lang", "country")
EXCLUSIVE = ("watch", "feed", "class")  # a match has one of each.


def find_audience_mistakes(items: Sequence[Item]) -> Iterator[Mistake]:
    """Yield what is wrong between channels, routes and what they name. Tables that lost a line prove nothing."""
    lost = {table for table in LISTS if any(item.document.parsed.lost(table) for item in items)}
    ids = {table: _ids(items, table) for table in LISTS}
    for item in items:
        if item.table == "channel":
            yield from _quiet_never(item)
        for at, route in _routes(item):
            for key, table in (("notify", "channel"), ("watch", "watch"), ("feed", "feed")):
                if table not in lost:
                    yield from _strangers(item, (*at, key), route.get(key), table, ids[table])
    if "channel" not in lost:
        yield from _fallbacks(items, ids["channel"])


def find_audience_warnings(items: Sequence[Item]) -> Iterator[Mistake]:
    """Yield what is allowed of channels and routes and probably not meant."""
    classes = sorted({str(item.good["class"]) for item in items if item.table == "feed" and "class" in item.good})
    top = [(item, item.good) for item in items if item.table == "route"]
    yield from _unreachable([(item, (), route) for item, route in top], {})
    for item in items:
        if item.table == "channel":
            yield from _holds_nothing(item)
        if item.table == "heartbeat" and "every" in item.good and "ping" not in item.raw:
            yield item.wrong("every", "does nothing without ping")
        for at, route in _routes(item):
            for index, name in enumerate(listed(route.get("class"))):
                if name not in classes:
                    hint = did_you_mean(str(name), classes) or "give a [[feed]] this class"
                    yield item.wrong_at((*at, "class", index), f"no feed is of the class {quote(name)}", hint=hint)
            if not route.keys() & {"notify", "route"} and "notify" not in item.raw:
                yield item.wrong_at(at, "tells nobody", hint="name a channel in notify")
    yield from _unused(items)


def _ids(items: Iterable[Item], table: str) -> list[str]:
    return [str(item.raw["id"]) for item in items if item.table == table and "id" in item.raw]


def _routes(item: Item) -> list[tuple[Location, Keys]]:
    """Return a route and all inside it with where they stand; nothing for other tables."""
    return list(_inside((), item.good)) if item.table == "route" else []


def _inside(at: Location, route: Keys) -> Iterator[tuple[Location, Keys]]:
    yield at, route
    for index, inner in enumerate(route.get("route", ())):
        yield from _inside((*at, "route", index), inner)


# --- mistakes -----------------------------------------------------------------------------------------------------


def _strangers(item: Item, at: Location, named: object, table: str, known: Sequence[str]) -> Iterator[Mistake]:
    for index, name in enumerate(listed(named)):
        if name not in known:
            others = "known: " + ", ".join(known[:12]) if known else f"add a [[{table}]]"
            hint = did_you_mean(str(name), known) or others
            yield item.wrong_at((*at, index), f"there is no {table} {quote(name)}", hint=hint)


def _quiet_never(item: Item) -> Iterator[Mistake]:
    quiet = item.good.get("quiet")
    if isinstance(quiet, dict) and times.clock_time(quiet["from"]) == times.clock_time(quiet["to"]):
        hint = "leave quiet out to hold nothing; a silence mutes for as long as you say"
        yield item.wrong_at(("quiet", "to"), "is when the quiet hours begin: they would last no time", hint=hint)


def _fallbacks(items: Sequence[Item], known: Sequence[str]) -> Iterator[Mistake]:
    channels = {item.id: item for item in items if item.table == "channel" and item.id}
    leads = {id_: str(item.good["fallback"]) for id_, item in channels.items() if "fallback" in item.good}
    told: set[str] = set()
    for id_, after in leads.items():
        item = channels[id_]
        if after not in known:
            yield from _strangers(item, ("fallback",), after, "channel", known)
            continue
        circle = _circle(id_, leads)
        if circle and not told & set(circle):
            told |= set(circle)
            text = "is the channel itself" if circle == [id_] else f"leads back to it: {' → '.join((*circle, id_))}"
            yield item.wrong("fallback", text, hint="name a channel that does not fall back to this one")


def _circle(start: str, leads: Mapping[str, str]) -> list[str]:
    """Return the channels of a circle that begins and ends at `start`, [] if its fallbacks lead elsewhere."""
    path = [start]
    while (after := leads.get(path[-1])) is not None and after not in path:
        path.append(after)
    return path if after == start else []


# --- warnings -----------------------------------------------------------------------------------------------------


def _holds_nothing(item: Item) -> Iterator[Mistake]:
    quiet = item.good.get("quiet")
    if isinstance(quiet, dict) and quiet.get("except") == Severity.LOW:
        yield item.wrong_at(("quiet", "except"), "excepts everything: nothing is ever held", hint='write "high"')


def _unreachable(siblings: Sequence[tuple[Item, Location, Keys]], outer: Keys) -> Iterator[Mistake]:
    """Yield the routes that no match can reach: an earlier one ends it for all of theirs, or the outer one bars them.

    `outer` are the conditions of the routes around.
    """
    ending: list[tuple[Keys, str]] = []
    for item, at, route in siblings:
        barred = next((key for key in EXCLUSIVE if _bars(outer.get(key), route.get(key))), "")
        before = next((label for earlier, label in ending if _covers(earlier, route)), "")
        if barred:
            hint = f"the one around it is for another {barred}"
            yield item.wrong_at((*at, barred), "can never be reached", hint=hint)
        elif before:
            yield item.wrong_at(at, "can never be reached", hint=f"{before} takes all of it, and has continue = false")
        else:
            inner = [(item, (*at, "route", index), one) for index, one in enumerate(route.get("route", ()))]
            around = {**outer, **{key: route[key] for key in EXCLUSIVE if key in route}}
            yield from _unreachable(inner, around)
        if route.get("continue") is False:
            ending.append(
                (route, item.label(".".join(map(str, at))) if not at else f"one before it in {item.label('')}")
            )


def _bars(outer: object, inner: object) -> bool:
    around, asked = set(listed(outer)), set(listed(inner))
    return bool(around and asked) and not around & asked


def _covers(earlier: Keys, later: Keys) -> bool:
    """Say whether the earlier route holds for all that the later one does, as far as their keys tell."""
    ranks = [Severity(route.get("severity", Severity.LOW)).rank for route in (earlier, later)]
    return ranks[0] <= ranks[1] and all(
        key not in earlier or (key in later and set(listed(later[key])) <= set(listed(earlier[key])))
        for key in CONDITIONS
    )


def _unused(items: Sequence[Item]) -> Iterator[Mistake]:
    """Warn of channels that no watch, route or other channel names and that get no operator's messages or reports."""
    watches = [item for item in items if item.table == "watch"]
    channels = [item for item in items if item.table == "channel" and item.id]
    routes = [route for item in items for _, route in _routes(item)]
    # What neither a watch nor a route directs is told on all channels.
    for_all = any(item.table == "route" and not item.raw.keys() & {*CONDITIONS, "severity"} for item in items)
    if not watches or (not for_all and any("notify" not in item.raw for item in watches)):
        return
    used = {name for keys in (*(item.good for item in watches), *routes) for name in listed(keys.get("notify"))}
    operators = {name for item in items if item.table == "monitor" for name in listed(item.good.get("operator"))}
    used |= operators or {channel.id for channel in channels[:1]}
    used |= {channel.good.get("fallback") for channel in channels}
    for channel in channels:
        if channel.id not in used and "digest" not in channel.raw:
            named = "no watch or route" if routes else "no watch"
            yield channel.wrong("id", f"{named} tells this channel", hint="name it in a notify, or take it out")
