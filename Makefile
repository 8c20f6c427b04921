# Everything a user or a developer runs. Needs only Python 3.11 to 3.13 with pip, and make:
#
#   make demo    the three examples       make lint    ruff
#   make test    the test suite           make types   mypy, strict
#   make bench   our times beside jax's   make clean   removes .venv and the caches
#   make fuzz    random programs against Python: make fuzz N=10000, FUZZ="--seed 7 --jobs 2"
#   make sweep   every function of the installed libraries through the frontend
#
# The tables of docs/performance.md take some minutes: make BENCH=--quick bench, or make BENCH="LU Cholesky" bench.
#
# Each target sets up .venv by itself, once, and again when pyproject.toml or constraints.txt change.
# Another interpreter: make PYTHON=python3.12 test (after make clean). Part of the tests: make TESTS="-k newton" test.

PYTHON  ?= python3
WORKERS ?= auto
TESTS   ?=
BENCH   ?=
N       ?= 1000
FUZZ    ?=

VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PIP    := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet -c constraints.txt

.PHONY: demo test lint types bench fuzz sweep clean
.NOTPARALLEL:

demo: $(STAMPS)/demo
	$(BIN)/python examples/newton.py
	$(BIN)/python examples/adaptive_ode.py
	$(BIN)/python examples/digits.py

test: $(STAMPS)/test
	$(BIN)/python -m pytest -q -n $(WORKERS) $(TESTS)

lint: $(STAMPS)/dev
	$(BIN)/python -m ruff check .

types: $(STAMPS)/dev
	$(BIN)/python -m mypy

bench: $(STAMPS)/demo
	$(BIN)/python -m benchmarks $(BENCH)

fuzz: $(STAMPS)/test
	$(BIN)/python -m tests.fuzz $(N) $(FUZZ)

sweep: $(STAMPS)/test $(STAMPS)/demo
	$(BIN)/python -m tests.sweep

clean:
	rm -rf $(VENV) build *.egg-info .hypothesis .pytest_cache .mypy_cache .ruff_cache

# One stamp for each extra of pyproject.toml.
$(STAMPS)/%: pyproject.toml constraints.txt | $(BIN)/python
	@echo "setting up $(VENV) for: $*"
	@$(PIP) -e '.[$*]'
	@mkdir -p $(STAMPS)
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=...")'
	@$(PYTHON) -m venv $(VENV)
