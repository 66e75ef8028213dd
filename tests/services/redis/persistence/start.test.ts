import { rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Volume } from "../../../support/fakes/redis-volume.ts";

let volume: Volume;
beforeEach(async () => {
  volume = await Volume.make();
});
afterEach(() => volume.remove());

const mark = () => volume.text("data", ".plumbline-persistence");
const set = (name: string, text = "") => writeFile(volume.path(name), text);

/** What is on a volume, the conf file's form, and what must be served and marked. */
interface Case {
  readonly mark?: string;
  readonly log?: string;
  readonly dump?: string;
  readonly wants: "yes" | "no";
  readonly serves: string | undefined;
}

const CASES: Readonly<Record<string, Case>> = {
  "an empty volume, with the log": { wants: "yes", serves: undefined },
  "an empty volume, without the log": { wants: "no", serves: undefined },
  "a log of an older volume": { log: "log", wants: "yes", serves: "log" },
  "a snapshot of an older volume": { dump: "dump", wants: "no", serves: "dump" },
  "a restored snapshot, although the log is wanted": { dump: "dump", wants: "yes", serves: "dump" },
  "an older volume with a log, although none is wanted": { log: "log", wants: "no", serves: "log" },
  "the log that was served last": { mark: "log alone", log: "log", dump: "old", wants: "no", serves: "log" },
  "the snapshot that was served last": {
    mark: "snapshot alone",
    log: "old",
    dump: "dump",
    wants: "yes",
    serves: "dump",
  },
  "the log, as before": { mark: "log alone", log: "log", dump: "other", wants: "yes", serves: "log" },
  "the snapshot, as before": { mark: "snapshot alone", log: "other", dump: "dump", wants: "no", serves: "dump" },
  "a snapshot put in the place of the log": { mark: "log alone", dump: "dump", wants: "yes", serves: "dump" },
  "a log that was being written, and is whole": {
    mark: "to-log alone",
    log: "log",
    dump: "old",
    wants: "yes",
    serves: "log",
  },
  "the snapshot that a log was to be written from": {
    mark: "to-log alone",
    dump: "dump",
    wants: "yes",
    serves: "dump",
  },
  "a whole log, with the snapshot wanted again": {
    mark: "to-log alone",
    log: "log",
    dump: "old",
    wants: "no",
    serves: "log",
  },
  "no log, with the snapshot wanted again": { mark: "to-log alone", dump: "dump", wants: "no", serves: "dump" },
  "a snapshot that was being written, and is whole": {
    mark: "to-snapshot alone",
    log: "old",
    dump: "dump",
    wants: "no",
    serves: "dump",
  },
  "the log that a snapshot was to be written from": {
    mark: "to-snapshot alone",
    log: "log",
    wants: "no",
    serves: "log",
  },
  "a whole snapshot, with the log wanted again": {
    mark: "to-snapshot alone",
    log: "old",
    dump: "dump",
    wants: "yes",
    serves: "dump",
  },
  "no snapshot, with the log wanted again": { mark: "to-snapshot alone", log: "log", wants: "yes", serves: "log" },
};

describe("a start must serve", () => {
  test.each(Object.entries(CASES))("%s", async (_, given) => {
    if (given.log !== undefined) await volume.log(given.log);
    if (given.dump !== undefined) await volume.dump(given.dump);
    if (given.mark !== undefined) await volume.mark(`${given.mark}\n`);
    await volume.conf(given.wants);
    const { served, isServing } = await volume.start();
    expect({ served, isServing }).toEqual({ served: given.serves, isServing: true });
    expect(await mark()).toBe(`${given.wants === "yes" ? "log" : "snapshot"} alone\n`);
    // And the next one touches nothing.
    expect((await volume.start()).servers).toHaveLength(1);
  });
});

const dated = (name: string, seconds: number) => utimes(volume.path("data", name), seconds, seconds);

const makeBoth = async (log: number, dump: number) => {
  await volume.log("log");
  await volume.dump("dump");
  const files = ["appendonly.aof.1.base.rdb", "appendonly.aof.manifest"];
  for (const file of files) await dated(join("appendonlydir", file), log);
  await dated("dump.rdb", dump);
};

