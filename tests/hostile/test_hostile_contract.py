"""What the contract promises holds for requests that schemathesis makes from it, good and bad (R17 in small)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import product
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.access.house import House
from tracker.api.spec import document

load_all_checks()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# What schemathesis takes for a fault and is none.
TAKES_ANYTHING = {"reportRedFlag"}  # a report is never refused for its content
ALSO_REFUSALS = {412, 413}  # for a version that nobody gave out, and for too many items; it knows neither
HARMLESS = "/properties/If-None-Match"  # what names no state is no reason to refuse a reading
FEW = settings(
    max_examples=3,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def operations(house: House) -> Iterator[Any]:
    """Give the operations of the contract as schemathesis reads them."""
    contract = schemathesis.openapi.from_dict(document(house.scene.app))
    contract.app = house.scene.app
    for found in contract.get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


def challenge(house: House, operation: Any, mode: GenerationMode) -> list[str]:
    """Send a few requests of one operation as each role; return what the contract does not promise."""
    name = operation.definition.raw["operationId"]
    strict = mode is GenerationMode.NEGATIVE and name not in TAKES_ANYTHING
    odd: dict[str, None] = {}

    @FEW
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        for real, person in product((False, True), (house.cast.pia, house.cast.tilda)):
            if real:
                case.path_parameters = {
                    key: known(house, key, case.path_parameters[key]) for key in case.path_parameters
                }
            answer = case.call(headers=person.headers)
            strictly = strict and not real and answer.status_code not in ALSO_REFUSALS
            checks = [*CHECKS, negative_data_rejection] if strictly else CHECKS
            odd.update(dict.fromkeys(faults_of(case, answer, checks)))

    with suppress(Unsatisfiable):  # there is nothing to send wrongly
        send()
    return [f"{name}: {fault}" for fault in odd]


def known(house: House, name: str, otherwise: Any) -> Any:
    """Return the id of something that is there, for a parameter of the path."""
    return asdict(house.pia).get(name.removesuffix("_id").replace("alert", "flag_alert"), otherwise)


def faults_of(case: Any, answer: Any, checks: list[Any]) -> list[str]:
    """Return what is wrong with an answer, without what is taken for wrong and is not."""
    try:
        case.validate_response(answer, checks=checks)
    except FailureGroup as group:
        found = [f"{failure.title}: {failure.message}" for failure in group.exceptions]
        return [fault for fault in found if HARMLESS not in fault]
    return []


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
def test_the_contract_holds(house: House, mode: GenerationMode) -> None:
    assert [odd for operation in operations(house) for odd in challenge(house, operation, mode)] == []
