# make demo: train on real images.  make test: the tests.  make lint: style, types, architecture.
# Each sets itself up in .venv. Another folder: make VENV=/path/to/venv test

VENV ?= .venv
EDITABLE ?= -e
BIN := $(VENV)/bin
# The first Python that is new enough.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)

.PHONY: demo test slow lint clean

demo: $(VENV)/.hornbeam
	$(BIN)/hornbeam demo

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto --maxprocesses 8

slow: $(VENV)/.test
	$(BIN)/python -m pytest -n auto --maxprocesses 8 -m slow

lint: $(VENV)/.test
	$(BIN)/ruff check --output-format concise .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Hornbeam needs Python 3.11 or newer; none was found. Name one: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.hornbeam: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet $(EDITABLE) .
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet $(EDITABLE) '.[test]'
	@touch $@ $(VENV)/.hornbeam
