/** The script that starts a node: it brings the data into the form that the server reads at its start. Pure. */

/** Name of the script in the conf folder. */
export const START_FILE = "start.sh";

/**
 * Redis reads one of two forms, and which one its conf file says: with `appendonly yes` the log, else the snapshot. If the
 * data are in the other form it starts empty, and then writes that over them
 * (https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/, "How I can switch to AOF"). So the script
 * has a server of its own, which nobody but the script reaches, read the newer form and write the other one.
 *
 * A snapshot is newer than the log if the server began it (`ctime` in its header) after the last write to the log: the
 * log then holds nothing that the snapshot lacks. The time of the file does not say that, because writes may have reached
 * the log while the snapshot was being written.
 */
export const START_SCRIPT = String.raw`# Starts Redis. The data are brought into the form that its conf file names.
set -eu
conf=$1
data=$2
log_folder=$data/appendonlydir
dump=$data/dump.rdb
socket=/tmp/plumbline-convert.sock
server=

fail() {
    printf 'plumbline: %s\n' "$1" >&2
    exit 1
}

# setting NAME: its last value in the conf file
setting() {
    sed -n "s/^$1 //p" "$conf" | tail -n 1
}

# Files that a server had not finished begin with temp-.
log_files() {
    find "$log_folder" "$data/appendonly.aof" -maxdepth 1 -type f ! -name 'temp-*' "$@" 2>/dev/null || :
}

has_log() {
    [ -n "$(log_files '(' -name '*.manifest' -o -name appendonly.aof ')' -size +0)" ]
}

# Second of the last write to the log; 0 if there is none
log_time() {
    log_files -exec stat -c %Y '{}' + | sort -n | tail -n 1 | grep . || echo 0
}

# Second in which the snapshot was begun: four bytes after the name ctime, the lowest first; 0 if it does not say so
dump_time() {
    hex=$(od -An -v -tx1 -N 512 "$dump" | tr -d ' \n' |
        sed -n 's/.*056374696d65c2\(..\)\(..\)\(..\)\(..\).*/\4\3\2\1/p')
    echo $((0x0$hex))
}

is_dump_newer() {
    [ -s "$dump" ] && { ! has_log || [ "$(dump_time)" -gt "$(log_time)" ]; }
}

ask() {
    redis-cli -s "$socket" "$@"
}

# open ARGUMENTS: a server with the data that only this script reaches
open() {
    rm -f "$socket"
    databases=$(setting databases)
    "$entry" redis-server --port 0 --unixsocket "$socket" --unixsocketperm 700 --dir "$data" --save '' \
        --databases "$(printf '%s' "$databases" | grep . || echo 16)" "$@" &
    server=$!
    trap 'kill "$server"; wait "$server" || :; exit 143' TERM INT
    until [ "$(ask ping 2>/dev/null)" = PONG ]; do
        kill -0 "$server" 2>/dev/null || fail 'the data cannot be read; they were not changed'
        sleep 0.1
    done
}

close() {
    ask shutdown nosave >/dev/null || :
    wait "$server" || fail 'the data could not be brought into their new form'
    trap - TERM INT
}

write_log() {
    printf 'plumbline: the newest data are in dump.rdb, and the conf file wants the append-only log: writing it\n'
    open --appendonly no
    [ "$(ask config set appendonly yes)" = OK ] || fail 'the append-only log could not be begun'
    while ask info persistence | grep -q '^aof_rewrite_\(in_progress\|scheduled\):1'; do sleep 0.1; done
    ask info persistence | grep -q '^aof_last_bgrewrite_status:ok' || fail 'the append-only log could not be written'
    close
}

write_dump() {
    printf 'plumbline: the newest data are in the append-only log, and the conf file wants none: writing dump.rdb\n'
    open --appendonly yes
    [ "$(ask config set appendonly no)" = OK ] || fail 'the append-only log could not be closed'
    # In a later second than the log, so that the next start knows which is newer
    while [ "$(date +%s)" -le "$(log_time)" ]; do sleep 0.1; done
    [ "$(ask save)" = OK ] || fail 'dump.rdb could not be written'
    close
}

entry=$(command -v plumbline-entrypoint || command -v docker-entrypoint.sh) || fail 'no entry point in this image'
if [ "$(setting appendonly)" = yes ]; then
    if ! has_log && [ -n "$(log_files)" ]; then
        fail "volume incomplete: $log_folder holds files, but no manifest"
    fi
    if is_dump_newer; then write_log; fi
elif has_log && ! is_dump_newer; then
    write_dump
fi
# A cluster has database 0 alone. A node reads the keys of all others into it, also over keys of the same name.
if grep -q '^cluster-enabled yes' "$(dirname "$conf")/server.conf" && [ ! -s "$data/nodes.conf" ] &&
    { has_log || [ -s "$dump" ]; }; then
    open --appendonly "$(setting appendonly)"
    if ask info keyspace | grep -q '^db[1-9]'; then
        ask shutdown nosave >/dev/null || :
        fail 'keys in databases other than 0, which a cluster does not have'
    fi
    close
fi
exec "$entry" redis-server "$conf"
`;
