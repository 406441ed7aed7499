"""`monitor match`: what the watchlist makes of an article, and why."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.options import config_option, config_path, fail_plainly, json_option

if TYPE_CHECKING:
    from monitor.app import Assembled
    from monitor.model import Article, Feed, Match, Network
    from monitor.watching.watchlist import Watchlist


@click.command(
    epilog="Examples:  monitor match article.html  |  monitor match https://example.org/news/1  |  "
    "monitor match --jsonl < articles.jsonl"
)
@click.argument("source", required=False, metavar="[PATH|URL|-]")
@click.option("--jsonl", is_flag=True, help="Read articles from standard input, one JSON object a line.")
@click.option("--learn-home", is_flag=True, help="With --jsonl: read all of it first, and learn where publishers are.")
@click.option("--all", "show_all", is_flag=True, help="Also show watches of which nothing was found.")
@click.option("--points", "show_points", is_flag=True, help="Show every point and where each hit stands, too.")
@json_option
@config_option
@click.pass_context
def match(  # noqa: PLR0913 - one parameter an option.
    context: click.Context,
    source: str | None,
    config: Path | None,
    *,
    jsonl: bool,
    learn_home: bool,
    show_all: bool,
    show_points: bool,
    as_json: bool,
) -> None:
    """Match one article, or many, and explain the verdict. Nothing is sent and nothing remembered.

    With --jsonl, each line of standard input is {"id","title","text","lang","url","source"}, and each line of the
    answer is one article and one watch.
    """
    if bool(source) == jsonl:
        raise click.UsageError("name one page or text (or - for standard input), or give --jsonl")
    if learn_home and not jsonl:
        raise click.UsageError("--learn-home goes with --jsonl: one article teaches nothing")
    from monitor.cli.explained import explain
    from monitor.cli.publishers import at_homes_of_all, at_known_homes

    with fail_plainly():
        assembled = _assembled(config_path(context, config))
        watchlist = assembled.watchlist
        if jsonl:
            reader = _Reader(assembled)
            articles = reader.read(_stdin())
            articles = (
                at_homes_of_all(list(articles), assembled)
                if learn_home
                else at_known_homes(articles, assembled.settings)
            )
            _match_all(watchlist, articles, show_all=show_all)
            sys.exit(reader.exit_code)
        article = asyncio.run(read_article(str(source), assembled.settings.network))
        ((_, article),) = at_known_homes([(source, article)], assembled.settings)
        answers = _answers(watchlist, article, show_all=show_all)
        if as_json:
            for answer in answers:
                click.echo(_line(str(source), answer))
        else:
            watches = {watch.id: watch for watch in assembled.settings.watches}
            explain(article, answers, watches, watchlist, with_points=show_points)


def _assembled(path: Path | None) -> Assembled:
    from monitor.app import ready
    from monitor.config.files import find_config

    return ready(find_config(path))[1]


def _answers(watchlist: Watchlist, article: Article, *, show_all: bool) -> tuple[Match, ...]:
    from monitor.model import Match, Severity, Verdict

    answers = watchlist.explain(article)
    if not show_all:
        return answers
    found = {answer.watch_id: answer for answer in answers}
    silent = (Match(id_, Verdict.NO, Severity.NORMAL, score=0.0) for id_ in watchlist.ids if id_ not in found)
    return (*answers, *silent)


def _stdin() -> Iterator[str]:
    """Read standard input line by line; bytes that are no UTF-8 become marks, not errors."""
    return (line.decode("utf-8", "replace") for line in sys.stdin.buffer)


# --- many ---------------------------------------------------------------------------------------------------------


class _Reader:
    """Read articles, one a line; a line that is no article is told of on standard error."""

    def __init__(self, assembled: Assembled) -> None:
        self._feeds = {feed.id: feed for feed in assembled.settings.feeds}
        self._read = self._failed = 0

    @property
    def exit_code(self) -> int:
        """1 if there were lines and none was an article."""
        return 1 if self._read and self._failed == self._read else 0

    def read(self, lines: Iterable[str]) -> Iterator[tuple[object, Article]]:
        """Yield each article with its id as stated."""
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            self._read += 1
            try:
                stated = json.loads(line)
                article = _from_json(stated, self._feeds)
            except (ValueError, RecursionError) as error:
                self._failed += 1
                click.echo(f"line {number}: {error}", err=True)
                continue
            yield stated.get("id"), article


def _match_all(watchlist: Watchlist, articles: Iterable[tuple[object, Article]], *, show_all: bool) -> None:
    for id_, article in articles:
        for answer in _answers(watchlist, article, show_all=show_all):
            line = _line(id_, answer)
            # What JSON's escapes can say and UTF-8 cannot stays an escape.
            sys.stdout.write((line if line.isascii() or _is_unicode(line) else json.dumps(json.loads(line))) + "\n")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _from_json(stated: object, feeds: Mapping[str, Feed]) -> Article:
    from monitor.model import Article

    if not isinstance(stated, Mapping):
        raise ValueError("this is not a JSON object")  # noqa: TRY004 - one kind of error for a bad line.
    texts = {key: stated.get(key) or "" for key in ("title", "text", "url", "source", "lang")}
    wrong = [key for key, value in texts.items() if not isinstance(value, str)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: not a text")
    feed = feeds.get(texts["source"])
    return Article(
        id=str(stated.get("id")),
        feed_id=texts["source"],
        url=texts["url"],
        title=texts["title"],
        body=texts["text"],
        language=texts["lang"] or (feed.lang if feed else None),
        home=feed.home if feed else None,
        class_=feed.class_ if feed else None,
    )


def _line(id_: object, answer: Match) -> str:
    from monitor.cli.explained import as_json

    return json.dumps(as_json(id_, answer), ensure_ascii=False)


# --- one ----------------------------------------------------------------------------------------------------------


async def read_article(source: str, network: Network) -> Article:
    """Read the article at a path, a URL or on standard input: a page, or plain text whose first line is its title."""
    from monitor.cli.sources import read_source
    from monitor.model import Article
    from monitor.planning.work import Extracted
    from monitor.sources.articles import ChildExtractor
    from monitor.sources.children import Children

    fetched = await read_source(source, network=network)
    if not _is_page(fetched.body):
        title, _, text = fetched.body.decode("utf-8", "replace").strip().partition("\n")
        return Article(source, "", fetched.url, title, body=text.strip())
    children = Children(size=1)
    try:
        page = await ChildExtractor(children).extract(fetched)
    finally:
        await children.close()
    if not isinstance(page, Extracted):
        raise click.ClickException(f"{source}: {page.reason}")
    return Article(
        source, "", page.url or fetched.url, page.title, body=page.text, tail=page.tail, language=page.language
    )


def _is_page(body: bytes) -> bool:
    return b"<" in body[:1000] and any(tag in body[:5000].lower() for tag in (b"<html", b"<!doctype", b"<body", b"<p"))
