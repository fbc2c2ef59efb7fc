#!/bin/sh
# Write a .env of random secrets for compose.yaml, unless there is one. Nobody but its owner reads it.
set -eu
cd "$(dirname "$0")/.."
[ ! -e .env ] || exit 0

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

umask 077
{
    echo "# Made by make up; docs/settings.md says what may stand here."
    echo "SECRET_KEY=$(random)$(random)"
    # A database keeps the password that it was made with.
    if docker volume inspect samovar_pgdata >/dev/null 2>&1; then
        echo "The volume pgdata is there: its database keeps the password it was made with." >&2
    else
        echo "POSTGRES_PASSWORD=$(random)"
    fi
    echo "RABBITMQ_PASSWORD=$(random)"
    echo "CENTRIFUGO_HTTP_API_KEY=$(random)"
    echo "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY=$(random)"
    echo "FLOWER_BASIC_AUTH=samovar:$(random)"
} >.env
echo "Wrote .env with random secrets; Flower's login is FLOWER_BASIC_AUTH in it." >&2
