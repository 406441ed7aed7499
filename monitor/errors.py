"""What can fail, as one tree.

MonitorError
    ConfigError             a mistake in the configuration: file, line, column, key, hint
    SourceError             a feed or page could not be used: url
        FetchError          it could not be fetched: status, retry
        ParseError          it was fetched, but is no feed
        ExtractError        it was fetched, but no text came out of it
    DeliveryError           a channel cannot be used at all: channel, retry
    StoreError              the database refused, or is not ours

Each error carries the identity of what failed and, where it helps, a hint for the person. Messages are lower case and
end without a full stop. What is not a failure (not modified, gone, no text) is a value, not an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class Retry(Enum):
    """Whether trying again can help, as judged by the adapter that saw the failure."""

    NEVER = "never"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class After:
    """Trying again can help, but not before `wait` has passed: the other side said so."""

    wait: timedelta


class MonitorError(Exception):
    """Be the root of every error that the project raises itself."""


class ConfigError(MonitorError):
    """Carry every mistake found in a configuration; each prints as `file:line:column: key: text (hint)`."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Mistake:
    """Say what is wrong at one place of a configuration file. Lines and columns count from 1; 0 means unknown."""

    file: str
    line: int
    column: int
    key: str
    text: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        where = f"{self.key}: " if self.key else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {where}{self.text}{hint}"


class SourceError(MonitorError):
    """Say that a feed or page at `url` could not be used."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__(text)
        self.url = url


class FetchError(SourceError):
    """Say that `url` could not be fetched; `status` is the HTTP status where there was one."""

    def __init__(self, url: str, text: str, *, retry: Retry | After = Retry.LATER, status: int | None = None) -> None:
        super().__init__(url, text)
        self.retry = retry
        self.status = status


class ParseError(SourceError):
    """Say that what came from `url` is not a feed."""


class ExtractError(SourceError):
    """Say that extracting text from `url` failed or was stopped."""


class CrowdedError(MonitorError):
    """Say that so many wait for the host of `url` that it is better to come back, after `wait`."""

    def __init__(self, url: str, wait: timedelta) -> None:
        super().__init__(f"{url}: many others wait for its host")
        self.wait = wait


class DeliveryError(MonitorError):
    """Say that `channel` cannot be used, whatever the message: its URL is refused, its secret is missing."""

    def __init__(self, channel: str, text: str, *, retry: Retry | After = Retry.NEVER) -> None:
        super().__init__(text)
        self.channel = channel
        self.retry = retry


class StoreError(MonitorError):
    """Say that the database refused: locked by another daemon, too new, damaged, full."""


class ShortageError(StoreError):
    """Say that the machine had no memory left for the database. It passes."""
