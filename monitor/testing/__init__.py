"""Stand-ins that ship: a frozen clock, a notifier that records, a newsroom on loopback, a chat that shows messages."""

from __future__ import annotations

from monitor.testing.doubles import FakeNotifier, FrozenClock, Sent
from monitor.testing.newsroom import Newsroom, Scheduled, load_newsroom
from monitor.testing.seeds import seeds_path
from monitor.testing.sink import ChatMessage, ChatSink
from monitor.testing.site import STORY_AT, NewsroomSite, Visit

__all__ = [
    "STORY_AT",
    "ChatMessage",
    "ChatSink",
    "FakeNotifier",
    "FrozenClock",
    "Newsroom",
    "NewsroomSite",
    "Scheduled",
    "Sent",
    "Visit",
    "load_newsroom",
    "seeds_path",
]
