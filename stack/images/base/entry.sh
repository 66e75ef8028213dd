# shellcheck shell=sh
# What every entry point needs; sourced, not run.

fail() {
    printf 'plumbline: %s\n' "$1" >&2
    exit 1
}

# own USER FOLDER: gives a folder to the server's user. Walks the folder only where its top says that another
# image with other user numbers wrote it, because walking a large volume takes long.
own() {
    [ "$(id -u)" = 0 ] || return 0
    [ "$(stat -c %U "$2")" = "$1" ] && return 0
    chown -R "$1:" "$2"
}

# as USER COMMAND…: the command with the user's rights, in this process, so that signals reach it.
as() {
    user=$1
    shift
    [ "$(id -u)" = 0 ] || exec "$@"
    HOME=$(getent passwd "$user" | cut -d: -f6)
    export HOME
    exec setpriv --reuid="$user" --regid="$user" --init-groups --inh-caps=-all "$@"
}

# is_empty FOLDER: lost+found is what a fresh file system holds.
is_empty() {
    [ -z "$(find "$1" -mindepth 1 -maxdepth 1 ! -name lost+found -print -quit)" ]
}
