"""R2 severe, R3 persists, R4 worsens: one alert about soreness, with the most important reason on top."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tracker.alerts.rules.alcohol import alcohol_remark
from tracker.alerts.rules.facts import (
    Answer,
    Finding,
    Replay,
    SessionAnswers,
    SessionFacts,
    answers_after,
    answers_since,
    find_latest,
    hours_between,
    list_partners,
    make_finding,
    score_of,
)
from tracker.alerts.rules.lifecycle import (
    ExistingAlert,
    Nothing,
    Raise,
    Refresh,
    ScoreFamily,
    Transition,
    improve,
    lose_cause,
    shows,
)
from tracker.alerts.rules.thresholds import (
    ABOVE_BASELINE,
    EXPECTED_BEFORE,
    MEANINGFUL_CHANGE,
    MILD,
    NOISE,
    POINTS,
    SETTLES_BY_48_H,
    SEVERE_BAND,
    SINCE_SESSION,
    Bounds,
    DeclaredRule,
    Preset,
    Setting,
    Threshold,
    Thresholds,
)
from tracker.alerts.vocabulary import CLOSED, AlertStatus, Rule, Severity
from tracker.protocols.soreness import is_settled

FAMILY = "soreness"

MODERATE_BAND = "Boonstra et al., Pain 2014;155:2545: moderate from 3.5 of 10"
FIRST_HALF_DAY = "convention: soreness peaks on the day of the needling"
PAIR_WINDOW = "convention: a re-check later the same day, or the next daily answer"
SIMULATED = "alert rule simulation (docs/alerts.md): a third fewer false alerts, hardly a course missed"
SENSITIVE = "alert rule simulation, sensitive preset"
FIRST_NIGHT = "the first hours are sore in everybody; after a day the rule would miss what it is for"

# Not configurable by a clinic, so no setting.
ALWAYS_SEVERE = Threshold("always_severe", 9, POINTS, SEVERE_BAND)
# The smallest change that means something to a patient: Ostelo et al., Spine 2008;33:90.
WORSE_BY_POINTS = 2
# How much earlier than asked an answer may come and still be that hour's.
EARLY_ANSWER_HOURS = 2

SEVERE_SORENESS = Setting(
    "severe_soreness",
    7,
    POINTS,
    SEVERE_BAND,
    bounds=Bounds(5, 8, "moderate begins at 4, and 9 is always severe, so more than 8 would switch it off"),
)
SEVERE_RISE = Setting("severe_rise", 2, ABOVE_BASELINE, MEANINGFUL_CHANGE, bounds=Bounds(1, 3, NOISE))
SEVERE_FROM = Setting("severe_from", 12, SINCE_SESSION, FIRST_HALF_DAY, bounds=Bounds(4, 24, FIRST_NIGHT))
PERSISTS_AT_ONCE = Setting("persists_at_once", 3, POINTS, SENSITIVE, bounds=Bounds(3, 6, MILD))
PERSISTS_ON_SECOND = Setting(
    "persists_on_second", 3, POINTS, SENSITIVE, bounds=Bounds(3, 5, MILD), not_above="persists_at_once"
)
PERSISTS_RISE = Setting("persists_rise", 2, ABOVE_BASELINE, MEANINGFUL_CHANGE, bounds=Bounds(1, 3, NOISE))
PERSISTS_FROM = Setting(
    "persists_from", 46, SINCE_SESSION, SETTLES_BY_48_H, bounds=Bounds(36, 72, EXPECTED_BEFORE)
)
PERSISTS_AFTER_SETTLED = Setting(
    "persists_after_settled",
    5,
    POINTS,
    SIMULATED,
    bounds=Bounds(3, 7, "severe begins at 7, which is never asked about again; at 3 nothing is"),
)
SECOND_AFTER = Setting(
    "second_after",
    4,
    "hours between answers",
    PAIR_WINDOW,
    bounds=Bounds(2, 12, "closer answers are one moment; a second answer must fit into the same day"),
    not_above="second_within",
)
SECOND_WITHIN = Setting(
    "second_within",
    30,
    "hours between answers",
    PAIR_WINDOW,
    bounds=Bounds(24, 48, "the next daily answer must count; two days on, the course has moved"),
)
WORSENS_SORENESS = Setting("worsens_soreness", 4, POINTS, MODERATE_BAND, bounds=Bounds(3, 6, MILD))
WORSENS_RISE = Setting(
    "worsens_rise", 2, "points above the lowest", MEANINGFUL_CHANGE, bounds=Bounds(1, 3, NOISE)
)
WORSENS_FROM = Setting("worsens_from", 24, SINCE_SESSION, FIRST_HALF_DAY, bounds=Bounds(12, 36, FIRST_NIGHT))
LOWEST_FROM = Setting("lowest_from", 12, SINCE_SESSION, FIRST_HALF_DAY, bounds=Bounds(6, 24, FIRST_NIGHT))

SEVERE = DeclaredRule(Rule.SEVERE, Severity.ATTENTION, FAMILY, (SEVERE_SORENESS, SEVERE_RISE, SEVERE_FROM))
WORSENS = DeclaredRule(
    Rule.WORSENS, Severity.ATTENTION, FAMILY, (WORSENS_SORENESS, WORSENS_RISE, WORSENS_FROM, LOWEST_FROM)
)
PERSISTS = DeclaredRule(
    Rule.PERSISTS,
    Severity.ATTENTION,
    FAMILY,
    (
        PERSISTS_AT_ONCE,
        PERSISTS_ON_SECOND,
        PERSISTS_RISE,
        PERSISTS_FROM,
        PERSISTS_AFTER_SETTLED,
        SECOND_AFTER,
        SECOND_WITHIN,
    ),
)
# Most important first: the reason shown on top when several hold at once.
RULES = (SEVERE, WORSENS, PERSISTS)
_DECLARED = {declared.rule: declared for declared in RULES}
_ORDER = list(_DECLARED)

# The earlier answers that each rule rests on; None where it does not hold.
Grounds = Mapping[Rule, list[Answer] | None]


def settings_of(preset: Preset) -> tuple[Setting, Setting]:
    """Return the two numbers of the persists rule, which are all that depends on the preset."""
    at_once, on_second = {
        Preset.QUIET: (5, 4),
        Preset.STANDARD: (4, 3),
        Preset.SENSITIVE: (PERSISTS_AT_ONCE.value, PERSISTS_ON_SECOND.value),
    }[preset]
    source = f"alert rule simulation, {preset} preset"
    return (
        replace(PERSISTS_AT_ONCE, value=at_once, source=source),
        replace(PERSISTS_ON_SECOND, value=on_second, source=source),
    )


def assess_soreness(answers: Sequence[Answer], session: SessionFacts, limits: Thresholds) -> Finding | None:
    """Say what the newest answer, seen with the earlier ones, should tell the therapist.

    Answers from before the session's end are ignored; a missing baseline counts as 0.
    """
    since = answers_since(session, answers)
    return _assess(Scores(since, len(since) - 1, session, limits)) if since else None


def replay_soreness(answers: Sequence[Answer], session: SessionFacts, limits: Thresholds) -> Replay:
    """Read the answers as if each had come in order, and return the latest one that raises something.

    A late or edited answer thus counts at its own time, and for every later answer it changes.
    """
    since = answers_since(session, answers)
    return find_latest(len(since), lambda place: _assess(Scores(since, place, session, limits)))


@dataclass(frozen=True, slots=True)
class Scores:
    """The answers since the session, oldest first, seen from one of them, with the numbers to hold them against."""

    answers: Sequence[Answer]
    place: int
    session: SessionFacts
    limits: Thresholds

    @property
    def newest(self) -> Answer:
        """Return the answer that is looked at; those after it do not count."""
        return self.answers[self.place]

    def hours(self, answer: Answer) -> float:
        """Return how long after the session's end an answer was given."""
        return hours_between(self.session.ended_at, answer.at)

    def rise(self, answer: Answer) -> int:
        """Return the points above baseline."""
        # A missing baseline counts as no soreness: rather one alert too many than one too few.
        return answer.soreness - (self.session.baseline_soreness or 0)

    def is_severe(self, answer: Answer) -> bool:
        """Say whether an answer is in the severe band and clearly above baseline, at any hour."""
        limits = self.limits
        return answer.soreness >= limits[SEVERE_SORENESS] and self.rise(answer) >= limits[SEVERE_RISE]

    def is_unsettled(self, answer: Answer, soreness: int) -> bool:
        """Say whether an answer is at least that sore, clearly above baseline, when it should have settled."""
        return (
            answer.soreness >= soreness
            and self.rise(answer) >= self.limits[PERSISTS_RISE]
            and self.hours(answer) >= self.limits[PERSISTS_FROM]
        )

    def follows_settled(self) -> bool:
        """Say whether the answer before the newest, at most 30 h earlier, was a settled one."""
        if self.place == 0:
            return False
        before = self.answers[self.place - 1]
        near = hours_between(before.at, self.newest.at) <= self.limits[SECOND_WITHIN]
        return near and is_settled(before.soreness, self.session.baseline_soreness)

    def partners(self) -> Iterator[Answer]:
        """Return the answers 4 to 30 h before the newest, latest first: near enough to confirm it."""
        return list_partners(self.answers, self.place, self.limits[SECOND_AFTER], self.limits[SECOND_WITHIN])

    def lowest(self) -> Answer | None:
        """Return the lowest answer from 12 h on, the newest included; the later one of equals."""
        found: Answer | None = None
        for place in range(self.place, -1, -1):
            answer = self.answers[place]
            if self.hours(answer) < self.limits[LOWEST_FROM]:
                break
            found = answer if found is None or answer.soreness < found.soreness else found
        return found


