"""E-mail: who, when, about what, and the text; attachments are named and not read."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from bot.domain.documents import Page, Parsed
from integrations.documents.limits import Limits
from integrations.documents.web_page import markdown

HEADERS = ("From", "To", "Cc", "Date")


def read(content: bytes, limits: Limits) -> Parsed:
    """Return one message; plain text is preferred to HTML."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage), "the default policy makes these"
    return Parsed((Page("\n\n".join(_blocks(message))),), str(message["Subject"] or "").strip() or None)


def _blocks(message: EmailMessage) -> Iterator[str]:
    heads = [f"{name}: {' '.join(str(message[name]).split())}" for name in HEADERS if message[name]]
    yield "  \n".join(heads)
    body = message.get_body(preferencelist=("plain", "html"))
    if body is not None:
        text = str(body.get_content())
        yield markdown(text) if body.get_content_subtype() == "html" else text.strip()
    names = [name for one in message.iter_attachments() if (name := one.get_filename())]
    if names:
        yield f"Attachments (not read): {', '.join(names)}"
