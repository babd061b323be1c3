# make run    the service with its page and a demo to download, on http://127.0.0.1:8080
# make test   everything that continuous integration runs
# make lint   only the checks that run nothing
# make bench  the benchmarks; BENCH="--full tls" passes options on, BENCH=--help lists them
# make lock   the locked versions anew; make image: the container's steps; make audit: known weaknesses of what is locked
# make clean  away with everything that was built or downloaded here

SHELL := /bin/sh
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:

# an active virtual environment, or variables meant for another Python, must not reach the one below
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_DISABLE_PIP_VERSION_CHECK := 1

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet
# tests wait for disks and programs, those with processes and browsers for half of their time: more of them than processors
# keep these busy. The tests of a file stay together, and so does what they share; they begin in the order of tests/conftest.py
MANY := $(shell expr $$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN) + 1)
PYTEST := $(BIN)/python -m pytest -q --dist=loadfile --no-loadscope-reorder --numprocesses
PROJECT := pyproject.toml src/aniworld_dl/_version.py
# what is locked, and nothing else: every archive is compared with its digest
LOCKED := $(PIP) install --require-hashes -r requirements/build.txt -r
ITSELF := $(PIP) install --no-deps --no-build-isolation --editable .

.PHONY: run test lint check unit build bench lock image audit clean

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

# what is watched takes more than twice as long: the unit and integration tests are, and reach by themselves what is asked for.
# What was covered is worked out once. The others, the real program and the browser among them, run unwatched
check: $(VENV)/.installed-test
	$(PYTEST) $(MANY) tests/unit tests/integration --cov --cov-report= --cov-fail-under=0
	$(BIN)/python -m coverage json -q -o build/coverage.json
	$(BIN)/python scripts/check_coverage.py build/coverage.json
	$(PYTEST) $(MANY) tests/acceptance tests/ui

build: $(VENV)/.installed-test
	rm -rf build/wheel
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir build/wheel .
	$(BIN)/python scripts/check_wheel.py build/wheel

bench: $(VENV)/.installed-test
	$(BIN)/python scripts/install_test_tools.py --benchmarks
	$(BIN)/python -m benchmarks $(BENCH)

# requirements/*.txt anew: LOCK=--upgrade for the newest versions
lock: $(VENV)/.installed-test
	$(PIP) install uv
	$(BIN)/python scripts/lock_requirements.py $(LOCK)

# what the image does, in a clean folder, and a look at known weaknesses of what is locked
image: $(VENV)/.installed-test
	$(BIN)/python scripts/check_image.py build/image

audit: $(VENV)/.installed-test
	$(PIP) install pip-audit
	$(BIN)/python -m pip_audit --require-hashes --disable-pip -r requirements/runtime.txt

clean:
	rm -rf $(VENV) build dist run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*

$(BIN)/python:
	@PYTHON="$(PYTHON)" sh scripts/create_venv.sh $(VENV)

$(VENV)/.installed: $(PROJECT) requirements/build.txt requirements/base.txt | $(BIN)/python
	@echo "Installing aniworld-dl into $(VENV) ..."
	@$(LOCKED) requirements/base.txt
	@$(ITSELF)
	@touch $@

$(VENV)/.installed-test: $(PROJECT) requirements/build.txt requirements/test.txt | $(BIN)/python
	@echo "Installing aniworld-dl and what its tests need into $(VENV) ..."
	@$(LOCKED) requirements/test.txt
	@$(ITSELF)
	@touch $@ $(VENV)/.installed
