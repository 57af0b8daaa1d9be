"""Simulated sessions: courses, the default protocol's prompts, and what patients answer to them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tracker.alerts.rules.baseline import steady_baseline
from tracker.alerts.rules.facts import Answer, SessionFacts, hours_between
from tracker.alerts.rules.second_answers import SecondAnswer
from tracker.protocols.catalog import CHEST_REGIONS, HOUR, INFECTION_QUESTION, Step
from tracker.replay.recorded import RecordedLog, RecordedSession, Truth
from tracker.replay.simulation.chance import Chance
from tracker.replay.simulation.parameters import Parameters
from tracker.replay.simulation.prompts import SLOTS, Day, is_wanted, place, place_second_answer
from tracker.replay.simulation.true_course import Course, draw_course
from tracker.replay.simulation.truth import find_need

FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
FIRST_HOUR, LAST_HOUR = 8, 19  # sessions end in the hours of a practice
DAYS_APART = 7
CHEST, ELSEWHERE = ("upper_back",), ("lower_back",)
assert set(CHEST) <= CHEST_REGIONS

# When the newest answer should be followed by another question, if at all.
AsksAgain = Callable[[Sequence[Answer], SessionFacts], SecondAnswer | None]


@dataclass(frozen=True, slots=True)
class _Patient:
    """What all sessions of one patient share."""

    name: str
    effect: float
    leaked: float
    misses: float
    never_logs: bool


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a patient would do with one prompt; drawn whether or not it is sent, so that rule sets compare."""

    to_first: bool
    to_repeat: bool
    after_hours: float
    noise: float
    ticks: bool


@dataclass(frozen=True, slots=True)
class _Session:
    """One session that is being answered for."""

    patient: _Patient
    facts: SessionFacts
    asked: SessionFacts  # with the baseline as it was asked: what decides about prompts
    day: Day
    course: Course
    follow_hours: float

    def hour_of(self, second_answer: SecondAnswer) -> float:
        """Return the hour after the session at which a second question is sent."""
        earliest = hours_between(self.facts.ended_at, second_answer.earliest)
        return place_second_answer(
            earliest, hours_between(self.facts.ended_at, second_answer.latest), self.day
        )

    def log(self, hour: float, reply: _Reply, *, with_soreness: bool) -> RecordedLog:
        """Return the check-in a reply becomes."""
        felt = self.course.felt(hour) + self.patient.leaked + reply.noise
        complication = self.course.complication
        ticked = complication is not None and hour >= complication.at and reply.ticks
        return RecordedLog(
            self.facts.ended_at + timedelta(minutes=round(hour * 60)),
            _score(felt) if with_soreness else None,
            red_flags=(complication.red_flag,) if complication and ticked else (),
        )


def simulate(
    given: Parameters, sessions: int, seed: int, asks_again: AsksAgain, *, steadied: bool = True
) -> Iterator[RecordedSession]:
    """Give that many sessions, patient by patient; the same seed and parameters give the same sessions.

    Whether to ask again is decided with the baseline steadied by earlier sessions, or else as it was asked.
    """
    each = int(given.sessions_each)
    for number in range(0, sessions, each):
        chance = Chance(seed, number // each)
        patient = _draw_patient(chance, given, f"p{number // each + 1}")
        earlier: list[int] = []
        for order in range(min(each, sessions - number)):
            known = earlier if steadied else ()
            session = _simulate_session(chance, given, patient, order, known, asks_again)
            earlier.extend([] if session.baseline_soreness is None else [session.baseline_soreness])
            yield session


def _draw_patient(chance: Chance, given: Parameters, name: str) -> _Patient:
    usual = min(max(chance.normal(given.usual_pain_mean, given.usual_pain_deviation), 0.0), 10.0)
    return _Patient(
        name=name,
        effect=chance.normal(0, given.patient_deviation),
        leaked=given.leakage * usual,
        misses=chance.share(given.missed, given.missed_evidence),
        never_logs=chance.happens(given.never_logs),
    )


def _simulate_session(
    chance: Chance,
    given: Parameters,
    patient: _Patient,
    order: int,
    earlier: Sequence[int],
    asks_again: AsksAgain,
) -> RecordedSession:
    day = Day(round(chance.between(FIRST_HOUR, LAST_HOUR) * 4) / 4, near_lung=chance.happens(given.chest))
    ended_at = FIRST_DAY + timedelta(days=DAYS_APART * order, hours=day.ended_hour)
    course = draw_course(chance, given, patient.effect)
    baseline = _score(patient.leaked + chance.normal(0, given.noise))
    replies = [_draw_reply(chance, given, patient) for _ in range(2 * len(SLOTS))]
    asked = SessionFacts(ended_at, baseline, day.near_lung)
    session = _Session(patient, steady_baseline(asked, earlier), asked, day, course, given.follow_hours)
    return RecordedSession(
        id=f"{patient.name}s{order + 1}",
        ended_at=ended_at,
        logs=tuple(_answer(session, replies, asks_again)),
        regions=CHEST if day.near_lung else ELSEWHERE,
        baseline_soreness=baseline,
        follow_hours=given.follow_hours,
        truth=_truth(course, ended_at),
        patient=patient.name,
        earlier_baselines=tuple(earlier),
    )


def _draw_reply(chance: Chance, given: Parameters, patient: _Patient) -> _Reply:
    after = chance.waiting(given.response_hours)
    noise = chance.normal(0, given.noise)
    ticks = chance.happens(given.complication_ticked)
    answers = 0.0 if patient.never_logs else 1 - patient.misses
    return _Reply(chance.happens(answers), chance.happens(answers), after, noise, ticks)


def _answer(session: _Session, replies: Sequence[_Reply], asks_again: AsksAgain) -> Iterator[RecordedLog]:
    """Go through the prompts in their order, each wanted or not by what was answered before."""
    answers: list[Answer] = []
    for index, step in enumerate(SLOTS):
        prompt_hour = place(step, session.day)
        if prompt_hour is None or not is_wanted(step, session.asked, answers):
            continue
        log = _reply_to(session, prompt_hour, replies[2 * index], step)
        if log is None:
            continue
        yield log
        if log.soreness is None:
            continue
        answers.append(Answer(log.at, log.soreness))
        second_answer = asks_again(answers, session.facts)
        if second_answer is None:
            continue
        again = _reply_to(session, session.hour_of(second_answer), replies[2 * index + 1])
        if again is not None and again.soreness is not None:
            yield again
            answers.append(Answer(again.at, again.soreness))


def _reply_to(
    session: _Session, prompt_hour: float, reply: _Reply, step: Step | None = None
) -> RecordedLog | None:
    """Return the check-in that a prompt brings, to itself or to its repeat; a second question has no step."""
    repeat = step.repeat_minutes if step else None
    hour = prompt_hour + reply.after_hours
    if not reply.to_first:
        if repeat is None or not reply.to_repeat:
            return None
        hour += repeat / HOUR
    if hour > session.follow_hours:
        return None
    return session.log(hour, reply, with_soreness=step is not INFECTION_QUESTION)


def _truth(course: Course, ended_at: datetime) -> Truth:
    need = find_need(course)
    if need is None:
        return Truth(actionable=False)
    onset_at = ended_at + timedelta(minutes=round(need.onset * 60))
    return Truth(True, need.kind, onset_at, need.serious)


def _score(felt: float) -> int:
    return min(max(round(felt), 0), 10)
