# What a person types. `.ci/run` and the docs call the same targets.
# Needs Python 3.11 or newer, make, and a package index that pip can reach. On Windows: docs/development.md.

PYTHON ?= python3
WORKERS ?= 2
DEMO ?= demo-company
MINUTES ?= 10

BIN := .venv/bin
LOCK := $(shell cksum < requirements.lock | tr ' ' '-')
# The environment belongs to one content of the lock, not to one time of a file: a checkout changes times.
ENV := .venv/.locked-$(LOCK)
# pytest writes asserts anew before it runs them: where that may not be kept, each process does it again each time.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help env demo test check format soak laws bench forms lock clean

help: ## Say what can be typed
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(ENV) ## Make the environment in .venv, exactly as locked

$(ENV): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Deskbook needs Python 3.11 or newer; say make PYTHON=/path/to/python3.11")'
	@test -e $@ || $(PYTHON) -m venv --clear .venv
	@test -e $@ || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(ENV) ## Live a company's fortnight on real records, in ./demo-company
	@$(BIN)/deskbook demo $(DEMO)

test: $(ENV) ## Run the tests, but the long ones and those that need LibreOffice as a client (make check runs these too)
	$(PYTEST) -n $(WORKERS) --dist worksteal -m 'not client and not long' --hypothesis-profile=quick

check: $(ENV) ## Format, lint, types, import contracts, tests with branch coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -n $(WORKERS) --dist worksteal --cov --cov-report=term

format: $(ENV) ## Put the code into its format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

soak: $(ENV) ## Let random companies live for MINUTES=10, their daemon killed; SEED= plays a finding again
	$(BIN)/python -m tests.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

laws: $(ENV) ## Run the random tests of single parts long: many times the usual number of examples
	$(PYTEST) -m hypothesis --hypothesis-profile=soak --hypothesis-show-statistics

bench: $(ENV) ## Run every benchmark and print what it measured
	@for each in benchmarks/[a-z]*.py; do echo "== $$each"; $(BIN)/python "$$each" || exit 1; done

forms: $(ENV) ## Write the docs page of every form into docs/forms
	@$(BIN)/python -m sheet_templates.page docs/forms

lock: ## Choose the newest allowed dependencies and write requirements.lock
	@$(PYTHON) -m venv .lock-env
	@.lock-env/bin/python -m pip install --quiet --disable-pip-version-check uv
	.lock-env/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --upgrade \
		--extra postgresql --group test --group build --group check pyproject.toml -o requirements.lock
	@rm -rf .lock-env
	@$(MAKE) --no-print-directory env
	$(BIN)/python -m tests.support.parser_tables

clean: ## Remove what make and the tools made (the demo company too)
	rm -rf .venv .lock-env .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* dist $(DEMO)
