import { describe, expect, test } from "vitest";
import {
  closeLog,
  openLog,
  settle,
  unsettled,
  type Mark,
  type Store,
  type VolumeStep,
} from "../../../../stack/services/redis/persistence/switch.ts";

/** Data are numbers: the writes so far. A form holds the number that it was written with. */
class Server implements Store {
  writes = 1;
  appendonly: "yes" | "no";
  save = "60 1";
  marked: Mark;
  dump: number | undefined;
  log: number | undefined;
  /** Work that takes some looks: the log's first writing, and a snapshot. */
  private busy: { readonly what: "log" | "dump"; readonly holds: number; looks: number } | undefined;
  private readonly counts = { rdb_saves: 3, aof_rewrites: 2 };
  private status = { log: "ok", dump: "ok" };
  fails: "log" | "dump" | undefined;
  /** After how many requests server and run are gone. */
  left = Number.POSITIVE_INFINITY;

  constructor(appendonly: "yes" | "no") {
    this.appendonly = appendonly;
    this.marked = appendonly === "yes" ? "log" : "snapshot";
    if (appendonly === "yes") this.log = 1;
    else this.dump = 0;
  }

  info = async () => {
    this.step();
    if (this.busy && (this.busy.looks -= 1) <= 0) this.end();
    const is = (what: string) => (this.busy?.what === what ? "1" : "0");
    return [
      `rdb_bgsave_in_progress:${is("dump")}`,
      `rdb_last_bgsave_status:${this.status.dump}`,
      `rdb_saves:${this.counts.rdb_saves}`,
      `aof_rewrite_in_progress:${is("log")}`,
      "aof_rewrite_scheduled:0",
      `aof_last_bgrewrite_status:${this.status.log}`,
      `aof_rewrites:${this.counts.aof_rewrites}`,
    ].join("\r\n");
  };

  call = async (command: string, words: string[]) => {
    this.step();
    if (command === "CONFIG") {
      expect(words).toEqual(["SET", "save", ""]);
      this.save = "";
      return "OK";
    }
    expect(command).toBe("BGSAVE");
    if (this.busy) throw new Error("ERR Background save already in progress");
    this.begin("dump");
    return "Background saving started";
  };

  /** What CONFIG SET does. */
  set = (appendonly: "yes" | "no") => async () => {
    this.step();
    if (appendonly === "yes") this.begin("log");
    this.appendonly = appendonly;
    this.save = appendonly === "yes" ? "" : "60 1";
  };

  mark = async () => {
    this.step();
    return this.marked;
  };

  take = async (...steps: readonly VolumeStep[]) => {
    for (const step of steps) {
      this.step();
      if (step === "aside-log") this.log = undefined;
      else if (step === "aside-dump") this.dump = undefined;
      else if (step === "whole-log") expect(this.log).toBeDefined();
      else if (step === "whole-dump") expect(this.dump).toBeDefined();
      else this.marked = step;
    }
  };

  begin(what: "log" | "dump", looks = 2): void {
    this.counts[what === "log" ? "aof_rewrites" : "rdb_saves"] += 1;
    this.busy = { what, holds: this.writes, looks };
  }

  /** What a start with this form would serve, by the rules of the start script. */
  served(): number | undefined {
    const prefersLog = this.marked === "log" || this.marked === "to-log";
    return prefersLog ? (this.log ?? this.dump) : (this.dump ?? this.log);
  }

  private end(): void {
    const { what, holds } = this.busy ?? { what: "log", holds: 0 };
    this.busy = undefined;
    this.status[what] = this.fails === what ? "err" : "ok";
    if (this.fails === what) return;
    if (what === "dump") this.dump = holds;
    else this.log = this.writes;
  }

  private step(): void {
    if (this.left <= 0) throw new Error("gone");
    this.left -= 1;
  }
}

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
