"""What no patient may ever get, held against the whole service: a few drawn courses of overlapping sessions."""

from collections.abc import Sequence
from datetime import datetime, time
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.reminders import overlap
from tests.reminders.overlap import HOUR, Course, Row
from tests.scene import ENDED, Scene
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor, Reason, State
from tracker.local_time.quiet import QuietHours
from tracker.local_time.zones import zone
from tracker.reminders.rules.prompts import PlannedPrompt

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
QUIET = (
    QuietHours(),
    QuietHours(time(22), time(7)),
    QuietHours(time(13), time(18, 30)),
    QuietHours(enabled=False),
)


def draw(number: int) -> Course:
    """Draw a course of two to four sessions in three days, and what the patient answers."""
    chance = Random(number)
    ends = sorted(ENDED + chance.randrange(72) * HOUR for _ in range(chance.randint(2, 4)))
    sessions = range(len(ends))
    said = [(one, ends[one] + chance.randint(1, 80) * HOUR, chance.randrange(9)) for one in sessions
            for _ in range(chance.randrange(4))]  # fmt: skip
    return Course(
        zone=zone(chance.choice(ZONES)),
        quiet=chance.choice(QUIET),
        ends=ends,
        regions=[frozenset({chance.choice(["calf", "neck"])}) for _ in sessions],
        answers=sorted(said, key=lambda answer: answer[1]),
        order=chance,
    )


def live(scene: Scene, course: Course) -> None:
    """Let Pia live through it: everything over HTTP, the worker at every moment at which something is due."""
    settle_in(scene, course)
    ids_of: list[str] = []
    moments: list[tuple[datetime, int, int | None]] = [
        *((at, session, None) for session, at in enumerate(course.ends)),
        *((at, session, soreness) for session, at, soreness in course.answers),
    ]
    for at, session, soreness in sorted(moments, key=lambda moment: (moment[0], moment[2] is not None)):
        scene.work_through((at - ENDED) / HOUR - 1 / 3600)
        scene.clock.move_to(at)
        if soreness is None:
            areas = [{"region": region, "side": "left"} for region in course.regions[session]]
            created = scene.treat(ended_at=at.isoformat(), body_areas=areas)
            ids_of.append(created["session"]["id"])
        else:
            scene.say((at - ENDED) / HOUR, session_id=ids_of[session], soreness=soreness)
    scene.work_through((course.ends[-1] - ENDED) / HOUR + 24 * 9)
    course.rows = read_rows([UUID(session) for session in ids_of])
    course.sent = [row for row in course.rows if row.accepted_at]


def settle_in(scene: Scene, course: Course) -> None:
    """Let Pia confirm the zone and choose the quiet hours."""
    me, quiet = scene.get("/v1/me", scene.cast.pia), course.quiet
    changed = scene.patch("/v1/me", scene.cast.pia, {"time_zone": course.zone.key}, me["version"])
    assert changed.status_code == 200
    hours = {"enabled": quiet.enabled, "starts": f"{quiet.starts:%H:%M}", "ends": f"{quiet.ends:%H:%M}"}
    preferences = {"quiet_hours": hours, "opted_in": []}
    answer = scene.cast.client.put(
        "/v1/me/reminder-preferences", json=preferences, headers=scene.cast.pia.headers | {"If-Match": '"1"'}
    )
    assert answer.status_code == 200, answer.text


def read_rows(session_ids: Sequence[UUID]) -> list[Row]:
    """Return what became of every prompt of these sessions, as the rules' own course holds it."""
    db.session.rollback()
    found = db.session.scalars(select(Dispatch).where(Dispatch.anchor_kind == Anchor.SESSION))
    return [
        Row(
            id=row.id,
            session=session_ids.index(row.anchor_id),
            planned=PlannedPrompt(
                step_key=row.step_key,
                occurrence=row.occurrence,
                nominal_at=row.nominal_at,
                due_at=row.due_at,
                not_before=row.not_before,
                not_after=row.not_after,
                reason=Reason(row.planned_because),
                priority=0,
            ),
            next_at=row.next_attempt_at,
            ended=row.state != State.SCHEDULED,
            accepted_at=row.accepted_at,
            merged_into=row.merged_into_id,
        )
        for row in sorted(found, key=lambda row: row.accepted_at or row.due_at)
    ]


@pytest.mark.any_database
@pytest.mark.parametrize("number", range(4))
def test_the_service_keeps_to_what_the_rules_promise(scene: Scene, number: int) -> None:
    course = draw(number)
    live(scene, course)
    assert len(course.sent) > len(course.ends), "more than the cards"
    assert all(row.ended for row in course.rows)
    overlap.assert_apart(course)
    overlap.assert_every_48h_check_asked(course)
    overlap.assert_nothing_at_a_wrong_hour(course)
    overlap.assert_merged_was_asked(course)
