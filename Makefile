# What newcomers and developers run. Every target first makes .venv and installs what is pinned, if it has to.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check
# What pip says goes to a file, and is shown if it fails.
INSTALLING := .venv/install.log
INSTALL = $(PIP) -r $< > $(INSTALLING) 2>&1 || { \
	  cat $(INSTALLING) >&2; echo "$< could not be installed; pip says why above." >&2; exit 1; }
LOCK := $(BIN)/uv pip compile --upgrade --quiet --universal --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help run demo test test-both coverage torture-growth check openapi translations bench torture-kill \
  torture-points torture-pause torture-provider torture-race torture-outage torture-database torture-restore planted \
  evaluate lock lint

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  make %-16s %s\n", $$1, $$2 }'

run: .venv/run.stamp ## Run everything on this machine: database, demo clinic, web process, worker (PORT, DATABASE_URL)
	@$(BIN)/python -m scripts.run

demo: .venv/run.stamp ## Watch a recovery week of five patients in seconds
	@$(BIN)/python -m scripts.week

test: lint ## Check and test everything, on SQLite and on a PostgreSQL of its own (TEST_DATABASE_URL)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist worksteal

test-both: lint ## Test everything on both databases, also what runs on one of them by turns
	@TEST_BOTH=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist worksteal

torture-growth: .venv/dev.stamp ## Test that a million messages are as little work as a few, on both databases
	@TEST_MESSAGES=1000000 $(BIN)/python -m pytest tests/database/test_many_messages.py

check: lint ## Check format, lint, types and structure
	@$(BIN)/python -m pytest tests/contract

lint: .venv/dev.stamp
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy --num-workers 2

openapi: .venv/run.stamp ## Write openapi.yaml anew
	@$(BIN)/flask --app wsgi openapi

translations: .venv/run.stamp ## Compile the catalogues of messages after a change
	@$(BIN)/pybabel --quiet compile -d tracker/translations

coverage: lint ## Test everything and print what lines and branches the tests reach (slower)
	@$(BIN)/python -m pytest -n 2 --cov=tracker --cov-branch --cov-report=term:skip-covered

bench: .venv/dev.stamp ## Measure the requests beside a bare Flask view, and the reminders beside one job each
	@$(BIN)/python -m bench

torture-kill: .venv/dev.stamp ## Kill real workers by the thousand, on both databases (15 minutes)
	@$(BIN)/python -m torture kill

torture-points: .venv/dev.stamp ## Kill a worker at each point of a hand-over, on both databases
	@$(BIN)/python -m torture points

torture-pause: .venv/dev.stamp ## Pause workers beyond their leases; restart them in the middle of their work
	@$(BIN)/python -m torture pause
torture-provider: .venv/dev.stamp ## 20,000 sends to a provider that misbehaves, and rows that break whoever touches them
	@$(BIN)/python -m torture.provider

torture-race: .venv/dev.stamp ## 50,000 withdrawals against dispatch, in two processes
	@$(BIN)/python -m torture.race

torture-outage: .venv/dev.stamp ## Three days without a worker, and what leaves when one is back
	@$(BIN)/python -m torture.outage

torture-database: .venv/dev.stamp ## PostgreSQL that crashes, connections that are cut, disks that are full
	@$(BIN)/python -m torture.database

torture-restore: .venv/dev.stamp ## Back up while everything writes, restore, go on; 20 times on both databases (8 minutes)
	@$(BIN)/python -m torture.restore

planted: .venv/dev.stamp ## Plant known bugs one by one and show that the tests catch each
	@$(BIN)/python -m torture.planted

evaluate: .venv/dev.stamp ## Compare the alert rules with simple limits on 50,000 simulated sessions (10 minutes)
	@$(BIN)/python -m evaluation

lock: .venv/made ## Pin the newest versions that requirements.in and requirements-dev.in allow
	@$(PIP) --quiet uv
	@$(LOCK) requirements.in -o requirements.txt --no-emit-index-url --no-emit-find-links
	@$(LOCK) requirements-dev.in -o requirements-dev.txt --no-emit-index-url --no-emit-find-links -c requirements.txt

.venv/run.stamp: requirements.txt .venv/made
	@echo "Installing requirements.txt into .venv, which takes a minute at most ..."
	@$(INSTALL)
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/made
	@echo "Installing requirements-dev.txt into .venv, which takes some minutes the first time ..."
	@$(INSTALL)
	@touch .venv/run.stamp $@

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found=$$($(PYTHON) --version 2>&1) || found="no Python"; \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$found; name another: make run PYTHON=python3.12" >&2; \
	  exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv .venv || { \
	  echo "'$(PYTHON) -m venv' does not work here; name a complete Python: make run PYTHON=python3.12" >&2; exit 1; }
	@touch $@
