# Everything that a person or CI does with a clone. `make` alone lists it.

PORT ?= 8000
SEED ?= 1
RUNS ?= 1000
python := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test services check bench chaos chaos-quick mutants up down format messages screenshots lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# SIGTERM to make goes on to the process that it waits for, and make waits for its end. So the
# server must be that process itself: a line of its own, with `exec`, and no shell in between.
run: ## Serve the site with its worker at http://127.0.0.1:8000 (PORT=N: another port)
	@sh scripts/venv.sh run
	@exec $(python) manage.py migrate --verbosity 0
	@exec $(python) manage.py runserver $(PORT)

test: ## Run the whole suite (ARGS="-k word": a part of it)
	@sh scripts/venv.sh dev
	@exec $(python) -m scripts.suite $(ARGS)

services: ## Install PostgreSQL, Redis, RabbitMQ and Chromium for the tests (Debian, Ubuntu; as root)
	@sh scripts/services.sh

check: ## Lint, types, the import contract: all that CI checks beside the tests
	@sh scripts/venv.sh dev
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m mypy
	.venv/bin/lint-imports --no-logo
	$(python) manage.py makemigrations --check --dry-run
	$(python) manage.py check --fail-level WARNING

bench: ## Measure, and print the figures with the machine's core count (ARGS="latency": one of them)
	@sh scripts/venv.sh dev
	@exec $(python) -m bench $(ARGS)

chaos: ## Perform RUNS runs under the faults of SEED, and judge what became of them
	@sh scripts/venv.sh dev
	@exec $(python) -m tests.chaos --seed $(SEED) --runs $(RUNS) $(ARGS)

chaos-quick: ## The same in less than three minutes
	@sh scripts/venv.sh dev
	@exec $(python) -m tests.chaos --seed $(SEED) --runs 150 --faults 50 $(ARGS)

up: ## Start the full stack by Docker Compose at http://localhost:8000
	@sh scripts/secrets.sh
	docker compose up --build --wait

down: ## Stop the full stack, and remove its containers and volumes (the database too)
	docker compose --profile '*' down --volumes --remove-orphans


mutants: ## Remove one guard of the product at a time, and see that a test misses it
	@sh scripts/venv.sh dev
	@exec $(python) -m tests.mutants $(ARGS)

format: ## Format the code
	@sh scripts/venv.sh dev
	$(python) -m ruff check --fix
	$(python) -m ruff format

messages: ## Find the strings of the code anew, keep their translations, compile them
	@sh scripts/venv.sh dev
	@exec $(python) -m scripts.messages

screenshots: ## Make a picture of each page, in build/screenshots (ARGS=--readme: the README's)
	@sh scripts/venv.sh dev
	@exec $(python) -m scripts.screenshots $(ARGS)

lock: ## Compile requirements/*.txt anew from pyproject.toml
	@sh scripts/venv.sh dev
	@sh scripts/lock.sh
