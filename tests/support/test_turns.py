"""Every case of a flow runs, and both databases have their share."""

from tests.support.turns import DATABASES, find_out_of_turn

CASES = [f"tests/a_flow.py::test_{name}" for name in "abcdefgh"]


def on(database: str) -> set[str]:
    return {f"{case}[{database}]" for case in CASES} | {f"{case}[{database}-1]" for case in CASES}


def test_each_case_runs_once_and_each_database_has_some() -> None:
    left = on("sqlite") | on("postgresql")
    left -= find_out_of_turn(left)
    assert len(left) == 2 * len(CASES)
    for database in DATABASES:
        assert len(left & on(database)) >= 4


def test_a_case_that_is_asked_for_on_one_database_runs_there() -> None:
    assert find_out_of_turn(on("sqlite")) == find_out_of_turn(on("postgresql")) == set()


def test_a_test_without_a_database_runs() -> None:
    assert find_out_of_turn(["tests/a.py::test_a", "tests/a.py::test_a[1]"]) == set()
