# Everything a person needs: `make run` trains, `make test` proves, `make` tells the rest.
PYTHON ?= python3
VENV   ?= .venv
CONFIG ?= configs/mnist_mlp.yaml
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test nightly check format catalogue bench clean

help:            ## show this list
	@sed -n 's/^\([a-z]*\): *[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: $(VENV)/dev   ## make the virtual environment, with everything developers need

run: $(VENV)/base    ## train CONFIG (configs/mnist_mlp.yaml); ARGS="training.epochs=1"
	@$(BIN)/python -m dlkit.run "$(CONFIG)" $(ARGS)

test: $(VENV)/dev    ## run the tests; ARGS="-k name" for some of them
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

nightly: $(VENV)/dev ## run the tests with ten times as many random mutants
	@DLKIT_MUTANTS=2000 $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(VENV)/dev   ## format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(VENV)/dev  ## format the code and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

catalogue: $(VENV)/dev ## read Keras's names and arguments anew
	@$(BIN)/python -m dlkit.config.keras_signatures > $(VENV)/catalogue.json 2> /dev/null
	@mv $(VENV)/catalogue.json dlkit/config/keras_catalogue.json

bench: $(VENV)/dev   ## speed against hand-written Keras, side by side; memory of a large table
	@$(BIN)/python -m benchmarks.speed $(ARGS)
	@$(BIN)/python -m benchmarks.memory

clean:           ## remove the environment and caches; experiments stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else \
	  "dlkit needs Python 3.11 to 3.13, and $(PYTHON) is %d.%d. Try: make run PYTHON=python3.12" % v[:2])'
	@echo "Making $(VENV) (a minute or two, once) ..."
	@$(PYTHON) -m venv "$(VENV)"
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@touch $@

$(VENV)/base: $(VENV)/python pyproject.toml
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/dev: $(VENV)/base pyproject.toml
	@$(BIN)/python -m pip install --quiet --group dev
	@touch $@
