/** The script that starts a node: it brings the data into the form that the server reads at its start. Pure. */
import { CONVERTING } from "./converting.ts";

/** Name of the script in the conf folder. */
export const START_FILE = "start.sh";

/**
 * Redis reads one of two forms, and its conf file says which one: with `appendonly yes` the log, else the snapshot. If
 * the data are in the other form it starts empty, and then writes that over them
 * (https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/, "How I can switch to AOF"). So the script
 * has a server of its own, which nobody else reaches, read the form that is there and write the one that is asked for.
 *
 * No clock alone says which form is the newer one. A mark on the volume does: the form that was served last, or the one that
 * is being written (`to-log`, `to-snapshot`). Before a form is written, an old file of it is renamed. So while it is
 * being written, a whole file of it is the result, and without one the other form still has all data. A crash between
 * two steps is continued by the next start. A volume of before there were marks is read if what the conf file names is also
 * the newer form; otherwise a person decides.
 *
 * With steps as further arguments it takes these and starts nothing: a change of a running server uses them.
 */
export const START_SCRIPT = String.raw`# Starts Redis. The data are brought into the form that its conf file names.
# start.sh CONF DATA [STEP...]
set -eu
umask 077
conf=$1
data=$2
shift 2

# Becomes the server's user, whose files these are, and who may end the servers that are started below.
if [ "$(id -u)" = 0 ]; then
    find "$data" ! -user redis -exec chown -h redis: '{}' +
    exec setpriv --reuid=redis --regid=redis --init-groups --inh-caps=-all sh "$0" "$conf" "$data" "$@"
fi
${CONVERTING}
# The kind of server that the conf files ask for
now=alone
if grep -q '^cluster-enabled yes' "$(dirname "$conf")/server.conf"; then now=cluster; fi
read_mark

for step in "$@"; do
    case $step in
        log | snapshot | to-log | to-snapshot) write_mark "$step" "$kind" ;;
        aside-log) aside_log ;;
        aside-dump) aside dump.rdb ;;
        whole-log)
            look
            [ "$has_log" = whole ] || fail "$log has no manifest"
            ;;
        whole-dump)
            look
            [ "$has_dump" = yes ] || fail "$data has no dump.rdb"
            ;;
        *) fail "no step: $step" ;;
    esac
done
[ "$#" = 0 ] || exit 0

entry=$(command -v plumbline-entrypoint || command -v docker-entrypoint.sh) || fail 'no entry point in this image'
wanted=snapshot
if [ "$(setting appendonly)" = yes ]; then wanted=log; fi
look
choose
case $wanted-$source in
    log-snapshot) write_log ;;
    snapshot-log) write_dump ;;
    *) case $served in to-*) finish ;; esac ;;
esac
# A cluster has database 0 alone. A node reads the keys of all others into it, also over keys of the same name.
if [ "$now-$kind" = cluster-alone ] && [ "$source" != none ]; then refuse_databases; fi
if [ "$served $kind" != "$wanted $now" ]; then write_mark "$wanted" "$now"; fi
exec "$entry" redis-server "$conf"
`;
