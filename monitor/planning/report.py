"""What a channel's report is about: the watches that may be told there, and the stretch of time that it is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.model import Channel, Route, Settings, Watch


def watches_of(channel: Channel, settings: Settings) -> tuple[str, ...]:
    """Return the ids of the watches that may be told on a channel; all of them for one that gets only reports."""
    routes = tuple(_flat(settings.routes))
    told = tuple(watch.id for watch in settings.watches if _may_tell(watch, channel.id, routes))
    return told or tuple(watch.id for watch in settings.watches)


def kind_of(line: str) -> str:
    """Call a report by its cron line: "daily", "weekly", "monthly", or "regular" for more often."""
    minute, hour, day, month, weekday = line.split()
    if weekday != "*":
        return "daily" if any(sign in weekday for sign in ",-/") else "weekly"
    if day != "*" or month != "*":
        return "monthly"
    often = any(sign in field for field in (minute, hour) for sign in "*,-/")
    return "regular" if often else "daily"


def _may_tell(watch: Watch, channel_id: str, routes: Sequence[Route]) -> bool:
    """Say whether some match of a watch may be told on a channel, as far as the watch alone decides."""
    if channel_id in watch.notify:
        return True
    meets = [route for route in routes if _may_hold(route, watch)]
    if any(channel_id in route.notify for route in meets):
        return True
    # With neither its own notify nor a route that always holds, all channels are told.
    return not watch.notify and not any(_holds_always(route) and route.notify for route in meets)


def _may_hold(route: Route, watch: Watch) -> bool:
    here = not route.countries or bool(set(route.countries) & set(watch.countries))
    return here and (not route.watches or watch.id in route.watches)


def _holds_always(route: Route) -> bool:
    return not (route.feeds or route.classes or route.langs or route.countries) and route.severity.rank == 0


def _flat(routes: Iterable[Route]) -> Iterable[Route]:
    for route in routes:
        yield route
        yield from _flat(route.routes)
