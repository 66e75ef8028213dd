/**
 * A volume with the start script in front of a server that is told by files: what it "loads" is the text of the form that
 * it reads, and it writes that text into the other one. It takes the steps of a real one, so that the script can be
 * stopped between any two of them.
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { START_SCRIPT } from "../../../stack/services/redis/persistence/start.ts";

const run = promisify(execFile);
/** A start of the fake server takes a second on a busy machine. */
const START_DEADLINE_MS = 50_000;

const MANIFEST = "appendonly.aof.manifest";
const BASE = "appendonly.aof.1.base.rdb";
const COPY = /\.before-.*/;

/** Runs as the entry point. A temporary server waits to be told to end; the last one notes what it would serve. */
const ENTRY = String.raw`#!/bin/sh
here=$(dirname "$0")
data=$here/data
echo "$@" >>"$here/started"
rm -f "$here/up"
case "$*" in
    *" --appendonly yes"*) cat "$data/appendonlydir/appendonly.aof.1.base.rdb" >"$here/loaded" || exit 1 ;;
    *" --appendonly no"*) cat "$data/dump.rdb" >"$here/loaded" || exit 1 ;;
    *)
        if grep -q '^appendonly yes' "$here/redis.conf"; then
            [ ! -s "$data/appendonlydir/appendonly.aof.manifest" ] ||
                cat "$data/appendonlydir/appendonly.aof.1.base.rdb" >"$here/served"
        else
            [ ! -e "$data/dump.rdb" ] || cat "$data/dump.rdb" >"$here/served"
        fi
        exit 0
        ;;
esac
if grep -q damaged "$here/loaded"; then exit 1; fi
touch "$here/up"
until [ -e "$here/stop" ] || [ ! -d "$data" ]; do sleep 0.02; done
rm -f "$here/stop" "$here/up"
`;

/** Answers as a server does. CRASH names a request at which the script is killed, before or after it is carried out. */
const CLIENT = String.raw`#!/bin/sh
here=$(dirname "$0")
data=$here/data
shift 2
crash() {
    if [ "$(cat "$here/crash" 2>/dev/null)" = "$1" ]; then
        rm "$here/crash"
        touch "$here/stop"
        kill -KILL "$(cat "$here/script")"
        exit 1
    fi
}
crash "before $*"
case "$*" in
    ping)
        left=$(cat "$here/loading" 2>/dev/null || echo 0)
        if [ "$left" -gt 0 ]; then
            echo $((left - 1)) >"$here/loading"
            echo 'LOADING Redis is loading the dataset in memory'
            exit 0
        fi
        [ ! -e "$here/up" ] || echo PONG
        ;;
    'config set appendonly yes')
        mkdir -p "$data/appendonlydir"
        cp "$here/loaded" "$data/appendonlydir/appendonly.aof.1.base.rdb"
        crash 'between base and manifest'
        [ -e "$here/unwritable" ] || echo 'file appendonly.aof.1.base.rdb seq 1 type b' >"$data/appendonlydir/appendonly.aof.manifest"
        echo OK
        ;;
    bgsave)
        [ -e "$here/unwritable" ] || cp "$here/loaded" "$data/dump.rdb"
        echo 'Background saving started'
        ;;
    'info persistence')
        status=ok
        [ ! -e "$here/unwritable" ] || status=err
        printf 'rdb_bgsave_in_progress:0\r\nrdb_last_bgsave_status:%s\r\naof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\naof_last_bgrewrite_status:%s\r\n' $status $status
        ;;
    'info keyspace')
        cat "$here/keyspace" 2>/dev/null || printf '# Keyspace\r\ndb0:keys=1,expires=0\r\n'
        ;;
    'shutdown nosave') touch "$here/stop" ;;
esac
crash "after $*"
`;

/** An empty base is checked like this by the real one. */
const CHECK = String.raw`#!/bin/sh
case $(cat "$1") in 'no key'*) echo '[info] 0 keys read' ;; *) echo '[info] 1 keys read' ;; esac
`;

interface Started {
  /** What the server serves: the text of the form that it reads; undefined if it starts empty or not at all. */
  readonly served: string | undefined;
  readonly isServing: boolean;
  /** How each server was started. */
  readonly servers: readonly string[];
  readonly said: string;
}

export class Volume {
  readonly folder: string;
  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Volume> {
    const volume = new Volume(await mkdtemp(join(tmpdir(), "plumbline-redis-start-")));
    await mkdir(volume.path("data"));
    await writeFile(volume.path("start.sh"), START_SCRIPT);
    await volume.conf("no");
    // Nobody becomes another user here.
    for (const [name, text] of [
      ["plumbline-entrypoint", ENTRY],
      ["redis-cli", CLIENT],
      ["redis-check-rdb", CHECK],
      ["id", "#!/bin/sh\necho 1000\n"],
    ] as const) {
      await writeFile(volume.path(name), text);
      await chmod(volume.path(name), 0o755);
    }
    return volume;
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  async conf(appendonly: "yes" | "no", kind: "alone" | "cluster" = "alone"): Promise<void> {
    const text = `include server.conf\n\nappendonly ${appendonly}\ndatabases 20\nsave ""\n`;
    await writeFile(this.path("redis.conf"), text);
    await writeFile(this.path("server.conf"), kind === "cluster" ? "cluster-enabled yes\n" : "");
  }

  async dump(text: string): Promise<void> {
    await writeFile(this.path("data", "dump.rdb"), text);
  }

  async log(text: string, manifest: "with" | "without" = "with"): Promise<void> {
    await mkdir(this.path("data", "appendonlydir"), { recursive: true });
    await writeFile(this.path("data", "appendonlydir", BASE), text);
    if (manifest === "with") await writeFile(this.path("data", "appendonlydir", MANIFEST), "manifest");
  }

  async mark(text: string): Promise<void> {
    await writeFile(this.path("data", ".plumbline-persistence"), text);
  }

  /** Starts the node, or takes steps; with `crash`, it is killed at that request. */
  async start(...steps: readonly string[]): Promise<Started> {
    await Promise.all(["started", "served", "stop", "up"].map((name) => rm(this.path(name), { force: true })));
    const env = { PATH: `${this.folder}:${process.env["PATH"] ?? ""}` };
    const argv = [this.path("start.sh"), this.path("redis.conf"), this.path("data"), ...steps];
    // exec: the process that is noted is the one that runs the script.
    const shell = `echo $$ >'${this.path("script")}'; exec sh "$@"`;
    const said = await run("sh", ["-c", shell, "sh", ...argv], {
      env,
      timeout: START_DEADLINE_MS,
      killSignal: "SIGKILL",
    }).then(
      ({ stdout, stderr }) => `${stdout}${stderr}`,
      ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => `${stdout}${stderr}`,
    );
    const servers = (await this.text("started"))?.trim().split("\n") ?? [];
    const isServing = servers.at(-1)?.endsWith("redis.conf") === true;
    return { served: await this.text("served"), isServing, servers, said };
  }

  text(...names: readonly string[]): Promise<string | undefined> {
    return readFile(this.path(...names), "utf8").catch(() => undefined);
  }

  /** Names on the volume, in order; those of copies without their time. */
  async names(): Promise<readonly string[]> {
    return (await readdir(this.path("data"))).map((name) => name.replace(COPY, ".before")).toSorted();
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
