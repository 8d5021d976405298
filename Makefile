# make up     install into .venv what is missing, then start everything (PYTHON=… chooses the interpreter)
# make test   the whole test suite       make check  style, types, contracts, sizes
# make bench  speed and quality          make lock   resolve requirements*.in anew
# make chaos  kills, cuts and floods a whole Maru: nothing lost, nothing twice (ARGS="--events 20000 --kills 300": half an hour)
# make bench ARGS=… passes arguments on, and so do make test and make chaos.

SHELL := /bin/sh
.PHONY: up install install-dev test check bench chaos lock clean
.NOTPARALLEL:
# Another project's packages and pip settings must not leak into ours.
unexport PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX VIRTUAL_ENV
export PIP_USER := 0

VENV := .venv
BIN := $(VENV)/bin
# One package exists as source only, so its build tools are pinned and installed first, and it is built with those.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --no-deps
LOCKED := --require-hashes --only-binary :all: --no-binary kiwipiepy-model --no-build-isolation
# pip names every package it fetches; every tenth is enough for a person.
PROGRESS := awk '/^Collecting/ && ++n % 10 == 0 { print "  " n " packages …"; fflush() } \
	/^(Building wheels|Installing collected)/ { sub(/:.*/, ""); print "  " $$0 " …"; fflush() }'

up: install
	@exec $(BIN)/maru up

# The stamp names what the environment was made from, and in which folder: a moved or copied one does not work.
install:
	@stamp="$$(pwd) $$(cksum < requirements.lock)"; \
	if [ "$$(cat $(VENV)/stamp 2>/dev/null)" = "$$stamp" ] && $(BIN)/python -c '' 2>/dev/null && $(AS_ASKED); then exit 0; fi; \
	$(call interpreter) \
	echo "Installing into $(VENV) with $$("$$python" --version) (about 800 MB; the log is $(VENV)/install.log)"; \
	rm -rf $(VENV); \
	"$$python" -m venv $(VENV) || { echo "The virtual environment cannot be made: $(MEND_VENV)" >&2; exit 2; }; \
	awk '/^(setuptools|wheel)==/ { on = 1 } on { print } on && !/\\$$/ { on = 0 }' requirements.lock > $(VENV)/build.lock; \
	$(call pip,$(LOCKED) -r $(VENV)/build.lock) \
	$(call pip,$(LOCKED) -r requirements.lock) \
	echo "$$stamp" > $(VENV)/stamp
	@stamp="$$(cksum < pyproject.toml)"; \
	if [ "$$(cat $(VENV)/stamp-maru 2>/dev/null)" = "$$stamp" ] && [ -x $(BIN)/maru ]; then exit 0; fi; \
	$(call pip,--no-build-isolation -e .) \
	echo "$$stamp" > $(VENV)/stamp-maru; \
	echo "Installed."

install-dev: install
	@stamp="$$(cksum < requirements-dev.lock)"; \
	if [ "$$(cat $(VENV)/stamp-dev 2>/dev/null)" = "$$stamp" ]; then exit 0; fi; \
	echo "Installing the tools of requirements-dev.lock"; \
	$(call pip,--require-hashes --only-binary :all: -r requirements-dev.lock) \
	echo "$$stamp" > $(VENV)/stamp-dev

test: install-dev
	@$(BIN)/python -m pytest $(ARGS)

check: install-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/architecture

bench: install-dev
	@$(BIN)/python -m tests.bench $(ARGS)

chaos: install-dev
	@$(BIN)/python -m tests.chaos $(ARGS)

# Needs uv. The locks hold hashes and no address.
lock:
	uv pip compile requirements.in --excludes requirements-excludes.txt --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --only-binary :all: --no-binary kiwipiepy-model -o requirements.lock
	uv pip compile requirements-dev.in --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --only-binary :all: -o requirements-dev.lock

clean:
	rm -rf $(VENV)

# $$python becomes the first of these that runs, is 3.11 to 3.13, and can make a virtual environment.
FITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
MEND_VENV := install its venv module (on Debian and Ubuntu: apt install python3-venv) or free some space.

define interpreter
python=; for candidate in "$(PYTHON)" python3.13 python3.12 python3.11 python3; do \
	if [ -n "$$candidate" ] && "$$candidate" -c '$(FITS)' >/dev/null 2>&1; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	echo "No Python 3.11, 3.12 or 3.13 with its venv module is here: install one (on Debian and Ubuntu:" \
	"apt install python3 python3-venv), or name one: make up PYTHON=/path/to/python" >&2; exit 2; fi;
endef

# An environment that exists is kept unless PYTHON asks for another version.
AS_ASKED = { [ -z "$(PYTHON)" ] || [ "$$("$(PYTHON)" --version 2>&1)" = "$$($(BIN)/python --version 2>&1)" ]; }

# The exit code of pip, not of awk, counts; what pip said is shown when it fails.
define pip
{ $(PIP) $(1) 2>&1 || echo "pip failed"; } | tee $(VENV)/install.log | $(PROGRESS); \
	if tail -n 1 $(VENV)/install.log | grep -q '^pip failed'; then \
	grep -i '^ *error' $(VENV)/install.log | tail -n 3 >&2; \
	echo "The installation failed, as pip says above ($(VENV)/install.log has all of it): mend it and run make again." >&2; \
	exit 2; fi;
endef
