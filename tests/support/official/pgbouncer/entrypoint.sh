#!/bin/sh
# Behaves as the documentation of edoburu/pgbouncer says, written for tests: it writes the configuration of one
# database from DB_HOST, DB_USER and DB_PASSWORD where there is none.
set -e

if [ ! -e /etc/pgbouncer/pgbouncer.ini ]; then
    printf '"%s" "%s"\n' "${DB_USER:-postgres}" "${DB_PASSWORD:-}" >/etc/pgbouncer/userlist.txt
    cat >/etc/pgbouncer/pgbouncer.ini <<INI
[databases]
${DB_NAME:-*} = host=${DB_HOST:?"Setup pgbouncer config error! You must set DB_HOST env"} port=${DB_PORT:-5432}
[pgbouncer]
listen_addr = 0.0.0.0
listen_port = ${LISTEN_PORT:-5432}
auth_type = ${AUTH_TYPE:-md5}
auth_file = /etc/pgbouncer/userlist.txt
INI
fi
exec "$@"
