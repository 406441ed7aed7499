"""Turn checked tables into domain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from monitor import model
from monitor.config import models, private, telling, told, values
from monitor.config.items import Item
from monitor.config.kinds import Section
from monitor.config.secrets import Resolver
from monitor.config.stamps import Stamp
from monitor.config.values import Wrong
from monitor.errors import Mistake
from monitor.model import Secret

S = TypeVar("S", bound=Section)


def build_settings(
    items: list[Item], *, folder: Path, environ: Mapping[str, str], mistakes: list[Mistake]
) -> tuple[model.Settings, tuple[Stamp, ...]]:
    """Return the domain values and the stamps of secrets' files; what cannot be resolved joins `mistakes`.

    The settings are only of use if no mistakes were found.
    """
    resolver = Resolver(environ, folder)
    monitor, network = _one(items, models.Monitor), _one(items, models.Network)
    poll, delivery = _one(items, models.Poll), _one(items, models.Delivery)
    channels = _channels(items, resolver, mistakes)
    state = _resolve(items, "monitor", "state", lambda: _state(monitor.state, resolver), mistakes)
    proxy = _resolve(items, "network", "proxy", lambda: _proxy(network.proxy, resolver), mistakes)
    heartbeat = _one(items, telling.Heartbeat)
    ping = _resolve(items, "heartbeat", "ping", lambda: _ping(heartbeat.ping, resolver), mistakes)
    settings = model.Settings(
        state=state.reveal if state else "",
        timezone=monitor.timezone,
        operator=monitor.operator or tuple(channel.id for channel in channels[:1]),
        feeds=_feeds(items, resolver, mistakes),
        channels=channels,
        watches=tuple(_watch(item.section) for item in items if isinstance(item.section, models.Watch)),
        network=_network(network, proxy),
        polling=model.Polling(poll.min, poll.max),
        retrying=model.Retrying(delivery.retry_first, delivery.retry_max, delivery.give_up),
        retention=model.Retention(monitor.keep_text, monitor.keep_ledger),
        gazetteer=str(folder.absolute() / Path(monitor.gazetteer).expanduser()) if monitor.gazetteer else None,
        alerting=told.alerting_of(_one(items, telling.Alerting)),
        routes=tuple(
            told.route_of(item.section, str(item.number)) for item in items if isinstance(item.section, telling.Route)
        ),
        heartbeat=model.Heartbeat(ping, heartbeat.every, heartbeat.alive, heartbeat.canary),
    )
    return settings, tuple(dict.fromkeys(resolver.stamps))


def _one(items: list[Item], kind: type[S]) -> S:
    """Return the table of a kind, or its defaults."""
    return next((item.section for item in items if isinstance(item.section, kind)), None) or kind()


def _resolve(
    items: list[Item], table: str, key: str, read: Callable[[], Secret | None], mistakes: list[Mistake]
) -> Secret | None:
    """Resolve one key of a table that stands once; a mistake lands where the key stands."""
    try:
        return read()
    except Wrong as wrong:
        mistakes += (item.wrong(key, wrong.text, hint=wrong.hint) for item in items if item.table == table)
        return None


def _state(written: str, resolver: Resolver) -> Secret:
    """Return the address of the database, or an absolute path for its file. Raises: Wrong."""
    expanded = resolver.expand(written).reveal
    if expanded.startswith("postgresql://"):
        return Secret(expanded)
    if "://" in expanded:
        raise Wrong("is neither a path nor a postgresql:// address", "for SQLite, write the path of the file alone")
    home = resolver.environ.get("HOME")
    if expanded.startswith("~/") and home:
        return Secret(str(Path(home) / expanded[2:]))
    # systemd may name several folders; the first is the unit's own. Source: systemd.exec(5), StateDirectory=.
    folder = resolver.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Secret(str(Path(folder or resolver.folder).absolute() / expanded))


def _proxy(written: str | None, resolver: Resolver) -> Secret | None:
    return Secret(values.proxy_url(resolver.expand(written).reveal)) if written else None


def _ping(written: str | None, resolver: Resolver) -> Secret | None:
    return Secret(values.feed_url(resolver.expand(written).reveal)) if written else None


def _channels(items: list[Item], resolver: Resolver, mistakes: list[Mistake]) -> tuple[model.Channel, ...]:
    found: list[model.Channel] = []
    for item in items:
        present = [key for key in models.URL_KINDS if key in item.good] if item.table == "channel" else []
        if len(present) != 1:
            continue
        key = present[0]
        try:
            url = _address(key, str(item.good[key]), replace(resolver, folder=item.document.path.parent))
        except Wrong as wrong:
            mistakes.append(item.wrong(key, wrong.text, hint=wrong.hint))
            continue
        if isinstance(item.section, models.Channel):
            found.append(told.channel_of(item.section, url))
    return tuple(found)


def _address(key: str, written: str, resolver: Resolver) -> Secret:
    """Return a channel's address, wherever it is kept. Raises: Wrong."""
    forms: dict[str, Callable[[str], Secret]] = {
        "url": resolver.expand,
        "url_env": resolver.env,
        "url_file": resolver.file,
        "credential": resolver.credential,
    }
    found = forms[key](written)
    if "://" not in found.reveal:
        held = "is" if key == "url" else "holds"
        raise Wrong(f"{held} no address", 'it begins like "mailto://", "slack://", "tgram://" or "console://"')
    return found


def _network(section: models.Network, proxy: Secret | None) -> model.Network:
    return model.Network(
        contact=section.contact,
        allow_private=section.allow_private,
        max_feed=section.max_feed,
        max_page=section.max_page,
        timeout=section.timeout,
        per_host=section.per_host,
        per_host_delay=section.per_host_delay,
        robots=section.robots,
        proxy=proxy,
        all_pages=section.all_pages,
    )


def _feeds(items: list[Item], resolver: Resolver, mistakes: list[Mistake]) -> tuple[model.Feed, ...]:
    return tuple(
        private.feed_of(item.section, private.access_of(item, item.section, resolver, mistakes))
        for item in items
        if isinstance(item.section, models.Feed)
    )


def _watch(section: models.Watch) -> model.Watch:
    kind = next((key for key in models.WATCH_KINDS if getattr(section, key)), models.WATCH_KINDS[0])
    return model.Watch(
        id=section.id,
        name=section.name or section.id,
        kind=model.ConceptKind(kind),
        names=getattr(section, kind) or (),
        aliases=section.aliases,
        not_=section.not_,
        rule=_rule(section),
        severity=model.Severity(section.severity),
        notify=tuple(dict.fromkeys(section.notify or ())),
        include=section.include,
        within_km=section.within_km,
        context=section.context,
        match=model.Salience(section.match),
        strictness=model.Strictness(section.strictness),
        when=tuple(_when(case) for case in section.when),
        backfill=section.backfill,
        langs=tuple(dict.fromkeys(section.lang)),
        classes=tuple(dict.fromkeys(section.class_)),
        feeds=tuple(dict.fromkeys(section.feed)),
    )


def _when(section: models.When) -> model.When:
    return model.When(
        rule=_rule(section),
        severity=model.Severity(section.severity),
        langs=tuple(dict.fromkeys(section.lang)),
        classes=tuple(dict.fromkeys(section.class_)),
        feeds=tuple(dict.fromkeys(section.feed)),
        salience=model.Salience(section.salience),
    )


def _rule(section: models.Watch | models.When) -> model.Rule:
    return model.Rule(
        any=section.any,
        all=section.all,
        none=section.none,
        near=section.near,
        parts=tuple(model.Part(part) for part in dict.fromkeys(section.in_)),
    )
