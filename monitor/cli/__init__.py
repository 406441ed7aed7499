"""The command line. Each command's module is imported when it is called: `--help` stays quick."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from monitor import __version__
from monitor.cli.options import config_option

# name: (module, attribute, what --help says of it)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": ("daemon", "run", "Watch the feeds until stopped."),
    "once": ("daemon", "once", "Poll every feed once, tell what is due, and end."),
    "worker": ("daemon", "worker", "Poll and read beside the daemon, on PostgreSQL."),
    "demo": ("demo", "demo", "Play a small newsroom on this machine, without internet."),
    "init": ("config", "init", "Write a config.toml by asking three questions."),
    "check": ("config", "check", "Show every mistake in the configuration."),
    "send-test": ("delivery", "send_test", "Send a marked test message and say what the service answered."),
    "try": ("tryout", "try_watch", "Show all spellings of a watch, its namesakes, and what will need context."),
    "match": ("match", "match", "Match one article, or many, and explain the verdict."),
    "extract": ("sources", "extract", "Show what the daemon sees on a page."),
    "feeds": ("feeds", "feeds", "List, preview, find, import and export feeds."),
    "places": ("places", "places", "Look places up, and build a bigger index of them."),
    "route": ("routes", "route", "Show where an alert would go, and why."),
    "silence": ("silences", "silence", "Mute alerts for a while, with an author and a reason."),
    "ack": ("silences", "ack", "Acknowledge an alert, so that nobody is reminded of it."),
    "alerts": ("ledger", "alerts", "Show who was told what, and what is stuck."),
    "status": ("status", "status", "Show how feeds, deliveries and channels fare."),
    "backup": ("backup", "backup", "Copy the state to a file, beside a running daemon."),
    "restore": ("backup", "restore", "Put a backup in the state's place."),
    "db": ("database", "db", "Look after the database."),
    "completion": ("completion", "completion", "Print the completion script of a shell."),
}


class LateGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature.
        """Return the commands in the order that a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - same.
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(import_module(f"monitor.cli.{module}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours.
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - same.
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, _, help_) in COMMANDS.items()])


@click.group(
    cls=LateGroup,
    epilog="Examples:  monitor demo  |  monitor run  |  monitor check  |  monitor match article.html",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@config_option
@click.version_option(__version__, prog_name="monitor")
def main(config: Path | None) -> None:
    """Watch the world's feeds for the places, people, organisations and words you care about.

    \b
    Exit codes: 0 fine, 1 failed, 2 wrong usage, 78 bad configuration.
    """  # noqa: D301 - \b is click's own mark for a paragraph that is not wrapped.
    del config  # read by the subcommands, through config_path.
