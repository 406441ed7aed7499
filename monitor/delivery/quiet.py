"""Keep the libraries' own logs shut: they print tokens, addresses and whole messages."""

from __future__ import annotations

import logging

_LOUD = ("apprise", "requests", "urllib3")


def quiet_libraries() -> None:
    """Silence apprise, requests and urllib3 for good, whatever level the root logger is set to.

    Apprise prints the Telegram token at DEBUG and a refused token at WARNING; urllib3 prints it with each URL. What
    they would have said reaches the log through receipts, without secrets.
    """
    for name in _LOUD:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
