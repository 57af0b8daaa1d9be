from pathlib import Path

import pytest

from tracker.config import Settings
from tracker.delivery import channels
from tracker.errors import NotReady


@pytest.mark.parametrize(
    ("smtp_url", "name"),
    [("", "outbox"), ("smtp://mail.example.org", "email"), ("smtps://u:p@mail.example.org:465", "email")],
)
def test_the_settings_choose_the_channel(smtp_url: str, name: str) -> None:
    assert channels.choose(Settings(smtp_url=smtp_url)).name == name


def test_a_new_file_in_the_folder_is_a_new_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pigeon.py").write_text("def open_channel(settings):\n    return settings\n")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    with pytest.raises(NotReady, match="2 channels"):
        channels.choose(Settings())


def test_every_channel_has_a_name_that_fits_its_column() -> None:
    names = [channels.choose(Settings(smtp_url=url)).name for url in ("", "smtp://mail.example.org")]
    assert all(0 < len(name) <= 20 for name in names)
    assert len(set(names)) == len(names)
