"""What the simulator assumes: every number with its meaning and where it comes from. Assumptions, not data."""

from dataclasses import Field, dataclass, field, fields

TRIALS = "trials of post-needling soreness"
ASSUMED = "assumption"


def _number(
    default: float, meaning: str, basis: str = ASSUMED, most: float = 1.0, least: float = 0.0
) -> float:
    told = {"meaning": meaning, "basis": basis, "most": most, "least": least}
    return field(default=default, metadata=told)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The numbers of one simulation; shares are 0 to 1, soreness is points of 10, times are hours."""

    no_soreness: float = _number(0.15, "share of sessions without soreness", "55-100 % report some")
    peak_mean: float = _number(3.6, "mean peak, points", "35 of 100 after needling", 10)
    peak_deviation: float = _number(2.0, "standard deviation of the peak, points", "from the trials' SE", 10)
    peak_least: float = _number(0.3, "lowest peak, points", TRIALS, 10)
    peak_most: float = _number(9.5, "highest peak, points", TRIALS, 10)
    patient_deviation: float = _number(0.5, "standard deviation between patients, points", most=10)
    decay_hours: float = _number(20, "median time constant of the decay, hours", "21.7 h fitted", 500, 0.1)
    decay_variation: float = _number(0.35, "coefficient of variation of the time constant", TRIALS, 3)
    delayed: float = _number(0.15, "share with a delayed peak")
    delayed_from: float = _number(8, "earliest delayed peak, hours", most=48)
    delayed_to: float = _number(16, "latest delayed peak, hours", most=48)
    delayed_start: float = _number(0.4, "share of a delayed peak that is there at once")
    slow: float = _number(0.08, "share that is slow but benign")
    slow_decay_hours: float = _number(45, "time constant of slow courses, hours", most=500, least=0.1)
    unsettled: float = _number(0.02, "share that does not settle in the week")
    unsettled_least: float = _number(2.5, "lowest level that stays, points", most=10)
    unsettled_most: float = _number(5.5, "highest level that stays, points", most=10)
    aggravation: float = _number(0.02, "share that is aggravated", "0.88 % of Brady 2014, doubled")
    aggravation_from: float = _number(18, "earliest aggravation, hours", most=168)
    aggravation_to: float = _number(60, "latest aggravation, hours", most=168)
    aggravation_least: float = _number(2.5, "smallest aggravation, points", most=10)
    aggravation_most: float = _number(6, "largest aggravation, points", most=10)
    aggravation_decay_hours: float = _number(
        60, "time constant of an aggravation, hours", most=500, least=0.1
    )
    complication: float = _number(
        0.01, "share with a complication", "0.1 % published, ten times as many here"
    )
    haematoma: float = _number(0.50, "share of complications that are haematomas")
    infection: float = _number(0.15, "share of complications that are infections")
    nerve: float = _number(0.20, "share of complications that are nerve lesions")
    pneumothorax: float = _number(0.15, "share of complications that are a pneumothorax")
    complication_ticked: float = _number(0.9, "share of check-ins after its onset that tick the red flag")
    rebound: float = _number(0.12, "share with a short rebound that needs nothing")
    rebound_from: float = _number(16, "earliest rebound, hours", most=168)
    rebound_to: float = _number(60, "latest rebound, hours", most=168)
    rebound_least: float = _number(1.5, "smallest rebound, points", most=10)
    rebound_most: float = _number(3.5, "largest rebound, points", most=10)
    rebound_width: float = _number(4, "sigma of a rebound, hours", most=48, least=0.1)
    alcohol: float = _number(0.15, "share that drinks in the alcohol window")
    alcohol_points: float = _number(0, "what alcohol adds for the next day, points", "12 trials: nothing", 10)
    usual_pain_mean: float = _number(4.2, "mean usual pain, points", ASSUMED, 10)
    usual_pain_deviation: float = _number(1.6, "standard deviation of usual pain, points", ASSUMED, 10)
    leakage: float = _number(0.25, "share of the usual pain that leaks into the answer")
    noise: float = _number(1.1, "within-person noise, standard deviation, points", "Page 2022: 1.2", 10)
    missed: float = _number(0.26, "share of prompts that those who log miss", "Mooney 2022: 73.8 % answered")
    missed_evidence: float = _number(
        2.5, "how alike patients are in missing: small is wide", ASSUMED, 1000, 0.1
    )
    never_logs: float = _number(0.08, "share of patients who never log", "Cracchiolo: 13 % never answered")
    response_hours: float = _number(0.7, "mean time from prompt to answer, hours", most=24)
    chest: float = _number(0.2, "share of sessions near the lung")
    sessions_each: float = _number(4, "sessions of each patient", "3-6 per course in 82 %", 100, 1)
    follow_hours: float = _number(168, "hours followed after a session", "one week", 8784, 24)


def list_parameters() -> list[tuple[Field[float], str]]:
    """Return every parameter with one line of help: what it is, and its basis."""
    return [(each, f"{each.metadata['meaning']} ({each.metadata['basis']})") for each in fields(Parameters)]