def _assess(reading: Scores) -> Finding | None:
    grounds = {
        Rule.SEVERE: _severe(reading),
        Rule.WORSENS: _worsens(reading),
        Rule.PERSISTS: _persists(reading),
    }
    held = [rule for rule in _ORDER if grounds[rule] is not None]
    return _report(reading, held, grounds) if held else None


def _severe(reading: Scores) -> list[Answer] | None:
    """R2: return the earlier answers it rests on; None when it does not hold."""
    newest = reading.newest
    if newest.soreness >= ALWAYS_SEVERE.value:
        return []
    if not reading.is_severe(newest):
        return None
    if reading.hours(newest) >= reading.limits[SEVERE_FROM]:
        return []
    return _confirmation(answer for answer in reading.partners() if reading.is_severe(answer))


def _persists(reading: Scores) -> list[Answer] | None:
    """R3: both answers of a pair must be late enough and above baseline; None when it does not hold.

    A little soreness right after a settled answer is mostly noise, so it takes a pair as well.
    """
    at_once, on_second = reading.limits[PERSISTS_AT_ONCE], reading.limits[PERSISTS_ON_SECOND]
    doubtful = reading.newest.soreness < reading.limits[PERSISTS_AFTER_SETTLED] and reading.follows_settled()
    if reading.is_unsettled(reading.newest, at_once) and not doubtful:
        return []
    if not reading.is_unsettled(reading.newest, on_second):
        return None
    return _confirmation(answer for answer in reading.partners() if reading.is_unsettled(answer, on_second))


