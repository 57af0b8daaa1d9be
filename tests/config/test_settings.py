"""Settings are read once, checked, and refused in a sentence that names the variable."""

import stat
from pathlib import Path

import pytest

from tracker.config import SettingRefused, Settings, checked, from_environment

KEY = "k" * 40


@pytest.mark.parametrize(
    ("variable", "value", "cure"),
    [
        ("TICK_SECONDS", "0", "from 1 to 60"),
        ("TICK_SECONDS", "61", "from 1 to 60"),
        ("TICK_SECONDS", "²", "from 1 to 60"),
        ("TICK_SECONDS", "-5", "from 1 to 60"),
        ("DATABASE_URL", "mysql://x/y", "postgresql://"),
        ("SECRET_KEY", "short", "32 random characters"),
        ("PUBLIC_URL", "recovery.example.org", "http://"),
        ("PUBLIC_URL", "http://[bad", "http://"),
        ("PUBLIC_URL", "http://", "http://"),
        ("PUBLIC_URL", "https://x.example/?a=1", "http://"),
        ("PUBLIC_URL", "https://x.example/#f", "http://"),
        ("PUBLIC_URL", "https://x.example/?", "http://"),
        ("PUBLIC_URL", "https://x.example/\nhttps://y.example", "http://"),
        ("SMTP_URL", "mail.example.org:25", "smtp://"),
        ("SMTP_URL", "smtp://[x", "smtp://"),
        ("SMTP_URL", "smtp://host:notaport", "smtp://"),
        ("ALIVE_URL", "monitor.example.org/x", "https://"),
        ("WEB_PUSH_KEY", "short", "flask web-push-key"),
        ("WEB_PUSH_KEY", "A" * 43, "flask web-push-key"),
        ("WEB_PUSH_KEY", "_" * 43, "flask web-push-key"),
        ("WEB_PUSH_KEY", "ä" * 43, "flask web-push-key"),
        ("WEB_PUSH_KEY", "AB" * 22, "flask web-push-key"),
        ("MAIL_FROM", "nonsense", "one mail address"),
        ("MAIL_FROM", "a@..", "one mail address"),
        ("MAIL_FROM", "a@b.example, c@d.example", "one mail address"),
        ("MAIL_FROM", "a@b.example\nBcc: c@d.example", "one mail address"),
        ("DATABASE_URL", "postgresql://u:p@h:notaport/x", "postgresql://"),
        ("DATABASE_URL", "postgresql://u:p@[h/x", "postgresql://"),
        ("DATABASE_URL", "postgresql://u:p@h:/x", "postgresql://"),
        ("SECRET_KEY", " " * 40, "32 random characters"),
        ("INSTANCE_DIR", "/dev/null/x", "cannot be made"),
        ("LOG_LEVEL", "LOUD", "INFO"),
        ("DEMO", "yes", "0 or 1"),
        ("LEASE_SECONDS", "11", "longer than SEND_TIMEOUT_SECONDS"),
    ],
)
def test_a_wrong_value_is_refused_by_name(tmp_path: Path, variable: str, value: str, cure: str) -> None:
    environment = {"INSTANCE_DIR": str(tmp_path), "SECRET_KEY": KEY, variable: value}
    with pytest.raises(SettingRefused, match=variable) as refusal:
        from_environment(environment)
    assert cure in str(refusal.value)


def test_the_default_is_sqlite_with_a_key_of_its_own(tmp_path: Path) -> None:
    settings = from_environment({"INSTANCE_DIR": str(tmp_path / "new")})
    assert settings.database_url == f"sqlite:///{tmp_path / 'new' / 'tracker.db'}"
    kept = tmp_path / "new" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert from_environment({"INSTANCE_DIR": str(tmp_path / "new")}).secret_key == settings.secret_key
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]


def test_postgresql_needs_a_key_that_all_processes_share(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match="SECRET_KEY"):
        checked(Settings(instance_dir=tmp_path, database_url="postgresql://h/tracker"))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_the_same_driver(tmp_path: Path, scheme: str) -> None:
    settings = Settings(instance_dir=tmp_path, database_url=f"{scheme}://h/tracker", secret_key=KEY)
    assert checked(settings).database_url == "postgresql+psycopg://h/tracker"
