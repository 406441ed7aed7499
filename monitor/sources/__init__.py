"""Where articles come from: fetching, feeds, pages, OPML."""

import sys

# httpx brings a command line of its own, and with it rich and pygments: 60 ms and 5 MB of every start for nothing.
# Where that cannot be imported, httpx does without it.
if "httpx" not in sys.modules:
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
