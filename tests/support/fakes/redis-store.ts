/** A running server with its volume: it has the log, snapshots and the mark, and may be gone after any request. */
import type { Mark, Store, VolumeStep } from "../../../stack/services/redis/persistence/switch.ts";

/** Data are numbers: the writes so far. A form holds the number that it was written with. */
export class Server implements Store {
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
    if (command === "CONFIG") return this.config(words);
    if (command !== "BGSAVE") throw new Error(`ERR unknown command ${command}`);
    if (this.busy) throw new Error("ERR Background save already in progress");
    this.begin("dump");
    return "Background saving started";
  };

  private config([verb, ...words]: readonly string[]): unknown {
    if (verb === "GET") return ["appendonly", this.appendonly, "save", this.save];
    const [name, value = ""] = words;
    if (verb !== "SET" || name !== "save") throw new Error(`ERR unknown setting ${name}`);
    this.save = value;
    return "OK";
  }

  /** Its end on SIGTERM: it writes a snapshot if it has save points. */
  stop(): void {
    if (this.save !== "") this.dump = this.writes;
  }

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
      else if (step === "whole-log") this.require("log");
      else if (step === "whole-dump") this.require("dump");
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

  private require(form: "log" | "dump"): void {
    if (this[form] === undefined) throw new Error(`the volume has no ${form}`);
  }

  private step(): void {
    if (this.left <= 0) throw new Error("gone");
    this.left -= 1;
  }
}
