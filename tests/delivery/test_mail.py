from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP

import pytest

from tracker.delivery.channels.mail import BadAddress, compose
from tracker.delivery.rules.message import Message

NOW = datetime(2026, 3, 2, 15, 0, 0, 123456, tzinfo=UTC)
MESSAGE = Message(
    send_key="k3y_-abc",
    address="ana@example.org",
    subject="Le espera una nota breve",
    body="Allí:\n\nhttps://example.org/go/abc\n",
    written_at=NOW,
    not_after=NOW + timedelta(hours=12),
)


def test_the_same_message_has_the_same_bytes() -> None:
    assert compose(MESSAGE, "us@example.net") == compose(replace(MESSAGE), "us@example.net")


def test_a_mail_carries_its_key_and_its_last_moment() -> None:
    mail = message_from_bytes(compose(MESSAGE, "Us <us@example.net>"), policy=SMTP)
    assert mail["Message-ID"] == "<k3y_-abc@example.net>"
    assert mail["Date"] == "Mon, 02 Mar 2026 15:00:00 +0000"
    assert mail["Expires"] == "Tue, 03 Mar 2026 03:00:00 +0000"
    assert mail["To"] == "ana@example.org"
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.body


@pytest.mark.parametrize(
    "address",
    [
        "ana@example.org\r\nBcc: all@example.org",
        "ana@example.org\nX: y",
        "ana@example.org, ben@example.org",
        "Ana <ana@example.org>",
        "ana@example.org>\r\nDATA",
        "ana example.org",
        "ana@",
        "@example.org",
        "",
        "añá@example.org",
        "ana@example.org\u2028",
        "ana@example.org\0",
    ],
)
def test_an_address_that_could_say_more_than_where_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        compose(replace(MESSAGE, address=address), "us@example.net")


def test_a_subject_cannot_start_a_header() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        compose(replace(MESSAGE, subject="Hello\r\nBcc: all@example.org"), "us@example.net")
