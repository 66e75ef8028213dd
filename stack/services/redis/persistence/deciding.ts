/** The function of the start script that decides about a volume of before there were marks. POSIX sh. Pure. */

/** `decide` keeps the form that is not read under another name, or fails with both untouched. */
export const DECIDING = String.raw`log_files() {
    find "$log" "$data/appendonly.aof" -type f ! -name 'temp-*' "$@" 2>/dev/null || :
}

# The volume has both forms, and no mark. Times may be those of a copy, and the conf file may have been changed since: one
# of the two decides nothing. If they agree, the other form is kept under another name.
decide() {
    newer=
    if [ -n "$(log_files -newer "$dump")" ]; then
        newer=log
    elif [ -z "$(log_files | while read -r file; do find "$dump" ! -newer "$file"; done)" ]; then
        newer=snapshot
    fi
    if [ "$newer" != "$wanted" ]; then
        fail "volume undecided: it holds a log and dump.rdb, nothing says which was served last, and the conf file names the $wanted, which is not the newer one; nothing was changed"
    fi
    say "the volume holds a log and dump.rdb: the $wanted is read, which the conf file names, and which is the newer one"
    if [ "$wanted" = log ]; then aside dump.rdb; else aside_log; fi
    look
}
`;