def _worsens(reading: Scores) -> list[Answer] | None:
    """R4: a rise over the lowest answer since 12 h or the baseline, whichever is higher; else None."""
    newest, limits = reading.newest, reading.limits
    if newest.soreness < limits[WORSENS_SORENESS] or reading.hours(newest) < limits[WORSENS_FROM]:
        return None
    lowest = reading.lowest()
    if lowest is None:
        return None
    reference = max(lowest.soreness, reading.session.baseline_soreness or 0)
    return [lowest] if newest.soreness - reference >= limits[WORSENS_RISE] else None


def _confirmation(partners: Iterator[Answer]) -> list[Answer] | None:
    """Return the latest partner as the one that confirms the newest answer; None without any."""
    return [latest] if (latest := next(partners, None)) else None


def _report(reading: Scores, held: list[Rule], grounds: Grounds) -> Finding:
    rest = [answer for rule in held for answer in grounds[rule] or []]
    evidence = [reading.newest, *rest]
    remark = alcohol_remark(reading.session, reading.newest) if Rule.WORSENS in held else None
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
    if remark:
        inputs["remarks"] = [remark]
    reason = _sentence(reading, held, grounds, remark)
    return make_finding(_DECLARED[held[0]], reason, inputs, reading.newest.at)


def _sentence(reading: Scores, held: list[Rule], grounds: Grounds, remark: str | None) -> str:
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
        parts.append(f"expected to have settled by {reading.limits[PERSISTS_FROM] + EARLY_ANSWER_HOURS} h")
    if remark:
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
    return f"severe from {reading.limits[SEVERE_SORENESS]}/10"


