# make chat · make test · make check · make bench — each sets up .venv on first use.

PYTHON ?= python3
ARTICLES ?= index/sample
STORE ?= store
PORT ?= 7860

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check
export HF_HUB_DISABLE_TELEMETRY := 1
export GRADIO_ANALYTICS_ENABLED := False

.PHONY: help chat test check lint bench gguf try-wheel try-extras clean

help:
	@echo "make chat     open the chat over the sample articles (or ARTICLES=folder, LLM=model.gguf)"
	@echo "make test     run the tests"
	@echo "make check    lint, types and tests"
	@echo "make bench    measure retrieval, quotation, abstention and speed (DATA=folder of public question sets)"
	@echo "make try-wheel    install the wheel into an empty environment, build a store there, search"
	@echo "make try-extras   install each extra alone and run its tests there (EXTRAS='langchain mcp')"
	@echo "make gguf     try again to install llama-cpp-python"

chat: $(VENV)/.installed $(VENV)/.gguf
	@set -- "$(ARTICLES)"; test ! -d "$(STORE)/added" || set -- "$$@" "$(STORE)/added"; \
	  $(BIN)/python -m index build "$$@" --store "$(STORE)" || test -e "$(STORE)/CURRENT"
	@exec $(BIN)/python -m ui --store "$(STORE)" --port $(PORT) $(if $(LLM),--llm "$(LLM)")

test: $(VENV)/.installed $(VENV)/.gguf
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

check: lint test

lint: $(VENV)/.installed $(VENV)/.gguf
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed
	@test -n "$(DATA)" || { echo "make bench DATA=folder: the folder with the question sets, see eval/README.md"; exit 2; }
	$(BIN)/python -m eval bench retrieval --data "$(DATA)"
	$(BIN)/python -m eval bench quote --data "$(DATA)"
	$(BIN)/python -m eval bench abstain --data "$(DATA)"
	$(BIN)/python -m eval bench speed --sizes 1000 5000 --runs 1

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Python 3.11 or newer is needed; choose one: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "error: no virtual environment could be made; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "installing packages into $(VENV) (a few minutes the first time) …"
	@$(PIP) install --quiet -c constraints.txt -e ".[ui,eval,dev]" || \
	  { echo "error: a package could not be installed (see above); check the network, or set PIP_INDEX_URL to a mirror, then run make again"; exit 1; }
	@touch $@

# GGUF language models need llama-cpp-python, which compiles for about ten minutes the first time.
# Everything else works without it, so that a failure is told and not fatal.
$(VENV)/.gguf: $(VENV)/.installed
	@if ! $(BIN)/python -c 'import llama_cpp' 2>/dev/null; then \
	  echo "installing llama-cpp-python (it compiles for about ten minutes the first time) …"; \
	  $(PIP) install --quiet -c constraints.txt "llama-cpp-python>=0.3.36" "jinja2>=3.1.6" || { \
	    command -v c++ >/dev/null 2>&1 || command -v g++ >/dev/null 2>&1 || \
	      echo "note: there is no C++ compiler; on Debian: apt-get install g++"; \
	    echo "note: llama-cpp-python could not be installed (see above), so GGUF models are off; quotation works. Mend the cause, then: make gguf"; }; \
	fi; touch $@

gguf:
	@rm -f $(VENV)/.gguf
	@$(MAKE) --no-print-directory $(VENV)/.gguf

# Really installs, from the network: some minutes and gigabytes below build/. The tests check the same
# without installing (tests/test_wheel.py, tests/extras/only.py).
try-wheel: $(VENV)/.installed
	@rm -rf build/try && mkdir -p build/try
	@$(BIN)/python -m hatchling build -t wheel -d build/try
	@$(PYTHON) -m venv build/try/venv
	@build/try/venv/bin/pip --disable-pip-version-check install --quiet -c constraints.txt build/try/*.whl
	@cd build/try && venv/bin/python -m index build ../../index/sample --store store \
	  && venv/bin/python -m rag "How long is the new bridge?" --search -k 1 --store store
	@rm -rf build/try

EXTRAS ?= langchain llamaindex haystack serve mcp
TESTS_langchain := tests/rag/adapters/test_langchain*.py tests/docs/test_langchain.py
TESTS_llamaindex := tests/rag/adapters/test_llamaindex*.py tests/docs/test_llamaindex.py
TESTS_haystack := tests/rag/adapters/test_haystack*.py tests/docs/test_haystack.py
TESTS_serve := tests/rag/serve tests/docs/test_http.py
TESTS_mcp := tests/rag/mcp tests/docs/test_mcp.py
BESIDE_serve := httpx openai schemathesis

try-extras: $(EXTRAS:%=try-extra-%)

try-extra-%: $(VENV)/.installed
	@rm -rf build/try-$* && mkdir -p build/try-$*
	@$(BIN)/python -m hatchling build -t wheel -d build/try-$*
	@$(PYTHON) -m venv build/try-$*/venv
	@build/try-$*/venv/bin/pip --disable-pip-version-check install --quiet -c constraints.txt \
	  "$$(ls build/try-$*/*.whl)[$*]" pytest hypothesis $(BESIDE_$*)
	build/try-$*/venv/bin/python -m pytest -q $(wildcard $(TESTS_$*))
	@rm -rf build/try-$*

# Files that readers added in the chat lie in the store; there may be no other copy of them.
clean:
	rm -rf $(VENV) runs .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@if test -d "$(STORE)/added"; then \
	  find "$(STORE)" -mindepth 1 -maxdepth 1 ! -name added -exec rm -rf {} +; \
	  echo "kept $(STORE)/added: files that were added in the chat"; \
	else rm -rf "$(STORE)"; fi
