# Each target does its own set-up in .venv; a new machine needs python3 (3.11 or later) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BASE ?= HEAD
PIP_FLAGS := --quiet --disable-pip-version-check --constraint constraints.txt

# Tests and checks start many programs, and each would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo demo-fleet test test-slow check packaging simulate bench generate changes docs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.demo ## link 5,000 numbers in the sandbox, through a rate limit and faults
	@$(BIN)/aiovonage demo || [ $$? -eq 1 ] # 1: the carriers have rejected some numbers, as they do

demo-fleet: $(VENV)/.dev ## three workers share a job in Postgres; one is killed and one frozen (about a minute)
	@$(BIN)/python -m tests.fleet_demo

test: $(VENV)/.dev ## run all tests but the slow ones, in parallel; PYTEST_FLAGS=-n0 for one after the other
	@$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" $(PYTEST_FLAGS)

test-slow: $(VENV)/.dev ## run the slow tests: storms, crashes, long histories, every spec against the sandbox (some minutes)
	@$(BIN)/python -m pytest -n auto --dist worksteal -m "slow" $(PYTEST_FLAGS)

check: $(VENV)/.dev ## lint, types, layers, specs, and generated code against the specs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pyright --pythonpath $(BIN)/python
	$(BIN)/python -m tests.typing.completeness
	$(BIN)/lint-imports
	$(BIN)/python -m codegen --lint
	$(BIN)/python -m codegen.examples
	$(BIN)/python -m codegen --check

packaging: $(VENV)/.dev ## build the package, and run it in each Python here with the oldest and the newest dependencies
	@$(BIN)/python -m tests.packaging

simulate: $(VENV)/.dev ## play 10,000 histories of bulk jobs, and 500 of several workers; HISTORIES= for another number, SEED= for other seeds
	@$(BIN)/python -m tests.simulation $(if $(HISTORIES),--histories $(HISTORIES)) $(if $(SEED),--first $(SEED))

bench: $(VENV)/.bench ## measure beside the peers, and print tables of ratios (some minutes)
	@$(BIN)/python -m benchmarks $(BENCH_FLAGS)
	@$(BIN)/python -m tests.throttle_simulation

generate: $(VENV)/.dev ## write src/aiovonage/api/ from the specs
	@$(BIN)/python -m codegen

changes: $(VENV)/.dev ## what has changed for users since BASE; fails if a breaking change is not in CHANGELOG.md
	@$(BIN)/python -m codegen --changes $(BASE)

docs: $(VENV)/.docs ## build the documentation into site/; every warning is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("aiovonage needs Python 3.11 or later; try make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install $(PIP_FLAGS) --upgrade pip

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml constraints.txt Makefile
	@echo "Installing into $(VENV) ..."
	@$(BIN)/python -m pip install $(PIP_FLAGS) --editable '.[cli,sandbox]'
	@touch $@

$(VENV)/.dev: $(VENV)/.demo
	@$(BIN)/python -m pip install $(PIP_FLAGS) --editable '.[all]' --group dev
	@touch $@

$(VENV)/.bench: $(VENV)/.demo
	@$(BIN)/python -m pip install $(PIP_FLAGS) --editable '.[all]' --group bench
	@touch $@

$(VENV)/.docs: $(VENV)/.demo
	@$(BIN)/python -m pip install $(PIP_FLAGS) --group docs
	@touch $@

clean: ## remove .venv and what was built
	rm -rf $(VENV) build dist demo site .mypy_cache .ruff_cache .pytest_cache .hypothesis
