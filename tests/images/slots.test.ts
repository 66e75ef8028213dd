import { expect, test } from "vitest";
import { slots } from "../../stack/images/slots.ts";

test("no more tasks run at once than there are slots, all run, and a failure frees its slot", async () => {
  const slot = slots(2);
  let running = 0;
  let most = 0;
  const task = (fails: boolean) =>
    slot(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => {
        setTimeout(resolve, 2);
      });
      running -= 1;
      if (fails) throw new Error("failed");
    });
  const results = await Promise.allSettled([false, true, true, false, true, false].map(task));
  expect(most).toBe(2);
  expect(results.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "rejected",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
});
