# The front door. `make run` and `make test` need nothing but bash: they set up what is missing.

.PHONY: help run test check bench format clean

help:
	@echo "make run      set up and open Slipstream"
	@echo "make test     set up, check the code, run every test"
	@echo "make check    set up, check the code: ruff, formatting, mypy, import contracts"
	@echo "make bench    measure speed, start-up and memory; writes docs/benchmarks.md"
	@echo "make format   sort imports and format the code"
	@echo "make clean    remove what tools made, but not .venv"

run:
	@bash packaging/run.sh

test:
	@bash packaging/test.sh

check:
	@bash packaging/check.sh

bench:
	@.venv/bin/python -m benchmarks

format:
	@.venv/bin/python -m ruff check --fix-only --exit-zero
	@.venv/bin/python -m ruff format

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
