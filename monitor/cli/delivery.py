"""`monitor send-test`."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.options import config_option, config_path, fail_plainly, json_option

if TYPE_CHECKING:
    from monitor.model import Channel, Message, Receipt

# What to do about each outcome, for the person who reads it.
ADVICE = {
    "accepted": "",
    "permanent": "the service refuses for good: check the token, the address and the chat in the channel's URL",
    "retry": "the service refuses for now: the daemon would try again",
    "ambiguous": "the message went out, and no answer came: look whether it arrived",
    "not_sent": "the message did not go out: check the host, the port and the network",
}


@click.command("send-test", epilog="Examples:  monitor send-test  |  monitor send-test desk duty-phone")
@click.argument("channels", nargs=-1, metavar="[CHANNEL...]")
@json_option
@config_option
@click.pass_context
def send_test(context: click.Context, channels: tuple[str, ...], config: Path | None, *, as_json: bool) -> None:
    """Send a marked test message and say what the service answered.

    Without a name every channel is tried. Exit code 1 if any does not accept.
    """
    with fail_plainly():
        answers = asyncio.run(_try(config_path(context, config), channels))
    if as_json:
        click.echo(json.dumps({"results": [_as_json(*answer) for answer in answers]}, ensure_ascii=False))
    else:
        for channel_id, recipient, receipt in answers:
            _show(channel_id, recipient, receipt)
    sys.exit(0 if answers and all(receipt.outcome == "accepted" for _, _, receipt in answers) else 1)


async def _try(path: Path | None, names: tuple[str, ...]) -> list[tuple[str, str, Receipt]]:
    from monitor.app import ready
    from monitor.config.files import find_config
    from monitor.delivery.notifier import ChannelNotifier
    from monitor.errors import DeliveryError

    assembled = ready(find_config(path), to_serve=True)[1]
    known = {channel.id: channel for channel in assembled.settings.channels}
    for name in names:
        if name not in known:
            raise DeliveryError(name, f"no channel is called {name!r}; there are: {', '.join(known) or 'none'}")
    refused = {id_: mistake.text for id_, mistake in assembled.refused.items()}
    notifier = ChannelNotifier(tuple(known.values()), refused=refused)
    return [
        (channel.id, recipient, await notifier.send(channel.id, recipient, _message(channel)))
        for channel in (known[name] for name in names or known)
        for recipient in channel.recipients
    ]


def _message(channel: Channel) -> Message:
    from monitor.alerting.render import message_id
    from monitor.model import Message

    now = datetime.now(UTC)
    return Message(
        title="News monitor: test message",
        body=f"This is a test of the channel {channel.id}, sent on {now:%d.%m.%Y at %H:%M:%S} UTC.\n"
        "Nothing happened in the news. If you read this, alerts reach you here.",
        message_id=message_id(f"test {now.isoformat()}", channel.id),
    )


def _as_json(channel_id: str, recipient: str, receipt: Receipt) -> dict[str, object]:
    return {
        "channel": channel_id,
        "recipient": recipient,
        "outcome": receipt.outcome.value,
        "status": receipt.status,
        "text": receipt.text,
    }


def _show(channel_id: str, recipient: str, receipt: Receipt) -> None:
    to = f" ({recipient})" if recipient else ""
    accepted = receipt.outcome == "accepted"
    said = f": {receipt.text}" if receipt.text else ""
    click.secho(f"{channel_id}{to}: {receipt.outcome.value.replace('_', ' ')}{said}", fg="green" if accepted else "red")
    if not accepted:
        click.echo(f"  {ADVICE[receipt.outcome.value]}")
