"""Who is told at this moment: the first in line who can be reached."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.delivery.recipients import staff_recipient
from tracker.delivery.rules.addressees import in_line
from tracker.delivery.rules.verdicts import Recipient
from tracker.delivery.vocabulary import Audience
from tracker.people import patients, staff


@dataclass(frozen=True, slots=True)
class Addressee:
    """A member of staff with the ways to reach them; there may be none."""

    account_id: UUID
    display_name: str
    recipient: Recipient


def find_addressee(owner_id: UUID, audience: Audience, now: datetime) -> Addressee | None:
    """Return the first in line after an owner who can be reached, else the first; None when nobody is active."""
    first: Addressee | None = None
    for candidate in in_line(audience, staff.find_line(owner_id, now)):
        account = patients.find_account(UUID(candidate.staff_id))
        assert account is not None, "a candidate has an account"
        addressee = Addressee(account.id, account.display_name, staff_recipient(account, now))
        if addressee.recipient.routes:
            return addressee
        first = first or addressee
    return first
