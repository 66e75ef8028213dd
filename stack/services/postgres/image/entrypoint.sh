#!/bin/bash
# Makes the cluster on an empty volume, then becomes the server.
# The cluster is made in a folder beside PGDATA and renamed when it is complete: a container that is killed in
# the middle of it starts afresh.
set -eu
. /usr/local/lib/plumbline/entry.sh

: "${PGDATA:=/var/lib/postgresql/pgdata}"
unfinished="$PGDATA.initialising"

check() {
    local major
    major=$(cat "$PGDATA/PG_VERSION" 2>/dev/null || true)
    if [ -n "$major" ] && [ "$major" != "$server_major" ]; then
        fail "volume of major version $major, server is $server_major"
    fi
    # initdb copies template1 to template0 (base/4) near its end: a folder without it was never complete.
    if [ -z "$major" ] || [ ! -s "$PGDATA/global/pg_control" ] || [ ! -s "$PGDATA/base/4/PG_VERSION" ]; then
        fail "volume incomplete: $PGDATA holds files, but no complete PostgreSQL cluster"
    fi
}

initialise() {
    local password_file
    [ -s "${POSTGRES_PASSWORD_FILE:-}" ] || fail "no password: POSTGRES_PASSWORD_FILE is not set, missing or empty"
    # Only root can read the secret. The copy is in memory, not on disk, and gone with the container in any case.
    password_file=$(mktemp /dev/shm/password.XXXXXX)
    cat "$POSTGRES_PASSWORD_FILE" >"$password_file"
    own postgres "$password_file"
    rm -rf "$unfinished"
    # The built-in C.UTF-8 needs no locale of the system, sorts fast and never changes with a library.
    (as postgres initdb --pgdata="$unfinished" --username="${POSTGRES_USER:-postgres}" --pwfile="$password_file" \
        --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8 --data-checksums \
        --auth-local=trust --auth-host=scram-sha-256)
    rm -f "$password_file"
    echo 'host all all all scram-sha-256' >>"$unfinished/pg_hba.conf"
    if [ -n "${POSTGRES_DB:-}" ] && [ "$POSTGRES_DB" != postgres ]; then
        # Single-user mode: nobody can connect to a server that is not ready yet.
        printf 'CREATE DATABASE "%s"\n' "${POSTGRES_DB//\"/\"\"}" |
            (as postgres postgres --single -j -D "$unfinished" postgres >/dev/null)
    fi
    mv -T "$unfinished" "$PGDATA"
    sync -f "$PGDATA"
}

if [ "${1:-}" != postgres ]; then
    exec "$@"
fi
server_major=$(postgres --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
parent=$(dirname "$PGDATA")
mkdir -p "$parent"
own postgres "$parent"
own postgres /var/run/postgresql
if [ -d "$PGDATA" ] && ! is_empty "$PGDATA"; then
    check
else
    rm -rf "$PGDATA"
    initialise
fi
own postgres "$PGDATA"
as postgres "$@"
