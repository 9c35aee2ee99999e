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
# How long each fuzz target runs, and what runs under AddressSanitizer.
FUZZTIME   ?= 20s
ASAN_TESTS ?= $(addprefix tests/,$(addsuffix .py,test_api test_buffers test_callbacks test_control_flow test_custom test_robustness test_tree_util)) tests/stress

PY      := $(abspath $(VENV))/bin/python
PYTEST   = $(PY) -m pytest -q -n $(JOBS) --maxprocesses=8
PLUGIN   = $(abspath $(VENV))/lib/python3*/site-packages/xla_plugins/xla_cpu_pjrt/*.so

# What is published: wheels/README.md. The first of PYTHONS runs all tests of the wheel, the others the examples.
WHEELS  := $(abspath $(VENV))/wheels
ARCH    ?= $(shell uname -m)
PYTHONS ?= $(PYTHON)
LOCKED   = $(WHEELS)/bin/uv pip compile -q $(LOCK) --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --custom-compile-command 'make lock'

# The linters: Go's are tools of .ci/go.mod, Python's have an environment of their own.
LINT       := $(abspath $(VENV))/lint/bin
GO_TOOL     = $(GO) tool -modfile=.ci/go.mod
GO_FILES    = $(shell git ls-files -co --exclude-standard '*.go')
SHELL_FILES = .ci/run $(shell git ls-files -co --exclude-standard '*.sh')
# Directories of somebody's machine, and package registries other than the public ones.
UNWANTED    = (^|[^A-Za-z0-9_.-])/(home|root|Users|work)/|index-url|GOPROXY=http

.DEFAULT_GOAL := help
.PHONY: help env build wheel sdist sbom test-wheel test-sdist reproduce lock licenses demo test test-go test-py slow race fuzz asan stress bench fmt lint lint-ci lint-py lint-go security plugin clean distclean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

env: $(VENV)/.requirements ## make the Python environment

$(VENV)/.requirements: requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

build: env ## build the extension in place; quick when little has changed
	$(PY) setup.py -q build_ext --inplace
	@test $(VENV)/.editable -nt pyproject.toml || { \
	  $(PY) -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e . && \
	  touch $(VENV)/.editable; }

$(WHEELS)/.requirements: wheels/requirements.txt
	$(PYTHON) -m venv $(WHEELS)
	$(WHEELS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r wheels/requirements.txt
	@touch $@

wheel: $(WHEELS)/.requirements ## build the wheel for ARCH, as it is published, into dist/
	$(WHEELS)/bin/python wheels/release.py wheel --arch $(ARCH)

sdist: $(WHEELS)/.requirements ## build the source distribution, and a conda recipe for it, into dist/
	$(WHEELS)/bin/python wheels/release.py sdist

sbom: wheel ## write the bill of materials of the wheel beside it
	$(WHEELS)/bin/python wheels/sbom.py dist/jaxgo-*_$(ARCH).whl

test-wheel: wheel ## try the wheel in empty environments of PYTHONS, without compiler and Go
	$(WHEELS)/bin/python wheels/trial.py dist/jaxgo-*_$(ARCH).whl $(PYTHONS)

test-sdist: sdist ## build a wheel from the source distribution, offline and without git
	$(WHEELS)/bin/python wheels/offline.py dist/jaxgo-*.tar.gz

reproduce: $(WHEELS)/.requirements ## build the wheel of HEAD twice, sharing nothing, and compare the bytes
	$(WHEELS)/bin/python wheels/reproduce.py

lock: $(WHEELS)/.requirements ## resolve requirements-*.txt and wheels/requirements.txt anew; LOCK=--upgrade for new versions
	$(LOCKED) --extra examples --extra test --extra docs --group dev pyproject.toml -o requirements-dev.txt
	$(LOCKED) --group wheels -o wheels/requirements.txt
	$(LOCKED) requirements-lint.in -o requirements-lint.txt

licenses: ## collect the licences of the linked Go modules into wheels/licenses
	$(PYTHON) wheels/licenses.py

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

# The tests of package arrow make pointers that lead nowhere, which it must not follow; the race detector's check of pointers
# would end them.
race: build ## the Go tests under the race detector
	JAXGO_TEST_PLUGIN=$$(echo $(PLUGIN)) $(GO) test -race -gcflags=./lowering/arrow=-d=checkptr=0 ./core/... ./transforms/... ./lowering/...

fuzz: build ## each fuzz target for FUZZTIME
	@git grep --untracked -ho 'func Fuzz[A-Za-z]*' -- '*_test.go' >/dev/null || { echo "no fuzz target was found"; exit 1; }
	@git grep --untracked -o 'func Fuzz[A-Za-z]*' -- '*_test.go' | sed 's/:func / /' | while read -r file target; do \
	  echo "$$target"; JAXGO_TEST_PLUGIN=$$(echo $(PLUGIN)) $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file) || exit; done
	JAXGO_FUZZTIME=$(FUZZTIME) $(PY) -m pytest -q tests/stress

asan: env ## the Python tests of the C code under AddressSanitizer and UBSan
	JAXGO_SANITIZE=address,undefined $(PY) setup.py -q build --build-lib build/asan
	tests/asan/run.sh $(PYTEST) -k "not flat" $(ASAN_TESTS) # freed memory is kept, so that it grows
	JAXGO_STRESS=short tests/asan/run.sh $(PY) tests/stress/stress.py threads steps # its allocator has locks that a fork leaves taken

stress: build ## threads, exceptions, signals, processes and damaged caches for an hour at most; JAXGO_STRESS=short: three minutes
	$(PY) tests/stress/stress.py

bench: build ## measure jaxgo against JAX
	$(PY) tests/bench/compare.py
	$(PY) tests/bench/coldstart.py

fmt: $(LINT)/.requirements ## format Go and Python
	$(GO) fmt ./...
	$(LINT)/ruff check -q --fix-only .
	$(LINT)/ruff format -q .

lint: lint-ci lint-py lint-go ## check formats, workflows, scripts, Python and Go; needs no service

lint-ci: $(LINT)/.requirements ## check the workflows, the shell scripts and what no file may say
	$(GO_TOOL) actionlint -shellcheck=$(LINT)/shellcheck -pyflakes=
	$(LINT)/zizmor -q --offline --persona=pedantic .github
	$(LINT)/shellcheck $(SHELL_FILES)
	@! git grep --untracked -nIE '$(UNWANTED)' -- . ':!Makefile' || { echo "the lines above name one machine or its registry"; exit 1; }

lint-py: $(LINT)/.requirements ## check the Python files
	$(LINT)/ruff check .
	$(LINT)/ruff format --check .
	$(LINT)/mypy python/jaxgo/_core.pyi python/jaxgo/_fast.pyi
	$(LINT)/bandit -q -c pyproject.toml -r python
	$(LINT)/bandit -q -c pyproject.toml -s B603,B607 -r setup.py examples wheels # these start compilers and git, from the PATH

lint-go: build ## check the Go files
	@test -z "$$(gofmt -l $(GO_FILES))" || { gofmt -l $(GO_FILES); echo "gofmt: the files above; make fmt"; exit 1; }
	$(GO) vet ./...
	$(GO) mod verify
	$(GO) mod tidy -diff
	$(GO_TOOL) staticcheck ./...
	$(GO_TOOL) gosec -quiet -conf .ci/gosec.json ./...

security: build $(LINT)/.requirements ## look for known vulnerabilities; asks vuln.go.dev, PyPI and github.com
	$(GO_TOOL) govulncheck ./...
	for f in $(wildcard requirements*.txt wheels/requirements*.txt); do $(LINT)/pip-audit --disable-pip --require-hashes -r $$f || exit; done
	$(LINT)/zizmor -q --persona=pedantic .github

$(LINT)/.requirements: requirements-lint.txt
	$(PYTHON) -m venv $(VENV)/lint
	$(LINT)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-lint.txt
	@touch $@

plugin: ## print the path of the PJRT plugin that the Go tests load
	@echo $(PLUGIN)

clean: ## remove what was built
	rm -rf build dist python/*.egg-info python/jaxgo/_core.abi3.so $(VENV)/.editable
	find $(wildcard python tests examples) -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove the environment as well
	rm -rf $(VENV)
