"""The kinds of value that keys may hold: how each is read, what the reference calls it, how it shows a default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict

from monitor import model
from monitor.config import logins, times, values
from monitor.config.values import at_least, choice

TICK = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Kind:
    """What the reference calls a type, how it shows a default, and what no default means."""

    name: str
    show: Callable[[Any], str] = str
    unset: str = "none"


def several_of(kind: str) -> Kind:
    """Return the kind of a key that takes one text or a list of them."""
    return Kind(f"{kind} or list of {kind}s", lambda found: str(list(found)))


Text: TypeAlias = Annotated[str, BeforeValidator(values.text), Kind("text")]
Slug: TypeAlias = Annotated[str, BeforeValidator(values.slug), Kind("id")]
Flag: TypeAlias = Annotated[bool, BeforeValidator(values.flag), Kind("true or false", lambda on: str(on).lower())]
Count: TypeAlias = Annotated[int, BeforeValidator(values.count), Kind("number")]
Size: TypeAlias = Annotated[int, BeforeValidator(values.size), Kind("size", values.show_size)]
Slugs: TypeAlias = Annotated[
    tuple[Annotated[str, BeforeValidator(values.slug)], ...], BeforeValidator(values.several), several_of("id")
]
Phrases: TypeAlias = Annotated[
    tuple[Annotated[str, BeforeValidator(values.phrase)], ...], BeforeValidator(values.several), several_of("text")
]
Places: TypeAlias = Annotated[
    tuple[Annotated[str, BeforeValidator(values.place)], ...], BeforeValidator(values.several), several_of("place")
]
Languages: TypeAlias = Annotated[
    tuple[Annotated[str, BeforeValidator(values.language)], ...],
    BeforeValidator(values.several),
    several_of("language"),
]
Backfill: TypeAlias = Annotated[
    timedelta, BeforeValidator(values.backfill), Kind('0, duration or "all"', lambda _: "0")
]
Salience: TypeAlias = Annotated[
    str, BeforeValidator(choice(*(level.value for level in model.Salience))), Kind("about, mention or trace")
]
Severity: TypeAlias = Annotated[
    str, BeforeValidator(choice(*(level.value for level in model.Severity))), Kind("low, normal, high or critical")
]
Parts: TypeAlias = Annotated[
    tuple[Annotated[str, BeforeValidator(choice("title", "lead", "body"))], ...],
    BeforeValidator(values.several),
    several_of("part"),
]
Networks: TypeAlias = Annotated[
    tuple[Annotated[str, BeforeValidator(values.network)], ...],
    BeforeValidator(values.plain_list),
    Kind("list of networks", lambda found: str(list(found))),
]
Headers: TypeAlias = Annotated[
    tuple[tuple[str, str], ...], BeforeValidator(logins.headers), Kind("table of texts", lambda _: "{}")
]
Login: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(logins.login), Kind("text or table")]
Countries: TypeAlias = Annotated[
    tuple[Annotated[str, BeforeValidator(values.home)], ...],
    BeforeValidator(values.several),
    Kind("country or list of countries", unset="all"),
]
ClockTime: TypeAlias = Annotated[time, BeforeValidator(times.clock_time), Kind("time of day")]
Cron: TypeAlias = Annotated[str | None, BeforeValidator(times.cron), Kind("cron line")]
Duration: TypeAlias = Annotated[timedelta, BeforeValidator(at_least(TICK)), Kind("duration", values.show_duration)]
Pause: TypeAlias = Annotated[timedelta, BeforeValidator(values.duration), Kind("duration", values.show_duration)]


class Section(BaseModel):
    """One table of a configuration: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
