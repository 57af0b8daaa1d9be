"""Every setting: one frozen dataclass, read once from the environment, refused if wrong."""

import base64
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tracker import ids

INSTANCE = Path(__file__).resolve().parent.parent / "instance"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

# Unlike the address of a person, that of a sender may be on this machine: notices@localhost.
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")

# The private keys of the curve P-256 are the whole numbers from 1 to one less.
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class SettingRefused(Exception):
    """A setting has a value that cannot be used; the message names the variable and the cure."""


def _setting(variable: str, default: Any, meaning: str, **limits: int) -> Any:
    return field(default=default, metadata={"variable": variable, "meaning": meaning, **limits})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one process, checked."""

    instance_dir: Path = _setting(
        "INSTANCE_DIR", INSTANCE, "folder of the embedded database, its secret key and the outbox"
    )
    database_url: str = _setting(
        "DATABASE_URL", "", "SQLAlchemy URL; empty means SQLite in the instance folder"
    )
    secret_key: str = _setting(
        "SECRET_KEY",
        "",
        "at least 32 characters; made and kept in the instance folder when the database is SQLite",
    )
    public_url: str = _setting(
        "PUBLIC_URL",
        "http://127.0.0.1:8000",
        "address under which people reach this service; links in messages start with it",
    )
    smtp_url: str = _setting(
        "SMTP_URL",
        "",
        "smtp://user:password@host:port, smtps:// or ?starttls=1 for TLS; empty: files in outbox/",
    )
    web_push_key: str = _setting(
        "WEB_PUSH_KEY", "", "VAPID private key (flask web-push-key makes one); empty: no web push"
    )
    web_push_hosts: str = _setting(
        "WEB_PUSH_HOSTS",
        "fcm.googleapis.com .push.services.mozilla.com .notify.windows.com .push.apple.com",
        "hosts of push services that a browser may name; a leading dot admits every host below",
    )
    fcm_credentials: str = _setting(
        "FCM_CREDENTIALS", "", "path of a Google service-account file; empty: no push to phones"
    )
    fcm_url: str = _setting("FCM_URL", "https://fcm.googleapis.com", "address of FCM HTTP v1")
    sms_url: str = _setting(
        "SMS_URL",
        "",
        "https://account:token@api.twilio.com?from=+15550100, or any service of that form; empty: no SMS",
    )
    webhooks: bool = _setting("WEBHOOKS", False, "1 lets clinics take messages at a webhook of their own")
    outbound_allowed: str = _setting(
        "OUTBOUND_ALLOWED",
        "",
        "host:port of webhooks and push services that may be reached although the address is private or plain",
    )
    alive_url: str = _setting(
        "ALIVE_URL", "", "address to which a worker posts once a minute that it is at work; empty: none"
    )
    mail_from: str = _setting("MAIL_FROM", "notices@localhost", "sender address of all mail")
    tick_seconds: int = _setting(
        "TICK_SECONDS", 5, "how often the worker looks for due messages", minimum=1, maximum=60
    )
    lease_seconds: int = _setting(
        "LEASE_SECONDS", 60, "how long a claimed message belongs to its worker", minimum=5, maximum=3600
    )
    send_timeout_seconds: int = _setting(
        "SEND_TIMEOUT_SECONDS", 10, "longest wait for a provider", minimum=1, maximum=600
    )
    claim_batch: int = _setting(
        "CLAIM_BATCH", 20, "messages claimed at once by one worker", minimum=1, maximum=500
    )
    sender_threads: int = _setting(
        "SENDER_THREADS", 4, "messages handed over at the same time by one worker", minimum=1, maximum=64
    )
    keep_reminders_days: int = _setting(
        "KEEP_REMINDERS_DAYS",
        400,
        "how long the worker keeps a reminder that is over; 0 keeps all",
        minimum=0,
        maximum=36_500,
    )
    access_token_minutes: int = _setting(
        "ACCESS_TOKEN_MINUTES", 60, "life of an access token", minimum=1, maximum=1440
    )
    refresh_token_days: int = _setting(
        "REFRESH_TOKEN_DAYS", 60, "life of a refresh token", minimum=1, maximum=365
    )
    trusted_proxies: int = _setting(
        "TRUSTED_PROXIES", 0, "number of reverse proxies whose headers are believed", minimum=0, maximum=5
    )
    log_level: str = _setting("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR")
    demo: bool = _setting(
        "DEMO", False, "1 allows demonstration data in a database other than the default SQLite one"
    )

    @property
    def is_sqlite(self) -> bool:
        """Say whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    @property
    def outbox_dir(self) -> Path:
        """Return the folder that takes mail when no SMTP server is set."""
        return self.instance_dir / "outbox"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check every setting; raises SettingRefused that names the variable."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for item in fields(Settings):
        raw = environment.get(item.metadata["variable"], "")
        if raw != "":
            values[item.name] = _parse(item.metadata, item.default, raw)
    return checked(Settings(**values))


