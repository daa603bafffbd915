# Every target is a thin call of a script in tools/, so that what it does can be read in one place.
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench translations

help:  ## this list
	@echo "Kongchong (空充): make TARGET"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

setup:  ## make or refresh .venv with everything for running, testing and checking
	@tools/setup dev

run:  ## try the product: all processes, a simulated carrier, SQLite, http://127.0.0.1:8080 (no root, no compiler)
	@tools/setup run
	@exec .venv/bin/kongchong run

test:  ## the whole suite on SQLite and on a private MariaDB (as root: installs the Debian packages it needs)
	@tools/system-packages
	@tools/setup dev
	@tools/voice
	@tools/test $(ARGS)

check:  ## style, types, layers, migrations
	@tools/setup dev
	@tools/check

bench:  ## one benchmark: make bench BENCH=orders
	@tools/setup dev
	@tools/bench "$(BENCH)"

translations:  ## collect texts to translate and bring the catalogues up to date
	@tools/setup dev
	@.venv/bin/python tools/translations.py update
