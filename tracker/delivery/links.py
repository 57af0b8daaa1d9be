"""The link of a message: it names the message by a signed code and says nothing of what it is about."""

from uuid import UUID

from tracker import ids

PURPOSE = "link"


def make_link(public_url: str, server_key: str, dispatch_id: UUID) -> str:
    """Return the address of the page behind a message, the same every time."""
    return f"{public_url}/go/{ids.sign_id(server_key, PURPOSE, dispatch_id)}"


def read_code(server_key: str, code: str) -> UUID | None:
    """Return the message that a code of ours names, or None for any other text."""
    return ids.read_signed_id(server_key, PURPOSE, code)
