"""What a service for text messages says later about the way to a phone; believed only when it signed it."""

import re

from flask import Blueprint, Response, current_app, request

from tracker import clock
from tracker.config import Settings
from tracker.db import transaction
from tracker.delivery import results
from tracker.delivery.rules.channel_kinds import SMS
from tracker.delivery.rules.sms_account import (
    CALLBACK_PATH,
    RECEIPTS,
    callback_url,
    callback_url_of,
    is_genuine,
    read_account,
)
from tracker.errors import Refused

blueprint = Blueprint("sms_receipts", __name__)
_REFERENCE = re.compile(r"[A-Za-z0-9]{1,64}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


@blueprint.post(CALLBACK_PATH)
def take_receipt() -> Response:
    """Note a receipt; the answer is the same whether the message is known. Raises Refused."""
    if not _is_genuine():
        raise Refused("Sign this address and the form with the account's token.", code="signature_invalid")
    reference = request.form.get("MessageSid", "")
    receipt = RECEIPTS.get(request.form.get("MessageStatus", ""))
    if receipt is not None and _REFERENCE.fullmatch(reference):
        with transaction():
            results.note_receipt_by_key(SMS.name, _send_key(), reference, receipt, clock.now())
    return Response(status=204)


def _send_key() -> str:
    key = request.args.get("key", "")
    return key if _KEY.fullmatch(key) else ""


def _is_genuine() -> bool:
    settings: Settings = current_app.extensions["settings"]
    ours = callback_url(settings.public_url)
    if not settings.sms_url or not ours:
        return False
    ours = callback_url_of(ours, _send_key())
    form = {name: request.form.getlist(name) for name in request.form}
    signature = request.headers.get("X-Twilio-Signature", "")
    return is_genuine(read_account(settings.sms_url).token, ours, form, signature)
