from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from tracker.delivery.channels.outbox import Outbox
from tracker.delivery.rules.message import Message
from tracker.delivery.vocabulary import AttemptOutcome

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MESSAGE = Message("key-1", "ana@example.org", "Hello", "Body\n", NOW, NOW + timedelta(hours=1))


def test_a_message_becomes_one_file(tmp_path: Path) -> None:
    result = Outbox(tmp_path / "outbox", "us@example.net").send(MESSAGE)
    assert (result.outcome, result.reference) == (AttemptOutcome.ACCEPTED, "key-1.eml")
    assert [path.name for path in (tmp_path / "outbox").iterdir()] == ["key-1.eml"]
    assert b"Subject: Hello\r\n" in (tmp_path / "outbox" / "key-1.eml").read_bytes()


def test_a_repetition_replaces_itself(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "us@example.net")
    threads = [Thread(target=outbox.send, args=[MESSAGE]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in tmp_path.iterdir()] == ["key-1.eml"]


def test_a_mail_is_for_its_owner_only(tmp_path: Path) -> None:
    Outbox(tmp_path / "outbox", "us@example.net").send(MESSAGE)
    modes = [path.stat().st_mode & 0o077 for path in (tmp_path / "outbox", tmp_path / "outbox" / "key-1.eml")]
    assert modes == [0, 0]


def test_a_folder_that_takes_nothing_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands in the way")
    result = Outbox(tmp_path / "outbox", "us@example.net").send(MESSAGE)
    assert (result.outcome, result.error_code) == (AttemptOutcome.TRANSIENT, "outbox_not_writable")


def test_a_bad_address_is_final(tmp_path: Path) -> None:
    result = Outbox(tmp_path, "us@example.net").send(replace(MESSAGE, address="a@b\nc"))
    assert (result.outcome, result.error_code) == (AttemptOutcome.PERMANENT, "address_invalid")
    assert list(tmp_path.iterdir()) == []
