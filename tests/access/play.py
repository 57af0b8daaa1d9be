"""Plays one row of the table: first everybody who is refused, then everybody who is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.test import TestResponse

from tests.access.house import House, Target, contents, fill, nothing, trail, words_of
from tests.access.table import ADMIN, CALLERS, OUTSIDERS, Row, Trail
from tests.support.keys import new_key
from tracker import ids

COLLEAGUES = {"tilda", "tom", "lars", ADMIN}
PATIENTS = {"pia", "paul", "otto"}


@dataclass(slots=True)
class Outcome:
    """What came of one row."""

    statuses: dict[str, int] = field(default_factory=dict)
    changed_by_refusals: list[str] = field(default_factory=list)  # tables
    leaks: list[str] = field(default_factory=list)
    tells_apart: list[str] = field(default_factory=list)  # who can tell what is hers from what is not there
    odd_trails: dict[str, list[str]] = field(default_factory=dict)


def play(house: House, row: Row) -> Outcome:
    """Let every caller try the operation once."""
    outcome = Outcome()
    refused = [name for name in (*CALLERS, ADMIN) if row.expected[name] >= 400]
    before = contents()
    for name in refused:
        answer = attempt(house, row, name, house.pia)
        outcome.statuses[name] = answer.status_code
        note_leaks(house, row, name, answer, outcome)
        if row.colleagues_know and name in COLLEAGUES:
            continue
        if spoken(answer) != spoken(attempt(house, row, name, nothing())):
            outcome.tells_apart.append(name)
    outcome.changed_by_refusals = [name for name, rows in contents().items() if rows != before[name]]
    for name in (name for name in (*CALLERS, ADMIN) if name not in refused):
        answer = attempt(house, row, name, house.pia)
        outcome.statuses[name] = answer.status_code
        note_leaks(house, row, name, answer, outcome)
        if found := odd_trail(house, row, name, answer):
            outcome.odd_trails[name] = found
    return outcome


def attempt(house: House, row: Row, name: str, target: Target) -> TestResponse:
    """Let one caller try it on these ids."""
    answer = "cancelled" if name == "tilda" else "confirmed"  # each caller finds something left to change
    leave = house.leaves.get(name, house.leaves["tom"]) if target is house.pia else str(ids.new_id())
    names = house.names(target) | {"caller": name, "answer": answer, "leave": leave}
    if "{code}" in str(row.body):
        names["code"] = house.code()
    return house.call(
        row.operation,
        fill(row.path, names),
        house.person(name),
        fill(row.body, names),
        {"Request-Id": new_key()},
    )


def spoken(answer: TestResponse) -> tuple[int, Mapping[str, str], bytes]:
    """Return an answer without what names the request."""
    known = answer.headers["Request-Id"].encode()
    headers = {name: value for name, value in answer.headers.items() if name != "Request-Id"}
    return answer.status_code, headers, answer.data.replace(known, b"")


def note_leaks(house: House, row: Row, name: str, answer: TestResponse, outcome: Outcome) -> None:
    """Note what an outsider, or somebody who was refused, read of Pia."""
    if name in OUTSIDERS or answer.status_code >= 400:
        told = [word for word in (*words_of(house.pia), "Pia") if word in answer.text]
        outcome.leaks += [f"{name} reads {word}" for word in told]


def odd_trail(house: House, row: Row, name: str, answer: TestResponse) -> list[str]:
    """Return the chains in which a success left its rows, unless it is one row in the chain it should be."""
    chains, person = trail(answer.headers["Request-Id"]), house.person(name)
    if row.trail is Trail.NONE or (name in PATIENTS and house.operations[row.operation].method == "GET"):
        return chains
    if len(chains) != 1:
        return chains or ["none at all"]
    right = {
        Trail.PIA: chains[0] == house.pia.patient,
        Trail.CALLER: person is not None and chains[0] == str(person.patient or person.account_id),
        Trail.ACCOUNT: person is not None and chains[0] == str(person.account_id),
        Trail.NAMED: chains[0] in answer.text and chains[0] != house.pia.patient,
    }
    return [] if right[row.trail] else chains
