"""Turn the checked tables that say who is told when into domain values."""

from __future__ import annotations

from monitor import model
from monitor.config import telling
from monitor.config.models import Channel
from monitor.model import Secret


def channel_of(section: Channel, url: Secret) -> model.Channel:
    """Return a channel that leads to `url`."""
    return model.Channel(
        id=section.id,
        url=url,
        rate=section.rate,
        quiet=_quiet(section.quiet) if section.quiet else None,
        timezone=section.timezone,
        fallback=section.fallback,
        remind=_remind(section.remind) if section.remind else None,
        digest=section.digest,
        discreet=section.discreet,
    )


def _quiet(section: telling.Quiet) -> model.Quiet:
    return model.Quiet(section.from_, section.to, model.Severity(section.except_))


def _remind(section: telling.Remind) -> model.Remind:
    return model.Remind(section.every, section.times, model.Severity(section.severity))


def alerting_of(section: telling.Alerting) -> model.Alerting:
    """Return how floods are told."""
    return model.Alerting(
        burst=section.burst,
        burst_window=section.burst_window,
        digest_every=section.digest_every,
        fallback_after=section.fallback_after,
        inhibit=section.inhibit,
    )


def route_of(section: telling.Route, number: str) -> model.Route:
    """Return a route and those inside it; `number` is its place in the configuration: "2", "2.1"."""
    return model.Route(
        number=number,
        notify=tuple(dict.fromkeys(section.notify)),
        watches=tuple(dict.fromkeys(section.watch)),
        severity=model.Severity(section.severity),
        feeds=tuple(dict.fromkeys(section.feed)),
        classes=tuple(dict.fromkeys(section.class_)),
        langs=tuple(dict.fromkeys(section.lang)),
        countries=tuple(dict.fromkeys(section.country)),
        carry_on=section.continue_,
        routes=tuple(route_of(inner, f"{number}.{at}") for at, inner in enumerate(section.route, start=1)),
    )
