"""Teach apprise's mail plugin what it does not know: our Message-ID, our headers, and our HTML beside the plain text.

It asks for these while it builds a mail; what they are for the mail at hand is in the record of the send.
"""

from __future__ import annotations

import re
from email.header import Header
from typing import Any

from monitor.delivery.record import current

MAX_LINE = 64  # characters of a header's line, its name not counted.
_MESSAGE_ID = re.compile(r"<[\x21-\x7e]+@[\x21-\x7e]+>")


class Folded(Header):
    """A header that is folded: apprise asks for one line, which an Arabic title makes longer than servers take.

    Source: RFC 5322 section 2.1.1 (998 characters a line), RFC 2047 section 2 (75 an encoded word).
    """

    def encode(self, splitchars: str = ";, \t", maxlinelen: int | None = None, linesep: str = "\n") -> str:  # noqa: ARG002 - the library's arguments.
        """Write the header in lines of at most MAX_LINE characters, whatever length is asked for."""
        return super().encode(splitchars, MAX_LINE, linesep)


def install(module: Any) -> None:  # noqa: ANN401 - the module of apprise's mail plugin, which is untyped.
    """Put ours around the parts that `module` builds mails from; outside a send they do as they always did."""
    plain_id, plain_part, whole = module.make_msgid, module.MIMEText, module.MIMEMultipart

    def make_msgid(idstring: str | None = None, domain: str | None = None) -> str:
        record = current()
        ours = record.message.message_id if record is not None else ""
        return ours if _MESSAGE_ID.fullmatch(ours) else str(plain_id(idstring, domain))

    def make_part(text: str, subtype: str = "plain", charset: str | None = None) -> Any:  # noqa: ANN401 - a part of a mail.
        record = current()
        part = plain_part(text, subtype, charset)
        if record is None or not record.message.html or (subtype, charset) != ("plain", "utf-8"):
            return part
        # The plain text stays the first part and the measure of all; the last one is the richest. Source: RFC 2046.
        both = whole("alternative")
        both.attach(part)
        both.attach(plain_part(record.message.html, "html", "utf-8"))
        return both

    def charset_of(text: str | None) -> Any:  # noqa: ANN401 - the name of an encoding, or None.
        """Encode what looks encoded already: else a title could be read as something it does not say."""
        return "utf-8" if text and "=?" in text else charset(text)

    charset = module.NotifyEmail._get_charset  # noqa: SLF001 - apprise leaves no other door.
    module.NotifyEmail._get_charset = staticmethod(charset_of)  # noqa: SLF001 - as above.
    module.Header = Folded
    module.make_msgid = make_msgid
    module.MIMEText = make_part


def headers_of_ours(_: object = None) -> dict[str, str]:
    """Return the headers of the mail that is being built. The plugin asks for them by its body."""
    record = current()
    return dict(record.message.headers) if record is not None else {}
