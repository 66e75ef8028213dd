#!/bin/sh
# Becomes the server. The start script in the conf folder has looked at the volume before.
set -eu
. /usr/local/lib/plumbline/entry.sh

if [ "${1:-}" != redis-server ]; then
    exec "$@"
fi
own redis /data
umask 0077
as redis "$@"
