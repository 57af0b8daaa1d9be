"""What people say about themselves is found in no line of the log and in no message, whatever happens (S15, S29)."""

import io
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.access.house import House
from tests.access.table import NEWCOMER
from tests.cast import activation
from tests.hostile.offers import OFFERS, body_of, send
from tracker import ids
from tracker.delivery.channels.outbox import Outbox
from tracker.jobs.dispatch import run_once
from tracker.jobs.exits import Exits

MARK = "kestrel"
HEALTH = re.compile(
    r"soreness|stiffness|\bsore\b|\bpain|needl|symptom|bleed|fever|alcohol|dizz|nausea|numb|breath|chest|emergency_tell|lung",
    re.IGNORECASE,
)


def tell_the_story(house: House, outbox: Path) -> list[str]:
    """Let marked words and refused ones go everywhere; return the ids of the people and their codes."""
    newcomer = NEWCOMER | {
        "display_name": "kestrel Name",
        "channel": "email",
        "address": "kestrel@home.example",
    }
    invited = send(house, OFFERS["createInvitation"], newcomer).get_json()
    joined = house.call(
        "activateAccount", "/v1/activations", None, activation(invited["activation_code"])
    ).get_json()
    said: dict[str, dict[str, Any]] = {
        "createCheckIn": {"note": "kestrel note", "soreness": 9, "red_flags": ["fever"]},
        "amendCheckIn": {"note": "kestrel amended", "red_flags": ["chest_pain"]},
        "reportRedFlag": {
            "symptoms": ["kestrel_symptom"],
            "note": "kestrel",
            "callback_phone": "kestrel-phone",
        },
        "updateSession": {"staff_note": "kestrel staff note", "patient_instructions": "kestrel"},
        "createAppointment": {"location": "kestrel room"},
        "replacePreparation": {"medicines": "kestrel drops", "conditions": "kestrel fever"},
        "resolveAlert": {"outcome": "reassured", "note": "kestrel resolution"},
        "createToken": {"email": "kestrel@clinic.example", "password": "kestrel password"},
        "activateAccount": {"code": "kestrelcode"},
        "recordConsent": {"document_version": "kestrel"},
        "updateMe": {"phone": "kestrel"},
        "registerDevice": {"push_token": "kestrel-token", "app_version": "kestrel"},
    }
    for operation, marked in said.items():
        body = body_of(house, OFFERS[operation])
        send(house, OFFERS[operation], body | marked)
        send(house, OFFERS[operation], body | marked | {"kestrel member": "kestrel value"})
        send(house, OFFERS[operation], b'{"kestrel": kestrel')
    for path in (
        "/kestrel",
        f"/v1/patients/{house.pia.patient}",
        "/v1/alerts?kestrel=kestrel",
        "/go/kestrel",
    ):
        house.cast.client.get(path, headers={**house.cast.tilda.headers, "User-Agent": MARK, "Referer": MARK})
    for hours in (31, 49, 73, 100):
        house.scene.at(hours)
        exits = Exits({"email": Outbox(outbox, "us@clinic.example")})
        run_once(house.scene.app.extensions["settings"], ids.new_id(), exits=exits)
    secrets = [joined["access_token"], joined["refresh_token"], invited["activation_code"]]
    return [*secrets, joined["me"]["patient_id"], house.pia.patient, str(house.cast.pia.account_id)]


def test_nothing_of_anybody_stands_in_the_log(house: House, logged: io.StringIO, tmp_path: Path) -> None:
    secrets = tell_the_story(house, tmp_path)
    lines = logged.getvalue().splitlines()
    assert len(lines) > 20
    for line in lines:
        assert json.loads(line)["event"]
        assert MARK not in line.lower()
        assert not HEALTH.search(line), line
        assert not [secret for secret in secrets if secret in line], line


def test_nothing_of_anybody_stands_in_a_message(house: House, logged: io.StringIO, tmp_path: Path) -> None:
    secrets = tell_the_story(house, tmp_path)
    mails = [path.read_text() for path in tmp_path.glob("*.eml")]
    assert len(mails) > 2
    for mail in mails:
        assert MARK not in re.sub(r"^To: .*$", "", mail, flags=re.MULTILINE).lower()
        assert not HEALTH.search(mail), mail
        assert not [word for word in (*secrets, *asdict(house.pia).values()) if word in mail]
