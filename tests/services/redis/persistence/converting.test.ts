import { chmod, mkdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Volume } from "../../../support/fakes/redis-volume.ts";

let volume: Volume;
beforeEach(async () => {
  volume = await Volume.make();
});
afterEach(() => volume.remove());

const mark = () => volume.text("data", ".plumbline-persistence");
const set = (name: string, text = "") => writeFile(volume.path(name), text);

describe("a log that a first start has begun, before its manifest", () => {
  const incr = "data/appendonlydir/appendonly.aof.1.incr.aof";

  test("must be begun anew, with a copy beside it", async () => {
    await volume.conf("yes");
    await volume.log("no key", "without");
    await set(incr);
    const { isServing, served, said } = await volume.start();
    expect(said).toContain("a first start had begun the log");
    expect({ isServing, served }).toEqual({ isServing: true, served: undefined });
    expect(await volume.names()).toContain("appendonlydir.before");
  });

  test.each<readonly [what: string, prepare: () => Promise<unknown>]>([
    ["holds a key", () => volume.log("a key", "without")],
    ["holds a library of functions", () => volume.log(`no key${" ".repeat(200)}`, "without")],
    ["has commands after its base", () => set(incr, "set")],
    ["has a file of another kind", () => set("data/appendonlydir/appendonly.aof.1.base.aof")],
    ["was served", () => volume.mark("log alone\n")],
  ])("must be left as it is where it %s", async (_, prepare) => {
    await volume.conf("yes");
    await volume.log("no key", "without");
    await prepare();
    const { isServing, said } = await volume.start();
    expect(isServing).toBe(false);
    expect(said).toContain("holds files, but no manifest; nothing was changed");
  });
});

describe("a volume that the server cannot use must be left as it is", () => {
  const refusals: Readonly<Record<string, readonly [prepare: () => Promise<unknown>, says: RegExp]>> = {
    "a log without its manifest": [
      () => volume.log("log", "without"),
      /volume incomplete: \S+ holds files, but no manifest;/,
    ],
    "the same beside a snapshot": [
      async () => {
        await volume.log("log", "without");
        await volume.dump("dump");
      },
      /volume incomplete: .* no manifest, and dump\.rdb is whole/,
    ],
    "a link to a log": [
      async () => {
        await volume.log("log");
        await rename(volume.path("data", "appendonlydir"), volume.path("elsewhere"));
        await symlink(volume.path("elsewhere"), volume.path("data", "appendonlydir"));
      },
      /appendonlydir is no folder of Redis's own/,
    ],
    "a link to nothing": [
      () => symlink(volume.path("nowhere"), volume.path("data", "appendonlydir")),
      /appendonlydir is no folder of Redis's own/,
    ],
    "a file in the place of the log": [() => set("data/appendonlydir", "x"), /appendonlydir is no folder/],
    "a folder in the place of the snapshot": [() => mkdir(volume.path("data", "dump.rdb")), /dump\.rdb is no file/],
    "a mark that nobody has written": [() => volume.mark("aof\n"), /names no form of the data/],
    "an empty mark": [() => volume.mark(""), /names no form of the data/],
    "a snapshot that cannot be loaded": [() => volume.dump("damaged"), /reading the data: .* has ended/],
    "a log that cannot be written": [
      async () => {
        await volume.dump("dump");
        await set("unwritable");
      },
      /append-only log could not be written/,
    ],
  };

  test.each(Object.entries(refusals))("%s", async (_, [prepare, says]) => {
    await volume.conf("yes");
    await prepare();
    const { isServing, said } = await volume.start();
    expect(isServing).toBe(false);
    expect(said).toMatch(says);
    expect((await volume.names()).filter((name) => name.endsWith(".before"))).toEqual([]);
    const dump = await volume.text("data", "dump.rdb");
    if (dump !== undefined) expect(["dump", "damaged"]).toContain(dump);
  });

  test("a log that cannot be listed", async () => {
    await volume.log("log");
    await volume.conf("no");
    await set("find", `#!/bin/sh\ncase "$1" in *appendonlydir) exit 1 ;; esac\nexec ${await which("find")} "$@"\n`);
    await chmod(volume.path("find"), 0o755);
    const { isServing, said } = await volume.start();
    expect(isServing).toBe(false);
    expect(said).toContain("appendonlydir cannot be read; nothing was changed");
  });
});

