"""What a bystander may read on a locked screen: every kind of message, in every language, by every channel."""

import email
import json
import re
from collections.abc import Callable
from email.policy import default
from urllib.parse import parse_qs

import pytest
from flask import Flask

from tests.delivery.test_wording_of_messages import HEALTH_WORDS
from tests.delivery.web_server import reply, web_server
from tests.scene import Scene
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.delivery import channels
from tracker.delivery.channels import fcm, mail, web_push, webhook
from tracker.delivery.models import Dispatch
from tracker.delivery.rules.message import Message
from tracker.people.models import Account, Patient
from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.translation import locales

SID = b'{"sid": "SM1"}'


def by_mail(message: Message) -> str:
    letter = email.message_from_bytes(mail.compose(message, "notices@example.org"), policy=default)
    body = letter.get_body()
    assert body is not None
    return f"{letter['Subject']} {letter['From']} {body.get_content()}"


def by_text(message: Message) -> str:
    with web_server(reply(201, SID)) as site:
        url = f"http://account:token@{site.place}?from=%2B15550100"
        channels.open_all(Settings(sms_url=url))["sms"].send(message)
    return parse_qs(site.requests[0].body.decode())["Body"][0]


def values_of(content: bytes | str) -> str:
    """What stands in a payload; its names are the provider's."""
    found: list[str] = []
    json.loads(content, object_hook=lambda node: found.extend(v for v in node.values() if isinstance(v, str)))
    return " ".join(found)


SHOWN: dict[str, Callable[[Message], str]] = {
    "email": by_mail,
    "sms": by_text,
    "fcm": lambda message: values_of(fcm.compose(message)),
    "web_push": lambda message: values_of(web_push.compose(message)),
    "webhook": lambda message: values_of(webhook.compose(message)),
}


def told_by(text: str, message: Message) -> list[str]:
    """The words that would tell a bystander what it is about, apart from opaque codes."""
    for opaque in (message.link, message.send_key, message.address):
        text = text.replace(opaque, " ")
    words = re.findall(r"\w+", text.lower())
    return [word for word in words if any(word.startswith(told) for told in HEALTH_WORDS.split())]


@pytest.fixture
def course(scene: Scene) -> Scene:
    """Pia and Paul get every message there is: a chest region, daily prompts on, an emergency, an appointment."""
    preferences = {
        "quiet_hours": {"enabled": False, "starts": "21:00", "ends": "08:00"},
        "opted_in": ["hydration", "stretching"],
    }
    for person in (scene.cast.pia, scene.cast.paul):
        headers = person.headers | {"If-Match": '"1"'}
        answer = scene.cast.client.put("/v1/me/reminder-preferences", json=preferences, headers=headers)
        assert answer.status_code == 200, answer.text
    return scene


@pytest.mark.any_database
@pytest.mark.parametrize("locale", locales())
def test_no_message_of_a_course_tells_what_it_is_about(
    course: Scene, moment: MovableClock, locale: str
) -> None:
    with transaction():
        for row in (*db.session.query(Patient), *db.session.query(Account)):
            row.locale = locale
        db.session.flush()
    # Two courses: what is asked in the evening is left out after a chest region.
    for number, region in enumerate(("upper_back", "lower_back")):
        area = {"region": region, "side": "left"}
        course.treat((course.cast.pia, course.cast.paul)[number], body_areas=[area])
    course.post("/v1/red-flag-reports", {"symptoms": ["chest_pain"]}, course.cast.pia)
    appointment = {
        "patient_id": str(course.cast.pia.patient_id), "kind": "treatment", "starts_at": "2026-03-06T09:00:00Z",
        "duration_minutes": 30, "time_zone": "Europe/Berlin",
    }  # fmt: skip
    assert course.post("/v1/appointments", appointment, course.cast.tilda).status_code == 201
    course.work_through(26)
    course.say(26, soreness=8)
    course.work_through(9 * 24)
    db.session.rollback()
    sent = {row.step_key for row in db.session.query(Dispatch).filter_by(state="accepted")}
    asking = {step.key for step in STANDARD_AFTERCARE.steps if step.prompt is not None}
    giving_way = {"stretching"}  # what is asked an hour before or after comes first
    assert sent >= (asking - giving_way) | {"help_question"}
    assert sent & {"notify", "deputy", "last_resort"}, "the therapists were told too"
    wordings = {
        (message.subject, message.body.replace(message.link, "")): message
        for _, message in course.postbox.mails
    }
    for message in wordings.values():
        for channel, show in SHOWN.items():
            text = show(message)
            assert told_by(text, message) == [], (channel, text)
            for name in ("Pia", "Paul", "Tilda", "River", str(course.cast.pia.patient_id)):
                assert name not in text.replace(message.address, "")


def test_every_channel_is_looked_at(app: Flask) -> None:
    settings = Settings(sms_url="http://a:b@127.0.0.1:9?from=1", webhooks=True)
    assert set(SHOWN) == set(channels.open_all(settings)) | {"fcm", "web_push"}
