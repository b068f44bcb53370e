# The commands people type; each makes the environment first. What the environment holds is pyproject.toml's business.
PYTHON ?= python3
IN_VENV = .venv/bin/python -m
ifneq ($(shell { test -w "$$HOME" && mkdir -p "$$HOME/.cache"; } 2>/dev/null && echo writable),writable)
export HOME = $(CURDIR)/.home
endif

help:  ## show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/make \1\t\2/' | expand -t 16

setup:  ## make or update the environment in .venv
	@"$(PYTHON)" tools/install.py

lab: setup  ## open JupyterLab on lesson 00; pass options with LAB_ARGS="..."
	@$(IN_VENV) jupyterlab notebooks/00_start_here.ipynb $(LAB_ARGS)

test: setup  ## run all tests and compare every lesson's outputs, two at a time
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 $(IN_VENV) pytest --nbval -n 2

notebooks: setup  ## execute the lessons and write their outputs; the only writer
	@$(IN_VENV) tools.notebooks

green: setup  ## compare all lessons, note when and with which versions they passed, and write lesson 00, which says so
	@$(IN_VENV) tools.green
	@$(IN_VENV) tools.notebooks notebooks/00_start_here.ipynb

evidence: setup  ## run the lessons eight times with other seeds and write what they measured
	@$(IN_VENV) tools.evidence

site: setup  ## build the site of the course, with its lessons, in dist/site
	@$(IN_VENV) pip install --quiet --disable-pip-version-check --require-hashes -r site/requirements.lock
	@$(IN_VENV) tools.site

pdf: site  ## print the site as one PDF, dist/site/course.pdf, with Chromium
	@$(IN_VENV) tools.book

lock: setup  ## pin the newest versions that pyproject.toml allows
	@$(IN_VENV) pip install --quiet uv
	@$(IN_VENV) uv pip compile --quiet --upgrade --universal --generate-hashes --extra test \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	@sed -n '/^site = \[/,/^\]/s/^ *"\([^"]*\)".*/\1/p' pyproject.toml | \
	  $(IN_VENV) uv pip compile --quiet --upgrade --universal --generate-hashes --constraints requirements.lock \
	  --python-version 3.11 --custom-compile-command "make lock" - -o site/requirements.lock

.PHONY: help setup lab test notebooks green evidence site pdf lock
