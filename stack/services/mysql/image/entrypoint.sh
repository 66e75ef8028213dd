#!/bin/bash
# Makes the data folder on an empty volume, then becomes the server.
# The volume itself is the data folder and cannot be renamed onto. So it is made in a folder inside, whose one
# rename ("made") is the moment of completion; moving its contents up can then be repeated as often as needed.
set -eu
. /usr/local/lib/plumbline/entry.sh

data=/var/lib/mysql
making="$data/.plumbline-making"
made="$data/.plumbline-made"

# The first number of the newest version that worked on the folder. MySQL writes this file since 8.4, and
# mysql_upgrade_info before.
volume_major() {
    if [ -s "$data/mysql_upgrade_history" ]; then
        grep -oE '"version" *: *"[0-9]+' "$data/mysql_upgrade_history" | tail -n 1 | grep -oE '[0-9]+$'
    elif [ -s "$data/mysql_upgrade_info" ]; then
        grep -oE '^[0-9]+' "$data/mysql_upgrade_info"
    fi
}

check() {
    local major server
    major=$(volume_major || true)
    server=$(mysqld --no-defaults --version | sed -E 's/.*Ver ([0-9]+).*/\1/')
    if [ -n "$major" ] && [ "$major" != "$server" ]; then
        fail "volume of major version $major, server is $server"
    fi
    if [ -z "$major" ] || [ ! -s "$data/mysql.ibd" ] || [ ! -s "$data/ibdata1" ]; then
        fail "volume incomplete: $data holds files, but no complete MySQL data directory"
    fi
}

# quoted FILE: its text as an SQL literal.
quoted() {
    printf "'"
    tr -d '\n' <"$1" | sed -e 's/\\/\\\\/g' -e "s/'/''/g"
    printf "'"
}

initialise() {
    local sql password
    [ -s "${MYSQL_ROOT_PASSWORD_FILE:-}" ] || fail "no password: MYSQL_ROOT_PASSWORD_FILE is not set, missing or empty"
    password=$(quoted "$MYSQL_ROOT_PASSWORD_FILE")
    # In memory, not on disk, and gone with the container whatever happens.
    sql=$(mktemp /dev/shm/init.XXXXXX)
    {
        echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $password;"
        echo "CREATE USER 'root'@'%' IDENTIFIED BY $password;"
        echo "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;"
    } >"$sql"
    own mysql "$sql"
    rm -rf "$making"
    install -d -o mysql -g mysql -m 0750 "$making"
    # The same options as the server's: some (innodb_page_size) hold for the life of the folder.
    if ! (as mysql "$@" --initialize-insecure --skip-log-bin --datadir="$making" --init-file="$sql"); then
        rm -f "$sql"
        fail "initialisation failed: the lines above say why"
    fi
    rm -f "$sql"
    sync -f "$making"
    mv -T "$making" "$made"
}

move_up() {
    find "$made" -mindepth 1 -maxdepth 1 -exec mv -t "$data" {} +
    rmdir "$made"
    sync -f "$data"
}

if [ "${1:-}" != mysqld ]; then
    exec "$@"
fi
own mysql "$data"
own mysql /var/run/mysqld
if [ ! -d "$made" ]; then
    rm -rf "$making"
    if is_empty "$data"; then initialise "$@"; fi
fi
if [ -d "$made" ]; then move_up; fi
check
as mysql "$@"
