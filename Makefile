# make run: set up and train the main experiment. make test: set up and run every check. make docs: the site, in build/site; make book: with the textbook chapter in it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check validate bench docs book ngspice clean

run: $(VENV)/.ready
	$(BIN)/ohmgrad run burr2014

test: ngspice $(VENV)/.ready-dev check
	$(BIN)/python -m pytest -n 2 --dist loadfile -q -m "not validate"

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

validate: ngspice $(VENV)/.ready-dev
	$(BIN)/python -m pytest -q -s -m validate tests/validate

bench: $(VENV)/.ready
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/sweep.py

docs: $(VENV)/.ready-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "open build/site/index.html"

# Figures, data and pages of the chapter, computed or from the cache, into docs/book; then the site with them.
book: $(VENV)/.ready-docs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[faces]'
	$(BIN)/ohmgrad book
	$(MAKE) docs

# The referee of the circuit tests: the system's own, or Debian's package.
ngspice:
	@command -v ngspice >/dev/null || { \
		root=; [ "$$(id -u)" = 0 ] || root=sudo; export DEBIAN_FRONTEND=noninteractive; \
		{ $$root apt-get update -qq && $$root apt-get install -y -qq ngspice; } >/dev/null 2>&1 && command -v ngspice >/dev/null; \
	} || { echo "the tests need ngspice, and it could not be installed here; install the package ngspice (apt-get, dnf or brew) and try again" >&2; exit 1; }

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ohmgrad needs Python 3.11 or newer; name one with PYTHON=python3.12 make run")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/.ready

$(VENV)/.ready-docs: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	touch $@ $(VENV)/.ready
