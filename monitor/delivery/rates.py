"""How fast each service may be written to, if the configuration does not say."""

from __future__ import annotations

import re
from datetime import timedelta

from monitor.model import Channel, Rate

SECOND = timedelta(seconds=1)
FREE = Rate(1_000, SECOND)  # our own console, and webhooks whose owner can set a rate.
CHAT = Rate(1, SECOND)  # Slack: one message a second and webhook; Telegram: one a second and chat.
GROUP = Rate(20, timedelta(minutes=1))  # Telegram: into one group.
MAIL = Rate(5, SECOND)
_BY_SCHEME = {
    "console": FREE,
    "json": FREE,
    "jsons": FREE,
    "form": FREE,
    "forms": FREE,
    "xml": FREE,
    "xmls": FREE,
    "mailto": MAIL,
    "mailtos": MAIL,
}
_GROUP = re.compile(r"/-\d+(?=[/:?]|$)")  # Telegram's ids of groups and channels are negative.


def default_rate(channel: Channel) -> Rate:
    """Return the rate a service is known to bear; one message a second where nothing is known.

    Source: Slack, "Rate limits" (incoming webhooks); Telegram, Bots FAQ, "My bot is hitting limits".
    """
    url = channel.url.reveal
    scheme = url.partition("://")[0].strip().lower()
    if scheme == "tgram" and _GROUP.search(url):
        return GROUP
    return _BY_SCHEME.get(scheme, CHAT)
