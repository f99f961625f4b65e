# The targets are the day; `make help` lists them. Needs Python 3.11+, make and git, nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
FOLDER ?= carbonpolis-data

.PHONY: help run test lint format types coverage realdata wheel clean

help:            ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: $(VENV)/product  ## set up and run the main job: a market year on the sample, then the site
	@$(BIN)/carbonpolis run $(FOLDER)

test: $(VENV)/tests-ready  ## set up and pass every test, lint and type check included
	@$(BIN)/ruff check src tests scripts benchmarks
	@$(BIN)/ruff format --check --quiet src tests scripts benchmarks
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -n logical --dist loadfile --cov --cov-report=term:skip-covered

lint: $(VENV)/dev     ## ruff and the import contracts
	@$(BIN)/ruff check src tests scripts benchmarks
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/dev   ## lay the code out
	@$(BIN)/ruff check --fix --quiet src tests scripts benchmarks
	@$(BIN)/ruff format src tests scripts benchmarks

types: $(VENV)/dev    ## strict types
	@$(BIN)/mypy

coverage: $(VENV)/tests-ready  ## tests with a page that shows what they never ran
	@$(BIN)/python -m pytest -n logical --dist loadfile --cov --cov-report=html && echo "open htmlcov/index.html"

realdata: $(VENV)/dev  ## the checks on real data; DATA names the folder that holds it
	@CARBONPOLIS_SHARED_DATA="$(DATA)" $(BIN)/python -m pytest -m realdata

wheel: $(VENV)/dev    ## build the wheel
	@$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist . && ls dist

clean:           ## forget the environment and what tools left behind (never your data)
	rm -rf $(VENV) dist htmlcov .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@scripts/find-python.sh "$(PYTHON)" $(VENV)

$(VENV)/product: $(VENV)/bin/python pyproject.toml
	@echo "Installing Carbonpolis (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . && touch $@

$(VENV)/dev: $(VENV)/bin/python pyproject.toml
	@echo "Installing Carbonpolis and its development tools (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' && touch $@ $(VENV)/product

$(VENV)/tests-ready: $(VENV)/dev scripts/install-test-needs.sh
	@scripts/install-test-needs.sh && touch $@