describe("a node that becomes one of a cluster", () => {
  const OTHERS = "# Keyspace\r\ndb0:keys=1,expires=0\r\ndb3:keys=2,expires=0\r\n";

  test.each(["alone", "cluster"])("must have the databases of its keys looked at if it was served %s", async (kind) => {
    await volume.mark(`log ${kind}\n`);
    await volume.log("log");
    await set("data/nodes.conf", "x");
    await set("keyspace", OTHERS);
    await volume.conf("yes", "cluster");
    const { isServing, said } = await volume.start();
    expect(isServing).toBe(kind === "cluster");
    if (kind === "alone") expect(said).toContain("keys in databases other than 0");
    // It starts alone again.
    await volume.conf("yes");
    expect((await volume.start()).served).toBe("log");
  });

  test("must be looked at again after it stood alone", async () => {
    await volume.log("log");
    await volume.conf("yes", "cluster");
    expect((await volume.start()).isServing).toBe(true);
    expect(await mark()).toBe("log cluster\n");
    await volume.conf("yes");
    expect((await volume.start()).servers).toHaveLength(1);
    await set("keyspace", OTHERS);
    await volume.conf("yes", "cluster");
    expect((await volume.start()).isServing).toBe(false);
  });

  test("must start at once without keys", async () => {
    await volume.conf("yes", "cluster");
    expect((await volume.start()).servers).toHaveLength(1);
  });
});

describe("the steps of a change of a running server", () => {
  test("must be taken in order, keep the kind, and start nothing", async () => {
    await volume.mark("snapshot cluster\n");
    await volume.log("old");
    await volume.dump("dump");
    const { servers } = await volume.start("whole-dump", "aside-log", "to-log");
    expect(servers).toEqual([]);
    expect(await mark()).toBe("to-log cluster\n");
    expect(await volume.names()).toEqual([".plumbline-persistence", "appendonlydir.before", "dump.rdb"]);
    expect((await stat(volume.path("data", ".plumbline-persistence"))).mode & 0o777).toBe(0o600);
  });

  test("must end at the first that fails", async () => {
    await volume.mark("to-log alone\n");
    const { said } = await volume.start("whole-log", "log");
    expect(said).toContain("has no manifest");
    expect(await mark()).toBe("to-log alone\n");
  });
});

test("as root, the files become those of the server's user, and the script runs on as that user", async () => {
  await set("id", '#!/bin/sh\nif [ -e "$(dirname "$0")/became" ]; then echo 1000; else echo 0; fi\n');
  await set("chown", '#!/bin/sh\necho "$@" >>"$(dirname "$0")/owned"\n');
  await set(
    "setpriv",
    '#!/bin/sh\ntouch "$(dirname "$0")/became"\nwhile [ "$1" != sh ]; do echo "$1" >>"$(dirname "$0")/as"; shift; done\nexec "$@"\n',
  );
  await set(
    "find",
    `#!/bin/sh\nif [ "$3" = -user ]; then exec chown -h redis: "$1"; fi\nexec ${await which("find")} "$@"\n`,
  );
  for (const name of ["chown", "setpriv", "find"]) await chmod(volume.path(name), 0o755);
  await volume.dump("dump");
  expect((await volume.start()).served).toBe("dump");
  expect(await readFile(volume.path("owned"), "utf8")).toContain(`-h redis: ${volume.path("data")}`);
  expect(await volume.text("as")).toContain("--reuid=redis");
});

async function which(name: string): Promise<string> {
  const folders = (process.env["PATH"] ?? "").split(":");
  for (const folder of folders) {
    const isThere = await stat(`${folder}/${name}`).then(
      () => true,
      () => false,
    );
    if (isThere) return `${folder}/${name}`;
  }
  throw new Error(`no ${name} here`);
}
