"""Where needles went in, and whether that can reach the lung."""

from collections.abc import Iterable

from tracker.protocols.catalog import CHEST_REGIONS
from tracker.sessions.rules.bodies import BodyArea


def regions_in(areas: Iterable[BodyArea]) -> frozenset[str]:
    """Return the body regions that were needled."""
    return frozenset(area["region"] for area in areas)


def reach_the_lung(areas: Iterable[BodyArea]) -> bool:
    """Say whether a needled region can reach the lung."""
    return bool(CHEST_REGIONS & regions_in(areas))
