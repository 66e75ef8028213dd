#!/bin/bash
# Gives the volume its Erlang cookie, then becomes the server.
set -eu
. /usr/local/lib/plumbline/entry.sh

home=/var/lib/rabbitmq
cookie="$home/.erlang.cookie"
major_file="$home/.plumbline-major"

# publish FILE MODE: standard input, readable by the server, in its place only when it is whole.
publish() {
    (umask 0077 && cat >"$1.new")
    chown rabbitmq:rabbitmq "$1.new"
    chmod "$2" "$1.new"
    mv -T "$1.new" "$1"
}

if [ "${1:-}" != rabbitmq-server ]; then
    exec "$@"
fi
own rabbitmq "$home"
server=$(dpkg-query -W -f '${Version}' rabbitmq-server | grep -oE '^[0-9]+')
major=$(cat "$major_file" 2>/dev/null || true)
if [ -n "$major" ] && [ "$major" != "$server" ]; then
    fail "volume of major version $major, server is $server"
fi
if [ -d "$home/mnesia" ] && [ ! -s "$cookie" ]; then
    fail "volume incomplete: $home holds a database, but no Erlang cookie"
fi
rm -f "$cookie.new" "$major_file.new"
if [ ! -s "$cookie" ]; then
    head -c 24 /dev/urandom | base64 | tr -d '+/=\n' | publish "$cookie" 0400
fi
if [ -z "$major" ]; then
    echo "$server" | publish "$major_file" 0444
fi
as rabbitmq "$@"
