"""Why did I get this? The chain of one reminder, for the patient and the therapist, in words and data."""

import pytest
from sqlalchemy import select

from tests.reminders.test_announcement_flow import consent, rest
from tests.scene import Postbox, Scene
from tracker.db import db, transaction
from tracker.delivery import results
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import UNSEEN_BY_PATIENTS, AttemptOutcome, Reason, Receipt
from tracker.reminders.sentences import HELD, PLACED


def explain(scene: Scene, kind: str, occurrence: int = 0) -> tuple[str, list[tuple[str, str]]]:
    """The summary, and kind and sentence of every link, as the patient and the therapist both read them."""
    ids = [item["id"] for item in scene.get("/v1/reminders", scene.cast.pia)["items"] if item["kind"] == kind]
    path = f"/v1/reminders/{list(reversed(ids))[occurrence]}/explanation"
    told = scene.get(path, scene.cast.pia)
    assert told == scene.get(path, scene.cast.tilda)
    assert told["time_zone"] == "Europe/Berlin"
    return told["summary"], [(link["kind"], link["sentence"]) for link in told["links"]]


def test_a_reminder_that_came_in_time(scene: Scene) -> None:
    scene.treat()
    scene.work_through(24.2)
    summary, links = explain(scene, "check_24h")
    assert links == [
        ("planned", "Planned for Tuesday 3 March, 16:00: 24 hours after the session's end."),
        ("handed_over", "Handed over by email, Tuesday 3 March, 16:00: it was taken."),
    ]
    assert summary == " ".join(sentence for _, sentence in links)


def test_one_that_was_answered_first(scene: Scene) -> None:
    scene.treat()
    scene.say(22, soreness=2)
    _, links = explain(scene, "check_24h")
    assert links[1:] == [
        (
            "ended",
            "Not sent, decided Tuesday 3 March, 14:00: It was answered before it was sent.",
        )
    ]


def test_one_that_quiet_hours_moved_when_they_were_changed(scene: Scene) -> None:
    scene.treat()
    body = {"quiet_hours": {"enabled": True, "starts": "15:00", "ends": "19:30"}, "opted_in": []}
    headers = scene.cast.pia.headers | {"If-Match": '"1"'}
    assert scene.cast.client.put("/v1/me/reminder-preferences", json=body, headers=headers).status_code == 200
    scene.work_through(30)
    chains = [explain(scene, "check_24h", occurrence)[1] for occurrence in (0, 1)]
    assert [links for links in chains if "24 hours after" in links[0][1]] == [
        [
            ("planned", "Planned for Tuesday 3 March, 16:00: 24 hours after the session's end."),
            ("moved", "That moment lies in quiet hours. It waits until Tuesday 3 March, 19:30."),
            ("handed_over", "Handed over by email, Tuesday 3 March, 19:30: it was taken."),
        ]
    ]


def test_one_that_was_placed_by_quiet_hours_first_and_moved_later_tells_both(scene: Scene) -> None:
    rest(scene, "15:00", "19:30")
    scene.treat()
    rest(scene, "21:00", "08:00", version=2)
    scene.work_through(24.2)
    chains = [explain(scene, "check_24h", occurrence)[1] for occurrence in (0, 1)]
    [links] = [links for links in chains if "24 hours after" in links[0][1]]
    assert links == [
        (
            "planned",
            "Planned for Tuesday 3 March, 19:30: 24 hours after the session's end, which is Tuesday 3 March, 16:00. "
            "That moment lay in quiet hours, so it waits until they end.",
        ),
        ("moved", "Quiet hours or the time zone changed. It waits until Tuesday 3 March, 16:00."),
        ("handed_over", "Handed over by email, Tuesday 3 March, 16:00: it was taken."),
    ]


def test_one_that_was_seen_and_one_that_repeats(scene: Scene) -> None:
    scene.treat()
    scene.work_through(24.2)
    [first] = [item for item in scene.get("/v1/reminders", scene.cast.pia, status="sent")["items"]
               if item["kind"] == "check_24h"]  # fmt: skip
    scene.put(f"/v1/reminders/{first['id']}/acknowledgement", scene.cast.pia)
    assert explain(scene, "check_24h")[1][-1] == ("acknowledged", "It was seen, Tuesday 3 March, 16:12.")
    _, [planned, *_] = explain(scene, "check_24h", occurrence=1)
    assert planned == (
        "planned",
        "Planned for Tuesday 3 March, 19:00: 3 hours after the first time it was asked, because it had no answer.",
    )


