"""The committed contract is what the code says, and keeps the rules of a contract that generators can read."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api import probe
from tracker import api
from tracker.api import spec
from tracker.api.contract import operations_of

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = {"oneOf", "allOf", "not", "discriminator", "readOnly", "writeOnly", "nullable"}


@pytest.fixture(scope="module")
def bare() -> Flask:
    """The application's operations without a database: the contract needs none."""
    app = Flask("bare", static_folder=None)
    api.register(app)
    return app


@pytest.fixture(scope="module")
def whole(bare: Flask) -> dict[str, Any]:
    """The document of the application."""
    return spec.document(bare)


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    """The document of the small application, which uses every kind of field and promise."""
    app = Flask("examples", static_folder=None)
    api.register(app, [probe.blueprint])
    return spec.document(app)


@pytest.fixture(params=["whole", "examples"])
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each document in turn."""
    found: dict[str, Any] = request.getfixturevalue(request.param)
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method.upper(), path, operation


def _schemas(node: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every schema of the document with the place where it stands."""
    if isinstance(node, dict):
        if isinstance(node.get("type"), list | str) and "in" not in node:
            yield at, node
        for key, inner in node.items():
            if key not in {"examples", "example", "x-extensible-enum", "enum"}:
                yield from _schemas(inner, f"{at}/{key}")
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _schemas(inner, f"{at}/{index}")


_TYPES = {"string", "integer", "number", "array", "object", "boolean"}


def _kinds(schema: dict[str, Any]) -> set[str]:
    return set(schema["type"]) if isinstance(schema["type"], list) else {schema["type"]}


def _requests(document: dict[str, Any]) -> set[str]:
    """Return the names of the schemas that stand in request bodies, with all they contain."""
    schemas = document["components"]["schemas"]
    waiting = [str(operation.get("requestBody", {})) for _m, _p, operation in _operations(document)]
    found: set[str] = set()
    while waiting:
        names = set(re.findall(r"#/components/schemas/(\w+)", waiting.pop())) - found
        found |= names
        waiting += [str(schemas[name]) for name in names]
    return found


def test_the_committed_contract_is_what_the_code_says(bare: Flask) -> None:
    committed = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    assert committed == spec.render(bare), "openapi.yaml is old; run: make openapi"


def test_what_is_rendered_reads_back_as_the_document(whole: dict[str, Any], bare: Flask) -> None:
    assert yaml.safe_load(spec.render(bare)) == yaml.safe_load(yaml.safe_dump(spec.plain(whole)))


def test_a_validator_finds_nothing(document: dict[str, Any]) -> None:
    readable = spec.plain(document)
    assert [error.message for error in OpenAPIV31SpecValidator(readable).iter_errors()] == []


def test_the_document_has_exactly_the_operations_of_the_code(whole: dict[str, Any], bare: Flask) -> None:
    written = {(method, path, operation["operationId"]) for method, path, operation in _operations(whole)}
    declared = {
        (info.method, info.rule.replace("<", "{").replace(">", "}"), info.operation_id)
        for info in operations_of(bare).values()
    }
    assert written == declared


def test_operations_are_named_like_methods_and_once(document: dict[str, Any]) -> None:
    names = Counter(operation["operationId"] for _m, _p, operation in _operations(document))
    assert [name for name, count in names.items() if count > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name)] == []


def test_every_operation_has_one_described_tag_and_says_who_calls(document: dict[str, Any]) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert all(tags.values())
    for method, path, operation in _operations(document):
        assert len(operation["tags"]) == 1, (method, path)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", operation["tags"][0])
        assert operation["tags"][0] in tags
        assert operation["summary"]
        assert "Callers: " in operation["description"]


