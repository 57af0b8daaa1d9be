import pytest

from tracker.protocols.soreness import is_above_baseline, is_settled


@pytest.mark.parametrize(
    ("soreness", "baseline", "expected"),
    [
        (2, None, True),
        (3, None, False),
        (2, 0, True),
        (3, 1, False),
        (3, 2, True),  # from here the patient's own level counts
        (4, 2, False),
        (9, 8, True),
        (10, 8, False),
        (10, 10, True),
    ],
)
def test_soreness_is_settled_near_the_own_baseline(
    soreness: int, baseline: int | None, expected: bool
) -> None:
    assert is_settled(soreness, baseline) is expected


@pytest.mark.parametrize(
    ("soreness", "baseline", "expected"),
    [(1, None, False), (2, None, True), (5, 4, False), (6, 4, True)],
)
def test_one_point_over_the_baseline_is_not_above_it(
    soreness: int, baseline: int | None, expected: bool
) -> None:
    assert is_above_baseline(soreness, baseline) is expected
