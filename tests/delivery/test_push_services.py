"""Which addresses a browser may name, at the edge of each rule."""

import pytest

from tracker.delivery.push_services import is_push_service

HOSTS = "push.example .below.example"
ALLOWED = "localhost:8085 10.0.0.1:80"


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://push.example/a", True),
        ("https://PUSH.example", True),
        ("https://push.example:443/a?b#c", True),
        ("https://a.b.below.example/a", True),
        ("https://below.example/a", False),
        ("https://x.push.example/a", False),
        ("https://push.example./a", False),
        ("https://push.example:444/a", False),
        ("http://push.example/a", False),
        ("https://user@push.example/a", False),
        ("//push.example/a", False),
        ("https:///a", False),
        ("http://localhost:8085/a", True),
        ("https://localhost:8085/a", True),
        ("http://localhost:8086/a", False),
        ("http://localhost/a", False),
        ("http://10.0.0.1/a", True),
        ("https://10.0.0.1/a", False),
        ("https://push.example:99999/a", False),
    ],
)
def test_only_known_push_services_are_admitted(endpoint: str, expected: bool) -> None:
    assert is_push_service(endpoint, HOSTS, ALLOWED) is expected


def test_nothing_is_admitted_where_nothing_is_set() -> None:
    assert not is_push_service("https://push.example/a", "", "")