def test_paths_are_kebab_case_and_say_what_their_ids_are(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        assert re.fullmatch(r"(/([a-z0-9]+(-[a-z0-9]+)*|\{[a-z_]+\}))+", path), path
        named = {p["name"] for p in item.get("parameters", []) if p["in"] == "path"}
        for method in item.keys() - {"parameters"}:
            own = {p.get("name") for p in item[method].get("parameters", []) if p.get("in") == "path"}
            assert named | own == set(re.findall(r"\{(\w+)\}", path)), (method, path)


def test_every_parameter_is_described(document: dict[str, Any]) -> None:
    parameters = [
        *document["components"]["parameters"].values(),
        *(
            p
            for _m, _p, operation in _operations(document)
            for p in operation["parameters"]
            if "$ref" not in p
        ),
    ]
    assert [p["name"] for p in parameters if not p.get("description")] == []


def test_every_operation_has_one_success_and_explains_its_failures(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        statuses = set(operation["responses"])
        assert len([status for status in statuses if status.startswith("2")]) == 1, (method, path)
        assert {"400", "429", "default"} <= statuses
        assert ("security" in operation) is not ({"401", "403"} <= statuses), (method, path)
        assert ("security" in operation) is ("Callers: anyone" in operation["description"]), (method, path)
        assert ("requestBody" in operation) is ({"413", "415", "422"} <= statuses), (method, path)
        for response in operation["responses"].values():
            assert len(response.get("content", {"": ""})) == 1


def test_every_problem_has_its_own_media_type(document: dict[str, Any]) -> None:
    for name, response in document["components"]["responses"].items():
        if name != "NotModified":
            assert list(response["content"]) == ["application/problem+json"], name


def test_everything_is_bounded(document: dict[str, Any]) -> None:
    needs = {
        "string": {"maxLength"},
        "array": {"maxItems", "items"},
        "integer": {"format", "minimum"},
        "number": {"format", "minimum", "maximum"},
    }
    for at, schema in _schemas(document):
        for kind in _kinds(schema) & needs.keys():
            if not (kind == "string" and "enum" in schema):
                assert needs[kind] <= schema.keys(), at


def test_nothing_is_written_that_generators_misread(document: dict[str, Any]) -> None:
    for at, schema in _schemas(document):
        assert not FORBIDDEN & schema.keys(), at
        assert schema.get("format") != "uuid", at
        assert "default" not in schema or "/parameters/" in at, at


def test_requests_are_closed_and_take_null_for_what_is_not_sent(document: dict[str, Any]) -> None:
    lenient = {"ReportCreate", "RedFlagReportCreate"}
    for name in _requests(document):
        schema = document["components"]["schemas"][name]
        assert ("additionalProperties" in schema) is (name not in lenient), name
        for member, inner in schema["properties"].items():
            nullable = "null" in inner.get("type", []) or {"type": "null"} in inner.get("anyOf", [])
            assert nullable is (member not in schema.get("required", [])), f"{name}.{member}"


def test_answers_are_open_and_never_null(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        if name not in _requests(document):
            assert schema.get("additionalProperties") is not False, name
            assert "'null'" not in str(schema), name


def test_only_what_a_request_must_send_is_a_closed_list_of_words(document: dict[str, Any]) -> None:
    requests = _requests(document)
    for name, schema in document["components"]["schemas"].items():
        for member, inner in schema["properties"].items():
            if "enum" in inner:
                assert name in requests, f"{name}.{member}"
                assert member in schema["required"], f"{name}.{member}"
            if "x-extensible-enum" in inner:
                assert inner["examples"]
                assert inner["description"].startswith("Extensible enum: treat unknown values as")


def test_members_are_snake_case_and_schemas_are_described(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert re.fullmatch(r"([A-Z][a-z0-9]+)+", name), name
        assert schema["description"], name
        assert [m for m in schema["properties"] if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", m)] == []


def test_the_document_says_who_made_it_and_where_it_is_served(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "/"}]
    assert document["security"] == [{"bearer": []}]
    assert {"title", "version", "description", "license", "contact"} <= document["info"].keys()


def test_the_example_operation_reads_as_declared(examples: dict[str, Any]) -> None:
    operation = examples["paths"]["/v1/things"]["post"]
    assert operation["parameters"] == [{"$ref": "#/components/parameters/IdempotencyKeyRequired"}]
    assert set(operation["responses"]["201"]["headers"]) == {"ETag", "Location", "Idempotent-Replayed"}
    thing = examples["components"]["schemas"]["ThingCreate"]
    assert thing["properties"]["shape"]["enum"] == ["round", "square"]
    assert thing["properties"]["score"]["type"] == ["integer", "null"]
    assert examples["components"]["schemas"]["Thing"]["required"] == ["id", "version"]
