"""Every line of the log is one JSON object, whoever wrote it."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from tracker import logs


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    logger = logging.getLogger()
    handlers, level = logger.handlers, logger.level
    yield logger
    logger.handlers = handlers
    logger.setLevel(level)


def test_our_lines_and_foreign_ones_have_one_form(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("ours").info("done", count=2)
        logging.getLogger("theirs").warning("odd\nline %s", '"quoted"')
        logging.getLogger("theirs").debug("not shown")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["logger"], line["level"], line["event"]) for line in lines] == [
        ("ours", "info", "done"),
        ("theirs", "warning", 'odd\nline "quoted"'),
    ]
    assert {line["request_id"] for line in lines} == {"r1"}
    assert all(line["timestamp"].endswith("Z") for line in lines)
