"""Two bookings of one time, or two changes of one version, arrive at the same instant: one of them is made."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.scene import ENDED, Scene
from tests.support.keys import new_key
from tracker import clock
from tracker.appointments.models import Appointment
from tracker.appointments.rules.bodies import AppointmentBody, AppointmentCorrection
from tracker.appointments.vocabulary import AppointmentKind
from tracker.db import db, is_sqlite, transaction
from tracker.errors import Conflict, VersionMismatch
from tracker.people import invitations
from tracker.people.rules.bodies import InvitationBody
from tracker.recovery import appointments

ROUNDS = 50
ROUNDS_ON_SQLITE = 10  # one writer at a time: a race has nowhere to happen


def book(scene: Scene, patient: str, therapist: str, number: int) -> str:
    """Book an hour of its own for each round; say what came of it."""
    people = scene.cast
    values: AppointmentBody = {
        "patient_id": getattr(people, patient).patient_id,
        "therapist_id": getattr(people, therapist).account_id,
        "kind": AppointmentKind.TREATMENT,
        "starts_at": ENDED + timedelta(days=7, hours=number),
        "duration_minutes": 60,
        "time_zone": "Europe/Berlin",
    }
    try:
        with transaction():
            appointments.book(people.tilda.actor, new_key(), values, clock.now())
    except Conflict as refusal:
        return refusal.code
    return "booked"


def invite_again(scene: Scene, patient: str, _therapist: str, _number: int) -> str:
    """Invite a patient once more, which takes the same two locks."""
    values: InvitationBody = {
        "kind": "patient", "display_name": "Again", "channel": "none",
        "patient_id": getattr(scene.cast, patient).patient_id,
    }  # fmt: skip
    with transaction():
        invitations.invite(scene.cast.tilda.actor, new_key(), values, clock.now())
    return "invited"


def furnish(scene: Scene, patient: str, therapist: str, number: int) -> str:
    """Change the one appointment in its version of this round, to a place of the caller's own."""
    (appointment_id,) = db.session.scalars(select(Appointment.id))
    place: AppointmentCorrection = {"location": f"{therapist} {number}"}
    try:
        with transaction():
            appointments.change(scene.cast.tilda.actor, appointment_id, number + 1, place, clock.now())
    except VersionMismatch:
        return "refused"
    return "changed"


def race(scene: Scene, *runners: tuple[Callable[[Scene, str, str, int], str], str, str]) -> Counter[str]:
    """Let each runner do its rounds in a thread of its own, all starting each round together."""
    rounds = ROUNDS_ON_SQLITE if is_sqlite() else ROUNDS
    barrier, found = threading.Barrier(len(runners)), []

    def run(deed: Callable[[Scene, str, str, int], str], patient: str, therapist: str) -> None:
        with scene.app.app_context():
            for number in range(rounds):
                barrier.wait(30)
                try:
                    found.append(deed(scene, patient, therapist, number))
                except BaseException as error:
                    found.append(repr(error))
                    barrier.abort()
                    raise

    threads = [threading.Thread(target=run, args=runner) for runner in runners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter({word: found.count(word) / rounds for word in found})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("pia", "tilda"), ("pia", "lars")),  # one patient
        (("pia", "tilda"), ("paul", "tilda")),  # one therapist
    ],
)
def test_of_two_bookings_of_one_time_one_is_made(
    scene: Scene, one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert race(scene, (book, *one), (book, *other)) == {"booked": 1, "appointment_overlaps": 1}
    db.session.rollback()
    made = db.session.scalar(select(func.count()).select_from(Appointment))
    assert made == (ROUNDS_ON_SQLITE if is_sqlite() else ROUNDS)


def test_two_bookings_that_share_nobody_are_both_made(scene: Scene) -> None:
    assert race(scene, (book, "pia", "tilda"), (book, "paul", "lars")) == {"booked": 2}


def test_of_two_changes_of_one_version_one_is_made(scene: Scene) -> None:
    scene.book()
    assert race(scene, (furnish, "pia", "tilda"), (furnish, "pia", "lars")) == {"changed": 1, "refused": 1}


def test_a_booking_and_an_invitation_do_not_wait_for_each_other_for_ever(scene: Scene) -> None:
    assert race(scene, (book, "pia", "tilda"), (invite_again, "pia", "tilda")) == {"booked": 1, "invited": 1}
