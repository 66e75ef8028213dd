#!/bin/bash
# Behaves as the documentation of the official image says, written for tests: the passwords are in the server's
# environment, the first initialisation runs in the data folder itself, in two phases with a temporary server whose
# root has no password yet, and a data folder with the folder "mysql" counts as initialised.
set -eo pipefail

note() {
    printf '%s [Note] [Entrypoint]: %s\n' "$(date --rfc-3339=seconds)" "$1"
}

fail() {
    printf '%s [ERROR] [Entrypoint]: %s\n' "$(date --rfc-3339=seconds)" "$1" >&2
    exit 1
}

# value_of NAME DEFAULT: exports NAME from itself, from the file that NAME_FILE names, or as DEFAULT.
value_of() {
    local name=$1 file="$1_FILE" value=${2:-}
    if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then fail "Both $name and $file are set (but are exclusive)"; fi
    if [ -n "${!name:-}" ]; then value=${!name}; elif [ -n "${!file:-}" ]; then value=$(<"${!file}"); fi
    export "$name"="$value"
    unset "$file"
}

# option NAME ARGUMENTS…: the value that the server would use.
option() {
    local name=$1
    shift
    "$@" --log-bin-index="$(mktemp -u)" --verbose --help 2>/dev/null | awk -v name="$name" '/^[^ \t]/ && $1 == name { print $2; exit }'
}

ask() {
    mysql --defaults-extra-file=<(printf '[client]\npassword="%s"\n' "$root_password") --protocol=socket -uroot \
        -hlocalhost --socket="$socket" --comments "$@"
}

quoted() {
    sed -e 's/\\/\\\\/g' -e "s/'/\\\\'/g" <<<"$1"
}

initialise() {
    if [ -z "$MYSQL_ROOT_PASSWORD" ]; then fail 'Database is uninitialized and password option is not specified'; fi
    note 'Initializing database files'
    "$@" --initialize-insecure --default-time-zone=SYSTEM --autocommit=1
    note 'Database files initialized'
    note 'Starting temporary server'
    "$@" --daemonize --skip-networking --default-time-zone=SYSTEM --socket="$socket"
    note 'Temporary server started.'
    root_password=''
    if [ -z "$MYSQL_INITDB_SKIP_TZINFO" ]; then
        mysql_tzinfo_to_sql /usr/share/zoneinfo 2>/dev/null | sed 's/Local time zone must be set--see zic manual page/FCTY/' |
            ask --database=mysql
    fi
    local password
    password=$(quoted "$MYSQL_ROOT_PASSWORD")
    ask --database=mysql <<SQL
SET @@SESSION.SQL_LOG_BIN=0;
ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';
GRANT ALL ON *.* TO 'root'@'localhost' WITH GRANT OPTION;
$(if [ "$MYSQL_ROOT_HOST" != localhost ]; then
        printf "CREATE USER 'root'@'%s' IDENTIFIED BY '%s';\n" "$MYSQL_ROOT_HOST" "$password"
        printf "GRANT ALL ON *.* TO 'root'@'%s' WITH GRANT OPTION;\n" "$MYSQL_ROOT_HOST"
    fi)
FLUSH PRIVILEGES;
DROP DATABASE IF EXISTS test;
SQL
    root_password=$MYSQL_ROOT_PASSWORD
    for file in /docker-entrypoint-initdb.d/*.sql; do
        if [ -e "$file" ]; then ask <"$file"; fi
    done
    note 'Stopping temporary server'
    ask --execute=SHUTDOWN
    while [ -e "$socket.lock" ]; do sleep 0.1; done
    note 'Temporary server stopped'
    note 'MySQL init process done. Ready for start up.'
}

if [ "${1:0:1}" = - ]; then set -- mysqld "$@"; fi
if [ "$1" = mysqld ]; then
    note "Entrypoint script for MySQL Server started."
    data=$(option datadir "$@")
    socket=$(option socket "$@")
    value_of MYSQL_ROOT_HOST %
    value_of MYSQL_ROOT_PASSWORD
    mkdir -p "$data" "$(dirname "$socket")"
    if [ "$(id -u)" = 0 ]; then
        find "$data" \! -user mysql -exec chown --no-dereference mysql '{}' +
        find "$(dirname "$socket")" -maxdepth 0 \! -user mysql -exec chown mysql '{}' \;
        note "Switching to dedicated user 'mysql'"
        exec setpriv --reuid=mysql --regid=mysql --init-groups --inh-caps=-all "${BASH_SOURCE[0]}" "$@"
    fi
    if [ ! -d "$data/mysql" ]; then initialise "$@"; fi
fi
exec "$@"
