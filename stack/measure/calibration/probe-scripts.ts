/**
 * The scripts of the probes: POSIX sh and dd, for Debian's dash and coreutils and Alpine's busybox; perl if it is
 * installed. Each takes the requested time at most, unless the clock stands still; `inside.ts` ends such a script.
 */

/** Hundredths of a second since boot, read without starting a process, which would be timed too. */
const CLOCK = `now() { read -r up _ </proc/uptime; ticks=\${up%.*}\${up#*.}; }
edge() { now; before=$ticks; while [ "$ticks" = "$before" ]; do now; done; from=$ticks; until=$((from + $1)); }
`;

/** Arguments: slices, ticks a slice, cpus. Prints "slice <number> <steps> <ticks>" for each cpu. */
export const COUNT = `${CLOCK}
count() {
  slice=0
  while [ $slice -lt $1 ]; do
    edge $2; steps=0
    while [ "$ticks" -lt "$until" ]; do
      step=0; while [ $step -lt 1000 ]; do step=$((step + 1)); done
      steps=$((steps + 1000)); now
    done
    echo "slice $slice $steps $((ticks - from))"; slice=$((slice + 1))
  done
}
cpu=1
while [ $cpu -lt $3 ]; do count $1 $2 & cpu=$((cpu + 1)); done
count $1 $2
wait`;

/**
 * Arguments: slices, ticks a slice. `sh -c :` is a process in every image; `true` is often built into the shell.
 */
export const SPAWN = `${CLOCK}
slice=0
while [ $slice -lt $1 ]; do
  edge $2; starts=0
  while [ "$ticks" -lt "$until" ]; do sh -c :; starts=$((starts + 1)); now; done
  echo "slice $slice $starts $((ticks - from))"; slice=$((slice + 1))
done`;

/** Repeats a dd that times itself. The last line serves a dd that does not, and includes its start. */
const REPEAT = `repeat() {
  edge $1; shift; repeats=0
  while [ "$ticks" -lt "$until" ]; do "$@" 2>&1 || exit 1; repeats=$((repeats + 1)); now; done
  echo "slice 0 $repeats $((ticks - from))"
}`;

/** Arguments: ticks, calls a repeat. */
export const SYSCALLS = `${CLOCK}
${REPEAT}
repeat $1 dd if=/dev/zero of=/dev/null bs=1 count=$2`;

/** Arguments: ticks, file. The file is in memory, so copying to a buffer is timed. */
export const COPY = `${CLOCK}
trap 'rm -f "$2"' EXIT; trap 'exit 1' TERM
dd if=/dev/zero of="$2" bs=1048576 count=32 2>/dev/null || { echo "no 32 MiB free for $2"; exit 1; }
${REPEAT}
repeat $1 dd if="$2" of=/dev/null bs=1048576`;

/** Arguments: ticks, file. */
export const WRITE = `${CLOCK}
trap 'rm -f "$2"' EXIT; trap 'exit 1' TERM
${REPEAT}
repeat $1 dd if=/dev/zero of="$2" bs=1048576 count=16 conv=fsync`;

/**
 * Arguments: file, writes. Overwrites existing blocks, as a database writes its log: a write that extends the file also
 * syncs the file system's journal. Each dd times one write and its sync, without its own start. Busybox has no
 * fdatasync; its fsync also writes the file's time.
 */
export const SYNC = `trap 'rm -f "$1"' EXIT; trap 'exit 1' TERM
dd if=/dev/zero of="$1" bs=8192 count=$2 conv=fsync 2>/dev/null || { echo "cannot write $1"; exit 1; }
sync=fdatasync
dd if=/dev/zero of="$1" bs=8192 count=1 conv=notrunc,fdatasync 2>/dev/null || sync=fsync
write=0
while [ $write -lt $2 ]; do
  dd if=/dev/zero of="$1" bs=8192 count=1 seek=$write conv=notrunc,$sync 2>&1 || exit 1
  write=$((write + 1))
done`;

/** Arguments: slices, ticks a slice. */
const PERL_TRIPS = `use strict; use IO::Socket::INET; use Socket qw(IPPROTO_TCP TCP_NODELAY);
my ($slices, $ticks) = @ARGV;
alarm 10;
my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", Proto => "tcp") or die "no socket: $@";
my $child = fork;
if ($child == 0) {
  my $peer = $server->accept; $peer->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
  while (sysread $peer, my $text, 64) { syswrite $peer, $text }
  exit;
}
my $peer = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $server->sockport, Proto => "tcp")
  or die "no connection: $@";
$peer->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
sub now { open my $file, "<", "/proc/uptime" or die; <$file> =~ /^(\\d+)\\.(\\d\\d)/ or die; return 100 * $1 + $2 }
sub trip { syswrite $peer, "x" x 64; sysread $peer, my $text, 64 or die "no answer" }
trip for 1 .. 20;
for my $slice (0 .. $slices - 1) {
  my $edge = now; my $from = $edge; $from = now while $from == $edge;
  my ($now, $trips) = ($from, 0);
  while ($now < $from + $ticks) { trip for 1 .. 5; $trips += 5; $now = now }
  print "slice $slice $trips ", $now - $from, "\\n";
}`;

/** The same with busybox: its nc between two pipes, which puts two more processes on the path. */
const NC_TRIPS = `${CLOCK}
command -v nc >/dev/null && nc --help 2>&1 | grep -q -e '-e PROG' || { echo "the image has neither perl nor busybox nc"; exit 1; }
folder=$(mktemp -d); trap 'kill $server $client 2>/dev/null; rm -rf "$folder"' EXIT; trap 'exit 1' TERM
mkfifo "$folder/there" "$folder/back"; port=$((20000 + $$ % 20000))
nc -l -p $port -e cat & server=$!
try=0; until grep -q ":$(printf %04X $port) " /proc/net/tcp /proc/net/tcp6 2>/dev/null || [ $try -gt 50 ]; do sleep 0.02; try=$((try + 1)); done
nc 127.0.0.1 $port <"$folder/there" >"$folder/back" & client=$!
exec 3>"$folder/there" 4<"$folder/back"
slice=0
while [ $slice -lt $1 ]; do
  edge $2; trips=0
  while [ "$ticks" -lt "$until" ]; do echo x >&3; read -r _ <&4 || exit 1; trips=$((trips + 1)); now; done
  echo "slice $slice $trips $((ticks - from))"; slice=$((slice + 1))
done`;

/** Arguments: slices, ticks a slice. */
export const TRIPS = `if command -v perl >/dev/null && perl -MIO::Socket::INET -e 1 2>/dev/null; then
exec perl -e '${PERL_TRIPS}' "$1" "$2"
fi
${NC_TRIPS}`;
