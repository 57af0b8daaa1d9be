"""R2 severe, R3 persists, R4 worsens: one alert about soreness, with the most important reason on top."""

from collections.abc import Iterable, Sequence

from tracker.alerts.rules.alcohol import alcohol_remark
from tracker.alerts.rules.facts import Answer, Finding, SessionFacts, answers_since, make_finding
from tracker.alerts.rules.facts import Replay as Replay
from tracker.alerts.rules.lifecycle import ScoreFamily, merge_soreness
from tracker.alerts.rules.scores import Scores
from tracker.alerts.rules.thresholds import ALWAYS_SEVERE, Thresholds
from tracker.alerts.vocabulary import SORENESS_RULES, Rule


def assess_soreness(
    answers: Sequence[Answer], session: SessionFacts, thresholds: Thresholds
) -> Finding | None:
    """Say what the newest answer, seen with the earlier ones, should tell the therapist, if anything.

    Answers from before the session's end are ignored; a missing baseline counts as 0.
    """
    since = answers_since(session, answers)
    return _assess(Scores(since, session, thresholds)) if since else None


def _assess(reading: Scores) -> Finding | None:
    grounds = {
        Rule.SEVERE: _severe(reading),
        Rule.WORSENS: _worsens(reading),
        Rule.PERSISTS: _persists(reading),
    }
    held = [rule for rule in SORENESS_RULES if grounds[rule] is not None]
    return _report(reading, held, grounds) if held else None


def replay_soreness(answers: Sequence[Answer], session: SessionFacts, thresholds: Thresholds) -> Replay:
    """Read the answers as if each had come in order, and return the latest one that raises something.

    A late or edited answer thus counts at its own time, and for every later answer it changes.
    """
    since = answers_since(session, answers)
    for length in range(len(since), 0, -1):
        finding = _assess(Scores(since[:length], session, thresholds))
        if finding is not None:
            return Replay(finding, is_newest=length == len(since))
    return Replay(None, is_newest=True)


def _severe(reading: Scores) -> list[Answer] | None:
    """R2: return the earlier answers it rests on; None when it does not hold."""
    newest = reading.newest
    if newest.soreness >= ALWAYS_SEVERE.value:
        return []
    if not reading.is_severe(newest):
        return None
    if reading.hours(newest) >= reading.limits.severe_from.value:
        return []
    return _confirmation(answer for answer in reading.partners() if reading.is_severe(answer))


def _persists(reading: Scores) -> list[Answer] | None:
    """R3: both answers of a pair must be late enough and above baseline; None when it does not hold.

    A little soreness right after a settled answer is mostly noise, so it takes a pair as well.
    """
    at_once, on_second = reading.limits.persists_at_once.value, reading.limits.persists_on_second.value
    doubtful = (
        reading.newest.soreness < reading.limits.persists_after_settled.value and reading.follows_settled()
    )
    if reading.is_unsettled(reading.newest, at_once) and not doubtful:
        return []
    if not reading.is_unsettled(reading.newest, on_second):
        return None
    return _confirmation(answer for answer in reading.partners() if reading.is_unsettled(answer, on_second))


def _worsens(reading: Scores) -> list[Answer] | None:
    """R4: a rise over the lowest answer since 12 h or the baseline, whichever is higher; else None."""
    newest, limits = reading.newest, reading.limits
    if newest.soreness < limits.worsens_soreness.value or reading.hours(newest) < limits.worsens_from.value:
        return None
    lowest = reading.lowest()
    if lowest is None:
        return None
    reference = max(lowest.soreness, reading.session.baseline_soreness or 0)
    return [lowest] if newest.soreness - reference >= limits.worsens_rise.value else None


def _confirmation(partners: Iterable[Answer]) -> list[Answer] | None:
    """Return the latest partner as the one that confirms the newest answer; None without any."""
    return list(partners)[-1:] or None


def _report(reading: Scores, held: list[Rule], grounds: dict[Rule, list[Answer] | None]) -> Finding:
    rest = [answer for rule in held for answer in grounds[rule] or []]
    evidence = [reading.newest, *rest]
    inputs: dict[str, object] = {
        "soreness": reading.newest.soreness,
        "hours_since_session": round(reading.hours(reading.newest), 2),
        "baseline_soreness": reading.session.baseline_soreness,
        "baseline_estimated": reading.session.baseline_estimated,
        "baseline_readings": reading.session.baseline_readings,
        "rules": [rule.value for rule in held],
        "earlier": [
            {"soreness": a.soreness, "hours_since_session": round(reading.hours(a), 2)} for a in rest
        ],
        "check_in_ids": list(dict.fromkeys(a.check_in_id for a in evidence if a.check_in_id is not None)),
        "thresholds": reading.limits.values(),
    }
    if Rule.WORSENS in held and (remark := alcohol_remark(reading.session, reading.newest)):
        inputs["remarks"] = [remark]
    return make_finding(held[0], _sentence(reading, held, grounds), inputs, reading.newest.at)


def _sentence(reading: Scores, held: list[Rule], grounds: dict[Rule, list[Answer] | None]) -> str:
    """Say score, time and change first, then the baseline, then what makes it worth a look."""
    head = _score(reading, reading.newest)
    if lowest := grounds[Rule.WORSENS]:
        head += f", up from {_score(reading, lowest[0])}"
    elif confirmed_by := grounds[held[0]]:
        head += f", after {_score(reading, confirmed_by[0])}"
    parts = [head, _baseline(reading.session)]
    if Rule.SEVERE in held:
        parts.append(_severity_remark(reading))
    if Rule.PERSISTS in held:
        parts.append("expected to have settled by 48 h")
    if Rule.WORSENS in held and (remark := alcohol_remark(reading.session, reading.newest)):
        parts.append(remark)
    return "; ".join(parts) + "."


def _baseline(session: SessionFacts) -> str:
    if session.baseline_soreness is None:
        return "no baseline"
    if session.baseline_estimated:
        return f"no baseline, {session.baseline_soreness}/10 once earlier sessions had settled"
    if session.baseline_readings > 1:
        return f"{session.baseline_soreness}/10 before the last {session.baseline_readings} sessions"
    return f"{session.baseline_soreness}/10 before the session"


def _severity_remark(reading: Scores) -> str:
    if reading.newest.soreness >= ALWAYS_SEVERE.value:
        return f"{ALWAYS_SEVERE.value}/10 and above is always reported"
    return f"severe from {reading.limits.severe_soreness.value}/10"


def _score(reading: Scores, answer: Answer) -> str:
    return f"{answer.soreness}/10 at {int(reading.hours(answer))} h"


SORENESS = ScoreFamily(
    "soreness",
    SORENESS_RULES,
    scores=lambda said: said.soreness,
    assess=lambda said, limits: assess_soreness(said.soreness, said.facts, limits),
    replay=lambda said, limits: replay_soreness(said.soreness, said.facts, limits),
    merge=lambda existing, found, said: merge_soreness(
        existing, found.finding, said.soreness, said.facts, found.is_newest
    ),
)
