"""What the pipeline reads with: its FeedParser and its Extractor, at work in child processes."""

from __future__ import annotations

from monitor.errors import ExtractError, ParseError
from monitor.planning.work import Extracted, Fetched, NoText, ParsedFeed
from monitor.sources.children import ChildError, Children

# By name: the parent imports neither feedparser nor trafilatura.
PARSE = "monitor.sources.feeds:parse_feed"
EXTRACT = "monitor.sources.articles:extract_page"


class ChildFeedParser:
    """Implement the pipeline's FeedParser."""

    def __init__(self, children: Children) -> None:
        self._children = children

    async def parse(self, fetched: Fetched) -> ParsedFeed:
        """Read a fetched feed. Raises: ParseError if it is none, or if its child was stopped or failed."""
        try:
            found = await self._children.run(PARSE, (fetched.body, fetched.url, fetched.content_type))
        except ChildError as exc:
            raise ParseError(fetched.url, str(exc)) from exc
        if not isinstance(found, ParsedFeed):
            raise ParseError(fetched.url, "the child answered with something else than a feed")
        return found


class ChildExtractor:
    """Implement the pipeline's Extractor."""

    def __init__(self, children: Children) -> None:
        self._children = children

    async def extract(self, fetched: Fetched) -> Extracted | NoText:
        """Read the article out of a fetched page. Raises: ExtractError if its child was stopped or failed."""
        try:
            found = await self._children.run(EXTRACT, (fetched.body, fetched.url, fetched.content_type))
        except ChildError as exc:
            raise ExtractError(fetched.url, str(exc)) from exc
        if not isinstance(found, Extracted | NoText):
            raise ExtractError(fetched.url, "the child answered with something else than a page")
        return found
