from pathlib import Path

import pytest

from tracker.config import Settings
from tracker.delivery import channels
from tracker.errors import NotReady


@pytest.mark.parametrize(
    ("smtp_url", "name"),
    [("", "Outbox"), ("smtp://mail.example.org", "Smtp"), ("smtps://u:p@mail.example.org:465", "Smtp")],
)
def test_the_settings_choose_how_mail_leaves(smtp_url: str, name: str) -> None:
    assert type(channels.open_all(Settings(smtp_url=smtp_url))["email"]).__name__ == name


def test_a_new_file_in_the_folder_is_a_new_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pigeon.py").write_text(
        "class Pigeon:\n    name = 'pigeon'\n\ndef open_channel(settings):\n    return Pigeon()\n"
    )
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    assert set(channels.open_all(Settings())) == {"email", "pigeon"}


def test_two_channels_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "second.py").write_text(
        "class Second:\n    name = 'email'\n\ndef open_channel(settings):\n    return Second()\n"
    )
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    with pytest.raises(NotReady, match="email"):
        channels.open_all(Settings())


def test_every_channel_has_a_name_that_fits_its_column() -> None:
    assert all(0 < len(name) <= 20 for name in channels.open_all(Settings()))
