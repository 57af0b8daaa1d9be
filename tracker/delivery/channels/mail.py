"""One e-mail, equal to the byte whenever the same message is written again."""

import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tracker.delivery.rules.message import Message

# Narrower than the standard: nothing that could end a header or name a second recipient.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")


class BadAddress(ValueError):
    """The address cannot be written into a mail."""


def compose(message: Message, mail_from: str) -> bytes:
    """Return the mail as it goes over the wire; raises BadAddress."""
    if not _ADDRESS.fullmatch(message.address):
        raise BadAddress(message.send_key)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = mail_from
    mail["To"] = message.address
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.written_at)
    mail["Expires"] = format_datetime(message.not_after)
    # The same for every repetition, so that a mail server or reader can drop the second one.
    mail["Message-ID"] = f"<{message.send_key}@{domain_of(mail_from)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    return mail.as_bytes()


def domain_of(mail_from: str) -> str:
    """Return the part of an address behind the at sign."""
    return mail_from.rpartition("@")[2].rstrip(">") or "localhost"
