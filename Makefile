# Every command runs from a virtual environment made here from a hash-pinned lock.
# Choose another interpreter with `make PYTHON=python3.12 ...`.
PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 4
SCENARIO ?= priors/trump-kim-2025.yaml
BIN := $(VENV)/bin
DEPS := $(VENV)/.installed
BENCH := .venv-bench
INTO = $(PYTHON) -m pip --python $(@D)/bin/python install -qq --disable-pip-version-check
COMPILE = .venv-lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header

.PHONY: run test check crash-test fuzz bench bench-service lock docs clean help docker-check chroot-check
.DEFAULT_GOAL := help

run: $(DEPS)  ## set up, forecast SCENARIO in the terminal, then serve without keys on HOST:PORT until Ctrl-C
	$(BIN)/branchcast run $(SCENARIO)
	$(BIN)/branchcast serve --host $(HOST) --port $(PORT) --keyless

test: $(DEPS)  ## set up, run every test and doctest with branch coverage (ARGS="-k name" chooses)
	$(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=worksteal --cov --cov-report=term $(if $(ARGS),--cov-fail-under=0) $(ARGS)

check: $(DEPS)  ## lint, format, types, locks, scenario files, generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@! grep -Hn '://' requirements.lock requirements-bench.lock
	$(BIN)/branchcast check priors/*.yaml
	@$(BIN)/branchcast schema | diff -u priors/scenario.schema.json - || { echo "priors/scenario.schema.json is out of date: make docs" >&2; exit 1; }
	@$(BIN)/branchcast openapi | diff -u docs/reference/openapi.json - || { echo "docs/reference/openapi.json is out of date: make docs" >&2; exit 1; }

docs: $(DEPS)  ## write the generated documents anew and run every example in README.md and docs/
	$(BIN)/branchcast schema > $(VENV)/schema.json && mv $(VENV)/schema.json priors/scenario.schema.json
	$(BIN)/branchcast openapi > $(VENV)/openapi.json && mv $(VENV)/openapi.json docs/reference/openapi.json
	$(BIN)/python -m pytest README.md docs

crash-test: $(DEPS)  ## kill servers thirty times while clients write, on both databases, with one server and two
	$(BIN)/python -m tests.e2e.crash --kills 30

bench: $(BENCH)/.installed  ## measure against peers and against the floor; writes benchmarks/results.md
	$(BENCH)/bin/python -m benchmarks

bench-service: $(DEPS)  ## measure the service: load, reads of a large store, leaks; writes benchmarks/service*.md
	$(BIN)/python -m benchmarks.service
	$(BIN)/python -m benchmarks.service.scale
	$(BIN)/python -m benchmarks.service.leaks

fuzz: $(DEPS)  ## ask a server all that its description allows, five minutes with a key of each scope
	$(BIN)/python -m tests.e2e.fuzz $(ARGS)

lock: .venv-lock/bin/uv  ## write both locks anew from pyproject.toml (LOCK_ARGS=--upgrade moves the pins)
	$(COMPILE) $(LOCK_ARGS) --group test --group lint --group build -o requirements.lock
	$(COMPILE) $(LOCK_ARGS) --extra bench --group build -c requirements.lock -o requirements-bench.lock

docker-check:  ## prove the Dockerfile without a container engine (root, debootstrap, buildah)
	.ci/docker-check

chroot-check:  ## prove make run and make test in bare Debian (root, debootstrap)
	.ci/chroot-check

clean:  ## remove what the other targets made
	rm -rf .venv .venv-bench .venv-lock .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .schemathesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

$(DEPS): requirements.lock
$(BENCH)/.installed: requirements-bench.lock
# pip comes from outside, so that an interpreter without ensurepip (Debian without python3-venv) is enough.
$(DEPS) $(BENCH)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "branchcast needs Python 3.11 or newer, and $(PYTHON) is %d.%d: make PYTHON=python3.11 ..." % sys.version_info[:2])'
	@$(PYTHON) -m pip --version >/dev/null || { echo "$(PYTHON) has no pip: apt-get install python3-pip" >&2; exit 1; }
	@echo "Installing $(filter %.lock,$^) into $(@D); this happens once and takes about half a minute."
	test -x $(@D)/bin/python || $(PYTHON) -m venv --without-pip $(@D)
	$(INTO) --require-hashes -r $(filter %.lock,$^)
	$(INTO) --no-build-isolation --no-deps -e .
	@touch $@

.venv-lock/bin/uv:
	$(PYTHON) -m venv --without-pip .venv-lock
	$(PYTHON) -m pip --python .venv-lock/bin/python install -qq --disable-pip-version-check uv
