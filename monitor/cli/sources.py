"""`monitor extract` and `monitor feeds preview`, `discover`, `import`: what the daemon sees on pages and in feeds."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import stat
import sys
import textwrap
import tomllib
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.options import config_option, config_path, fail_plainly, json_option

if TYPE_CHECKING:
    from monitor.model import Network
    from monitor.planning.work import Fetched
    from monitor.sources.children import Children
    from monitor.sources.http import HttpFetcher

MOST_FILE = 50_000_000  # bytes of a file, unpacked.
GZIP = b"\x1f\x8b"
DISCOVER = "monitor.sources.discover:discover_feeds"
READ_OPML = "monitor.sources.opml:read_opml"
Facts = Mapping[str, Any]
sources_argument = click.argument("sources", nargs=-1, required=True, metavar="PATH|URL...")


# --- the commands -------------------------------------------------------------------------------------------------


@click.command(epilog="Examples:  monitor extract page.html  |  monitor extract --json pages/*.html.gz")
@sources_argument
@json_option
@config_option
@click.pass_context
def extract(context: click.Context, sources: tuple[str, ...], config: Path | None, *, as_json: bool) -> None:
    """Show what the daemon sees on pages: title, text, language, date and address. Files may be gzipped."""
    with fail_plainly():
        sys.exit(_answer(sources, _extract, _show_page, context=context, config=config, as_json=as_json))


@click.command(epilog="Examples:  monitor feeds preview https://rss.dw.com/rdf/rss-en-all  |  ... --json *.xml.gz")
@sources_argument
@json_option
@config_option
@click.pass_context
def preview(context: click.Context, sources: tuple[str, ...], config: Path | None, *, as_json: bool) -> None:
    """Show what feeds would give, and what is wrong with them. Nothing is remembered. Files may be gzipped."""
    with fail_plainly():
        sys.exit(_answer(sources, _preview, _show_feed, context=context, config=config, as_json=as_json))


@click.command(epilog="Example:  monitor feeds discover https://example.org/")
@sources_argument
@json_option
@config_option
@click.pass_context
def discover(context: click.Context, sources: tuple[str, ...], config: Path | None, *, as_json: bool) -> None:
    """Find the feeds that web pages name."""
    with fail_plainly():
        sys.exit(_answer(sources, _discover, _show_found, context=context, config=config, as_json=as_json))


@click.command("import", epilog="Example:  monitor feeds import subscriptions.opml --append config.toml")
@click.argument("opml", metavar="FILE")
@click.option(
    "--append",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Write the new feeds to the end of this configuration file, instead of printing them.",
)
def import_(opml: str, target: Path | None) -> None:
    """Turn an OPML file, as other readers export it, into [[feed]] tables. Feeds that PATH has are left out."""
    from monitor.sources.opml import feeds_toml

    with fail_plainly():
        ids, urls = _configured(target)
        feeds = asyncio.run(_read_opml(opml))
        new = [feed for feed in feeds if feed.url not in urls]
        tables = feeds_toml(new, taken=ids)
        if target is None:
            click.echo(tables, nl=False)
        elif new:
            with target.open("a", encoding="utf-8") as file:
                file.write(f"\n{tables}")
        known = len(feeds) - len(new)
        click.echo(f"{len(new)} new feeds" + (f", {known} known already" if known else ""), err=True)


feeds_commands: tuple[click.Command, ...] = (preview, discover, import_)


# --- reading ------------------------------------------------------------------------------------------------------


async def read_source(source: str, *, network: Network | None = None) -> Fetched:
    """Return the body behind a path, a URL, or "-" for standard input. Raises: FetchError."""
    if _is_url(source):
        async with _fetcher(network) as fetcher:
            return await _fetch(fetcher, source, network)
    return await asyncio.to_thread(_read_file, source)


def _is_url(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


@asynccontextmanager
async def _fetcher(network: Network | None) -> AsyncIterator[HttpFetcher]:
    from monitor.engine.clock import SystemClock
    from monitor.model import Network
    from monitor.sources.http import HttpFetcher

    fetcher = HttpFetcher(network or Network(), clock=SystemClock())
    try:
        yield fetcher
    finally:
        await fetcher.close()


async def _fetch(fetcher: HttpFetcher, url: str, network: Network | None) -> Fetched:
    from monitor.errors import FetchError
    from monitor.model import Network
    from monitor.planning.work import Fetched, Request

    answer = await fetcher.fetch(Request(url, max_bytes=(network or Network()).max_feed))
    if not isinstance(answer, Fetched):
        raise FetchError(url, "it is gone for good (410)")
    return answer


def _read_file(source: str) -> Fetched:
    from monitor.errors import FetchError
    from monitor.planning.work import Fetched

    try:
        if source == "-":
            body = sys.stdin.buffer.read(MOST_FILE + 1)
        else:
            # Not waited for: a named pipe that nobody writes to would hold up all that comes after it.
            with open(source, "rb", opener=_without_waiting) as file:
                body = file.read(MOST_FILE + 1)
        if body.startswith(GZIP):
            body = zlib.decompressobj(wbits=31).decompress(body, MOST_FILE + 1)
    except zlib.error as exc:
        raise FetchError(source, f"the gzip data is damaged: {exc}") from exc
    except (OSError, ValueError) as exc:
        raise FetchError(source, f"cannot be read: {getattr(exc, 'strerror', None) or exc}") from exc
    if len(body) > MOST_FILE:
        raise FetchError(source, f"larger than {MOST_FILE // 1_000_000} MB")
    return Fetched("", body)


def _without_waiting(path: str, flags: int) -> int:
    opened = os.open(path, flags | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(opened).st_mode):
        return opened
    os.close(opened)
    raise OSError(errno.EINVAL, "is no regular file")


async def _read_opml(path: str) -> tuple[Any, ...]:
    from monitor.errors import ParseError
    from monitor.sources.children import ChildError

    fetched = await read_source(path)
    async with _children(1) as children:
        try:
            found: tuple[Any, ...] = await children.run(READ_OPML, (fetched.body,))
        except ChildError as exc:
            raise ParseError(path, f"{path}: {exc}") from exc
    return found


def _configured(path: Path | None) -> tuple[set[str], set[str]]:
    """Return the ids and URLs of the feeds in a configuration file, as far as it exists."""
    from monitor.errors import ConfigError, Mistake

    if path is None or not path.exists():
        return set(), set()
    try:
        feeds = tomllib.loads(path.read_text(encoding="utf-8")).get("feed", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError((Mistake(str(path), 0, 0, "", str(exc)),)) from exc
    tables = [feed for feed in feeds if isinstance(feed, dict)] if isinstance(feeds, list) else []
    return {str(feed.get("id")) for feed in tables}, {str(feed.get("url")) for feed in tables}


# --- many at once, answered in order --------------------------------------------------------------------------------

Work = Callable[["Children", "Fetched"], Awaitable[dict[str, Any]]]
Show = Callable[[Facts, int], Iterator[str]]


def _answer(
    sources: Sequence[str], work: Work, show: Show, *, context: click.Context, config: Path | None, as_json: bool
) -> int:
    """Answer each source with one line of JSON, or for a person. Returns 1 if every one failed."""
    return asyncio.run(_answer_all(sources, work, show, network=_network(context, config), as_json=as_json))


def _network(context: click.Context, config: Path | None) -> Network | None:
    """Return the [network] of a configuration that was named; without one, none is needed."""
    path = config_path(context, config)
    if path is None:
        return None
    from monitor.config.load import load

    return load(path).settings.network


async def _answer_all(sources: Sequence[str], work: Work, show: Show, *, network: Network | None, as_json: bool) -> int:
    width = min(shutil.get_terminal_size().columns, 100)
    failed = 0
    progress = sys.stderr.isatty() and len(sources) > 1
    async for number, facts in _in_order(sources, work, network):
        failed += "error" in facts
        if progress:
            click.echo(f"\r{number}/{len(sources)}", err=True, nl=number == len(sources))
        if as_json:
            click.echo(json.dumps(facts, ensure_ascii=False))
        else:
            for line in _error(facts) if "error" in facts else show(facts, width):
                click.echo(line)
    return 1 if failed == len(sources) else 0


async def _in_order(
    sources: Sequence[str], work: Work, network: Network | None
) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    """Work on a few sources at once and yield their answers in the order of the sources, numbered from 1."""
    fetching = _fetcher(network) if any(map(_is_url, sources)) else nullcontext()
    async with _children(None) as children, fetching as fetcher, asyncio.TaskGroup() as group:
        ahead = 2 * children.size
        tasks: list[asyncio.Task[dict[str, Any]]] = []
        for number, source in enumerate(sources):
            tasks.append(group.create_task(_one(source, work, children, fetcher=fetcher, network=network)))
            if number >= ahead:
                yield number - ahead + 1, await tasks[number - ahead]
        for number in range(max(0, len(sources) - ahead), len(sources)):
            yield number + 1, await tasks[number]


async def _one(
    source: str, work: Work, children: Children, *, fetcher: HttpFetcher | None, network: Network | None
) -> dict[str, Any]:
    """Answer one source; a failure is an answer too."""
    from monitor.alerting.clean import clean
    from monitor.errors import SourceError

    shown = clean(source)
    try:
        if fetcher is not None and _is_url(source):
            fetched = await _fetch(fetcher, source, network)
        else:
            fetched = await asyncio.to_thread(_read_file, source)
        return {"source": shown, **await work(children, fetched)}
    except SourceError as exc:
        return {"source": shown, "error": clean(str(exc))}


@asynccontextmanager
async def _children(size: int | None) -> AsyncIterator[Children]:
    from monitor.sources.children import Children

    children = Children(size)
    try:
        yield children
    finally:
        await children.close()


# --- what is asked of one source ------------------------------------------------------------------------------------


async def _extract(children: Children, fetched: Fetched) -> dict[str, Any]:
    from monitor.alerting.clean import clean
    from monitor.planning.work import NoText
    from monitor.sources.articles import ChildExtractor

    page = await ChildExtractor(children).extract(fetched)
    if isinstance(page, NoText):
        return {"error": page.reason}
    return {
        "title": clean(page.title),
        "text": clean(page.text, keep_newlines=True),
        "language": page.language,
        "published_at": _iso(page.published_at),
        "url": clean(page.url or fetched.url) or None,
        "incomplete": "",
    }


async def _preview(children: Children, fetched: Fetched) -> dict[str, Any]:
    from monitor.alerting.clean import clean
    from monitor.sources.childfeeds import ChildFeedParser

    feed = await ChildFeedParser(children).parse(fetched)
    entries = [
        {
            "id": clean(entry.guid) if entry.guid else None,
            "title": clean(entry.title),
            "url": clean(entry.link),
            "published_at": _iso(entry.published_at),
            "text": clean(entry.text or entry.teaser, keep_newlines=True),
        }
        for entry in feed.entries
    ]
    problems = [clean(problem) for problem in feed.problems]
    return {"format": feed.format, "title": clean(feed.title), "entries": entries, "problems": problems}


async def _discover(children: Children, fetched: Fetched) -> dict[str, Any]:
    from monitor.alerting.clean import clean
    from monitor.errors import ParseError
    from monitor.sources.children import ChildError

    try:
        found = await children.run(DISCOVER, (fetched.body, fetched.url))
    except ChildError as exc:
        raise ParseError(fetched.url, str(exc)) from exc
    return {"feeds": [{"url": clean(feed.url), "title": clean(feed.title), "type": feed.type} for feed in found]}


def _iso(date: datetime | None) -> str | None:
    return date.isoformat() if date else None


# --- for a person ---------------------------------------------------------------------------------------------------


def _error(facts: Facts) -> Iterator[str]:
    yield f"{facts['source']}: {facts['error']}"


def _show_page(facts: Facts, width: int) -> Iterator[str]:
    yield from textwrap.wrap(facts["title"] or "(no title)", width)
    known = (facts["url"] or facts["source"], facts["language"], _day(facts["published_at"]))
    yield "  ".join(fact for fact in known if fact)
    yield ""
    for paragraph in facts["text"].splitlines():
        yield from textwrap.wrap(paragraph, width)
        yield ""


def _show_feed(facts: Facts, width: int) -> Iterator[str]:
    yield from textwrap.wrap(facts["title"] or facts["source"], width)
    yield f"{facts['source']}  {facts['format']}  {len(facts['entries'])} entries"
    for problem in facts["problems"]:
        yield from textwrap.wrap(f"! {problem}", width, subsequent_indent="  ")
    for entry in facts["entries"]:
        yield ""
        dated = f"{_day(entry['published_at']) or '(no date)':16}  {entry['title'] or '(no title)'}"
        yield from textwrap.wrap(dated, width, subsequent_indent=" " * 18)
        yield f"  {entry['url'] or '(no link)'}"
    yield ""


def _show_found(facts: Facts, width: int) -> Iterator[str]:
    if not facts["feeds"]:
        yield f"{facts['source']}: names no feed"
    for feed in facts["feeds"]:
        yield feed["url"]
        if feed["title"]:
            yield from textwrap.wrap(f"{feed['title']} ({feed['type']})", width, initial_indent="  ")


def _day(iso: str | None) -> str:
    """Return the date and minute of an ISO time, in UTC as it is."""
    return iso[:16].replace("T", " ") if iso else ""