def _score(reading: Scores, answer: Answer) -> str:
    return f"{answer.soreness}/10 at {int(reading.hours(answer))} h"


def merge_soreness(existing: ExistingAlert | None, found: Replay, said: SessionAnswers) -> Transition:
    """Decide from a replay of all answers, which holds the latest finding that any of them raises.

    What is no longer true on the newest answer is kept as historic and notifies nobody; what still is notifies,
    however late it came. Improvement and edits quieten an alert; only an acknowledged one closes by itself.
    """
    finding, is_newest = found.finding, found.is_newest
    if existing is None or existing.status in CLOSED:
        if finding is None or (existing is not None and _is_known(existing, finding, is_newest)):
            return Nothing()
        return Raise(finding, historic=not is_newest)
    if finding is None:
        return lose_cause(existing, said.soreness)
    if not is_newest:
        later = answers_after(finding, said.facts, said.soreness)
        return improve(existing, later, said.facts.baseline_soreness)
    if shows(existing, finding):
        return Nothing()
    # A settling alert went quiet, so nobody would hear of it again without a new message.
    news = existing.settling or _is_worse(existing, finding)
    return Refresh(finding if news else _untold(existing, finding), notify=news)


def _is_known(closed: ExistingAlert, finding: Finding, is_newest: bool) -> bool:
    """Whether this evidence was dealt with; on the newest answer a worse reason is news all the same."""
    dealt_with = closed.status is AlertStatus.RESOLVED and finding.at <= closed.evidence_at
    return dealt_with and not (is_newest and _is_worse(closed, finding))


def _is_worse(existing: ExistingAlert, finding: Finding) -> bool:
    """Whether a more important rule holds, or soreness rose by a meaningful step."""
    if _ORDER.index(finding.rule) < _ORDER.index(existing.rule):
        return True
    soreness, told = score_of(finding.inputs), _lowest_since_told(existing)
    return soreness is not None and told is not None and soreness - told >= WORSE_BY_POINTS


def _untold(existing: ExistingAlert, finding: Finding) -> Finding:
    """Keep beside what nobody is told the score to hold the next one against: small steps add up."""
    told = _lowest_since_told(existing)
    return finding if told is None else replace(finding, inputs={**finding.inputs, "lowest_since_told": told})


def _lowest_since_told(existing: ExistingAlert) -> int | None:
    scores = [score for score in (existing.soreness, existing.lowest_since_told) if score is not None]
    return min(scores, default=None)


SORENESS = ScoreFamily(
    FAMILY,
    RULES,
    scores=lambda said: said.soreness,
    assess=lambda said, limits: assess_soreness(said.soreness, said.facts, limits),
    replay=lambda said, limits: replay_soreness(said.soreness, said.facts, limits),
    merge=merge_soreness,
)
