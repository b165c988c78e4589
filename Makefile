# `make` says what there is. Whatever a target needs and is missing, it installs or builds first, once.
#
# Needed beforehand: Python 3.11 or newer, Node 20.19 or newer, make, git. The tests also need Debian (or its like) and
# root, because they start a real Asterisk in a root directory of its own.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8080
export PORT
WORKERS ?= 2

PAGES := src/ringcard/web/static/index.html
NODE_MODULES := frontend/node_modules/.package-lock.json
LINTER_OF_EXTENSION := frontend/extension/node_modules/.package-lock.json
FRONT_END := $(shell find frontend/src frontend/public frontend/pwa frontend/sdk frontend/embed -type f) \
	$(addprefix frontend/,index.html package.json tsconfig.json vite.config.ts postcss.config.cjs scripts/budget.mjs)

##@ Use it
.PHONY: demo
demo: $(VENV)/.ringcard-run $(PAGES) ## A company whose phones ring, in your browser. PORT=8080, BROWSER=none
	@exec $(BIN)/ringcard demo

.PHONY: web
web: $(PAGES) ## Build the front end into src/ringcard/web/static

.PHONY: extension
extension: $(NODE_MODULES) ## Build the browser extension, for Chromium and Firefox, into dist/extension
	cd frontend && npm run --silent extension

##@ Change it
.PHONY: test
test: system lint web-test web asterisk ## Everything, as the CI does it: lint, types, tests, the real Asterisk, chromium
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 2 \
		--durations 20 --durations-min 5

.PHONY: unit
unit: $(VENV)/.ringcard-dev ## The quick tests: no Asterisk, no browser, no root (PostgreSQL has to be installed)
	$(BIN)/python -m pytest tests/unit tests/test_house.py

.PHONY: lint
lint: lint-python lint-web lint-extension ## Style, types, who may import whom

.PHONY: lint-python
lint-python: $(VENV)/.ringcard-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: lint-web
lint-web: $(NODE_MODULES)
	cd frontend && npm run --silent lint
	cd frontend && npm run --silent i18n:check

# Mozilla's linter weighs as much as the rest together and is used for nothing else: it has a lock file of its own.
.PHONY: lint-extension
lint-extension: extension $(LINTER_OF_EXTENSION)
	cd frontend/extension && npm run --silent lint

.PHONY: web-test
web-test: $(NODE_MODULES)
	cd frontend && npm run --silent test

.PHONY: format
format: $(VENV)/.ringcard-dev $(NODE_MODULES) ## Put every file into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd frontend && npx --no-install prettier --log-level warn --write .

.PHONY: lab
lab: $(VENV)/.ringcard-dev ## A real Asterisk with ten phones on loopback, until Ctrl-C. Needs root
	@exec $(BIN)/python -m lab

.PHONY: bench
bench: system web asterisk $(VENV)/.ringcard-dev ## Every figure we claim: ours, the other's, the ratio. Takes hours
	@missed=; for file in benchmarks/[a-z]*.py; do printf '\n== %s\n' "$$file"; \
		$(BIN)/python "$$file" || missed="$$missed $$file"; done; \
	[ -z "$$missed" ] || { echo "a limit was missed in:$$missed"; exit 1; }

.PHONY: docs
docs: $(VENV)/.ringcard-dev ## Write the pages that are made from the code
	$(BIN)/python scripts/write_states.py
	$(BIN)/python scripts/write_transfer.py

.PHONY: lock
lock: ## Pin every dependency anew, with hashes. Needs uv
	scripts/lock

##@ What the others need (run by itself)
.PHONY: system
system: ## Debian packages of the tests: chromium, debootstrap, PostgreSQL, MariaDB, SIPp, fonts
	@scripts/debian-packages

.PHONY: asterisk
asterisk: ## The two Asterisks of the lab
	@lab/install

# Two sets of dependencies, one environment: what it takes to run, and everything.
$(VENV)/.ringcard-run: requirements.lock requirements-build.lock pyproject.toml scripts/environment
	@[ -e $(VENV)/.ringcard-dev ] && $(MAKE) --question $(VENV)/.ringcard-dev \
		|| scripts/environment $(VENV) requirements.lock requirements-build.lock
	@touch $@

$(VENV)/.ringcard-dev: requirements-dev.lock pyproject.toml scripts/environment
	@scripts/environment $(VENV) requirements-dev.lock
	@touch $@

$(NODE_MODULES): frontend/package-lock.json
	@scripts/node-version
	cd frontend && npm ci --no-fund --no-audit
	@touch $@

$(LINTER_OF_EXTENSION): frontend/extension/package-lock.json
	cd frontend/extension && npm ci --no-fund --no-audit
	@touch $@

$(PAGES): $(NODE_MODULES) $(FRONT_END)
	cd frontend && npm run --silent build
	@touch $@

.PHONY: help
help:
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile
