# SPDX-License-Identifier: GPL-2.0-only
# `make run` and `make test` do everything on a fresh Debian machine; a second call finds what the first one installed.

PYTHON ?= python3
RESPIN := .venv/bin/respin
PYTEST := .venv/bin/python -m pytest
BASE ?= debian:6.1

.PHONY: help setup lock tools browser multitool packaging run test test-unit test-lowest lint format docs man schema mutants bench bench-hour bench-import clean

help:
	@echo 'make run          set up, render the series on $(BASE), check it, show the verdict'
	@echo 'make test         set up, lint, unit tests, integration tests on real kernels'
	@echo 'make test-unit    the fast tests only: no kernel, no network'
	@echo 'make test-lowest  the same with the lowest versions that pyproject.toml allows'
	@echo 'make lint         ruff, mypy, import-linter'
	@echo 'make mutants      break each rule of the series and show what says so; WORDS=R07 chooses'
	@echo 'make bench-hour   a whole proof beside what it cost before; hours'
	@echo 'make bench        the speeds that the project promises, as ratios'
	@echo 'make bench-import  how well respin, git and patch carry Debian'"'"'s patches from kernel to kernel'
	@echo 'make docs         writes docs/what-checks-mean.md from the checks'
	@echo 'make man          writes docs/respin.1 from the verbs'
	@echo 'make schema       writes patchset/schema/*.json from the tables that definitions are read into'
	@echo 'make setup        leaves $(RESPIN)'
	@echo 'make lock         writes requirements.lock, which pins what setup installs; UPGRADE=1 takes the newest'

setup: .venv/.ready

.venv/.ready: pyproject.toml requirements.lock respin/version.py scripts/setup
	scripts/setup $(PYTHON)
	touch $@

lock: setup
	scripts/lock $(if $(UPGRADE),--upgrade)

tools: setup
	$(RESPIN) doctor --install --quiet

run: tools
	$(RESPIN) run $(BASE)

browser: setup
	scripts/browser

multitool: setup
	scripts/multitool

packaging:
	scripts/packaging

test: tools browser multitool packaging lint
	scripts/in-memory $(PYTEST) -n auto --dist worksteal -m 'not integration' --hypothesis-profile=thorough
	$(PYTEST) -m integration -v --durations=10

test-unit: setup
	scripts/in-memory $(PYTEST) -n auto --dist worksteal -m 'not integration and not slow'

test-lowest: setup
	scripts/lowest

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: setup
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

docs: setup
	.venv/bin/python -m checks.reference > docs/what-checks-mean.md

man: setup
	.venv/bin/python -m respin.manual > docs/respin.1

schema: setup
	.venv/bin/python -m patchset.schemas patchset/schema

mutants: tools
	.venv/bin/python -m tests.mutants $(WORDS)

bench: tools
	.venv/bin/python -m tests.bench

bench-hour: tools
	.venv/bin/python -m tests.bench_hour $(ROWS)

bench-import: setup
	.venv/bin/python -m tests.bench_import $(WORDS)

clean:
	rm -rf .venv .venv-lowest build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
