#!/bin/sh
# Bring PostgreSQL, Redis, RabbitMQ and Chromium from Debian's packages, for the tests.
# Returns at once when they are all there. None of them is started: each test starts its own.
set -eu

policy=/usr/sbin/policy-rc.d
missing=

need() {
    package=$1
    shift
    for file in "$@"; do
        [ -e "$file" ] && return
    done
    missing="$missing $package"
}

need postgresql /usr/lib/postgresql/*/bin/initdb
need redis-server /usr/bin/redis-server
need rabbitmq-server /usr/sbin/rabbitmq-server
need chromium /usr/bin/chromium
need fonts-dejavu-core /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf

[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "Missing:$missing. This is not Debian or Ubuntu: install them by your system's own means." >&2
    exit 1
fi
if [ "$(id -u)" != 0 ]; then
    echo "Missing:$missing. Installing them needs root: sudo make services" >&2
    exit 1
fi

# Debian starts a server as it installs it, unless this file forbids it.
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet || echo "The package lists could not be refreshed; trying with the old ones." >&2
# shellcheck disable=SC2086 - one word a package
apt-get install --quiet --yes --no-install-recommends $missing
