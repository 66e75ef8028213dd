#!/bin/sh
# Becomes the server. An empty volume is a complete one for Redis: it writes each file beside its place and
# renames it.
set -eu
. /usr/local/lib/plumbline/entry.sh

if [ "${1:-}" != redis-server ]; then
    exec "$@"
fi
# An append-only folder without its manifest would be taken for an empty database, and then overwritten.
# Names with temp- in front are those of a log that was not finished, which no server reads.
if [ -n "$(find /data/appendonlydir -type f ! -name 'temp-*' -print -quit 2>/dev/null || :)" ] &&
    [ -z "$(find /data/appendonlydir -maxdepth 1 -name '*.manifest' -size +0 -print -quit)" ]; then
    fail "volume incomplete: /data/appendonlydir holds files, but no manifest"
fi
own redis /data
umask 0077
as redis "$@"