def checked(settings: Settings) -> Settings:
    """Fill in what follows from other settings and refuse what cannot work together."""
    _refuse_unless(settings.log_level in LOG_LEVELS, "LOG_LEVEL", "use DEBUG, INFO, WARNING or ERROR")
    _refuse_unless(
        _is_address(settings.public_url, {"http", "https"}, plain=True),
        "PUBLIC_URL",
        "use an address that starts with http:// or https:// and ends after its path",
    )
    _refuse_unless(
        settings.smtp_url == "" or _is_address(settings.smtp_url, {"smtp", "smtps"}),
        "SMTP_URL",
        "use smtp://host:port or smtps://host:port",
    )
    _refuse_unless(
        settings.alive_url == "" or _is_address(settings.alive_url, {"http", "https"}),
        "ALIVE_URL",
        "use an address that starts with https://, or http:// on this machine",
    )
    _refuse_unless(
        settings.web_push_key == "" or _is_push_key(settings.web_push_key),
        "WEB_PUSH_KEY",
        "use a private key that flask web-push-key made",
    )
    _refuse_unless(_MAILBOX.fullmatch(settings.mail_from) is not None, "MAIL_FROM", "use one mail address")
    _refuse_unless(
        settings.lease_seconds > settings.send_timeout_seconds + 2,
        "LEASE_SECONDS",
        "make it at least 3 s longer than SEND_TIMEOUT_SECONDS",
    )
    url = settings.database_url or f"sqlite:///{settings.instance_dir.resolve() / 'tracker.db'}"
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    _refuse_unless(
        url.startswith("sqlite:///") or _is_address(url, {"postgresql+psycopg"}, host_needed=False),
        "DATABASE_URL",
        "use sqlite:///path or postgresql://user:password@host/name",
    )
    settings = _replace(settings, instance_dir=_usable(settings.instance_dir))
    key = settings.secret_key or (_kept_secret(settings.instance_dir) if url.startswith("sqlite") else "")
    _refuse_unless(
        len(key.strip()) >= 32, "SECRET_KEY", "set at least 32 random characters, the same for every process"
    )
    return _replace(settings, database_url=url, secret_key=key, public_url=settings.public_url.rstrip("/"))


def _replace(settings: Settings, **changes: Any) -> Settings:
    values = {item.name: getattr(settings, item.name) for item in fields(settings)}
    return Settings(**(values | changes))


def _refuse_unless(condition: bool, variable: str, cure: str) -> None:
    if not condition:
        raise SettingRefused(f"{variable} cannot be used: {cure}.")


def _is_address(url: str, schemes: set[str], *, plain: bool = False, host_needed: bool = True) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return False
    complete = (parts.hostname or not host_needed) and not parts.netloc.endswith(":")
    return parts.scheme in schemes and bool(complete) and not (plain and re.search(r"[?#\s]", url))


def _is_push_key(text: str) -> bool:
    try:
        number = int.from_bytes(base64.b64decode(f"{text}=", altchars=b"-_", validate=True))
    except ValueError:
        return False
    return len(text) == 43 and 0 < number < _P256_ORDER


def _usable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingRefused(
            f"INSTANCE_DIR cannot be used: {folder} cannot be made ({error.strerror})."
        ) from error
    return folder.resolve()


def _parse(limits: Mapping[str, Any], default: Any, raw: str) -> Any:
    variable = limits["variable"]
    if isinstance(default, bool):
        _refuse_unless(raw in {"0", "1"}, variable, "use 0 or 1")
        return raw == "1"
    if isinstance(default, int):
        number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None
        low, high = limits["minimum"], limits["maximum"]
        _refuse_unless(
            number is not None and low <= number <= high, variable, f"use a whole number from {low} to {high}"
        )
        return number
    return Path(raw) if isinstance(default, Path) else raw


def _kept_secret(folder: Path) -> str:
    """Return the key kept in a folder, made on first use; two processes that start at once get the same one."""
    path = folder / "secret_key"
    if not path.exists():
        draft = folder / f"secret_key.{ids.new_id()}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
        with os.fdopen(handle, "w") as file:
            file.write(ids.new_server_key())
        with suppress(FileExistsError):
            os.link(draft, path)  # appears whole or not at all; the first one wins
        draft.unlink()
    return path.read_text().strip()
