# make lab    build .venv once, then open JupyterLab on the first lesson
# make test   build the same environment if needed, then run every test
# Options:    PYTHON=python3.12   the Python that .venv is built with
#             PIP_FLAGS="..."     more options for pip, e.g. another index
#             LAB_FLAGS="..."     more options for JupyterLab
#             UV_FLAGS="..."      more options for uv, in make lock
#             TEST_FLAGS="..."    more options for pytest
#             ROWS="oldest"       some environments of make matrix, not all
WINDOWS := $(filter Windows_NT,$(OS))
PYTHON ?= $(if $(WINDOWS),python,python3)
PIP_FLAGS ?=
LAB_FLAGS ?=
UV_FLAGS ?=
TEST_FLAGS ?=
ROWS ?=
# Windows, in Git Bash: other folders, and text files that are not UTF-8
BIN := .venv/$(if $(WINDOWS),Scripts,bin)
export PYTHONUTF8 := 1
# Containers often forbid compiled files; then each of the hundred processes
# of make test would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE
# Written when the install has finished: a half-built .venv is built anew.
READY := .venv/.ready
# Containers often run as root; JupyterLab wants to be told that this is meant.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test matrix notebooks lint bench coverage \
  screenshot lock clean
.DEFAULT_GOAL := lab

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "The course needs Python 3.11 or newer; '$(PYTHON)' is not." \
	       "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { \
	  echo "Python could not make .venv." \
	       "On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install $(PIP_FLAGS) -c requirements.lock \
	  -e ".[lab,d2l,test]"
	$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps d2l==1.0.3
	@# The oldest kernels that the panel is tested with, beside the current one
	for v in 6.31.0 7.0.1; do \
	  $(BIN)/python -m pip install $(PIP_FLAGS) --no-deps \
	    --target .venv/kernels/$$v ipykernel==$$v || exit 1; done
	@touch $@

lab: $(READY)
	$(BIN)/jupyter lab $(AS_ROOT) $(LAB_FLAGS) \
	  notebooks/00_start_here.ipynb

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile \
	  --no-loadscope-reorder --durations=10 $(TEST_FLAGS)

matrix: $(READY)
	$(BIN)/python -m pip install $(PIP_FLAGS) --quiet "nox[uv]"
	PATH="$(CURDIR)/$(BIN):$$PATH" nox --noxfile tests/launch/noxfile.py \
	  $(if $(ROWS),--session $(ROWS))

notebooks: $(READY)
	$(BIN)/python tests/notebooks/execute.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(READY)
	@mkdir -p build && rm -f build/benchmarks.json
	$(BIN)/python -m pytest tests/benchmarks -s \
	  --benchmark-columns=min,median,rounds --benchmark-sort=name \
	  --benchmark-json=build/benchmarks.json $(TEST_FLAGS)
	$(if $(TEST_FLAGS),,$(BIN)/python tests/benchmarks/plot.py \
	  build/benchmarks.json)

coverage: $(READY)
	$(BIN)/python -m pytest tests/unit tests/package \
	  -n 2 --dist loadfile --cov $(TEST_FLAGS)

screenshot: $(READY)
	$(BIN)/python tests/browser/screenshot.py

# The newest versions that fit pyproject.toml, for all systems and Pythons.
# What only torch's CUDA build wants is left out: this is the CPU's course.
lock:
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python -m pip install -q $(PIP_FLAGS) uv
	build/lock/bin/uv pip compile -q --universal --python-version 3.11 \
	  --no-header --no-annotate --no-emit-index-url $(UV_FLAGS) \
	  --all-extras pyproject.toml > build/lock/all
	echo "# Written by: make lock" > requirements.lock
	grep -Ev '^(cuda|nvidia)-|^triton=' build/lock/all >> requirements.lock

clean:
	rm -rf .venv .nox .pytest_cache .ruff_cache .coverage*
