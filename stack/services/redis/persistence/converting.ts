/** The functions of the start script. POSIX sh, with the tools of Debian's and of the official image. Pure. */
import { MARK_FILE } from "./data.ts";
import { DECIDING } from "./deciding.ts";

/**
 * `look` sees what is on the volume, `choose` says which form is read, and `write_log` and `write_dump` write the other.
 * They run as the server's user.
 */
export const CONVERTING = String.raw`
log=$data/appendonlydir
dump=$data/dump.rdb
mark_name=${MARK_FILE}
mark=$data/$mark_name
socket=/tmp/plumbline-convert.sock
server=
# Most looks, ten a second, at a server that reads all data, writes all data, and ends
reading=18000
writing=18000
ending=600
# Most seconds until a server answers one request
answering=30
# Copies that are kept of what a conversion would have written over
copies=2

say() {
    printf 'plumbline: %s\n' "$1"
}

# end CODE: also the server that reads the data; none of them depend on it
end() {
    if [ -n "$server" ]; then kill -KILL "$server" 2>/dev/null || :; fi
    exit "$1"
}
trap 'end 143' TERM INT

fail() {
    printf 'plumbline: %s\n' "$1" >&2
    end 1
}

# setting NAME: its last value in the conf file
setting() {
    sed -n "s/^[[:space:]]*$1[[:space:]]\{1,\}\"\{0,1\}\([^\"]*\)\"\{0,1\}[[:space:]]*$/\1/p" "$conf" | tail -n 1
}

# there NAME: if the volume has an entry of that name. A volume that cannot be read is a failure, not an absence.
there() {
    found=$(find "$data" -mindepth 1 -maxdepth 1 -name "$1") || fail "$data cannot be read; nothing was changed"
    [ -n "$found" ]
}

# strange PATH WHAT: for what no server and nothing here has made
strange() {
    fail "volume incomplete: $1 is no $2 of Redis's own; nothing was changed"
}

# Sets has_log to whole, to broken (files, and no manifest) or to no. Unfinished files begin with temp-.
look_at_log() {
    has_log=no
    if there appendonlydir; then
        if [ -L "$log" ] || [ ! -d "$log" ]; then strange "$log" folder; fi
        files=$(find "$log" -mindepth 1 -maxdepth 1 -ignore_readdir_race ! -name 'temp-*') &&
            manifest=$(find "$log" -mindepth 1 -maxdepth 1 -ignore_readdir_race -type f -name '*.manifest' \
                ! -name 'temp-*' -size +0) ||
            fail "$log cannot be read; nothing was changed"
        if [ -n "$manifest" ]; then has_log=whole; elif [ -n "$files" ]; then has_log=broken; fi
    fi
    # The one file of servers before 7, which later ones take over
    if [ "$has_log" = no ] && there appendonly.aof; then
        if [ -L "$data/appendonly.aof" ] || [ ! -f "$data/appendonly.aof" ]; then strange "$data/appendonly.aof" file; fi
        if [ -s "$data/appendonly.aof" ]; then has_log=whole; fi
    fi
}

look_at_dump() {
    has_dump=no
    if there dump.rdb; then
        if [ -L "$dump" ] || [ ! -f "$dump" ]; then strange "$dump" file; fi
        if [ ! -r "$dump" ]; then fail "$dump cannot be read; nothing was changed"; fi
        if [ -s "$dump" ]; then has_dump=yes; fi
    fi
}

look() {
    look_at_log
    look_at_dump
}

# Sets served and kind: the form that was served last, and whether by a node alone or of a cluster
read_mark() {
    served=
    kind=alone
    there "$mark_name" || return 0
    if [ -L "$mark" ] || [ ! -f "$mark" ]; then strange "$mark" file; fi
    read -r served kind <"$mark" || :
    case $served in log | snapshot | to-log | to-snapshot) ;; *) kind= ;; esac
    case $kind in alone | cluster) ;; *) fail "$mark names no form of the data; nothing was changed" ;; esac
}

# write_mark FORM KIND
write_mark() {
    printf '%s %s\n' "$1" "$2" >"$mark.new"
    chmod 600 "$mark.new"
    sync "$mark.new"
    mv -f "$mark.new" "$mark"
    sync "$data"
    served=$1
    kind=$2
}

# aside NAME: renames it, and removes the oldest copies
aside() {
    there "$1" || return 0
    copy=$1.before-$(date -u +%Y%m%dT%H%M%SZ)
    # Ends: few copies are kept
    while there "$copy"; do copy=$copy.; done
    mv "$data/$1" "$data/$copy"
    sync "$data"
    say "$1 is kept as $copy"
    find "$data" -mindepth 1 -maxdepth 1 -name "$1.before-*" ! -name "$copy" | sort -r | tail -n +"$copies" |
        while read -r old; do
            rm -rf "$old"
            say "removed the older $old"
        done
}

aside_log() {
    look_at_log
    if [ "$has_log" = no ]; then return 0; fi
    aside appendonlydir
    aside appendonly.aof
}

${DECIDING}
# If the log is only what a first start that was ended has begun: a base without a key, and nothing after it. A library of
# functions makes a base longer than these bytes.
is_begun_only() {
    for file in $(find "$log" -mindepth 1 -maxdepth 1 ! -name 'temp-*'); do
        case $file in
            *.base.rdb)
                [ -n "$(find "$file" -type f -size -129c)" ] && checked=$(redis-check-rdb "$file" 2>/dev/null) || return 1
                case $checked in *'[info] 0 keys read'*) ;; *) return 1 ;; esac
                ;;
            *.incr.aof) [ ! -s "$file" ] || return 1 ;;
            *) return 1 ;;
        esac
    done
}

# Sets source: the form that has the data, or none
choose() {
    case $served in
        log | to-log) first=log ;;
        snapshot | to-snapshot) first=snapshot ;;
        *) first=$wanted ;;
    esac
    source=none
    if [ -z "$served" ] && [ "$has_log-$has_dump" = whole-yes ]; then decide; fi
    if [ "$has_log" = broken ] && [ -z "$served" ] && is_begun_only; then
        say 'a first start had begun the log'
        aside appendonlydir
        has_log=no
    fi
    if [ "$has_log" = broken ]; then
        if [ "$has_dump" = yes ] && [ "$served" = to-log ]; then
            # The log that was being written from this very dump
            rm -rf "$log.unfinished"
            mv "$log" "$log.unfinished"
            has_log=no
        elif [ "$has_dump" = no ]; then
            fail "volume incomplete: $log holds files, but no manifest; nothing was changed"
        elif [ "$first" = log ]; then
            fail "volume incomplete: $log holds files, but no manifest, and dump.rdb is whole; nothing was changed"
        fi
    fi
    if [ "$first" = log ] && [ "$has_log" = whole ]; then
        source=log
    elif [ "$has_dump" = yes ]; then
        source=snapshot
    elif [ "$has_log" = whole ]; then
        source=log
    fi
}

# The form that was being written is whole: what remains is to say so
finish() {
    write_mark "$wanted" "$kind"
    rm -rf "$log.unfinished"
    if [ "$source" = "$wanted" ]; then
        if [ "$wanted" = log ]; then aside dump.rdb; else aside_log; fi
    fi
}

ask() {
    timeout "$answering" redis-cli -s "$socket" "$@"
}

# A process that has ended stays as one of the states Z and X until it is waited for.
is_running() {
    kill -0 "$server" 2>/dev/null && ! grep -q '^State:[[:space:]]*[ZX]' "/proc/$server/status" 2>/dev/null
}

# await LOOKS WHAT COMMAND: until the command succeeds
await() {
    looks=$1
    until "$3"; do
        is_running || fail "$2: the server that does it has ended; the data are as they were"
        looks=$((looks - 1))
        if [ "$looks" -le 0 ]; then fail "$2: not done within $(($1 / 10)) s; the data are as they were"; fi
        sleep 0.1
    done
}

answers() {
    [ "$(ask ping 2>/dev/null)" = PONG ]
}

# open ARGUMENTS: a server with the data that only this script reaches. It may be ended in any way: no data depend on it.
open() {
    rm -f "$socket" "$data"/temp-*.rdb
    set -- --port 0 --unixsocket "$socket" --unixsocketperm 700 --dir "$data" --save '' \
        --auto-aof-rewrite-percentage 0 "$@"
    for name in databases aof-load-truncated; do
        value=$(setting "$name")
        if [ -n "$value" ]; then set -- "$@" "--$name" "$value"; fi
    done
    "$entry" redis-server "$@" &
    server=$!
    await "$reading" 'reading the data' answers
}

close() {
    ask shutdown nosave >/dev/null 2>&1 || :
    looks=$ending
    while is_running; do
        looks=$((looks - 1))
        if [ "$looks" -le 0 ]; then fail "the server did not end within $((ending / 10)) s; the data are as they were"; fi
        sleep 0.1
    done
    ended=$server
    server=
    wait "$ended" || fail 'the server that read the data failed; they are as they were'
}

is_log_written() {
    info=$(ask info persistence 2>/dev/null) || return 1
    case $info in *aof_last_bgrewrite_status:err*) fail 'the append-only log could not be written' ;; esac
    case $info in *aof_rewrite_in_progress:1* | *aof_rewrite_scheduled:1*) return 1 ;; esac
    look_at_log
    [ "$has_log" = whole ]
}

is_dump_written() {
    info=$(ask info persistence 2>/dev/null) || return 1
    case $info in *rdb_last_bgsave_status:err*) fail 'dump.rdb could not be written' ;; esac
    case $info in *rdb_bgsave_in_progress:1*) return 1 ;; esac
    look_at_dump
    [ "$has_dump" = yes ]
}

write_log() {
    say 'the data are in dump.rdb, and the conf file wants the append-only log: writing it'
    aside_log
    write_mark to-log "$kind"
    open --appendonly no
    [ "$(ask config set appendonly yes)" = OK ] || fail 'the append-only log could not be begun'
    await "$writing" 'writing the append-only log' is_log_written
    close
    source=log
    finish
}

write_dump() {
    say 'the data are in the append-only log, and the conf file wants none: writing dump.rdb'
    aside dump.rdb
    write_mark to-snapshot "$kind"
    open --appendonly yes
    case $(ask bgsave) in 'Background saving started'*) ;; *) fail 'dump.rdb could not be begun' ;; esac
    await "$writing" 'writing dump.rdb' is_dump_written
    close
    source=snapshot
    finish
}

refuse_databases() {
    if [ "$wanted" = log ]; then open --appendonly yes; else open --appendonly no; fi
    keys=$(ask info keyspace) || fail 'the keys could not be counted'
    close
    case $keys in *db[1-9]*:keys=*) fail 'keys in databases other than 0, which a cluster does not have' ;; esac
}
`;
