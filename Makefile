# Lunas: the two commands are `make run` and `make test`. `make help` lists the rest.
# A Python that was built without optimizations takes a fifth longer for everything. Where the
# distribution's own is one that will do, it is taken in its place. `make PYTHON=…` says which.
OPTIMIZED := import sys, sysconfig as s; sys.exit("--enable-opt" not in s.get_config_var("CONFIG_ARGS"))
WILL_DO := import ensurepip, os, sys, sysconfig as s, venv; sys.exit(sys.version_info < (3, 11) \
  or not os.path.exists(s.get_path("include") + "/Python.h"))
SYSTEMS := /usr/bin/python3
ifndef PYTHON
PYTHON := $(shell if python3 -c '$(OPTIMIZED)' || ! $(SYSTEMS) -c '$(WILL_DO)'; \
  then echo python3; else echo $(SYSTEMS); fi 2>/dev/null)
endif
UV_VERSION := 0.13.9
BIN := .venv/bin
# A uv on the machine is used; without one, the pinned uv comes from PyPI into .venv-tools.
UV := $(or $(shell command -v uv 2>/dev/null),.venv-tools/bin/uv)
SYNCED := .venv/.synced
BENCHED := .venv/.benched
# Without its caches each interpreter compiles everything anew: twice the time of the unit tests.
unexport PYTHONDONTWRITEBYTECODE
# Their start would be paid by every worker of pytest, for nothing.
PYTEST := $(BIN)/python -m pytest -q -p no:schemathesis -p no:anyio
# Files of tests that run at once: those with processes wait half of their time.
LANES ?= 6
WITH_PROCESSES := tests/integration tests/simulation tests/browser
SOURCES := domain application adapters bootstrap sandbox simulation tests bench examples

.DEFAULT_GOAL := help
.PHONY: help run demo test check lint types unit first-half second-half waiting with-processes imported servers fmt bench simulate clean

help: ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(SYNCED) ## Start everything here: API, dispatcher and the OVO sandbox (Ctrl-C stops it)
	@LUNAS_SANDBOX_AUTO_APPROVE=$${LUNAS_SANDBOX_AUTO_APPROVE-2s} exec $(BIN)/lunas up

demo: $(SYNCED) ## Start a premium chat that is paid with OVO: prints its link and the phone's
	@exec $(BIN)/python -m examples

test: $(SYNCED) ## Run every check and every test
	@$(MAKE) --no-print-directory -j 6 lint first-half second-half waiting servers imported
	@$(MAKE) --no-print-directory -j 2 BESIDE='nice -n 19' with-processes types

check: lint types ## Lint, types and the law of imports

lint: $(SYNCED)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/lint-imports --no-cache

# In CI nobody comes again to whom a cache would be of use: to write it takes a seventh of the time.
# Beside tests that wait it takes what these leave of the processors.
types: $(SYNCED)
	$(BESIDE) $(BIN)/mypy $(if $(CI),--no-incremental)

unit: $(SYNCED) ## Run the tests that need no file, socket or process
	@$(MAKE) --no-print-directory -j 3 first-half second-half waiting

# Processes that know nothing of each other take a third less than pytest-xdist's.
first-half: $(SYNCED)
	$(PYTEST) tests/unit --part 1/2

second-half: $(SYNCED)
	$(PYTEST) tests/unit --part 2/2

waiting: $(SYNCED)
	$(PYTEST) tests/unit --part waiting

with-processes: $(SYNCED)
	$(PYTEST) $(WITH_PROCESSES) -n $(LANES) --dist loadfile --no-loadscope-reorder

# Python keeps what it compiles at a first import: in a fresh clone each lane would do that anew.
# What is wrong with an import is told by the run itself.
imported: $(SYNCED)
	@$(PYTEST) $(WITH_PROCESSES) --collect-only > /dev/null || true

# What cannot be had here is told by the tests that need it.
servers: $(SYNCED)
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.servers.elasticsearch.install || true

fmt: $(SYNCED) ## Format the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: $(BENCHED) ## Measure, print a table and write bench/results.json
	$(BIN)/python -m bench

simulate: $(SYNCED) ## Run worlds of accidents, compiled (SEEDS=1-500; REPORT=file: go on from there)
	$(BIN)/python -m simulation --seeds $(or $(SEEDS),1-500) --compiled $(if $(REPORT),--report $(REPORT))

clean: ## Forget the environment, the data of `make run` and what was compiled
	rm -rf .venv .venv-tools var build

.venv-tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Lunas needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv-tools
	.venv-tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

ifeq ($(UV),.venv-tools/bin/uv)
UV_FILE := .venv-tools/bin/uv
endif

$(SYNCED): pyproject.toml uv.lock | $(UV_FILE)
	$(UV) sync --locked --quiet --python "$$(command -v $(PYTHON))"
	@touch $@

$(BENCHED): pyproject.toml uv.lock | $(UV_FILE)
	$(UV) sync --locked --quiet --group bench --python "$$(command -v $(PYTHON))"
	@touch $@ $(SYNCED)
