# On a clean clone, with Go, a C compiler and Python 3.11 (with its headers) installed:
#
#   make demo     trains a small network
#   make test     runs all tests
#
# Everything else that is needed goes into $(VENV).

PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV   ?= .venv
GO     ?= go
# Worker processes of pytest; SWEEP=full runs the slow tests over all of their cases.
JOBS   ?= auto
SWEEP  ?= sampled

PY      := $(abspath $(VENV))/bin/python
PYTEST   = $(PY) -m pytest -q -n $(JOBS) --maxprocesses=8
PLUGIN   = $(abspath $(VENV))/lib/python3*/site-packages/xla_plugins/xla_cpu_pjrt/*.so
GO_DIRS := core transforms lowering pybind

.DEFAULT_GOAL := help
.PHONY: help env build wheel demo test test-go test-py slow bench fmt lint plugin clean distclean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

env: $(VENV)/.requirements ## make the Python environment

$(VENV)/.requirements: requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

build: env ## build the extension in place; quick when little has changed
	$(PY) setup.py -q build_ext --inplace
	@test $(VENV)/.editable -nt pyproject.toml || { \
	  $(PY) -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e . && \
	  touch $(VENV)/.editable; }

wheel: env ## build a wheel into dist/
	$(PY) -m pip wheel -q --disable-pip-version-check --no-build-isolation --no-deps -w dist .

demo: build ## train a network on the digits of scikit-learn
	$(PY) examples/digits.py

test: test-go test-py ## run all tests but the slow ones

test-go: build ## go vet, the Go tests, and those of core and transforms under the race detector
	$(GO) vet ./...
	JAXGO_TEST_PLUGIN=$$(echo $(PLUGIN)) $(GO) test ./...
	JAXGO_TEST_PLUGIN=$$(echo $(PLUGIN)) $(GO) test -race ./core/... ./transforms/...

test-py: build ## the Python tests and the examples in docstrings
	$(PYTEST)

slow: build ## the long sweeps, sampled; SWEEP=full for all of them
	JAXGO_SWEEP=$(SWEEP) $(PYTEST) -m slow || test $$? -eq 5 # 5: no test is marked slow

bench: build ## measure jaxgo against JAX
	$(PY) tests/bench/compare.py
	$(PY) tests/bench/coldstart.py

fmt: env ## format Go and Python
	gofmt -w $(GO_DIRS) tools.go
	$(PY) -m ruff check -q --fix-only .
	$(PY) -m ruff format -q .

lint: env ## check formatting and lint
	@test -z "$$(gofmt -l $(GO_DIRS) tools.go)" || { gofmt -l $(GO_DIRS) tools.go; echo "gofmt: the files above; make fmt"; exit 1; }
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

plugin: ## print the path of the PJRT plugin that the Go tests load
	@echo $(PLUGIN)

clean: ## remove what was built
	rm -rf build dist python/*.egg-info python/jaxgo/_core.abi3.so $(VENV)/.editable
	find $(wildcard python tests examples) -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove the environment as well
	rm -rf $(VENV)
