# Two commands: `make demo` answers a question on a local data platform, `make test` passes the tests.
# Both set everything up first; again, they take seconds.

SHELL := /bin/sh
PYTHON ?= python3
PY := .venv/bin/python
Q ?=
DATA ?=
N ?= 200
export PYTHON
# A process that finds compiled modules starts in half the time, and the tests start many.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo demo-slack demo-teams sandbox test check format lint types contracts faults fuzz lock clean

help:  ## what can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

.venv/demo.stamp: requirements/demo.txt requirements/install.sh
	@requirements/install.sh demo
	@touch $@

.venv/dev.stamp: requirements/dev.txt requirements/install.sh
	@requirements/install.sh dev
	@touch .venv/demo.stamp $@

demo: .venv/demo.stamp  ## ask the example question on a local Databricks; Q="…" asks another, DATA=folder asks your own files
	@$(PY) -m bot ask $(if $(DATA),--data "$(DATA)") $(if $(Q),-- "$$QUESTION")

demo: export QUESTION = $(value Q)

sandbox: .venv/demo.stamp  ## the local Databricks alone, for any Databricks client
	@$(PY) -m sandbox

demo-slack: .venv/demo.stamp  ## click through the example in a local Slack (needs Node)
	@$(PY) -m bot demo slack

demo-teams: .venv/demo.stamp  ## click through the example in a local Teams (needs Node)
	@$(PY) -m bot demo teams

test: .venv/dev.stamp  ## the tests
	@$(PY) -m pytest -n auto --dist loadgroup

check: .venv/dev.stamp  ## format, lint, types, import contracts, tests: what CI runs
	@$(MAKE) --no-print-directory lint types contracts
	@$(MAKE) --no-print-directory test

format: .venv/dev.stamp  ## put the code into its format
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix --quiet .

lint: .venv/dev.stamp
	@.venv/bin/ruff format --check --quiet . || { echo "run 'make format'"; exit 1; }
	@.venv/bin/ruff check --quiet .

types: .venv/dev.stamp
	@.venv/bin/mypy

contracts: .venv/dev.stamp
	@.venv/bin/lint-imports

faults: .venv/dev.stamp  ## the fault experiments: N=200 questions each; EXPERIMENT=name runs one
	@$(PY) -m tests.faults --questions $(N) $(if $(EXPERIMENT),--only $(EXPERIMENT))

fuzz: .venv/dev.stamp  ## random SQL against the guard, with an independent parser as judge where there is one
	@$(PY) -m benchmarks.fuzz_sql

lock: .venv/dev.stamp  ## pin the dependencies of pyproject.toml again
	@requirements/lock.sh

clean:  ## remove what was set up here
	rm -rf .venv .findata .mypy_cache .ruff_cache .pytest_cache
