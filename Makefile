# `make check` is the gate: continuous integration runs the same line.
PYTHON ?= python

.PHONY: check format test slow bench
check:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest -n 2 -m "not slow"

format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

test:
	$(PYTHON) -m pytest -n 2 -m "not slow"

slow:
	$(PYTHON) -m pytest -m slow

bench:
	$(PYTHON) benchmarks/metrics.py
	$(PYTHON) benchmarks/paired.py
	$(PYTHON) benchmarks/replay.py
	$(PYTHON) benchmarks/throughput.py
	$(PYTHON) benchmarks/media.py
	$(PYTHON) benchmarks/board.py
