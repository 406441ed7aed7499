"""The tables that say who is told when: quiet hours, reminders, routes, floods and signs of life."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from monitor import model
from monitor.config import values
from monitor.config.kinds import (
    SECOND,
    ClockTime,
    Count,
    Countries,
    Cron,
    Duration,
    Flag,
    Kind,
    Languages,
    Section,
    Severity,
    Slugs,
    Text,
)
from monitor.config.times import burst as read_burst
from monitor.config.times import remind_every
from monitor.config.values import at_least


class Quiet(Section):
    """The hours in which a channel holds its messages, by the clock of its `timezone`.

    What was held goes out together when they end.
    """

    from_: ClockTime = Field(alias="from", description='When they begin, like "23:00".')
    to: ClockTime = Field(description="When they end; if that is before `from`, on the next day.")
    except_: Severity = Field(
        model.Severity.HIGH.value,
        alias="except",
        description="What is this severe, or more, goes out at once.",
    )


class Remind(Section):
    """How often an alert is repeated on a channel until somebody acknowledges it with `monitor ack`."""

    every: Annotated[timedelta, BeforeValidator(remind_every), Kind("duration")] = Field(
        description="The pause between two reminders, 1m or more."
    )
    times: Count = Field(3, description="How many reminders there are at most.")
    severity: Severity = Field(
        model.Severity.HIGH.value, description="Alerts less severe than this are never repeated."
    )


class Route(Section):
    """Who else is told: if all of its conditions hold for a match, the channels in `notify` are told of it too.

    The channels of the watch and of every route that holds add up; with neither, all channels are told.
    Routes are asked from the top; those inside another, each a `[[route.route]]`, only if that one holds.
    A route without conditions holds for everything.
    """

    watch: Annotated[Slugs, Kind("id or list of ids", unset="all")] = Field((), description="The watches it is for.")
    severity: Severity = Field(
        model.Severity.LOW.value, description="The least severe match it is for, by the match's own severity."
    )
    feed: Annotated[Slugs, Kind("id or list of ids", unset="all")] = Field((), description="The feeds it is for.")
    class_: Annotated[Slugs, Kind("text or list of texts", unset="all")] = Field(
        (), alias="class", description="The classes of feeds it is for."
    )
    lang: Annotated[Languages, Kind("language or list of languages", unset="all")] = Field(
        (), description="The languages of articles it is for, as codes."
    )
    country: Countries = Field((), description='The countries in which a place of the watch lies: "SY" or "Syria".')
    notify: Annotated[Slugs, Kind("id or list of ids", unset="none")] = Field(
        (), description="The channels that are told as well."
    )
    continue_: Flag = Field(
        default=True, alias="continue", description="false: if this route holds, those after it are not asked."
    )
    route: Annotated[
        tuple[Route, ...], BeforeValidator(values.tables("route.route")), Kind("list of tables", unset="none")
    ] = Field((), description="Routes inside this one, each a `[[route.route]]`.")


class Alerting(Section):
    """How floods are told, and when another channel takes over."""

    burst: Annotated[int, BeforeValidator(read_burst), Kind("number")] = Field(
        model.Alerting().burst,
        description="So many messages a reader gets one by one in any `burst_window`; beyond that, digests.",
    )
    burst_window: Duration = Field(model.Alerting().burst_window, description="See `burst`.")
    digest_every: Duration = Field(
        model.Alerting().digest_every, description="At most one digest in this time; it lists every alert."
    )
    fallback_after: Duration = Field(
        model.Alerting().fallback_after,
        description="A channel that accepts nothing for so long is stood in for by its `fallback`.",
    )
    inhibit: Flag = Field(
        default=True,
        description="Mute an update that only adds the country or region of a place already told of.",
    )


class Heartbeat(Section):
    """Signs of life, so that silence means no news and never a dead daemon."""

    ping: Annotated[Text | None, Kind("web address")] = Field(
        None,
        description="Asked for every `every` while all is well: a check of healthchecks.io or alike. "
        "May hold `${env:NAME}`, `${file:PATH}` and `${cred:NAME}`.",
    )
    every: Annotated[timedelta, BeforeValidator(at_least(SECOND)), Kind("duration", values.show_duration)] = Field(
        model.Heartbeat().every, description="The pause between two pings."
    )
    alive: Cron = Field(None, description="When the operator channels get a line that says the monitor lives.")
    canary: Cron = Field(
        None,
        description="When an invented article goes through matching, the queue and sending to every channel, "
        "marked as a test.",
    )
