/**
 * One of several processes that try to take the same locks at the same moments:
 * `lock-race.ts <folder> <locks> <processes> <startAt>`. None ends before all have tried: a lock whose owner ended is free.
 */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { takeLock } from "../../../stack/host/lock.ts";

const SLOT_MS = 15;
const RETRY_MS = 20;
const OTHERS_DEADLINE_MS = 60_000;

const [folder = "", locks = "0", processes = "0", startAt = "0"] = process.argv.slice(2);
const won: number[] = [];
const attempts = Array.from({ length: Number(locks) }, async (_, index) => {
  await sleep(Math.max(0, Number(startAt) + index * SLOT_MS - Date.now()));
  try {
    await takeLock(join(folder, `lock-${index}`), "race");
    won.push(index);
  } catch {
    // Somebody else was quicker.
  }
});
await Promise.all(attempts);
await writeFile(join(folder, `tried-${process.pid}`), "");
const deadline = Date.now() + OTHERS_DEADLINE_MS;
while ((await tried()) < Number(processes) && Date.now() < deadline) await sleep(RETRY_MS);
process.stdout.write(JSON.stringify(won));

async function tried(): Promise<number> {
  return (await readdir(folder)).filter((name) => name.startsWith("tried-")).length;
}
