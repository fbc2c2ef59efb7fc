#!/bin/sh
# Compile the hashed locks from pyproject.toml. The locks name no index: any mirror serves them.
set -eu
cd "$(dirname "$0")/.."

compile() {
    output=$1
    shift
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --no-annotate --output-file "requirements/$output" "$@"
}

everything="pyproject.toml --all-extras --group build"
compile uv.txt --group uv
# shellcheck disable=SC2086 - several arguments
compile run.txt $everything
# shellcheck disable=SC2086 - several arguments
compile dev.txt $everything --group dev --constraint requirements/run.txt
