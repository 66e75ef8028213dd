/** One of several processes that try to take the same locks at the same moments: `lock-race.ts <folder> <count> <startAt>`. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { takeLock } from "../../../stack/effects/lock.ts";

const SLOT_MS = 15;

const [folder = "", count = "0", startAt = "0"] = process.argv.slice(2);
const won: number[] = [];
const attempts = Array.from({ length: Number(count) }, async (_, index) => {
  await sleep(Math.max(0, Number(startAt) + index * SLOT_MS - Date.now()));
  try {
    await takeLock(join(folder, `lock-${index}`), "race");
    won.push(index);
  } catch {
    // Somebody else was quicker.
  }
});
await Promise.all(attempts);
process.stdout.write(JSON.stringify(won));
