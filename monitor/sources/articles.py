"""Read the article out of a page: trafilatura for the text, the page's own statements for the rest.

`extract_page` runs in a child process; `ChildExtractor` is what the pipeline sees, and imports no trafilatura.
A page is parsed once.
"""

from __future__ import annotations

import re
import time

from monitor.errors import ExtractError
from monitor.planning.work import Extracted, Fetched, NoText
from monitor.sources.children import ChildError, Children
from monitor.sources.poison import Poison

EXTRACT = "monitor.sources.articles:extract_page"
MOST_PAGE = 5_000_000
MOST_TEXT = 1_000_000  # characters; the longest live blogs have a third of it.
NO_PAGES = re.compile(
    r"^(?:image|audio|video|font)/|^application/(?:pdf|zip|gzip|json|javascript|msword|vnd\.)", re.IGNORECASE
)


class ChildExtractor:
    """Implement the pipeline's Extractor in child processes."""

    def __init__(self, children: Children) -> None:
        self._children = children
        self._poison = Poison(time.monotonic)

    async def extract(self, fetched: Fetched) -> Extracted | NoText:
        """Read the article out of a fetched page; one that has cost a child is left alone for a while.

        Raises: ExtractError if its child was stopped or failed.
        """
        try:
            async with self._poison.tasting(fetched.body):
                found = await self._children.run(EXTRACT, (fetched.body, fetched.url, fetched.content_type))
        except ChildError as exc:
            raise ExtractError(fetched.url, str(exc)) from exc
        if not isinstance(found, Extracted | NoText):
            raise ExtractError(fetched.url, "the child answered with something else than a page")
        return found


def extract_page(body: bytes, url: str = "", content_type: str = "") -> Extracted | NoText:
    """Return the page's own text, or why it has none. `url` is where it was found, "" if that is unknown."""
    # Late: the daemon's own process never loads lxml, trafilatura or the language model.
    from monitor.sources.bodytext import read_story
    from monitor.sources.charset import decode_text
    from monitor.sources.language import page_language
    from monitor.sources.markup import parse_html
    from monitor.sources.pagehead import read_head

    if not body.strip():
        return NoText("the page is empty")
    if NO_PAGES.search(content_type):
        return NoText(f"this is {content_type.partition(';')[0]}, not a page")
    tree = parse_html(decode_text(body[:MOST_PAGE], content_type))
    if tree is None or tree.find("body") is None:
        return NoText("the page holds no HTML")
    head = read_head(tree, url)
    lines, captions = read_story(tree, head)
    text = "\n".join(lines)[:MOST_TEXT]
    if not text:
        return NoText("no text was found on the page")
    return Extracted(
        title=head.title,
        text=text,
        tail="\n".join(captions),
        language=page_language(text, declared=head.language),
        published_at=head.published_at,
        url=head.url,
    )
