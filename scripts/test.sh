#!/bin/sh
# Run the whole suite: all of it on SQLite, then what touches the ledger on PostgreSQL as well.
# Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    sh scripts/services.sh || echo "make services failed; the tests go on with what is there." >&2
fi

word() { [ "$1" = 0 ] && echo passed || echo "FAILED (pytest's exit code $1)"; }

sqlite=0
postgresql=0
.venv/bin/python -m pytest "$@" || sqlite=$?
TEST_DATABASE=postgresql .venv/bin/python -m pytest -m "integration or contract" "$@" || postgresql=$?

# Exit code 5: no test was selected, as when the arguments name a file of unit tests.
[ "$postgresql" = 5 ] && postgresql=0
echo "On SQLite: $(word "$sqlite"). On PostgreSQL: $(word "$postgresql")."
[ "$sqlite" = 0 ] && [ "$postgresql" = 0 ]
