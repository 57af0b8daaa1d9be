"""Every route asks for a permission, or stands on the short list of those that anybody may use."""

import pytest
from flask import Flask

from tests.api.probe import read
from tracker import api
from tracker.api.contract import operations_of
from tracker.people.rules.access import PERMISSIONS, Permission

PUBLIC = {
    "activateAccount",
    "createToken",
    "getClientConfig",
    "getLiveness",
    "getReadiness",
    "getWorkerHealth",
}
PAGES = {
    "/consents/<kind>",
    "/go/<code>",
    "/metrics",
    "/problems/<code>",
    "/sms-receipts",
    "/v1/openapi.yaml",
}


@pytest.fixture(scope="module")
def bare() -> Flask:
    """The application's operations without a database."""
    app = Flask("bare", static_folder=None)
    api.register(app)
    return app


def test_every_route_is_an_operation_or_a_page_for_people(bare: Flask) -> None:
    found = {
        (method, rule.rule)
        for rule in bare.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        if rule.rule not in PAGES
    }
    assert found == set(operations_of(bare))


def test_pages_but_two_can_only_be_read(bare: Flask) -> None:
    writing = {
        (rule.rule, method)
        for rule in bare.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD"}
        if rule.rule in PAGES
    }
    # The answer behind a reminder, and what a service for text messages signs.
    assert writing == {("/go/<code>", "POST"), ("/sms-receipts", "POST")}


def test_what_anybody_may_use_is_a_short_list(bare: Flask) -> None:
    public = {info.operation_id for info in operations_of(bare).values() if info.permission is None}
    assert public <= PUBLIC


def test_without_a_token_only_the_public_ones_answer(bare: Flask) -> None:
    client = bare.test_client()
    for (method, rule), info in operations_of(bare).items():
        if info.permission is not None:
            answer = client.open(rule.replace("<", "").replace(">", ""), method=method)
            assert (answer.status_code, read(answer)["code"]) == (401, "token_missing"), info.operation_id


def test_every_token_that_is_not_ours_is_refused(app: Flask) -> None:
    client = app.test_client()
    headers = {"Authorization": "Bearer trk_not_one_of_ours"}
    for (method, rule), info in operations_of(app).items():
        if info.permission is not None:
            answer = client.open(rule.replace("<", "").replace(">", ""), method=method, headers=headers)
            assert (answer.status_code, read(answer)["code"]) == (401, "token_invalid"), info.operation_id


def test_every_permission_is_held_by_a_role_and_asked_for_by_a_route(bare: Flask) -> None:
    assert set().union(*PERMISSIONS.values()) == set(Permission)
    assert {info.permission for info in operations_of(bare).values()} - {None} == set(Permission)
