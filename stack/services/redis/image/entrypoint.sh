#!/bin/sh
# Becomes the server. An empty volume is a complete one for Redis: it writes each file beside its place and
# renames it.
set -eu
. /usr/local/lib/plumbline/entry.sh

if [ "${1:-}" != redis-server ]; then
    exec "$@"
fi
# An append-only folder without its manifest would be taken for an empty database, and then overwritten.
if [ -d /data/appendonlydir ] && ! is_empty /data/appendonlydir &&
    [ -z "$(find /data/appendonlydir -maxdepth 1 -name '*.manifest' -size +0 -print -quit)" ]; then
    fail "volume incomplete: /data/appendonlydir holds files, but no manifest"
fi
own redis /data
umask 0077
as redis "$@"
