# make run    the service with its page and a demo to download, on http://127.0.0.1:8080
# make test   everything that continuous integration runs
# make lint   only the checks that run nothing
# make bench  the benchmarks; BENCH="--full tls" passes options on, BENCH=--help lists them
# make clean  away with everything that was built or downloaded here

SHELL := /bin/sh
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:

# an active virtual environment, or variables meant for another Python, must not reach the one below
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_DISABLE_PIP_VERSION_CHECK := 1

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet
# a process for each processor; the tests of a file stay together, and so does what they share
PYTEST := $(BIN)/python -m pytest -q --numprocesses=auto --dist=loadfile
PROJECT := pyproject.toml src/aniworld_dl/_version.py

.PHONY: run test lint check unit build bench clean

run: $(VENV)/.installed
	$(BIN)/aniworld-dl serve --demo --download-dir run/downloads --data-dir run/data

# what needs one processor runs beside what needs several
test: tools
	$(MAKE) --jobs=2 lint check build

lint: tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src tests scripts $(wildcard benchmarks)
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_sizes.py
	$(BIN)/python scripts/check_types.py
	$(BIN)/python scripts/check_weight.py

.PHONY: tools
tools: $(VENV)/.installed-test
	$(BIN)/python scripts/install_test_tools.py

# the unit tests in asyncio's debug mode; what they cover, and what is put together in one process, is one report.
# The real program runs unwatched: it would take twice as long, and shows nothing that the others have not shown
check: $(VENV)/.installed-test
	PYTHONASYNCIODEBUG=1 $(PYTEST) tests/unit --cov --cov-report= --cov-fail-under=0
	$(PYTEST) tests/integration --cov --cov-append --cov-report=term --cov-report=json:build/coverage.json
	$(BIN)/python scripts/check_coverage.py build/coverage.json
	$(PYTEST) tests/acceptance tests/ui

build: $(VENV)/.installed-test
	rm -rf build/wheel
	$(PIP) wheel --no-deps --wheel-dir build/wheel .
	$(BIN)/python scripts/check_wheel.py build/wheel

bench: $(VENV)/.installed-bench
	$(BIN)/python scripts/install_test_tools.py --benchmarks
	$(BIN)/python -m benchmarks $(BENCH)

clean:
	rm -rf $(VENV) build dist run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*

$(BIN)/python:
	@PYTHON="$(PYTHON)" sh scripts/create_venv.sh $(VENV)

$(VENV)/.installed: $(PROJECT) | $(BIN)/python
	@echo "Installing aniworld-dl into $(VENV) ..."
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.installed-test: $(PROJECT) | $(BIN)/python
	@echo "Installing aniworld-dl and what its tests need into $(VENV) ..."
	@$(PIP) install --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: $(VENV)/.installed-test
	@$(PIP) install --editable '.[test,bench]'
	@touch $@
