/**
 * Changes the form in which a running server keeps its data. After a kill at any time, of the server or of this run,
 * the next start finds by the mark on the volume which form has them: see `start.ts`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "../../../core/service/service.ts";
import { CONF_MOUNT } from "../../../core/service/service.ts";
import { parseInfo } from "../cluster/nodes.ts";
import { DATA_FOLDER, MARK_FILE } from "./data.ts";
import { START_SCRIPT } from "./start.ts";

/**
 * Deadline of a whole change, which writes all data up to twice: 10 s for a gigabyte on a slow disk. Shorter than that
 * of the action which it is a part of.
 */
export const CHANGE_DEADLINE_MS = 150_000;
const LOOK_AGAIN_MS = 100;
const EXEC_DEADLINE_MS = 10_000;

/** What the mark says; undefined if there is none. */
export type Mark = "log" | "snapshot" | "to-log" | "to-snapshot" | undefined;

/** The step of the start script. */
export type VolumeStep =
  | "log"
  | "snapshot"
  | "to-log"
  | "to-snapshot"
  | `aside-${"log" | "dump"}`
  | `whole-${"log" | "dump"}`;

/** A server and its volume. */
export interface Store {
  info(): Promise<string>;
  call(command: string, words: string[]): Promise<unknown>;
  mark(): Promise<Mark>;
  /** Takes steps of the start script one after another; rejects with its words at the first that fails. */
  take(...steps: readonly VolumeStep[]): Promise<void>;
}

interface Asked {
  info(section: "persistence"): Promise<string>;
  call(command: string, words: string[]): Promise<unknown>;
}

export function storeOf({ exec }: Pick<Target, "exec">, client: Asked): Store {
  return {
    info: () => client.info("persistence"),
    call: (command, words) => client.call(command, words),
    mark: async () => {
      const look = `cat ${DATA_FOLDER}/${MARK_FILE} 2>/dev/null || :`;
      const { stdout } = await exec(["sh", "-c", look], { timeoutMs: EXEC_DEADLINE_MS });
      return MARKS.find((mark) => mark === stdout.split(" ")[0]);
    },
    take: async (...steps) => {
      const argv = ["sh", "-c", FROM_STDIN, "sh", `${CONF_MOUNT}/redis.conf`, DATA_FOLDER, ...steps];
      await exec(argv, { timeoutMs: EXEC_DEADLINE_MS, stdin: START_SCRIPT });
    },
  };
}

/** A container of an older Plumbline may have no such script, or one without these steps. */
const FROM_STDIN =
  'script=$(mktemp) && cat >"$script" && chmod 644 "$script" || exit 1; sh "$script" "$@"; code=$?; rm -f "$script"; exit "$code"';

const MARKS = ["log", "snapshot", "to-log", "to-snapshot"] as const;

/** Ends at a deadline, or when the signal aborts. */
export interface Limit {
  readonly end: number;
  readonly signal?: AbortSignal;
}

/** Resolves the form that the server has and the mark does not name: a change to it, or by hand, was not completed. */
export async function unsettled(store: Store, appendonly: unknown): Promise<"log" | "snapshot" | undefined> {
  const form = appendonly === "yes" ? "log" : "snapshot";
  const mark = await store.mark();
  return mark === undefined || mark === form ? undefined : form;
}

/** Has the data written in the form that the server has, and marks it. */
export async function settle(store: Store, form: "log" | "snapshot", limit: Limit): Promise<void> {
  if (form === "log") await settleLog(store, limit);
  else await settleSnapshot(store, limit);
}

/**
 * Closes the snapshots' time and begins the log's. The snapshot written first has the data until the log is whole.
 * `set` makes the new settings effective.
 */
export async function openLog(store: Store, limit: Limit, set: () => Promise<void>): Promise<void> {
  await settleSnapshot(store, limit);
  await store.take("aside-log", "to-log");
  const before = numberOf(await look(store), "aof_rewrites");
  await set();
  await settleLog(store, limit, before);
  await store.take("aside-dump");
}

/** Closes the log, which has the data until the snapshot after it is whole. `set` makes the new settings effective. */
export async function closeLog(store: Store, limit: Limit, set: () => Promise<void>): Promise<void> {
  if ((await store.mark()) === "to-log" && !isWhole(await look(store))) {
    // The log was never whole: the snapshot that was written before it is the newest form.
    await store.take("snapshot");
  } else {
    await settleLog(store, limit);
    // From here to the end of the log no snapshot may be begun: it would be taken for the one after it.
    await store.call("CONFIG", ["SET", "save", ""]);
    await until(store, limit, "the snapshot that was being written", (info) => !isSaving(info));
    await store.take("aside-dump", "to-snapshot");
  }
  await set();
  await settleSnapshot(store, limit);
  await store.take("aside-log");
}

async function settleLog(store: Store, limit: Limit, begun?: number): Promise<void> {
  const before = begun ?? numberOf(await look(store), "aof_rewrites");
  await until(store, limit, "the append-only log", (info) => {
    const isNew = numberOf(info, "aof_rewrites") > before;
    if (isNew && info.get("aof_rewrite_in_progress") !== "1" && info.get("aof_last_bgrewrite_status") !== "ok")
      throw new Error("the append-only log could not be written: see the server's log");
    return isWhole(info);
  });
  await store.take("whole-log", "log");
}

function isWhole(info: Info): boolean {
  const isBusy = info.get("aof_rewrite_in_progress") === "1" || info.get("aof_rewrite_scheduled") === "1";
  return !isBusy && info.get("aof_last_bgrewrite_status") === "ok";
}

/** Writes a snapshot that began after this call: the server counts those that it has begun. */
async function settleSnapshot(store: Store, limit: Limit): Promise<void> {
  if ((await store.mark()) === "log") await store.take("aside-dump");
  await until(store, limit, "the snapshot that was being written", (info) => !isSaving(info));
  const before = numberOf(await look(store), "rdb_saves");
  try {
    await store.call("BGSAVE", ["SCHEDULE"]);
  } catch (error) {
    // It began on its own after the look: it counts.
    if (!String(error).includes("already in progress")) throw error;
  }
  await until(store, limit, "the snapshot", (info) => {
    if (isSaving(info) || numberOf(info, "rdb_saves") <= before) return false;
    if (info.get("rdb_last_bgsave_status") === "ok") return true;
    throw new Error("the snapshot could not be written: see the server's log");
  });
  await store.take("whole-dump", "snapshot");
}

type Info = ReadonlyMap<string, string>;

async function look(store: Store): Promise<Info> {
  return parseInfo(await store.info());
}

function isSaving(info: Info): boolean {
  return info.get("rdb_bgsave_in_progress") === "1";
}

function numberOf(info: Info, field: string): number {
  const value = Number(info.get(field));
  if (Number.isNaN(value)) throw new Error(`the server does not say ${field}`);
  return value;
}

async function until(
  store: Store,
  { end, signal }: Limit,
  what: string,
  isDone: (info: Info) => boolean,
): Promise<void> {
  while (!isDone(await look(store))) {
    if (signal?.aborted === true || performance.now() > end) {
      throw new Error(`${what} was not complete in time; \`npm run up\` continues it`);
    }
    await sleep(LOOK_AGAIN_MS);
  }
}
