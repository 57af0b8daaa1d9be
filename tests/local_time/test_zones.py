from importlib.resources import files

import pytest

from tracker.local_time.zones import canonical_zone, zone


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Europe/Kiev", "Europe/Kyiv", id="T32-renamed"),
        pytest.param("US/Eastern", "America/New_York", id="T32-american-alias"),
        pytest.param("EST5EDT", "America/New_York", id="T32-posix-alias"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("UTC", "Etc/UTC"),
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Europe/Oslo", "Europe/Oslo"),  # shares Berlin's clock, but is a place of its own
        ("Atlantic/Reykjavik", "Atlantic/Reykjavik"),
    ],
)
def test_an_alias_becomes_the_current_name(name: str, expected: str) -> None:
    assert canonical_zone(name) == expected
    assert canonical_zone(expected) == expected
    assert zone(name).key == expected


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Foo/Bar", id="T32-unknown"),
        pytest.param("../x", id="T32-path"),
        pytest.param("x" * 10_240, id="T32-10-kB"),
        pytest.param("/usr/share/zoneinfo/Europe/Berlin", id="absolute-path"),
        pytest.param("", id="empty"),
        pytest.param("Europe", id="folder"),
        pytest.param("tzdata.zi", id="file-that-is-no-zone"),
        pytest.param("localtime", id="the-machine's-own"),
        pytest.param("europe/berlin", id="other-case"),
        pytest.param("+02:00", id="offset"),
    ],
)
def test_what_is_no_zone_is_refused_without_echo(name: str) -> None:
    for refuse in (canonical_zone, zone):
        with pytest.raises(ValueError, match=r"^unknown time zone; use a name such as Europe/Berlin$"):
            refuse(name)


def test_no_canonical_name_is_itself_an_alias() -> None:
    names = (files("tzdata") / "zones").read_text(encoding="utf-8").split()
    for canonical in map(canonical_zone, names):
        assert canonical_zone(canonical) == canonical


def test_a_zone_is_loaded_once() -> None:
    assert zone("US/Eastern") is zone("America/New_York")
