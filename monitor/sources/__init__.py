"""Where articles come from: fetching, feeds, pages, OPML."""
