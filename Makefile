# Every target sets up what it needs: Python 3.11 or newer and make are all that a fresh machine must have.
# Make variables: PYTHON (interpreter to start from), VENV (where packages go), ARGS (passed on to the command).

VENV ?= .venv
PYTHON ?=
WORKERS ?= 2
ARGS ?=
python := $(VENV)/bin/python
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help app test test-slow test-lab lint notebooks test-notebooks figures bench paper networks gallery scores pictures clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

app: $(VENV)/.ready-app ## Open the explorer (ARGS="--port 8600" to choose a port)
	$(python) -m ranp app $(ARGS)

test: $(VENV)/.ready-dev ## Run the fast tests, doctests and the browser journeys (ARGS="-k name")
	@chromium=$$(.ci/chromium $(VENV)) && \
	RANP_CHROMIUM="$$chromium" OMP_NUM_THREADS=1 $(python) -m pytest -q -n $(WORKERS) $(ARGS)

test-slow: $(VENV)/.ready-dev ## Run the tests that take minutes
	@chromium=$$(.ci/chromium $(VENV)) && \
	RANP_CHROMIUM="$$chromium" OMP_NUM_THREADS=1 $(python) -m pytest -q -n $(WORKERS) -m slow $(ARGS)

test-lab: $(VENV)/.ready-dev ## Open every notebook in JupyterLab, in a browser, and move its slider
	@chromium=$$(.ci/chromium $(VENV)) && \
	RANP_CHROMIUM="$$chromium" OMP_NUM_THREADS=1 $(python) -m pytest -q -m lab $(ARGS)

lint: $(VENV)/.ready-dev ## Check style and types, of Python and of JavaScript
	$(python) -m ruff check .
	$(python) -m mypy
	@.ci/javascript explorer/live

notebooks: $(VENV)/.ready-app ## Open the lessons in JupyterLab, at the first (ARGS="--no-browser" on a server)
	$(python) -m jupyter lab --ServerApp.ip=127.0.0.1 --allow-root --LabApp.app_settings_dir=.ci/jupyterlab \
		--ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/00_quick_start.ipynb $(ARGS)

test-notebooks: $(VENV)/.ready-dev ## Run every notebook from top to bottom, two at a time (ARGS="00_quick_start.ipynb" for one)
	OMP_NUM_THREADS=1 $(python) -m tests.run_notebooks $(ARGS)

figures: $(VENV)/.ready-dev ## Run the notebooks and store what they show, with pictures (ARGS="00_quick_start.ipynb" for one)
	@chromium=$$(.ci/chromium $(VENV)) && \
	RANP_CHROMIUM="$$chromium" OMP_NUM_THREADS=1 $(python) -m tests.run_notebooks --store $(ARGS)

bench: $(VENV)/.ready-dev ## Measure speed and memory, ratios first (ARGS="--json" for one JSON object)
	@chromium=$$(.ci/chromium $(VENV)) && RANP_CHROMIUM="$$chromium" $(python) -m tests.benchmarks $(ARGS)

paper: $(VENV)/.ready-dev ## Make the table beside the papers' claims (minutes; ARGS="--data brain=FOLDER" for true data)
	$(python) -m tests.benchmarks.paper_table --out tests/benchmarks/paper_table.json $(ARGS)

networks: $(VENV)/.ready-dev ## Try real networks, and make their table (minutes; ARGS="--resume" goes on where it stopped)
	OMP_NUM_THREADS=1 $(python) -m tests.benchmarks.networks --out tests/benchmarks/networks.json $(ARGS)

gallery: $(VENV)/.ready-dev ## Measure the gallery's networks, for the README's table (minutes; ARGS="--only vnet" for one)
	OMP_NUM_THREADS=1 $(python) -m tests.benchmarks.gallery --out tests/benchmarks/gallery/figures.json $(ARGS)

scores: $(VENV)/.ready-dev ## Score the networks for the files that come with the library, where they are not today's
	OMP_NUM_THREADS=1 $(python) -W ignore -m ranp.subject.shipping $(ARGS)

pictures: $(VENV)/.ready-dev ## Take the README's pictures of the running app
	@chromium=$$(.ci/chromium $(VENV)) && RANP_CHROMIUM="$$chromium" OMP_NUM_THREADS=1 $(python) -m tests.pictures.taking

clean: ## Remove the virtual environment and what the tools left behind
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build ./*.egg-info

$(VENV)/.ready-app: requirements.txt pyproject.toml .ci/setup .ci/torch_index
	@.ci/setup $(VENV) app
	@touch $@

$(VENV)/.ready-dev: requirements.txt pyproject.toml explorer/live/package-lock.json .ci/setup .ci/torch_index
	@.ci/setup $(VENV) dev
	@touch $@ $(VENV)/.ready-app
