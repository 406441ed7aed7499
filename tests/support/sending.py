"""Send one message the way the daemon does: open the channel's URL, then give it to the notifier."""

from __future__ import annotations

from datetime import timedelta

from monitor.delivery.notifier import Book, ChannelNotifier
from monitor.model import Channel, Message, Receipt, Secret

TOKEN = "123456789:AABBCCDDEEFFGGHHIIJJKKLLMMNNOOPPQQR"  # noqa: S105 - no bot has it.
SLACK = "slack://T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7/"
TELEGRAM = f"tgram://{TOKEN}/12345/"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/"
NTFY = "ntfys://ntfy.sh/newsdesk?token=tk_secretntfytoken&auth=token&mode=private"
MATRIX = "matrixs://syt_secretmatrixtoken@matrix.example.org/!room:example.org"
MESSAGE = Message(
    "Homs: Rebels near Homs (DW English)",
    "Insurgents stood five kilometres from Homs.\nقصف على الرستن\nhttps://www.dw.com/en/a-70979500?a=1&b=2",
    "<0123456789abcdef@news-monitor.invalid>",
)


async def send_to(url: str, message: Message, *, recipient: str | None = None, seconds: float = 8.0) -> Receipt:
    """Send to the channel's first recipient, or to `recipient`, with this much patience."""
    channel = Book().open(Channel("desk", Secret(url)))
    notifier = ChannelNotifier((channel,), timeout=timedelta(seconds=seconds))
    return await notifier.send("desk", channel.recipients[0] if recipient is None else recipient, message)
