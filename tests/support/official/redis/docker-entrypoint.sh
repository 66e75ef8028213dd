#!/bin/sh
# Behaves as the documentation of the official image says, written for tests: files of another owner become the
# server's only where the folder holds nothing but snapshots and the append-only log.
set -e

take_over() {
    foreign=$(find . -mindepth 1 -maxdepth 1 -not \( -name '*.rdb' -o \( -type d -a -name appendonlydir \) \) -print -quit)
    if [ -n "$foreign" ]; then
        echo "Notice: Unknown file '$foreign' found in data dir. Permissions will not be modified. See SKIP_FIX_PERMS"
        return
    fi
    find . \! -user redis -exec chown redis '{}' +
    find . -type d \! -perm -u=rwx -exec chmod u+rwx '{}' +
}

case "${1:-}" in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ] && [ -z "${SKIP_DROP_PRIVS:-}" ]; then
    if [ -z "${SKIP_FIX_PERMS:-}" ]; then take_over; fi
    exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
fi
if [ "$(umask)" = 0022 ]; then umask 0077; fi
exec "$@"
