import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { closeLog, openLog, settle, storeOf, unsettled } from "../../../../stack/services/redis/persistence/switch.ts";
import type { Target } from "../../../../stack/core/service/service.ts";
import { DATA_FOLDER, MARK_FILE } from "../../../../stack/services/redis/persistence/data.ts";
import { Volume } from "../../../support/fakes/redis-volume.ts";
import { Server } from "../../../support/fakes/redis-store.ts";

const limit = () => ({ end: performance.now() + 5_000 });
const CHANGES = {
  "to the log": { from: "no", to: "yes", change: openLog },
  "from the log": { from: "yes", to: "no", change: closeLog },
} as const;

describe.each(Object.entries(CHANGES))("a change %s", (_, { from, to, change }) => {
  test("must end with the data in that form, marked, and the other one out of the way", async () => {
    const server = new Server(from);
    await change(server, limit(), server.set(to));
    expect(server).toMatchObject(
      to === "yes"
        ? { marked: "log", log: 1, dump: undefined, save: "" }
        : { marked: "snapshot", dump: 1, log: undefined, save: "60 1" },
    );
    expect(await unsettled(server, server.appendonly)).toBeUndefined();
  });

  test("must lose nothing that was written before it, whenever the server is killed", async () => {
    for (let requests = 0; ; requests += 1) {
      const server = new Server(from);
      // A snapshot's last point may be before the change: then its data are in memory alone until the first step.
      server.dump = from === "no" ? 1 : undefined;
      server.left = requests;
      const ended = await change(server, limit(), server.set(to)).then(
        () => true,
        () => false,
      );
      expect(server.served(), `after ${requests} requests`).toBe(1);
      if (ended) break;
      expect(requests).toBeLessThan(100);
    }
  });

  test("that was cut off must be seen, and be completed by settling what the server has", async () => {
    for (let requests = 0; ; requests += 1) {
      const server = new Server(from);
      server.left = requests;
      const ended = await change(server, limit(), server.set(to)).then(
        () => true,
        () => false,
      );
      server.left = Number.POSITIVE_INFINITY;
      // The server goes on alone.
      await server.info();
      await server.info();
      server.writes = 2;
      if (server.appendonly === "yes" && server.log !== undefined) server.log = 2;
      const form = await unsettled(server, server.appendonly);
      if (form) await settle(server, form, limit());
      if (form || server.appendonly === "yes") expect(server.served(), `after ${requests} requests`).toBe(2);
      expect(await unsettled(server, server.appendonly)).toBeUndefined();
      if (ended) break;
    }
  });

  test("must fail if the form cannot be written, and be seen by the next run", async () => {
    const server = new Server(from);
    if (to === "yes") server.dump = 1;
    server.fails = to === "yes" ? "log" : "dump";
    await expect(change(server, limit(), server.set(to))).rejects.toThrow(/could not be written: see the server's log/);
    expect(await unsettled(server, server.appendonly)).toBe(to === "yes" ? "log" : "snapshot");
    expect(server.served()).toBe(1);
    server.fails = undefined;
    server.begin(to === "yes" ? "log" : "dump");
    await settle(server, to === "yes" ? "log" : "snapshot", limit());
    expect(server.served()).toBe(1);
  });

  test("must end at its deadline, and say what it waited for", async () => {
    const server = new Server(from);
    server.begin(from === "yes" ? "log" : "dump", 1000);
    await expect(change(server, { end: performance.now() }, server.set(to))).rejects.toThrow(/not complete in time/);
    expect(server.appendonly).toBe(from);
  });
});

test("a log that was never whole must not be the source when it is closed", async () => {
  const server = new Server("no");
  server.dump = 1;
  server.fails = "log";
  await expect(openLog(server, limit(), server.set("yes"))).rejects.toThrow();
  await closeLog(server, limit(), server.set("no"));
  expect(server).toMatchObject({ marked: "snapshot", dump: 1, log: undefined });
});

test("a log that a person closed must not be read once it is opened again", async () => {
  const server = new Server("yes");
  server.appendonly = "no";
  server.writes = 2;
  expect(await unsettled(server, "no")).toBe("snapshot");
  await openLog(server, limit(), server.set("yes"));
  expect(server).toMatchObject({ marked: "log", log: 2 });
});

test("a snapshot that was being written when the log was closed must not count", async () => {
  const server = new Server("yes");
  server.begin("dump");
  server.writes = 2;
  server.log = 2;
  await closeLog(server, limit(), server.set("no"));
  expect(server.dump).toBe(2);
});

test("steps must be those of this version, whatever the container's own files are", async () => {
  const volume = await Volume.make();
  try {
    await rm(volume.path("start.sh"));
    const inVolume = (word: string) => (word === DATA_FOLDER ? volume.path("data") : word);
    const run = promisify(execFile);
    const exec: Target["exec"] = async ([command = "", ...argv], options) => {
      const child = run(command, argv.map(inVolume), {
        env: { PATH: `${volume.folder}:${process.env["PATH"] ?? ""}` },
      });
      child.child.stdin?.end(options?.stdin ?? "");
      return { exitCode: 0, ...(await child) };
    };
    const store = storeOf({ exec }, new Server("yes"));
    await volume.log("log");
    await store.take("whole-log", "log");
    expect(await volume.text("data", MARK_FILE)).toBe("log alone\n");
    await expect(store.take("whole-dump")).rejects.toThrow(/has no dump\.rdb/);
  } finally {
    await volume.remove();
  }
});
