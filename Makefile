# The one entrance: `make` alone lists what there is. Each target sets up what it needs first.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.SUFFIXES:
MAKEFLAGS += --no-print-directory --no-builtin-rules

BIN := .venv/bin
CODE := src tests tools benchmarks
# The rooms that do no I/O, and what guards the house: seconds, not minutes.
UNIT := $(wildcard tests/base tests/domain tests/planning tests/ocpp tests/app tests/house)
# What the tests run beside the product; where the command is not the package's name or not on the
# PATH, its place stands behind it.
PROGRAMS := chromium openssl haproxy nats-server 'postgresql=/usr/lib/postgresql/*/bin/postgres'
UV_VERSION := 0.13.9
COMPILE := $(BIN)/uv --quiet pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help
help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: setup ## start a demo: the backend and simulated stations already charging
	@$(BIN)/ogniwo demo

.PHONY: setup
setup: ## prepare .venv; afterwards .venv/bin/ogniwo works
	@python=$$(tools/setup/find-python) && "$$python" tools/setup/environment.py run

.PHONY: setup-dev
setup-dev: ## prepare .venv with the tools of make check and make test too
	@python=$$(tools/setup/find-python) && "$$python" tools/setup/environment.py dev

.PHONY: test
test: setup-dev ## every check and every test; what was skipped is named at the end
	@tools/setup/system-packages $(PROGRAMS)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

.PHONY: check
check: setup-dev ## format, lint, types, imports and unit tests, in under a minute
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo >.venv/imports.log || { cat .venv/imports.log; exit 1; }
	@$(BIN)/python -m pytest --quiet -m "not static" $(UNIT)

.PHONY: fix
fix: setup-dev ## repair what format and lint can repair by themselves
	@$(BIN)/ruff check --quiet --fix-only $(CODE)
	@$(BIN)/ruff format $(CODE)

.PHONY: bench
bench: setup-dev ## speed and size against their goals, the short form: some minutes
	@tools/setup/system-packages $(PROGRAMS)
	@$(BIN)/python -m benchmarks

.PHONY: bench-full
bench-full: setup-dev ## the same at full size, on a quiet machine: up to 100,000 stations
	@tools/setup/system-packages $(PROGRAMS)
	@$(BIN)/python -m benchmarks --size full

.PHONY: sim
sim: setup-dev ## live through a simulated world: SEED=n (else a new one) HOURS=h BUG=name
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED)) \
		--hours $(or $(HOURS),2) $(if $(BUG),--bug $(BUG))

# Found on Linux and only for some versions of Python, so it is in no lock file.
FUZZER := atheris==3.0.0

.PHONY: fuzz
fuzz: setup-dev ## texts that no station should send, over a million of them: INPUTS=n SEED=n
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(FUZZER) \
		|| echo "atheris cannot be installed here: without its part"
	@$(BIN)/python -m tests.fuzz $(if $(INPUTS),--inputs $(INPUTS)) $(if $(SEED),--seed $(SEED))

.PHONY: docs
docs: setup-dev ## make the reference pages anew from the code
	@$(BIN)/python -m tools.generate_docs

.PHONY: screenshots
screenshots: setup-dev ## pictures of every page, both themes, desktop and phone, into docs/images
	@tools/setup/system-packages chromium
	@$(BIN)/python -m tools.screenshots

.PHONY: lock
lock: setup-dev ## write the lock files anew from pyproject.toml; UPGRADE=--upgrade for newer versions
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(COMPILE) $(UPGRADE) --group setup --output-file requirements.lock
	@$(COMPILE) $(UPGRADE) --group setup --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock
	@$(BIN)/uv --quiet pip compile --group node --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate $(UPGRADE) \
		--output-file requirements-node.lock
