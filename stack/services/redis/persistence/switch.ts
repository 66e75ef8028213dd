/** Brings the data of a running server into the form that its next start reads, after the form was changed. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { parseInfo } from "../cluster/nodes.ts";

/** Writing all data takes 10 s for a gigabyte on a slow disk; with a margin. */
const WRITE_DEADLINE_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/** The part of a client that is used. */
interface Asked {
  info(section: "persistence"): Promise<string>;
  call(command: string, words: string[]): Promise<unknown>;
  time(): Promise<unknown>;
}

/** Waits for the first log: until it is written, a restart would find none. */
export async function logComplete(client: Asked): Promise<void> {
  await ended(client, "the append-only log", (info) => ({
    isBusy: info.get("aof_rewrite_in_progress") === "1" || info.get("aof_rewrite_scheduled") === "1",
    isWritten: info.get("aof_last_bgrewrite_status") === "ok",
  }));
}

/**
 * Writes a snapshot of the data that only the closed log holds. It begins in a later second than the last write to the
 * log, because the start script compares the two, and Redis notes the second in which a snapshot was begun.
 */
export async function saveAfterLog(client: Asked): Promise<void> {
  const end = performance.now() + WRITE_DEADLINE_MS;
  const closed = await second(client);
  while ((await second(client)) <= closed) await waited(end, "the clock of the server stands still");
  // A snapshot that is being written was begun earlier.
  while (parseInfo(await client.info("persistence")).get("rdb_bgsave_in_progress") === "1")
    await waited(end, `the snapshot was not written within ${WRITE_DEADLINE_MS} ms`);
  await client.call("BGSAVE", ["SCHEDULE"]);
  await ended(client, "the snapshot", (info) => {
    const isWritten = info.get("rdb_last_bgsave_status") === "ok";
    const isOld = Number(info.get("rdb_last_save_time")) <= closed;
    return { isBusy: info.get("rdb_bgsave_in_progress") === "1" || (isWritten && isOld), isWritten };
  });
}

interface Progress {
  readonly isBusy: boolean;
  readonly isWritten: boolean;
}

async function ended(
  client: Asked,
  what: string,
  progress: (info: ReadonlyMap<string, string>) => Progress,
): Promise<void> {
  const end = performance.now() + WRITE_DEADLINE_MS;
  for (;;) {
    const { isBusy, isWritten } = progress(parseInfo(await client.info("persistence")));
    if (!isBusy && isWritten) return;
    if (!isBusy) throw new Error(`${what} could not be written: see the server's log`);
    await waited(end, `${what} was not written within ${WRITE_DEADLINE_MS} ms`);
  }
}

async function waited(end: number, otherwise: string): Promise<void> {
  if (performance.now() > end) throw new Error(otherwise);
  await sleep(LOOK_AGAIN_MS);
}

const Time = z.tuple([z.coerce.number(), z.unknown()]);

/** By the server's clock, which stamps its snapshots and files. */
async function second(client: Asked): Promise<number> {
  return Time.parse(await client.time())[0];
}
