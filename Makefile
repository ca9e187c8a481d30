# Each target does its own set-up in virtual environments of this folder; `make help` lists them.
PYTHON ?= python3
CHECK ?=
FUZZ_EXAMPLES ?= 1000
FUZZ_SECONDS ?= 20
PYTHONS := 3.11 3.12 3.13 3.14

PY := .venv/bin/python
# A stamp is touched last, so an interrupted installation is done anew.
READY := .venv/.installed
PEERS := .venv-peers/.installed
LOWEST := .venv-lowest/.installed
FUZZ := .venv-fuzz/.installed
TABLES := .venv-tables/.installed .venv-tables-lowest/.installed

LOWEST_TESTS = .venv-lowest/bin/python -m pytest -q -p no:cacheprovider $(wildcard tests/unit tests/pairs)
PIP := -m pip install --quiet --disable-pip-version-check
export PIP_NO_INPUT := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help python test lint lowest tables demo bench fuzz machines docs test-all lock clean
.DELETE_ON_ERROR:
.NOTPARALLEL:

help:     ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

python:
	@command -v $(PYTHON) >/dev/null || { echo "no $(PYTHON) here: install Python 3.11 or newer with venv and pip (apt-get install python3 python3-venv python3-pip)" >&2; exit 1; }
	@$(PYTHON) tools/check_python.py

# $(call environment,FOLDER,CONSTRAINTS,PIP ARGUMENTS): make or mend a virtual environment, always with `python -m`, never with
# scripts. The constraints stand in the environment, so that they hold for build tools as well.
define environment
@echo "setting up $(1)"
@test -e $@ || $(PYTHON) -m venv --clear $(1)
@rm -f $@
@PIP_CONSTRAINT=$(2) $(1)/bin/python $(PIP) $(3)
@touch $@
endef

$(READY): pyproject.toml constraints.txt | python
	$(call environment,.venv,constraints.txt,-e '.[dev]')

$(PEERS): requirements/peers.txt | python
	$(call environment,.venv-peers,requirements/peers.txt,-r requirements/peers.txt)

$(LOWEST): pyproject.toml constraints-lowest.txt | python
	$(call environment,.venv-lowest,constraints-lowest.txt,-e '.[test]')

# Large packages, so in environments of their own.
.venv-tables/.installed: pyproject.toml constraints.txt | python
	$(call environment,.venv-tables,constraints.txt,-e '.[tables]')

.venv-tables-lowest/.installed: pyproject.toml constraints-lowest.txt | python
	$(call environment,.venv-tables-lowest,constraints-lowest.txt,-e '.[tables]')

# Where atheris has no wheel the environment is made without it, and the run says so.
$(FUZZ): pyproject.toml constraints.txt requirements/fuzz.txt | python
	$(call environment,.venv-fuzz,constraints.txt,-e .)
	@rm -f $@
	@.venv-fuzz/bin/python $(PIP) --only-binary :all: -r requirements/fuzz.txt || echo "no wheel of atheris here"
	@touch $@

# The lowest dependencies are tested beside the newest: a test run keeps one core busy.
test: $(READY) $(PEERS) $(LOWEST) lint ## lint, types, layers and every test that needs no extra service
	@said=$$(mktemp); $(LOWEST_TESTS) > $$said 2>&1 & beside=$$!; \
	trap 'kill $$beside 2>/dev/null; rm -f $$said' EXIT; \
	$(PY) -m pytest -q --durations=15; newest=$$?; \
	wait $$beside; lowest=$$?; cat $$said; exit $$((newest + lowest))

lint: $(READY) ## ruff, mypy strict, layers
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -c 'import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())'

lowest: $(LOWEST) ## unit and pair tests on the lowest dependencies pyproject.toml allows
	$(LOWEST_TESTS)

tables: $(TABLES) ## profiles as Arrow, Parquet, pandas and pictures, on the newest and the lowest of those packages
	for venv in .venv-tables .venv-tables-lowest; do \
	  $$venv/bin/python -m pytest -q -p no:cacheprovider tests/unit/client/test_frames.py tests/pairs/test_client_profile.py || exit 1; \
	done

demo: $(READY) ## served meters are read over loopback; CHECK=1 does it unattended and compares
	@$(PY) -m dlmskit demo $(if $(CHECK),--check)

bench: $(READY) $(PEERS) .venv-tables/.installed ## our times and sizes beside gurux-dlms, with ratios and goals
	@$(PY) -m bench

machines: $(FUZZ) ## every machine under atheris, FUZZ_SECONDS=20 each; skipped with a line where there is no wheel
	@.venv-fuzz/bin/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

fuzz: $(READY) machines ## the same, then hypothesis with many random examples; FUZZ_EXAMPLES=100000 for a night
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(PY) -m pytest -q --hypothesis-profile=fuzz $(wildcard tests/unit tests/pairs tests/fuzz)

docs: $(READY) ## docs/ as HTML pages in site/
	@$(PY) -m tools.docs

test-all: python  ## the tests on every interpreter found: python3.11 to python3.14
	@for version in $(PYTHONS); do \
	  command -v python$$version >/dev/null || { echo "python$$version: not found, not tested"; continue; }; \
	  echo "python$$version"; venv=.venv-$$version; \
	  python$$version -m venv --clear $$venv && PIP_CONSTRAINT=constraints.txt $$venv/bin/python $(PIP) -e '.[test]' && \
	  $$venv/bin/python -m pytest -q -p no:cacheprovider || exit 1; \
	done

lock: python  ## pin what make uses anew: constraints.txt, constraints-lowest.txt
	$(PYTHON) tools/lowest.py
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python $(PIP) hatchling -e '.[dev,serial,tables]'
	{ echo '# What make installs, written by `make lock`.'; .venv-lock/bin/python -m pip freeze --exclude-editable; } > constraints.txt
	rm -rf .venv-lock

clean:  ## remove environments, caches and built pages
	rm -rf .venv .venv-* .fuzz site build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
