# make lab    install the course into .venv once, then open JupyterLab
# make test   add what the tests need, then run every test
# make site   build the lessons as web pages: build/site/index.html
# make nbval  only run the notebooks: nbval compares each with its saved outputs
# Options:    TORCH=auto          torch for this computer's GPU, not for the CPU
#             PYTHON=python3.12   the Python that .venv is made with
#             UV_PYTHON=3.12      or let uv find that Python, or download it
#             INSTALLER=pip       pip in place of uv
#             LAB_FLAGS="..."     more options for JupyterLab
#             TEST_FLAGS="..."    more options for pytest
#             ROWS="oldest"       some environments of make matrix, not all
#             PAGES="01_ 06_"     some pages of make site, not all
#             OWNER=name          the account on GitHub, for make publish-name
# tools/install.py does the installing, and says where the packages come from.
WINDOWS := $(filter Windows_NT,$(OS))
PYTHON ?= $(if $(WINDOWS),python,python3)
LAB_FLAGS ?=
TEST_FLAGS ?=
ROWS ?=
PAGES ?=
# Windows, in Git Bash: other folders, and text files that are not UTF-8
BIN := .venv/$(if $(WINDOWS),Scripts,bin)
export PYTHONUTF8 := 1
# Containers often forbid compiled files; then each of the hundred processes
# of make test would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE
# Written when an install has finished: a half-built .venv is built anew.
LAB := .venv/.ready-lab
TEST := .venv/.ready-test
SITE := .venv/.ready-site
# Containers often run as root; JupyterLab wants to be told that this is meant.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab install test nbval matrix notebooks lint bench coverage \
  screenshot lock publish-name clean site site-check
.DEFAULT_GOAL := lab

$(LAB): pyproject.toml requirements.lock
	$(PYTHON) tools/install.py lab
	@touch $@

$(TEST): $(LAB)
	$(PYTHON) tools/install.py test
	@touch $@

$(SITE): $(LAB)
	$(PYTHON) tools/install.py site
	@touch $@

install: $(LAB)

lab: $(LAB)
	$(BIN)/jupyter lab $(AS_ROOT) $(LAB_FLAGS) \
	  notebooks/00_start_here.ipynb

test: $(TEST)
	$(BIN)/python -m pytest -n 2 --dist loadfile \
	  --no-loadscope-reorder --durations=10 $(TEST_FLAGS)

# make test does this too, among others.
nbval: $(TEST)
	$(BIN)/python -m pytest tests/notebooks/test_execution.py \
	  tests/notebooks/test_execution_of_solutions.py $(TEST_FLAGS)

matrix: $(TEST)
	$(PYTHON) tools/install.py matrix
	PATH="$(CURDIR)/$(BIN):$$PATH" nox --noxfile tests/launch/noxfile.py \
	  $(if $(ROWS),--session $(ROWS))

notebooks: $(LAB)
	$(BIN)/python tests/notebooks/execute.py
	$(BIN)/python translations/translate.py render

lint: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(TEST)
	@mkdir -p build && rm -f build/benchmarks.json
	$(BIN)/python -m pytest tests/benchmarks -s \
	  --benchmark-columns=min,median,rounds --benchmark-sort=name \
	  --benchmark-json=build/benchmarks.json $(TEST_FLAGS)
	$(if $(TEST_FLAGS),,$(BIN)/python tests/benchmarks/plot.py \
	  build/benchmarks.json)

coverage: $(TEST)
	$(BIN)/python -m pytest tests/package \
	  -n 2 --dist loadfile --cov $(TEST_FLAGS)

site: $(SITE)
	$(BIN)/python -m web_book $(PAGES)

site-check: $(TEST) site
	$(BIN)/python -m web_book.checking

screenshot: $(TEST)
	$(BIN)/python tests/browser/screenshot.py

lock:
	$(PYTHON) tools/install.py lock

publish-name:
	$(PYTHON) tools/publish_name.py $(OWNER)

clean:
	rm -rf .venv .nox .pytest_cache .ruff_cache .coverage*
