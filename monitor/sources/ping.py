"""Asking for an address of the operator's own, as a sign of life: nothing of the answer is read but its status."""

from __future__ import annotations

import logging

import httpx

from monitor.errors import FetchError
from monitor.model import Secret
from monitor.sources.connect import tls_context
from monitor.sources.headers import user_agent
from monitor.sources.troubles import TROUBLES, explain

PATIENCE = 10.0  # seconds for one ping; healthchecks.io answers within one.


class HttpPinger:
    """Ask for addresses as `curl` would. Make it once, close it at the end.

    The address is the operator's own, so where it leads is not judged: a service on the same machine or network may
    well watch over this one. HTTPS_PROXY and NO_PROXY are honoured, as they are when messages are sent.
    """

    def __init__(self, contact: str | None = None) -> None:
        self._agent = user_agent(contact)
        for name in ("httpx", "httpcore"):
            # They log each address they ask for, and this one is a secret.
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)

    async def ping(self, url: Secret, *, well: bool) -> None:
        """Ask for `url`, or, if not all is well, for `url`/fail. Raises: FetchError, without the address.

        Source: https://healthchecks.io/docs/http_api/.
        """
        try:
            address = httpx.URL(url.reveal)
            if not well:
                address = address.copy_with(path=f"{address.path.rstrip('/')}/fail")
            async with httpx.AsyncClient(verify=tls_context(), timeout=PATIENCE) as client:
                request = client.build_request("GET", address, headers={"User-Agent": self._agent})
                # The body is not read, however long it is.
                answer = await client.send(request, stream=True)
                await answer.aclose()
        except (*TROUBLES, ExceptionGroup) as exc:  # anyio, on which httpx stands, raises groups.
            raise FetchError("the ping's address", explain(exc)) from None  # what it came of may show the address.
        if not answer.is_success:
            raise FetchError("the ping's address", f"answered {answer.status_code}", status=answer.status_code)