describe("an older volume with both forms", () => {
  test.each([
    ["yes", 2000, 1000, "log", ".plumbline-persistence appendonlydir dump.rdb.before"],
    ["no", 1000, 2000, "dump", ".plumbline-persistence appendonlydir.before dump.rdb"],
  ] as const)("must be served in the newer one that appendonly %s names, and keep the other", async (...given) => {
    const [wants, log, dump, serves, names] = given;
    await makeBoth(log, dump);
    await volume.conf(wants);
    expect(await volume.start()).toMatchObject({ served: serves, isServing: true });
    expect((await volume.names()).join(" ")).toBe(names);
  });

  test.each([
    ["yes", 1000, 2000],
    ["no", 2000, 1000],
    ["yes", 1000, 1000],
    ["no", 1000, 1000],
  ] as const)("must be left as it is if appendonly %s names none that is newer (%i, %i)", async (wants, log, dump) => {
    await makeBoth(log, dump);
    await volume.conf(wants);
    const { isServing, said } = await volume.start();
    expect(isServing).toBe(false);
    expect(said).toContain("volume undecided");
    expect(await volume.names()).toEqual(["appendonlydir", "dump.rdb"]);
  });

  test("must be served once a person has moved one of them away", async () => {
    await makeBoth(1000, 2000);
    await volume.conf("yes");
    await rename(volume.path("data", "appendonlydir"), volume.path("kept"));
    expect((await volume.start()).served).toBe("dump");
  });
});

test("a start in the form that was served last must leave the other one alone, and start one server", async () => {
  await volume.mark("log alone\n");
  await volume.log("log");
  await volume.dump("backup");
  await volume.conf("yes");
  expect((await volume.start()).servers).toHaveLength(1);
  expect(await volume.text("data", "dump.rdb")).toBe("backup");
});

test("the word ctime among the keys must say nothing about the age of a snapshot", async () => {
  await volume.mark("snapshot alone\n");
  await volume.dump("REDIS0012 \u0005ctime\u00c2\u0001\u0002\u0003\u0004");
  await volume.log("a stale log");
  await volume.conf("yes");
  expect((await volume.start()).served).toContain("ctime");
});

test("data that take long to load must be waited for", async () => {
  await volume.dump("dump");
  await volume.conf("yes");
  await set("loading", "15");
  expect((await volume.start()).served).toBe("dump");
});

describe("what a conversion would write over", () => {
  test("must be kept under a name that the log of the container tells, and the source of the data too", async () => {
    await volume.mark("log alone\n");
    await volume.log("log");
    await volume.dump("a backup");
    const { said } = await volume.start();
    expect(await volume.names()).toEqual([
      ".plumbline-persistence",
      "appendonlydir.before",
      "dump.rdb",
      "dump.rdb.before",
    ]);
    const [, copy = ""] = /dump\.rdb is kept as (\S+)/.exec(said) ?? [];
    expect(await volume.text("data", copy)).toBe("a backup");
  });

  test("must be kept twice at most", async () => {
    await volume.dump("first");
    for (const form of ["yes", "no", "yes", "no", "yes", "no"] as const) {
      await volume.conf(form);
      expect((await volume.start()).served).toBe("first");
    }
    const names = await volume.names();
    expect(names.filter((name) => name === "dump.rdb.before")).toHaveLength(2);
    expect(names.filter((name) => name === "appendonlydir.before")).toHaveLength(2);
  });
});

const REQUESTS = ["ping", "config set appendonly yes", "bgsave", "info persistence", "shutdown nosave"];
const CRASHES = REQUESTS.flatMap((request) => [`before ${request}`, `after ${request}`]);

describe("a start that was killed must be continued by the next one", () => {
  test.each(["between base and manifest", ...CRASHES])("%s", async (crash) => {
    for (const form of ["yes", "no"] as const) {
      await volume.conf(form === "yes" ? "no" : "yes");
      if (form === "yes") await volume.dump("data");
      await volume.start();
      await set("crash", crash);
      await volume.conf(form);
      const { isServing } = await volume.start();
      const isReached = (await volume.text("crash")) === undefined;
      expect(isServing).toBe(!isReached);
      expect((await volume.start()).served).toBe("data");
      expect((await volume.names()).some((name) => name.includes("unfinished"))).toBe(false);
    }
  });
});