def test_the_question_after_an_emergency_explains_itself(scene: Scene) -> None:
    scene.treat()
    scene.at(3)
    scene.post("/v1/red-flag-reports", {"symptoms": ["chest_pain"]}, scene.cast.pia)
    scene.work_through(3.3)
    summary, _ = explain(scene, "help_question")
    assert "15 minutes after a warning sign was reported" in summary


def test_a_stranger_finds_nothing(scene: Scene) -> None:
    scene.treat()
    reminder = scene.get("/v1/reminders", scene.cast.pia)["items"][0]["id"]
    for person in (scene.cast.paul, scene.cast.otto, scene.cast.tom, scene.cast.olga):
        answer = scene.cast.client.get(f"/v1/reminders/{reminder}/explanation", headers=person.headers)
        assert answer.status_code == 404


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in UNSEEN_BY_PATIENTS])
def test_every_reason_has_its_sentence(reason: Reason) -> None:
    assert reason in HELD or reason in PLACED


def test_one_that_came_late_blames_nobody(scene: Scene) -> None:
    scene.treat()
    scene.work_through(3)
    consent(scene, "withdrawn")
    scene.at(25)
    consent(scene, "granted")
    scene.work_through(25.1)
    _, links = explain(scene, "check_24h", occurrence=1)
    assert links == [
        (
            "planned",
            "Planned for Tuesday 3 March, 17:00: 24 hours after the session's end, which is Tuesday 3 March, 16:00. "
            "It was planned later than that, so it comes as soon as it may.",
        ),
        ("handed_over", "Handed over by email, Tuesday 3 March, 17:00: it was taken."),
    ]


def test_one_that_the_patient_put_off_says_so_whatever_moved_it_since(scene: Scene) -> None:
    scene.treat()
    scene.work_through(24.2)
    [sent] = [item for item in scene.get("/v1/reminders", scene.cast.pia, status="sent")["items"]
              if item["kind"] == "check_24h"]  # fmt: skip
    until = {"until": "2026-03-03T17:00:00Z"}
    assert scene.put(f"/v1/reminders/{sent['id']}/snooze", scene.cast.pia, until).status_code == 200
    body = {"quiet_hours": {"enabled": True, "starts": "17:30", "ends": "18:30"}, "opted_in": []}
    headers = scene.cast.pia.headers | {"If-Match": '"1"'}
    assert scene.cast.client.put("/v1/me/reminder-preferences", json=body, headers=headers).status_code == 200
    chains = [explain(scene, "check_24h", occurrence)[1] for occurrence in range(3)]
    assert [links for links in chains if "put it off" in links[0][1]] == [
        [
            ("planned", "Planned for Tuesday 3 March, 18:00: the moment until which the patient put it off."),
            ("moved", "That moment lies in quiet hours. It waits until Tuesday 3 March, 18:30."),
        ]
    ]


def test_every_try_and_what_the_provider_said_later_is_told(scene: Scene) -> None:
    scene.treat()
    scene.work_through(23.9)
    usual, scene.postbox = scene.postbox, Failing(scene.clock)
    scene.work(24)
    scene.postbox = usual
    scene.work_through(24.5)
    db.session.rollback()
    accepted = DeliveryAttempt.outcome == "accepted"
    tried = (
        select(DeliveryAttempt.id).join(Dispatch, Dispatch.id == DeliveryAttempt.dispatch_id).where(accepted)
    )
    attempt_id = db.session.scalars(tried.where(Dispatch.step_key == "check_24h")).one()
    with transaction():
        results.note_receipt(attempt_id, Receipt.DELIVERED, scene.clock())
    _, links = explain(scene, "check_24h")
    assert [kind for kind, _ in links] == ["planned", "handed_over", "handed_over", "receipt"]
    assert links[1][1].endswith('it was not taken, to be tried again (the provider said "smtp_451").')
    assert links[2][1].endswith("it was taken.")
    assert links[3][1] == "The provider says since Tuesday 3 March, 16:30: delivered."


def test_one_that_another_message_asked_for_says_so(scene: Scene) -> None:
    scene.treat()
    scene.at(2)
    scene.treat(ended_at=scene.clock().isoformat())
    scene.work_through(26.1)
    chains = [explain(scene, "check_24h", occurrence)[1] for occurrence in range(2)]
    [ended] = [links[-1] for links in chains if links[-1][0] == "ended"]
    assert ended[1].endswith("One reminder asked this together with a more important question.")


class Failing(Postbox):
    """A provider that takes nothing for now."""

    def send(self, message: Message) -> Result:  # noqa: ARG002
        return Result(AttemptOutcome.TRANSIENT, "smtp_451")
