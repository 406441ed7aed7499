"""`monitor completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(epilog="Example:  monitor completion bash > ~/.local/share/bash-completion/completions/monitor")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows its three shells.
    click.echo(kind(context.find_root().command, {}, "monitor", "_MONITOR_COMPLETE").source())
