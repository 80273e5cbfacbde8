# Two commands do everything: `make demo` and `make test`. Both set up .venv when it is missing or out of date.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo service service-postgres test docs linkcheck diagrams bench bench-service fuzz mutants package playground playground-build clean

demo: $(READY)
	$(BIN)/python -m ticketflow simulate examples/senior_life.jsonl --rules senior
	$(BIN)/python examples/servicenow_replay/replay.py examples/servicenow_replay/extract.csv --show INC0000047 INC0000294
	$(BIN)/python examples/servicenow_replay/agreement.py examples/servicenow_replay/extract.csv
	$(BIN)/python examples/linked_tickets/linked_tickets.py

# Sample tickets on a clock that runs three weeks in 20 seconds; then the desk stays open until Ctrl-C
# (examples/service/README.md).
service: $(READY)
	$(BIN)/python -m ticketflow_service demonstrate sqlite --stay

# On the server of TICKETFLOW_DATABASE, or else on one that is started from the machine's programs or from a wheel.
service-postgres: $(READY)
	$(BIN)/python -m ticketflow_service demonstrate postgres --stay

# The examples that need nothing but the library. The others have packages, and tests, of their own.
EXAMPLES := $(addprefix examples/,conformance_harness linked_tickets process_map servicenow_replay what_if)

# What pytest rewrites of the tests is kept for the second run, whatever the environment says of bytecode.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n auto --dist loadscope -m "not lives" --cov --cov-report=term
	$(BIN)/python -m pytest -q -n auto --dist loadscope -m lives
	$(BIN)/python -m pytest -q -n auto --dist worksteal $(EXAMPLES)
	$(BIN)/python -m pytest -q -c examples/fleet/pyproject.toml examples/fleet
	$(BIN)/python -m pytest -q -n auto --dist worksteal -c examples/service/pyproject.toml examples/service
	$(BIN)/python -m pytest -q -c docs/website/pyproject.toml docs/website
	$(BIN)/python -m pytest -q -c playground/pyproject.toml playground

$(READY): pyproject.toml examples/fleet/pyproject.toml examples/service/pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("ticketflow needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; name another: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' --editable examples/fleet --editable 'examples/service[test]'
	touch $(READY)

# The site in build/site. A warning is an error, and so is a link inside the site that leads nowhere.
docs: $(READY)
	$(BIN)/python -m docs.website.build

# Links of the pages to other sites. It needs the network, and fails without it.
linkcheck: $(READY)
	$(BIN)/python -m docs.website.build --linkcheck

# The pictures of the diagrams in the pages, after a change of one. It needs Chromium and npm.
diagrams: $(READY)
	$(BIN)/python -m docs.website.diagrams

# Timings against a baseline and the peers from PyPI; not a test. Exit status 1 if a promise of docs/performance.md is broken.
bench: $(VENV)/.bench
	status=0; for each in imports calendars tickets documents timers clocks logs "simulations 100000"; do set -- $$each; $(BIN)/python benchmarks/$$1.py $$2 || status=1; done; exit $$status

# The load of the service example on a PostgreSQL server of its own, as ratios; not a test (examples/service/README.md).
bench-service: $(READY)
	$(BIN)/python examples/service/bench.py

$(VENV)/.bench: $(READY) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	touch $(VENV)/.bench

# A coverage-guided run on documents of strangers, as long as one likes: make fuzz RUNS=1000000 (docs/reliability.md).
RUNS ?= 100000
fuzz: $(VENV)/.fuzz
	$(BIN)/python tests/fuzz/fuzz_documents.py -runs=$(RUNS)

$(VENV)/.fuzz: $(READY) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	touch $(VENV)/.fuzz

# Which changes of src/ the suite notices (docs/reliability.md). The same command goes on with what it has not judged.
# Only changed lines: make mutants CHANGED=HEAD~1; all changes: FULL=1; survivors by the laws: LAWS=1; new tests: AGAIN=1.
SEED ?= 16
SAMPLE ?= 600
MINUTES ?= 60
mutants: $(VENV)/.mutation
	$(BIN)/python -m tests.mutation --seed $(SEED) --sample $(SAMPLE) --minutes $(MINUTES) \
	  $(if $(CHANGED),--changed $(CHANGED)) $(if $(FULL),--full) $(if $(LAWS),--laws) $(if $(AGAIN),--again)

$(VENV)/.mutation: $(READY) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[mutation]'
	touch $(VENV)/.mutation

# The page that runs the library in a browser, built and served; only built: make playground-build (docs/playground.md).
PORT ?= 8000
playground: playground-build
	@echo "Open http://localhost:$(PORT)/ (Ctrl+C ends the server)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory build/playground

playground-build: $(READY)
	$(BIN)/python playground/build_page.py

# The wheel and the source distribution, each installed into an empty environment and used there.
package: $(VENV)/.package
	$(BIN)/python tests/packaging/smoke.py

$(VENV)/.package: $(READY) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[package]'
	touch $(VENV)/.package

clean:
	rm -rf $(VENV) build .mutants .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache dist playground/node_modules
