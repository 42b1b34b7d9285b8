# Many Hands. Every target makes or reuses .venv by itself and installs nothing outside this folder.

VENV := .venv
PY := $(VENV)/bin/python
# PyTorch and ONNX Runtime, to compare with, stay out of the dashboard's own environment.
PEERS := .venv-peers

# The first Python here that is new enough. To choose one yourself: make run PYTHON=/path/to/python3.12
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo "$$name"; break; fi; done)

.PHONY: help run test lint bench peers clean

help:
	@echo "make run    open the dashboard in the browser"
	@echo "make test   check style, types and behaviour"
	@echo "make lint   check style and types only"
	@echo "make bench  measure the dashboard itself"
	@echo "make peers  measure our engine beside PyTorch, NumPy and ONNX Runtime; ONLY=alexnet takes a part"
	@echo "make clean  remove .venv, .venv-peers and caches; your results in data/runs stay"

run: $(VENV)/runtime.stamp
	@$(PY) -m streamlit run app.py

test: lint
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not alone"
	@$(PY) -m pytest -m alone

lint: $(VENV)/dev.stamp
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy

bench: $(VENV)/dev.stamp
	@$(PY) -m tests.bench

peers: $(PEERS)/peers.stamp
	@$(PEERS)/bin/python -m tests.peers $(if $(ONLY),--only $(ONLY))

clean:
	rm -rf $(VENV) $(PEERS) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is older than its requirements file when the installed packages no longer fit it.
$(VENV)/runtime.stamp: requirements.txt | $(PY)
	@echo "Installing the libraries of the dashboard into $(VENV) (once, about a minute) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/runtime.stamp
	@echo "Installing the tools for tests into $(VENV) (once) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(PEERS)/peers.stamp: requirements-peers.txt requirements.txt | $(PEERS)/bin/python
	@echo "Installing what we compare with into $(PEERS) (once, a few minutes) ..."
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-peers.txt
	@touch $@

$(PEERS)/bin/python: | $(PY)
	@$(PY) -m venv $(PEERS)

$(PY):
	@if [ -z "$(PYTHON)" ]; then \
		echo "Many Hands needs Python 3.11 or newer. Found: $$(python3 --version 2>&1 || true)." >&2; \
		echo "Install a newer Python (python.org, or your system's packages), then run make again." >&2; \
		exit 1; fi
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python could not make $(VENV). On Debian or Ubuntu: apt install python3-venv, then again." >&2; \
		exit 1; }
