# What people do here. `make` alone lists it.
# The first of these that runs and is 3.11 to 3.13; a name may belong to a shim that fails.
PYTHONS := python3.11 python3.12 python3.13 python3
PYTHON ?= $(shell for python in $(PYTHONS); do \
	$$python -V 2> /dev/null | grep -qE '^Python 3\.1[123]\.' && echo $$python && break; done)
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup repro benchmark studies sweep optuna-dashboard dashboard track models readme test test-fast fuzz bench lint lock licences docs reference clean git

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(INSTALLED) ## make .venv with exactly the versions of requirements.lock

# Most modules of the packages are never imported: Python compiles those that are, once. Where it may not
# keep what it compiled, each process would spend longer on that than on most tests.
unexport PYTHONDONTWRITEBYTECODE
$(INSTALLED): requirements.lock pyproject.toml
	@test -x $(VENV)/bin/python || test -n "$(PYTHON)" || \
		{ echo "make: no Python found; allowed: 3.11, 3.12 and 3.13, or make PYTHON=/path/to/it" >&2; exit 2; }
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	pip install --quiet --no-compile --requirement requirements.lock
	pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

git:
	@test -e .git || \
		{ echo "make: no .git here, without which DVC does not work; clone the repository" >&2; exit 2; }

repro: git setup ## run the pipeline on the data sets that params.yaml names
	aebench check
	dvc repro
	@echo "open reports/index.html in a browser: it leads to the reports"

benchmark: git setup ## the same on mnist-5k, full MNIST and Fashion-MNIST (hours on two cores)
	aebench benchmark

studies: git setup ## run all studies, and gather the lecture's claims (about a day of one core)
	aebench check
	dvc repro studies/dvc.yaml:study studies/dvc.yaml:claims

sweep: git setup ## search the hyperparameters of the autoencoder and the VAE
	aebench check
	dvc repro studies/dvc.yaml:sweep

optuna-dashboard: PORT ?= 8080
optuna-dashboard: setup ## browse the sweeps in Optuna's dashboard, at http://127.0.0.1:8080 (PORT=8080)
	@storage="$$(aebench sweep-storage)" && optuna-dashboard --host 127.0.0.1 --port $(PORT) "$$storage"

# Without what MLflow starts for language models: 13 of its 15 processes, most of its start.
dashboard: export MLFLOW_SERVER_ENABLE_JOB_EXECUTION = false
dashboard: PORT ?= 5000
dashboard: setup ## browse the runs in MLflow, at http://127.0.0.1:5000 (PORT=5000)
	aebench track
	@echo "open http://127.0.0.1:$(PORT)/#/experiments and choose 'Model training' at the top left, once:"
	@echo "MLflow then shows runs where it would show traces of language models"
	mlflow server --workers 1 --host 127.0.0.1 --port $(PORT) --backend-store-uri "$$(aebench tracking-uri)"

track: setup ## complete in MLflow what is missing of the finished runs
	aebench track

models: setup ## train the models that come with the package, and put them into it (two hours)
	set -e; for set in mnist fashion-mnist photographs grey-photographs; do \
	  aebench prepare $$set; aebench study models --dataset $$set --workers 2; done
	python studies/pack_models.py

readme: setup ## write the table of all results into README.md
	aebench readme

# Small nets gain nothing from threads that wait for each other busily.
test: export OMP_WAIT_POLICY = passive
# Many wait for other processes: two cores are busy with three files at a time.
test: setup ## run all tests, three files at a time
	pytest --numprocesses 3 --dist loadfile

# These train most, or start many processes. Before a change in them lands, run them by themselves.
LONG := studies sweeps pipeline tracking contract training/test_resume.py \
	training/optimizers/test_learning.py
test-fast: export OMP_WAIT_POLICY = passive
test-fast: setup ## run most tests, those that take a minute or two together
	pytest --numprocesses 2 --dist loadfile -m "not slow and not integration" \
		$(addprefix --ignore=tests/,$(LONG))

# Each round has other examples; a failure names its seed, with which it comes again.
SEED ?= 0
MINUTES ?= 10
fuzz: export OMP_WAIT_POLICY = passive
fuzz: setup ## look for inputs that break what must hold (SEED=0, MINUTES=10)
	@end=$$(($$(date +%s) + 60 * $(MINUTES))); seed=$$((1000 * $(SEED))); \
	while [ $$(date +%s) -lt $$end ]; do \
		pytest -x -m fuzz --hypothesis-profile=fuzz --hypothesis-seed=$$seed || exit 1; \
		seed=$$((seed + 1)); \
	done

bench: setup ## measure the speed of training, likelihood and compression anew, into benchmarks/*.md (alone on the machine)
	python benchmarks/training.py
	python benchmarks/likelihood.py
	python benchmarks/compression.py
	python benchmarks/lossless.py

lint: setup ## check style, the layers of the rooms, and types
	ruff check src tests benchmarks examples docs
	ruff format --check src tests benchmarks examples docs
	lint-imports
	mypy

lock: setup ## write requirements.lock anew from what is installed in .venv
	pip freeze --exclude-editable | sed -e 's/+cpu$$//' > requirements.lock

licences: setup ## write the table of licences, docs/licences.md, anew
	python docs/licences.py

docs: setup ## build the documentation, into docs/_build/html
	sphinx-build --quiet --fail-on-warning --keep-going docs docs/_build/html
	@echo "open docs/_build/html/index.html"

reference: setup ## write the pages of docs/reference that follow from the code anew
	COLUMNS=80 python docs/reference_pages.py

clean: ## remove the environment; results stay
	rm -rf $(VENV)
