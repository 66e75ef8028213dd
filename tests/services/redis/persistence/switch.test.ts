import { expect, test } from "vitest";
import { logComplete, saveAfterLog } from "../../../../stack/services/redis/persistence/switch.ts";

/** A server whose clock ticks at every question, and whose work takes a few looks. */
class Server {
  now = 100;
  looks = 0;
  readonly state = new Map([
    ["rdb_bgsave_in_progress", "0"],
    ["rdb_last_bgsave_status", "ok"],
    ["rdb_last_save_time", "90"],
    ["aof_rewrite_in_progress", "0"],
    ["aof_rewrite_scheduled", "0"],
    ["aof_last_bgrewrite_status", "ok"],
  ]);
  /** The seconds in which snapshots were begun. */
  readonly begun: number[] = [];
  readonly outcome: "ok" | "err";

  constructor(outcome: "ok" | "err" = "ok") {
    this.outcome = outcome;
  }

  time = async () => {
    this.looks += 1;
    if (this.looks % 3 === 0) this.now += 1;
    return [this.now, 0];
  };

  call = async (command: string) => {
    expect(command).toBe("BGSAVE");
    this.begun.push(this.now);
    this.state.set("rdb_bgsave_in_progress", "1");
    return "Background saving started";
  };

  info = async () => {
    this.looks += 1;
    const text = [...this.state].map(([name, value]) => `${name}:${value}`).join("\r\n");
    if (this.looks % 2 === 0) this.advance();
    return text;
  };

  private advance(): void {
    if (this.state.get("rdb_bgsave_in_progress") === "1") {
      this.state.set("rdb_bgsave_in_progress", "0").set("rdb_last_bgsave_status", this.outcome);
      if (this.outcome === "ok") this.state.set("rdb_last_save_time", String(this.now));
    }
    if (this.state.get("aof_rewrite_scheduled") === "1")
      this.state.set("aof_rewrite_scheduled", "0").set("aof_rewrite_in_progress", "1");
    else if (this.state.get("aof_rewrite_in_progress") === "1")
      this.state.set("aof_rewrite_in_progress", "0").set("aof_last_bgrewrite_status", this.outcome);
  }
}

test("the snapshot after a closed log must begin in a later second, and be complete before the change is done", async () => {
  const server = new Server();
  await saveAfterLog(server);
  expect(server.begun).toEqual([101]);
  expect(server.state.get("rdb_last_save_time")).toBe("101");
});

test("a snapshot that was being written when the log was closed must not count", async () => {
  const server = new Server();
  server.state.set("rdb_bgsave_in_progress", "1");
  await saveAfterLog(server);
  expect(server.begun).toHaveLength(1);
});

test("a snapshot that cannot be written must be an error", async () => {
  await expect(saveAfterLog(new Server("err"))).rejects.toThrow(/the snapshot could not be written/);
});

test.each(["ok", "err"] as const)("a log is complete when its first writing has ended (%s)", async (outcome) => {
  const server = new Server(outcome);
  server.state.set("aof_rewrite_scheduled", "1");
  const done = logComplete(server);
  if (outcome === "err") await expect(done).rejects.toThrow(/append-only log could not be written/);
  else await done;
  expect(server.state.get("aof_rewrite_in_progress")).toBe("0");
});
