# run: install, index the samples, answer one question, serve page and API until stopped
# test: install and pass the tests      eval: the shipped cases      bench: timings
# faults: the table of bad files, and of kills at named points and at random times (20 minutes)
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SAMPLES := INSPECTIONS_INDEX__FOLDER=.data/samples

.PHONY: run test lint eval bench faults install install-dev clean

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/pip install --quiet -e '.[dev]'
	touch $@

run: install
	$(SAMPLES) $(BIN)/inspections index samples/reports
	$(SAMPLES) $(BIN)/inspections ask "Which council got worse at leadership, and what does the report say?"
	$(SAMPLES) $(BIN)/inspections serve --page

test: install-dev
	$(BIN)/python -m pytest

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

eval: install
	$(SAMPLES) $(BIN)/inspections index samples/reports
	$(SAMPLES) $(BIN)/inspections eval --floor right=0.78 --floor citation=0.84 --floor verbatim=1.0 --floor answered=0.94 --floor declined=0.55

bench: install-dev
	$(BIN)/python -m tests.bench samples

faults: install-dev
	$(BIN)/python -m tests.faults
	$(BIN)/python -m tests.kills

clean:
	rm -rf $(VENV) .data runs dist
