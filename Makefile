# Each command makes what it needs: the virtual environment, then the pinned dependencies.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo test lint types docs build all clean

help:  ## Show this help
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/runtime  ## Simulate a CRM, train, score, and show the list
	$(BIN)/predictor demo demo

test: $(VENV)/dev  ## Run the tests
	$(BIN)/python -m pytest -q -n auto --dist loadfile

lint: $(VENV)/dev  ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev  ## Check types
	$(BIN)/mypy

docs: $(VENV)/dev  ## Build the documentation strictly, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

build: $(VENV)/dev  ## Build the wheel, into dist/
	$(BIN)/python -m build --wheel --outdir dist

all: lint types docs test  ## Everything that the continuous integration checks

clean:  ## Remove what the commands wrote, apart from the virtual environment
	rm -rf demo site dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing the pinned dependencies; this takes a minute or two."
	@$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing the pinned dependencies and the tools; this takes a minute or two."
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/runtime
