"""What the pipeline sees of reading feeds: a child process does it, and only there are its libraries loaded."""

from __future__ import annotations

from monitor.errors import ParseError
from monitor.planning.work import Fetched, Outline, ParsedFeed
from monitor.sources.children import ChildError, Children

PARSE = "monitor.sources.feeds:read_document"


class ChildFeedParser:
    """Implement the pipeline's FeedParser in child processes."""

    def __init__(self, children: Children) -> None:
        self._children = children

    async def parse(self, fetched: Fetched) -> ParsedFeed:
        """Read a fetched feed. Raises: ParseError if it is none, or if its child was stopped or failed."""
        try:
            job = (fetched.feed_id, fetched.body, fetched.url, fetched.content_type, known_of(fetched.outline))
            found = await self._children.run(PARSE, job)
        except ChildError as exc:
            raise ParseError(fetched.url, str(exc)) from exc
        if not isinstance(found, ParsedFeed) or len(found.stated) not in {0, len(found.entries)}:
            raise ParseError(fetched.url, "the child answered with something else than a feed")
        return found


def known_of(outline: Outline | None) -> tuple[str, frozenset[str]]:
    """Return what `parse_feed` is told of an outline: its context, and the digests of what it lists."""
    if outline is None:
        return "", frozenset()
    return outline.context, frozenset(one.digest for one in outline.listed)
