#!/bin/sh
# Make .venv with what requirements/<run|dev>.txt locks. Returns at once when it is all there.
# Needs Python >= 3.11 with venv and ensurepip, and nothing else; PYTHON=... names one.
set -eu

kind=$1
cd "$(dirname "$0")/.."
python=.venv/bin/python
stamp=.venv/samovar-$kind

say() { printf '%s\n' "$*" >&2; }

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

can_make_venvs() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# The pairs of a virtual environment and its lock: a moved clone, another Python or lock counts.
state() {
    pwd
    "$python" -c 'import sys; print(sys.version)'
    cksum "requirements/$kind.txt" requirements/uv.txt pyproject.toml
}

find_python() {
    without_venv=
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3.14 python3 python}; do
        is_new_enough "$candidate" || continue
        can_make_venvs "$candidate" && { echo "$candidate"; return; }
        without_venv=${without_venv:-$candidate}
    done
    if [ -n "$without_venv" ]; then
        version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "Python $version is here, but without its modules venv and ensurepip."
        say "Install them and try again. Debian, Ubuntu: apt-get install python$version-venv"
    else
        say "Samovar needs Python 3.11 or newer, and there is none on the PATH${PYTHON:+ named $PYTHON}."
        say "Debian 12, Ubuntu 24.04 or newer: apt-get install python3 python3-venv"
        say "macOS: brew install python. Or name one that you have: make run PYTHON=/path/to/python3"
    fi
    return 1
}

make_venv() {
    is_new_enough "$python" && return
    base=$(find_python)
    say "Making .venv with $("$base" --version) ..."
    "$base" -m venv --clear .venv
}

bring_uv() {
    cmp -s requirements/uv.txt .venv/samovar-uv && [ -x .venv/bin/uv ] && return
    "$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip >/dev/null
    "$python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes --requirement requirements/uv.txt
    cp requirements/uv.txt .venv/samovar-uv
}

install() {
    say "Installing what requirements/$kind.txt locks ..."
    # pip knows mirrors and certificates that a machine has set up for it, so it stands in for uv.
    .venv/bin/uv pip install --quiet --python "$python" \
        --require-hashes --requirement "requirements/$kind.txt" ||
        "$python" -m pip install --quiet --disable-pip-version-check \
            --require-hashes --requirement "requirements/$kind.txt"
    "$python" -m pip install --quiet --disable-pip-version-check \
        --no-deps --no-build-isolation --editable .
}

if is_new_enough "$python" && [ -f "$stamp" ] && [ "$(state)" = "$(cat "$stamp")" ]; then
    exit
fi
make_venv
bring_uv
install
state >"$stamp"
