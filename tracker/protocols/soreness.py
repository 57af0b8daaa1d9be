"""When soreness counts as gone."""

SETTLED_AT_MOST = 2  # points of 0-10; the smallest change a patient notices (care flow, section 1)
SETTLED_ABOVE_BASELINE = 1  # points of 0-10 over the same question asked just before the session


def is_settled(soreness: int, baseline: int | None) -> bool:
    """Say whether soreness (0-10) is at most max(2, baseline + 1); a missing baseline counts as 0."""
    return soreness <= max(SETTLED_AT_MOST, (baseline or 0) + SETTLED_ABOVE_BASELINE)


def is_above_baseline(soreness: int, baseline: int | None) -> bool:
    """Say whether soreness (0-10) is more than 1 point over the baseline; a missing baseline counts as 0."""
    return soreness > (baseline or 0) + SETTLED_ABOVE_BASELINE
