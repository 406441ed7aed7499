"""`monitor init` and `monitor check`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click

from monitor.cli.options import BAD_CONFIG, config_option, config_path, json_option
from monitor.config import starter
from monitor.config.files import find_config
from monitor.config.loaded import Loaded
from monitor.errors import ConfigError, Mistake


@click.command("check")
@config_option
@json_option
@click.pass_context
def check(ctx: click.Context, config: Path | None, *, as_json: bool) -> None:
    """Show every mistake in the configuration, each with its line and a hint."""
    from monitor.app import ready

    try:
        loaded, assembled = ready(find_config(config_path(ctx, config)))
    except ConfigError as error:
        _fail(error.mistakes, as_json=as_json)
    settings = assembled.settings
    spellings = {watch.id: len(assembled.watchlist.forms(watch.id)) for watch in settings.watches}
    if as_json:
        counts: dict[str, object] = {
            "feeds": len(settings.feeds),
            "channels": len(settings.channels),
            "watches": [{"id": id_, "spellings": number} for id_, number in spellings.items()],
        }
        _print_json((), assembled.warnings, counts)
        return
    _print(assembled.warnings, "warning: ")
    click.echo(
        f"{loaded.path}: {_counted(len(settings.feeds), 'feed')}, "
        f"{_counted(len(settings.watches), 'watch', 'watches')} with {_counted(sum(spellings.values()), 'spelling')}, "
        f"{_counted(len(settings.channels), 'channel')}. No mistakes."
    )


def _fail(errors: Iterable[Mistake], *, as_json: bool) -> NoReturn:
    """Print what is wrong and leave with 78."""
    if as_json:
        _print_json(errors, (), {})
    else:
        _print(errors, "")
    raise SystemExit(BAD_CONFIG)


def _print(mistakes: Iterable[Mistake], before: str) -> None:
    for mistake in mistakes:
        click.echo(f"{before}{mistake}", err=True)


def _print_json(errors: Iterable[Mistake], warnings: Iterable[Mistake], counts: dict[str, object]) -> None:
    found = {"errors": [asdict(one) for one in errors], "warnings": [asdict(one) for one in warnings]}
    click.echo(json.dumps({"ok": not found["errors"], **found, **counts}, ensure_ascii=False))


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


@click.command("init")
@click.argument("path", required=False, type=click.Path(path_type=Path, dir_okay=False))
@config_option
@click.option("--watch", "watched", metavar="LIST", help='Places ("Homs, SY") and words, divided by semicolons.')
@click.option("--channel", metavar="URL", help='Whom to tell: "console", or an apprise address.')
@click.option("--contact", metavar="ADDRESS", help="Your mail or web address, for publishers; may be empty.")
@click.option("--yes", is_flag=True, help="Ask nothing; what is not given gets its default.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.pass_context
def init(  # noqa: PLR0913 - one parameter an option.
    ctx: click.Context,
    path: Path | None,
    config: Path | None,
    watched: str | None,
    channel: str | None,
    contact: str | None,
    *,
    yes: bool,
    force: bool,
) -> None:
    """Write a configuration by asking three questions. PATH is ./config.toml unless given.

    The file has mode 0600, since it may hold a secret.
    """
    target = path or config_path(ctx, config) or Path("config.toml")
    if target.exists() and not force:
        raise click.ClickException(f"{target} is there already; --force replaces it")
    watched = _answer(watched, "Which places or words? Divide them by semicolons", "Homs, SY; Damascus, SY", yes=yes)
    channel = _answer(channel, 'Whom to tell? "console", or an apprise address', "console", yes=yes)
    contact = _answer(contact, "Your mail or web address, so that publishers can reach you", "", yes=yes)
    names = [name.strip() for name in watched.split(";") if name.strip()]
    channel = "console://" if channel.strip() == "console" else channel.strip()
    try:
        starter.write(target, starter.render(names, channel=channel, contact=contact.strip()), approve=_approve)
    except ConfigError as error:
        for mistake in error.mistakes:
            click.echo(f"{mistake.key}: {mistake.text}" + (f" ({mistake.hint})" if mistake.hint else ""), err=True)
        raise SystemExit(BAD_CONFIG) from error
    except OSError as error:
        raise click.ClickException(f"{target} cannot be written: {error.strerror or error}") from error
    click.echo(f"Wrote {target}. Next: monitor check, then monitor run.")


def _approve(loaded: Loaded) -> None:
    """Check what shows only when channels are opened and watches compiled. Raises: ConfigError."""
    from monitor.app import assemble  # late: it knows every room.

    found = assemble(loaded)
    errors = (*found.errors, *found.refused.values())
    if errors:
        raise ConfigError(errors)


def _answer(given: str | None, question: str, default: str, *, yes: bool) -> str:
    if given is not None:
        return given
    if yes:
        return default
    return str(click.prompt(question, default=default, show_default=bool(default)))
